"""Figures of convolution: a kernel over numbers, maps of a photograph, receptive fields, kernels.

Each function takes computed data and returns a ``Figure``; nothing is computed here but scales.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

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
    bar.set_label("answer, in grey levels (beyond the ends: as at the ends)", fontsize=13)
    return figure


def _scale(maps: Sequence[np.ndarray]) -> Normalize:
    """Return a scale with zero in its middle; the largest 0.5 per cent get its last colours."""
    limit = max(np.percentile(np.abs(values), 99.5) for values in maps)
    return Normalize(-limit, limit)


def receptive_field(layers: int = 3, size: int = 3) -> Figure:
    """Draw rows of cells, the pixels below: filled is what one answer of the last layer reads.

    Parameters
    ----------
    layers
        Convolutions above the pixels, each moved by one position at a time.
    size
        Width of their kernels, odd.

    Examples
    --------
    >>> len(receptive_field(2).axes[0].lines)  # two edges from each layer to the one below
    4
    """
    figure, axes = wide_figure(0.75 * (layers + 1))
    wide = 1 + layers * (size - 1)
    for row in range(layers + 1):
        read = wide - row * (size - 1)
        name, unit = (f"layer {row}", "answer") if row else ("picture", "pixel")
        many = "s" if read > 1 else ""
        axes.text(-wide / 2 - 1.4, row, name, ha="right", va="center", fontsize=13)
        axes.text(wide / 2 + 1.4, row, f"{read} {unit}{many}", va="center", fontsize=13)
        for cell in np.arange(wide + 2) - (wide + 1) / 2:
            colour = PALETTE[0] if abs(cell) < read / 2 else "white"
            axes.add_patch(Rectangle((cell - 0.5, row - 0.25), 1, 0.5, fc=colour, ec="#888888"))
        for side in (-1, 1) if row < layers else ():
            ends = side * read / 2, side * (read / 2 - (size - 1) / 2)
            axes.plot(ends, (row + 0.25, row + 0.75), color="black", lw=1)
    axes.set(xlim=(-wide / 2 - 4.5, wide / 2 + 4.5), ylim=(-0.4, layers + 0.4))
    axes.set_axis_off()
    return figure


def kernels_and_maps(kernels: np.ndarray, maps: np.ndarray, titles: Sequence[str]) -> Figure:
    """Draw kernels of a first layer above the map that each makes, each map with its own scale.

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
    >>> figure = kernels_and_maps(np.ones((2, 3, 3, 3)), np.ones((2, 5, 5)), ["a", "b"])
    >>> len(figure.axes)  # with two scales
    6
    """
    figure, axes = picture_axes(2, len(kernels), 2 * WIDTH / len(kernels) + 1)
    for column, (kernel, values, title) in enumerate(zip(kernels, maps, titles, strict=True)):
        axes[0, column].imshow(0.5 + kernel / np.abs(kernel).max() / 2, interpolation="nearest")
        axes[0, column].set_title(title, fontsize=13)
        shown = axes[1, column].imshow(values, cmap=SIGNED, norm=_scale([values]))
        bar = figure.colorbar(shown, ax=axes[1, column], location="bottom", extend="both")
        bar.locator = MaxNLocator(3, symmetric=True)
        bar.ax.tick_params(labelsize=13)
    return figure
