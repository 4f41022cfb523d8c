//! The program that the browser's tests and the bench run. That it is tested here is also what builds it with the tests.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::process::Command;

fn letters(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_letters")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_letter_is_made_in_every_medium_with_its_truth() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(letters(&["make", "3", folder.path().to_str().unwrap()]).0, Some(0));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&read("truth.json")).unwrap();
    assert!(truth["accident_date"].is_string() && truth["general_fixed_pence"].is_i64(), "{truth}");
    let reference = truth["external_reference"].as_str().unwrap();
    assert!(String::from_utf8(read("letter.txt")).unwrap().contains(reference));
    assert!(read("letter.docx").starts_with(b"PK") && read("letter.pdf").starts_with(b"%PDF-"));
}

#[test]
fn what_was_measured_is_printed_as_a_table() {
    let (code, table) = letters(&["bench", "0-2", "--only", "text,docx"]);
    assert_eq!(code, Some(0));
    assert!(table.starts_with("| Medium | Field |") && table.contains("| text | **all** |"), "{table}");
    assert_eq!(letters(&["bench", "many"]).0, Some(2));
}
