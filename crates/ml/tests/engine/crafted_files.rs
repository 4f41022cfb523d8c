//! Bundles whose container, manifest or data were tampered with. Each must be refused by the check
//! that is meant for it, without a panic, in bounded time and memory.

use std::io::Write;

use ml::{
    Bundle,
    bundle::{
        archive::{Archive, BACKGROUND, MANIFEST, MODEL, PROBES, compress, decompress},
        validate,
    },
    families::Family,
};
use serde_json::{Value, json};

use crate::common::{Parts, pack, refused, trained};

#[test]
fn an_untouched_bundle_passes_every_check() {
    for family in Family::trained() {
        let validation = validate(&trained(family).bundle);
        assert!(validation.checks.iter().all(|c| c.passed), "{family}: {:?}", validation.checks);
        assert!(validation.bundle.is_some());
        assert!(Bundle::read(&Parts::of(family).pack()).is_ok(), "{family}, packed again");
    }
}

#[test]
fn a_zip_bomb() {
    let mut archive = Archive::read(&trained(Family::Ridge).bundle).unwrap();
    archive.background = vec![b' '; 200 << 20];
    let bytes = pack(archive);
    assert!(bytes.len() < 1 << 20, "deflate packs blanks a thousandfold");
    refused(&bytes, "archive", "unpacks to more than 8 MB");
}

#[test]
fn a_zstd_bomb() {
    let bytes = Parts::of(Family::Ridge).pack_with(&vec![b' '; 200 << 20]);
    refused(&bytes, "model structure", "unpacks to more than 115 MB");
}

#[test]
fn a_zstd_frame_that_is_none() {
    let mut archive = Archive::read(&trained(Family::Ridge).bundle).unwrap();
    archive.model = b"not zstd at all".to_vec();
    refused(&pack(archive), "model structure", "zstd");
}

#[test]
fn a_file_above_the_packed_limit() {
    refused(&vec![0; (16 << 20) + 1], "size", "at most");
}

#[test]
fn a_wrong_hash() {
    let mut parts = Parts::of(Family::Ridge);
    parts.probes["point"][0] = json!(1.5);
    let archive = Archive {
        manifest: serde_json::to_vec(&parts.manifest).unwrap(),
        model: compress(&serde_json::to_vec(&parts.model).unwrap()),
        background: serde_json::to_vec(&parts.background).unwrap(),
        probes: serde_json::to_vec(&parts.probes).unwrap(),
        signature: None,
    };
    refused(&archive.write().unwrap(), "hashes", "the manifest says");
}

#[test]
fn a_hash_missing() {
    let mut archive = Archive::read(&trained(Family::Ridge).bundle).unwrap();
    let mut manifest: Value = serde_json::from_slice(&archive.manifest).unwrap();
    manifest["files"].as_object_mut().unwrap().remove(PROBES);
    archive.manifest = serde_json::to_vec(&manifest).unwrap();
    refused(&archive.write().unwrap(), "hashes", "2 hashes for 3 files");
}

#[test]
fn a_truncated_file() {
    let bytes = &trained(Family::Ridge).bundle;
    for part in 0..64 {
        assert!(Bundle::read(&bytes[..bytes.len() * part / 64]).is_err(), "{part} of 64 parts were taken");
    }
}

#[test]
fn not_a_zip() {
    refused(b"", "archive", "not a readable zip");
    refused(b"SettlementValue,AccidentType\n870.0,Rear end\n", "archive", "not a readable zip");
}

#[test]
fn files_missing_or_too_many() {
    let zip = |names: &[&str]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(b"{}").unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    refused(&zip(&[MANIFEST, MODEL, PROBES]), "archive", "3 entries");
    refused(&zip(&[MANIFEST, MODEL, PROBES, BACKGROUND, "extra"]), "archive", "5 entries");
    refused(&zip(&[MANIFEST, MODEL, PROBES, "../../etc/passwd"]), "archive", BACKGROUND);
}

#[test]
fn another_bundle_version() {
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["bundle_version"] = json!(3);
    refused(&parts.pack(), "manifest", "this release reads versions 1 to 2");
}

#[test]
fn another_library_version() {
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["libraries"][0]["version"] = json!("0.4.0");
    refused(&parts.pack(), "versions", "serialised with smartcore 0.4.0");
}

#[test]
fn another_feature_schema() {
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["features"][0]["name"] = json!("driver_age");
    refused(&parts.pack(), "feature schema", "\"driver_age\" is not known");
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["features"][1] = parts.manifest["features"][0].clone();
    refused(&parts.pack(), "feature schema", "stands twice");
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["features"].as_array_mut().unwrap().remove(0);
    refused(&parts.pack(), "feature schema", "needs feature general_fixed");
}

#[test]
fn a_calibration_out_of_reason() {
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["calibration"]["level"] = json!(0.5);
    refused(&parts.pack(), "calibration and limits", "level 0.5");
    let mut parts = Parts::of(Family::Ridge);
    parts.manifest["limits"]["ceiling_share"] = json!(50.0);
    refused(&parts.pack(), "calibration and limits", "ceiling of 50");
}

#[test]
fn a_background_of_another_width() {
    let mut parts = Parts::of(Family::Ridge);
    parts.background[3].as_array_mut().unwrap().pop();
    refused(&parts.pack(), "background", "row 3 has");
}

#[test]
fn a_background_without_rows() {
    let mut parts = Parts::of(Family::Ridge);
    parts.background = json!([]);
    refused(&parts.pack(), "background", "0 rows");
}

#[test]
fn a_model_that_does_not_answer_as_promised() {
    let mut parts = Parts::of(Family::Boosting);
    let start = &mut parts.model["point"]["model"]["start"];
    *start = json!(start.as_f64().unwrap() + 0.01);
    refused(&parts.pack(), "probes", "our layout against the bundle");
}

#[test]
fn too_few_answers_to_the_probes() {
    let mut parts = Parts::of(Family::Boosting);
    parts.probes["upper"].as_array_mut().unwrap().pop();
    refused(&parts.pack(), "probes", "not as many answers");
}

#[test]
fn flipped_bytes_never_panic() {
    let mut random = ml::random::Random::new(3);
    let good = &trained(Family::Ridge).bundle;
    for _ in 0..150 {
        let mut bytes = good.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        validate(&bytes);
    }
    // The same inside the model, past the hashes.
    let archive = Archive::read(good).unwrap();
    let json = decompress(&archive.model).unwrap();
    for _ in 0..150 {
        let mut json = json.clone();
        let at = random.below(json.len());
        json[at] = b"0123456789.,-e\"[]{}"[random.below(19)];
        validate(&pack(Archive { model: compress(&json), ..archive.clone() }));
    }
}

#[test]
fn figures_of_a_single_claim_or_of_a_head_no_feature_looks_up() {
    let with = |figures: Value| {
        let mut parts = Parts::of(Family::Ridge);
        parts.manifest["figures"] = figures;
        parts.pack()
    };
    refused(&with(json!({"special_therapy": {"406": 1}})), "feature schema", "£406 of special_therapy counts 1 claims");
    refused(&with(json!({"special_fixes": {"406": 2}})), "feature schema", "no feature looks up");
    refused(&with(json!({"special_therapy": {"a lot": 2}})), "manifest", "not a manifest");
    assert!(Bundle::read(&with(json!({"special_therapy": {"406": 2}}))).is_ok());
}
