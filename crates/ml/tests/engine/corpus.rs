//! The fuzz targets' corpus, on every run of the tests: no input may panic, hang or be taken by mistake.

use std::{fs, path::PathBuf, time::Instant};

use ml::{bundle::validate, data::parse_claims, import};

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entry = |e: std::io::Result<fs::DirEntry>| {
        let path = e.unwrap().path();
        (path.display().to_string(), fs::read(path).unwrap())
    };
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(entry).collect();
    assert!(!files.is_empty(), "the corpus of {target} is empty");
    files
}

#[test]
fn every_input_ends_in_time_whole_and_cut_at_any_part() {
    for target in ["bundle", "parts", "import", "claims"] {
        for (name, bytes) in corpus(target) {
            let start = Instant::now();
            for part in 0..=16 {
                let cut = &bytes[..bytes.len() * part / 16];
                match target {
                    "bundle" => drop(validate(cut)),
                    "claims" => drop(parse_claims(cut)),
                    // As the fuzz target does, the first byte apart.
                    "parts" => drop(serde_json::from_slice::<serde_json::Value>(cut.get(1..).unwrap_or_default())),
                    _ => drop(import::read(cut)),
                }
            }
            assert!(start.elapsed().as_secs() < 20, "{name} took {:?}", start.elapsed());
        }
    }
}

#[test]
fn the_whole_seeds_are_read() {
    for (name, bytes) in corpus("import") {
        assert!(import::read(&bytes).is_ok(), "{name}: {:?}", import::read(&bytes).err());
    }
    for (name, bytes) in corpus("bundle") {
        assert!(validate(&bytes).bundle.is_some(), "{name}");
    }
}
