"""The package without the book: a wheel, installed elsewhere."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from bookfiles import ROOT

UV = [sys.executable, "-m", "uv"]


def run(command, folder, **variables) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of what it needs: building leaves folders behind."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "helpers", source / "helpers")
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    done = run([*UV, "build", "--wheel", "--offline", "--no-build-isolation", "."], source)
    assert done.returncode == 0, done.stderr
    return next((source / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder with the wheel in it; what it needs comes from this environment."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--offline", "--no-deps", "--python", sys.executable]
    done = run([*UV, "pip", "install", *options, "--target", folder, wheel], folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_has_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "helpers").rglob("*.py")}
    ours = {name for name in names if ".dist-info/" not in name}
    assert ours == {*here, "helpers/py.typed"}


def test_the_installed_command_answers_under_its_own_name(site):
    for words, said in ((["--help"], "usage: alexnet"), (["shapes", "paper"], "60,965,224")):
        done = run([site / "bin" / "alexnet", *words], site, PYTHONPATH=str(site))
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
    done = run([site / "bin" / "alexnet", "shapes", "nothing"], site, PYTHONPATH=str(site))
    assert done.returncode == 2


@pytest.mark.parametrize(
    "code",
    [
        "claims import load; load()",
        "exercises import check_exercise as c; c('3.1', 1)",
        "records import make; make('ablations')",
    ],
)
def test_what_needs_the_book_says_so(site, code):
    done = run([sys.executable, "-c", f"from helpers.book.{code}"], site, PYTHONPATH=str(site))
    last = done.stderr.strip().splitlines()[-1]
    assert re.match(
        r"helpers\.errors\.UserError: (book/\S+|notebooks|results) belongs to the book", last
    )
    assert last.endswith("run this from a checkout of the book.")


def test_the_package_says_which_pythons_it_runs_on(wheel):
    archive = zipfile.ZipFile(wheel)
    name = next(name for name in archive.namelist() if name.endswith("dist-info/METADATA"))
    said = archive.read(name).decode()
    assert "Requires-Python: <3.14,>=3.11" in said
    assert "Typing :: Typed" in said
