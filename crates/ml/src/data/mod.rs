//! The data set's own file format: reading claims from CSV, blank cells kept as unknown.
//!
//! One reader serves training, scoring and the web import, so a row means the same everywhere.
//! No row is lost: a cell that cannot be read becomes `None` and a [`RowProblem`] says where it is
//! and what would mend it. Whoever needs flawless rows refuses those whose line has a problem.

mod cell;
mod column;
mod parse;

use domain::{ClaimFacts, Money};

pub use column::{COLUMNS, Column};
pub use parse::{ClaimReader, Header, parse_claims};

/// What a file of claims holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedFile {
    /// One entry per data row, in file order.
    pub rows: Vec<ParsedRow>,
    /// In file order. The header's own problems come first, with line 1.
    pub problems: Vec<RowProblem>,
}

/// One claim of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedRow {
    /// Line of the file where the row starts, counted from 1; the header is line 1.
    pub line: u64,
    pub facts: ClaimFacts,
    pub protected: Protected,
    /// What the claim settled for; `None` where the file does not say.
    pub settlement: Option<Money>,
}

/// Attributes kept apart from the facts: they are audited for fairness and never priced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protected {
    /// Years.
    pub driver_age: Option<u8>,
    pub gender: Option<String>,
}

/// A cell (or a header, or a row) that could not be used, in words for whoever made the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Counted from 1.
    pub line: u64,
    /// The column's name, or `row` where the whole row is meant.
    pub column: String,
    /// The text found, shortened to [`SHOWN`] characters.
    pub value: String,
    pub remedy: String,
}

/// How much of a bad value is repeated in a problem.
pub const SHOWN: usize = 60;
