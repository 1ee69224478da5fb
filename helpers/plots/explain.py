"""Heat maps over pictures, and what their scores look like."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.evaluation import PICTURE_DPI
from helpers.plots.style import HEAT, PALETTE, WIDTH, percents, plain

OPACITY = 0.6  # of the map over the picture


def cam_grid(
    images: np.ndarray,
    maps: Mapping[str, np.ndarray],
    titles: Sequence[str],
    masks: np.ndarray | None = None,
) -> Figure:
    """Show pictures in the first column and each method's maps over them in the others.

    Parameters
    ----------
    images
        (N, H, W, 3) pixels, 0–255.
    maps
        Name of each column and its maps (N, H, W), 0 to 1.
    titles
        What stands over each picture.
    masks
        (N, H, W) bool: drawn as an outline on the picture, where given.
    """
    images = np.asarray(images) / 255
    columns = 1 + len(maps)
    height = len(images) * (WIDTH / columns + 0.55) + 0.8
    figure, axes = plt.subplots(
        len(images), columns, figsize=(WIDTH, height), dpi=PICTURE_DPI, squeeze=False
    )
    for row, image in enumerate(images):
        axes[row, 0].imshow(image)
        if masks is not None:
            axes[row, 0].contour(masks[row], levels=[0.5], colors=["#ffffff"], linewidths=1.2)
        for axis, values in zip(axes[row, 1:], maps.values(), strict=True):
            drawn = overlay(axis, image, values[row])
        lines = (plain(line, 40) for line in titles[row].split("\n"))
        axes[row, 0].set_title("\n".join(lines), fontsize=9)
    for axis, name in zip(axes[0, 1:], maps, strict=True):
        axis.set_title(plain(name, 30), fontsize=10.5)
    for axis in axes.ravel():
        axis.axis("off")
    place = {"location": "bottom", "fraction": 0.3 / height, "aspect": 45, "pad": 0.02}
    bar = figure.colorbar(drawn, ax=axes, **place)
    bar.set_label("importance, lowest to highest of each map")
    return figure


def overlay(axis, image: np.ndarray, values: np.ndarray):
    """Draw a map (H, W), 0 to 1, over a grey version of the picture (H, W, 3), 0 to 1.

    The picture is greyed so that every colour in the result is the map's.
    """
    axis.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    return axis.imshow(values, cmap=HEAT, vmin=0, vmax=1, alpha=OPACITY)


def overlays(image: np.ndarray, maps: Mapping[str, np.ndarray], title: str) -> Figure:
    """Show one picture and its maps side by side: what the command line saves."""
    return cam_grid(image[None], {name: values[None] for name, values in maps.items()}, [title])


def score_table(scores: pd.DataFrame, chance: float, xlabel: str) -> Figure:
    """Draw each method's mean score with its interval against that of a uniform map.

    Parameters
    ----------
    scores
        Index: method; columns ``mean``, ``low``, ``high``, 0 to 1.
    chance
        Score of a map that is the same everywhere.
    xlabel
        What the score is.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 1.3 + 0.45 * len(scores)))
    for place, row in enumerate(scores.itertuples()):
        colour = PALETTE[place % len(PALETTE)]
        axis.plot([row.low, row.high], [place, place], color=colour, linewidth=3)
        axis.plot(row.mean, place, "o", color=colour, markersize=7)
    axis.axvline(chance, color="0.35", linestyle=":", linewidth=1.8, label="uniform map")
    axis.set_yticks(range(len(scores)), [plain(name) for name in scores.index])
    axis.set_ylim(len(scores) - 0.5, -0.6)
    axis.xaxis.set_major_formatter(percents())
    axis.set_xlabel(plain(xlabel, 80))
    figure.legend(loc="outside upper right")
    return figure


def curves(lines: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw mean deletion or insertion curves, one line per method.

    Parameters
    ----------
    lines
        Name and (N, steps + 1) probabilities.
    title
        What is done to the pictures.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 3.4))
    for number, (name, values) in enumerate(lines.items()):
        share = np.linspace(0, 1, values.shape[1])
        marker = "os^Dvx"[number % 6]
        style = {"marker": marker, "color": PALETTE[number], "label": plain(name, 40)}
        axis.plot(share, values.mean(axis=0), **style)
    axis.set(xlabel="share of the picture", ylabel="mean probability", title=plain(title, 60))
    axis.xaxis.set_major_formatter(percents())
    axis.set_ylim(0, 1.03)
    axis.legend()
    return figure


def small_maps(grids: Mapping[str, np.ndarray]) -> Figure:
    """Show small maps with their numbers written in the cells, one panel each."""
    figure, axes = plt.subplots(1, len(grids), figsize=(WIDTH, 2.3), squeeze=False)
    largest = max(np.abs(values).max() for values in grids.values())
    for axis, (title, values) in zip(axes[0], grids.items(), strict=True):
        axis.imshow(values, cmap="RdBu_r", vmin=-1.6 * largest, vmax=1.6 * largest)
        for (row, column), value in np.ndenumerate(values):
            axis.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12)
        axis.set_title(plain(title), fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.grid(visible=False)
    return figure
