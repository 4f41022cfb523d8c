#!/usr/bin/env python3
"""Fixed vectors for our intervals: coverage bands from scipy, conformalised quantiles from MAPIE.

Usage: conformal.py > crates/ml/tests/vectors/conformal.json

MAPIE is asked with `symmetric_correction=True`, which is the score max(lo - y, y - hi) of Romano,
Patterson and Candes that we use. Needs mapie, scikit-learn, scipy and numpy.
"""
import importlib.metadata
import json

import numpy
from mapie.regression import ConformalizedQuantileRegressor
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin


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
        "peer": f"mapie {importlib.metadata.version('mapie')}, scipy {importlib.metadata.version('scipy')}",
        "bands": [band(n) for n in (9, 50, 120, 500, 740, 3700, 20000)],
        "cqr": cases,
    }))


if __name__ == "__main__":
    main()
