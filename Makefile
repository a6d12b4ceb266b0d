SWIFT = Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift \
	Fuzz/Sources/FuzzReplies/FuzzReplies.swift

.PHONY: run test format bench fuzz chaos simulate replay mutants

# The shop, on SQLite: open the address that it prints.
run:
	swift run -c release shop --store sqlite:shop.db

# Checks the format, installs the servers that the tests start, builds everything and runs every test. In three parts: the
# simulation takes every core, and what waits for a real server has deadlines.
test:
	Scripts/install.sh redis-server redis-cli openssl
	swift format lint --strict --recursive $(SWIFT)
	swift build --build-tests
	swift test --skip-build --skip 'SimulationTests|ChaosTests'
	swift test --skip-build --filter SimulationTests
	swift test --skip-build --filter ChaosTests

format:
	swift format --in-place --recursive $(SWIFT)

# What sessions cost, as ratios in one run, and the memory of a session. Linux; installs what it measures with.
bench:
	Benchmarks/run.sh

# Feeds the parser of Redis's answers with what libFuzzer comes up with, for SECONDS. Linux.
fuzz: SECONDS ?= 60
fuzz:
	cd Fuzz && swift build -c release
	mkdir -p Fuzz/.build/corpus
	cd Fuzz && .build/release/FuzzReplies -max_total_time=$(SECONDS) -max_len=4096 .build/corpus

# Shops on one store that are killed and come back while clients keep histories, which are then judged:
# `make chaos SEED=7 SECONDS=600`, and STORE=redis://… or what else the shop takes for another store than a SQLite file of its own.
chaos: SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
chaos: SECONDS ?= 60
chaos:
	swift build
	swift run --skip-build chaos-run $(SEED) $(SECONDS) $(STORE)

# Random orders of larger sets of requests from a seed, and every order of the scenarios that `make test` only samples.
simulate: SEED ?= 1
simulate: ROUNDS ?= 1000
simulate:
	SIMULATION_SEED=$(SEED) SIMULATION_ROUNDS=$(ROUNDS) swift test --filter RandomTests

# One schedule again, as a failure printed it: make replay SCHEDULE='visitor: set a, sign in | 1:send 2:send …'
replay:
	SIMULATION_SCHEDULE="$(SCHEDULE)" swift test --filter ReplayTests

# Each seeded bug of Tests/Mutants is applied to a copy and must be caught: all, or ONLY='01 08'.
mutants:
	Tests/Mutants/run.sh $(ONLY)
