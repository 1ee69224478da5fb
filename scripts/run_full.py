"""Run chapters once in the full profile, each training cut to one epoch: ``make full-once``.

A machine with a GPU takes this profile by itself. Without one, this tells all but the speed: the
networks of that profile are built, trained for an epoch, judged and shown, and nothing stops. What
a network has learnt in one epoch is not judged (``helpers.book.checks.check_trained``). The outputs
are thrown away; ``--record`` puts the times into ``results/timings.json``.
"""

import argparse
import os
import sys
from pathlib import Path

import nbformat
from bookfiles import FULL_ONCE, ROOT, chosen
from run_notebooks import note_time, run_all
from run_settings import own_home

VARIABLES = {"ALEXNET_PROFILE": "full", "ALEXNET_EPOCHS": "1"}


def keep(path: Path, notebook: nbformat.NotebookNode, seconds: float) -> None:
    """Record the time of a chapter that has run through."""
    note_time(path, seconds, FULL_ONCE)


def main() -> int:
    """Run the chapters that the command line names, or all; 1 when one has failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the times")
    parser.add_argument("only", nargs="*", help="chapters, by the start of their file or slug")
    options = parser.parse_args()
    chapters = chosen(options.only)
    if not chapters:
        print(f"No chapter of _toc.yml starts with {' or '.join(options.only)}.", file=sys.stderr)
        return 2
    os.environ.setdefault("ALEXNET_HOME", str(ROOT / "_build" / "home"))
    os.environ.update(VARIABLES, ALEXNET_HOME=str(own_home(FULL_ONCE)))
    # One by one: the times are meant for the chapter alone.
    failures = run_all(chapters, keep if options.record else lambda *finished: None, 1)
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
