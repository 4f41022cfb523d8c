//! The list of documents and the page of one (stories 56, 57, 59, 61).

use billing::document::{self, DocumentKind, Step};
use billing::settlement::{self, Standing};
use billing::{Month, Period};
use contract::ErrorKind;
use contract::billing::{InvoiceLineView, InvoiceView};
use contract::page::{Asks, Filter, Form, Input, Part, Report, Tab};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::calendar::london_date;
use domain::policy::Permission;
use serde_json::json;
use store::invoices::{self, Invoice, Line, Stands, Wanted};
use store::{companies, usage};

use super::parties::parties;
use super::{credit, dunning, late, manual, payments, provider, review, sending};
use crate::acts::{Done, Kind};
use crate::error::sentence;
use crate::names::Names;
use crate::reports::parts::{any, filter};
use crate::reports::{Cursor, Query};
use crate::{Ctx, Error, Result, id_from, jobs};

const PER_PAGE: u64 = 50;

/// Orders a month's drafts.
pub static GENERATE: Kind = Kind {
    name: "invoice.generate",
    needs: Some(Permission::PrepareInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            super::drafts::generate(ctx, entries.text("month")).await?;
            Ok(Done::said("The drafts are ordered."))
        })
    },
};

/// Which documents an address asks for.
fn wanted(ctx: &Ctx, query: &Query) -> Result<Wanted> {
    let standing = match query.text("standing") {
        "at-work" => Some(Stands::AtWork),
        "open" => Some(Stands::Open),
        "overdue" => Some(Stands::Overdue(london_date(ctx.now))),
        "settled" => Some(Stands::Settled),
        "credits" => Some(Stands::CreditNotes),
        _ => None,
    };
    let company = match query.text("company") {
        "" => None,
        id => Some(id_from(id)?),
    };
    let served = match query.text("month") {
        "" => None,
        text => Some(text.parse::<Month>().map_err(|e| Error::field("month", e))?),
    };
    let issued = (query.day("from")?, query.day("to")?);
    Ok(Wanted { issued_only: !ctx.caller.holds(Permission::PrepareInvoices), company, standing, issued, served })
}

pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    if !ctx.caller.holds(Permission::PrepareInvoices) {
        return Ok(Vec::new());
    }
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let choices = all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name));
    let months = super::used_months(ctx).await?.into_iter().map(|m| (m.to_string(), m.words()));
    Ok(vec![
        any(query, "company", "Company", choices),
        filter(query, "from", "Issued from", Asks::Date),
        filter(query, "to", "Issued until", Asks::Date),
        any(query, "month", "For the service of", months),
    ])
}

/// The page of the list.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let prepares = ctx.caller.holds(Permission::PrepareInvoices);
    let wanted = wanted(ctx, query)?;
    let number = query.page();
    let (all, total) = invoices::page(ctx.store(), ctx.caller.reach, &wanted, number, PER_PAGE).await?;
    let mut parts = Vec::new();
    let mut again = None;
    if prepares {
        parts.push(Part::Form(generate_form(ctx).await?));
        parts.push(Part::Form(manual::form(ctx).await?));
        if let Some(month) = jobs::invoice_draft::newest(ctx).await? {
            let drafting = super::drafts::of_month(ctx, month).await?;
            again = (drafting.under_way > 0).then_some(1);
            parts.extend(drafting_words(&drafting.month, drafting.under_way, &drafting.failed));
        }
    }
    parts.push(Part::Tabs("Invoices by standing".into(), tabs(query, prepares)));
    let all = all.into_iter().map(|invoice| as_seen(ctx, invoice)).collect();
    let list = Page { table: table(ctx, all).await?, total, page: number, pages: pages(total, PER_PAGE) };
    parts.push(Part::List(list));
    Ok(Report { parts, again, ..Report::default() })
}

/// More rows of the list, for a download.
pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    ctx.require(Permission::ReadInvoices)?;
    let number = Cursor::page(after);
    let (all, _) = invoices::page(ctx.store(), ctx.caller.reach, &wanted(ctx, query)?, number, PER_PAGE).await?;
    let next = (all.len() as u64 == PER_PAGE).then_some(Cursor::Page(number + 1));
    let all = all.into_iter().map(|invoice| as_seen(ctx, invoice)).collect();
    Ok((table(ctx, all).await?, next))
}

fn tabs(query: &Query, prepares: bool) -> Vec<Tab> {
    let kinds = [
        ("", "All"),
        ("at-work", "Before issue"),
        ("open", "Open"),
        ("overdue", "Overdue"),
        ("settled", "Settled"),
        ("credits", "Credit notes"),
    ];
    let company = match query.text("company") {
        "" => String::new(),
        id => format!("&company={id}"),
    };
    kinds
        .into_iter()
        .filter(|(key, _)| prepares || *key != "at-work")
        .map(|(key, label)| Tab {
            label: label.into(),
            href: format!("/invoices?standing={key}{company}"),
            shown: query.text("standing") == key,
        })
        .collect()
}

async fn generate_form(ctx: &Ctx) -> Result<Form> {
    let mut months = super::used_months(ctx).await?;
    months.remove(0);
    let choices: Vec<_> = months.iter().map(|m| (m.to_string(), m.words())).collect();
    let month = Input::new("month", "Month", Asks::Choice(choices.clone()))
        .value(choices.first().map(|c| c.0.clone()).unwrap_or_default())
        .hint("Every period that has ended by then and has no invoice is drafted; quarters join in their last month.")
        .required();
    Ok(Form {
        act: GENERATE.name.into(),
        id: "g".into(),
        title: "Generate a month’s drafts".into(),
        inputs: vec![month],
        submit: "Generate drafts".into(),
        ..Form::default()
    })
}

/// What became of the drafts that were ordered last.
fn drafting_words(month: &str, under_way: u64, failed: &[(String, String)]) -> Vec<Part> {
    let mut parts = Vec::new();
    if under_way > 0 {
        let s = if under_way == 1 { "y" } else { "ies" };
        parts
            .push(Part::Notice(Tone::Plain, format!("Drafts of {month} are being made: {under_way} compan{s} to go.")));
    }
    for (company, why) in failed {
        parts.push(Part::Notice(Tone::Bad, format!("{company}: {why}")));
    }
    parts
}

pub(crate) async fn table(ctx: &Ctx, all: Vec<Invoice>) -> Result<Table> {
    let names = Names::of(ctx, all.iter().map(|i| i.company.to_string()).collect::<Vec<_>>()).await?;
    let mut table = Table::new(
        "Invoices",
        &["Invoice", "Company", "Period", "#Net", "#VAT", "#Gross", "#Open", "Due", "Standing"],
        "No document stands so.",
    );
    for invoice in all {
        let owed = invoice.kind.is_owed();
        table.row(vec![
            Cell::link(name_of(&invoice), format!("/invoices/{}", invoice.id)),
            Cell::Text(names.company(invoice.company)),
            Cell::Text(period_words(&invoice)),
            Cell::Money(invoice.totals.net),
            Cell::Money(invoice.totals.vat),
            Cell::Money(invoice.totals.gross),
            if invoice.number.is_some() && owed { Cell::Money(invoice.open) } else { Cell::Empty },
            invoice.due_on.filter(|_| owed).map_or(Cell::Empty, |d| Cell::Date(d.into())),
            standing(ctx, &invoice),
        ]);
    }
    Ok(table)
}

/// Its number, or what it is before it has one.
pub(crate) fn name_of(invoice: &Invoice) -> String {
    match (&invoice.number, invoice.kind) {
        (Some(number), _) => number.clone(),
        (None, DocumentKind::Periodic | DocumentKind::Manual) => "Draft".into(),
        (None, DocumentKind::CreditNote) => "Draft credit note".into(),
        (None, DocumentKind::LateCharge) => "Draft late charge".into(),
    }
}

/// What it is about: the months, or the days.
pub(crate) fn period_words(invoice: &Invoice) -> String {
    match invoice.kind {
        DocumentKind::Periodic => super::period_of(invoice).words(),
        DocumentKind::Manual | DocumentKind::CreditNote | DocumentKind::LateCharge => invoice.period.words(),
    }
}

/// How a document stands today.
pub(crate) fn standing(ctx: &Ctx, invoice: &Invoice) -> Cell {
    let (words, tone) = match invoice.status {
        document::Status::Draft if invoice.rejected_by.is_some() => ("Sent back", Tone::Bad),
        document::Status::Draft => ("Draft", Tone::Plain),
        document::Status::InReview => ("In review", Tone::Notice),
        document::Status::Approved => ("Approved", Tone::Notice),
        document::Status::Issued if !invoice.kind.is_owed() => ("Issued", Tone::Good),
        document::Status::Issued if invoice.disputed_at.is_some() && invoice.open > domain::Money::ZERO => {
            ("Disputed", Tone::Notice)
        }
        document::Status::Issued => {
            let stands =
                settlement::standing(invoice.totals.gross, invoice.against, invoice.due_on, london_date(ctx.now));
            let tone = match stands {
                Standing::Overdue => Tone::Bad,
                Standing::Open | Standing::PartPaid => Tone::Notice,
                Standing::Paid => Tone::Good,
                Standing::Credited | Standing::WrittenOff => Tone::Plain,
            };
            (stands.label(), tone)
        }
    };
    Cell::Badge(words.into(), tone)
}

pub(crate) fn period_of(invoice: &Invoice) -> Period {
    Period { first: Month::of(invoice.period.from), last: Month::of(invoice.period.last()) }
}

/// As whoever asks may see it: that a debt is given up is our own affair, to the client it is owed.
pub(crate) fn as_seen(ctx: &Ctx, mut invoice: Invoice) -> Invoice {
    if invoice.against.written_off > domain::Money::ZERO && !ctx.caller.holds(Permission::PrepareInvoices) {
        invoice.open = invoice.open.checked_add(invoice.against.written_off).unwrap_or(invoice.open);
        invoice.against.written_off = domain::Money::ZERO;
        invoice.settled_on = None;
    }
    invoice
}

/// A document within reach; drafts only for those who prepare or approve them.
pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<Invoice> {
    let invoice = invoices::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    if invoice.number.is_none() && !ctx.caller.holds(Permission::PrepareInvoices) {
        return Err(store::StoreError::NotFound.into());
    }
    Ok(as_seen(ctx, invoice))
}

pub async fn view(ctx: &Ctx, id: &str) -> Result<InvoiceView> {
    ctx.require(Permission::ReadInvoices)?;
    let invoice = find(ctx, id).await?;
    let people = [
        Some(&invoice.prepared_by),
        invoice.submitted_by.as_ref(),
        invoice.approved_by.as_ref(),
        invoice.rejected_by.as_ref(),
    ];
    let names = Names::of(ctx, people.into_iter().flatten().cloned().collect::<Vec<_>>()).await?;
    let parties = parties(ctx.store(), &invoice).await?;
    let lines = invoices::lines(ctx.store(), invoice.id).await?;
    let original = match invoice.corrects {
        Some(id) => Some(invoices::find(ctx.store(), ctx.caller.reach, id).await?),
        None => None,
    };
    let may = |needs, step| ctx.caller.holds(needs) && document::step(invoice.status, step).is_ok();
    let me = ctx.caller.actor.name();
    let own = document::may_approve(&invoice.prepared_by, invoice.submitted_by.as_deref(), &me).is_err();
    let (status_label, status_tone) = match standing(ctx, &invoice) {
        Cell::Badge(words, tone) => (words, tone),
        _ => (invoice.status.label().into(), Tone::Plain),
    };
    let mut flags = review::flags(ctx, &invoice, &lines).await?;
    if let Some(by) = &invoice.rejected_by {
        flags.insert(0, format!("Sent back by {}: {}", names.actor(by), invoice.rejection));
    }
    if invoice.disputed_at.is_some() && !invoice.dispute.is_empty() {
        flags.push(format!("Disputed: {}", invoice.dispute));
    }
    if own && may(Permission::ApproveInvoices, Step::Approve) {
        flags.push("You prepared this: a colleague approves it.".into());
    }
    Ok(InvoiceView {
        id: invoice.id,
        company_id: invoice.company,
        kind: invoice.kind.label().into(),
        number: invoice.number.clone(),
        status: invoice.status.key().into(),
        status_label,
        status_tone,
        period_words: period_words(&invoice),
        period_from: invoice.period.from.into(),
        period_to: invoice.period.last().into(),
        issued_on: invoice.issued_on.map(Into::into),
        due_on: invoice.due_on.filter(|_| invoice.kind.is_owed()).map(Into::into),
        settled_on: invoice.settled_on.filter(|_| invoice.kind.is_owed()).map(Into::into),
        corrects: original.map(|o| (name_of(&o), format!("/invoices/{}", o.id))),
        reason: invoice.reason.clone(),
        po_number: invoice.po_number.clone(),
        net: invoice.totals.net,
        vat: invoice.totals.vat,
        gross: invoice.totals.gross,
        open: (invoice.number.is_some() && invoice.kind.is_owed()).then_some(invoice.open),
        prepared_by: names.actor(&invoice.prepared_by),
        prepared_at: invoice.prepared_at.into(),
        approved_by: invoice.approved_by.as_deref().map(|a| names.actor(a)),
        may_submit: may(Permission::PrepareInvoices, Step::Submit),
        may_approve: may(Permission::ApproveInvoices, Step::Approve) && !own,
        may_issue: may(Permission::PrepareInvoices, Step::Issue),
        may_discard: may(Permission::PrepareInvoices, Step::Discard),
        parts: parts(ctx, &invoice, &lines).await?,
        supplier: parties.supplier,
        customer: parties.customer,
        lines: lines.into_iter().map(line_view).collect(),
        flags,
    })
}

/// What is below the sheet: what was paid and credited, and what may be done.
async fn parts(ctx: &Ctx, invoice: &Invoice, lines: &[Line]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    if document::step(invoice.status, Step::Reject).is_ok() && ctx.caller.holds(Permission::ApproveInvoices) {
        parts.push(Part::Form(reject_form(invoice)));
    }
    if invoice.number.is_none() {
        return Ok(parts);
    }
    parts.extend(provider::part(ctx, invoice).await?);
    parts.extend(payments::of_document(ctx, invoice).await?);
    parts.extend(sending::parts(ctx, invoice).await?);
    parts.extend(dunning::of_document(ctx, invoice).await?);
    parts.extend(late::parts(ctx, invoice).await?);
    if invoice.kind.is_owed() {
        parts.extend(payments::forms(ctx, invoice).await?);
        parts.extend(credit::forms(ctx, invoice, lines).await?);
    }
    Ok(parts)
}

fn reject_form(invoice: &Invoice) -> Form {
    Form {
        act: review::REJECT.name.into(),
        id: "r".into(),
        title: "Send it back".into(),
        with: vec![("id".into(), invoice.id.to_string())],
        inputs: vec![Input::new("reason", "What is to be mended", Asks::Words).required()],
        submit: "Send it back".into(),
        folded: true,
        ..Form::default()
    }
}

fn line_view(line: Line) -> InvoiceLineView {
    InvoiceLineView {
        kind: line.component.kind.label().into(),
        // Not twice where the description has them.
        days: Some(line.component.span.words())
            .filter(|days| !line.component.description.contains(days.as_str()))
            .unwrap_or_default(),
        description: line.component.description,
        quantity: line.component.quantity,
        unit_price: line.component.unit_price.to_string(),
        net: line.component.net,
        tax_rate: line.tax.rate.to_string(),
        explanation: line.component.steps,
    }
}

pub(super) fn refusal(error: document::StepError) -> Error {
    Error::refused(ErrorKind::Conflict, sentence(&error.to_string()))
}

/// Throws a draft away; its usage can be invoiced again.
pub async fn discard(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require(Permission::PrepareInvoices)?;
    let invoice = find(ctx, id).await?;
    document::step(invoice.status, Step::Discard).map_err(refusal)?;
    let tx = ctx.begin().await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    invoices::discard(&tx, invoice.id).await?;
    usage::release_lines(&tx, &lines.iter().map(|l| l.id).collect::<Vec<_>>()).await?;
    let details = json!({ "period": period_words(&invoice), "net": invoice.totals.net });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.discarded", "invoice", invoice.id, details)).await?;
    Ok(())
}
