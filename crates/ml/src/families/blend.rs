//! A weighted sum of other families' models.

use serde::{Deserialize, Serialize};

use super::{Additive, Family, FitError, Input, Library, Mirror, ModelFault, Part, Served, Stored};
use crate::trees::Limits;

/// Most models in a blend.
const MOST: usize = 16;

/// What is written.
#[derive(Debug, Serialize)]
pub struct Blend {
    pub parts: Vec<Weighted>,
}

#[derive(Debug, Serialize)]
pub struct Weighted {
    pub weight: f64,
    pub part: Stored,
}

/// What is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts<'a> {
    #[serde(borrow)]
    parts: Vec<WeightedPart<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedPart<'a> {
    weight: f64,
    #[serde(borrow)]
    part: Part<'a>,
}

/// The models of a blend with their weights.
pub struct Weighing<M: ?Sized>(Vec<(f64, Box<M>)>);

impl Parts<'_> {
    pub fn mirror(&self) -> Result<Weighing<dyn Mirror>, String> {
        self.weighing(|part| part.mirror())
    }

    pub fn library(&self) -> Result<Weighing<dyn Library>, String> {
        self.weighing(|part| part.library())
    }

    fn weighing<M: ?Sized>(&self, read: impl Fn(&Part) -> Result<Box<M>, String>) -> Result<Weighing<M>, String> {
        if self.parts.is_empty() || self.parts.len() > MOST {
            return Err(format!("a blend of {} models; 1 to {MOST} are taken", self.parts.len()));
        }
        // Not so deep that reading one could exhaust the stack.
        if self.parts.iter().any(|p| p.part.family == Family::Blend) {
            return Err("a blend within a blend".to_owned());
        }
        self.parts.iter().map(|p| Ok((p.weight, read(&p.part)?))).collect::<Result<_, String>>().map(Weighing)
    }
}

impl Mirror for Weighing<dyn Mirror> {
    fn serve(&self, input: Input, mut limits: Limits) -> Result<Served, ModelFault> {
        let mut served = Served::from(Additive::nil(input.features()));
        for (weight, part) in &self.0 {
            super::finite("a weight", &[*weight])?;
            let part = part.serve(input, limits)?;
            limits.nodes -= part.size();
            served.add(&part, *weight);
        }
        Ok(served)
    }
}

impl Library for Weighing<dyn Library> {
    fn predict(&self, input: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        let mut sums = vec![0.0; rows.len()];
        for (weight, part) in &self.0 {
            for (sum, answer) in sums.iter_mut().zip(part.predict(input, rows)?) {
                *sum += weight * answer;
            }
        }
        Ok(sums)
    }
}
