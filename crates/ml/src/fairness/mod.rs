//! Are claimants of one group served worse than those of another?
//!
//! Two questions are kept apart, because the first does not see what the second does: whether
//! predictions are alike between groups ([`Audit::statistical_parity`]; they may differ because
//! the claims do), and whether the errors are ([`Audit::equalised_residuals`]). What a handler
//! decided is audited in the same way, as the prediction.
//!
//! An attribute is a code or a name for each row; nothing here is fit for pricing by it.

mod auc;
mod audit;
mod flip;
mod grouping;
mod parity;
mod proxy;
mod ridge;
mod table;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use auc::auc;
pub use audit::Audit;
pub use flip::{Flip, flip, flip_attribute};
pub use parity::{GroupSeparation, Separation};
pub use proxy::{Proxy, ProxyGroup, ProxySettings, proxy_test};
pub use table::{BoundedGroupLoss, Differences, Estimate, GroupRow, GroupTable, Range};

/// A group of fewer claims is marked small: the standard error of its mean is more than a seventh
/// of the spread of its claims.
pub const SMALL: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FairnessError {
    #[error("there are no rows")]
    NoRows,
    #[error("{found} values for {expected} rows")]
    Length { found: usize, expected: usize },
    #[error("a value is not a finite number")]
    NotFinite,
    #[error("there are fewer than two groups to compare")]
    OneGroup,
}
