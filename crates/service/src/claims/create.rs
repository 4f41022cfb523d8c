//! Entering a claim and having it predicted (stories 5, 7, 8, 85): one transaction for claim,
//! prediction, usage and audit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use billing::meter::Meter;
use chrono::{DateTime, NaiveDate, Utc};
use contract::claim::ClaimInput;
use contract::{AppError, ErrorKind};
use domain::id::{ClaimId, ClaimantId, CompanyId, DepartmentId, PredictionId};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::AuditEvent;
use store::claims::{self, Claim};
use store::predictions::Prediction;
use store::retries::{self, Remembered};
use store::trials::Pin;
use store::usage::{self, Usage};
use store::{StoreError, Tx, Writes, documents, drafts, import_marks, predictions};

use super::entry::{self, Entry};
use super::predict;
use super::save::{save_all, used};
use crate::models::serving::{OnTrial, Serving};
use crate::models::shadow;
use crate::secret::digest;
use crate::{Actor, Ctx, Error, Result};

/// A claim that was saved, with its prediction if a model is deployed.
#[derive(Clone)]
pub struct Entered {
    pub claim: Claim,
    pub prediction: Option<(Prediction, String, i32)>,
    /// What is asked of it in the shadow.
    pub shadow: Option<Arc<OnTrial>>,
}

/// From the form. Discards the person's draft; where something is wrong the form is kept as the
/// draft instead, so that nothing typed is lost even without the script. A form that is sent twice is
/// one claim.
pub async fn from_form(ctx: &Ctx, input: &ClaimInput) -> Result<Entered> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let input = &super::draft::complete(ctx, input).await?;
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
        let entered = save(&tx, prepared).await?;
        drafts::discard(&tx, user).await?;
        let company = entered.claim.company;
        for document in documents::attach(&tx, company, user, entered.claim.id).await? {
            let details = json!({ "claim": entered.claim.id });
            tx.audit(ctx.audit(Some(company), "document.attached", "document", document, details));
        }
        Ok((tx, entered))
    };
    Ok(retried(ctx, Some(retry), once).await?.0)
}

/// Longest token of a form.
const LONGEST_TOKEN: usize = 100;

/// Names a request, so that a retry of it enters nothing again.
#[derive(Clone)]
pub struct Retry {
    pub key: String,
    /// SHA-256 of what was asked, in hexadecimal.
    pub request_hash: String,
    /// What to say where the key was used for something else.
    pub used: &'static str,
}

impl Retry {
    pub(super) fn remembered(&self, answer: String) -> Remembered {
        Remembered { request_hash: self.request_hash.clone(), answer }
    }
}

/// What is remembered of a request: what it entered.
#[derive(Serialize, Deserialize)]
struct Answered {
    claim: ClaimId,
    prediction: Option<PredictionId>,
}

/// What a request entered, as it is remembered.
pub(super) fn answered(entered: &Entered) -> Result<String> {
    let prediction = entered.prediction.as_ref().map(|p| p.0.id);
    Ok(serde_json::to_string(&Answered { claim: entered.claim.id, prediction })?)
}

/// An entry that is parsed already, from the API for one. Also says whether it is the answer to an
/// earlier request. Those of integrations are saved together with others that come at the same time.
pub async fn enter(ctx: &Ctx, entry: Entry, channel: &str, retry: Option<Retry>) -> Result<(Entered, bool)> {
    ctx.require(Permission::WriteClaims)?;
    if let (Some(lane), Actor::Key { .. }) = (&ctx.app.lane, &ctx.caller.actor) {
        return lane.enter(ctx, entry, channel, retry).await;
    }
    let channel = channel.to_owned();
    retried(ctx, retry, |ctx: Ctx| async move {
        let prepared = prepare(&ctx, entry, &channel).await?;
        let tx = ctx.begin().await?;
        let entered = save(&tx, prepared).await?;
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
        tx.commit_recorded().await?;
        shadow::after(&ctx.app, &entered);
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
            tx.commit_recorded().await?;
            shadow::after(&ctx.app, &entered);
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

/// What version 0.1.0 remembered: the answer itself, which names what was entered.
async fn former(ctx: &Ctx, retry: &Retry) -> Result<Option<Remembered>> {
    let (Actor::Key { id, .. }, Some(key)) = (&ctx.caller.actor, retry.key.strip_prefix("api:")) else {
        return Ok(None);
    };
    let Some((request_hash, body)) = retries::former(ctx.store(), *id, key, ctx.now).await? else { return Ok(None) };
    let body: serde_json::Value = serde_json::from_str(&body)?;
    let answer = json!({ "claim": body["claim_id"], "prediction": body["prediction_id"] }).to_string();
    Ok(Some(Remembered { request_hash, answer }))
}

/// What a request with the same key entered.
pub(super) async fn earlier(ctx: &Ctx, retry: &Retry) -> Result<Option<Entered>> {
    let company = ctx.caller.own_company()?;
    let found = match retries::find(ctx.store(), company, &retry.key, ctx.now).await? {
        Some(found) => found,
        None => match former(ctx, retry).await? {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    if found.request_hash != retry.request_hash {
        return Err(Error::refused(ErrorKind::Invalid, retry.used));
    }
    let answered: Answered = serde_json::from_str(&found.answer)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, answered.claim).await?;
    let prediction = match answered.prediction {
        Some(id) => Some(super::read::predicted(ctx, id).await?),
        None => None,
    };
    Ok(Some(Entered { claim, prediction, shadow: None }))
}

/// The claims of one uploaded file: all good rows in one transaction, so nothing is half-saved.
///
/// `marks`: of the rows, which are remembered with them. `None` where one of them should be new and is not: another
/// upload was quicker, and nothing is saved.
pub async fn from_file(ctx: &Ctx, entries: Vec<(u64, Entry)>, marks: &Marks) -> Result<Option<Vec<(u64, Entered)>>> {
    ctx.require(Permission::WriteClaims)?;
    let serving = Serving::entered_by(ctx).await?;
    let mut prepared = Vec::with_capacity(entries.len());
    for (line, entry) in entries {
        prepared.push((line, prepare_with(ctx, entry, "file", serving.clone())?));
    }
    let tx = ctx.begin().await?;
    let company = ctx.caller.own_company()?;
    let fresh = import_marks::remember(&tx, company, &marks.all, ctx.now).await?;
    if !marks.again && fresh < marks.all.len() as u64 {
        return Ok(None);
    }
    let (lines, prepared): (Vec<u64>, Vec<Prepared>) = prepared.into_iter().unzip();
    let saved: Vec<(u64, Entered)> = lines.into_iter().zip(save_all(&tx, prepared).await?).collect();
    tx.commit(ctx.audit(Some(company), "claims.imported", "company", company, json!({ "claims": saved.len() })))
        .await?;
    saved.iter().for_each(|(_, entered)| shadow::after(&ctx.app, entered));
    Ok(Some(saved))
}

/// The marks of a file's rows, by which they are known when they come again.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    pub all: BTreeSet<String>,
    /// Rows that were imported before are entered again.
    pub again: bool,
}

/// Claims of several people and times, saved together: the demo's. Models are asked as they serve now.
pub(crate) async fn enter_all(claims: Vec<(Ctx, Entry, &'static str)>) -> Result<Vec<Entered>> {
    let Some(first) = claims.first().map(|(ctx, ..)| ctx.clone()) else { return Ok(Vec::new()) };
    let mut all: BTreeMap<CompanyId, Option<Serving>> = BTreeMap::new();
    let mut prepared = Vec::with_capacity(claims.len());
    for (ctx, entry, channel) in claims {
        ctx.require(Permission::WriteClaims)?;
        let company = ctx.caller.own_company()?;
        let serving = match all.get(&company) {
            Some(serving) => serving.clone(),
            None => all.entry(company).or_insert(Serving::of(&ctx.app, company).await?).clone(),
        };
        prepared.push(prepare_with(&ctx, entry, channel, serving)?);
    }
    let tx = first.begin().await?;
    let entered = save_all(&tx, prepared).await?;
    tx.commit_recorded().await?;
    entered.iter().for_each(|entered| shadow::after(&first.app, entered));
    Ok(entered)
}

/// All that can be done before the transaction begins: the model's work, ids, the audit row.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) claim: Claim,
    pub(super) protected: claims::Protected,
    pub(super) prediction: Option<(Prediction, String, i32)>,
    pub(super) usage: Option<Usage>,
    pub(super) event: AuditEvent,
    /// The arm of a trial that it fell into.
    pub(super) pin: Option<Pin>,
    pub(super) shadow: Option<Arc<OnTrial>>,
}

impl Prepared {
    /// Whether the insurer says whose claim it is: they may be known already.
    pub(super) fn names_claimant(&self) -> bool {
        self.claim.claimant_reference.is_some()
    }

    pub(super) fn at(&self) -> DateTime<Utc> {
        self.claim.created_at
    }
}

async fn prepare(ctx: &Ctx, entry: Entry, channel: &str) -> Result<Prepared> {
    let serving = Serving::entered_by(ctx).await?;
    prepare_with(ctx, entry, channel, serving)
}

/// The same with what serves at hand.
///
/// # Errors
///
/// Refused where an integration asked for a prediction and gets none: a person decides by hand.
pub(super) fn prepare_with(ctx: &Ctx, entry: Entry, channel: &str, serving: Option<Serving>) -> Result<Prepared> {
    let company = ctx.caller.own_company()?;
    let integration = matches!(ctx.caller.actor, Actor::Key { .. });
    let id: ClaimId = ctx.id();
    let choice = serving.map(|serving| serving.choose(ctx, company, id, channel));
    let answer = match choice.as_ref().map(|choice| predict::chosen(choice, &entry.facts)).transpose() {
        // A model that cannot value a claim keeps no person from entering it.
        Err(Error::Refused(e)) if e.kind == ErrorKind::Unavailable && !integration => {
            tracing::warn!(reason = e.message, "entered without a prediction");
            None
        }
        Ok(None) if integration => {
            let words = "No model is deployed just now. Nothing was saved: try again later.";
            return Err(Error::refused(ErrorKind::Unavailable, words));
        }
        other => other?,
    };
    let (answer, failed) = answer.map_or((None, false), |(answer, failed)| (Some(answer), failed));
    let (pin, shadow) = choice.map_or((None, None), |choice| (choice.pin, choice.shadow));
    let mut claim = Claim {
        id,
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
    let prediction = match &answer {
        Some(answer) => Some((answer.record(ctx, &claim)?, answer.model.name.clone(), answer.model.version)),
        None => None,
    };
    let record = prediction.as_ref().map(|p| &p.0);
    claim.prediction = record.map(|r| r.id);
    claim.predicted = record.map(|r| r.amount);
    let usage = record.map(|record| usage_of(ctx, record, claim.department, Meter::First));
    let details = json!({ "channel": claim.channel, "predicted": claim.predicted });
    let event = ctx.audit(Some(company), "claim.created", "claim", claim.id, details);
    // Without an answer there is nothing to compare.
    let (pin, shadow) =
        if prediction.is_some() { (pin.map(|pin| Pin { failed, ..pin }), shadow) } else { (None, None) };
    Ok(Prepared { claim, protected: entry.protected, prediction, usage, event, pin, shadow })
}

async fn save(tx: &Tx, prepared: Prepared) -> Result<Entered> {
    save_all(tx, vec![prepared]).await?.pop().ok_or_else(|| Error::internal("nothing was saved"))
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
    let answer = predict::again(ctx, &claim, &claim.facts).await?;
    let Some(answer) = answer else {
        return Err(Error::refused(ErrorKind::Unavailable, "No model is deployed. Decide this claim by hand."));
    };
    let record = answer.record(ctx, &claim)?;
    let tx = ctx.begin().await?;
    // What was valued must be what the claim says.
    if !claims::hold(&tx, &claim).await? {
        return Err(super::restate::changed());
    }
    put_again(ctx, &tx, &claim, &record).await?;
    let event =
        ctx.audit(Some(claim.company), "claim.predicted", "claim", claim.id, json!({ "amount": record.amount }));
    tx.commit(event).await?;
    Ok(Entered { claim, prediction: Some((record, answer.model.name.clone(), answer.model.version)), shadow: None })
}

/// Puts another prediction of a claim in the place of the one it has. Not charged where one was before.
pub(super) async fn put_again(ctx: &Ctx, tx: &Tx, claim: &Claim, record: &Prediction) -> Result<()> {
    // The claim's row is locked first, so that of two who predict at once one sees the other's.
    let change = claims::Progress { predicted: Some((record.id, record.amount)), ..Default::default() };
    claims::progress(tx, claim.id, claim.status, change).await?;
    let again = usage::predicted_before(tx, claim.id).await?;
    predictions::create(tx, record).await?;
    let usage = usage_of(ctx, record, claim.department, Meter::of(again));
    tx.tally(used(&usage));
    let mut writes = Writes::default();
    usage::record_all(&mut writes, &[usage]);
    tx.write(writes).await?;
    Ok(())
}

/// A claim of an earlier version gets its claimant's key: what is personal of it is kept with that.
pub(crate) async fn moved(ctx: &Ctx, claim: &Claim) -> Result<()> {
    if claim.claimant.is_some() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    match store::seal::move_claim(&tx, claim.id, ctx.id::<ClaimantId>(), ctx.now).await {
        Ok(()) => Ok(tx.commit_bookkeeping().await?),
        // The job that moves all of them was quicker.
        Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn today(ctx: &Ctx) -> NaiveDate {
    domain::calendar::london_date(ctx.now)
}
