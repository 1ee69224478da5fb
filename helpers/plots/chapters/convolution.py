"""Figures of convolution: a kernel over a patch of numbers, maps of a photograph, learnt kernels.

Each function takes computed data and returns a ``Figure``; nothing is computed here but scales.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.style import PALETTE, WIDTH, picture_axes, wide_figure

SIGNED = "PuOr"  # orange below zero, white at zero, purple above; also for the colour-blind


def window_by_hand(
    patch: np.ndarray, kernel: np.ndarray, answers: np.ndarray, at: tuple[int, int]
) -> Figure:
    """Draw a patch, a kernel and the map as tables; the window of one answer and it are framed.

    Parameters
    ----------
    patch, kernel, answers
        Tables of whole numbers.
    at
        Row and column of the answer that is framed.

    Examples
    --------
    >>> window_by_hand(np.eye(3), np.eye(2), np.eye(2), (0, 1)).axes[2].patches[-1].get_xy()
    (0.5, -0.5)
    """
    widths = [table.shape[1] for table in (patch, kernel, answers)]
    figure, panels = wide_figure(3.3, columns=3, gridspec_kw={"width_ratios": widths})
    titles = ("picture", "kernel", "map")
    frames = [(at, kernel.shape), ((0, 0), kernel.shape), (at, (1, 1))]
    tables = zip(panels, titles, (patch, kernel, answers), frames, strict=True)
    for axes, title, table, ((row, column), (height, width)) in tables:
        _table(axes, table, title)
        corner = (column - 0.5, row - 0.5)
        axes.add_patch(Rectangle(corner, width, height, fill=False, ec=PALETTE[3], lw=3.5))
    return figure


def _table(axes: Axes, table: np.ndarray, title: str) -> None:
    """Write the numbers of a table into the cells of a grid."""
    for (row, column), number in np.ndenumerate(table):
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fc="white", ec="#888888"))
        text = f"{number:.0f}".replace("-", "−")
        axes.text(column, row, text, ha="center", va="center", fontsize=13)
    height, width = table.shape
    axes.set(xlim=(-0.6, width - 0.4), ylim=(height - 0.4, -0.6), title=title)
    axes.set_aspect("equal")
    axes.set_axis_off()


def pictures_and_maps(panels: Mapping[str, np.ndarray], columns: int = 2) -> Figure:
    """Draw pictures in grey or colour, and maps in purple and orange on one scale.

    Parameters
    ----------
    panels
        By title: a picture (H, W) or (H, W, 3), uint8; or a map (H, W), of any other type.
    columns
        Panels in a row.

    Examples
    --------
    >>> picture = np.zeros((4, 4), "uint8")
    >>> len(pictures_and_maps({"picture": picture, "map": picture - 1.0}).axes)  # with a scale
    3
    """
    rows = -(-len(panels) // columns)
    figure, axes = picture_axes(rows, columns, rows * (WIDTH / columns + 0.35) + 0.6)
    maps = [panel for panel in panels.values() if panel.dtype != np.uint8]
    scale = _scale(maps)
    for axis, (title, panel) in zip(axes.flat, panels.items(), strict=False):
        grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
        axis.imshow(panel, **(grey if panel.dtype == np.uint8 else {"cmap": SIGNED, "norm": scale}))
        axis.set_title(title, fontsize=13)
    shades = ScalarMappable(scale, SIGNED)
    bar = figure.colorbar(shades, ax=axes, location="bottom", aspect=45, pad=0.02, extend="both")
    bar.set_label("answer of the kernel, in grey levels", fontsize=13)
    return figure


def _scale(maps: Sequence[np.ndarray]) -> Normalize:
    """Return a scale with zero in its middle; the largest 0.5 per cent get its last colours."""
    limit = max(np.percentile(np.abs(values), 99.5) for values in maps)
    return Normalize(-limit, limit)


def kernels_and_maps(kernels: np.ndarray, maps: np.ndarray, titles: Sequence[str]) -> Figure:
    """Draw kernels of a first layer above the map that each makes, every map on its own scale.

    Parameters
    ----------
    kernels
        (N, height, width, 3); each is drawn as colours, its largest weight full, zero grey.
    maps
        (N, H, W).
    titles
        What stands over each kernel.

    Examples
    --------
    >>> len(kernels_and_maps(np.ones((2, 3, 3, 3)), np.ones((2, 5, 5)), ["a", "b"]).axes)
    4
    """
    figure, axes = picture_axes(2, len(kernels), 2 * WIDTH / len(kernels) + 0.5)
    for column, (kernel, values, title) in enumerate(zip(kernels, maps, titles, strict=True)):
        axes[0, column].imshow(0.5 + kernel / np.abs(kernel).max() / 2, interpolation="nearest")
        axes[0, column].set_title(title, fontsize=13)
        axes[1, column].imshow(values, cmap=SIGNED, norm=_scale([values]))
    return figure
