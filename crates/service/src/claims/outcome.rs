//! What a claim finally settled for: recorded apart from the decision, corrected by another and never edited. It settles
//! nothing here; it is what models are judged by and learn from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{ClaimId, OutcomeId};
use domain::outcome::{Decided, OutcomeError, Source, Tier, check, of_outcome};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use ml::features::Recovered;
use ml::interval::ClaimKind;
use serde_json::json;
use store::claims::{self, Claim};
use store::decisions::{self, Decision};
use store::outcomes::{self, Judged, Outcome};
use store::{StoreError, Tx, predictions};

use crate::acts::{Done, Entries, Kind, Wrong};
use crate::{Ctx, Error, Result, id_from};

pub static RECORD: Kind = Kind {
    name: "outcome.record",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(act(ctx, entries)),
};

/// In characters.
const LONGEST_REFERENCE: usize = 200;

/// An outcome as it is put from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub amount: Money,
    pub settled_on: NaiveDate,
    /// The claims system's own name for it; may be empty.
    pub reference: String,
}

impl Put {
    fn is(&self, outcome: &Outcome) -> bool {
        (self.amount, self.settled_on, self.reference.as_str())
            == (outcome.amount, outcome.settled_on, outcome.reference.as_str())
    }
}

/// What became of one that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    Recorded,
    Corrected,
    /// The same stood there already: nothing was changed.
    Known,
}

/// What is known of a claim when its outcome is recorded.
struct Known<'a> {
    claim: &'a Claim,
    decision: Option<&'a Decision>,
    judged: Option<Judged>,
    /// The outcome in force.
    before: Option<&'a Outcome>,
}

fn refusal(error: OutcomeError) -> Error {
    match error {
        OutcomeError::Negative | OutcomeError::TooMuch => Error::field("amount", error),
        OutcomeError::Future | OutcomeError::BeforeAccident | OutcomeError::LongAgo => {
            Error::field("settled_on", error)
        }
    }
}

/// Whether it can be an outcome of this claim.
fn possible(ctx: &Ctx, claim: &Claim, put: &Put) -> Result<()> {
    check(put.amount, put.settled_on, claim.facts.accident_date, london_date(ctx.now)).map_err(refusal)?;
    if put.reference.chars().count() > LONGEST_REFERENCE || put.reference.chars().any(char::is_control) {
        return Err(Error::field("reference", "shorten the reference to 200 characters without line breaks"));
    }
    if claim.erased && !put.reference.is_empty() {
        return Err(Error::field("reference", "this claimant was erased: leave the reference out"));
    }
    Ok(())
}

/// Records an outcome that the claims system gives: a correction where another stands, and nothing where the same does.
pub async fn record(ctx: &Ctx, claim_id: &str, put: Put) -> Result<(Outcome, Became)> {
    ctx.require(Permission::WriteClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    one(ctx, &claim, put, Source::Api, None).await
}

/// All that was recorded of a claim, the one in force first.
pub async fn read(ctx: &Ctx, claim_id: &str) -> Result<Vec<Outcome>> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    ctx.note_read(claim.company, claim.id).await?;
    Ok(outcomes::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?)
}

/// How often one looks again where others record an outcome of the same claim at the same time.
const TRIES: u32 = 5;

/// `seen`: the outcome in force that a person corrects; another one is refused.
async fn one(
    ctx: &Ctx,
    claim: &Claim,
    put: Put,
    source: Source,
    seen: Option<Option<OutcomeId>>,
) -> Result<(Outcome, Became)> {
    possible(ctx, claim, &put)?;
    super::create::moved(ctx, claim).await?;
    for _ in 0..TRIES {
        let tx = ctx.begin().await?;
        if source != Source::Api {
            // A decision on the same day says what a person's entry is worth: it waits until this is recorded.
            claims::wait_for(&tx, &[claim.id]).await?;
        }
        let decision = decisions::of_claim(&tx, ctx.caller.reach, claim.id).await?;
        let before = outcomes::in_force(&tx, ctx.caller.reach, claim.id).await?;
        if seen.is_some_and(|seen| seen != before.as_ref().map(|o| o.id)) {
            let words = "Another outcome was recorded meanwhile: look at it first.";
            return Err(Error::refused(ErrorKind::Conflict, words));
        }
        let judged = judged(&tx, ctx, &[claim], decision.as_slice()).await?.remove(&claim.id);
        let known = Known { claim, decision: decision.as_ref(), judged, before: before.as_ref() };
        match put_one(ctx, &tx, &known, &put, source).await {
            Ok(Some((outcome, Became::Known))) => return Ok((outcome, Became::Known)),
            Ok(Some(done)) => {
                tx.commit_recorded().await?;
                return Ok(done);
            }
            // Of two at the same time the second looks at what the first recorded.
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::refused(ErrorKind::Conflict, "Others record outcomes of this claim just now: try again."))
}

/// The predictions that are judged: what was decided on, else the newest.
async fn judged(
    handle: &impl store::Handle,
    ctx: &Ctx,
    all: &[&Claim],
    decided: &[Decision],
) -> Result<BTreeMap<ClaimId, Judged>> {
    let on: BTreeMap<ClaimId, _> = decided.iter().filter_map(|d| Some((d.claim, d.prediction?))).collect();
    let ids: Vec<_> = all.iter().filter_map(|c| on.get(&c.id).copied().or(c.prediction)).collect();
    let found = predictions::amounts(handle, ctx.caller.reach, &ids).await?;
    Ok(found.into_iter().collect())
}

/// The kind of claim, by what is negotiable in it.
pub(super) fn kind_of(claim: &Claim) -> ClaimKind {
    ClaimKind::of(&Recovered::of(&claim.facts))
}

fn decided(decision: &Decision) -> Decided {
    Decided { kind: decision.kind, amount: decision.amount, day: london_date(decision.at) }
}

/// `None` where another was recorded first: the transaction is of no more use.
async fn put_one(
    ctx: &Ctx,
    tx: &Tx,
    known: &Known<'_>,
    put: &Put,
    source: Source,
) -> Result<Option<(Outcome, Became)>> {
    let claim = known.claim;
    let decided = known.decision.map(decided);
    let tier = of_outcome(source, put.amount, decided, london_date(ctx.now));
    // The same from a better source confirms it: that is worth recording.
    if let Some(before) = known.before.filter(|before| put.is(before) && before.tier <= tier) {
        return Ok(Some((before.clone(), Became::Known)));
    }
    let outcome = Outcome {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        amount: put.amount,
        settled_on: put.settled_on,
        source,
        tier,
        reference: put.reference.clone(),
        recorded_by: ctx.caller.actor.name(),
        at: ctx.now,
        supersedes: known.before.map(|o| o.id),
        superseded_at: None,
        judged: known.judged,
        kind: kind_of(claim).key().into(),
        decided_day: decided.map(|d| d.day),
    };
    match outcomes::record(tx, &outcome).await {
        Err(StoreError::Conflict(_)) => return Ok(None),
        other => other?,
    }
    let (action, became) = match outcome.supersedes {
        Some(_) => ("outcome.corrected", Became::Corrected),
        None => ("outcome.recorded", Became::Recorded),
    };
    let details = json!({
        "amount": outcome.amount, "settled_on": outcome.settled_on, "source": source.key(), "tier": outcome.tier.key(),
        "before": known.before.map(|o| o.amount),
    });
    tx.audit(ctx.audit(Some(claim.company), action, "claim", claim.id, details));
    Ok(Some((outcome, became)))
}

/// A decision on the claim: an outcome that a person had recorded by then repeats it, and is worth what it is worth.
pub(super) async fn repeated(ctx: &Ctx, tx: &Tx, claim: &Claim, decision: &Decision) -> Result<()> {
    let Some(before) = outcomes::in_force(tx, ctx.caller.reach, claim.id).await? else { return Ok(()) };
    let decided = decided(decision);
    let tier = of_outcome(before.source, before.amount, Some(decided), london_date(before.at));
    if tier == before.tier {
        return Ok(());
    }
    retiered(ctx, tx, claim, before, (tier, Some(decided.day)), "it was recorded before the decision").await
}

/// The decision was taken back: an outcome that repeated it repeats nothing any more.
pub(super) async fn unrepeated(ctx: &Ctx, tx: &Tx, claim: &Claim) -> Result<()> {
    let Some(before) = outcomes::in_force(tx, ctx.caller.reach, claim.id).await? else { return Ok(()) };
    let tier = of_outcome(before.source, before.amount, None, london_date(before.at));
    if tier == before.tier {
        return Ok(());
    }
    retiered(ctx, tx, claim, before, (tier, None), "the decision was taken back").await
}

/// The same outcome, worth what it is worth by now.
async fn retiered(
    ctx: &Ctx,
    tx: &Tx,
    claim: &Claim,
    before: Outcome,
    (tier, decided_day): (Tier, Option<NaiveDate>),
    why: &str,
) -> Result<()> {
    let (id, supersedes) = (ctx.id(), Some(before.id));
    let outcome = Outcome { id, supersedes, tier, at: ctx.now, decided_day, ..before };
    outcomes::record(tx, &outcome).await?;
    let details = json!({ "amount": outcome.amount, "tier": tier.key(), "why": why });
    tx.audit(ctx.audit(Some(claim.company), "outcome.corrected", "claim", claim.id, details));
    Ok(())
}

/// Those of a file, with their lines: each becomes something, or is refused for a reason.
pub(crate) async fn many(
    ctx: &Ctx,
    rows: Vec<(u64, Claim, Put)>,
) -> Result<Vec<(u64, Claim, std::result::Result<Became, (String, String)>)>> {
    /// Rows of one transaction.
    const TOGETHER: usize = 200;
    let mut done = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter();
    loop {
        let portion: Vec<_> = rows.by_ref().take(TOGETHER).collect();
        if portion.is_empty() {
            return Ok(done);
        }
        done.extend(together(ctx, portion).await?);
    }
}

async fn together(
    ctx: &Ctx,
    rows: Vec<(u64, Claim, Put)>,
) -> Result<Vec<(u64, Claim, std::result::Result<Became, (String, String)>)>> {
    for (_, claim, _) in &rows {
        super::create::moved(ctx, claim).await?;
    }
    // Whoever records outcomes of the same claims takes them in the same order: none waits for the other in a ring.
    let mut rows = rows;
    rows.sort_by_key(|(line, claim, _)| (claim.id, *line));
    let (mut done, mut changed) = (Vec::with_capacity(rows.len()), false);
    let tx = ctx.begin().await?;
    claims::wait_for(&tx, &rows.iter().map(|(_, claim, _)| claim.id).collect::<Vec<_>>()).await?;
    let all: Vec<&Claim> = rows.iter().map(|(_, claim, _)| claim).collect();
    let ids: Vec<ClaimId> = all.iter().map(|c| c.id).collect();
    let decided = decisions::of_claims(&tx, ctx.caller.reach, &ids).await?;
    let judged = judged(&tx, ctx, &all, &decided).await?;
    let decided: BTreeMap<ClaimId, &Decision> = decided.iter().map(|d| (d.claim, d)).collect();
    let mut in_force = outcomes::in_force_of(&tx, ctx.caller.reach, &ids).await?;
    for (line, claim, put) in &rows {
        if let Err(error) = possible(ctx, claim, put) {
            let error = error.into_app();
            let field = error.fields.into_iter().next();
            let (field, message) = field.map_or((String::new(), error.message), |f| (f.field, f.message));
            done.push((*line, claim.clone(), Err((field, message))));
            continue;
        }
        let known = Known {
            claim,
            decision: decided.get(&claim.id).copied(),
            judged: judged.get(&claim.id).copied(),
            before: in_force.get(&claim.id),
        };
        let Some((outcome, became)) = put_one(ctx, &tx, &known, put, Source::File).await? else {
            let words = "Others record outcomes of the same claims just now: wait a moment and upload the file again.";
            return Err(Error::refused(ErrorKind::Conflict, words));
        };
        changed |= became != Became::Known;
        // A file may say two things of one claim: the later line corrects the earlier.
        in_force.insert(claim.id, outcome);
        done.push((*line, claim.clone(), Ok(became)));
    }
    if changed {
        tx.commit_recorded().await?;
    }
    done.sort_by_key(|(line, ..)| *line);
    Ok(done)
}

/// `id` of the claim, `amount`, `settled_on`, `reference`, and `seen`: the outcome that is corrected.
async fn act(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let mut wrong = Wrong::default();
    let amount = wrong.of(entries.amount("amount"))?;
    let settled_on = wrong.of(entries.day("settled_on"))?;
    wrong.missing(entries, "settled_on", "give the day on which the claim was settled");
    wrong.told()?;
    let put =
        Put { amount, settled_on: settled_on.unwrap_or_default(), reference: entries.text("reference").to_owned() };
    let seen = match entries.text("seen") {
        "" => None,
        id => Some(id_from(id)?),
    };
    let (outcome, became) = one(ctx, &claim, put, Source::Form, Some(seen)).await?;
    Ok(Done::said(match became {
        Became::Recorded => format!("Recorded: it settled for {}.", outcome.amount),
        Became::Corrected => format!("Corrected: it settled for {}.", outcome.amount),
        Became::Known => "This is what stands there already.".into(),
    }))
}

/// The one that counts, of all that were recorded of a claim.
pub(super) fn in_force(all: &[Outcome]) -> Option<&Outcome> {
    all.first().filter(|o| o.superseded_at.is_none())
}

/// As the claim's page shows them.
pub(super) async fn parts(ctx: &Ctx, claim: &Claim, all: &[Outcome]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let before = in_force(all);
    if !all.is_empty() {
        let names = crate::names::Names::of(ctx, all.iter().map(|o| o.recorded_by.clone())).await?;
        let mut table = Table::new(
            "What it finally settled for",
            &["#Amount", "Settled on", "Counts as", "Known from", "Reference", "Recorded by", "Recorded", "Standing"],
            "",
        );
        for outcome in all {
            let standing = match outcome.superseded_at {
                None => Cell::Badge("In force".into(), Tone::Good),
                Some(_) => Cell::Badge("Corrected".into(), Tone::Plain),
            };
            table.row(vec![
                Cell::Money(outcome.amount),
                Cell::Date(outcome.settled_on.into()),
                Cell::text(outcome.tier.label()),
                Cell::text(outcome.source.label()),
                Cell::text(&outcome.reference),
                Cell::Text(names.actor(&outcome.recorded_by)),
                Cell::Time(outcome.at.into()),
                standing,
            ]);
        }
        parts.push(Part::Table(table));
        if all.len() as u64 == outcomes::MOST {
            parts.push(Part::Text(format!(
                "The newest {} are shown; all of them are in the audit trail.",
                outcomes::MOST
            )));
        }
        if let Some(repeats) = before.filter(|o| !o.tier.judges()) {
            let when = match repeats.decided_day == Some(london_date(repeats.at)) {
                true => "on the day of the decision",
                false => "by whoever went on to decide",
            };
            parts.push(Part::Text(format!(
                "It was recorded {when}: for judging models it is {}. Recorded again on a later day, or by the claims \
                 system’s interface, it counts as an outcome.",
                repeats.tier.words()
            )));
        }
    }
    if ctx.caller.holds(Permission::WriteClaims) {
        parts.push(Part::Form(form(claim, before)));
    }
    Ok(parts)
}

fn form(claim: &Claim, before: Option<&Outcome>) -> Form {
    let title = if before.is_some() { "Correct what it settled for" } else { "Record what it settled for" };
    let reference = before.map(|o| o.reference.clone()).unwrap_or_default();
    let settles = match claim.status {
        ClaimStatus::Decided => "",
        ClaimStatus::Open | ClaimStatus::Flagged => " It decides nothing: the claim stays to be decided here.",
    };
    Form {
        act: RECORD.name.into(),
        id: "outcome".into(),
        title: title.into(),
        lead: format!(
            "The amount that was finally paid, once it is known. Models are judged by it, so enter what was paid and not \
             what was decided.{settles}"
        ),
        with: vec![
            ("id".into(), claim.id.to_string()),
            ("seen".into(), before.map(|o| o.id.to_string()).unwrap_or_default()),
        ],
        inputs: vec![
            Input::new("amount", "Amount in pounds", Asks::Pounds)
                .value(before.map(|o| o.amount.plain()).unwrap_or_default())
                .required(),
            Input::new("settled_on", "Settled on", Asks::Date)
                .value(before.map(|o| o.settled_on.to_string()).unwrap_or_default())
                .required(),
            Input::new("reference", "Reference", Asks::Text)
                .hint("Of the payment or the claims system; may be empty.")
                .value(reference),
        ],
        submit: title.into(),
        folded: true,
        ..Form::default()
    }
}

/// What the amount that a claim settled for is, as evidence: its true outcome, else what was decided.
pub(super) fn evidence(outcome: Option<&Outcome>, decided: Option<(Money, Tier)>) -> Option<(Money, Tier)> {
    let own = outcome.map(|o| (o.amount, o.tier));
    [own, decided].into_iter().flatten().min_by_key(|(_, tier)| *tier)
}
