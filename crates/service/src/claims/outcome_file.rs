//! A file of outcomes from the insurer's claims system: good rows are recorded, bad ones are named with line, column and
//! remedy.

use std::collections::{BTreeMap, BTreeSet};

use contract::ErrorKind;
use domain::Money;
use domain::policy::Permission;
use store::claims::{self, Claim};

use super::import::{Imported, Kept, Problem};
use super::number;
use super::outcome::{self, Became, Put};
use crate::{Ctx, Error, Result, input};

/// The columns by which a file of outcomes is known, as their names are compared: without case, blanks and underscores.
const CLAIM: &str = "claim";
const AMOUNT: &str = "settledamount";
const SETTLED_ON: &str = "settledon";
const REFERENCE: &str = "reference";

/// Claims that are looked up at a time.
const PORTION: usize = 200;

fn plain(name: &str) -> String {
    name.trim_start_matches('\u{feff}').chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the first line names the columns of a file of outcomes.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(&line[..line.len().min(2_000)]) else { return false };
    let columns: Vec<String> = line.split(',').map(|c| plain(c.trim().trim_matches('"'))).collect();
    [CLAIM, AMOUNT, SETTLED_ON].iter().all(|wanted| columns.iter().any(|c| c == wanted))
}

/// A row as it was read.
struct Row {
    line: u64,
    claim: String,
    put: Put,
}

pub(super) async fn import(ctx: &Ctx, file_name: &str, bytes: Vec<u8>) -> Result<Imported> {
    ctx.require(Permission::WriteClaims)?;
    let limit = ctx.app.limits.import_rows;
    let (rows, mut problems) =
        tokio::task::spawn_blocking(move || read(&bytes, limit)).await.map_err(Error::internal)??;
    let (mut found, mut report) = (Vec::new(), Imported { outcomes: true, ..Imported::default() });
    for portion in rows.chunks(PORTION) {
        let (known, refused) = look_up(ctx, portion).await?;
        found.extend(known);
        problems.extend(refused);
    }
    let amounts: BTreeMap<u64, Money> = found.iter().map(|(line, _, put)| (*line, put.amount)).collect();
    for (line, claim, became) in outcome::many(ctx, found).await? {
        match became {
            Ok(Became::Known) => report.known += 1,
            Ok(Became::Recorded | Became::Corrected) => report.kept.push(Kept {
                line,
                id: claim.id,
                number: number(claim.number),
                predicted: amounts.get(&line).copied(),
            }),
            Err((field, remedy)) => {
                problems.push(Problem { line, column: column(&field).into(), value: String::new(), remedy });
            }
        }
    }
    if report.known > 0 {
        report.notes.push("Rows that say what is recorded already were left out.".into());
    }
    problems.sort_by_key(|p| p.line);
    report.file_name = file_name.chars().take(120).collect();
    report.refused = problems.iter().map(|p| p.line).collect::<BTreeSet<_>>().len() as u64;
    report.problems = problems;
    Ok(report)
}

/// The file's name of a field.
fn column(field: &str) -> &'static str {
    match field {
        "amount" => "Settled amount",
        "settled_on" => "Settled on",
        "reference" => "Reference",
        _ => "Claim",
    }
}

/// Columns that a file may have, those that nobody reads among them.
const COLUMNS: usize = 500;

fn read(bytes: &[u8], limit: usize) -> Result<(Vec<Row>, Vec<Problem>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let unreadable = |e: csv::Error| {
        Error::refused(ErrorKind::Invalid, format!("This file cannot be read: {e}. Save the sheet as CSV (UTF-8)."))
    };
    let header: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(plain).collect();
    if header.len() > COLUMNS {
        let words = format!("This file has more than {COLUMNS} columns: leave those of the outcomes.");
        return Err(Error::refused(ErrorKind::Invalid, words));
    }
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() + problems.len() >= limit {
            return Err(Error::refused(
                ErrorKind::TooLarge,
                format!("This file has more than {limit} rows, which one file takes. Divide it and upload the parts."),
            ));
        }
        match row(&header, &record, line) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((rows, problems))
}

fn row(header: &[String], record: &csv::StringRecord, line: u64) -> std::result::Result<Row, Problem> {
    let cell = |name: &str| header.iter().position(|c| c == name).and_then(|i| record.get(i)).unwrap_or_default();
    let wrong = |field: &str, value: &str, remedy: String| Problem {
        line,
        column: column(field).into(),
        value: value.chars().take(60).collect(),
        remedy,
    };
    let amount = cell(AMOUNT);
    let pounds = Money::parse_pounds(amount).map_err(|e| wrong("amount", amount, e.to_string()))?;
    let day = cell(SETTLED_ON);
    let settled_on = day_of(day).ok_or_else(|| {
        wrong("settled_on", day, "give a date as year-month-day or day/month/year, such as 2026-03-31".into())
    })?;
    let claim = cell(CLAIM);
    if claim.is_empty() {
        return Err(wrong("claim", "", "name the claim by its number, such as C-000123, or by your reference".into()));
    }
    let put = Put { amount: pounds, settled_on, reference: cell(REFERENCE).to_owned() };
    Ok(Row { line, claim: claim.to_owned(), put })
}

fn day_of(text: &str) -> Option<chrono::NaiveDate> {
    let british = || {
        let day = chrono::NaiveDate::parse_from_str(text, "%d/%m/%Y").ok()?;
        input::day("", &day.to_string()).ok().flatten()
    };
    input::day("", text).ok().flatten().or_else(british)
}

type Found = (Vec<(u64, Claim, Put)>, Vec<Problem>);

/// The claims that rows name, and a problem for each that names none, or several.
async fn look_up(ctx: &Ctx, rows: &[Row]) -> Result<Found> {
    let names: Vec<&str> = rows.iter().map(|row| row.claim.as_str()).collect();
    let company = ctx.caller.own_company()?;
    let found = claims::named(ctx.store(), company, &names).await?;
    let (mut known, mut problems) = (Vec::new(), Vec::new());
    for (row, mut claims) in rows.iter().zip(found) {
        let remedy = match claims.len() {
            1 => {
                known.extend(claims.pop().map(|claim| (row.line, claim, row.put.clone())));
                continue;
            }
            0 => "there is no claim of this number or reference: check it".to_owned(),
            n => format!("{n} claims have this reference: name it by its number, such as {}", number(claims[0].number)),
        };
        let value = row.claim.chars().take(60).collect();
        problems.push(Problem { line: row.line, column: column("claim").into(), value, remedy });
    }
    Ok((known, problems))
}

#[cfg(test)]
mod tests {
    use domain::calendar;

    use super::*;

    #[test]
    fn a_file_of_outcomes_is_known_by_its_columns() {
        assert!(is_one(b"Claim,Settled amount,Settled on\n"));
        assert!(is_one("\u{feff}claim,\"SETTLED_AMOUNT\", settled_on ,reference\r\nx".as_bytes()));
        assert!(!is_one(b"Accident Date,Injury_Prognosis,SettlementValue\n"));
        assert!(!is_one(b"[{\"claim\": 1}]"));
        assert!(!is_one(&[0xff, 0xfe, 0x00]));
    }

    #[test]
    fn rows_are_read_and_what_is_wrong_is_named() {
        let file = "Claim,Settled amount,Settled on,Reference\nC-000001,\"1,240.50\",2026-03-31,P-9\nC-2,lots,2026-03-31,\nC-3,5,31/03/2026,\n,5,2026-03-31,\nC-4,5,yesterday,\n";
        let (rows, problems) = read(file.as_bytes(), 100).unwrap();
        assert_eq!(rows.iter().map(|r| (r.line, r.put.amount.pence())).collect::<Vec<_>>(), [(2, 124_050), (4, 500)]);
        let day = calendar::midnight("2026-03-31".parse().unwrap());
        assert_eq!(calendar::midnight(rows[1].put.settled_on), day);
        let wrong: Vec<_> = problems.iter().map(|p| (p.line, p.column.as_str())).collect();
        assert_eq!(wrong, [(3, "Settled amount"), (5, "Claim"), (6, "Settled on")]);
        assert!(read(file.as_bytes(), 3).is_err());
    }
}
