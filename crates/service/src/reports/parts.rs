//! What reports are put together from.

use contract::AppError;
use contract::page::{Asks, Filter, Part, Report, Tile};
use contract::table::Tone;

use super::Query;

/// A figure; `href` may be empty.
pub fn tile(label: &str, value: impl ToString, hint: impl Into<String>, href: &str) -> Tile {
    let href = (!href.is_empty()).then(|| href.to_owned());
    Tile { label: label.into(), value: told(value.to_string()), hint: hint.into(), href }
}

/// `25%`, or that there is nothing to share.
pub fn share(part: i64, of: i64) -> String {
    match of {
        0 => "–".into(),
        of => format!("{}%", (100 * part + of / 2) / of),
    }
}

/// A filter with the value that the address has for it.
pub fn filter(query: &Query, name: &str, label: &str, asks: Asks) -> Filter {
    Filter { name: name.into(), label: label.into(), value: query.text(name).into(), asks }
}

/// All rows, or only some.
pub fn only(query: &Query, name: &str, some: &str) -> Filter {
    let choices = [("", "All"), ("true", some)].map(|(value, label)| (value.to_owned(), label.to_owned()));
    filter(query, name, "Show", Asks::Choice(choices.to_vec()))
}

/// A choice that may be left open.
pub fn any(query: &Query, name: &str, label: &str, choices: impl IntoIterator<Item = (String, String)>) -> Filter {
    let open = (String::new(), "Any".to_owned());
    filter(query, name, label, Asks::Choice(std::iter::once(open).chain(choices).collect()))
}

/// The page of one thing where none is named: the way to the list of them.
pub fn unnamed(words: &str, label: &str, href: &str) -> Report {
    let parts = vec![Part::Text(words.into()), Part::Links(vec![(label.into(), href.into())])];
    Report { parts, ..Report::default() }
}

/// What is wrong with a filter, in words.
pub fn mend(refused: AppError) -> Part {
    let words: Vec<_> = refused.fields.iter().map(|f| f.message.as_str()).collect();
    let words = if words.is_empty() { refused.message } else { words.join(" ") };
    Part::Notice(Tone::Bad, words)
}

/// A number of things with its thousands separated; any other text as it is.
fn told(value: String) -> String {
    value.parse().map(contract::table::grouped).unwrap_or(value)
}

/// So many months, in words.
pub(crate) fn months(count: i64) -> String {
    if count == 1 { "1 month".into() } else { format!("{count} months") }
}
