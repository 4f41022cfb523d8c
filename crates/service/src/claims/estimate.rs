//! One's own estimate first: where a company wishes it, a handler says what they would settle a claim for before they
//! see what the model says, so that the two can be compared and the model's figure does not anchor theirs (Buçinca and
//! others 2021).

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table};
use domain::Money;
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::claims::{self, Claim};
use store::estimates::{self, Estimate};
use store::{StoreError, companies, predictions};

use super::number;
use crate::acts::{Done, Entries, Kind};
use crate::reports::Query;
use crate::{Actor, Ctx, Error, Result};

pub static GIVE: Kind = Kind {
    name: "estimate.give",
    needs: Some(Permission::DecideClaims),
    run: |ctx, entries| Box::pin(give(ctx, entries)),
};

pub static RULES: Kind = Kind {
    name: "estimate.rules",
    needs: Some(Permission::ReviewClaims),
    run: |ctx, entries| Box::pin(set_rules(ctx, entries)),
};

/// When a company wants its people's own estimate first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    pub on: bool,
    /// From this sum claimed on, in pence.
    pub value: i64,
    /// Where the range is wider than so many percent of the prediction.
    pub wide: u32,
    /// Where the model has not seen a claim like it.
    pub unusual: bool,
    /// Of all others, so many in a hundred.
    pub share: u32,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { on: false, value: 1_000_000, wide: 150, unusual: true, share: 3 }
    }
}

/// What a company has set for its people's work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wishes {
    estimate: Rules,
}

pub(crate) async fn rules(ctx: &Ctx, company: domain::id::CompanyId) -> Result<Rules> {
    let kept = companies::wishes(ctx.store(), company).await?;
    Ok(kept.map(|json| serde_json::from_str::<Wishes>(&json)).transpose()?.unwrap_or_default().estimate)
}

/// Whether this claim is among the share that is asked for whatever it is: its id decides, so that it stays so.
fn drawn(claim: &Claim, share: u32) -> bool {
    let id = claim.id.to_string();
    let end = u32::from_str_radix(&id[id.len() - 6..], 16).unwrap_or_default();
    end % 100 < share
}

/// Why the claim asks for an own estimate before its prediction is shown; `None` where it does not, or has one.
pub(crate) async fn wanted(ctx: &Ctx, claim: &Claim) -> Result<Option<&'static str>> {
    // An integration shows its people what it shows them.
    let person = matches!(ctx.caller.actor, Actor::Person { .. });
    let open = claim.status != ClaimStatus::Decided;
    let (true, true, Some(prediction)) = (person, open, claim.prediction) else { return Ok(None) };
    let rules = rules(ctx, claim.company).await?;
    if !rules.on || estimates::of_claim(ctx.store(), claim.id).await?.is_some() {
        return Ok(None);
    }
    let predicted = predictions::find(ctx.store(), ctx.caller.reach, prediction).await?;
    let width = predicted.upper.pence() - predicted.lower.pence();
    let model = ctx.app.models.get(&ctx.app, predicted.model).await?;
    Ok(if claim.total.pence() >= rules.value {
        Some("high_value")
    } else if width * 100 > i64::from(rules.wide) * predicted.amount.pence().max(1) {
        Some("wide_range")
    } else if rules.unusual && super::similar::unlike(claim, &model).is_some() {
        Some("unusual")
    } else if drawn(claim, rules.share) {
        Some("drawn")
    } else {
        None
    })
}

fn words(reason: &str) -> &'static str {
    match reason {
        "high_value" => "Much is claimed here.",
        "wide_range" => "The model is not sure of this one.",
        "unusual" => "The model has seen few claims like this one.",
        _ => "Of all claims some are drawn by lot.",
    }
}

/// Goes on only where the claim waits for no estimate of one's own.
pub(super) async fn given(ctx: &Ctx, claim: &Claim) -> Result<()> {
    match wanted(ctx, claim).await? {
        Some(_) => Err(Error::refused(
            ErrorKind::Conflict,
            "Your company asks for your own estimate first: enter it on the claim’s page, and the prediction is shown.",
        )),
        None => Ok(()),
    }
}

/// Lists show no prediction of an open claim where own estimates come first.
pub(crate) async fn veil(ctx: &Ctx, claims: &mut [Claim]) -> Result<()> {
    if veiled(ctx).await? {
        for claim in claims.iter_mut().filter(|claim| claim.status != ClaimStatus::Decided) {
            claim.predicted = None;
        }
    }
    Ok(())
}

/// Whether what is predicted is told on claims' own pages alone.
pub(crate) async fn veiled(ctx: &Ctx) -> Result<bool> {
    let (Actor::Person { .. }, Some(company)) = (&ctx.caller.actor, ctx.caller.company) else { return Ok(false) };
    Ok(rules(ctx, company).await?.on)
}

/// Where own estimates come first, a what-if stays near the claim that it is asked of: the sum claimed changes by half of it
/// at most, so that no other claim's prediction is had by its figures.
pub(super) async fn near(ctx: &Ctx, claim: &Claim, facts: &domain::ClaimFacts) -> Result<()> {
    let (was, now) = (claim.total.pence(), facts.heads.total().unwrap_or_default().pence());
    if (now - was).abs() * 2 > was && veiled(ctx).await? {
        let words = "Your company asks for own estimates first: try amounts nearer to what is claimed here.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    Ok(())
}

/// `id` of the claim, `estimate`.
async fn give(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (user, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let Some(reason) = wanted(ctx, &claim).await? else {
        return Err(Error::refused(ErrorKind::Conflict, "This claim asks for no estimate, or has one."));
    };
    let estimate = Estimate {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        reason: reason.into(),
        user,
        amount: entries.amount("estimate")?,
        predicted: claim.predicted,
        at: ctx.now,
    };
    let tx = ctx.begin().await?;
    estimates::create(&tx, &estimate).await.map_err(|error| match error {
        StoreError::Conflict(_) => {
            Error::refused(ErrorKind::Conflict, "Somebody else has given theirs. Reload the page.")
        }
        other => other.into(),
    })?;
    let details = json!({ "reason": reason });
    tx.commit(ctx.audit(Some(claim.company), "estimate.given", "claim", claim.id, details)).await?;
    Ok(Done::said("Your estimate is kept. Here is what the model says."))
}

/// In the place of the prediction.
pub(crate) fn form(claim: &Claim, reason: &str) -> Form {
    Form {
        act: GIVE.name.into(),
        id: "estimate".into(),
        title: "Your own estimate first".into(),
        lead: format!(
            "{} What would you settle claim {} for? The prediction is shown then; nobody is held to what they enter here.",
            words(reason),
            number(claim.number)
        ),
        with: vec![("id".into(), claim.id.to_string())],
        inputs: vec![Input::new("estimate", "Your estimate, in pounds", Asks::Pounds).required()],
        submit: "Keep it, and show the prediction".into(),
        primary: true,
        ..Form::default()
    }
}

/// What was estimated, beside what the model said: how far the final amount moved from the one to the other.
pub(crate) fn beside(estimate: &Estimate, settled: Option<Money>) -> String {
    let own = format!("The handler’s own estimate was {}.", estimate.amount);
    match (estimate.predicted, settled) {
        (Some(predicted), Some(settled)) => match weight(estimate.amount.pence(), predicted.pence(), settled.pence()) {
            Some(weight) => {
                format!("{own} The settlement took over {:.0}% of the way to the prediction.", weight * 100.0)
            }
            None => own,
        },
        _ => own,
    }
}

/// The weight of advice: 0 where the own estimate was kept, 1 where the prediction was taken. `None` where the two are
/// the same.
pub fn weight(own: i64, predicted: i64, settled: i64) -> Option<f64> {
    (own != predicted).then(|| (settled - own) as f64 / (predicted - own) as f64)
}

async fn set_rules(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let company = ctx.caller.own_company()?;
    let rules = Rules {
        on: entries.is("on"),
        value: entries.amount("value")?.pence(),
        wide: entries.number("wide", "give whole percent, such as 150")?,
        unusual: entries.is("unusual"),
        share: entries.number("share", "give a whole number from 0 to 100")?,
    };
    if rules.share > 100 {
        return Err(Error::field("share", "give a whole number from 0 to 100"));
    }
    let details = serde_json::to_value(&rules)?;
    let tx = ctx.begin().await?;
    companies::set_wishes(&tx, company, &serde_json::to_string(&Wishes { estimate: rules })?).await?;
    tx.commit(ctx.audit(Some(company), "estimate.rules", "company", company, details)).await?;
    Ok(Done::said("The rules are set."))
}

/// The page: when an own estimate is asked for, and what it came to.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let company = ctx.caller.own_company()?;
    let rules = rules(ctx, company).await?;
    let mut parts = vec![weights(ctx, company).await?];
    parts.push(Part::Form(Form {
        act: RULES.name.into(),
        id: "rules".into(),
        title: "When it is asked for".into(),
        lead: "Before the prediction of an open claim is shown. Lists show no predictions of open claims then.".into(),
        inputs: vec![
            Input::new("on", "Ask for an own estimate first", Asks::Tick).value(rules.on.to_string()),
            Input::new("value", "From this sum claimed on, in pounds", Asks::Pounds)
                .value(Money::from_pence(rules.value).plain())
                .required(),
            Input::new("wide", "Where the range is wider than so many percent of the prediction", Asks::Text)
                .value(rules.wide.to_string())
                .required(),
            Input::new("unusual", "Where the model has not seen a claim like it", Asks::Tick)
                .value(rules.unusual.to_string()),
            Input::new("share", "Of all others, in a hundred", Asks::Text).value(rules.share.to_string()).required(),
        ],
        submit: "Set these rules".into(),
        primary: true,
        ..Form::default()
    }));
    Ok(Report { parts, ..Report::default() })
}

/// Claims that are looked at for the weight of advice.
const LOOKED_AT: u64 = 500;

async fn weights(ctx: &Ctx, company: domain::id::CompanyId) -> Result<Part> {
    let settled = estimates::settled(ctx.store(), company, LOOKED_AT).await?;
    let mut by_person: std::collections::BTreeMap<String, Vec<f64>> = std::collections::BTreeMap::new();
    for (user, [own, predicted, settled]) in settled {
        if let Some(weight) = weight(own, predicted, settled) {
            by_person.entry(user.to_string()).or_default().push(weight);
        }
    }
    let names = crate::names::Names::of(ctx, by_person.keys().cloned()).await?;
    let mut table = Table::new(
        "How far people follow the prediction",
        &["Who", "#Claims", "#Weight of advice, median"],
        "No claim with an own estimate is settled yet.",
    );
    for (user, mut weights) in by_person {
        weights.sort_by(f64::total_cmp);
        table.row(vec![
            Cell::Text(names.actor(&user)),
            Cell::Number(weights.len() as i64),
            Cell::Figure(format!("{:.2}", weights[weights.len() / 2])),
        ]);
    }
    Ok(Part::Table(table))
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn the_weight_of_advice_is_the_way_from_the_own_estimate_to_the_prediction() {
        assert_eq!(weight(1_000, 2_000, 1_000), Some(0.0));
        assert_eq!(weight(1_000, 2_000, 2_000), Some(1.0));
        assert_eq!(weight(2_000, 1_000, 1_750), Some(0.25));
        assert_eq!(weight(1_000, 1_000, 1_200), None);
    }
}
