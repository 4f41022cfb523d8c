//! One tree of LightGBM's text format.

use super::{missing, parse};
use crate::{
    families::imported::ImportedTree,
    import::{
        ImportError,
        tree::{Budget, Node, Pieces, Split, lay_out, pieces},
    },
};

/// Values this close to nil count as nil for LightGBM (`kZeroThreshold`, a 32-bit number).
const NIL: f64 = 1e-35_f32 as f64;

/// Bits of `decision_type`; the two bits above them say what counts as missing.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// A tree's lines, still text. A child from 0 on is a split, a negative one is leaf `-1 - child`.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    leaves: Option<&'a str>,
    features: &'a str,
    thresholds: &'a str,
    decisions: &'a str,
    left: &'a str,
    right: &'a str,
    values: &'a str,
    boundaries: &'a str,
    categories: &'a str,
    linear: &'a str,
}

impl<'a> Fields<'a> {
    /// Reads up to the line that starts the next tree or ends the trees, which is given as well.
    pub fn read(lines: &mut impl Iterator<Item = &'a str>) -> (Fields<'a>, Option<&'a str>) {
        let mut fields = Fields::default();
        for line in lines {
            match line.split_once('=') {
                Some(("num_leaves", value)) => fields.leaves = Some(value),
                Some(("split_feature", value)) => fields.features = value,
                Some(("threshold", value)) => fields.thresholds = value,
                Some(("decision_type", value)) => fields.decisions = value,
                Some(("left_child", value)) => fields.left = value,
                Some(("right_child", value)) => fields.right = value,
                Some(("leaf_value", value)) => fields.values = value,
                Some(("cat_boundaries", value)) => fields.boundaries = value,
                Some(("cat_threshold", value)) => fields.categories = value,
                Some(("is_linear", value)) => fields.linear = value,
                Some(("Tree", _)) => return (fields, Some(line)),
                None if line == "end of trees" => return (fields, Some(line)),
                _ => {}
            }
        }
        (fields, None)
    }

    pub fn tree(&self, budget: &mut Budget) -> Result<ImportedTree, ImportError> {
        if !matches!(self.linear, "" | "0") {
            return Err(ImportError::unsupported("its leaves are linear models: train with linear_tree=false"));
        }
        let leaves: usize = parse("num_leaves", self.leaves.ok_or_else(|| missing("num_leaves"))?)?;
        let splits =
            leaves.checked_sub(1).ok_or_else(|| ImportError::unreadable("it has no leaves: retrain the model"))?;
        // Every number is two bytes of text at least, so a forged count is told before it is used.
        let values: Vec<f64> = numbers("leaf_value", self.values, leaves)?;
        let decisions: Vec<u8> = numbers("decision_type", self.decisions, splits)?;
        let features: Vec<usize> = numbers("split_feature", self.features, splits)?;
        let thresholds: Vec<f64> = numbers("threshold", self.thresholds, splits)?;
        let left: Vec<i64> = numbers("left_child", self.left, splits)?;
        let right: Vec<i64> = numbers("right_child", self.right, splits)?;
        let sets = Sets::read(self.boundaries, self.categories)?;
        // Leaves first, at the places the splits' children name; splits grow behind them.
        let mut nodes: Vec<Node> = values.into_iter().map(Node::Leaf).collect();
        nodes.extend((0..splits).map(|_| Node::Leaf(f64::NAN)));
        let child =
            |child: i64| usize::try_from(if child < 0 { !child } else { child.saturating_add_unsigned(leaves as u64) });
        let each = decisions.iter().zip(features).zip(thresholds).zip(left).zip(right).enumerate();
        for (i, ((((decision, feature), threshold), left), right)) in each {
            let out_of_range = |_| ImportError::unreadable(format!("split {i} has children {left} and {right}"));
            let (yes, no) = (child(left).map_err(out_of_range)?, child(right).map_err(out_of_range)?);
            let decision = Decision { bits: *decision, feature, threshold, yes, no };
            let node = decision.node(&mut nodes, &sets, budget)?;
            if let Some(place) = nodes.get_mut(leaves + i) {
                *place = node;
            }
        }
        lay_out(&nodes, if splits == 0 { 0 } else { leaves }, budget)
    }
}

/// A split as the file has it; children are places among the nodes.
struct Decision {
    bits: u8,
    feature: usize,
    threshold: f64,
    yes: usize,
    no: usize,
}

impl Decision {
    /// The topmost of the nodes that decide alike; the others are added to `nodes`.
    fn node(&self, nodes: &mut Vec<Node>, sets: &Sets, budget: &mut Budget) -> Result<Node, ImportError> {
        let Decision { bits, feature, threshold, yes, no } = *self;
        let plain = |blank_no| Ok(Node::Split(Split { feature, threshold, yes, no, blank_no }));
        if bits & CATEGORICAL != 0 {
            return self.categories(nodes, sets, budget);
        }
        let default_left = bits & DEFAULT_LEFT != 0;
        match bits >> 2 {
            // Missing counts as nil.
            0 => plain(threshold < 0.0),
            1 => {
                let natural = if default_left { threshold >= NIL } else { threshold < -NIL };
                if natural || threshold.is_nan() {
                    return plain(!default_left);
                }
                // Nil goes against the order of numbers: it becomes a piece of its own.
                let side = |x: f64| if (-NIL..=NIL).contains(&x) { default_left } else { x <= threshold };
                let cuts = [threshold, (-NIL).next_down(), NIL];
                self.topmost(nodes, &cuts, !default_left, &side)
            }
            2 => plain(!default_left),
            _ => Err(ImportError::unreadable(format!(
                "decision type {bits} is not known: save the model with LightGBM 4"
            ))),
        }
    }

    /// Whether the value, cut down to a whole number, is in the set of categories; unknown, negative
    /// and large ones are not.
    fn categories(&self, nodes: &mut Vec<Node>, sets: &Sets, budget: &mut Budget) -> Result<Node, ImportError> {
        let set = sets.set(self.threshold)?;
        // Walked through below, and at most one split a category: both are bounded over all trees.
        budget.spend(set.len() * 32)?;
        let has = |category: usize| set.get(category / 32).is_some_and(|word| word >> (category % 32) & 1 == 1);
        let mut cuts = Vec::new();
        for category in 0..set.len() * 32 + 1 {
            let before = category.checked_sub(1).is_some_and(has);
            if has(category) != before {
                cuts.push(if category == 0 { -1.0 } else { (category as f64).next_down() });
            }
        }
        let side = |x: f64| x.is_finite() && x > -1.0 && has(x.max(0.0) as usize);
        self.topmost(nodes, &cuts, true, &side)
    }

    /// Puts the pieces' splits behind `nodes` and gives the topmost.
    fn topmost(
        &self,
        nodes: &mut Vec<Node>,
        cuts: &[f64],
        blank_no: bool,
        side: &dyn Fn(f64) -> bool,
    ) -> Result<Node, ImportError> {
        let Decision { feature, yes, no, .. } = *self;
        let root = pieces(nodes, &Pieces { feature, cuts, yes, no, blank_no }, side);
        match nodes.get(root) {
            Some(Node::Split(split)) => Ok(Node::Split(*split)),
            // An empty set: everything goes one way.
            _ => Ok(Node::Split(Split { feature, threshold: f64::MAX, yes: root, no: root, blank_no })),
        }
    }
}

/// Sets of categories, 32 to a word; set k is the words from boundary k to k + 1.
struct Sets {
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Sets {
    fn read(boundaries: &str, words: &str) -> Result<Sets, ImportError> {
        let count = |text: &str| text.split_ascii_whitespace().count();
        let sets = Sets {
            boundaries: numbers("cat_boundaries", boundaries, count(boundaries))?,
            words: numbers("cat_threshold", words, count(words))?,
        };
        Ok(sets)
    }

    fn set(&self, number: f64) -> Result<&[u32], ImportError> {
        let fault = || ImportError::unreadable(format!("there is no set of categories {number}: save the model again"));
        let at =
            if number >= 0.0 && number < self.boundaries.len() as f64 { number as usize } else { return Err(fault()) };
        let bounds = self.boundaries.get(at).zip(self.boundaries.get(at + 1));
        let set = bounds.and_then(|(from, until)| self.words.get(*from..*until));
        set.filter(|set| set.len() <= LONGEST_SET).ok_or_else(fault)
    }
}

/// Words of the longest set: 65,536 categories.
const LONGEST_SET: usize = 2_048;

/// Exactly `count` numbers, separated by blanks.
fn numbers<T: std::str::FromStr>(field: &str, text: &str, count: usize) -> Result<Vec<T>, ImportError> {
    let numbers: Vec<T> = text.split_ascii_whitespace().map(|word| parse(field, word)).collect::<Result<_, _>>()?;
    match numbers.len() {
        found if found == count => Ok(numbers),
        found => Err(ImportError::unreadable(format!(
            "{field} holds {found} numbers instead of {count}: save the model again"
        ))),
    }
}
