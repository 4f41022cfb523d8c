//! Trees as other libraries write them: nodes in any order, perhaps shared, perhaps not trees at all.

use super::ImportError;
use crate::{families::imported::ImportedTree, trees::Limits};

/// A node of another library's tree. Children are places among its fellows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    Split(Split),
    Leaf(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Place among the model's inputs.
    pub feature: usize,
    /// Values up to it go to `yes`, larger ones to `no`.
    pub threshold: f64,
    pub yes: usize,
    pub no: usize,
    /// Whether an unknown value goes to `no`.
    pub blank_no: bool,
}

/// What may still be taken from a model file.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Splits and leaves over all trees.
    pub nodes: usize,
    /// Inputs a split may look at.
    pub inputs: usize,
}

impl Budget {
    pub fn of(inputs: usize) -> Budget {
        Budget { nodes: Limits::default().nodes, inputs }
    }

    /// Takes `nodes` off what is left.
    pub fn spend(&mut self, nodes: usize) -> Result<(), ImportError> {
        self.nodes = self.nodes.checked_sub(nodes).ok_or_else(|| {
            let limit = Limits::default().nodes;
            ImportError::unsupported(format!("the trees have more than {limit} nodes: train fewer or smaller trees"))
        })?;
        Ok(())
    }
}

/// A node still to be laid out: its place, the split it hangs from and on which side, and the splits
/// above it.
struct Pending {
    node: usize,
    parent: Option<(usize, bool)>,
    depth: usize,
}

/// Lays out what can be reached from `root`, parents before their children; a node that is reached
/// twice is copied. Ends even where nodes lead in a circle: a path has a greatest length, and the
/// copies count against the budget.
pub fn lay_out(nodes: &[Node], root: usize, budget: &mut Budget) -> Result<ImportedTree, ImportError> {
    let depth_limit = Limits::default().depth;
    let mut tree = ImportedTree::default();
    let mut pending = vec![Pending { node: root, parent: None, depth: 0 }];
    while let Some(Pending { node, parent, depth }) = pending.pop() {
        budget.spend(1)?;
        let found = nodes.get(node).ok_or_else(|| {
            ImportError::unreadable(format!("a tree points to its node {node}, but it has {}", nodes.len()))
        })?;
        let child = match *found {
            Node::Leaf(value) => leaf(&mut tree, node, value)?,
            Node::Split(split) => {
                if depth == depth_limit {
                    return Err(ImportError::unsupported(format!(
                        "a path of a tree has more than {depth_limit} splits, or leads in a circle: limit the depth when training"
                    )));
                }
                let at = tree.splits.len();
                push(&mut tree, node, split, budget.inputs)?;
                pending.push(Pending { node: split.no, parent: Some((at, true)), depth: depth + 1 });
                pending.push(Pending { node: split.yes, parent: Some((at, false)), depth: depth + 1 });
                place(at)?
            }
        };
        match parent.and_then(|(at, no)| tree.splits.get_mut(at).map(|split| (split, no))) {
            Some((split, true)) => split.3 = child,
            Some((split, false)) => split.2 = child,
            None => {}
        }
    }
    Ok(tree)
}

fn leaf(tree: &mut ImportedTree, node: usize, value: f64) -> Result<i32, ImportError> {
    if !value.is_finite() {
        return Err(ImportError::unreadable(format!("leaf {node} of a tree is {value}: retrain the model")));
    }
    tree.leaves.push(value);
    Ok(!place(tree.leaves.len() - 1)?)
}

fn push(tree: &mut ImportedTree, node: usize, split: Split, inputs: usize) -> Result<(), ImportError> {
    let Split { feature, threshold, blank_no, .. } = split;
    if threshold.is_nan() {
        return Err(ImportError::unreadable(format!(
            "split {node} of a tree has no threshold (NaN): retrain the model"
        )));
    }
    let fault = || format!("split {node} of a tree looks at input {feature}, but the model has {inputs}");
    let column = u16::try_from(feature).ok().filter(|_| feature < inputs);
    let column = column.ok_or_else(|| ImportError::unreadable(fault()))?;
    // A split of known from unknown values has an infinite threshold; claims stay far below this.
    tree.splits.push((column, threshold.clamp(-f64::MAX, f64::MAX), 0, 0, blank_no));
    Ok(())
}

fn place(at: usize) -> Result<i32, ImportError> {
    i32::try_from(at).map_err(|_| ImportError::unsupported(format!("a tree has more than {} nodes", i32::MAX)))
}

/// Adds splits to `nodes` that cut a feature's range at `cuts` and send each piece to `yes` or `no`:
/// `side` is asked with a piece's largest value. Gives the place of the topmost.
///
/// An unknown value must go where the first piece goes (`blank_no` unset) or where the last does.
pub fn pieces(nodes: &mut Vec<Node>, range: &Pieces, side: &dyn Fn(f64) -> bool) -> usize {
    let mut cuts = range.cuts.to_vec();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let to = |yes: bool| if yes { range.yes } else { range.no };
    // Halved again and again, so that the splits are few on any path. Places are known before the
    // nodes are made: piece k lies between cuts k − 1 and k.
    let mut pending = vec![(0, cuts.len(), None)];
    let mut root = to(side(f64::INFINITY));
    while let Some((from, until, parent)) = pending.pop() {
        let at = if from == until {
            to(side(cuts.get(from).copied().unwrap_or(f64::INFINITY)))
        } else {
            let middle = from.midpoint(until);
            let threshold = cuts.get(middle).copied().unwrap_or(f64::INFINITY);
            let Pieces { feature, blank_no, .. } = *range;
            nodes.push(Node::Split(Split { feature, threshold, yes: 0, no: 0, blank_no }));
            let at = nodes.len() - 1;
            pending.push((from, middle, Some((at, false))));
            pending.push((middle + 1, until, Some((at, true))));
            at
        };
        match parent {
            None => root = at,
            Some((split, no)) => match nodes.get_mut(split) {
                Some(Node::Split(split)) if no => split.no = at,
                Some(Node::Split(split)) => split.yes = at,
                Some(Node::Leaf(_)) | None => {}
            },
        }
    }
    root
}

/// See [`pieces`].
pub struct Pieces<'a> {
    pub feature: usize,
    pub cuts: &'a [f64],
    pub yes: usize,
    pub no: usize,
    pub blank_no: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(feature: usize, threshold: f64, yes: usize, no: usize) -> Node {
        Node::Split(Split { feature, threshold, yes, no, blank_no: true })
    }

    #[test]
    fn shared_nodes_are_copied_and_order_does_not_matter() {
        let nodes = [Node::Leaf(1.0), split(0, 5.0, 0, 2), split(1, 6.0, 0, 3), Node::Leaf(2.0)];
        let tree = lay_out(&nodes, 1, &mut Budget::of(2)).unwrap();
        assert_eq!(tree.splits, [(0, 5.0, -1, 1, true), (1, 6.0, -2, -3, true)]);
        assert_eq!(tree.leaves, [1.0, 1.0, 2.0]);
    }

    #[test]
    fn circles_and_doublings_end() {
        let circle = [split(0, 1.0, 0, 0)];
        assert!(lay_out(&circle, 0, &mut Budget::of(1)).unwrap_err().to_string().contains("in a circle"));
        let mut doubling: Vec<Node> = (0..40).map(|i| split(0, 1.0, i + 1, i + 1)).collect();
        doubling.push(Node::Leaf(0.0));
        assert!(lay_out(&doubling, 0, &mut Budget::of(1)).unwrap_err().to_string().contains("more than 2000000 nodes"));
    }

    #[test]
    fn places_features_and_numbers_out_of_range_are_told() {
        let fault = |nodes: &[Node]| lay_out(nodes, 0, &mut Budget::of(2)).unwrap_err().to_string();
        assert!(fault(&[split(0, 1.0, 1, 9), Node::Leaf(0.0)]).contains("its node 9"));
        assert!(fault(&[split(2, 1.0, 1, 1), Node::Leaf(0.0)]).contains("input 2"));
        assert!(fault(&[split(0, f64::NAN, 1, 1), Node::Leaf(0.0)]).contains("NaN"));
        assert!(fault(&[Node::Leaf(f64::INFINITY)]).contains("inf"));
        let known = lay_out(&[split(0, f64::INFINITY, 1, 1), Node::Leaf(0.0)], 0, &mut Budget::of(2)).unwrap();
        assert_eq!(known.splits[0].1, f64::MAX);
    }

    #[test]
    fn pieces_go_where_the_side_says() {
        for count in 0..9 {
            let cuts: Vec<f64> = (0..count).rev().map(f64::from).collect();
            let mut nodes = vec![Node::Leaf(0.0), Node::Leaf(1.0)];
            let range = Pieces { feature: 0, cuts: &cuts, yes: 1, no: 0, blank_no: false };
            let odd = |x: f64| x.is_finite() && x as i64 % 2 != 0;
            let root = pieces(&mut nodes, &range, &odd);
            let tree = lay_out(&nodes, root, &mut Budget::of(1)).unwrap();
            for piece in 0..=count {
                let x = f64::from(piece) - 0.5;
                let mut at = if tree.splits.is_empty() { -1 } else { 0 };
                while at >= 0 {
                    let (_, threshold, yes, no, _) = tree.splits[at as usize];
                    at = if x <= threshold { yes } else { no };
                }
                let expected = piece < count && odd(f64::from(piece));
                assert_eq!(tree.leaves[!at as usize], f64::from(u8::from(expected)), "{count} {piece}");
            }
        }
    }
}
