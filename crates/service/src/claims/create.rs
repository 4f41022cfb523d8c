//! Entering a claim and having it predicted (stories 5, 7, 8, 85): one transaction for claim,
//! prediction, usage and audit.

use billing::meter::Meter;
use chrono::NaiveDate;
use contract::claim::ClaimInput;
use contract::{AppError, ErrorKind};
use domain::Money;
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use serde_json::json;
use store::claims::{self, Claim};
use store::integration::{self, Answer as Remembered};
use store::predictions::Prediction;
use store::usage::{self, Usage};
use store::{Tx, predictions};

use super::entry::{self, Entry};
use super::predict::{self, Answer};
use crate::{Actor, Ctx, Error, Result};

/// A claim that was saved, with its prediction if a model is deployed.
pub struct Entered {
    pub claim: Claim,
    pub prediction: Option<(Prediction, String, i32)>,
}

/// From the form. Discards the person's draft; where something is wrong the form is kept as the
/// draft instead, so that nothing typed is lost even without the script.
pub async fn from_form(ctx: &Ctx, input: &ClaimInput) -> Result<Entered> {
    ctx.require_for_claims(Permission::WriteClaims)?;
    let entry = match entry::from_form(input, today(ctx)) {
        Ok(entry) => entry,
        Err(errors) => {
            super::draft::save(ctx, input).await?;
            return Err(Error::Refused(AppError::invalid(errors)));
        }
    };
    let (user, _, _) = ctx.caller.person()?;
    let prepared = prepare(ctx, entry, "form").await?;
    let tx = ctx.store().begin().await?;
    let entered = save(ctx, &tx, prepared).await?;
    claims::discard_draft(&tx, user).await?;
    let event = created(ctx, &entered);
    tx.commit(event).await?;
    Ok(entered)
}

/// Remembers the answer to a request, so that a retry gets the same.
pub struct Retry<'a> {
    pub idempotency_key: &'a str,
    pub request_hash: &'a str,
    /// Renders the answer that is sent and remembered.
    pub render: &'a (dyn Fn(&Entered) -> String + Sync),
}

/// An entry that is parsed already, from the API for one. An answer with a `retry` is remembered in
/// the same transaction.
pub async fn enter(ctx: &Ctx, entry: Entry, channel: &str, retry: Option<Retry<'_>>) -> Result<Entered> {
    ctx.require_for_claims(Permission::WriteClaims)?;
    let prepared = prepare(ctx, entry, channel).await?;
    // A person decides by hand; an integration asked for a prediction and is told at once.
    if prepared.answer.is_none() && matches!(ctx.caller.actor, Actor::Key { .. }) {
        let words = "No model is deployed just now. Nothing was saved: try again later.";
        return Err(Error::refused(ErrorKind::Unavailable, words));
    }
    let tx = ctx.store().begin().await?;
    let entered = save(ctx, &tx, prepared).await?;
    if let (Some(retry), Actor::Key { id }) = (retry, &ctx.caller.actor) {
        let answer =
            Remembered { request_hash: retry.request_hash.into(), status: 201, body: (retry.render)(&entered) };
        integration::remember(&tx, *id, retry.idempotency_key, &answer, ctx.now).await?;
    }
    let event = created(ctx, &entered);
    tx.commit(event).await?;
    Ok(entered)
}

/// The claims of one uploaded file: all good rows in one transaction, so nothing is half-saved.
pub async fn from_file(ctx: &Ctx, entries: Vec<(u64, Entry)>) -> Result<Vec<(u64, Entered)>> {
    ctx.require_for_claims(Permission::WriteClaims)?;
    let mut prepared = Vec::with_capacity(entries.len());
    for (line, entry) in entries {
        prepared.push((line, prepare(ctx, entry, "file").await?));
    }
    let tx = ctx.store().begin().await?;
    let mut saved = Vec::with_capacity(prepared.len());
    for (line, prepared) in prepared {
        let entered = save(ctx, &tx, prepared).await?;
        tx.audit(created(ctx, &entered)).await?;
        saved.push((line, entered));
    }
    let company = ctx.caller.own_company()?;
    tx.commit(ctx.audit(Some(company), "claims.imported", "company", company, json!({ "claims": saved.len() })))
        .await?;
    Ok(saved)
}

/// What can be done before the transaction begins: the model's work.
struct Prepared {
    claim: Claim,
    protected: claims::Protected,
    answer: Option<Answer>,
}

async fn prepare(ctx: &Ctx, entry: Entry, channel: &str) -> Result<Prepared> {
    let company = ctx.caller.own_company()?;
    let answer = match predict::answer(ctx, company, &entry.facts).await {
        // A model that cannot value a claim keeps no person from entering it.
        Err(Error::Refused(e))
            if e.kind == ErrorKind::Unavailable && !matches!(ctx.caller.actor, Actor::Key { .. }) =>
        {
            tracing::warn!(reason = e.message, "entered without a prediction");
            None
        }
        other => other?,
    };
    let claim = Claim {
        id: ctx.id(),
        company,
        department: ctx.caller.department,
        number: 0,
        reference: entry.reference,
        status: ClaimStatus::Open,
        channel: channel.into(),
        total: entry.facts.heads.total().unwrap_or_default(),
        facts: entry.facts,
        medical_report: entry.medical_report,
        created_by: ctx.caller.actor.name(),
        created_at: ctx.now,
        prediction: None,
        predicted: None,
        settled: None,
        decided_at: None,
        decided_by: None,
    };
    Ok(Prepared { claim, protected: entry.protected, answer })
}

async fn save(ctx: &Ctx, tx: &Tx, prepared: Prepared) -> Result<Entered> {
    let Prepared { mut claim, protected, answer } = prepared;
    claim.number = claims::next_number(tx, claim.company).await?;
    let mut prediction = None;
    if let Some(answer) = answer {
        let record = answer.record(ctx, &claim)?;
        claim.prediction = Some(record.id);
        claim.predicted = Some(record.amount);
        meter(ctx, tx, &record, claim.department, Meter::First).await?;
        prediction = Some((record, answer.model.name.clone(), answer.model.version));
    }
    claims::create(tx, &claim, &protected).await?;
    Ok(Entered { claim, prediction })
}

async fn meter(
    ctx: &Ctx,
    tx: &Tx,
    record: &Prediction,
    department: Option<domain::id::DepartmentId>,
    meter: Meter,
) -> Result<()> {
    predictions::create(tx, record).await?;
    let event = Usage {
        id: ctx.id(),
        prediction: record.id,
        company: record.company,
        department,
        model: record.model,
        channel: record.channel.clone(),
        billable: meter.billable(),
        reason: meter.reason().into(),
        at: ctx.now,
    };
    Ok(usage::record(tx, &event).await?)
}

/// Predicts a claim again with the model that serves now. Not charged, and it changes no decision.
pub async fn predict_again(ctx: &Ctx, claim_id: &str) -> Result<Entered> {
    ctx.require_for_claims(Permission::WriteClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, crate::id_from(claim_id)?).await?;
    let decided = || Error::refused(ErrorKind::Conflict, "This claim is decided: its prediction stands as it was.");
    if claim.status == ClaimStatus::Decided {
        return Err(decided());
    }
    let answer = predict::answer(ctx, claim.company, &claim.facts).await?;
    let Some(answer) = answer else {
        return Err(Error::refused(ErrorKind::Unavailable, "No model is deployed. Decide this claim by hand."));
    };
    let record = answer.record(ctx, &claim)?;
    let tx = ctx.store().begin().await?;
    // The claim's row is locked first, so that of two who predict at once one sees the other's.
    let change = claims::Progress { predicted: Some((record.id, record.amount)), ..Default::default() };
    claims::progress(&tx, claim.id, claim.status, change).await?;
    let again = usage::predicted_before(&tx, claim.id).await?;
    meter(ctx, &tx, &record, claim.department, Meter::of(again)).await?;
    let event =
        ctx.audit(Some(claim.company), "claim.predicted", "claim", claim.id, json!({ "amount": record.amount }));
    tx.commit(event).await?;
    Ok(Entered { claim, prediction: Some((record, answer.model.name.clone(), answer.model.version)) })
}

fn created(ctx: &Ctx, entered: &Entered) -> store::audit::AuditEvent {
    let predicted: Option<Money> = entered.prediction.as_ref().map(|p| p.0.amount);
    let details = json!({ "channel": entered.claim.channel, "predicted": predicted });
    ctx.audit(Some(entered.claim.company), "claim.created", "claim", entered.claim.id, details)
}

pub(super) fn today(ctx: &Ctx) -> NaiveDate {
    billing::period::london_date(ctx.now)
}
