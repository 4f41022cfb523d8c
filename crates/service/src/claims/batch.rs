//! Many claims of one call: each has its own prediction or its own refusal, all that are good are saved in
//! one transaction, and a retry of the call enters nothing again.

use contract::{AppError, ErrorKind};
use domain::id::PredictionId;
use domain::policy::Permission;
use domain::tier::Capability;
use serde::{Deserialize, Serialize};
use store::{StoreError, Tx, predictions, retries, stamps};

use super::create::{Prepared, Retry, prepare_with};
use super::entry::Entry;
use super::read::Predicted;
use super::save::save_all;
use crate::account::authenticate;
use crate::models::serving::Serving;
use crate::models::shadow;
use crate::{Actor, Ctx, Error, Result, tiers};

/// The most claims of one call.
pub const MOST: usize = 1_000;

/// Fewer claims are not worth a thread.
const LEAST_OF_A_THREAD: usize = 50;

/// What became of each claim, in the order of the call.
pub type Results = Vec<std::result::Result<Predicted, AppError>>;

/// As it is remembered for a retry.
#[derive(Serialize, Deserialize)]
enum Remembered {
    Prediction(PredictionId),
    Problem(AppError),
}

/// Enters the claims that could be read. Also says whether this is the answer to an earlier call.
pub async fn enter(
    ctx: &Ctx,
    entries: Vec<std::result::Result<Entry, AppError>>,
    retry: Option<Retry>,
) -> Result<(Results, bool)> {
    ctx.require(Permission::WriteClaims)?;
    tiers::require(ctx, Capability::Batch).await?;
    if entries.len() > MOST {
        return Err(Error::refused(
            ErrorKind::TooLarge,
            format!("A call takes {MOST} claims and this one has {}. Divide it.", entries.len()),
        ));
    }
    if let Some(retry) = &retry
        && let Some(results) = earlier(ctx, retry).await?
    {
        return Ok((results, true));
    }
    let company = ctx.caller.own_company()?;
    let mut stamp = match ctx.caller.actor {
        Actor::Key { stamp, .. } => stamp,
        _ => ctx.app.memory.known_stamp(&ctx.app).await?,
    };
    for _ in 0..3 {
        let serving = ctx.app.memory.serving(&ctx.app, company).await?.ok_or_else(|| {
            Error::refused(ErrorKind::Unavailable, "No model is deployed just now. Nothing was saved: try again later.")
        })?;
        let prepared = prepare(ctx, entries.clone(), serving).await?;
        let tx = ctx.begin().await?;
        if stamps::hold(&tx).await? == stamp {
            return save(ctx, tx, prepared, retry).await;
        }
        // A key was revoked or a model deployed since the call began.
        drop(tx);
        ctx.app.memory.refresh(&ctx.app).await?;
        stamp = ctx.app.memory.stamp();
        authenticate::still_valid(ctx).await?;
        tiers::require(ctx, Capability::Batch).await?;
    }
    Err(super::lane::busy())
}

async fn save(
    ctx: &Ctx,
    tx: Tx,
    prepared: Vec<std::result::Result<Prepared, AppError>>,
    retry: Option<Retry>,
) -> Result<(Results, bool)> {
    let mut places = Vec::with_capacity(prepared.len());
    let mut good = Vec::with_capacity(prepared.len());
    for one in prepared {
        places.push(one.map(|p| good.push(p)));
    }
    let enters = !good.is_empty();
    let saved = save_all(&tx, good).await?;
    let mut entered = saved.iter().filter_map(|e| e.prediction.clone());
    let mut results: Results = Vec::with_capacity(places.len());
    for place in places {
        results.push(match place {
            Ok(()) => Ok(entered.next().ok_or_else(|| Error::internal("a claim was saved without its prediction"))?),
            Err(problem) => Err(problem),
        });
    }
    if let Some(retry) = &retry {
        let remembered: Vec<Remembered> = results.iter().map(remembered).collect();
        let remembered = retry.remembered(serde_json::to_string(&remembered)?);
        match retries::remember(&tx, ctx.caller.own_company()?, &retry.key, &remembered, ctx.now).await {
            // The same call came first, while this one was under way.
            Err(StoreError::Conflict(_)) => {
                drop(tx);
                let first = earlier(ctx, retry).await?.ok_or(StoreError::NotFound)?;
                return Ok((first, true));
            }
            other => other?,
        }
    }
    match enters {
        true => {
            tx.commit_recorded().await?;
            saved.iter().for_each(|entered| shadow::after(&ctx.app, entered));
        }
        // That the call had nothing good in it is all that is remembered.
        false => tx.commit_bookkeeping().await?,
    }
    Ok((results, false))
}

/// The model's work, in as many threads as there are processors: a thousand claims take tens of milliseconds.
async fn prepare(
    ctx: &Ctx,
    mut entries: Vec<std::result::Result<Entry, AppError>>,
    serving: Serving,
) -> Result<Vec<std::result::Result<Prepared, AppError>>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = entries.len().div_ceil(threads).max(LEAST_OF_A_THREAD);
    let mut works = Vec::with_capacity(threads);
    while !entries.is_empty() {
        let rest = entries.split_off(part.min(entries.len()));
        let (part, ctx, serving) = (std::mem::replace(&mut entries, rest), ctx.clone(), serving.clone());
        works.push(tokio::task::spawn_blocking(move || {
            let one = |entry| prepare_with(&ctx, entry, "api", Some(serving.clone())).map_err(Error::into_app);
            part.into_iter().map(|entry| entry.and_then(one)).collect::<Vec<_>>()
        }));
    }
    let mut all = Vec::new();
    for work in works {
        all.extend(work.await.map_err(Error::internal)?);
    }
    Ok(all)
}

fn remembered(result: &std::result::Result<Predicted, AppError>) -> Remembered {
    match result {
        Ok((prediction, ..)) => Remembered::Prediction(prediction.id),
        Err(problem) => Remembered::Problem(problem.clone()),
    }
}

async fn earlier(ctx: &Ctx, retry: &Retry) -> Result<Option<Results>> {
    let company = ctx.caller.own_company()?;
    let Some(found) = retries::find(ctx.store(), company, &retry.key, ctx.now).await? else { return Ok(None) };
    if found.request_hash != retry.request_hash {
        return Err(Error::refused(ErrorKind::Invalid, retry.used));
    }
    let all: Vec<Remembered> = serde_json::from_str(&found.answer)?;
    let ids: Vec<PredictionId> = all
        .iter()
        .filter_map(|one| match one {
            Remembered::Prediction(id) => Some(*id),
            Remembered::Problem(_) => None,
        })
        .collect();
    let mut found = std::collections::HashMap::new();
    for prediction in predictions::by_ids(ctx.store(), ctx.caller.reach, &ids).await? {
        let model = ctx.app.models.get(&ctx.app, prediction.model).await?;
        found.insert(prediction.id, (prediction, model.name.clone(), model.version));
    }
    let mut results: Results = Vec::with_capacity(all.len());
    for one in all {
        results.push(match one {
            Remembered::Prediction(id) => Ok(found.remove(&id).ok_or(StoreError::NotFound)?),
            Remembered::Problem(problem) => Err(problem),
        });
    }
    Ok(Some(results))
}
