//! Any bytes as one part of an else sound bundle: every check ends, and what passes them predicts.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../shared/parts.rs"]
mod parts;

fuzz_target!(|bytes: &[u8]| {
    if let Some(bundle) = parts::with_part(bytes).and_then(|validation| validation.bundle) {
        let _ = bundle.predict(&Default::default());
    }
});
