//! Our own copy of the shapes smartcore 0.7.0 serialises its trees in.
//!
//! smartcore's fields are private and its `predict` trusts them, so bytes from outside are read
//! into these first, checked, and served from [`super::Forest`]. The field names are smartcore's;
//! a test holds the two forms against each other. None of these types is recursive.

use serde::{Deserialize, Serialize};

use super::{PlainNode, TreeFault};

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
    /// The tree in no library's own form; still to be checked.
    pub fn plain(&self) -> Result<Vec<PlainNode>, TreeFault> {
        let plain = |(i, node): (usize, &Node)| match (node.split(), node.output.is_finite()) {
            (_, false) => Err(TreeFault::NotFinite { node: i }),
            // NaN is not at most the threshold.
            (Some((threshold, yes, no)), _) => {
                Ok(PlainNode::Split { feature: node.split_feature, threshold, yes, no, blank_no: true })
            }
            (None, _) if node.split_value.is_some() || node.true_child.is_some() || node.false_child.is_some() => {
                Err(TreeFault::HalfSplit { node: i })
            }
            (None, _) => Ok(PlainNode::Leaf(node.output)),
        };
        self.nodes.iter().enumerate().map(plain).collect()
    }

    /// Index of the leaf that `row` falls into, for a tree that was grown here.
    pub fn leaf(&self, row: &[f64]) -> usize {
        let mut at = 0;
        while let Some((threshold, yes, no)) = self.nodes[at].split() {
            at = if row[self.nodes[at].split_feature] <= threshold { yes } else { no };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_split_nor_leaf_is_refused() {
        let leaf = Node {
            output: 0.0,
            split_feature: 0,
            split_value: None,
            split_score: None,
            true_child: None,
            false_child: None,
        };
        let tree = |node: Node| BaseTree {
            nodes: vec![node],
            parameters: Parameters {
                max_depth: None,
                min_samples_leaf: 1,
                min_samples_split: 2,
                seed: None,
                splitter: Splitter::Best,
            },
            depth: 1,
            root_mass: 1.0,
            _phantom_tx: (),
            _phantom_ty: (),
            _phantom_x: (),
            _phantom_y: (),
        };
        assert_eq!(tree(leaf.clone()).plain(), Ok(vec![PlainNode::Leaf(0.0)]));
        let half = Node { true_child: Some(1), ..leaf.clone() };
        assert_eq!(tree(half).plain(), Err(TreeFault::HalfSplit { node: 0 }));
        let none = Node { output: f64::NAN, ..leaf };
        assert_eq!(tree(none).plain(), Err(TreeFault::NotFinite { node: 0 }));
    }
}
