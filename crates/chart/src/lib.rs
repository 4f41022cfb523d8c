//! Charts drawn by plotters as SVG, away from the browser, so that plotters need not travel there.
//! Colours are placeholders that become CSS variables of the theme: one drawing serves light and dark. Each chart stands beside a table of the same data, which is its description.

mod axis;
pub mod bars;
pub mod curve;
pub mod dots;

use plotters::style::RGBColor;

/// A colour of the theme: what plotters writes, and the variable that takes its place.
#[derive(Debug, Clone, Copy)]
pub struct Ink {
    placeholder: RGBColor,
    variable: &'static str,
}

pub const TEXT: Ink = Ink { placeholder: RGBColor(1, 2, 1), variable: "--text" };
pub const MUTED: Ink = Ink { placeholder: RGBColor(1, 2, 2), variable: "--text-muted" };
pub const LINE: Ink = Ink { placeholder: RGBColor(1, 2, 3), variable: "--line" };
pub const TOTAL: Ink = Ink { placeholder: RGBColor(1, 2, 4), variable: "--chart-total" };
pub const MORE: Ink = Ink { placeholder: RGBColor(1, 2, 5), variable: "--chart-more" };
pub const LESS: Ink = Ink { placeholder: RGBColor(1, 2, 6), variable: "--chart-less" };

const INKS: [Ink; 6] = [TEXT, MUTED, LINE, TOTAL, MORE, LESS];

impl Ink {
    pub fn color(self) -> RGBColor {
        self.placeholder
    }
}

/// Puts the theme's variables in place of the placeholders and lets the picture scale.
pub fn themed(svg: String, (width, height): (u32, u32), place: Place, title: &str) -> String {
    let mut svg = svg;
    for ink in INKS {
        let RGBColor(r, g, b) = ink.placeholder;
        svg = svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var({})\"", ink.variable));
    }
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let head = format!("<svg width=\"{width}\" height=\"{height}\"");
    let class = if place == Place::Wide { "chart wide" } else { "chart narrow" };
    let role = format!("<svg class=\"{class}\" role=\"img\" aria-label=\"{}\"", title.replace('"', "&quot;"));
    svg.replacen(&head, &role, 1).replace("font-family=\"sans-serif\"", "font-family=\"inherit\"")
}

/// A picture is drawn for a wide and for a narrow place, and the style sheet shows the one that fits:
/// scaled down, the texts of the wide one could not be read on a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Wide,
    Narrow,
}

pub const PLACES: [Place; 2] = [Place::Wide, Place::Narrow];

/// The wide drawing of a chart for use outside the theme: a file of its own, in fixed colours.
pub fn standalone(chart: &str) -> String {
    const COLOURS: [(&str, &str); 6] = [
        ("--text-muted", "#5b6570"),
        ("--text", "#1b2126"),
        ("--line", "#d5dade"),
        ("--chart-total", "#1f5fa8"),
        ("--chart-more", "#a8471f"),
        ("--chart-less", "#2b7a4b"),
    ];
    let wide = chart.split("</svg>").next().unwrap_or_default();
    let mut svg = format!("{}<style>text{{font-family:sans-serif}}</style></svg>", wide);
    for (variable, colour) in COLOURS {
        svg = svg.replace(&format!("var({variable})"), colour);
    }
    svg
}

/// What a text of this size is wide, roughly: enough to shorten labels.
pub fn fit(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
