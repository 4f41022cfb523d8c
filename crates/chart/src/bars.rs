//! Upright bars over months or days.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{LINE, MUTED, PLACES, Place, TOTAL, themed};

const HEIGHT: u32 = 220;
const BOTTOM: i32 = 26;

impl Place {
    fn width(self) -> u32 {
        if self == Place::Wide { 720 } else { 340 }
    }

    /// Where the bars begin.
    fn left(self) -> i32 {
        if self == Place::Wide { 64 } else { 46 }
    }

    /// Labels that fit under the bars.
    fn labels(self) -> usize {
        if self == Place::Wide { 12 } else { 4 }
    }
}

/// `values`: a label and a height each; `unit` renders a height for the axis.
pub fn draw(title: &str, values: &[(String, f64)], unit: impl Fn(f64) -> String) -> String {
    let picture = |place: Place| {
        let (mut svg, size) = (String::new(), (place.width(), HEIGHT));
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, place, values, &unit);
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
    values: &[(String, f64)],
    unit: &impl Fn(f64) -> String,
) -> Result<(), Box<dyn std::error::Error>> {
    let (left, width) = (place.left(), place.width() as i32);
    let top = round_up(values.iter().map(|v| v.1).fold(0.0, f64::max));
    let floor = HEIGHT as i32 - BOTTOM;
    let y = |value: f64| floor - (value / top * f64::from(floor - 14)).round() as i32;
    let style = ("sans-serif", 13).into_font().color(&MUTED.color());
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        area.draw(&PathElement::new(vec![(left, y(value)), (width, y(value))], LINE.color()))?;
        let text = style.clone().pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(unit(value), (left - 8, y(value)), text))?;
    }
    let slot = f64::from(width - left) / values.len().max(1) as f64;
    let every = values.len().div_ceil(place.labels()).max(1);
    for (i, (label, value)) in values.iter().enumerate() {
        let start = left + (slot * i as f64) as i32;
        let (from, to) = (start + (slot * 0.18) as i32, start + (slot * 0.82) as i32);
        if *value > 0.0 {
            area.draw(&Rectangle::new([(from, y(*value)), (to.max(from + 1), floor)], TOTAL.color().filled()))?;
        }
        if i % every == 0 {
            let text = style.clone().pos(Pos::new(HPos::Center, VPos::Top));
            area.draw(&Text::new(label.clone(), ((from + to) / 2, floor + 7), text))?;
        }
    }
    Ok(())
}

/// The next of 1, 2, 4, 8 × a power of ten, so that quarters of the axis are round.
fn round_up(value: f64) -> f64 {
    let mut step = 4.0;
    while step < value {
        step *= 10.0;
    }
    [step / 10.0, step / 5.0, step / 2.5, step / 1.25, step]
        .into_iter()
        .find(|s| *s >= value && *s >= 4.0)
        .unwrap_or(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_on_a_round_number() {
        for (value, end) in
            [(0.0, 4.0), (3.0, 4.0), (5.0, 8.0), (17.0, 32.0), (39.0, 40.0), (60.0, 80.0), (400.0, 400.0)]
        {
            assert_eq!(round_up(value), end, "{value}");
        }
    }

    #[test]
    fn nothing_to_show_is_still_a_picture() {
        assert!(draw("Usage", &[], |v| v.to_string()).contains("<svg"));
    }
}
