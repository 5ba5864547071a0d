# `make run` opens the app, `make test` runs every check, `make bench` measures, `make matrix` tests other versions,
# `make lock` records the installed versions. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# pip compiles files one by one; compileall uses all cores and takes half the time.
INSTALL := $(BIN)/python -m pip install -q --no-compile
COMPILE := $(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null || true

.PHONY: run test javascript bench matrix lock tools clean
.DELETE_ON_ERROR:

run: $(VENV)/app.installed
	$(BIN)/streamlit run app.py

test: $(VENV)/tests.installed tools javascript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --pythonpath $(BIN)/python  # else it asks the network for a newer one
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -m "not alone" -n 2 --dist loadfile  # idle threads sleep
	$(BIN)/python -m pytest -m alone

# eslint and tsc over the plane's JavaScript. They need npm and node 20.19 or newer; nothing else of the project does.
javascript: tools
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node_modules/installed && npm run --silent check; \
	elif [ -n "$$CI" ]; then echo "The JavaScript cannot be checked: npm is missing. Install nodejs and npm."; exit 1; \
	else echo "The JavaScript is not checked: npm is missing. On Debian: sudo apt install nodejs npm; on macOS: brew install node."; fi

node_modules/installed: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

bench: $(VENV)/tests.installed tools
	$(BIN)/python -m tests.benchmarks

# The core's and the pages' tests with the lowest and the highest accepted versions, on the oldest and newest Python here.
matrix:
	$(PYTHON) tests/matrix.py .venv-matrix

# Records the versions installed for the tests as the set for every check. CUDA packages are pinned by torch itself.
lock: $(VENV)/tests.installed
	(echo "# The exact versions that every check runs with, for \`pip install -c\`. To renew it, see CONTRIBUTING.md."; \
	$(BIN)/python -m pip freeze --exclude setuptools | grep -Ev '^(nvidia|cuda|triton|-e|#)' | sed 's/+.*//') > requirements.lock

# Chromium and node for the browser tests: installed as root with apt-get, else explained.
tools:
	@command -v chromium chromium-browser google-chrome >/dev/null && command -v node >/dev/null && command -v npm >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    $$(command -v chromium >/dev/null || echo chromium) $$(command -v node >/dev/null || echo nodejs) \
	    $$(command -v npm >/dev/null || echo npm); \
	else \
	  echo "Browser tests need Chromium and node. On Debian: sudo apt install chromium nodejs;"; \
	  echo "on macOS: brew install node, and Google Chrome or CHROMIUM=/path/to/chromium. Without them they are skipped."; \
	fi

$(VENV)/app.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt
	$(COMPILE)
	@touch $@

$(VENV)/tests.installed: $(VENV)/app.installed requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-matrix node_modules
