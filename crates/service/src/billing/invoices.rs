//! From usage to draft to issued invoice (stories 56, 57), and that it was paid.

use billing::invoice::{self, InvoiceStatus, Step};
use billing::rating::{self, Tariff};
use billing::{Month, Period, journal, period};
use contract::ErrorKind;
use contract::billing::{InvoiceLineView, InvoiceView, InvoicesView};
use contract::table::{Cell, Table, Tone};
use domain::id::{CompanyId, InvoiceId, JournalId};
use domain::policy::Permission;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::companies::Company;
use store::invoices::{self, Booking, Invoice, Issue, Line};
use store::{Handle, Reach, Tx, companies, terms, usage};

use super::pdf;
use crate::error::sentence;
use crate::names::Names;
use crate::secret::digest;
use crate::{Ctx, Error, Result, id_from};

/// The parties as they were when the invoice was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Parties {
    pub supplier: Vec<String>,
    pub customer: Vec<String>,
}

pub async fn list(ctx: &Ctx) -> Result<InvoicesView> {
    ctx.require(Permission::ReadInvoices)?;
    let manages = ctx.caller.holds(Permission::ManageInvoices);
    let all = invoices::list(ctx.store(), ctx.caller.reach, !manages).await?;
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
            invoice.due_on.map_or(Cell::Empty, Cell::Date),
            standing(ctx, &invoice),
        ]);
    }
    let mut months = super::usage::months(ctx).await?;
    months.remove(0);
    Ok(InvoicesView { table, months: months.iter().map(ToString::to_string).collect(), may_manage: manages })
}

fn standing(ctx: &Ctx, invoice: &Invoice) -> Cell {
    let today = period::london_date(ctx.now);
    let (words, tone) = match invoice.status {
        InvoiceStatus::Issued if invoice.due_on.is_some_and(|d| d < today) => ("Overdue", Tone::Bad),
        InvoiceStatus::Draft => ("Draft", Tone::Plain),
        InvoiceStatus::Approved => ("Approved", Tone::Notice),
        InvoiceStatus::Issued => ("Issued", Tone::Notice),
        InvoiceStatus::Paid => ("Paid", Tone::Good),
    };
    Cell::Badge(words.into(), tone)
}

fn period_of(invoice: &Invoice) -> Period {
    Period::between(invoice.period_from, invoice.period_until)
}

/// Makes the drafts of the periods that ended with a month, one for each company with charged use; a
/// company that has its invoice is left as it is, so that doing it twice has one effect.
pub async fn generate(ctx: &Ctx, month: &str) -> Result<u64> {
    ctx.require(Permission::ManageInvoices)?;
    let month: Month = month.parse().map_err(|e| Error::field("month", e))?;
    if month.until() > ctx.now {
        return Err(Error::field("month", "this month has not ended: choose an earlier one"));
    }
    let tx = ctx.store().begin().await?;
    let mut drafts = 0;
    let mut unpriced = Vec::new();
    for company in companies::list(&tx, Reach::Operator).await?.into_iter().filter(|c| !c.operator) {
        match draft(ctx, &tx, &company, month).await? {
            Drafted::Yes => drafts += 1,
            Drafted::Nothing => {}
            Drafted::NoPrice => unpriced.push(company.name),
        }
    }
    if !unpriced.is_empty() {
        let names = unpriced.join(", ");
        return Err(Error::refused(
            ErrorKind::Conflict,
            format!(
                "{names} used the service in {} but had no price. Set one on the prices page, effective by the month’s last day, and generate again.",
                month.words()
            ),
        ));
    }
    let details = json!({ "month": month.to_string(), "drafts": drafts });
    tx.commit(ctx.audit(ctx.caller.company, "invoices.generated", "month", month, details)).await?;
    Ok(drafts)
}

enum Drafted {
    Yes,
    /// Nothing was used, it stands on an invoice already, or the quarter goes on.
    Nothing,
    NoPrice,
}

async fn draft(ctx: &Ctx, tx: &Tx, company: &Company, month: Month) -> Result<Drafted> {
    // The terms at the period's end, by date and never by "now".
    let terms = terms::on(tx, company.id, month.last_day()).await?;
    let cycle = terms.as_ref().map(|t| t.cycle).unwrap_or_default();
    let period = cycle.period(month);
    if period.last != month || invoices::of_period(tx, company.id, period.first.first_day()).await?.is_some() {
        return Ok(Drafted::Nothing);
    }
    let (billable, free) = usage::count(tx, company.id, period.from(), period.until()).await?;
    if billable == 0 {
        return Ok(Drafted::Nothing);
    }
    let Some(terms) = terms else { return Ok(Drafted::NoPrice) };
    let too_large = |_| Error::Internal("an invoice is too large".into());
    let line_id = ctx.id();
    let quantity = usage::claim_for_line(tx, company.id, period.from(), period.until(), line_id).await?;
    let rated = rating::rate(&Tariff::per_unit(terms.unit_price), quantity).map_err(too_large)?;
    let mut explanation = vec![
        format!("{} predictions metered in {}", billable + free, period.words()),
        format!("{free} free (re-runs of a claim are not charged), {quantity} charged"),
    ];
    explanation.extend(rated.steps);
    explanation.push(format!("Price of the terms in force from {}", terms.effective_from.format("%-d %B %Y")));
    let line = Line {
        id: line_id,
        position: 1,
        description: format!("Settlement predictions, {}", period.words()),
        quantity: quantity as i64,
        unit_price: terms.unit_price,
        net: rated.net,
        tax_rate: terms.tax_rate,
        explanation,
    };
    let totals = invoice::totals([(line.net, line.tax_rate)]).map_err(too_large)?;
    let invoice = Invoice {
        id: ctx.id(),
        company: company.id,
        status: InvoiceStatus::Draft,
        number: None,
        period_from: period.first.first_day(),
        period_until: period.last.next().first_day(),
        payment_days: terms.payment_days,
        prepared_by: ctx.caller.actor.name(),
        prepared_at: ctx.now,
        approved_by: None,
        issued_on: None,
        due_on: None,
        net: totals.net,
        vat: totals.vat,
        gross: totals.gross,
        parties: None,
        pdf_hash: None,
        paid_on: None,
    };
    invoices::create(tx, &invoice, &[line]).await?;
    Ok(Drafted::Yes)
}

/// An invoice within reach; drafts only for those who manage invoices.
async fn find(ctx: &Ctx, id: &str) -> Result<Invoice> {
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
        period_from: invoice.period_from,
        period_to: period_of(&invoice).last.last_day(),
        issued_on: invoice.issued_on,
        due_on: invoice.due_on,
        paid_on: invoice.paid_on,
        flags: flags(ctx, &invoice, &lines).await?,
        lines: lines.into_iter().map(line_view).collect(),
        net: invoice.net,
        vat: invoice.vat,
        gross: invoice.gross,
        prepared_by: names.actor(&invoice.prepared_by),
        prepared_at: invoice.prepared_at,
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

async fn parties(handle: &impl Handle, invoice: &Invoice) -> Result<Parties> {
    if let Some(frozen) = &invoice.parties {
        return Ok(serde_json::from_str(frozen)?);
    }
    let all = companies::list(handle, Reach::Operator).await?;
    let side = |company: Option<&Company>| {
        let Some(company) = company else { return Vec::new() };
        let mut lines = vec![company.name.clone()];
        lines.extend(company.address.lines().map(String::from));
        if !company.vat_number.is_empty() {
            lines.push(format!("VAT number {}", company.vat_number));
        }
        lines
    };
    Ok(Parties {
        supplier: side(all.iter().find(|c| c.operator)),
        customer: side(all.iter().find(|c| c.id == invoice.company)),
    })
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
    let tx = ctx.store().begin().await?;
    invoices::approve(&tx, invoice.id, &ctx.caller.actor.name(), ctx.now).await?;
    let details = json!({ "gross": invoice.gross });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.approved", "invoice", invoice.id, details)).await?;
    Ok(())
}

/// Gives the invoice its number, freezes the parties, draws the PDF and books it: all or nothing.
pub async fn issue(ctx: &Ctx, id: &str) -> Result<String> {
    let found = managed(ctx, id, Step::Issue).await?;
    let tx = ctx.store().begin().await?;
    // Two people may press the button at once: one of them goes on.
    invoices::begin_issue(&tx, found.id).await?;
    let invoice = invoices::find(&tx, ctx.caller.reach, found.id).await?;
    let number = invoice::number(invoices::next_number(&tx).await?);
    let on = period::london_date(ctx.now);
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
        pdf,
    };
    invoices::issue(&tx, invoice.id, issue).await?;
    let postings = journal::issued(invoice.net, invoice.vat).ok_or_else(|| Error::Internal("overflow".into()))?;
    book(ctx, &tx, invoice.company, invoice.id, &postings, format!("Invoice {number}")).await?;
    let details = json!({ "number": number, "gross": invoice.gross });
    tx.commit(ctx.audit(Some(invoice.company), "invoice.issued", "invoice", invoice.id, details)).await?;
    Ok(number)
}

/// Records that an issued invoice was paid in full.
pub async fn record_payment(ctx: &Ctx, id: &str) -> Result<()> {
    let found = managed(ctx, id, Step::RecordPayment).await?;
    let tx = ctx.store().begin().await?;
    invoices::pay(&tx, found.id, period::london_date(ctx.now)).await?;
    let invoice = found;
    let number = invoice.number.clone().unwrap_or_default();
    let postings = journal::paid(invoice.gross).ok_or_else(|| Error::Internal("overflow".into()))?;
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
    let on = period::london_date(ctx.now);
    let booking =
        Booking { ids: &ids, company, postings, on, document: document.to_string(), description, at: ctx.now };
    Ok(invoices::book(tx, booking).await?)
}

/// Throws a draft away; its usage can be invoiced again.
pub async fn discard(ctx: &Ctx, id: &str) -> Result<()> {
    let invoice = managed(ctx, id, Step::Discard).await?;
    let tx = ctx.store().begin().await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    invoices::discard(&tx, invoice.id).await?;
    for line in lines {
        usage::release_line(&tx, line.id).await?;
    }
    let details = json!({ "period": period_of(&invoice).words(), "net": invoice.net });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.discarded", "invoice", invoice.id, details)).await?;
    Ok(())
}

/// File name and PDF of an issued invoice.
pub async fn pdf(ctx: &Ctx, id: &str) -> Result<(String, Vec<u8>)> {
    ctx.require(Permission::ReadInvoices)?;
    let invoice = find(ctx, id).await?;
    let bytes = invoices::pdf(ctx.store(), ctx.caller.reach, invoice.id).await?;
    if invoice.pdf_hash.as_deref() != Some(&digest(&bytes)) {
        return Err(Error::Internal(format!("the PDF of {} is not the one that was issued", invoice.id)));
    }
    Ok((format!("{}.pdf", invoice.number.unwrap_or_default()), bytes))
}
