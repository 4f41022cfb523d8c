//! What an ONNX graph has computed so far, in our own form.

use crate::{
    families::imported::{ImportedTree, Link},
    import::{ImportError, scale},
};

/// `link(intercept + Σ coefficient · input + Σ trees(inputs))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    pub link: Link,
    pub intercept: f64,
    pub coefficients: Vec<f64>,
    pub trees: Vec<ImportedTree>,
}

impl Sum {
    pub fn nil(width: usize) -> Sum {
        Sum { link: Link::Identity, intercept: 0.0, coefficients: vec![0.0; width], trees: Vec::new() }
    }

    /// A linear model; `coefficients` has one entry for each of the `width` inputs.
    pub fn linear(intercept: f64, coefficients: Vec<f64>, width: usize) -> Result<Sum, ImportError> {
        match coefficients.len() {
            n if n == width => Ok(Sum { intercept, coefficients, ..Sum::nil(width) }),
            n => Err(ImportError::unreadable(format!("{n} coefficients for {width} inputs: export it again"))),
        }
    }

    pub fn add(mut self, constant: f64) -> Result<Sum, ImportError> {
        if self.link == Link::Log {
            return Err(ImportError::unsupported(
                "something is added after the exponential: export the regressor alone",
            ));
        }
        self.intercept += constant;
        Ok(self)
    }

    pub fn times(mut self, factor: f64) -> Result<Sum, ImportError> {
        match self.link {
            Link::Identity => {
                self.intercept *= factor;
                self.coefficients.iter_mut().for_each(|c| *c *= factor);
                scale(&mut self.trees, factor);
            }
            // A factor of the exponential is a term of the exponent.
            Link::Log if factor > 0.0 => self.intercept += factor.ln(),
            Link::Log => {
                return Err(ImportError::unsupported(format!(
                    "the exponential is taken {factor} times: export the regressor alone"
                )));
            }
        }
        Ok(self)
    }

    /// Both are over the same inputs.
    pub fn plus(mut self, other: Sum) -> Result<Sum, ImportError> {
        if other.link == Link::Log {
            return Err(ImportError::unsupported("several exponentials are added up: export the regressor alone"));
        }
        self = self.add(other.intercept)?;
        self.coefficients.iter_mut().zip(&other.coefficients).for_each(|(c, o)| *c += o);
        self.trees.extend(other.trees);
        Ok(self)
    }

    pub fn exponential(mut self) -> Result<Sum, ImportError> {
        if self.link == Link::Log {
            return Err(ImportError::unsupported("an exponential of an exponential: export the regressor alone"));
        }
        self.link = Link::Log;
        Ok(self)
    }
}
