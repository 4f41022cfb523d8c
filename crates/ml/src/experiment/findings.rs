//! What an experiment found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Copies, ExperimentError, FOLDS, MEDIAN, Recommendation, SUM_OF_HEADS, ablation::mean_errors, trial};
use crate::{
    evaluate::{Estimate, Judged, Report, mean, statistic},
    fairness::{Audit, ProxySettings, proxy_test},
    families::Family,
    interval::Band,
    train::{Sample, Setting},
};

/// How the experiment is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub families: Vec<Family>,
    /// How often the claims are dealt into folds anew.
    pub repeats: usize,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { families: Family::trained().collect(), repeats: 3, seed: 1 }
    }
}

/// Everything found, in pounds where no unit is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub settings: Settings,
    pub copies: Copies,
    pub leak: Leak,
    /// The family with the lowest error.
    pub best: Family,
    /// Families and rules, best first.
    pub entries: Vec<Entry>,
    pub ablations: Vec<Ablation>,
    /// With fewer rows to learn from, fewest first.
    pub learning: Vec<LearningPoint>,
    /// The served method first.
    pub intervals: Vec<IntervalMethod>,
    pub report: Report,
    pub fairness: Vec<Fairness>,
    pub residuals: Residuals,
    pub recommendation: Recommendation,
}

/// What a split of rows at random would have reported of the same family.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    pub random_mae: f64,
    pub random_r2: f64,
    pub grouped_mae: f64,
    pub grouped_r2: f64,
}

/// A family or a rule in the tournament.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    /// `None` for a rule that needs no training.
    pub family: Option<Family>,
    pub mae: Estimate,
    /// The lowest and highest error of one repeat.
    pub spread: (f64, f64),
    pub median_ae: Estimate,
    pub rmse: Estimate,
    pub r2: Estimate,
    /// Its error less that of the best, on the same claims.
    pub difference: Estimate,
    /// How often each setting was chosen within the claims learnt from.
    pub settings: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    pub name: String,
    pub mae: Estimate,
    /// Its error less that of the whole method: above nil where the part is worth something.
    pub difference: Estimate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// Rows learnt from.
    pub rows: usize,
    pub mae: Estimate,
}

/// How intervals of one method did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalMethod {
    pub name: String,
    pub all: Coverage,
    pub mean_width: f64,
    pub median_width: f64,
    /// Share of settlements below and above.
    pub below: f64,
    pub above: f64,
    pub by_kind: Vec<Coverage>,
    /// Fifths of the claims by settlement.
    pub by_value: Vec<Coverage>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    pub name: String,
    pub rows: usize,
    pub claims: usize,
    pub covered: f64,
    /// Where the share should lie in 95% of calibrations with as many claims.
    pub band: Band,
}

/// Whether an attribute that is never priced shows all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fairness {
    pub attribute: String,
    pub groups: Vec<FairGroup>,
    /// The largest less the smallest mean absolute error.
    pub mae_difference: f64,
    /// Of the predictions, and of prediction less settlement.
    pub parity: Separation,
    pub residual_parity: Separation,
    pub proxy: Vec<ProxyFinding>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairGroup {
    pub name: String,
    pub rows: usize,
    pub mae: f64,
    pub mean_prediction: f64,
    pub bias: f64,
}

/// The statistic of Kolmogorov and Smirnov between the two groups furthest apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    pub statistic: f64,
    pub p_value: f64,
}

/// How well the features give a group away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyFinding {
    pub group: String,
    pub auc: f64,
    /// What chance exceeds in 5 of 100.
    pub limit: f64,
    pub adjusted: f64,
}

/// Where the error lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// Share of all error that the 10% of rows with the largest carry.
    pub top_tenth: f64,
    /// Share of claims that settled for the sum of their heads, to 50p.
    pub paid_in_full: f64,
    /// Mean error of those, and of the others.
    pub mae_paid_in_full: f64,
    pub mae_others: f64,
    /// Share of rows within 10% of the settlement.
    pub within_tenth: f64,
}

/// Every family's predictions in every repeat.
pub struct Tournament {
    sample_len: usize,
    folds: Vec<Vec<usize>>,
    settlement: Vec<f64>,
    families: BTreeMap<Family, Vec<Vec<f64>>>,
    chosen: BTreeMap<Family, BTreeMap<usize, usize>>,
}

/// Draws of each bootstrap, and of each permutation test.
const DRAWS: usize = 1_000;
/// Of the figures that are computed from all rows anew at each draw.
const FEWER_DRAWS: usize = 400;
const PERMUTATIONS: usize = 199;

impl Tournament {
    pub fn new(sample: &Sample, folds: &[Vec<usize>]) -> Tournament {
        Tournament {
            sample_len: sample.len(),
            folds: folds.to_vec(),
            settlement: sample.settlement.clone(),
            families: BTreeMap::new(),
            chosen: BTreeMap::new(),
        }
    }

    /// Keeps what a family said of the rows `ask` in a repeat.
    pub fn note(&mut self, family: Family, repeat: usize, ask: &[usize], answers: &[f64], setting: Setting) {
        let blank = || vec![vec![0.0; self.sample_len]; self.folds.len()];
        let repeats = self.families.entry(family).or_insert_with(blank);
        ask.iter().zip(answers).for_each(|(&i, answer)| repeats[repeat][i] = *answer);
        *self.chosen.entry(family).or_default().entry(setting.0).or_default() += 1;
    }

    /// The family with the lowest error over all repeats.
    pub fn best(&self) -> Family {
        let error = |repeats: &Vec<Vec<f64>>| -> f64 {
            repeats.iter().flatten().zip(self.settlement.iter().cycle()).map(|(p, y)| (p - y).abs()).sum()
        };
        let best = self.families.iter().min_by(|a, b| error(a.1).total_cmp(&error(b.1)));
        best.map_or(Family::Histogram, |(family, _)| *family)
    }

    /// Families and rules, best first, and the best family's predictions.
    pub fn entries(self, sample: &Sample, settings: &Settings) -> (Vec<Entry>, Vec<Vec<f64>>) {
        let best = self.families.get(&self.best()).cloned().unwrap_or_default();
        let rule = |name: &str| -> Vec<Vec<f64>> {
            let one = |folds: &Vec<usize>| {
                let mut predictions = vec![0.0; sample.len()];
                for fold in 0..FOLDS {
                    let (learn, ask) = trial::split(folds, fold);
                    let answers = trial::rule(sample, name, &learn, &ask);
                    ask.iter().zip(answers).for_each(|(&i, answer)| predictions[i] = answer);
                }
                predictions
            };
            self.folds.iter().map(one).collect()
        };
        let entry = |name: &str, family: Option<Family>, repeats: &[Vec<f64>]| {
            let chosen = family.and_then(|f| self.chosen.get(&f));
            let chosen = chosen.map(|c| c.iter().map(|(s, n)| (*s, *n)).collect()).unwrap_or_default();
            entry(name, family, repeats, &best, chosen, sample, settings.seed)
        };
        let families = self.families.iter().map(|(f, repeats)| entry(f.label(), Some(*f), repeats));
        let rules = [SUM_OF_HEADS, MEDIAN].map(|name| entry(name, None, &rule(name)));
        let mut entries: Vec<Entry> = families.chain(rules).collect();
        entries.sort_by(|a, b| a.mae.value.total_cmp(&b.mae.value));
        (entries, best)
    }
}

fn entry(
    name: &str,
    family: Option<Family>,
    repeats: &[Vec<f64>],
    best: &[Vec<f64>],
    settings: Vec<(usize, usize)>,
    sample: &Sample,
    seed: u64,
) -> Entry {
    let all: Vec<usize> = (0..sample.len()).collect();
    let errors = mean_errors(sample, repeats);
    let differences: Vec<f64> = errors.iter().zip(mean_errors(sample, best)).map(|(own, best)| own - best).collect();
    let each: Vec<f64> = repeats.iter().map(|p| trial::mae(sample, &all, p)).collect();
    let n = repeats.len().max(1) as f64;
    let squares: Vec<f64> = (0..sample.len())
        .map(|i| repeats.iter().map(|p| (p[i] - sample.settlement[i]).powi(2)).sum::<f64>() / n)
        .collect();
    let of = |figure: &dyn Fn(&[usize]) -> f64| statistic(&sample.group, FEWER_DRAWS, seed, figure);
    let mean_of =
        |rows: &[usize], values: &[f64]| rows.iter().map(|&i| values[i]).sum::<f64>() / rows.len().max(1) as f64;
    let explained = |rows: &[usize]| {
        let centre = mean_of(rows, &sample.settlement);
        let spread =
            rows.iter().map(|&i| (sample.settlement[i] - centre).powi(2)).sum::<f64>() / rows.len().max(1) as f64;
        1.0 - mean_of(rows, &squares) / spread.max(1e-9)
    };
    let median = |rows: &[usize]| {
        let mut own: Vec<f64> = rows.iter().map(|&i| errors[i]).collect();
        let middle = own.len() / 2;
        if own.is_empty() { f64::NAN } else { *own.select_nth_unstable_by(middle, f64::total_cmp).1 }
    };
    Entry {
        name: name.to_owned(),
        family,
        mae: mean(&errors, &sample.group, DRAWS, seed),
        spread: (each.iter().copied().fold(f64::INFINITY, f64::min), each.iter().copied().fold(0.0, f64::max)),
        median_ae: of(&median),
        rmse: of(&|rows| mean_of(rows, &squares).sqrt()),
        r2: of(&explained),
        difference: mean(&differences, &sample.group, DRAWS, seed),
        settings,
    }
}

/// Audits by gender and by age: neither is a feature, but either may show through others.
pub fn fairness(sample: &Sample, judged: &[Judged], settings: &Settings) -> Result<Vec<Fairness>, ExperimentError> {
    let gender: Vec<Option<String>> = judged.iter().map(|j| j.protected.gender.clone()).collect();
    let age: Vec<Option<String>> = judged.iter().map(|j| j.age_band().map(str::to_owned)).collect();
    let mut audits = Vec::new();
    for (attribute, groups) in [("gender", gender), ("driver age", age)] {
        let known: Vec<usize> = (0..judged.len()).filter(|&i| groups[i].is_some()).collect();
        let group: Vec<String> = known.iter().filter_map(|&i| groups[i].clone()).collect();
        if group.iter().collect::<std::collections::BTreeSet<_>>().len() >= 2 {
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
