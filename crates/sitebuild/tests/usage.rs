//! Called wrongly, it says how it is called, and touches nothing.

use std::process::Command;

#[test]
fn it_says_how_it_is_called() {
    let output = Command::new(env!("CARGO_BIN_EXE_sitebuild")).arg("one").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("usage: sitebuild WASM STYLE PUBLIC SITE HASHES"));
}
