//! A letter as a Word document.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use crate::text::joined;
use crate::{Block, Piece};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const LINKS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

pub fn of(blocks: &[Block]) -> Vec<u8> {
    let body: String = blocks.iter().map(block).collect();
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    packed(&[("[Content_Types].xml", TYPES), ("_rels/.rels", LINKS), ("word/document.xml", &document)])
        .unwrap_or_default()
}

fn packed(parts: &[(&str, &str)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn block(block: &Block) -> String {
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph(text));
    let row = |cells: String| format!("<w:tr>{cells}</w:tr>");
    let rows = |entries: &[(String, Piece)], text: fn(&str, &str) -> Vec<String>| {
        let row_of = |pair: &[(String, Piece)]| {
            let cells = pair.iter().map(|(label, value)| {
                let lines: String = text(label, &value.text).iter().map(|line| paragraph(line)).collect();
                format!("<w:tc>{lines}</w:tc>")
            });
            row(cells.collect())
        };
        format!("<w:tbl>{}</w:tbl>", entries.chunks(2).map(row_of).collect::<String>())
    };
    match block {
        Block::Heading(words) => paragraph(words),
        Block::Paragraph(pieces) => paragraph(&joined(pieces)),
        Block::Entries { leaders, rows } => {
            let dots = if *leaders { " ............ " } else { ": " };
            rows.iter().map(|(label, value)| paragraph(&format!("{label}{dots}{}", value.text))).collect()
        }
        Block::Pairs(entries) => rows(entries, |label, value| vec![format!("{label}: {value}")]),
        Block::Grid(entries) => rows(entries, |label, value| vec![label.to_owned(), value.to_owned()]),
        Block::Table { head, rows } => {
            let head = row(head.iter().map(|h| cell(h)).collect());
            let rows: String = rows.iter().map(|r| row(r.iter().map(|p| cell(&p.text)).collect())).collect();
            format!("<w:tbl>{head}{rows}</w:tbl>")
        }
    }
}

/// As word processors write it: a run is broken anywhere.
fn paragraph(text: &str) -> String {
    let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(i, _)| i);
    let run = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        format!(r#"<w:r><w:t xml:space="preserve">{text}</w:t></w:r>"#)
    };
    format!("<w:p>{}{}</w:p>", run(&text[..half]), run(&text[half..]))
}
