"""The notebooks as Colab meets them: TensorFlow, matplotlib and pip are there, and little else.

The set-up cell has to fetch the package (here from a copy on this machine, put in the place of the
public address), install what is missing and leave the TensorFlow that is there alone.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bookfiles import ROOT, chapters, notebooks, number, read
from set_repository import rewrite

#: What is there before; exact versions, so that the tests don't depend on the day.
THERE = ("tensorflow", "matplotlib", "pip")
ADDRESS = "https://github.com/someone/their-book"  # the book as if it had been published
SETUP = ROOT / "scripts" / "setup_cell.txt"
VERSION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
#: Run to its end: it needs most of the package, and is quick.
WHOLE = chapters()["update_rule"]


def locked(package: str) -> str:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.search(rf"^{package}==\S+", lock, re.MULTILINE)
    return found.group() if found else package


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A repository with the files of this checkout as they are now, its address set, tagged."""
    folder = tmp_path_factory.mktemp("origin") / "book"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    assert run("git", "init", "-q", cwd=folder).returncode == 0
    assert run("git", "add", "-A", cwd=folder).returncode == 0
    rewrite(ADDRESS, folder)
    for command in (("commit", "-q", "-a", "-m", "copy"), ("tag", f"v{VERSION}")):
        done = run("git", *who, *command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """An environment's Python with TensorFlow, matplotlib and pip."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    uv = Path(sys.executable).with_name("uv")
    assert run(uv, "venv", "--python", sys.executable, folder).returncode == 0
    python = folder / "bin" / "python"
    there = [locked(package) for package in THERE]
    done = run(uv, "pip", "install", "--compile-bytecode", "--python", python, *there)
    assert done.returncode == 0, done.stderr
    return python


def script(path: Path, cells: int | None = None) -> str:
    """The code cells of a notebook, one after the other, of a book whose address is set."""
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    return published("\n\n".join(code[:cells]) + "\n")


def published(code: str) -> str:
    return code.replace("-address-not-set-/alexnet-book", "someone/their-book")


def versions(python: Path) -> str:
    code = (
        "from importlib import metadata as m\n"
        "for p in ('tensorflow', 'keras', 'numpy', 'matplotlib'):\n"
        "    d = m.distribution(p); record = next(f for f in d.files if f.name == 'RECORD')\n"
        "    print(p, d.version, record.locate().parent.stat().st_mtime_ns)"
    )
    return run(python, "-c", code).stdout


@pytest.fixture(scope="module")
def colab(bare, copy, tmp_path_factory):
    """Run code in the bare environment, in an empty folder, with the copy as the public address."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
        "MPLBACKEND": "agg",
        "VIRTUAL_ENV": "",
        "HOME": str(tmp_path_factory.mktemp("home")),
    }
    folder = tmp_path_factory.mktemp("content")

    def call(code: str, cwd: Path = folder):
        # From standard input, as a kernel does: the working folder comes first on the path.
        return run(bare, "-", input=code, cwd=cwd, env=environment)

    return call


@pytest.fixture(scope="module")
def installed(colab, bare):
    """What the set-up cell did: versions before and after."""
    before = versions(bare)
    missing = colab("import helpers")
    assert "No module named 'helpers'" in missing.stderr
    done = colab(script(notebooks()[0], cells=1))
    assert done.returncode == 0, done.stderr
    return before, versions(bare)


def test_the_set_up_cell_names_the_version_that_it_belongs_to():
    assert f'"v{VERSION}"' in SETUP.read_text(encoding="utf-8")


def test_without_an_address_the_set_up_cell_fetches_nothing(bare, tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": ""}
    done = run(bare, SETUP, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("This copy of the book has no public address yet")
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("*.py"))


USE = "\nfrom helpers import architectures; print(architectures.__file__)"


@pytest.mark.parametrize("before", ["", "helpers.py", "helpers/mine.py", "helpers/__init__.py"])
def test_somebody_else_s_helpers_are_told_and_not_used(installed, colab, before, tmp_path):
    """Also the second, third and fourth time that the cell is run, in a folder of its own."""
    if before:
        (tmp_path / before).parent.mkdir(exist_ok=True)
        (tmp_path / before).write_text("theirs = 1\n")
    done = colab(published(SETUP.read_text(encoding="utf-8")) + USE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"alexnet-book-v{VERSION}" in done.stdout.splitlines()[-1]
    assert ("is not the book's package" in done.stdout) == bool(before)
    assert not before or (tmp_path / before).read_text() == "theirs = 1\n"


def test_a_broken_attempt_is_made_good(installed, colab):
    """What a killed clone leaves, and then the set-up cell once more."""
    code = published(SETUP.read_text(encoding="utf-8"))
    spoil = "import pathlib, shutil; p = pathlib.Path.home() / '.cache' / 'alexnet-book-v"
    spoil += f"{VERSION}'; shutil.rmtree(p / 'helpers')"
    assert colab(spoil).returncode == 0
    done = colab(code + USE)
    assert done.returncode == 0, done.stderr


def test_the_set_up_cell_leaves_what_is_there_alone(installed):
    before, after = installed
    assert before.count("\n") == 4
    assert after == before


def test_the_first_cells_of_every_notebook_run(installed, colab):
    """Set-up, imports and banner: nothing is missing that a notebook asks for."""
    parts = [
        f"exec(compile({script(path, cells=2)!r}, {path.name!r}, 'exec'), {{}})"
        for path in notebooks()
    ]
    done = colab("\n".join(parts))
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("profile: ") == len(parts)


def test_a_whole_chapter_runs(installed, colab):
    done = colab(script(WHOLE))
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Exercise {number(WHOLE)}.1: right." in done.stdout


def test_a_missing_package_would_be_noticed(installed, colab):
    assert "No module named 'nbval'" in colab("import nbval").stderr
