//! Every file cut short or with bytes changed: an error or a model, but no panic, and soon.

use std::time::Instant;

use ml::{import::read, random::Random};

use crate::common::{bytes, expected};

#[test]
fn truncated_files_are_told() {
    let start = Instant::now();
    for case in &expected().cases {
        let whole = bytes(&case.file);
        let model = read(&whole).unwrap();
        for part in 0..64 {
            // Some formats go on after the model, with what predictions do not depend on.
            if let Ok(cut) = read(&whole[..whole.len() * part / 64]) {
                let same = cut.trees == model.trees && cut.coefficients == model.coefficients && cut.link == model.link;
                assert!(same, "{}: {part} of 64 parts were taken", case.file);
            }
        }
    }
    assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
}

#[test]
fn changed_bytes_do_no_harm() {
    let mut random = Random::new(5);
    for case in &expected().cases {
        let whole = bytes(&case.file);
        for _ in 0..40 {
            let mut changed = whole.clone();
            for _ in 0..3 {
                let at = (random.unit() * changed.len() as f64) as usize;
                changed[at] = (random.unit() * 256.0) as u8;
            }
            // Taken or not: what is taken still has to answer the probes.
            let _ = read(&changed);
        }
    }
}

/// Linux tells the most memory the process ever held; elsewhere there is nothing to look at.
#[test]
fn files_of_the_largest_size_stay_within_bounds() {
    let largest = 16 << 20;
    let start = Instant::now();
    for (head, unit, tail) in [
        (&b"tree\nversion=v4\nfeature_names="[..], &b"a "[..], &b"\n"[..]),
        (b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\nfeature_names=a\n", b"Tree=\n", b""),
        (b"{\"version\":[3", b",1", b"]}"),
        (b"{\"learner\":", b"[", b""),
        (b"{\"a\":", b"{\"a\":", b""),
        (b"\x08\x08", b"\x3a\x00", b""),
        (b"\x08\x08", b"\x3a\x02\x0a\x00", b""),
        (b"\x08", b"\xff", b""),
    ] {
        let mut file = head.to_vec();
        while file.len() + unit.len() + tail.len() <= largest {
            file.extend_from_slice(unit);
        }
        file.extend_from_slice(tail);
        assert!(read(&file).is_err());
    }
    assert!(read(&vec![b'{'; largest + 1]).unwrap_err().to_string().contains("at most"));
    assert!(start.elapsed().as_secs() < 30, "took {:?}", start.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    assert!(most.is_none_or(|kilobytes| kilobytes < 1 << 20), "{most:?} kB");
}
