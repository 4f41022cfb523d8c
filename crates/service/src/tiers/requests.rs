//! A manager asks for another tier, finance approves it: the contract is amended from that day on (story 79).

use billing::Month;
use chrono::{Days, NaiveDate};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::policy::{Permission, Role};
use serde_json::json;
use store::companies::{self, Company};
use store::contracts::Amendment;
use store::tiers::{self, Request, ServiceTier, State};
use store::{Reach, StoreError, Tx, notifications, people, rate_cards};

use super::preview::{self, Preview};
use super::{allowed, catalogue};
use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::invoicing::agreements::{agreed, rules};
use crate::invoicing::contracts as agreements;
use crate::names::Names;
use crate::{Ctx, Error, Result, id_from};

/// Requests of a company that are listed.
const LISTED: u64 = 20;

const ANSWERED: &str = "The request has been answered meanwhile.";

/// Asks for another tier for one's own company.
pub static ASK: Kind = Kind {
    name: "tier.ask",
    needs: Some(Permission::AskTier),
    run: |ctx, entries| {
        Box::pin(async move {
            let name = ask(ctx, entries).await?;
            Ok(Done::said(format!("Asked for “{name}”. Solatium’s finance answers it; nothing changes before.")))
        })
    },
};

/// Takes one's own company's request back.
pub static WITHDRAW: Kind = Kind {
    name: "tier.withdraw",
    needs: Some(Permission::AskTier),
    run: |ctx, entries| {
        Box::pin(async move {
            answered(ctx, entries, State::Withdrawn, "").await?;
            Ok(Done::said("Taken back."))
        })
    },
};

/// Approves a request: the contract is amended.
pub static APPROVE: Kind = Kind {
    name: "tier.approve",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let (company, from) = approve(ctx, entries).await?;
            Ok(Done::said(format!("Agreed with {company} from {} on.", day(from))))
        })
    },
};

/// Declines a request with a reason.
pub static DECLINE: Kind = Kind {
    name: "tier.decline",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let reason = entries.needed("reason", 300, "say why, for the company’s manager")?;
            answered(ctx, entries, State::Declined, &reason).await?;
            Ok(Done::said("Declined, with your reason."))
        })
    },
};

fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

async fn ask(ctx: &Ctx, entries: &Entries) -> Result<String> {
    let own = ctx.caller.own_company()?;
    let mut wrong = Wrong::default();
    let wanted = wrong.of(catalogue::chosen(ctx, entries.text("tier_id")).await)?;
    wrong.missing(entries, "tier_id", "choose a tier");
    let from = wrong.of(entries.day("from"))?;
    wrong.missing(entries, "from", "give the day from which it is to hold");
    let note = wrong.of(entries.words("note", 300))?;
    wrong.told()?;
    let (Some(wanted), Some(from)) = (wanted, from) else { return Err(Error::field("tier_id", "choose a tier")) };
    if from <= london_date(ctx.now) {
        return Err(Error::field("from", "choose a day to come"));
    }
    let request = Request {
        id: ctx.id(),
        company: own,
        tier: wanted.id,
        from,
        note,
        state: State::Open,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
        decided_by: None,
        decided_at: None,
        reason: String::new(),
    };
    let tx = ctx.begin().await?;
    let current = tiers::offered(&tx).await?.into_iter().any(|t| t.id == wanted.id);
    if !current {
        return Err(Error::field("tier_id", "this version is no longer offered: choose another"));
    }
    let amendments = agreed(&tx, own).await?;
    let last = in_force(&amendments, from)?;
    if last.tier == Some(wanted.id) {
        return Err(Error::field("tier_id", "your company has this tier"));
    }
    tiers::ask(&tx, &request)
        .await
        .map_err(|e| taken(e, "A request of your company waits already: take it back first."))?;
    let operator = companies::operator(&tx).await?;
    let company = companies::find(&tx, ctx.caller.reach, own).await?;
    for user in people::with_role(&tx, operator.id, Role::Finance).await? {
        let told = Told { user, company: operator.id, cause: Cause::Tier };
        told.of(ctx, &tx, &format!("{} asks for another service tier.", company.name), &page(own)).await?;
    }
    let details = json!({ "tier": wanted.tier.name, "version": wanted.tier.version, "from": from });
    tx.commit(ctx.audit(Some(own), "tier.asked", "tier_request", request.id, details)).await?;
    Ok(wanted.tier.name)
}

fn page(company: domain::id::CompanyId) -> String {
    format!("/contracts/{company}")
}

/// What is agreed for a day: there is no tier without terms.
fn in_force(amendments: &[Amendment], on: NaiveDate) -> Result<&Amendment> {
    amendments.iter().rfind(|a| a.agreed.from <= on).ok_or_else(|| {
        Error::refused(
            ErrorKind::Conflict,
            "There is no contract on that day: Solatium’s finance agrees to terms first.",
        )
    })
}

/// A conflict in words; what else went wrong stays what it is.
fn taken(error: StoreError, words: &str) -> Error {
    match error {
        StoreError::Conflict(_) => Error::refused(ErrorKind::Conflict, words),
        other => other.into(),
    }
}

async fn found(ctx: &Ctx, entries: &Entries) -> Result<Request> {
    Ok(tiers::request(ctx.store(), ctx.caller.reach, id_from(entries.text("id"))?).await?)
}

/// Answers a request otherwise than by approving it.
async fn answered(ctx: &Ctx, entries: &Entries, state: State, reason: &str) -> Result<()> {
    let request = found(ctx, entries).await?;
    let tx = ctx.begin().await?;
    decided(ctx, &tx, &request, state, reason).await?;
    let details = json!({ "state": state.key() });
    tx.commit(ctx.audit(Some(request.company), "tier.answered", "tier_request", request.id, details)).await?;
    Ok(())
}

/// Notes the answer, and tells whoever asked.
async fn decided(ctx: &Ctx, tx: &Tx, request: &Request, state: State, reason: &str) -> Result<()> {
    let by = ctx.caller.actor.name();
    tiers::decide(tx, request.id, state, (&by, ctx.now), reason).await.map_err(|e| taken(e, ANSWERED))?;
    // It waits for nobody any more.
    let operator = companies::operator(tx).await?;
    for user in people::with_role(tx, operator.id, Role::Finance).await? {
        notifications::read_about(tx, user, &page(request.company), ctx.now).await?;
    }
    if let Ok(user) = request.made_by.parse() {
        let words = match state {
            State::Approved => "The service tier that you asked for is agreed.",
            State::Declined => "The service tier that you asked for was declined.",
            State::Withdrawn | State::Open => return Ok(()),
        };
        let told = Told { user, company: request.company, cause: Cause::Tier };
        told.of(ctx, tx, words, &page(request.company)).await?;
    }
    Ok(())
}

async fn approve(ctx: &Ctx, entries: &Entries) -> Result<(String, NaiveDate)> {
    let request = found(ctx, entries).await?;
    let company = companies::find(ctx.store(), Reach::Operator, request.company).await?;
    let tier = tiers::find(ctx.store(), request.tier).await?;
    let card = rate_cards::find(ctx.store(), tier.card).await?;
    let tx = ctx.begin().await?;
    let contract = agreements::contract_of(ctx, &tx, &company, request.from).await?;
    store::contracts::hold(&tx, company.id).await?;
    // Of two who approve at once the second sees it.
    if tiers::request(&tx, ctx.caller.reach, request.id).await?.state != State::Open {
        return Err(Error::refused(ErrorKind::Conflict, ANSWERED));
    }
    let amendments = agreed(&tx, company.id).await?;
    let last = in_force(&amendments, request.from)?.clone();
    if let Some(later) = amendments.iter().find(|a| a.agreed.from > request.from) {
        let words = format!(
            "Other terms are agreed from {} on, which would end the tier again: decline the request, and amend the contract yourself.",
            day(later.agreed.from)
        );
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let amendment = Amendment {
        id: ctx.id(),
        card: card.id,
        card_version: card.version,
        tier: Some(tier.id),
        agreed: billing::agreement::Amendment {
            from: request.from,
            until: None,
            card: card.card,
            ..last.agreed.clone()
        },
        note: format!("Tier {}, as their manager asked.", tier.tier),
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
        ..last
    };
    if let Some(error) = agreements::add(&tx, &contract, &amendments, &amendment).await? {
        let words = format!("{} Decline the request, so that it is asked for anew.", sentence(&error.to_string()));
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    decided(ctx, &tx, &request, State::Approved, "").await?;
    tx.audit(ctx.audit(Some(company.id), "contract.amended", "company", company.id, agreements::details(&amendment)));
    let details = json!({ "tier": tier.tier.name, "version": tier.tier.version, "from": request.from });
    tx.commit(ctx.audit(Some(company.id), "tier.approved", "tier_request", request.id, details)).await?;
    Ok((company.name, request.from))
}

/// Of a company's contract page: its tier, what others would cost, requests and what may be done about them.
pub(crate) async fn parts(ctx: &Ctx, company: &Company, amendments: &[Amendment]) -> Result<Vec<Part>> {
    let offered = tiers::offered(ctx.store()).await?;
    if offered.is_empty() {
        return Ok(Vec::new());
    }
    let today = london_date(ctx.now);
    let mut parts = Vec::new();
    let taken = allowed::seats_taken(ctx.store(), company.id).await?;
    let now = match tiers::in_force(ctx.store(), company.id, today).await? {
        Some(tier) => format!("Tier {tier}: {}.", tier.words()),
        None => "No tier is agreed: everything is open.".to_owned(),
    };
    let mut said = format!("{now} {taken} people can sign in.");
    for later in amendments.iter().filter(|a| a.agreed.from > today) {
        let tier = match later.tier {
            Some(id) => tiers::find(ctx.store(), id).await?.tier.to_string(),
            None => "everything".into(),
        };
        said += &format!(" From {} on: {tier}.", day(later.agreed.from));
    }
    parts.push(Part::Text(said));
    let requests = tiers::requests_of(ctx.store(), company.id, LISTED).await?;
    for request in requests.iter().filter(|r| r.state == State::Open) {
        parts.extend(open(ctx, company, amendments, request).await?);
    }
    let asked = requests.iter().any(|r| r.state == State::Open);
    if ctx.caller.holds(Permission::AskTier) && !asked && !amendments.is_empty() {
        parts.push(Part::Form(ask_form(&offered, today)));
    }
    if !requests.is_empty() {
        parts.push(Part::Table(history(ctx, &requests).await?));
    }
    Ok(parts)
}

fn words(preview: &Preview, tier: &ServiceTier, from: NaiveDate) -> String {
    let change = preview.then.pence() - preview.now.pence();
    let amount = Money::from_pence(change.saturating_abs());
    let difference = match change {
        0 => "no difference".to_owned(),
        1.. => format!("{amount} more"),
        _ => format!("{amount} less"),
    };
    format!(
        "With the use of the period that ended last ({} predictions), {} would come to {} as agreed, and to {} with {} from {} on ({difference}), before VAT.",
        preview.units,
        preview.period.words(),
        preview.now,
        preview.then,
        tier.tier,
        day(from),
    )
}

/// An open request: what it would cost, and who may do what about it.
async fn open(ctx: &Ctx, company: &Company, amendments: &[Amendment], request: &Request) -> Result<Vec<Part>> {
    let tier = tiers::find(ctx.store(), request.tier).await?;
    let card = rate_cards::find(ctx.store(), tier.card).await?;
    let mut said = format!("Tier {} is asked for from {} on: {}.", tier.tier, day(request.from), tier.tier.words());
    if !request.note.is_empty() {
        said += &format!(" “{}”", request.note);
    }
    let mut parts = vec![Part::Notice(Tone::Notice, said)];
    let preview = preview::of(ctx, company, &rules(amendments), &card.card, request.from).await?;
    parts.extend(preview.map(|p| Part::Text(words(&p, &tier, request.from))));
    let with = vec![("id".to_owned(), request.id.to_string())];
    let form = |act: &Kind, id: &str, title: &str, inputs| Form {
        act: act.name.into(),
        id: id.into(),
        title: title.into(),
        with: with.clone(),
        inputs,
        submit: title.into(),
        ..Form::default()
    };
    if ctx.caller.holds(Permission::ManagePrices) {
        parts.push(Part::Form(Form {
            lead: "The contract is amended from that day on; discounts, commitment and cap stay as agreed.".into(),
            primary: true,
            ..form(&APPROVE, "ta", "Approve the tier", Vec::new())
        }));
        let reason = Input::new("reason", "Why", Asks::Text).required();
        parts.push(Part::Form(Form { folded: true, ..form(&DECLINE, "td", "Decline it", vec![reason]) }));
    }
    if ctx.caller.holds(Permission::AskTier) {
        parts.push(Part::Form(form(&WITHDRAW, "tw", "Take the request back", Vec::new())));
    }
    Ok(parts)
}

fn ask_form(offered: &[ServiceTier], today: NaiveDate) -> Form {
    let next = Month::of(today).next().first_day();
    let opens = offered.iter().map(|t| format!("{}: {}", t.tier.name, t.tier.words())).collect::<Vec<_>>().join(". ");
    Form {
        act: ASK.name.into(),
        id: "tr".into(),
        title: "Ask for another tier".into(),
        lead: format!(
            "{opens}. Compare above what each would have cost; you see what the change would cost before it is approved."
        ),
        inputs: vec![
            Input::new("tier_id", "Tier", Asks::Choice(catalogue::choices(offered))).required(),
            Input::new("from", "From", Asks::Date)
                .value(next.max(today + Days::new(1)).to_string())
                .hint("In the middle of a period both sides of the day are charged apart.")
                .required(),
            Input::new("note", "Note", Asks::Words),
        ],
        submit: "Ask for it".into(),
        folded: true,
        ..Form::default()
    }
}

async fn history(ctx: &Ctx, requests: &[Request]) -> Result<Table> {
    let people: Vec<String> =
        requests.iter().flat_map(|r| [Some(r.made_by.clone()), r.decided_by.clone()]).flatten().collect();
    let names = Names::of(ctx, people).await?;
    let all = tiers::list(ctx.store()).await?;
    let columns = ["Asked", "By", "Tier", "From", "Standing", "Answered by", "Reason"];
    let mut table = Table::new("Requests for a tier", &columns, "None.");
    for r in requests {
        let tier = all.iter().find(|t| t.id == r.tier).map(|t| t.tier.to_string()).unwrap_or_default();
        table.row(vec![
            Cell::Time(r.made_at.into()),
            Cell::Text(names.actor(&r.made_by)),
            Cell::Text(tier),
            Cell::Date(r.from.into()),
            Cell::text(r.state.label()),
            r.decided_by.as_ref().map_or(Cell::Empty, |by| Cell::Text(names.actor(by))),
            Cell::text(&r.reason),
        ]);
    }
    Ok(table)
}
