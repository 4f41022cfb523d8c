//! How far above the sum claimed a settlement may go, as the data have it.

use domain::Head;

use super::Sample;
use crate::{bundle::PredictionLimits, families::stage::weighted_quantile, features::Feature};

/// Share of claims whose settlement must be below the ceiling: the few above it are slips of entry.
const BELOW: f64 = 0.99;

/// Learns the limits from the rows `of` the sample.
pub fn learn(sample: &Sample, of: impl Fn(usize) -> bool) -> PredictionLimits {
    let rows: Vec<usize> = (0..sample.len()).filter(|&i| of(i)).collect();
    let known = |i: &usize| Head::ALL.iter().all(|h| !sample.recovered[*i].is_unknown(*h));
    let shares = rows.iter().filter(|i| known(i) && sample.total[**i] > 0.0);
    let share = weighted_quantile(shares.map(|&i| (sample.settlement[i] / sample.total[i], sample.weight[i])), BELOW);
    let amounts = sample.features.iter().filter_map(|f| if let Feature::Amount(head) = f { Some(*head) } else { None });
    let reach = |head: Head| {
        let values = rows.iter().filter(|i| !sample.recovered[**i].is_unknown(head));
        weighted_quantile(values.map(|&i| (sample.recovered[i].amount(head), 1.0)), BELOW)
    };
    PredictionLimits {
        // The model's own slack is small: settlements are rounded to the nearest pound at most.
        ceiling_share: share.clamp(1.0, 2.0),
        unknown_heads: amounts.filter(|h| !h.is_reduction()).map(|head| (head, reach(head))).collect(),
    }
}
