//! From usage to drafts (story 56): a job a company.

use billing::Month;
use billing::invoice::{self, InvoiceStatus};
use billing::rating::{self, Tariff};
use contract::ErrorKind;
use contract::billing::DraftingView;
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::companies::Company;
use store::invoices::{self, Invoice, Line};
use store::jobs::State;
use store::{Reach, Tx, companies, terms, usage};

use crate::names::Names;
use crate::{Ctx, Error, Result, jobs};

/// Jobs of one month that are told of.
const TOLD: u64 = 2_000;

/// Orders the drafts of the periods that end with a month, a job for each company, and says how many.
/// A company whose draft is ordered or made already is left as it is.
pub async fn generate(ctx: &Ctx, month: &str) -> Result<u64> {
    ctx.require(Permission::ManageInvoices)?;
    let month: Month = month.parse().map_err(|e| Error::field("month", e))?;
    if month.until() > ctx.now {
        return Err(Error::field("month", "this month has not ended: choose an earlier one"));
    }
    let tx = ctx.begin().await?;
    let mut ordered = 0;
    for company in companies::list(&tx, Reach::Operator).await?.into_iter().filter(|c| !c.operator) {
        ordered += u64::from(jobs::invoice_draft::order(ctx, &tx, company.id, month).await?);
    }
    let details = json!({ "month": month.to_string(), "companies": ordered });
    tx.commit(ctx.audit(ctx.caller.company, "invoices.generated", "month", month, details)).await?;
    Ok(ordered)
}

/// What became of a month's drafts: how many are ready or under way, and which failed and why.
pub async fn of_month(ctx: &Ctx, month: Month) -> Result<DraftingView> {
    ctx.require(Permission::ManageInvoices)?;
    let all = store::jobs::of_batch(ctx.store(), &jobs::invoice_draft::batch(month), TOLD).await?;
    let names = Names::of(ctx, all.iter().filter_map(|j| j.company).map(|c| c.to_string())).await?;
    let mut view = DraftingView { month: month.words(), ..DraftingView::default() };
    let mut told = std::collections::BTreeSet::new();
    // Newest first: what an earlier job said of a company no longer counts.
    for job in all {
        let Some(company) = job.company.filter(|c| told.insert(*c)) else { continue };
        match job.state {
            State::Waiting | State::Running => view.under_way += 1,
            State::Done => view.done += 1,
            State::Failed => view.failed.push((names.company(company), job.error.unwrap_or_default())),
            State::Cancelled => {}
        }
    }
    Ok(view)
}

/// What came of drafting a company's invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drafted {
    Yes,
    /// The period goes on after the month.
    GoesOn,
    /// It has its invoice.
    There,
    NothingUsed,
}

impl Drafted {
    pub fn words(self, month: Month) -> String {
        let month = month.words();
        match self {
            Drafted::Yes => format!("The draft that ends with {month} is ready for review."),
            Drafted::GoesOn => format!("Nothing to draft: the billing period goes on after {month}."),
            Drafted::There => format!("Nothing to draft: there is an invoice that ends with {month}."),
            Drafted::NothingUsed => format!("Nothing to draft: nothing was used up to the end of {month}."),
        }
    }
}

/// Drafts the invoice of a company's period that ends with a month; done twice it has one effect.
///
/// # Errors
///
/// Refused in words where the company used the service and has no price.
pub async fn draft(ctx: &Ctx, company: CompanyId, month: Month) -> Result<Drafted> {
    ctx.require(Permission::ManageInvoices)?;
    let company = companies::find(ctx.store(), ctx.caller.reach, company).await?;
    let tx = ctx.begin().await?;
    let drafted = drafted(ctx, &tx, &company, month).await?;
    if drafted == Drafted::Yes {
        let details = json!({ "month": month.to_string() });
        // It is ours: an insurer sees what was issued.
        let ours = companies::list(ctx.store(), Reach::Operator).await?.into_iter().find(|c| c.operator).map(|c| c.id);
        tx.commit(ctx.audit(ours, "invoice.drafted", "company", company.id, details)).await?;
    }
    Ok(drafted)
}

async fn drafted(ctx: &Ctx, tx: &Tx, company: &Company, month: Month) -> Result<Drafted> {
    // The terms at the period's end, by date and never by "now".
    let terms = terms::on(tx, company.id, month.last_day()).await?;
    let cycle = terms.as_ref().map(|t| t.cycle).unwrap_or_default();
    let period = cycle.period(month);
    if period.last != month {
        return Ok(Drafted::GoesOn);
    }
    if invoices::of_period(tx, company.id, period.first.first_day()).await?.is_some() {
        return Ok(Drafted::There);
    }
    let (billable, free) = usage::count(tx, company.id, period.from(), period.until()).await?;
    if billable == 0 {
        return Ok(Drafted::NothingUsed);
    }
    let Some(terms) = terms else {
        let words = format!(
            "{} used the service in {} but had no price. Set one on the prices page, effective by {}, and run this again.",
            company.name,
            period.words(),
            month.last_day().format("%-d %B %Y"),
        );
        return Err(Error::refused(ErrorKind::Conflict, words));
    };
    let too_large = |_| Error::internal("an invoice is too large");
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
