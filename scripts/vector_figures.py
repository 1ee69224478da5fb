"""Figures that are drawings: both themes in one file, and the one for a phone beside it.

A notebook stores a drawing as SVG, with another for narrow screens inside it (``helpers.plots``).
Here each gets a second set of colours, which a browser takes where the page is dark, because
``book.css`` sets ``color-scheme`` for these pictures; where a browser does not do that, its ground
goes with its lines, so it stays legible. A page then offers both widths.
"""

import re
from pathlib import Path

import numpy as np

INCH = 72.0  # points
NARROW = re.compile(r'<metadata class="narrow"><!\[CDATA\[(.*?)\]\]></metadata>\n?', re.DOTALL)
COLOUR = re.compile(r"#[0-9a-f]{6}\b")
#: The ground of a dark page, as in book.css, which white becomes; and on it lightnesses of OKLab:
#: greys are turned round, from black to white, and so are full colours, in a smaller range.
PAGE = "#13181d"
GREYS = 0.97, 0.21
COLOURS = 0.72, 0.50  # in the middle: light letters on them are read, and they on the ground
BEND = 1.2  # greys of the middle become somewhat lighter: thin lines must be seen
FULL = 0.08  # chroma from which a colour is full
#: Linear red, green, blue to the responses of the eye, and those to lightness and two hues
#: (B. Ottosson, 2020).
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def width(svg: str) -> float:
    """Return the width of an SVG in inches.

    Examples
    --------
    >>> width('<svg width="504pt" height="72pt">')
    7.0
    """
    found = re.search(r'<svg[^>]*? width="([\d.]+)pt"', svg)
    return float(found[1]) / INCH if found else 0.0


def split(svg: str) -> tuple[str, str]:
    """Return a stored figure and the one for narrow screens, which is empty where there is none."""
    found = NARROW.search(svg)
    return NARROW.sub("", svg), found[1] if found else ""


def themed(svg: str) -> str:
    """Return an SVG whose colours depend on the theme.

    Examples
    --------
    >>> print(themed('<svg width="9pt"><path style="fill: #ffffff"/></svg>'))
    <svg width="9pt"><style>
    svg { fill: var(--c000000); --c000000: #000000; --cffffff: #ffffff; }
    @media (prefers-color-scheme: dark) {
    svg { --c000000: #f5f5f5; --cffffff: #13181d; }
    }
    </style><path style="fill: var(--cffffff)"/></svg>
    """
    colours = sorted({"#000000", *COLOUR.findall(svg)})
    light = " ".join(f"{_name(colour)}: {colour};" for colour in colours)
    dark = " ".join(f"{_name(colour)}: {darkened(colour)};" for colour in colours)
    style = (
        f"<style>\nsvg {{ fill: var(--c000000); {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{\nsvg {{ {dark} }}\n}}\n</style>"
    )
    head, body = re.match(r"(<svg[^>]*>)(.*)", svg, re.DOTALL).groups()
    return head + style + COLOUR.sub(lambda colour: f"var({_name(colour[0])})", body)


def _name(colour: str) -> str:
    return f"--c{colour[1:]}"


def darkened(colour: str) -> str:
    """Return what a colour becomes on a dark page: of its hue, greys turned round.

    Examples
    --------
    >>> darkened("#ffffff"), darkened("#000000"), darkened("#0173b2")
    ('#13181d', '#f5f5f5', '#2888c8')
    """
    if colour == "#ffffff":
        return PAGE
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    light, *hue = TO_LAB @ np.cbrt(TO_LMS @ linear)
    full = min(1.0, float(np.hypot(*hue)) / FULL)
    grey = GREYS[0] + (GREYS[1] - GREYS[0]) * light**BEND
    hued = COLOURS[0] + (COLOURS[1] - COLOURS[0]) * light
    light = (1 - full) * grey + full * hued
    linear = np.linalg.solve(TO_LMS, np.linalg.solve(TO_LAB, [light, *hue]) ** 3).clip(0, 1)
    shown = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in shown)


def adapt(images: Path) -> set[str]:
    """Rewrite the SVGs of a folder for both themes; return the names with a narrow one beside."""
    narrow = set()
    for path in sorted(images.glob("*.svg")):
        if not NAMED.fullmatch(path.name):
            continue
        wide, small = split(path.read_text(encoding="utf-8"))
        path.write_text(themed(wide), encoding="utf-8")
        if small:
            beside(path).write_text(themed(small), encoding="utf-8")
            narrow.add(path.name)
    return narrow


#: A drawing that a cell put out: MyST-NB names it by its hash.
#: The cover's drawing is stored as those are.
NAMED = re.compile(r"(?:[0-9a-f]{64}|cover)\.svg")
IMAGE = re.compile(r'<img [^>]*?src="([^"]*?((?:[0-9a-f]{64}|cover)\.svg))"[^>]*?>')


def beside(path: Path) -> Path:
    """Return the file of the narrow figure."""
    return path.with_name(f"{path.stem}-narrow.svg")


def offered(page: str, narrow: set[str]) -> str:
    """Return a page that offers the narrow figures where the window is narrow.

    Examples
    --------
    >>> image = f'<img src="{"0" * 64}.svg"/>'
    >>> offered(image, set()) == image
    True
    >>> offered(image, {f"{'0' * 64}.svg"}).replace("0" * 64, "i")
    '<picture><source media="(max-width: 576px)" srcset="i-narrow.svg"><img src="i.svg"/></picture>'
    """

    def both(image: re.Match) -> str:
        if image[2] not in narrow:
            return image[0]
        source = image[1].replace(".svg", "-narrow.svg")
        return f'<picture><source media="(max-width: 576px)" srcset="{source}">{image[0]}</picture>'

    return IMAGE.sub(both, page)
