//! Telling a company's managers when 80 and 100 percent of what they mean to use in a period is used (story 77).

use std::collections::BTreeMap;

use billing::agreement::Amendment as Agreed;
use billing::{Cycle, Month, Span};
use chrono::NaiveDate;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Tone, grouped};
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::policy::{Permission, Role};
use serde_json::json;
use store::contracts::{self, Amendment};
use store::figures::{self, Measure};
use store::usage_alerts::{self, Alert};
use store::{Reach, StoreError, people};

use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Kind};
use crate::{Ctx, Error, Result};

/// Of what is meant, in percent.
const TOLD_AT: [i32; 2] = [80, 100];

/// Sets how much one's own company means to use in a period.
pub static LIMIT: Kind = Kind {
    name: "usage.limit",
    needs: Some(Permission::ManageProfile),
    run: |ctx, entries| {
        Box::pin(async move {
            let own = ctx.caller.own_company()?;
            let units = match entries.text("usage_limit") {
                "" => None,
                text => {
                    let units = text.replace(',', "").parse::<u64>().ok().filter(|u| (1..=100_000_000).contains(u));
                    let wrong = "write a whole number of predictions, or leave it empty";
                    Some(units.ok_or_else(|| Error::field("usage_limit", wrong))?)
                }
            };
            let tx = ctx.begin().await?;
            usage_alerts::set_limit(&tx, own, units).await?;
            let details = json!({ "predictions": units });
            tx.commit(ctx.audit(Some(own), "usage.limit_set", "company", own, details)).await?;
            // What is passed already is told at once.
            let Some(now) = of_company(ctx, own).await? else { return Ok(Done::said("Saved.")) };
            if now.percent() >= TOLD_AT[0] as u64 {
                tell(ctx, &now).await?;
            }
            Ok(Done::said(format!("Saved. {}", now.words())))
        })
    },
};

/// Predictions that are meant to be used in a period: as the manager set it, else the free allowance.
fn meant(set: Option<u64>, agreed: &Agreed) -> Option<u64> {
    let free: u64 = agreed.card.items.iter().map(|item| item.free_units).sum();
    set.or((free > 0).then_some(free))
}

/// Whom a period's use is told of: company, period, what is used and what is meant.
struct Use {
    company: CompanyId,
    period: Span,
    used: u64,
    meant: u64,
}

impl Use {
    /// `1,510 of the 1,600 predictions that you mean to use in 1 to 30 November 2026 are used (94%).`
    fn words(&self) -> String {
        let (used, meant) = (grouped(self.used), grouped(self.meant));
        let days = self.period.words();
        format!("{used} of the {meant} predictions that you mean to use in {days} are used ({}%).", self.percent())
    }

    fn percent(&self) -> u64 {
        self.used.saturating_mul(100) / self.meant.max(1)
    }
}

/// Tells of every company that passed a mark since the last time, and says how many managers were told.
pub async fn tell_all(ctx: &Ctx) -> Result<u64> {
    let today = london_date(ctx.now);
    let mut told = 0;
    for passed in passed(ctx, today).await? {
        told += tell(ctx, &passed).await?;
    }
    Ok(told)
}

/// The companies that have used as much as the first mark of what they mean to.
async fn passed(ctx: &Ctx, today: NaiveDate) -> Result<Vec<Use>> {
    let agreed = contracts::in_force(ctx.store(), Reach::Operator, today).await?;
    let limits = usage_alerts::limits(ctx.store()).await?;
    let mut used: BTreeMap<Cycle, BTreeMap<CompanyId, u64>> = BTreeMap::new();
    for cycle in Cycle::ALL.into_iter().filter(|c| agreed.iter().any(|a| a.agreed.cycle == *c)) {
        let from = cycle.period(Month::at(ctx.now)).span().from;
        used.insert(cycle, charged(ctx, Reach::Operator, from, today).await?);
    }
    let of = |Amendment { company, agreed, .. }: &Amendment| {
        let meant = meant(limits.get(company).copied(), agreed)?;
        let used = used.get(&agreed.cycle)?.get(company).copied().unwrap_or_default();
        let period = agreed.cycle.period(Month::at(ctx.now)).span();
        Some(Use { company: *company, period, used, meant })
    };
    Ok(agreed.iter().filter_map(of).filter(|u| u.percent() >= TOLD_AT[0] as u64).collect())
}

/// One company's, where it means to use so much.
async fn of_company(ctx: &Ctx, company: CompanyId) -> Result<Option<Use>> {
    let today = london_date(ctx.now);
    let agreed = contracts::in_force(ctx.store(), Reach::Company(company), today).await?;
    let Some(amendment) = agreed.first() else { return Ok(None) };
    let limit = usage_alerts::limit(ctx.store(), company).await?;
    let Some(meant) = meant(limit, &amendment.agreed) else { return Ok(None) };
    let period = amendment.agreed.cycle.period(Month::at(ctx.now)).span();
    let used = charged(ctx, Reach::Company(company), period.from, today).await?;
    Ok(Some(Use { company, period, used: used.get(&company).copied().unwrap_or_default(), meant }))
}

/// On the page of use, for a company's own people.
pub(crate) async fn so_far(ctx: &Ctx) -> Result<Option<Part>> {
    let Some(own) = ctx.caller.reach_company() else { return Ok(None) };
    let Some(now) = of_company(ctx, own).await? else { return Ok(None) };
    let tone = if now.percent() >= TOLD_AT[0] as u64 { Tone::Notice } else { Tone::Plain };
    Ok(Some(Part::Notice(tone, now.words())))
}

/// Charged predictions by company, of the roll-up.
async fn charged(ctx: &Ctx, reach: Reach, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<CompanyId, u64>> {
    let sums = figures::by_company(ctx.store(), reach, Measure::Predicted, from, to).await?;
    let mut of: BTreeMap<CompanyId, u64> = BTreeMap::new();
    for sum in sums.iter().filter(|s| s.label.ends_with("|charged")) {
        *of.entry(sum.of).or_default() += sum.number.unsigned_abs();
    }
    Ok(of)
}

async fn tell(ctx: &Ctx, of: &Use) -> Result<u64> {
    let before = usage_alerts::of_period(ctx.store(), of.company, of.period.from).await?;
    // Of two marks that were passed at once the higher one is told.
    let reached = TOLD_AT.into_iter().filter(|mark| of.percent() >= *mark as u64);
    let fresh: Vec<i32> = reached.filter(|mark| !before.contains(mark)).collect();
    let Some(highest) = fresh.last().filter(|mark| before.iter().all(|b| b < *mark)) else { return Ok(0) };
    let tx = ctx.begin().await?;
    for percent in &fresh {
        let alert = Alert {
            id: ctx.id(),
            company: of.company,
            period: of.period.from,
            percent: *percent,
            used: of.used,
            of_units: of.meant,
            told_at: ctx.now,
        };
        match usage_alerts::told(&tx, &alert).await {
            // Another replica told it.
            Err(StoreError::Conflict(_)) => return Ok(0),
            other => other?,
        }
    }
    let words = format!(
        "{highest}% of the {} predictions that you mean to use in {} are used: {} so far.",
        of.meant,
        of.period.words(),
        of.used
    );
    let managers = people::with_role(&tx, of.company, Role::Manager).await?;
    for user in &managers {
        let told = Told { user: *user, company: of.company, cause: Cause::Usage };
        told.of(ctx, &tx, &words, "/usage").await?;
    }
    let details = json!({ "percent": highest, "used": of.used, "of": of.meant });
    tx.commit(ctx.audit(Some(of.company), "usage.told", "company", of.company, details)).await?;
    Ok(managers.len() as u64)
}

/// On the page of billing details.
pub(crate) async fn form(ctx: &Ctx, company: CompanyId) -> Result<Part> {
    let limit = usage_alerts::limit(ctx.store(), company).await?;
    Ok(Part::Form(Form {
        act: LIMIT.name.into(),
        id: "u".into(),
        title: "When to tell you of your use".into(),
        lead: "Managers are told when 80 and 100 percent of it are used. Nothing is stopped: predictions go on and are charged as agreed.".into(),
        inputs: vec![
            Input::new("usage_limit", "Predictions you mean to use in a billing period", Asks::Text)
                .hint("Empty: the free allowance of your contract, where there is one.")
                .value(limit.map(|l| l.to_string()).unwrap_or_default()),
        ],
        submit: "Save".into(),
        folded: true,
        ..Form::default()
    }))
}

#[cfg(test)]
mod tests {
    use billing::RateCard;
    use billing::card::Item;

    use super::*;

    #[test]
    fn what_is_meant_is_what_was_set_or_the_allowance() {
        let price = billing::UnitPrice::parse("1").unwrap();
        let plain = Agreed::of_card("2026-01-01".parse().unwrap(), RateCard::per_unit("Card", price));
        let card = RateCard {
            name: "Card".into(),
            items: vec![Item { free_units: 50, ..Item::per_unit("Predictions", price) }],
        };
        let free = Agreed::of_card("2026-01-01".parse().unwrap(), card);
        assert_eq!([meant(None, &plain), meant(Some(7), &plain)], [None, Some(7)]);
        assert_eq!([meant(None, &free), meant(Some(7), &free)], [Some(50), Some(7)]);
    }
}
