//! From usage to draft to issued invoice (stories 56, 57), and that it was paid.

use billing::invoice::{self, InvoiceStatus, Step};
use billing::{Period, journal};
use contract::ErrorKind;
use contract::billing::{InvoiceLineView, InvoiceView, InvoicesView};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::calendar::london_date;
use domain::id::{CompanyId, InvoiceId, JournalId};
use domain::policy::Permission;
use serde_json::json;
use store::invoices::{self, Invoice, Issue, Line};
use store::journal::Booking;
use store::{Tx, companies, terms, usage};

use super::parties::parties;
use super::pdf;
use crate::error::sentence;
use crate::names::Names;
use crate::secret::digest;
use crate::{Ctx, Error, Result, id_from, jobs};

const PER_PAGE: u64 = 50;

pub async fn list(ctx: &Ctx, number: u64) -> Result<InvoicesView> {
    ctx.require(Permission::ReadInvoices)?;
    let manages = ctx.caller.holds(Permission::ManageInvoices);
    let number = crate::input::page(number);
    let (all, total) = invoices::page(ctx.store(), ctx.caller.reach, !manages, number, PER_PAGE).await?;
    let names = Names::of(ctx, all.iter().map(|i| i.company.to_string())).await?;
    let mut table = Table::new(
        "Invoices",
        &["Invoice", "Company", "Period", "#Net", "#VAT", "#Gross", "Due", "Standing"],
        if manages {
            "No invoice yet. Generate a month’s drafts from its usage."
        } else {
            "No invoice has been issued yet."
        },
    );
    for invoice in all {
        let name = invoice.number.clone().unwrap_or_else(|| "Draft".into());
        table.row(vec![
            Cell::link(name, format!("/invoices/{}", invoice.id)),
            Cell::Text(names.company(invoice.company)),
            Cell::Text(period_of(&invoice).words()),
            Cell::Money(invoice.net),
            Cell::Money(invoice.vat),
            Cell::Money(invoice.gross),
            invoice.due_on.map_or(Cell::Empty, |d| Cell::Date(d.into())),
            standing(ctx, &invoice),
        ]);
    }
    let mut months = super::used_months(ctx).await?;
    months.remove(0);
    let drafting = match manages {
        true => match jobs::invoice_draft::newest(ctx).await? {
            Some(month) => Some(super::drafts::of_month(ctx, month).await?),
            None => None,
        },
        false => None,
    };
    let list = Page { table, total, page: number, pages: pages(total, PER_PAGE) };
    Ok(InvoicesView {
        drafting,
        list,
        months: months.iter().map(|m| (m.to_string(), m.words())).collect(),
        may_manage: manages,
    })
}

/// How an invoice stands today.
pub(crate) fn standing(ctx: &Ctx, invoice: &Invoice) -> Cell {
    let today = london_date(ctx.now);
    let (words, tone) = match invoice.status {
        InvoiceStatus::Issued if invoice.due_on.is_some_and(|d| d < today) => ("Overdue", Tone::Bad),
        InvoiceStatus::Draft => ("Draft", Tone::Plain),
        InvoiceStatus::Approved => ("Approved", Tone::Notice),
        InvoiceStatus::Issued => ("Issued", Tone::Notice),
        InvoiceStatus::Paid => ("Paid", Tone::Good),
    };
    Cell::Badge(words.into(), tone)
}

pub(super) fn period_of(invoice: &Invoice) -> Period {
    Period::between(invoice.period_from, invoice.period_until)
}

/// An invoice within reach; drafts only for those who manage invoices.
pub(super) async fn find(ctx: &Ctx, id: &str) -> Result<Invoice> {
    let invoice = invoices::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    if invoice.number.is_none() && !ctx.caller.holds(Permission::ManageInvoices) {
        return Err(store::StoreError::NotFound.into());
    }
    Ok(invoice)
}

pub async fn view(ctx: &Ctx, id: &str) -> Result<InvoiceView> {
    ctx.require(Permission::ReadInvoices)?;
    let invoice = find(ctx, id).await?;
    let names =
        Names::of(ctx, [Some(invoice.prepared_by.clone()), invoice.approved_by.clone()].into_iter().flatten()).await?;
    let parties = parties(ctx.store(), &invoice).await?;
    let lines = invoices::lines(ctx.store(), invoice.id).await?;
    let may = |step| ctx.caller.holds(Permission::ManageInvoices) && invoice::step(invoice.status, step).is_ok();
    let status_label = match standing(ctx, &invoice) {
        Cell::Badge(words, _) => words,
        _ => invoice.status.label().into(),
    };
    Ok(InvoiceView {
        id: invoice.id,
        company_id: invoice.company,
        number: invoice.number.clone(),
        status: invoice.status.key().into(),
        status_label,
        supplier: parties.supplier,
        customer: parties.customer,
        period_from: invoice.period_from.into(),
        period_to: period_of(&invoice).last.last_day().into(),
        issued_on: invoice.issued_on.map(Into::into),
        due_on: invoice.due_on.map(Into::into),
        paid_on: invoice.paid_on.map(Into::into),
        flags: flags(ctx, &invoice, &lines).await?,
        lines: lines.into_iter().map(line_view).collect(),
        net: invoice.net,
        vat: invoice.vat,
        gross: invoice.gross,
        prepared_by: names.actor(&invoice.prepared_by),
        prepared_at: invoice.prepared_at.into(),
        approved_by: invoice.approved_by.as_deref().map(|a| names.actor(a)),
        may_approve: may(Step::Approve),
        may_issue: may(Step::Issue),
        may_discard: may(Step::Discard),
        may_record_payment: may(Step::RecordPayment),
    })
}

fn line_view(line: Line) -> InvoiceLineView {
    InvoiceLineView {
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unit_price.to_string(),
        net: line.net,
        tax_rate: line.tax_rate.to_string(),
        explanation: line.explanation,
    }
}

/// What a reviewer should look at before approving.
async fn flags(ctx: &Ctx, invoice: &Invoice, lines: &[Line]) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    if invoice.status.is_final() {
        return Ok(flags);
    }
    let company = companies::find(ctx.store(), ctx.caller.reach, invoice.company).await?;
    if company.address.is_empty() {
        flags.push("The company has no postal address, which a VAT invoice must show.".into());
    }
    let terms = terms::on(ctx.store(), invoice.company, period_of(invoice).last.last_day()).await?;
    let before = period_of(invoice).previous(terms.map(|t| t.cycle).unwrap_or_default());
    if let Some(previous) = invoices::of_period(ctx.store(), invoice.company, before.first.first_day()).await? {
        let (now, then) = (invoice.net.pence() as f64, previous.net.pence() as f64);
        if then > 0.0 && !(0.5..=2.0).contains(&(now / then)) {
            flags.push(format!(
                "The net amount is {:.1} times that of {} ({}).",
                now / then,
                before.words(),
                previous.net
            ));
        }
    }
    for line in lines {
        let events = usage::on_line(ctx.store(), line.id).await?;
        if events as i64 != line.quantity {
            flags.push(format!(
                "Line {} charges {} predictions, but {events} stand on it.",
                line.position, line.quantity
            ));
        }
    }
    Ok(flags)
}

fn refusal(error: invoice::StepError) -> Error {
    Error::refused(ErrorKind::Conflict, sentence(&error.to_string()))
}

async fn managed(ctx: &Ctx, id: &str, step: Step) -> Result<Invoice> {
    ctx.require(Permission::ManageInvoices)?;
    let invoice = find(ctx, id).await?;
    invoice::step(invoice.status, step).map_err(refusal)?;
    Ok(invoice)
}

pub async fn approve(ctx: &Ctx, id: &str) -> Result<()> {
    let invoice = managed(ctx, id, Step::Approve).await?;
    let tx = ctx.begin().await?;
    invoices::approve(&tx, invoice.id, &ctx.caller.actor.name(), ctx.now).await?;
    let details = json!({ "gross": invoice.gross });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.approved", "invoice", invoice.id, details)).await?;
    Ok(())
}

/// Gives the invoice its number, freezes the parties, draws the PDF and books it: all or nothing.
pub async fn issue(ctx: &Ctx, id: &str) -> Result<String> {
    let found = managed(ctx, id, Step::Issue).await?;
    let tx = ctx.begin().await?;
    // Two people may press the button at once: one of them goes on.
    invoices::begin_issue(&tx, found.id).await?;
    let invoice = invoices::find(&tx, ctx.caller.reach, found.id).await?;
    let number = invoice::number(invoices::next_number(&tx).await?);
    let on = london_date(ctx.now);
    let due = invoice::due_date(on, invoice.payment_days);
    let parties = parties(&tx, &invoice).await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    let document = pdf::Document { number: &number, on, due, invoice: &invoice, lines: &lines, parties: &parties };
    let pdf = pdf::draw(&document)?;
    let issue = Issue {
        number: number.clone(),
        by: ctx.caller.actor.name(),
        at: ctx.now,
        on,
        due,
        parties: serde_json::to_string(&parties)?,
        pdf_hash: digest(&pdf),
    };
    invoices::issue(&tx, invoice.id, issue).await?;
    // Its bytes go out by a job: no network within a transaction.
    jobs::invoice_pdf::order(ctx, &tx, &invoice).await?;
    let postings = journal::issued(invoice.net, invoice.vat).ok_or_else(|| Error::internal("overflow"))?;
    book(ctx, &tx, invoice.company, invoice.id, &postings, format!("Invoice {number}")).await?;
    let details = json!({ "number": number, "gross": invoice.gross });
    tx.commit(ctx.audit(Some(invoice.company), "invoice.issued", "invoice", invoice.id, details)).await?;
    Ok(number)
}

/// Records that an issued invoice was paid in full.
pub async fn record_payment(ctx: &Ctx, id: &str) -> Result<()> {
    let found = managed(ctx, id, Step::RecordPayment).await?;
    let tx = ctx.begin().await?;
    invoices::pay(&tx, found.id, london_date(ctx.now)).await?;
    let invoice = found;
    let number = invoice.number.clone().unwrap_or_default();
    let postings = journal::paid(invoice.gross).ok_or_else(|| Error::internal("overflow"))?;
    book(ctx, &tx, invoice.company, invoice.id, &postings, format!("Payment of {number}")).await?;
    let details = json!({ "number": number, "gross": invoice.gross });
    tx.commit(ctx.audit(Some(invoice.company), "invoice.paid", "invoice", invoice.id, details)).await?;
    Ok(())
}

async fn book(
    ctx: &Ctx,
    tx: &Tx,
    company: CompanyId,
    document: InvoiceId,
    postings: &[journal::Posting],
    description: String,
) -> Result<()> {
    let ids: Vec<JournalId> = postings.iter().map(|_| ctx.id()).collect();
    let on = london_date(ctx.now);
    let booking =
        Booking { ids: &ids, company, postings, on, document: document.to_string(), description, at: ctx.now };
    Ok(store::journal::book(tx, booking).await?)
}

/// Throws a draft away; its usage can be invoiced again.
pub async fn discard(ctx: &Ctx, id: &str) -> Result<()> {
    let invoice = managed(ctx, id, Step::Discard).await?;
    let tx = ctx.begin().await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    invoices::discard(&tx, invoice.id).await?;
    for line in lines {
        usage::release_line(&tx, line.id).await?;
    }
    let details = json!({ "period": period_of(&invoice).words(), "net": invoice.net });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.discarded", "invoice", invoice.id, details)).await?;
    Ok(())
}
