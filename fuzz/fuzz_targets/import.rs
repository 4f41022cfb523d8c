//! Any bytes as a model of another trainer.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = ml::import::read(bytes);
});
