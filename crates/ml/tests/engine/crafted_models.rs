//! Bundles whose model was crafted to crash, hang or exhaust whoever loads it. Each must be refused
//! by the check that is meant for it.

use ml::families::Family;
use serde_json::{Value, json};

use crate::common::{Parts, refused};

/// The nodes of the first tree of the point model.
fn nodes(parts: &mut Parts) -> &mut Vec<Value> {
    parts.model["point"]["trees"][0]["tree_regressor"]["nodes"].as_array_mut().unwrap()
}

#[track_caller]
fn refused_tree(change: impl FnOnce(&mut Vec<Value>), words: &str) {
    let mut parts = Parts::of(Family::Boosting);
    change(nodes(&mut parts));
    refused(&parts.pack(), "model structure", words);
}

#[test]
fn a_child_beyond_the_end() {
    refused_tree(|nodes| nodes[0]["true_child"] = json!(1_000_000), "the tree ends before it");
}

#[test]
fn a_feature_beyond_the_end() {
    refused_tree(|nodes| nodes[0]["split_feature"] = json!(4_000), "splits on feature 4000");
}

#[test]
fn a_cycle() {
    refused_tree(|nodes| nodes[0]["false_child"] = json!(0), "a walk would not end");
}

#[test]
fn a_node_with_two_parents() {
    refused_tree(|nodes| nodes[0]["false_child"] = nodes[0]["true_child"].clone(), "child of two nodes");
}

#[test]
fn a_split_with_one_child() {
    refused_tree(|nodes| nodes[0]["false_child"] = Value::Null, "only some of");
}

#[test]
fn a_tree_without_nodes() {
    refused_tree(Vec::clear, "no nodes");
}

#[test]
fn a_tree_deeper_than_allowed() {
    let chain = |nodes: &mut Vec<Value>| {
        let leaf = nodes.last().unwrap().clone();
        nodes.clear();
        for i in 0..100 {
            let (mut split, end) = (leaf.clone(), leaf.clone());
            split["split_value"] = json!(1.0);
            split["true_child"] = json!(2 * i + 1);
            split["false_child"] = json!(2 * i + 2);
            nodes.push(split);
            nodes.push(end);
        }
        nodes.push(leaf);
    };
    refused_tree(chain, "more than 64 splits");
}

#[test]
fn no_trees() {
    let mut parts = Parts::of(Family::Boosting);
    parts.model["point"]["trees"] = json!([]);
    refused(&parts.pack(), "model structure", "no trees");
}

#[test]
fn a_forest_without_trees() {
    let mut parts = Parts::of(Family::Forest);
    parts.model["point"]["forest_regressor"]["trees"] = json!([]);
    refused(&parts.pack(), "model structure", "no trees");
}

#[test]
fn a_tree_of_another_width() {
    let mut parts = Parts::of(Family::Boosting);
    parts.model["point"]["trees"][0]["num_features"] = json!(7);
    refused(&parts.pack(), "model structure", "grown on 7 features");
}

#[test]
fn a_forged_matrix_shape() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["model"]["coefficients"]["nrows"] = json!(1_000_000_000);
    refused(&parts.pack(), "model structure", "in a matrix of 1000000000 by 1");
}

#[test]
fn a_forged_array_shape() {
    let mut parts = Parts::of(Family::ElasticNet);
    parts.model["point"]["model"]["hyperplane"]["dim"] = json!([1]);
    refused(&parts.pack(), "model structure", "in an array of [1]");
}

#[test]
fn coefficients_missing() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["means"].as_array_mut().unwrap().pop();
    refused(&parts.pack(), "model structure", "means for");
}

#[test]
fn a_scale_of_nil() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["scales"][0] = json!(0.0);
    refused(&parts.pack(), "model structure", "a scale of 0");
}

#[test]
fn an_endless_array_of_numbers() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["means"] = Value::Array(vec![json!(0); 200_000]);
    refused(&parts.pack(), "model structure", "at most 4096 numbers");
}

#[test]
fn a_number_that_is_none() {
    // JSON has no NaN: it is written as null, or as a number too large to hold.
    refused_tree(|nodes| nodes[0]["output"] = Value::Null, "not of this family's form");
    let parts = Parts::of(Family::Boosting);
    let text = serde_json::to_string(&parts.model).unwrap().replacen("\"output\":", "\"output\":1e999,\"x\":", 1);
    refused(&parts.pack_with(text.as_bytes()), "model structure", "out of range");
}

#[test]
fn numbers_that_overflow_in_use() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["offset"] = json!(1e308);
    parts.model["point"]["model"]["intercept"] = json!(1e308);
    refused(&parts.pack(), "model structure", "inf");
}

#[test]
fn deeply_nested_json() {
    let deep = "[".repeat(1_000_000);
    refused(&Parts::of(Family::Boosting).pack_with(deep.as_bytes()), "model structure", "not of this family's form");
    let parts = Parts::of(Family::Boosting);
    let inside = serde_json::to_string(&parts.model).unwrap().replacen(
        "\"point\":",
        &format!("\"point\":{}", "{\"a\":".repeat(100_000)),
        1,
    );
    refused(&parts.pack_with(inside.as_bytes()), "model structure", "not of this family's form");
}

#[test]
fn an_unknown_field() {
    let mut parts = Parts::of(Family::Boosting);
    parts.model["point"]["trees"][0]["surprise"] = json!(1);
    refused(&parts.pack(), "model structure", "unknown field `surprise`");
}

#[test]
fn another_familys_model() {
    let (ridge, parts) = (Parts::of(Family::Ridge).model, Parts::of(Family::Boosting));
    refused(&Parts { model: ridge, ..parts }.pack(), "model structure", "not of this family's form");
}

#[test]
fn more_trees_than_a_model_may_hold() {
    // The cap on the unpacked model holds before any node is counted.
    let parts = Parts::of(Family::Boosting);
    let tree = parts.model["point"]["trees"][0].to_string();
    let trees = vec![tree.as_str(); (120 << 20) / tree.len()].join(",");
    let model = format!("{{\"point\":{{\"start\":0.0,\"rate\":0.1,\"trees\":[{trees}]}}");
    refused(&parts.pack_with(model.as_bytes()), "model structure", "unpacks to more than 115 MB");
}

#[test]
fn a_model_too_costly_to_explain() {
    // Full trees of six splits a path: half a million nodes, but some 5 million steps a prediction.
    let mut parts = Parts::of(Family::Boosting);
    let tree = &mut parts.model["point"]["trees"][0];
    let leaf = tree["tree_regressor"]["nodes"].as_array().unwrap().last().unwrap().clone();
    let nodes = (0..127).map(|i: usize| {
        let mut node = leaf.clone();
        if i < 63 {
            node["split_feature"] = json!((i + 1).ilog2());
            node["split_value"] = json!(1.0);
            node["true_child"] = json!(2 * i + 1);
            node["false_child"] = json!(2 * i + 2);
        } else {
            node["output"] = json!(i);
        }
        node
    });
    tree["tree_regressor"]["nodes"] = nodes.collect();
    let text = tree.to_string();
    let model = format!(
        "{{\"point\":{{\"start\":0.0,\"rate\":1e-9,\"trees\":[{}]}},\"lower\":{lower},\"upper\":{lower}}}",
        vec![text; 4_500].join(","),
        lower = parts.model["lower"].take()
    );
    refused(&parts.pack_with(model.as_bytes()), "explanation cost", "use fewer or shallower trees");
}
