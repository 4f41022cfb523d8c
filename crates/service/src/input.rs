//! Small things that many forms and addresses carry.

use chrono::{Datelike, NaiveDate};

use crate::{Error, Result};

/// A date that may be left out.
pub fn day(field: &str, text: &str) -> Result<Option<NaiveDate>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Dates are stored and compared as texts of ten signs: years of four digits only.
    let date = text.parse::<NaiveDate>().ok().filter(|d| (1900..=2200).contains(&d.year()));
    date.map(Some).ok_or_else(|| Error::field(field, "give a date as year-month-day, such as 2026-03-31"))
}

/// A page number from an address: at least 1, and no further than anybody turns.
pub fn page(number: u64) -> u64 {
    // The shortest pages have twenty rows, and no list goes further than so many.
    number.clamp(1, contract::table::MOST_LISTED / 20)
}

/// Code points that Unicode keeps for no character at all: no text has them, and XML takes none of them.
pub(crate) fn is_no_character(c: char) -> bool {
    let code = u32::from(c);
    code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
}
