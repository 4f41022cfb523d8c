//! XGBoost's JSON (`Booster.save_model("model.json")`), versions 2 and 3.
//!
//! The layout is XGBoost's published JSON schema; what differs between versions is read off its
//! `src/learner.cc` and `src/tree/tree_model.cc`.

mod document;

use document::{Booster, Document, Learner, Parameters};

use super::{
    ImportError, MOST_INPUTS, Raw, scale,
    tree::{Budget, Node, Split, lay_out},
};
use crate::{
    families::imported::{ImportedTree, Link},
    features::Precision,
};

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Raw, ImportError> {
    let Document { learner, version } = serde_json::from_slice(bytes).map_err(|e| {
        ImportError::unreadable(format!(
            "not XGBoost's JSON ({e}): save the model again with save_model(\"model.json\")"
        ))
    })?;
    let version = version.0;
    if !version.first().is_some_and(|major| [2.0, 3.0].contains(major)) {
        return Err(ImportError::unsupported(format!(
            "it was saved by XGBoost {}; versions 2 and 3 are read: load and save it with one of them",
            words(&version)
        )));
    }
    let count = single("num_feature", &learner.learner_model_param.num_feature)?;
    let count = if count >= 0.0 && count <= MOST_INPUTS as f64 { count as usize } else { return Err(too_many(count)) };
    let link = link(&learner)?;
    let base = f64::from(single("base_score", &learner.learner_model_param.base_score)? as f32);
    let base = match link {
        Link::Identity => base,
        Link::Log if base > 0.0 => base.ln(),
        Link::Log => {
            return Err(ImportError::unreadable(format!("base_score {base} has no logarithm: retrain the model")));
        }
    };
    let names = names(&learner, count)?;
    let source = format!(
        "XGBoost {} JSON, {:.20}, objective {:.40}",
        words(&version),
        learner.gradient_booster.name,
        learner.objective.name
    );
    let mut raw = Raw {
        source,
        inputs: names,
        count,
        link,
        intercept: base,
        coefficients: vec![0.0; count],
        trees: Vec::new(),
        precision: Precision::Single,
    };
    outputs(&learner)?;
    boost(&mut raw, learner)?;
    Ok(raw)
}

fn link(learner: &Learner) -> Result<Link, ImportError> {
    match learner.objective.name.as_str() {
        "reg:squarederror" | "reg:absoluteerror" | "reg:pseudohubererror" => Ok(Link::Identity),
        "reg:quantileerror" => {
            let quantiles = learner.objective.quantile_loss_param.as_ref().map_or("", |p| p.quantile_alpha.as_str());
            single("quantile_alpha", quantiles).map(|_| Link::Identity)
        }
        "count:poisson" | "reg:gamma" | "reg:tweedie" => Ok(Link::Log),
        other => Err(ImportError::unsupported(format!(
            "objective {other:.60}; taken are reg:squarederror, reg:absoluteerror, reg:pseudohubererror, reg:quantileerror, count:poisson, reg:gamma and reg:tweedie"
        ))),
    }
}

fn names(learner: &Learner, count: usize) -> Result<Option<Vec<String>>, ImportError> {
    if learner.feature_types.0.iter().any(|kind| kind == "c") {
        return Err(ImportError::unsupported(
            "it has categorical columns: train on their codes with enable_categorical=False",
        ));
    }
    match learner.feature_names.0.len() {
        0 => Ok(None),
        n if n == count => Ok(Some(learner.feature_names.0.clone())),
        n => Err(ImportError::unreadable(format!("{n} names for {count} inputs: save the model again"))),
    }
}

fn outputs(learner: &Learner) -> Result<(), ImportError> {
    let Parameters { num_class, num_target, .. } = &learner.learner_model_param;
    let target = num_target.as_deref().unwrap_or("1");
    if !matches!(num_class.as_str(), "0" | "1") || !matches!(target, "0" | "1") {
        return Err(ImportError::unsupported("the model has several outputs: train one regression model an output"));
    }
    Ok(())
}

/// Puts what was boosted into `raw`: trees or a linear part.
fn boost(raw: &mut Raw, learner: Learner) -> Result<(), ImportError> {
    let stopped = learner.attributes.as_ref().and_then(|a| a.best_iteration.clone());
    match learner.gradient_booster {
        Booster { name, model: Some(model), .. } if name == "gblinear" => linear(raw, &model.weights.0),
        Booster { name, gbtree: Some(inner), weight_drop, .. } if name == "dart" => {
            let model =
                inner.model.ok_or_else(|| ImportError::unreadable("the booster has no model: save it again"))?;
            forest(raw, &model, stopped.as_deref())?;
            let weights = weight_drop.0;
            if weights.len() != raw.trees.len() {
                let (found, trees) = (weights.len(), raw.trees.len());
                return Err(ImportError::unreadable(format!(
                    "{found} weights for {trees} trees: save the model again"
                )));
            }
            raw.trees.iter_mut().zip(weights).for_each(|(tree, w)| scale(std::slice::from_mut(tree), w));
            Ok(())
        }
        Booster { name, model: Some(model), .. } if name == "gbtree" => forest(raw, &model, stopped.as_deref()),
        Booster { name, .. } => {
            Err(ImportError::unsupported(format!("booster {name:.40}; taken are gbtree, dart and gblinear")))
        }
    }
}

/// One weight an input, then the bias. An unknown value counts nil, as in our own linear part.
fn linear(raw: &mut Raw, weights: &[f64]) -> Result<(), ImportError> {
    match weights.split_last() {
        Some((bias, weights)) if weights.len() == raw.count => {
            raw.intercept += bias;
            raw.coefficients = weights.to_vec();
            Ok(())
        }
        _ => Err(ImportError::unreadable(format!(
            "{} weights for {} inputs and a bias: save the model again",
            weights.len(),
            raw.count
        ))),
    }
}

fn forest(raw: &mut Raw, model: &document::Model, stopped: Option<&str>) -> Result<(), ImportError> {
    if model.tree_info.0.iter().any(|group| *group != 0.0) {
        return Err(ImportError::unsupported("the model has several outputs: train one regression model an output"));
    }
    let rounds = model.iteration_indptr.0.len().saturating_sub(1);
    // Python's predict() leaves the later rounds out, which the file does not say.
    if let Some(best) = stopped.and_then(|best| best.parse::<usize>().ok())
        && best.saturating_add(1) < rounds
    {
        return Err(ImportError::unsupported(format!(
            "training stopped early at round {best} of {rounds}: save the part that is used, booster[: {best} + 1].save_model(\"model.json\")"
        )));
    }
    let mut budget = Budget::of(raw.count);
    for (i, tree) in model.trees.0.iter().enumerate() {
        raw.trees.push(grow(tree, &mut budget).map_err(|e| e.within(&format!("tree {i}")))?);
    }
    Ok(())
}

fn grow(tree: &document::Tree, budget: &mut Budget) -> Result<ImportedTree, ImportError> {
    let document::Tree {
        left_children, right_children, split_indices, split_conditions, default_left, split_type, ..
    } = tree;
    let n = left_children.0.len();
    let lengths = [right_children.0.len(), split_indices.0.len(), split_conditions.0.len(), default_left.0.len()];
    if lengths.iter().any(|length| *length != n) {
        return Err(ImportError::unreadable(format!("lists of {n} and {lengths:?} nodes: save the model again")));
    }
    if tree.tree_param.size_leaf_vector.as_deref().is_some_and(|size| !matches!(size, "0" | "1")) {
        return Err(ImportError::unsupported(
            "its leaves are vectors: train with multi_strategy=\"one_output_per_tree\"",
        ));
    }
    if split_type.0.iter().any(|kind| *kind != 0.0) {
        return Err(ImportError::unsupported(
            "it splits on categories: train on their codes with enable_categorical=False",
        ));
    }
    let mut nodes = Vec::with_capacity(n);
    let numbers = left_children.0.iter().zip(&right_children.0).zip(&split_indices.0).zip(&split_conditions.0);
    for ((((left, right), feature), condition), default_left) in numbers.zip(&default_left.0) {
        let condition = *condition as f32;
        nodes.push(match *left < 0.0 {
            true => Node::Leaf(f64::from(condition)),
            false => Node::Split(Split {
                feature: *feature as usize,
                // x < t for 32-bit x is x ≤ the number before t.
                threshold: f64::from(condition.next_down()),
                yes: *left as usize,
                no: *right as usize,
                blank_no: *default_left == 0.0,
            }),
        });
    }
    lay_out(&nodes, 0, budget)
}

/// The one number of `1.5E0`, `[1.5E0]` or `"1.5"`.
fn single(field: &str, text: &str) -> Result<f64, ImportError> {
    let bare = text.trim().trim_start_matches('[').trim_end_matches(']').trim();
    if bare.contains(',') {
        return Err(ImportError::unsupported(format!(
            "{field} holds several numbers ({text:.40}): train one model an output"
        )));
    }
    let number: f64 = super::parse(field, bare)?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(ImportError::unreadable(format!("{field} is {number}: retrain the model")))
    }
}

fn words(version: &[f64]) -> String {
    version.iter().take(3).map(f64::to_string).collect::<Vec<_>>().join(".")
}

fn too_many(count: f64) -> ImportError {
    ImportError::unsupported(format!("{count} inputs; at most {MOST_INPUTS} are taken"))
}
