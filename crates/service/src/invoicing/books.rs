//! For the books and the tax office (stories 64, 67): documents for the accounting program, the working of output tax, periods
//! that are closed.

use std::fmt::Write as _;

use billing::accounting::{self, Exported, Target, Template};
use billing::document::DocumentKind;
use billing::vat::{self, Supply, Working};
use billing::{Cycle, Month, Span};
use chrono::{DateTime, Utc};
use contract::ErrorKind;
use contract::page::{Asks, File, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{CompanyId, ExportBatchId, ExportTemplateId, InvoiceId};
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::StoreError;
use store::books::{self, Batch, Closed};
use store::invoices::{self, Invoice, Line};
use store::{Handle, files as store_files};

use super::credit::groups;
use super::invoices::name_of;
use super::parties::{is_number, parties};
use crate::acts::{Done, Kind};
use crate::csv::harmless;
use crate::names::Names;
use crate::reports::parts::{filter, tile};
use crate::reports::{Cursor, Query};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files, id_from};

const PER_PAGE: u64 = 100;
/// Batches that are listed.
const LISTED: u64 = 200;

/// A document as the accounting program gets it: as it was issued.
async fn exported(ctx: &Ctx, invoice: &Invoice, lines: Vec<Line>) -> Result<Exported> {
    let parties = parties(ctx.store(), invoice).await?;
    let reference = match invoice.corrects {
        Some(original) => name_of(&invoices::find(ctx.store(), Reach::Operator, original).await?),
        None => invoice.po_number.clone(),
    };
    let on = invoice.tax_point.unwrap_or(invoice.period.last());
    Ok(Exported {
        kind: invoice.kind,
        number: invoice.number.clone().unwrap_or_default(),
        account: account_of(parties.customer.first().map_or("", String::as_str), invoice.company),
        customer: parties.customer.first().cloned().unwrap_or_default(),
        // An address may change; what went out once goes out again alike.
        email: String::new(),
        address: parties.customer.iter().skip(1).filter(|l| !is_number(l)).take(4).cloned().collect(),
        on,
        due: invoice.due_on.unwrap_or(on),
        reference,
        groups: groups(invoice, &lines)?,
        lines: lines
            .into_iter()
            .map(|l| accounting::Line {
                description: l.component.description,
                quantity: l.component.quantity,
                unit_price: l.component.unit_price,
                net: l.component.net,
                tax: l.tax,
            })
            .collect(),
    })
}

/// A client's account in the books: four letters of its name and four of its id, so that no two share one.
fn account_of(name: &str, company: CompanyId) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(4).collect();
    let id = company.to_string();
    format!("{letters}{}", &id[id.len() - 4..]).to_uppercase()
}

/// The file of documents as it is written at an instant, byte for byte the same whenever it is made.
async fn file(ctx: &Ctx, target: Target, documents: &[Invoice], at: DateTime<Utc>) -> Result<Vec<u8>> {
    let mut lines = invoices::lines_of(ctx.store(), documents).await?;
    let mut all = Vec::with_capacity(documents.len());
    for document in documents {
        all.push(exported(ctx, document, lines.remove(&document.id).unwrap_or_default()).await?);
    }
    let mut rows = accounting::rows(target, &all);
    if let Some(template) = books::template(ctx.store(), target, at).await? {
        rows = template.apply(target, rows);
    }
    // An amount that is negative is no formula.
    let cell = |cell: &String| if cell.parse::<f64>().is_ok() { cell.clone() } else { harmless(cell) };
    crate::csv::lines(rows.into_iter().map(|row| row.iter().map(cell).collect()))
}

/// Makes the next batch of what a program has not got.
pub static EXPORT: Kind = Kind {
    name: "books.export",
    needs: Some(Permission::CloseBooks),
    run: |ctx, entries| {
        Box::pin(async move {
            let target =
                Target::from_key(entries.text("target")).ok_or_else(|| Error::field("target", "choose the program"))?;
            let upto = entries.day("upto")?.unwrap_or_else(|| london_date(ctx.now));
            let documents = invoices::unexported(ctx.store(), target, upto, target.most() as u64).await?;
            if documents.is_empty() {
                return Err(Error::field("upto", format!("{} has everything up to this day", target.label())));
            }
            let bytes = file(ctx, target, &documents, ctx.now).await?;
            // Kept as it went out: however this version draws it, what was sent is sent again.
            let file = files::put(&ctx.app, ctx.caller.own_company()?, "accounting", &bytes).await?;
            let tx = ctx.begin().await?;
            store_files::name(&tx, &file, ctx.now).await?;
            let batch = Batch {
                id: ctx.id(),
                target,
                upto,
                documents: documents.len() as u32,
                hash: digest(&bytes),
                made_by: ctx.caller.actor.name(),
                made_at: ctx.now,
            };
            let ids: Vec<InvoiceId> = documents.iter().map(|d| d.id).collect();
            match books::export(&tx, &batch, &ids).await {
                Ok(()) => {}
                Err(StoreError::Conflict(_)) => {
                    let words = "Somebody else exported some of these at the same time: look at their batch.";
                    return Err(Error::refused(ErrorKind::Conflict, words));
                }
                Err(other) => return Err(other.into()),
            }
            let details = json!({ "target": target.key(), "documents": batch.documents, "hash": batch.hash });
            tx.commit(ctx.audit(ctx.caller.company, "books.exported", "batch", batch.id, details)).await?;
            Ok(Done::said(format!("A batch of {} documents is ready.", batch.documents)))
        })
    },
};

/// Sets how a program's file is written from now on. Batches that were made stay as they are.
pub static TEMPLATE: Kind = Kind {
    name: "books.template",
    needs: Some(Permission::CloseBooks),
    run: |ctx, entries| {
        Box::pin(async move {
            let target =
                Target::from_key(entries.text("target")).ok_or_else(|| Error::field("target", "choose the program"))?;
            let text = entries.needed("columns", 10_000, "write a line for each column")?;
            let template = Template::parse(target, &text).map_err(|e| Error::field("columns", e.to_string()))?;
            let tx = ctx.begin().await?;
            let id: ExportTemplateId = ctx.id();
            books::set_template(&tx, id, target, &template, (&ctx.caller.actor.name(), ctx.now)).await?;
            let details = json!({ "target": target.key(), "columns": template.columns.len() });
            tx.commit(ctx.audit(ctx.caller.company, "books.template_set", "template", id, details)).await?;
            Ok(Done::said(format!("Batches for {} are written so from now on.", target.label())))
        })
    },
};

/// A form for each program's columns.
async fn templates(ctx: &Ctx) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for target in Target::ALL {
        let set = books::template(ctx.store(), target, ctx.now).await?;
        let text = set.map_or_else(|| accounting::columns(target).join("\n"), |template| template.text());
        parts.push(Part::Form(Form {
            act: TEMPLATE.name.into(),
            id: format!("t-{}", target.key()),
            title: format!("Columns for {}", target.label()),
            lead: "A line a column: its heading, then = and a usual column, or = and a fixed text in quotation marks. A line with -> writes a word of a column otherwise, such as *AccountCode: 200 -> 4000.".into(),
            with: vec![("target".into(), target.key().into())],
            inputs: vec![Input::new("columns", "Columns", Asks::Words).value(text).required()],
            submit: "Save the columns".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(parts)
}

/// A batch as its file; the same bytes each time.
pub async fn download(ctx: &Ctx, id: &str) -> Result<File> {
    ctx.require(Permission::CloseBooks)?;
    let id: ExportBatchId = id_from(id.strip_suffix(".csv").unwrap_or(id))?;
    let batch = books::find(ctx.store(), id).await?;
    let ours = store::companies::operator(ctx.store()).await?.id;
    let bytes = match files::get(&ctx.app, ours, &batch.hash).await? {
        Some(bytes) => bytes,
        None => {
            let documents = invoices::of_ids(ctx.store(), &books::documents(ctx.store(), id).await?).await?;
            file(ctx, batch.target, &documents, batch.made_at).await?
        }
    };
    if digest(&bytes) != batch.hash {
        return Err(Error::internal(format!("the file of {id} is not the one that was made")));
    }
    let name = format!("solatium-{}-{}.csv", batch.target.key(), batch.upto);
    Ok(File::csv(name, bytes))
}

/// The page of batches.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let batches = books::batches(ctx.store(), LISTED).await?;
    let names = Names::of(ctx, batches.iter().map(|b| b.made_by.clone()).collect::<Vec<_>>()).await?;
    let columns = ["Batch", "Program", "Up to", "#Documents", "Made by", "SHA-256", "File"];
    let mut table = Table::new("Batches", &columns, "Nothing was exported yet.");
    for batch in batches {
        table.row(vec![
            Cell::Time(batch.made_at.into()),
            Cell::text(batch.target.label()),
            Cell::Date(batch.upto.into()),
            Cell::Number(batch.documents.into()),
            Cell::Text(names.actor(&batch.made_by)),
            Cell::Code(batch.hash.chars().take(12).collect()),
            Cell::link("Download", format!("/accounting/{}.csv", batch.id)),
        ]);
    }
    let today = london_date(ctx.now);
    let mut waiting = Vec::new();
    let mut files = Vec::new();
    for target in Target::ALL {
        let some = invoices::unexported(ctx.store(), target, today, target.most() as u64).await?;
        waiting.push(preview(ctx, target, &some).await?);
    }
    for batch in books::batches(ctx.store(), 10).await? {
        let upto = batch.upto.format("%-d %B %Y");
        let label = format!("Download {}: {} documents up to {upto}", batch.target.label(), batch.documents);
        files.push((label, format!("/accounting/{}.csv", batch.id)));
    }
    let mut preview_table =
        Table::new("Not exported yet", &["Program", "#Documents", "#Net", "#Our VAT", "#Its VAT less ours"], "");
    for row in waiting {
        preview_table.row(row);
    }
    let choices = Target::ALL.map(|t| (t.key().to_owned(), t.label().to_owned())).to_vec();
    let form = Form {
        act: EXPORT.name.into(),
        id: "x".into(),
        title: "Make the next batch".into(),
        lead: "Each document goes to a program once. A batch is downloaded again as often as it is needed, byte for byte the same.".into(),
        inputs: vec![
            Input::new("target", "Program", Asks::Choice(choices)).value(Target::Xero.key()).required(),
            Input::new("upto", "Documents up to", Asks::Date).value(today.to_string()).required(),
        ],
        submit: "Make the batch".into(),
        primary: true,
        ..Form::default()
    };
    let mut parts = vec![Part::Table(preview_table), Part::Form(form)];
    if !files.is_empty() {
        parts.push(Part::Files(files));
    }
    parts.push(Part::Table(table));
    parts.extend(templates(ctx).await?);
    Ok(Report { parts, ..Report::default() })
}

/// What waits for a program, with the pennies by which its line-by-line VAT differs.
async fn preview(ctx: &Ctx, target: Target, documents: &[Invoice]) -> Result<Vec<Cell>> {
    let (mut net, mut ours, mut apart) = (0, 0, 0);
    let lines = invoices::lines_of(ctx.store(), documents).await?;
    for document in documents {
        let sign = if document.kind.is_owed() { 1 } else { -1 };
        net += sign * document.totals.net.pence();
        ours += sign * document.totals.vat.pence();
        // Sage takes VAT as it is.
        if let Some(lines) = lines.get(&document.id).filter(|_| target != Target::Sage) {
            let theirs = lines.iter().map(|l| l.tax.rate.of(l.component.net)).collect::<Option<Vec<_>>>();
            let theirs = theirs.and_then(Money::sum).ok_or_else(|| Error::internal("an invoice is too large"))?;
            apart += sign * (theirs.pence() - document.totals.vat.pence());
        }
    }
    let pence = Money::from_pence;
    Ok(vec![
        Cell::text(target.label()),
        Cell::Number(documents.len() as i64),
        Cell::Money(pence(net)),
        Cell::Money(pence(ours)),
        Cell::Figure(pence(apart).signed()),
    ])
}

// The working of output tax.

pub(crate) fn vat_filters(ctx: &Ctx, query: &Query) -> Vec<Filter> {
    let mut quarter = Cycle::Quarterly.period(Month::at(ctx.now));
    let mut choices = Vec::new();
    for _ in 0..12 {
        choices.push((quarter.first.to_string(), quarter.words()));
        quarter = quarter.previous(Cycle::Quarterly);
    }
    let mut by = filter(query, "quarter", "Quarter", Asks::Choice(choices));
    if by.value.is_empty() {
        by.value = Cycle::Quarterly.period(Month::at(ctx.now)).first.to_string();
    }
    vec![by]
}

fn quarter(ctx: &Ctx, query: &Query) -> Result<Span> {
    let month = match query.text("quarter") {
        "" => Month::at(ctx.now),
        text => text.parse().map_err(|e| Error::field("quarter", e))?,
    };
    Ok(Cycle::Quarterly.period(month).span())
}

/// Every supply of a period, a page of the table at a time, with what it hashes to.
async fn working(handle: &impl Handle, period: Span) -> Result<(Working, u32, String)> {
    let (mut supplies, mut number, mut text) = (Vec::new(), 1, String::new());
    let mut count = 0;
    loop {
        let (some, _) = invoices::supplies(handle, (period.from, period.last()), number, PER_PAGE).await?;
        let last = (some.len() as u64) < PER_PAGE;
        for invoice in &some {
            count += 1;
            for group in of(handle, invoice).await? {
                let _ = writeln!(
                    text,
                    "{}|{}|{}|{}|{}",
                    name_of(invoice),
                    group.tax.category.key(),
                    group.tax.rate.basis_points(),
                    group.net.pence(),
                    group.vat.pence()
                );
                supplies.push(Supply { kind: invoice.kind, group });
            }
        }
        if last {
            break;
        }
        number += 1;
    }
    let working = vat::working(&supplies).map_err(|_| Error::internal("a period is too large"))?;
    Ok((working, count, digest(text.as_bytes())))
}

async fn of(handle: &impl Handle, invoice: &Invoice) -> Result<Vec<billing::TaxGroup>> {
    match invoice.totals.groups.is_empty() {
        false => Ok(invoice.totals.groups.clone()),
        true => groups(invoice, &invoices::lines(handle, invoice.id).await?),
    }
}

/// The page of a quarter's output tax.
pub(crate) async fn vat_page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let period = quarter(ctx, query)?;
    let (working, count, hash) = working(ctx.store(), period).await?;
    let all = books::closed(ctx.store()).await?;
    let closed = all.iter().find(|c| c.period == period);
    let number = query.page();
    let (table, total) = listed(ctx, period, number).await?;
    let mut groups = Table::new("By rate", &["Treatment", "#Rate", "#Net", "#VAT"], "No supply in this quarter.");
    for group in &working.groups {
        groups.row(vec![
            Cell::text(group.tax.category.label()),
            Cell::Figure(group.tax.rate.to_string()),
            Cell::Money(group.net),
            Cell::Money(group.vat),
        ]);
    }
    let mut parts = vec![Part::Tiles(vec![
        tile("Box 1", working.output_tax, "VAT due on sales", ""),
        tile("Box 6", domain::money::whole_pounds(working.sales.as_pounds()), "net sales, whole pounds", ""),
        tile("Supplies", i64::from(count), period.words(), ""),
    ])];
    match closed {
        Some(closed) if closed.hash == hash => {
            let words =
                format!("Closed on {}: nothing is booked into it any more.", domain::calendar::words(closed.at));
            parts.push(Part::Notice(Tone::Good, words));
        }
        Some(_) => parts
            .push(Part::Notice(Tone::Bad, "Closed, and its supplies are not those that it was closed with.".into())),
        None if period.until <= london_date(ctx.now) => parts.push(Part::Form(close_form(period))),
        None => parts.push(Part::Notice(Tone::Plain, "This quarter goes on.".into())),
    }
    parts.push(Part::Table(groups));
    parts.push(Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) }));
    parts.push(Part::Text(
        "A working of output tax and no return: input tax is not known here. Keep it for six years.".into(),
    ));
    Ok(Report { parts, ..Report::default() })
}

fn close_form(period: Span) -> Form {
    Form {
        act: CLOSE.name.into(),
        id: "q".into(),
        title: "Close this quarter".into(),
        lead: "Its figures are frozen; corrections are booked on the first open day. It cannot be opened again.".into(),
        with: vec![("quarter".into(), Month::of(period.from).to_string())],
        submit: "Close this quarter".into(),
        folded: true,
        ..Form::default()
    }
}

/// Closes a quarter that has ended.
pub static CLOSE: Kind = Kind {
    name: "books.close",
    needs: Some(Permission::CloseBooks),
    run: |ctx, entries| {
        Box::pin(async move {
            let month: Month = entries.text("quarter").parse().map_err(|e| Error::field("quarter", e))?;
            let period = Cycle::Quarterly.period(month).span();
            let refused = |words: &str| Err(Error::refused(ErrorKind::Conflict, words));
            if period.until > london_date(ctx.now) {
                return refused("This quarter has not ended.");
            }
            let tx = ctx.begin().await?;
            // Nothing is booked until it is closed.
            books::hold(&tx).await?;
            let all = books::closed(&tx).await?;
            if all.iter().any(|c| c.period.from > period.from) {
                return refused("A later quarter is closed already: this one is closed with it.");
            }
            let (working, supplies, hash) = working(&tx, period).await?;
            let closed = Closed {
                id: ctx.id(),
                period,
                output_tax: working.output_tax,
                sales: working.sales,
                supplies,
                hash,
                by: ctx.caller.actor.name(),
                at: ctx.now,
            };
            books::close(&tx, &closed)
                .await
                .map_err(|_| Error::refused(ErrorKind::Conflict, "This quarter is closed already."))?;
            let details = json!({ "period": period.words(), "output_tax": working.output_tax, "sales": working.sales });
            tx.commit(ctx.audit(ctx.caller.company, "books.closed", "period", closed.id, details)).await?;
            Ok(Done::said(format!("{} is closed.", period.words())))
        })
    },
};

async fn listed(ctx: &Ctx, period: Span, number: u64) -> Result<(Table, u64)> {
    let (all, total) = invoices::supplies(ctx.store(), (period.from, period.last()), number, PER_PAGE).await?;
    let names = Names::of(ctx, all.iter().map(|i| i.company.to_string()).collect::<Vec<_>>()).await?;
    let columns = ["Tax point", "Document", "Kind", "Company", "#Net", "#VAT", "Rates"];
    let mut table = Table::new("Supplies", &columns, "No supply in this quarter.");
    for invoice in all {
        let sign = if invoice.kind == DocumentKind::CreditNote { -1 } else { 1 };
        let rates: Vec<String> = of(ctx.store(), &invoice).await?.iter().map(|g| g.tax.rate.to_string()).collect();
        table.row(vec![
            invoice.tax_point.map_or(Cell::Empty, |d| Cell::Date(d.into())),
            Cell::link(name_of(&invoice), format!("/invoices/{}", invoice.id)),
            Cell::text(invoice.kind.label()),
            Cell::Text(names.company(invoice.company)),
            Cell::Money(Money::from_pence(sign * invoice.totals.net.pence())),
            Cell::Money(Money::from_pence(sign * invoice.totals.vat.pence())),
            Cell::Text(rates.join(", ")),
        ]);
    }
    Ok((table, total))
}

pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::CloseBooks)?;
    let number = Cursor::page(after);
    let (table, _) = listed(ctx, quarter(ctx, query)?, number).await?;
    let next = table.rows.len() as u64 == PER_PAGE;
    Ok((table, next.then_some(Cursor::Page(number + 1))))
}
