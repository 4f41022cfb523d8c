//! Regression trees: the flat form predictions are served from, and the form smartcore writes.

mod check;
mod mirror;

pub use check::{Limits, TreeFault};
pub use mirror::{BaseForest, BaseTree, DecisionTree, Node, RandomForest};

/// A sum of regression trees in one block of memory. Only validated trees get in (see
/// [`Forest::push`]), so walking one can neither leave the block nor fail to end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forest {
    nodes: Vec<FlatNode>,
    /// Index of each tree's first node.
    roots: Vec<u32>,
    depth: usize,
}

/// A split (`yes` is taken where the feature is at most the threshold) or, where `yes` is
/// [`LEAF`], a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FlatNode {
    pub feature: u32,
    pub yes: u32,
    pub no: u32,
    /// The threshold of a split, the value of a leaf.
    pub number: f64,
}

const LEAF: u32 = u32::MAX;

impl FlatNode {
    pub fn is_leaf(&self) -> bool {
        self.yes == LEAF
    }

    /// The child that `row` goes to.
    pub fn child(&self, row: &[f64]) -> u32 {
        if row[self.feature as usize] <= self.number { self.yes } else { self.no }
    }
}

impl Forest {
    /// Adds a tree whose leaves count `scale` times their output, after checking it.
    pub fn push(&mut self, tree: &BaseTree, scale: f64, features: usize, limits: Limits) -> Result<(), TreeFault> {
        let depth = check::tree(tree, features, limits.depth)?;
        if self.nodes.len() + tree.nodes.len() > limits.nodes {
            return Err(TreeFault::TooManyNodes { limit: limits.nodes });
        }
        let offset = self.nodes.len() as u32;
        self.roots.push(offset);
        self.depth = self.depth.max(depth);
        for node in &tree.nodes {
            self.nodes.push(match node.split() {
                Some((threshold, yes, no)) => FlatNode {
                    feature: node.split_feature as u32,
                    yes: offset + yes as u32,
                    no: offset + no as u32,
                    number: threshold,
                },
                None => FlatNode { feature: 0, yes: LEAF, no: LEAF, number: scale * node.output },
            });
        }
        Ok(())
    }

    /// The sum over the trees. `row` has the number of features the trees were checked against.
    pub fn predict(&self, row: &[f64]) -> f64 {
        self.roots.iter().map(|&root| self.nodes[self.leaf(root, row)].number).sum()
    }

    /// Index of the leaf of the tree at `root` that `row` falls into.
    fn leaf(&self, root: u32, row: &[f64]) -> usize {
        let mut at = root as usize;
        while !self.nodes[at].is_leaf() {
            at = self.nodes[at].child(row) as usize;
        }
        at
    }

    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// Splits and leaves over all trees.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// Most splits on a path.
    pub fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn nodes(&self) -> &[FlatNode] {
        &self.nodes
    }

    pub(crate) fn roots(&self) -> &[u32] {
        &self.roots
    }
}

#[cfg(test)]
mod tests {
    use smartcore::{
        linalg::basic::matrix::DenseMatrix,
        tree::decision_tree_regressor::{DecisionTreeRegressor, DecisionTreeRegressorParameters},
    };

    use super::*;

    #[test]
    fn the_flat_form_predicts_what_smartcore_predicts() {
        let rows: Vec<Vec<f64>> = (0..200).map(|i| vec![f64::from(i % 17), f64::from(i % 5), f64::from(i)]).collect();
        let y: Vec<f64> = rows.iter().map(|r| r[0] * 3.0 - r[1] * r[1] + (r[2] / 40.0).floor()).collect();
        let x = DenseMatrix::from_2d_vec(&rows).unwrap();
        let real =
            DecisionTreeRegressor::fit(&x, &y, DecisionTreeRegressorParameters::default().with_max_depth(6)).unwrap();
        let mirrored: DecisionTree = serde_json::from_slice(&serde_json::to_vec(&real).unwrap()).unwrap();
        let mut forest = Forest::default();
        forest.push(&mirrored.tree_regressor, 1.0, 3, Limits::default()).unwrap();
        let expected = real.predict(&x).unwrap();
        for (row, expected) in rows.iter().zip(expected) {
            assert_eq!(forest.predict(row), expected);
        }
        assert_eq!(serde_json::to_string(&mirrored).unwrap(), serde_json::to_string(&real).unwrap());
    }

    #[test]
    fn nodes_are_counted_over_all_trees_and_leaves_are_scaled() {
        let stump = BaseTree::of(vec![Node::branch(0, 1.0, 1, 2), Node::leaf(2.0), Node::leaf(-4.0)]);
        let limits = Limits { nodes: 7, depth: 1 };
        let mut forest = Forest::default();
        forest.push(&stump, 0.5, 1, limits).unwrap();
        forest.push(&stump, 1.0, 1, limits).unwrap();
        assert_eq!(forest.push(&stump, 1.0, 1, limits), Err(TreeFault::TooManyNodes { limit: 7 }));
        assert_eq!((forest.predict(&[1.0]), forest.predict(&[1.1])), (3.0, -6.0));
        assert_eq!((forest.trees(), forest.size(), forest.depth()), (2, 6, 1));
    }
}
