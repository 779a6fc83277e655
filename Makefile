# Two commands: `make certify` and `make test`. Everything else is for those who work on the suite.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
TARGET ?= reference
ARGS   ?=

.PHONY: certify test campaign bench lint serve faults clean

certify: $(STAMP)
	$(BIN)/jpki-conformance run --target '$(TARGET)' $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

campaign: $(STAMP)
	$(BIN)/jpki-conformance run --target '$(TARGET)' --effort full $(ARGS)
	$(BIN)/jpki-conformance faults --effort full

faults: $(STAMP)
	$(BIN)/jpki-conformance faults $(ARGS)

bench: $(STAMP)
	$(BIN)/jpki-conformance bench $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

serve: $(STAMP)
	$(BIN)/jpki-conformance serve card $(ARGS)

$(STAMP): requirements.lock requirements-pcsc.lock pyproject.toml install.sh
	PYTHON='$(PYTHON)' VENV='$(VENV)' sh install.sh
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis
