//! Any bytes as the model, the background or the probes of a bundle whose container and hashes are
//! right, so that what lies behind them is reached. The first byte says which file is replaced, and
//! for the model by which family it is read.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ml::{
    bundle::{
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

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let mut archive = SOUND.clone();
    let Ok(mut manifest) = serde_json::from_slice::<serde_json::Value>(&archive.manifest) else { return };
    match choice {
        0 => archive.background = bytes.to_vec(),
        1 => archive.probes = bytes.to_vec(),
        other => {
            let family = Family::ALL[usize::from(other) % Family::ALL.len()];
            archive.model = compress(bytes);
            manifest["bundle_version"] = 2.into();
            manifest["family"] = family.name().into();
            manifest["libraries"] = serde_json::to_value(ml::bundle::libraries(family, 2)).unwrap_or_default();
        }
    }
    for (name, hash) in archive.hashes() {
        manifest["files"][name] = hash.into();
    }
    archive.manifest = manifest.to_string().into_bytes();
    if let Ok(packed) = archive.write() {
        let _ = validate(&packed);
    }
});
