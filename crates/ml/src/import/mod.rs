//! Models trained elsewhere: LightGBM's text, XGBoost's JSON and ONNX, made into bundles.
//!
//! A file is read into a [`Raw`] model over the inputs it was trained on ([`read`]); a [`Mapping`]
//! says which of our features each input is; [`bundle()`] measures the model on settled claims it has
//! not seen, calibrates its intervals on them and packs the bundle.
//!
//! The bytes are taken to be hostile: sizes are capped, nothing recurses as deep as the input says,
//! and what does not fit is told with what would mend it. No code of the other libraries runs: what
//! they answered to the probes proves that a model was read as they read it.

mod bundle;
mod lightgbm;
mod mapping;
mod onnx;
mod probes;
mod tree;
mod xgboost;

pub use bundle::{Imported, Order, bundle};
pub use mapping::{Entry, Mapping, Unknown, column_name};
pub use probes::Probes;

use crate::{
    bundle::archive::sha256,
    families::imported::{ImportedTree, Link},
    features::Precision,
};

/// Largest model file.
pub const LARGEST: usize = 16 << 20;

/// Most inputs of a model: far more than there are features, so that the refusal can name them.
const MOST_INPUTS: usize = 4_096;

/// A model as its file has it: `link(intercept + Σ coefficient · input + Σ trees(inputs))`.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What it was exported from, in words.
    pub source: String,
    /// Names of the inputs, where the file has them.
    pub inputs: Option<Vec<String>>,
    /// How many inputs there are.
    pub count: usize,
    pub link: Link,
    pub intercept: f64,
    /// One for each input.
    pub coefficients: Vec<f64>,
    /// Features are places among the inputs.
    pub trees: Vec<ImportedTree>,
    /// The numbers the other library compares and adds up.
    pub precision: Precision,
}

/// Why nothing was imported, with what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The bytes are not what they should be.
    #[error("the model file cannot be read: {0}")]
    Unreadable(String),
    /// A sound file of something that has no place here.
    #[error("the model cannot be imported: {0}")]
    Unsupported(String),
    #[error("the inputs do not fit: {0}")]
    Mapping(String),
    #[error("the probes do not fit: {0}")]
    Probes(String),
    #[error("the calibration claims do not fit: {0}")]
    Claims(String),
    #[error("the bundle does not pass its own checks: {0}")]
    Unsound(String),
}

impl ImportError {
    fn unreadable(detail: impl Into<String>) -> ImportError {
        ImportError::Unreadable(detail.into())
    }

    fn unsupported(detail: impl Into<String>) -> ImportError {
        ImportError::Unsupported(detail.into())
    }

    /// The same, with the place it was found at.
    fn within(self, place: &str) -> ImportError {
        match self {
            ImportError::Unreadable(detail) => ImportError::Unreadable(format!("{place}: {detail}")),
            ImportError::Unsupported(detail) => ImportError::Unsupported(format!("{place}: {detail}")),
            other => other,
        }
    }
}

fn parse<T: std::str::FromStr>(field: &str, text: &str) -> Result<T, ImportError> {
    text.parse().map_err(|_| ImportError::unreadable(format!("{field} holds {text:.40}, which is no such number")))
}

/// Reads a model file; what wrote it is told by its first bytes.
pub fn read(bytes: &[u8]) -> Result<Raw, ImportError> {
    let mut raw = detect(bytes)?.sound()?;
    raw.source = format!("{}; file of SHA-256 {}", raw.source, sha256(bytes));
    Ok(raw)
}

fn detect(bytes: &[u8]) -> Result<Raw, ImportError> {
    if bytes.len() > LARGEST {
        let size = bytes.len();
        return Err(ImportError::unsupported(format!(
            "{size} bytes; at most {LARGEST} are taken: train a smaller model"
        )));
    }
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"tree\n") || start.starts_with(b"tree\r\n") {
        return lightgbm::read(bytes);
    }
    match start {
        [b'{', rest @ ..] if matches!(rest.trim_ascii_start().first(), Some(b'"' | b'}')) => xgboost::read(bytes),
        [b'{', ..] => Err(ImportError::unsupported(
            "this looks like XGBoost's binary form: save the model with a name that ends in .json",
        )),
        [0x80, 2..=5, ..] => Err(ImportError::unsupported(
            "this is a pickle, which runs code when it is read: save the model as LightGBM text, XGBoost JSON or ONNX",
        )),
        // The first field of every ONNX file: its version.
        [0x08, ..] => onnx::read(bytes),
        _ => Err(ImportError::unreadable(
            "it is neither LightGBM text, XGBoost JSON nor ONNX: save the model with save_model(\"model.txt\"), save_model(\"model.json\") or as ONNX",
        )),
    }
}

/// Multiplies every leaf of a tree.
fn scale(trees: &mut [ImportedTree], by: f64) {
    trees.iter_mut().flat_map(|tree| &mut tree.leaves).for_each(|leaf| *leaf *= by);
}

impl Raw {
    /// Checks what no format rules out; gives the model.
    fn sound(self) -> Result<Raw, ImportError> {
        let numbers =
            self.coefficients.iter().chain([&self.intercept]).chain(self.trees.iter().flat_map(|t| &t.leaves));
        if let Some(bad) = numbers.into_iter().find(|x| !x.is_finite()) {
            return Err(ImportError::unreadable(format!("the model holds the number {bad}: retrain it")));
        }
        if self.count == 0 {
            return Err(ImportError::unsupported(
                "the model has no inputs: retrain it on columns of `solatium features`",
            ));
        }
        Ok(self)
    }
}
