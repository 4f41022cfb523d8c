//! What must hold of a tree before anything walks it.
//!
//! Crafted trees made smartcore's own `predict` panic, loop for ever, or answer with NaN.

use super::BaseTree;

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
pub fn tree(tree: &BaseTree, features: usize, depth_limit: usize) -> Result<usize, TreeFault> {
    if tree.nodes.is_empty() {
        return Err(TreeFault::Empty);
    }
    // 0 is "not reached"; a node reached at depth d holds d + 1. Children come after their
    // parent, so one pass from the front sees every parent before its children.
    let mut reached = vec![0usize; tree.nodes.len()];
    reached[0] = 1;
    for (i, node) in tree.nodes.iter().enumerate() {
        if reached[i] == 0 {
            return Err(TreeFault::Unreached { node: i });
        }
        if !node.output.is_finite() || node.split_value.is_some_and(|v| !v.is_finite()) {
            return Err(TreeFault::NotFinite { node: i });
        }
        let Some((_, yes, no)) = node.split() else {
            if node.split_value.is_some() || node.true_child.is_some() || node.false_child.is_some() {
                return Err(TreeFault::HalfSplit { node: i });
            }
            continue;
        };
        if node.split_feature >= features {
            return Err(TreeFault::FeatureOutOfBounds { node: i, feature: node.split_feature, features });
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
    use super::{super::Node, *};

    fn fault(nodes: Vec<Node>) -> TreeFault {
        tree(&BaseTree::of(nodes), 2, 3).unwrap_err()
    }

    #[test]
    fn a_sound_tree_passes_with_its_depth() {
        let nodes = vec![
            Node::branch(0, 1.0, 1, 2),
            Node::leaf(1.0),
            Node::branch(1, 1.0, 3, 4),
            Node::leaf(2.0),
            Node::leaf(3.0),
        ];
        assert_eq!(tree(&BaseTree::of(nodes), 2, 3), Ok(2));
        assert_eq!(tree(&BaseTree::of(vec![Node::leaf(1.0)]), 0, 0), Ok(0));
    }

    #[test]
    fn each_fault_is_named() {
        let (l, b) = (Node::leaf(0.0), Node::branch);
        assert_eq!(fault(vec![]), TreeFault::Empty);
        assert_eq!(fault(vec![b(0, 0.0, 1, 9), l.clone()]), TreeFault::ChildOutOfBounds { node: 0, child: 9 });
        assert_eq!(fault(vec![b(0, 0.0, 1, 0), l.clone()]), TreeFault::ChildNotAfterParent { node: 0, child: 0 });
        assert_eq!(fault(vec![b(0, 0.0, 1, 1), l.clone()]), TreeFault::ReachedTwice { node: 1 });
        assert_eq!(fault(vec![l.clone(), l.clone()]), TreeFault::Unreached { node: 1 });
        assert_eq!(
            fault(vec![b(2, 0.0, 1, 2), l.clone(), l.clone()]),
            TreeFault::FeatureOutOfBounds { node: 0, feature: 2, features: 2 }
        );
        assert_eq!(fault(vec![Node::leaf(f64::NAN)]), TreeFault::NotFinite { node: 0 });
        assert_eq!(fault(vec![b(0, f64::INFINITY, 1, 2), l.clone(), l.clone()]), TreeFault::NotFinite { node: 0 });
        let half = Node { true_child: Some(1), ..l.clone() };
        assert_eq!(fault(vec![half, l.clone()]), TreeFault::HalfSplit { node: 0 });
        let chain = vec![
            b(0, 0.0, 1, 2),
            l.clone(),
            b(0, 0.0, 3, 4),
            l.clone(),
            b(0, 0.0, 5, 6),
            l.clone(),
            b(0, 0.0, 7, 8),
            l.clone(),
            l,
        ];
        assert_eq!(fault(chain), TreeFault::TooDeep { limit: 3 });
    }
}
