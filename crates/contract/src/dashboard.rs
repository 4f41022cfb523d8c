//! The first page after signing in.

use serde::{Deserialize, Serialize};

use crate::table::Table;

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

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub title: String,
    pub lead: String,
    pub tiles: Vec<Tile>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
    /// What to do next: label and address.
    pub actions: Vec<(String, String)>,
}
