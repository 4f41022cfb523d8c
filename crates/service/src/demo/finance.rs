//! Finance's year in the demo: each month's use is frozen and confirmed, drafted by one and approved by the other, paid by the
//! bank's file but for what people do in earnest: an amendment in the middle of a month, a part payment, a dispute, a credit
//! note, a reminder, a closed quarter. All of it by the use cases that do it in earnest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use billing::{Cycle, Month};
use chrono::{DateTime, Days, Duration, Utc};
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::policy::Role;
use store::Reach;
use store::invoices::Invoice;

use super::people::{INSURERS, OPERATOR, Team};
use crate::acts;
use crate::invoicing::{bank, drafts, dunning, issue, review, usage_statements};
use crate::{App, Caller, Ctx, Error, Result};

/// Who does it.
struct Office<'a> {
    app: &'a App,
    team: &'a Team,
    finance: Caller,
    second: Caller,
}

impl Office<'_> {
    fn at(&self, caller: &Caller, now: DateTime<Utc>) -> Ctx {
        Ctx { app: self.app.clone(), caller: caller.clone(), now }
    }

    /// Does an act as somebody, at a time.
    async fn act(&self, caller: &Caller, now: DateTime<Utc>, name: &str, with: &[(&str, String)]) -> Result<()> {
        let entries = with.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        acts::run(&self.at(caller, now), name, &entries.collect::<BTreeMap<_, _>>().into()).await?;
        Ok(())
    }

    async fn of_month(&self, company: CompanyId, month: Month) -> Result<Option<Invoice>> {
        Ok(store::invoices::of_period(&self.app.store, company, month.first_day()).await?)
    }
}

/// Everything that finance does in the year.
pub async fn year(app: &App, team: &Team, now: DateTime<Utc>) -> Result<()> {
    let (finance, second) = (team.caller(OPERATOR, Role::Finance)?, team.second(OPERATOR, Role::Finance)?);
    let office = Office { app, team, finance, second };
    let current = Month::at(now);
    // In the middle of a month four months ago, before its invoice.
    let amended = (0..4).fold(current, |month, _| month.previous());
    let mut month = Month::at(now - Duration::days(366));
    while month < current {
        for (i, insurer) in INSURERS.iter().enumerate() {
            let company = store::companies::by_name(&app.store, insurer.name).await?;
            let company = company.ok_or_else(|| Error::internal("the demo’s insurer is gone"))?.id;
            if i == 0 && month == amended {
                amend(&office, company, month).await?;
            }
            one_month(&office, insurer.name, company, month, now).await?;
        }
        if month.next() < current {
            settled(&office, month, current, now).await?;
        }
        month = month.next();
    }
    troubles(&office, current, now).await?;
    tiers(&office, current, now).await
}

/// What is offered by name: what it opens, for how many people, at what price a prediction.
const TIERS: [(&str, &[&str], &str, &str); 3] = [
    ("Essential", &["batch"], "5", "2.40"),
    ("Professional", &["rest", "batch", "documents"], "25", "2.10"),
    ("Enterprise", &["rest", "batch", "documents", "own_models"], "", "1.95"),
];

/// Three tiers: the first insurer has agreed to one for what it pays already, the second one asks for another. And the base
/// rates by which interest would be reckoned; they are examples, as everything of the demo is.
async fn tiers(office: &Office<'_>, current: Month, now: DateTime<Utc>) -> Result<()> {
    let at = now - Duration::days(2);
    for (name, opens, seats, price) in TIERS {
        let card = [("name", name.to_owned()), ("model", "unit".into()), ("price", price.into())];
        office.act(&office.finance, at, "card.add", &card).await?;
        let card = store::rate_cards::list(&office.app.store).await?.into_iter().find(|c| c.card.name == name);
        let Some(card) = card else { return Err(Error::internal("the demo’s rate card is gone")) };
        let mut with = vec![("name", name.to_owned()), ("seats", seats.into()), ("card_id", card.id.to_string())];
        with.extend(opens.iter().map(|capability| (*capability, "true".to_owned())));
        office.act(&office.finance, at, "tier.add", &with).await?;
    }
    let offered = store::tiers::offered(&office.app.store).await?;
    let tier = |name: &str| {
        let found = offered.iter().find(|t| t.tier.name == name).map(|t| t.id.to_string());
        found.ok_or_else(|| Error::internal("the demo’s tier is gone"))
    };
    let (north, harbour) = (INSURERS[0].name, INSURERS[1].name);
    if let Some(company) = store::companies::by_name(&office.app.store, north).await? {
        let with = [
            ("company_id", company.id.to_string()),
            ("price", "1.75".into()),
            ("tier_id", tier("Enterprise")?),
            ("same_price", "true".into()),
            ("payment_days", "30".into()),
            ("cycle", "monthly".into()),
            ("effective_from", current.first_day().to_string()),
            ("po_number", "NG-2207".into()),
            ("note", "The tier, at the price that was agreed.".into()),
        ];
        office.act(&office.finance, at, "contract.amend", &with).await?;
    }
    for half in [current.previous(), (0..8).fold(current, |month, _| month.previous())] {
        let from = billing::interest::reference_day(half.first_day());
        let with = [("rate", "3.75".to_owned()), ("from", from.to_string())];
        office.act(&office.finance, at, "base_rate.add", &with).await?;
    }
    let with = [
        ("tier_id", tier("Professional")?),
        ("from", current.next().first_day().to_string()),
        ("note", "We no longer train models of our own.".into()),
    ];
    let manager = office.team.caller(harbour, Role::Manager)?;
    office.act(&manager, at, "tier.ask", &with).await
}

async fn amend(office: &Office<'_>, company: CompanyId, month: Month) -> Result<()> {
    let from = month.first_day() + Days::new(14);
    let with = [
        ("company_id", company.to_string()),
        ("price", "1.75".into()),
        ("payment_days", "30".into()),
        ("cycle", "monthly".into()),
        ("effective_from", from.to_string()),
        ("po_number", "NG-2207".into()),
        ("note", "Lower price agreed at the half-year review.".into()),
    ];
    office.act(&office.finance, month.from() + Duration::days(9), "contract.amend", &with).await
}

/// Use is frozen on the first, confirmed on the second, drafted and approved; the newest is left to be confirmed and reviewed.
async fn one_month(
    office: &Office<'_>,
    name: &str,
    company: CompanyId,
    month: Month,
    now: DateTime<Utc>,
) -> Result<()> {
    let newest = month.next() >= Month::at(now);
    let frozen = if newest { now - Duration::hours(20) } else { month.until() + Duration::hours(6) };
    let period = Cycle::Monthly.period(month);
    let system = office.app.system(frozen);
    usage_statements::freeze(&system, company, period).await?;
    let drafted = (month.until() + Duration::hours(34)).min(now);
    if !newest {
        let stated = store::usage_statements::of_period(&office.app.store, company, month.first_day()).await?;
        let manager = office.team.caller(name, Role::Manager)?;
        if let Some(stated) = stated {
            let with = [("id", stated.id.to_string())];
            office.act(&manager, drafted - Duration::hours(8), "usage.confirm", &with).await?;
        }
    }
    drafts::draft(&office.at(&office.finance, drafted), company, month).await?;
    if newest {
        return Ok(());
    }
    let Some(draft) = office.of_month(company, month).await? else { return Ok(()) };
    approved_and_issued(office, &draft, drafted).await.map(|_| ())
}

async fn approved_and_issued(office: &Office<'_>, draft: &Invoice, at: DateTime<Utc>) -> Result<String> {
    let id = draft.id.to_string();
    if draft.status == billing::Status::Draft {
        review::submit(&office.at(&office.finance, at), &id).await?;
    }
    review::approve(&office.at(&office.second, at + Duration::hours(1)), &id).await?;
    issue::issue(&office.at(&office.finance, at + Duration::hours(2)), &id).await
}

/// What was issued is paid 24 days later, by the bank's file; of the three newest months nothing is, yet, so that something is
/// overdue on every day of a month.
async fn settled(office: &Office<'_>, month: Month, current: Month, now: DateTime<Utc>) -> Result<()> {
    let paid = month.until() + Duration::days(25);
    if paid >= now || month.next().next().next() >= current {
        return Ok(());
    }
    let mut file = String::from("Date,Description,Amount\n");
    for insurer in &INSURERS {
        let Some(company) = store::companies::by_name(&office.app.store, insurer.name).await? else { continue };
        let Some(invoice) = office.of_month(company.id, month).await? else { continue };
        let number = invoice.number.clone().unwrap_or_default();
        let day = london_date(paid).format("%d/%m/%Y");
        let _ = writeln!(file, "{day},BACS {} {number},{}", insurer.name.to_uppercase(), invoice.open.plain());
    }
    let ctx = office.at(&office.finance, paid);
    bank::import(&ctx, bank::MAIN, file.as_bytes()).await?;
    let (lines, _) = store::bank::page(&office.app.store, store::bank::State::Open, 1, 50).await?;
    for line in lines {
        let number = line.description.rsplit(' ').next().unwrap_or_default().to_owned();
        office.act(&office.finance, paid, "bank.post", &[("id", line.id.to_string()), ("number", number)]).await?;
    }
    Ok(())
}

/// What went otherwise: a part payment, a dispute, a credit note, reminders, a closed quarter, and lines of the bank's file that
/// wait.
async fn troubles(office: &Office<'_>, current: Month, now: DateTime<Utc>) -> Result<()> {
    let (north, harbour) = (INSURERS[0].name, INSURERS[1].name);
    let month = current.previous().previous().previous();
    let of = |name: &'static str| async move {
        let company = store::companies::by_name(&office.app.store, name).await?;
        match company {
            Some(company) => office.of_month(company.id, month).await,
            None => Ok(None),
        }
    };
    if let Some(invoice) = of(north).await?.filter(|i| i.open.pence() > 2_000) {
        let part = domain::Money::from_pence(invoice.open.pence() / 2);
        let with = [
            ("id", invoice.id.to_string()),
            ("amount", part.plain()),
            ("method", "transfer".into()),
            ("reference", "Part of it".into()),
        ];
        office.act(&office.finance, now - Duration::days(9), "payment.record", &with).await?;
        credited(office, &invoice, now - Duration::days(7)).await?;
    }
    if let Some(invoice) = of(harbour).await?.filter(|i| i.open.pence() > 0) {
        let words = "They count the re-runs of three claims otherwise.".into();
        let with = [("id", invoice.id.to_string()), ("words", words)];
        office.act(&office.finance, now - Duration::days(5), "invoice.dispute", &with).await?;
    }
    dunning::run(&office.at(&office.finance, now - Duration::days(1))).await?;
    // The quarter before the last: everything of it is settled.
    let quarter = Cycle::Quarterly.period(current).previous(Cycle::Quarterly).previous(Cycle::Quarterly);
    let with = [("quarter", quarter.first.to_string())];
    office.act(&office.finance, now - Duration::days(3), "books.close", &with).await?;
    let day = london_date(now - Duration::days(2)).format("%d/%m/%Y");
    let file = format!("Date,Description,Amount\n{day},CARD FEE,-12.50\n{day},FPI HARBOUR,25.00\n");
    bank::import(&office.at(&office.finance, now - Duration::days(2)), bank::MAIN, file.as_bytes()).await?;
    Ok(())
}

async fn credited(office: &Office<'_>, invoice: &Invoice, at: DateTime<Utc>) -> Result<()> {
    let words = "For the outage of an afternoon".into();
    let with =
        [("id", invoice.id.to_string()), ("amount", "5.00".into()), ("reason", "Goodwill".into()), ("words", words)];
    office.act(&office.finance, at, "invoice.credit", &with).await?;
    for note in store::invoices::about(&office.app.store, invoice.id).await? {
        let note = store::invoices::find(&office.app.store, Reach::Operator, note.id).await?;
        approved_and_issued(office, &note, at + Duration::hours(1)).await?;
    }
    Ok(())
}
