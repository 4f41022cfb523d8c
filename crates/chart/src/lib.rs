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

/// A drawing to be finished: what plotters wrote, how large it is, for which place, what it shows, and its marks.
pub struct Drawing<'a> {
    pub svg: String,
    pub size: (u32, u32),
    pub place: Place,
    pub title: &'a str,
    pub marks: &'a [Mark],
}

/// Something in a picture that has a value. The value is seen when one points at the mark or comes to it by keyboard;
/// the style sheet does that, without a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Left, top, width and height of what is pointed at.
    pub area: (i32, i32, i32, i32),
    /// Where the value is written: its middle, or its end where that lies near the right edge.
    pub at: (i32, i32),
    pub words: String,
}

impl Mark {
    fn svg(&self, width: u32) -> String {
        let ((left, top, wide, high), (x, y)) = (self.area, self.at);
        let words = escaped(&self.words);
        // Roughly what the text is wide: so that it is seen whole.
        let half = self.words.chars().count() as i32 * 4;
        let x = x.clamp(half, (width as i32 - half).max(half));
        format!(
            "<g class=\"mark\" tabindex=\"0\" role=\"img\" aria-label=\"{words}\"><rect class=\"hit\" x=\"{left}\" \
             y=\"{top}\" width=\"{}\" height=\"{}\"/><text class=\"value\" x=\"{x}\" y=\"{y}\" \
             text-anchor=\"middle\" font-size=\"13\">{words}</text></g>",
            wide.max(1),
            high.max(1)
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

impl Drawing<'_> {
    /// Puts the theme's variables in place of the placeholders, lets the picture scale and adds the marks' values.
    pub fn finish(self) -> String {
        let Drawing { mut svg, size: (width, height), place, title, marks } = self;
        for ink in INKS {
            let RGBColor(r, g, b) = ink.placeholder;
            svg = svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var({})\"", ink.variable));
        }
        let head = format!("<svg width=\"{width}\" height=\"{height}\"");
        // What is inside of a picture is not told; inside of a group it is.
        let role = if marks.is_empty() { "img" } else { "group" };
        let class = place.class();
        let role = format!("<svg class=\"chart {class}\" role=\"{role}\" aria-label=\"{}\"", escaped(title));
        let svg = svg.replacen(&head, &role, 1).replace("font-family=\"sans-serif\"", "font-family=\"inherit\"");
        let marks: String = marks.iter().map(|mark| mark.svg(width)).collect();
        match svg.rfind("</svg>") {
            Some(end) => format!("{}{marks}</svg>", &svg[..end]),
            None => svg,
        }
    }
}

/// A picture is drawn for three places, and the style sheet shows the one that fits: scaled, the texts of one could
/// not be read in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Wide,
    Middle,
    Narrow,
}

pub const PLACES: [Place; 3] = [Place::Wide, Place::Middle, Place::Narrow];

impl Place {
    /// In pixels.
    pub const fn width(self) -> i32 {
        match self {
            Place::Wide => 740,
            Place::Middle => 440,
            Place::Narrow => 320,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Place::Wide => "wide",
            Place::Middle => "middle",
            Place::Narrow => "narrow",
        }
    }

    /// How many labels fit beside one another on an axis.
    const fn ticks(self) -> usize {
        match self {
            Place::Wide => 7,
            Place::Middle => 5,
            Place::Narrow => 4,
        }
    }
}

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
    // In a file values would be seen all at once.
    let wide = wide.split("<g class=\"mark\"").next().unwrap_or_default();
    let mut svg = format!("{wide}<style>text{{font-family:sans-serif}}</style></svg>");
    for (variable, colour) in COLOURS {
        svg = svg.replace(&format!("var({variable})"), colour);
    }
    svg
}

/// A label in at most two lines of at most `most` letters each; what still does not fit ends with an ellipsis, and is
/// read whole in its mark.
pub fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let fits = lines[last].is_empty() || lines[last].chars().count() + 1 + word.chars().count() <= most;
        if !fits && last == 0 {
            lines.push(word.to_owned());
            continue;
        }
        let gap = if lines[last].is_empty() { "" } else { " " };
        lines[last] = format!("{}{gap}{word}", lines[last]);
    }
    lines.into_iter().map(|line| fit(&line, most)).collect()
}

/// At most so many letters.
fn fit(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_label_takes_two_lines_before_it_is_cut() {
        assert_eq!(lines("Physiotherapy", 18), ["Physiotherapy"]);
        assert_eq!(lines("Damage to vehicle and items", 18), ["Damage to vehicle", "and items"]);
        assert_eq!(lines("One two three four five six seven", 8), ["One two", "three f…"]);
        assert_eq!(lines("", 8), [""]);
    }
}
