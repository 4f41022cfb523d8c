//! Plain text.

use std::path::Path;

use crate::layout::{Page, words_of};
use crate::{Fail, Limits, Read};

pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Read, Fail> {
    let bytes = std::fs::read(path).map_err(|_| Fail::Damaged)?;
    Ok(of(&decoded(&bytes), "text@1", limits))
}

/// Text as UTF-8, or as Windows writes it: pound signs and accents come through in both.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The end of what was read may cut a letter in two; anything else that is no UTF-8 is Windows' own code.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => bytes.iter().map(|byte| windows(*byte)).collect(),
    }
}

/// Code page 1252, in which most of 0x80 to 0x9F are marks.
fn windows(byte: u8) -> char {
    const MARKS: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => MARKS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// One page of all lines. Places are characters of `text`.
pub(crate) fn of(text: &str, extractor: &str, limits: &Limits) -> Read {
    let mut words = Vec::new();
    let (mut top, mut start, mut width) = (0.0, 0, 0.0_f32);
    let cut = text.char_indices().nth(limits.budget()).map_or(text, |(end, _)| &text[..end]);
    for line in cut.split('\n') {
        words.extend(words_of(line, 0.0, top, start));
        let letters = line.chars().count();
        width = width.max(letters as f32);
        start += letters + 1;
        top += 2.0;
    }
    let page = Page { number: 1, width: width.max(1.0), height: top, words, by_characters: true };
    Read {
        pages: vec![page],
        count: limits.filled(text.chars().count()),
        extractor: extractor.to_owned(),
        recognised: false,
        times: Vec::new(),
    }
}
