//! What the linear families share: standardised features in front of a linear model.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Additive, FitError, Input, Lesson, Library, Mirror, ModelFault, Served, finite};
use crate::trees::{Forest, Limits};

/// A linear model `M` over features of mean 0 and standard deviation 1, whose target has had its
/// mean, the `offset` in pounds, taken away (smartcore's ridge fits no intercept otherwise).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaled<M> {
    #[serde(deserialize_with = "bounded")]
    pub means: Vec<f64>,
    #[serde(deserialize_with = "bounded")]
    pub scales: Vec<f64>,
    pub offset: f64,
    pub model: M,
}

/// A linear model as its mirror holds it.
pub trait Coefficients {
    /// Intercept and one coefficient for each feature, after checking the shapes.
    fn coefficients(&self) -> Result<(f64, &[f64]), ModelFault>;
}

/// A lesson made ready for a linear model.
pub struct Standardised {
    pub rows: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    means: Vec<f64>,
    scales: Vec<f64>,
    offset: f64,
}

impl Standardised {
    /// Standardises rows and target. A constant feature keeps scale 1. A claim whose reduction is
    /// far out would pull a squared-error line: targets are first brought within the 2% and 98%
    /// quantiles of the lesson.
    pub fn of(lesson: Lesson) -> Result<Standardised, FitError> {
        let width = lesson.rows.first().ok_or(FitError::NoRows)?.len();
        let n = lesson.rows.len() as f64;
        let means: Vec<f64> = (0..width).map(|j| lesson.rows.iter().map(|r| r[j]).sum::<f64>() / n).collect();
        let spread = |j: usize| (lesson.rows.iter().map(|r| (r[j] - means[j]).powi(2)).sum::<f64>() / n).sqrt();
        let scales: Vec<f64> = (0..width).map(|j| Some(spread(j)).filter(|s| *s > 1e-9).unwrap_or(1.0)).collect();
        let mut target = lesson.within_quantiles();
        let offset = target.iter().sum::<f64>() / n;
        target.iter_mut().for_each(|t| *t -= offset);
        let rows = lesson.rows.iter().map(|r| scale(r, &means, &scales)).collect();
        Ok(Standardised { rows, target, means, scales, offset })
    }

    /// Mean and scale of each feature.
    pub fn scaling(self) -> (Vec<f64>, Vec<f64>) {
        (self.means, self.scales)
    }

    /// Puts the scales in front of the model fitted to the rows and target.
    pub fn with<M>(self, model: M) -> Scaled<M> {
        Scaled { means: self.means, scales: self.scales, offset: self.offset, model }
    }
}

fn scale(row: &[f64], means: &[f64], scales: &[f64]) -> Vec<f64> {
    row.iter().zip(means).zip(scales).map(|((x, m), s)| (x - m) / s).collect()
}

impl<M: Coefficients> Mirror for Scaled<M> {
    fn serve(&self, input: Input, _: Limits) -> Result<Served, ModelFault> {
        let features = input.features();
        let (intercept, coefficients) = self.model.coefficients()?;
        for (name, values) in [("means", &self.means[..]), ("scales", &self.scales), ("coefficients", coefficients)] {
            if values.len() != features {
                return Err(ModelFault::Shape(format!("{} {name} for {features} features", values.len())));
            }
            finite(name, values)?;
        }
        if let Some(scale) = self.scales.iter().find(|s| **s < 1e-12) {
            return Err(ModelFault::Shape(format!("a scale of {scale}")));
        }
        let intercept = intercept + self.offset;
        let unscaled: Vec<f64> = coefficients.iter().zip(&self.scales).map(|(c, s)| c / s).collect();
        let shift: f64 = unscaled.iter().zip(&self.means).map(|(c, m)| c * m).sum();
        finite("the linear model", &[intercept - shift])?;
        Ok(Additive { intercept: intercept - shift, coefficients: unscaled, forest: Forest::default() }.into())
    }
}

impl<M: Library> Library for Scaled<M> {
    fn predict(&self, input: Input, rows: &[Vec<f64>]) -> Result<Vec<f64>, FitError> {
        let rows: Vec<Vec<f64>> = rows.iter().map(|r| scale(r, &self.means, &self.scales)).collect();
        Ok(self.model.predict(input, &rows)?.into_iter().map(|p| self.offset + p).collect())
    }
}

/// Most numbers in one array of a linear model.
const LONGEST: usize = 4_096;

/// An array of numbers that stops growing where no honest model's would: `0,` repeated to the
/// file's size limit would take eight times that in memory.
pub fn bounded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    struct Numbers;
    impl<'de> de::Visitor<'de> for Numbers {
        type Value = Vec<f64>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "at most {LONGEST} numbers")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<f64>, A::Error> {
            let mut values = Vec::new();
            while let Some(value) = seq.next_element()? {
                if values.len() == LONGEST {
                    return Err(de::Error::invalid_length(LONGEST + 1, &self));
                }
                values.push(value);
            }
            Ok(values)
        }
    }
    deserializer.deserialize_seq(Numbers)
}
