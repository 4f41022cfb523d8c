//! LightGBM and XGBoost files that are not what they seem.

use ml::import::read;
use serde_json::{Value, json};

use crate::common::{bytes, refused, text};

/// A LightGBM model of one tree with one split, with `from` replaced by `to`.
fn lightgbm(from: &str, to: &str) -> Vec<u8> {
    let whole = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
        objective=regression\nfeature_names=a b\nfeature_infos=[0:1] [0:1]\ntree_sizes=1\n\nTree=0\nnum_leaves=3\n\
        num_cat=0\nsplit_feature=0 1\nthreshold=1.5 2.5\ndecision_type=2 2\nleft_child=1 -1\nright_child=-2 -3\n\
        leaf_value=1 2 3\nis_linear=0\nshrinkage=1\n\n\nend of trees\n\npandas_categorical:null\n";
    assert!(whole.contains(from), "{from}");
    whole.replacen(from, to, 1).into_bytes()
}

#[test]
fn the_lightgbm_file_of_these_tests_is_sound() {
    let raw = read(&lightgbm("", "")).unwrap();
    assert_eq!((raw.count, raw.trees.len()), (2, 1));
    assert_eq!(raw.trees[0].splits.len(), 2);
    let windows = String::from_utf8(lightgbm("", "")).unwrap().replace('\n', "\r\n");
    assert_eq!(read(windows.as_bytes()).unwrap().trees, raw.trees);
}

#[test]
fn what_lightgbm_has_and_we_have_not_is_refused() {
    for (from, to, words) in [
        ("version=v4", "version=v2", "v3 and v4 are read"),
        ("objective=regression", "objective=binary sigmoid:1", "taken are regression"),
        ("objective=regression", "objective=regression sqrt", "reg_sqrt"),
        ("objective=regression\n", "", "names no objective"),
        ("num_class=1", "num_class=3", "several outputs"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2", "several outputs"),
        ("is_linear=0", "is_linear=1", "linear_tree=false"),
        ("pandas_categorical:null", "pandas_categorical:[[\"a\"]]", "type category"),
    ] {
        refused(&lightgbm(from, to), words);
    }
}

#[test]
fn crafted_lightgbm_files_are_told() {
    for (from, to, words) in [
        ("num_leaves=3", "num_leaves=999999999999", "3 numbers instead of 999999999999"),
        ("num_leaves=3", "num_leaves=0", "no leaves"),
        ("num_leaves=3", "num_leaves=-1", "no such number"),
        ("num_leaves=3\n", "", "no num_leaves"),
        ("max_feature_idx=1", "max_feature_idx=18446744073709551615", "at most"),
        ("max_feature_idx=1", "max_feature_idx=7", "2 names for 8 inputs"),
        ("split_feature=0 1", "split_feature=0 9", "input 9"),
        ("split_feature=0 1", "split_feature=0 -1", "no such number"),
        ("left_child=1 -1", "left_child=0 -1", "in a circle"),
        ("left_child=1 -1", "left_child=1 0", "in a circle"),
        ("left_child=1 -1", "left_child=7 -1", "node 10"),
        ("left_child=1 -1", "left_child=9223372036854775807 -1", "node"),
        ("right_child=-2 -3", "right_child=-2 -9223372036854775808", "node"),
        ("right_child=-2 -3", "right_child=-2", "1 numbers instead of 2"),
        ("threshold=1.5 2.5", "threshold=1.5 nan", "NaN"),
        ("leaf_value=1 2 3", "leaf_value=1 2 inf", "inf"),
        ("leaf_value=1 2 3", "leaf_value=1 2 x", "no such number"),
        ("decision_type=2 2", "decision_type=2 14", "decision type"),
        ("decision_type=2 2", "decision_type=2 3", "no set of categories"),
        ("decision_type=2 2", "decision_type=2 300", "no such number"),
        ("tree_sizes=1", "tree_sizes=1 1", "instead of 2"),
        ("end of trees", "end", "ends before its trees do"),
    ] {
        refused(&lightgbm(from, to), words);
    }
    refused(b"tree\nversion=v4\n\xff", "not UTF-8");
}

#[test]
fn crafted_sets_of_categories_are_told_or_bounded() {
    let sets = |boundaries: &str, words: &str| {
        let lines = format!("is_linear=0\ncat_boundaries={boundaries}\ncat_threshold={words}");
        let file = String::from_utf8(lightgbm("is_linear=0", &lines)).unwrap();
        file.replace("decision_type=2 2", "decision_type=2 1")
            .replace("threshold=1.5 2.5", "threshold=1.5 0")
            .into_bytes()
    };
    assert!(read(&sets("0 1", "5")).is_ok());
    refused(&sets("0 9", "5"), "no set of categories");
    refused(&sets("1 0", "5"), "no set of categories");
    refused(&sets("0 1", "-5"), "no such number");
    // A set of every other of 65,536 categories in 80 trees: too many splits.
    let large = String::from_utf8(sets("0 2048", &"1431655765 ".repeat(2_048))).unwrap();
    let (head, tree) = large.split_at(large.find("Tree=0").unwrap());
    let (tree, tail) = tree.split_at(tree.find("end of trees").unwrap());
    refused(format!("{head}{}{tail}", tree.repeat(80)).as_bytes(), "more than 2000000 nodes");
}

/// An XGBoost model with the value at a JSON pointer changed.
fn xgboost(pointer: &str, to: Value) -> Vec<u8> {
    let mut whole: Value = serde_json::from_slice(&bytes("xgboost_squarederror.json")).unwrap();
    *whole.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = to;
    serde_json::to_vec(&whole).unwrap()
}

#[test]
fn what_xgboost_has_and_we_have_not_is_refused() {
    for (pointer, to, words) in [
        ("/version", json!([1, 7, 6]), "versions 2 and 3 are read"),
        ("/learner/objective/name", json!("binary:logistic"), "taken are reg:squarederror"),
        ("/learner/gradient_booster/name", json!("gbforest"), "gbtree, dart and gblinear"),
        ("/learner/learner_model_param/num_class", json!("3"), "several outputs"),
        ("/learner/learner_model_param/num_target", json!("2"), "several outputs"),
        ("/learner/learner_model_param/base_score", json!("[1E0,2E0]"), "several numbers"),
        ("/learner/feature_types/0", json!("c"), "enable_categorical"),
        ("/learner/gradient_booster/model/trees/0/split_type/0", json!(1), "enable_categorical"),
        ("/learner/gradient_booster/model/trees/0/tree_param/size_leaf_vector", json!("4"), "vectors"),
        ("/learner/gradient_booster/model/tree_info/1", json!(1), "several outputs"),
        ("/learner/attributes", json!({"best_iteration": "3"}), "stopped early at round 3 of 30"),
    ] {
        refused(&xgboost(pointer, to), words);
    }
    refused(b"{L\x00\x00\x00\x07", "binary form");
    refused(b"\x80\x04\x95", "pickle");
    refused(b"PK\x03\x04", "neither LightGBM text");
}

#[test]
fn crafted_xgboost_files_are_told() {
    let tree = "/learner/gradient_booster/model/trees/0";
    for (field, to, words) in [
        ("left_children/0", json!(0), "in a circle"),
        ("right_children/0", json!(100_000), "node 100000"),
        ("right_children/0", json!(-7), "in a circle"),
        ("right_children/0", json!(1e300), "node"),
        ("split_indices/0", json!(44), "input 44"),
        ("split_conditions", json!([1.0]), "lists of"),
        ("split_conditions/0", json!(null), "not XGBoost's JSON"),
        ("left_children", json!([]), "lists of"),
    ] {
        refused(&xgboost(&format!("{tree}/{field}"), to), words);
    }
    refused(&xgboost("/learner/learner_model_param/num_feature", json!("99999999999")), "at most");
    refused(&xgboost("/learner/learner_model_param/num_feature", json!("-1")), "at most");
    refused(&xgboost("/learner/learner_model_param/base_score", json!("NaN")), "NaN");
    refused(&xgboost("/learner/learner_model_param/base_score", json!("")), "no such number");
    let nothing = text("xgboost_squarederror.json").replacen("\"split_conditions\":[", "\"split_conditions\":[NaN,", 1);
    refused(nothing.as_bytes(), "not XGBoost's JSON");
    refused(&xgboost("/learner/gradient_booster/model/trees", json!(vec![Value::Null; 3])), "not XGBoost's JSON");
}
