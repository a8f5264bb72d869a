# The two commands for a fresh machine: make demo, make test. Needs git, make and python3 with its module venv.
PYTHON ?= python3
BIN := .venv/bin
TYPED := -m dlms -m dlms.dlms -m dlms.manufacturer -p dlms.reader -p dlms.plugin -p dlms.webif
TOOLS := chromium ser2net npm

.PHONY: demo test tools lint named types arrows coverage bench bench-house soak masked pictures clean

demo: .venv/ready .cache/npm/ready
	$(BIN)/python tests/demo.py

test: tools .venv/ready .cache/npm/ready .cache/ruamel.yaml-0.16.7 lint types arrows
	PYTHONWARNINGS=error $(BIN)/python -m pytest -n 2 --dist loadfile

# the suite once more, with a figure of what of the plugin it runs through
coverage: tools .venv/ready .cache/npm/ready .cache/ruamel.yaml-0.16.7
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: .venv/ready
	$(BIN)/python tests/bench.py

bench-house: .venv/ready
	$(BIN)/python tests/bench_house.py

soak: .venv/ready
	$(BIN)/python tests/soak.py
	$(BIN)/python tests/soak_plugin.py
	$(BIN)/python tests/soak_net.py 100

# masked recordings by the thousand: nothing tells, all replay as before
masked: .venv/ready
	$(BIN)/python tests/masked.py

.venv/ready: requirements.txt tests/packages.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "the module venv is missing: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/packages.txt
	touch $@

# the libraries that SmartHomeNG's http module serves to the pages of plugins
.cache/npm/ready: tests/host/modules/http/package.json
	@command -v npm >/dev/null || { echo "npm is missing: apt install npm"; exit 1; }
	mkdir -p .cache/npm && cp $< .cache/npm/
	npm install --prefix .cache/npm --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

# the oldest ruamel.yaml that SmartHomeNG's core still asks for
.cache/ruamel.yaml-0.16.7: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $@ ruamel.yaml==0.16.7

tools:
	@missing=; for tool in $(TOOLS); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	[ -z "$$missing" ] || { echo "missing for the tests, install:$$missing   (Debian: apt install$$missing)"; exit 1; }

lint: .venv/ready
	$(BIN)/ruff check .

# a root that is a package, in a folder whose name may be anything: the tools see it under its own name
named:
	@mkdir -p .cache/types && ln -sfn ../.. .cache/types/dlms && ln -sf ../../pyproject.toml .cache/types/

types: .venv/ready named
	cd .cache/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml $(TYPED)

arrows: .venv/ready named
	cd .cache/types && ../../$(BIN)/lint-imports --no-logo --no-cache

# the pictures of the page in the manual
pictures: .venv/ready .cache/npm/ready
	$(BIN)/python tests/screenshots.py

clean:
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
