//! A text on A4 as a PDF: headings, paragraphs, rows of figures, tables and drawings, on as many pages as it takes. The
//! same text gives the same bytes.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{Point, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use krilla::{Document as Pdf, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};

use crate::{Error, Result};

/// Liberation Sans (SIL Open Font License 1.1).
pub(crate) const REGULAR: &[u8] = include_bytes!("../assets/LiberationSans-Regular.ttf");
pub(crate) const BOLD: &[u8] = include_bytes!("../assets/LiberationSans-Bold.ttf");

/// Advance widths of the signs from the blank to the tilde, in thousandths of the size: those of Helvetica, which
/// Liberation Sans has too.
const ADVANCES: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
const ADVANCES_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// The width of a text in points. Signs beyond ASCII are taken as wide as a figure, but for the few that amounts have.
pub(crate) fn width(text: &str, size: f32, bold: bool) -> f32 {
    let table = if bold { &ADVANCES_BOLD } else { &ADVANCES };
    let advance = |sign: char| match sign {
        '\u{2212}' => 584,
        '–' => 556,
        '’' | '‘' => {
            if bold {
                278
            } else {
                222
            }
        }
        '“' | '”' => {
            if bold {
                500
            } else {
                333
            }
        }
        '·' => {
            if bold {
                278
            } else {
                333
            }
        }
        sign => (sign as usize).checked_sub(32).and_then(|at| table.get(at)).copied().unwrap_or(556),
    };
    text.chars().map(|sign| f32::from(advance(sign))).sum::<f32>() / 1_000.0 * size
}

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;
const BOTTOM: f32 = HEIGHT - 64.0;

/// Between columns.
const GAP: f32 = 10.0;
/// Of a table's texts.
const SMALL: f32 = 9.0;

/// A part of a text.
pub enum Block {
    Title(String),
    Heading(String),
    Words(String),
    /// A label and its figure at the right.
    Row(String, String),
    /// The same in bold, below a space: what a sum comes to.
    Total(String, String),
    Table(Grid),
    /// Lines at the left and at the right, such as an address and dates; the first at the left is bold.
    Beside(Vec<String>, Vec<String>),
    /// An SVG in fixed colours, as wide as the text.
    Drawing(String),
}

impl Block {
    /// The same with every text as `of` makes it.
    fn with(&self, of: &impl Fn(&str) -> String) -> Block {
        let all = |texts: &[String]| texts.iter().map(|t| of(t)).collect::<Vec<_>>();
        match self {
            Block::Title(words) => Block::Title(of(words)),
            Block::Heading(words) => Block::Heading(of(words)),
            Block::Words(words) => Block::Words(of(words)),
            Block::Row(label, figure) => Block::Row(of(label), of(figure)),
            Block::Total(label, figure) => Block::Total(of(label), of(figure)),
            Block::Table(grid) => Block::Table(Grid {
                columns: grid.columns.iter().map(|(label, figures)| (of(label), *figures)).collect(),
                rows: grid.rows.iter().map(|row| all(row)).collect(),
            }),
            Block::Beside(left, right) => Block::Beside(all(left), all(right)),
            Block::Drawing(svg) => Block::Drawing(svg.clone()),
        }
    }
}

/// A table on paper: columns are as wide as what stands in them needs, and texts that do not fit take several lines.
pub struct Grid {
    /// Each column's label, and whether it is of figures, which stand at the right.
    pub columns: Vec<(String, bool)>,
    pub rows: Vec<Vec<String>>,
}

/// Texts that stand beside one another, or a drawing.
struct Line {
    size: f32,
    bold: bool,
    /// Space above it.
    above: f32,
    /// It stands on one page with what follows.
    leads: bool,
    /// What follows stands beside it.
    overlaps: bool,
    /// Texts with where each begins, or ends where the flag says so.
    texts: Vec<(f32, bool, String)>,
    drawing: Option<Drawing>,
}

/// A drawing, and how large it is on paper.
struct Drawing {
    tree: usvg::Tree,
    size: Size,
}

impl Line {
    fn of(size: f32, bold: bool, above: f32, texts: Vec<(f32, bool, String)>) -> Line {
        Line { size, bold, above, leads: false, overlaps: false, texts, drawing: None }
    }

    fn height(&self) -> f32 {
        if self.overlaps {
            return 0.0;
        }
        self.above + self.drawing.as_ref().map_or(self.size * 1.35, |drawing| drawing.size.height())
    }
}

/// Draws the text. `foot`: small at the end of every page.
pub fn draw(blocks: &[Block], foot: &str) -> Result<Vec<u8>> {
    drawn(Pdf::new(), blocks, foot)
}

/// Draws the text as PDF/A-3 (level B), which other files can be put into, as of a day. It shows what its letters can: signs
/// that Liberation Sans has no glyph for are question marks.
pub fn draw_archival(blocks: &[Block], foot: &str, on: NaiveDate) -> Result<Vec<u8>> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_B)
        .finish()
        .map_err(|e| Error::internal(format!("pdf: {e:?}")))?;
    let part = |n: u32| u8::try_from(n).unwrap_or(1);
    let day = DateTime::new(u16::try_from(on.year()).unwrap_or_default()).month(part(on.month())).day(part(on.day()));
    let mut pdf = Pdf::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    pdf.set_metadata(Metadata::new().language("en-GB".into()).creation_date(day.hour(0).minute(0).second(0)));
    let face = face()?;
    let shown =
        |text: &str| -> String { text.chars().map(|c| if drawn_as_it_is(&face, c) { c } else { '?' }).collect() };
    let blocks: Vec<Block> = blocks.iter().map(|block| block.with(&shown)).collect();
    drawn(pdf, &blocks, &shown(foot))
}

fn face() -> Result<ttf_parser::Face<'static>> {
    ttf_parser::Face::parse(REGULAR, 0).map_err(|e| Error::internal(format!("font: {e}")))
}

/// Glyph 0 stands for what a font does not have.
fn drawn_as_it_is(face: &ttf_parser::Face<'_>, sign: char) -> bool {
    sign.is_whitespace() || face.glyph_index(sign).is_some_and(|glyph| glyph.0 != 0)
}

/// Whether every sign of these texts is drawn as it is.
pub fn shows<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<bool> {
    let face = face()?;
    Ok(texts.into_iter().flat_map(|text| text.chars()).all(|sign| drawn_as_it_is(&face, sign)))
}

fn drawn(mut pdf: Pdf, blocks: &[Block], foot: &str) -> Result<Vec<u8>> {
    let font = |data: &'static [u8]| Font::new(data.into(), 0).ok_or_else(|| Error::internal("font"));
    let fonts = (font(REGULAR)?, font(BOLD)?);
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::internal("page size"))?;
    let mut all = Vec::new();
    for block in blocks {
        all.extend(lines(block)?);
    }
    let pages = pages(all);
    let count = pages.len();
    for (i, lines) in pages.into_iter().enumerate() {
        let mut page = pdf.start_page_with(size.clone());
        let mut surface = page.surface();
        let mut y = MARGIN;
        for line in lines {
            put(&mut surface, &fonts, &line, y);
            y += line.height();
        }
        text(&mut surface, &fonts.0, (MARGIN, HEIGHT - 36.0), 8.0, foot);
        let number = format!("{} of {count}", i + 1);
        let x = WIDTH - MARGIN - width(&number, 8.0, false);
        text(&mut surface, &fonts.0, (x, HEIGHT - 24.0), 8.0, &number);
        surface.finish();
        page.finish();
    }
    pdf.finish().map_err(|e| Error::internal(format!("pdf: {e:?}")))
}

fn text(surface: &mut Surface<'_>, font: &Font, (x, y): (f32, f32), size: f32, words: &str) {
    surface.draw_text(Point::from_xy(x, y), font.clone(), size, words, false, TextDirection::Auto);
}

/// Draws a line whose upper edge is at `y`.
fn put(surface: &mut Surface<'_>, (regular, bold): &(Font, Font), line: &Line, y: f32) {
    if let Some(Drawing { tree, size }) = &line.drawing {
        surface.push_transform(&Transform::from_translate(MARGIN, y + line.above));
        surface.draw_svg(tree, *size, SvgSettings::default());
        surface.pop();
    }
    let font = if line.bold { bold } else { regular };
    for (x, ends, words) in &line.texts {
        let x = if *ends { x - width(words, line.size, line.bold) } else { *x };
        text(surface, font, (x, y + line.above + line.size * 1.35), line.size, words);
    }
}

/// As wide as the text, unless it is smaller or would be higher than half a page.
fn drawing(svg: &str) -> Result<Drawing> {
    let mut options = usvg::Options { font_family: "Liberation Sans".into(), ..usvg::Options::default() };
    let fonts = Arc::make_mut(&mut options.fontdb);
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    fonts.set_sans_serif_family("Liberation Sans");
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| Error::internal(format!("drawing: {e}")))?;
    let (wide, high) = (tree.size().width(), tree.size().height());
    let factor = ((WIDTH - 2.0 * MARGIN) / wide).min((BOTTOM - MARGIN) / 2.0 / high).min(1.0);
    let size = Size::from_wh(wide * factor, high * factor).ok_or_else(|| Error::internal("drawing: no size"))?;
    Ok(Drawing { tree, size })
}

fn pages(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let mut pages: Vec<Vec<Line>> = vec![Vec::new()];
    let mut y = MARGIN;
    // What leads stands with the first that does not.
    let mut room = vec![0.0; lines.len()];
    for i in (0..lines.len()).rev() {
        let led = if lines[i].leads { room.get(i + 1).copied().unwrap_or_default() } else { 0.0 };
        // What is higher than a page is divided where a page ends.
        let together = lines[i].height() + led;
        room[i] = if together > BOTTOM - MARGIN { lines[i].height() } else { together };
    }
    for (line, room) in lines.into_iter().zip(room) {
        if y + room > BOTTOM && y > MARGIN {
            pages.push(Vec::new());
            y = MARGIN;
        }
        y += line.height();
        if let Some(page) = pages.last_mut() {
            page.push(line);
        }
    }
    pages
}

fn lines(block: &Block) -> Result<Vec<Line>> {
    let wrapped = |words: &str, size: f32, bold: bool, above: f32| {
        let texts = wrap(words, WIDTH - 2.0 * MARGIN, size, bold).into_iter();
        let line = |(i, words)| Line {
            leads: bold && size > 10.0,
            ..Line::of(size, bold, if i == 0 { above } else { 0.0 }, vec![(MARGIN, false, words)])
        };
        texts.enumerate().map(line).collect::<Vec<_>>()
    };
    Ok(match block {
        Block::Title(words) => wrapped(words, 18.0, true, 0.0),
        Block::Heading(words) => wrapped(words, 12.0, true, 14.0),
        Block::Words(words) => wrapped(words, 10.0, false, 6.0),
        Block::Row(label, figure) => sum_row(label, figure, (10.0, false, 2.0)),
        Block::Total(label, figure) => sum_row(label, figure, (12.0, true, 10.0)),
        Block::Table(grid) => table(grid),
        Block::Beside(left, right) => beside(left, right),
        Block::Drawing(svg) => vec![Line { drawing: Some(drawing(svg)?), ..Line::of(0.0, false, 8.0, Vec::new()) }],
    })
}

/// A label and its figure at the right, of a size and weight, with space above.
fn sum_row(label: &str, figure: &str, (size, bold, above): (f32, bool, f32)) -> Vec<Line> {
    let room = WIDTH - 2.0 * MARGIN - GAP - width(figure, size, bold);
    let mut lines: Vec<Line> = wrap(label, room.max(WIDTH / 3.0), size, bold)
        .into_iter()
        .enumerate()
        .map(|(i, words)| Line::of(size, bold, if i == 0 { above } else { 0.0 }, vec![(MARGIN, false, words)]))
        .collect();
    if let Some(first) = lines.first_mut() {
        first.texts.push((WIDTH - MARGIN, true, figure.to_owned()));
    }
    lines
}

/// Where the right one of two columns begins.
const HALF: f32 = 330.0;

fn beside(left: &[String], right: &[String]) -> Vec<Line> {
    let column = |lines: &[String], room: f32, bold: bool| -> Vec<(bool, String)> {
        let of = |(i, words): (usize, &String)| {
            wrap(words, room, 10.0, bold && i == 0).into_iter().map(move |w| (bold && i == 0, w))
        };
        lines.iter().enumerate().flat_map(of).collect()
    };
    let (left, right) = (column(left, HALF - MARGIN - GAP, true), column(right, WIDTH - MARGIN - HALF, false));
    let mut lines = Vec::new();
    for i in 0..left.len().max(right.len()) {
        let above = if i == 0 { 12.0 } else { 1.0 };
        let bold = left.get(i).is_some_and(|l| l.0);
        let mut line = Line::of(10.0, bold, above, Vec::new());
        line.texts.extend(left.get(i).map(|l| (MARGIN, false, l.1.clone())));
        match right.get(i) {
            // A line has one weight: what stands beside the bold name is a line of no height.
            Some(r) if bold => {
                let mut other = Line::of(10.0, false, above, vec![(HALF, false, r.1.clone())]);
                other.overlaps = true;
                lines.push(other);
            }
            Some(r) => line.texts.push((HALF, false, r.1.clone())),
            None => {}
        }
        lines.push(line);
    }
    lines
}

fn table(grid: &Grid) -> Vec<Line> {
    let widths = widths(grid);
    let head: Vec<String> = grid.columns.iter().map(|(label, _)| label.clone()).collect();
    let mut lines = Vec::new();
    for (i, row) in std::iter::once(&head).chain(&grid.rows).enumerate() {
        let bold = i == 0;
        let mut x = MARGIN;
        let mut own: Vec<Line> = Vec::new();
        for ((words, wide), (_, figures)) in row.iter().zip(&widths).zip(&grid.columns) {
            let at = if *figures { x + wide } else { x };
            for (k, part) in wrap(words, *wide, SMALL, bold).into_iter().enumerate() {
                if own.len() == k {
                    own.push(Line::of(SMALL, bold, if k == 0 { 2.0 } else { 0.0 }, Vec::new()));
                }
                own[k].texts.push((at, *figures, part));
            }
            x += wide + GAP;
        }
        // The labels and a first row, and the lines of one row, stay together.
        let last = own.len().saturating_sub(1);
        own.iter_mut().enumerate().for_each(|(k, line)| line.leads = bold || k < last);
        lines.extend(own);
    }
    lines
}

/// Each column has what its longest text needs where all have room; else those that need more than an equal share give
/// way, and share what the others leave.
fn widths(grid: &Grid) -> Vec<f32> {
    let needs: Vec<f32> = (0..grid.columns.len())
        .map(|i| {
            let of_rows = grid.rows.iter().filter_map(|row| row.get(i)).map(|words| width(words, SMALL, false));
            of_rows.fold(width(&grid.columns[i].0, SMALL, true), f32::max) + 0.5
        })
        .collect();
    let mut free = WIDTH - 2.0 * MARGIN - GAP * needs.len().saturating_sub(1) as f32;
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by(|a, b| needs[*a].total_cmp(&needs[*b]));
    let mut widths = vec![0.0; needs.len()];
    for (done, i) in order.iter().copied().enumerate() {
        widths[i] = needs[i].min(free / (needs.len() - done) as f32);
        free -= widths[i];
    }
    // What is left over stands between the columns.
    let columns = widths.len() as f32;
    widths.iter().map(|wide| wide + free.max(0.0) / columns).collect()
}

/// Words in lines that are no wider. A word that is wider by itself is divided.
fn wrap(words: &str, most: f32, size: f32, bold: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let mut word = word.to_owned();
        loop {
            let line = lines.last().cloned().unwrap_or_default();
            let joined = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if width(&joined, size, bold) <= most {
                if let Some(line) = lines.last_mut() {
                    *line = joined;
                }
                break;
            }
            if !line.is_empty() {
                lines.push(String::new());
                continue;
            }
            let fits = word
                .char_indices()
                .map(|(i, c)| i + c.len_utf8())
                .take_while(|end| width(&word[..*end], size, bold) <= most);
            let end = fits.last().unwrap_or_else(|| word.chars().next().map_or(0, char::len_utf8));
            let rest = word.split_off(end);
            if let Some(line) = lines.last_mut() {
                *line = word;
            }
            if rest.is_empty() {
                break;
            }
            lines.push(String::new());
            word = rest;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        let text = format!("A claim is valued by what is claimed. {} end", "x".repeat(300));
        let lines = wrap(&text, 200.0, 10.0, false);
        assert!(lines.iter().all(|line| width(line, 10.0, false) <= 200.0));
        let joined: String = lines.concat().split_whitespace().collect();
        assert_eq!(joined, text.split_whitespace().collect::<String>());
    }

    fn all(blocks: &[Block]) -> Vec<Line> {
        blocks.iter().flat_map(|block| lines(block).unwrap()).collect()
    }

    #[test]
    fn a_long_text_takes_several_pages() {
        let blocks: Vec<Block> = (0..200).map(|i| Block::Row(format!("Row {i}"), "£1.00".into())).collect();
        let pages = pages(all(&blocks));
        assert!(pages.len() > 2);
        assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 200);
        let drawn = draw(&blocks, "Foot").unwrap();
        assert!(drawn.starts_with(b"%PDF-"));
        assert_eq!(drawn, draw(&blocks, "Foot").unwrap());
    }

    fn grid() -> Grid {
        let long = "Physiotherapy, treatment and everything else that was claimed and could be negotiated ".repeat(2);
        Grid {
            columns: vec![("Kind of claim".into(), false), ("Outcomes".into(), true), ("Error, interval".into(), true)],
            rows: vec![
                vec![long, "1,204".into(), "£212 to £240".into()],
                vec!["Short".into(), "7".into(), "£9 to £9,999,999.99 and words with it that are long".into()],
            ],
        }
    }

    #[test]
    fn texts_of_a_table_are_whole_and_do_not_meet() {
        let drawn = table(&grid());
        let told: String = drawn.iter().flat_map(|l| &l.texts).map(|(.., words)| format!("{words} ")).collect();
        for word in grid().rows.iter().flatten().flat_map(|words| words.split_whitespace()) {
            assert!(told.contains(word), "{word}");
        }
        for line in &drawn {
            let mut spans: Vec<(f32, f32)> = line
                .texts
                .iter()
                .map(|(x, ends, words)| {
                    let wide = width(words, line.size, line.bold);
                    if *ends { (x - wide, *x) } else { (*x, x + wide) }
                })
                .collect();
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(spans.windows(2).all(|pair| pair[0].1 < pair[1].0), "{spans:?}");
            assert!(spans.iter().all(|(from, to)| *from >= MARGIN - 0.1 && *to <= WIDTH - MARGIN + 0.1), "{spans:?}");
        }
    }

    #[test]
    fn a_drawing_is_on_the_page() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 300\"><rect width=\"9\" height=\"9\"/>\
                   <text x=\"20\" y=\"20\">Week by week</text></svg>";
        let plain = draw(&[Block::Title("A".into())], "Foot").unwrap();
        let drawn = draw(&[Block::Title("A".into()), Block::Drawing(svg.into())], "Foot").unwrap();
        assert!(drawn.len() > plain.len());
        let height = all(&[Block::Drawing(svg.into())])[0].height();
        assert!((height - 8.0 - 300.0 * 467.0 / 740.0).abs() < 1.0, "{height}");
        assert!(draw(&[Block::Drawing("<svg".into())], "").is_err());
    }
}
