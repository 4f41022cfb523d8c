"""Trains the peer of the REST benchmark: LightGBM for the settlement less the sum of heads, and two quantile
models for the range, on a file with the data set's columns. Usage: rest_train.py CLAIMS.csv OUT_DIRECTORY"""
import json
import pathlib
import sys

import lightgbm as lgb
import pandas as pd

claims = pd.read_csv(sys.argv[1]).dropna(subset=["SettlementValue"])
out = pathlib.Path(sys.argv[2])
heads = [c for c in claims.columns if c.startswith(("Special", "General"))]
features = claims[heads].apply(pd.to_numeric, errors="coerce").fillna(0.0)
total = features.sum(axis=1)
features["prognosis"] = claims["Injury_Prognosis"].astype(str).str.extract(r"(\d+)")[0].astype(float)
for column in ("Minor_Psychological_Injury", "Exceptional_Circumstances"):
    features[column] = (claims[column] == "Yes").astype(float)
common = {"verbose": -1, "n_jobs": 1, "num_leaves": 15}
models = {
    "amount": (lgb.LGBMRegressor(objective="mae", n_estimators=300, learning_rate=0.05, **common), total),
    "lower": (lgb.LGBMRegressor(objective="quantile", alpha=0.05, n_estimators=200, **common), 0),
    "upper": (lgb.LGBMRegressor(objective="quantile", alpha=0.95, n_estimators=200, **common), 0),
}
for name, (model, base) in models.items():
    model.fit(features, claims["SettlementValue"] - base)
    model.booster_.save_model(str(out / f"{name}.txt"))
(out / "features.json").write_text(json.dumps(list(features.columns)))
