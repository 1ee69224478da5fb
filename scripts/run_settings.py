"""Run the chapters that show records once more, in other settings, and compare what they say.

One thread, other kernels and the other precision change the last digits of what a network answers
and the whole of a training. What these chapters say of their records must not change with them,
and what a chapter trains itself, here for two epochs, must go through.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from bookfiles import BUILD, ROOT, by_slug, read
from run_notebooks import at_once, run_all

from helpers import files
from helpers.training.precision import processor_has_bfloat16

#: Chapters that show records, and those of them whose last section trains.
RECORDED = (
    *("confusion_matrix_and_errors", "grad_cam", "what_the_filters_learn"),
    "alexnet_in_one_sitting",
    *("lrn_in_detail", "what_came_after"),
)
TRAIN = RECORDED[:4]
ONE_THREAD = dict.fromkeys(
    ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    "1",
)
#: The records are compared. What a section trains itself shows only that it goes through: the
#: accuracies of whole trainings in these settings are recorded (results/drawn_baselines).
SHORT = {"ALEXNET_EPOCHS": "2"}
#: Name of each setting: its chapters, and what it sets beside the environment.
SETTINGS = {
    "float32, one thread, other kernels": (
        RECORDED,
        {"ALEXNET_PRECISION": "float32", "TF_ENABLE_ONEDNN_OPTS": "0", **ONE_THREAD, **SHORT},
    ),
    "bfloat16": (TRAIN, {"ALEXNET_PRECISION": "mixed_bfloat16", **SHORT}),
}
DECIMAL = re.compile(r"[-−]?\d+\.\d+")
NOT_COMPARED = {"nbval-ignore-output", "nbval-skip"}


def differences(
    stored: nbformat.NotebookNode, fresh: nbformat.NotebookNode, kinds: set[str] | None = None
) -> list[str]:
    """Return where two runs of a chapter say different things, one line each.

    Parameters
    ----------
    stored, fresh
        The same notebook with the outputs of two runs.
    kinds
        Kinds of output to compare, such as ``{"text/markdown"}``; None: all that nbval compares
        as text.
    """
    return [
        f"cell {place} says {new!r}, stored is {old!r}"
        for place, (old_cell, new_cell) in enumerate(zip(stored.cells, fresh.cells, strict=True))
        if old_cell.cell_type == "code"
        and not NOT_COMPARED & set(old_cell.metadata.get("tags", ()))
        for old, new in _pairs(dict(said(old_cell)), dict(said(new_cell)), kinds)
    ]


def _pairs(old: dict, new: dict, kinds: set[str] | None) -> Iterator[tuple[str, str]]:
    for kind in sorted(set(old) | set(new)):
        texts = old.get(kind, ""), new.get(kind, "")
        if (kinds is None or kind in kinds) and not alike(*texts):
            yield texts


def alike(old: str, new: str) -> bool:
    """Return whether two texts say the same: a decimal may differ by one in its last place.

    Sums in another order differ in the seventh digit, and now and then a rounded one tips over.
    Words, and counts, must be the same.
    """
    if DECIMAL.split(old) != DECIMAL.split(new):
        return False
    pairs = zip(DECIMAL.findall(old), DECIMAL.findall(new), strict=True)
    return all(_in_last_places(a, b) <= 1 for a, b in pairs)


def _in_last_places(one: str, other: str) -> float:
    if len(one.partition(".")[2]) != len(other.partition(".")[2]):
        return float("inf")
    a, b = (int(text.replace("−", "-").replace(".", "")) for text in (one, other))
    return abs(a - b)


def said(cell: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield what a cell put out, by kind: printed, and each kind of text of what it showed."""
    found: dict[str, str] = {}
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            found["printed"] = found.get("printed", "") + output.text
        for kind, text in output.get("data", {}).items():
            if kind.startswith("text/"):
                found[kind] = found.get(kind, "") + text
    yield from found.items()


def compared(
    paths: list[Path], kinds: set[str] | None = None
) -> tuple[list[str], Callable[[Path, nbformat.NotebookNode, float], None]]:
    """Return a list to be filled with differences, and what `run_all` hands each chapter to."""
    problems: list[str] = []

    def keep(path: Path, fresh: nbformat.NotebookNode, seconds: float) -> None:
        if path in paths:
            found = differences(read(path), fresh, kinds)
            problems.extend(f"{path.stem}, {line}" for line in found)

    return problems, keep


def own_home(name: str) -> Path:
    """Return a home with the drawn pictures of the usual one, and without its runs."""
    home = BUILD / "settings" / name.replace(",", "").replace(" ", "-")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for folder in files.home().glob("*-*"):  # style and key of drawn pictures
        if (folder / "train").is_dir():
            (home / folder.name).symlink_to(folder)
    return home


def run_setting(name: str) -> list[str]:
    """Run the chapters of a setting; return what went wrong and what differs."""
    slugs, variables = SETTINGS[name]
    paths = [by_slug()[slug] for slug in slugs]
    before = dict(os.environ)
    os.environ.update(variables, ALEXNET_HOME=str(own_home(name)))
    try:
        problems, keep = compared(paths)
        return run_all(paths, keep, at_once(len(paths))) + problems
    finally:
        os.environ.clear()
        os.environ.update(before)


def main() -> int:
    """Run all settings; 1 when something went wrong or differs."""
    os.environ.setdefault("ALEXNET_HOME", str(ROOT / "_build" / "home"))
    failed = False
    for name in SETTINGS:
        if name == "bfloat16" and not processor_has_bfloat16():
            print("bfloat16 is left out: this processor does not multiply it.")
            continue
        print(f"--- {name}", flush=True)
        for problem in run_setting(name):
            failed = True
            print(f"\n{name}: {problem}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
