//! Exact Shapley values of a forest, for either of two games.
//!
//! [`Game::PathDependent`] (Lundberg et al. 2020, "tree_path_dependent" in the `shap` package):
//! what is not known of a row follows the background's shares at each split.
//! [`Game::Interventional`]: what is not known of a row is drawn from a background row, and the
//! mean over these is taken (Janzing, Minorics, Blöbaum 2020).
//!
//! Both are sums over leaves of products over the features of the leaf's path, so both are
//! computed exactly. Shallow trees are answered from tables made beforehand ([`table`]), deep ones
//! by a walk ([`walk`], or leaf by leaf in the interventional game).

mod leaf;
mod table;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use leaf::Covers;
use leaf::{Leaf, Path};
use table::Tables;
use walk::Walks;

use crate::trees::Forest;

/// What stands in for the features that are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Game {
    #[default]
    PathDependent,
    Interventional,
}

/// A forest prepared for explanations.
#[derive(Debug, Clone)]
pub struct TreeShap {
    tables: Tables,
    walks: Walks,
    /// Interventional game, deep trees.
    leaves: Vec<Leaf>,
    base: f64,
}

/// Longest path in distinct features: the depth that [`crate::trees::Limits`] allows.
pub(crate) const WIDEST: usize = 64;

/// Most steps a forest may take to explain, each of a few nanoseconds a prediction and up to 64
/// bytes. The default is some 20 ms and at most 256 MB; the default model takes a fiftieth of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostLimit(pub usize);

impl Default for CostLimit {
    fn default() -> Self {
        CostLimit(4_000_000)
    }
}

/// The forest would take too long to explain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("explaining one prediction would take more than {limit} steps: use fewer or shallower trees")]
pub struct TooCostly {
    pub limit: usize,
}

impl TreeShap {
    /// Prepares `forest`; `background` are the rows its expectation is taken over (at least one).
    /// Paths that no background row takes count nil, and below them the splits count one half each
    /// way.
    pub fn new(forest: &Forest, background: &[Vec<f64>], game: Game, limit: CostLimit) -> Result<TreeShap, TooCostly> {
        let covers = Covers::of(forest, background);
        let base = background.iter().map(|row| forest.predict(row)).sum::<f64>() / background.len().max(1) as f64;
        let mut shap = TreeShap { tables: Tables::default(), walks: Walks::default(), leaves: Vec::new(), base };
        let mut steps = 0;
        for &tree in forest.roots() {
            if shap.tables.take(tree.depth) {
                steps += shap.tables.add(forest, &covers, tree.root, background, game);
            } else if game == Game::PathDependent {
                steps += shap.walks.add(forest, &covers, tree);
            } else {
                let mut leaves = Leaf::below(forest, &covers, tree.root as usize, Path::default());
                leaves.iter_mut().for_each(|leaf| leaf.see(background));
                steps += leaves.iter().map(Leaf::steps).sum::<usize>();
                shap.leaves.extend(leaves);
            }
            if steps > limit.0 {
                return Err(TooCostly { limit: limit.0 });
            }
        }
        Ok(shap)
    }

    /// The mean prediction over the background.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Adds each feature's share of `forest.predict(row) − base` to `phi`, which has one entry for
    /// each feature.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        self.tables.explain(row, phi);
        self.walks.explain(row, phi);
        for leaf in &self.leaves {
            leaf.intervene(row, phi);
        }
    }
}
