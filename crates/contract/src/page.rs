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
    /// The same list by another standing: what the tabs are called together, and each.
    Tabs(String, Vec<Tab>),
    /// Something that can be done.
    Form(Form),
    /// What was found in a document, beside where it stands there.
    Reading(Reading),
    /// A long text of somebody else's, folded away: its title and its lines.
    Said(String, String),
    /// The heading of what follows.
    Head(String),
    /// Ways on: label and address.
    Links(Vec<(String, String)>),
    /// Files to take away: label and address.
    Files(Vec<(String, String)>),
    /// A file that can be sent.
    Upload(Upload),
}

/// A form that sends a file; what came of it is shown below.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// What takes it: `claims`, `model` or `bank`.
    pub to: String,
    pub label: String,
    pub hint: String,
    /// Endings and content types, as an input's `accept` has them.
    pub accept: String,
    /// What is sent with it.
    pub inputs: Vec<Input>,
    pub submit: String,
}

/// What is asked in a report's filter, or in a form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Asks {
    /// Value and label of each choice; in a filter the first stands for nothing chosen.
    Choice(Vec<(String, String)>),
    #[default]
    Text,
    Date,
    /// A longer text.
    Words,
    /// An amount in pounds.
    Pounds,
    /// A box to tick.
    Tick,
}

/// A link to the same list otherwise narrowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tab {
    pub label: String,
    pub href: String,
    /// It is what is shown.
    pub shown: bool,
}

/// Something that can be done on a page, as data. Sent to the act of this name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    pub act: String,
    /// Tells the inputs of several forms of a page apart: a word of letters.
    pub id: String,
    /// Its heading; may be empty.
    pub title: String,
    /// What it does; may be empty.
    pub lead: String,
    /// Sent along: name and value.
    pub with: Vec<(String, String)>,
    pub inputs: Vec<Input>,
    pub submit: String,
    /// It is what one comes to the page for.
    pub primary: bool,
    /// Folded away until it is asked for.
    pub folded: bool,
}

/// An input of a form. What is wrong with it comes back under its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub name: String,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub asks: Asks,
    pub required: bool,
}

impl Input {
    pub fn new(name: &str, label: &str, asks: Asks) -> Input {
        Input { name: name.into(), label: label.into(), asks, ..Input::default() }
    }

    pub fn hint(mut self, hint: &str) -> Input {
        self.hint = hint.into();
        self
    }

    pub fn value(mut self, value: impl Into<String>) -> Input {
        self.value = value.into();
        self
    }

    pub fn required(mut self) -> Input {
        self.required = true;
        self
    }
}

/// What was found in a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Where its pages are had as pictures, with the page's number behind it, and how many there are; none of a text or a
    /// recording.
    pub pages: Option<(String, u32)>,
    pub found: Vec<FoundView>,
    /// Where a recording is heard.
    pub sound: Option<String>,
    /// Where a video is seen.
    pub video: Option<String>,
    /// What becomes of what is confirmed.
    pub lead: String,
    /// The act that answers, and the one that takes an answer back; both are told `id` and `version` of the fact.
    pub acts: (String, String),
    /// Whether the one who looks may answer.
    pub may: bool,
}

/// A fact that a document may state, as a person confirms it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundView {
    pub id: String,
    /// Told along with the answer: of two who answer at once one is first.
    pub version: i32,
    pub label: String,
    /// As it would be typed.
    pub value: String,
    pub asks: Asks,
    /// As it stands in the document, and the words around it.
    pub before: String,
    pub raw: String,
    pub after: String,
    /// Where, in words.
    pub place: String,
    pub page: u32,
    /// The corners on the page, as shares of its width and height.
    pub quad: Option<[[f32; 2]; 4]>,
    /// From and to, in seconds.
    pub span: Option<[f32; 2]>,
    /// What is there already, in words; empty where nothing.
    pub own: String,
    /// How that compares, or what became of it.
    pub standing: (String, Tone),
    /// It waits for an answer.
    pub open: bool,
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
    /// What their button says; “Filter” where it is empty.
    #[serde(default)]
    pub filter: String,
    pub parts: Vec<Part>,
    /// Looked at again after so many seconds: something on it is under way.
    #[serde(default)]
    pub again: Option<u32>,
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
