//! How far values would have to be moved.

use super::Sorted;

/// The smallest deviation a distance is divided by, in the units of the feature (evidently 0.7).
const LEAST: f64 = 0.001;

/// The first Wasserstein distance, in standard deviations (divided by n) of the reference, for
/// numbers.
pub fn wasserstein(reference: &Sorted, current: &Sorted) -> f64 {
    distance(reference, current) / reference.deviation().max(LEAST)
}

/// The same in the units of the feature: the area between the two distribution functions.
pub fn distance(a: &Sorted, b: &Sorted) -> f64 {
    let (x, y) = (a.values(), b.values());
    let (mut i, mut j, mut area) = (0, 0, 0.0);
    let mut at = a.min().min(b.min());
    while i < x.len() || j < y.len() {
        let next = match (x.get(i), y.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(last), None) | (None, Some(last)) => *last,
            (None, None) => break,
        };
        area += (i as f64 / a.count() - j as f64 / b.count()).abs() * (next - at);
        at = next;
        while x.get(i).is_some_and(|v| *v <= at) {
            i += 1;
        }
        while y.get(j).is_some_and(|v| *v <= at) {
            j += 1;
        }
    }
    area
}
