//! Have the claims changed since the model was made?
//!
//! Four measures of how far a sample has moved from the reference, each with the fixed limit its
//! peers alarm at, and with a limit of its own: what the measure comes to by chance for samples of
//! the size observed. Fixed limits cannot know that size, and raise false alarms in most samples
//! of 100. False alarms over many features are kept apart ([`benjamini_hochberg`]). For claims
//! that have not settled yet, [`SettledError`] estimates the error.
//!
//! Rows are taken to be independent; copies of a claim among them make limits too narrow.

mod bins;
mod discovery;
mod measure;
mod null;
mod report;
mod shannon;
mod smirnov;
mod sorted;
mod stability;
#[cfg(test)]
mod tests;
mod unlabelled;
mod wasserstein;
mod watch;

pub use discovery::benjamini_hochberg;
pub use measure::{FeatureKind, FixedAlarms, Measure, Statistics, Warning};
pub use null::Null;
pub use report::{DriftError, Feature, FeatureDrift, Report, Settings, report};
pub use shannon::{jensen_shannon, jensen_shannon_categories, jensen_shannon_fixed_bins};
pub use smirnov::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use sorted::Sorted;
pub use stability::{psi, psi_categories, psi_equal_width};
pub use unlabelled::{EstimatedError, SettledError};
pub use wasserstein::{distance as wasserstein_distance, wasserstein};
pub use watch::{Watched, watch};
