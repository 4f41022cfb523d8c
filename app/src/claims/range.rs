//! The range on an axis in pounds that begins at nothing: where the amount lies, and where what is claimed.

use contract::claim::PredictionView;
use domain::Money;
use leptos::prelude::*;

/// How wide a label is at most, in thousandths of the picture on a telephone.
const LABEL: i64 = 215;

/// `tried`: the amount of a what-if, as a second mark. Places are in thousandths, written as percentages, so that the
/// texts keep their size whatever the picture's width. Above the range stand what is predicted and what is tried, below
/// it its ends and the sum claimed, each beside its mark.
pub fn range(p: &PredictionView, claimed: Money, tried: Option<Money>) -> AnyView {
    let most = [p.upper, claimed, tried.unwrap_or(Money::ZERO)].into_iter().map(Money::pence).max().unwrap_or(0);
    let end = round_up(most);
    let x = |amount: Money| 1_000 * amount.pence().clamp(0, end) / end;
    let at = |thousandths: i64| format!("{}.{}%", thousandths / 10, thousandths % 10);
    let (low, mark, high, sum) = (x(p.lower), x(p.amount), x(p.upper), x(claimed));
    let (lower, upper) = (beside(low, -1), beside(high, 1));
    // Where both would stand in one place, the upper goes a line lower.
    let second = if lower.over(upper) { 90 } else { 74 };
    let words = format!(
        "On an axis from £0 to {}: predicted {}, range from {} to {}, claimed {claimed}.",
        whole(end),
        p.amount,
        p.lower,
        p.upper
    );
    let other = tried.map(|amount| {
        let place = x(amount);
        view! {
            <circle class="other" cx=at(place) cy="44" r="5"/>
            <text x=at(middle(place)) y="10" text-anchor="middle">{format!("tried {amount}")}</text>
        }
    });
    view! {
        <svg class="range" role="img" aria-label=words>
            <text class="strong" x=at(middle(mark)) y="26" text-anchor="middle">{p.amount.to_string()}</text>
            <rect class="band" x=at(low) y="36" width=at((high - low).max(4)) height="16" rx="4"/>
            <line class="axis" x1="0" x2="100%" y1="52.5" y2="52.5"/>
            <line class="claimed" x1=at(sum) x2=at(sum) y1="34" y2="96"/>
            <circle class="mark" cx=at(mark) cy="44" r="5"/>
            {other}
            <text x=at(lower.at) y="74" text-anchor=lower.anchor>{p.lower.to_string()}</text>
            <text x=at(upper.at) y=second text-anchor=upper.anchor>{p.upper.to_string()}</text>
            <text x=at(middle(sum)) y="107" text-anchor="middle">{format!("claimed {claimed}")}</text>
            <text x="0" y="124" text-anchor="start">"£0"</text>
            <text x="100%" y="124" text-anchor="end">{whole(end)}</text>
        </svg>
    }
    .into_any()
}

/// A label beside a mark.
#[derive(Clone, Copy)]
struct Label {
    at: i64,
    anchor: &'static str,
}

/// At the mark, on the side away from the range (`-1` left, `1` right), or on the other where there is no room.
fn beside(mark: i64, side: i64) -> Label {
    let left = if side < 0 { mark >= LABEL } else { mark + LABEL > 1_000 };
    Label { at: mark, anchor: if left { "end" } else { "start" } }
}

impl Label {
    fn from(self) -> i64 {
        if self.anchor == "end" { self.at - LABEL } else { self.at }
    }

    fn over(self, other: Label) -> bool {
        (self.from() - other.from()).abs() < LABEL + 10
    }
}

/// A sum of whole pounds without its pence.
fn whole(pence: i64) -> String {
    let text = Money::from_pence(pence).to_string();
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// The middle of a label, so far from the ends that it is read whole. That of the claim is the widest.
fn middle(x: i64) -> i64 {
    x.clamp(LABEL * 4 / 5, 1_000 - LABEL * 4 / 5)
}

/// The end of the axis, in pence: the next of 1, 1.5, 2, 3, 4, 5, 6, 8 × a power of ten in pounds.
fn round_up(pence: i64) -> i64 {
    let mut power = 100;
    while power * 10 < pence {
        power *= 10;
    }
    [10, 15, 20, 30, 40, 50, 60, 80, 100]
        .into_iter()
        .map(|step| step * power / 10)
        .find(|end| *end >= pence)
        .unwrap_or(pence.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_on_a_round_sum_not_far_beyond() {
        for (pounds, end) in
            [(1, 1), (95, 100), (1_243, 1_500), (1_655, 2_000), (8_100, 10_000), (10_000_000, 10_000_000)]
        {
            assert_eq!(round_up(pounds * 100), end * 100, "{pounds}");
        }
        assert_eq!(round_up(0), 100);
    }

    #[test]
    fn labels_stand_at_their_marks_within_the_picture_and_do_not_hide_one_another() {
        for low in (0..=1_000).step_by(5) {
            for high in (low..=1_000).step_by(5) {
                let (lower, upper) = (beside(low, -1), beside(high, 1));
                for label in [lower, upper] {
                    assert!(label.from() >= 0 && label.from() + LABEL <= 1_000, "{low} {high}");
                }
                assert_eq!((lower.at, upper.at), (low, high));
            }
        }
        assert!(beside(0, -1).over(beside(100, 1)) && !beside(300, -1).over(beside(320, 1)));
    }
}
