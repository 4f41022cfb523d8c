//! What a tier would cost a company, before anybody agrees to it (stories 55, 79).

use billing::agreement::{self, Amendment as Agreed, Used};
use billing::{Month, RateCard, Span, component};
use chrono::{Days, NaiveDate};
use domain::Money;
use store::companies::Company;
use store::usage::Stands;

use crate::invoicing::agreements::{self, Usage};
use crate::{Ctx, Result};

/// A period beside itself, as agreed and with a change within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The period in which the change begins.
    pub period: Span,
    pub units: u64,
    pub now: Money,
    pub then: Money,
}

/// The period in which `from` lies, with the use of the last one that ended, day by day: as agreed, and with this card from
/// that day on. Nothing where there is no agreement or no period has ended.
pub async fn of(
    ctx: &Ctx,
    company: &Company,
    rules: &[Agreed],
    card: &RateCard,
    from: NaiveDate,
) -> Result<Option<Preview>> {
    let Some(last) = agreement::on(rules, from) else { return Ok(None) };
    let cycle = last.cycle;
    let period = cycle.period(Month::of(from)).span();
    let known = cycle.period(Month::at(ctx.now)).previous(cycle).span();
    if rules.first().is_none_or(|first| first.from >= known.until) {
        return Ok(None);
    }
    let (start, end) = agreements::instants(known);
    let used = Usage::read(ctx.store(), company.id, (Some(start), end), Stands::Anywhere).await?;
    let used = moved(&used.used, known, period);
    let mut changed = rules.to_vec();
    // What begins later gives way: this is what would hold from that day on.
    changed.retain(|agreed| agreed.from < from);
    changed.push(Agreed { from, card: card.clone(), ..last.clone() });
    let net = |rules: &[Agreed]| -> Result<Money> {
        let bill = agreements::bill(period, rules, &used, &company.name)?;
        Ok(component::net(&bill.components).unwrap_or_default())
    };
    let units = used.iter().map(|u| u.units).sum();
    Ok(Some(Preview { period, units, now: net(rules)?, then: net(&changed)? }))
}

/// Use of one period as if it were another's: the day that is as far from the beginning; the last day takes what is more.
fn moved(used: &[Used], from: Span, to: Span) -> Vec<Used> {
    let day = |of: NaiveDate| {
        let offset = (of - from.from).num_days().max(0) as u64;
        to.from.checked_add_days(Days::new(offset)).unwrap_or(to.last()).min(to.last())
    };
    used.iter().map(|u| Used { day: day(u.day), ..u.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use billing::meter::Use;

    use super::*;

    #[test]
    fn use_of_a_longer_month_stays_within_a_shorter_one() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let used =
            |day: &str| Used { day: date(day), of: Use { channel: "form".into(), model: "shared".into() }, units: 2 };
        let (january, february) =
            (Span::new(date("2027-01-01"), date("2027-02-01")), Span::new(date("2027-02-01"), date("2027-03-01")));
        let there = moved(&[used("2027-01-01"), used("2027-01-28"), used("2027-01-31")], january, february);
        let days: Vec<String> = there.iter().map(|u| u.day.to_string()).collect();
        assert_eq!(days, ["2027-02-01", "2027-02-28", "2027-02-28"]);
    }
}
