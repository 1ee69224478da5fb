"""One look for all figures: palette, width, type size, and names that are drawn as they are."""

import functools
import sys
import unicodedata
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from helpers.files import shorten
from helpers.plots import stored

#: The colour-blind-safe palette of seaborn, as ten colours.
PALETTE = sns.color_palette("colorblind")
#: Width of a figure that fills the text column, in inches.
WIDTH = 7.0
PICTURE_DPI = 85  # pictures make large files; the book keeps them small
LONGEST_TITLE = 60
LONGEST = 26  # letters of a class's name on an axis
#: Perceptually uniform map for heat maps and matrices.
HEAT = "viridis"
#: Fonts of other scripts, asked in this order for what the first font lacks, where installed.
SCRIPTS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR"),
    *("Source Han Sans", "IPAexGothic", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    *("Droid Sans Fallback", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "MS Gothic"),
    *("Hiragino Sans", "Hiragino Sans GB", "PingFang SC", "Apple SD Gothic Neo"),
    *("Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai"),
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Nirmala UI", "Leelawadee UI"),
    *("Noto Sans Symbols", "Noto Sans Symbols2", "Noto Emoji", "Segoe UI Symbol", "Symbola"),
    *("Arial Unicode MS", "Unifont"),
)


def use_style() -> None:
    """Set matplotlib's defaults for the book; each chapter calls it once.

    In a notebook figures are stored as :mod:`helpers.plots.stored` says from then on.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["figure.dpi"]
    110.0
    """
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind")
    installed = {font.name for font in font_manager.fontManager.ttflist}
    plt.rcParams.update(
        {
            # Matplotlib warns of each font it lacks, so only those that are there are named.
            "font.family": ["sans-serif", *(name for name in SCRIPTS if name in installed)],
            "figure.figsize": (WIDTH, 3.6),
            "figure.dpi": 110.0,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "font.size": 10.5,
            "axes.titlesize": 11.5,
            "axes.labelsize": 10.5,
            "legend.fontsize": 9.5,
            "xtick.labelsize": 9.5,
            "ytick.labelsize": 9.5,
            "axes.grid": True,
            "grid.color": "#e3e3e3",
        }
    )
    stored.register()


def percents() -> FuncFormatter:
    """Return a formatter that writes a share as a percentage, with the decimals that it has.

    A fixed number of decimals would round a tick at 97.5 % to a label that stands elsewhere.

    Examples
    --------
    >>> [percents()(share) for share in (0.85, 0.975, 1)]
    ['85%', '97.5%', '100%']
    """
    return FuncFormatter(lambda share, _: f"{100 * share:.6g}%")


def plain(text: object, most: int | None = None) -> str:
    r"""Return a name as matplotlib draws it letter for letter; for names of classes and files.

    A dollar is a dollar and begins no formula, a leading ``_`` does not hide an entry of a
    legend, and what no font of this machine has stands as its code (``\u732b``), which is said
    once on stderr.

    Parameters
    ----------
    text
        The name, or a title with names in it; line breaks stay.
    most
        Longer names lose their middle.

    Examples
    --------
    >>> plain("price_$5.jpg"), plain("golden retriever", most=9)
    ('price_\\$5.jpg', 'gold…ever')
    """
    text = shorten(str(text), most)
    text = "".join(_drawn(letter) for letter in text).replace("$", r"\$")
    # No width, but first: matplotlib leaves out of a legend what begins with "_".
    return f"\u200b{text}" if text.startswith("_") else text


def _drawn(letter: str) -> str:
    """Return a letter, or its code where it cannot be drawn."""
    if letter == "\n" or " " <= letter <= "~":
        return letter
    if unicodedata.category(letter) not in ("Cc", "Cs"):  # neither control nor half of a code
        if ord(letter) in _letters(_families()):
            return letter
        _say_missing()
    return f"\\x{ord(letter):02x}" if ord(letter) < 128 else ascii(letter)[1:-1]


def _families() -> tuple[str, ...]:
    return tuple(plt.rcParams["font.family"])


@functools.cache
def _letters(families: tuple[str, ...]) -> frozenset[int]:
    """Return the codes of all letters that the fonts of these families have."""
    found = set()
    for family in families:
        path = font_manager.findfont(font_manager.FontProperties(family=[family]))
        found |= set(font_manager.get_font(path).get_charmap())
    return frozenset(found)


@functools.cache
def _say_missing() -> None:
    """Say once what the codes in figures mean."""
    print(
        "note: no font on this machine has some letters of these names; figures show their codes "
        "instead (install Noto Sans CJK, Noto Emoji, or Noto Sans of the script).",
        file=sys.stderr,
    )


LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)))


def wide_figure(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure of the text's width with its axes."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)


def picture_axes(rows: int, columns: int, height: float) -> tuple[Figure, np.ndarray]:
    """Return a figure of the text's width and (rows, columns) axes for pictures, without frames."""
    figure, axes = wide_figure(height, rows, columns, dpi=PICTURE_DPI, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    return figure, axes


def curves_on(axes: Axes, x: np.ndarray, curves: dict[str, np.ndarray]) -> None:
    """Draw each curve in a colour and with a line of its own."""
    for number, (name, y) in enumerate(curves.items()):
        axes.plot(x, y, color=PALETTE[number], ls=LINES[number % len(LINES)], lw=2, label=name)
    axes.legend(frameon=False)
