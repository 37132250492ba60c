# `make serve` and `make test` do everything, installation included. CONTRIBUTING.md says more.

PORT ?= 8000
# The newest Python that is there; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# What the engine's archive is packed from, and what the page is built from.
CORE := $(shell find pycm_core wasi_browser app -type f \( -name '*.py' -o -name '*.lark' -o -name '*.wit' -o -name '*.json' \))
PAGE := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/tests/*')

# Every check runs even when an earlier one failed; pytest comes last, so its summaries are the last lines.
CHECKS := check-lint check-format check-types check-walls check-web-types check-web-format check-web-tests check-python check-browser check-blocking

# The tests that just failed.
AGAIN := $(BIN)/python -m pytest --last-failed --last-failed-no-failures none -v

.PHONY: help setup site serve test bench check-slow examples lock format clean $(CHECKS)

help:
	@echo "make serve   build what is missing and serve the playground on http://localhost:$(PORT)"
	@echo "make test    every check: lint, types, architecture, Python, TypeScript and browser tests"
	@echo "make site    the static site in dist/"
	@echo "make bench   benchmarks, as ratios"
	@echo "make setup   only install: .venv/ (with the command .venv/bin/pycm) and web/node_modules/"
	@echo "make format  format everything"
	@echo "make clean   remove what was built and installed"

# --- install -------------------------------------------------------------------------------------------------------------

setup: .venv/setup.stamp web/node_modules/setup.stamp

.venv/setup.stamp: pyproject.toml tests/requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

web/node_modules/setup.stamp: web/package.json web/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node 20 or newer is needed"; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The versions of tests/requirements.lock, anew from pyproject.toml (needs `uv`).
lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes -p 3.11 -o tests/requirements.lock \
		--custom-compile-command "make lock"

# --- build ---------------------------------------------------------------------------------------------------------------

site: build/site.stamp

build/core.zip: .venv/setup.stamp pyproject.toml $(CORE)
	$(BIN)/python -m app.pack $@

build/engine.json: build/core.zip web/node_modules/setup.stamp web/scripts/engine.mjs web/scripts/compile.py web/src/engine/image.js
	cd web && node scripts/engine.mjs ../build/core.zip ../build

build/site.stamp: build/engine.json web/node_modules/setup.stamp $(PAGE)
	cd web && node_modules/.bin/vite build --logLevel warn
	cp -R build/engine dist/engine
	cd web && node_modules/.bin/vite build --config vite.sw.config.ts --logLevel warn
	@touch $@

serve: site
	@$(BIN)/python -m app.serve --port $(PORT)

# --- check ---------------------------------------------------------------------------------------------------------------
test: setup site
	@failed=""; \
	for check in $(CHECKS); do $(MAKE) --no-print-directory $$check || failed="$$failed $$check"; done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

check-lint:
	$(BIN)/ruff check --quiet
check-format:
	$(BIN)/ruff format --check --quiet
check-types:
	$(BIN)/mypy
check-walls:
	$(BIN)/lint-imports --no-logo
check-web-types:
	cd web && npm run --silent types
check-web-format:
	cd web && npm run --silent format:check
check-web-tests:
	cd web && npm run --silent test
# On every core, since it takes minutes. TESTS="tests/app -k protocol" narrows it.
check-python: setup
	$(BIN)/python -m pytest -n auto --dist worksteal $(or $(TESTS),tests --ignore tests/browser)
# Apart from the others, since Playwright's loop keeps `asyncio.run` of other tests from working. Two at once, each with a Chromium of its own.
# What fails so is run once more with nothing beside it, and that counts: it is a slow machine's fault if it passes then, and ours if not.
check-browser: site
	$(if $(TESTS),,$(BIN)/python -m pytest -n 2 --dist worksteal -m "not alone" tests/browser || $(AGAIN) -m "not alone" tests/browser)
# What measures the page's main thread, with nothing beside it.
check-blocking: site
	$(if $(TESTS),,$(BIN)/python -m pytest -m alone tests/browser || $(AGAIN) -m alone tests/browser)

# What takes longer than every day allows: components on the Python engine (tests/exec/slow_components.txt), and the text of the largest ones.
check-slow: setup
	PYCM_SLOW_COMPONENTS=1 $(BIN)/python -m pytest --timeout 3600 tests/exec/test_components.py tests/component/test_text.py

bench: setup site build/peers/node_modules/.bin/jco
	$(BIN)/python -m tests.bench $(BENCH)

# The example components, from their sources.
examples: build/examples/setup.stamp
	build/examples/bin/python web/examples/wasi/build.py

build/examples/setup.stamp: web/examples/wasi/requirements.txt
	@test -x build/examples/bin/python || $(PYTHON) -m venv build/examples
	build/examples/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# What benchmarks compare with; kept apart from the page's own packages.
build/peers/node_modules/.bin/jco:
	npm install --prefix build/peers --no-audit --no-fund --loglevel=error @bytecodealliance/jco@1.35.0

format: setup
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format
	cd web && npm run --silent format

clean:
	rm -rf .venv build dist web/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
