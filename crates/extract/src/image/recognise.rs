//! Words of a picture with their boxes, as tesseract recognises them.

use std::ffi::OsStr;
use std::io::Read as _;

use super::gray::Gray;
use crate::layout::Word;
use crate::tool::{Tools, run_with};
use crate::{Fail, Limits};

/// A word that tesseract is less sure of, in percent, is not read.
const SURE: f32 = 30.0;

pub(crate) fn words(page: &Gray, tools: &Tools, limits: &Limits) -> Result<Vec<Word>, Fail> {
    let program = tools.tesseract.as_deref().ok_or(Fail::ToolMissing)?;
    // One block of text: what belongs together is told by the boxes of its words.
    let arguments = ["stdin", "stdout", "-l", "eng", "--dpi", "220", "--psm", "6", "tsv"].map(OsStr::new);
    let ran = run_with(program, arguments, limits.seconds, page.pgm(), |out| {
        let mut text = String::new();
        out.take(8 << 20).read_to_string(&mut text).map(|_| text)
    })?;
    match ran.value {
        Ok(text) if ran.succeeded => Ok(parsed(&text)),
        _ => Err(Fail::ReaderFailed),
    }
}

/// Of tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn parsed(table: &str) -> Vec<Word> {
    let mut chars = 0;
    let mut words = Vec::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [level, .., left, top, width, height, sure, text] = cells.as_slice() else { continue };
        let number = |cell: &str| cell.parse::<f32>().ok();
        let (Some(left), Some(top), Some(width), Some(height), Some(sure)) =
            (number(left), number(top), number(width), number(height), number(sure))
        else {
            continue;
        };
        let text = mended(text.trim());
        if *level != "5" || sure < SURE || text.is_empty() {
            continue;
        }
        let length = text.chars().count();
        words.push(Word {
            text,
            left,
            top,
            right: left + width,
            bottom: top + height,
            chars: chars..chars + length,
            confidence: sure / 100.0,
        });
        chars += length + 1;
    }
    words
}

/// A pound sign is often taken for a letter: before an amount with pence nothing else can stand.
fn mended(word: &str) -> String {
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    if "EFf€&#$LtI{[(".contains(first) && is_amount(rest) && first != '(' {
        return format!("£{rest}");
    }
    word.to_owned()
}

/// `1,240.50`.
fn is_amount(text: &str) -> bool {
    let text = text.trim_end_matches(['.', ',', ';', ')']);
    let Some((pounds, pence)) = text.split_once('.') else { return false };
    let digits = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit() || c == ',');
    digits(pounds) && pence.len() == 2 && pence.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pound_sign_is_one_before_an_amount() {
        for (read, meant) in
            [("E420.00", "£420.00"), ("€1,240.50,", "£1,240.50,"), ("£12.00", "£12.00"), ("E4", "E4"), ("Form", "Form")]
        {
            assert_eq!(mended(read), meant);
        }
    }

    #[test]
    fn the_table_is_read() {
        let table = "level\tpage\n5\t1\t1\t1\t1\t1\t10\t20\t30\t12\t96.5\tPhysiotherapy\n5\t1\t1\t1\t1\t2\t50\t20\t9\t12\t3.1\t~\n4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n";
        let words = parsed(table);
        assert_eq!(words.len(), 1);
        assert_eq!((words[0].text.as_str(), words[0].right, words[0].bottom), ("Physiotherapy", 40.0, 32.0));
    }
}
