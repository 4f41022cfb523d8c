//! The tiers that are offered: what each opens, and the rate card that it costs (stories 51, 55).

use std::collections::BTreeSet;

use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::id::ServiceTierId;
use domain::policy::Permission;
use domain::tier::{Capability, Tier};
use serde_json::json;
use store::StoreError;
use store::rate_cards::{self, Card};
use store::tiers::{self, ServiceTier};

use crate::acts::{Done, Entries, Kind, Wrong};
use crate::invoicing::prices;
use crate::names::Names;
use crate::{Ctx, Error, Result, id_from};

/// More seats than any insurer has people.
const MOST_SEATS: u32 = 100_000;

/// Adds a tier, or the next version of one.
pub static ADD: Kind = Kind {
    name: "tier.add",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let (tier, version) = add(ctx, entries).await?;
            Ok(Done::said(format!("“{tier}” version {version} can be agreed to.")))
        })
    },
};

async fn add(ctx: &Ctx, entries: &Entries) -> Result<(String, i32)> {
    let mut wrong = Wrong::default();
    let name = wrong.of(entries.line("name", 40, "say what the tier is called"))?;
    let seats = wrong.of(seats(entries))?;
    let card = wrong.of(card(ctx, entries.text("card_id")).await)?;
    wrong.told()?;
    let Some(card) = card else { return Err(Error::field("card_id", "choose the rate card that it costs")) };
    let opened: BTreeSet<Capability> = Capability::ALL.into_iter().filter(|c| entries.is(c.key())).collect();
    let new = ServiceTier {
        id: ctx.id(),
        tier: Tier { name, version: 0, capabilities: opened, seats },
        card: card.id,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
    };
    let tx = ctx.begin().await?;
    let version = tiers::add(&tx, &new).await?;
    let details = json!({
        "name": new.tier.name, "version": version, "opens": new.tier.capabilities, "seats": seats,
        "card": card.card.name, "card_version": card.version,
    });
    tx.commit(ctx.audit(ctx.caller.company, "tier.added", "tier", new.id, details)).await?;
    Ok((new.tier.name, version))
}

fn seats(entries: &Entries) -> Result<Option<u32>> {
    match entries.text("seats") {
        "" => Ok(None),
        text => match text.replace(',', "").parse::<u32>() {
            Ok(seats) if (1..=MOST_SEATS).contains(&seats) => Ok(Some(seats)),
            _ => Err(Error::field("seats", "write a whole number of people, or leave it empty for any number")),
        },
    }
}

async fn card(ctx: &Ctx, id: &str) -> Result<Option<Card>> {
    let wanted = || Error::field("card_id", "choose the rate card that it costs");
    let id = id_from(id).map_err(|_: Error| wanted())?;
    match rate_cards::find(ctx.store(), id).await {
        Err(StoreError::NotFound) => Err(wanted()),
        found => Ok(Some(found?)),
    }
}

/// Of an entry of a form; nothing for an empty one.
pub(crate) async fn chosen(ctx: &Ctx, text: &str) -> Result<Option<ServiceTier>> {
    if text.is_empty() {
        return Ok(None);
    }
    let wanted = || Error::field("tier_id", "choose a tier");
    let id: ServiceTierId = id_from(text).map_err(|_: Error| wanted())?;
    match tiers::find(ctx.store(), id).await {
        Err(StoreError::NotFound) => Err(wanted()),
        found => Ok(Some(found?)),
    }
}

/// As they are offered in a choice.
pub(crate) fn choices(all: &[ServiceTier]) -> Vec<(String, String)> {
    all.iter().map(|t| (t.id.to_string(), t.tier.to_string())).collect()
}

/// The catalogue on the page of prices, with the form that adds to it.
pub(crate) async fn parts(ctx: &Ctx, cards: &[Card]) -> Result<Vec<Part>> {
    let all = tiers::list(ctx.store()).await?;
    let names = Names::of(ctx, all.iter().map(|t| t.made_by.clone()).collect::<Vec<_>>()).await?;
    let columns = ["Tier", "#Version", "Opens", "Rate card", "Added by", "Added"];
    let mut table = Table::new("Service tiers", &columns, "No tier yet: every company has everything.");
    for tier in &all {
        let card = cards.iter().find(|c| c.id == tier.card);
        table.row(vec![
            Cell::text(&tier.tier.name),
            Cell::Number(tier.tier.version.into()),
            Cell::Text(tier.tier.words()),
            card.map_or(Cell::Empty, |c| Cell::Text(format!("{}, version {}", c.card.name, c.version))),
            Cell::Text(names.actor(&tier.made_by)),
            Cell::Time(tier.made_at.into()),
        ]);
    }
    Ok(vec![Part::Table(table), Part::Form(form(cards))])
}

fn form(cards: &[Card]) -> Form {
    let mut inputs = vec![Input::new("name", "Name", Asks::Text).required()];
    inputs.extend(Capability::ALL.map(|c| Input::new(c.key(), c.label(), Asks::Tick)));
    inputs.push(Input::new("seats", "Seats", Asks::Text).hint("People who can sign in. Empty: any number."));
    inputs.push(Input::new("card_id", "Rate card", Asks::Choice(prices::choices(cards))).required());
    Form {
        act: ADD.name.into(),
        id: "t".into(),
        title: "Add a service tier".into(),
        lead: "What a company may use, and what that costs. A tier of a name that there is becomes its next version; contracts keep the version they agreed to.".into(),
        inputs,
        submit: "Add the tier".into(),
        folded: true,
        ..Form::default()
    }
}
