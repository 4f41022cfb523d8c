//! Whether to use the best model: by criteria that are stated, each with what was found.

use serde::{Deserialize, Serialize};

use super::{Findings, SUM_OF_HEADS};

/// Adopt now, after further work, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    AdoptNow,
    AfterFurtherWork,
    Never,
}

impl Verdict {
    pub const fn label(self) -> &'static str {
        match self {
            Verdict::AdoptNow => "adopt now",
            Verdict::AfterFurtherWork => "adopt after further work",
            Verdict::Never => "never adopt on these data",
        }
    }
}

/// A criterion with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    pub name: String,
    pub met: bool,
    /// Whether failing it rules the model out rather than asking for work.
    pub decisive: bool,
    pub found: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    pub verdict: Verdict,
    pub criteria: Vec<Criterion>,
}

impl Recommendation {
    /// Before anything is known.
    pub fn none() -> Recommendation {
        Recommendation { verdict: Verdict::Never, criteria: Vec::new() }
    }
}

/// Fewest claims a slice must have to be judged apart.
const JUDGED: usize = 60;

/// Least coverage of any slice that is judged.
const FLOOR: f64 = 0.8;

/// Fewest claims to learn from and to be calibrated by.
const CLAIMS: usize = 500;

/// Judges the findings: a decisive criterion failed means never, any other failed means work.
pub fn recommend(findings: &Findings) -> Recommendation {
    let criteria = vec![
        better_than_the_sum(findings),
        explains_something(findings),
        enough_claims(findings),
        coverage(findings),
        coverage_of_parts(findings),
        unbiased(findings),
        same_for_all(findings),
        near_enough(findings),
    ];
    let verdict = if criteria.iter().any(|c| c.decisive && !c.met) {
        Verdict::Never
    } else if criteria.iter().all(|c| c.met) {
        Verdict::AdoptNow
    } else {
        Verdict::AfterFurtherWork
    };
    Recommendation { verdict, criteria }
}

fn criterion(name: &str, decisive: bool, met: bool, found: String) -> Criterion {
    Criterion { name: name.to_owned(), met, decisive, found }
}

fn better_than_the_sum(f: &Findings) -> Criterion {
    let name = "nearer to the settlement than the sum of the heads, beyond chance";
    match f.entries.iter().find(|e| e.name == SUM_OF_HEADS) {
        Some(rule) => {
            let d = rule.difference;
            let found = format!("£{:.0} nearer on average (95%: £{:.0} to £{:.0})", d.value, d.low, d.high);
            criterion(name, true, d.low > 0.0, found)
        }
        None => criterion(name, true, false, "the rule was not measured".into()),
    }
}

fn explains_something(f: &Findings) -> Criterion {
    let best = f.entries.iter().find(|e| e.family == Some(f.best));
    let r2 = best.map_or(f64::NAN, |e| e.r2.value);
    criterion("explains at least half of the variance of settlements", true, r2 >= 0.5, format!("R² {r2:.3}"))
}

fn enough_claims(f: &Findings) -> Criterion {
    let found = format!("{} distinct claims in {} rows", f.copies.claims, f.copies.settled);
    criterion("at least 500 distinct claims to learn from", false, f.copies.claims >= CLAIMS, found)
}

fn coverage(f: &Findings) -> Criterion {
    let name = "the 90% range holds as many settlements as it promises";
    match f.intervals.first() {
        Some(method) => {
            let (all, band) = (&method.all, method.all.band);
            let met = all.covered >= band.low && all.covered <= band.high.max(0.95);
            let found =
                format!("{:.1}% inside; {:.1}% to {:.1}% expected", pct(all.covered), pct(band.low), pct(band.high));
            criterion(name, false, met, found)
        }
        None => criterion(name, false, false, "not measured".into()),
    }
}

fn coverage_of_parts(f: &Findings) -> Criterion {
    let parts = f.intervals.iter().take(1).flat_map(|m| m.by_kind.iter().chain(&m.by_value));
    let worst = parts.filter(|c| c.claims >= JUDGED).min_by(|a, b| a.covered.total_cmp(&b.covered));
    let name = "and at least 80% in every kind of claim and every fifth by value";
    match worst {
        Some(c) => {
            criterion(name, false, c.covered >= FLOOR, format!("lowest: {:.1}% of claims {}", pct(c.covered), c.name))
        }
        None => criterion(name, false, false, "no part has enough claims".into()),
    }
}

fn unbiased(f: &Findings) -> Criterion {
    let bias = f.report.all.bias;
    let settled: f64 =
        f.report.calibration.iter().map(|p| p.settled).sum::<f64>() / f.report.calibration.len().max(1) as f64;
    let share = bias.value / settled;
    let side = if bias.value < 0.0 { "below" } else { "above" };
    let found = format!("£{:.0} a claim {side} ({:.1}% of the mean settlement)", bias.value.abs(), pct(share.abs()));
    criterion("on average within 5% of what claims settle for", false, share.abs() <= 0.05, found)
}

fn same_for_all(f: &Findings) -> Criterion {
    let name = "errors alike for all genders and ages, and neither to be told from the features";
    let apart: Vec<String> = f
        .fairness
        .iter()
        .filter(|a| a.residual_parity.p_value < 0.01 || a.proxy.iter().any(|p| p.adjusted < 0.01 && p.auc > 0.6))
        .map(|a| a.attribute.clone())
        .collect();
    if f.fairness.is_empty() {
        return criterion(name, false, false, "the file has no gender and no age to audit by".into());
    }
    let found = if apart.is_empty() { "no difference beyond chance".to_owned() } else { apart.join(" and ") };
    criterion(name, false, apart.is_empty(), found)
}

fn near_enough(f: &Findings) -> Criterion {
    let near = f.residuals.within_tenth;
    let found = format!("{:.0}% of predictions lie within 10% of the settlement", pct(near));
    criterion("at least half of the predictions within 10% of the settlement", false, near >= 0.5, found)
}

fn pct(share: f64) -> f64 {
    100.0 * share
}
