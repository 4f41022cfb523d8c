//! The test of Kolmogorov and Smirnov for two samples.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use super::Sorted;

/// Up to this product of the sizes the p-value is exact: everywhere where scipy's is by default
/// (both at most 10,000), and where only one is larger.
const EXACT: usize = 100_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KolmogorovSmirnov {
    /// The largest difference of the distribution functions, 0 to 1.
    pub statistic: f64,
    pub p_value: f64,
}

impl KolmogorovSmirnov {
    /// Two-sided. With ties the p-value is too large, never too small.
    pub fn test(a: &Sorted, b: &Sorted) -> KolmogorovSmirnov {
        let (m, n) = (a.values().len(), b.values().len());
        let gap = gap(a, b);
        let statistic = gap as f64 / (m as f64 * n as f64);
        let p_value = if m.saturating_mul(n) <= EXACT { exact(m, n, gap) } else { asymptotic(m, n, statistic) };
        KolmogorovSmirnov { statistic, p_value }
    }
}

/// The statistic alone.
pub fn kolmogorov_smirnov(a: &Sorted, b: &Sorted) -> f64 {
    gap(a, b) as f64 / (a.count() * b.count())
}

/// The statistic times the product of the sizes, a whole number.
fn gap(a: &Sorted, b: &Sorted) -> u64 {
    let (x, y) = (a.values(), b.values());
    let (m, n) = (x.len() as u64, y.len() as u64);
    let (mut i, mut j, mut gap) = (0, 0, 0);
    while let (Some(u), Some(v)) = (x.get(i), y.get(j)) {
        let at = u.min(*v);
        while x.get(i).is_some_and(|v| *v <= at) {
            i += 1;
        }
        while y.get(j).is_some_and(|v| *v <= at) {
            j += 1;
        }
        gap = gap.max((i as u64 * n).abs_diff(j as u64 * m));
    }
    gap
}

/// The chance that a random path from (0, 0) to (m, n) reaches a point where |i n − j m| is at
/// least `gap` (Hodges 1958). The chance for paths to (i, j) is the mean of those to (i − 1, j)
/// and (i, j − 1), weighted by i and j; one row of it is kept.
pub(super) fn exact(m: usize, n: usize, gap: u64) -> f64 {
    if gap == 0 {
        return 1.0;
    }
    let (m, n, gap) = (m.max(n) as i64, m.min(n) as i64, gap as i64);
    let mut chance = vec![1.0; n as usize + 1];
    let mut low = 0;
    for i in 0..=m {
        let first = ((i * n - gap).div_euclid(m) + 1).max(0);
        let last = ((i * n + gap - 1).div_euclid(m)).min(n);
        // Points the window has left are outside from now on.
        chance[low as usize..first as usize].fill(1.0);
        low = first;
        for j in first..=last {
            let beside = if j > 0 { j as f64 * chance[j as usize - 1] } else { 0.0 };
            let under = if i > 0 { i as f64 * chance[j as usize] } else { 0.0 };
            chance[j as usize] = (under + beside) / (i + j).max(1) as f64;
        }
    }
    chance[n as usize].clamp(0.0, 1.0)
}

/// Kolmogorov's distribution at a statistic corrected for the size (Vrbik 2018). Scipy takes the
/// exact distribution for one sample of that size; the two differ by less than 0.0002.
pub(super) fn asymptotic(m: usize, n: usize, statistic: f64) -> f64 {
    let size = m as f64 * n as f64 / (m as f64 + n as f64);
    let plain = size.sqrt() * statistic;
    let x = plain + 1.0 / (6.0 * size.sqrt()) + (plain - 1.0) / (4.0 * size);
    // Either series needs few terms on its side of one.
    let tail = if x < 1.0 {
        let odd = [1.0, 3.0, 5.0, 7.0].map(|k: f64| (-(k * PI).powi(2) / (8.0 * x * x)).exp());
        1.0 - TAU.sqrt() / x.max(1e-6) * odd.iter().sum::<f64>()
    } else {
        let term = |k: f64| (-2.0 * (k * x).powi(2)).exp();
        2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0))
    };
    tail.clamp(0.0, 1.0)
}
