//! The bank's file (story 59): lines are kept once, documents are suggested, a person posts each.

use std::collections::HashMap;
use std::io::Read;

use billing::matching::{Matcher, Open, Suggestion, folded_words, line_key};
use chrono::NaiveDate;
use contract::ErrorKind;
use contract::page::{Asks, Input, Part, Report, Tab, Upload};
use contract::table::{Cell, Page, RowAct, Table, Tone, grouped, pages};
use domain::Money;
use domain::calendar::london_date;
use domain::id::InvoiceId;
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::bank::{self, BankLine, State};
use store::invoices;

use super::payments::{Received, receive};
use super::{allocations, invoices as documents};
use crate::acts::{Done, Kind};
use crate::names::Names;
use crate::reports::{Cursor, Query};
use crate::{Ctx, Error, Result};

const PER_PAGE: u64 = 50;

/// Rows of a file at most: a year of a busy account.
const MOST_ROWS: usize = 50_000;
/// Problems after which a file is not read further.
const MOST_PROBLEMS: usize = 50;
const LONGEST: usize = 300;

/// The account of files that name none.
pub const MAIN: &str = "main";

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    pub new: u64,
    pub known: u64,
    /// Of the new ones: money in for which a document is suggested.
    pub matched: u64,
    /// Line and what to mend; nothing was kept where there is one.
    pub problems: Vec<Problem>,
}

impl Imported {
    pub fn words(&self) -> String {
        format!("{} new, {} known, {} matched", self.new, self.known, self.matched)
    }
}

struct Row {
    day: NaiveDate,
    description: String,
    amount: Money,
}

/// A line of the file, and what to mend in it.
type Problem = (u64, String);

/// Reads a file with the columns Date (dd/mm/yyyy), Description, Amount, in any order.
fn read(file: impl Read) -> Result<(Vec<Row>, Vec<Problem>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let unreadable =
        |_| Error::field("file", "this is no CSV file: export the account’s movements as CSV and send that");
    let headers = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| {
        let found = headers.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            Error::field("file", format!("the file has no column {name}: it needs Date, Description and Amount"))
        })
    };
    let (date, description, amount) = (column("Date")?, column("Description")?, column("Amount")?);
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for (line, record) in (2..).zip(reader.records()) {
        let Ok(record) = record else {
            problems.push((line, "the line cannot be read as CSV".to_owned()));
            break;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let of = |i: usize| record.get(i).unwrap_or_default();
        match row(of(date), of(description), of(amount)) {
            Ok(row) => rows.push(row),
            Err(words) => problems.push((line, words)),
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        if rows.len() > MOST_ROWS {
            return Err(Error::field(
                "file",
                format!("a file has at most {} rows: divide it", grouped(MOST_ROWS as u64)),
            ));
        }
    }
    Ok((rows, problems))
}

fn row(day: &str, description: &str, amount: &str) -> std::result::Result<Row, String> {
    let day =
        NaiveDate::parse_from_str(day, "%d/%m/%Y").map_err(|_| format!("Date “{}”: write 31/10/2026", short(day)))?;
    let amount = Money::parse_pounds(amount).map_err(|e| format!("Amount “{}”: {e}", short(amount)))?;
    if amount.pence().abs() > 100_000_000_000 {
        return Err(format!("Amount {amount} is more than a client pays: check it"));
    }
    let seen = |c: &char| !c.is_control();
    let description: String = description.chars().filter(seen).take(LONGEST).collect();
    if description.is_empty() {
        return Err("Description is empty".into());
    }
    Ok(Row { day, description, amount })
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(30).collect()
}

/// Keeps the lines of a file that are new. Nothing is kept where a line cannot be read, and nothing is posted.
pub async fn import(ctx: &Ctx, account: &str, file: impl Read) -> Result<Imported> {
    ctx.require(Permission::RecordPayments)?;
    if account.is_empty()
        || account.chars().count() > 40
        || !account.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    {
        return Err(Error::field("account", "name the account by letters, figures and hyphens, at most 40"));
    }
    let account = &account.to_ascii_lowercase();
    let (rows, problems) = read(file)?;
    if !problems.is_empty() {
        return Ok(Imported { problems, ..Imported::default() });
    }
    let mut nth: HashMap<(NaiveDate, String, Money), u32> = HashMap::new();
    let lines: Vec<BankLine> = rows
        .into_iter()
        .map(|row| {
            // Counted as lines are told apart: whatever blanks a program puts between words.
            let n = nth.entry((row.day, folded_words(&row.description), row.amount)).or_default();
            *n += 1;
            BankLine {
                id: ctx.id(),
                account: account.clone(),
                key: line_key(account, row.day, &row.description, row.amount, *n),
                day: row.day,
                description: row.description,
                amount: row.amount,
                state: State::Open,
                payment: None,
                imported_by: ctx.caller.actor.name(),
                imported_at: ctx.now,
            }
        })
        .collect();
    let matcher = matcher(ctx).await?;
    let tx = ctx.begin().await?;
    let fresh = bank::keep(&tx, &lines).await?;
    let matches =
        |line: &&BankLine| line.amount > Money::ZERO && !matcher.suggest(&line.description, line.amount).is_empty();
    let matched = lines.iter().filter(|line| fresh.contains(&line.id)).filter(matches).count();
    let imported = Imported {
        new: fresh.len() as u64,
        known: lines.len() as u64 - fresh.len() as u64,
        matched: matched as u64,
        problems: Vec::new(),
    };
    let details = json!({ "account": account, "new": imported.new, "known": imported.known });
    tx.commit(ctx.audit(ctx.caller.company, "bank.imported", "bank", account, details)).await?;
    Ok(imported)
}

/// Everything that is owed, to be found by number and amount.
async fn matcher(ctx: &Ctx) -> Result<Matcher<InvoiceId>> {
    let owed = invoices::owed(ctx.store(), ctx.caller.reach).await?;
    let names = Names::of(ctx, owed.iter().map(|o| o.1.to_string()).collect::<Vec<_>>()).await?;
    let open = owed.into_iter().map(|(id, company, number, open, due)| Open {
        id,
        number,
        payer: names.company(company),
        open,
        due,
    });
    Ok(Matcher::new(open.collect()))
}

/// Posts a line as the payment of a document.
pub static POST: Kind = Kind {
    name: "bank.post",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let line = bank::find(&tx, entries.id("id")?).await?;
            let document = match entries.text("number") {
                "" => invoices::find(&tx, Reach::Operator, entries.id("document")?).await?,
                number => invoices::by_number(&tx, Reach::Operator, number)
                    .await
                    .map_err(|_| Error::field("number", "no document has this number"))?,
            };
            invoices::hold(&tx, document.id).await?;
            let document = invoices::find(&tx, Reach::Operator, document.id).await?;
            if line.amount <= Money::ZERO {
                return Err(Error::refused(ErrorKind::Conflict, "Money that went out pays no invoice."));
            }
            if document.number.is_none() || !document.kind.is_owed() {
                return Err(Error::refused(ErrorKind::Conflict, "Only an issued invoice can be paid."));
            }
            let reference = short_reference(&line.description);
            let money = Received {
                company: document.company,
                on: line.day.min(london_date(ctx.now)),
                amount: line.amount,
                method: "transfer",
                reference: &reference,
                source: format!("bank:{}", line.id),
            };
            let payment = receive(ctx, &tx, money).await?;
            bank::close(&tx, line.id, State::Posted, Some(payment.id)).await?;
            let taken = allocations::spread(ctx, &tx, &payment, std::slice::from_ref(&document)).await?;
            let used = taken.first().map_or(Money::ZERO, |t| t.1);
            let details = json!({ "number": document.number, "amount": line.amount, "allocated": used });
            tx.commit(ctx.audit(Some(document.company), "payment.recorded", "payment", payment.id, details)).await?;
            let left = Money::from_pence(line.amount.pence() - used.pence());
            let words = format!("{} posted to {}", line.amount, documents::name_of(&document));
            Ok(Done::said(match left {
                Money::ZERO => format!("{words}."),
                left => format!("{words}; {left} of it stands on account."),
            }))
        })
    },
};

fn short_reference(description: &str) -> String {
    description.chars().take(80).collect()
}

/// Says that a line is none of a client's.
pub static IGNORE: Kind = Kind {
    name: "bank.ignore",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let tx = ctx.begin().await?;
            let line = bank::find(&tx, entries.id("id")?).await?;
            bank::close(&tx, line.id, State::Ignored, None).await?;
            let details = json!({ "amount": line.amount });
            tx.commit(ctx.audit(ctx.caller.company, "bank.ignored", "bank_line", line.id, details)).await?;
            Ok(Done::said("Set aside."))
        })
    },
};

/// The page: what waits, with what it may pay.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let state = State::from_key(query.text("state")).unwrap_or(State::Open);
    let number = query.page();
    let (table, total) = listed(ctx, state, number).await?;
    let tabs = [(State::Open, "To post"), (State::Posted, "Posted"), (State::Ignored, "Set aside")]
        .map(|(of, label)| Tab { label: label.into(), href: format!("/bank?state={}", of.key()), shown: of == state });
    let upload = Upload {
        to: "bank".into(),
        label: "The account’s CSV file".into(),
        hint: "With the columns Date (dd/mm/yyyy), Description and Amount. A line that is there already is left out, whatever file brings it again; nothing is posted by itself.".into(),
        accept: ".csv,text/csv".into(),
        inputs: vec![Input::new("account", "Account", Asks::Text).value(MAIN)],
        submit: "Upload".into(),
    };
    let list = Page { table, total, page: number, pages: pages(total, PER_PAGE) };
    let parts = vec![Part::Upload(upload), Part::Tabs("Lines by standing".into(), tabs.to_vec()), Part::List(list)];
    Ok(Report { parts, actions: vec![("Payments".into(), "/payments".into())], ..Report::default() })
}

pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::RecordPayments)?;
    let state = State::from_key(query.text("state")).unwrap_or(State::Open);
    let number = Cursor::page(after);
    let (table, _) = listed(ctx, state, number).await?;
    let next = table.rows.len() as u64 == PER_PAGE;
    Ok((table, next.then_some(Cursor::Page(number + 1))))
}

async fn listed(ctx: &Ctx, state: State, number: u64) -> Result<(Table, u64)> {
    let (lines, total) = bank::page(ctx.store(), state, number, PER_PAGE).await?;
    let columns = ["Date", "Description", "#Amount", "Account", "May pay", "Why", "Act"];
    let empty = if state == State::Open { "Nothing waits to be posted." } else { "No line stands so." };
    let mut table = Table::new("Bank lines", &columns, empty);
    let open = state == State::Open && !lines.is_empty();
    let matcher = if open { Some(matcher(ctx).await?) } else { None };
    for line in lines {
        let found = matcher.as_ref().filter(|_| line.amount > Money::ZERO);
        let best = found.and_then(|m| m.suggest(&line.description, line.amount).into_iter().next());
        table.row(row_of(&line, state, best.as_ref()));
    }
    Ok((table, total))
}

fn row_of(line: &BankLine, state: State, best: Option<&Suggestion<'_, InvoiceId>>) -> Vec<Cell> {
    let mut acts = Vec::new();
    let id = || ("id".to_owned(), line.id.to_string());
    let act = |act: &Kind, with: Vec<(String, String)>, label: &str| RowAct {
        act: act.name.into(),
        with,
        label: label.into(),
        about: line.description.clone(),
    };
    let (mut pays, mut why) = (Cell::Empty, Cell::Empty);
    if let Some(best) = best {
        let document = best.document;
        pays = Cell::link(format!("{} {}", document.number, document.payer), format!("/invoices/{}", document.id));
        why = Cell::text(best.reason.words());
        acts.push(act(&POST, vec![id(), ("document".into(), document.id.to_string())], "Post"));
    }
    if state == State::Open {
        acts.push(act(&IGNORE, vec![id()], "Set aside"));
    }
    if let Some(payment) = line.payment {
        pays = Cell::link("Payment", format!("/payments/{payment}"));
    }
    vec![
        Cell::Date(line.day.into()),
        Cell::text(&line.description),
        Cell::Money(line.amount),
        Cell::text(&line.account),
        pays,
        why,
        Cell::Acts(acts),
    ]
}

/// What became of an uploaded file, as parts of the page.
pub fn told(imported: &Imported) -> Vec<Part> {
    if imported.problems.is_empty() {
        let words = format!("{}. Load the page again to post them.", imported.words());
        return vec![Part::Notice(Tone::Good, words), Part::Links(vec![("See what waits".into(), "/bank".into())])];
    }
    let mut table = Table::new("Lines to mend", &["#Line", "What to mend"], "");
    for (line, words) in &imported.problems {
        table.row(vec![Cell::Number(*line as i64), Cell::text(words)]);
    }
    vec![
        Part::Notice(Tone::Bad, "Nothing was kept: mend these lines and upload the file again.".into()),
        Part::Table(table),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_file_is_read_and_its_slips_are_named() {
        let good = "\u{feff}Description,Date,Amount,Balance\nHARBOUR SOL-000042,31/10/2026,\"1,200.00\",9\n\nCARD FEE,01/11/2026,-12.5,8\n";
        let (rows, problems) = read(good.as_bytes()).unwrap();
        assert_eq!((rows.len(), problems.len()), (2, 0));
        assert_eq!((rows[0].amount, rows[1].amount), (Money::from_pounds(1_200), Money::from_pence(-1_250)));
        let bad = "Date,Description,Amount\n2026-10-31,A,1\n31/10/2026,,1\n31/10/2026,A,one\n";
        let (_, problems) = read(bad.as_bytes()).unwrap();
        assert_eq!(problems.iter().map(|p| p.0).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(read("When,Amount\n".as_bytes()).is_err());
    }
}
