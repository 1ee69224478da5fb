"""A pipeline, one after the other and at the same time; and what the clocks of a page say."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, wide_figure


def pipeline(decode: float, step: float, batches: int) -> Figure:
    """Draw decoding and steps along a time axis, in turn and with the next batch fetched ahead.

    Parameters
    ----------
    decode, step
        Milliseconds for a batch.
    batches
        How many are drawn.

    Examples
    --------
    >>> axes = pipeline(3, 5, 3).axes
    >>> [max(int(bar.get_x() + bar.get_width()) for bar in each.patches) for each in axes]
    [24, 18]
    """
    figure, panels = wide_figure(3.2, rows=2, sharex=True)
    in_turn = [(i * (decode + step), i * (decode + step) + decode) for i in range(batches)]
    ahead, free, learnt = [], 0.0, 0.0
    for _ in range(batches):  # a decoder waits until its last batch has been taken
        ready = free + decode
        begun = max(ready, learnt)
        ahead.append((free, begun))
        free, learnt = max(ready, begun), begun + step
    for axes, title, starts in zip(
        panels, ("one after the other", "with prefetch"), (in_turn, ahead), strict=True
    ):
        for number, (decoding, learning) in enumerate(starts, 1):
            axes.barh(1, decode, left=decoding, color=PALETTE[1], edgecolor="black", hatch="//")
            axes.barh(0, step, left=learning, color=PALETTE[0], edgecolor="black")
            axes.text(
                decoding + decode / 2, 1, str(number), ha="center", va="center", weight="bold"
            )
            axes.text(learning + step / 2, 0, str(number), ha="center", va="center", color="white")
        axes.set(title=title, yticks=[0, 1], yticklabels=["step", "decode"])
    panels[1].set_xlabel("time (ms)")
    return figure


def clocks(ratios: Mapping[str, float]) -> Figure:
    """Draw measured ratios as bars, each with its number.

    Examples
    --------
    >>> [text.get_text() for text in clocks({"fused": 3.14, "prefetch": 1.5}).axes[0].texts]
    ['3.1', '1.5']
    """
    figure, axes = wide_figure(0.6 + 0.45 * len(ratios))
    bars = axes.barh(list(ratios), list(ratios.values()), color=PALETTE[0])
    axes.bar_label(bars, [f"{value:.1f}" for value in ratios.values()], padding=3)
    axes.axvline(1, color="0.3", ls=":")
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="ratio", xlim=(0, 1.15 * max(1, *ratios.values())))
    return figure
