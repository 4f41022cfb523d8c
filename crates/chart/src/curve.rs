//! Points joined by a line, with intervals, and the diagonal where both axes are of one kind.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Drawing, LINE, MUTED, Mark, PLACES, Place, TOTAL, axis::ticks};

/// A point; the interval is that of y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    pub x: f64,
    pub y: f64,
    pub interval: Option<(f64, f64)>,
}

/// What stands beside the axes, and whether points on the diagonal are right.
#[derive(Debug, Clone, Copy)]
pub struct Axes<'a> {
    pub x: &'a str,
    pub y: &'a str,
    pub diagonal: bool,
}

const HEIGHT: i32 = 300;
const BOTTOM: i32 = 46;
const TOP: i32 = 28;

fn size(place: Place) -> (u32, u32) {
    (place.width() as u32, HEIGHT as u32)
}

/// `units` render the numbers of the x and the y axis.
pub fn draw(title: &str, dots: &[Dot], axes: Axes, units: (&dyn Fn(f64) -> String, &dyn Fn(f64) -> String)) -> String {
    let picture = |place: Place| {
        let (mut svg, mut marks) = (String::new(), Vec::new());
        {
            let area = SVGBackend::with_string(&mut svg, size(place)).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, place, dots, axes, units, &mut marks);
            let _ = area.present();
        }
        Drawing { svg, size: size(place), place, title, marks: &marks }.finish()
    };
    PLACES.map(picture).concat()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn paint(
    area: &Area<'_>,
    place: Place,
    dots: &[Dot],
    axes: Axes,
    units: (&dyn Fn(f64) -> String, &dyn Fn(f64) -> String),
    marks: &mut Vec<Mark>,
) -> Result<(), Box<dyn std::error::Error>> {
    let ((x_low, x_high), (y_low, y_high)) = reach(dots, axes.diagonal);
    let (left, right, floor) = (64, size(place).0 as i32 - 16, HEIGHT - BOTTOM);
    let x = |v: f64| left + ((v - x_low) / (x_high - x_low) * f64::from(right - left)).round() as i32;
    let y = |v: f64| floor - ((v - y_low) / (y_high - y_low) * f64::from(floor - TOP)).round() as i32;
    let small = ("sans-serif", 12).into_font().color(&MUTED.color());
    for tick in ticks(y_low, y_high, 7, units.1) {
        let up = y(tick.value);
        area.draw(&PathElement::new(vec![(left, up), (right, up)], LINE.color()))?;
        let beside = small.clone().pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(tick.label, (left - 8, up), beside))?;
    }
    area.draw(&PathElement::new(vec![(left, floor), (right, floor)], LINE.color()))?;
    for tick in ticks(x_low, x_high, place.ticks(), units.0) {
        let across = x(tick.value);
        area.draw(&PathElement::new(vec![(across, floor), (across, floor + 4)], LINE.color()))?;
        let anchor = if across > right - 12 { HPos::Right } else { HPos::Center };
        area.draw(&Text::new(tick.label, (across, floor + 8), small.clone().pos(Pos::new(anchor, VPos::Top))))?;
    }
    area.draw(&Text::new(axes.y, (2, 4), small.clone().pos(Pos::new(HPos::Left, VPos::Top))))?;
    area.draw(&Text::new(axes.x, (right, HEIGHT - 18), small.pos(Pos::new(HPos::Right, VPos::Top))))?;
    if axes.diagonal {
        let (from, to) = (x_low.max(y_low), x_high.min(y_high));
        area.draw(&PathElement::new(vec![(x(from), y(from)), (x(to), y(to))], MUTED.color().stroke_width(1)))?;
    }
    area.draw(&PathElement::new(
        dots.iter().map(|d| (x(d.x), y(d.y))).collect::<Vec<_>>(),
        TOTAL.color().stroke_width(2),
    ))?;
    for dot in dots {
        if let Some((low, high)) = dot.interval {
            area.draw(&PathElement::new(vec![(x(dot.x), y(low)), (x(dot.x), y(high))], TOTAL.color()))?;
        }
        area.draw(&Circle::new((x(dot.x), y(dot.y)), 4, TOTAL.color().filled()))?;
        let interval = dot.interval.map(|(a, b)| format!(" ({} to {})", (units.1)(a), (units.1)(b)));
        marks.push(Mark {
            area: (x(dot.x) - 9, y(dot.y) - 9, 18, 18),
            at: (x(dot.x), y(dot.y) - 12),
            words: format!("{}: {}{}", (units.0)(dot.x), (units.1)(dot.y), interval.unwrap_or_default()),
        });
    }
    Ok(())
}

type Range = (f64, f64);

fn reach(dots: &[Dot], alike: bool) -> (Range, Range) {
    let range = |values: Vec<f64>| {
        let low = values.iter().copied().filter(|v| v.is_finite()).fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().filter(|v| v.is_finite()).fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return (0.0, 1.0);
        }
        let room = ((high - low) * 0.05).max(high.abs() * 1e-3).max(1e-9);
        (low - room, high + room)
    };
    let xs = range(dots.iter().map(|d| d.x).collect());
    let ys = range(dots.iter().flat_map(|d| d.interval.map_or(vec![d.y], |(a, b)| vec![a, b, d.y])).collect());
    if alike {
        let both = (xs.0.min(ys.0).max(0.0), xs.1.max(ys.1));
        return (both, both);
    }
    (xs, ys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_on_a_line_and_axes_are_named() {
        let dots = [(1.0, 2.0), (3.0, 4.0)].map(|(x, y)| Dot { x, y, interval: Some((y - 1.0, y + 1.0)) });
        let number: &dyn Fn(f64) -> String = &|v| format!("{v:.1}");
        let axes = Axes { x: "rows", y: "error", diagonal: true };
        let svg = draw("Learning", &dots, axes, (number, number));
        assert_eq!(svg.matches("<circle").count(), 6);
        assert!(svg.contains("rows") && svg.contains("error") && !svg.contains("#0102"));
        assert!(draw("Nothing", &[], axes, (number, number)).contains("Nothing"));
    }
}
