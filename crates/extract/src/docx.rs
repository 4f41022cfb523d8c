//! A Word document: its paragraphs, and its tables cell by cell. A packed file may unpack to anything: what comes out
//! is counted while it does.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::layout::{Page, Word, words_of};
use crate::{Fail, Limits, Read};

/// How far apart the columns of a table are set, in letters.
const COLUMN: f32 = 1_000.0;

pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Read, Fail> {
    let file = File::open(path).map_err(|_| Fail::Damaged)?;
    let mut archive = zip::ZipArchive::new(file).map_err(|_| Fail::Damaged)?;
    let part = archive.by_name("word/document.xml").map_err(|_| Fail::Damaged)?;
    let mut counted = part.take(limits.unpacked + 1);
    let mut page = Paper::default();
    let result = page.fill(BufReader::new(&mut counted), limits.budget());
    if counted.limit() == 0 {
        return Err(Fail::Bomb);
    }
    result?;
    let pages = vec![Page {
        number: 1,
        width: COLUMN * 10.0,
        height: page.top.max(1.0),
        words: std::mem::take(&mut page.words),
        by_characters: true,
    }];
    Ok(Read {
        pages,
        count: limits.filled(page.chars),
        extractor: "docx@1".into(),
        recognised: false,
        times: Vec::new(),
    })
}

/// The document as it is laid out: a paragraph is a line, a table's cells stand beside one another.
#[derive(Default)]
struct Paper {
    words: Vec<Word>,
    /// Characters so far.
    chars: usize,
    top: f32,
    /// Of the tables that are open, the innermost last.
    rows: Vec<Row>,
    line: String,
}

struct Row {
    top: f32,
    bottom: f32,
    cell: usize,
}

impl Paper {
    /// `most`: letters that are read; the others are counted.
    fn fill(&mut self, source: impl std::io::BufRead, most: usize) -> Result<(), Fail> {
        let mut reader = Reader::from_reader(source);
        let (mut buffer, mut in_text) = (Vec::new(), false);
        loop {
            match reader.read_event_into(&mut buffer).map_err(|_| Fail::Damaged)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    b"t" => in_text = true,
                    b"tr" => self.rows.push(Row { top: self.top, bottom: self.top, cell: 0 }),
                    name => self.mark(name, most),
                },
                Event::Empty(tag) => self.mark(tag.local_name().as_ref(), most),
                Event::Text(text) if in_text => self.line.push_str(&text.decode().map_err(|_| Fail::Damaged)?),
                Event::GeneralRef(reference) if in_text => self.line.push_str(&character(&reference)),
                Event::End(tag) => match tag.local_name().as_ref() {
                    b"t" => in_text = false,
                    b"p" => self.end_line(most),
                    b"tc" => self.end_cell(),
                    b"tr" => self.end_row(),
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
            buffer.clear();
        }
    }

    /// What divides words within a line, and lines within a paragraph.
    fn mark(&mut self, name: &[u8], most: usize) {
        match name {
            b"tab" => self.line.push('\t'),
            b"br" | b"cr" => self.end_line(most),
            _ => {}
        }
    }

    fn end_line(&mut self, most: usize) {
        let line = std::mem::take(&mut self.line);
        let left = self.rows.last().map_or(0.0, |row| row.cell as f32 * COLUMN);
        let room = most.saturating_sub(self.chars);
        let shown = line.char_indices().nth(room).map_or(line.as_str(), |(end, _)| &line[..end]);
        self.words.extend(words_of(shown, left, self.top, self.chars));
        self.chars += line.chars().count() + 1;
        self.top += 2.0;
    }

    fn end_cell(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.bottom = row.bottom.max(self.top);
            row.cell += 1;
            self.top = row.top;
        }
    }

    fn end_row(&mut self) {
        if let Some(row) = self.rows.pop() {
            self.top = row.bottom.max(self.top);
        }
    }
}

/// `&amp;` and its like; what is unknown is nothing.
pub(crate) fn character(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string();
    }
    let name = reference.decode().unwrap_or_default();
    quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
}
