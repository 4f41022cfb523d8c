//! A model as a file: everything a prediction, its interval and its explanation need.
//!
//! Bytes from outside are never handed to a library before our own types have read and checked
//! them. See docs/models.md for the layout.

pub mod archive;
mod counterfactual;
mod likeness;
mod manifest;
pub mod model;
mod predict;
mod sign;
mod validate;

use std::sync::Arc;

pub use counterfactual::Counterfactual;
pub use likeness::{Leaves, Likeness};
pub use manifest::{
    BUNDLE_VERSION, IntervalMetrics, Library, Manifest, Metrics, PredictionLimits, TARGET_TRANSFORM, Training,
    libraries,
};
pub use model::{Document, Model, Probes, Tails, pack};
pub use predict::{Contribution, PredictError, Prediction, Valuation};
pub use sign::{PrivateKey, PublicKey, SignError, Trust};
pub(crate) use validate::agreement;
pub use validate::{Check, NOT_RUN, Validation, validate, validate_from};

/// A validated model. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Bundle(Arc<Contents>);

#[derive(Debug)]
struct Contents {
    manifest: Manifest,
    model: Model,
    signer: Option<PublicKey>,
}

/// The first check a bundle did not pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {detail}")]
pub struct BundleError {
    pub check: String,
    pub detail: String,
}

impl Bundle {
    /// Reads and validates a bundle.
    pub fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
        let validation = validate(bytes);
        let failed = validation.checks.into_iter().find(|c| !c.passed);
        validation.bundle.ok_or_else(|| match failed {
            Some(check) => BundleError { check: check.name, detail: check.detail },
            None => BundleError { check: "bundle".into(), detail: "not read".into() },
        })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// Who signed it, if anyone did.
    pub fn signer(&self) -> Option<PublicKey> {
        self.0.signer
    }

    pub fn model(&self) -> &Model {
        &self.0.model
    }
}
