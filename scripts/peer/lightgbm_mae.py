#!/usr/bin/env python3
"""LightGBM with absolute error on the raw columns, in the folds that `solatium train` used.

Usage: lightgbm_mae.py CLAIMS.csv FOLDS.csv

FOLDS.csv is what `solatium train --folds-out` writes: `line,fold,settlement,prediction`, one line
for each row with a settlement value, where `line` is the row's line in CLAIMS.csv. Prints both
mean absolute errors over the same rows and their ratio. Needs lightgbm and pandas.
"""
import sys

import lightgbm
import numpy
import pandas

# The best of eight settings tried on the reference rows (the library's own defaults give 6% more
# error), so that the comparison flatters LightGBM rather than us.
SETTINGS = {
    "n_estimators": 1000, "learning_rate": 0.05, "num_leaves": 15,
    "subsample": 0.7, "subsample_freq": 1, "colsample_bytree": 0.7,
}


def raw_columns(claims: pandas.DataFrame) -> pandas.DataFrame:
    """The columns as they are: texts as codes, dates as days, blanks left blank."""
    x = claims.drop(columns="SettlementValue").copy()
    for column in x.columns:
        if "Date" in column:
            x[column] = (pandas.to_datetime(x[column], errors="coerce") - pandas.Timestamp("2020-01-01")).dt.days
        elif not pandas.api.types.is_numeric_dtype(x[column]):
            x[column] = x[column].astype("category").cat.codes.replace(-1, numpy.nan)
    x.columns = [c.replace(" ", "_") for c in x.columns]
    return x


def main() -> None:
    claims = pandas.read_csv(sys.argv[1])
    folds = pandas.read_csv(sys.argv[2])
    rows = folds["line"].to_numpy() - 2  # the header is line 1
    x = raw_columns(claims).iloc[rows].reset_index(drop=True)
    y = claims["SettlementValue"].to_numpy()[rows]
    if not numpy.allclose(y, folds["settlement"]):
        sys.exit("the folds file does not belong to this claims file")
    predicted = numpy.empty(len(y))
    for fold in sorted(folds["fold"].unique()):
        held = (folds["fold"] == fold).to_numpy()
        model = lightgbm.LGBMRegressor(
            objective="l1", random_state=0, verbose=-1, n_jobs=1, deterministic=True, **SETTINGS
        )
        model.fit(x[~held], y[~held])
        predicted[held] = model.predict(x[held])
    peer = numpy.abs(predicted - y).mean()
    ours = numpy.abs(folds["prediction"] - folds["settlement"]).mean()
    print(f"lightgbm {lightgbm.__version__}, absolute error, raw columns: MAE {peer:.1f}")
    print(f"ours, same rows and folds:                           MAE {ours:.1f}")
    print(f"ratio: {ours / peer:.3f}")


if __name__ == "__main__":
    main()
