#!/usr/bin/env python3
"""A file of claims as pandas writes it to Parquet.

Usage: claims_parquet.py CLAIMS.csv OUT.parquet

Needs pandas and pyarrow; the fixture in server/tests/data was made with pandas 2.3 and pyarrow 26.
"""
import sys

import pandas

claims = pandas.read_csv(sys.argv[1])
for column in ("Accident Date", "Claim Date"):
    claims[column] = pandas.to_datetime(claims[column], format="ISO8601")
claims.to_parquet(sys.argv[2], compression="zstd")
