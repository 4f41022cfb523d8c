//! The model's answer to a set of facts.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use contract::ErrorKind;
use contract::claim::{ContributionView, PredictionView, TariffView};
use domain::id::{CompanyId, ModelId};
use domain::tariff::{Table, Tariff, tariff};
use domain::{ClaimFacts, Head, Money};
use store::predictions::{Contribution, Prediction};

use super::waterfall;
use crate::models::cache::Loaded;
use crate::models::serving::{Choice, Serving};
use crate::{Ctx, Error, Result};

/// An answer that is not saved yet.
pub struct Answer {
    pub model: Arc<Loaded>,
    pub prediction: ml::Prediction,
    /// Microseconds.
    pub duration_us: i64,
}

/// The model that serves a company. `None` when none is deployed: claims can still be decided by hand.
pub async fn champion(ctx: &Ctx, company: CompanyId) -> Result<Option<Arc<Loaded>>> {
    ctx.app.models.champion(&ctx.app, company).await
}

/// Asks a model.
///
/// # Errors
///
/// Refused where the model cannot value these facts.
pub fn with(model: Arc<Loaded>, facts: &ClaimFacts) -> Result<Answer> {
    let started = Instant::now();
    let prediction = model.bundle.predict(facts).map_err(|e| {
        Error::refused(ErrorKind::Unavailable, format!("The model cannot value this claim: {e}. Decide it by hand."))
    })?;
    let duration_us = started.elapsed().as_micros().try_into().unwrap_or(i64::MAX);
    metrics::histogram!("solatium_prediction_seconds").record(started.elapsed().as_secs_f64());
    metrics::counter!("solatium_predictions_total").increment(1);
    Ok(Answer { model, prediction, duration_us })
}

/// Asks what was chosen; where that cannot answer and another was chosen beside it, that one. Whether the first failed.
///
/// # Errors
///
/// Refused where none of them can value these facts.
pub fn chosen(choice: &Choice, facts: &ClaimFacts) -> Result<(Answer, bool)> {
    let Some(other) = &choice.otherwise else { return Ok((with(choice.first.clone(), facts)?, false)) };
    // One that is only tried takes no claim with it, whatever it does.
    let tried = std::panic::catch_unwind(AssertUnwindSafe(|| with(choice.first.clone(), facts)));
    match tried {
        Ok(Ok(answer)) => Ok((answer, false)),
        Ok(Err(_)) | Err(_) => Ok((with(other.clone(), facts)?, true)),
    }
}

/// Asks for a claim again what answered it: the version that serves, or the one on trial to whose arm it fell.
pub async fn again(ctx: &Ctx, claim: &store::claims::Claim, facts: &ClaimFacts) -> Result<Option<Answer>> {
    let Some(serving) = Serving::of(&ctx.app, claim.company).await? else { return Ok(None) };
    Ok(Some(chosen(&serving.again(ctx, claim.id).await?, facts)?.0))
}

/// Asks the model that serves the company.
pub async fn answer(ctx: &Ctx, company: CompanyId, facts: &ClaimFacts) -> Result<Option<Answer>> {
    champion(ctx, company).await?.map(|model| with(model, facts)).transpose()
}

impl Answer {
    /// As a row to be stored.
    pub fn record(&self, ctx: &Ctx, claim: &store::claims::Claim) -> Result<Prediction> {
        // The free texts stay with the claim, encrypted: a prediction's facts are read by engineers.
        let facts = ClaimFacts { accident_description: None, injury_description: None, ..claim.facts.clone() };
        let p = &self.prediction;
        Ok(Prediction {
            id: ctx.id(),
            company: claim.company,
            claim: claim.id,
            model: self.model.id,
            amount: p.amount,
            lower: p.lower,
            upper: p.upper,
            level_bp: (p.level * 10_000.0).round() as i32,
            base: p.base,
            contributions: p
                .contributions
                .iter()
                .map(|c| Contribution { feature: c.feature.clone(), label: c.label.clone(), amount: c.amount })
                .collect(),
            tariff: tariff_amount(&claim.facts),
            facts: serde_json::to_string(&facts)?,
            requested_by: ctx.caller.actor.name(),
            channel: claim.channel.clone(),
            duration_us: self.duration_us,
            at: ctx.now,
        })
    }
}

/// A stored or passing prediction as the claim page shows it.
pub fn view(prediction: &Prediction, facts: &ClaimFacts, stored: bool, model: &Loaded) -> PredictionView {
    let contributions: Vec<ContributionView> = prediction
        .contributions
        .iter()
        .map(|c| ContributionView { feature: c.feature.clone(), label: c.label.clone(), amount: c.amount })
        .collect();
    let waterfall_svg = waterfall::draw(prediction.base, &contributions, prediction.amount);
    PredictionView {
        id: stored.then_some(prediction.id),
        amount: prediction.amount,
        lower: prediction.lower,
        upper: prediction.upper,
        level_percent: (prediction.level_bp / 100).clamp(0, 100) as u8,
        outside: outside(&model.bundle.manifest().metrics.interval, prediction.lower > Money::ZERO),
        base: prediction.base,
        contributions,
        tariff: tariff_view(facts),
        model_name: model.name.clone(),
        model_version: model.version,
        at: prediction.at.into(),
        waterfall_svg,
    }
}

/// The measured shares of claims that settled below and above the range. The sum claimed caps what a claim
/// settles for, so the sides are seldom even.
///
/// `below_it`: whether a claim can settle for less than the range begins with; none settles for less than nothing.
fn outside(interval: &ml::bundle::IntervalMetrics, below_it: bool) -> Option<String> {
    let (below, others) = (interval.below?, 1.0 - interval.coverage);
    if others <= 0.0 {
        return None;
    }
    let (less, more) = ((100.0 * below).round(), (100.0 * (others - below)).max(0.0).round());
    Some(match below_it {
        true => format!("{less} in 100 settled for less, {more} for more."),
        false => format!("{more} in 100 settled for more."),
    })
}

/// The tariff the law gives for the injury, without uplift.
pub fn tariff_amount(facts: &ClaimFacts) -> Option<Money> {
    match law(facts) {
        Tariff::Fixed { amount, .. } => Some(amount),
        Tariff::BeforeTariff | Tariff::PastTariff | Tariff::Unknown => None,
    }
}

fn law(facts: &ClaimFacts) -> Tariff {
    tariff(facts.accident_date, facts.injury_prognosis_months, facts.minor_psychological_injury)
}

pub(super) fn tariff_view(facts: &ClaimFacts) -> TariffView {
    let words = match law(facts) {
        Tariff::Fixed { amount, uplift_limit } => {
            let table = match facts.accident_date.and_then(Table::on) {
                Some(Table::Of2025) => "the 2025 table (accidents from 31 May 2025)",
                Some(Table::Of2021) | None => "the 2021 table (accidents from 31 May 2021 to 30 May 2025)",
            };
            let months = crate::reports::parts::months(facts.injury_prognosis_months.unwrap_or_default().into());
            let psychological = if facts.minor_psychological_injury == Some(true) { "with" } else { "without" };
            format!(
                "{amount} for {months} {psychological} minor psychological injury, from {table}. \
                 Exceptional circumstances may add up to {uplift_limit}."
            )
        }
        Tariff::BeforeTariff => "None: the accident happened before 31 May 2021, when the tariff came in.".into(),
        Tariff::PastTariff => "None: the tariff ends at 24 months; common law applies.".into(),
        Tariff::Unknown => "Not known: the accident date or the prognosis is missing.".into(),
    };
    TariffView { amount: tariff_amount(facts), words, remark: remark(facts) }
}

/// Where another sum is claimed as the tariff than the law gives, that is said: the model knows the sum claimed
/// alone.
fn remark(facts: &ClaimFacts) -> Option<String> {
    let (given, claimed) = (tariff_amount(facts)?, facts.heads.get(Head::GeneralFixed)?);
    let difference = Money::from_pence(claimed.pence() - given.pence());
    (difference.pence() != 0 && claimed.pence() != 0).then(|| {
        format!("{claimed} is claimed as the tariff, {} against what the law gives: {given}.", difference.signed())
    })
}

/// Name and version of the model of a stored prediction.
pub async fn model_of(ctx: &Ctx, id: ModelId) -> Result<(String, i32)> {
    let model = store::models::named(ctx.store(), id).await?;
    Ok((model.name, model.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_outside_the_range_are_told_by_their_side() {
        let words = |coverage: f64, below: Option<f64>| {
            let band = ml::interval::Band { low: 0.0, high: 1.0 };
            let (mean_width, median_width) = (0.0, 0.0);
            outside(&ml::bundle::IntervalMetrics { level: 0.9, coverage, below, band, mean_width, median_width }, true)
        };
        assert_eq!(words(0.9, Some(0.092)).unwrap(), "9 in 100 settled for less, 1 for more.");
        assert_eq!(words(0.9, Some(0.098)).unwrap(), "10 in 100 settled for less, 0 for more.");
        assert_eq!(words(0.88, Some(0.03)).unwrap(), "3 in 100 settled for less, 9 for more.");
        assert_eq!(words(0.9, Some(0.1)).unwrap(), "10 in 100 settled for less, 0 for more.");
        assert_eq!(words(1.0, Some(0.0)), None);
        assert_eq!(words(0.9, None), None);
    }
}
