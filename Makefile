.PHONY: run test format

SWIFT = Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources

# The shop, on SQLite: open the address that it prints.
run:
	swift run -c release shop --store sqlite:shop.db

# Checks the format, builds everything and runs every test.
test:
	swift format lint --strict --recursive $(SWIFT)
	swift test

format:
	swift format --in-place --recursive $(SWIFT)

.PHONY: chaos

SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
SECONDS ?= 60
STORE ?=

# Shops on one store that are killed and come back while clients keep histories, which are then judged:
# `make chaos SEED=7 SECONDS=600`, and STORE=… for another store than a SQLite file of its own.
chaos:
	swift run chaos-run $(SEED) $(SECONDS) $(STORE)

.PHONY: bench

# What sessions cost, as ratios in one run, and the memory of a session. Linux; installs wrk where it is missing.
bench:
	Benchmarks/run.sh
