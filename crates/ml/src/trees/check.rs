//! What must hold of a tree before anything walks it.
//!
//! Crafted trees made smartcore's own `predict` panic, loop for ever, or answer with NaN.

use super::PlainNode;

/// Bounds on what is taken from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Splits and leaves over all trees of a model.
    pub nodes: usize,
    /// Splits on the longest path.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { nodes: 2_000_000, depth: 64 }
    }
}

/// Why a tree is refused. Node numbers count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    #[error("a tree has no nodes")]
    Empty,
    #[error("node {node} points to node {child}, but the tree ends before it")]
    ChildOutOfBounds { node: usize, child: usize },
    #[error("node {node} points back to node {child}: a walk would not end")]
    ChildNotAfterParent { node: usize, child: usize },
    #[error("node {node} is the child of two nodes")]
    ReachedTwice { node: usize },
    #[error("node {node} is not reached from the root")]
    Unreached { node: usize },
    #[error("node {node} has only some of threshold, true child and false child")]
    HalfSplit { node: usize },
    #[error("node {node} splits on feature {feature}, but there are {features}")]
    FeatureOutOfBounds { node: usize, feature: usize, features: usize },
    #[error("node {node} holds a number that is not finite")]
    NotFinite { node: usize },
    #[error("a path has more than {limit} splits")]
    TooDeep { limit: usize },
    #[error("the trees have more than {limit} nodes")]
    TooManyNodes { limit: usize },
    #[error("the tree was grown on {found} features, but the schema has {features}")]
    OtherWidth { found: usize, features: usize },
    #[error("there are no trees")]
    NoTrees,
}

/// Checks `tree` against a schema of `features`; gives the number of splits on its longest path.
pub fn tree(tree: &[PlainNode], features: usize, depth_limit: usize) -> Result<usize, TreeFault> {
    if tree.is_empty() {
        return Err(TreeFault::Empty);
    }
    // 0 is "not reached"; a node reached at depth d holds d + 1. Children come after their
    // parent, so one pass from the front sees every parent before its children.
    let mut reached = vec![0usize; tree.len()];
    reached[0] = 1;
    for (i, node) in tree.iter().enumerate() {
        if reached[i] == 0 {
            return Err(TreeFault::Unreached { node: i });
        }
        let (PlainNode::Leaf(number) | PlainNode::Split { threshold: number, .. }) = *node;
        if !number.is_finite() {
            return Err(TreeFault::NotFinite { node: i });
        }
        let PlainNode::Split { feature, yes, no, .. } = *node else { continue };
        // The flat form numbers features in 16 bits.
        if feature >= features || feature > usize::from(u16::MAX) {
            return Err(TreeFault::FeatureOutOfBounds { node: i, feature, features });
        }
        if reached[i] > depth_limit {
            return Err(TreeFault::TooDeep { limit: depth_limit });
        }
        for child in [yes, no] {
            reach(&mut reached, i, child)?;
        }
    }
    Ok(reached.iter().max().map_or(0, |deepest| deepest - 1))
}

fn reach(reached: &mut [usize], node: usize, child: usize) -> Result<(), TreeFault> {
    if child >= reached.len() {
        return Err(TreeFault::ChildOutOfBounds { node, child });
    }
    if child <= node {
        return Err(TreeFault::ChildNotAfterParent { node, child });
    }
    if reached[child] != 0 {
        return Err(TreeFault::ReachedTwice { node: child });
    }
    reached[child] = reached[node] + 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(nodes: Vec<PlainNode>) -> TreeFault {
        tree(&nodes, 2, 3).unwrap_err()
    }

    fn b(feature: usize, threshold: f64, yes: usize, no: usize) -> PlainNode {
        PlainNode::Split { feature, threshold, yes, no, blank_no: false }
    }

    #[test]
    fn a_sound_tree_passes_with_its_depth() {
        let leaf = PlainNode::Leaf;
        let nodes = vec![b(0, 1.0, 1, 2), leaf(1.0), b(1, 1.0, 3, 4), leaf(2.0), leaf(3.0)];
        assert_eq!(tree(&nodes, 2, 3), Ok(2));
        assert_eq!(tree(&[leaf(1.0)], 0, 0), Ok(0));
    }

    #[test]
    fn each_fault_is_named() {
        let l = PlainNode::Leaf(0.0);
        assert_eq!(fault(vec![]), TreeFault::Empty);
        assert_eq!(fault(vec![b(0, 0.0, 1, 9), l]), TreeFault::ChildOutOfBounds { node: 0, child: 9 });
        assert_eq!(fault(vec![b(0, 0.0, 1, 0), l]), TreeFault::ChildNotAfterParent { node: 0, child: 0 });
        assert_eq!(fault(vec![b(0, 0.0, 1, 1), l]), TreeFault::ReachedTwice { node: 1 });
        assert_eq!(fault(vec![l, l]), TreeFault::Unreached { node: 1 });
        let wide = TreeFault::FeatureOutOfBounds { node: 0, feature: 2, features: 2 };
        assert_eq!(fault(vec![b(2, 0.0, 1, 2), l, l]), wide);
        assert_eq!(fault(vec![PlainNode::Leaf(f64::NAN)]), TreeFault::NotFinite { node: 0 });
        assert_eq!(fault(vec![b(0, f64::INFINITY, 1, 2), l, l]), TreeFault::NotFinite { node: 0 });
        let chain = vec![b(0, 0.0, 1, 2), l, b(0, 0.0, 3, 4), l, b(0, 0.0, 5, 6), l, b(0, 0.0, 7, 8), l, l];
        assert_eq!(fault(chain), TreeFault::TooDeep { limit: 3 });
    }
}
