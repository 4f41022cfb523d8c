//! Whether a model is still as good as it says, on true outcomes. Only cohorts that have mostly settled are judged: early
//! settlers are the easy claims.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use domain::alert::Judgement;
use domain::calendar::midnight;
use domain::id::{CompanyId, ModelId};
use domain::money::whole_pounds as pounds;
use ml::evaluate::mean;
use ml::interval::LEVEL;
use store::decisions;
use store::outcomes::{self, Pair};

use super::{BIAS, COVERAGE, MEAN_ERROR, Signal};
use crate::copies::groups;
use crate::{Ctx, Result};

/// Outcomes without which nothing is judged.
const FEWEST: usize = 100;
/// The newest outcomes that are looked at.
const MOST: u64 = 20_000;
/// The share of a month's decisions whose outcome must be known.
const SETTLED: f64 = 0.8;
/// Months of decision that are looked at together.
const MONTHS: usize = 3;
/// Days back from which decisions may be.
const DAYS: u64 = 366;
/// How much more than claimed it errs, at the least, before that is odd, and before it alerts at once.
pub(super) const ODD: f64 = 1.1;
pub(super) const SEVERE: f64 = 1.5;
/// Standard deviations by which coverage may lie below the range's level, and the bias from nil.
const SIGMAS: f64 = 3.3;
/// The bias beside what is settled, at the least, before that is odd, and before it alerts at once.
pub(super) const BIASED: f64 = 0.05;
pub(super) const FAR_BIASED: f64 = 0.15;
/// Below so many pounds no bias matters.
const LEAST_BIAS: f64 = 25.0;
/// How far below it alerts at once.
const FAR_BELOW: f64 = 0.1;
const DRAWS: usize = 500;

/// The error and the coverage of the newest months that have settled, and on how many outcomes they rest: as of the end of
/// a week.
pub async fn signals(
    ctx: &Ctx,
    (company, model): (CompanyId, ModelId),
    manifest: &ml::Manifest,
    end: NaiveDate,
) -> Result<(Vec<Signal>, usize)> {
    let reach = store::Reach::Company(company);
    let (from, last) = (end - Days::new(DAYS), end - Days::new(1));
    let pairs = outcomes::pairs(ctx.store(), reach, Some(model), (from, midnight(end)), MOST).await?;
    // What was decided on what it said itself: another version's claims settle for another's sake.
    let decided: BTreeMap<String, i64> =
        decisions::by_month_of(ctx.store(), reach, model, (from, last)).await?.into_iter().collect();
    Ok(judged(&pairs, &decided, manifest))
}

fn month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// The signals that pairs of predictions and outcomes give, and on how many they rest. `decided`: how many claims were decided in
/// each month, by its first days' words (`2026-03`).
pub fn judged(pairs: &[Pair], decided: &BTreeMap<String, i64>, manifest: &ml::Manifest) -> (Vec<Signal>, usize) {
    let mut known: BTreeMap<String, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        if let Some(day) = pair.decided_day {
            known.entry(month(day)).or_default().push(pair);
        }
    }
    let settled = |month: &String, pairs: &[&Pair]| {
        let all = decided.get(month).copied().unwrap_or_default().max(1);
        pairs.len() as f64 >= SETTLED * all as f64
    };
    let recent = known.iter().rev().filter(|(month, pairs)| settled(month, pairs)).take(MONTHS);
    let rows: Vec<&Pair> = recent.flat_map(|(_, pairs)| pairs.iter().copied()).collect();
    let n = rows.len();
    if n < FEWEST {
        let remark = format!("{n} of {FEWEST} outcomes of months that have mostly settled.");
        let thin = |name: &str| Signal {
            name: name.into(),
            size: 0.0,
            adjusted: 0.0,
            judgement: Judgement::NotJudged,
            remark: remark.clone(),
            bins: Vec::new(),
        };
        return ([MEAN_ERROR, BIAS, COVERAGE].map(thin).to_vec(), n);
    }
    let metrics = &manifest.metrics;
    (vec![error(&rows, metrics.mae), bias(&rows), coverage(&rows, metrics.interval.coverage)], n)
}

fn error(rows: &[&Pair], claimed: f64) -> Signal {
    let groups = groups(rows.iter().map(|p| (p.predicted, p.settled)));
    let errors: Vec<f64> = rows.iter().map(|p| (p.predicted - p.settled).abs() as f64 / 100.0).collect();
    let mae = mean(&errors, &groups, DRAWS, 1);
    let judgement = match mae.low / claimed.max(0.01) {
        r if r > SEVERE => Judgement::Severe,
        r if r > ODD => Judgement::Odd,
        _ => Judgement::Clean,
    };
    Signal {
        name: MEAN_ERROR.into(),
        size: mae.value / claimed.max(0.01),
        adjusted: 0.0,
        judgement,
        remark: format!(
            "{} ({} to {}) on {} outcomes; it claims {}.",
            pounds(mae.value),
            pounds(mae.low),
            pounds(mae.high),
            rows.len(),
            pounds(claimed)
        ),
        bins: Vec::new(),
    }
}

/// How far predictions lie to one side of what was settled: far beyond chance, and enough to matter.
fn bias(rows: &[&Pair]) -> Signal {
    let groups = groups(rows.iter().map(|p| (p.predicted, p.settled)));
    let errors: Vec<f64> = rows.iter().map(|p| (p.predicted - p.settled) as f64 / 100.0).collect();
    let bias = mean(&errors, &groups, DRAWS, 1);
    let settled = rows.iter().map(|p| p.settled as f64 / 100.0).sum::<f64>() / rows.len() as f64;
    // A 95% interval is 1.96 standard deviations to each side.
    let deviation = (bias.high - bias.low) / (2.0 * 1.96);
    let certain = bias.value.abs() - SIGMAS * deviation;
    let judgement = match certain {
        c if c <= 0.0 || bias.value.abs() < LEAST_BIAS.max(BIASED * settled) => Judgement::Clean,
        _ if bias.value.abs() > FAR_BIASED * settled => Judgement::Severe,
        _ => Judgement::Odd,
    };
    let side = if bias.value < 0.0 { "below" } else { "above" };
    Signal {
        name: BIAS.into(),
        size: bias.value.abs() / settled.max(0.01),
        adjusted: 0.0,
        judgement,
        remark: format!(
            "{} {side} what {} claims settled for, on average; they settled for {}.",
            pounds(bias.value.abs()),
            rows.len(),
            pounds(settled)
        ),
        bins: Vec::new(),
    }
}

fn coverage(rows: &[&Pair], claimed: f64) -> Signal {
    let n = rows.len() as f64;
    let inside = rows.iter().filter(|p| (p.lower..=p.upper).contains(&p.settled)).count() as f64 / n;
    // Of as many claims, and of a calibration on as many.
    let deviation = (2.0 * LEVEL * (1.0 - LEVEL) / n).sqrt();
    let below = LEVEL - inside;
    let judgement = match below {
        b if b > SIGMAS * deviation + FAR_BELOW => Judgement::Severe,
        b if b > SIGMAS * deviation => Judgement::Odd,
        _ => Judgement::Clean,
    };
    Signal {
        name: COVERAGE.into(),
        size: below.max(0.0),
        adjusted: 0.0,
        judgement,
        remark: format!(
            "{:.1}% of {} outcomes lie within their range; it claims {:.1}%.",
            100.0 * inside,
            rows.len(),
            100.0 * claimed
        ),
        bins: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::id::Id;

    use super::*;

    fn pairs(n: i64, month: u32, off: i64) -> Vec<Pair> {
        let one = |i: i64| Pair {
            model: ModelId::from_parts(1, [0; 10]),
            kind: "special".into(),
            predicted: 100_000 + 13 * i + off,
            lower: 90_000,
            upper: 150_000,
            settled: 100_000 + 13 * i,
            decided_day: NaiveDate::from_ymd_opt(2026, month, 10),
        };
        (0..n).map(one).collect()
    }

    fn manifest(mae: f64) -> ml::Manifest {
        let bundle = ml::Bundle::read(include_bytes!("../../../ml/tests/bundles/v1-ridge.solm")).unwrap();
        let mut manifest = bundle.manifest().clone();
        manifest.metrics.mae = mae;
        manifest
    }

    fn decided(all: &[(u32, i64)]) -> BTreeMap<String, i64> {
        all.iter().map(|(month, n)| (format!("2026-{month:02}"), *n)).collect()
    }

    #[test]
    fn an_error_is_odd_where_it_is_certainly_more_than_is_claimed() {
        let judge = |off: i64| judged(&pairs(150, 3, off), &decided(&[(3, 160)]), &manifest(100.0)).0[0].judgement;
        assert_eq!(judge(10_000), Judgement::Clean);
        assert_eq!(judge(12_000), Judgement::Odd);
        assert_eq!(judge(16_000), Judgement::Severe);
    }

    #[test]
    fn a_bias_is_odd_where_it_is_beyond_chance_and_matters() {
        let judge = |off: i64| {
            let (signals, _) = judged(&pairs(150, 3, off), &decided(&[(3, 160)]), &manifest(1_000.0));
            signals.into_iter().find(|s| s.name == BIAS).unwrap()
        };
        assert_eq!(judge(2_000).judgement, Judgement::Clean, "of £1,000 it is 2%");
        assert_eq!(judge(8_000).judgement, Judgement::Odd);
        assert_eq!(judge(-8_000).judgement, Judgement::Odd);
        assert!(judge(-8_000).remark.contains("below"));
        assert_eq!(judge(30_000).judgement, Judgement::Severe);
    }

    #[test]
    fn a_month_that_has_not_settled_is_not_judged() {
        // The first to settle are the easy ones: they look too good, or too bad.
        let mut all = pairs(110, 3, 40_000);
        all.extend(pairs(120, 2, 5_000));
        let (signals, n) = judged(&all, &decided(&[(3, 400), (2, 130)]), &manifest(100.0));
        assert_eq!((n, signals[0].judgement), (120, Judgement::Clean));
        let (signals, n) = judged(&all, &decided(&[(3, 400), (2, 400)]), &manifest(100.0));
        assert_eq!((n, signals[0].judgement), (0, Judgement::NotJudged));
        assert!(signals[0].remark.starts_with("0 of 100"));
    }
}
