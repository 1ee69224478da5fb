"""The book's own stylesheets: every block is closed, and where its rule ends."""

import re
from collections.abc import Iterator

import pytest
from bookfiles import ROOT

SHEETS = [*sorted((ROOT / "book" / "_static").glob("*.css")), ROOT / "scripts" / "print.css"]
#: What may hold braces that open nothing, and then the braces.
TOKENS = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{};]""", re.DOTALL)
#: Rules that hold rules; in all others stand declarations.
GROUPS = ("@media", "@supports", "@keyframes", "@layer", "@container")


def faults(text: str) -> Iterator[str]:
    """Yield what is wrong with the blocks of a stylesheet, with the lines.

    The language allows a rule in a rule and a group in a group, and so may take a sheet that lacks
    a brace for a good one. The book has neither, so that each shows where one is missing.
    """
    opened, start = [], 0
    for token in TOKENS.finditer(text):
        line = text.count("\n", 0, token.start()) + 1
        if token[0] == "{":
            head = re.sub(r"/\*.*?\*/", "", text[start : token.start()], flags=re.DOTALL).split()
            name = head[0] if head and head[0] in GROUPS else ""
            if opened and (not opened[-1][1] or name):
                yield f"line {line}: opens a block inside that of line {opened[-1][0]}"
            opened.append((line, name))
        elif token[0] == "}":
            if not opened:
                yield f"line {line}: closes what was not open"
            opened = opened[:-1]
        if token[0] in "{};":
            start = token.end()
    yield from (f"line {line}: is never closed" for line, _ in opened)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_every_block_is_closed_where_it_ends(path):
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@media print { a { b: c }\n\nd { e: f }", ["line 1: is never closed"]),
        ("a { b: c\nd { e: f }\n", ["line 2: opens a block inside that of line 1",
                                    "line 1: is never closed"]),
        ("@media print { a { b: c }\n@media screen { d { e: f } } }",
         ["line 2: opens a block inside that of line 1"]),
        ("a { b: c } }\n", ["line 1: closes what was not open"]),
        ('/* { */ a::before { content: "{" } @media print { a { b: \'}\' } } @import "x{";', []),
    ],
)  # fmt: skip
def test_a_block_that_is_not_closed_is_noticed(text, told):
    assert list(faults(text)) == told
