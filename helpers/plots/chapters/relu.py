"""Figures of ReLU: activation functions, vanishing gradients, the race of ReLU and tanh.

Each function takes computed data and returns a ``Figure``.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, wide_figure

#: Figure 1 of the paper draws ReLU solid and tanh dashed; so does this book.
_LOOK = {
    "relu": {"color": PALETTE[0], "ls": "-", "label": "ReLU"},
    "tanh": {"color": PALETTE[1], "ls": "--", "label": "tanh"},
    "sigmoid": {"color": PALETTE[2], "ls": "-.", "label": "sigmoid"},
}


def functions(x: np.ndarray, values: dict, slopes: dict, points: np.ndarray) -> Figure:
    """Draw activation functions (left) and their slopes (right), with dots at some inputs.

    Parameters
    ----------
    x
        Inputs (n,), increasing.
    values, slopes
        Name of each function, ``relu``, ``tanh`` or ``sigmoid``, and its outputs (n,).
    points
        Inputs to mark.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 3)
    >>> len(functions(x, {"relu": np.maximum(x, 0)}, {"relu": x > 0}, x).axes)
    2
    """
    figure, panels = wide_figure(3.2, columns=2)
    for axes, curves, title in zip(panels, (values, slopes), ("value", "slope"), strict=True):
        for name, y in curves.items():
            axes.plot(x, y, lw=2, **_LOOK[name])
            axes.plot(points, np.interp(points, x, y), "o", ms=5, color=_LOOK[name]["color"])
        axes.set(xlabel="input $x$", title=title)
    panels[0].set_ylim(-1.3, 2.6)
    panels[0].legend(frameon=False)
    return figure


def vanishing(panels: dict[str, dict[str, np.ndarray]]) -> Figure:
    """Draw what is left of a gradient against the layers behind it, one panel a kind of weights.

    Parameters
    ----------
    panels
        Title of each panel; in it, by activation, what is left after 0, 1, … layers.

    Examples
    --------
    >>> vanishing({"small": {"relu": np.ones(3)}}).axes[0].get_yscale()
    'log'
    """
    figure, grid = wide_figure(3.0, columns=len(panels), sharex=True, squeeze=False)
    for axes, (title, curves) in zip(grid[0], panels.items(), strict=True):
        for name, y in curves.items():
            axes.plot(np.arange(len(y)), y, marker="o", ms=3, lw=2, **_LOOK[name])
        axes.set(title=title, yscale="log", xlabel="layers passed")
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0.1), max(high, 10))  # a factor of two shall not look like a cliff
    grid[0, 0].set_ylabel("length of the gradient")
    grid[0, 0].legend(frameon=False)
    return figure


def race(panels: dict[str, pd.DataFrame], target: float) -> Figure:
    """Draw training error against epochs as in the paper's Figure 1, one line a run.

    Parameters
    ----------
    panels
        Title of each panel and its rows: activation, seed, epoch, training_error (share).
    target
        Share that is marked by a horizontal line.

    Examples
    --------
    >>> rows = {"activation": ["relu"], "seed": [0], "epoch": [1.0], "training_error": [0.5]}
    >>> race({"a": pd.DataFrame(rows)}, 0.25).axes[0].get_title()
    'a'
    """
    figure, grid = wide_figure(3.4, columns=len(panels), sharex=True, sharey=True, squeeze=False)
    for axes, (title, rows) in zip(grid[0], panels.items(), strict=True):
        for (name, seed), run in rows.groupby(["activation", "seed"]):
            look = _LOOK[name] if seed == rows["seed"].min() else {**_LOOK[name], "label": None}
            axes.plot(run["epoch"], 100 * run["training_error"], lw=1.6, **look)
        axes.axhline(100 * target, color="#555555", lw=1, ls=":")
        axes.set(title=title, xlabel="epochs", xlim=(0, None), ylim=(0, None))
        axes.legend(frameon=False)
    grid[0, 0].set_ylabel("training error (%)")
    return figure
