//! TreeSHAP against its definition, its properties and the `shap` package.

use proptest::prelude::*;

use super::{super::brute, *};
use crate::{
    random::Random,
    trees::{BaseTree, Limits, Node},
};

/// A random tree of at most `depth` splits a path over `features` features with values 0..8.
fn random_tree(random: &mut Random, depth: usize, features: usize) -> BaseTree {
    let mut nodes = Vec::new();
    grow(random, depth, features, &mut nodes);
    BaseTree::of(nodes)
}

fn grow(random: &mut Random, depth: usize, features: usize, nodes: &mut Vec<Node>) -> usize {
    let at = nodes.len();
    nodes.push(Node::leaf(random.normal() * 100.0));
    if depth > 0 && random.chance(0.85) {
        let yes = grow(random, depth - 1, features, nodes);
        let no = grow(random, depth - 1, features, nodes);
        nodes[at] = Node::branch(random.below(features), random.below(8) as f64, yes, no);
    }
    at
}

fn random_forest(seed: u64, trees: usize, depth: usize, features: usize) -> Forest {
    let mut random = Random::new(seed);
    let mut forest = Forest::default();
    for _ in 0..trees {
        forest.push(&random_tree(&mut random, depth, features), 1.0, features, Limits::default()).unwrap();
    }
    forest
}

fn random_rows(seed: u64, n: usize, features: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    (0..n).map(|_| (0..features).map(|_| random.below(9) as f64).collect()).collect()
}

fn explained(forest: &Forest, background: &[Vec<f64>], row: &[f64]) -> (f64, Vec<f64>) {
    let shap = TreeShap::new(forest, background, CostLimit::default()).unwrap();
    let mut phi = vec![0.0; row.len()];
    shap.explain(row, &mut phi);
    (shap.base(), phi)
}

#[test]
fn it_agrees_with_brute_force_over_all_subsets() {
    for seed in 0..40 {
        let features = 2 + seed as usize % 6;
        let forest = random_forest(seed, 3, 6, features);
        let background = random_rows(seed + 1000, 30, features);
        for row in random_rows(seed + 2000, 5, features) {
            let (base, phi) = explained(&forest, &background, &row);
            let (brute_base, brute_phi) = brute::shapley(&forest, &covers(&forest, &background), &row);
            assert!((base - brute_base).abs() < 1e-9);
            for (fast, slow) in phi.iter().zip(&brute_phi) {
                assert!((fast - slow).abs() < 1e-9, "seed {seed}: {phi:?} {brute_phi:?}");
            }
        }
    }
}

/// A tree as scripts/peer/shap_vectors.py writes it.
#[derive(serde::Deserialize)]
struct PeerNode {
    output: f64,
    feature: Option<usize>,
    threshold: Option<f64>,
    yes: Option<usize>,
    no: Option<usize>,
}

#[derive(serde::Deserialize)]
struct Peer {
    background: Vec<Vec<f64>>,
    trees: Vec<Vec<PeerNode>>,
    rows: Vec<Vec<f64>>,
    base: f64,
    phi: Vec<Vec<f64>>,
}

#[test]
fn it_agrees_with_the_shap_package() {
    // The package's version stands in the file.
    let peer: Peer = serde_json::from_str(include_str!("../../../tests/vectors/shap.json")).unwrap();
    let mut forest = Forest::default();
    for tree in &peer.trees {
        let node = |n: &PeerNode| match (n.feature, n.threshold, n.yes, n.no) {
            (Some(feature), Some(threshold), Some(yes), Some(no)) => Node::branch(feature, threshold, yes, no),
            _ => Node::leaf(n.output),
        };
        forest.push(&BaseTree::of(tree.iter().map(node).collect()), 1.0, 5, Limits::default()).unwrap();
    }
    for (row, expected) in peer.rows.iter().zip(&peer.phi) {
        let (base, phi) = explained(&forest, &peer.background, row);
        assert!((base - peer.base).abs() < 1e-9);
        for (ours, theirs) in phi.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-9, "{phi:?} {expected:?}");
        }
    }
}

#[test]
fn a_chain_as_deep_as_is_allowed_still_adds_up() {
    // One feature per split: 64 distinct features on one path.
    let depth = 64;
    let mut nodes = Vec::new();
    for d in 0..depth {
        nodes.push(Node::branch(d, 4.0, 2 * d + 1, 2 * d + 2));
        nodes.push(Node::leaf(d as f64));
    }
    nodes.push(Node::leaf(1_000.0));
    let mut forest = Forest::default();
    forest.push(&BaseTree::of(nodes), 1.0, depth, Limits::default()).unwrap();
    let background = random_rows(5, 300, depth);
    for row in [vec![8.0; depth], vec![0.0; depth], random_rows(6, 1, depth).remove(0)] {
        let (base, phi) = explained(&forest, &background, &row);
        assert!((base + phi.iter().sum::<f64>() - forest.predict(&row)).abs() < 1e-9);
    }
}

#[test]
fn a_forest_too_costly_to_explain_is_refused() {
    let forest = random_forest(3, 5, 6, 6);
    assert_eq!(TreeShap::new(&forest, &random_rows(1, 10, 6), CostLimit(10)).unwrap_err(), TooCostly { limit: 10 });
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_prediction(seed in any::<u64>(), trees in 1usize..8, depth in 0usize..9) {
        let forest = random_forest(seed, trees, depth, 5);
        let background = random_rows(seed ^ 1, 20, 5);
        let mean = background.iter().map(|r| forest.predict(r)).sum::<f64>() / 20.0;
        let row = random_rows(seed ^ 2, 1, 5).remove(0);
        let (base, phi) = explained(&forest, &background, &row);
        prop_assert!((base - mean).abs() < 1e-9);
        prop_assert!((base + phi.iter().sum::<f64>() - forest.predict(&row)).abs() < 1e-9);
    }

    #[test]
    fn a_feature_no_tree_splits_on_contributes_nothing(seed in any::<u64>()) {
        let forest = random_forest(seed, 4, 5, 4);
        let row = random_rows(seed ^ 2, 1, 6).remove(0);
        let (_, phi) = explained(&forest, &random_rows(seed ^ 1, 20, 6), &row);
        prop_assert_eq!(&phi[4..], &[0.0, 0.0]);
    }

    #[test]
    fn features_that_play_the_same_part_get_the_same(seed in any::<u64>(), low in -50.0..50.0f64, high in -50.0..50.0f64) {
        // f is high only where both features are above 4, and the background is symmetric.
        let tree = BaseTree::of(vec![
            Node::branch(0, 4.0, 1, 2), Node::leaf(low), Node::branch(1, 4.0, 3, 4), Node::leaf(low), Node::leaf(high),
        ]);
        let mirrored = BaseTree::of(vec![
            Node::branch(1, 4.0, 1, 2), Node::leaf(low), Node::branch(0, 4.0, 3, 4), Node::leaf(low), Node::leaf(high),
        ]);
        let mut forest = Forest::default();
        forest.push(&tree, 1.0, 2, Limits::default()).unwrap();
        forest.push(&mirrored, 1.0, 2, Limits::default()).unwrap();
        let half = random_rows(seed, 20, 2);
        let background: Vec<_> = half.iter().cloned().chain(half.iter().map(|r| vec![r[1], r[0]])).collect();
        let (_, phi) = explained(&forest, &background, &[6.0, 6.0]);
        prop_assert!((phi[0] - phi[1]).abs() < 1e-9);
    }
}
