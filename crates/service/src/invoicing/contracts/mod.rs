//! Contracts and their dated amendments (stories 52, 53, 55, 80).

mod page;

use billing::agreement::{self, Amendment as Agreed, Counters, Discount};
use billing::{Cycle, Rate, TaxCategory};
use chrono::NaiveDate;
use domain::id::{CompanyId, ServiceTierId};
use domain::policy::Permission;
use serde_json::json;
use store::companies::Company;
use store::contracts::{self, Amendment, Contract};
use store::rate_cards::{self, Card};
use store::{Tx, companies, invoices};

use super::agreements::{agreed, rules};
use super::prices;
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::tiers::catalogue;
use crate::{Ctx, Error, Result, id_from};

pub(crate) use page::{filters, list, page};

/// Adds an amendment; the first one begins the contract.
pub static AMEND: Kind = Kind {
    name: "contract.amend",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let (name, from) = amend(ctx, entries).await?;
            Ok(Done::said(format!("Agreed with {name} from {} on.", from.format("%-d %B %Y"))))
        })
    },
};

/// Says when a contract ends, and what notice it asks for.
pub static END: Kind = Kind {
    name: "contract.end",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let company = insurer(ctx, entries).await?;
            let mut wrong = Wrong::default();
            let ends_on = wrong.of(entries.day("ends_on"))?;
            let days = wrong.of(days(entries, "notice_days", 730))?;
            wrong.told()?;
            let tx = ctx.begin().await?;
            let found = contracts::of_company(&tx, ctx.caller.reach, company.id).await?;
            let mut contract =
                found.ok_or_else(|| Error::field("ends_on", "there is no contract yet: agree to terms first"))?;
            if ends_on.is_some_and(|ends| ends <= contract.begins_on) {
                return Err(Error::field("ends_on", "choose a day after the contract begins"));
            }
            (contract.ends_on, contract.notice_days, contract.renews) = (ends_on, days, entries.is("renews"));
            contracts::set_end(&tx, &contract).await?;
            let details = json!({ "ends_on": ends_on, "notice_days": days, "renews": contract.renews });
            tx.commit(ctx.audit(Some(company.id), "contract.changed", "company", company.id, details)).await?;
            Ok(Done::said("Noted."))
        })
    },
};

async fn insurer(ctx: &Ctx, entries: &Entries) -> Result<Company> {
    let company = match entries.text("company_id").parse::<CompanyId>() {
        Ok(id) => companies::find(ctx.store(), ctx.caller.reach, id).await.ok().filter(|c| !c.operator),
        Err(_) => None,
    };
    company.ok_or_else(|| Error::field("company_id", "choose a company"))
}

fn days(entries: &Entries, name: &str, most: u32) -> Result<u32> {
    let found = entries.text(name).parse::<u32>().ok().filter(|d| *d <= most);
    found.ok_or_else(|| Error::field(name, format!("give a whole number of days from 0 to {most}")))
}

fn choice<T>(entries: &Entries, name: &str, of: impl Fn(&str) -> Option<T>, otherwise: T, words: &str) -> Result<T> {
    match entries.text(name) {
        "" => Ok(otherwise),
        key => of(key).ok_or_else(|| Error::field(name, words)),
    }
}

/// The rules of a form, with a card of its own where a plain price is typed.
struct Wanted {
    agreed: Agreed,
    card: Option<Card>,
    tier: Option<ServiceTierId>,
    po_number: String,
    note: String,
}

async fn wanted(ctx: &Ctx, entries: &Entries) -> Result<Wanted> {
    let mut wrong = Wrong::default();
    let (price, id) = (entries.text("price"), entries.text("card_id"));
    let tier = wrong.of(catalogue::chosen(ctx, entries.text("tier_id")).await)?;
    // A tier has its price, unless another is agreed.
    let of_tier = tier.as_ref().map(|t| t.card.to_string()).unwrap_or_default();
    let id = if price.is_empty() && id.is_empty() { of_tier.as_str() } else { id };
    let card = match (price, id) {
        ("", "") => Err(Error::field("price", "give a price a prediction, or choose a rate card or a tier")),
        (_, "") => prices::individual(price).map(|card| (Some(card), None)),
        ("", id) => match rate_cards::find(ctx.store(), id_from(id)?).await {
            Ok(card) => Ok((None, Some(card))),
            Err(_) => Err(Error::field("card_id", "choose a rate card")),
        },
        _ => Err(Error::field("price", "give either a price or a rate card, not both")),
    };
    let (own, card) = wrong.of(card)?;
    let payment_days = wrong.of(days(entries, "payment_days", 120))?;
    let from = wrong.of(entries.day("effective_from"))?;
    if from.is_none() {
        wrong.missing(entries, "effective_from", "give a date as year-month-day");
    }
    let cycle = wrong.of(choice(entries, "cycle", Cycle::from_key, Cycle::Monthly, "choose monthly or quarterly"))?;
    let tax =
        wrong.of(choice(entries, "tax", TaxCategory::from_key, TaxCategory::Standard, "choose how it is taxed"))?;
    let counters = wrong.of(choice(entries, "counters", Counters::from_key, Counters::Continue, "choose one"))?;
    let commitment = wrong.of(entries.pounds("commitment"))?;
    let cap = wrong.of(entries.pounds("cap"))?;
    let discounts = wrong.of(discounts(entries))?;
    let po_number = wrong.of(entries.words("po_number", 40))?;
    let note = wrong.of(entries.words("note", 500))?;
    wrong.told()?;
    let rules = own.or_else(|| card.as_ref().map(|c| c.card.clone()));
    let (Some(rules), Some(from)) = (rules, from) else {
        return Err(Error::field("effective_from", "give a date as year-month-day"));
    };
    let agreed =
        Agreed { from, until: None, card: rules, cycle, payment_days, tax, counters, discounts, commitment, cap };
    Ok(Wanted { agreed, card, tier: tier.map(|t| t.id), po_number, note })
}

fn discounts(entries: &Entries) -> Result<Vec<Discount>> {
    let text = entries.text("discount");
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let rate = Rate::parse(text).map_err(|e| Error::field("discount", sentence(&e.to_string())))?;
    let from = entries.day("effective_from")?;
    let until = entries.day("discount_until")?;
    let name = match entries.words("discount_name", 60)? {
        name if name.is_empty() => "Discount".to_owned(),
        name => name,
    };
    let Some(from) = from.filter(|_| rate > Rate::ZERO) else { return Ok(Vec::new()) };
    Ok(vec![Discount { name, rate, from, until }])
}

/// Another tier at the price or card that the form brought along is a slip more often than not: it is said, and agreed to where
/// that is ticked.
async fn priced_anew(ctx: &Ctx, company: &Company, wanted: &Wanted, entries: &Entries) -> Result<()> {
    let before = agreed(ctx.store(), company.id).await?;
    let Some(last) = before.last().filter(|last| wanted.tier.is_some() && last.tier != wanted.tier) else {
        return Ok(());
    };
    if entries.is("same_price") || last.agreed.card.items != wanted.agreed.card.items {
        return Ok(());
    }
    let words = "this tier would cost what was agreed before: clear the price and the card to take the tier’s own card, or tick that the price stays";
    Err(Error::field("tier_id", words))
}

/// Adds an amendment; the company's name and the day from which it holds.
pub async fn amend(ctx: &Ctx, entries: &Entries) -> Result<(String, NaiveDate)> {
    ctx.require(Permission::ManagePrices)?;
    let company = insurer(ctx, entries).await?;
    let wanted = wanted(ctx, entries).await?;
    priced_anew(ctx, &company, &wanted, entries).await?;
    let tx = ctx.begin().await?;
    let from = wanted.agreed.from;
    let contract = contract_of(ctx, &tx, &company, from).await?;
    // What is drafted meanwhile waits, and sees what is agreed here.
    contracts::hold(&tx, company.id).await?;
    let others = agreed(&tx, company.id).await?;
    let (card, card_version) = match wanted.card {
        Some(card) => (card.id, card.version),
        None => prices::keep(ctx, &tx, &wanted.agreed.card).await?,
    };
    let amendment = Amendment {
        id: ctx.id(),
        contract: contract.id,
        company: company.id,
        card,
        card_version,
        agreed: wanted.agreed,
        tier: wanted.tier,
        po_number: wanted.po_number,
        note: wanted.note,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
    };
    if let Some(error) = add(&tx, &contract, &others, &amendment).await? {
        return Err(Error::field(field_of(&error), sentence(&error.to_string())));
    }
    tx.commit(ctx.audit(Some(company.id), "contract.amended", "company", company.id, details(&amendment))).await?;
    Ok((company.name, from))
}

/// Adds an amendment to a contract that is held, or says why it cannot be. `others`: those that are there.
pub(crate) async fn add(
    tx: &Tx,
    contract: &Contract,
    others: &[Amendment],
    amendment: &Amendment,
) -> Result<Option<agreement::AmendmentError>> {
    let invoiced = invoices::billed_until(tx, contract.company).await?;
    if let Err(error) = amendment.agreed.check(&rules(others), invoiced) {
        return Ok(Some(error));
    }
    contracts::amend(tx, amendment).await?;
    if amendment.agreed.from < contract.begins_on {
        contracts::set_begin(tx, contract.id, amendment.agreed.from).await?;
    }
    Ok(None)
}

/// What the audit log keeps of an amendment.
pub(crate) fn details(amendment: &Amendment) -> serde_json::Value {
    let agreed = &amendment.agreed;
    json!({
        "effective_from": agreed.from, "card": agreed.card.name, "version": amendment.card_version,
        "cycle": agreed.cycle.key(), "payment_days": agreed.payment_days,
        "commitment": agreed.commitment, "cap": agreed.cap, "tier": amendment.tier,
    })
}

fn field_of(error: &agreement::AmendmentError) -> &'static str {
    use agreement::AmendmentError as E;
    match error {
        E::SameDate | E::Invoiced(_) | E::Cycle => "effective_from",
        E::Bounds { .. } => "cap",
        E::Discount => "discount_until",
    }
}

/// The company's contract; begun where there is none.
pub(crate) async fn contract_of(ctx: &Ctx, tx: &Tx, company: &Company, from: NaiveDate) -> Result<Contract> {
    if let Some(contract) = contracts::of_company(tx, ctx.caller.reach, company.id).await? {
        return Ok(contract);
    }
    let contract = Contract {
        id: ctx.id(),
        company: company.id,
        begins_on: from,
        ends_on: None,
        notice_days: 30,
        renews: true,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
    };
    contracts::begin(tx, &contract).await?;
    Ok(contract)
}
