"""Figures of data augmentation: crops, a grid of variants, the cloud of colours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.style import LINES, PALETTE, WIDTH, wide_figure

# Photographs make large PNGs: fewer dots keep a chapter small.
PHOTO_DPI = 75


def crop_windows(picture: np.ndarray, corners: dict[str, tuple[int, int]], size: int) -> Figure:
    """Draw square windows on a picture.

    Parameters
    ----------
    picture
        (H, W, 3) uint8.
    corners
        Name of each window and its first row and column.
    size
        Side of the windows in pixels.
    """
    figure, axes = wide_figure(3.4, dpi=PHOTO_DPI)
    axes.imshow(picture)
    for number, (name, (y, x)) in enumerate(corners.items()):
        edge = (PALETTE[3], "black", PALETTE[0])[number]
        frame: dict[str, Any] = {"ls": LINES[number], "lw": 2.6, "ec": edge}
        label = f"{name} ({y}, {x})"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), size, size, fc="none", label=label, **frame))
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)", xlim=(-4, 259), ylim=(259, -4))
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    axes.grid(False)
    return figure


def picture_grid(pictures: np.ndarray, titles: Sequence[str], columns: int) -> Figure:
    """Draw pictures in rows, each under its title.

    Parameters
    ----------
    pictures
        (N, H, W, 3), 0–255; values outside are cut.
    titles
        One a picture.
    columns
        Pictures in a row.
    """
    rows = -(-len(pictures) // columns)
    figure, panels = wide_figure(
        rows * (WIDTH / columns + 0.2), rows, columns, squeeze=False, dpi=PHOTO_DPI
    )
    for axes, picture, title in zip(panels.flat, pictures, titles, strict=True):
        axes.imshow(np.clip(picture, 0, 255).astype("uint8"))
        axes.set_title(title, fontsize=9.5)
        axes.set_axis_off()
    return figure


def colour_cloud(
    pixels: np.ndarray, mean: np.ndarray, sigma: np.ndarray, vectors: np.ndarray
) -> Figure:
    """Draw pixels over red and blue, with the principal directions as arrows.

    Parameters
    ----------
    pixels
        (N, 3), 0–255.
    mean, sigma, vectors
        As `helpers.augment.colour_pca` returns them; arrows are one sigma long.
    """
    figure, axes = wide_figure(3.7)
    axes.scatter(pixels[:, 0], pixels[:, 2], c=pixels / 255, s=9, lw=0)
    for number, name in zip((2, 1, 0), ("first", "second", "third"), strict=True):
        end = mean + sigma[number] * vectors[:, number]
        arrow = {"arrowstyle": "->", "lw": 2.2, "color": "black", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (end[0], end[2]), (mean[0], mean[2]), arrowprops=arrow)
        aside = -6 if name == "third" else 6  # the shortest arrow ends where the others begin
        look = {"weight": "bold", "va": "center", "ha": "right" if aside < 0 else "left"}
        ground = {"fc": "white", "ec": "none", "alpha": 0.85, "pad": 1.5}
        axes.text(end[0] + aside, end[2], name, fontsize=10, bbox=ground, zorder=2, **look)
    axes.set(xlabel="red (grey levels)", ylabel="blue (grey levels)", aspect="equal")
    axes.set(xlim=(-5, 260), ylim=(-5, 260))
    return figure
