"""What teachers see of the chapters: what each needs, how long it takes, ways through the book."""

import math
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml
from bookfiles import ROOT, chapters, from_template, number, parts, read, title

#: The rule for the times; nobody was timed. A reader to whom the matter is new, and who runs the
#: code and understands it.
WORDS_A_MINUTE = 100
MINUTES_A_CELL = 3
MINUTES_AN_EXERCISE = 15
FOLDED = {"hide-input", "hide-cell", "remove-cell"}
NEAR, FAR = "#1f7bb6", "#c2610a"  # both ends in one part of the book, or not
INK = "#6b7682"


@cache
def _known() -> dict[str, Path]:
    return chapters()


@cache
def _parts() -> dict[str, str]:
    """Return the caption of the part that each chapter is in, by slug."""
    captions = {page: part.caption for part in parts() for page in part.pages}
    return {name: captions[f"notebooks/{path.stem}"] for name, path in _known().items()}


def promise(path: Path) -> str:
    """Return what a chapter says its reader will be able to do, on one line."""
    return _framed(path, "You will be able to").strip(" .:")


def needs(path: Path) -> list[str]:
    """Return the slugs of the chapters that a chapter names as its prerequisites."""
    return list(dict.fromkeys(re.findall(r"<!-- (\w+) -->", _framed(path, "Prerequisites"))))


def _framed(path: Path, head: str) -> str:
    """Return the paragraph of a chapter's first cell behind these words."""
    text = _cells(path)[0].source.partition(f"**{head}**")[2]
    return " ".join(text.split("\n\n")[0].split())


@cache
def _cells(path: Path) -> list:
    return read(path).cells


def exercises(path: Path) -> int:
    """Return how many exercises a chapter has."""
    return sum(len(re.findall(r"^### Exercise", cell.source, re.M)) for cell in _cells(path))


def hours(path: Path) -> tuple[float, float]:
    """Return the estimated hours of reading and of exercises, in halves of an hour."""
    told = [cell for cell in _cells(path) if cell.cell_type == "markdown"]
    words = sum(len(re.sub(r"<!--.*?-->", "", cell.source).split()) for cell in told)
    shown = [
        cell
        for cell in _cells(path)
        if cell.cell_type == "code" and not FOLDED & set(cell.metadata.get("tags", []))
        if not cell.source.startswith("answer = ...")  # the reader's own
    ]
    reading = words / WORDS_A_MINUTE + MINUTES_A_CELL * len(shown)
    return _halves(reading), _halves(MINUTES_AN_EXERCISE * exercises(path))


def _halves(minutes: float) -> float:
    return math.ceil(minutes / 30) / 2


def in_hours(time: float) -> str:
    """Return hours in words.

    Examples
    --------
    >>> in_hours(2), in_hours(1.5), in_hours(0.5)
    ('2 h', '1½ h', '½ h')
    """
    return f"{in_halves(time)} h"


def time_line(path: Path, seconds: float | None) -> str:
    """Return the line of a chapter's first cell on its time: the reader's first, then its cells'.

    ``seconds`` is what its cells have taken on two cores, None where nobody has measured them.
    """
    reading, solving = hours(path)
    line = f"**Time**: about {in_hours(reading)} to read"
    line += f" and {in_hours(solving)} for the exercises" if solving else ""
    return line + (f"; its cells run for {in_minutes(seconds)} on two cores." if seconds else ".")


def in_minutes(seconds: float) -> str:
    """Return how long cells run, no finer than such a time is the same twice.

    Examples
    --------
    >>> in_minutes(16), in_minutes(50), in_minutes(61), in_minutes(179)
    ('half a minute', 'a minute', 'two minutes', 'three minutes')
    """
    if seconds <= 30:
        return "half a minute"
    words = ("a minute", *(f"{word} minutes" for word in ("two", "three", "four", "five")))
    minutes = math.ceil(seconds / 60)
    return words[minutes - 1] if minutes <= len(words) else f"{minutes} minutes"


def in_halves(value: float) -> str:
    """Return a number of halves in figures: 2, 1½, ½."""
    half = "½" if value % 1 else ""
    return f"{int(value)}{half}" if value >= 1 or not half else half


def in_short(root: Path = ROOT) -> dict[str, str]:
    """Return a line on each chapter: what the chapter before it says under "Next"."""
    lines = {}
    for path in chapters(root).values():
        text = "".join(cell.source for cell in read(path).cells[-1:]).partition("## Next\n")[2]
        for found in re.finditer(r"\]\(\d\d_(\w+)\.ipynb\):? (.+?)\.?$", text, re.M):
            lines[found[1]] = found[2][0].upper() + found[2][1:]
    return lines


def link(path: Path) -> str:
    """Return a link to a chapter from a page of ``book/``, by its number."""
    return f"[{number(path)}](../notebooks/{path.name})"


def paths(root: Path = ROOT) -> list[dict]:
    """Return the ways through the book, as ``book/paths.yml`` has them."""
    return yaml.safe_load((root / "book" / "paths.yml").read_text(encoding="utf-8"))


def untold(way: dict) -> dict[str, list[str]]:
    """Return what a way leaves out and a chapter of it names as needed: for each, by whom."""
    known, told, lacking = _known(), set(), {}
    for week in way["weeks"]:
        told |= set(week["chapters"])
        for name in week["chapters"]:
            for need in needs(known[name]):
                if need not in told:
                    lacking.setdefault(need, []).append(name)
    return lacking


def page() -> str:
    """Return the page for teachers."""
    return from_template(
        "for_teachers.md",
        chapters=_known(),
        goal=promise,
        hours=hours,
        in_hours=in_hours,
        link=link,
        needs=lambda path: [name for name in _known() if name in needs(path)],
        number=in_halves,
        whole=[sum(times) for times in zip(*map(hours, _known().values()), strict=True)],
        rule=(WORDS_A_MINUTE, MINUTES_A_CELL, MINUTES_AN_EXERCISE),
        title=title,
        total=lambda slugs: sum(sum(hours(_known()[name])) for name in slugs),
        untold=untold,
        ways=paths(),
    )


def direct(name: str) -> list[str]:
    """Return what a chapter needs that none of the others which it needs, needs too."""
    needed = needs(_known()[name])
    behind = {need for other in needed for need in _all_needs(other)}
    return [need for need in needed if need not in behind]


def _all_needs(name: str) -> set[str]:
    needed = needs(_known()[name])
    return set(needed).union(*map(_all_needs, needed))


def graph() -> str:
    """Return the chapters in a column, with an arc from each to each that it directly needs."""
    rows, places, out, y = _rows(), {}, [], 8
    for text, name in rows:
        y += 20 if name else 30
        places[name] = y
        style = f'fill="{INK}"' if name else f'fill="{INK}" font-weight="bold"'
        out.append(f'<text x="{120 if name else 104}" y="{y + 4}" {style}>{text}</text>')
    for name in _known():
        for need in direct(name):
            near = _parts()[need] == _parts()[name]
            out.append(_arc(places[need], places[name], NEAR if near else FAR))
    dots = (f'<circle cx="110" cy="{places[name]}" r="3" fill="{INK}"/>' for name in _known())
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 370 {y + 16}" role="img"'
    style = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="12"'
    label = 'aria-label="The chapters, with an arc from each to each that it needs"'
    return f"{head} {label} {style}>\n" + "\n".join([*out, *dots]) + "\n</svg>\n"


def _rows() -> list[tuple[str, str]]:
    """Return the lines of the graph: captions of parts, and chapters with their slugs."""
    rows: list[tuple[str, str]] = []
    for caption, names in groupby(_known(), _parts().get):
        rows.append((str(caption), ""))
        for name in names:
            path = _known()[name]
            # A title's first piece: the column is narrow.
            rows.append(
                (f"{number(path)} {re.split(r',| and (?:the|error)', title(path))[0]}", name)
            )
    return rows


def _arc(above: float, below: float, colour: str) -> str:
    """Draw an arc at the left of the column, the wider the farther apart its ends are."""
    left = 110 - 14 - 0.27 * abs(below - above)
    curve = f"M 110 {above} C {left:.0f} {above}, {left:.0f} {below}, 110 {below}"
    return f'<path d="{curve}" fill="none" stroke="{colour}" stroke-width="1.4"/>'
