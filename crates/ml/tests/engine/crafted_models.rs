//! Bundles whose model was crafted to crash, hang or exhaust whoever loads it. Each must be refused
//! by the check that is meant for it.

use ml::families::Family;
use serde_json::{Value, json};

use crate::common::{Parts, refused};

/// The nodes of the first tree of the point model.
fn nodes(parts: &mut Parts) -> &mut Vec<Value> {
    parts.model["point"]["model"]["trees"][0]["tree_regressor"]["nodes"].as_array_mut().unwrap()
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
    parts.model["point"]["model"]["trees"] = json!([]);
    refused(&parts.pack(), "model structure", "no trees");
}

#[test]
fn a_forest_without_trees() {
    let mut parts = Parts::of(Family::Forest);
    parts.model["point"]["model"]["forest_regressor"]["trees"] = json!([]);
    refused(&parts.pack(), "model structure", "no trees");
}

#[test]
fn a_tree_of_another_width() {
    let mut parts = Parts::of(Family::Boosting);
    parts.model["point"]["model"]["trees"][0]["num_features"] = json!(7);
    refused(&parts.pack(), "model structure", "grown on 7 features");
}

#[test]
fn a_forged_matrix_shape() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["model"]["model"]["coefficients"]["nrows"] = json!(1_000_000_000);
    refused(&parts.pack(), "model structure", "in a matrix of 1000000000 by 1");
}

#[test]
fn a_forged_array_shape() {
    let mut parts = Parts::of(Family::ElasticNet);
    parts.model["point"]["model"]["model"]["hyperplane"]["dim"] = json!([1]);
    refused(&parts.pack(), "model structure", "in an array of [1]");
}

#[test]
fn coefficients_missing() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["model"]["means"].as_array_mut().unwrap().pop();
    refused(&parts.pack(), "model structure", "means for");
}

#[test]
fn a_scale_of_nil() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["model"]["scales"][0] = json!(0.0);
    refused(&parts.pack(), "model structure", "a scale of 0");
}

#[test]
fn an_endless_array_of_numbers() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["model"]["means"] = Value::Array(vec![json!(0); 200_000]);
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
    parts.model["point"]["model"]["offset"] = json!(1e308);
    parts.model["point"]["model"]["model"]["intercept"] = json!(1e308);
    refused(&parts.pack(), "model structure", "inf");
}

#[test]
fn deeply_nested_json() {
    let deep = "[".repeat(1_000_000);
    refused(&Parts::of(Family::Boosting).pack_with(deep.as_bytes()), "model structure", "not of this family's form");
    let parts = Parts::of(Family::Boosting);
    let inside = serde_json::to_string(&parts.model).unwrap().replacen(
        "\"model\":",
        &format!("\"model\":{}", "{\"a\":".repeat(100_000)),
        1,
    );
    refused(&parts.pack_with(inside.as_bytes()), "model structure", "not of this family's form");
}

#[test]
fn an_unknown_field() {
    let mut parts = Parts::of(Family::Boosting);
    parts.model["point"]["model"]["trees"][0]["surprise"] = json!(1);
    refused(&parts.pack(), "model structure", "unknown field `surprise`");
}

#[test]
fn another_familys_model() {
    let (mut ridge, parts) = (Parts::of(Family::Ridge).model, Parts::of(Family::Boosting));
    ridge["point"]["family"] = json!("boosting");
    refused(&Parts { model: ridge, ..parts }.pack(), "model structure", "not of this family's form");
}

#[test]
fn more_trees_than_a_model_may_hold() {
    // The cap on the unpacked model holds before any node is counted.
    let parts = Parts::of(Family::Boosting);
    let tree = parts.model["point"]["model"]["trees"][0].to_string();
    let trees = vec![tree.as_str(); (120 << 20) / tree.len()].join(",");
    let model = format!("{{\"point\":{{\"family\":\"boosting\",\"model\":{{\"start\":0.0,\"trees\":[{trees}]}}}}");
    refused(&parts.pack_with(model.as_bytes()), "model structure", "unpacks to more than 115 MB");
}

#[test]
fn a_model_too_costly_to_explain() {
    // Chains of 60 splits: few nodes, but long paths of many features.
    let mut parts = Parts::of(Family::Histogram);
    let splits: Vec<Value> = (0..60).map(|i| json!([i % 43, 1.0, -1 - i, if i < 59 { i + 1 } else { -61 }])).collect();
    let chain = json!({ "splits": splits, "leaves": vec![1e-9; 61] });
    parts.model["point"]["model"]["trees"] = vec![chain; 1_200].into();
    refused(&parts.pack(), "explanation cost", "use fewer or shallower trees");
}

#[track_caller]
fn refused_histogram(change: impl FnOnce(&mut Value), words: &str) {
    let mut parts = Parts::of(Family::Histogram);
    change(&mut parts.model["point"]["model"]["trees"][0]);
    refused(&parts.pack(), "model structure", words);
}

#[test]
fn crafted_histogram_trees() {
    refused_histogram(|tree| tree["splits"][0][2] = json!(0), "a walk would not end");
    refused_histogram(|tree| tree["splits"][0][2] = json!(i32::MIN), "the tree ends before it");
    refused_histogram(|tree| tree["splits"][0][2] = json!(-4_000), "the tree ends before it");
    refused_histogram(|tree| tree["splits"][0][0] = json!(4_000), "splits on feature 4000");
    refused_histogram(|tree| tree["splits"][0][1] = Value::Null, "not of this family's form");
    refused_histogram(|tree| tree["leaves"] = json!([]), "the tree ends before it");
    refused_histogram(|tree| *tree = json!({ "splits": [], "leaves": [] }), "no nodes");
    refused_histogram(|tree| *tree = json!({ "splits": [], "leaves": [1.0, 2.0] }), "not reached");
}

#[test]
fn a_family_other_than_the_manifest_says() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["point"]["family"] = json!("glm");
    refused(&parts.pack(), "model structure", "the manifest says ridge");
}

#[test]
fn a_blend_within_a_blend_and_one_of_nothing() {
    let mut parts = Parts::of(Family::Blend);
    parts.model["point"]["model"]["parts"][0]["part"]["family"] = json!("blend");
    refused(&parts.pack(), "model structure", "a blend within a blend");
    let mut parts = Parts::of(Family::Blend);
    parts.model["point"]["model"]["parts"] = json!([]);
    refused(&parts.pack(), "model structure", "a blend of 0 models");
    let mut parts = Parts::of(Family::Blend);
    parts.model["point"]["model"]["parts"][0]["weight"] = json!(1e308);
    refused(&parts.pack(), "explanation cost", "not finite");
}

#[test]
fn quantile_models_missing() {
    let mut parts = Parts::of(Family::Ridge);
    parts.model["tails"] = Value::Null;
    refused(&parts.pack(), "model structure", "quantile models");
}

#[test]
fn nested_boosted_trees() {
    // XGRegressor's trees are boxes in boxes: JSON may nest them only so deep.
    let mut parts = Parts::of(Family::XgBoost);
    let model = &mut parts.model["point"]["model"];
    let tree = model["regressors"][0].clone();
    let mut leaf = tree;
    (leaf["left"], leaf["right"]) = (Value::Null, Value::Null);
    let text = leaf.to_string();
    let (open, close) = text.split_once("\"left\":null").unwrap();
    let deep = format!("{}{text}{}", format!("{open}\"left\":").repeat(50_000), close.repeat(50_000));
    model["regressors"] = json!(["DEEP"]);
    let bytes = serde_json::to_string(&parts.model).unwrap().replace("\"DEEP\"", &deep);
    refused(&parts.pack_with(bytes.as_bytes()), "model structure", "recursion limit");
    let mut parts = Parts::of(Family::XgBoost);
    parts.model["point"]["model"]["regressors"][0]["right"] = Value::Null;
    refused(&parts.pack(), "model structure", "only some of");
}
