//! Whether the model does as well for all, and where its error lies.

use std::collections::{BTreeMap, BTreeSet};

use super::{ExperimentError, FairGroup, Fairness, ProxyFinding, Residuals, Separation, Settings};
use crate::{
    evaluate::Judged,
    fairness::{Audit, ProxySettings, proxy_test},
    train::Sample,
};

/// Draws of each permutation test.
const PERMUTATIONS: usize = 199;

/// Audits by gender and by age: neither is a feature, but either may show through others.
pub fn fairness(sample: &Sample, judged: &[Judged], settings: &Settings) -> Result<Vec<Fairness>, ExperimentError> {
    let gender: Vec<Option<String>> = judged.iter().map(|j| j.protected.gender.clone()).collect();
    let age: Vec<Option<String>> = judged.iter().map(|j| j.age_band().map(str::to_owned)).collect();
    let mut audits = Vec::new();
    for (attribute, groups) in [("gender", gender), ("driver age", age)] {
        let known: Vec<usize> = (0..judged.len()).filter(|&i| groups[i].is_some()).collect();
        let group: Vec<String> = known.iter().filter_map(|&i| groups[i].clone()).collect();
        if group.iter().collect::<BTreeSet<_>>().len() >= 2 {
            audits.push(audit(sample, judged, attribute, &known, &group, settings.seed)?);
        }
    }
    Ok(audits)
}

fn audit(
    sample: &Sample,
    judged: &[Judged],
    attribute: &str,
    rows: &[usize],
    group: &[String],
    seed: u64,
) -> Result<Fairness, ExperimentError> {
    let wrong = |e: crate::fairness::FairnessError| ExperimentError::Fairness(e.to_string());
    let of = |value: fn(&Judged) -> f64| rows.iter().map(|&i| value(&judged[i])).collect::<Vec<f64>>();
    let claim: Vec<i64> = rows.iter().map(|&i| judged[i].group).collect();
    let audit = Audit::new(&of(|j| j.prediction), &of(|j| j.settlement), group, Some(&claim)).map_err(wrong)?;
    let separation = |s: crate::fairness::Separation<String>| Separation { statistic: s.statistic, p_value: s.p_value };
    let features: Vec<Vec<f64>> = rows.iter().map(|&i| sample.rows[i].clone()).collect();
    let settings = ProxySettings { permutations: PERMUTATIONS, seed, ..ProxySettings::default() };
    let proxy = proxy_test(&features, group, Some(&claim), &settings).map_err(wrong)?;
    let finding = |g: crate::fairness::ProxyGroup<String>| ProxyFinding {
        group: g.group,
        auc: g.auc,
        limit: g.limit,
        adjusted: g.adjusted,
    };
    let groups = groups(judged, rows, group);
    let maes = || groups.iter().map(|g| g.mae);
    Ok(Fairness {
        attribute: attribute.to_owned(),
        mae_difference: maes().fold(0.0, f64::max) - maes().fold(f64::INFINITY, f64::min),
        groups,
        parity: separation(audit.statistical_parity(PERMUTATIONS, seed).map_err(wrong)?),
        residual_parity: separation(audit.equalised_residuals(PERMUTATIONS, seed).map_err(wrong)?),
        proxy: proxy.groups.into_iter().map(finding).collect(),
    })
}

fn groups(judged: &[Judged], rows: &[usize], group: &[String]) -> Vec<FairGroup> {
    let mut members: BTreeMap<&String, Vec<&Judged>> = BTreeMap::new();
    rows.iter().zip(group).for_each(|(&i, g)| members.entry(g).or_default().push(&judged[i]));
    let fair = |(name, rows): (&String, Vec<&Judged>)| {
        let of = |value: fn(&Judged) -> f64| rows.iter().map(|j| value(j)).sum::<f64>() / rows.len().max(1) as f64;
        FairGroup {
            name: name.clone(),
            rows: rows.len(),
            mae: of(Judged::error),
            mean_prediction: of(|j| j.prediction),
            bias: of(Judged::signed_error),
        }
    };
    members.into_iter().map(fair).collect()
}

/// Where the error lies.
pub fn residuals(sample: &Sample, judged: &[Judged]) -> Residuals {
    let mut errors: Vec<f64> = judged.iter().map(Judged::error).collect();
    let full: Vec<bool> =
        judged.iter().zip(&sample.total).map(|(j, total)| (j.settlement - total).abs() <= 0.5).collect();
    let mean_of = |wanted: bool| {
        let own: Vec<f64> = errors.iter().zip(&full).filter(|(_, f)| **f == wanted).map(|(e, _)| *e).collect();
        own.iter().sum::<f64>() / own.len().max(1) as f64
    };
    let (mae_paid_in_full, mae_others) = (mean_of(true), mean_of(false));
    errors.sort_by(f64::total_cmp);
    let n = errors.len().max(1) as f64;
    let near = judged.iter().filter(|j| j.error() <= 0.1 * j.settlement).count() as f64;
    Residuals {
        top_tenth: errors[errors.len() * 9 / 10..].iter().sum::<f64>() / errors.iter().sum::<f64>().max(1e-9),
        paid_in_full: full.iter().filter(|f| **f).count() as f64 / n,
        mae_paid_in_full,
        mae_others,
        within_tenth: near / n,
    }
}
