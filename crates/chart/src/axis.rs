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

/// An axis that begins at nothing: it ends on a tick of its own at most a fifth beyond the largest value, with as few
/// ticks as that allows, four at least where labels tell them apart, and at most eleven.
pub fn scale(largest: f64, label: impl Fn(f64) -> String) -> (f64, Vec<Tick>) {
    let nothing = || (1.0, vec![Tick { value: 0.0, label: label(0.0) }]);
    if !(largest.is_finite() && largest > 0.0) {
        return nothing();
    }
    let power = 10f64.powf(largest.log10().floor());
    let steps =
        [10.0, 1.0, 0.1, 0.01].into_iter().flat_map(|tens| [5.0, 2.5, 2.0, 1.0].map(|step| step * tens * power));
    let of = |step: f64| {
        // The slack keeps float error from adding a tick.
        let count = (largest / step - 1e-9).ceil() as i64;
        let tick = |i: i64| Tick { value: i as f64 * step, label: label(i as f64 * step) };
        let ticks: Vec<Tick> = if count > 10 { Vec::new() } else { (0..=count).map(tick).collect() };
        (count as f64 * step, ticks)
    };
    let fits = |(end, ticks): &(f64, Vec<Tick>)| *end <= largest * 1.2 + 1e-9 && !ticks.is_empty() && even(ticks);
    let all: Vec<_> = steps.map(of).filter(fits).collect();
    let enough = all.iter().find(|(_, ticks)| ticks.len() > 3).or(all.first());
    // Where no label tells the ticks apart, as of pence rounded to pounds, the floor alone has one.
    enough.cloned().unwrap_or_else(|| (largest, vec![Tick { value: 0.0, label: label(0.0) }]))
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
    fn an_axis_ends_on_a_tick_at_most_a_fifth_beyond_what_is_largest() {
        for i in 1..2_000 {
            let largest = f64::from(i) * 1.37;
            let (end, ticks) = scale(largest, |v| format!("{v:.3}"));
            assert!(end >= largest * 0.999_999 && end <= largest * 1.200_1, "{largest}: {end}");
            assert!((ticks[ticks.len() - 1].value - end).abs() < 1e-9 && ticks.len() <= 11, "{largest}: {ticks:?}");
        }
        let whole = |largest: f64| {
            let (end, ticks) = scale(largest, |v| format!("{v:.0}"));
            (end, ticks.into_iter().map(|t| t.label).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(whole(12.0), (12.0, "0 2 4 6 8 10 12".into()));
        assert_eq!(whole(88.0), (100.0, "0 25 50 75 100".into()));
        assert_eq!(whole(3.0), (3.0, "0 1 2 3".into()));
        assert_eq!((whole(0.0), whole(f64::NAN)), ((1.0, "0".into()), (1.0, "0".into())));
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
