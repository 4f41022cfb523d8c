//! The diary: what is to be done next on a claim and by when, beside the clocks of law and protocol.

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, RowAct, Table, Tone};
use domain::calendar::{after_working_days, london_date, next_working_day};
use domain::clock::{Clock, clocks};
use domain::id::{ClaimId, UserId};
use domain::policy::{Permission, Role};
use domain::settlement::ClaimStatus;
use serde_json::json;
use store::claims::{self, Claim, ClaimQuery};
use store::diary::{self, Action};
use store::people;

use super::number;
use crate::acts::{Done, Entries, Kind};
use crate::names::Names;
use crate::reports::Query;
use crate::{Ctx, Error, Result};

pub static ADD: Kind =
    Kind { name: "diary.add", needs: Some(Permission::WriteClaims), run: |ctx, entries| Box::pin(add(ctx, entries)) };

pub static DONE: Kind =
    Kind { name: "diary.done", needs: Some(Permission::WriteClaims), run: |ctx, entries| Box::pin(done(ctx, entries)) };

pub static CLOCK: Kind = Kind {
    name: "diary.clock",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(clock(ctx, entries)),
};

/// In characters.
const LONGEST: usize = 300;

/// `id` of the claim, `words`, `due` or `in_days` (working days), `who` (empty: oneself).
async fn add(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (me, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let today = london_date(ctx.now);
    let due = match (entries.day("due")?, entries.text("in_days")) {
        (Some(day), _) if day < today => {
            return Err(Error::field("due", "this day is over: choose today or a later one"));
        }
        // What falls on a weekend or a holiday is done on the next working day.
        (Some(day), _) => next_working_day(day),
        (None, "") => return Err(Error::field("due", "choose a day, or a number of working days")),
        (None, _) => {
            let days: u32 = entries.number("in_days", "give a whole number of working days, from 1 to 250")?;
            if !(1..=250).contains(&days) {
                return Err(Error::field("in_days", "give a whole number of working days, from 1 to 250"));
            }
            after_working_days(today, days)
        }
    };
    let user = match entries.text("who") {
        "" => me,
        who => colleague(ctx, &claim, who).await?,
    };
    super::create::moved(ctx, &claim).await?;
    let action = Action {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        user,
        words: entries.needed("words", LONGEST, "say what is to be done")?,
        due,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
        done: None,
    };
    let tx = ctx.begin().await?;
    diary::create(&tx, &action).await?;
    tx.commit(ctx.audit(Some(claim.company), "diary.added", "claim", claim.id, json!({ "due": due }))).await?;
    Ok(Done::said(format!("In the diary for {}.", contract::when::Day::from(due).words)))
}

/// Somebody of the company who works on claims.
async fn colleague(ctx: &Ctx, claim: &Claim, who: &str) -> Result<UserId> {
    let missing = || Error::field("who", "choose somebody who works on claims");
    let id: UserId = who.parse().map_err(|_| missing())?;
    let person = people::find(ctx.store(), ctx.caller.reach, id).await.map_err(|_| missing())?;
    let works = domain::policy::allows(person.role, store::Reach::Company(claim.company), Permission::WriteClaims);
    if person.company == claim.company && person.active && works { Ok(id) } else { Err(missing()) }
}

/// `id` of the entry.
async fn done(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let action = diary::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let tx = ctx.begin().await?;
    diary::done(&tx, action.id, &ctx.caller.actor.name(), ctx.now).await?;
    let details = json!({ "due": action.due });
    tx.commit(ctx.audit(Some(action.company), "diary.done", "claim", action.claim, details)).await?;
    Ok(Done::said("Done."))
}

/// `id` of the claim, `clock` by its stored name, `met`.
async fn clock(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (me, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let all = clocks(claim.facts.accident_date, claim.facts.claim_date);
    let Some(clock) = all.into_iter().find(|clock| clock.key == entries.text("clock")) else {
        return Err(Error::refused(ErrorKind::NotFound, "This claim has no such clock."));
    };
    let is = entries.is("met");
    super::create::moved(ctx, &claim).await?;
    let tx = ctx.begin().await?;
    let changed = if is {
        let met = Action {
            id: ctx.id(),
            company: claim.company,
            claim: claim.id,
            user: me,
            words: clock.what.into(),
            due: clock.due,
            made_by: ctx.caller.actor.name(),
            made_at: ctx.now,
            done: None,
        };
        diary::meet(&tx, &met, clock.key).await?
    } else {
        diary::unmeet(&tx, claim.id, clock.key).await?
    };
    if !changed {
        return Ok(Done::said("It is so already."));
    }
    let details = json!({ "what": clock.what, "met": is });
    tx.commit(ctx.audit(Some(claim.company), "diary.clock", "claim", claim.id, details)).await?;
    Ok(Done::said(if is { "Done." } else { "It is not done." }))
}

/// The button of a clock's row.
fn clock_act(claim: ClaimId, clock: &Clock, met: bool) -> Cell {
    let with = |name: &str, value: String| (name.to_owned(), value);
    Cell::Acts(vec![RowAct {
        act: CLOCK.name.into(),
        label: if met { "Not done" } else { "Done" }.into(),
        about: clock.what.into(),
        with: vec![with("id", claim.to_string()), with("clock", clock.key.to_owned()), with("met", (!met).to_string())],
    }])
}

fn due_cell(due: chrono::NaiveDate, today: chrono::NaiveDate) -> (Cell, Cell) {
    let (words, tone) = match (due - today).num_days() {
        days if days < 0 => ("Overdue", Tone::Bad),
        0 => ("Today", Tone::Notice),
        1..=7 => ("This week", Tone::Notice),
        _ => ("Later", Tone::Plain),
    };
    (Cell::Date(due.into()), Cell::Badge(words.into(), tone))
}

/// As the claim's page shows it: own entries and the clocks together, the soonest first.
pub(crate) async fn parts(ctx: &Ctx, claim: &Claim) -> Result<Vec<Part>> {
    let today = london_date(ctx.now);
    let all = diary::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let names = Names::of(ctx, all.iter().map(|a| a.user.to_string())).await?;
    let open = claim.status != ClaimStatus::Decided;
    let may = open && ctx.caller.holds(Permission::WriteClaims);
    let mut rows: Vec<(chrono::NaiveDate, Vec<Cell>)> = Vec::new();
    for action in all.iter().filter(|a| a.done.is_none()) {
        let (day, standing) = due_cell(action.due, today);
        let act = if ctx.caller.holds(Permission::WriteClaims) {
            Cell::act(DONE.name, action.id, "Done", &action.words)
        } else {
            Cell::Empty
        };
        let who = names.actor(&action.user.to_string());
        rows.push((action.due, vec![day, Cell::text(&action.words), Cell::Text(who), standing, act]));
    }
    if open {
        let met = diary::met(ctx.store(), ctx.caller.reach, &[claim.id]).await?;
        let names = Names::of(ctx, met.iter().map(|(_, _, by, _)| by.clone())).await?;
        for clock in clocks(claim.facts.accident_date, claim.facts.claim_date) {
            let done = met.iter().find(|(_, key, ..)| key == clock.key);
            let (day, standing) = match done {
                Some((_, _, by, at)) => {
                    let words = format!("Done by {}, {}", names.actor(by), domain::calendar::words(*at));
                    (Cell::Date(clock.due.into()), Cell::Badge(words, Tone::Good))
                }
                None => due_cell(clock.due, today),
            };
            let act = if may { clock_act(claim.id, &clock, done.is_some()) } else { Cell::Empty };
            rows.push((clock.due, vec![day, Cell::text(clock.what), Cell::text(clock.source), standing, act]));
        }
    }
    rows.sort_by_key(|(due, _)| *due);
    let mut parts = Vec::new();
    if !rows.is_empty() {
        let mut table = Table::new("What comes next", &["By", "What", "Who, or by what", "Standing", "Act"], "");
        rows.into_iter().for_each(|(_, row)| table.row(row));
        parts.push(Part::Table(table));
    }
    if may {
        parts.push(Part::Form(form(ctx, claim).await?));
    }
    Ok(parts)
}

async fn form(ctx: &Ctx, claim: &Claim) -> Result<Form> {
    let who = people::working(ctx.store(), claim.company, &[Role::Handler, Role::Manager]).await?;
    let who: Vec<_> = who.into_iter().map(|p| (p.id.to_string(), p.name)).collect();
    let me = ctx.caller.actor.name();
    Ok(Form {
        act: ADD.name.into(),
        id: "diary".into(),
        title: "Put a next action into the diary".into(),
        with: vec![("id".into(), claim.id.to_string())],
        inputs: vec![
            Input::new("words", "What is to be done", Asks::Text).required(),
            Input::new("due", "On", Asks::Date).hint("A day that is none for work becomes the next that is."),
            Input::new("in_days", "Or in so many working days", Asks::Text),
            Input::new("who", "Who", Asks::Choice(who)).value(me),
        ],
        submit: "Put it into the diary".into(),
        folded: true,
        ..Form::default()
    })
}

/// Open claims whose clocks are looked at on a person's page.
const LOOKED_AT: u64 = 100;

/// A person's own diary.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let (me, _, _) = ctx.caller.person()?;
    let company = ctx.caller.own_company()?;
    let today = london_date(ctx.now);
    let own = diary::of_person(ctx.store(), company, me).await?;
    let ids: Vec<_> = own.iter().map(|a| a.claim).collect();
    let numbers = claims::numbers(ctx.store(), ctx.caller.reach, &ids).await?;
    let columns = ["By", "What", "Claim", "Standing", "Act"];
    let mut table = Table::new(
        "Your next actions",
        &columns,
        "Nothing is in your diary. Put a next action into it on a claim’s page.",
    )
    .filled_by(true, "Claims to decide", "/claims?status=open&mine=true");
    for action in &own {
        let Some(claim) = numbers.get(&action.claim) else { continue };
        let (day, standing) = due_cell(action.due, today);
        table.row(vec![
            day,
            Cell::text(&action.words),
            Cell::link(number(*claim), format!("/claims/{}", action.claim)),
            standing,
            Cell::act(DONE.name, action.id, "Done", &action.words),
        ]);
    }
    let mine = ClaimQuery {
        created_by: Some(me.to_string()),
        status: Some(ClaimStatus::Open),
        sort: claims::Sort::Oldest,
        page: 1,
        per_page: LOOKED_AT,
        ..ClaimQuery::default()
    };
    let claims = claims::some(ctx.store(), ctx.caller.reach, &mine).await?;
    let ids: Vec<_> = claims.iter().map(|claim| claim.id).collect();
    let met = diary::met(ctx.store(), ctx.caller.reach, &ids).await?;
    let is_met = |claim: ClaimId, clock: &Clock| met.iter().any(|(on, key, ..)| *on == claim && key == clock.key);
    let mut running: Vec<(Clock, &Claim)> = Vec::new();
    for claim in &claims {
        let all = clocks(claim.facts.accident_date, claim.facts.claim_date);
        running.extend(all.into_iter().filter(|clock| !is_met(claim.id, clock)).map(|clock| (clock, claim)));
    }
    running.sort_by_key(|(clock, _)| clock.due);
    let columns = ["By", "What", "Claim", "Standing", "Act"];
    let mut clocks = Table::new("Clocks of your open claims", &columns, "No clock of your open claims runs.");
    for (clock, claim) in running.into_iter().take(50) {
        let (day, standing) = due_cell(clock.due, today);
        let link = Cell::link(number(claim.number), format!("/claims/{}", claim.id));
        let act = clock_act(claim.id, &clock, false);
        clocks.row(vec![day, Cell::text(clock.what), link, standing, act]);
    }
    Ok(Report { parts: vec![Part::Table(table), Part::Table(clocks)], ..Report::default() })
}
