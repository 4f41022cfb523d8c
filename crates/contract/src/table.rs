//! Tables as data: a list is described once on the server and drawn by one component.

use crate::when::{Day, Instant};
use chrono::{DateTime, Utc};
use domain::Money;
use domain::settlement::ClaimStatus;
use serde::{Deserialize, Serialize};

/// The meaning of a badge; the colour follows, and never stands alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Notice,
    Bad,
}

impl Tone {
    /// Of where a claim stands.
    pub fn of(status: ClaimStatus) -> Tone {
        match status {
            ClaimStatus::Open => Tone::Plain,
            ClaimStatus::Flagged => Tone::Notice,
            ClaimStatus::Decided => Tone::Good,
        }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    Text(String),
    /// Identifiers and codes, in a fixed-width face.
    Code(String),
    Link {
        text: String,
        href: String,
    },
    Money(Money),
    Number(i64),
    /// A number as it is to be shown, aligned as a number.
    Figure(String),
    Date(Day),
    Time(Instant),
    Badge(String, Tone),
    /// What can be done about the row.
    Acts(Vec<RowAct>),
    Empty,
}

/// A button of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowAct {
    pub act: String,
    pub with: Vec<(String, String)>,
    pub label: String,
    /// What it is done to, for those who do not see the row.
    pub about: String,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Cell {
        Cell::Link { text: text.into(), href: href.into() }
    }

    pub fn money(amount: Option<Money>) -> Cell {
        amount.map_or(Cell::Empty, Cell::Money)
    }

    /// A button that sends an id.
    pub fn act(act: &str, id: impl ToString, label: &str, about: &str) -> Cell {
        let with = vec![("id".to_owned(), id.to_string())];
        Cell::Acts(vec![RowAct { act: act.into(), with, label: label.into(), about: about.into() }])
    }

    pub fn time(at: Option<DateTime<Utc>>) -> Cell {
        at.map_or(Cell::Empty, |at| Cell::Time(at.into()))
    }
}

/// A table with its heading texts. `numeric` columns are aligned right.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// What to say when there is no row.
    pub empty: String,
    /// The act that fills it: a label and an address.
    #[serde(default)]
    pub fill: Option<(String, String)>,
    /// Where it is had as a file; a report fills it in.
    #[serde(default)]
    pub csv: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub label: String,
    pub numeric: bool,
}

impl Table {
    /// `columns`: labels; a label that starts with `#` is numeric.
    pub fn new(caption: &str, columns: &[&str], empty: &str) -> Table {
        let columns = columns
            .iter()
            .map(|c| match c.strip_prefix('#') {
                Some(label) => Column { label: label.into(), numeric: true },
                None => Column { label: (*c).into(), numeric: false },
            })
            .collect();
        Table { caption: caption.into(), columns, rows: Vec::new(), empty: empty.into(), fill: None, csv: None }
    }

    /// The act that fills it, where the reader may do it.
    pub fn filled_by(mut self, may: bool, label: &str, href: &str) -> Table {
        self.fill = may.then(|| (label.into(), href.into()));
        self
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }
}

/// The most rows of a list that are counted and turned to; what lies further is found by a filter.
pub const MOST_LISTED: u64 = 10_000;

/// How many pages a list of so many rows has.
pub fn pages(total: u64, per_page: u64) -> u64 {
    total.min(MOST_LISTED).div_ceil(per_page.max(1)).max(1)
}

/// A number with its thousands separated: 2,119.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A total in words: past what is counted it says no more than that.
pub fn in_all(total: u64) -> String {
    if total > MOST_LISTED { "over 10,000".into() } else { grouped(total) }
}

/// One page of a longer list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub table: Table,
    /// Past [`MOST_LISTED`] it says no more than "over" so many.
    pub total: u64,
    /// First page is 1.
    pub page: u64,
    pub pages: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let of = [0, 12, 999, 1_000, 2_119, 1_234_567].map(grouped);
        assert_eq!(of, ["0", "12", "999", "1,000", "2,119", "1,234,567"]);
        assert_eq!(in_all(10_001), "over 10,000");
    }
}
