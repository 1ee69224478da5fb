"""A figure at the width of a phone: its panels beneath each other, where it stays legible."""

import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

WIDTH = 4.3  # inches: where a phone's text is 343 pixels wide, letters of 9.5 points are 10 high
LETTERS = 42  # of a title's line
SLACK = 1.04  # times the width that the figure may take with what stands outside
SMALLEST = 0.6  # inches that a panel must keep, each way
GAP = 3.0  # pixels between two texts
SIDES: dict[Literal["x", "y"], tuple[str, str]] = {
    "x": ("labelbottom", "labeltop"),
    "y": ("labelleft", "labelright"),
}


@contextmanager
def narrowed(figure: Figure) -> Iterator[bool]:
    """Draw a figure anew at ``WIDTH``; give whether that is legible; put all back at the end.

    Not legible is where texts overlap that did not before, or a panel has no room. A figure that
    is narrow as it is needs no other: it counts as not legible.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, panels = plt.subplots(1, 3, figsize=(7, 2), layout="constrained")
    >>> with narrowed(figure) as legible:
    ...     print(legible, figure.get_size_inches().tolist())
    True [4.3, 6.0]
    >>> figure.get_size_inches().tolist()
    [7.0, 2.0]
    """
    wide, high = figure.get_size_inches()
    before, back = overlaps(figure), [_way_back(axes) for axes in figure.axes]
    columns = {legend: getattr(legend, "_ncols", 1) for legend in figure.findobj(Legend)}
    try:
        figure.set_size_inches(WIDTH, high * _stack(figure))
        for axes in figure.axes:
            axes.set_title(textwrap.fill(axes.get_title(), LETTERS))
        for legend in columns:
            legend.set_ncols(min(2, columns[legend]))
        yield wide > WIDTH and overlaps(figure) <= before and _has_room(figure)
    finally:
        figure.set_size_inches(wide, high)
        for put_back in back:
            put_back()
        for legend, number in columns.items():
            legend.set_ncols(number)


def _way_back(axes: Axes) -> Callable[[], None]:
    """Return what gives axes their place, words and labels again."""
    place, shown = axes.get_subplotspec(), {which: _labels(axes, which) for which in SIDES}
    title, x, y = axes.get_title(), axes.get_xlabel(), axes.get_ylabel()

    def put_back() -> None:
        if place is not None:
            axes.set_subplotspec(place)
        axes.set_title(title)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        for which, labels in shown.items():
            axes.tick_params(which, **labels)

    return put_back


def _labels(axes: Axes, which: Literal["x", "y"]) -> dict[str, Any]:
    """Return on which sides the numbers of the axis ``which`` stand."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    return {name: axis.get_tick_params().get(name, False) for name in SIDES[which]}


def _stack(figure: Figure) -> float:
    """Put the panels of one grid beneath each other; return how many times higher they are."""
    panels = figure.axes
    places = [place for axes in panels if (place := axes.get_subplotspec()) is not None]
    cells = {(place.get_gridspec(), place.num1) for place in places if place.num1 == place.num2}
    if not len(cells) == len(places) == len(panels) > 1 or len({grid for grid, _ in cells}) > 1:
        return 1.0
    ordered = sorted(zip(places, panels, strict=True), key=lambda pair: pair[0].num1)
    beneath, last = GridSpec(len(panels), 1, figure=figure), ordered[-1][1]
    for i, (place, axes) in enumerate(ordered):
        first = next(one for other, one in ordered if other.rowspan == place.rowspan)
        axes.set_ylabel(axes.get_ylabel() or first.get_ylabel())
        axes.tick_params("y", **_labels(first, "y"))
        axes.set_xlabel(axes.get_xlabel() or last.get_xlabel())
        axes.tick_params("x", **_labels(last, "x"))
        axes.set_subplotspec(beneath[i])
    return len(panels) / places[0].get_gridspec().nrows


def overlaps(figure: Figure) -> int:
    """Return how many pairs of texts of a figure touch or lie on each other.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = plt.figure()
    >>> for word in ("here", "there"):
    ...     _ = figure.text(0.5, 0.5, word)
    >>> overlaps(figure)
    1
    """
    with warnings.catch_warnings():  # looking for a legend's best place may take a moment
        warnings.filterwarnings("ignore", message="Creating legend with loc")
        figure.draw_without_rendering()
    boxes = [text.get_window_extent().padded(GAP / 2) for text in _texts(figure)]
    return sum(Bbox.intersection(one, other) is not None for one, other in combinations(boxes, 2))


def _texts(figure: Figure) -> Iterator[Text]:
    """Yield each text that is seen."""
    unseen = {text for axes in figure.axes for text in _unseen(axes)}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in unseen:
            yield text


def _unseen(axes: Axes) -> Iterator[Text]:
    """Yield the labels of ticks outside the axes, and all where the axes are switched off."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not (axes.axison and axis.get_visible() and low <= tick.get_loc() <= high):
                yield from (tick.label1, tick.label2)


def _has_room(figure: Figure) -> bool:
    """Return whether the figure stays within its width and no panel is squeezed."""
    panels = [
        axes.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        for axes in figure.axes
    ]
    squeezed = any(min(panel.width, panel.height) < SMALLEST for panel in panels)
    return not squeezed and figure.get_tightbbox().width <= SLACK * WIDTH
