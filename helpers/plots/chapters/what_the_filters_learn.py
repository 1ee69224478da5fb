"""What a network has learnt: filters, activations, made pictures, neighbours."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from helpers.evaluation import half_up
from helpers.plots.style import (
    HEAT,
    PALETTE,
    WIDTH,
    percents,
    picture_axes,
    wide_figure,
)


def tiled(filters: np.ndarray, columns: int) -> np.ndarray:
    """Lay filters (N, height, width, 3) into one picture, each scaled by its own largest weight.

    Zero is mid-grey, so a filter that ignores a place is grey there.

    Examples
    --------
    >>> tiled(np.zeros((6, 11, 11, 3)), columns=3).shape
    (23, 35, 3)
    """
    count, height, width, channels = filters.shape
    rows = -(-count // columns)
    picture = np.ones((rows * (height + 1) - 1, columns * (width + 1) - 1, channels))
    for i, one in enumerate(filters):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        largest = np.abs(one).max() or 1.0
        picture[top : top + height, left : left + width] = 0.5 + 0.5 * one / largest
    return picture


def filter_sheets(sheets: Mapping[str, np.ndarray], columns: int = 12) -> Figure:
    """Show sheets of first-layer filters side by side, (filters, height, width, 3) each."""
    figure, axes = wide_figure(2.9, columns=len(sheets), squeeze=False)
    for axis, (title, filters) in zip(axes[0], sheets.items(), strict=True):
        axis.imshow(tiled(filters, columns), interpolation="nearest")
        axis.set(title=title, xticks=[], yticks=[])
        axis.grid(visible=False)
    return figure


def movement(table: pd.DataFrame) -> Figure:
    """Draw how far each layer's weights have moved (``filters.movement``)."""
    figure, axis = wide_figure(2.7)
    places = np.arange(len(table))
    axis.bar(places, 100 * table["moved"], color=PALETTE[0], width=0.65)
    for place, value in zip(places, 100 * table["moved"], strict=True):
        axis.annotate(f"{value:.1f}", (place, value), ha="center", va="bottom", fontsize=9.5)
    axis.set_xticks(places, table.index)
    axis.margins(y=0.1)  # room for the numbers above the bars
    axis.set(ylabel="change (% of the\ninitial weights' length)")
    axis.grid(axis="x", visible=False)
    return figure


def maps(picture: np.ndarray, layers: Mapping[str, np.ndarray], count: int = 6) -> Figure:
    """Show the strongest maps of some layers below a picture, one row a layer.

    Parameters
    ----------
    picture
        (size, size, 3), 0 to 255.
    layers
        By name: activations (height, width, channels) of that picture.
    count
        Maps a layer: those with the largest mean.
    """
    rows = 1 + len(layers)
    figure, axes = picture_axes(rows, count, rows * (WIDTH / count + 0.22))
    axes[0, 0].imshow(np.asarray(picture).astype("uint8"))
    axes[0, 0].set_title("picture", fontsize=10.5)
    for row, (name, values) in zip(axes[1:], layers.items(), strict=True):
        strongest = np.argsort(values.mean(axis=(0, 1)))[::-1][:count]
        for axis, channel in zip(row, strongest, strict=False):
            axis.imshow(values[:, :, channel], cmap=HEAT, interpolation="nearest")
            axis.set_title(f"{name} · {channel}", fontsize=10.5)
    return figure


def made(rows: Mapping[str, np.ndarray], titles: Sequence[str], side: int = 48) -> Figure:
    """Show the liveliest squares of made pictures, a row per network and a column per channel.

    Parameters
    ----------
    rows
        By the network's name: pictures (channels, size, size, 3), 0 to 255.
    titles
        Of the columns.
    side
        Of the square that is shown, in pixels: made pictures are fine-grained, and what excites a
        channel may stand anywhere in them.
    """
    shown = {
        name: [_liveliest(np.asarray(picture), side) for picture in pictures]
        for name, pictures in rows.items()
    }
    figure = crops(shown)
    for axis, title in zip(figure.axes, titles, strict=False):
        axis.set_title(title, fontsize=10.5)
    return figure


def crops(rows: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """Show a row of pictures (height, width, 3), 0 to 255, for each name, as many in each row.

    Examples
    --------
    >>> [axis.get_ylabel() for axis in crops({"conv1 · 4": [np.zeros((11, 11, 3))] * 2}).axes]
    ['conv1 · 4', '']
    """
    columns = len(next(iter(rows.values())))
    height = len(rows) * (WIDTH / columns + 0.05) + 0.3
    figure, axes = wide_figure(height, len(rows), columns, squeeze=False, dpi=70)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(name, fontsize=10.5)
        for axis, picture in zip(line, pictures, strict=True):
            axis.imshow(np.asarray(picture).round().astype("uint8"), interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.grid(visible=False)
    return figure


def _liveliest(picture: np.ndarray, side: int) -> np.ndarray:
    """Return the square that differs most from the mid-grey it began as: (side, side, 3)."""
    far = ((picture - 128.0) ** 2).sum(axis=-1)
    sums = sliding_window_view(far, (side, side)).sum(axis=(2, 3))
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    return picture[row : row + side, column : column + side]


def neighbours(
    queries: Sequence[np.ndarray], rows: Sequence[Sequence[np.ndarray]], right: np.ndarray
) -> Figure:
    """Show pictures and, to the right of each, its nearest neighbours.

    Parameters
    ----------
    queries
        Pictures (size, size, 3).
    rows
        For each its neighbours, nearest first.
    right
        (queries, neighbours) bool: whether a neighbour is of the query's class; ✓ or ✗ above it.
    """
    columns = 1 + len(rows[0])
    figure, axes = picture_axes(len(queries), columns, len(queries) * (WIDTH / columns + 0.25))
    for line, query, found, marks in zip(axes, queries, rows, right, strict=True):
        line[0].imshow(query)
        line[0].set_title("asked", fontsize=10.5)
        for axis, picture, mark in zip(line[1:], found, marks, strict=True):
            axis.imshow(picture)
            axis.set_title("✓" if mark else "✗", fontsize=10.5)
    return figure


def heads(right: pd.DataFrame, beside: Mapping[str, float]) -> Figure:
    """Draw the share that a linear head names rightly, by layer, one curve for each network.

    Parameters
    ----------
    right
        By layer (rows) and network (columns): how many of how many, as a ``Share``.
    beside
        Shares of others, 0 to 1, as dashed lines.

    Examples
    --------
    >>> from helpers.evaluation import Share
    >>> right = pd.DataFrame({"trained": {"fc7": Share(9, 10)}})
    >>> figure = heads(right, {"a ruler": 0.8, "290 of 400": 0.725})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['a ruler: 80 %', '290 of 400: 72.5 %']
    """
    figure, axis = wide_figure(3.4)
    places = np.arange(len(right))
    for number, (name, shares) in enumerate(right.items()):
        middle = np.array([share.share for share in shares])
        reach = np.abs(np.transpose([share.interval for share in shares]) - middle)
        style = {"color": PALETTE[number], "marker": "os^D"[number], "capsize": 3, "lw": 1.8}
        axis.errorbar(places + 0.08 * number, middle, reach, label=name, **style)
    for name, share in beside.items():
        axis.axhline(share, color="#555555", ls="--", lw=1)
        where = {"xytext": (-3, 3), "textcoords": "offset points", "fontsize": 9, "ha": "right"}
        end = (len(right) - 0.6, share)  # where the curves leave most room
        axis.annotate(f"{name}: {half_up(100 * share, 1):g} %", end, **where)
    axis.set_xticks(places, right.index)
    axis.set(xlim=(-0.4, len(right) - 0.6), ylabel="test pictures right")
    axis.yaxis.set_major_formatter(percents())
    axis.grid(axis="x", visible=False)
    axis.legend(frameon=False, loc="best")
    return figure
