//! Why a prediction is what it is: Shapley values, in pounds and to the penny. Exact for trees, for
//! linear models and for their products; sampled, with the error, for anything else.

mod brute;
mod explainer;
mod legendre;
mod linear;
mod pence;
mod product;
mod sampled;
mod treeshap;

pub use explainer::{Explainer, Explanation};
pub use linear::LinearShap;
pub use pence::{Rounded, to_pence};
pub use product::ProductShap;
pub use sampled::SampledShap;
pub use treeshap::{CostLimit, Game, TooCostly, TreeShap};
