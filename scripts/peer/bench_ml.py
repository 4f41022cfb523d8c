#!/usr/bin/env python3
"""Speed of the engine beside LightGBM, XGBoost, scikit-learn and shap: the same trees, the same
rows, one thread, one run.

Usage: bench_ml.py SOLATIUM BENCH OUT.md [CLAIMS.csv]

SOLATIUM and BENCH are target/release/solatium and target/release/examples/bench. Trains a model with
each library, imports it, and times both sides on the same 1,000 rows; every time is that of the
fastest of seven rounds. Writes a table and prints it. See requirements-bench.txt for the versions.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import lightgbm
import numpy
import pandas
import shap
import xgboost
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestRegressor

ROUNDS = 7
ROWS = 1_000
ONE_BY_ONE = 300


def fastest(work) -> float:
    """Seconds of the fastest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def run(*command) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


class Bench:
    def __init__(self, solatium: str, bench: str, folder: pathlib.Path, claims: pathlib.Path):
        self.solatium, self.bench, self.folder, self.claims = solatium, bench, folder, claims
        run(solatium, "features", "--data", claims, "--out", folder / "features.csv")
        frame = pandas.read_csv(folder / "features.csv").dropna(subset=["settlement"])
        self.target = (frame["settlement"] - frame["total"]).to_numpy()
        self.x = frame.drop(columns=["line", "settlement", "group"])
        self.rows = self.x.iloc[:ROWS]
        head = pandas.read_csv(claims, dtype=str).dropna(subset=["SettlementValue"]).iloc[:ROWS]
        head.to_csv(folder / "rows.csv", index=False)
        self.table: list = []

    def ours(self, name: str, model: pathlib.Path, predict) -> dict:
        """Imports the model and times our side of it."""
        probes = self.rows.iloc[:100].copy()
        probes["prediction"] = predict(self.rows.iloc[:100])
        probes.to_csv(self.folder / "probes.csv", index=False)
        bundle = self.folder / f"{name}.solm"
        mapping = []
        if model.suffix == ".onnx":
            columns = [{"input": c, "feature": c, "unknown": "replace"} for c in self.x.columns]
            (self.folder / "mapping.json").write_text(json.dumps(columns))
            mapping = ["--features", self.folder / "mapping.json"]
        run(self.solatium, "bundle", "import", "--model", model, "--target", "residual", *mapping,
            "--calibrate", self.claims, "--probes", self.folder / "probes.csv", "--out", bundle)
        return json.loads(run(self.bench, bundle, self.folder / "rows.csv"))

    def add(self, what: str, peer: str, theirs_us: float, ours_us: float, aim: float) -> None:
        self.table.append((what, peer, theirs_us, ours_us, theirs_us / ours_us, aim))

    def compare(self, what: str, name: str, model: pathlib.Path, predict, one, explain) -> None:
        ours = self.ours(name, model, predict)
        n = len(self.rows)
        rows = [self.rows.iloc[[i]] for i in range(ONE_BY_ONE)]
        batch = fastest(lambda: predict(self.rows)) / n * 1e6
        single = fastest(lambda: [one(row) for row in rows]) / ONE_BY_ONE * 1e6
        explained = fastest(lambda: explain(self.rows)) / n * 1e6
        aim = 3.0 if "forest" in what else 6.0
        self.add(f"{what}: batch prediction", name, batch, ours["batch_predict_us"], 1.0)
        self.add(f"{what}: one row", f"{name}, from Python", single, ours["one_predict_us"], 10.0)
        self.add(f"{what}: TreeSHAP a row", f"shap on {name}", explained, ours["one_explain_us"], aim)
        self.add(f"{what}: TreeSHAP, batch, all cores", f"shap on {name}", explained, ours["batch_explain_all_cores_us"], aim)

    def lightgbm(self) -> None:
        settings = dict(objective="huber", alpha=60, num_leaves=16, max_depth=4, learning_rate=0.05, verbose=-1,
                        min_data_in_leaf=20, bagging_fraction=0.5, bagging_freq=1, feature_fraction=0.5, num_threads=1)
        train = lambda: lightgbm.train(settings, lightgbm.Dataset(self.x, self.target), num_boost_round=900)
        booster = train()
        path = self.folder / "lightgbm.txt"
        booster.save_model(path)
        predict = lambda rows: booster.predict(rows, num_threads=1)
        explainer = shap.TreeExplainer(booster)
        arrays = self.rows.to_numpy()
        self.compare("boosted, 900 trees of 4 splits", "LightGBM", path, predict, predict,
                     lambda _: explainer.shap_values(arrays))
        ours = json.loads(run(self.bench, self.folder / "LightGBM.solm", self.claims, "train"))
        self.add("training 900 trees of 4 splits", "LightGBM, the same settings", fastest(train) * 1e6,
                 ours["train_s"] * 1e6, 1 / 3)

    def xgboost(self) -> None:
        settings = dict(max_depth=6, eta=0.1, nthread=1, min_child_weight=20, subsample=0.5)
        booster = xgboost.train(settings, xgboost.DMatrix(self.x, self.target), num_boost_round=300)
        path = self.folder / "xgboost.json"
        booster.save_model(path)
        predict = lambda rows: booster.inplace_predict(rows)
        explainer = shap.TreeExplainer(booster)
        arrays = self.rows.to_numpy()
        self.compare("boosted, 300 trees of 6 splits", "XGBoost", path, predict, predict,
                     lambda _: explainer.shap_values(arrays))

    def forest(self) -> None:
        model = RandomForestRegressor(300, max_depth=8, min_samples_leaf=5, max_features=1 / 3, random_state=1, n_jobs=1)
        arrays = self.x.to_numpy(numpy.float32)
        model.fit(arrays, self.target)
        onnx = convert_sklearn(model, initial_types=[("X", FloatTensorType([None, arrays.shape[1]]))])
        path = self.folder / "forest.onnx"
        path.write_bytes(onnx.SerializeToString())
        predict = lambda rows: model.predict(rows.to_numpy(numpy.float32))
        explainer = shap.TreeExplainer(model)
        few = self.rows.to_numpy(numpy.float32)[:200]
        self.compare("forest, 300 trees of 8 splits", "scikit-learn", path, predict, predict,
                     lambda _: explainer.shap_values(numpy.repeat(few, len(self.rows) // 200, axis=0)))

    def default(self) -> dict:
        bundle = self.folder / "default.solm"
        run(self.solatium, "train", "--data", self.claims, "--out", bundle)
        return json.loads(run(self.bench, bundle, self.folder / "rows.csv"))


def report(bench: Bench, default: dict) -> str:
    packages = ("lightgbm", "xgboost-cpu", "scikit-learn", "shap")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    lines = [
        "# Benchmarks of the model engine", "",
        "Made by `make bench-ml`: one run, one thread but where all cores are said, the same trees and the same",
        f"{ROWS:,} rows on both sides, the fastest of {ROUNDS} rounds each. Times swing with the machine; ratios less so.",
        f"Peers: {versions}.", "",
        "| | Peer | peer, µs | ours, µs | ratio | aim |", "|---|---|---:|---:|---:|---:|",
    ]
    for what, peer, theirs, ours, ratio, aim in bench.table:
        lines.append(f"| {what} | {peer} | {theirs:,.2f} | {ours:,.2f} | **{ratio:.1f}×** | {aim:.2g}× |")
    lines += [
        "", "The default bundle of `solatium train` (a point model and two quantile models):", "",
        "| | measured | aim |", "|---|---:|---:|",
        f"| loading with every check | {default['load_ms']:.0f} ms | 50 ms |",
        f"| prediction, interval and explanation in pounds | {default['predict_interval_and_explain_us']:.0f} µs | |",
        f"| prediction alone | {default['one_predict_us']:.1f} µs | |", "",
    ]
    return "\n".join(lines)


def main() -> None:
    solatium, program, out = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        claims = folder / "claims.csv"
        if len(sys.argv) > 4:
            claims.write_bytes(pathlib.Path(sys.argv[4]).read_bytes())
        else:
            run(solatium, "generate", "--claims", "5000", "--seed", "1", "--out", claims)
        bench = Bench(solatium, program, folder, claims)
        default = bench.default()
        bench.lightgbm()
        bench.xgboost()
        bench.forest()
        text = report(bench, default)
    pathlib.Path(out).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
