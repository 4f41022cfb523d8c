#!/usr/bin/env python3
"""Fixed vectors for our drift measures from evidently, nannyml and scipy.

Usage: drift.py > crates/ml/tests/vectors/drift.json

Needs evidently 0.7, nannyml 0.13, pandas < 3, scipy >= 1.11 and numpy. Two of ours are not the
peers': the PSI over deciles is computed here with numpy's quantiles, and nannyml does not divide
the Wasserstein distance by the deviation.
"""
import importlib.metadata
import json
import os
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

import nannyml
import numpy
import pandas
from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
from evidently.legacy.calculations.stattests.ks_stattest import _ks_stat_test
from evidently.legacy.calculations.stattests.psi import _psi
from evidently.legacy.calculations.stattests.wasserstein_distance_norm import _wasserstein_distance_norm
from evidently.legacy.core import ColumnType
from nannyml.chunk import SizeBasedChunker
from nannyml.drift.univariate.methods import FeatureType, MethodFactory
from nannyml.thresholds import ConstantThreshold
from scipy import stats

rng = numpy.random.default_rng(11)


def nanny(key: str, kind: FeatureType, reference: pandas.Series, current: pandas.Series) -> float | None:
    method = MethodFactory.create(key, kind, chunker=SizeBasedChunker(len(reference)), threshold=ConstantThreshold(),
                                  computation_params={})
    method._fit(reference)
    value = float(method.calculate(current))
    return None if numpy.isnan(value) else value  # rounding: nannyml takes the root of -1e-17 for equal samples


def decile_psi(reference: numpy.ndarray, current: numpy.ndarray) -> float:
    cuts = numpy.quantile(reference, numpy.arange(1, 10) / 10)
    edges = []  # a bin ends before or after each
    for cut, times in zip(*numpy.unique(cuts, return_counts=True)):
        edges += [(cut, "left"), (cut, "right")] if times > 1 else [(cut, "right")]
    share = lambda x: numpy.diff([0, *(numpy.searchsorted(numpy.sort(x), *e) for e in edges), len(x)]) / len(x)
    p, q = (numpy.where(s == 0, 1e-4, s) for s in (share(reference), share(current)))
    return float(numpy.sum((p - q) * numpy.log(p / q)))


def number(name: str, reference: numpy.ndarray, current: numpy.ndarray) -> dict:
    a, b = (pandas.Series(x.astype(float), name="x") for x in (reference, current))
    test = stats.ks_2samp(a, b)
    assert test.pvalue == _ks_stat_test(a, b, ColumnType.Numerical, 0.05)[0]
    return {
        "name": name,
        "reference": a.tolist(),
        "current": b.tolist(),
        "psi": decile_psi(a.to_numpy(), b.to_numpy()),
        "psi_equal_width": float(_psi(a, b, ColumnType.Numerical, 0.1)[0]),
        "wasserstein": float(_wasserstein_distance_norm(a, b, ColumnType.Numerical, 0.1)[0]),
        "wasserstein_distance": nanny("wasserstein", FeatureType.CONTINUOUS, a, b),
        "jensen_shannon": float(_jensenshannon(a, b, ColumnType.Numerical, 0.1)[0]),
        "jensen_shannon_fixed_bins": nanny("jensen_shannon", FeatureType.CONTINUOUS, a, b),
        "kolmogorov_smirnov": float(test.statistic),
        "nannyml_kolmogorov_smirnov": nanny("kolmogorov_smirnov", FeatureType.CONTINUOUS, a, b),
        "p_value": float(test.pvalue),
    }


def category(reference: numpy.ndarray, current: numpy.ndarray) -> dict:
    a, b = (pandas.Series(x, name="x") for x in (reference, current))
    return {
        "reference": a.tolist(),
        "current": b.tolist(),
        "psi": float(_psi(a, b, ColumnType.Categorical, 0.1)[0]),
        "jensen_shannon": float(_jensenshannon(a, b, ColumnType.Categorical, 0.1)[0]),
        "jensen_shannon_bits": nanny("jensen_shannon", FeatureType.CATEGORICAL, a.astype(str), b.astype(str)),
    }


def pounds(n: int, mean: float = 6.5, nil: float = 0.0) -> numpy.ndarray:
    return numpy.where(rng.random(n) < nil, 0.0, rng.lognormal(mean, 0.8, n).round(2))


def unlabelled() -> dict:
    """A fitted estimator of nannyml with what its error model answers for each row."""
    frame = lambda n, scale: pandas.DataFrame({"x": rng.normal(size=n), "size": scale * rng.exponential(1000, n)})
    settled, still_open = frame(250, 1.0), frame(130, 2.0)
    for part in (settled, still_open):
        part["y_pred"] = (0.8 * part["size"]).round(2)
        part["y_true"] = (part["y_pred"] + rng.normal(size=len(part)) * (0.1 * part["size"] + 50)).round(2)
    columns = ["x", "size"]
    dle = nannyml.DLE(feature_column_names=columns, y_pred="y_pred", y_true="y_true", metrics=["mae"], chunk_size=50,
                      hyperparameters={"n_estimators": 60, "learning_rate": 0.5, "min_child_samples": 2, "verbose": -1,
                                       "num_threads": 1})
    dle.fit(settled)
    result = dle.estimate(still_open).filter(period="analysis").to_df()["mae"]
    answers = dle.metrics[0]._dee_model.predict(still_open[columns + ["y_pred"]])
    assert (answers < 0).any(), "the clipping is to be seen"
    names = {"value": "mae", "sampling_error": "sampling_error", "lower_confidence_boundary": "lower",
             "upper_confidence_boundary": "upper", "alert": "alarm"}
    return {
        "chunk": 50,
        "errors": (settled["y_true"] - settled["y_pred"]).abs().tolist(),
        "answers": answers.tolist(),
        "lower_limit": float(result["lower_threshold"].iloc[0]),
        "upper_limit": float(result["upper_threshold"].iloc[0]),
        "estimates": result[list(names)].rename(columns=names).to_dict("records"),
    }


def main() -> None:
    normal = lambda n, mean=0.0: rng.normal(mean, 1, n).round(3)
    numbers = [
        number("no change", normal(300), normal(100)),
        number("a shift", normal(300), normal(120, 0.6)),
        number("pounds", pounds(400), pounds(90, 6.7)),
        number("two thirds at nil", pounds(300, nil=0.65), pounds(100, nil=0.45)),
        number("few values", rng.integers(1, 13, 200), rng.integers(3, 15, 80)),
        number("far apart", normal(60), normal(40, 9.0)),
        number("same size", normal(150), normal(150, 0.2)),
        number("constant reference", numpy.full(40, 7.0), numpy.array([6.0, 7.0, 7.0, 8.5])),
        number("the same sample", numpy.arange(30.0), numpy.arange(30.0)),
        number("one claim", normal(50), numpy.array([1.5])),
    ]
    exact = [(300, 100), (211, 97), (5000, 120), (800, 800), (1000, 999), (10, 3), (12000, 100)]
    samples = [(rng.normal(size=m).round(6), rng.normal(0.1, 1, n).round(6)) for m, n in exact]
    tails = [(1000000, 200, (0.03, 0.06, 0.09, 0.12)), (20000, 15000, (0.004, 0.01, 0.015, 0.02))]
    p_values = rng.beta(0.3, 3.0, 12).round(4)
    print(json.dumps({
        "peer": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("evidently", "nannyml", "scipy", "numpy")),
        "numbers": numbers,
        "categories": [
            category(rng.choice(4, 200, p=[0.5, 0.3, 0.15, 0.05]), rng.choice(4, 80, p=[0.3, 0.3, 0.2, 0.2])),
            category(rng.choice(3, 150), rng.choice(3, 60) + 1),
        ],
        # sizes, statistic, p-value
        "exact": [[len(a), len(b), *map(float, stats.ks_2samp(a, b, method="exact")[:2])] for a, b in samples],
        "asymptotic": [[m, n, d, float(stats.kstwo.sf(d, numpy.round(m * n / (m + n))))]
                       for m, n, statistics in tails for d in statistics],
        "p_values": p_values.tolist(),
        "adjusted": stats.false_discovery_control(p_values).tolist(),
        "unlabelled": unlabelled(),
    }))


if __name__ == "__main__":
    main()
