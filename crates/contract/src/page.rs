//! Pages that are read rather than worked on, as data: described once on the server, drawn by one
//! component.

use serde::{Deserialize, Serialize};

use crate::table::{Page, Table, Tone};

/// A figure with what it means and where it leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    pub label: String,
    pub value: String,
    pub hint: String,
    pub href: Option<String>,
}

/// A chart with a table of the same data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    pub title: String,
    /// How to read it; may be empty.
    pub hint: String,
    pub svg: String,
    pub table: Table,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    Tiles(Vec<Tile>),
    Chart(Chart),
    Table(Table),
    /// One page of a longer list.
    List(Page),
    Notice(Tone, String),
    Text(String),
}

/// What is asked in a report's filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Asks {
    /// Value and label of each choice; the first stands for nothing chosen.
    Choice(Vec<(String, String)>),
    Text,
    Date,
}

/// A filter. It stands in the page's address under its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    pub name: String,
    pub label: String,
    pub value: String,
    pub asks: Asks,
}

/// A page that is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub title: String,
    pub lead: String,
    /// What to do next: label and address.
    pub actions: Vec<(String, String)>,
    /// A file to take away: label and address.
    #[serde(default)]
    pub file: Option<(String, String)>,
    pub filters: Vec<Filter>,
    pub parts: Vec<Part>,
}

/// A file that is had whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    /// Its content type.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn svg(name: String, bytes: Vec<u8>) -> File {
        File { name, kind: "image/svg+xml", bytes }
    }

    pub fn csv(name: String, bytes: Vec<u8>) -> File {
        File { name, kind: "text/csv; charset=utf-8", bytes }
    }
}
