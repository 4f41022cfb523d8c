//! Any bytes as a bundle: every check ends, and what passes them predicts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ml::bundle::validate;

fuzz_target!(|bytes: &[u8]| {
    if let Some(bundle) = validate(bytes).bundle {
        let facts = Default::default();
        let _ = bundle.predict(&facts);
        let _ = bundle.counterfactuals(&facts, 5);
    }
});
