"""The peer of the REST benchmark, as a Python team would build it: FastAPI, LightGBM, shap, SQLite in the
write-ahead mode with `synchronous=normal`, one transaction of three inserts a prediction, a connection a thread.
Usage: MODELS=DIRECTORY DB=FILE uvicorn rest:app"""
import hashlib
import json
import os
import pathlib
import re
import sqlite3
import threading
import time
import uuid

import lightgbm as lgb
import numpy as np
import shap
from fastapi import FastAPI, Header, HTTPException

models = pathlib.Path(os.environ["MODELS"])
amount, lower, upper = (lgb.Booster(model_file=str(models / f"{name}.txt")) for name in ("amount", "lower", "upper"))
columns = json.loads((models / "features.json").read_text())
explainer = shap.TreeExplainer(amount)
# SpecialTherapy is posted as special_therapy_pence.
posted = {c: re.sub(r"(?<!^)(?=[A-Z])", "_", c).lower() + "_pence" for c in columns if c.startswith(("Special", "General"))}
local = threading.local()


def database():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(os.environ["DB"], isolation_level=None, timeout=30)
        local.connection.execute("pragma synchronous=normal")
    return local.connection


database().executescript(
    """pragma journal_mode=wal;
    create table if not exists keys (hash text primary key);
    create table if not exists claims (id text primary key, body text, at real);
    create table if not exists predictions (id text primary key, claim text, amount int, lower int, upper int, contributions text);
    create table if not exists audit (id integer primary key, what text, at real);"""
)
database().execute("insert or ignore into keys values (?)", (hashlib.sha256(b"bench").hexdigest(),))
app = FastAPI()


@app.get("/readyz")
def ready():
    return "ready"


def features_of(claim):
    if not isinstance(claim.get("injury_prognosis_months"), int):
        raise HTTPException(422, "injury_prognosis_months")
    row = [claim.get(posted[c], 0) / 100 for c in columns if c in posted]
    flags = [float(bool(claim.get(name))) for name in ("minor_psychological_injury", "exceptional_circumstances")]
    return np.array([[*row, claim["injury_prognosis_months"], *flags]], dtype=float), sum(row)


@app.post("/api/v1/predictions", status_code=201)
def predict(body: dict, authorization: str = Header("")):
    connection = database()
    key = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    if not connection.execute("select 1 from keys where hash = ?", (key,)).fetchone():
        raise HTTPException(401)
    claim = body["claim"]
    row, total = features_of(claim)
    value, low, high = (float(m.predict(row, num_threads=1)[0]) for m in (amount, lower, upper))
    contributions = [
        {"feature": name, "amount_pence": round(float(phi) * 100)} for name, phi in zip(columns, explainer.shap_values(row)[0])
    ]
    claim_id, prediction_id, now = str(uuid.uuid4()), str(uuid.uuid4()), time.time()
    pence = [round(x * 100) for x in (value + total, low, high)]
    connection.execute("begin immediate")
    connection.execute("insert into claims values (?, ?, ?)", (claim_id, json.dumps(claim), now))
    connection.execute("insert into predictions values (?, ?, ?, ?, ?, ?)", (prediction_id, claim_id, *pence, json.dumps(contributions)))
    connection.execute("insert into audit (what, at) values (?, ?)", (f"claim.predicted {prediction_id}", now))
    connection.execute("commit")
    return {
        "prediction_id": prediction_id, "claim_id": claim_id, "amount_pence": pence[0], "lower_pence": pence[1],
        "upper_pence": pence[2], "contributions": contributions,
    }
