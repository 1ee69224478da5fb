"""No two places of the code share more than twelve lines; longer ones want a function of both."""

import re
from pathlib import Path

from bookfiles import ROOT

LONGEST = 12
PLACES = ("helpers", "scripts", "tests", "results", "benchmarks")
#: Lines that say nothing of their own: blank, comment, import, one name or bracket.
THIN = re.compile(r"(#.*|(from|import) .*|\w*[\W_]*)")


def lines_of(path: Path) -> list[tuple[int, str]]:
    """Return the numbers and texts of the lines that count, without indentation."""
    texts = enumerate(map(str.strip, path.read_text(encoding="utf-8").splitlines()), start=1)
    return [(number, text) for number, text in texts if not THIN.fullmatch(text)]


def shared(root: Path) -> list[str]:
    """Return a line for each pair of places that share more than ``LONGEST`` lines."""
    first, problems, end = {}, [], {}
    for path in sorted(path for place in PLACES for path in (root / place).rglob("*.py")):
        lines = lines_of(path)
        for i in range(len(lines) - LONGEST):
            part = tuple(text for _, text in lines[i : i + LONGEST + 1])
            other, at = first.setdefault(part, (path, i))
            if (other, at) == (path, i) or i < end.get(path, 0):
                continue
            end[path] = i + LONGEST + 1  # one line a pair, not one for each window
            names = (
                f"{p.relative_to(root)}:{lines_of(p)[n][0]}" for p, n in ((other, at), (path, i))
            )
            problems.append(" and ".join(names))
    return problems


def test_no_two_places_share_more_than_twelve_lines():
    assert shared(ROOT) == []


def test_shared_lines_are_noticed_whatever_their_indentation(tmp_path):
    (tmp_path / "helpers").mkdir()
    code = [f"value_{i} = {i} + 1" for i in range(LONGEST + 1)]
    (tmp_path / "helpers" / "one.py").write_text("import os\n\n" + "\n\n# why\n".join(code))
    inside = "def f():\n" + "\n".join(f"    {line}" for line in code)
    (tmp_path / "helpers" / "two.py").write_text(inside)
    assert shared(tmp_path) == ["helpers/one.py:3 and helpers/two.py:2"]
    (tmp_path / "helpers" / "two.py").write_text(inside.rpartition("\n")[0])
    assert shared(tmp_path) == []
