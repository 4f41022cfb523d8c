//! Claims from a CSV or JSON file (story 5): good rows are kept, bad ones are named with line,
//! column and remedy, and nothing is half-saved.
//!
//! A stranger's file costs no more than its limits: reading stops at one row or problem too many, and
//! files are read one at a time, off the threads that answer requests.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use contract::ErrorKind;
use contract::page::{Asks, Input, Part, Report, Upload};
use contract::table::{Cell, Table, Tone, grouped};
use domain::Money;
use domain::id::ClaimId;
use domain::policy::Permission;
use domain::tier::Capability;
use ml::data::{ClaimReader, RowProblem};
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use store::claims::Protected;
use store::import_marks;
use tokio::sync::Semaphore;

use super::create::{self, Entered};
use super::document::Document;
use super::entry::{self, Entry};
use super::number;
use crate::{Ctx, Error, Result, tiers};

/// Problems after which a file is not read further: whoever gets these mends the whole.
const MOST_PROBLEMS: usize = 200;

/// Bytes of a line of CSV: the longest texts that a claim may have, many times over.
const LONGEST_LINE: usize = 100_000;

/// Files are read one at a time.
static READING: Semaphore = Semaphore::const_new(1);

/// What is wrong with a cell of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Of the file; of JSON the place in the array.
    pub line: u64,
    pub column: String,
    pub value: String,
    /// What to do.
    pub remedy: String,
}

/// A claim that a file entered, or whose outcome it recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub line: u64,
    pub id: ClaimId,
    pub number: String,
    pub predicted: Option<Money>,
}

/// What became of an uploaded file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    pub file_name: String,
    /// Its rows were outcomes of claims that are there.
    pub outcomes: bool,
    pub kept: Vec<Kept>,
    pub problems: Vec<Problem>,
    /// Lines that were refused; one line can have several problems.
    pub refused: u64,
    /// Rows that were there before and were left out.
    pub known: u64,
    /// Said once about the whole file, such as a column that is not used.
    pub notes: Vec<String>,
}

/// The page on which a file is uploaded.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let upload = Upload {
        to: "claims".into(),
        label: "CSV or JSON file".into(),
        hint: format!(
            "Claims: CSV with the data set’s column names in the first line, or a JSON array of claims as the API takes \
             them; up to {}. What claims finally settled for: CSV with the columns Claim (number or your reference), \
             Settled amount, Settled on and, if you like, Reference.",
            grouped(ctx.app.limits.import_rows as u64)
        ),
        accept: ".csv,.json,text/csv,application/json".into(),
        inputs: vec![Input::new("again", "Enter again what was imported before", Asks::Tick)],
        submit: "Upload".into(),
    };
    let actions = vec![("Enter a claim".into(), "/claims/new".into())];
    Ok(Report { actions, parts: vec![Part::Upload(upload)], ..Report::default() })
}

/// Rows that are shown of either kind: the others are in the list, or in the file as it is mended.
const SHOWN: usize = 25;

impl Imported {
    /// As it is shown below the form.
    pub fn parts(&self) -> Vec<Part> {
        let counted = |n: usize, one: &str| {
            let s = if n == 1 { "" } else { "s" };
            format!("{} {one}{s}", grouped(n as u64))
        };
        let known = match self.known {
            0 => String::new(),
            n => format!(", {} left out", counted(n as usize, "row")),
        };
        let saved = match self.outcomes {
            true => format!("{} recorded", counted(self.kept.len(), "outcome")),
            false => format!("{} saved and predicted", counted(self.kept.len(), "claim")),
        };
        let refused = counted(self.refused as usize, "row");
        let tone = if self.refused == 0 && self.known == 0 { Tone::Good } else { Tone::Notice };
        let mut parts = vec![Part::Notice(tone, format!("{}: {saved}, {refused} refused{known}.", self.file_name))];
        parts.extend(self.notes.iter().map(|note| Part::Text(note.clone())));
        if !self.problems.is_empty() {
            parts.push(Part::Table(self.refusals()));
            parts.extend(self.more(self.problems.len(), "problems: mend these and upload the file again"));
        }
        parts.push(Part::Table(self.saved()));
        if let Some(more) = self.more(self.kept.len(), "claims") {
            parts.extend([more, Part::Links(vec![("See all in the list".into(), "/claims?mine=true".into())])]);
        }
        parts
    }

    fn more(&self, all: usize, what: &str) -> Option<Part> {
        (all > SHOWN).then(|| Part::Text(format!("The first {SHOWN} of {all} {what}.")))
    }

    fn refusals(&self) -> Table {
        let mut table = Table::new("Rows that were refused", &["#Line", "Column", "Value", "How to mend it"], "");
        for p in self.problems.iter().take(SHOWN) {
            table.row(vec![
                Cell::Number(p.line as i64),
                Cell::Code(p.column.clone()),
                Cell::Code(p.value.clone()),
                Cell::text(&p.remedy),
            ]);
        }
        table
    }

    fn saved(&self) -> Table {
        let mut table = match self.outcomes {
            true => {
                Table::new("Claims with their outcome", &["#Line", "Claim", "#Settled for"], "No outcome was recorded.")
            }
            false => Table::new("Claims that were saved", &["#Line", "Claim", "#Predicted"], "No claim was saved."),
        };
        for k in self.kept.iter().take(SHOWN) {
            table.row(vec![
                Cell::Number(k.line as i64),
                Cell::link(&k.number, format!("/claims/{}", k.id)),
                Cell::money(k.predicted),
            ]);
        }
        table
    }
}

/// What a file says, before anything is saved.
struct Parsed {
    /// Claims of which one file may hold no more.
    limit: usize,
    good: Vec<(u64, Entry)>,
    problems: Vec<Problem>,
    refused: BTreeSet<u64>,
    notes: Vec<String>,
    settlements: u64,
}

impl Parsed {
    /// Whether there is one row or problem too many.
    fn full(&self) -> bool {
        self.good.len() > self.limit || self.problems.len() >= MOST_PROBLEMS
    }

    fn refuse(&mut self, line: u64, column: String, value: String, remedy: String) {
        self.refused.insert(line);
        self.problems.push(Problem { line, column, value, remedy });
    }
}

/// `again`: rows that were imported before are entered again; else they are left out.
pub async fn import(ctx: &Ctx, file_name: &str, bytes: Vec<u8>, again: bool) -> Result<Imported> {
    ctx.require(Permission::WriteClaims)?;
    tiers::require(ctx, Capability::Batch).await?;
    if super::outcome_file::is_one(&bytes) {
        return super::outcome_file::import(ctx, file_name, bytes).await;
    }
    let turn = READING.acquire().await.map_err(|e| Error::internal(e))?;
    let (json, limit, today) =
        (file_name.to_lowercase().ends_with(".json"), ctx.app.limits.import_rows, create::today(ctx));
    let read = move || read(&bytes, json, limit, today);
    let mut parsed = tokio::task::spawn_blocking(read).await.map_err(|e| Error::internal(e))??;
    drop(turn);
    if parsed.good.len() > limit {
        return Err(Error::refused(
            ErrorKind::TooLarge,
            format!("This file has more than {limit} claims, which one file takes. Divide it and upload the parts."),
        ));
    }
    if parsed.problems.len() >= MOST_PROBLEMS {
        // What stands after the last problem was not read: saving a part would leave it to chance which.
        parsed.good.clear();
        let line = parsed.problems.last().map_or(0, |p| p.line);
        parsed.notes.push(format!(
            "Reading stopped in line {line}, after {MOST_PROBLEMS} problems, and nothing was saved. Mend them and upload the file again."
        ));
    }
    if parsed.good.is_empty() && parsed.problems.is_empty() {
        return Err(Error::field(
            "file",
            "no claim was found in this file: the first line holds the data set’s column names, such as “Accident Date”, \
             “Injury_Prognosis” and “SpecialTherapy”, and each further line is a claim",
        ));
    }
    let veiled = super::estimate::veiled(ctx).await?;
    let (saved, known) = save(ctx, std::mem::take(&mut parsed.good), again).await?;
    if known > 0 {
        parsed.notes.push(format!(
            "{known} {} imported before and left out, so that nothing is charged twice. Tick “Enter again what was imported before” if you mean it.",
            if known == 1 { "row was" } else { "rows were" }
        ));
    }
    Ok(Imported {
        file_name: file_name.chars().take(120).collect(),
        outcomes: false,
        kept: saved
            .into_iter()
            .map(|(line, entered)| Kept {
                line,
                id: entered.claim.id,
                number: number(entered.claim.number),
                predicted: entered.prediction.filter(|_| !veiled).map(|p| p.0.amount),
            })
            .collect(),
        problems: parsed.problems,
        refused: parsed.refused.len() as u64,
        known,
        notes: parsed.notes,
    })
}

/// How often an upload looks anew which rows are known, while others import the same ones.
const TRIES: u32 = 5;

/// Saves the rows that were not imported before, or all of them if they are wanted again; and says how many were left
/// out. Of uploads at the same time one saves a row, whichever database and replica they come through.
async fn save(ctx: &Ctx, good: Vec<(u64, Entry)>, again: bool) -> Result<(Vec<(u64, Entered)>, u64)> {
    let company = ctx.caller.own_company()?;
    let mut marked = Vec::with_capacity(good.len());
    for (line, entry) in good {
        marked.push((import_marks::mark(ctx.store(), company, &told(&entry)?)?, line, entry));
    }
    let all: Vec<String> = marked.iter().map(|(mark, ..)| mark.clone()).collect();
    for _ in 0..TRIES {
        let known = if again { BTreeSet::new() } else { import_marks::known(ctx.store(), company, &all).await? };
        let wanted = marked.iter().filter(|(mark, ..)| !known.contains(mark));
        let marks = create::Marks { all: wanted.clone().map(|(mark, ..)| mark.clone()).collect(), again };
        let rows: Vec<_> = wanted.map(|(_, line, entry)| (*line, entry.clone())).collect();
        let left_out = (all.len() - rows.len()) as u64;
        if rows.is_empty() {
            return Ok((Vec::new(), left_out));
        }
        if let Some(saved) = create::from_file(ctx, rows, &marks).await? {
            return Ok((saved, left_out));
        }
    }
    Err(Error::refused(ErrorKind::Conflict, "Others import the same rows just now: wait a moment and upload it again."))
}

/// What a row says, as text. A fact that is not stated is left out, so that a later version, which knows more facts,
/// writes the same of the same row.
fn told(entry: &Entry) -> Result<String> {
    fn stated(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(all) => {
                let kept = all.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, stated(v)));
                serde_json::Value::Object(kept.collect())
            }
            other => other,
        }
    }
    let facts = stated(serde_json::to_value(&entry.facts)?);
    Ok(format!("1 {facts} {:?} {:?}", entry.reference, entry.claimant_reference))
}

fn read(bytes: &[u8], json: bool, limit: usize, today: NaiveDate) -> Result<Parsed> {
    let mut parsed = Parsed {
        limit,
        good: Vec::new(),
        problems: Vec::new(),
        refused: BTreeSet::new(),
        notes: Vec::new(),
        settlements: 0,
    };
    if json || bytes.trim_ascii_start().starts_with(b"[") {
        read_json(bytes, today, &mut parsed)?;
    } else {
        read_csv(bytes, today, &mut parsed)?;
    }
    Ok(parsed)
}

fn read_csv(bytes: &[u8], today: NaiveDate, parsed: &mut Parsed) -> Result<()> {
    if bytes.contains(&0) {
        return Err(Error::refused(
            ErrorKind::Invalid,
            "This is not a text file. Save the sheet as CSV (UTF-8) and upload that.",
        ));
    }
    if let Some(at) = bytes.split(|b| *b == b'\n').position(|line| line.len() > LONGEST_LINE) {
        return Err(Error::refused(
            ErrorKind::Invalid,
            format!("Line {} is longer than any claim. Give a line a claim, its cells separated by commas.", at + 1),
        ));
    }
    let mut reader = ClaimReader::new(bytes);
    let mut problems: Vec<RowProblem> = Vec::new();
    loop {
        let row = reader.next_row(&mut problems);
        for problem in problems.drain(..) {
            // Line 1 is the header: a column we do not know is worth saying, and refuses no row.
            if problem.line == 1 && problem.column == "row" {
                return Err(Error::field("file", format!("no claim was found in this file: {}", problem.remedy)));
            }
            if problem.line == 1 {
                parsed.notes.push(format!("Column “{}”: {}.", problem.column, problem.remedy));
            } else {
                parsed.refuse(problem.line, problem.column, problem.value, problem.remedy);
            }
        }
        parsed.problems.truncate(MOST_PROBLEMS);
        let Some(row) = row else { break };
        parsed.settlements += u64::from(row.settlement.is_some());
        if !parsed.refused.contains(&row.line) {
            let protected = Protected { driver_age: row.protected.driver_age, gender: row.protected.gender };
            match entry::check(&row.facts, today) {
                None => {
                    let entry = Entry {
                        facts: row.facts,
                        protected,
                        reference: None,
                        claimant_reference: None,
                        medical_report: false,
                    };
                    parsed.good.push((row.line, entry));
                }
                Some((field, remedy)) => {
                    parsed.refuse(row.line, column(field).into(), String::new(), remedy.into());
                }
            }
        }
        if parsed.full() {
            break;
        }
    }
    if parsed.settlements > 0 {
        parsed.notes.push(format!(
            "SettlementValue was given in {} rows and is not taken over: a claim is settled by a person’s decision.",
            parsed.settlements
        ));
    }
    Ok(())
}

/// The data set's name of a field that is checked beyond its cell.
fn column(field: &str) -> &str {
    match field {
        "accident_date" => "Accident Date",
        "claim_date" => "Claim Date",
        "general_fixed" => "GeneralFixed",
        other => other,
    }
}

/// An array of claims with the API's field names. The line of a problem is the claim's place in it.
fn read_json(bytes: &[u8], today: NaiveDate, parsed: &mut Parsed) -> Result<()> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Claims { today, parsed: &mut *parsed }.deserialize(&mut deserializer);
    match read.and_then(|()| deserializer.end()) {
        Ok(()) => Ok(()),
        // It was ended here, and not by a fault of the file.
        Err(_) if parsed.full() => Ok(()),
        Err(error) if error.is_data() => {
            Err(Error::refused(ErrorKind::Invalid, "Give an array of claims: [ { … }, { … } ]."))
        }
        Err(error) => Err(Error::refused(
            ErrorKind::Invalid,
            format!("This is not valid JSON: {error}. Mend it there and upload it again."),
        )),
    }
}

/// Reads one claim after another, until there is one too many.
struct Claims<'a> {
    today: NaiveDate,
    parsed: &'a mut Parsed,
}

impl<'de> DeserializeSeed<'de> for Claims<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Claims<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of claims")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut claims: A) -> Result<(), A::Error> {
        let mut line = 0;
        while let Some(claim) = claims.next_element::<Document>()? {
            line += 1;
            match entry::from_document(&claim, self.today) {
                Ok(entry) => self.parsed.good.push((line, entry)),
                Err(errors) => {
                    for e in errors {
                        self.parsed.refuse(line, e.field.chars().take(60).collect(), claim.shown(&e.field), e.message);
                    }
                    self.parsed.problems.truncate(MOST_PROBLEMS);
                }
            }
            if self.parsed.full() {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks are kept: what a row says must be written as it was.
    #[test]
    fn a_row_is_written_the_same_in_every_version() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        let json = serde_json::json!({ "accident_type": "Rear end", "injury_prognosis_months": 6, "special_therapy_pence": 40_000 });
        let entry = entry::from_json(&json, today).unwrap();
        let text = told(&entry).unwrap();
        assert!(!text.contains("null"), "{text}");
        assert_eq!(
            text,
            r#"1 {"accident_type":"Rear end","heads":{"special_therapy":40000},"injury_prognosis_months":6} None None"#
        );
    }
}
