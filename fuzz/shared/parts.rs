// Bytes as one part of a bundle whose container and hashes are right, so that what lies behind them is
// reached. Shared by the fuzz target and by the tests that run its corpus.

use std::sync::LazyLock;

use ml::{
    bundle::{
        Validation,
        archive::{Archive, compress},
        validate,
    },
    families::Family,
};

/// A sound bundle with but two rows of background, which would else be most of the work.
static SOUND: LazyLock<Archive> = LazyLock::new(|| {
    let bytes = include_bytes!("../../crates/ml/tests/bundles/v1-ridge.solm");
    let mut archive = Archive::read(bytes).unwrap_or_else(|e| panic!("{e}"));
    let mut rows: Vec<Vec<f64>> = serde_json::from_slice(&archive.background).unwrap_or_default();
    rows.truncate(2);
    archive.background = serde_json::to_vec(&rows).unwrap_or_default();
    archive
});

/// Validates the bundle with one part replaced by all bytes but the first, which says what they are: 0 the
/// background, 1 the probes, 255 entries of the manifest, else the model, read by the family of that number.
pub fn with_part(bytes: &[u8]) -> Option<Validation> {
    let (&choice, bytes) = bytes.split_first()?;
    let mut archive = SOUND.clone();
    let mut manifest: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&archive.manifest).ok()?;
    match choice {
        0 => archive.background = bytes.to_vec(),
        1 => archive.probes = bytes.to_vec(),
        255 => {
            let entries: serde_json::Map<_, _> = serde_json::from_slice(bytes).ok()?;
            manifest.extend(entries);
        }
        other => {
            let family = Family::ALL[usize::from(other) % Family::ALL.len()];
            archive.model = compress(bytes);
            manifest.insert("bundle_version".into(), 2.into());
            manifest.insert("family".into(), family.name().into());
            manifest.insert("libraries".into(), serde_json::to_value(ml::bundle::libraries(family, 2)).ok()?);
        }
    }
    let hashes = archive.hashes().into_iter().map(|(name, hash)| (name.to_owned(), hash.into()));
    manifest.insert("files".into(), serde_json::Value::Object(hashes.collect()));
    archive.manifest = serde_json::to_vec(&manifest).ok()?;
    Some(validate(&archive.write().ok()?))
}
