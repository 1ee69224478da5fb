# Every target makes what it needs, the environment in .venv included.
#
#   make book       run every notebook on the embedded data, leave the book in _build/html
#   make html       the same pages from the committed outputs, nothing is run (seconds)
#   make pdf        the whole book in one file, _build/alexnet-book.pdf (needs Chromium)
#   make lab        the chapters without solutions, for students, in _build/lab
#   make slides     a deck of slides for each chapter, in _build/slides
#   make test       everything that tests: units, notebooks, built book
#   make test-quick what tests in two minutes: nothing trains, no browser, no notebook
#   make test-all   make test, what is thorough, other settings and versions, longer fuzzing
#                   (STAGES="--minutes 84" begins none that would end later, and names it)
#   make settings   chapters that show records, in the other precision and with one thread
#   make full-once  chapters in the full profile, each training one epoch (ONLY=relu for one)
#   make colab-versions, floor-versions   chapters on Colab's versions; on the oldest admitted
#   make notebooks  run the notebooks in place, for whoever edits them (ONLY=05 for one)
#   make pages      write the generated parts of pages anew
#   make references the stored logits of PyTorch anew, which then must be installed
#   make lint       ruff, codespell and mypy over code, tests, notebooks and pages; rules of the files
#   make mutants    changes the arithmetic place by place: does a test notice? (minutes, needs PyPI)
#   make bench      the measurements of benchmarks/
#   make clean      remove _build (the drawn pictures and trained runs in it too)

PY := .venv/bin/python
# In the order of tests/support/tiers.py, the longest files first.
WORKERS := --numprocesses 2 --dist loadfile --no-loadscope-reorder

export ALEXNET_HOME ?= $(CURDIR)/_build/home
export ALEXNET_PROFILE ?= quick
export PYTHONHASHSEED := 0
export TF_CPP_MIN_LOG_LEVEL := 3
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.PHONY: book html pdf lab slides test test-quick test-all settings full-once colab-versions floor-versions notebooks pages references lint mutants bench clean env
.DEFAULT_GOAL := book

env:
	@sh scripts/make_env.sh

book: env
	@$(PY) scripts/run_notebooks.py
	@$(PY) scripts/build_html.py --outputs fresh

html: env
	@$(PY) scripts/build_html.py --outputs committed

pdf: env
	@$(PY) scripts/build_pdf.py

lab: env
	@$(PY) scripts/lab.py

slides: env
	@$(PY) scripts/slides.py

test: env
	@$(PY) -m pytest tests notebooks --nbval --nbval-current-env -m "not thorough" $(WORKERS) $(PYTEST_ARGS)

test-quick: env
	@$(PY) -m pytest tests -q -m "not slow and not browser and not book and not thorough" \
		$(WORKERS) $(PYTEST_ARGS)

test-all: env
	@$(PY) scripts/test_all.py $(STAGES)

settings: env
	@$(PY) scripts/run_settings.py

full-once: env
	@$(PY) scripts/run_full.py --record $(ONLY)

colab-versions: env
	@$(PY) scripts/run_versions.py colab

floor-versions: env
	@$(PY) scripts/run_versions.py floor --tests --short convolution convolution_arithmetic building grad_cam

notebooks: env
	@$(PY) scripts/run_notebooks.py --in-place $(ONLY)
	@$(PY) scripts/generate_pages.py
	@$(PY) scripts/recorded_playgrounds.py

pages: env
	@$(PY) scripts/generate_pages.py
	@$(PY) scripts/recorded_playgrounds.py

references: env
	@$(PY) -m helpers record references

lint: env
	@$(PY) scripts/lint.py

mutants: env
	@$(PY) scripts/mutants.py

bench: env
	@$(PY) benchmarks/all.py

clean:
	rm -rf _build
