# Every way in. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test test-long bench bench-exchange screens schema fmt check setup setup-test build

# One folder for what is built, whatever the caller's environment says: the targets start programs from it.
export CARGO_TARGET_DIR := $(CURDIR)/target

run: build ## Start a province with its devices and open the screens (ONCE=1: stop after the totals)
	@target/debug/cotmoc demo --data var/demo $(if $(filter 1,$(ONCE)),--once)

test: ## Run every check and every test, and say what ran
	@scripts/test

bench: setup-test build ## Print the measured figures: name, value, unit, bar, ok or short
	@target/debug/cotmoc-bench

bench-exchange: setup-test build ## Print the figures of the exchange alone: bytes, server's work, bad link
	@target/debug/cotmoc-bench --transfer 1000,10000,50000 --only exchange --only transfer --only server --only link --only cut --only bundle --only load

test-long: setup-test build ## Run what takes too long for `make test`: 1,000 fleets, cuts at every byte, the bad link
	@cargo nextest run -p cotmoc-tests --test simulator --test cuts --run-ignored only --no-capture
	@cargo nextest run -p cotmoc-ledger --test ledger --run-ignored only
	@target/debug/cotmoc-bench --only cut --long

screens: setup-test build ## Make the screenshots in docs/screens
	@npm --prefix ui run --silent screens

schema: build ## Write ui/src/backend/generated.ts from the use cases
	@scripts/schema

fmt: ## Format the Rust code
	@cargo fmt --all

check: setup ## Say what can be said without running: format, clippy, types, generated files
	@scripts/check

setup: ## Install what building and running need
	@scripts/setup run

setup-test: ## Install what testing needs too
	@scripts/setup test

build: setup
	@scripts/build

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
