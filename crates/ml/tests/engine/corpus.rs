//! The fuzz targets' corpus, on every run of the tests: no input may panic, hang or be taken by mistake.

use std::{fs, path::PathBuf, time::Instant};

use ml::{bundle::validate, data::parse_claims, import};

#[path = "../../../../fuzz/shared/parts.rs"]
mod parts;

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
                    "parts" => drop(parts::with_part(cut)),
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
    // Each part gets as far as its kind of seed is meant to.
    for (name, bytes) in corpus("parts") {
        let checks = parts::with_part(&bytes).unwrap().checks;
        let reached = checks.iter().take_while(|c| c.passed).map(|c| c.name.as_str()).collect::<Vec<_>>();
        assert!(reached.contains(&"calibration and limits"), "{name}: {checks:?}");
    }
}
