"""Sheets for the lab, `make lab`: each chapter without solutions, in ``_build/lab``.

The appendices lie beside them as they are, for the chapters lead there.

What a sheet asks it does not tell: solution cells and what they put out are left out, and of the
quick questions the answers. All else is the chapter, with its empty cells for answers.
"""

import re
import sys
import tempfile
from pathlib import Path

import nbformat
from bookfiles import BUILD, chapters, notebooks, read, write

from helpers.errors import UserError

LAB = BUILD / "lab"
TOLD = re.compile(r"<details><summary>(.+?)</summary>.*?</details>", re.DOTALL)


def sheet(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy of a chapter that solves nothing; the cells for answers stay."""
    copy = nbformat.from_dict(notebook)
    copy.cells = [x for x in copy.cells if "solution" not in x.metadata.get("tags", [])]
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = TOLD.sub(r"- \1", cell.source)
    return copy


def write_sheets(folder: Path = LAB) -> Path:
    """Write all sheets into a new folder; UserError where one is there, for it may hold answers."""
    if folder.exists():
        raise UserError(f"{folder} is there already; move or delete it, somebody may work in it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as workshop:
        whole = Path(workshop, "whole")
        for path in notebooks():
            write(whole / path.name, nbformat.writes(sheet(read(path))) + "\n")
        whole.rename(folder)
    return folder


def main() -> int:
    """Write the sheets and say where they are."""
    try:
        print(f"{len(chapters())} sheets without solutions are in {write_sheets()}")
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
