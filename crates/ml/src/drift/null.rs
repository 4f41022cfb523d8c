//! What a measure comes to where nothing has changed.

use super::Sorted;
use crate::random::Random;

/// A reference this many times larger than the sample is taken to be the population.
const POPULATION: usize = 50;

/// Values of a statistic under the hypothesis that there is no difference, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Null(Vec<f64>);

impl Null {
    pub fn of(mut statistics: Vec<f64>) -> Null {
        statistics.sort_by(f64::total_cmp);
        Null(statistics)
    }

    /// `draws` times a reference and a sample as large as those given, between which there is no
    /// difference, measured against each other.
    ///
    /// Both are drawn from the two thrown together (Efron and Tibshirani 1993, 16.2). The reference is
    /// itself a sample: measured against a fixed one of the same size, six false alarms would be raised for
    /// each one meant; and drawn from the reference alone, a value that one claim in a thousand has and
    /// the reference happens to lack would always alarm. A reference of more than 50 times the sample
    /// stays as it is, and the samples are drawn from it.
    pub fn bootstrap(
        reference: &Sorted,
        current: &Sorted,
        draws: usize,
        seed: u64,
        measure: impl Fn(&Sorted, &Sorted) -> f64,
    ) -> Null {
        let (size, n) = (reference.values().len(), current.values().len());
        let is_population = size >= n.saturating_mul(POPULATION);
        let all = reference.and(current);
        let draw = |i: usize| {
            let mut random = Random::stream(seed, i as u64);
            if is_population {
                measure(reference, &reference.resample(n, &mut random))
            } else {
                let sample = all.resample(n, &mut random);
                measure(&all.resample(size, &mut random), &sample)
            }
        };
        Null::of((0..draws).map(draw).collect())
    }

    /// The value above which a statistic is significant at `alpha`, so that [`Null::p_value`] is at
    /// most that. Infinite where there are too few draws for any to be.
    pub fn limit(&self, alpha: f64) -> f64 {
        // The addition keeps float error from rounding a whole number down.
        let above = (alpha * (self.0.len() + 1) as f64 + 1e-9).floor() as usize;
        if above == 0 {
            return f64::INFINITY;
        }
        self.0.len().checked_sub(above).map_or(f64::NEG_INFINITY, |rank| self.0[rank])
    }

    /// (r + 1) / (B + 1), r of B draws being as large as `observed` (Davison and Hinkley 1997, 4.2).
    pub fn p_value(&self, observed: f64) -> f64 {
        let smaller = self.0.partition_point(|v| *v < observed);
        (self.0.len() - smaller + 1) as f64 / (self.0.len() + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_count_the_draws_as_large() {
        let null = Null::of((1..=19).rev().map(f64::from).collect());
        assert_eq!([0.0, 10.0, 19.0, 19.5].map(|x| null.p_value(x)), [1.0, 0.55, 0.1, 0.05]);
    }

    #[test]
    fn the_limit_is_where_the_p_value_passes_alpha() {
        let null = Null::of((1..=999).map(f64::from).collect());
        for alpha in [0.001, 0.01, 0.05, 0.5] {
            let limit = null.limit(alpha);
            assert!(null.p_value(limit + 0.5) <= alpha && null.p_value(limit) > alpha, "{alpha}: {limit}");
        }
        assert_eq!(Null::of(vec![1.0; 18]).limit(0.05), f64::INFINITY);
        assert_eq!(Null::of(vec![]).limit(0.05), f64::INFINITY);
    }
}
