//! Ways of making intervals side by side, each calibrated on claims its model had not seen.

use domain::money::whole_pounds;

use super::{
    ExperimentError, FOLDS, Settings,
    findings::{Coverage, IntervalMethod},
    trial::{self, View},
};
use crate::{
    evaluate::Judged,
    families::{Family, FitError, Input, Lesson},
    interval::{Calibration, ClaimKind, LEVEL, Method, coverage_band, cv_plus, score},
    train::{QUANTILES, Sample, Setting, fit_tail, side_by_side},
    trees::Limits,
};

/// The methods' figures, and the claims as the served method judges them.
pub struct Outcome {
    pub methods: Vec<IntervalMethod>,
    pub judged: Vec<Judged>,
}

/// What the models of a pair of folds say: neither fold was learnt from.
struct Pair {
    folds: (usize, usize),
    rows: Vec<usize>,
    answers: Vec<f64>,
}

/// Compares split, Mondrian, CQR and CV+ around the family's predictions.
pub fn compare(
    sample: &Sample,
    settings: &Settings,
    family: Family,
    folds: &[usize],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Outcome, ExperimentError> {
    let view = View::of(sample);
    let points = points(&view, settings, family, folds, progress)?;
    let (lower, upper) = tails(&view, settings, folds, progress)?;
    let kind = &sample.kind;
    let around = |method: Method| -> Vec<(f64, f64)> {
        let scores: Vec<f64> = (0..sample.len()).map(|i| (sample.settlement[i] - points[i]).abs()).collect();
        let calibrations = calibrations(method, kind, &scores, folds);
        (0..sample.len())
            .map(|i| calibrations[folds[i]].as_ref().map_or(f64::INFINITY, |c| c.widening(kind[i])))
            .enumerate()
            .map(|(i, half)| (points[i] - half, points[i] + half))
            .collect()
    };
    let quantiles = || -> Vec<(f64, f64)> {
        let scores: Vec<f64> = (0..sample.len()).map(|i| score(sample.settlement[i], lower[i], upper[i])).collect();
        let calibrations = calibrations(Method::Quantiles, kind, &scores, folds);
        let widening = |i: usize| calibrations[folds[i]].as_ref().map_or(f64::INFINITY, |c| c.widening(kind[i]));
        (0..sample.len()).map(|i| (lower[i] - widening(i), upper[i] + widening(i))).collect()
    };
    let cqr = bounded(sample, &points, quantiles());
    let plus = bounded(sample, &points, plus(&view, settings, family, folds, progress)?);
    let methods = vec![
        describe("CQR by kind of claim (served)", sample, &cqr),
        describe("Mondrian by kind of claim", sample, &bounded(sample, &points, around(Method::Mondrian))),
        describe("split, one width for all", sample, &bounded(sample, &points, around(Method::Split))),
        describe("CV+, one width for all", sample, &plus),
    ];
    let judged = (0..sample.len()).map(|i| Judged {
        kind: kind[i],
        group: sample.group[i],
        protected: sample.protected[i].clone(),
        settlement: sample.settlement[i],
        prediction: points[i],
        lower: cqr[i].0,
        upper: cqr[i].1,
    });
    Ok(Outcome { methods, judged: judged.collect() })
}

fn calibrations(method: Method, kind: &[ClaimKind], scores: &[f64], folds: &[usize]) -> Vec<Option<Calibration>> {
    (0..FOLDS)
        .map(|fold| {
            let others: Vec<(ClaimKind, f64)> =
                (0..folds.len()).filter(|&i| folds[i] != fold).map(|i| (kind[i], scores[i])).collect();
            Calibration::of(method, &others, LEVEL)
        })
        .collect()
}

/// Intervals around the prediction, never below nil.
fn bounded(sample: &Sample, points: &[f64], intervals: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let limits = crate::train::limits::learn(sample, |_| true);
    let bound = |(i, (low, high)): (usize, (f64, f64))| {
        let ceiling = limits.ceiling(&sample.recovered[i]).max(points[i]);
        (low.min(points[i]).max(0.0), high.clamp(points[i], ceiling))
    };
    intervals.into_iter().enumerate().map(bound).collect()
}

/// The family's prediction of each row by a model that had not seen its fold.
fn points(
    view: &View,
    settings: &Settings,
    family: Family,
    folds: &[usize],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Vec<f64>, ExperimentError> {
    let tasks: Vec<usize> = (0..FOLDS).collect();
    let step = |done, of| progress("predicting for the intervals", done, of);
    let answers = side_by_side(&tasks, &step, |&fold| {
        let (learn, ask) = trial::split(folds, fold);
        let answers = view.predict(family, &Setting::default(), &learn, &ask, settings.seed + fold as u64)?;
        Ok::<_, FitError>((ask, answers))
    });
    scatter(view.sample.len(), answers)
}

/// The two quantile models' answers, in pounds.
fn tails(
    view: &View,
    settings: &Settings,
    folds: &[usize],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<(Vec<f64>, Vec<f64>), ExperimentError> {
    let sample = view.sample;
    let tasks: Vec<(usize, f64)> =
        [QUANTILES.0, QUANTILES.1].into_iter().flat_map(|q| (0..FOLDS).map(move |fold| (fold, q))).collect();
    let step = |done, of| progress("fitting quantiles", done, of);
    let mut answers = side_by_side(&tasks, &step, |&(fold, quantile)| {
        let (learn, ask) = trial::split(folds, fold);
        let seen = view.seen_from(&learn);
        let x: Vec<&[f64]> = learn.iter().map(|&i| seen[i].as_slice()).collect();
        let target: Vec<f64> = learn.iter().map(|&i| sample.settlement[i] - sample.total[i]).collect();
        let lesson = Lesson { rows: &x, target: &target, weight: &vec![1.0; learn.len()], rules: &[] };
        let stored = fit_tail(lesson, quantile, settings.seed + fold as u64)?;
        let mirror = stored.part().mirror().map_err(FitError::Unsound)?;
        let served = mirror.serve(Input { totals: &view.totals }, Limits::default());
        let served = served.map_err(|e| FitError::Unsound(e.to_string()))?;
        let answers = ask.iter().map(|&i| sample.total[i] + served.predict(&seen[i])).collect();
        Ok::<_, FitError>((ask, answers))
    });
    let upper = answers.split_off(FOLDS);
    Ok((scatter(sample.len(), answers)?, scatter(sample.len(), upper)?))
}

/// CV+ intervals: each row's from models that had seen neither it nor the row calibrated on.
fn plus(
    view: &View,
    settings: &Settings,
    family: Family,
    folds: &[usize],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> Result<Vec<(f64, f64)>, ExperimentError> {
    let sample = view.sample;
    let tasks: Vec<(usize, usize)> = (0..FOLDS).flat_map(|f| (f + 1..FOLDS).map(move |g| (f, g))).collect();
    let step = |done, of| progress("predicting for CV+", done, of);
    let pairs = side_by_side(&tasks, &step, |&(f, g)| {
        let (rows, learn): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&i| folds[i] == f || folds[i] == g);
        let answers =
            view.predict(family, &Setting::default(), &learn, &rows, settings.seed + (f * FOLDS + g) as u64)?;
        Ok::<_, FitError>(Pair { folds: (f, g), rows, answers })
    });
    let pairs = pairs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut intervals = vec![(f64::NEG_INFINITY, f64::INFINITY); sample.len()];
    for fold in 0..FOLDS {
        let own: Vec<&Pair> = pairs.iter().filter(|p| p.folds.0 == fold || p.folds.1 == fold).collect();
        let residuals: Vec<Vec<f64>> = own
            .iter()
            .map(|p| {
                let others = p.rows.iter().zip(&p.answers).filter(|(i, _)| folds[**i] != fold);
                others.map(|(&i, answer)| (answer - sample.settlement[i]).abs()).collect()
            })
            .collect();
        let all: Vec<f64> = residuals.concat();
        for i in (0..sample.len()).filter(|&i| folds[i] == fold) {
            // The same answer of a pair's model stands for each of its calibration rows.
            let answers: Vec<f64> = own
                .iter()
                .zip(&residuals)
                .flat_map(|(p, residuals)| {
                    let at = p.rows.binary_search(&i).map_or(f64::NAN, |at| p.answers[at]);
                    std::iter::repeat_n(at, residuals.len())
                })
                .collect();
            intervals[i] = cv_plus(&answers, &all, LEVEL).unwrap_or(intervals[i]);
        }
    }
    Ok(intervals)
}

type Answers = Vec<Result<(Vec<usize>, Vec<f64>), FitError>>;

/// Answers for some rows each, put in the rows' places.
fn scatter(n: usize, answers: Answers) -> Result<Vec<f64>, ExperimentError> {
    let mut all = vec![0.0; n];
    for answer in answers {
        let (ask, answers) = answer?;
        ask.iter().zip(answers).for_each(|(&i, p)| all[i] = p);
    }
    Ok(all)
}

fn describe(name: &str, sample: &Sample, intervals: &[(f64, f64)]) -> IntervalMethod {
    let mut widths: Vec<f64> = intervals.iter().map(|(low, high)| high - low).collect();
    widths.sort_by(f64::total_cmp);
    let all: Vec<usize> = (0..sample.len()).collect();
    let by_kind = ClaimKind::ALL.into_iter().map(|kind| {
        let rows: Vec<usize> = all.iter().copied().filter(|&i| sample.kind[i] == kind).collect();
        coverage(kind.label(), sample, &rows, intervals)
    });
    let mut by_value = all.clone();
    by_value.sort_by(|a, b| sample.settlement[*a].total_cmp(&sample.settlement[*b]));
    let fifth = |k: usize| {
        let rows = &by_value[k * by_value.len() / 5..(k + 1) * by_value.len() / 5];
        let bound = |i: Option<&usize>| i.map_or(0.0, |&i| sample.settlement[i]);
        let name = format!("{} to {} settled", whole_pounds(bound(rows.first())), whole_pounds(bound(rows.last())));
        coverage(&name, sample, rows, intervals)
    };
    IntervalMethod {
        name: name.to_owned(),
        all: coverage("all claims", sample, &all, intervals),
        mean_width: widths.iter().sum::<f64>() / widths.len().max(1) as f64,
        median_width: widths[widths.len() / 2],
        below: share(sample, &all, |i| sample.settlement[i] < intervals[i].0),
        above: share(sample, &all, |i| sample.settlement[i] > intervals[i].1),
        by_kind: by_kind.filter(|c| c.rows > 0).collect(),
        by_value: (0..5).map(fifth).collect(),
    }
}

fn share(sample: &Sample, rows: &[usize], is: impl Fn(usize) -> bool) -> f64 {
    rows.iter().filter(|i| **i < sample.len() && is(**i)).count() as f64 / rows.len().max(1) as f64
}

fn coverage(name: &str, sample: &Sample, rows: &[usize], intervals: &[(f64, f64)]) -> Coverage {
    let claims = rows.iter().map(|&i| sample.group[i]).collect::<std::collections::BTreeSet<_>>().len();
    let inside = |i: usize| intervals[i].0 <= sample.settlement[i] && sample.settlement[i] <= intervals[i].1;
    Coverage {
        name: name.to_owned(),
        rows: rows.len(),
        claims,
        covered: share(sample, rows, inside),
        band: coverage_band(claims, LEVEL),
    }
}
