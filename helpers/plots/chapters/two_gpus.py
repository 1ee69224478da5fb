"""The figure of the network's two towers and of the lines that cross between them."""

from matplotlib.figure import Figure

from helpers.architectures import Architecture
from helpers.plots.style import PALETTE, wide_figure
from helpers.shapes import trace

_CROSSING = "#6a1b7a"  # neither tower's colour
_HALF = 0.29  # of a box's height, in rows


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
    figure, axes = wide_figure(9.2)
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
            ways = "one way" if single else "each way"
            text, place = f"{crossings[step.name]:,} B {ways}", (0.5, row - 0.5)
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
