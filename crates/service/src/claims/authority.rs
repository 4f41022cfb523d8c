//! How much a person, or an integration, may settle a claim for. Managers set limits from a day on; a larger settlement
//! goes to a manager, who has a limit too and does not decide what they flagged themselves.

use chrono::NaiveDate;
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{ApiKeyId, CompanyId, UserId};
use domain::policy::{Permission, Role};
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde_json::json;
use store::authorities::{self, Authority, EVERYBODY};
use store::claims::Claim;
use store::{Reach, integration, people, reviews};

use crate::acts::{Done, Entries, Kind};
use crate::names::Names;
use crate::reports::Query;
use crate::{Actor, Ctx, Error, Result};

pub static SET: Kind = Kind {
    name: "authority.set",
    needs: Some(Permission::ReviewClaims),
    run: |ctx, entries| Box::pin(set(ctx, entries)),
};

/// What is in force for a holder today: their own, or what everybody has. `None`: no limit.
async fn limit(ctx: &Ctx, claim: &Claim, holder: &str) -> Result<Option<Money>> {
    let today = london_date(ctx.now);
    for holder in [holder, EVERYBODY] {
        if let Some(found) = authorities::in_force(ctx.store(), claim.company, holder, today).await? {
            return Ok(found.limit);
        }
    }
    Ok(None)
}

/// Goes on only where the caller may settle the claim for so much. An amount of the limit itself passes.
pub async fn covers(ctx: &Ctx, claim: &Claim, amount: Money) -> Result<()> {
    if claim.status == ClaimStatus::Flagged {
        let review = reviews::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
        let own = review
            .is_some_and(|r| r.status == ReviewStatus::Waiting && r.flagged_by.to_string() == ctx.caller.actor.name());
        if own {
            let words = "You flagged this claim yourself: another manager decides it.";
            return Err(Error::refused(ErrorKind::Conflict, words));
        }
    }
    match limit(ctx, claim, &ctx.caller.actor.name()).await? {
        Some(limit) if amount > limit => Err(Error::field("amount", over(ctx, limit, amount))),
        _ => Ok(()),
    }
}

fn over(ctx: &Ctx, limit: Money, amount: Money) -> String {
    let who = match ctx.caller.actor {
        Actor::Key { .. } => "This key may settle a claim",
        _ => "You may settle a claim",
    };
    let way_on = if ctx.caller.holds(Permission::ReviewClaims) {
        "another manager with a higher limit decides it"
    } else {
        "ask for a review, and a manager decides it"
    };
    format!("{who} for up to {limit}. {amount} is more: {way_on}")
}

/// `holder`, `amount` in pounds (empty: no limit), `since`.
async fn set(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let company = ctx.caller.own_company()?;
    let today = london_date(ctx.now);
    let holder = holder(ctx, entries.text("holder")).await?;
    let since = entries.day("since")?.unwrap_or(today);
    if since < today {
        return Err(Error::field("since", "a limit begins today or later: what was decided stands"));
    }
    if holder == ctx.caller.actor.name() {
        return Err(Error::field("holder", "nobody sets their own limit: ask another manager"));
    }
    let amount = entries.pounds("amount")?;
    if holder == EVERYBODY {
        not_ones_own(ctx, company, amount, since).await?;
    }
    let authority = Authority {
        id: ctx.id(),
        company,
        holder: holder.clone(),
        limit: amount,
        since,
        set_by: ctx.caller.actor.name(),
        set_at: ctx.now,
    };
    let tx = ctx.begin().await?;
    authorities::set(&tx, &authority).await?;
    let details = json!({ "limit": authority.limit, "since": since });
    tx.commit(ctx.audit(Some(company), "authority.set", "authority", holder, details)).await?;
    Ok(Done::said("The limit is set."))
}

/// Whoever falls under everybody's limit does not raise it: that would be their own.
async fn not_ones_own(ctx: &Ctx, company: CompanyId, amount: Option<Money>, since: NaiveDate) -> Result<()> {
    let own = authorities::in_force(ctx.store(), company, &ctx.caller.actor.name(), since).await?;
    let now = authorities::in_force(ctx.store(), company, EVERYBODY, since).await?;
    let raises = match (own, now.and_then(|now| now.limit), amount) {
        (None, Some(_), None) => true,
        (None, Some(now), Some(amount)) => amount > now,
        _ => false,
    };
    if raises {
        let words = "you fall under this limit yourself: have another manager set one of your own first";
        return Err(Error::field("amount", words));
    }
    Ok(())
}

/// A person or a key of the caller's company, or everybody.
async fn holder(ctx: &Ctx, text: &str) -> Result<String> {
    let missing = || Error::field("holder", "choose whose limit it is");
    if text == EVERYBODY {
        return Ok(text.to_owned());
    }
    if let Ok(id) = text.parse::<UserId>() {
        return Ok(people::find(ctx.store(), ctx.caller.reach, id).await.map_err(|_| missing())?.id.to_string());
    }
    let id: ApiKeyId = text.parse().map_err(|_| missing())?;
    let keys = integration::by_ids(ctx.store(), ctx.caller.reach, &[id]).await?;
    keys.first().map(|key| key.id.to_string()).ok_or_else(missing)
}

/// The page: who may settle for how much.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let company = ctx.caller.own_company()?;
    let today = london_date(ctx.now);
    let all = authorities::list(ctx.store(), company).await?;
    let people = people::working(ctx.store(), company, &[Role::Handler, Role::Manager]).await?;
    let keys = integration::list(ctx.store(), Reach::Company(company)).await?;
    let keys: Vec<_> = keys.into_iter().filter(|k| k.revoked_at.is_none()).collect();
    let mut choices = vec![(EVERYBODY.to_owned(), "Whoever has no limit of their own".to_owned())];
    choices.extend(people.iter().map(|p| (p.id.to_string(), format!("{}, {}", p.name, p.role.label().to_lowercase()))));
    choices.extend(keys.iter().map(|k| (k.id.to_string(), format!("API key “{}”", k.name))));
    let names = Names::of(ctx, all.iter().map(|a| a.set_by.clone())).await?;
    let called = |holder: &str| {
        choices.iter().find(|(id, _)| id == holder).map_or("Somebody who decides no claims now", |(_, w)| w)
    };
    let mut table = Table::new(
        "Who may settle for how much",
        &["Who", "#Up to", "From", "Standing", "Set by"],
        "No limit is set: everybody who decides claims may settle any amount.",
    );
    let mut seen = std::collections::BTreeSet::new();
    for authority in &all {
        let in_force = authority.since <= today && seen.insert(authority.holder.clone());
        table.row(vec![
            Cell::text(called(&authority.holder)),
            authority.limit.map_or_else(|| Cell::text("No limit"), Cell::Money),
            Cell::Date(authority.since.into()),
            Cell::text(standing(authority.since, today, in_force)),
            Cell::Text(names.actor(&authority.set_by)),
        ]);
    }
    let form = Form {
        act: SET.name.into(),
        id: "authority".into(),
        title: "Set a limit".into(),
        lead: "A settlement of the limit itself passes; a larger one goes to a manager, who has a limit too.".into(),
        inputs: vec![
            Input::new("holder", "Who", Asks::Choice(choices.clone())).required(),
            Input::new("amount", "Up to, in pounds", Asks::Pounds).hint("Empty: no limit."),
            Input::new("since", "From", Asks::Date).value(today.to_string()).required(),
        ],
        submit: "Set the limit".into(),
        primary: true,
        ..Form::default()
    };
    Ok(Report { parts: vec![Part::Table(table), Part::Form(form)], ..Report::default() })
}

fn standing(since: NaiveDate, today: NaiveDate, in_force: bool) -> &'static str {
    match (since > today, in_force) {
        (true, _) => "To come",
        (false, true) => "In force",
        (false, false) => "Before",
    }
}
