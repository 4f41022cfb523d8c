//! Predictions of claims by models that had not seen them.

use crate::{
    families::{Family, FitError, Input, Lesson, Stored, stage::weighted_quantile},
    features::Feature,
    train::{Sample, Setting, fit_point, limits},
};

/// What a model sees and learns: the sample as it is, or changed for an ablation.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub sample: &'a Sample,
    pub rows: Vec<Vec<f64>>,
    /// The columns that are counted in the rows a model learns from, each with where it stands in the
    /// sample's rows.
    counted: Vec<(usize, usize)>,
    /// See [`Input::totals`]; one for each number of a row.
    pub totals: Vec<f64>,
    /// Whether models learn the settlement less the sum of the heads.
    residual: bool,
    /// See [`Lesson::rules`].
    rules: Vec<i8>,
}

/// Models of one kind, fitted and asked.
pub type Predictor<'a> = dyn Fn(&[usize], &[usize], u64) -> Result<Vec<f64>, FitError> + Sync + 'a;

impl<'a> View<'a> {
    /// The sample as it is trained on.
    pub fn of(sample: &'a Sample) -> View<'a> {
        let counted = |(i, f): (usize, &Feature)| matches!(f, Feature::Familiar(_)).then_some((i, i));
        View {
            sample,
            rows: sample.rows.clone(),
            counted: sample.features.iter().enumerate().filter_map(counted).collect(),
            totals: sample.schema().totals(),
            residual: true,
            rules: sample.rules(),
        }
    }

    /// With further columns.
    pub fn with(mut self, columns: &[Vec<f64>]) -> View<'a> {
        for column in columns {
            self.rows.iter_mut().zip(column).for_each(|(row, x)| row.push(*x));
            self.totals.push(0.0);
            self.rules.push(0);
        }
        self
    }

    /// With the columns at `kept` only.
    pub fn only(mut self, kept: &[usize]) -> View<'a> {
        let pick = |row: &Vec<f64>| kept.iter().map(|&i| row[i]).collect();
        self.rows = self.rows.iter().map(pick).collect();
        self.totals = kept.iter().map(|&i| self.totals[i]).collect();
        self.rules = kept.iter().map(|&i| self.rules[i]).collect();
        let place = |&(own, source): &(usize, usize)| Some((kept.iter().position(|&i| i == own)?, source));
        self.counted = self.counted.iter().filter_map(place).collect();
        self
    }

    /// Learning the settlement itself, of which no rules are taken for granted.
    pub fn whole(mut self) -> View<'a> {
        self.residual = false;
        self.ruled(Vec::new())
    }

    /// With a rule for each column, see [`View::rules`].
    pub fn ruled(mut self, rules: Vec<i8>) -> View<'a> {
        self.rules = rules;
        self
    }

    /// The rows as a model sees them that learns from those in `learn`, see [`Sample::seen_from`].
    pub fn seen_from(&self, learn: &[usize]) -> Vec<Vec<f64>> {
        let mut rows = self.rows.clone();
        if !self.counted.is_empty() {
            let learnt = flags(learn, rows.len());
            for (row, counted) in rows.iter_mut().zip(self.sample.seen_from(|i| learnt[i])) {
                self.counted.iter().for_each(|&(own, source)| row[own] = counted[source]);
            }
        }
        rows
    }

    /// Fits on the rows `learn` and predicts the rows `ask`, in pounds, within the limits that the
    /// rows `learn` teach.
    pub fn predict(
        &self,
        family: Family,
        setting: &Setting,
        learn: &[usize],
        ask: &[usize],
        seed: u64,
    ) -> Result<Vec<f64>, FitError> {
        let sample = self.sample;
        let seen = self.seen_from(learn);
        let x: Vec<&[f64]> = learn.iter().map(|&i| seen[i].as_slice()).collect();
        let totals: Vec<f64> = learn.iter().map(|&i| if self.residual { sample.total[i] } else { 0.0 }).collect();
        let target: Vec<f64> = learn.iter().zip(&totals).map(|(&i, total)| sample.settlement[i] - total).collect();
        let weight: Vec<f64> = learn.iter().map(|&i| sample.weight[i]).collect();
        let lesson = Lesson { rows: &x, target: &target, weight: &weight, rules: &self.rules };
        let stored: Stored = fit_point(family, *setting, lesson, &totals, seed)?;
        let nil = vec![0.0; self.totals.len()];
        let input = Input { totals: if self.residual { &self.totals } else { &nil } };
        let mirror = stored.part().mirror().map_err(FitError::Unsound)?;
        let served =
            mirror.serve(input, crate::trees::Limits::default()).map_err(|e| FitError::Unsound(e.to_string()))?;
        let learnt: Vec<bool> = flags(learn, sample.len());
        let bounds = limits::learn(sample, |i| learnt[i]);
        let rows: Vec<&[f64]> = ask.iter().map(|&i| seen[i].as_slice()).collect();
        let mut answers = vec![0.0; ask.len()];
        served.predict_many(&rows, &mut answers);
        let kept = |(&i, answer): (&usize, &f64)| {
            let total = if self.residual { sample.total[i] } else { 0.0 };
            (total + answer).clamp(0.0, bounds.ceiling(&sample.recovered[i]))
        };
        Ok(ask.iter().zip(&answers).map(kept).collect())
    }
}

/// The rules that need no training: the sum of the heads, and the median settlement.
pub fn rule(sample: &Sample, name: &str, learn: &[usize], ask: &[usize]) -> Vec<f64> {
    if name == super::SUM_OF_HEADS {
        return ask.iter().map(|&i| sample.total[i]).collect();
    }
    vec![weighted_quantile(learn.iter().map(|&i| (sample.settlement[i], 1.0)), 0.5); ask.len()]
}

/// Each row predicted by a model that learnt from the other folds.
pub fn held_out(folds: &[usize], count: usize, seed: u64, predict: &Predictor) -> Result<Vec<f64>, FitError> {
    let mut predictions = vec![0.0; folds.len()];
    for fold in 0..count {
        let (learn, ask) = split(folds, fold);
        for (&i, answer) in ask.iter().zip(predict(&learn, &ask, seed + fold as u64)?) {
            predictions[i] = answer;
        }
    }
    Ok(predictions)
}

/// The rows outside and inside a fold.
pub fn split(folds: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..folds.len()).partition(|&i| folds[i] != fold)
}

/// The mean absolute error of predictions of the rows `ask`, in pounds.
pub fn mae(sample: &Sample, ask: &[usize], predictions: &[f64]) -> f64 {
    let errors = ask.iter().zip(predictions).map(|(&i, p)| (p - sample.settlement[i]).abs());
    errors.sum::<f64>() / ask.len().max(1) as f64
}

fn flags(rows: &[usize], n: usize) -> Vec<bool> {
    let mut flags = vec![false; n];
    rows.iter().for_each(|&i| flags[i] = true);
    flags
}
