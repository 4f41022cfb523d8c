//! Families and rules side by side on the same claims.

use std::collections::BTreeMap;

use super::{Entry, FOLDS, MEDIAN, SUM_OF_HEADS, Settings, ablation::mean_errors, trial};
use crate::{
    evaluate::{mean, statistic},
    families::Family,
    train::{Sample, Setting},
};

/// Every family's predictions in every repeat.
pub struct Tournament {
    sample_len: usize,
    folds: Vec<Vec<usize>>,
    settlement: Vec<f64>,
    families: BTreeMap<Family, Vec<Vec<f64>>>,
    chosen: BTreeMap<Family, BTreeMap<usize, usize>>,
}

/// Draws of each bootstrap, and of those of figures that are computed from all rows anew at each draw.
const DRAWS: usize = 1_000;
const FEWER_DRAWS: usize = 400;

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
