//! ONNX files that are not what they seem, written byte by byte.

use ml::{features::Precision, import::read};

use crate::common::refused;

/// A field of bytes: number, length, bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&varint(u64::from(number) << 3 | 2)[..], &varint(bytes.len() as u64), bytes].concat()
}

/// A field of a whole number.
fn whole(number: u8, value: i64) -> Vec<u8> {
    [varint(u64::from(number) << 3), varint(value as u64)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|v| whole(8, *v)).collect();
    field(5, &[field(1, name.as_bytes()), values].concat())
}

fn floats(name: &str, values: &[f32]) -> Vec<u8> {
    let packed: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    field(5, &[field(1, name.as_bytes()), field(7, &packed)].concat())
}

fn texts(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|v| field(9, v.as_bytes())).collect();
    field(5, &[field(1, name.as_bytes()), values].concat())
}

fn operator(kind: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|i| field(1, i.as_bytes())).collect();
    field(1, &[inputs, field(2, output.as_bytes()), field(4, kind.as_bytes()), attributes.concat()].concat())
}

/// A constant of 32-bit numbers.
fn constant(name: &str, values: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    field(5, &[whole(1, values.len() as i64), whole(2, 1), field(8, name.as_bytes()), field(9, &raw)].concat())
}

/// A model of `width` 32-bit inputs called `X`, which answers with `Y`.
fn model(width: i64, parts: &[Vec<u8>]) -> Vec<u8> {
    typed(1, width, parts)
}

/// The same, of inputs of an element type: 1 is 32 bits, 11 is 64 bits.
fn typed(element: i64, width: i64, parts: &[Vec<u8>]) -> Vec<u8> {
    let shape = field(2, &[field(1, &[]), field(1, &whole(1, width))].concat());
    let kind = field(1, &[whole(1, element), shape].concat());
    let input = field(11, &[field(1, b"X"), field(2, &kind)].concat());
    let graph = [parts.concat(), input, field(12, &field(1, b"Y"))].concat();
    [whole(1, 8), field(2, b"test"), field(7, &graph)].concat()
}

/// The lists of a tree: a split with two leaves.
struct Tree {
    ids: Vec<i64>,
    modes: Vec<&'static str>,
    features: Vec<i64>,
    values: Vec<f32>,
    yes: Vec<i64>,
    no: Vec<i64>,
    leaves: Vec<i64>,
    more: Vec<Vec<u8>>,
}

impl Tree {
    fn new() -> Tree {
        Tree {
            ids: vec![0, 1, 2],
            modes: vec!["BRANCH_LEQ", "LEAF", "LEAF"],
            features: vec![1, 0, 0],
            values: vec![1.5, 0.0, 0.0],
            yes: vec![1, 0, 0],
            no: vec![2, 0, 0],
            leaves: vec![1, 2],
            more: vec![],
        }
    }

    fn file(&self) -> Vec<u8> {
        model(2, &[self.operator()])
    }

    fn operator(&self) -> Vec<u8> {
        let attributes = [
            integers("nodes_treeids", &vec![0; self.ids.len()]),
            integers("nodes_nodeids", &self.ids),
            texts("nodes_modes", &self.modes),
            integers("nodes_featureids", &self.features),
            floats("nodes_values", &self.values),
            integers("nodes_truenodeids", &self.yes),
            integers("nodes_falsenodeids", &self.no),
            integers("target_treeids", &vec![0; self.leaves.len()]),
            integers("target_nodeids", &self.leaves),
            integers("target_ids", &vec![0; self.leaves.len()]),
            floats("target_weights", &vec![7.0; self.leaves.len()]),
        ];
        let attributes = [&attributes[..], &self.more].concat();
        operator("TreeEnsembleRegressor", &["X"], "Y", &attributes)
    }
}

#[track_caller]
fn told(change: impl Fn(&mut Tree), words: &str) {
    let mut tree = Tree::new();
    change(&mut tree);
    refused(&tree.file(), words);
}

#[test]
fn every_kind_of_split_is_read() {
    let at = |mode, x: f64| {
        let raw = read(&Tree { modes: vec![mode, "LEAF", "LEAF"], leaves: vec![1], ..Tree::new() }.file()).unwrap();
        let tree = &raw.trees[0];
        let mut at = 0;
        while at >= 0 {
            let (_, threshold, yes, no, blank_no) = tree.splits[at as usize];
            let goes_no = if x.is_nan() { blank_no } else { x > threshold };
            at = if goes_no { no } else { yes };
        }
        tree.leaves[!at as usize] == 7.0
    };
    let below = f64::from(1.5f32.next_down());
    let above = f64::from(1.5f32.next_up());
    for (mode, expected) in [
        ("BRANCH_LEQ", [true, true, false, false]),
        ("BRANCH_LT", [true, false, false, false]),
        ("BRANCH_GT", [false, false, true, false]),
        ("BRANCH_GTE", [false, true, true, false]),
        ("BRANCH_EQ", [false, true, false, false]),
        ("BRANCH_NEQ", [true, false, true, true]),
    ] {
        assert_eq!([below, 1.5, above, f64::NAN].map(|x| at(mode, x)), expected, "{mode}");
    }
}

#[test]
fn crafted_trees_are_told() {
    told(|t| t.yes[0] = 0, "in a circle");
    told(|t| t.yes[0] = 9, "no node 9");
    told(|t| t.no[0] = i64::MIN, "no node -9223372036854775808");
    told(|t| t.ids[2] = 1, "two nodes 1");
    told(|t| t.features[0] = 2, "input 2");
    told(|t| t.features[0] = -1, "input");
    told(|t| t.values[0] = f32::NAN, "NaN");
    told(|t| t.values.truncate(2), "lists of 3");
    told(|t| t.modes.truncate(1), "lists of 3");
    told(|t| t.modes[0] = "BRANCH_MEMBER", "BRANCH_MEMBER");
    told(|t| t.leaves[1] = 5, "no node 5 for a weight");
    told(|t| t.more = vec![integers("nodes_missing_value_tracks_true", &[1])], "and 1 nodes");
    told(|t| t.more = vec![floats("base_values", &[1.0, 2.0])], "several outputs");
    told(|t| t.more = vec![field(5, &[field(1, b"n_targets"), whole(3, 2)].concat())], "several outputs");
    told(|t| t.more = vec![field(5, &[field(1, b"post_transform"), field(4, b"LOGISTIC")].concat())], "post_transform");
    told(|t| t.more = vec![field(5, &[field(1, b"aggregate_function"), field(4, b"MAX")].concat())], "MAX");
    let average = field(5, &[field(1, b"aggregate_function"), field(4, b"AVERAGE")].concat());
    assert_eq!(read(&Tree { more: vec![average], ..Tree::new() }.file()).unwrap().trees[0].leaves, [7.0, 7.0]);
}

/// As version 3 of the operator has it, and as 64-bit inputs need it.
#[test]
fn thresholds_of_64_bits_are_read() {
    let threshold = 1.1f64;
    let raw: Vec<u8> = [threshold, 0.0, 0.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let tensor = [whole(1, 3), whole(2, 11), field(9, &raw)].concat();
    let doubles = field(5, &[field(1, b"nodes_values_as_tensor"), field(5, &tensor)].concat());
    let tree = Tree { more: vec![doubles], ..Tree::new() };
    let raw = read(&typed(11, 2, &[tree.operator()])).unwrap();
    assert_eq!((raw.precision, raw.trees[0].splits[0].1), (Precision::Double, threshold));
    refused(&typed(11, 2, &[Tree::new().operator()]), "FloatTensorType");
    refused(&typed(7, 2, &[Tree::new().operator()]), "no floating-point numbers");
}

/// 40 splits, each with both children the next one: 2⁴⁰ leaves.
#[test]
fn shared_nodes_are_bounded() {
    let n = 40i64;
    let mut tree = Tree::new();
    tree.ids = (0..=n).collect();
    tree.modes = (0..=n).map(|i| if i < n { "BRANCH_LEQ" } else { "LEAF" }).collect();
    tree.features = vec![0; tree.ids.len()];
    tree.values = vec![0.5; tree.ids.len()];
    tree.yes = (1..=n + 1).collect();
    tree.no = tree.yes.clone();
    tree.leaves = vec![n];
    refused(&tree.file(), "more than 2000000 nodes");
}

#[test]
fn operators_around_a_model_are_read_or_refused() {
    let linear = |output| {
        operator(
            "LinearRegressor",
            &["X"],
            output,
            &[floats("coefficients", &[1.0, 2.0]), floats("intercepts", &[3.0])],
        )
    };
    let around = |kind, inputs: &[&str], constants: &[f32]| {
        model(2, &[linear("L"), constant("C", constants), operator(kind, inputs, "Y", &[])])
    };
    let raw = read(&around("Mul", &["C", "L"], &[10.0])).unwrap();
    assert_eq!((raw.intercept, &raw.coefficients[..]), (30.0, &[10.0, 20.0][..]));
    assert_eq!(read(&around("Sub", &["L", "C"], &[10.0])).unwrap().intercept, -7.0);
    assert_eq!(read(&around("Div", &["L", "C"], &[2.0])).unwrap().intercept, 1.5);
    refused(&around("Div", &["L", "C"], &[0.0]), "number");
    refused(&around("Mul", &["C", "L"], &[1.0, 2.0]), "not one number");
    refused(&around("Sub", &["C", "L"], &[1.0]), "Sub");
    refused(&around("Add", &["L", "L"], &[1.0]), "used already");
    refused(&around("Add", &["L", "X"], &[1.0]), "changes the inputs");
    refused(&around("Add", &["L", "Z"], &[1.0]), "nothing before it computes");
    refused(&around("Softmax", &["L"], &[1.0]), "not known here");
    refused(&around("Scaler", &["X"], &[1.0]), "prepared within the model");
    refused(&around("Exp", &["X"], &[1.0]), "changes the inputs");
    refused(&model(3, &[linear("Y")]), "2 coefficients for 3 inputs");
    refused(&model(2, &[linear("L")]), "one number a row");
    refused(&model(0, &[linear("Y")]), "number of inputs");
    refused(&model(i64::MAX, &[linear("Y")]), "at most");
    refused(&model(2, &vec![linear("Y"); 65]), "65 operators");
    let twice = [linear("L"), operator("Exp", &["L"], "E", &[]), operator("Exp", &["E"], "Y", &[])];
    refused(&model(2, &twice), "exponential of an exponential");
}

#[test]
fn broken_wires_are_told() {
    refused(&[0x08, 0x08, 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f], "length beyond its end");
    refused(&[0x08, 0x08], "no graph");
    refused(&[0x08], "end within a number");
    refused(&[0x08, 0x08, 0x3b], "field of type 3");
    // A thousand messages, each within the other, where one is expected.
    let nested = (0..1_000).fold(Vec::new(), |inner, _| field(7, &inner));
    refused(&[whole(1, 8), nested].concat(), "input tensors");
    let beside = field(5, &[whole(2, 1), field(8, b"C"), whole(14, 1)].concat());
    refused(&model(2, &[beside]), "single file");
    let odd = field(5, &[whole(2, 1), field(8, b"C"), field(9, &[1, 2, 3])].concat());
    refused(&model(2, &[odd]), "no list of 4-byte numbers");
}
