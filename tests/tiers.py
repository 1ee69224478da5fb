"""Which files belong to which tier of the tests."""

from pathlib import Path

#: Files by what they need. What is in none of them needs neither training, nor a browser, nor the
#: network, nor the built book, and takes two minutes in all: `make test-quick`.
NEEDS = {
    "slow": "after answers checks cli datasets digit_pages digits distributed embedded equalise "
    "explain filters folders foundations_b full_imagenet holes huge judging lrn models notebooks "
    "own_photos pictures plots practice precision relu resume run_identity systems "
    "training weights",
    "browser": "browser filter interactive pdf",
    "network": "bare",
    "book": "book repository",
}


def quick() -> list[Path]:
    """Return the test files of `make test-quick`.

    Other files need not be importable where only these run: they ask for packages of the book.
    """
    needy = {f"test_{name}" for names in NEEDS.values() for name in names.split()}
    return [p for p in sorted(Path(__file__).parent.glob("test_*.py")) if p.stem not in needy]
