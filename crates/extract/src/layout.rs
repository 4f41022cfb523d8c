//! Words on a page, and how they make lines and columns.

use std::ops::Range;

/// Four corners from top left clockwise.
pub type Quad = [[f32; 2]; 4];

/// A word where it stands. Measures are the page's own: points, pixels or, of plain text, letters.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub text: String,
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    /// Its characters within the document's text.
    pub chars: Range<usize>,
    /// How sure the reading is: 1 where nothing had to be recognised.
    pub confidence: f32,
}

impl Word {
    fn middle(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    fn height(&self) -> f32 {
        (self.bottom - self.top).max(0.1)
    }
}

/// A page of words.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    pub width: f32,
    pub height: f32,
    pub words: Vec<Word>,
    /// Whether places on it are told by characters rather than by boxes: text has no paper.
    pub by_characters: bool,
}

/// Words of one line that belong together: a column's cell, or a line of a letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Indices into the page's words, from left to right.
    pub words: Vec<usize>,
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Segment {
    pub fn height(&self) -> f32 {
        (self.bottom - self.top).max(0.1)
    }

    pub fn overlaps(&self, other: &Segment) -> bool {
        self.left < other.right && other.left < self.right
    }
}

/// How wide a gap, in heights of the line, divides columns. A space between words is about a quarter.
const COLUMN_GAP: f32 = 1.2;

/// The lines of a page from top to bottom, each divided where columns are.
pub fn lines(page: &Page) -> Vec<Vec<Segment>> {
    let mut order: Vec<usize> = (0..page.words.len()).collect();
    order.sort_by(|a, b| page.words[*a].middle().total_cmp(&page.words[*b].middle()));
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for index in order {
        let word = &page.words[index];
        // The newest lines are the nearest: a page of columns of unlike heights has two or three at once.
        let near = lines.iter_mut().rev().take(3).find(|line| {
            let other = &page.words[line[line.len() - 1]];
            let smaller = word.height().min(other.height());
            (word.middle() - other.middle()).abs() < smaller * 0.5
        });
        match near {
            Some(line) => line.push(index),
            None => lines.push(vec![index]),
        }
    }
    lines.into_iter().map(|line| divided(page, line)).collect()
}

fn divided(page: &Page, mut line: Vec<usize>) -> Vec<Segment> {
    line.sort_by(|a, b| page.words[*a].left.total_cmp(&page.words[*b].left));
    let mut heights: Vec<f32> = line.iter().map(|i| page.words[*i].height()).collect();
    heights.sort_by(f32::total_cmp);
    let gap = heights[heights.len() / 2] * COLUMN_GAP;
    let mut segments: Vec<Segment> = Vec::new();
    for index in line {
        let word = &page.words[index];
        match segments.last_mut().filter(|s| word.left - s.right <= gap) {
            Some(segment) => {
                segment.words.push(index);
                segment.right = segment.right.max(word.right);
                segment.top = segment.top.min(word.top);
                segment.bottom = segment.bottom.max(word.bottom);
            }
            None => segments.push(Segment {
                words: vec![index],
                left: word.left,
                right: word.right,
                top: word.top,
                bottom: word.bottom,
            }),
        }
    }
    segments
}

/// Words of one line of plain text, at so many letters from the left. Used for all text without paper: a letter is
/// one wide and a line two high, so that three spaces divide columns.
pub fn words_of(line: &str, left: f32, top: f32, first_char: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start: Option<(usize, f32)> = None;
    let mut text = String::new();
    let mut at = left;
    let mut close = |text: &mut String, start: &mut Option<(usize, f32)>, right: f32| {
        if let Some((first, left)) = start.take() {
            let chars = first..first + text.chars().count();
            words.push(Word {
                text: std::mem::take(text),
                left,
                top,
                right,
                bottom: top + 2.0,
                chars,
                confidence: 1.0,
            });
        }
    };
    for (i, letter) in line.chars().enumerate() {
        if letter.is_whitespace() || is_rule(letter) {
            close(&mut text, &mut start, at);
            // A tab, and a line drawn with letters, divide columns.
            at += if letter == '\t' || is_rule(letter) { 8.0 } else { 1.0 };
        } else {
            start.get_or_insert((first_char + i, at));
            text.push(letter);
            at += 1.0;
        }
    }
    close(&mut text, &mut start, at);
    // What frames a table is no word.
    words.retain(|word: &Word| word.text.chars().count() < 3 || !word.text.chars().all(|c| "-=+_~*".contains(c)));
    words
}

/// Letters that people draw tables with.
fn is_rule(letter: char) -> bool {
    matches!(letter, '|' | '¦' | '\u{2500}'..='\u{257f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_divided_at_columns() {
        let mut words = words_of("Head      Claimed", 0.0, 0.0, 0);
        words.extend(words_of("Loss of earnings   £310.50", 0.0, 2.0, 18));
        let page = Page { number: 1, width: 40.0, height: 4.0, words, by_characters: true };
        let texts: Vec<Vec<String>> = lines(&page)
            .into_iter()
            .map(|line| {
                let text =
                    |s: Segment| s.words.iter().map(|i| page.words[*i].text.as_str()).collect::<Vec<_>>().join(" ");
                line.into_iter().map(text).collect()
            })
            .collect();
        assert_eq!(texts, [vec!["Head", "Claimed"], vec!["Loss of earnings", "£310.50"]]);
        assert_eq!(page.words[2].chars, 18..22);
    }
}
