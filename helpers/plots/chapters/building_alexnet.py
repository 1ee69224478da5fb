"""Figures of the whole network: its maps in space, what it costs, receptive fields, spreads."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from helpers.architectures import Architecture, get
from helpers.plots.style import PALETTE, WIDTH, wide_figure
from helpers.shapes import trace


def in_space(arch: str | Architecture) -> Figure:
    r"""Draw the picture, each map and each dense layer as a slab, from left to right.

    A slab's height grows with the square root of a map's side, its thickness with its channels; a
    dense layer is a bar whose height grows with the square root of its units.

    Examples
    --------
    >>> figure = in_space("paper")
    >>> figure.axes[0].texts[0].get_text(), len(figure.axes[0].texts)
    ('picture\n224×224\n×3', 12)
    """
    arch = get(arch)
    figure, axes = wide_figure(3.1)
    steps = [step for step in trace(arch) if step.kind in ("conv", "pool", "dense")]
    shapes: list[tuple[str, str, tuple[int, ...]]] = [("picture", "picture", arch.input_shape)]
    shapes += [(step.name, step.kind, step.output_shape) for step in steps]
    for place, (name, kind, shape) in enumerate(shapes):
        dense = len(shape) == 1
        high = np.sqrt(shape[0]) / (13 if dense else 3)
        thick = 0.12 if dense else 0.08 + shape[-1] / 700
        _slab(axes, place, high, thick, _COLOURS[kind], back=0 if dense else 0.16 * high)
        size = f"{shape[0]}" if dense else f"{shape[0]}×{shape[1]}\n×{shape[2]}"
        axes.text(place, -2.75, f"{name}\n{size}", ha="center", va="top", fontsize=8.5)
    axes.set(xlim=(-0.6, len(shapes) - 0.4), ylim=(-4.1, 3.5))
    axes.axis("off")
    return figure


_COLOURS = {"picture": "0.8", "conv": PALETTE[0], "pool": PALETTE[9], "dense": PALETTE[1]}


def _slab(axes, x: float, high: float, thick: float, colour, back: float) -> None:
    """Draw a box around (x, 0) in oblique view; ``back`` is how far its far corner is shifted."""
    left, right, low, top = x - thick / 2, x + thick / 2, -high / 2, high / 2
    front = [(left, low), (right, low), (right, top), (left, top)]
    roof = [
        (left, top),
        (right, top),
        (right + back / 3, top + back),
        (left + back / 3, top + back),
    ]
    side = [
        (right, low),
        (right + back / 3, low + back),
        (right + back / 3, top + back),
        (right, top),
    ]
    for corners, shade in ((front, 1.0), (roof, 0.55), (side, 0.75)):
        face = Polygon(corners, facecolor=colour, alpha=shade, edgecolor="black", lw=0.8)
        axes.add_patch(face)


def cost_bars(arch: str | Architecture) -> Figure:
    """Draw each layer's share of the parameters and of the multiply-adds, in per cent.

    Examples
    --------
    >>> cost_bars("paper").axes[0].get_xlabel()
    'share of the network (%)'
    """
    steps = [step for step in trace(arch) if step.parameters]
    names = [step.name for step in steps]
    figure, axes = wide_figure(4.2)
    place = np.arange(len(steps))
    rows = (("parameters", PALETTE[0], -0.2, ""), ("multiply-adds", PALETTE[1], 0.2, "///"))
    for label, colour, shift, hatch in rows:
        values = np.array([getattr(s, "macs" if "add" in label else label) for s in steps])
        share = 100 * values / values.sum()
        bars = axes.barh(place + shift, share, 0.38, label=label, color=colour, hatch=hatch)
        axes.bar_label(bars, [f"{value:.1f}" for value in share], padding=3, fontsize=9.5)
    axes.set(yticks=place, yticklabels=names, xlabel="share of the network (%)", xlim=(0, 72))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.legend(loc="center right")
    return figure


def receptive_fields(arch: str | Architecture, layers: tuple[str, ...]) -> Figure:
    """Draw, on the input picture, the square that one output of each layer looks at.

    Examples
    --------
    >>> len(receptive_fields("paper", ("conv1", "conv2")).axes[0].patches)
    3
    """
    steps = trace(arch)
    side = steps[-1].receptive_field
    fields = {step.name: step.receptive_field for step in steps}
    figure, axes = plt.subplots(figsize=(WIDTH * 0.75, WIDTH * 0.72))
    axes.add_patch(Rectangle((0, 0), side, side, facecolor="#f2f2f2", edgecolor="black"))
    for i, name in enumerate(layers):
        size = fields[name]
        corner = (side - size) / 2
        square = Rectangle((corner, corner), size, size, fill=False, lw=2.2, edgecolor=PALETTE[i])
        axes.add_patch(square)
        label = f"{name}: {size} px"
        axes.text(side / 2, corner - 2, label, ha="center", va="bottom", fontsize=9.5)
    axes.set(xlim=(-4, side + 4), ylim=(side + 4, -4), aspect="equal")
    axes.set(xlabel="column of the input (px)", ylabel="row of the input (px)")
    axes.grid(visible=False)
    return figure


def spread_by_layer(spreads: pd.DataFrame) -> Figure:
    """Draw how outputs differ from picture to picture: as they are, and as a share of their size.

    Parameters
    ----------
    spreads
        One row a layer; columns (way to start, "spread" or "share").
    """
    figure, panels = wide_figure(6.4, rows=2, sharex=True)
    styles = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)))
    for axes, what in zip(panels, ("spread", "share"), strict=True):
        ways = spreads.xs(what, axis=1, level=1)
        for column, marker, style in zip(ways, "os^DvX*", styles, strict=False):
            axes.plot(ways.index, ways[column], marker=marker, ls=style, label=column)
        axes.set(yscale="log")
    panels[0].set(ylabel="standard deviation", title="how outputs differ from picture to picture")
    panels[1].set(ylabel="share", title="the same by the outputs' size", xlabel="layer")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
