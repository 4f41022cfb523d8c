//! Upright bars over months or days.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::scale;
use super::{Drawing, LINE, MUTED, Mark, PLACES, Place, TOTAL};

const HEIGHT: u32 = 220;
const BOTTOM: i32 = 26;
const TOP: i32 = 20;

impl Place {
    /// Where the bars begin.
    fn left(self) -> i32 {
        if self == Place::Wide { 64 } else { 52 }
    }

    /// Labels that fit under the bars.
    fn labels(self) -> usize {
        match self {
            Place::Wide => 12,
            Place::Middle => 7,
            Place::Narrow => 4,
        }
    }
}

/// `values`: a label and a height each; `unit` renders a height for the axis and for the bar.
pub fn draw(title: &str, values: &[(String, f64)], unit: impl Fn(f64) -> String) -> String {
    let picture = |place: Place| {
        let (mut svg, size) = (String::new(), (place.width() as u32, HEIGHT));
        let mut marks = Vec::new();
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, place, values, &unit, &mut marks);
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
    values: &[(String, f64)],
    unit: &impl Fn(f64) -> String,
    marks: &mut Vec<Mark>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (left, width) = (place.left(), place.width());
    let (top, ticks) = scale(values.iter().map(|v| v.1).fold(0.0, f64::max), unit);
    let floor = HEIGHT as i32 - BOTTOM;
    let y = |value: f64| floor - (value / top * f64::from(floor - TOP)).round() as i32;
    let style = ("sans-serif", 13).into_font().color(&MUTED.color());
    for tick in ticks {
        area.draw(&PathElement::new(vec![(left, y(tick.value)), (width, y(tick.value))], LINE.color()))?;
        let text = style.clone().pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(tick.label, (left - 8, y(tick.value)), text))?;
    }
    let slot = f64::from(width - left) / values.len().max(1) as f64;
    let every = values.len().div_ceil(place.labels()).max(1);
    for (i, (label, value)) in values.iter().enumerate() {
        let start = left + (slot * i as f64) as i32;
        let (from, to) = (start + (slot * 0.18) as i32, start + (slot * 0.82) as i32);
        if *value > 0.0 {
            area.draw(&Rectangle::new([(from, y(*value)), (to.max(from + 1), floor)], TOTAL.color().filled()))?;
        }
        marks.push(Mark {
            area: (start, TOP, slot as i32, floor - TOP),
            at: ((from + to) / 2, y(*value) - 6),
            words: format!("{label}: {}", unit(*value)),
        });
        if i % every == 0 {
            let text = style.clone().pos(Pos::new(HPos::Center, VPos::Top));
            area.draw(&Text::new(label.clone(), ((from + to) / 2, floor + 7), text))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_show_is_still_a_picture() {
        assert!(draw("Usage", &[], |v| v.to_string()).contains("<svg"));
    }

    #[test]
    fn each_bar_has_its_value_in_each_width() {
        let svg = draw("Usage", &[("May <b>".into(), 3.0), ("June".into(), 0.0)], |v| format!("{v:.0}"));
        assert_eq!(svg.matches("class=\"mark\"").count(), 6);
        assert_eq!(svg.matches("aria-label=\"May &lt;b>: 3\"").count(), 3);
        for place in ["wide", "middle", "narrow"] {
            assert!(svg.contains(&format!("class=\"chart {place}\" role=\"group\"")), "{place}");
        }
        assert!(!crate::standalone(&svg).contains("mark"), "a file shows no values that a pointer asks for");
    }
}
