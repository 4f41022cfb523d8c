//! Regression trees: the flat form predictions are served from, and the form smartcore writes.

mod check;
mod mirror;
mod plain;

pub use check::{Limits, TreeFault};
pub use mirror::{BaseForest, BaseTree, DecisionTree, Node, RandomForest};
pub use plain::PlainNode;

/// A sum of regression trees in one block of memory. Only validated trees get in (see
/// [`Forest::push`]), so walking one can neither leave the block nor fail to end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forest {
    nodes: Vec<FlatNode>,
    /// For each node: what it adds to the sum if it is a leaf, else nil.
    values: Vec<f64>,
    trees: Vec<Tree>,
}

/// Where a tree starts and how many splits its longest path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tree {
    pub root: u32,
    pub depth: u32,
}

/// A split, whose children lie side by side, or a leaf, which is its own first child and which no
/// number is above: a walk may go on at a leaf and stay there, so that it need not ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FlatNode {
    pub threshold: f64,
    /// The child for values up to the threshold; the other one follows it.
    pub first: u32,
    pub feature: u16,
    /// Whether an unknown value (NaN) goes to the second child.
    pub blank_second: bool,
}

impl FlatNode {
    /// Whether `row` goes to the second child.
    pub fn second(&self, row: &[f64]) -> bool {
        let x = row[usize::from(self.feature)];
        // Not `||`: which way a row goes is anyone's guess, and a wrong guess costs more.
        (x > self.threshold) | (self.blank_second & x.is_nan())
    }

    pub fn child(&self, row: &[f64]) -> u32 {
        self.first + u32::from(self.second(row))
    }
}

/// Rows walked together, so that one row's loads are under way while another's comparison waits.
const BLOCK: usize = 16;

impl Forest {
    /// Adds a tree whose leaves count `scale` times their value, after checking it.
    pub fn push(&mut self, tree: &[PlainNode], scale: f64, features: usize, limits: Limits) -> Result<(), TreeFault> {
        let depth = check::tree(tree, features, limits.depth)?;
        if self.nodes.len() + tree.len() > limits.nodes {
            return Err(TreeFault::TooManyNodes { limit: limits.nodes });
        }
        let offset = self.nodes.len();
        self.trees.push(Tree { root: offset as u32, depth: depth as u32 });
        // Breadth first, so that siblings come to lie side by side.
        let mut order = Vec::with_capacity(tree.len());
        order.push(0);
        let mut place = 0;
        while let Some(&at) = order.get(place) {
            let (node, value) = match tree[at] {
                PlainNode::Split { feature, threshold, yes, no, blank_no } => {
                    let first = (offset + order.len()) as u32;
                    order.extend([yes, no]);
                    (FlatNode { threshold, first, feature: feature as u16, blank_second: blank_no }, 0.0)
                }
                PlainNode::Leaf(value) => {
                    let first = (offset + place) as u32;
                    (FlatNode { threshold: f64::INFINITY, first, feature: 0, blank_second: false }, scale * value)
                }
            };
            self.nodes.push(node);
            self.values.push(value);
            place += 1;
        }
        Ok(())
    }

    /// Adds every tree of `other`, its leaves counting `scale` times as much.
    pub fn append(&mut self, other: &Forest, scale: f64) {
        let offset = self.nodes.len() as u32;
        self.nodes.extend(other.nodes.iter().map(|n| FlatNode { first: n.first + offset, ..*n }));
        self.values.extend(other.values.iter().map(|v| scale * v));
        self.trees.extend(other.trees.iter().map(|t| Tree { root: t.root + offset, ..*t }));
    }

    /// The sum over the trees. `row` has the number of features the trees were checked against.
    pub fn predict(&self, row: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each_leaf(row, |_, leaf| sum += self.values[leaf as usize]);
        sum
    }

    /// Adds the sum over the trees to `sums`, one for each of the `rows`, which are of the width
    /// the trees were checked against. Many times faster a row than one at a time.
    pub fn predict_many(&self, rows: &[&[f64]], sums: &mut [f64]) {
        for (rows, sums) in rows.chunks(BLOCK).zip(sums.chunks_mut(BLOCK)) {
            match <&[&[f64]; BLOCK]>::try_from(rows) {
                Ok(rows) => self.predict_block(rows, sums),
                Err(_) => rows.iter().zip(sums).for_each(|(row, sum)| *sum += self.predict(row)),
            }
        }
    }

    fn predict_block(&self, rows: &[&[f64]; BLOCK], sums: &mut [f64]) {
        for tree in &self.trees {
            let mut at = [tree.root; BLOCK];
            for _ in 0..tree.depth {
                for (at, row) in at.iter_mut().zip(rows) {
                    *at = self.nodes[*at as usize].child(row);
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.values[at as usize];
            }
        }
    }

    /// Calls `with` for each tree, in order, with the leaf that `row` falls into. Several trees are
    /// walked together, as several rows are in [`Forest::predict_many`].
    fn each_leaf(&self, row: &[f64], mut with: impl FnMut(Tree, u32)) {
        let (blocks, rest) = self.trees.as_chunks::<BLOCK>();
        for trees in blocks {
            let mut at = trees.map(|tree| tree.root);
            for _ in 0..trees.iter().map(|tree| tree.depth).max().unwrap_or(0) {
                at = at.map(|at| self.nodes[at as usize].child(row));
            }
            trees.iter().zip(at).for_each(|(tree, leaf)| with(*tree, leaf));
        }
        for tree in rest {
            let leaf = (0..tree.depth).fold(tree.root, |at, _| self.nodes[at as usize].child(row));
            with(*tree, leaf);
        }
    }

    /// For each tree the leaf that `row` falls into, counted from the tree's root.
    pub fn leaves(&self, row: &[f64]) -> Vec<u32> {
        let mut leaves = Vec::with_capacity(self.trees.len());
        self.each_leaf(row, |tree, leaf| leaves.push(leaf - tree.root));
        leaves
    }

    /// How many of `rows` pass each node.
    pub(crate) fn covers(&self, rows: &[Vec<f64>]) -> Vec<u32> {
        let mut covers = vec![0; self.nodes.len()];
        for row in rows {
            self.each_leaf(row, |_, leaf| covers[leaf as usize] += 1);
        }
        // Children lie behind their parent: from the back, every child is counted before it counts.
        for at in (0..self.nodes.len()).rev().filter(|at| !self.is_leaf(*at)) {
            let first = self.nodes[at].first as usize;
            covers[at] = covers[first] + covers[first + 1];
        }
        covers
    }

    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// Splits and leaves over all trees.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// Most splits on a path.
    pub fn depth(&self) -> usize {
        self.trees.iter().map(|t| t.depth as usize).max().unwrap_or(0)
    }

    /// How often each feature is split on.
    pub fn splits(&self, features: usize) -> Vec<usize> {
        let mut splits = vec![0; features];
        for (_, node) in self.nodes.iter().enumerate().filter(|(at, _)| !self.is_leaf(*at)) {
            splits[usize::from(node.feature)] += 1;
        }
        splits
    }

    pub(crate) fn is_leaf(&self, at: usize) -> bool {
        self.nodes[at].first as usize == at
    }

    pub(crate) fn value(&self, at: usize) -> f64 {
        self.values[at]
    }

    pub(crate) fn nodes(&self) -> &[FlatNode] {
        &self.nodes
    }

    pub(crate) fn roots(&self) -> &[Tree] {
        &self.trees
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
        forest.push(&mirrored.tree_regressor.plain().unwrap(), 1.0, 3, Limits::default()).unwrap();
        let expected = real.predict(&x).unwrap();
        let borrowed: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let mut together = vec![0.0; rows.len()];
        forest.predict_many(&borrowed, &mut together);
        for ((row, expected), together) in rows.iter().zip(expected).zip(together) {
            assert_eq!(forest.predict(row), expected);
            assert_eq!(together, expected);
        }
        assert_eq!(serde_json::to_string(&mirrored).unwrap(), serde_json::to_string(&real).unwrap());
    }

    fn stump(blank_no: bool) -> Vec<PlainNode> {
        vec![
            PlainNode::Split { feature: 0, threshold: 1.0, yes: 1, no: 2, blank_no },
            PlainNode::Leaf(2.0),
            PlainNode::Leaf(-4.0),
        ]
    }

    #[test]
    fn nodes_are_counted_over_all_trees_and_leaves_are_scaled() {
        let limits = Limits { nodes: 7, depth: 1 };
        let mut forest = Forest::default();
        forest.push(&stump(false), 0.5, 1, limits).unwrap();
        forest.push(&stump(false), 1.0, 1, limits).unwrap();
        assert_eq!(forest.push(&stump(false), 1.0, 1, limits), Err(TreeFault::TooManyNodes { limit: 7 }));
        assert_eq!((forest.predict(&[1.0]), forest.predict(&[1.1])), (3.0, -6.0));
        assert_eq!((forest.trees(), forest.size(), forest.depth()), (2, 6, 1));
        assert_eq!(forest.leaves(&[1.1]), [2, 2]);
        assert_eq!(forest.covers(&[vec![0.0], vec![2.0], vec![3.0]]), [3, 1, 2, 3, 1, 2]);
        assert_eq!(forest.splits(2), [2, 0]);
    }

    #[test]
    fn unknown_values_go_where_the_split_says() {
        for (blank_no, expected) in [(false, 2.0), (true, -4.0)] {
            let mut forest = Forest::default();
            forest.push(&stump(blank_no), 1.0, 1, Limits::default()).unwrap();
            assert_eq!(forest.predict(&[f64::NAN]), expected);
            let mut twice = forest.clone();
            twice.append(&forest, 10.0);
            assert_eq!(twice.predict(&[f64::NAN]), 11.0 * expected);
        }
    }
}
