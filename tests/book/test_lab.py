"""The sheets for the lab: chapters that ask and do not tell."""

import ast
import re
import socket

import lab
import nbformat
import pytest
from bookfiles import appendices, chapters, read

from helpers.errors import UserError

SHEETS = {slug: lab.sheet(read(path)) for slug, path in chapters().items()}


def solutions(slug):
    return [
        cell for cell in read(chapters()[slug]).cells if "solution" in cell.metadata.get("tags", [])
    ]


@pytest.mark.parametrize("slug", SHEETS)
def test_a_sheet_holds_no_solution_and_nothing_that_one_put_out(slug):
    kept = {cell.source for cell in SHEETS[slug].cells}
    assert solutions(slug)
    assert not kept & {cell.source for cell in solutions(slug)}
    assert ": right." not in nbformat.writes(SHEETS[slug])
    assert "<details" not in nbformat.writes(SHEETS[slug])


@pytest.mark.parametrize("slug", SHEETS)
def test_each_exercise_keeps_its_empty_cell(slug):
    cells = SHEETS[slug].cells
    asked = [id for cell in cells for id in re.findall(r"### Exercise (\S+)", cell.source)]
    empty = [cell for cell in cells if cell.source.startswith("answer = ...")]
    assert all(f'"{id}"' in cell.source for id, cell in zip(asked, empty, strict=True))
    assert all(cell.outputs == [] for cell in empty)


def nodes(cells):
    trees = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    return [node for tree in trees for node in ast.walk(tree)]


def made(cells):
    """Return the names that the code of cells gives a meaning: variables, functions, arguments."""
    stored = {
        x.id for x in nodes(cells) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
    }
    return stored | {
        getattr(x, "name", None) or x.arg
        for x in nodes(cells)
        if isinstance(x, ast.FunctionDef | ast.arg)
    }


@pytest.mark.parametrize("slug", SHEETS)
def test_no_cell_of_a_sheet_needs_what_a_solution_made(slug):
    """A cell that follows the solutions would fail in every student's hands."""
    cells = SHEETS[slug].cells
    loaded = {x.id for x in nodes(cells) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Load)}
    assert not (made(solutions(slug)) - made(cells)) & loaded


def test_sheets_are_written_without_a_network_and_never_over_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    folder = lab.write_sheets(tmp_path / "lab")
    written = sorted(folder.iterdir())
    asked = [path.name for path in chapters().values()]
    beside = {path.name: path.read_bytes() for path in appendices().values()}
    assert [path.name for path in written] == sorted([*asked, *beside])
    assert all((folder / name).read_bytes() == text for name, text in beside.items())
    for path in written:
        nbformat.validate(read(path))
    written[0].write_text("answered")
    with pytest.raises(UserError, match="move or delete it"):
        lab.write_sheets(folder)
    assert written[0].read_text() == "answered"
    assert [path.name for path in tmp_path.iterdir()] == ["lab"]
