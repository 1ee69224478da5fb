"""Which files belong to which tier of the tests."""

from pathlib import Path

#: Files by what they need. What is in none of them needs neither training, nor a browser, nor the
#: network, nor the built book, and takes two minutes in all: `make test-quick`.
NEEDS = {
    "slow": "ablations answers best_weights_and_folds checks command_line datasets decoding "
    "detail digit_pages digits drawn equalise figures figures_of_lrn_to_update filters "
    "folders full_imagenet heat_maps holes hosts huge_pictures judging lrn_layers missing_browser "
    "models "
    "notebooks other_systems own_photos precision relu_experiment resume run_identity "
    "training weights wheel",
    "browser": "claims_filter interactive pages pdf",
    "network": "on_colab",
    "book": "built_book repository",
}
#: What other versions may print otherwise: `quick` leaves it out. It marks its slow half itself.
LOCKED = {"test_examples"}


def quick() -> list[Path]:
    """Return the test files of `make test-quick` that hold on other versions too.

    Other files need not be importable where only these run: they ask for packages of the book.
    """
    needy = {f"test_{name}" for names in NEEDS.values() for name in names.split()}
    paths = sorted(Path(__file__).parents[1].rglob("test_*.py"))
    return [path for path in paths if path.stem not in needy | LOCKED]
