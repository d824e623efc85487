# Everything a newcomer types. Needs Python 3.11 or newer and nothing else; all that is made lies in .venv/ and var/.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
LOCK := .ci/requirements.lock
STAMP := $(VENV)/.installed
# More arguments for pytest: make test ARGS="-k promotions -x"
ARGS ?=

export PORT

# What a production installation would set. The values reach no server: the checks only read settings.
PRODUCTION := MOSTRADOR_ENV=production \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH \
	ALLOWED_HOSTS=shop.example.com \
	PUBLIC_URL=https://shop.example.com \
	TRUSTED_PROXIES=1 \
	DATABASE_URL=postgres://nobody:nothing@127.0.0.1:1/none \
	CELERY_BROKER_URL=redis://127.0.0.1:1/0 \
	CACHE_URL=redis://127.0.0.1:1/1

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check lint fix bench lock clean

help: ## tell what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## install everything into .venv/

# Only a changed lock installs again. uv takes seconds where pip takes a minute and a half, but pip will do.
$(STAMP): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; try make setup PYTHON=python3.13"; exit 1; }
	@test -x $(PY) || { echo "Creating $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing $$(wc -l < $(LOCK) | tr -d ' ') packages ..."
	@test -x $(UV) || $(PY) -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' $(LOCK))" \
		|| echo "uv could not be installed, so pip does everything (slower)"
	@$(UV) pip install --python $(PY) --requirement $(LOCK) \
		|| $(PY) -m pip install --disable-pip-version-check --requirement $(LOCK)
	@touch $(STAMP)

run: setup ## run the service: web, worker, beat and relay on this machine (PORT=8000)
	@$(PY) manage.py serve --port $(PORT)

demo: setup ## run the service with a shop in it, and tell a story (PORT, STORY, DEMO_EXIT)
	@$(PY) manage.py demo

test: setup ## run every test on every core (ARGS="-k name")
	@$(PY) -m pytest -n auto $(ARGS)

check: lint test ## everything that must be right before a change lands

lint: setup ## all of that but the tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(VENV)/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m mypy

fix: setup ## format, and mend what can be mended without thinking
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup ## measure the service over HTTP and bare SQL beside it (ARGS="--only purchase")
	@$(PY) -m tests.benchmarks $(ARGS)

lock: setup ## write the lock again from pyproject.toml; make lock ARGS=--upgrade takes newer versions
	$(UV) pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.11 \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS) --output-file $(LOCK)

clean: ## stop the embedded servers and remove everything that was made, the data too
	@if [ -x $(PY) ]; then $(PY) -m commerce.embedded stop; fi
	@rm -rf var static_root .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf $(VENV)
