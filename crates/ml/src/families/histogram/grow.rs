//! One tree on gradients, grown best split first.

use super::{HistogramTree, Split, bins::Binned};

/// How a tree may grow.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    pub leaves: usize,
    /// Splits on the longest path.
    pub depth: usize,
    /// Fewest rows in a leaf.
    pub rows: usize,
    /// Weight of rows of gradient nil that each leaf is thought to hold besides its own.
    pub ridge: f64,
    /// For each feature: 1 where the tree must not fall as it rises, −1 where it must not rise, 0
    /// else. Empty for no such rules.
    pub rules: Vec<i8>,
}

/// Gradients and weights of all rows; a row's gradient is not yet weighted.
#[derive(Debug, Clone, Copy)]
pub struct Gradients<'a> {
    pub gradient: &'a [f64],
    pub weight: &'a [f64],
}

/// A grown tree, with what is needed to set its leaves anew and to route rows by their bins.
pub struct Grown {
    pub tree: HistogramTree,
    /// The rows of each leaf, of those the tree was grown on.
    pub members: Vec<Vec<u32>>,
    /// What a leaf's value must stay within to keep the rules of [`Growth::rules`].
    pub bounds: Vec<(f64, f64)>,
    /// The bin each split is made at.
    bins: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    gradient: f64,
    weight: f64,
    rows: u32,
}

/// A leaf that may be split.
struct Candidate {
    rows: Vec<u32>,
    cells: Vec<Cell>,
    sum: Cell,
    depth: usize,
    bounds: (f64, f64),
    best: Option<Best>,
    /// The split and side it hangs from.
    parent: Option<(usize, bool)>,
}

#[derive(Debug, Clone, Copy)]
struct Best {
    gain: f64,
    feature: usize,
    bin: u8,
    values: (f64, f64),
}

/// Grows a tree on `rows`, splitting on `features` only.
pub fn grow(binned: &Binned, of: Gradients, rows: Vec<u32>, features: &[usize], growth: &Growth) -> Grown {
    let offsets: Vec<usize> = (0..binned.width())
        .scan(0, |end, f| {
            let start = *end;
            *end += binned.bins(f);
            Some(start)
        })
        .collect();
    let grower = Grower { binned, of, features, growth, offsets };
    let mut splits: Vec<(Split, u8)> = Vec::new();
    let mut open = vec![grower.candidate(rows, None, 0, (f64::NEG_INFINITY, f64::INFINITY), None)];
    while open.len() < growth.leaves {
        let gain = |c: &Candidate| c.best.map_or(0.0, |b| b.gain);
        let Some(at) = (0..open.len()).max_by(|&a, &b| gain(&open[a]).total_cmp(&gain(&open[b]))) else { break };
        let Some(best) = open[at].best.filter(|b| b.gain > 0.0) else { break };
        let leaf = open.swap_remove(at);
        let number = splits.len();
        let threshold = binned.cut(best.feature, best.bin);
        splits.push((Split { feature: best.feature as u16, threshold, yes: 0, no: 0 }, best.bin));
        if let Some((parent, no)) = leaf.parent {
            *splits[parent].0.side(no) = number as i32;
        }
        open.extend(grower.split(leaf, best, number));
    }
    let mut members = Vec::with_capacity(open.len());
    let mut leaves = Vec::with_capacity(open.len());
    let mut bounds = Vec::with_capacity(open.len());
    for (i, leaf) in open.into_iter().enumerate() {
        if let Some((parent, no)) = leaf.parent {
            *splits[parent].0.side(no) = !(i as i32);
        }
        leaves.push(grower.value(leaf.sum, leaf.bounds));
        members.push(leaf.rows);
        bounds.push(leaf.bounds);
    }
    let (splits, bins) = splits.into_iter().unzip();
    Grown { tree: HistogramTree { splits, leaves }, members, bounds, bins }
}

impl Grown {
    /// The leaf a binned row falls into.
    pub fn leaf(&self, row: &[u8]) -> usize {
        let mut at = if self.tree.splits.is_empty() { !0 } else { 0 };
        while at >= 0 {
            let split = &self.tree.splits[at as usize];
            at = if row[usize::from(split.feature)] <= self.bins[at as usize] { split.yes } else { split.no };
        }
        !at as usize
    }
}

struct Grower<'a> {
    binned: &'a Binned,
    of: Gradients<'a>,
    features: &'a [usize],
    growth: &'a Growth,
    /// Where each feature's cells start.
    offsets: Vec<usize>,
}

impl Grower<'_> {
    fn candidate(
        &self,
        rows: Vec<u32>,
        cells: Option<Vec<Cell>>,
        depth: usize,
        bounds: (f64, f64),
        parent: Option<(usize, bool)>,
    ) -> Candidate {
        let mut sum = Cell::default();
        rows.iter().for_each(|&i| sum.add(self.cell(i)));
        let cells = cells.unwrap_or_else(|| self.count(&rows));
        let mut candidate = Candidate { rows, cells, sum, depth, bounds, best: None, parent };
        candidate.best = self.best(&candidate);
        candidate
    }

    fn cell(&self, row: u32) -> Cell {
        let weight = self.of.weight[row as usize];
        Cell { gradient: weight * self.of.gradient[row as usize], weight, rows: 1 }
    }

    fn count(&self, rows: &[u32]) -> Vec<Cell> {
        let width = self.binned.width();
        let total = self.offsets.last().map_or(0, |last| last + self.binned.bins(width - 1));
        let mut cells = vec![Cell::default(); total];
        for &i in rows {
            let own = self.cell(i);
            let bins = self.binned.row(i as usize);
            for &f in self.features {
                cells[self.offsets[f] + usize::from(bins[f])].add(own);
            }
        }
        cells
    }

    /// Splits a leaf in two. The smaller side is counted, the larger is what it leaves over.
    fn split(&self, leaf: Candidate, best: Best, number: usize) -> [Candidate; 2] {
        let goes_yes = |&i: &u32| self.binned.row(i as usize)[best.feature] <= best.bin;
        let (yes, no): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|i| goes_yes(i));
        let smaller = self.count(if yes.len() < no.len() { &yes } else { &no });
        let mut larger = leaf.cells;
        larger.iter_mut().zip(&smaller).for_each(|(cell, taken)| cell.take(*taken));
        let (yes_cells, no_cells) = if yes.len() < no.len() { (smaller, larger) } else { (larger, smaller) };
        let middle = f64::midpoint(best.values.0, best.values.1);
        let (low, high) = leaf.bounds;
        let (yes_bounds, no_bounds) = match self.growth.rules.get(best.feature) {
            Some(1) => ((low, middle), (middle, high)),
            Some(-1) => ((middle, high), (low, middle)),
            _ => (leaf.bounds, leaf.bounds),
        };
        let depth = leaf.depth + 1;
        [
            self.candidate(yes, Some(yes_cells), depth, yes_bounds, Some((number, false))),
            self.candidate(no, Some(no_cells), depth, no_bounds, Some((number, true))),
        ]
    }

    /// The value of a leaf: its mean gradient.
    fn value(&self, sum: Cell, (low, high): (f64, f64)) -> f64 {
        let weight = sum.weight + self.growth.ridge;
        if weight > 0.0 { (sum.gradient / weight).clamp(low, high) } else { 0.0_f64.clamp(low, high) }
    }

    /// How much a leaf of this value takes off the squared gradients.
    fn fit(&self, sum: Cell, value: f64) -> f64 {
        value * (2.0 * sum.gradient - value * (sum.weight + self.growth.ridge))
    }

    fn best(&self, leaf: &Candidate) -> Option<Best> {
        let Growth { depth, rows, .. } = *self.growth;
        if leaf.depth >= depth || leaf.rows.len() < 2 * rows {
            return None;
        }
        let unsplit = self.fit(leaf.sum, self.value(leaf.sum, leaf.bounds));
        let mut best: Option<Best> = None;
        for &feature in self.features {
            let rule = self.growth.rules.get(feature).copied().unwrap_or(0);
            let cells = &leaf.cells[self.offsets[feature]..][..self.binned.bins(feature)];
            let mut left = Cell::default();
            for (bin, cell) in cells[..cells.len() - 1].iter().enumerate() {
                if cell.rows == 0 {
                    continue;
                }
                left.add(*cell);
                if (left.rows as usize) < rows {
                    continue;
                }
                if leaf.sum.rows as usize - (left.rows as usize) < rows {
                    break;
                }
                let mut right = leaf.sum;
                right.take(left);
                let values = (self.value(left, leaf.bounds), self.value(right, leaf.bounds));
                if f64::from(rule) * (values.1 - values.0) < 0.0 {
                    continue;
                }
                let gain = self.fit(left, values.0) + self.fit(right, values.1) - unsplit;
                // Below that it is rounding.
                if gain > best.map_or(1e-9 * unsplit.abs(), |b| b.gain) {
                    best = Some(Best { gain, feature, bin: bin as u8, values });
                }
            }
        }
        best
    }
}

impl Cell {
    fn add(&mut self, other: Cell) {
        self.gradient += other.gradient;
        self.weight += other.weight;
        self.rows += other.rows;
    }

    fn take(&mut self, other: Cell) {
        self.gradient -= other.gradient;
        self.weight -= other.weight;
        self.rows -= other.rows;
    }
}
