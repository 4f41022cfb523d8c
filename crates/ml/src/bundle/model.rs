//! The model of a bundle: decoded, checked, laid out for serving.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{archive, likeness::Likeness, manifest::Manifest};
use crate::{
    evaluate::Importance,
    explain::{CostLimit, Explainer, Game},
    families::{Additive, Family, Input, Library, Part, Served, Stored},
    features::{Group, Schema},
    trees::Limits,
};

/// How many background rows and probes a bundle holds.
pub const BACKGROUND_ROWS: std::ops::RangeInclusive<usize> = 1..=500;
pub const PROBE_ROWS: std::ops::RangeInclusive<usize> = 1..=200;

/// Longest the probes of a bundle may take. Checked between rows: a checked model ends anyway.
const PROBE_TIME: Duration = Duration::from_secs(5);

/// The point model and the two quantile models of a bundle, ready to be asked.
#[derive(Debug, Clone)]
pub struct Model {
    pub schema: Schema,
    /// In pounds of settlement: the sum of the heads is part of its linear part.
    pub point: Served,
    pub tails: Option<Tails>,
    pub explainer: Explainer,
    pub likeness: Option<Likeness>,
}

/// The quantile models an interval is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Tails {
    pub lower: Served,
    pub upper: Served,
}

/// `model.json` from version 2 on.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    pub point: Stored,
    /// Lower and upper quantile model; `None` for intervals around the point.
    pub tails: Option<(Stored, Stored)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentParts<'a> {
    #[serde(borrow)]
    point: Part<'a>,
    #[serde(borrow)]
    tails: Option<(Part<'a>, Part<'a>)>,
}

/// `model.json` of version 1: the point model of the manifest's family, the tails of smartcore's
/// trees.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstDocument<'a> {
    #[serde(borrow)]
    point: &'a serde_json::value::RawValue,
    #[serde(borrow)]
    lower: &'a serde_json::value::RawValue,
    #[serde(borrow)]
    upper: &'a serde_json::value::RawValue,
}

impl<'a> DocumentParts<'a> {
    fn read(version: u32, family: Family, json: &'a [u8]) -> Result<DocumentParts<'a>, String> {
        let unread = |e: serde_json::Error| format!("not of this family's form: {e}");
        if version == 1 {
            let FirstDocument { point, lower, upper } = serde_json::from_slice(json).map_err(unread)?;
            let tail = |model| Part { family: Family::Boosting, model };
            return Ok(DocumentParts { point: Part { family, model: point }, tails: Some((tail(lower), tail(upper))) });
        }
        let parts: DocumentParts = serde_json::from_slice(json).map_err(unread)?;
        if parts.point.family != family {
            return Err(format!("the model is of family {}, the manifest says {family}", parts.point.family));
        }
        Ok(parts)
    }
}

/// Rows of features with what the library that fitted the model answered, in pounds relative to
/// the sum of the heads. `lower` and `upper` are empty for a model without tails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probes {
    pub rows: Vec<Vec<Number>>,
    pub point: Vec<f64>,
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

/// A number, or `null` in JSON for an unknown value.
pub type Number = Option<f64>;

/// Rows as models take them: NaN where a value is unknown.
pub fn known(rows: &[Vec<Number>]) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.iter().map(|x| x.unwrap_or(f64::NAN)).collect()).collect()
}

/// Rows as they are stored.
pub fn stored(rows: &[Vec<f64>]) -> Vec<Vec<Number>> {
    rows.iter().map(|row| row.iter().map(|x| Some(*x).filter(|x| !x.is_nan())).collect()).collect()
}

/// The models of a bundle relative to the sum of the heads.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    pub point: Served,
    pub tails: Option<Tails>,
}

/// Decodes the model's JSON into our mirror types and checks it.
pub fn decode(version: u32, family: Family, json: &[u8], input: Input) -> Result<Parts, String> {
    let document = DocumentParts::read(version, family, json)?;
    let mut limits = Limits::default();
    let mut serve = |name: &str, part: &Part| -> Result<Served, String> {
        let served = part.mirror()?.serve(input, limits).map_err(|fault| format!("{name} model: {fault}"))?;
        // The limit is for the bundle as a whole.
        limits.nodes -= served.size();
        Ok(served)
    };
    let point = serve("point", &document.point)?;
    let tails = match &document.tails {
        Some((lower, upper)) => Some(Tails { lower: serve("lower", lower)?, upper: serve("upper", upper)? }),
        None => None,
    };
    Ok(Parts { point, tails })
}

impl Model {
    /// Lays `parts` out for serving and explaining against `background` (rows of features).
    pub fn new(
        schema: Schema,
        parts: Parts,
        background: &[Vec<f64>],
        game: Game,
        unlike: Option<f64>,
    ) -> Result<Model, String> {
        let total = Additive { coefficients: schema.totals(), ..Additive::nil(schema.len()) };
        let with_total = |mut served: Served| {
            served.additive.add(&total, 1.0);
            served
        };
        let point = with_total(parts.point);
        let explainer = Explainer::new(&point, background, game, CostLimit::default())?;
        let likeness = unlike.map(|limit| Likeness::new(&point, background, limit));
        let tails = parts.tails.map(|t| Tails { lower: with_total(t.lower), upper: with_total(t.upper) });
        Ok(Model { schema, point, tails, explainer, likeness })
    }
}

impl Model {
    /// By how much each thing a handler knows moves predictions, on average over `rows` (of
    /// features, at least one): largest first, what moves none left out.
    pub fn importance(&self, rows: &[Vec<f64>]) -> Vec<Importance> {
        let groups: Vec<Group> = Group::all().collect();
        let mut sums = vec![0.0; groups.len()];
        for row in rows {
            let phi = self.explainer.explain(row).phi;
            for (group, sum) in groups.iter().zip(&mut sums) {
                let own = self.schema.columns.iter().zip(&phi).filter(|(c, _)| c.feature.group() == *group);
                *sum += own.map(|(_, phi)| phi).sum::<f64>().abs();
            }
        }
        let n = rows.len().max(1) as f64;
        let mut importance: Vec<Importance> = groups
            .iter()
            .zip(sums)
            .filter(|(_, sum)| *sum > 0.0)
            .map(|(group, sum)| Importance { label: group.label().to_owned(), pounds: sum / n })
            .collect();
        importance.sort_by(|a, b| b.pounds.total_cmp(&a.pounds));
        importance
    }
}

/// What the library's own types answer for `rows`: point, lower, upper. Decodes the same bytes a
/// second time, which is safe only after [`decode`] has passed them.
pub fn ask_library(
    version: u32,
    family: Family,
    json: &[u8],
    input: Input,
    rows: &[Vec<f64>],
) -> Result<Probes, String> {
    let document = DocumentParts::read(version, family, json)?;
    let start = Instant::now();
    let answers = |part: &Part| -> Result<Vec<f64>, String> {
        let model: Box<dyn Library> = part.library()?;
        // A few rows at a time: between them the time is looked at.
        let mut answers = Vec::with_capacity(rows.len());
        for rows in rows.chunks(8) {
            answers.extend(model.predict(input, rows).map_err(|e| e.to_string())?);
            if start.elapsed() > PROBE_TIME {
                return Err(format!("{} probes took more than {} seconds", rows.len(), PROBE_TIME.as_secs()));
            }
        }
        if answers.len() != rows.len() {
            return Err(format!("{} answers to {} probes", answers.len(), rows.len()));
        }
        Ok(answers)
    };
    let point = answers(&document.point)?;
    let (lower, upper) = match &document.tails {
        Some((lower, upper)) => (answers(lower)?, answers(upper)?),
        None => (Vec::new(), Vec::new()),
    };
    Ok(Probes { rows: stored(rows), point, lower, upper })
}

impl Probes {
    /// What our own layout answers for the same rows.
    pub fn answered_by(&self, parts: &Parts) -> Probes {
        let rows = known(&self.rows);
        let answers = |model: &Served| rows.iter().map(|row| model.predict(row)).collect();
        let (lower, upper) = match &parts.tails {
            Some(Tails { lower, upper }) => (answers(lower), answers(upper)),
            None => (Vec::new(), Vec::new()),
        };
        Probes { rows: self.rows.clone(), point: answers(&parts.point), lower, upper }
    }

    /// The largest difference, relative to the largest of the answer, the sum of the heads and £1,
    /// which must not be above `agreement`; the error says where it is. (A library that answers with
    /// the settlement in single precision knows the small difference to the sum no better.)
    pub fn compare(&self, other: &Probes, agreement: f64, input: Input) -> Result<f64, String> {
        let mut worst: f64 = 0.0;
        let sizes: Vec<f64> = known(&self.rows).iter().map(|row| input.total(row).abs().max(1.0)).collect();
        for (name, mine, theirs) in [
            ("point", &self.point, &other.point),
            ("lower", &self.lower, &other.lower),
            ("upper", &self.upper, &other.upper),
        ] {
            if mine.len() != theirs.len() {
                return Err(format!("{} answers of the {name} model instead of {}", theirs.len(), mine.len()));
            }
            for (i, ((a, b), size)) in mine.iter().zip(theirs).zip(&sizes).enumerate() {
                let apart = (a - b).abs() / a.abs().max(*size);
                if apart.is_nan() || apart > agreement {
                    return Err(format!("probe {i}: {name} is {b} instead of {a}"));
                }
                worst = worst.max(apart);
            }
        }
        Ok(worst)
    }

    /// What is wrong with the shape, if anything.
    pub fn fault(&self, schema: &Schema, tails: bool) -> Option<String> {
        let n = self.rows.len();
        let expected =
            [(&self.point, n), (&self.lower, if tails { n } else { 0 }), (&self.upper, if tails { n } else { 0 })];
        if expected.iter().any(|(answers, n)| answers.len() != *n) {
            return Some("not as many answers as probes".to_owned());
        }
        rows_fault(&self.rows, schema, PROBE_ROWS)
    }
}

/// What is wrong with rows of features from outside, if anything.
pub fn rows_fault(rows: &[Vec<Number>], schema: &Schema, count: std::ops::RangeInclusive<usize>) -> Option<String> {
    if !count.contains(&rows.len()) {
        return Some(format!("{} rows; {} to {} are taken", rows.len(), count.start(), count.end()));
    }
    rows.iter().enumerate().find_map(|(i, row)| {
        if row.len() != schema.len() {
            return Some(format!("row {i} has {} values for {} features", row.len(), schema.len()));
        }
        let bad = |(value, column): (&Number, &crate::features::InputColumn)| match value {
            Some(x) => !x.is_finite() || x.abs() > 1e12,
            None => !column.keeps_unknown,
        };
        row.iter().zip(&schema.columns).any(bad).then(|| format!("row {i} holds a number out of range"))
    })
}

/// Packs a model, its background and its probes under `manifest`, whose hashes are filled in.
pub fn pack(mut manifest: Manifest, json: &[u8], background: &[Vec<f64>], probes: &Probes) -> Result<Vec<u8>, String> {
    let to_json = |e: serde_json::Error| e.to_string();
    let mut files = archive::Archive {
        manifest: Vec::new(),
        model: archive::compress(json),
        background: serde_json::to_vec(&stored(background)).map_err(to_json)?,
        probes: serde_json::to_vec(probes).map_err(to_json)?,
        signature: None,
    };
    manifest.files = files.hashes().into_iter().map(|(name, hash)| (name.to_owned(), hash)).collect();
    files.manifest = serde_json::to_vec_pretty(&manifest).map_err(to_json)?;
    files.write().map_err(|e| e.to_string())
}
