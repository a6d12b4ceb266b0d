.PHONY: run test

# The shop, on SQLite: open the address that it prints.
run:
	swift run -c release shop --store sqlite:shop.db

# Builds everything and runs every test.
test:
	swift test

.PHONY: bench

# What sessions cost, as ratios in one run, and the memory of a session. Linux; installs wrk where it is missing.
bench:
	Benchmarks/run.sh
