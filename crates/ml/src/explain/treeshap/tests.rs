//! TreeSHAP against its definition, its properties and the `shap` package.

use proptest::prelude::*;

use super::{super::brute, *};
use crate::{
    random::Random,
    trees::{Limits, PlainNode},
};

fn branch(feature: usize, threshold: f64, yes: usize, no: usize) -> PlainNode {
    PlainNode::Split { feature, threshold, yes, no, blank_no: (threshold as usize).is_multiple_of(2) }
}

/// A random tree of at most `depth` splits a path over `features` features with values 0..8.
fn random_tree(random: &mut Random, depth: usize, features: usize) -> Vec<PlainNode> {
    let mut nodes = Vec::new();
    grow(random, depth, features, &mut nodes);
    nodes
}

fn grow(random: &mut Random, depth: usize, features: usize, nodes: &mut Vec<PlainNode>) -> usize {
    let at = nodes.len();
    nodes.push(PlainNode::Leaf(random.normal() * 100.0));
    if depth > 0 && random.chance(0.85) {
        let yes = grow(random, depth - 1, features, nodes);
        let no = grow(random, depth - 1, features, nodes);
        nodes[at] = branch(random.below(features), random.below(8) as f64, yes, no);
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

/// Every 20th number is unknown.
fn random_rows(seed: u64, n: usize, features: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut number = || if random.chance(0.05) { f64::NAN } else { random.below(9) as f64 };
    (0..n).map(|_| (0..features).map(|_| number()).collect()).collect()
}

fn explained(forest: &Forest, background: &[Vec<f64>], row: &[f64], game: Game) -> (f64, Vec<f64>) {
    let shap = TreeShap::new(forest, background, game, CostLimit::default()).unwrap();
    let mut phi = vec![0.0; row.len()];
    shap.explain(row, &mut phi);
    (shap.base(), phi)
}

const GAMES: [Game; 2] = [Game::PathDependent, Game::Interventional];

#[test]
fn it_agrees_with_brute_force_over_all_subsets() {
    // Depths on both sides of the border between tables and walks.
    for (seed, depth) in (0..75).zip([3, 5, 6, 7, 8].into_iter().cycle()) {
        let features = 2 + seed as usize % 6;
        let forest = random_forest(seed, 3, depth, features);
        let background = random_rows(seed + 1000, 30, features);
        let covers = Covers::of(&forest, &background);
        for row in random_rows(seed + 2000, 5, features) {
            for game in GAMES {
                let (base, phi) = explained(&forest, &background, &row, game);
                let (brute_base, brute_phi) = brute::shapley(features, |set| match game {
                    Game::PathDependent => brute::path_dependent(&forest, &covers, &row, set),
                    Game::Interventional => brute::interventional(|r| forest.predict(r), &background, &row, set),
                });
                assert!((base - brute_base).abs() < 1e-9, "seed {seed}, {game:?}: {base} {brute_base}");
                for (fast, slow) in phi.iter().zip(&brute_phi) {
                    assert!((fast - slow).abs() < 1e-9, "seed {seed}, {game:?}: {phi:?} {brute_phi:?}");
                }
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
    interventional: Exact,
}

/// What shap's ExactExplainer says.
#[derive(serde::Deserialize)]
struct Exact {
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
            (Some(feature), Some(threshold), Some(yes), Some(no)) => branch(feature, threshold, yes, no),
            _ => PlainNode::Leaf(n.output),
        };
        let nodes: Vec<PlainNode> = tree.iter().map(node).collect();
        forest.push(&nodes, 1.0, 5, Limits::default()).unwrap();
    }
    for (game, peer_base, peer_phi) in [
        (Game::PathDependent, peer.base, &peer.phi),
        (Game::Interventional, peer.interventional.base, &peer.interventional.phi),
    ] {
        for (row, expected) in peer.rows.iter().zip(peer_phi) {
            let (base, phi) = explained(&forest, &peer.background, row, game);
            assert!((base - peer_base).abs() < 1e-9, "{game:?}: {base} {peer_base}");
            for (ours, theirs) in phi.iter().zip(expected) {
                assert!((ours - theirs).abs() < 1e-9, "{game:?}: {phi:?} {expected:?}");
            }
        }
    }
}

#[test]
fn a_chain_as_deep_as_is_allowed_still_adds_up() {
    // One feature per split: 64 distinct features on one path.
    let depth = 64;
    let mut nodes = Vec::new();
    for d in 0..depth {
        nodes.push(branch(d, 4.0, 2 * d + 1, 2 * d + 2));
        nodes.push(PlainNode::Leaf(d as f64));
    }
    nodes.push(PlainNode::Leaf(1_000.0));
    let mut forest = Forest::default();
    forest.push(&nodes, 1.0, depth, Limits::default()).unwrap();
    let background = random_rows(5, 300, depth);
    for row in [vec![8.0; depth], vec![0.0; depth], random_rows(6, 1, depth).remove(0)] {
        for game in GAMES {
            let (base, phi) = explained(&forest, &background, &row, game);
            assert!((base + phi.iter().sum::<f64>() - forest.predict(&row)).abs() < 1e-9);
        }
    }
}

#[test]
fn a_forest_too_costly_to_explain_is_refused() {
    for (depth, game) in [(4, Game::PathDependent), (8, Game::PathDependent), (8, Game::Interventional)] {
        let forest = random_forest(3, 5, depth, 6);
        let refusal = TreeShap::new(&forest, &random_rows(1, 10, 6), game, CostLimit(10)).unwrap_err();
        assert_eq!(refusal, TooCostly { limit: 10 });
    }
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_prediction(seed in any::<u64>(), trees in 1usize..8, depth in 0usize..9) {
        let forest = random_forest(seed, trees, depth, 5);
        let background = random_rows(seed ^ 1, 20, 5);
        let mean = background.iter().map(|r| forest.predict(r)).sum::<f64>() / 20.0;
        let row = random_rows(seed ^ 2, 1, 5).remove(0);
        for game in GAMES {
            let (base, phi) = explained(&forest, &background, &row, game);
            prop_assert!((base - mean).abs() < 1e-9);
            prop_assert!((base + phi.iter().sum::<f64>() - forest.predict(&row)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_feature_no_tree_splits_on_contributes_nothing(seed in any::<u64>(), depth in 1usize..8) {
        let forest = random_forest(seed, 4, depth, 4);
        let row = random_rows(seed ^ 2, 1, 6).remove(0);
        for game in GAMES {
            let (_, phi) = explained(&forest, &random_rows(seed ^ 1, 20, 6), &row, game);
            prop_assert_eq!(&phi[4..], &[0.0, 0.0]);
        }
    }

    #[test]
    fn features_that_play_the_same_part_get_the_same(seed in any::<u64>(), low in -50.0..50.0f64, high in -50.0..50.0f64) {
        // f is high only where both features are above 4, and the background is symmetric.
        let (l, h) = (PlainNode::Leaf(low), PlainNode::Leaf(high));
        let mut forest = Forest::default();
        for (first, then) in [(0, 1), (1, 0)] {
            let tree = [branch(first, 4.0, 1, 2), l, branch(then, 4.0, 3, 4), l, h];
            forest.push(&tree, 1.0, 2, Limits::default()).unwrap();
        }
        let half = random_rows(seed, 20, 2);
        let background: Vec<_> = half.iter().cloned().chain(half.iter().map(|r| vec![r[1], r[0]])).collect();
        for game in GAMES {
            let (_, phi) = explained(&forest, &background, &[6.0, 6.0], game);
            prop_assert!((phi[0] - phi[1]).abs() < 1e-9);
        }
    }
}
