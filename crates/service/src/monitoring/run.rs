//! Looking at the weeks that have ended: each once, whoever looks.

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::alert::{Judgement, Standing, State, Tell};
use domain::calendar::{london_date, midnight, week};
use domain::id::{CompanyId, ModelId};
use domain::policy::Role;
use serde_json::json;
use store::monitoring::{self, Alert, Over, Window};
use store::predictions::{self, Asked};
use store::{Tx, companies, models, people};

use super::{Seen, Signal, drift, performance};
use crate::account::tell::{Cause, Told};
use crate::models::cache::Loaded;
use crate::training::plan;
use crate::{Ctx, Error, Result};

/// Weeks that one run makes up for, of a company that was never looked at.
const BACK: u64 = 26;
/// Windows before one that are looked at beside it.
const LATELY: u64 = 4;

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Came {
    pub windows: u32,
    pub opened: u32,
}

/// Looks at all weeks of a company that have ended by a moment and were not looked at.
pub async fn company(ctx: &Ctx, company: CompanyId, until: DateTime<Utc>) -> Result<Came> {
    let mut came = Came::default();
    let Some(model) = ctx.app.models.champion(&ctx.app, company).await? else { return Ok(came) };
    // The week in which the moment lies has not ended.
    let ends = week(london_date(until));
    let first = match monitoring::last_week(ctx.store(), company, model.id).await? {
        Some(last) => last + Days::new(7),
        None => ends - Days::new(7 * BACK),
    };
    let mut monday = first;
    while monday < ends {
        if let Some(opened) = one(ctx, company, &model, monday).await? {
            came.windows += 1;
            came.opened += opened;
        }
        monday = monday + Days::new(7);
    }
    Ok(came)
}

/// Claims of a window that are read: of a busier one the first.
const READ: usize = 50_000;

/// The rows of a model's claims from one Monday to another, without copies, evenly over the days where they are many.
async fn rows(ctx: &Ctx, company: CompanyId, model: &Loaded, from: NaiveDate, to: NaiveDate) -> Result<Vec<Vec<f64>>> {
    let reach = store::Reach::Company(company);
    let asked = Asked { decided: None, model: Some(model.id), from: Some(midnight(from)), until: midnight(to) };
    let (mut rows, mut after) = (Vec::new(), None);
    while rows.len() < READ {
        let portion = predictions::oldest_first(ctx.store(), reach, &asked, after, 500).await?;
        let Some(last) = portion.last() else { break };
        after = Some((last.at, last.id));
        for prediction in portion.iter().filter(|p| p.facts != "{}") {
            rows.push(drift::row(&model.bundle, &serde_json::from_str(&prediction.facts)?));
        }
    }
    Ok(evenly(drift::distinct(rows), drift::MOST))
}

/// At most so many of them, as far apart as each other.
fn evenly(rows: Vec<Vec<f64>>, most: usize) -> Vec<Vec<f64>> {
    let n = rows.len();
    if n <= most {
        return rows;
    }
    rows.into_iter().enumerate().filter(|(i, _)| i * most / n != (i + 1) * most / n).map(|(_, row)| row).collect()
}

/// Looks at one week; how many alerts it opened. `None` where nothing of the model was predicted in it or before.
async fn one(ctx: &Ctx, company: CompanyId, model: &std::sync::Arc<Loaded>, monday: NaiveDate) -> Result<Option<u32>> {
    let end = monday + Days::new(7);
    let (mut weeks, mut current) = (1_i32, rows(ctx, company, model, monday, end).await?);
    if current.len() < drift::FEWEST {
        // A thin week is looked at with the three before it.
        (weeks, current) = (4, rows(ctx, company, model, monday - Days::new(21), end).await?);
    }
    if current.is_empty() && monitoring::last_week(ctx.store(), company, model.id).await?.is_none() {
        return Ok(None);
    }
    let claims = current.len();
    let last = windows(ctx, company, model.id, LATELY).await?;
    // Claims of four weeks are judged once, not four times: one chance deviation is not odd twice.
    let again = weeks > 1
        && last.iter().any(|(w, _)| w.judged && w.week > monday - Days::new(7 * u64::from(weeks.unsigned_abs())));
    let judged = claims >= drift::FEWEST && !again;
    let mut seen = Seen::default();
    if judged {
        let (loaded, seed) = (model.clone(), u64::from(monday.to_epoch_days().unsigned_abs()));
        let work = move || drift::signals(&loaded.bundle, &current, seed);
        seen.signals = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    }
    let (performance, outcomes) = performance::signals(ctx, (company, model.id), model.bundle.manifest(), end).await?;
    // What rests on the very same outcomes as the week before says nothing more.
    let said = last.last().map(|(_, seen)| seen.signals.as_slice()).unwrap_or_default();
    let same = |s: &Signal| said.iter().any(|b| b.name == s.name && b.remark == s.remark);
    seen.signals.extend(performance.into_iter().map(|s| match same(&s) {
        true => Signal { judgement: Judgement::NotJudged, ..s },
        false => s,
    }));
    seen.outcomes = outcomes;
    let window = Window {
        id: ctx.id(),
        company,
        model: model.id,
        week: monday,
        claims: claims as i32,
        weeks,
        judged,
        body: serde_json::to_string(&seen)?,
        at: ctx.now,
    };
    // The plan of whose version it is: where the shared model serves, everybody's.
    let own = models::deployments(ctx.store(), Some(company), 1).await?.pop().is_some_and(|d| d.in_force());
    let whose = own.then_some(company);
    let planned = plan::of(ctx, whose).await?;
    let tx = ctx.begin().await?;
    if !monitoring::keep_window(&tx, &window).await? {
        // Another run looked at it meanwhile: what alerts is told once.
        return Ok(Some(0));
    }
    let signals = with_the_absent(&tx, (company, model.id), judged, seen.signals).await?;
    let opened = stand(ctx, &tx, (company, model), &signals, end).await?;
    over(ctx, &tx, Some(company), None).await?;
    if opened > 0 {
        plan::drifted(ctx, &tx, whose, planned).await?;
    }
    let details = json!({ "week": monday, "claims": claims, "judged": judged, "opened": opened });
    tx.commit(ctx.audit(Some(company), "stream.watched", "model", model.id, details)).await?;
    Ok(Some(opened))
}

/// The signals with those that stand and were not seen in a window that was judged: of those it is clean. A gap that was
/// mended is no signal any more.
async fn with_the_absent(
    tx: &Tx,
    (company, model): (CompanyId, ModelId),
    judged: bool,
    mut signals: Vec<Signal>,
) -> Result<Vec<Signal>> {
    if judged {
        for alert in monitoring::of_model(tx, company, model).await? {
            if !signals.iter().any(|s| s.name == alert.signal) {
                let judgement = Judgement::Clean;
                signals.push(Signal {
                    name: alert.signal,
                    size: 0.0,
                    adjusted: 1.0,
                    judgement,
                    remark: String::new(),
                    bins: Vec::new(),
                });
            }
        }
    }
    Ok(signals)
}

/// What serves a company (or everybody, where there is none) has changed: what alerted of versions that serve no more is over.
///
/// `before`: what served everybody.
pub(crate) async fn over(ctx: &Ctx, tx: &Tx, company: Option<CompanyId>, before: Option<ModelId>) -> Result<()> {
    let over = match (company, before) {
        (Some(company), _) => Over::Of(company, models::champion(tx, company).await?),
        (None, Some(before)) => Over::Version(before),
        (None, None) => return Ok(()),
    };
    for (alert, company) in monitoring::resolve(tx, over, ctx.now).await? {
        let details = json!({ "why": "the version serves no more" });
        tx.audit(ctx.audit(Some(company), "alert.resolved", "alert", alert, details));
    }
    Ok(())
}

/// Moves each signal on, and tells of what opens or gets worse.
async fn stand(
    ctx: &Ctx,
    tx: &Tx,
    (company, model): (CompanyId, &Loaded),
    signals: &[Signal],
    day: NaiveDate,
) -> Result<u32> {
    let known = monitoring::hold(tx, company, model.id).await?;
    let mut opened = 0;
    for signal in signals {
        let before = known.iter().find(|a| a.signal == signal.name);
        let was = before.map(|a| a.standing).unwrap_or_default();
        let (standing, tell) = was.after(signal.judgement, signal.size, day);
        if standing == was || (before.is_none() && standing == Standing::default()) {
            continue;
        }
        let opens = standing.state == State::Open && !was.state.stands();
        let alert = Alert {
            id: before.map_or_else(|| ctx.id(), |a| a.id),
            company,
            model: model.id,
            signal: signal.name.clone(),
            standing,
            opened_on: if opens { Some(day) } else { before.and_then(|a| a.opened_on) },
            note: before.filter(|_| !opens).and_then(|a| a.note.clone()),
            version: before.map_or(0, |a| a.version),
            updated_at: ctx.now,
        };
        monitoring::put(tx, &alert).await?;
        opened += u32::from(opens);
        if tell != Tell::Nothing {
            let details = json!({ "signal": signal.name, "size": signal.size, "told": format!("{tell:?}") });
            tx.audit(ctx.audit(Some(company), "alert.told", "alert", alert.id, details));
            told(ctx, tx, (company, model), &alert, tell).await?;
        }
    }
    Ok(opened)
}

/// The insurer's engineers, and ours.
async fn told(ctx: &Ctx, tx: &Tx, (company, model): (CompanyId, &Loaded), alert: &Alert, tell: Tell) -> Result<()> {
    let words = match tell {
        Tell::Opened => "has drifted",
        Tell::Worse => "has drifted further",
        Tell::Still | Tell::Nothing => "still drifts",
    };
    let text = format!("{} v{}: {} {words}.", model.name, model.version, drift::label(&alert.signal));
    let operator = companies::list(tx, store::Reach::Operator).await?.into_iter().find(|c| c.operator).map(|c| c.id);
    for whose in [Some(company), operator].into_iter().flatten() {
        for person in people::with_role(tx, whose, Role::Engineer).await? {
            let told = Told { user: person, company: whose, cause: Cause::Alert };
            told.of(ctx, tx, &text, &format!("/alerts?id={}", alert.id)).await?;
        }
    }
    Ok(())
}

/// Whether anything of the model that serves a company stands open.
pub(crate) async fn alarms(ctx: &Ctx, company: CompanyId) -> Result<bool> {
    let Some(model) = ctx.app.models.champion(&ctx.app, company).await? else { return Ok(false) };
    let signals = monitoring::of_model(ctx.store(), company, model.id).await?;
    Ok(signals.iter().any(|a| matches!(a.standing.state, State::Open | State::Acknowledged)))
}

/// Whether a signal's judgement is one that counts.
pub(crate) fn counts(judgement: Judgement) -> bool {
    matches!(judgement, Judgement::Odd | Judgement::Severe)
}

/// The company's windows of a model, newest last, with what was seen.
pub(crate) async fn windows(ctx: &Ctx, company: CompanyId, model: ModelId, most: u64) -> Result<Vec<(Window, Seen)>> {
    let all = monitoring::windows(ctx.store(), company, model, most).await?;
    all.into_iter().map(|w| Ok((w.clone(), serde_json::from_str(&w.body)?))).collect()
}
