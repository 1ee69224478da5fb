"""Style, spelling, types and order: ruff, codespell, mypy, and the rules that files must keep."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import check_book
from bookfiles import ROOT, VENDORED, tracked

CODE = ("helpers", "tests", "scripts", "benchmarks", "results", "conftest.py")
#: Cells are laid out for reading (order of imports, lines), and may assert two things in one line.
CHAPTERS = ("notebooks", "--ignore", "I001,E501,PT018")
WORDS = (".py", ".md", ".ipynb", ".yml", ".toml", ".sh", ".cff", ".css", ".js")
#: Weights and pictures as letters, which are no words.
CODED = ("weights_", "pictures_")
#: Names of people, of Keras and of the drawn data that look like misspelt words.
NAMES = "caf,wher,fpr,nd,ans,arange,hist,te,ot,socio-economic,fo,belta,deepth,lru,unparseable"


def spelling(root: Path = ROOT) -> int:
    """Run codespell over every tracked text file, one by one by name; return its exit status."""
    names = [
        str(path)
        for path in tracked(root)
        if path.suffix in WORDS
        and not VENDORED & set(path.parts)
        and not path.name.startswith(CODED)
    ]
    # A list of names and no pattern: a pattern that matches no notebook would pass for ever.
    images = r"--ignore-regex=\"image/(png|jpeg)\": \"[^\"]*\"|[A-Za-z0-9+/=]{200,}"  # or in base64
    command = [sys.executable, "-m", "codespell_lib", images, f"--ignore-words-list={NAMES}"]
    return subprocess.run([*command, *names], check=False).returncode


def types() -> int:
    """Run mypy over the package, as ``pyproject.toml`` says; return its exit status."""
    if importlib.util.find_spec("mypy") is None:
        print("mypy is not installed here, so types are not checked: run make env.")
        return 1
    cache = ("--cache-dir", str(ROOT / "_build" / "mypy"))
    command = [sys.executable, "-m", "mypy", *cache]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Run all, also when the first complains."""
    ruff = [sys.executable, "-m", "ruff"]
    code = [name for name in CODE if (ROOT / name).exists()]
    status = [
        subprocess.run([*ruff, "check", *code], cwd=ROOT, check=False).returncode,
        subprocess.run([*ruff, "check", *CHAPTERS], cwd=ROOT, check=False).returncode,
        subprocess.run([*ruff, "format", "--check", *code], cwd=ROOT, check=False).returncode,
        spelling(),
        types(),
        check_book.main(),
    ]
    return int(any(status))


if __name__ == "__main__":
    sys.exit(main())
