//! Shapley values of shallow trees, tabled beforehand.
//!
//! A unit is a part of a tree with so few splits, counting those on the way to it, that the values
//! for every outcome of them fit into a small table. To explain a row, each unit's splits are asked
//! and one line of its table is added up: no arithmetic but that.

use super::{
    Game,
    leaf::{Covers, Leaf, Path},
};
use crate::trees::Forest;

/// Most splits of a unit, so most lines of its table are 2⁷.
const SPLITS: usize = 7;

/// Deepest trees that are tabled, and most numbers in all tables together (64 MB). A tree from a table
/// is explained some six times as fast as by a walk, even where the tables outgrow the caches; with
/// one more split a path they would take a gigabyte.
const DEEPEST: u32 = 6;
const LARGEST: usize = 8_000_000;

#[derive(Debug, Clone, Default)]
pub struct Tables {
    units: Vec<Unit>,
    splits: Vec<Split>,
    /// Features of the columns of each unit's table.
    columns: Vec<u16>,
    numbers: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Unit {
    /// Where its splits, its columns and its numbers start.
    splits: u32,
    columns: u32,
    numbers: u32,
    /// How many splits and columns there are.
    bits: u8,
    width: u8,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    threshold: f64,
    feature: u16,
    blank_second: bool,
}

impl Tables {
    /// Whether a tree of this depth is tabled.
    pub fn take(&self, depth: u32) -> bool {
        depth <= DEEPEST && self.numbers.len() < LARGEST
    }

    /// Adds the tree at `root`; gives the steps it takes to explain.
    pub fn add(&mut self, forest: &Forest, covers: &Covers, root: u32, background: &[Vec<f64>], game: Game) -> usize {
        let before = self.splits.len() + self.columns.len();
        let mut stack = vec![(root as usize, Path::default())];
        while let Some((at, path)) = stack.pop() {
            let inner = splits_below(forest, at);
            if path.turns.len() + inner.len() > SPLITS {
                let first = forest.nodes()[at].first as usize;
                for second in [false, true] {
                    stack.push((first + usize::from(second), path.turn(forest, covers, at, second)));
                }
                continue;
            }
            let splits: Vec<usize> = path.turns.iter().map(|t| t.at).chain(inner).collect();
            let mut leaves = Leaf::below(forest, covers, at, path);
            if game == Game::Interventional {
                leaves.iter_mut().for_each(|leaf| leaf.see(background));
            }
            self.add_unit(forest, &splits, &leaves, game);
        }
        self.splits.len() + self.columns.len() - before
    }

    fn add_unit(&mut self, forest: &Forest, splits: &[usize], leaves: &[Leaf], game: Game) {
        let mut columns: Vec<u16> = leaves.iter().flat_map(|l| l.path.clauses.iter().map(|c| c.feature)).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.is_empty() {
            return;
        }
        let (bits, width) = (splits.len(), columns.len());
        self.units.push(Unit {
            splits: self.splits.len() as u32,
            columns: self.columns.len() as u32,
            numbers: self.numbers.len() as u32,
            bits: bits as u8,
            width: width as u8,
        });
        let start = self.numbers.len();
        self.numbers.resize(start + (width << bits), 0.0);
        for leaf in leaves {
            fill(&mut self.numbers[start..], splits, &columns, leaf, game);
        }
        self.splits.extend(splits.iter().map(|&at| Split::of(forest, at)));
        self.columns.extend(columns);
    }

    /// Adds the values of every unit to `phi`, by feature.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        for unit in &self.units {
            let splits = &self.splits[unit.splits as usize..][..usize::from(unit.bits)];
            let line = splits.iter().enumerate().fold(0, |line, (i, split)| line | usize::from(split.second(row)) << i);
            let width = usize::from(unit.width);
            let values = &self.numbers[unit.numbers as usize + line * width..][..width];
            let columns = &self.columns[unit.columns as usize..][..width];
            for (column, value) in columns.iter().zip(values) {
                phi[usize::from(*column)] += value;
            }
        }
    }
}

impl Split {
    fn of(forest: &Forest, at: usize) -> Split {
        let node = forest.nodes()[at];
        Split { threshold: node.threshold, feature: node.feature, blank_second: node.blank_second }
    }

    fn second(&self, row: &[f64]) -> bool {
        let x = row[usize::from(self.feature)];
        (x > self.threshold) | (self.blank_second & x.is_nan())
    }
}

/// The splits of the tree at `at`.
fn splits_below(forest: &Forest, at: usize) -> Vec<usize> {
    let mut splits = Vec::new();
    let mut stack = vec![at];
    while let Some(at) = stack.pop() {
        if !forest.is_leaf(at) {
            splits.push(at);
            let first = forest.nodes()[at].first as usize;
            stack.extend([first, first + 1]);
        }
    }
    splits
}

/// Adds the values of `leaf` to every line of the table of its unit, whose splits are `splits`.
fn fill(table: &mut [f64], splits: &[usize], columns: &[u16], leaf: &Leaf, game: Game) {
    let clauses = &leaf.path.clauses;
    // For each clause, the splits that must be left to the second child, and to the first.
    let mut wanted = vec![(0usize, 0usize); clauses.len()];
    for turn in &leaf.path.turns {
        let bit = splits.iter().position(|at| *at == turn.at).map_or(0, |i| 1 << i);
        let (second, first) = &mut wanted[turn.clause];
        *(if turn.second { second } else { first }) |= bit;
    }
    let places: Vec<usize> = clauses.iter().filter_map(|c| columns.binary_search(&c.feature).ok()).collect();
    let answers: Vec<Vec<f64>> = (0..1u64 << clauses.len()).map(|hot| leaf.values(hot, game)).collect();
    for (line, numbers) in table.chunks_mut(columns.len()).enumerate() {
        let holds = |&(second, first): &(usize, usize)| line & second == second && line & first == 0;
        let hot = wanted.iter().rev().fold(0, |hot, wanted| hot << 1 | usize::from(holds(wanted)));
        for (place, value) in places.iter().zip(&answers[hot]) {
            numbers[*place] += value;
        }
    }
}
