#!/usr/bin/env python3
"""Small models of other libraries with their own predictions, for the tests of the import.

Usage: export_models.py target/release/solatium crates/ml/tests/imports

Writes one model file for each case and expected.json with the rows, each case's inputs and target,
and the predictions. For ONNX these are onnxruntime's; how far the library that trained the model is
from them is printed. The claims are synthetic (`solatium generate`), the inputs `solatium features`.

Made with Python 3 and lightgbm 4.7.0, xgboost-cpu 3.2.0, scikit-learn 1.9.1, skl2onnx 1.20.0,
onnxmltools 1.16.0, onnxruntime 1.32.0, onnx 1.19.1, protobuf 6.33.6, numpy 2.4.6, pandas 3.1.1.
(With protobuf 7 skl2onnx 1.20.0 cannot write HistGradientBoostingRegressor.)
"""
import json
import pathlib
import subprocess
import sys
import tempfile
from importlib.metadata import version

import lightgbm
import numpy
import onnxmltools
import onnxruntime
import pandas
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

PACKAGES = ["lightgbm", "xgboost-cpu", "scikit-learn", "skl2onnx", "onnxmltools", "onnxruntime", "onnx"]
PROBES = 60


class Data:
    """Settled synthetic claims as features: `replaced` without and `kept` with missing values."""

    def __init__(self, solatium: str):
        with tempfile.TemporaryDirectory() as folder:
            claims = f"{folder}/claims.csv"
            subprocess.run([solatium, "generate", "--claims", "900", "--seed", "11", "--out", claims], check=True)
            self.replaced = self.features(solatium, claims, [])
            self.kept = self.features(solatium, claims, ["--keep-unknown"])
        self.settlement = self.replaced["settlement"]
        self.residual = self.settlement - self.replaced["total"]
        for frame in (self.replaced, self.kept):
            frame.drop(columns=["line", "settlement", "group"], inplace=True)
        # Rows with something unknown first, then others.
        unknown = self.kept.isna().any(axis=1)
        self.probes = pandas.concat([unknown[unknown].head(PROBES // 2), unknown[~unknown].head(PROBES // 2)]).index

    @staticmethod
    def features(solatium: str, claims: str, more: list) -> pandas.DataFrame:
        out = claims + ".features"
        subprocess.run([solatium, "features", "--data", claims, "--out", out, *more], check=True)
        return pandas.read_csv(out).dropna(subset=["settlement"]).reset_index(drop=True)


class Cases:
    def __init__(self, data: Data, out: pathlib.Path):
        self.data, self.out, self.cases = data, out, []

    def frame(self, kept: bool, columns=None) -> pandas.DataFrame:
        frame = self.data.kept if kept else self.data.replaced
        return frame if columns is None else frame[columns]

    def add(self, file: str, exporter: str, target: str, frame: pandas.DataFrame, kept: bool, prediction, size: int):
        assert size <= 100_000, (file, size)
        case = {
            "file": file,
            "exporter": exporter,
            "target": target,
            "kept": kept,
            "columns": list(frame.columns),
            "prediction": [float(p) for p in numpy.asarray(prediction).ravel()],
        }
        self.cases.append(case)

    def lightgbm(self, name: str, target: str, kept: bool = False, categorical=(), rounds: int = 30, **settings):
        frame = self.frame(kept)
        settings = {"num_leaves": 12, "min_data_in_leaf": 15, "verbose": -1, "seed": 1, "num_threads": 1, **settings}
        data = lightgbm.Dataset(frame, getattr(self.data, target), categorical_feature=list(categorical))
        booster = lightgbm.train(settings, data, num_boost_round=rounds)
        path = self.out / f"{name}.txt"
        booster.save_model(path)
        predicted = booster.predict(frame.loc[self.data.probes])
        self.add(path.name, f"lightgbm {version('lightgbm')}", target, frame, kept, predicted, path.stat().st_size)

    def xgboost(self, name: str, target: str, kept: bool = False, rounds: int = 30, **settings):
        frame = self.frame(kept)
        model = xgboost.XGBRegressor(n_estimators=rounds, max_depth=4, random_state=1, n_jobs=1, **settings)
        model.fit(frame, getattr(self.data, target))
        path = self.out / f"{name}.json"
        model.save_model(path)
        predicted = model.predict(frame.loc[self.data.probes])
        self.add(path.name, f"xgboost {version('xgboost-cpu')}", target, frame, kept, predicted, path.stat().st_size)

    def onnx(self, name: str, target: str, model, convert, kept=False, columns=None, dtype=numpy.float32):
        frame = self.frame(kept, columns)
        model.fit(frame.to_numpy(), getattr(self.data, target))
        graph = convert(model, frame.shape[1])
        path = self.out / f"{name}.onnx"
        path.write_bytes(graph.SerializeToString())
        rows = frame.loc[self.data.probes].to_numpy()
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        predicted = session.run(None, {session.get_inputs()[0].name: rows.astype(dtype)})[0].ravel()
        own = numpy.asarray(model.predict(rows)).ravel()
        print(f"{name}: library and onnxruntime differ by up to £{numpy.abs(own - predicted).max():.2g}")
        exporter = f"{graph.producer_name} {graph.producer_version}"
        self.add(path.name, exporter, target, frame, kept, predicted, path.stat().st_size)


def sklearn(tensor=FloatTensorType):
    return lambda model, width: convert_sklearn(model, initial_types=[("X", tensor([None, width]))])


def tools(convert):
    return lambda model, width: convert(model, initial_types=[("X", ToolsFloat([None, width]))])


def export(data: Data, out: pathlib.Path) -> list:
    cases = Cases(data, out)
    cases.lightgbm("lightgbm_l1", "residual", objective="regression_l1")
    cases.lightgbm("lightgbm_lower", "residual", objective="quantile", alpha=0.1)
    cases.lightgbm("lightgbm_upper", "residual", objective="quantile", alpha=0.95)
    cases.lightgbm("lightgbm_tweedie", "settlement", objective="tweedie")
    cases.lightgbm("lightgbm_missing", "residual", kept=True, objective="huber")
    cases.lightgbm("lightgbm_zero", "residual", kept=True, objective="regression", zero_as_missing=True)
    cases.lightgbm("lightgbm_ignored", "residual", kept=True, objective="fair", use_missing=False)
    codes = ["accident_type", "prognosis_months", "head_count"]
    cases.lightgbm("lightgbm_categorical", "residual", kept=True, categorical=codes, objective="regression", min_data_per_group=5, cat_smooth=1.0)
    cases.lightgbm("lightgbm_forest", "settlement", objective="regression", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    cases.xgboost("xgboost_squarederror", "residual", kept=True)
    cases.xgboost("xgboost_tweedie", "settlement", kept=True, objective="reg:tweedie")
    cases.xgboost("xgboost_quantile", "residual", objective="reg:quantileerror", quantile_alpha=0.1, rounds=15)
    cases.xgboost("xgboost_dart", "residual", booster="dart", rate_drop=0.3)
    cases.xgboost("xgboost_gblinear", "residual", booster="gblinear", rounds=5)

    cases.onnx("sklearn_forest", "settlement", RandomForestRegressor(20, max_depth=6, random_state=1), sklearn())
    cases.onnx("sklearn_extratrees", "residual", ExtraTreesRegressor(20, max_depth=6, random_state=1), sklearn())
    gradient = GradientBoostingRegressor(loss="huber", n_estimators=30, random_state=1)
    cases.onnx("sklearn_gradientboosting", "residual", gradient, sklearn())
    histogram = HistGradientBoostingRegressor(loss="absolute_error", max_iter=30, max_leaf_nodes=12, random_state=1)
    cases.onnx("sklearn_histogram", "residual", histogram, sklearn(), kept=True)
    some = list(data.replaced.columns[1:19])
    cases.onnx("sklearn_linear_double", "residual", LinearRegression(), sklearn(DoubleTensorType), columns=some, dtype=numpy.float64)
    cases.onnx("sklearn_linear", "settlement", LinearRegression(), sklearn(), columns=some)
    cases.onnx("sklearn_ridge", "residual", Ridge(100.0), sklearn())
    cases.onnx("sklearn_elasticnet", "residual", ElasticNet(), sklearn())
    small = {"n_estimators": 30, "num_leaves": 12, "verbose": -1, "n_jobs": 1, "random_state": 1}
    light = tools(onnxmltools.convert_lightgbm)
    cases.onnx("tools_lightgbm", "residual", lightgbm.LGBMRegressor(objective="l1", **small), light, kept=True)
    cases.onnx("tools_lightgbm_tweedie", "settlement", lightgbm.LGBMRegressor(objective="tweedie", **small), light, kept=True)
    small = {"n_estimators": 30, "max_depth": 4, "n_jobs": 1, "random_state": 1}
    extreme = tools(onnxmltools.convert_xgboost)
    cases.onnx("tools_xgboost", "residual", xgboost.XGBRegressor(**small), extreme, kept=True)
    cases.onnx("tools_xgboost_tweedie", "settlement", xgboost.XGBRegressor(objective="reg:tweedie", **small), extreme, kept=True)
    return cases.cases


def rows(data: Data, kept: bool) -> list:
    frame = (data.kept if kept else data.replaced).loc[data.probes]
    return [[None if pandas.isna(x) else x for x in row] for row in frame.to_numpy().tolist()]


def main():
    solatium, out = sys.argv[1], pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    data = Data(solatium)
    expected = {
        "versions": {package: version(package) for package in PACKAGES},
        "columns": list(data.replaced.columns),
        "replaced": rows(data, False),
        "kept": rows(data, True),
        "cases": export(data, out),
    }
    (out / "expected.json").write_text(json.dumps(expected, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
