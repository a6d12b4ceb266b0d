.PHONY: test

# Builds everything and runs every test.
test:
	swift test
