# Two commands do everything on a fresh machine: `make run` and `make test`.

.DEFAULT_GOAL := help
.PHONY: help bench-billing bench-retraining bench-trials bench-monitor bench-documents readers run build test check lint pictures bench bench-ui bench-ml fuzz clean site unit browser toolchain

export PATH := $(CURDIR)/target/toolchain/bin:$(PATH)
WASM := target/wasm32-unknown-unknown/wasm-release/frontend.wasm

help:
	@echo "make run    build everything, fill demo data, serve, print the address and the demo logins"
	@echo "make test   every test: rules, storage on SQLite and PostgreSQL, HTTP, browser"
	@echo "make build  the program (target/release/solatium) and its site (target/site)"
	@echo "make check  formatting, dependency rules, story table, size of the wasm file"
	@echo "make pictures  the README's pictures, taken anew"
	@echo "make fuzz   the loaders of bundles, models and claims against made-up bytes, for some minutes"
	@echo "make bench-ml  the engine beside LightGBM, XGBoost, scikit-learn and shap, into docs/benchmarks.md"
	@echo "make bench-monitor  false alarms of a year of streams that have not drifted, and how soon drift is found"
	@echo "make bench-retraining  what a retraining on 100,000 claims takes"
	@echo "make bench-billing  a month of billing: a million predictions, a hundred thousand invoices, a bank's file"
	@echo "make bench-trials  what a canary and a shadow cost those who wait for predictions"
	@echo "make bench-documents  how well letters are read, by medium and field, into docs/documents.md"
	@echo "make bench-ui  the pages in Chromium: what is seen at once, how quickly, and what it weighs"
	@echo "make bench  training, accuracy beside LightGBM, prediction, the claims list, REST: measured and printed"

run: build readers
	@target/release/solatium demo
	@exec target/release/solatium serve

build: toolchain
	cargo build --release --workspace --exclude frontend
	$(MAKE) site

site:
	cargo build --profile wasm-release --target wasm32-unknown-unknown --package frontend
	target/release/sitebuild $(WASM) style/main.css public target/site target/release/hash.txt

toolchain:
	@scripts/toolchain.sh

# The programs that read documents.
readers:
	@scripts/readers.sh

# The tests' own build brings the programs along: building them apart first would compile much twice.
test: toolchain readers unit site check browser

unit:
	scripts/unit-tests.sh

browser:
	scripts/browser-tests.sh

check:
	scripts/check.sh

# The README's pictures.
pictures: build
	SPECS=pictures scripts/browser-tests.sh

lint: toolchain
	scripts/lint.sh

bench: build
	scripts/bench.sh

# The face, measured in Chromium: rows in the first screen, the way to Accept, page changes, bytes, a slow line.
bench-ui: build
	RUN=end2end/bench/ui.mjs scripts/browser-tests.sh

# How well documents are read, on letters that nothing is developed on.
bench-documents: build readers
	scripts/bench-documents.sh
	RUN=end2end/bench/documents.mjs scripts/browser-tests.sh

# Alerts of streams that have not drifted, and how soon one that has is found.
bench-monitor: toolchain
	cargo build --release --workspace --exclude frontend --examples
	target/release/examples/false_alarms

# Every fit of a retraining on 100,000 claims, or on CLAIMS.
bench-retraining: toolchain
	cargo build --release --workspace --exclude frontend --examples
	target/release/examples/retraining

# A month of billing: drafts, pages, the bank's file.
bench-billing: toolchain
	cargo build --release --workspace --exclude frontend --examples
	target/release/examples/billing

# What trials cost those who wait for predictions.
bench-trials: build
	RUN=end2end/bench/trials.mjs scripts/browser-tests.sh

bench-ml: toolchain
	scripts/bench-ml.sh

fuzz: toolchain
	scripts/fuzz.sh

clean:
	rm -rf target data
