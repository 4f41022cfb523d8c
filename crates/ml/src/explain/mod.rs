//! Why a prediction is what it is: exact Shapley values, in pounds and to the penny.

mod brute;
mod legendre;
mod linear;
mod pence;
mod treeshap;

pub use linear::LinearShap;
pub use pence::{Rounded, to_pence};
pub use treeshap::{CostLimit, TreeShap};
