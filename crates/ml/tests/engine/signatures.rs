//! Signed bundles: taken from those who are trusted, refused once changed.

use ml::{
    Bundle,
    bundle::{PrivateKey, SignError, Trust, archive::Archive, validate, validate_from},
    families::Family,
};
use serde_json::json;

use crate::common::{Parts, refused, trained};

fn key(byte: u8) -> PrivateKey {
    PrivateKey::from_secret([byte; 32])
}

fn signed() -> Vec<u8> {
    key(7).sign(&trained(Family::Ridge).bundle).unwrap()
}

#[track_caller]
fn refused_from(bytes: &[u8], trust: &Trust, words: &str) {
    let validation = validate_from(bytes, trust);
    let check = validation.checks.iter().find(|c| !c.passed).unwrap();
    assert!(check.name == "signature" && check.detail.contains(words), "{check:?}");
    assert!(validation.bundle.is_none());
}

#[test]
fn a_signed_bundle_is_taken_from_its_signer_and_by_those_who_ask_for_none() {
    let bytes = signed();
    let trust = Trust::Signers(vec![key(1).public(), key(7).public()]);
    let bundle = validate_from(&bytes, &trust).bundle.unwrap();
    assert_eq!(bundle.signer(), Some(key(7).public()));
    assert_eq!(Bundle::read(&bytes).unwrap().signer(), Some(key(7).public()));
    assert_eq!(Bundle::read(&trained(Family::Ridge).bundle).unwrap().signer(), None);
}

#[test]
fn the_unsigned_and_strangers_are_refused_where_signers_are_named() {
    let trust = Trust::Signers(vec![key(1).public()]);
    refused_from(&trained(Family::Ridge).bundle, &trust, "not signed");
    refused_from(&signed(), &trust, "not among the trusted");
    // An empty list trusts nobody.
    refused_from(&signed(), &Trust::Signers(vec![]), "not among the trusted");
}

#[test]
fn what_was_changed_after_signing_is_refused_by_everyone() {
    let mut archive = Archive::read(&signed()).unwrap();
    archive.manifest = String::from_utf8(archive.manifest).unwrap().replace("A. Actuary", "B. Actuary").into_bytes();
    refused(&archive.write().unwrap(), "signature", "changed after it was signed");
    let mut archive = Archive::read(&signed()).unwrap();
    archive.probes.push(b' ');
    refused(&archive.write().unwrap(), "hashes", "probes.json");
    let mut archive = Archive::read(&signed()).unwrap();
    archive.signature = Some(json!({ "key": "00".repeat(32), "signature": "00".repeat(64) }).to_string().into_bytes());
    refused(&archive.write().unwrap(), "signature", "changed after it was signed");
    let mut archive = Archive::read(&signed()).unwrap();
    archive.signature = Some(b"{\"key\":1}".to_vec());
    refused(&archive.write().unwrap(), "signature", "the signature file");
}

#[test]
fn signing_again_replaces_the_signature() {
    let twice = key(9).sign(&signed()).unwrap();
    assert_eq!(Bundle::read(&twice).unwrap().signer(), Some(key(9).public()));
    assert!(matches!(key(9).sign(b"no bundle"), Err(SignError::Bundle(_))));
    assert!(validate(&Parts::of(Family::Ridge).pack()).bundle.is_some());
}
