# The comment after each target is its help text. The work is done in scripts/.

.DEFAULT_GOAL := help
.PHONY: help run dev test lint doctor engines openapi fuzz fuzz-api bench perf-guard gate soak fleet first-screen upgrade migration-locks client-faults screenshots

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build everything and run the service at http://localhost:8080
	@scripts/run

dev: ## Run a debug build and restart it when its sources change
	@scripts/dev

test: ## Run all tests
	@scripts/test

lint: ## Check format, lints, documentation and dependencies
	@scripts/lint

doctor: ## Check toolchains, port and database, and say how to fix problems
	@scripts/doctor

engines: ## Run the tests of API and sessions on PostgreSQL 17 and 18 too
	@scripts/engines

openapi: ## Regenerate openapi.json from the code, and the client's calls from it
	@cargo run --quiet --locked -- openapi >openapi.json.new && mv openapi.json.new openapi.json
	@scripts/install-client && npm --prefix mobile run generate:api

fuzz: ## Fuzz the parsers of tokens, cookies and cursors
	@scripts/fuzz

fuzz-api: ## Look for responses that openapi.json does not describe
	@scripts/fuzz-api

bench: ## Measure the service, what limits it, its growth and its peers
	@bench/run

perf-guard: ## Fail if a request needs over 5 % more instructions than it did
	@scripts/perf-guard

gate: ## Check that neither sign-ins nor mails reveal which addresses have an account
	@scripts/gate

soak: ## Refresh through crashes for ten minutes, and print what happened
	@scripts/soak

fleet: ## Let every part of a fleet fail for five minutes, and print what clients noticed
	@scripts/fleet

first-screen: ## Run the first screen of docs/operations.md in a copy of this machine, as root
	@scripts/first-screen

upgrade: ## Run the previous release beside this one, through the migration
	@scripts/upgrade

migration-locks: ## Run each migration on a million accounts, and print what it keeps waiting
	@scripts/migration-locks

client-faults: ## Run 1,000 sessions of the client through its matrix of faults
	@scripts/client-suite faults -- --sessions 1000

screenshots: ## Take screenshots of every screen into docs/screenshots
	@scripts/client-suite screenshots
	@pngquant --ext .png --force docs/screenshots/*.png
	@pngquant 16 --nofs --ext .png --force docs/screenshots/mails/*.png
