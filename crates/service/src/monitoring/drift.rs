//! The claims of a window beside those that the model explains against.

use std::collections::HashSet;

use domain::ClaimFacts;
use domain::alert::{Judgement, WATCHED, judge};
use domain::claim::{ACCIDENT_TYPES, accident_in_words};
use ml::Bundle;
use ml::drift::{Feature, FeatureKind, Sorted, watch};
use ml::features::{Feature as ModelFeature, Recovered};

use super::{Bin, Signal};

/// Claims without which a window is not judged.
pub const FEWEST: usize = 100;
/// Claims of a window that are looked at: of more, so many evenly over its days.
pub const MOST: usize = 2_000;
/// What the signal of the prediction is called.
pub const PREDICTION: &str = "the prediction";

/// The features that a model looks at.
pub fn columns(bundle: &Bundle) -> Vec<Feature> {
    let kind = |feature: ModelFeature| match feature {
        ModelFeature::AccidentType => FeatureKind::Category,
        _ => FeatureKind::Number,
    };
    let columns = bundle.model().schema.columns.iter();
    columns.map(|c| Feature { name: c.feature.name(), kind: kind(c.feature) }).collect()
}

/// The rows with unknown values as −1, which no known one is, and the prediction behind them.
pub fn with_prediction(bundle: &Bundle, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let known = |row: &Vec<f64>| {
        let prediction = bundle.model().point.predict(row);
        row.iter().map(|x| if x.is_nan() { -1.0 } else { *x }).chain([prediction]).collect()
    };
    rows.iter().map(known).collect()
}

/// What people call a signal.
pub fn label(signal: &str) -> String {
    let known = |name: &str| ModelFeature::named(name).map(ModelFeature::words);
    match signal.strip_suffix(" missing") {
        Some(name) => format!("{}: missing", known(name).unwrap_or_else(|| name.to_owned())),
        None => known(signal).unwrap_or_else(|| crate::error::capital(signal)),
    }
}

/// A claim as the model sees it.
pub fn row(bundle: &Bundle, facts: &ClaimFacts) -> Vec<f64> {
    bundle.model().schema.row(&Recovered::of(facts))
}

/// Rows without those that say the same as one before: copies are no claims of their own.
pub fn distinct(rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut seen = HashSet::new();
    rows.into_iter().filter(|row| seen.insert(row.iter().map(|x| x.to_bits()).collect::<Vec<_>>())).collect()
}

/// Whether each value is missing, of the columns in which any is.
fn missing(features: &[Feature], reference: &[Vec<f64>], current: &[Vec<f64>]) -> Vec<usize> {
    let any = |i: usize| reference.iter().chain(current).any(|row| row[i].is_nan());
    (0..features.len()).filter(|i| any(*i)).collect()
}

/// How the window's claims stand to the model's own: each feature, whether it is missing, and the prediction.
pub fn signals(bundle: &Bundle, current: &[Vec<f64>], seed: u64) -> Vec<Signal> {
    let reference = distinct(bundle.model().background.clone());
    let mut features = columns(bundle);
    let gaps = missing(&features, &reference, current);
    let names: Vec<String> = gaps.iter().map(|i| format!("{} missing", features[*i].name)).collect();
    features.push(Feature { name: PREDICTION.into(), kind: FeatureKind::Number });
    features.extend(names.into_iter().map(|name| Feature { name, kind: FeatureKind::Category }));
    let with = |rows: &[Vec<f64>]| {
        let known = with_prediction(bundle, rows);
        let flags = rows.iter().map(|row| gaps.iter().map(|i| f64::from(row[*i].is_nan())).collect::<Vec<_>>());
        known
            .into_iter()
            .zip(flags)
            .map(|(row, flags)| row.into_iter().chain(flags).collect())
            .collect::<Vec<Vec<f64>>>()
    };
    // The least p-value times the number of features must be able to reach alpha.
    let draws = ((features.len() as f64 / domain::alert::ALPHA).ceil() as usize).max(999);
    let (then, now) = (with(&reference), with(current));
    let watched = watch(&features, &then, &now, WATCHED, draws, seed);
    let column = |rows: &[Vec<f64>], name: &str| {
        let i = features.iter().position(|f| f.name == name)?;
        Sorted::of(rows.iter().map(|row| row[i]).collect())
    };
    watched
        .into_iter()
        .map(|w| Signal {
            bins: match w.index >= WATCHED {
                true => bins(&w.name, column(&then, &w.name), column(&now, &w.name)),
                false => Vec::new(),
            },
            judgement: if w.constant { Judgement::NotJudged } else { judge(w.adjusted, w.index) },
            remark: if w.constant {
                "It is the same of every claim: nothing can be said of it.".into()
            } else {
                String::new()
            },
            name: w.name,
            size: w.index,
            adjusted: w.adjusted,
        })
        .collect()
}

/// The shares of both in ranges between the fifths of what was learnt from; of few values, of each.
fn bins(signal: &str, then: Option<Sorted>, now: Option<Sorted>) -> Vec<Bin> {
    const MOST: usize = 6;
    let (Some(then), Some(now)) = (then, now) else { return Vec::new() };
    if ModelFeature::named(signal) == Some(ModelFeature::AccidentType) {
        return kinds(&then, &now, MOST);
    }
    let both = then.and(&now);
    let whole = both.distinct() <= MOST;
    let mut ends: Vec<f64> = match whole {
        true => both.values().to_vec(),
        false => (1..5).map(|fifth| then.quantile(f64::from(fifth) / 5.0)).chain([f64::INFINITY]).collect(),
    };
    ends.dedup();
    let share = |sample: &Sorted, from: Option<f64>, to: f64| {
        let below = from.map_or(0, |from| sample.up_to(from));
        (sample.up_to(to) - below) as f64 / sample.count()
    };
    let mut bins = Vec::with_capacity(ends.len());
    let mut from = None;
    for to in ends {
        let label = match from {
            _ if whole => said(signal, to),
            // Nothing lies below what is not known.
            None if to < 0.0 => said(signal, to),
            None => format!("up to {}", said(signal, to)),
            Some(from) if to.is_infinite() => format!("over {}", said(signal, from)),
            Some(from) => format!("over {} to {}", said(signal, from), said(signal, to)),
        };
        bins.push(Bin { label, then: share(&then, from, to), now: share(&now, from, to) });
        from = Some(to);
    }
    bins
}

/// The kinds of accident whose shares differ most, by name, and all others together.
fn kinds(then: &Sorted, now: &Sorted, most: usize) -> Vec<Bin> {
    let share = |sample: &Sorted, code: f64| (sample.up_to(code) - sample.below(code)) as f64 / sample.count();
    let mut bins: Vec<Bin> = (-1..ACCIDENT_TYPES.len() as i32)
        .map(|code| {
            let label = usize::try_from(code).map_or("Not known", |code| ACCIDENT_TYPES[code]);
            let code = f64::from(code);
            Bin { label: accident_in_words(label), then: share(then, code), now: share(now, code) }
        })
        .filter(|bin| bin.then + bin.now > 0.0)
        .collect();
    let moved = |bin: &Bin| (bin.now - bin.then).abs();
    bins.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    let others = bins.split_off(bins.len().min(most - 1));
    if !others.is_empty() {
        let sum = |of: fn(&Bin) -> f64| others.iter().map(of).sum();
        bins.push(Bin { label: "all others".into(), then: sum(|b| b.then), now: sum(|b| b.now) });
    }
    bins
}

/// A value as people read it.
fn said(signal: &str, value: f64) -> String {
    if signal.ends_with(" missing") {
        return if value > 0.5 { "not known" } else { "known" }.into();
    }
    if value < 0.0 && signal != PREDICTION {
        let counted = matches!(ModelFeature::named(signal), Some(ModelFeature::Familiar(_)));
        return if counted { "nothing claimed" } else { "not known" }.into();
    }
    let unit = ModelFeature::named(signal).map_or("GBP", |feature| feature.unit());
    match unit {
        "GBP" => domain::money::whole_pounds(value),
        "flag" => if value > 0.5 { "yes" } else { "no" }.into(),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: impl IntoIterator<Item = f64>) -> Option<Sorted> {
        Sorted::of(values.into_iter().collect())
    }

    #[test]
    fn shares_lie_between_the_fifths_of_what_was_learnt_from_and_are_all_of_them() {
        let then = sorted((0..100).map(f64::from));
        let now = sorted((0..100).map(|i| f64::from(i) + 50.0));
        let bins = bins("special_therapy", then, now);
        assert_eq!(bins.len(), 5);
        for bin in &bins {
            assert!((bin.then - 0.2).abs() < 0.011, "{bins:?}");
        }
        assert!(bins[0].now == 0.0 && bins[4].now > 0.6, "{bins:?}");
        for side in [bins.iter().map(|b| b.then).sum::<f64>(), bins.iter().map(|b| b.now).sum()] {
            assert!((side - 1.0).abs() < 1e-9);
        }
        assert!(bins[0].label.starts_with("up to £") && bins[4].label.starts_with("over £"), "{bins:?}");
    }

    #[test]
    fn kinds_of_accident_are_told_by_name_and_make_up_the_whole() {
        let then = sorted((0..90).map(|i| f64::from(i % 18)));
        let now = sorted((0..90).map(|i| if i < 45 { 3.0 } else { f64::from(i % 18) }));
        let bins = bins("accident_type", then, now);
        assert_eq!((bins.len(), bins[0].label.as_str()), (6, "Other side turned across claimant's path"), "{bins:?}");
        assert_eq!(bins[5].label, "all others");
        for side in [bins.iter().map(|b| b.then).sum::<f64>(), bins.iter().map(|b| b.now).sum()] {
            assert!((side - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn of_few_values_each_is_one() {
        let then = sorted([0.0, 0.0, 0.0, 1.0]);
        let now = sorted([1.0, 1.0, 0.0, 1.0]);
        let told: Vec<_> = bins("accident_type missing", then, now).into_iter().map(|b| (b.label, b.now)).collect();
        assert_eq!(told, [("known".to_owned(), 0.25), ("not known".to_owned(), 0.75)]);
    }
}
