//! Claims from a CSV or JSON file (story 5): good rows are kept, bad ones are named with line,
//! column and remedy, and nothing is half-saved.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contract::ErrorKind;
use contract::claim::{ImportProblem, ImportReport, ImportedClaim};
use domain::ClaimFacts;
use domain::policy::Permission;
use serde_json::Value;
use store::claims::Protected;

use super::create;
use super::entry::{self, Entry};
use super::number;
use crate::{Ctx, Error, Result};

/// What a file says, before anything is saved.
#[derive(Default)]
struct Parsed {
    good: Vec<(u64, Entry)>,
    problems: Vec<ImportProblem>,
    refused: BTreeSet<u64>,
    notes: Vec<String>,
}

pub async fn import(ctx: &Ctx, file_name: &str, bytes: &[u8]) -> Result<ImportReport> {
    ctx.require_for_claims(Permission::WriteClaims)?;
    let json = file_name.to_lowercase().ends_with(".json") || bytes.trim_ascii_start().starts_with(b"[");
    let parsed = if json { read_json(ctx, bytes)? } else { read_csv(ctx, bytes)? };
    let limit = ctx.app.limits.import_rows;
    if parsed.good.len() > limit {
        return Err(Error::refused(
            ErrorKind::TooLarge,
            format!(
                "This file has {} claims; one file takes {limit}. Divide it and upload the parts.",
                parsed.good.len()
            ),
        ));
    }
    let saved = if parsed.good.is_empty() { Vec::new() } else { create::from_file(ctx, parsed.good).await? };
    Ok(ImportReport {
        file_name: file_name.chars().take(120).collect(),
        kept: saved
            .into_iter()
            .map(|(line, entered)| ImportedClaim {
                line,
                id: entered.claim.id,
                number: number(entered.claim.number),
                predicted: entered.prediction.map(|p| p.0.amount),
            })
            .collect(),
        problems: parsed.problems,
        refused: parsed.refused.len() as u64,
        notes: parsed.notes,
    })
}

fn read_csv(ctx: &Ctx, bytes: &[u8]) -> Result<Parsed> {
    if bytes.contains(&0) {
        return Err(Error::refused(
            ErrorKind::Invalid,
            "This is not a text file. Save the sheet as CSV (UTF-8) and upload that.",
        ));
    }
    let file = ml::data::parse_claims(bytes);
    let mut parsed = Parsed::default();
    for problem in file.problems {
        // Line 1 is the header: a column we do not know is worth saying, and refuses no row.
        if problem.line == 1 {
            parsed.notes.push(format!("Column “{}”: {}.", problem.column, problem.remedy));
            continue;
        }
        parsed.refused.insert(problem.line);
        parsed.problems.push(ImportProblem {
            line: problem.line,
            column: problem.column,
            value: problem.value,
            remedy: problem.remedy,
        });
    }
    let mut settlements = 0;
    for row in file.rows {
        settlements += usize::from(row.settlement.is_some());
        if parsed.refused.contains(&row.line) {
            continue;
        }
        let protected = Protected { driver_age: row.protected.driver_age, gender: row.protected.gender };
        match check(row.facts, create::today(ctx)) {
            Ok(facts) => {
                parsed.good.push((row.line, Entry { facts, protected, reference: None, medical_report: false }));
            }
            Err((column, remedy)) => {
                parsed.refused.insert(row.line);
                parsed.problems.push(ImportProblem { line: row.line, column, value: String::new(), remedy });
            }
        }
    }
    if settlements > 0 {
        parsed.notes.push(format!(
            "SettlementValue was given in {settlements} rows and is not taken over: a claim is settled by a person’s decision."
        ));
    }
    Ok(parsed)
}

/// What a row must have besides being readable.
fn check(facts: ClaimFacts, today: NaiveDate) -> Result<ClaimFacts, (String, String)> {
    if facts.heads.total().is_none_or(|t| t <= domain::Money::ZERO) {
        return Err(("GeneralFixed".into(), "give at least one head of loss more than 0".into()));
    }
    for (column, date) in [("Accident Date", facts.accident_date), ("Claim Date", facts.claim_date)] {
        if date.is_some_and(|d| d > today || d < today - chrono::Days::new(36_525)) {
            return Err((
                column.into(),
                "this date is in the future, or more than a hundred years ago: check it".into(),
            ));
        }
    }
    match (facts.accident_date, facts.claim_date) {
        (Some(accident), Some(claim)) if claim < accident => {
            Err(("Claim Date".into(), "the claim cannot have been made before the accident".into()))
        }
        _ => Ok(facts),
    }
}

/// An array of claims with the API's field names. The line of a problem is the claim's place in it.
fn read_json(ctx: &Ctx, bytes: &[u8]) -> Result<Parsed> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| {
        Error::refused(ErrorKind::Invalid, format!("This is not valid JSON: {e}. Mend it there and upload it again."))
    })?;
    let Some(claims) = value.as_array() else {
        return Err(Error::refused(ErrorKind::Invalid, "Give an array of claims: [ { … }, { … } ]."));
    };
    let mut parsed = Parsed::default();
    for (line, claim) in (1..).zip(claims) {
        match entry::from_json(claim, create::today(ctx)) {
            Ok(entry) => parsed.good.push((line, entry)),
            Err(errors) => {
                parsed.refused.insert(line);
                parsed.problems.extend(errors.into_iter().map(|e| ImportProblem {
                    line,
                    value: shown(&claim[&e.field]),
                    column: e.field,
                    remedy: e.message,
                }));
            }
        }
    }
    Ok(parsed)
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(60).collect()
}
