//! Figures with their intervals, one under the other.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Drawing, LINE, MUTED, Mark, PLACES, Place, TEXT, TOTAL, axis::ticks, lines};

/// A figure on a line of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub label: String,
    /// Dots of one group stand together under its name; empty for none.
    pub group: &'static str,
    pub value: f64,
    /// Drawn as a line through the dot.
    pub interval: Option<(f64, f64)>,
    /// Drawn as a band behind the dot: where it should lie.
    pub expected: Option<(f64, f64)>,
}

const ROW: i32 = 24;
const TOP: i32 = 6;
const BOTTOM: i32 = 26;

fn left(place: Place) -> i32 {
    match place {
        Place::Wide => 250,
        Place::Middle => 160,
        Place::Narrow => 124,
    }
}

/// The row of each dot; a group's name has a row of its own above them. And how many rows there are.
fn rows(dots: &[Dot]) -> (Vec<i32>, i32) {
    let (mut rows, mut next, mut group) = (Vec::with_capacity(dots.len()), 0, "");
    for dot in dots {
        if dot.group != group {
            group = dot.group;
            next += i32::from(!group.is_empty());
        }
        rows.push(next);
        next += 1;
    }
    (rows, next)
}

/// `unit` renders a figure; `mark` is a figure with a line through all rows.
pub fn draw(title: &str, dots: &[Dot], mark: Option<f64>, unit: impl Fn(f64) -> String) -> String {
    let picture = |place: Place| {
        let size = (place.width() as u32, (TOP + BOTTOM + ROW * rows(dots).1) as u32);
        let (mut svg, mut marks) = (String::new(), Vec::new());
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, place, dots, mark, &unit, &mut marks);
            let _ = area.present();
        }
        Drawing { svg, size, place, title, marks: &marks }.finish()
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
    marks: &mut Vec<Mark>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (low, high) = reach(dots, mark);
    let (from, to) = (left(place), place.width() - 16);
    let x = |value: f64| from + ((value - low) / (high - low) * f64::from(to - from)).round() as i32;
    let (places, count) = rows(dots);
    let floor = TOP + ROW * count;
    let small = ("sans-serif", 12).into_font().color(&MUTED.color());
    for tick in ticks(low, high, place.ticks(), unit) {
        let at = x(tick.value);
        area.draw(&PathElement::new(vec![(at, TOP), (at, floor)], LINE.color()))?;
        // The picture ends there.
        let anchor = if at > to - 12 { HPos::Right } else { HPos::Center };
        area.draw(&Text::new(tick.label, (at, floor + 6), small.clone().pos(Pos::new(anchor, VPos::Top))))?;
    }
    if let Some(mark) = mark {
        area.draw(&PathElement::new(vec![(x(mark), TOP), (x(mark), floor)], MUTED.color().stroke_width(2)))?;
    }
    let mut group = "";
    for (dot, row) in dots.iter().zip(places) {
        let y = TOP + ROW * row + ROW / 2;
        if dot.group != group {
            group = dot.group;
            let text = ("sans-serif", 13).into_font().style(FontStyle::Bold).color(&MUTED.color());
            area.draw(&Text::new(group, (0, y - ROW), text.pos(Pos::new(HPos::Left, VPos::Center))))?;
        }
        let label = lines(&dot.label, (left(place) / 7) as usize);
        // Two lines of 12 fill the row of 24.
        let (size, first) = if label.len() > 1 { (12, y - 6) } else { (13, y) };
        let text = ("sans-serif", size).into_font().color(&TEXT.color()).pos(Pos::new(HPos::Right, VPos::Center));
        for (line, y) in label.into_iter().zip([first, first + 12]) {
            area.draw(&Text::new(line, (from - 10, y), text.clone()))?;
        }
        if let Some((a, b)) = dot.expected {
            area.draw(&Rectangle::new([(x(a), y - 7), (x(b), y + 7)], LINE.color().filled()))?;
        }
        if let Some((a, b)) = dot.interval {
            area.draw(&PathElement::new(vec![(x(a), y), (x(b), y)], TOTAL.color().stroke_width(2)))?;
        }
        area.draw(&Circle::new((x(dot.value), y), 4, TOTAL.color().filled()))?;
        let interval = dot.interval.map(|(a, b)| format!(" ({} to {})", unit(a), unit(b)));
        marks.push(Mark {
            area: (0, y - ROW / 2, place.width(), ROW),
            at: (x(dot.value), y - 8),
            words: format!("{}: {}{}", dot.label, unit(dot.value), interval.unwrap_or_default()),
        });
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
        Dot { label: "one".into(), group: "", value, interval: Some((value - 1.0, value + 1.0)), expected: None }
    }

    #[test]
    fn each_figure_is_drawn_once_for_each_width() {
        let svg = draw("Errors", &[dot(5.0), dot(9.0)], Some(4.0), |v| format!("£{v:.0}"));
        assert_eq!(svg.matches("<circle").count(), 6);
        assert_eq!(svg.matches("aria-label=\"Errors\"").count(), 3);
        assert!(!svg.contains("#0102"), "no placeholder is left");
    }

    #[test]
    fn groups_stand_under_their_names() {
        let of = |group| Dot { group, ..dot(1.0) };
        assert_eq!(rows(&[of(""), of("Kind"), of("Kind"), of("Age")]), (vec![0, 2, 3, 5], 6));
        assert!(draw("Errors", &[of("Kind")], None, |v| v.to_string()).contains("Kind"));
    }

    #[test]
    fn odd_figures_do_not_break_the_axis() {
        for dots in [vec![], vec![dot(0.0)], vec![dot(f64::NAN)]] {
            let (low, high) = reach(&dots, None);
            assert!(low < high && low.is_finite() && high.is_finite());
        }
    }
}
