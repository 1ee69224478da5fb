"""Write the generated parts of the book: ``make pages``.

Numbers of chapters, map of the chapters, the page for teachers, running times, cover, set-up
cells, the pages of the ledger, and the data of the interactive pages: scripts that set a global
variable and no JSON, since a page opened from disk may not fetch a file. The tests compare what
stands in the files with what this script would write.
"""

import csv
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import chapter_numbers
import claims_pages
import cover as front
import living
import nbformat
import playground_data
import printed
import teaching
from bookfiles import (
    FULL_ONCE,
    ROOT,
    duration,
    from_template,
    notebooks,
    read,
    slug,
    timings,
    title,
    write_changed,
)

from helpers import architectures, shapes
from helpers.book import claims
from helpers.errors import UserError
from helpers.plots import stored

BOOK_IN_SHORT = "AlexNet taken apart and put together again, in an executable book."
HEAD = "// Written by `make pages`; the source is {source}."
FLOWER = "scikit-learn's flower.jpg, CC BY 2.0, see NOTICE"
DIGITS = "scikit-learn's load_digits, CC BY 4.0, see NOTICE"
#: The runs of the page on thresholds: folder of `results`, and what the pictures are.
RUNS = {
    "drawn": ("book_run", "400 drawn pictures, ships and bikes"),
    "flowers": ("flowers/book", "385 photographs of flowers"),
}
BLUE, ORANGE, INK = "#1f7bb6", "#c2610a", "#4a5763"


def with_part(page: str, name: str, text: str) -> str:
    r"""Return a page with the text between its two marks of that name replaced.

    Examples
    --------
    >>> with_part("<!-- generated: x -->old<!-- end of generated: x -->", "x", "new")
    '<!-- generated: x -->\nnew\n<!-- end of generated: x -->'
    """
    begin, end = f"<!-- generated: {name} -->", f"<!-- end of generated: {name} -->"
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def with_abstract(citation: str, numbers: str) -> str:
    """Return the text of CITATION.cff with what the ledger holds in its abstract."""
    abstract = f"{BOOK_IN_SHORT} {numbers}"
    return re.sub(r'(?m)^abstract: ".*"$', f'abstract: "{abstract}"', citation)


def timings_page(root: Path = ROOT) -> str:
    """Return the page of running times."""
    recorded = timings(root)
    once = recorded.get(FULL_ONCE, {"seconds": {}})
    seconds, full = recorded["seconds"], once["seconds"]
    chapters = [(title(path), seconds.get(slug(path))) for path in notebooks(root)]
    return from_template(
        "timings.md",
        chapters=chapters,
        known=[taken for _, taken in chapters if taken is not None],
        machine=_machine(recorded),
        full=[(title(path), full[slug(path)]) for path in notebooks(root) if slug(path) in full],
        full_machine=_machine(once),
        duration=duration,
    )


def _machine(recorded: dict) -> str:
    """Return in words what times were taken on."""
    return ", ".join(f"{key} {value}" for key, value in recorded.get("machine", {}).items())


def cover_picture() -> str:
    """Return the cover's picture: the paper's network as two towers of maps, drawn to scale.

    In it lies the one for narrow screens, as in drawings of the chapters: the dense layers below.
    """
    layers = [x for x in shapes.trace(architectures.get("paper")) if x.kind in ("conv", "dense")]
    narrow = _cover(layers[:5], layers[5:], size=10.5)
    return stored.joined(_cover(layers, size=9), narrow)


def _cover(*rows: Sequence[shapes.LayerShape], size: float) -> str:
    """Draw layers in some rows beneath each other, with letters of a size."""
    out, width = [], 0
    for number, row in enumerate(rows):
        end = 24.0 if number == 0 else (width - 62 * len(row)) / 2
        out.append(f'<g transform="translate(0 {190 * number})">')
        for layer in row:
            end = _conv(out, end, layer) if layer.kind == "conv" else _dense(out, end, layer)
        out.append("</g>")
        width = max(width, round(end + 6))
    total = shapes.totals(architectures.get("paper")).parameters
    label = f"AlexNet as two towers of layers, {total:,} parameters"
    height = 10 + 190 * len(rows)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    style = (
        f'font-family="DejaVu Sans, Verdana, sans-serif" font-size="{size}" text-anchor="middle"'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return f'{head} aria-label="{label}" {style}>\n' + "\n".join([ground, *out]) + "\n</svg>\n"


def _conv(out: list[str], x: float, layer: shapes.LayerShape) -> float:
    """Draw a layer's two stacks of maps: height by map size, width by number of maps."""
    size, _, channels = layer.output_shape
    width, height = 6 + channels / 9, 12 + size
    for middle, colour in ((52, BLUE), (134, ORANGE)):
        out.append(_box(x, middle - height / 2, width, height, colour))
    text = f"{size}² × {channels}"
    return _label(out, x, width, layer.name, text)


def _dense(out: list[str], x: float, layer: shapes.LayerShape) -> float:
    """Draw a fully connected layer as two columns, the last one as a single column."""
    units, width = layer.output_shape[0], 9.0
    middles = ((93, INK),) if layer.name == "fc8" else ((52, BLUE), (134, ORANGE))
    for middle, colour in middles:
        height = 24 + units / 110 / len(middles)
        out.append(_box(x + 14, middle - height / 2, width, height, colour))
    return _label(out, x, width + 28, layer.name, f"{units:,}")


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="2" fill="{colour}"/>'


def _label(out: list[str], x: float, width: float, name: str, text: str) -> float:
    middle = x + width / 2
    out.append(f'<text x="{middle:.1f}" y="181" fill="#6b7682" font-weight="bold">{name}</text>')
    out.append(f'<text x="{middle:.1f}" y="192" fill="#6b7682">{text}</text>')
    return x + width + max(18.0, 62 - width)


def script(name: str, items: dict, source: str) -> str:
    """Return a script that puts ``items`` under ``alexnet.name``, one item a line."""
    rows = ",\n".join(f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in items.items())
    lines = [
        HEAD.format(source=source),
        "globalThis.alexnet = globalThis.alexnet || {};",
        f"globalThis.alexnet.{name} = {{\n{rows}\n}};",
    ]
    return "\n".join(lines) + "\n"


def specifications() -> dict[str, dict]:
    """Return every specification by name, as ``Architecture.to_dict`` gives it."""
    return {name: architectures.get(name).to_dict() for name in architectures.names()}


def recorded_predictions(root: Path = ROOT) -> dict[str, dict]:
    """Return of each run its title, its classes, and rows of label and shares of all classes."""
    runs = {}
    for name, (folder, what) in RUNS.items():
        with (root / "results" / folder / "predictions.csv").open(encoding="utf-8") as file:
            table = list(csv.DictReader(file))
        names = {int(row["label"]): row["label_name"] for row in table}
        shares = [f"probability_{label}" for label in sorted(names)]
        rows = [[int(row["label"]), *(float(row[share]) for share in shares)] for row in table]
        runs[name] = {"title": what, "titles": [names[x] for x in sorted(names)], "rows": rows}
    return runs


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return every generated file with the text it should have."""
    book, static = root / "book", root / "book" / "_static"
    cover, readme, citation = book / "index.md", root / "README.md", root / "CITATION.cff"
    numbers = claims_pages.in_words(claims.load(book / "claims.yml"))
    page = cover.read_text(encoding="utf-8")
    made = {"riddle": front.riddle(), "findings": front.findings(), "chapters": front.cards(root)}
    for name, text in made.items():
        page = with_part(page, name, text)
    return {
        cover: with_part(page, "numbers", numbers),
        readme: with_part(readme.read_text(encoding="utf-8"), "numbers", numbers),
        citation: with_abstract(citation.read_text(encoding="utf-8"), numbers),
        book / "timings.md": timings_page(root),
        book / "for_teachers.md": teaching.page(),
        static / "chapters.svg": teaching.graph(),
        static / "cover.svg": cover_picture(),
        **living.weight_files(root),
        static / "specs.js": script("specs", specifications(), "helpers/architectures.py"),
        static / "predictions.js": script("predictions", recorded_predictions(root), "results"),
        static / "photograph.js": script("photograph", playground_data.photograph(), FLOWER),
        static / "digits.js": script("digits", playground_data.digits(), DIGITS),
        **{book / name: text for name, text in claims_pages.render().items()},
        **printed_pages(book, recorded_predictions(root)),
        **{path: first_cells(path, root) for path in notebooks(root)},
    }


def printed_pages(book: Path, runs: dict[str, dict]) -> dict[Path, str]:
    """Return the interactive pages with the tables that paper shows."""
    tables = {
        "layer_calculator.md": printed.calculator(),
        "living_network.md": printed.calculator("book", "The network that knows bikes and ships"),
        "lrn_explorer.md": printed.lrn(),
        "network_explorer.md": printed.explorer(),
        "threshold.md": printed.threshold(runs),
    }
    return {
        book / name: with_part((book / name).read_text(encoding="utf-8"), "printed", text)
        for name, text in tables.items()
    }


def first_cells(path: Path, root: Path = ROOT) -> str:
    """Return a notebook's text with its line on time and the cell of ``scripts/setup_cell.txt``."""
    notebook = read(path)
    line = teaching.time_line(path, timings(root)["seconds"].get(slug(path)))
    first = notebook.cells[0]
    first.source = re.sub(r"(?m)^\*\*Time\*\*.*$", lambda _: line, first.source)
    text = (root / "scripts" / "setup_cell.txt").read_text(encoding="utf-8")
    notebook.cells[1].source = text.rstrip("\n")
    return nbformat.writes(notebook) + "\n"


def main() -> int:
    """Write all; complain about numbers of chapters that carry no slug."""
    try:
        write_changed(chapter_numbers.files())
        write_changed(files())
        write_changed(living.stale_pictures())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    problems = chapter_numbers.typed()
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
