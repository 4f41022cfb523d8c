#!/usr/bin/env python3
"""Fixed vectors for our TreeSHAP from the `shap` package.

Usage: shap_vectors.py > crates/ml/tests/vectors/shap.json

Trees are given to shap as arrays, so that no other library's rounding of thresholds comes in
(shap compares in float32 for some libraries: all numbers here are exact in it). Covers are counted
over the background, as ours are. Needs shap and numpy.
"""
import json

import numpy
import shap

FEATURES = 5
rng = numpy.random.default_rng(7)


def grow(nodes: list, depth: int, rows: numpy.ndarray) -> int:
    """Adds a random subtree for the background `rows`; every child keeps at least one row."""
    at = len(nodes)
    nodes.append({"output": round(float(rng.normal() * 64)) / 8, "cover": len(rows)})
    for _ in range(8):
        feature, threshold = int(rng.integers(FEATURES)), float(rng.integers(8)) + 0.5
        yes = rows[rows[:, feature] <= threshold]
        no = rows[rows[:, feature] > threshold]
        if depth > 0 and len(yes) and len(no):
            nodes[at].update(feature=feature, threshold=threshold)
            nodes[at]["yes"] = grow(nodes, depth - 1, yes)
            nodes[at]["no"] = grow(nodes, depth - 1, no)
            break
    return at


def arrays(nodes: list) -> dict:
    pick = lambda key, default: numpy.array([n.get(key, default) for n in nodes])
    return {
        "children_left": pick("yes", -1),
        "children_right": pick("no", -1),
        "children_default": pick("yes", -1),
        "features": pick("feature", -2),
        "thresholds": pick("threshold", -2.0),
        "values": pick("output", 0.0).reshape(-1, 1),
        "node_sample_weight": pick("cover", 0).astype(float),
    }


def predict(trees: list, row: numpy.ndarray) -> float:
    total = 0.0
    for nodes in trees:
        node = nodes[0]
        while "feature" in node:
            node = nodes[node["yes"] if row[node["feature"]] <= node["threshold"] else node["no"]]
        total += node["output"]
    return total


def exactly(model, background: numpy.ndarray, rows: numpy.ndarray) -> dict:
    """Interventional values in double precision over all coalitions. (TreeExplainer's own
    interventional sums are of single precision.)"""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    values = shap.explainers.Exact(model, masker)(rows)
    return {"base": float(numpy.ravel(values.base_values)[0]), "phi": values.values.tolist()}


def main() -> None:
    background = rng.integers(0, 9, size=(60, FEATURES)).astype(float)
    trees = []
    for depth in (1, 2, 3, 4, 5, 6, 6, 6):
        nodes: list = []
        grow(nodes, depth, background)
        trees.append(nodes)
    explainer = shap.TreeExplainer({"trees": [arrays(t) for t in trees]}, feature_perturbation="tree_path_dependent")
    rows = rng.integers(0, 9, size=(12, FEATURES)).astype(float)
    phi = explainer.shap_values(rows)
    exact = exactly(lambda x: numpy.array([predict(trees, r) for r in x]), background, rows)
    weights = numpy.array([0.3, -0.2, 0.05, 0.0, 0.11])
    linear = exactly(lambda x: 4.0 + 100 * x @ weights, background, rows)
    product = exactly(lambda x: 50 * numpy.exp(0.3 + numpy.arcsinh(x) @ weights), background, rows)
    print(json.dumps({
        "peer": f"shap {shap.__version__}",
        "background": background.tolist(),
        "trees": [[{k: v for k, v in n.items() if k != "cover"} for n in t] for t in trees],
        "rows": rows.tolist(),
        "base": float(numpy.ravel(explainer.expected_value)[0]),
        "phi": numpy.asarray(phi).reshape(len(rows), FEATURES).tolist(),
        "interventional": exact,
        "weights": weights.tolist(),
        "linear": linear,
        "product": product,
    }))


if __name__ == "__main__":
    main()
