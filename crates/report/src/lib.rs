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

#[cfg(test)]
mod tests {
    use ml::{
        data::parse_claims,
        experiment::{Settings, run},
        families::Family,
        generate::{Plan, write},
        train::Sample,
    };

    use super::*;

    fn documents() -> Vec<File> {
        let mut bytes = Vec::new();
        let until = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        write(Plan { claims: 320, seed: 3, until }, &mut bytes).unwrap();
        let settings = Settings { families: vec![Family::LeastSquares], repeats: 1, seed: 1 };
        let sample = Sample::of(&parse_claims(bytes.as_slice()));
        let findings = run(&sample, &settings, &|_, _, _| ()).unwrap();
        let text = str::to_owned;
        let about = About { data: text("claims"), sha256: text("ab"), date: text("today"), command: text("again") };
        files(&findings, &about)
    }

    #[test]
    fn every_document_is_written_in_both_forms_and_pages_need_no_other_file() {
        let files = documents();
        let of = |path: &str| &files.iter().find(|f| f.path == path).unwrap_or_else(|| panic!("{path}")).text;
        for name in ["report", "managers", "handlers", "model-card", "datasheet"] {
            let (markdown, page) = (of(&format!("{name}.md")), of(&format!("{name}.html")));
            assert!(markdown.starts_with("# ") && markdown.len() > 500, "{name}: {markdown}");
            assert!(page.contains("<h1>") && !page.contains("<img") && !page.contains("src="), "{name}");
            assert!(!markdown.contains("NaN") && !markdown.contains("inf"), "{name}: {markdown}");
        }
        assert_eq!(of("report.html").matches("class=\"chart wide\"").count(), 6);
        assert!(of("report.md").contains("**Recommendation: ") && of("report.md").contains("plots/coverage.svg"));
        for plot in files.iter().filter(|f| f.path.ends_with(".svg")) {
            assert!(plot.text.starts_with("<svg") && plot.text.trim_end().ends_with("</svg>"), "{}", plot.path);
            assert!(!plot.text.contains("var("), "{} is of fixed colours", plot.path);
        }
        serde_json::from_str::<ml::experiment::Findings>(of("findings.json")).unwrap();
    }
}
