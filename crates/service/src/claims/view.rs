//! The claim page: facts, prediction, explanation, decision, timeline (stories 8, 9).

use contract::claim::{ClaimView, DecisionView, FactView, HeadView, ReviewView, TimelineEntry};
use contract::page::Part;
use domain::Money;
use domain::claim::accident_in_words;
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, ReviewStatus};
use domain::{ClaimFacts, Head};
use store::audit::{self, AuditRecord};
use store::claims::{self, Claim};
use store::decisions::{self, Decision};
use store::estimates;
use store::notifications;
use store::outcomes::{self, Outcome};
use store::predictions;
use store::reviews::{self, Review};

use super::{assess, bookmark, contest, diary, estimate, flag, number, offers, outcome, predict, similar, undo};
use crate::models::cache::Loaded;
use crate::names::Names;
use crate::{Actor, Ctx, Result, id_from};

pub async fn view(ctx: &Ctx, id: &str) -> Result<ClaimView> {
    ctx.require(Permission::ReadClaims)?;
    let reach = ctx.caller.reach;
    let claim = claims::find(ctx.store(), reach, id_from(id)?).await?;
    ctx.note_read(claim.company, claim.id).await?;
    seen(ctx, &format!("/claims/{}", claim.id)).await?;
    let (prediction, model) = match claim.prediction {
        Some(id) => {
            let stored = predictions::find(ctx.store(), reach, id).await?;
            let model = ctx.app.models.get(&ctx.app, stored.model).await?;
            let view = predict::view(&stored, &claim.facts, true, &model);
            (Some(view), Some(model))
        }
        None => (None, None),
    };
    // Nobody is told what the model says before they have said what they would settle for, where that is asked.
    let wanted = estimate::wanted(ctx, &claim).await?;
    let alike = model.clone();
    let (prediction, model) = if wanted.is_some() { (None, None) } else { (prediction, model) };
    let model = model.as_deref();
    let remarks = match &prediction {
        Some(p) if claim.status != ClaimStatus::Decided => remarks(ctx, &claim, p.amount, model).await?,
        _ => Vec::new(),
    };
    let review = reviews::of_claim(ctx.store(), reach, claim.id).await?;
    let decision = decisions::of_claim(ctx.store(), reach, claim.id).await?;
    let outcomes = outcomes::of_claim(ctx.store(), reach, claim.id).await?;
    let events = audit::of_entity(ctx.store(), reach, &claim.id.to_string()).await?;
    let mut ids = vec![claim.created_by.clone()];
    ids.extend(decision.as_ref().map(|d| d.by.clone()));
    ids.extend(review.as_ref().map(|r| r.flagged_by.to_string()));
    ids.extend(review.as_ref().and_then(|r| r.answer.as_ref()).map(|(by, _, _)| by.to_string()));
    ids.extend(events.iter().filter_map(|e| e.actor_id.clone()));
    let names = Names::of(ctx, ids).await?;
    let standing = may(ctx, &claim, review.as_ref());
    Ok(ClaimView {
        number: number(claim.number),
        reference: claim.reference.clone().unwrap_or_default(),
        status: claim.status,
        whiplash: claim.facts.is_whiplash(),
        medical_report: claim.medical_report,
        facts: facts(&claim.facts),
        heads: heads(&claim.facts),
        total: claim.total,
        prognosis_months: claim.facts.injury_prognosis_months,
        psychological: claim.facts.minor_psychological_injury,
        exceptional: claim.facts.exceptional_circumstances,
        no_prediction: no_prediction(ctx, &claim).await?,
        parts: parts(ctx, &claim, &outcomes).await?,
        estimate: wanted.map(|reason| estimate::form(&claim, reason)),
        links: links(ctx, &claim),
        prediction,
        similar: similar::similar(ctx, &claim, alike.as_deref()).await?,
        alternatives: model.map(|m| similar::alternatives(&claim, m)).unwrap_or_default(),
        remarks,
        decision: decision.as_ref().map(|d| decision_view(ctx, d, &names)),
        outcome: outcome::in_force(&outcomes).map(|o| o.amount),
        review: review.as_ref().map(|r| review_view(r, &names)),
        documents: crate::documents::list::table(ctx, &claim).await?,
        may_add: ctx.caller.holds(Permission::WriteClaims),
        timeline: events.iter().map(|e| timeline(e, &names, wanted.is_some())).collect(),
        entered_by: names.actor(&claim.created_by),
        entered_at: claim.created_at.into(),
        may_decide: standing.0,
        may_flag: standing.1,
        reviewers: if standing.1 { flag::reviewers(ctx, claim.company).await? } else { Vec::new() },
        viewer_role: match &ctx.caller.actor {
            Actor::Person { role, .. } => Some(*role),
            Actor::Key { .. } | Actor::Job { .. } | Actor::System => None,
        },
        next: next(ctx, &claim).await?,
        id: claim.id,
    })
}

/// What is to be known before a predicted amount is taken.
async fn remarks(ctx: &Ctx, claim: &Claim, predicted: Money, model: Option<&Loaded>) -> Result<Vec<String>> {
    let mut remarks: Vec<String> = model.and_then(|m| similar::unlike(claim, m)).into_iter().collect();
    if predicted > claim.total {
        remarks.push(format!("The prediction is more than the {} that is claimed.", claim.total));
    }
    if let Some(asked) = offers::asked(ctx, claim).await?.filter(|asked| predicted > *asked) {
        remarks.push(format!("The prediction is more than the {asked} that the claimant’s side asks."));
    }
    if claim.facts.contradicts_itself() && !claim.medical_report {
        remarks.push("It states that it is no whiplash injury and claims the whiplash tariff: before it is settled a medical report must be here, or the claim be corrected.".into());
    }
    Ok(remarks)
}

/// What the caller was told about an address is read once they look at it.
pub(crate) async fn seen(ctx: &Ctx, href: &str) -> Result<()> {
    let Ok((user, _, _)) = ctx.caller.person() else { return Ok(()) };
    if notifications::tells_of(ctx.store(), user, href).await? {
        let tx = ctx.begin().await?;
        notifications::read_about(&tx, user, href, ctx.now).await?;
        tx.commit_bookkeeping().await?;
    }
    Ok(())
}

/// The claim to go on with: the caller's own before the company's, the next older before the newest.
async fn next(ctx: &Ctx, claim: &Claim) -> Result<Option<(String, String)>> {
    if !ctx.caller.holds(Permission::DecideClaims) {
        return Ok(None);
    }
    let me = ctx.caller.actor.name();
    for created_by in [Some(me.as_str()), None] {
        for before in [Some((claim.created_at, claim.id)), None] {
            let next = claims::next_open(ctx.store(), ctx.caller.reach, created_by, before, claim.id).await?;
            if let Some((next, id)) = next {
                return Ok(Some((number(next), format!("/claims/{id}"))));
            }
        }
    }
    Ok(None)
}

/// Whether the caller may decide the claim now, and whether they may flag it.
fn may(ctx: &Ctx, claim: &Claim, review: Option<&Review>) -> (bool, bool) {
    let decides = ctx.caller.holds(Permission::DecideClaims);
    let reviews = ctx.caller.holds(Permission::ReviewClaims);
    let waiting = review.is_some_and(|r| r.status == ReviewStatus::Waiting);
    match claim.status {
        ClaimStatus::Open => (decides, decides && !waiting),
        ClaimStatus::Flagged => (decides && reviews, false),
        ClaimStatus::Decided => (false, false),
    }
}

async fn no_prediction(ctx: &Ctx, claim: &Claim) -> Result<Option<String>> {
    if claim.prediction.is_some() {
        return Ok(None);
    }
    let deployed = ctx.app.models.champion(&ctx.app, claim.company).await?.is_some();
    Ok(Some(if deployed {
        "This claim came in when no model was deployed. It can be predicted now, or decided by hand.".into()
    } else {
        "No model is deployed just now. The claim can be decided by hand.".into()
    }))
}

fn heads(facts: &ClaimFacts) -> Vec<HeadView> {
    let shown = |head: Head| matches!(head, Head::GeneralFixed | Head::GeneralRest | Head::SpecialTherapy);
    facts
        .heads
        .iter()
        .filter(|(head, amount)| shown(*head) || amount.is_some_and(|a| a.pence() != 0))
        .map(|(head, claimed)| HeadView {
            key: head.key().into(),
            label: head.label().into(),
            general: head.is_general(),
            claimed,
        })
        .collect()
}

fn facts(facts: &ClaimFacts) -> Vec<FactView> {
    let yes_no = |value: Option<bool>| value.map(|v| if v { "Yes" } else { "No" }.to_owned());
    let date = |value: Option<chrono::NaiveDate>| value.map(|d| d.format("%-d %B %Y").to_string());
    [
        ("Accident", facts.accident_type.as_deref().map(accident_in_words)),
        ("Accident date", date(facts.accident_date)),
        ("Claim made", date(facts.claim_date)),
        ("Prognosis", facts.injury_prognosis_months.map(|m| crate::reports::parts::months(m.into()))),
        ("Minor psychological injury", yes_no(facts.minor_psychological_injury)),
        ("Exceptional circumstances", yes_no(facts.exceptional_circumstances)),
        ("Whiplash", yes_no(facts.whiplash)),
        ("Dominant injury", facts.dominant_injury.clone()),
        ("Injury", facts.injury_description.clone()),
        ("What happened", facts.accident_description.clone()),
        ("Vehicle", facts.vehicle_type.clone()),
        ("Vehicle age", facts.vehicle_age.map(|a| format!("{a} years"))),
        ("Weather", facts.weather_conditions.clone()),
        ("Passengers", facts.passengers.map(|p| p.to_string())),
        ("Police report", yes_no(facts.police_report_filed)),
        ("Witness", yes_no(facts.witness_present)),
    ]
    .into_iter()
    .map(|(label, value)| FactView { label: label.into(), value: value.unwrap_or_default() })
    .collect()
}

fn decision_view(ctx: &Ctx, decision: &Decision, names: &Names) -> DecisionView {
    DecisionView {
        id: decision.id,
        undo_seconds: undo::left(ctx, decision),
        kind: decision.kind,
        amount: decision.amount,
        reason: decision.reason.map_or(String::new(), |r| r.label().into()),
        note: decision.note.clone(),
        by: match &decision.decider {
            Some(decider) => format!("{}, passed on by {}", decider.name, names.actor(&decision.by)),
            None => names.actor(&decision.by),
        },
        at: decision.at.into(),
    }
}

fn review_view(review: &Review, names: &Names) -> ReviewView {
    ReviewView {
        reason: review.reason.clone(),
        flagged_by: names.actor(&review.flagged_by.to_string()),
        flagged_at: review.flagged_at.into(),
        answer: review.answer.as_ref().map(|(by, text, at)| (names.actor(&by.to_string()), text.clone(), (*at).into())),
    }
}

/// What stands beside the prediction.
async fn parts(ctx: &Ctx, claim: &Claim, outcomes: &[Outcome]) -> Result<Vec<Part>> {
    let mut parts = contest::parts(ctx, claim).await?;
    parts.extend(assess::parts(ctx, claim).await?);
    if let Some(given) = estimates::of_claim(ctx.store(), claim.id).await? {
        parts.push(Part::Text(estimate::beside(&given, claim.settled)));
    }
    parts.extend(offers::parts(ctx, claim).await?);
    parts.extend(outcome::parts(ctx, claim, outcomes).await?);
    parts.extend(diary::parts(ctx, claim).await?);
    parts.extend(bookmark::parts(ctx, claim).await?);
    Ok(parts)
}

fn links(ctx: &Ctx, claim: &Claim) -> Vec<(String, String)> {
    let open = claim.status != ClaimStatus::Decided;
    let mut links = Vec::new();
    if open && ctx.caller.holds(Permission::WriteClaims) {
        links.push(("Correct the claim".into(), format!("/claims/correct?id={}", claim.id)));
    }
    if open && ctx.caller.holds(Permission::DecideClaims) {
        links.push(("Assess the heads".into(), format!("/claims/assess?id={}", claim.id)));
    }
    if let Some(prediction) = claim.prediction {
        links.push(("How this came about".into(), format!("/help/explanation?prediction={prediction}")));
    }
    links.push(("Notice for the claimant (PDF)".into(), format!("/claims/{}/notice", claim.id)));
    links
}

fn timeline(event: &AuditRecord, names: &Names, withheld: bool) -> TimelineEntry {
    // What was predicted is not told before an own estimate is given.
    let details = if withheld { "{}" } else { event.details.as_str() };
    let what = crate::admin::audit::words(&event.action, details);
    TimelineEntry { at: event.at.into(), who: names.actor(event.actor_id.as_deref().unwrap_or("")), what }
}
