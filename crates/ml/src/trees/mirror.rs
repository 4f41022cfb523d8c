//! Our own copy of the shapes smartcore 0.7.0 serialises its trees in.
//!
//! smartcore's fields are private and its `predict` trusts them, so bytes from outside are read
//! into these first, checked, and served from [`super::Forest`]. The field names are smartcore's;
//! a test holds the two forms against each other. None of these types is recursive.

use serde::{Deserialize, Serialize};

/// `smartcore::tree::decision_tree_regressor::DecisionTreeRegressor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionTree {
    pub tree_regressor: BaseTree,
    pub num_features: usize,
}

/// `smartcore::ensemble::random_forest_regressor::RandomForestRegressor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomForest {
    pub forest_regressor: BaseForest,
}

/// `smartcore::ensemble::base_forest::BaseForest`; the rows drawn for each tree are never kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseForest {
    pub trees: Vec<BaseTree>,
    pub num_features: usize,
    pub samples: (),
}

/// `smartcore::tree::base_tree::BaseTree`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseTree {
    pub nodes: Vec<Node>,
    parameters: Parameters,
    depth: u16,
    root_mass: f64,
    _phantom_tx: (),
    _phantom_ty: (),
    _phantom_x: (),
    _phantom_y: (),
}

/// A node; a leaf has neither child. `<=` goes to the true child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub output: f64,
    pub split_feature: usize,
    pub split_value: Option<f64>,
    pub split_score: Option<f64>,
    pub true_child: Option<usize>,
    pub false_child: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    max_depth: Option<u16>,
    min_samples_leaf: usize,
    min_samples_split: usize,
    seed: Option<u64>,
    splitter: Splitter,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Splitter {
    Random,
    Best,
}

impl Node {
    /// Threshold, true child and false child of a split; `None` for a leaf.
    pub fn split(&self) -> Option<(f64, usize, usize)> {
        Some((self.split_value?, self.true_child?, self.false_child?))
    }
}

impl BaseTree {
    /// Index of the leaf that `row` falls into, for a tree that has passed its checks or was
    /// grown here.
    pub fn leaf(&self, row: &[f64]) -> usize {
        let mut at = 0;
        while let Some((threshold, yes, no)) = self.nodes[at].split() {
            at = if row[self.nodes[at].split_feature] <= threshold { yes } else { no };
        }
        at
    }

    /// A tree of these nodes.
    #[cfg(test)]
    pub fn of(nodes: Vec<Node>) -> BaseTree {
        let parameters = Parameters {
            max_depth: None,
            min_samples_leaf: 1,
            min_samples_split: 2,
            seed: None,
            splitter: Splitter::Best,
        };
        let (depth, root_mass) = (1, 1.0);
        BaseTree {
            nodes,
            parameters,
            depth,
            root_mass,
            _phantom_tx: (),
            _phantom_ty: (),
            _phantom_x: (),
            _phantom_y: (),
        }
    }
}

#[cfg(test)]
impl Node {
    pub fn leaf(output: f64) -> Node {
        Node { output, split_feature: 0, split_value: None, split_score: None, true_child: None, false_child: None }
    }

    pub fn branch(feature: usize, threshold: f64, yes: usize, no: usize) -> Node {
        Node {
            output: 0.0,
            split_feature: feature,
            split_value: Some(threshold),
            split_score: Some(1.0),
            true_child: Some(yes),
            false_child: Some(no),
        }
    }
}
