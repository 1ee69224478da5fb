"""Which files belong to which tier of the tests."""

import math
from collections.abc import Iterable
from pathlib import Path

import pytest

#: Files by what they need. What is in none of them needs neither training, nor a browser, nor the
#: built book, and takes two minutes in all: `make test-quick`. What is thorough installs packages.
NEEDS = {
    "slow": "answers best_weights_and_folds checks command_line datasets decoding drawings "
    "detail digit_pages digits drawn equalise figures figures_of_experiments "
    "figures_of_lrn_to_update filters folders full_imagenet gpu_path heat_maps holes hosts "
    "huge_pictures judging lrn_layers missing_browser models notebooks odd_names other_systems "
    "precision records resume run_identity start stopping training weights wheel",
    "browser": "claims_filter decks interactive living_network pages pdf playgrounds "
    "playgrounds_of_networks search",
    "book": "built_book repository",
    "thorough": "on_colab",
}
#: What takes longest begins first, so that no worker is left alone with it at the end: chapters by
#: slug, test files by name. The first trains the network that the chapters of the third line read
#: (and wait for, a worker lost).
FIRST = (
    "training_on_two_classes alexnet_on_mnist your_own_photos test_best_weights_and_folds "
    "test_pages test_judging test_answers test_digits test_examples test_training "
    "grad_cam what_the_filters_learn confusion_matrix_and_errors building_alexnet relu "
    "test_run_identity test_command_line test_stopping test_gpu_path test_detail "
    "test_built_book test_folders test_precision test_resume "
    "overlapping_pooling relatives two_gpus test_oddities test_holes"
).split()
#: Seconds of the processor that one test may take in `make test-quick` and in `make test`, without
#: what its fixtures take, which others may share. One that takes longer is sped up, or thorough.
LONGEST = {"quick": 30, "test": 120}
#: What `quick` leaves out: what other versions may print otherwise (it marks its slow half itself),
#: and what asks for packages of the book.
LOCKED = {"test_examples", "test_other_settings", "test_playground_records", "test_slides"}


def order(path: Path) -> int:
    """Return the place of a test file or a chapter in the order in which they begin."""
    name = path.stem if path.suffix == ".py" else path.stem.partition("_")[2]
    return FIRST.index(name) if name in FIRST else len(FIRST)


def longest(marks: Iterable[str]) -> float:
    """Return how many seconds of the processor a test with these marks may take."""
    marks = set(marks)
    if "thorough" in marks:
        return math.inf
    return LONGEST["test" if marks & set(NEEDS) else "quick"]


def sample(cases: Iterable, keep: int = 1) -> list:
    """Return cases for ``parametrize``: the first ones for every run, the others if thorough."""
    cases = list(cases)
    others = (case if isinstance(case, tuple) else (case,) for case in cases[keep:])
    return cases[:keep] + [pytest.param(*case, marks=pytest.mark.thorough) for case in others]


def quick() -> list[Path]:
    """Return the test files of `make test-quick` that hold on other versions too.

    Other files need not be importable where only these run: they ask for packages of the book.
    """
    needy = {f"test_{name}" for names in NEEDS.values() for name in names.split()}
    paths = sorted(Path(__file__).parents[1].rglob("test_*.py"))
    return [path for path in paths if path.stem not in needy | LOCKED]
