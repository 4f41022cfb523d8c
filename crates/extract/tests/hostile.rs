//! Files that are made to be slow, large or endless: each ends soon, with few candidates.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::io::Write;
use std::time::{Duration, Instant};

use extract::{Extraction, Fail, Limits, Tools, read};

/// What no document may take, on a machine that does other things too.
const SOON: Duration = Duration::from_secs(10);

fn soon(what: &str, bytes: &[u8]) -> Extraction {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let began = Instant::now();
    let found = read(file.path(), &Tools::default(), &Limits::default());
    assert!(began.elapsed() < SOON, "{what} took {:?}", began.elapsed());
    assert!(found.candidates.len() <= 500, "{what}: {}", found.candidates.len());
    found
}

fn docx(body: impl Iterator<Item = String>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"<w:document xmlns:w=\"w\"><w:body>").unwrap();
    for part in body {
        archive.write_all(part.as_bytes()).unwrap();
    }
    archive.write_all(b"</w:body></w:document>").unwrap();
    archive.finish().unwrap().into_inner()
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn long_texts_end_soon_and_say_that_they_are_long() {
    let found = soon("one line", "a ".repeat(10_000_000).as_bytes());
    assert_eq!(found.fail_code, Some(Fail::NothingFound));
    soon("a million words", "a b c d e f g h\n".repeat(120_000).as_bytes());
    soon("a label without an end", format!("Whiplash: {}", "and ".repeat(2_000_000)).as_bytes());
    soon("one word", "x".repeat(20_000_000).as_bytes());
    soon("brackets", format!("Physiotherapy {}", "( ".repeat(2_000_000)).as_bytes());
    let many: String = (0..90_000).map(|i| format!("Excess £{i}.00\n")).collect();
    let found = soon("many values", many.as_bytes());
    assert_eq!(found.candidates.len(), 20);
    assert!(found.pages > Limits::default().pages, "that it was not read to its end is known: {}", found.pages);
}

#[test]
fn rows_of_many_columns_and_columns_of_many_rows_end_soon() {
    let columns = format!("Physiotherapy{}", "   £1.00".repeat(200_000));
    soon("columns", columns.as_bytes());
    let rows: String = (0..60_000).map(|i| format!("Excess   £{i}.00   £{i}.50\n")).collect();
    soon("rows without a heading", rows.as_bytes());
    soon("labels alone", "Excess   Excess   Excess\n".repeat(40_000).as_bytes());
    let cells = (0..100_000).map(|_| format!("<w:tc>{}</w:tc>", paragraph("Excess")));
    soon("cells", &docx(["<w:tbl><w:tr>".to_owned()].into_iter().chain(cells).chain(["</w:tr></w:tbl>".to_owned()])));
}

#[test]
fn packed_files_are_counted_while_they_unpack() {
    let spaces = " ".repeat(1 << 20);
    let found = soon("a bomb", &docx((0..80).map(|_| paragraph(&spaces))));
    assert_eq!(found.fail_code, Some(Fail::Bomb));
    soon("many words", &docx((0..20).map(|_| paragraph(&"a ".repeat(1 << 20)))));
    soon("deep", &docx((0..200_000).map(|_| "<w:p>".to_owned())));
}
