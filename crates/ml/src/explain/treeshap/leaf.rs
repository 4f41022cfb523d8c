//! A leaf and the conditions of its path: what both games are played over.
//!
//! In the path-dependent game a leaf contributes to E[f | features in S] its value times, for every
//! feature on its path, 1 or 0 (does the row satisfy all its splits?) if the feature is in S, and
//! else `zero`, the share of the background that goes the leaf's way at those splits. With `hot`
//! the features whose splits the row satisfies and `cold` the others, the Shapley value of feature
//! i in that product is
//!
//! ```text
//! hot  i:  value · (1 − zᵢ) · Π_cold z · ∫₀¹ (1−t)^|cold|     Π_{j ∈ hot∖i} (t + zⱼ(1−t)) dt
//! cold i: −value ·            Π_cold z · ∫₀¹ (1−t)^(|cold|−1) Π_{j ∈ hot}   (t + zⱼ(1−t)) dt
//! ```
//!
//! because k!(d−k−1)!/d! is the integral of tᵏ(1−t)^(d−1−k). The integrands are polynomials of
//! degree d − 1, so Gauss–Legendre with ⌈d/2⌉ points is exact.
//!
//! In the interventional game a background row satisfies some of the conditions too. With A the
//! conditions only the row satisfies and B those only the background row does, and none that
//! neither does, each of A gets value · (|A|−1)! |B|! / (|A|+|B|)!, and each of B loses
//! value · |A|! (|B|−1)! / (|A|+|B|)!.

use std::collections::BTreeMap;

use super::{super::legendre::rule, Game, WIDEST};
use crate::trees::Forest;

/// How many background rows pass each node.
#[derive(Debug, Clone)]
pub struct Covers(Vec<u32>);

impl Covers {
    pub fn of(forest: &Forest, background: &[Vec<f64>]) -> Covers {
        Covers(forest.covers(background))
    }

    /// The share of the background at the split `at` that goes to its first child; one half where
    /// no row comes by.
    pub fn first_share(&self, forest: &Forest, at: usize) -> f64 {
        let first = forest.nodes()[at].first as usize;
        match self.0[at] {
            0 => 0.5,
            all => f64::from(self.0[first]) / f64::from(all),
        }
    }
}

/// The splits of one feature on a path taken together: `above < x <= below`, or x is unknown and
/// `blank` is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clause {
    pub feature: u16,
    pub blank: bool,
    pub above: f64,
    pub below: f64,
    pub zero: f64,
}

impl Clause {
    pub fn holds(&self, row: &[f64]) -> bool {
        let x = row[usize::from(self.feature)];
        ((self.above < x) & (x <= self.below)) | (self.blank & x.is_nan())
    }
}

/// The way from a root to a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path {
    /// One for each distinct feature.
    pub clauses: Vec<Clause>,
    /// One for each split, from the root on.
    pub turns: Vec<Turn>,
}

/// A split of a path, which way it is left, and the clause it is part of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    pub at: usize,
    pub second: bool,
    pub clause: usize,
}

/// A leaf with its path.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    pub value: f64,
    pub path: Path,
    /// For the interventional game: sets of clauses, by bits, that background rows satisfy, each
    /// with the share of the rows that do.
    seen: Vec<(u64, f64)>,
}

impl Path {
    /// The path one split further: `at` is left towards its second or its first child.
    pub fn turn(&self, forest: &Forest, covers: &Covers, at: usize, second: bool) -> Path {
        let node = forest.nodes()[at];
        let first_share = covers.first_share(forest, at);
        let step = Clause {
            feature: node.feature,
            blank: node.blank_second == second,
            above: if second { node.threshold } else { f64::NEG_INFINITY },
            below: if second { f64::INFINITY } else { node.threshold },
            zero: if second { 1.0 - first_share } else { first_share },
        };
        let mut path = self.clone();
        let clause = path.clauses.iter().position(|c| c.feature == node.feature);
        match clause.map(|i| &mut path.clauses[i]) {
            Some(clause) => {
                clause.above = clause.above.max(step.above);
                clause.below = clause.below.min(step.below);
                clause.blank &= step.blank;
                clause.zero *= step.zero;
            }
            None => path.clauses.push(step),
        }
        path.turns.push(Turn { at, second, clause: clause.unwrap_or(path.clauses.len() - 1) });
        path
    }
}

impl Leaf {
    /// The leaves below the node `at`, which is reached by `path`, that add something to the sum.
    pub fn below(forest: &Forest, covers: &Covers, at: usize, path: Path) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        // Depth-first with an explicit stack: a path may be as long as an uploaded model likes.
        let mut stack: Vec<(usize, Path)> = vec![(at, path)];
        while let Some((at, path)) = stack.pop() {
            if forest.is_leaf(at) {
                let value = forest.value(at);
                if value != 0.0 && !path.clauses.is_empty() {
                    leaves.push(Leaf { value, path, seen: Vec::new() });
                }
                continue;
            }
            let first = forest.nodes()[at].first as usize;
            for second in [false, true] {
                stack.push((first + usize::from(second), path.turn(forest, covers, at, second)));
            }
        }
        leaves
    }

    /// Looks at the background for the interventional game.
    pub fn see(&mut self, background: &[Vec<f64>]) {
        let mut seen: BTreeMap<u64, f64> = BTreeMap::new();
        for row in background {
            *seen.entry(self.held(row)).or_default() += 1.0;
        }
        let n = background.len().max(1) as f64;
        self.seen = seen.into_iter().map(|(set, count)| (set, count / n)).collect();
    }

    /// The clauses that `row` satisfies, by bits.
    pub fn held(&self, row: &[f64]) -> u64 {
        self.path.clauses.iter().rev().fold(0, |held, clause| held << 1 | u64::from(clause.holds(row)))
    }

    /// See [`super::CostLimit`].
    pub fn steps(&self) -> usize {
        self.path.clauses.len() + self.seen.len()
    }

    /// Adds the interventional Shapley values of the leaf to `phi`, by feature.
    pub fn intervene(&self, row: &[f64], phi: &mut [f64]) {
        let hot = self.held(row);
        self.interventional(hot, |clause, value| phi[usize::from(self.path.clauses[clause].feature)] += value);
    }

    /// The Shapley value of each clause, `hot` being the set of clauses the row satisfies.
    pub fn values(&self, hot: u64, game: Game) -> Vec<f64> {
        let mut values = vec![0.0; self.path.clauses.len()];
        match game {
            Game::PathDependent => self.path_dependent(hot, &mut values),
            Game::Interventional => self.interventional(hot, |clause, value| values[clause] += value),
        }
        values
    }

    fn interventional(&self, hot: u64, mut add: impl FnMut(usize, f64)) {
        let all = u64::MAX >> (WIDEST - self.path.clauses.len());
        for &(seen, share) in self.seen.iter().filter(|(seen, _)| hot | seen == all) {
            let (mine, theirs) = (hot & !seen, seen & !hot);
            let (a, b) = (mine.count_ones() as usize, theirs.count_ones() as usize);
            // (a−1)! b! / (a+b)! and a! (b−1)! / (a+b)!, where they are asked for.
            let whole = self.value * share / ((a + b).max(1) as f64 * choose((a + b).max(1) - 1, a.max(1) - 1));
            let lost = self.value * share / ((a + b).max(1) as f64 * choose((a + b).max(1) - 1, a));
            for clause in bits(mine) {
                add(clause, whole);
            }
            for clause in bits(theirs) {
                add(clause, -lost);
            }
        }
    }

    fn path_dependent(&self, hot: u64, values: &mut [f64]) {
        let width = self.path.clauses.len();
        let is_hot = |i: usize| hot >> i & 1 == 1;
        let cold = width - hot.count_ones() as usize;
        let zeros: f64 = (0..width).filter(|&i| !is_hot(i)).map(|i| self.path.clauses[i].zero).product();
        if zeros == 0.0 && cold > 0 {
            return;
        }
        for (t, weight) in rule(width.div_ceil(2)) {
            let u = 1.0 - t;
            let factor = |i: usize| t + self.path.clauses[i].zero * u;
            let product: f64 = (0..width).filter(|&i| is_hot(i)).map(factor).product();
            // Where nothing is cold, the first is asked for by nobody.
            let below = weight * self.value * zeros * product * u.powi(cold as i32 - 1);
            let term = below * u;
            for (i, value) in values.iter_mut().enumerate() {
                *value += if is_hot(i) { (1.0 - self.path.clauses[i].zero) * term / factor(i) } else { -below };
            }
        }
    }
}

fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros() as usize);
        set &= set.wrapping_sub(1);
        bit
    })
}

/// Binomial coefficient; exact as a float up to some 2⁵³, close beyond.
fn choose(n: usize, k: usize) -> f64 {
    (0..k.min(n - k.min(n))).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}
