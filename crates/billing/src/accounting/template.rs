//! How a program’s file is written where it is not the usual one.

use serde::{Deserialize, Serialize};

use super::{Target, columns};

/// Of them those that hold a word that stands for something in the program: an account, a tax rate, a product, a currency.
const fn named(target: Target) -> &'static [&'static str] {
    match target {
        Target::Xero => &["*AccountCode", "*TaxType", "Currency"],
        Target::Sage => &["Nominal A/C Ref", "Tax Code", "Department Code", "Type"],
        Target::QuickBooks => &["Item(Product/Service)", "Item Tax Code", "Currency"],
    }
}

/// Without these no document is known from a file: its number and its amount.
const fn needed(target: Target) -> &'static [&'static str] {
    match target {
        Target::Xero => &["*InvoiceNumber", "*UnitAmount"],
        Target::Sage => &["Reference", "Net Amount"],
        Target::QuickBooks => &["*InvoiceNo", "*ItemAmount"],
    }
}

/// Lines of a template at most.
const MOST_COLUMNS: usize = 60;

const LONGEST_WORD: usize = 80;

/// How a program's file is written where it is not the usual one: columns by their order and heading, and words of a column
/// that are written as others, such as the name of a tax rate or an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub columns: Vec<Written>,
    /// Of which usual column, what is written so, and how it is written instead.
    pub words: Vec<(String, String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub heading: String,
    pub from: From,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// One of the program's usual columns.
    Column(String),
    /// The same in every row.
    Fixed(String),
}

/// What is wrong with a written template, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {words}")]
pub struct TemplateError {
    pub line: usize,
    pub words: String,
}

impl Template {
    /// A line a column: `Heading`, `Heading = usual column` or `Heading = "always this"`; and a line a word of a column:
    /// `*AccountCode: 200 -> 4000`. Figures and days are not written otherwise.
    pub fn parse(target: Target, text: &str) -> Result<Template, TemplateError> {
        let mut template = Template::default();
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |words: String| TemplateError { line: i + 1, words };
            if i >= MOST_COLUMNS * 2 || line.chars().count() > LONGEST_WORD * 2 + 8 {
                return Err(wrong(format!(
                    "write at most {MOST_COLUMNS} columns, each of at most {LONGEST_WORD} signs"
                )));
            }
            if let Some((word, instead)) = line.split_once("->") {
                let (column, word) = word.split_once(':').map_or(("", ""), |(c, w)| (c.trim(), w.trim()));
                if word.is_empty() || !named(target).contains(&column) {
                    let columns = named(target).join(", ");
                    return Err(wrong(format!(
                        "say of which column a word is written otherwise, such as {}: 200 -> 4000; words are in {columns}",
                        named(target)[0]
                    )));
                }
                template.words.push((column.to_owned(), word.to_owned(), instead.trim().to_owned()));
                continue;
            }
            let (heading, from) =
                line.split_once('=').map_or((line.trim(), line.trim()), |(h, f)| (h.trim(), f.trim()));
            let fixed = from.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let from = match fixed {
                Some(text) => From::Fixed(text.to_owned()),
                None if columns(target).contains(&from) => From::Column(from.to_owned()),
                None => {
                    return Err(wrong(format!(
                        "“{from}” is no column of {}: write {}",
                        target.label(),
                        columns(target).join(", ")
                    )));
                }
            };
            if heading.is_empty() || template.columns.iter().any(|c| c.heading == heading) {
                return Err(wrong("give each column a heading of its own".into()));
            }
            template.columns.push(Written { heading: heading.to_owned(), from });
        }
        let there = |column: &&&str| template.columns.iter().any(|c| c.from == From::Column((**column).to_string()));
        if let Some(missing) = needed(target).iter().find(|column| !there(column)) {
            let words = format!("the column {missing} must be there: without it the documents are not told apart");
            return Err(TemplateError { line: text.lines().count().max(1), words });
        }
        match template.columns.len() {
            0 => Err(TemplateError { line: 1, words: "write a line for each column".into() }),
            1..=MOST_COLUMNS => Ok(template),
            _ => Err(TemplateError { line: MOST_COLUMNS + 1, words: format!("write at most {MOST_COLUMNS} columns") }),
        }
    }

    /// As it is typed.
    pub fn text(&self) -> String {
        let column = |c: &Written| match &c.from {
            From::Column(column) if *column == c.heading => c.heading.clone(),
            From::Column(column) => format!("{} = {column}", c.heading),
            From::Fixed(text) => format!("{} = \"{text}\"", c.heading),
        };
        let words = self.words.iter().map(|(column, word, instead)| format!("{column}: {word} -> {instead}"));
        self.columns.iter().map(column).chain(words).collect::<Vec<_>>().join("\n")
    }

    /// The usual rows of a program, its heading first, as this template writes them.
    pub fn apply(&self, target: Target, rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
        let place = |column: &str| columns(target).iter().position(|c| *c == column);
        let from: Vec<Option<usize>> = self
            .columns
            .iter()
            .map(|c| match &c.from {
                From::Column(column) => place(column),
                From::Fixed(_) => None,
            })
            .collect();
        let word = |column: &str, text: &str| {
            let instead = self.words.iter().find(|(of, word, _)| of == column && word == text);
            instead.map_or_else(|| text.to_owned(), |(_, _, instead)| instead.clone())
        };
        let row = |row: Vec<String>| {
            let cell = |(c, at): (&Written, &Option<usize>)| match (&c.from, at) {
                (From::Fixed(text), _) => text.clone(),
                (From::Column(column), Some(at)) => row.get(*at).map_or_else(String::new, |text| word(column, text)),
                (From::Column(_), None) => String::new(),
            };
            self.columns.iter().zip(&from).map(cell).collect()
        };
        let head = self.columns.iter().map(|c| c.heading.clone()).collect();
        std::iter::once(head).chain(rows.into_iter().skip(1).map(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows;
    use super::super::tests::document;
    use super::*;
    use crate::document::DocumentKind;

    #[test]
    fn a_template_writes_other_headings_columns_and_words() {
        let text = "Number = *InvoiceNumber\n*UnitAmount\nBranding = \"Blue\"\nTax = *TaxType\n*TaxType: 20% (VAT on Income) -> 20% VAT on Sales";
        let template = Template::parse(Target::Xero, text).unwrap();
        assert_eq!(template.text(), text);
        let invoice = document(DocumentKind::Periodic, &[(100, "2.10", 21_000)]);
        let written = template.apply(Target::Xero, rows(Target::Xero, &[invoice]));
        assert_eq!(written[0], ["Number", "*UnitAmount", "Branding", "Tax"]);
        assert_eq!(written[1], ["SOL-000001", "2.1000", "Blue", "20% VAT on Sales"]);
        for (target, text, line) in [
            (Target::Xero, "", 1),
            (Target::Sage, "*InvoiceNumber", 1),
            (Target::Xero, "A = \"x\"\nA = \"y\"", 2),
            (Target::Xero, "*Quantity\n -> x", 2),
            (Target::Xero, "*Quantity\n*Quantity: 200 -> 4000", 2),
            (Target::Xero, "*Quantity\n200 -> 4000", 2),
            (Target::Xero, "A = \"x", 1),
            (Target::Xero, "A = \"a,b\"", 1),
            (Target::Sage, "Reference", 1),
        ] {
            assert_eq!(Template::parse(target, text).unwrap_err().line, line, "{text}");
        }
        let usual = columns(Target::QuickBooks).join("\n");
        let same = Template::parse(Target::QuickBooks, &usual).unwrap();
        let invoice = document(DocumentKind::Manual, &[(2, "3", 600)]);
        let usual_rows = rows(Target::QuickBooks, &[invoice]);
        assert_eq!(same.apply(Target::QuickBooks, usual_rows.clone()), usual_rows);
    }
}
