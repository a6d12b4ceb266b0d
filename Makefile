.PHONY: run test format

SWIFT = Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift \
	Fuzz/Sources/FuzzReplies/FuzzReplies.swift

# The shop, on SQLite: open the address that it prints.
run:
	swift run -c release shop --store sqlite:shop.db

# Checks the format, installs the servers that tests start, builds everything and runs every test.
test:
	Scripts/install-test-servers.sh
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

.PHONY: bench-redis

# The Redis store against redis-benchmark, and the memory of a session in Redis. Linux.
bench-redis:
	Benchmarks/redis.sh

.PHONY: fuzz

# Feeds the parser of Redis's answers with what libFuzzer comes up with, for so many seconds. Linux.
fuzz:
	cd Fuzz && swift build -c release
	mkdir -p Fuzz/.build/corpus
	cd Fuzz && .build/release/FuzzReplies -max_total_time=$(SECONDS) -max_len=4096 .build/corpus
