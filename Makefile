SWIFT = Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Fuzz/Package.swift \
	Fuzz/Sources/Fuzz/Fuzz.swift

# Every build has every trait: FlyingFox and Postgres are off by default, and a build with other traits compiles everything
# anew.
TRAITS = --enable-all-traits

.PHONY: run test check tsan asan sources format bench requirements fuzz fuzzer chaos simulate replay mutants mutate stress

# The shop, on SQLite: open the address that it prints; and the command line beside it. It is the tests' build, so that
# neither compiles what the other has; where libpq can't be had, it is one without the PostgreSQL store.
# (SWIFT_DETERMINISTIC_HASHING: see Scripts/test.sh.)
WITHOUT_POSTGRES = --traits SQLite,Redis,Hummingbird,FlyingFox,Observability,CLI,Examples

run: PORT ?= 8080
run:
	@traits="$(TRAITS)"; \
	Scripts/install.sh libpq-dev || { echo "The shop is built without the PostgreSQL store."; traits="$(WITHOUT_POSTGRES)"; }; \
	if [ -x .build/debug/shop ]; then echo "Building what changed in the shop: seconds, up to a minute on two cores."; \
	else echo "Building the shop: about 3 minutes on two cores, the first time. The tests use the same build."; fi; \
	for product in shop sessions; do \
		SWIFT_DETERMINISTIC_HASHING=1 swift build $$traits --product $$product || exit 1; \
	done
	.build/debug/shop --store sqlite:shop.db --port $(PORT)

# Every test, and what must be so beside them: Scripts/test.sh says which steps there are and how long each takes.
test:
	@Scripts/test.sh all

# The format and the tests of the engine, for while you work on it.
check:
	@Scripts/test.sh check

# The thread sanitizer over the engine and every store, in a build folder of its own.
tsan:
	@echo "Building engine and stores for the thread sanitizer: minutes, the first time; then a few of tests."
	Scripts/tsan.sh '^SessionsTests\.|^SessionsSQLiteTests\.|^SessionsRedis(Client)?Tests\.|ContractTests/sqlite'

# What the formatter looks at, for Scripts/test.sh.
sources:
	@echo $(SWIFT)

format:
	swift format --in-place --recursive $(SWIFT)

# What sessions cost, as ratios in one run, with a report at the end. Linux; installs what it measures with.
# (Make keeps a ROUNDS of the environment from commands, because `simulate` has one of its own.)
bench:
	$(if $(ROUNDS),ROUNDS=$(ROUNDS)) Benchmarks/run.sh

# Writes docs/requirements.md from docs/requirements.json; `make test` fails where it is stale.
requirements:
	SWIFT_DETERMINISTIC_HASHING=1 swift build $(TRAITS) --build-tests
	WRITE_REQUIREMENTS=1 swift test $(TRAITS) --skip-build --disable-xctest --filter RequirementsTests

# Feeds what reads a client's or a store's bytes with what libFuzzer comes up with, under the address sanitizer: all targets, or
# those of TARGET='token cookies', for SECONDS each. Linux.
FUZZ_TARGETS = $(notdir $(wildcard Fuzz/Corpus/*))

fuzz: SECONDS ?= 60
fuzz: TARGET ?= $(FUZZ_TARGETS)
fuzz: fuzzer
	@cd Fuzz; for target in $(TARGET); do \
		printf '\n== %s, for %s s\n' $$target $(SECONDS); mkdir -p .build/corpus/$$target; \
		SWIFT_BACKTRACE=enable=no FUZZ_TARGET=$$target .build/release/Fuzz -max_total_time=$(SECONDS) \
			-max_len=4096 -rss_limit_mb=4096 -artifact_prefix=.build/$$target- .build/corpus/$$target Corpus/$$target || exit 1; \
	done

# The inputs of Fuzz/Corpus again, under the address sanitizer; `make test` reads them without it. Linux.
asan: fuzzer
	@cd Fuzz; for target in $(FUZZ_TARGETS); do \
		echo "== $$target"; \
		SWIFT_BACKTRACE=enable=no FUZZ_TARGET=$$target .build/release/Fuzz -runs=0 Corpus/$$target || exit 1; \
	done

fuzzer:
	cd Fuzz && swift build -c release --sanitize=address --product Fuzz

# Shops on one store that are killed and come back while clients keep histories, which are then judged:
# `make chaos SEED=7 SECONDS=600`, and STORE=redis://… or what else the shop takes for another store than a SQLite file of its own.
chaos: SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
chaos: SECONDS ?= 60
chaos:
	@Scripts/install.sh libpq-dev
	SWIFT_DETERMINISTIC_HASHING=1 swift build $(TRAITS)
	swift run $(TRAITS) --skip-build chaos-run $(SEED) $(SECONDS) $(STORE)

# Random orders of larger sets of requests from a seed, and every order of the scenarios that `make test` only samples.
simulate: SEED ?= 1
simulate: ROUNDS ?= 1000
simulate:
	SIMULATION_SEED=$(SEED) SIMULATION_ROUNDS=$(ROUNDS) swift test $(TRAITS) --filter RandomTests

# One schedule again, as a failure printed it: make replay SCHEDULE='visitor: set a, sign in | 1:send 2:send …'
replay:
	SIMULATION_SCHEDULE="$(SCHEDULE)" swift test $(TRAITS) --filter ReplayTests

# Each seeded bug of Tests/Mutants is applied to a copy and must be caught: all, or ONLY='01 08'.
mutants:
	Tests/Mutants/run.sh $(ONLY)

# Bugs seeded by machine, all in one build: which of them does no test notice? Of SAMPLE in each folder, or of all in
# FOLDER='Sources/Sessions/Token', of the kinds in ONLY='comparison,awaits'; LIST=1 only lists them.
mutate:
	Scripts/mutate.sh

# The tests ROUNDS times beside eight busy loops, all or those of FILTER: no test may depend on how fast the machine is.
stress:
	Scripts/stress.sh
