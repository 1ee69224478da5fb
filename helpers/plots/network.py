"""Figures of a whole network: where its parameters and its arithmetic are, and how far it sees."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.architectures import Architecture
from helpers.plots.style import PALETTE, WIDTH
from helpers.shapes import trace

_CROSSING = "#6a1b7a"  # neither tower's colour
_HALF = 0.29  # of a box's height, in rows


def cost_bars(arch: str | Architecture) -> Figure:
    """Draw each layer's share of the parameters and of the multiply-adds, in per cent.

    Examples
    --------
    >>> cost_bars("paper").axes[0].get_xlabel()
    'share of the network (%)'
    """
    steps = [step for step in trace(arch) if step.parameters]
    names = [step.name for step in steps]
    figure, axes = plt.subplots(figsize=(WIDTH, 4.2))
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
    """Draw the standard deviation of each layer's output, one line for each way to start.

    Parameters
    ----------
    spreads
        One row a layer, one column for each way to start; standard deviations.
    """
    figure, axes = plt.subplots(figsize=(WIDTH, 3.8))
    styles = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
    for column, marker, style in zip(spreads, "os^DvX", styles, strict=False):
        axes.plot(spreads.index, spreads[column], marker=marker, ls=style, label=column)
    axes.set(yscale="log", xlabel="layer", ylabel="standard deviation of the output")
    axes.legend(loc="upper right", ncols=2)
    return figure


def two_towers(arch: Architecture, crossings: dict[str, int]) -> Figure:
    """Draw the two columns of layers, pools included, and where one reads what the other made.

    Parameters
    ----------
    arch
        A network whose second convolution has two groups.
    crossings
        For each layer that reads both columns, the bytes of one picture that cross, one way.
    """
    steps = [step for step in trace(arch) if step.parameters or step.kind == "pool"]
    figure, axes = plt.subplots(figsize=(WIDTH, 9.2))
    for row, step in enumerate(steps):
        single = step is steps[-1]
        share = step.output_shape[-1] if single else step.output_shape[-1] // 2
        size = "×".join(map(str, (*step.output_shape[:-1], share)))
        for column in (0,) if single else (0, 1):
            _box(axes, column, row, f"{step.name}\n{size}", PALETTE[column])
            above = (column, row - 1) if row else (0.5, -1)
            _arrow(axes, above, (column, row), "0.35", "-")
            if step.name in crossings and row:
                _arrow(axes, (1 - column, row - 1), (column, row), _CROSSING, "--")
        if step.name in crossings:
            label = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            text, place = f"{crossings[step.name]:,} bytes", (0.5, row - 0.5)
            axes.annotate(
                text, place, ha="center", va="center", fontsize=9.5, color=_CROSSING, bbox=label
            )
    _box(axes, 0.5, -1, f"picture\n{'×'.join(map(str, arch.input_shape))}", "0.5")
    axes.text(0, -1.1, "GPU 0", ha="center", weight="bold")
    axes.text(1, -1.1, "GPU 1", ha="center", weight="bold")
    axes.set(xlim=(-0.45, 1.45), ylim=(len(steps) - 0.5, -1.5))
    axes.axis("off")
    return figure


def _box(axes, column: float, row: float, text: str, colour) -> None:
    style = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": colour, "lw": 1.8}
    axes.text(column, row, text, ha="center", va="center", fontsize=9.5, bbox=style, zorder=3)


def _arrow(axes, start: tuple, end: tuple, colour, line: str) -> None:
    """Join the lower edge of one box to the upper edge of another."""
    look = {"arrowstyle": "-|>", "color": colour, "ls": line, "lw": 1.4, "shrinkA": 0, "shrinkB": 0}
    (x0, y0), (x1, y1) = start, end
    axes.annotate("", (x1, y1 - _HALF), (x0, y0 + _HALF), arrowprops=look, zorder=1)
