"""Tables among the printed outputs: found by their columns, each put into a box of its own.

A table that wraps is no table any more: its last columns stand below the first. So book.css lets
such a box scroll sideways, while text around it goes on in the next line.
"""

import re
from itertools import groupby

#: Lines that belong together, at least, to be taken for a table: a head and a row.
FEWEST = 2
#: What the lines of a table are drawn with.
RULES = re.compile("[─-╿]")
GAP = re.compile(r"\S {2,}")
ENTITY = re.compile(r"&(?:#\w+|\w+);")


def boxed(output: str, width: int) -> str:
    r"""Return an output's HTML with a box around each table wider than ``width`` characters.

    Examples
    --------
    >>> boxed("  loss  rate\n0  0.5  0.01\n", width=5)
    '<span class="printed-table">  loss  rate\n0  0.5  0.01\n</span>'
    >>> boxed("two sentences,\none below the other\n", width=5)
    'two sentences,\none below the other\n'
    """
    start = "<span></span>" if output.startswith("<span></span>") else ""
    text = output.removeprefix(start)
    if "<" in text:
        return output  # colours: none of the book's tables has any
    blocks = groupby(text.splitlines(keepends=True), key=lambda line: bool(line.strip()))
    return start + "".join(_box(list(lines), width) for _, lines in blocks)


def _box(lines: list[str], width: int) -> str:
    """Return the lines of a block as text, what is a table among them boxed as one."""
    plain = [ENTITY.sub("x", line.rstrip("\n")) for line in lines]
    first, last = table(plain)
    if max(map(len, plain[first:last]), default=0) <= width:
        return "".join(lines)
    inside = "".join(lines[first:last])
    box = f'<span class="printed-table">{inside}</span>'
    return "".join([*lines[:first], box, *lines[last:]])


def table(lines: list[str]) -> tuple[int, int]:
    """Return where the table among lines begins and ends; the same place twice if there is none.

    Its lines have gaps of two spaces, or are ruled, and leave at least one column empty, all the
    same one.

    Examples
    --------
    >>> table(["What was found:", "      loss  rate", "Adam   0.5  0.01", "SGD    0.4  0.10"])
    (1, 4)
    >>> table(["A line.", "Another  line with a gap in it."])
    (0, 0)
    """
    if any(map(RULES.search, lines)):
        return 0, len(lines)
    best = (0, 0)
    for first in range(len(lines)):
        last = first
        while last < len(lines) and GAP.search(lines[last]) and gutters(lines[first : last + 1]):
            last += 1
        best = max(best, (first, last), key=lambda found: found[1] - found[0])
    return best if best[1] - best[0] >= FEWEST else (0, 0)


def gutters(lines: list[str]) -> int:
    """Return how many places, between the first column and the last, are blank in all lines.

    Examples
    --------
    >>> gutters(["a   b", "cc  d"]), gutters(["one long word", "two short ones"])
    (1, 1)
    >>> gutters(["one", "two"])
    0
    """
    if not lines:
        return 0
    columns = zip(*lines, strict=False)  # as far as the shortest line goes
    filled = "".join("x" if set(column) != {" "} else " " for column in columns)
    return len(re.findall(r" +", filled.strip()))
