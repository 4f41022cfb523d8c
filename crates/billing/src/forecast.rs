//! How much will be used: a damped trend beside the naive forecast that says "as last month", each tried on the months that are
//! known (Gardner and McKenzie 1985; Hyndman and Koehler 2006 for the scaled error).

/// Months that must be known.
pub const LEAST: usize = 3;

/// Which forecast is used: the one that erred less on the known months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Naive,
    DampedTrend,
}

impl Method {
    pub const fn label(self) -> &'static str {
        match self {
            Method::Naive => "as the last month",
            Method::DampedTrend => "damped trend",
        }
    }
}

/// A month to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub expected: f64,
    /// Nine in ten lie between these, as far as the months to come are like those that are known.
    pub lower: f64,
    pub upper: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub method: Method,
    pub points: Vec<Point>,
    /// Mean absolute error of one month ahead over that of the naive forecast; below 1 it is better. `None` where the naive
    /// forecast never erred.
    pub mase: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at least {LEAST} whole months of use are needed")]
pub struct TooShort;

/// Level and trend smoothed with these shares, the trend damped.
#[derive(Debug, Clone, Copy)]
struct Smoothing {
    level: f64,
    trend: f64,
    damp: f64,
}

/// One-step errors on the known months, and level and trend at their end.
fn smoothed(known: &[f64], by: Smoothing) -> (Vec<f64>, f64, f64) {
    let (mut level, mut trend) = (known[0], 0.0);
    let mut errors = Vec::with_capacity(known.len() - 1);
    for value in &known[1..] {
        let expected = level + by.damp * trend;
        errors.push(value - expected);
        let next = by.level * value + (1.0 - by.level) * expected;
        trend = by.trend * (next - level) + (1.0 - by.trend) * by.damp * trend;
        level = next;
    }
    (errors, level, trend)
}

fn mean_of(all: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = all.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Forecasts so many months behind the known ones, oldest first.
pub fn forecast(known: &[f64], ahead: usize) -> Result<Forecast, TooShort> {
    if known.len() < LEAST {
        return Err(TooShort);
    }
    let steps = |from: i32, to: i32| (from..=to).map(|i| f64::from(i) / 10.0);
    let mut best: Option<(f64, Smoothing)> = None;
    for level in steps(1, 10) {
        for trend in steps(0, 5) {
            for damp in [0.8, 0.9, 0.98] {
                let by = Smoothing { level, trend, damp };
                let error = mean_of(smoothed(known, by).0.iter().map(|e| e.abs()));
                if best.is_none_or(|(least, _)| error < least - 1e-12) {
                    best = Some((error, by));
                }
            }
        }
    }
    let naive = mean_of(known.windows(2).map(|w| (w[1] - w[0]).abs()));
    let (method, error, errors, level, trend, damp) = match best {
        // What is fitted on few months must be clearly better before it is believed.
        Some((error, by)) if known.len() >= 6 && error < 0.9 * naive => {
            let (errors, level, trend) = smoothed(known, by);
            (Method::DampedTrend, error, errors, level, trend, by.damp)
        }
        _ => {
            let errors = known.windows(2).map(|w| w[1] - w[0]).collect();
            (Method::Naive, naive, errors, known[known.len() - 1], 0.0, 1.0)
        }
    };
    let spread = mean_of(errors.iter().map(|e| e * e)).sqrt();
    let mut gone = 0.0;
    let points = (1..=ahead).map(|h| {
        gone += damp.powi(h as i32);
        let expected = (level + gone * trend).max(0.0);
        // The error of h steps grows as that of a walk; 1.645 of a normal's spread leave one in twenty at each side.
        let wide = 1.645 * spread * (h as f64).sqrt();
        Point { expected, lower: (expected - wide).max(0.0), upper: expected + wide }
    });
    Ok(Forecast { method, points: points.collect(), mase: (naive > 0.0).then(|| error / naive) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_months_are_refused_and_a_trend_is_found() {
        assert_eq!(forecast(&[1.0, 2.0], 3), Err(TooShort));
        let flat = forecast(&[100.0; 5], 2).unwrap();
        assert_eq!((flat.method, flat.points[1].expected, flat.mase), (Method::Naive, 100.0, None));
        let rising: Vec<f64> = (0..12).map(|i| 100.0 + 10.0 * f64::from(i)).collect();
        let found = forecast(&rising, 3).unwrap();
        assert_eq!(found.method, Method::DampedTrend);
        assert!(
            found.mase.unwrap() < 0.6 && found.points[0].expected > 214.0 && found.points[2].expected > 225.0,
            "{found:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// What is forecast is no less than nothing, lies in its range, and the method is not worse than the naive one.
        #[test]
        fn forecasts_are_sane(known in proptest::collection::vec(0.0f64..10_000.0, 3..30)) {
            let found = forecast(&known, 6).unwrap();
            prop_assert_eq!(found.points.len(), 6);
            for point in &found.points {
                prop_assert!(point.expected >= 0.0 && point.lower <= point.expected && point.expected <= point.upper && point.upper.is_finite());
            }
            prop_assert!(found.mase.is_none_or(|mase| mase <= 1.0 + 1e-9));
            prop_assert_eq!(&found, &forecast(&known, 6).unwrap());
        }
    }
}
