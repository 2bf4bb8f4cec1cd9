# The two commands a newcomer needs are `make nightly` and `make test`; both set themselves up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := data_contracts features models experiments serving
HOME_DIR ?= var/demo
AS_OF_DATE ?= 2026-07-15

export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export GX_ANALYTICS_ENABLED := False

.DEFAULT_GOAL := help
.PHONY: help setup nightly test bench check format lock screenshots apt-test-tools clean spark

help:  ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(VENV)/.ready  ## Create .venv with the locked dependencies

# uv resolves nothing here: it installs exactly what requirements.lock names, hashes checked. Compiled now: whoever may
# not write into the environment would compile all of it at every start, two to three seconds of each.
$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

nightly: setup  ## Run the main job end to end on a simulated district (set-up included)
	@$(BIN)/zhaoren-lab demo --home $(HOME_DIR) --as-of-date $(AS_OF_DATE)
	@ZHAOREN_HOME=$(HOME_DIR) $(BIN)/zhaoren nightly --as-of-date $(AS_OF_DATE)

test: setup  ## Run every test; ends with what was skipped and why
	@$(BIN)/python -m pytest

# An hour and 15 GB of disk; `zhaoren-lab bench scale --sizes 50k,1m,10m` is ten times that.
bench: setup  ## Measure at 1,000,000 households what has to keep up with the night
	@$(BIN)/zhaoren-lab bench gate
	@$(BIN)/zhaoren-lab bench linkage
	@$(BIN)/zhaoren-lab bench nightly
	@$(BIN)/zhaoren-lab bench scale
	@$(BIN)/zhaoren-lab bench dates
	@$(BIN)/zhaoren-lab bench memory
	@$(BIN)/zhaoren-lab bench peers

check: setup  ## Lint, types and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup  ## Format the code
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format --quiet .

lock: setup  ## Resolve pyproject.toml into requirements.lock and requirements-spark.lock anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --extra spark --constraint requirements.lock pyproject.toml -o requirements-spark.lock

apt-test-tools:  ## Install from Debian what only some tests need (Chromium, CJK fonts, PostgreSQL, Java)
	@apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-wqy-microhei postgresql \
	  $$(command -v java >/dev/null || echo openjdk-17-jre-headless)

# The lock holds everything of requirements.lock but the tools for development, and what Spark adds to it.
spark: setup  ## Add Spark to .venv, as locked (needs Java 17)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-spark.lock

screenshots: setup  ## Remake the pictures of the README from the demo home (needs Chromium)
	@$(BIN)/python docs/screenshots.py --home $(HOME_DIR)

clean:  ## Remove the demo home and the environment
	rm -rf var $(VENV)
