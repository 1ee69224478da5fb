"""What chapters that train check, from several seeds: the limits of these checks come from here.

Each chapter is run from top to bottom with its trainings seeded otherwise, and what it hands to
``helpers.book.checks.Spread`` is written down. A cell that fails, because something holds for the
chapter's own seed alone, is passed over.

Out: ``runs.csv``, one row a value. ``python -m helpers record spread``; a chapter and seed take as
long as the chapter.
"""

import json
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
from nbclient import NotebookClient

from helpers.files import root
from results.record import Record

#: The cheap ones first.
CHAPTERS = ("overlapping_pooling", "dropout", "alexnet_on_mnist", "relu")
RECORD = Record(
    folder=Path(__file__).parent,
    key=("chapter", "seed"),
    columns=("chapter", "seed", "name", "value"),
)


def values(chapter: str, seed: int) -> pd.DataFrame:
    """Return what a chapter checks when it is run with this seed: columns name and value."""
    (path,) = (root() / "notebooks").glob(f"[0-9][0-9]_{chapter}.ipynb")
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / "values"
        client = NotebookClient(
            notebook, timeout=1800, allow_errors=True, resources={"metadata": {"path": place}}
        )
        told = {"ALEXNET_SPREAD": f"{seed}:{found}", "ALEXNET_PROFILE": "quick"}
        client.execute(env=os.environ | told, stderr=subprocess.DEVNULL)
        lines = found.read_text(encoding="utf-8").splitlines()
    return pd.DataFrame(map(json.loads, lines))


def make(out: Path = RECORD.folder, seeds: int = 5) -> None:
    """Run what the record lacks."""
    record = replace(RECORD, folder=out)
    for chapter, seed in record.missing((c, s) for c in CHAPTERS for s in range(seeds)):
        record.append(values(chapter, seed).assign(chapter=chapter, seed=seed))
        print(record.rows((chapter, seed)).to_string(header=False), flush=True)
