//! A sample made ready for comparison.

use crate::random::Random;

/// Finite values in ascending order, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// `None` for no values and where one is not finite.
    pub fn of(mut values: Vec<f64>) -> Option<Sorted> {
        if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
            return None;
        }
        // Zero and minus zero are one value, but not to the total order.
        values.iter_mut().for_each(|v| *v += 0.0);
        values.sort_by(f64::total_cmp);
        Some(Sorted(values))
    }

    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The number of values as a float, for shares.
    pub fn count(&self) -> f64 {
        self.0.len() as f64
    }

    pub fn min(&self) -> f64 {
        self.0[0]
    }

    pub fn max(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.count()
    }

    /// The standard deviation of the values themselves (divided by n, as numpy's).
    pub fn deviation(&self) -> f64 {
        let mean = self.mean();
        (self.0.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / self.count()).sqrt()
    }

    /// The `p`-quantile, linear between neighbours (type 7 of Hyndman and Fan 1996, numpy's default).
    pub fn quantile(&self, p: f64) -> f64 {
        let position = (self.count() - 1.0) * p.clamp(0.0, 1.0);
        let below = self.0[position as usize];
        let above = self.0[(position as usize + 1).min(self.0.len() - 1)];
        below + (above - below) * position.fract()
    }

    /// How many values are below `bound`.
    pub fn below(&self, bound: f64) -> usize {
        self.0.partition_point(|v| *v < bound)
    }

    /// How many values are at or below `bound`.
    pub fn up_to(&self, bound: f64) -> usize {
        self.0.partition_point(|v| *v <= bound)
    }

    /// How many different values there are.
    pub fn distinct(&self) -> usize {
        1 + self.0.windows(2).filter(|w| w[0] != w[1]).count()
    }

    /// The values of both.
    pub fn and(&self, other: &Sorted) -> Sorted {
        let mut values: Vec<f64> = self.0.iter().chain(&other.0).copied().collect();
        // Two runs in order: the sort is a merge.
        values.sort_by(f64::total_cmp);
        Sorted(values)
    }

    /// `n` values (at least one) drawn with replacement. Counted, not sorted: that is most of the
    /// time of a bootstrap.
    pub fn resample(&self, n: usize, random: &mut Random) -> Sorted {
        let mut times = vec![0u32; self.0.len()];
        for _ in 0..n.max(1) {
            times[random.below(self.0.len())] += 1;
        }
        let drawn = self.0.iter().zip(times).flat_map(|(value, times)| std::iter::repeat_n(*value, times as usize));
        Sorted(drawn.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_values_are_taken() {
        assert_eq!(Sorted::of(vec![]), None);
        assert_eq!(Sorted::of(vec![1.0, f64::NAN]), None);
        assert_eq!(Sorted::of(vec![1.0, f64::INFINITY]), None);
        assert_eq!(Sorted::of(vec![2.0, -1.0, 2.0]).unwrap().values(), [-1.0, 2.0, 2.0]);
        assert_eq!(Sorted::of(vec![0.0, -0.0, 0.0]).unwrap().distinct(), 1);
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let sample = Sorted::of(vec![40.0, 10.0, 20.0, 30.0]).unwrap();
        assert_eq!([0.0, 0.5, 0.9, 1.0].map(|p| sample.quantile(p)), [10.0, 25.0, 37.0, 40.0]);
    }

    #[test]
    fn a_resample_is_sorted_of_the_size_asked_and_of_the_values_there() {
        let sample = Sorted::of((0..50).map(f64::from).collect()).unwrap();
        let drawn = sample.resample(20, &mut Random::new(1));
        assert_eq!(drawn.values().len(), 20);
        assert!(drawn.values().is_sorted() && drawn.values().iter().all(|v| sample.values().contains(v)));
        let mean = (0..2_000).map(|seed| sample.resample(20, &mut Random::new(seed)).mean()).sum::<f64>() / 2_000.0;
        // The standard error of this mean is 14.4 / √40,000 = 0.07.
        assert!((mean - 24.5).abs() < 0.3, "{mean}");
    }
}
