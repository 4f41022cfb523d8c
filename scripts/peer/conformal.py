#!/usr/bin/env python3
"""Fixed vectors for our intervals: coverage bands from scipy, conformalised quantiles, split and
cross-validated intervals from MAPIE, intervals within groups from crepes.

Usage: conformal.py > crates/ml/tests/vectors/conformal.json

MAPIE is asked with `symmetric_correction=True`, which is the score max(lo - y, y - hi) of Romano,
Patterson and Candes that we use; its folds are an explicit KFold. crepes takes the rank from
int((1 - level) * (n + 1)), which float error makes one too small at level 0.9 where n + 1 is a
multiple of ten: such sizes are asked for at level 0.75 only, which is exact. Needs mapie 1.x,
crepes 0.9, scikit-learn, scipy and numpy.
"""
import importlib.metadata
import json

import numpy
from crepes import ConformalRegressor
from mapie.regression import ConformalizedQuantileRegressor, CrossConformalRegressor, SplitConformalRegressor
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold


class Column(RegressorMixin, BaseEstimator):
    """A "fitted" model that answers with one column of its input."""

    def __init__(self, column: int = 0):
        self.column = column

    def fit(self, x, y):
        self.fitted_ = True
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, x):
        return numpy.asarray(x)[:, self.column]


def band(n: int, level: float = 0.9) -> list:
    l = int(numpy.floor((n + 1) * (1 - level) + 1e-9))
    return [n, *stats.beta.ppf([0.025, 0.975], n + 1 - l, l)]


def split(rng, n: int, level: float) -> dict:
    y, predicted = rng.normal(1000, 300, (2, n)).round(2)
    x = predicted[:, None]
    mapie = SplitConformalRegressor(Column().fit(x, y), confidence_level=level, prefit=True).conformalize(x, y)
    _, interval = mapie.predict_interval(x[:1])
    half = float(interval[0, 1, 0] - predicted[0])
    return {"residuals": (y - predicted).tolist(), "level": level, "half": half}


def cv_plus(rng, n: int, folds: int, level: float) -> dict:
    x = rng.normal(size=(n, 2))
    y = x @ [200, -100] + 1000 + rng.normal(0, 150, n)
    new = 1.5 * rng.normal(size=(4, 2))
    parts = KFold(folds, shuffle=True, random_state=1)
    mapie = CrossConformalRegressor(LinearRegression(), confidence_level=level, method="plus", cv=parts)
    _, interval = mapie.fit_conformalize(x, y).predict_interval(new)
    predictions, residuals = numpy.empty((len(new), n)), numpy.empty(n)
    for train, test in parts.split(x):
        model = LinearRegression().fit(x[train], y[train])
        predictions[:, test] = model.predict(new)[:, None]
        residuals[test] = y[test] - model.predict(x[test])
    return {"fold_predictions": predictions.tolist(), "residuals": residuals.tolist(), "level": level,
            "intervals": interval[:, :, 0].tolist()}


def mondrian(rng, sizes: list, level: float) -> dict:
    group = rng.permutation(numpy.repeat(numpy.arange(len(sizes)), sizes))
    residuals = (rng.normal(size=len(group)) * 100 * (group + 1)).round(2)
    model = ConformalRegressor().fit(residuals, bins=group)
    names = numpy.arange(len(sizes))
    interval = model.predict_int(numpy.zeros(len(sizes)), bins=names, confidence=level)
    half = [float(h) if numpy.isfinite(h) else None for h in interval[:, 1]]
    return {"residuals": residuals.tolist(), "group": group.tolist(), "level": level, "half": half}


def main() -> None:
    rng = numpy.random.default_rng(3)
    cases = []
    for n in (19, 50, 199):  # MAPIE takes no fewer than 11
        y = rng.normal(1000, 300, size=n).round(2)
        low = (y * 0.9 - rng.exponential(80, size=n) + rng.normal(0, 120, size=n)).round(2)
        high = low + rng.exponential(300, size=n).round(2)
        x = numpy.column_stack([low, high, (low + high) / 2])
        mapie = ConformalizedQuantileRegressor([Column(c).fit(x, y) for c in range(3)], confidence_level=0.9, prefit=True)
        mapie.conformalize(x, y)
        _, interval = mapie.predict_interval(x[:1], symmetric_correction=True)
        widening = float(low[0] - interval[0, 0, 0])
        cases.append({"y": y.tolist(), "low": low.tolist(), "high": high.tolist(), "widening": widening})
    print(json.dumps({
        "peer": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("mapie", "crepes", "scipy")),
        "bands": [band(n) for n in (9, 50, 120, 500, 740, 3700, 20000)],
        "cqr": cases,
        "split": [split(rng, n, level) for n, level in ((19, 0.9), (57, 0.9), (39, 0.75), (120, 0.8))],
        "cv_plus": [cv_plus(rng, n, folds, level) for n, folds, level in ((40, 5, 0.9), (59, 4, 0.8), (30, 30, 0.9))],
        "mondrian": [mondrian(rng, [25, 52, 8, 10], 0.9), mondrian(rng, [39, 19, 2, 3], 0.75)],
    }))


if __name__ == "__main__":
    main()
