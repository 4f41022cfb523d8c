//! An experiment's findings as documents: a report for engineers with its plots, a page for managers
//! and one for claims handlers, a model card, a datasheet.
//!
//! Findings in, names and texts of files out. This crate measures nothing and reads no file.

mod card;
mod engineers;
mod page;
mod people;
mod plots;
mod words;

use ml::experiment::Findings;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative, with `/`.
    pub path: String,
    pub text: String,
}

/// What the documents say besides the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What the data are, in a few words.
    pub data: String,
    /// Of the data, in hexadecimal.
    pub sha256: String,
    /// The day it was run on, as it shall stand in the documents.
    pub date: String,
    /// The command that makes the documents again.
    pub command: String,
}

/// Every document, as Markdown and as a page that needs no other file.
pub fn files(findings: &Findings, about: &About) -> Vec<File> {
    let plots = plots::all(findings);
    let mut files: Vec<File> = plots
        .iter()
        .map(|plot| File { path: format!("plots/{}.svg", plot.name), text: chart::standalone(&plot.svg) })
        .collect();
    for (name, title, text) in [
        ("report", "Experiment", engineers::report(findings, about, &plots)),
        ("managers", "For managers", people::managers(findings, about)),
        ("handlers", "For claims handlers", people::handlers(findings)),
        ("model-card", "Model card", card::model_card(findings, about)),
        ("datasheet", "Datasheet", card::datasheet(findings, about)),
    ] {
        files.push(File { path: format!("{name}.html"), text: page::html(title, &text, &plots) });
        files.push(File { path: format!("{name}.md"), text });
    }
    if let Ok(text) = serde_json::to_string_pretty(findings) {
        files.push(File { path: "findings.json".into(), text });
    }
    files
}
