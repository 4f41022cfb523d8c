//! Tables as comma-separated values, for spreadsheets.

use contract::table::{Cell, Table};

use crate::{Error, Result};

/// Records as lines, quoted where they must be.
pub fn lines(records: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(|e| Error::internal(e))?;
    }
    writer.into_inner().map_err(|e| Error::internal(e))
}

/// The names of a table's columns.
pub fn header(table: &Table) -> Vec<String> {
    table.columns.iter().map(|c| harmless(&c.label)).collect()
}

/// A row as a program reads it: amounts as plain numbers, dates and times in ISO 8601.
pub fn record(row: &[Cell]) -> Vec<String> {
    row.iter().map(value).collect()
}

/// A whole table with its columns' names.
pub fn table(table: &Table) -> Result<Vec<u8>> {
    lines(std::iter::once(header(table)).chain(table.rows.iter().map(|row| record(row))))
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) | Cell::Badge(text, _) | Cell::Link { text, .. } => harmless(text),
        Cell::Figure(text) => text.clone(),
        Cell::Money(amount) => amount.plain(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(date) => date.iso.clone(),
        Cell::Time(at) => at.iso.clone(),
        Cell::Acts(_) | Cell::Empty => String::new(),
    }
}

/// A spreadsheet runs a cell that starts like a formula: such a text gets an apostrophe.
pub fn harmless(text: &str) -> String {
    // Some programs take signs of other widths for the plain ones, and skip blanks and what is not seen.
    let unseen = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let starts = text
        .trim_start_matches(unseen)
        .starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '˗', '\u{2212}']);
    if starts || text.starts_with(['\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}
