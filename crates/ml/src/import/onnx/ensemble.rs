//! `TreeEnsembleRegressor` of `ai.onnx.ml`, versions 1 to 3.

use std::collections::HashMap;

use super::{
    document::{Element, Node as Operator},
    sum::Sum,
};
use crate::import::{
    ImportError,
    tree::{Budget, Node, Split, lay_out},
};

/// The operator's lists, one entry a node, and its leaves' weights.
struct Lists<'a> {
    trees: Vec<i64>,
    ids: Vec<i64>,
    modes: Vec<&'a [u8]>,
    features: Vec<i64>,
    thresholds: Vec<f64>,
    yes: Vec<i64>,
    no: Vec<i64>,
    /// May be empty: unknown values go to `no`.
    blank_yes: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_ids: Vec<i64>,
    targets: Vec<i64>,
    weights: Vec<f64>,
}

/// Reads the trees over an input of `width` columns made of `element`.
pub fn read(operator: &Operator, width: usize, element: Element, budget: &mut Budget) -> Result<Sum, ImportError> {
    if !matches!(operator.text("post_transform")?, "" | "NONE") {
        return Err(ImportError::unsupported("its answer is transformed (post_transform): export a regressor"));
    }
    if operator.integer("n_targets", 1)? != 1 {
        return Err(ImportError::unsupported("the model has several outputs: train one regression model an output"));
    }
    let lists = Lists::read(operator, element)?;
    lists.check()?;
    let trees = lists.trees(budget)?;
    let mut sum = Sum { intercept: base(operator)?, trees, ..Sum::nil(width) };
    match operator.text("aggregate_function")? {
        "" | "SUM" => {}
        "AVERAGE" => {
            let count = sum.trees.len().max(1) as f64;
            crate::import::scale(&mut sum.trees, 1.0 / count);
        }
        other => {
            return Err(ImportError::unsupported(format!(
                "it takes the {other:.20} of its trees; SUM and AVERAGE are taken"
            )));
        }
    }
    Ok(sum)
}

fn base(operator: &Operator) -> Result<f64, ImportError> {
    let values = match operator.tensor("base_values_as_tensor")? {
        Some(tensor) => tensor.values,
        None => operator.floats("base_values")?,
    };
    match values[..] {
        [] => Ok(0.0),
        [base] => Ok(base),
        _ => Err(ImportError::unsupported("the model has several outputs: train one regression model an output")),
    }
}

impl<'a> Lists<'a> {
    fn read(operator: &Operator<'a>, element: Element) -> Result<Lists<'a>, ImportError> {
        let numbers = |name: &str| -> Result<(Vec<f64>, Element), ImportError> {
            match operator.tensor(&format!("{name}_as_tensor"))? {
                Some(tensor) => Ok((tensor.values, tensor.element)),
                None => Ok((operator.floats(name)?, Element::Single)),
            }
        };
        let ((thresholds, precision), (weights, _)) = (numbers("nodes_values")?, numbers("target_weights")?);
        if element != precision {
            return Err(ImportError::unsupported(
                "its inputs are 64-bit numbers but its thresholds are not: export it with FloatTensorType inputs",
            ));
        }
        let integers = |name: &str| operator.integers(name);
        Ok(Lists {
            trees: integers("nodes_treeids")?,
            ids: integers("nodes_nodeids")?,
            modes: operator.texts("nodes_modes")?,
            features: integers("nodes_featureids")?,
            thresholds,
            yes: integers("nodes_truenodeids")?,
            no: integers("nodes_falsenodeids")?,
            blank_yes: integers("nodes_missing_value_tracks_true")?,
            leaf_trees: integers("target_treeids")?,
            leaf_ids: integers("target_nodeids")?,
            targets: integers("target_ids")?,
            weights,
        })
    }

    fn check(&self) -> Result<(), ImportError> {
        let n = self.trees.len();
        let nodes = [
            self.ids.len(),
            self.modes.len(),
            self.features.len(),
            self.thresholds.len(),
            self.yes.len(),
            self.no.len(),
        ];
        let blanks = self.blank_yes.len();
        if nodes.iter().any(|length| *length != n) || (blanks != 0 && blanks != n) {
            return Err(ImportError::unreadable(format!(
                "lists of {n}, {nodes:?} and {blanks} nodes: export it again"
            )));
        }
        let n = self.weights.len();
        let leaves = [self.leaf_trees.len(), self.leaf_ids.len(), self.targets.len()];
        if leaves.iter().any(|length| *length != n) {
            return Err(ImportError::unreadable(format!("lists of {n} and {leaves:?} leaves: export it again")));
        }
        if self.targets.iter().any(|target| *target != 0) {
            return Err(ImportError::unsupported(
                "the model has several outputs: train one regression model an output",
            ));
        }
        Ok(())
    }

    fn trees(&self, budget: &mut Budget) -> Result<Vec<crate::families::imported::ImportedTree>, ImportError> {
        let mut places: HashMap<(i64, i64), usize> = HashMap::with_capacity(self.ids.len());
        // The first node of a tree is its root, in the order of the file.
        let mut roots: Vec<usize> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (at, key) in self.trees.iter().zip(&self.ids).enumerate() {
            let (tree, id) = (*key.0, *key.1);
            if places.insert((tree, id), at).is_some() {
                return Err(ImportError::unreadable(format!("tree {tree} has two nodes {id}: export it again")));
            }
            if seen.insert(tree) {
                roots.push(at);
            }
        }
        let leaves = self.leaves(&places)?;
        let mut nodes: Vec<Node> = vec![Node::Leaf(0.0); self.ids.len()];
        for at in 0..self.ids.len() {
            let node = self.node(at, &places, &leaves, &mut nodes)?;
            if let Some(place) = nodes.get_mut(at) {
                *place = node;
            }
        }
        roots
            .into_iter()
            .enumerate()
            .map(|(i, root)| lay_out(&nodes, root, budget).map_err(|e| e.within(&format!("tree {i}"))))
            .collect()
    }

    /// The weight of each node, nil where it has none.
    fn leaves(&self, places: &HashMap<(i64, i64), usize>) -> Result<Vec<f64>, ImportError> {
        let mut leaves = vec![0.0; self.ids.len()];
        for ((tree, id), weight) in self.leaf_trees.iter().zip(&self.leaf_ids).zip(&self.weights) {
            let place = places.get(&(*tree, *id)).and_then(|at| leaves.get_mut(*at));
            let place = place.ok_or_else(|| {
                ImportError::unreadable(format!("tree {tree} has no node {id} for a weight: export it again"))
            })?;
            *place += weight;
        }
        Ok(leaves)
    }

    /// The node at a place of the lists; what it needs besides is put behind `nodes`.
    fn node(
        &self,
        at: usize,
        places: &HashMap<(i64, i64), usize>,
        leaves: &[f64],
        nodes: &mut Vec<Node>,
    ) -> Result<Node, ImportError> {
        let mode = self.modes.get(at).copied().unwrap_or_default();
        if mode == b"LEAF" {
            return Ok(Node::Leaf(leaves.get(at).copied().unwrap_or(0.0)));
        }
        let number = |list: &[i64]| list.get(at).copied().unwrap_or(-1);
        let child = |list: &[i64]| {
            let key = (number(&self.trees), number(list));
            places.get(&key).copied().ok_or_else(|| {
                ImportError::unreadable(format!("tree {} has no node {}: export it again", key.0, key.1))
            })
        };
        let (yes, no) = (child(&self.yes)?, child(&self.no)?);
        let feature = usize::try_from(number(&self.features)).unwrap_or(usize::MAX);
        let threshold = self.thresholds.get(at).copied().unwrap_or(f64::NAN);
        let blank_yes = self.blank_yes.get(at).is_some_and(|tracks| *tracks != 0);
        // x < t is x ≤ the number before t, which for x and t of 32 bits lies above t's neighbour.
        let before = threshold.next_down();
        let split = |threshold, yes, no, blank_no| Node::Split(Split { feature, threshold, yes, no, blank_no });
        let mut equal = |yes, no| {
            nodes.push(split(threshold, yes, no, !blank_yes));
            // Where an unknown value counts as equal it goes on to the second split.
            split(before, no, nodes.len() - 1, true)
        };
        match mode {
            b"BRANCH_LEQ" => Ok(split(threshold, yes, no, !blank_yes)),
            b"BRANCH_LT" => Ok(split(before, yes, no, !blank_yes)),
            b"BRANCH_GT" => Ok(split(threshold, no, yes, blank_yes)),
            b"BRANCH_GTE" => Ok(split(before, no, yes, blank_yes)),
            b"BRANCH_EQ" => Ok(equal(yes, no)),
            // Equal with the sides exchanged; what is unknown equals nothing.
            b"BRANCH_NEQ" => {
                nodes.push(split(threshold, no, yes, true));
                Ok(split(before, yes, nodes.len() - 1, true))
            }
            other => Err(ImportError::unsupported(format!(
                "splits of kind {:.20} are not known; export it for ai.onnx.ml 3 or earlier",
                String::from_utf8_lossy(other)
            ))),
        }
    }
}
