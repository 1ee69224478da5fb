"""Run chapters, and if asked the quick tests, with other versions: ``run_versions.py SET``.

A set is a file of ``constraints/``. Its environment is made once under ``_build/versions`` and
made anew when the file or ``requirements.txt`` has changed. What a chapter asserts must hold, and
the sentences that it computes from records must be those of the page; other outputs are not
compared, since they carry versions.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from glob import glob
from pathlib import Path

from bookfiles import BUILD, ROOT, by_slug, chosen
from run_notebooks import at_once, run_all
from run_settings import RECORDED, SHORT, compared

sys.path.insert(0, str(ROOT / "tests" / "support"))
from tiers import quick

#: What runs a kernel and the tests, beside what requirements.txt asks for.
TOOLS = (
    *("ipykernel", "nbformat", "nbclient", "psutil"),
    *("pytest", "pytest-timeout", "beautifulsoup4", "sphinxcontrib-bibtex"),
)


def constraints(name: str) -> Path:
    """Return the file of a set of versions, and say which sets there are if it is missing."""
    path = ROOT / "constraints" / f"{name}.txt"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.txt")))
        raise SystemExit(f"There is no set of versions called {name!r}; there are {known}.")
    return path


def interpreter(path: Path) -> str:
    """Return the Python that a set names in its first line, else the one that runs this."""
    wanted = path.read_text(encoding="utf-8").partition("(Python ")[2].partition(")")[0]
    places = [shutil.which(f"python{wanted}")]
    places += sorted(glob(str(Path.home() / f".pyenv/versions/{wanted}.*/bin/python")))
    found = next(filter(_runs, filter(None, places)), None)
    if found is None:
        print(f"No Python {wanted} here: {path.stem} is tried with this one, {sys.version[:6]}.")
    return found or sys.executable


def _runs(python: str) -> bool:
    """Return whether it is a Python; pyenv leaves scripts of the same name that are none."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def environment(path: Path) -> Path:
    """Return the folder of a set's environment, made if it is missing or out of date."""
    inputs = [path, ROOT / "requirements.txt", Path(__file__)]
    wanted = hashlib.sha256(b"".join(p.read_bytes() for p in inputs)).hexdigest()
    folder = BUILD / "versions" / path.stem
    stamp = folder / "made-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    python = str(folder / "bin" / "python")
    install = ["pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    for command in (
        ["venv", "--quiet", "--python", interpreter(path), folder],
        [*install, "-r", ROOT / "requirements.txt", "-c", path, *TOOLS],
    ):
        subprocess.run([uv, *command], check=True)
    stamp.write_text(wanted)
    return folder


def use_kernel(folder: Path) -> None:
    """Let notebooks run in an environment: a kernel of the usual name that comes first.

    Runs have a place of their own there: one that the book's own versions have trained would be
    found finished, and nothing would be trained with these.
    """
    python = str(folder / "bin" / "python")
    spec = folder / "share" / "kernels" / "python3"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    text = json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"})
    (spec / "kernel.json").write_text(text)
    os.environ["JUPYTER_PATH"] = str(folder / "share")
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["ALEXNET_HOME"] = str(folder / "home")


def run_chapters(only: list[str]) -> list[str]:
    """Run chapters from top to bottom; return what went wrong, and which sentences differ."""
    paths = chosen(only)
    problems, keep = compared([by_slug()[slug] for slug in RECORDED], {"text/markdown"})
    return run_all(paths, keep, at_once(len(paths))) + problems


def run_tests(folder: Path) -> int:
    """Run the quick tests with the environment's Python; return pytest's exit status."""
    command = [folder / "bin" / "python", "-m", "pytest", "-q", *quick()]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", help="name of a file of constraints/")
    parser.add_argument(
        "only", nargs="*", help="chapters to run, by the start of their file or slug"
    )
    parser.add_argument("--tests", action="store_true", help="the quick tests too")
    parser.add_argument("--short", action="store_true", help="chapters train for two epochs only")
    # Chapters may stand behind --tests too, which plain parse_args takes for a mistake.
    options = parser.parse_intermixed_args(arguments)
    folder = environment(constraints(options.set))
    use_kernel(folder)
    status = run_tests(folder) if options.tests else 0
    os.environ.update(SHORT if options.short else {})
    failures = run_chapters(options.only)
    for failure in failures:
        print(f"\n{options.set}: {failure}", file=sys.stderr)
    return 1 if failures or status else 0


if __name__ == "__main__":
    sys.exit(main())
