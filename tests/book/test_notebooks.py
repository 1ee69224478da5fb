"""The chapters as files: clean, framed, solved; and the proof that nbval compares them."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import run_notebooks
import run_versions
from bookfiles import ROOT, appendices, figures, is_appendix, notebooks, read
from check_book import SHARE_IGNORED, ignored_share, notebook_problems, unlisted_notebooks
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from run_notebooks import fingerprint, into_cache, is_cached, normalise, open_cache
from tiers import quick

CHAPTERS = notebooks()
FIRST = CHAPTERS[0]


def changed(tmp_path, change, path=FIRST) -> list[str]:
    """Return the complaints about a copy of a notebook, or the first, that was spoilt."""
    notebook = read(path)
    change(notebook)
    copy = tmp_path / path.name
    nbformat.write(notebook, copy)
    return notebook_problems(copy)


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_is_in_order(path):
    assert notebook_problems(path) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_figure_says_what_it_shows(path):
    drawn = [
        (cell.metadata["mystnb"], kind, output)
        for cell in code(read(path))
        for kind, output in figures(cell)
    ]
    assert drawn or is_appendix(path)
    assert all(len(alternative(*figure)) > 60 for figure in drawn)
    assert all(shown["figure"]["caption"] for shown, *_ in drawn)


def alternative(shown: dict, kind: str, output: dict) -> str:
    """Return a figure's alternative text: typed in its cell, or computed and compared by nbval."""
    typed, computed = shown.get("image"), output.metadata.get(kind, {}).get("alt")
    assert (typed is None) != (computed is None), "it has two or none"
    assert computed is None or computed == output.data["text/plain"]
    return computed or typed["alt"]


def test_every_notebook_is_in_the_table_of_contents():
    assert unlisted_notebooks() == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_at_most_one_output_in_ten_is_not_compared(path):
    assert ignored_share(path) <= SHARE_IGNORED


def test_too_many_exempt_cells_are_noticed(tmp_path):
    notebook = read(FIRST)
    for cell in code(notebook):
        cell.metadata["tags"] = ["nbval-ignore-output"]
    nbformat.write(notebook, tmp_path / "all.ipynb")
    assert ignored_share(tmp_path / "all.ipynb") == 1.0


def _error(notebook):
    output = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}
    code(notebook)[3].outputs.append(nbformat.from_dict(output))


def _stderr(notebook):
    code(notebook)[3].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="oh"))


def _figure_and_words(notebook):
    figure = next(cell for cell in code(notebook) if "figure" in cell.metadata.get("mystnb", {}))
    words = nbformat.v4.new_output("display_data", {"text/markdown": "Two bars."})
    figure.outputs.append(words)


def _broaden(notebook):
    seen = next(cell for cell in code(notebook) if not cell.metadata.get("tags"))
    seen.source += f"\npass  # {'x' * 72}"


def _rename_exercises(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("### Exercise", "### Task")


def _unfold(notebook):
    for cell in code(notebook):
        cell.metadata.pop("cellView", None), cell.metadata.pop("jupyter", None)


def _no_place_for_answers(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("answer = ...")]


def _of_no_kind(notebook):
    for cell in notebook.cells:
        cell.source = re.sub(r"(### Exercise \d+\.1\s+)\*\*.+?\*\*", r"\1", cell.source)


def _only_predictions(notebook):
    for cell in notebook.cells:
        pattern = r"(### Exercise \d+\.\d+\s+)\*\*.+?\.\*\*"
        cell.source = re.sub(pattern, r"\1**Predict.**", cell.source)


def _no_reasons(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace("# Why: ", "# ")


BROKEN = {
    "not run from top": lambda nb: code(nb)[2].update(execution_count=9),
    "stored an error": _error,
    "stderr": _stderr,
    "more than its figure": _figure_and_words,
    "its metadata are": lambda nb: nb.metadata.update(widgets={}),
    "has the metadata": lambda nb: nb.cells[4].metadata.update(collapsed=True),
    "folded alike": lambda nb: nb.cells[4].metadata.update(cellView="form"),
    "begin with a title": lambda nb: nb.cells[0].update(source="no title"),
    "lacks **Time**": lambda nb: nb.cells[0].update(
        source=nb.cells[0].source.replace("**Time**", "Time")
    ),
    "second cell is not": lambda nb: nb.cells[1].update(source=nb.cells[1].source + "\nx = 1"),
    "environment.banner": lambda nb: nb.cells[2].update(source="pass"),
    "79 are allowed": _broaden,
    "are told": _rename_exercises,
    "reader's answer": _no_place_for_answers,
    "a solution is": _unfold,
    "with its kind": _of_no_kind,
    "two exercises derive": _only_predictions,
    "say why": _no_reasons,
    "bytes": lambda nb: nb.cells[0].update(source=nb.cells[0].source + " " * 1_500_000),
}


@pytest.mark.parametrize("word", BROKEN)
def test_broken_chapter_is_noticed(word, tmp_path):
    complaints = changed(tmp_path, BROKEN[word])
    assert any(word.split(" not ")[0] in line or word in line for line in complaints), complaints


def _lead_nowhere(notebook):
    notebook.cells[0].source = re.sub(r"\]\([^)]*\)", "]", notebook.cells[0].source)


@pytest.mark.parametrize("word", ["not run from top", "second cell is not", "environment.banner"])
def test_broken_appendix_is_noticed(word, tmp_path):
    path = next(iter(appendices().values()))
    assert any(word in line for line in changed(tmp_path, BROKEN[word], path))


def test_an_appendix_leads_to_a_chapter(tmp_path):
    path = next(iter(appendices().values()))
    (complaint,) = changed(tmp_path, _lead_nowhere, path)
    assert "links no chapter" in complaint


def test_unlisted_notebook_is_noticed(tmp_path):
    for name in ("_toc.yml", "_config.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    for name in ("99_new", "Z_new", "Untitled"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text("{}")
    lost = [f"{name}.ipynb is not in _toc.yml" for name in ("99_new", "Z_new")]
    assert unlisted_notebooks(tmp_path) == lost


def small(tmp_path: Path, source: str = "print(6 * 7)") -> Path:
    """Write a notebook of one cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    normalise(notebook)
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook, path)
    return path


def nbval(path: Path) -> subprocess.CompletedProcess:
    """Run one notebook under nbval, with this project's settings."""
    shutil.copy(ROOT / "conftest.py", path.parent / "conftest.py")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", str(path)]
    command += ["-p", "no:cacheprovider", "--rootdir", str(path.parent)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_nbval_fails_when_a_digit_of_a_stored_output_changes(tmp_path):
    notebook = read(FIRST)
    cell = next(
        c
        for c in code(notebook)
        if c.outputs
        and c.outputs[0].get("name") == "stdout"
        and any(digit.isdigit() for digit in c.outputs[0].text)
        and "nbval-ignore-output" not in c.metadata.get("tags", [])
    )
    path = tmp_path / "mutant.ipynb"
    nbformat.write(notebook, path)
    text = cell.outputs[0].text
    at = next(i for i, letter in enumerate(text) if letter.isdigit())
    cell.outputs[0].text = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    # Only what the cell needs is run: the cells up to it.
    notebook.cells = notebook.cells[: notebook.cells.index(cell) + 1]
    nbformat.write(notebook, path)
    done = nbval(path)
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout


def test_nbval_passes_when_nothing_changes(tmp_path):
    path = small(tmp_path)
    notebook = read(path)
    notebook.cells[0].execution_count = 1
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text="42\n")]
    nbformat.write(notebook, path)
    done = nbval(path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_finished_chapters_are_kept_and_failures_named(tmp_path):
    path, cache = small(tmp_path), tmp_path / "cache"
    assert into_cache([path], cache) == []
    assert is_cached(open_cache(cache), path)
    small(tmp_path, "raise ValueError('no')")
    failures = into_cache([path], cache)
    assert len(failures) == 1
    assert failures[0].startswith("small: ")
    assert not is_cached(open_cache(cache), path)


def test_two_at_once_finish_or_fail_each_on_its_own(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(run_notebooks, "at_once", lambda chapters: 2)
    paths = []
    for number, source in enumerate(("print(1)", "raise ValueError('no')", "print(3)"), 1):
        (tmp_path / str(number)).mkdir()
        paths.append(
            small(tmp_path / str(number), source).rename(tmp_path / f"0{number}_small.ipynb")
        )
    failures = into_cache(paths, tmp_path / "cache")
    assert [failure[:2] for failure in failures] == ["02"]
    assert "raise ValueError('no')" in failures[0]
    cache = open_cache(tmp_path / "cache")
    assert [is_cached(cache, path) for path in paths] == [True, False, True]
    said = capfd.readouterr().out
    assert "[2 of 3] 02_small is running" in said
    assert "    02  failed" in said
    assert "none left" in said


def test_only_as_many_at_once_as_there_is_room_for(monkeypatch):
    monkeypatch.setattr(run_notebooks.os, "cpu_count", lambda: 8)
    room = SimpleNamespace(available=9 * 2**30)
    monkeypatch.setattr(run_notebooks, "virtual_memory", lambda: room)
    assert [run_notebooks.at_once(chapters) for chapters in (1, 2, 17)] == [1, 2, 2]
    room.available = 2**30
    assert run_notebooks.at_once(17) == 1
    monkeypatch.setattr(run_notebooks.os, "cpu_count", lambda: 1)
    assert run_notebooks.at_once(17) == 1


def test_each_notebook_runs_in_an_empty_folder(tmp_path):
    path = small(tmp_path, "import os\nassert os.listdir() == [], os.listdir()")
    assert into_cache([path], tmp_path / "cache") == []


def test_cache_is_dropped_when_the_package_changes(tmp_path):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "a.py").write_text("ONE = 1\n")
    (tmp_path / "requirements.lock").write_text("numpy==1\n")
    path, folder = small(tmp_path), tmp_path / "cache"
    into_cache([path], folder)
    (folder / "made-from").write_text(fingerprint(tmp_path))
    assert is_cached(open_cache(folder, tmp_path), path)
    (tmp_path / "helpers" / "a.py").write_text("ONE = 2\n")
    assert not is_cached(open_cache(folder, tmp_path), path)


@pytest.mark.parametrize("name", ["requirements.lock", "book/claims.yml", "results/run/a.csv"])
def test_fingerprint_follows_every_input(name, tmp_path):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    before = fingerprint(tmp_path)
    file.write_text("changed")
    assert fingerprint(tmp_path) != before


def needed(names: list[str]) -> set[str]:
    """Return distributions and all that they ask for in turn, as far as they are installed."""
    found, waiting = set(), [Requirement(name) for name in names]
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        if name in found or (asked.marker and not asked.marker.evaluate({"extra": ""})):
            continue
        try:
            waiting += map(Requirement, metadata.requires(name) or [])
            found.add(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def test_other_versions_have_what_the_quick_tests_import():
    """Their environments hold a reader's packages and what runs tests, not those of the book."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    reader = [line.partition("#")[0] for line in lines if line and not line.startswith("#")]
    there = needed([*reader, *run_versions.TOOLS])
    owners = {
        name: {canonicalize_name(owner) for owner in owned}
        for name, owned in metadata.packages_distributions().items()
    }
    lacking = sorted(name for name, owned in owners.items() if not owned & {*there, "alexnet-book"})
    assert "jupyter_cache" in lacking
    code = f"import sys, pytest; sys.modules.update(dict.fromkeys({lacking!r})); "
    code += "sys.exit(pytest.main(['--collect-only', '-q', *sys.argv[1:]]))"
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, quick())],
        cwd=ROOT,
        env=os.environ | plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]


def test_the_makefile_asks_for_versions_as_they_are_understood(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(run_versions, "environment", lambda path: tmp_path / path.stem)
    monkeypatch.setattr(run_versions, "use_kernel", lambda folder: None)
    monkeypatch.setattr(run_versions, "run_tests", lambda folder: asked.append("tests") or 0)
    monkeypatch.setattr(run_versions, "run_chapters", lambda only: asked.append(only) or [])
    monkeypatch.setenv("ALEXNET_EPOCHS", "7")
    commands = re.findall(r"run_versions\.py (.*)", (ROOT / "Makefile").read_text())
    assert [run_versions.main(command.split()) for command in commands] == [0, 0]
    assert asked == [[], "tests", ["convolution", "convolution_arithmetic", "building", "grad_cam"]]
    assert os.environ["ALEXNET_EPOCHS"] == "2"  # the second one's chapters train shortly
