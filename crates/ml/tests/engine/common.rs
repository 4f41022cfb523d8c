//! Bundles trained on synthetic claims, once for each family, and taken apart to be tampered with.

use std::{sync::OnceLock, time::Instant};

use chrono::NaiveDate;
use ml::{
    Bundle,
    bundle::archive::{Archive, compress, decompress, sha256},
    data::{ParsedFile, parse_claims},
    families::Family,
    generate::{Plan, write},
    train::{Order, Sample, Trained, train},
};
use serde_json::Value;

/// `n` synthetic claims as read from their file.
pub fn claims(n: usize, seed: u64) -> ParsedFile {
    let mut bytes = Vec::new();
    let until = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    write(Plan { claims: n, seed, until }, &mut bytes).unwrap();
    parse_claims(bytes.as_slice())
}

pub fn order(family: Family, seed: u64) -> Order {
    Order {
        family,
        explanation: Default::default(),
        method: Default::default(),
        name: "test".into(),
        author: "A. Actuary".into(),
        release_notes: "for tests".into(),
        created: "2026-01-01T00:00:00+00:00".into(),
        data_sha256: sha256(b"synthetic"),
        seed,
    }
}

/// A model of the family, trained on 300 synthetic claims.
pub fn trained(family: Family) -> &'static Trained {
    static TRAINED: [OnceLock<Trained>; Family::ALL.len()] = [const { OnceLock::new() }; Family::ALL.len()];
    let place = Family::ALL.iter().position(|f| *f == family).unwrap();
    TRAINED[place].get_or_init(|| train(&Sample::of(&claims(300, 1)), &order(family, 1), &|_, _| ()).unwrap())
}

/// A bundle taken apart, for putting together again with something changed.
pub struct Parts {
    pub manifest: Value,
    pub model: Value,
    pub background: Value,
    pub probes: Value,
}

impl Parts {
    pub fn of(family: Family) -> Parts {
        let archive = Archive::read(&trained(family).bundle).unwrap();
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
        Parts {
            manifest: json(&archive.manifest),
            model: json(&decompress(&archive.model).unwrap()),
            background: json(&archive.background),
            probes: json(&archive.probes),
        }
    }

    /// Packs the parts with hashes that fit.
    pub fn pack(self) -> Vec<u8> {
        let model = serde_json::to_vec(&self.model).unwrap();
        self.pack_with(&model)
    }

    /// Packs the parts around a model's bytes, with hashes that fit.
    pub fn pack_with(self, model: &[u8]) -> Vec<u8> {
        pack(Archive {
            manifest: serde_json::to_vec(&self.manifest).unwrap(),
            model: compress(model),
            background: serde_json::to_vec(&self.background).unwrap(),
            probes: serde_json::to_vec(&self.probes).unwrap(),
            signature: None,
        })
    }
}

/// Packs the files with hashes that fit.
pub fn pack(mut archive: Archive) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_slice(&archive.manifest).unwrap();
    for (name, hash) in archive.hashes() {
        manifest["files"][name] = hash.into();
    }
    archive.manifest = serde_json::to_vec(&manifest).unwrap();
    archive.write().unwrap()
}

/// Asserts that `bytes` fail at `check` with a detail that holds `words`, fast.
#[track_caller]
pub fn refused(bytes: &[u8], check: &str, words: &str) {
    let start = Instant::now();
    let error = Bundle::read(bytes).expect_err("the bundle was taken");
    assert_eq!(error.check, check, "{error}");
    assert!(error.detail.contains(words), "{error}");
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}
