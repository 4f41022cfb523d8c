//! Figures with their intervals, one under the other.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{LINE, MUTED, PLACES, Place, TEXT, TOTAL, axis::ticks, fit, themed};

/// A figure on a line of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub label: String,
    pub value: f64,
    /// Drawn as a line through the dot.
    pub interval: Option<(f64, f64)>,
    /// Drawn as a band behind the dot: where it should lie.
    pub expected: Option<(f64, f64)>,
}

const ROW: i32 = 24;
const TOP: i32 = 6;
const BOTTOM: i32 = 26;

fn width(place: Place) -> i32 {
    if place == Place::Wide { 720 } else { 340 }
}

fn left(place: Place) -> i32 {
    if place == Place::Wide { 270 } else { 138 }
}

/// `unit` renders a figure; `mark` is a figure with a line through all rows.
pub fn draw(title: &str, dots: &[Dot], mark: Option<f64>, unit: impl Fn(f64) -> String) -> String {
    let picture = |place: Place| {
        let size = (width(place) as u32, (TOP + BOTTOM + ROW * dots.len() as i32) as u32);
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, place, dots, mark, &unit);
            let _ = area.present();
        }
        themed(svg, size, place, title)
    };
    PLACES.map(picture).concat()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn paint(
    area: &Area<'_>,
    place: Place,
    dots: &[Dot],
    mark: Option<f64>,
    unit: &impl Fn(f64) -> String,
) -> Result<(), Box<dyn std::error::Error>> {
    let (low, high) = reach(dots, mark);
    let (from, to) = (left(place), width(place) - 16);
    let x = |value: f64| from + ((value - low) / (high - low) * f64::from(to - from)).round() as i32;
    let floor = TOP + ROW * dots.len() as i32;
    let small = ("sans-serif", 12).into_font().color(&MUTED.color());
    for tick in ticks(low, high, if place == Place::Wide { 7 } else { 4 }, unit) {
        let at = x(tick.value);
        area.draw(&PathElement::new(vec![(at, TOP), (at, floor)], LINE.color()))?;
        // The picture ends there.
        let anchor = if at > to - 12 { HPos::Right } else { HPos::Center };
        area.draw(&Text::new(tick.label, (at, floor + 6), small.clone().pos(Pos::new(anchor, VPos::Top))))?;
    }
    if let Some(mark) = mark {
        area.draw(&PathElement::new(vec![(x(mark), TOP), (x(mark), floor)], MUTED.color().stroke_width(2)))?;
    }
    for (i, dot) in dots.iter().enumerate() {
        let y = TOP + ROW * i as i32 + ROW / 2;
        let label = fit(&dot.label, (left(place) / 7) as usize);
        let text = ("sans-serif", 13).into_font().color(&TEXT.color()).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(label, (from - 10, y), text))?;
        if let Some((a, b)) = dot.expected {
            area.draw(&Rectangle::new([(x(a), y - 7), (x(b), y + 7)], LINE.color().filled()))?;
        }
        if let Some((a, b)) = dot.interval {
            area.draw(&PathElement::new(vec![(x(a), y), (x(b), y)], TOTAL.color().stroke_width(2)))?;
        }
        area.draw(&Circle::new((x(dot.value), y), 4, TOTAL.color().filled()))?;
    }
    Ok(())
}

/// The axis: from the lowest to the highest thing drawn, with a little room, never of no length.
fn reach(dots: &[Dot], mark: Option<f64>) -> (f64, f64) {
    let ends = dots.iter().flat_map(|d| {
        let pairs = [d.interval, d.expected].into_iter().flatten().flat_map(|(a, b)| [a, b]);
        pairs.chain([d.value])
    });
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in ends.chain(mark).filter(|v| v.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.04).max(high.abs() * 1e-3).max(1e-9);
    // What is never negative starts at nil rather than below it.
    (if low >= 0.0 { (low - room).max(0.0) } else { low - room }, high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(value: f64) -> Dot {
        Dot { label: "one".into(), value, interval: Some((value - 1.0, value + 1.0)), expected: None }
    }

    #[test]
    fn each_figure_is_drawn_once_for_wide_and_once_for_narrow_places() {
        let svg = draw("Errors", &[dot(5.0), dot(9.0)], Some(4.0), |v| format!("£{v:.0}"));
        assert_eq!(svg.matches("<circle").count(), 4);
        assert_eq!(svg.matches("aria-label=\"Errors\"").count(), 2);
        assert!(!svg.contains("#0102"), "no placeholder is left");
    }

    #[test]
    fn odd_figures_do_not_break_the_axis() {
        for dots in [vec![], vec![dot(0.0)], vec![dot(f64::NAN)]] {
            let (low, high) = reach(&dots, None);
            assert!(low < high && low.is_finite() && high.is_finite());
        }
    }
}
