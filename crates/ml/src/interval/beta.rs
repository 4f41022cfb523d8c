//! The band that the coverage of a conformal interval lies in.

/// Bounds of a share.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub low: f64,
    pub high: f64,
}

/// The central 95% of the coverage given a calibration set of `n` exchangeable claims, which is
/// Beta(n + 1 − l, l) with l = ⌊(n + 1)(1 − level)⌋ (Vovk 2012). All of [0, 1] for n too small for
/// a finite interval.
pub fn coverage_band(n: usize, level: f64) -> Band {
    let n = n as f64;
    let l = ((n + 1.0) * (1.0 - level) + 1e-9).floor();
    if l < 1.0 {
        return Band { low: 0.0, high: 1.0 };
    }
    Band { low: quantile(0.025, n + 1.0 - l, l), high: quantile(0.975, n + 1.0 - l, l) }
}

/// The `p`-quantile of Beta(a, b), by bisection.
fn quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if cumulative(middle, a, b) < p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function, by its continued fraction (Press et al., Numerical
/// Recipes, 6.4).
fn cumulative(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return f64::from(u8::from(x >= 1.0));
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast on this side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let tiny = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / tiny(1.0 + term * d);
            c = tiny(1.0 + term / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0 (Lanczos, g = 7, n = 9; relative error below 1e-14).
fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let series = C.iter().zip(1..).fold(0.999_999_999_999_809_9, |sum, (c, i)| sum + c / (x + f64::from(i)));
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_of_five_hundred_claims_is_the_published_one() {
        let band = coverage_band(500, 0.9);
        assert!((band.low - 0.873).abs() < 5e-4 && (band.high - 0.925).abs() < 5e-4, "{band:?}");
    }

    #[test]
    fn too_few_claims_promise_nothing() {
        assert_eq!(coverage_band(8, 0.9), Band { low: 0.0, high: 1.0 });
    }

    #[test]
    fn more_claims_narrow_the_band() {
        let widths: Vec<f64> = [20, 100, 1_000, 10_000].map(|n| coverage_band(n, 0.9)).map(|b| b.high - b.low).to_vec();
        assert!(widths.is_sorted_by(|a, b| a > b), "{widths:?}");
    }
}
