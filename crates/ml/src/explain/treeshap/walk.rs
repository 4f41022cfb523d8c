//! Path-dependent Shapley values of deep trees, by one walk over each tree.
//!
//! At a point t of the quadrature every feature j of a leaf's path has a factor: t + zⱼ(1−t) where
//! the row satisfies its conditions ("hot"), else zⱼ(1−t) ("cold"). On the way down the product over
//! the features so far is kept; on the way up the sum H over the leaves below of value times product.
//! The value of feature i over those leaves is ∫ H/factorᵢ · (1−zᵢ or −zᵢ) dt, added at the edge of the
//! last split on i. An edge that splits on i once more takes back what the earlier edge gave its
//! leaves. (The sums are those of Yu et al. 2022, "Linear TreeSHAP", with quadrature in place of
//! polynomials.)
//!
//! All that depends on the row is which edges are hot: by what an edge changes the product, and what
//! H is weighed with, is laid out beforehand for either case.

use super::{super::legendre, leaf::Covers};
use crate::trees::{Forest, Tree};

/// Marks a split on a feature that its path has not split on before.
const NONE: u8 = u8::MAX;

/// Deepest path, by [`crate::trees::Limits`].
const DEEPEST: usize = 64;

/// Deep trees, by the number of points their paths need.
#[derive(Debug, Clone, Default)]
pub struct Walks {
    p1: Walk<1>,
    p2: Walk<2>,
    p3: Walk<3>,
    p4: Walk<4>,
    p8: Walk<8>,
    p16: Walk<16>,
    p32: Walk<32>,
}

impl Walks {
    /// Adds a tree; gives the steps it takes to explain.
    pub fn add(&mut self, forest: &Forest, covers: &Covers, tree: Tree) -> usize {
        match widest(forest, tree.root as usize, &mut Vec::new()) {
            0..=2 => self.p1.add(forest, covers, tree.root),
            3..=4 => self.p2.add(forest, covers, tree.root),
            5..=6 => self.p3.add(forest, covers, tree.root),
            7..=8 => self.p4.add(forest, covers, tree.root),
            9..=16 => self.p8.add(forest, covers, tree.root),
            17..=32 => self.p16.add(forest, covers, tree.root),
            _ => self.p32.add(forest, covers, tree.root),
        }
    }

    /// Adds each feature's share to `phi`.
    pub fn explain(&self, row: &[f64], phi: &mut [f64]) {
        self.p1.explain(row, phi);
        self.p2.explain(row, phi);
        self.p3.explain(row, phi);
        self.p4.explain(row, phi);
        self.p8.explain(row, phi);
        self.p16.explain(row, phi);
        self.p32.explain(row, phi);
    }
}

/// Most distinct features on a path below `at`; `path` are those above it.
fn widest(forest: &Forest, at: usize, path: &mut Vec<u16>) -> usize {
    let node = forest.nodes()[at];
    if forest.is_leaf(at) {
        return path.len();
    }
    let new = !path.contains(&node.feature);
    if new {
        path.push(node.feature);
    }
    let first = node.first as usize;
    let found = widest(forest, first, path).max(widest(forest, first + 1, path));
    if new {
        path.pop();
    }
    found
}

/// Trees whose paths need `P` points.
#[derive(Debug, Clone, Default)]
struct Walk<const P: usize> {
    roots: Vec<u32>,
    nodes: Vec<Node>,
    /// For each node the edge into it; unused for roots.
    edges: Vec<Edge<P>>,
}

/// A split; `children` are equal in a leaf, whose value is then in `number`.
#[derive(Debug, Clone, Copy)]
struct Node {
    number: f64,
    children: [u32; 2],
    feature: u16,
    /// Depth of the last earlier split on the same feature, or [`NONE`].
    earlier: u8,
    blank_second: bool,
}

/// What an edge does, cold and hot, where the earlier splits on its feature are hot or there are none.
#[derive(Debug, Clone, Copy)]
struct Edge<const P: usize> {
    /// What the product is multiplied by.
    ratio: [[f64; P]; 2],
    /// What H is weighed with.
    gain: [[f64; P]; 2],
    /// What the product is multiplied by where an earlier split on the feature was cold already.
    share: f64,
    /// Whether no background row goes this way: cold, it leads to nothing.
    dead: bool,
}

/// An edge of the path that is laid out at present.
#[derive(Debug, Clone, Copy)]
struct Above<const P: usize> {
    feature: u16,
    /// The background's share at the splits on the feature so far.
    zero: f64,
    /// 1 over the factor, and the weight of H, both hot.
    inverse: [f64; P],
    gain: [f64; P],
}

impl<const P: usize> Walk<P> {
    fn add(&mut self, forest: &Forest, covers: &Covers, root: u32) -> usize {
        let before = self.nodes.len();
        let nothing = Edge { ratio: [[0.0; P]; 2], gain: [[0.0; P]; 2], share: 0.0, dead: false };
        let root = self.lay(forest, covers, root as usize, nothing, &mut Vec::new());
        self.roots.push(root);
        (self.nodes.len() - before) * P
    }

    /// Lays out the tree at `at`, which `edge` leads to, in the order it is walked.
    fn lay(&mut self, forest: &Forest, covers: &Covers, at: usize, edge: Edge<P>, path: &mut Vec<Above<P>>) -> u32 {
        let (place, node, leaf) = (self.nodes.len(), forest.nodes()[at], forest.is_leaf(at));
        let earlier = path.iter().rposition(|above| above.feature == node.feature);
        self.nodes.push(Node {
            number: if leaf { forest.value(at) } else { node.threshold },
            children: [0; 2],
            feature: node.feature,
            earlier: earlier.map_or(NONE, |depth| depth as u8),
            blank_second: node.blank_second,
        });
        self.edges.push(edge);
        if !leaf {
            let first_share = covers.first_share(forest, at);
            let above = earlier.map(|depth| path[depth]);
            for (side, share) in [first_share, 1.0 - first_share].into_iter().enumerate() {
                let (edge, own) = Edge::new(node.feature, share, above.as_ref());
                path.push(own);
                self.nodes[place].children[side] = self.lay(forest, covers, node.first as usize + side, edge, path);
                path.pop();
            }
        }
        place as u32
    }

    fn explain(&self, row: &[f64], phi: &mut [f64]) {
        for &root in &self.roots {
            Walker { walk: self, row, phi, hot: [false; DEEPEST] }.down(root, 0, &[1.0; P]);
        }
    }
}

impl<const P: usize> Edge<P> {
    /// The edge that takes `share` of the background at a split on `feature`, below `earlier`.
    fn new(feature: u16, share: f64, earlier: Option<&Above<P>>) -> (Edge<P>, Above<P>) {
        let zero = share * earlier.map_or(1.0, |e| e.zero);
        let mut edge = Edge { ratio: [[0.0; P]; 2], gain: [[0.0; P]; 2], share, dead: zero == 0.0 };
        let mut own = Above { feature, zero, inverse: [0.0; P], gain: [0.0; P] };
        for (p, &(t, weight)) in legendre::rule(P).iter().enumerate() {
            let rest = 1.0 - t;
            let factor = t + zero * rest;
            let (before, given) = earlier.map_or((1.0, 0.0), |e| (e.inverse[p], e.gain[p]));
            own.inverse[p] = 1.0 / factor;
            own.gain[p] = (1.0 - zero) * weight / factor;
            edge.ratio[0][p] = zero * rest * before;
            edge.ratio[1][p] = factor * before;
            edge.gain[0][p] = -weight / rest - given;
            edge.gain[1][p] = own.gain[p] - given;
        }
        (edge, own)
    }
}

struct Walker<'a, const P: usize> {
    walk: &'a Walk<P>,
    row: &'a [f64],
    phi: &'a mut [f64],
    /// For each split of the path so far, whether all splits on its feature went the row's way.
    hot: [bool; DEEPEST],
}

impl<const P: usize> Walker<'_, P> {
    /// Walks the tree at `at`, `depth` splits down and with `product` so far; gives H.
    fn down(&mut self, at: u32, depth: usize, product: &[f64; P]) -> [f64; P] {
        let node = self.walk.nodes[at as usize];
        if node.children[0] == node.children[1] {
            return product.map(|p| p * node.number);
        }
        let x = self.row[usize::from(node.feature)];
        let second = (x > node.number) | (node.blank_second & x.is_nan());
        let was_hot = node.earlier == NONE || self.hot[usize::from(node.earlier)];
        let (mut sums, mut gain) = ([0.0; P], 0.0);
        for (child, is_second) in node.children.into_iter().zip([false, true]) {
            let edge = &self.walk.edges[child as usize];
            let hot = was_hot && second == is_second;
            if edge.dead && !hot {
                continue;
            }
            self.hot[depth] = hot;
            let mut next = *product;
            let ratio = &edge.ratio[usize::from(hot)];
            (0..P).for_each(|p| next[p] *= if was_hot { ratio[p] } else { edge.share });
            let below = self.down(child, depth + 1, &next);
            (0..P).for_each(|p| sums[p] += below[p]);
            if was_hot {
                let weights = &edge.gain[usize::from(hot)];
                gain += (0..P).map(|p| weights[p] * below[p]).sum::<f64>();
            }
        }
        self.phi[usize::from(node.feature)] += gain;
        sums
    }
}
