//! Trying a version: shadow, then a canary of 5, 25 and 50 percent, then a person deploys it. What is done by itself ends a
//! trial and never widens it (stories 22 to 24).

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table, Tone, grouped};
use domain::calendar::words;
use domain::id::{CompanyId, ModelId};
use domain::policy::{Permission, Role};
use domain::trial::{self, Stage, breach, is_over, look_due, next_share};
use ml::evaluate::{Estimate, mean_at};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::models::{self, Model};
use store::trials::{self, Trial};
use store::{StoreError, Tx, people, publications};

use super::deploy::may_answer;
use super::serving::TRAINED;
use super::{LONGEST_NOTE, deploys_for, list::Registry, operator, title, withdrawn_from};
use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Entries, Kind};
use crate::copies::groups;
use crate::reports::parts;
use crate::{Ctx, Error, Result};

const NEEDS: Option<Permission> = Some(Permission::DeployModels);

pub static START: Kind = Kind { name: "trial.start", needs: NEEDS, run: |ctx, entries| Box::pin(start(ctx, entries)) };

pub static WIDEN: Kind = Kind { name: "trial.widen", needs: NEEDS, run: |ctx, entries| Box::pin(widen(ctx, entries)) };

pub static END: Kind = Kind { name: "trial.end", needs: NEEDS, run: |ctx, entries| Box::pin(end(ctx, entries)) };

/// The ways by which claims come: what is recorded of who takes part, before any arm is drawn.
const CHANNELS: [(&str, &str); 3] = [
    ("form,file,api", "All claims"),
    ("api", "Claims of integrations alone"),
    (TRAINED, "Claims of handlers who have completed the material on it"),
];
/// Trials that are listed.
const SHOWN: u64 = 20;
const DRAWS: usize = 1_000;
/// Pairs that are read for a look.
const PAIRS: u64 = 2_000;

/// A look at the paired outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub pairs: usize,
    /// The error of the version on trial less that of the one that serves, in pounds, with its 97.5% interval.
    pub difference: Estimate,
}

fn changed(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => {
            Error::refused(ErrorKind::Conflict, "This trial has changed since you looked, or another runs.")
        }
        other => other.into(),
    }
}

/// `id` of the version, `channels`.
async fn start(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let operator = operator(ctx).await?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator, entries.id("id")?).await?;
    let refused = |words: &str| Err(Error::refused(ErrorKind::Conflict, words));
    super::own_models(ctx, &model).await?;
    may_answer(ctx, ctx.store(), &model).await?;
    if deploys_for(ctx).is_none() && model.company != operator {
        return refused("This model belongs to one insurer, whose engineers try it for themselves.");
    }
    let Some(champion) = Registry::of(ctx).await?.serving.filter(|id| *id != model.id) else {
        return refused("There is nothing beside which it could be tried: deploy it.");
    };
    if !CHANNELS.iter().any(|(key, _)| *key == entries.text("channels")) {
        return Err(Error::field("channels", "choose which claims take part"));
    }
    if entries.text("channels") == TRAINED && !is_taught(ctx, model.id).await? {
        return Err(Error::field("channels", "there is no published material on this version: write it first"));
    }
    let trial = Trial {
        id: ctx.id(),
        company: deploys_for(ctx),
        champion,
        challenger: model.id,
        stage: Stage::Shadow,
        share: 0,
        channels: entries.text("channels").into(),
        started_by: ctx.caller.actor.name(),
        started_at: ctx.now,
        ended: None,
        dropped: 0,
        looks: "[]".into(),
        version: 0,
    };
    let details = json!({ "name": model.name, "version": model.version, "channels": trial.channels });
    put(ctx, &trial, "trial.started", details).await?;
    Ok(Done::said(format!("{} is asked in the shadow from now on.", title(&model.name, model.version))))
}

async fn is_taught(ctx: &Ctx, model: ModelId) -> Result<bool> {
    let company = match deploys_for(ctx) {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    Ok(publications::is_taught(ctx.store(), company, model).await?)
}

async fn put(ctx: &Ctx, trial: &Trial, action: &'static str, details: serde_json::Value) -> Result<()> {
    let tx = ctx.begin().await?;
    trials::put(&tx, trial).await.map_err(changed)?;
    if trial.ended.is_none() {
        // Of who withdraws it and who tries it at once, the second sees what the first did.
        may_answer(ctx, &tx, &models::named(&tx, trial.challenger).await?).await?;
    }
    tx.commit(ctx.audit(trial.company.or(ctx.caller.company), action, "model", trial.challenger, details)).await?;
    Ok(())
}

async fn seen(ctx: &Ctx, entries: &Entries) -> Result<Trial> {
    let trial = trials::find(ctx.store(), deploys_for(ctx), entries.id("trial")?).await?;
    let version: i32 = entries.number("version", "reload the page and try again")?;
    if trial.ended.is_some() || trial.version != version {
        return Err(changed(StoreError::Conflict(String::new())));
    }
    Ok(trial)
}

/// `trial` and `version`, `note`: why.
async fn widen(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let trial = seen(ctx, entries).await?;
    let Some(share) = next_share(trial.stage, trial.share) else {
        return Err(Error::refused(ErrorKind::Conflict, "It answers half of the claims: deploy it, or end the trial."));
    };
    let note = entries.needed("note", LONGEST_NOTE, "say what speaks for it")?;
    let challenger = models::named(ctx.store(), trial.challenger).await?;
    super::own_models(ctx, &challenger).await?;
    may_answer(ctx, ctx.store(), &challenger).await?;
    let trial = Trial { stage: Stage::Canary, share, ..trial };
    put(ctx, &trial, "trial.widened", json!({ "share": share, "note": note })).await?;
    Ok(Done::said(format!("It answers {}% of the claims from now on.", share / 100)))
}

/// `trial` and `version`, `note`: why.
async fn end(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let trial = seen(ctx, entries).await?;
    let note = entries.needed("note", LONGEST_NOTE, "say why it is ended")?;
    let trial = Trial { ended: Some((ctx.now, note.clone())), ..trial };
    put(ctx, &trial, "trial.ended", json!({ "note": note })).await?;
    Ok(Done::said("The trial is ended: what served before answers every claim."))
}

/// A version was deployed: the trial that runs in that scope is over, in the same transaction.
pub(super) async fn over(ctx: &Ctx, tx: &Tx, company: Option<CompanyId>, model: ModelId) -> Result<()> {
    let running = trials::list(tx, company, 1).await?.into_iter().find(|t| t.ended.is_none());
    if let Some(trial) = running {
        let words = if trial.challenger == model { "It was deployed." } else { "Another version was deployed." };
        trials::put(tx, &Trial { ended: Some((ctx.now, words.into())), ..trial }).await.map_err(changed)?;
    }
    Ok(())
}

/// A version was withdrawn, for everybody or for a company: nobody's claims are answered by it any more.
pub(super) async fn withdrawn(ctx: &Ctx, tx: &Tx, company: Option<CompanyId>, model: ModelId) -> Result<()> {
    let all = trials::running(tx).await?.into_iter();
    for trial in all.filter(|t| t.challenger == model && (company.is_none() || t.company == company)) {
        trials::put(tx, &Trial { ended: Some((ctx.now, "The version was withdrawn.".into())), ..trial })
            .await
            .map_err(changed)?;
    }
    Ok(())
}

/// Whether a version answers a share of the claims in the scope now: then it takes the place of the other without more ado.
pub(super) async fn was_canary(ctx: &Ctx, model: ModelId) -> Result<bool> {
    let all = trials::list(ctx.store(), deploys_for(ctx), SHOWN).await?;
    Ok(all.iter().any(|t| t.challenger == model && t.stage == Stage::Canary && t.ended.is_none()))
}

/// Looks at every trial that runs: guardrails, the looks that are due, and those that have said nothing for too long. How
/// many it ended.
pub async fn watch(ctx: &Ctx) -> Result<(usize, usize)> {
    let (mut looked, mut ended) = (0, 0);
    for trial in trials::running(ctx.store()).await? {
        looked += 1;
        ended += usize::from(watched(ctx, trial).await?);
    }
    Ok((looked, ended))
}

async fn watched(ctx: &Ctx, trial: Trial) -> Result<bool> {
    let pairs = trials::pairs(ctx.store(), trial.id, PAIRS).await?;
    let mut looks: Vec<Look> = serde_json::from_str(&trial.looks)?;
    let due = look_due(pairs.len(), looks.len());
    if let Some(n) = due {
        looks.push(look(&pairs[..n]));
    }
    let serving = match trial.company {
        Some(company) => models::champion(ctx.store(), company).await?,
        None => {
            models::deployments(ctx.store(), None, 1).await?.pop().filter(|d| d.in_force() && d.serves).map(|d| d.model)
        }
    };
    let worse = looks.last().is_some_and(|l| due.is_some() && l.difference.low > 0.0);
    let reason = match trial.stage {
        Stage::Canary => {
            let champion = trials::arm(ctx.store(), trial.id, false).await?;
            breach(champion, trials::arm(ctx.store(), trial.id, true).await?)
        }
        Stage::Shadow => None,
    };
    let reason = reason
        .map(|words| format!("Ended by a guardrail: {words}."))
        .or_else(|| worse.then(|| "Ended: on paired outcomes it is certainly further off.".to_owned()))
        .or_else(|| {
            (serving != Some(trial.champion)).then(|| "Ended: what served beside it serves no more.".to_owned())
        })
        .or_else(|| is_over(trial.started_at, ctx.now).then(|| "Ended after 90 days: inconclusive.".to_owned()));
    if reason.is_none() && due.is_none() {
        return Ok(false);
    }
    let nearer = looks.last().is_some_and(|l| l.difference.high < 0.0);
    let after = Trial {
        looks: serde_json::to_string(&looks)?,
        ended: reason.clone().map(|words| (ctx.now, words)),
        ..trial.clone()
    };
    let company = match after.company {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    let tx = ctx.begin().await?;
    match trials::put(&tx, &after).await {
        // A person was quicker.
        Err(StoreError::Conflict(_)) => return Ok(false),
        other => other?,
    }
    let words = match (&reason, nearer) {
        (Some(words), _) => words.clone(),
        (None, true) => "On paired outcomes the version on trial is certainly nearer.".to_owned(),
        (None, false) => "A look at the paired outcomes shows no clear difference.".to_owned(),
    };
    told(ctx, &tx, company, &after, &words).await?;
    let details = json!({ "pairs": pairs.len(), "reason": reason });
    let action = if reason.is_some() { "trial.ended" } else { "trial.looked" };
    tx.commit(ctx.audit(Some(company), action, "model", after.challenger, details)).await?;
    Ok(reason.is_some())
}

fn look(pairs: &[[i64; 3]]) -> Look {
    let values: Vec<f64> = pairs
        .iter()
        .map(|[answered, said, settled]| ((said - settled).abs() - (answered - settled).abs()) as f64 / 100.0)
        .collect();
    // Copies of a claim are no independent evidence.
    let groups = groups(pairs.iter());
    Look { pairs: pairs.len(), difference: mean_at(&values, &groups, DRAWS, 1, trial::LOOK_LEVEL) }
}

/// The engineers of whom the trial is.
async fn told(ctx: &Ctx, tx: &Tx, company: CompanyId, trial: &Trial, words: &str) -> Result<()> {
    for user in people::with_role(tx, company, Role::Engineer).await? {
        let told = Told { user, company, cause: Cause::Alert };
        told.of(ctx, tx, words, &format!("/models/{}", trial.challenger)).await?;
    }
    Ok(())
}

/// What stands of a version's trials on its page, with what can be done.
pub(super) async fn parts(ctx: &Ctx, model: &Model) -> Result<Vec<Part>> {
    let all = trials::list(ctx.store(), deploys_for(ctx), SHOWN).await?;
    let own: Vec<&Trial> = all.iter().filter(|t| t.challenger == model.id).collect();
    let mut parts = Vec::new();
    for trial in &own {
        parts.extend(standing(ctx, trial).await?);
    }
    let may = ctx.caller.holds(Permission::DeployModels);
    if let Some(trial) = own.iter().find(|t| t.ended.is_none()).filter(|_| may) {
        parts.extend(forms(trial));
    } else if may && all.iter().all(|t| t.ended.is_some()) && startable(ctx, model).await? {
        parts.push(Part::Form(start_form(model)));
    }
    Ok(parts)
}

async fn startable(ctx: &Ctx, model: &Model) -> Result<bool> {
    let serving = Registry::of(ctx).await?.serving;
    Ok(model.approved.is_some()
        && withdrawn_from(ctx, ctx.store(), model.id).await?.is_none()
        && serving.is_some_and(|id| id != model.id)
        && (deploys_for(ctx).is_some() || model.company == operator(ctx).await?))
}

async fn standing(ctx: &Ctx, trial: &Trial) -> Result<Vec<Part>> {
    let champion = models::named(ctx.store(), trial.champion).await?;
    let (kept, failed) = trials::shadows(ctx.store(), trial.id).await?;
    let mut table = Table::new("On trial", &["What", "Of this trial"], "");
    let mut row = |what: &str, cell: Cell| table.row(vec![Cell::text(what), cell]);
    let stage = match (trial.stage, &trial.ended) {
        (_, Some(_)) => Cell::Badge("Ended".into(), Tone::Plain),
        (Stage::Shadow, None) => Cell::Badge(Stage::Shadow.label().into(), Tone::Notice),
        (Stage::Canary, None) => Cell::Badge(format!("Answers {}% of the claims", trial.share / 100), Tone::Notice),
    };
    row("Standing", stage);
    row("Beside", Cell::Text(title(&champion.name, champion.version)));
    row(
        "Claims that take part",
        Cell::text(CHANNELS.iter().find(|(k, _)| *k == trial.channels).map_or("", |(_, l)| l)),
    );
    row("Since", Cell::Time(trial.started_at.into()));
    if let Some((at, result)) = &trial.ended {
        row("Ended", Cell::Text(format!("{}: {result}", words(*at))));
    }
    row(
        "Asked in the shadow",
        Cell::Text(format!("{} claims, {failed} without an answer, {} not asked", grouped(kept), trial.dropped)),
    );
    let looks: Vec<Look> = serde_json::from_str(&trial.looks)?;
    for l in &looks {
        let d = l.difference;
        row(
            &format!("Look at {} outcomes", l.pairs),
            Cell::Text(format!("{:+.2} pounds of error ({:+.2} to {:+.2})", d.value, d.low, d.high)),
        );
    }
    if trial.stage == Stage::Canary {
        for (canary, label) in [(true, "On trial"), (false, "Beside it")] {
            let arm = trials::arm(ctx.store(), trial.id, canary).await?;
            let text = format!(
                "{} claims, {} not answered, {} of {} decisions overridden ({}), one in twenty takes longer than {:.1} ms",
                arm.asked,
                arm.failed,
                arm.overridden,
                arm.decided,
                parts::share(arm.overridden as i64, arm.decided as i64),
                arm.p95 / 1_000.0
            );
            row(label, Cell::Text(text));
        }
    }
    let live = format!("/accuracy?model={}", trial.challenger);
    let pair = format!("/models/compare?left={}&right={}", trial.champion, trial.challenger);
    let links = vec![("Compare it on true outcomes".into(), pair), ("Its live accuracy".into(), live)];
    Ok(vec![Part::Table(table), Part::Links(links)])
}

fn start_form(model: &Model) -> Form {
    let channels = CHANNELS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Form {
        act: START.name.into(),
        id: "trial".into(),
        title: "Try it in the shadow".into(),
        lead: "It is asked of each claim after the answer is given; nobody sees what it says, and nothing is charged."
            .into(),
        with: vec![("id".into(), model.id.to_string())],
        inputs: vec![Input::new("channels", "Claims that take part", Asks::Choice(channels)).required()],
        submit: "Begin".into(),
        folded: true,
        ..Form::default()
    }
}

fn forms(trial: &Trial) -> Vec<Part> {
    let form = |act: &str, id: &str, title: String, lead: &str, label: &str| {
        Part::Form(Form {
            act: act.into(),
            id: id.into(),
            submit: title.clone(),
            title,
            lead: lead.into(),
            with: vec![("trial".into(), trial.id.to_string()), ("version".into(), trial.version.to_string())],
            inputs: vec![Input::new("note", label, Asks::Text).required()],
            folded: true,
            ..Form::default()
        })
    };
    let mut forms = Vec::new();
    if let Some(share) = next_share(trial.stage, trial.share) {
        let lead = "Claims fall to it by their ids and stay with it. It is ended by itself where it fails, is slow, or people do not take what it says.";
        forms.push(form(
            WIDEN.name,
            "widen",
            format!("Let it answer {}% of the claims", share / 100),
            lead,
            "What speaks for it",
        ));
    }
    let lead = "What serves answers every claim again. Predictions that were made stay.";
    forms.push(form(END.name, "end", "End the trial".into(), lead, "Why"));
    forms
}
