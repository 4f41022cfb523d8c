//! The exporters' files with their rows and answers, and orders to import them.

use std::{path::PathBuf, sync::OnceLock};

use chrono::NaiveDate;
use ml::{
    data::{ParsedFile, parse_claims},
    families::imported::Target,
    generate::{Plan, write},
    import::{Entry, ImportError, Imported, Mapping, Order, Probes, Raw, Unknown, bundle, read},
};
use serde::Deserialize;

/// `expected.json`.
#[derive(Deserialize)]
pub struct Expected {
    pub columns: Vec<String>,
    pub replaced: Vec<Vec<Option<f64>>>,
    pub kept: Vec<Vec<Option<f64>>>,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub file: String,
    pub exporter: String,
    pub target: Target,
    /// Whether the model was trained with missing values.
    pub kept: bool,
    pub columns: Vec<String>,
    pub prediction: Vec<f64>,
}

pub fn expected() -> &'static Expected {
    static EXPECTED: OnceLock<Expected> = OnceLock::new();
    EXPECTED.get_or_init(|| serde_json::from_slice(&bytes("expected.json")).unwrap())
}

/// A file of this directory.
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/imports").join(name)).unwrap()
}

pub fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap()
}

pub fn case(file: &str) -> &'static Case {
    expected().cases.iter().find(|case| case.file == file).unwrap()
}

impl Case {
    pub fn raw(&self) -> Raw {
        read(&bytes(&self.file)).unwrap_or_else(|e| panic!("{}: {e}", self.file))
    }

    pub fn mapping(&self) -> Mapping {
        let unknown = if self.kept { Unknown::Keep } else { Unknown::Replace };
        Mapping(self.columns.iter().map(|c| Entry { input: c.clone(), feature: None, unknown }).collect())
    }

    pub fn probes(&self) -> Probes {
        let all = expected();
        let places: Vec<usize> =
            self.columns.iter().map(|name| all.columns.iter().position(|c| c == name).unwrap()).collect();
        let rows = if self.kept { &all.kept } else { &all.replaced };
        let row = |row: &Vec<Option<f64>>| places.iter().map(|&at| row[at].unwrap_or(f64::NAN)).collect();
        Probes {
            rows: rows.iter().map(row).collect(),
            prediction: self.prediction.clone(),
            lower: Vec::new(),
            upper: Vec::new(),
        }
    }

    /// Imports the model, calibrated on synthetic claims it has not seen.
    pub fn import(&self) -> Result<Imported, ImportError> {
        import(self.raw(), None, &self.mapping(), self.target, &self.probes())
    }
}

pub fn import(
    point: Raw,
    tails: Option<(Raw, Raw)>,
    mapping: &Mapping,
    target: Target,
    probes: &Probes,
) -> Result<Imported, ImportError> {
    bundle(&Order {
        point,
        tails,
        mapping,
        target,
        claims: unseen(),
        claims_sha256: "0".repeat(64),
        probes,
        explanation: Default::default(),
        name: "test".into(),
        author: "A. Actuary".into(),
        release_notes: "for tests".into(),
        created: "2026-01-01T00:00:00+00:00".into(),
        seed: 1,
    })
}

/// Synthetic claims that no model has seen.
pub fn unseen() -> &'static ParsedFile {
    static CLAIMS: OnceLock<ParsedFile> = OnceLock::new();
    CLAIMS.get_or_init(|| claims(700, 12))
}

pub fn claims(n: usize, seed: u64) -> ParsedFile {
    let mut bytes = Vec::new();
    let until = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    write(Plan { claims: n, seed, until }, &mut bytes).unwrap();
    parse_claims(bytes.as_slice())
}

/// Asserts that the bytes are refused in words that hold `words`, fast.
#[track_caller]
pub fn refused(bytes: &[u8], words: &str) {
    let start = std::time::Instant::now();
    let Err(error) = read(bytes).map_err(|e| e.to_string()) else {
        panic!("the file was taken; {words:?} was expected")
    };
    assert!(error.contains(words), "{error}");
    assert!(start.elapsed().as_secs() < 10, "took {:?}", start.elapsed());
}
