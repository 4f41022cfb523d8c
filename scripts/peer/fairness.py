#!/usr/bin/env python3
"""Fixed vectors for our fairness metrics from fairlearn, scipy and scikit-learn.

Usage: fairness.py > crates/ml/tests/vectors/fairness.json

Needs fairlearn 0.15, scikit-learn, scipy and numpy. fairlearn has neither the test of residuals
nor the proxy test: the first is scipy's ks_2samp for each pair of groups, the second scikit-learn's
Ridge after StandardScaler, with the penalty and the folds that are ours.
"""
import importlib.metadata
import itertools
import json

import numpy
from fairlearn.metrics import MetricFrame, mean_prediction
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = numpy.random.default_rng(5)


def mean_error(y_true, y_pred) -> float:
    return float(numpy.mean(y_pred - y_true))


def table(n: int, names: list) -> dict:
    group = rng.choice(names, n, p=numpy.arange(1, len(names) + 1) / sum(range(1, len(names) + 1)))
    outcome = rng.lognormal(6.5, 0.8, n).round(2)
    prediction = (outcome * rng.lognormal(0, 0.2, n) + 40 * (group == names[0])).round(0)  # ties
    metrics = {"mae": mean_absolute_error, "mean_prediction": mean_prediction, "mean_error": mean_error}
    frame = MetricFrame(metrics=metrics, y_true=outcome, y_pred=prediction, sensitive_features=group,
                        n_boot=2000, ci_quantiles=[0.025, 0.975], random_state=1)
    order = sorted(set(group.tolist()))
    gap = lambda values, a, b: float(stats.ks_2samp(values[a], values[b]).statistic)
    apart = lambda values: {
        "rest": [gap(values, group == g, group != g) for g in order],
        "widest": max(gap(values, group == a, group == b) for a, b in itertools.combinations(order, 2)),
    }
    values = lambda frame: {m: [float(frame[m][g]) for g in order] for m in metrics}
    low, high = (values(f) for f in frame.by_group_ci)
    return {
        "prediction": prediction.tolist(),
        "outcome": outcome.tolist(),
        "group": group.tolist(),
        "by_group": values(frame.by_group),
        "low": low,
        "high": high,
        "difference": {m: float(frame.difference(method="between_groups")[m]) for m in metrics},
        "ratio": float(frame.ratio(method="between_groups")["mean_prediction"]),
        "worst": float(frame.group_max()["mae"]),
        "parity": apart(prediction),
        "residuals": apart(prediction - outcome),
    }


def areas(n: int, steps: int) -> dict:
    positive = rng.random(n) < 0.4
    scores = numpy.round(rng.normal(0.5 * positive, 1) * steps) / steps
    return {"scores": scores.tolist(), "positive": positive.tolist(), "auc": roc_auc_score(positive, scores)}


def proxy() -> dict:
    n = 120
    features = rng.normal(size=(n, 4))
    features[:, 2] = 3.0  # constant
    features[:, 3] = 1000 + 200 * features[:, 0] + 20 * rng.normal(size=n)
    features = features.round(3)
    code = numpy.digitize(features[:, 0] + rng.normal(size=n), [-0.6, 0.6])
    fold = rng.integers(0, 5, n)
    found = []
    for group in range(3):
        area = []
        for held_out in range(5):
            train, test = fold != held_out, fold == held_out
            model = make_pipeline(StandardScaler(), Ridge(alpha=0.01 * train.sum()))
            model.fit(features[train], code[train] == group)
            area.append(roc_auc_score(code[test] == group, model.predict(features[test])))
        found.append(float(numpy.mean(area)))
    return {"features": features.tolist(), "code": code.tolist(), "fold": fold.tolist(), "auc": found}


def main() -> None:
    peers = ("fairlearn", "scikit-learn", "scipy", "numpy")
    print(json.dumps({
        "peer": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in peers),
        "tables": [table(300, ["f", "m"]), table(350, ["18-25", "26-45", "46-65", "66+"])],
        "areas": [areas(80, 1000), areas(150, 2), areas(12, 1)],
        "proxy": proxy(),
    }))


if __name__ == "__main__":
    main()
