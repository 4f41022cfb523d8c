//! Exact path-dependent TreeSHAP (Lundberg et al. 2020) over a whole forest.
//!
//! A leaf contributes to E[f | features in S] its value times, for every feature on its path, 1 or
//! 0 (does the row satisfy all its splits?) if the feature is in S, and else `zero`, the share of
//! the background that goes the leaf's way at those splits. With `hot` the features whose splits
//! the row satisfies and `cold` the others, the Shapley value of feature i in that product is
//!
//! ```text
//! hot  i:  value · (1 − zᵢ) · Π_cold z · ∫₀¹ (1−t)^|cold|     Π_{j ∈ hot∖i} (t + zⱼ(1−t)) dt
//! cold i: −value ·            Π_cold z · ∫₀¹ (1−t)^(|cold|−1) Π_{j ∈ hot}   (t + zⱼ(1−t)) dt
//! ```
//!
//! because k!(d−k−1)!/d! is the integral of tᵏ(1−t)^(d−1−k). The integrands are polynomials of
//! degree d − 1, so Gauss–Legendre with ⌈d/2⌉ points is exact. Cold features share one number, and
//! nothing is divided by a quantity that could be nil. Everything that does not depend on the row
//! is laid out once, leaf after leaf.

#[cfg(test)]
mod tests;

use super::legendre::quadrature;
use crate::trees::Forest;

/// A forest prepared for explanations.
#[derive(Debug, Clone)]
pub struct TreeShap {
    leaves: Vec<Leaf>,
    clauses: Vec<Clause>,
    /// For each clause and point of its leaf's quadrature: `t + z(1−t)` and its reciprocal.
    factors: Vec<(f64, f64)>,
    /// For each short path and each set of hot features: the Shapley value of each feature.
    answers: Vec<f64>,
    /// By number of features on the path.
    rules: Vec<Rule>,
    base: f64,
    /// Clause-points so far; see [`CostLimit`].
    steps: usize,
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    value: f64,
    clauses: u32,
    /// Start in `answers` where `tabled`, else in `factors`.
    start: u32,
    width: u16,
    tabled: bool,
}

/// The splits of one feature on a path taken together: `above < x <= below`.
#[derive(Debug, Clone, Copy)]
struct Clause {
    feature: u32,
    above: f64,
    below: f64,
    zero: f64,
}

/// The quadrature for paths of `width` features, with the powers of 1 − t.
#[derive(Debug, Clone, Default)]
struct Rule {
    weights: Vec<f64>,
    /// `powers[p][k]` = (1 − t_p)^k for k up to the width.
    powers: Vec<Vec<f64>>,
}

/// Longest path in distinct features: the depth that [`crate::trees::Limits`] allows.
const WIDEST: usize = 64;
const POINTS: usize = WIDEST / 2;

/// Widest path whose answers are tabled: 2⁴ · 4 numbers.
const TABLED: usize = 4;

/// Most clause-points a forest may take to explain: each takes a few nanoseconds a prediction and
/// up to 64 bytes. The default is some 10 ms and at most 256 MB; the default model takes a fiftieth.
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
    /// Prepares `forest`; `background` are the rows its expectation is taken over. Paths that no
    /// background row takes count nil, and below them the splits count one half each way.
    pub fn new(forest: &Forest, background: &[Vec<f64>], limit: CostLimit) -> Result<TreeShap, TooCostly> {
        let mut shap = TreeShap {
            leaves: Vec::new(),
            clauses: Vec::new(),
            factors: Vec::new(),
            answers: Vec::new(),
            rules: Vec::new(),
            base: 0.0,
            steps: 0,
        };
        let covers = covers(forest, background);
        for &root in forest.roots() {
            shap.add_tree(forest, &covers, root, limit)?;
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
        let mut long = [0.0; WIDEST];
        for leaf in &self.leaves {
            let width = usize::from(leaf.width);
            let clauses = &self.clauses[leaf.clauses as usize..][..width];
            let hot = clauses.iter().rev().fold(0, |hot, clause| hot << 1 | u64::from(clause.holds(row)));
            let values = if leaf.tabled {
                &self.answers[leaf.start as usize + hot as usize * width..][..width]
            } else {
                let factors = &self.factors[leaf.start as usize..];
                self.rules[width].shapley(leaf.value, clauses, factors, hot, &mut long[..width]);
                &long[..width]
            };
            for (clause, value) in clauses.iter().zip(values) {
                phi[clause.feature as usize] += value;
            }
        }
    }

    fn add_tree(&mut self, forest: &Forest, covers: &[f64], root: u32, limit: CostLimit) -> Result<(), TooCostly> {
        // Depth-first with an explicit stack: a path may be as long as an uploaded model likes.
        let mut stack: Vec<(u32, Vec<Clause>)> = vec![(root, Vec::new())];
        while let Some((at, path)) = stack.pop() {
            let node = forest.nodes()[at as usize];
            if node.is_leaf() {
                self.add_leaf(node.number, &path);
                if self.steps > limit.0 {
                    return Err(TooCostly { limit: limit.0 });
                }
                continue;
            }
            let cover = covers[at as usize];
            for child in [node.no, node.yes] {
                let share = if cover > 0.0 { covers[child as usize] / cover } else { 0.5 };
                let (above, below) =
                    if child == node.yes { (f64::NEG_INFINITY, node.number) } else { (node.number, f64::INFINITY) };
                let mut path = path.clone();
                match path.iter_mut().find(|c| c.feature == node.feature) {
                    Some(clause) => {
                        clause.above = clause.above.max(above);
                        clause.below = clause.below.min(below);
                        clause.zero *= share;
                    }
                    None => path.push(Clause { feature: node.feature, above, below, zero: share }),
                }
                stack.push((child, path));
            }
        }
        Ok(())
    }

    fn add_leaf(&mut self, value: f64, path: &[Clause]) {
        self.base += value * path.iter().map(|c| c.zero).product::<f64>();
        if value == 0.0 || path.is_empty() {
            return;
        }
        let width = path.len();
        while self.rules.len() <= width {
            self.rules.push(Rule::new(self.rules.len()));
        }
        let rule = &self.rules[width];
        let clauses = self.clauses.len() as u32;
        self.clauses.extend_from_slice(path);
        self.steps += width * rule.weights.len();
        let factors = path.iter().flat_map(|clause| {
            rule.powers.iter().map(|powers| {
                let u = powers[1];
                let factor = (1.0 - u) + clause.zero * u;
                (factor, 1.0 / factor)
            })
        });
        let tabled = width <= TABLED;
        let start = if tabled { self.answers.len() } else { self.factors.len() } as u32;
        if tabled {
            let factors: Vec<(f64, f64)> = factors.collect();
            for hot in 0..1 << width {
                let at = self.answers.len();
                self.answers.resize(at + width, 0.0);
                rule.shapley(value, path, &factors, hot, &mut self.answers[at..]);
            }
        } else {
            self.factors.extend(factors);
        }
        self.leaves.push(Leaf { value, clauses, start, width: width as u16, tabled });
    }
}

impl Clause {
    fn holds(&self, row: &[f64]) -> bool {
        let x = row[self.feature as usize];
        // Not `&&`: whether a clause holds is anyone's guess, and a wrong guess costs more.
        (self.above < x) & (x <= self.below)
    }
}

impl Rule {
    fn new(width: usize) -> Rule {
        let points = quadrature(width.div_ceil(2));
        let powers = |t: f64| (0..=width).map(|k| (1.0 - t).powi(k as i32)).collect();
        Rule {
            weights: points.iter().map(|(_, w)| *w).collect(),
            powers: points.iter().map(|(t, _)| powers(*t)).collect(),
        }
    }

    /// Writes the Shapley value of each clause of a leaf to `values`, `hot` being the set of
    /// clauses that hold, by bits. See the module's formulas.
    fn shapley(&self, value: f64, clauses: &[Clause], factors: &[(f64, f64)], hot: u64, values: &mut [f64]) {
        let (width, points) = (clauses.len(), self.weights.len());
        let is_hot = |i: usize| hot >> i & 1 == 1;
        let zeros: f64 = (0..width).filter(|&i| !is_hot(i)).map(|i| clauses[i].zero).product();
        let cold = width - hot.count_ones() as usize;
        let mut hot_terms = [0.0; POINTS];
        let mut shared = 0.0;
        for p in 0..points {
            let product: f64 = (0..width).filter(|&i| is_hot(i)).map(|i| factors[i * points + p].0).product();
            let term = self.weights[p] * value * zeros * product;
            hot_terms[p] = term * self.powers[p][cold];
            if cold > 0 {
                shared += term * self.powers[p][cold - 1];
            }
        }
        for (i, out) in values.iter_mut().enumerate() {
            *out = if is_hot(i) {
                let integral: f64 = (0..points).map(|p| hot_terms[p] * factors[i * points + p].1).sum();
                (1.0 - clauses[i].zero) * integral
            } else {
                -shared
            };
        }
    }
}

/// How many background rows pass each node.
fn covers(forest: &Forest, background: &[Vec<f64>]) -> Vec<f64> {
    let mut covers = vec![0.0; forest.nodes().len()];
    for &root in forest.roots() {
        for row in background {
            let mut at = root as usize;
            covers[at] += 1.0;
            while !forest.nodes()[at].is_leaf() {
                at = forest.nodes()[at].child(row) as usize;
                covers[at] += 1.0;
            }
        }
    }
    covers
}
