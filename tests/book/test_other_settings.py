"""A record that changes, and a chapter that says something else on another machine, are noticed."""

import ast
import os
import shutil
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
import run_settings
import run_sources
from bookfiles import ROOT, chapters, read
from nbclient import NotebookClient
from run_settings import alike, differences


def page(text="3 of 4\n", sentence="Right are 3 of 4.", alt="Three bars.", tags=()):
    """Return a notebook of one cell that prints a line, says a sentence and shows a figure."""
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=text),
        nbformat.v4.new_output("stream", name="stderr", text=str(len(text))),
        nbformat.v4.new_output("display_data", {"text/markdown": sentence, "text/plain": "<M>"}),
        nbformat.v4.new_output("display_data", {"image/png": str(len(alt)), "text/plain": alt}),
    ]
    cell = nbformat.v4.new_code_cell("…", outputs=outputs, metadata={"tags": list(tags)})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Text"), cell])


def test_nothing_differs_where_nothing_changed():
    assert differences(page(), page()) == []


@pytest.mark.parametrize(
    "change", [{"text": "2 of 4\n"}, {"sentence": "Right are 2 of 4."}, {"alt": "Two bars."}]
)
def test_each_kind_of_text_is_compared(change):
    (line,) = differences(page(), page(**change))
    assert line.startswith("cell 1 says ")
    assert next(iter(change.values())).strip() in line
    assert differences(page(tags=["nbval-ignore-output"]), page(**change)) == []
    assert bool(differences(page(), page(**change), {"text/markdown"})) == ("sentence" in change)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("by −0.005 (−0.03 to 0.02)", "by −0.006 (−0.03 to 0.02)", True),
        ("0.00", "−0.01", True),
        ("9.9 %", "10.0 %", True),
        ("0.15", "0.17", False),
        ("0.1", "0.12", False),
        ("5 of 10", "4 of 10", False),
        ("93 %", "94 %", False),
        ("more, 0.51", "less, 0.51", False),
    ],
)
def test_only_the_last_place_of_a_decimal_may_tip_over(old, new, same):
    assert alike(old, new) == same == alike(new, old)


def test_an_output_that_is_gone_differs():
    fresh = page()
    del fresh.cells[1].outputs[2]
    assert len(differences(page(), fresh)) == 2


def test_settings_have_the_drawn_pictures_and_no_run(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(run_settings, "BUILD", tmp_path)
    for folder in ("drawn-0123/train", "runs/quick-1/checkpoint"):
        (tmp_path / "home" / folder).mkdir(parents=True)
    home = run_settings.own_home("one thread, float32")
    assert [path.name for path in home.iterdir()] == ["drawn-0123"]
    assert (home / "drawn-0123" / "train").is_dir()


def other_checkout(folder, record, change):
    """Write a checkout whose table ``record`` below results/ has one value changed."""
    shutil.copytree(ROOT / "helpers", folder / "helpers", ignore=shutil.ignore_patterns("*.pyc"))
    name = record.partition("/")[0]
    (folder / "results").mkdir()
    for path in [*ROOT.glob("book*"), *(ROOT / "results").iterdir()]:
        if path.name != name:
            (folder / path.relative_to(ROOT)).symlink_to(path)
    shutil.copytree(ROOT / "results" / name, folder / "results" / name)
    table = pd.read_csv(folder / "results" / record)
    change(table)
    table.to_csv(folder / "results" / record, index=False)
    return folder


def rerun(notebook, checkout):
    """Run a notebook with the package and the records of a checkout."""
    fresh = nbformat.from_dict(notebook)
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    NotebookClient(fresh, timeout=300, kernel_name="python3").execute(env=environment)
    return fresh


def excerpt(slug, first, last):
    """Return a chapter's imports and its cells from that with ``first`` to that with ``last``."""
    cells = [cell for cell in read(chapters()[slug]).cells if cell.cell_type == "code"]
    begin, end = (
        next(i for i, c in enumerate(cells) if text in c.source) for text in (first, last)
    )
    return nbformat.v4.new_notebook(cells=[cells[1], *cells[begin : end + 1]])


def pick(slug, *texts):
    """Return a chapter's imports and its cells with these texts."""
    cells = [cell for cell in read(chapters()[slug]).cells if cell.cell_type == "code"]
    chosen = [next(cell for cell in cells if text in cell.source) for text in texts]
    return nbformat.v4.new_notebook(cells=[cells[1], *chosen])


def one_answer(table):
    """Let the network be wrong on one more picture."""
    table.loc[table["correct"].idxmax(), "correct"] = False


@pytest.mark.thorough  # draws the pictures where they are not there
@pytest.mark.skipif(
    not (ROOT / "results/book_run/predictions.csv").exists(), reason="the network is not recorded"
)
def test_one_changed_answer_of_the_recorded_network_changes_a_sentence(tmp_path):
    pages = pick(
        "confusion_matrix_and_errors",
        '/ "book_run")',
        "right = evaluation.accuracy(predictions)",
        "The recorded network is right on",
    )
    fresh = rerun(pages, other_checkout(tmp_path, "book_run/predictions.csv", one_answer))
    found = differences(pages, fresh)
    assert any("The recorded network is right on" in line for line in found), found


def one_accuracy(table):
    """Let one run of the changed pools end a point higher."""
    row = table[(table["variant"] == "no_overlap") & (table["epoch"] == 6)].index[0]
    table.loc[row, "val_accuracy"] += 0.01


def test_one_changed_value_of_a_record_changes_a_sentence(tmp_path):
    pages = excerpt("what_came_after", 'experiment("ablations")', "**One change is seen.**")
    fresh = rerun(pages, other_checkout(tmp_path, "ablations/runs.csv", one_accuracy))
    assert differences(pages, fresh, {"text/markdown"}), "a sentence"
    figure = [line for line in differences(pages, fresh, {"text/plain"}) if "grey dot" in line]
    assert figure, "an alternative text"


@pytest.mark.parametrize("slug", run_sources.CHAPTERS)
def test_a_section_that_is_run_on_other_sources_stands_alone(slug, tmp_path):
    notebook, places = run_sources.section(read(chapters()[slug]))
    assert any(run_sources.figures(notebook.cells[i]) for i in places)
    code = "\n".join([*(cell.source for cell in notebook.cells), run_sources.CHECKS[slug]])
    page = tmp_path / "section.py"
    page.write_text(code, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(page)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_a_section_needs_is_found():
    cell = nbformat.v4.new_code_cell
    before = [
        cell("a = 1\nb = 2"),
        cell("c = {}\nc['x'] = a\nd = 3"),
        cell("def f(n):\n    return n"),
    ]
    assert run_sources.needed(before, [cell("e = c\nprint(e, d2 := 1)")]) == "\n".join(
        ["a = 1", "c = {}", "c['x'] = a"]
    )
    assert "def f" in run_sources.needed(before, [cell("print([f(x) for x in range(3)])")])


CHANGES = (
    "a['x'], b = f()",
    "[b, a['x']] = f()",
    "a['x']: int = b",
    "for b in f():\n    a[b] = 1",
    "with f() as b:\n    a['x'] = b",
    "if f():\n    a = b",
    "try:\n    a['x'] = f()\nexcept KeyError:\n    pass",
    "a['x'] |= f()",
    "a |= f()",
    "a.update(f())",
    "for b in f():\n    a['x'].append(b)",
    "a.x = f()",
    "del a['x']",
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_a_name_is_kept(change):
    cell = nbformat.v4.new_code_cell
    change = ast.unparse(ast.parse(change))
    before = [cell("a = {}"), cell(change), cell("c = np.sort(d)\nd[a] = 1\na.copy()")]
    assert run_sources.needed(before, [cell("print(a, np)")]) == f"a = {{}}\n{change}"
