//! The range on an axis in pounds that begins at nothing: where the amount lies, and where what is claimed.

use contract::claim::PredictionView;
use domain::Money;
use leptos::prelude::*;

/// How wide a label is at most, in thousandths of the picture on a telephone.
const LABEL: i64 = 215;

/// `tried`: the amount of a what-if, as a second mark. Places are in thousandths, written as percentages, so that the
/// texts keep their size whatever the picture's width.
pub fn range(p: &PredictionView, claimed: Money, tried: Option<Money>) -> AnyView {
    let most = [p.upper, claimed, tried.unwrap_or(Money::ZERO)].into_iter().map(Money::pence).max().unwrap_or(0);
    let end = round_up(most);
    let x = |amount: Money| 1_000 * amount.pence().clamp(0, end) / end;
    let at = |thousandths: i64| format!("{}.{}%", thousandths / 10, thousandths % 10);
    let (low, mark, high, sum) = (x(p.lower), x(p.amount), x(p.upper), x(claimed));
    let (left, right) = ends(low, high);
    let words = format!(
        "On an axis from £0 to {}: predicted {}, range from {} to {}, claimed {claimed}.",
        whole(end),
        p.amount,
        p.lower,
        p.upper
    );
    let other = tried.map(|amount| view! { <circle class="other" cx=at(x(amount)) cy="52" r="5"/> });
    view! {
        <svg class="range" role="img" aria-label=words>
            <line class="claimed" x1=at(sum) x2=at(sum) y1="14" y2="60"/>
            <text x=at(middle(sum)) y="10" text-anchor="middle">{format!("claimed {claimed}")}</text>
            <text class="strong" x=at(middle(mark)) y="32" text-anchor="middle">{p.amount.to_string()}</text>
            <rect class="band" x=at(low) y="44" width=at((high - low).max(4)) height="16" rx="4"/>
            <line class="axis" x1="0" x2="100%" y1="60.5" y2="60.5"/>
            <circle class="mark" cx=at(mark) cy="52" r="5"/>
            {other}
            <text x=at(left) y="76" text-anchor="end">{p.lower.to_string()}</text>
            <text x=at(right) y="76" text-anchor="start">{p.upper.to_string()}</text>
            <text x="0" y="96" text-anchor="start">"£0"</text>
            <text x="100%" y="96" text-anchor="end">{whole(end)}</text>
        </svg>
    }
    .into_any()
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

/// Where the lower label ends and the upper begins: beside the range, and never over one another.
fn ends(low: i64, high: i64) -> (i64, i64) {
    let right = (high - 30).clamp(LABEL + 20, 1_000 - LABEL);
    (low.max(LABEL).min(right - 20), right)
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
    fn labels_stay_within_the_picture_and_apart() {
        for low in (0..=1_000).step_by(5) {
            for high in (low..=1_000).step_by(5) {
                let (left, right) = ends(low, high);
                assert!(
                    left >= LABEL - 20 && right + LABEL <= 1_000 && right - left >= 20,
                    "{low} {high}: {left} {right}"
                );
            }
        }
    }
}
