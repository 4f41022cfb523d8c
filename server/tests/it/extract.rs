//! `solatium extract`, as a person or the server runs it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn extract(file: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_solatium")).arg("extract").arg(file).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_letter_is_read_in_every_medium_while_shut_in() {
    let folder = tempfile::tempdir().unwrap();
    let letter = letters::Letter::of(3);
    for (name, kind, bytes) in [
        ("letter.txt", "text", letter.text().into_bytes()),
        ("letter.docx", "docx", letter.docx()),
        ("letter.pdf", "pdf", letter.pdf(3).0),
        // A name says nothing.
        ("letter.exe", "pdf", letter.pdf(3).0),
    ] {
        if kind == "pdf" && ::extract::Tools::find().pdftotext.is_none() {
            eprintln!("poppler-utils is not installed: {name} is left out");
            continue;
        }
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let found = extract(&file);
        assert_eq!((&found["type"], &found["state"]), (&kind.into(), &"to_confirm".into()), "{name}: {found}");
        for (field, truth) in &letter.truth {
            let proposed: Vec<&Value> =
                found["candidates"].as_array().unwrap().iter().filter(|c| c["field"] == **field).collect();
            assert_eq!(proposed.len(), 1, "{name} {field}: {proposed:?}");
            assert_eq!(&proposed[0]["value"], truth, "{name} {field}");
            assert!(proposed[0]["quad"].is_array() || proposed[0]["range"].is_array(), "{name} {field}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rubbish.bin");
    std::fs::write(&file, b"\0\x01\x02\x03\0\0\0\0").unwrap();
    let found = extract(&file);
    assert_eq!((&found["state"], &found["fail_code"]), (&"refused".into(), &"unknown_type".into()));
    assert_eq!(found["candidates"], Value::Array(vec![]));
    let output = Command::new(env!("CARGO_BIN_EXE_solatium")).arg("extract").arg(&file).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("This kind of file is not read"));
    let output = Command::new(env!("CARGO_BIN_EXE_solatium")).args(["extract", "/nowhere.pdf"]).output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("cannot be found"));
}
