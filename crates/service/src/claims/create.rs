//! Entering a claim and having it predicted (stories 5, 7, 8, 85): one transaction for claim,
//! prediction, usage and audit.

use std::collections::BTreeMap;

use billing::meter::Meter;
use chrono::NaiveDate;
use contract::claim::ClaimInput;
use contract::{AppError, ErrorKind};
use domain::Money;
use domain::id::{ClaimId, CompanyId, DepartmentId, PredictionId};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::claims::{self, Claim};
use store::predictions::Prediction;
use store::retries::{self, Remembered};
use store::usage::{self, Usage};
use store::{StoreError, Tx, predictions};

use super::entry::{self, Entry};
use super::predict::{self, Answer};
use crate::secret::digest;
use crate::{Actor, Ctx, Error, Result};

/// A claim that was saved, with its prediction if a model is deployed.
pub struct Entered {
    pub claim: Claim,
    pub prediction: Option<(Prediction, String, i32)>,
}

/// From the form. Discards the person's draft; where something is wrong the form is kept as the
/// draft instead, so that nothing typed is lost even without the script. A form that is sent twice is
/// one claim.
pub async fn from_form(ctx: &Ctx, input: &ClaimInput) -> Result<Entered> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let entry = match entry::from_form(input, today(ctx)) {
        Ok(entry) => entry,
        Err(errors) => {
            super::draft::save(ctx, input).await?;
            return Err(Error::Refused(AppError::invalid(errors)));
        }
    };
    if input.token.is_empty() || input.token.len() > LONGEST_TOKEN {
        super::draft::save(ctx, input).await?;
        let words = "This form is from before. What you typed is kept as your draft: reload the page and save it.";
        return Err(Error::refused(ErrorKind::Invalid, words));
    }
    let retry = Retry {
        key: format!("form:{user}:{}", input.token),
        request_hash: digest(serde_json::to_string(&input.fields)?),
        used: "This form was saved already, with other entries. Open a new one for another claim.",
    };
    let once = |ctx: Ctx| async move {
        let prepared = prepare(&ctx, entry, "form").await?;
        let tx = ctx.begin().await?;
        let entered = save(&ctx, &tx, prepared).await?;
        claims::discard_draft(&tx, user).await?;
        Ok((tx, entered))
    };
    Ok(retried(ctx, Some(retry), once).await?.0)
}

/// Longest token of a form.
const LONGEST_TOKEN: usize = 100;

/// Names a request, so that a retry of it enters nothing again.
pub struct Retry {
    pub key: String,
    /// SHA-256 of what was asked, in hexadecimal.
    pub request_hash: String,
    /// What to say where the key was used for something else.
    pub used: &'static str,
}

/// What is remembered of a request: what it entered.
#[derive(Serialize, Deserialize)]
struct Answered {
    claim: ClaimId,
    prediction: Option<PredictionId>,
}

/// An entry that is parsed already, from the API for one. Also says whether it is the answer to an
/// earlier request.
pub async fn enter(ctx: &Ctx, entry: Entry, channel: &str, retry: Option<Retry>) -> Result<(Entered, bool)> {
    ctx.require(Permission::WriteClaims)?;
    let channel = channel.to_owned();
    retried(ctx, retry, |ctx: Ctx| async move {
        let prepared = prepare(&ctx, entry, &channel).await?;
        // A person decides by hand; an integration asked for a prediction and is told at once.
        if prepared.answer.is_none() && matches!(ctx.caller.actor, Actor::Key { .. }) {
            let words = "No model is deployed just now. Nothing was saved: try again later.";
            return Err(Error::refused(ErrorKind::Unavailable, words));
        }
        let tx = ctx.begin().await?;
        let entered = save(&ctx, &tx, prepared).await?;
        Ok((tx, entered))
    })
    .await
}

/// Enters a claim unless the request has been answered before; remembers it in the same transaction.
async fn retried<F>(ctx: &Ctx, retry: Option<Retry>, once: impl FnOnce(Ctx) -> F) -> Result<(Entered, bool)>
where
    F: Future<Output = Result<(Tx, Entered)>>,
{
    let Some(retry) = retry else {
        let (tx, entered) = once(ctx.clone()).await?;
        tx.commit(created(ctx, &entered)).await?;
        return Ok((entered, false));
    };
    if let Some(entered) = earlier(ctx, &retry).await? {
        return Ok((entered, true));
    }
    let (tx, entered) = once(ctx.clone()).await?;
    let answered = Answered { claim: entered.claim.id, prediction: entered.prediction.as_ref().map(|p| p.0.id) };
    let remembered = Remembered { request_hash: retry.request_hash.clone(), answer: serde_json::to_string(&answered)? };
    match retries::remember(&tx, ctx.caller.own_company()?, &retry.key, &remembered, ctx.now).await {
        Ok(()) => {
            tx.commit(created(ctx, &entered)).await?;
            Ok((entered, false))
        }
        // The same request came first, while this one was under way.
        Err(StoreError::Conflict(_)) => {
            drop(tx);
            let first = earlier(ctx, &retry).await?.ok_or(StoreError::NotFound)?;
            Ok((first, true))
        }
        Err(other) => Err(other.into()),
    }
}

/// What a request with the same key entered.
async fn earlier(ctx: &Ctx, retry: &Retry) -> Result<Option<Entered>> {
    let company = ctx.caller.own_company()?;
    let Some(found) = retries::find(ctx.store(), company, &retry.key, ctx.now).await? else { return Ok(None) };
    if found.request_hash != retry.request_hash {
        return Err(Error::refused(ErrorKind::Invalid, retry.used));
    }
    let answered: Answered = serde_json::from_str(&found.answer)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, answered.claim).await?;
    let prediction = match answered.prediction {
        Some(id) => Some(super::read::predicted(ctx, id).await?),
        None => None,
    };
    Ok(Some(Entered { claim, prediction }))
}

/// The claims of one uploaded file: all good rows in one transaction, so nothing is half-saved.
pub async fn from_file(ctx: &Ctx, entries: Vec<(u64, Entry)>) -> Result<Vec<(u64, Entered)>> {
    ctx.require(Permission::WriteClaims)?;
    let mut prepared = Vec::with_capacity(entries.len());
    for (line, entry) in entries {
        prepared.push((line, prepare(ctx, entry, "file").await?));
    }
    let tx = ctx.begin().await?;
    let (lines, prepared): (Vec<u64>, Vec<Prepared>) = prepared.into_iter().unzip();
    let entered = save_all(ctx, &tx, prepared).await?;
    tx.audit_all(entered.iter().map(|e| created(ctx, e)).collect());
    let saved: Vec<(u64, Entered)> = lines.into_iter().zip(entered).collect();
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
        claimant: Some(ctx.id()),
        claimant_reference: entry.claimant_reference,
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
        erased: false,
    };
    Ok(Prepared { claim, protected: entry.protected, answer })
}

async fn save(ctx: &Ctx, tx: &Tx, prepared: Prepared) -> Result<Entered> {
    save_all(ctx, tx, vec![prepared]).await?.pop().ok_or_else(|| Error::internal("nothing was saved"))
}

/// Claims with their predictions and usage: a statement for many rows of each. Their audit rows are the
/// caller's.
async fn save_all(ctx: &Ctx, tx: &Tx, prepared: Vec<Prepared>) -> Result<Vec<Entered>> {
    let mut numbers: BTreeMap<CompanyId, i64> = BTreeMap::new();
    for one in &prepared {
        *numbers.entry(one.claim.company).or_default() += 1;
    }
    for (company, number) in &mut numbers {
        *number = claims::take_numbers(tx, *company, usize::try_from(*number).unwrap_or(0)).await?;
    }
    let (mut rows, mut predicted) = (Vec::with_capacity(prepared.len()), Vec::with_capacity(prepared.len()));
    for one in prepared {
        let Prepared { mut claim, protected, answer } = one;
        if let Some(number) = numbers.get_mut(&claim.company) {
            claim.number = *number;
            *number += 1;
        }
        let record = answer.as_ref().map(|a| a.record(ctx, &claim)).transpose()?;
        claim.prediction = record.as_ref().map(|r| r.id);
        claim.predicted = record.as_ref().map(|r| r.amount);
        rows.push((claim, protected));
        predicted.push(record.zip(answer).map(|(r, a)| (r, a.model.name.clone(), a.model.version)));
    }
    let keys = claims::create_all(tx, &mut rows).await?;
    let made: Vec<(usize, &Prediction)> =
        predicted.iter().enumerate().filter_map(|(i, p)| p.as_ref().map(|p| (i, &p.0))).collect();
    predictions::create_all(tx, &made, &keys).await?;
    let used: Vec<Usage> =
        made.iter().map(|(i, record)| usage_of(ctx, record, rows[*i].0.department, Meter::First)).collect();
    usage::record_all(tx, &used).await?;
    Ok(rows.into_iter().zip(predicted).map(|((claim, _), prediction)| Entered { claim, prediction }).collect())
}

fn usage_of(ctx: &Ctx, record: &Prediction, department: Option<DepartmentId>, meter: Meter) -> Usage {
    Usage {
        id: ctx.id(),
        prediction: record.id,
        company: record.company,
        department,
        model: record.model,
        channel: record.channel.clone(),
        billable: meter.billable(),
        reason: meter.reason().into(),
        at: ctx.now,
    }
}

/// Predicts a claim again with the model that serves now. Not charged, and it changes no decision.
pub async fn predict_again(ctx: &Ctx, claim_id: &str) -> Result<Entered> {
    ctx.require(Permission::WriteClaims)?;
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
    let tx = ctx.begin().await?;
    // The claim's row is locked first, so that of two who predict at once one sees the other's.
    let change = claims::Progress { predicted: Some((record.id, record.amount)), ..Default::default() };
    claims::progress(&tx, claim.id, claim.status, change).await?;
    let again = usage::predicted_before(&tx, claim.id).await?;
    predictions::create(&tx, &record).await?;
    usage::record_all(&tx, &[usage_of(ctx, &record, claim.department, Meter::of(again))]).await?;
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
    domain::calendar::london_date(ctx.now)
}
