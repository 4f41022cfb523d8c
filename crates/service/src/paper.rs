//! A text on A4 as a PDF: headings, paragraphs and rows of figures, on as many pages as it takes. The same text gives
//! the same bytes.

use krilla::Document as Pdf;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, TextDirection};

use crate::invoicing::pdf::{BOLD, REGULAR, width};
use crate::{Error, Result};

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 64.0;
const BOTTOM: f32 = HEIGHT - 64.0;

/// A part of a text.
pub enum Block {
    Title(String),
    Heading(String),
    Words(String),
    /// A label and its figure at the right.
    Row(String, String),
    /// Columns of a table, the last at the right; the first row in bold.
    Table(Vec<Vec<String>>),
}

/// A line as it is drawn.
struct Line {
    size: f32,
    bold: bool,
    /// Space above it.
    above: f32,
    /// It stands on one page with what follows.
    leads: bool,
    /// Texts with where each begins, or ends where the flag says so.
    texts: Vec<(f32, bool, String)>,
}

/// Draws the text. `foot`: small at the end of every page.
pub fn draw(blocks: &[Block], foot: &str) -> Result<Vec<u8>> {
    let font = |data: &'static [u8]| Font::new(data.into(), 0).ok_or_else(|| Error::internal("font"));
    let (regular, bold) = (font(REGULAR)?, font(BOLD)?);
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::internal("page size"))?;
    let mut pdf = Pdf::new();
    for lines in pages(blocks.iter().flat_map(lines).collect()) {
        let mut page = pdf.start_page_with(size.clone());
        let mut surface = page.surface();
        let mut y = MARGIN;
        let mut text = |x: f32, y: f32, size: f32, is_bold: bool, words: &str| {
            let font = if is_bold { bold.clone() } else { regular.clone() };
            surface.draw_text(Point::from_xy(x, y), font, size, words, false, TextDirection::Auto);
        };
        for line in lines {
            y += line.above + line.size * 1.35;
            for (x, ends, words) in &line.texts {
                let x = if *ends { x - width(words, line.size, line.bold) } else { *x };
                text(x, y, line.size, line.bold, words);
            }
        }
        text(MARGIN, HEIGHT - 36.0, 8.0, false, foot);
        surface.finish();
        page.finish();
    }
    pdf.finish().map_err(|e| Error::internal(format!("pdf: {e:?}")))
}

fn pages(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let (mut pages, mut y) = (vec![Vec::new()], MARGIN);
    for line in lines {
        let height = line.above + line.size * 1.35;
        let room = if line.leads { height + 48.0 } else { height };
        if y + room > BOTTOM {
            pages.push(Vec::new());
            y = MARGIN;
        }
        y += height;
        if let Some(page) = pages.last_mut() {
            page.push(line);
        }
    }
    pages
}

fn lines(block: &Block) -> Vec<Line> {
    let wrapped = |words: &str, size: f32, bold: bool, above: f32| {
        let texts = wrap(words, WIDTH - 2.0 * MARGIN, size, bold).into_iter();
        let line = |(i, words)| Line {
            leads: bold && size > 10.0,
            size,
            bold,
            above: if i == 0 { above } else { 0.0 },
            texts: vec![(MARGIN, false, words)],
        };
        texts.enumerate().map(line).collect::<Vec<_>>()
    };
    match block {
        Block::Title(words) => wrapped(words, 18.0, true, 0.0),
        Block::Heading(words) => wrapped(words, 12.0, true, 14.0),
        Block::Words(words) => wrapped(words, 10.0, false, 6.0),
        Block::Row(label, figure) => {
            let texts = vec![(MARGIN, false, label.clone()), (WIDTH - MARGIN, true, figure.clone())];
            vec![Line { leads: false, size: 10.0, bold: false, above: 2.0, texts }]
        }
        Block::Table(rows) => rows.iter().enumerate().map(|(i, row)| table_line(row, i == 0)).collect(),
    }
}

fn table_line(row: &[String], bold: bool) -> Line {
    let step = (WIDTH - 2.0 * MARGIN) / row.len().max(1) as f32;
    let last = row.len().saturating_sub(1);
    let text = |(i, words): (usize, &String)| {
        let ends = i == last && i > 0;
        let x = if ends { WIDTH - MARGIN } else { MARGIN + step * i as f32 };
        let words = wrap(words, step - 4.0, 9.0, bold).into_iter().next().unwrap_or_default();
        (x, ends, words)
    };
    Line { leads: false, size: 9.0, bold, above: 2.0, texts: row.iter().enumerate().map(text).collect() }
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

    #[test]
    fn a_long_text_takes_several_pages() {
        let blocks: Vec<Block> = (0..200).map(|i| Block::Row(format!("Row {i}"), "£1.00".into())).collect();
        assert_eq!(pages(blocks.iter().flat_map(lines).collect()).iter().map(Vec::len).sum::<usize>(), 200);
        let drawn = draw(&blocks, "Foot").unwrap();
        assert!(drawn.starts_with(b"%PDF-"));
        assert_eq!(drawn, draw(&blocks, "Foot").unwrap());
    }
}
