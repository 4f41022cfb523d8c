//! Path-dependent Shapley values of deep trees, by one walk over each tree.
//!
//! At a point t of the quadrature every feature j of a leaf's path has a factor: t + zⱼ(1−t) where
//! the row satisfies its conditions, else zⱼ(1−t). On the way down the product over the features
//! so far is kept; on the way up the sum H over the leaves below of value times product. The value
//! of feature i over those leaves is ∫ H/factorᵢ · (1−zᵢ or −zᵢ) dt, added at the edge of the last
//! split on i. An edge that splits on i once more takes back what the earlier edge gave its leaves.
//! (The sums are those of Yu et al. 2022, "Linear TreeSHAP", with quadrature in place of
//! polynomials.)

use super::{super::legendre, leaf::Covers};
use crate::trees::{Forest, Tree};

/// Marks a split on a feature that its path has not split on before.
const NONE: u8 = u8::MAX;

/// Deepest path, by [`crate::trees::Limits`].
const DEEPEST: usize = 64;

#[derive(Debug, Clone, Default)]
pub struct Walks {
    trees: Vec<WalkedTree>,
    nodes: Vec<WalkedNode>,
    rules: Rules,
}

/// Where a tree starts, and how many points its paths need.
#[derive(Debug, Clone, Copy)]
struct WalkedTree {
    root: u32,
    points: u8,
}

/// A split; `children` are equal in a leaf, whose value is then in `number`.
#[derive(Debug, Clone, Copy)]
struct WalkedNode {
    number: f64,
    first_share: f64,
    children: [u32; 2],
    feature: u16,
    /// Depth of the last earlier split on the same feature, or [`NONE`].
    earlier: u8,
    blank_second: bool,
}

/// Quadratures by their number of points: 1, 2, 3, 4, 8, 16, 32.
#[derive(Debug, Clone)]
struct Rules {
    p1: Rule<1>,
    p2: Rule<2>,
    p3: Rule<3>,
    p4: Rule<4>,
    p8: Rule<8>,
    p16: Rule<16>,
    p32: Rule<32>,
}

#[derive(Debug, Clone)]
struct Rule<const P: usize> {
    points: [f64; P],
    /// 1 − t.
    rest: [f64; P],
    weights: [f64; P],
    /// Weight over 1 − t.
    cold: [f64; P],
}

impl Walks {
    /// Adds a tree; gives the steps it takes to explain.
    pub fn add(&mut self, forest: &Forest, covers: &Covers, tree: Tree) -> usize {
        let root = self.nodes.len() as u32;
        let mut widest = 0;
        self.lay(forest, covers, tree.root as usize, &mut Vec::new(), &mut widest);
        let points = [1usize, 2, 3, 4, 8, 16, 32].into_iter().find(|p| 2 * p >= widest).unwrap_or(32);
        self.trees.push(WalkedTree { root, points: points as u8 });
        (self.nodes.len() - root as usize) * points
    }

    /// Lays out the tree at `at` in the order it is walked; `path` are the features split on so far.
    fn lay(&mut self, forest: &Forest, covers: &Covers, at: usize, path: &mut Vec<u16>, widest: &mut usize) -> u32 {
        let place = self.nodes.len();
        let node = forest.nodes()[at];
        let leaf = forest.is_leaf(at);
        let earlier = path.iter().rposition(|f| *f == node.feature).map_or(NONE, |depth| depth as u8);
        self.nodes.push(WalkedNode {
            number: if leaf { forest.value(at) } else { node.threshold },
            first_share: if leaf { 0.0 } else { covers.first_share(forest, at) },
            children: [0; 2],
            feature: node.feature,
            earlier,
            blank_second: node.blank_second,
        });
        if leaf {
            let mut distinct = path.clone();
            distinct.sort_unstable();
            distinct.dedup();
            *widest = (*widest).max(distinct.len());
        } else {
            path.push(node.feature);
            let first = self.lay(forest, covers, node.first as usize, path, widest);
            let second = self.lay(forest, covers, node.first as usize + 1, path, widest);
            path.pop();
            self.nodes[place].children = [first, second];
        }
        place as u32
    }

    /// Adds each feature's share to `phi`.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        let Rules { p1, p2, p3, p4, p8, p16, p32 } = &self.rules;
        for tree in &self.trees {
            match tree.points {
                1 => self.explain_tree(p1, tree.root, row, phi),
                2 => self.explain_tree(p2, tree.root, row, phi),
                3 => self.explain_tree(p3, tree.root, row, phi),
                4 => self.explain_tree(p4, tree.root, row, phi),
                8 => self.explain_tree(p8, tree.root, row, phi),
                16 => self.explain_tree(p16, tree.root, row, phi),
                _ => self.explain_tree(p32, tree.root, row, phi),
            }
        }
    }

    fn explain_tree<const P: usize>(&self, rule: &Rule<P>, root: u32, row: &[f64], phi: &mut [f64]) {
        Walk { nodes: &self.nodes, rule, row, phi, edges: [Edge::default(); DEEPEST] }.down(root, 0, &[1.0; P]);
    }
}

/// What is known of an edge of the path walked at present.
#[derive(Debug, Clone, Copy)]
struct Edge<const P: usize> {
    /// Whether the row satisfies all splits on this feature so far.
    hot: bool,
    /// The background's share at these splits.
    zero: f64,
    /// Where hot: 1 over the factor.
    inverse: [f64; P],
}

impl<const P: usize> Default for Edge<P> {
    fn default() -> Self {
        Edge { hot: false, zero: 0.0, inverse: [0.0; P] }
    }
}

struct Walk<'a, const P: usize> {
    nodes: &'a [WalkedNode],
    rule: &'a Rule<P>,
    row: &'a [f64],
    phi: &'a mut [f64],
    edges: [Edge<P>; DEEPEST],
}

impl<const P: usize> Walk<'_, P> {
    /// Walks the tree at `at`, `depth` splits down and with `product` so far; gives H.
    fn down(&mut self, at: u32, depth: usize, product: &[f64; P]) -> [f64; P] {
        let node = self.nodes[at as usize];
        if node.children[0] == node.children[1] {
            return product.map(|p| p * node.number);
        }
        let x = self.row[usize::from(node.feature)];
        let second = (x > node.number) | (node.blank_second & x.is_nan());
        let earlier = (node.earlier != NONE).then(|| self.edges[usize::from(node.earlier)]);
        let mut sums = [0.0; P];
        for (child, is_second) in node.children.into_iter().zip([false, true]) {
            let share = if is_second { 1.0 - node.first_share } else { node.first_share };
            let below = self.edge(child, depth, product, share, second == is_second, earlier.as_ref(), node.feature);
            for (sum, below) in sums.iter_mut().zip(below) {
                *sum += below;
            }
        }
        sums
    }

    /// Walks one edge: what it adds to the product, the tree below it, and its share of the value.
    #[expect(clippy::too_many_arguments, reason = "all of them change from edge to edge")]
    #[inline]
    fn edge(
        &mut self,
        child: u32,
        depth: usize,
        product: &[f64; P],
        share: f64,
        follows: bool,
        earlier: Option<&Edge<P>>,
        feature: u16,
    ) -> [f64; P] {
        let hot = follows && earlier.is_none_or(|e| e.hot);
        let zero = share * earlier.map_or(1.0, |e| e.zero);
        if !hot && zero == 0.0 {
            return [0.0; P];
        }
        let Rule { points, rest, .. } = self.rule;
        let mut next = *product;
        let edge = &mut self.edges[depth];
        (edge.hot, edge.zero) = (hot, zero);
        if let Some(earlier) = earlier.filter(|e| e.hot) {
            (0..P).for_each(|p| next[p] *= earlier.inverse[p]);
        }
        if hot {
            for p in 0..P {
                let factor = points[p] + zero * rest[p];
                next[p] *= factor;
                edge.inverse[p] = 1.0 / factor;
            }
        } else if earlier.is_some_and(|e| !e.hot) {
            (0..P).for_each(|p| next[p] *= share);
        } else {
            (0..P).for_each(|p| next[p] *= zero * rest[p]);
        }
        let below = self.nodes[child as usize];
        let sums = if below.children[0] == below.children[1] {
            // Half of all edges lead to a leaf: spared the call.
            next.map(|p| p * below.number)
        } else {
            self.down(child, depth + 1, &next)
        };
        if earlier.is_none_or(|e| e.hot) {
            let own = self.edges[depth];
            let taken_back = earlier.map_or(0.0, |e| self.value(e, &sums));
            self.phi[usize::from(feature)] += self.value(&own, &sums) - taken_back;
        }
        sums
    }

    /// The integral of H/factor, times what the feature's being known changes.
    #[inline]
    fn value(&self, edge: &Edge<P>, sums: &[f64; P]) -> f64 {
        if edge.hot {
            (1.0 - edge.zero) * (0..P).map(|p| self.rule.weights[p] * sums[p] * edge.inverse[p]).sum::<f64>()
        } else {
            -(0..P).map(|p| self.rule.cold[p] * sums[p]).sum::<f64>()
        }
    }
}

impl<const P: usize> Rule<P> {
    fn new() -> Self {
        let mut rule = Rule { points: [0.0; P], rest: [0.0; P], weights: [0.0; P], cold: [0.0; P] };
        for (p, &(t, weight)) in legendre::rule(P).iter().enumerate() {
            rule.points[p] = t;
            rule.rest[p] = 1.0 - t;
            rule.weights[p] = weight;
            rule.cold[p] = weight / (1.0 - t);
        }
        rule
    }
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            p1: Rule::new(),
            p2: Rule::new(),
            p3: Rule::new(),
            p4: Rule::new(),
            p8: Rule::new(),
            p16: Rule::new(),
            p32: Rule::new(),
        }
    }
}
