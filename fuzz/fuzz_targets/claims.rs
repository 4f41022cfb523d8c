//! Any bytes as a file of claims: read, and what is read becomes finite features.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ml::{data::parse_claims, features::{Feature, Recovered, Schema}};

fuzz_target!(|bytes: &[u8]| {
    let schema = Schema::of(&Feature::trained());
    for row in parse_claims(bytes).rows {
        assert!(schema.row(&Recovered::of(&row.facts)).iter().all(|x| x.is_finite()));
    }
});
