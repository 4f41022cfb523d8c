//! Making a report: the newest true outcomes of a company, its claims' groups, and what was decided.

use std::collections::{BTreeMap, HashMap};

use domain::calendar::london_date;
use domain::finding::{State, has_expired};
use domain::id::{ClaimId, CompanyId, ModelId};
use domain::outcome::Tier;
use ml::data::Protected;
use ml::evaluate::Judged;
use ml::interval::ClaimKind;
use serde_json::json;
use store::fairness::{self, Finding, Report};
use store::outcomes::{self, OutcomeQuery};
use store::{Reach, claims, decisions};

use super::Body;
use super::audit::{self, Row};
use crate::copies::Copies;
use crate::secret::digest;
use crate::{Ctx, Error, Result};

/// The newest outcomes that are looked at.
const MOST: u64 = 4_000;
/// Outcomes without which nothing is judged.
const FEWEST: usize = 100;
const PORTION: usize = 200;

/// Makes a company's report of the model that serves it; in words. Nothing is kept where there is too little.
pub async fn make(ctx: &Ctx, company: CompanyId) -> Result<String> {
    let Some(model) = ctx.app.models.champion(&ctx.app, company).await? else {
        return Ok("No model serves: there is nothing to audit.".into());
    };
    let (mut rows, data) = rows(ctx, company).await?;
    if rows.len() < FEWEST {
        return Ok(format!("{} of {FEWEST} true outcomes are known: nothing is judged yet.", rows.len()));
    }
    let loaded = model.clone();
    let work = move || {
        for row in &mut rows {
            if let Ok(value) = loaded.bundle.value(&row.facts) {
                row.prediction = value.amount.as_pounds();
            }
        }
        audit::report(&loaded.bundle, &rows, data)
    };
    let body = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    keep(ctx, company, model.id, body).await
}

async fn rows(ctx: &Ctx, company: CompanyId) -> Result<(Vec<Row>, String)> {
    let reach = Reach::Company(company);
    let query = OutcomeQuery { tier: Some(Tier::A), ..OutcomeQuery::default() };
    let (known, _) = outcomes::list(ctx.store(), reach, &query, (1, MOST)).await?;
    let (mut rows, mut told, mut copies) = (Vec::new(), String::new(), Copies::new());
    for portion in known.chunks(PORTION) {
        let ids: Vec<ClaimId> = portion.iter().map(|o| o.claim).collect();
        let found = claims::by_ids(ctx.store(), reach, &ids).await?;
        let protected = claims::protected_of(ctx.store(), &found).await?;
        let decided: BTreeMap<ClaimId, f64> = decisions::of_claims(ctx.store(), reach, &ids)
            .await?
            .iter()
            .map(|d| (d.claim, d.amount.as_pounds()))
            .collect();
        let found: HashMap<ClaimId, claims::Claim> = found.into_iter().map(|c| (c.id, c)).collect();
        for outcome in portion {
            let Some(claim) = found.get(&outcome.claim).filter(|claim| !claim.erased) else { continue };
            told += &format!("{} {}\n", outcome.claim, outcome.amount.pence());
            let apart = protected.get(&claim.id).cloned().unwrap_or_default();
            let same = serde_json::to_string(&(&claim.facts.heads, outcome.amount))?;
            rows.push(Row {
                outcome: outcome.amount.as_pounds(),
                prediction: claim.total.as_pounds(),
                decided: decided.get(&claim.id).copied(),
                age: band(apart.driver_age),
                gender: apart.gender,
                claim: copies.of(same),
                facts: claim.facts.clone(),
            });
        }
    }
    Ok((rows, digest(told.as_bytes())))
}

/// The age band as the engine has it.
fn band(driver_age: Option<u8>) -> Option<&'static str> {
    let protected = Protected { driver_age, gender: None };
    let (settlement, prediction, lower, upper) = (0.0, 0.0, 0.0, 0.0);
    Judged { kind: ClaimKind::TariffOnly, group: 0, protected, settlement, prediction, lower, upper }.age_band()
}

/// What the report finds, by what it is about, with the gap in pounds; and all that it judged.
fn found(body: &Body) -> (BTreeMap<String, f64>, Vec<String>) {
    let (mut found, mut judged) = (BTreeMap::new(), Vec::new());
    for attribute in &body.attributes {
        for group in &attribute.groups {
            for (who, served) in [("the model", &group.model), ("people", &group.people)] {
                let Some(served) = served else { continue };
                let about = format!("{}: {}, by {who}", attribute.name, group.name);
                if served.finding {
                    found.insert(about.clone(), served.gap.value);
                }
                judged.push(about);
            }
        }
    }
    (found, judged)
}

async fn keep(ctx: &Ctx, company: CompanyId, model: ModelId, body: Body) -> Result<String> {
    let (found, judged) = found(&body);
    let report = Report {
        id: ctx.id(),
        company,
        model,
        at: ctx.now,
        claims: body.claims as i32,
        found: found.len() as i32,
        body: serde_json::to_string(&body)?,
    };
    let tx = ctx.begin().await?;
    fairness::create(&tx, &report).await?;
    let known = fairness::of_company(&tx, company).await?;
    // What was found of an earlier version is answered by the report on the one that serves now.
    for finding in &known {
        let again = found.get(&finding.about);
        // What the report could not judge it says nothing of.
        if again.is_none() && !judged.contains(&finding.about) {
            continue;
        }
        let state = finding.state.after_report(again.is_some(), has_expired(finding.due_on, london_date(ctx.now)));
        let gap = again.copied().unwrap_or(finding.gap);
        if (state, gap) != (finding.state, finding.gap) {
            let finding = Finding { state, gap, model, report: report.id, updated_at: ctx.now, ..finding.clone() };
            fairness::put(&tx, &finding).await?;
        }
    }
    for (about, gap) in found.iter().filter(|(about, _)| !known.iter().any(|f| f.about == **about)) {
        let finding = Finding {
            id: ctx.id(),
            company,
            model,
            about: about.clone(),
            state: State::Found,
            report: report.id,
            gap: *gap,
            found_at: ctx.now,
            owner: None,
            due_on: None,
            note: String::new(),
            version: 0,
            updated_at: ctx.now,
        };
        fairness::put(&tx, &finding).await?;
    }
    let details = json!({ "claims": report.claims, "found": report.found, "data": body.data });
    tx.commit(ctx.audit(Some(company), "fairness.reported", "model", model, details)).await?;
    Ok(format!("{} outcomes audited, {} findings.", report.claims, report.found))
}
