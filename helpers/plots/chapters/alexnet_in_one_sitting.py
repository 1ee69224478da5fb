"""Figures of the first chapter: an answer, maps on the way to it, and where trainings ended.

They are narrow or have few columns, so that they can be read on a telephone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from helpers.plots.style import HEAT, PALETTE, PICTURE_DPI, WIDTH, percents, picture_axes, plain

NARROW = 4.6  # inches


def answer(picture: np.ndarray, shares: Mapping[str, float]) -> Figure:
    """Show a picture and, below it, what share each class gets.

    Parameters
    ----------
    picture
        (H, W, 3) pixels, 0 to 255.
    shares
        By class, between 0 and 1; the largest is the title.

    Examples
    --------
    >>> figure = answer(np.zeros((8, 8, 3)), {"ship": 0.25, "bike": 0.75})
    >>> figure.axes[0].get_title(), [text.get_text() for text in figure.axes[1].texts]
    ('the network says: bike', ['25.0 %', '75.0 %'])
    """
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(NARROW, 5.4), dpi=PICTURE_DPI, height_ratios=(4, 1), layout="constrained"
    )
    above.imshow(np.asarray(picture).astype("uint8"))
    above.set_axis_off()
    above.set_title(plain(f"the network says: {max(shares, key=lambda name: shares[name])}"))
    bars = below.barh([plain(name) for name in shares], list(shares.values()), color=PALETTE[0])
    below.bar_label(bars, [f"{100 * share:.1f} %" for share in shares.values()], padding=4)
    below.set(xlim=(0, 1.25), xticks=[], xlabel="share")
    below.grid(visible=False)
    below.spines[:].set_visible(False)
    return figure


def inside(picture: np.ndarray, layers: Mapping[str, np.ndarray], count: int = 3) -> Figure:
    """Show, a row a layer, a picture and the layer's maps of it that are brightest on average.

    Parameters
    ----------
    picture
        (H, W, 3) pixels, 0 to 255.
    layers
        By name: (height, width, maps).
    count
        Maps in a row.

    Examples
    --------
    >>> figure = inside(np.zeros((8, 8, 3)), {"conv1": np.ones((4, 4, 5))}, count=2)
    >>> [axis.get_title() for axis in figure.axes]
    ['conv1: 5 maps', '4 × 4', '4 × 4']
    """
    height = len(layers) * (WIDTH / (count + 1) + 0.35)
    figure, axes = picture_axes(len(layers), count + 1, height)
    for row, (name, maps) in zip(axes, layers.items(), strict=True):
        row[0].imshow(np.asarray(picture).astype("uint8"))
        row[0].set_title(f"{plain(name)}: {maps.shape[-1]} maps", fontsize=12)
        brightest = np.argsort(maps.mean(axis=(0, 1)), kind="stable")[::-1]
        for axis, channel in zip(row[1:], brightest, strict=False):
            axis.imshow(maps[:, :, channel], cmap=HEAT, interpolation="nearest")
            axis.set_title(f"{maps.shape[0]} × {maps.shape[1]}", fontsize=12)
    return figure


def seeds(shares: Sequence[float], beside: Mapping[str, float]) -> Figure:
    """Draw the share that each of several trainings gets right as a point, others' as lines.

    Parameters
    ----------
    shares
        One a training, between 0 and 1.
    beside
        Name of another's share, and the share.

    Examples
    --------
    >>> figure = seeds([0.9, 0.92], {"guessing": 0.5})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['guessing: 50.0 %']
    """
    figure, axis = plt.subplots(figsize=(NARROW, 2.9), layout="constrained")
    axis.plot(range(len(shares)), shares, "o", color=PALETTE[0], markersize=8)
    for name, share in beside.items():
        axis.axhline(share, color="0.35", linestyle="--", linewidth=1.2)
        where: dict[str, Any] = {"xytext": (0, 4), "textcoords": "offset points", "fontsize": 9.5}
        axis.annotate(f"{plain(name)}: {100 * share:.1f} %", (-0.4, share), **where)
    axis.set(xlim=(-0.5, len(shares) - 0.5), ylim=(0.45, 1.02))
    axis.set(xlabel="seed", ylabel="test pictures right", xticks=range(len(shares)))
    axis.yaxis.set_major_formatter(percents())
    axis.grid(axis="x", visible=False)
    return figure
