.PHONY: run test

# The shop, on SQLite: open the address that it prints.
run:
	swift run -c release shop --store sqlite:shop.db

# Builds everything and runs every test.
test:
	swift test
