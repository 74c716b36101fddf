# Everything runs from a fresh clone with Python 3.10 to 3.13 alone: the first target that needs an environment makes
# one in .venv, and nothing is installed twice.

PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV ?= .venv
PROCESSES ?= auto
PRECISION ?= --fp16
LICENSE ?= unknown

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
REQUIREMENTS := $(wildcard requirements/*.txt)
STUDENT := unipose/student/student.onnx
TESTMON := .testmondata
CHANGED = $(shell (git diff --name-only HEAD; git ls-files --others --exclude-standard) | sed -nE \
    -e 's,^unipose/(.*/)?([a-z0-9_]+)\.py$$,tests/unit/\1test_\2.py,p' -e '\,^tests/unit/(.*/)?test_[a-z0-9_]+\.py$$,p')
BESIDE = $(wildcard $(sort $(CHANGED)))
PHOTOS := docs/images/astronaut.jpg docs/images/camera.jpg

.DEFAULT_GOAL := help
.PHONY: help install demo demo-teachers student student-card dist test quick quick-data lint types check format doctor clean distclean

help:  ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo
	@echo '  PYTHON=python3.11      the Python that .venv is made with (now: $(PYTHON))'
	@echo '  TORCH="torch==2.13.0"  how pip gets torch, options included; a torch that is in .venv already is kept'
	@echo '  CHECKPOINT=a/run.pth   whom `make student` and `make student-card` are about; PRECISION=--int8 instead of --fp16,'
	@echo '                         CONFIG=a/config.py that it was trained with, LICENSE=other of its weights,'
	@echo '                         TEST="--tta none" for tools/test.py'
	@echo '  PROCESSES=4            how many processes run the tests (now: $(PROCESSES), one per core)'

install: $(VENV)/.installed  ## Make .venv with everything pinned (1-4 minutes)

demo: $(VENV)/.installed  ## Synthetic people, two teachers, one student, its scores and pictures in work_dirs/demo
	$(PY) tools/demo.py

demo-teachers: $(VENV)/.installed  ## Train the demo's teachers again (teachers/demo)
	$(PY) tools/make_demo_teachers.py

# The photographs are the whole picture's person, so no detector is asked.
student: $(VENV)/.installed  ## Make CHECKPOINT the student that comes with unipose, and draw it into docs/images
	$(PY) tools/export.py $(CHECKPOINT) --out $(STUDENT) $(PRECISION) --force
	$(PY) -m unipose.runtime.run $(PHOTOS) --vis-out-dir work_dirs/student
	$(foreach photo,$(PHOTOS),cp work_dirs/student/$(notdir $(photo)) $(photo:.jpg=_pose.jpg) &&) true

student-card: $(VENV)/.installed  ## Score CHECKPOINT, its teachers and the student that comes along, and write its card
	$(PY) tools/test.py $(CONFIG) $(CHECKPOINT) --teachers --work-dir $(dir $(CHECKPOINT)) $(TEST)
	$(PY) tools/test.py $(CONFIG) $(STUDENT) --work-dir $(dir $(CHECKPOINT)) $(TEST)
	$(PY) tools/model_card.py $(dir $(CHECKPOINT)) --checkpoint $(CHECKPOINT) --onnx $(STUDENT) --license $(LICENSE) \
	    --card unipose/student/README.md --pictures $(PHOTOS:.jpg=_pose.jpg) --force

dist: $(VENV)/.installed  ## Build the sdist, and the wheel from it, into dist/
	rm -rf dist
	$(PY) setup.py -q sdist
	$(PIP) wheel --no-deps --no-build-isolation -w dist dist/*.tar.gz

# A file's tests share what they make, so they stay in one process. Files go out in their order: integration tests, which
# take long, come first, and the unit tests even out what is left.
test: $(VENV)/.installed  ## Run the unit and integration tests
	$(PY) -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

# testmon knows which tests ran through which functions; where its file is missing, tests beside what git sees changed.
quick: $(VENV)/.installed  ## Run the unit tests that a change touches, and those of the layers
	$(PY) -m pytest -q --noconftest tests/unit/test_layers.py
ifneq ($(wildcard $(TESTMON)),)
	$(PY) -m pytest -q --testmon -p tests.within --within 40 tests/unit
else
	@echo 'There is no $(TESTMON), which `make quick-data` makes: only the tests beside changed files are run.'
	$(if $(BESIDE),$(PY) -m pytest -q $(BESIDE))
endif

quick-data: $(VENV)/.installed  ## Run all unit tests once to see what each of them touches, for `make quick` (4-7 minutes)
	$(PY) -m pytest -q --testmon tests/unit

lint: $(VENV)/.installed  ## Check style
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.installed  ## Check the types of what `import unipose` offers
	$(PY) -m mypy

check: lint types test  ## Check style and types, and run the tests: more than CI does

format: $(VENV)/.installed  ## Put style right
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

doctor: $(VENV)/.installed  ## Show what is installed, patched, in place and missing
	$(PY) -m unipose doctor

clean:  ## Remove caches and build leftovers
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean  ## Remove .venv too
	rm -rf $(VENV) $(TESTMON)*

# An environment that is there already is kept.
$(VENV)/.python:
	@test -x $(PY) || $(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo 'unipose needs Python 3.10 to 3.13, and $(PYTHON) is' "$$($(PYTHON) --version 2>&1)." \
	        'Name another one: make PYTHON=python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.torch: | $(VENV)/.python
	$(PY) -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)' || $(PIP) install $(TORCH)
	@touch $@

$(VENV)/.installed: $(REQUIREMENTS) setup.py | $(VENV)/.torch
	$(PIP) install -r requirements/base.txt -r requirements/dev.txt -r requirements/export.txt \
	    -r requirements/openvino.txt -r requirements/transformers.txt
	$(PIP) install --no-deps -r requirements/openmmlab.txt -r requirements/neighbours.txt
	$(PIP) uninstall -qq --yes unipose  # what unipose-distill was called before
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
