//! From usage to drafts (story 56): a job a company.

use billing::agreement::{self, Amendment as Agreed};
use billing::document::{self, DocumentKind, Status};
use billing::tax::Rates;
use billing::{Component, Month, Period, Span};
use contract::ErrorKind;
use contract::billing::DraftingView;
use domain::calendar::{london_date, midnight};
use domain::id::{CompanyId, InvoiceLineId};
use domain::policy::Permission;
use serde_json::json;
use store::companies::Company;
use store::contracts::Amendment;
use store::invoices::{self, Line, New};
use store::jobs::State;
use store::usage::{self, Stands};
use store::{Reach, Tx, companies, contracts, tax_rates};

use super::agreements::{self, Usage, agreed, rules};
use super::review;
use crate::names::Names;
use crate::{Ctx, Error, Result, jobs};

/// Jobs of one month that are told of.
const TOLD: u64 = 2_000;

/// Periods that one run drafts at most: of companies that were not invoiced for long, the next run goes on.
const MOST_PERIODS: usize = 60;

/// Orders the drafts of the periods that end with a month, a job for each company, and says how many.
/// A company whose draft is ordered or made already is left as it is.
pub async fn generate(ctx: &Ctx, month: &str) -> Result<u64> {
    ctx.require(Permission::PrepareInvoices)?;
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
    ctx.require(Permission::PrepareInvoices)?;
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

/// What came of drafting a company's invoices up to a month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drafted {
    /// The periods that have a draft now and had none.
    pub made: Vec<Period>,
}

impl Drafted {
    pub fn words(&self, month: Month) -> String {
        match self.made.as_slice() {
            [] => format!("Nothing to draft up to the end of {}.", month.words()),
            made => {
                let periods: Vec<String> = made.iter().map(|p| p.words()).collect();
                format!("Drafted: {}.", periods.join(", "))
            }
        }
    }
}

/// Drafts the invoices of every period of a company that has ended with a month or before and has none; done twice it has
/// one effect. Each period is a transaction of its own, so that other writers are not held.
///
/// # Errors
///
/// Refused in words where the company used the service and has no price.
pub async fn draft(ctx: &Ctx, company: CompanyId, month: Month) -> Result<Drafted> {
    ctx.require(Permission::PrepareInvoices)?;
    let company = companies::find(ctx.store(), ctx.caller.reach, company).await?;
    let rates = tax_rates::rates(ctx.store()).await?;
    let mut drafted = Drafted::default();
    for period in periods(ctx, &company, month).await? {
        let one = OnePeriod { ctx, company: &company, rates: &rates, period };
        if Box::pin(one.draft()).await? {
            drafted.made.push(period);
        }
        if drafted.made.len() == MOST_PERIODS {
            break;
        }
    }
    Ok(drafted)
}

/// The periods up to a month that have no invoice and something to charge, oldest first. They adjoin: none is left out,
/// whatever the cycle was.
async fn periods(ctx: &Ctx, company: &Company, month: Month) -> Result<Vec<Period>> {
    let amendments = agreed(ctx.store(), company.id).await?;
    let Some(begins) = amendments.first().map(|a| a.agreed.from) else {
        return no_contract(ctx, company, month).await.map(|()| Vec::new());
    };
    let rules = rules(&amendments);
    let there = invoices::periods_of(ctx.store(), company.id).await?;
    let open = Usage::read(ctx.store(), company.id, (None, month.until()), Stands::OnNone).await?;
    let mut next = Month::of(begins);
    let mut periods = Vec::new();
    loop {
        // The cycle is that in force where the period begins.
        let cycle = agreement::on(&rules, next.first_day().max(begins)).map(|a| a.cycle).unwrap_or_default();
        let period = cycle.period(next);
        if period.last > month {
            return Ok(periods);
        }
        let span = period.span();
        let charges = || match agreement::bill(span, &rules, &open.within(span)) {
            Ok(bill) => !bill.components.is_empty(),
            // What has no price is told where it is drafted.
            Err(_) => true,
        };
        // Use of before that is on no invoice comes with the next.
        let late = open.used.iter().any(|u| u.day < span.from && u.day >= begins);
        if !there.contains(&span.from) && (late || charges()) {
            periods.push(period);
        }
        next = period.last.next();
    }
}

/// Use without a contract is told, not passed over.
async fn no_contract(ctx: &Ctx, company: &Company, month: Month) -> Result<()> {
    let used = usage::counted(ctx.store(), company.id, (None, month.until()), Stands::OnNone).await?;
    if used.is_empty() {
        return Ok(());
    }
    let first = used.iter().map(|u| u.day).min().unwrap_or(month.first_day());
    let words = format!(
        "{} used the service from {} on but had no price. Agree to one on its contract’s page, from that day or an \
         earlier one, and run this again.",
        company.name,
        first.format("%-d %B %Y"),
    );
    Err(Error::refused(ErrorKind::Conflict, words))
}

struct OnePeriod<'a> {
    ctx: &'a Ctx,
    company: &'a Company,
    rates: &'a Rates,
    period: Period,
}

/// Lines that charge some use, and where that use is found.
struct Claim {
    line: InvoiceLineId,
    span: Span,
    pairs: Vec<(String, domain::id::ModelId)>,
    units: u64,
}

impl OnePeriod<'_> {
    /// Whether there is a draft now that was not there.
    async fn draft(&self) -> Result<bool> {
        let (ctx, span) = (self.ctx, self.period.span());
        let tx = ctx.begin().await?;
        // What is agreed meanwhile waits, and sees this invoice.
        contracts::hold(&tx, self.company.id).await?;
        if invoices::of_period(&tx, self.company.id, span.from).await?.is_some() {
            return Ok(false);
        }
        let amendments = agreed(&tx, self.company.id).await?;
        let rules = rules(&amendments);
        let (from, until) = agreements::instants(span);
        let used = Usage::read(&tx, self.company.id, (Some(from), until), Stands::OnNone).await?;
        let bill = agreements::bill(span, &rules, &used.used, &self.company.name)?;
        let (mut parts, mut claims) = (Vec::new(), Vec::new());
        let (_, free) = usage::count(&tx, self.company.id, from, until).await?;
        for component in bill.components {
            let id: InvoiceLineId = ctx.id();
            let leads = parts.iter().all(|(_, c): &(InvoiceLineId, Component)| c.group != component.group);
            if let Some(group) = bill.groups.iter().find(|g| leads && g.number == component.group && g.units > 0) {
                claims.push(Claim { line: id, span: group.span, pairs: used.pairs(&group.of), units: group.units });
            }
            parts.push((id, component));
        }
        self.explain(&mut parts, used.units(), free);
        self.late(&tx, &rules, &mut parts, &mut claims).await?;
        if parts.is_empty() {
            return Ok(false);
        }
        let id = self.create(&tx, &amendments, parts).await?;
        for claim in claims {
            let (from, until) = agreements::instants(claim.span);
            let claimed =
                usage::claim_for_line(&tx, self.company.id, (Some(from), until), &claim.pairs, claim.line).await?;
            if claimed != claim.units {
                return Err(Error::internal(format!("{claimed} of {} events were claimed", claim.units)));
            }
        }
        // It is ours: an insurer sees what was issued.
        let ours = companies::list(ctx.store(), Reach::Operator).await?.into_iter().find(|c| c.operator).map(|c| c.id);
        let details = json!({ "period": self.period.words() });
        tx.commit(ctx.audit(ours, "invoice.drafted", "company", self.company.id, details)).await?;
        // What nothing is noted about goes to whoever approves; the rest waits for somebody to look.
        review::submit_clean(ctx, id).await?;
        Ok(true)
    }

    /// Says at the first line what was metered.
    fn explain(&self, parts: &mut [(InvoiceLineId, Component)], charged: u64, free: u64) {
        let Some((_, first)) = parts.first_mut() else { return };
        let mut steps = vec![
            format!("{} predictions metered in {}", charged + free, self.period.words()),
            format!("{free} free (re-runs of a claim are not charged), {charged} charged"),
        ];
        steps.append(&mut first.steps);
        first.steps = steps;
    }

    /// Use of earlier, invoiced periods that became known after their invoices, a line a period.
    async fn late(
        &self,
        tx: &Tx,
        rules: &[Agreed],
        parts: &mut Vec<(InvoiceLineId, Component)>,
        claims: &mut Vec<Claim>,
    ) -> Result<()> {
        let begins = midnight(self.period.first.first_day());
        let late = Usage::read(tx, self.company.id, (None, begins), Stands::OnNone).await?;
        let mut days: Vec<_> = late.used.iter().map(|u| u.day).collect();
        days.sort_unstable();
        while let Some(day) = days.first().copied() {
            let cycle = agreement::on(rules, day).map(|a| a.cycle).unwrap_or_default();
            let span = cycle.period(Month::of(day)).span();
            days.retain(|d| !span.contains(*d));
            // What has no invoice yet is not late: it waits for its own, or for a price.
            if invoices::of_period(tx, self.company.id, span.from).await?.is_none() {
                continue;
            }
            let (from, until) = agreements::instants(span);
            let billed = Usage::read(tx, self.company.id, (Some(from), until), Stands::OnOne).await?;
            // What had no price then is noted on the draft, and stops nothing.
            let Ok(lines) = agreement::late(span, rules, &billed.used, &late.within(span)) else { continue };
            for component in lines {
                let id: InvoiceLineId = self.ctx.id();
                claims.push(Claim { line: id, span, pairs: late.all_pairs(), units: component.units });
                parts.push((id, component));
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        tx: &Tx,
        amendments: &[Amendment],
        parts: Vec<(InvoiceLineId, Component)>,
    ) -> Result<domain::id::InvoiceId> {
        let (ctx, span) = (self.ctx, self.period.span());
        let mut lines = Vec::with_capacity(parts.len());
        for (position, (id, component)) in (1..).zip(parts) {
            let tax = tax_of(self.rates, &component, london_date(ctx.now))?;
            lines.push(Line { id, position, component, tax });
        }
        let totals = document::totals(lines.iter().map(|l| (l.component.net, l.tax)))
            .map_err(|_| Error::internal("an invoice is too large"))?;
        let last = amendments.iter().rfind(|a| a.agreed.from <= span.last());
        let new = New {
            id: ctx.id(),
            company: self.company.id,
            kind: DocumentKind::Periodic,
            status: Status::Draft,
            period: span,
            payment_days: last.map_or(30, |a| a.agreed.payment_days),
            by: &ctx.caller.actor.name(),
            at: ctx.now,
            totals: &totals,
            corrects: None,
            reason: "",
            po_number: last.map_or("", |a| a.po_number.as_str()),
        };
        invoices::create(tx, &new, &lines).await?;
        Ok(new.id)
    }
}

/// The VAT of a component at a tax point.
pub(super) fn tax_of(rates: &Rates, component: &Component, tax_point: chrono::NaiveDate) -> Result<billing::Tax> {
    rates.at(component.tax, tax_point).ok_or_else(|| {
        Error::refused(ErrorKind::Conflict, format!("No VAT rate is known on {tax_point}. Add one on the prices page."))
    })
}
