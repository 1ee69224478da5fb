"""Pictures side by side: of a data set, of the surest errors, and under heat maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from helpers import datasets
from helpers.plots.style import HEAT, PICTURE_DPI, WIDTH, picture_axes, plain


def contact_sheet(data: "datasets.ImageFolder", rows: int = 2, columns: int = 6) -> Figure:
    """Show some pictures of each class as the network gets them: 256×256, central square.

    Parameters
    ----------
    data
        ``ImageFolder``.
    rows
        Rows for each class.
    columns
        Pictures in a row.

    Examples
    --------
    >>> len(contact_sheet(datasets.load("photos"), rows=2, columns=3).axes)
    12
    """
    rng = np.random.default_rng(0)
    count = rows * columns
    groups = []
    for label, title in enumerate(data.titles):
        paths = data.table.loc[data.table["label"] == label, "path"].to_numpy()
        chosen = rng.choice(paths, min(count, len(paths)), replace=False)
        groups.append((title, [datasets.decode(path) for path in chosen]))
    return grouped_sheet(groups, columns)


def grouped_sheet(groups: Sequence[tuple[str, list[np.ndarray]]], columns: int = 6) -> Figure:
    """Show groups of pictures under one heading each, ``columns`` in a row.

    Parameters
    ----------
    groups
        Pairs of heading and pictures (H, W, 3), uint8.
    columns
        Pictures in a row.
    """
    lines = [-(-len(pictures) // columns) for _, pictures in groups]
    height = WIDTH / columns * sum(lines) + 0.32 * len(groups)
    figure = plt.figure(figsize=(WIDTH, height), dpi=PICTURE_DPI)
    parts = figure.subfigures(len(groups), 1, height_ratios=lines, squeeze=False)[:, 0]
    for part, (title, pictures), line in zip(parts, groups, lines, strict=True):
        part.suptitle(plain(title), fontsize=12)
        axes = part.subplots(line, columns, squeeze=False).ravel()
        for axis in axes:
            axis.axis("off")
        for axis, picture in zip(axes, pictures, strict=False):
            axis.imshow(picture)
    return figure


def gallery(rows: pd.DataFrame, columns: int = 4) -> Figure:
    """Show the pictures of some predictions with what was said, how surely, and what is true.

    Parameters
    ----------
    rows
        Rows of a predictions table, as from ``evaluation.surest_wrong``.
    columns
        Pictures in a row.
    """
    lines = max(1, -(-len(rows) // columns))
    figure, axes = picture_axes(lines, columns, lines * (WIDTH / columns + 0.6))
    for axis, row in zip(axes.flat, rows.itertuples(), strict=False):
        axis.imshow(datasets.decode(row.path))
        axis.set_title(plain(caption(row)), fontsize=9.5)
    return figure


def caption(row: Any) -> str:
    """Return what stands over a picture: ✓ or ✗, the prediction, its probability, the truth."""
    said = f"{row.prediction_name}\n{100 * row.probability:.1f} %"
    return f"✓ {said}" if row.correct else f"✗ {said}, true:\n{row.label_name}"


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
    figure, axes = picture_axes(len(images), columns, height)
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
    place: dict[str, Any] = {
        "location": "bottom",
        "fraction": 0.3 / height,
        "aspect": 45,
        "pad": 0.02,
    }
    bar = figure.colorbar(drawn, ax=axes, **place)
    bar.set_label("importance, lowest to highest of each map")
    return figure


def overlay(axis: Axes, image: np.ndarray, values: np.ndarray) -> AxesImage:
    """Draw a map (H, W), 0 to 1, over a grey version of the picture (H, W, 3), 0 to 1.

    The picture is greyed so that every colour in the result is the map's.
    """
    axis.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=1)
    return axis.imshow(values, cmap=HEAT, vmin=0, vmax=1, alpha=OPACITY)


def overlays(image: np.ndarray, maps: Mapping[str, np.ndarray], title: str) -> Figure:
    """Show one picture and its maps side by side: what the command line saves."""
    return cam_grid(image[None], {name: values[None] for name, values in maps.items()}, [title])
