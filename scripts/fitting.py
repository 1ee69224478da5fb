"""Text that fits its column: what the build does to tables, outputs, formulas and shell commands.

In: the pages as Sphinx makes them. Out: tables in one style, each with what a phone needs to show
its rows one below the other; outputs that say how many columns they have, for book.css to choose
a size, tables among them in boxes that scroll; formulas in several lines where they are several;
shell commands highlighted as such.
Numbers are only written another way here: ``105415200`` becomes ``105,415,200``.
"""

import re
import unicodedata
from itertools import zip_longest

import printed_tables
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx

#: Commands by which lines without a language are known to be meant for a shell.
COMMANDS = re.compile(
    r"(\$ )?(\S*python3? (-\w|\S+\.py)|pip install|git \w+|cd \S+$|uv \w+|source \S+$|[A-Z_]+=\S+ "
    r"|make( [\w-]+)*( \w+=\S+)*\s*(#.*)?$)"
)
#: A number, perhaps with a unit or a sign before it, a size, or nothing.
NUMBER = re.compile(r"[-−+±]?[\d.,½]+(e[-+]?\d+)?( ?%| (s|ms|px|kB|MB|h|min))?|\d+(×\d+)+|NaN|–|-|")
LONG_NUMBER = re.compile(r"-?\d{5,}(\.\d+)?")
#: What a phone of 375 pixels shows side by side: characters, those of the padding counted.
PHONE = 40
#: Characters of an output that a phone shows in a line, at the size of type that can be read.
PRINTED = 40
#: Letters of TeX that take no width, and what stands for one sign.
COMMAND_OF_TEX = re.compile(
    r"\\(?:text|mathrm|mathbf|mathtt|left|right|bigl?|Bigl?|Bigr?)|\\[a-z]+"
)
#: Signs that Unicode calls otherwise than TeX.
SIGNS = {"times": " × ", "cdot": " · ", "pm": "±", "le": " ≤ ", "ge": " ≥ ", "lambda": "λ"}
SIGNS |= {"leq": " ≤ ", "geq": " ≥ ", "to": " → ", "approx": " ≈ ", "varepsilon": "ε", "infty": "∞"}
#: Small digits and letters.
LOW = str.maketrans("0123456789+−aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
HIGH = str.maketrans("0123456789+−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def shell(doctree: nodes.document) -> None:
    """Mark what is meant for a shell and says no language."""
    for block in doctree.findall(nodes.literal_block):
        if block.get("language", "default") in ("default", "none") and is_shell(block.astext()):
            block["language"] = "sh"


def is_shell(text: str) -> bool:
    r"""Return whether every line is a command, a comment, or goes on with the one before.

    Examples
    --------
    >>> is_shell("python -m helpers train \\\n    --data photos  # twenty minutes")
    True
    >>> is_shell("make test  # twelve minutes"), is_shell("python is a language")
    (True, False)
    >>> is_shell("Epoch 1 of 20")
    False
    """
    whole = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in whole.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all(COMMANDS.match(line) for line in lines)


def stack_formulas(doctree: nodes.document) -> None:
    r"""Write displayed formulas that stand side by side, ``\qquad`` between, as lines."""
    for block in doctree.findall(nodes.math_block):
        text = stacked(block.astext())
        if text != block.astext():
            block.children = [nodes.Text(text)]


def stacked(formula: str, longest: int = 90) -> str:
    r"""Return a long formula with a line for each of its parts.

    Examples
    --------
    >>> stacked(r"a = b, \qquad c = d", longest=10)
    '\\begin{gathered}a = b, \\\\[0.6em] c = d\\end{gathered}'
    >>> stacked(r"a = b, \qquad c = d")
    'a = b, \\qquad c = d'
    """
    parts = [part.strip() for part in formula.split(r"\qquad")]
    if len(parts) == 1 or len(formula) <= longest or r"\begin" in formula:
        return formula
    return r"\begin{gathered}" + r" \\[0.6em] ".join(parts) + r"\end{gathered}"


def fit(body: str) -> str:
    """Return the text of a page with its tables and outputs prepared."""
    return _TABLE.sub(lambda found: _table(found[0]), _OUTPUT.sub(_columns, body))


_OUTPUT = re.compile(r'(<div class="output [^>]*><div class="highlight"><pre)>(.*?)</pre>', re.S)
_TABLE = re.compile(
    r"(?:<style scoped>[^<]*</style>\s*)?"
    r'<table (?:border="1" class="dataframe"|class="[^"]*\btable\b[^"]*")>.*?</table>',
    re.S,
)


def _columns(found: re.Match) -> str:
    """Return an output that says how long its longest line is."""
    text = re.sub(r"&\w+;", "x", re.sub(r"<[^>]+>", "", found[2]))
    longest = max(map(len, text.splitlines()), default=0)
    inside = printed_tables.boxed(found[2], PRINTED)
    return f'{found[1]} style="--columns: {max(longest, 1)}">{inside}</pre>'


def _table(html: str) -> str:
    """Return a table in the book's style."""
    soup = BeautifulSoup(html, "html.parser")
    for style in soup.find_all("style"):
        style.decompose()
    table = soup.table
    if "dataframe" in table["class"]:
        del table["border"]
        _one_head(table)
        for cell in table.find_all(["td", "th"]):
            cell.string = thousands(cell.get_text())
    rows = [row.find_all(["th", "td"]) for row in table.select("tbody tr")]
    heads = [row.find_all(["th", "td"]) for row in table.select("thead tr")]
    _align(heads, rows)
    if len(heads) == 1 and _wide([*heads, *rows]):
        table["class"] = [*table["class"], "stacks"]
        _name_cells(heads[0], rows)
    return str(soup)


def thousands(text: str) -> str:
    """Return a number of five digits and more with separators; anything else as it is.

    Examples
    --------
    >>> thousands("105415200"), thousands("2012"), thousands("-12345.5"), thousands("net 12345")
    ('105,415,200', '2012', '-12,345.5', 'net 12345')
    """
    if not LONG_NUMBER.fullmatch(text.strip()):
        return text
    whole, dot, rest = text.strip().partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _one_head(table: Tag) -> None:
    """Put the names of pandas' index, a row of their own, into the empty places above them."""
    heads = table.select("thead tr")
    if len(heads) != 2:
        return
    for above, below in zip(*(row.find_all("th") for row in heads), strict=False):
        if above.get_text(strip=True) and below.get_text(strip=True):
            return  # two levels of columns
    for above, below in zip(*(row.find_all("th") for row in heads), strict=False):
        if below.get_text(strip=True):
            above.string = below.get_text()
    heads[1].decompose()


def _align(heads: list[list[Tag]], rows: list[list[Tag]]) -> None:
    """Mark the columns that hold numbers, head included; the style sheet puts them right."""
    if any(cell.get("colspan") for row in [*heads, *rows] for cell in row):
        return
    for column in zip_longest(*rows):
        cells = [cell for cell in column if cell is not None]
        texts = [cell.get_text(strip=True) for cell in cells]
        if any(texts) and all(NUMBER.fullmatch(text) for text in texts):
            for cell in cells:
                cell["class"] = [*cell.get("class", []), "number"]
    _align_heads(heads, rows)


def _align_heads(heads: list[list[Tag]], rows: list[list[Tag]]) -> None:
    """Put the head of a column where its numbers are."""
    for head in heads:
        for cell, below in zip(head, rows[0] if rows else (), strict=False):
            if "number" in below.get("class", []):
                cell["class"] = [*cell.get("class", []), "number"]


def _wide(rows: list[list[Tag]]) -> bool:
    """Return whether the longest words of the columns do not fit side by side on a phone."""
    columns = zip_longest(*rows)
    return sum(2 + max(map(_longest_word, filter(None, column))) for column in columns) > PHONE


def _longest_word(cell: Tag) -> int:
    """Return the characters of a cell that cannot be broken; a formula is one word."""
    text = cell.get_text(" ", strip=True)
    formulas = [COMMAND_OF_TEX.sub("x", tag.get_text()) for tag in cell.select(".math")]
    widths = [len(re.sub(r"[{}^_\\()\s]", "", formula)) for formula in formulas]
    words = [] if formulas and len(formulas[0]) > len(text) / 2 else text.split()
    return max([*widths, *map(len, words)], default=0)


def _name_cells(head: list[Tag], rows: list[list[Tag]]) -> None:
    """Give each cell the name of its column, to stand before it where rows become cards.

    The first cell is the name of its card and needs none, unless it is a number: "20" alone says
    nothing. A cell of several lines is marked, to begin below its name.
    """
    names = [plain(cell) for cell in head]
    for row in rows:
        for place, (name, cell) in enumerate(zip(names, row, strict=False)):
            if name and (place > 0 or "number" in cell.get("class", [])):
                cell["data-label"] = name
            if len(name) + len(plain(cell)) > PHONE:
                cell["class"] = [*cell.get("class", []), "long"]


def plain(cell: Tag) -> str:
    r"""Return the text of a cell, its formulas without TeX: an attribute knows no mathematics.

    Examples
    --------
    >>> plain(BeautifulSoup(r'a <span class="math">\(\eta\cdot v_{t+1}\)</span>', "html.parser"))
    'a η · vₜ₊₁'
    """
    pieces = [
        without_tex(text) if text.find_parent(class_="math") else str(text)
        for text in cell.find_all(string=True)
    ]
    return " ".join("".join(pieces).split())


def without_tex(formula: str) -> str:
    r"""Return a formula as it would be typed, with Unicode's letters and small digits.

    Examples
    --------
    >>> without_tex(r"\(v_1\)"), without_tex(r"\(\frac{1}{n}\)"), without_tex(r"\(10^{-3}\)")
    ('v₁', '1/n', '10⁻³')
    >>> without_tex(r"\(x_\text{next} \times 2\)"), without_tex(r"\(\unknown{a}\)")
    ('x_next × 2', 'unknown a')
    """
    text = re.sub(r"\\[()\[\]]|\$", "", formula)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\(?:text|math\w+|operatorname|left|right|[bB]ig[lr]?)(?![a-z])", "", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _sign(found[1]), text)
    text = re.sub(r"([_^])(?:\{([^{}]*)\}|(\S))", _small, text)
    return " ".join(re.sub(r"[{}]|\\.?", " ", text).split())


def _sign(command: str) -> str:
    """Return what a command of TeX draws: a letter of Greek, a sign, or else its own name."""
    if command in SIGNS:
        return SIGNS[command]
    case = "CAPITAL" if command[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {command.upper()}")
    except KeyError:
        return f"{command} "


def _small(found: re.Match) -> str:
    """Return an index or an exponent in small letters where Unicode has all of them."""
    text = found[2] if found[2] is not None else found[3]
    known = LOW if found[1] == "_" else HIGH
    text = text.replace("-", "−").strip()
    if (text.isalpha() and len(text) > 1) or not all(ord(x) in known for x in text):
        return found[1] + text  # a word stays readable
    return text.translate(known)


def prepare(app: Sphinx, doctree: nodes.document) -> None:
    """Prepare what has just been read."""
    shell(doctree)
    stack_formulas(doctree)


def finish(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document) -> None:
    """Prepare the tables and outputs of a page that is about to be written."""
    if "body" in context:
        context["body"] = fit(context["body"])


def register(app: Sphinx) -> None:
    """Let Sphinx call them."""
    app.connect("doctree-read", prepare)
    app.connect("html-page-context", finish)
