//! Round numbers along an axis.

/// A place on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: String,
}

/// Multiples of 1, 2, 2.5 or 5 times a power of ten from `low` to `high`, at most `most` (at least two)
/// of them, as many as have labels of their own that lie as evenly as the ticks do: where labels are rounded, 2.5 would
/// be called 2. None for a range that is empty or not finite.
pub fn ticks(low: f64, high: f64, most: usize, label: impl Fn(f64) -> String) -> Vec<Tick> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let power = 10f64.powf((span / most as f64).log10().floor());
    let steps = [1.0, 10.0, 100.0].into_iter().flat_map(|tens| [1.0, 2.0, 2.5, 5.0].map(|step| step * tens * power));
    let of = |step: f64| -> Vec<Tick> {
        // The slack keeps float error from losing an end.
        let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
        let tick = |i: i64| Tick { value: i as f64 * step, label: label(i as f64 * step) };
        (first..=last).map(tick).collect()
    };
    let fits = |ticks: &Vec<Tick>| ticks.len() <= most && even(ticks);
    steps.map(of).find(fits).unwrap_or_default()
}

/// Whether the labels read as numbers of equal distance.
fn even(ticks: &[Tick]) -> bool {
    let read: Vec<f64> = ticks.iter().map(|tick| number(&tick.label)).collect();
    let mut steps = read.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(first) = steps.next() else { return true };
    first > 0.0 && steps.all(|step| (step - first).abs() < first * 1e-6)
}

/// The number in a label such as "−£1,250" or "80.0%".
fn number(label: &str) -> f64 {
    let digits: String = label.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let size = digits.parse().unwrap_or(f64::NAN);
    if label.contains(['-', '−', '–']) { -size } else { size }
}

/// Where an axis that begins at nothing ends: on a round number at most a fifth beyond the largest value.
pub fn end(largest: f64) -> f64 {
    const STEPS: [f64; 17] = [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0];
    if !(largest.is_finite() && largest > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(largest.log10().floor());
    let end = STEPS.iter().map(|step| step * power).find(|end| *end >= largest * (1.0 - 1e-9));
    end.unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, most: usize) -> Vec<String> {
        ticks(low, high, most, |v| format!("{v:.0}")).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn numbers_are_round_and_within_the_range() {
        assert_eq!(labels(13.0, 770.0, 6), ["200", "400", "600"]);
        assert_eq!(labels(0.0, 1_000.0, 6), ["0", "200", "400", "600", "800", "1000"]);
        assert_eq!(labels(-30.0, 45.0, 3), ["-25", "0", "25"]);
        let shares = ticks(0.778, 0.987, 6, |v| format!("{:.1}%", 100.0 * v));
        assert_eq!(shares.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(), ["80.0%", "85.0%", "90.0%", "95.0%"]);
    }

    #[test]
    fn an_axis_ends_at_most_a_fifth_beyond_what_is_largest() {
        for i in 1..2_000 {
            let largest = f64::from(i) * 1.37;
            assert!(
                end(largest) >= largest * 0.999_999 && end(largest) <= largest * 1.2001,
                "{largest}: {}",
                end(largest)
            );
        }
        assert_eq!((end(0.0), end(f64::NAN), end(39.0), end(400.0)), (1.0, 1.0, 40.0, 400.0));
    }

    #[test]
    fn no_two_labels_are_the_same_and_odd_ranges_have_none() {
        assert_eq!(labels(0.0, 2.2, 6), ["0", "1", "2"]);
        assert_eq!(labels(0.0, 12.0, 5), ["0", "5", "10"], "2.5 is not called 2");
        let pounds = ticks(-3_000.0, 3_000.0, 5, |v| if v < 0.0 { format!("−£{:.0}", -v) } else { format!("£{v:.0}") });
        assert_eq!(pounds.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(), ["−£2000", "£0", "£2000"]);
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(ticks(low, high, 6, |v| v.to_string()), []);
        }
    }
}
