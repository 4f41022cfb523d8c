//! Any bytes as a file of claims: read, and what is read becomes finite features.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ml::{data::parse_claims, features::{Feature, vector}};

fuzz_target!(|bytes: &[u8]| {
    for row in parse_claims(bytes).rows {
        assert!(vector(&Feature::all(), &row.facts).iter().all(|x| x.is_finite()));
    }
});
