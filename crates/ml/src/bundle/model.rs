//! The model of a bundle: decoded, checked, laid out for serving.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{archive, manifest::Manifest};
use crate::{
    explain::{CostLimit, LinearShap, TreeShap},
    families::{
        Additive, Document, Family, Library, Mirror, Stage, elasticnet, forest, linear::Scaled, ridge,
        stage::SmartcoreTree,
    },
    features::{Feature, total_coefficients},
    trees::{DecisionTree, Limits, RandomForest},
};

/// How many background rows and probes a bundle holds.
pub const BACKGROUND_ROWS: std::ops::RangeInclusive<usize> = 1..=500;
pub const PROBE_ROWS: std::ops::RangeInclusive<usize> = 1..=200;

/// Longest the probes of a bundle may take. Checked between rows: a checked model ends anyway.
const PROBE_TIME: Duration = Duration::from_secs(5);

/// How far ours and the library's prediction may lie apart, relative to their size or to £1.
const AGREEMENT: f64 = 1e-9;

/// The point model and the two quantile models of a bundle, ready to be asked.
#[derive(Debug, Clone)]
pub struct Model {
    pub features: Vec<Feature>,
    /// In pounds of settlement: the sum of the heads is part of its linear part.
    pub point: Additive,
    pub lower: Additive,
    pub upper: Additive,
    pub tree_shap: TreeShap,
    pub linear_shap: LinearShap,
}

/// Rows of features with what the library that fitted the model answered, in pounds relative to
/// the sum of the heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probes {
    pub rows: Vec<Vec<f64>>,
    pub point: Vec<f64>,
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

/// The three additive models over the transformed target.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub point: Additive,
    pub lower: Additive,
    pub upper: Additive,
}

/// Decodes the model's JSON into our mirror types and checks it.
pub fn decode(family: Family, json: &[u8], features: usize) -> Result<Parts, String> {
    match family {
        Family::Boosting => parts::<Stage<DecisionTree>>(json, features),
        Family::Forest => parts::<RandomForest>(json, features),
        Family::Ridge => parts::<Scaled<ridge::Ridge>>(json, features),
        Family::ElasticNet => parts::<Scaled<elasticnet::ElasticNet>>(json, features),
    }
}

fn parts<P: Mirror + DeserializeOwned>(json: &[u8], features: usize) -> Result<Parts, String> {
    let document: Document<P, DecisionTree> =
        serde_json::from_slice(json).map_err(|e| format!("not of this family's form: {e}"))?;
    let mut limits = Limits::default();
    let mut serve = |name: &str, model: &dyn Mirror| -> Result<Additive, String> {
        let additive = model.serve(features, limits).map_err(|fault| format!("{name} model: {fault}"))?;
        // The limit is for the bundle as a whole.
        limits.nodes -= additive.forest.size();
        Ok(additive)
    };
    Ok(Parts {
        point: serve("point", &document.point)?,
        lower: serve("lower", &document.lower)?,
        upper: serve("upper", &document.upper)?,
    })
}

impl Model {
    /// Lays `parts` out for serving and explaining against `background` (rows of features).
    pub fn new(features: Vec<Feature>, parts: Parts, background: &[Vec<f64>]) -> Result<Model, String> {
        let total = total_coefficients(&features);
        let with_total = |mut additive: Additive| {
            additive.coefficients.iter_mut().zip(&total).for_each(|(c, t)| *c += t);
            additive
        };
        let point = with_total(parts.point);
        let tree_shap = TreeShap::new(&point.forest, background, CostLimit::default()).map_err(|e| e.to_string())?;
        let linear_shap = LinearShap::new(point.intercept, &point.coefficients, background);
        Ok(Model {
            features,
            tree_shap,
            linear_shap,
            point,
            lower: with_total(parts.lower),
            upper: with_total(parts.upper),
        })
    }
}

/// What the library's own types answer for `rows`: point, lower, upper. Decodes the same bytes a
/// second time, which is safe only after [`decode`] has passed them.
pub fn ask_library(family: Family, json: &[u8], rows: &[Vec<f64>]) -> Result<Probes, String> {
    match family {
        Family::Boosting => ask::<Stage<SmartcoreTree>>(json, rows),
        Family::Forest => ask::<forest::SmartcoreForest>(json, rows),
        Family::Ridge => ask::<Scaled<ridge::SmartcoreRidge>>(json, rows),
        Family::ElasticNet => ask::<Scaled<linfa_elasticnet::ElasticNet<f64>>>(json, rows),
    }
}

fn ask<P: Library + DeserializeOwned>(json: &[u8], rows: &[Vec<f64>]) -> Result<Probes, String> {
    let document: Document<P, SmartcoreTree> =
        serde_json::from_slice(json).map_err(|e| format!("the library cannot read it: {e}"))?;
    let start = Instant::now();
    let mut probes = Probes { rows: rows.to_vec(), point: Vec::new(), lower: Vec::new(), upper: Vec::new() };
    for row in rows {
        let row = std::slice::from_ref(row);
        let one = |model: &dyn Library| -> Result<f64, String> {
            model.predict(row).map_err(|e| e.to_string())?.first().copied().ok_or_else(|| "no answer".to_owned())
        };
        probes.point.push(one(&document.point)?);
        probes.lower.push(one(&document.lower)?);
        probes.upper.push(one(&document.upper)?);
        if start.elapsed() > PROBE_TIME {
            return Err(format!("{} probes took more than {} seconds", probes.point.len(), PROBE_TIME.as_secs()));
        }
    }
    Ok(probes)
}

impl Probes {
    /// What our own layout answers for the same rows.
    pub fn answered_by(&self, parts: &Parts) -> Probes {
        let answers = |model: &Additive| self.rows.iter().map(|row| model.predict(row)).collect();
        Probes {
            rows: self.rows.clone(),
            point: answers(&parts.point),
            lower: answers(&parts.lower),
            upper: answers(&parts.upper),
        }
    }

    /// The largest difference, relative to the larger of the answer and £1; the error says where
    /// the two do not agree.
    pub fn compare(&self, other: &Probes) -> Result<f64, String> {
        let mut worst: f64 = 0.0;
        for (name, mine, theirs) in [
            ("point", &self.point, &other.point),
            ("lower", &self.lower, &other.lower),
            ("upper", &self.upper, &other.upper),
        ] {
            for (i, (a, b)) in mine.iter().zip(theirs).enumerate() {
                let apart = (a - b).abs() / a.abs().max(1.0);
                if apart.is_nan() || apart > AGREEMENT {
                    return Err(format!("probe {i}: {name} is {b} instead of {a}"));
                }
                worst = worst.max(apart);
            }
        }
        Ok(worst)
    }

    /// What is wrong with the shape, if anything.
    pub fn fault(&self, features: usize) -> Option<String> {
        let n = self.rows.len();
        if [&self.point, &self.lower, &self.upper].iter().any(|answers| answers.len() != n) {
            return Some("not as many answers as probes".to_owned());
        }
        rows_fault(&self.rows, features, PROBE_ROWS)
    }
}

/// What is wrong with rows of features from outside, if anything.
pub fn rows_fault(rows: &[Vec<f64>], features: usize, count: std::ops::RangeInclusive<usize>) -> Option<String> {
    if !count.contains(&rows.len()) {
        return Some(format!("{} rows; {} to {} are taken", rows.len(), count.start(), count.end()));
    }
    rows.iter().enumerate().find_map(|(i, row)| {
        if row.len() != features {
            return Some(format!("row {i} has {} values for {features} features", row.len()));
        }
        row.iter().any(|v| !v.is_finite() || v.abs() > 1e12).then(|| format!("row {i} holds a number out of range"))
    })
}

/// Packs a model, its background and its probes under `manifest`, whose hashes are filled in.
pub fn pack(mut manifest: Manifest, json: &[u8], background: &[Vec<f64>], probes: &Probes) -> Result<Vec<u8>, String> {
    let to_json = |e: serde_json::Error| e.to_string();
    let mut files = archive::Archive {
        manifest: Vec::new(),
        model: archive::compress(json),
        background: serde_json::to_vec(background).map_err(to_json)?,
        probes: serde_json::to_vec(probes).map_err(to_json)?,
    };
    manifest.files = files.hashes().into_iter().map(|(name, hash)| (name.to_owned(), hash)).collect();
    files.manifest = serde_json::to_vec_pretty(&manifest).map_err(to_json)?;
    files.write().map_err(|e| e.to_string())
}
