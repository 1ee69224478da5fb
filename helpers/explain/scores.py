"""Scores that say whether to believe a heat map.

How much of a map lies on the object, how much the network's answer depends on the marked pixels,
and what is left of a map when the weights are drawn anew.
"""

from collections.abc import Sequence

import keras
import numpy as np
from scipy import integrate, stats

from helpers import validate
from helpers.errors import UserError
from helpers.evaluation import probabilities
from helpers.explain.methods import fitting_classes, fitting_pictures


def energy_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return the share of each map's sum that lies in the mask, (N,), 0 to 1.

    A map of zeros has nothing inside: 0. What a map that is the same everywhere would score is
    ``area_share``.

    Examples
    --------
    >>> energy_inside([[[0.5, 0.5], [1.0, 0.0]]], [[[True, False], [True, False]]]).tolist()
    [0.75]
    """
    maps, masks = _pairs(maps, masks)
    total = maps.sum(axis=(1, 2))
    return (maps * masks).sum(axis=(1, 2)) / np.where(total > 0, total, 1)


def pointing_game(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return whether each map's highest point lies in the mask, (N,) bool; zeros point nowhere.

    Examples
    --------
    >>> pointing_game([[[0.5, 0.5], [1.0, 0.0]]], [[[True, False], [True, False]]]).tolist()
    [True]
    """
    maps, masks = _pairs(maps, masks)
    flat, inside = maps.reshape(len(maps), -1), masks.reshape(len(maps), -1)
    top = flat.argmax(axis=1)
    return inside[np.arange(len(maps)), top] & (flat.max(axis=1) > 0)


def area_share(masks: np.ndarray) -> np.ndarray:
    """Return the share of each picture that the mask covers, (N,): a uniform map's score."""
    return np.asarray(masks, bool).mean(axis=(1, 2))


def _pairs(maps, masks) -> tuple[np.ndarray, np.ndarray]:
    maps, masks = np.asarray(maps, "float64"), np.asarray(masks, bool)
    if maps.shape != masks.shape or maps.ndim != 3:
        raise UserError(
            f"Maps and masks must both be (N, height, width), got {maps.shape} and {masks.shape}."
        )
    return maps, masks


def deletion_curve(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    class_index: int | Sequence[int],
    steps: int = 10,
) -> np.ndarray:
    """Remove the pixels the map marks, highest first, and watch the class's probability.

    A removed pixel takes the mean colour of its picture. The sooner the probability falls, the
    more the network needed what was marked.

    Parameters
    ----------
    model, images, class_index
        As for ``cam``.
    maps
        (N, H, W); pixels of equal height go in the order of their rows.
    steps
        Number of equal portions of the picture.

    Returns
    -------
    numpy.ndarray
        (N, steps + 1) probabilities: nothing removed, 1/steps of the picture removed, …, all.
    """
    validate.whole("steps", steps, least=1)
    images = fitting_pictures(model, images)
    classes = fitting_classes(model, class_index, len(images))
    rank = _ranks(np.asarray(maps))  # (N, H, W): 0 for the highest pixel
    empty = images.mean(axis=(1, 2), keepdims=True)
    heights = []
    for step in range(steps + 1):
        kept = rank >= round(step / steps * rank[0].size)
        shares = probabilities(model, np.where(kept[..., None], images, empty))
        heights.append(shares[np.arange(len(images)), classes])
    return np.stack(heights, axis=1)


def _ranks(maps: np.ndarray) -> np.ndarray:
    flat = maps.reshape(len(maps), -1)
    order = np.argsort(-flat, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(flat.shape[1])[None, :], axis=1)
    return ranks.reshape(maps.shape)


def covered(model: keras.Model, picture: np.ndarray, side: int, step: int) -> np.ndarray:
    """Cover a picture with a square patch, place by place, and ask for the shares each time.

    The patch has the mean colour of the picture.

    Parameters
    ----------
    model
        Network from pixels 0–255 to logits or shares.
    picture
        (H, W, 3) at the model's size.
    side, step
        Pixels: of the patch, and from one place to the next.

    Returns
    -------
    numpy.ndarray
        (rows, columns, classes); entry [i, j] with the patch's corner at row i·step, column j·step.

    Raises
    ------
    UserError
        A patch larger than the picture, or a picture of another size.

    Examples
    --------
    >>> covered(run.model, images[0], 32, 16).shape[:2]
    (3, 3)
    """
    [picture] = fitting_pictures(model, np.asarray(picture)[None])
    height, width = picture.shape[:2]
    validate.whole("step", step, least=1)
    validate.whole("side", side, least=1)
    if side > min(height, width):
        raise UserError(f"side must be at most {min(height, width)}, the picture's, got {side}.")
    tops, lefts = range(0, height - side + 1, step), range(0, width - side + 1, step)
    colour = picture.mean(axis=(0, 1))
    shares = []
    for top in tops:
        row = np.repeat(picture[None], len(lefts), axis=0)
        for copy, left in zip(row, lefts, strict=True):
            copy[top : top + side, left : left + side] = colour
        shares.append(probabilities(model, row))
    return np.stack(shares)


def curve_area(curves: np.ndarray) -> np.ndarray:
    """Return the mean height of each curve (trapezoids), (N,), 0 to 1.

    Examples
    --------
    >>> curve_area([[1.0, 0.0, 0.0]]).tolist()
    [0.25]
    """
    curves = np.asarray(curves, float)
    return integrate.trapezoid(curves, axis=1) / (curves.shape[1] - 1)


def randomised(
    model: keras.Model, seed: int = 0, layers: Sequence[str] | None = None
) -> keras.Model:
    """Return a copy of ``model`` in which some layers have forgotten what they learnt.

    Parameters
    ----------
    model
        Functional model; it is left as it is.
    seed
        Of the new weights (Glorot uniform, biases 0).
    layers
        Names of the layers to draw anew; all that have a kernel when None.

    Raises
    ------
    UserError
        A layer that does not exist or has no kernel.
    """
    known = [layer.name for layer in model.layers if hasattr(layer, "kernel")]
    chosen = known if layers is None else list(layers)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for i, name in enumerate(chosen):
        validate.one_of("layers", name, known)
        kernel, *bias = copy.get_layer(name).weights
        kernel.assign(keras.initializers.GlorotUniform(seed=seed * 1000 + i)(kernel.shape))
        for vector in bias:
            vector.assign(keras.ops.zeros_like(vector))
    return copy


def similarity(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return Spearman's rank correlation of each pair of maps, (N,), -1 to 1.

    A constant map has no ranks; its correlation with anything is 0.

    Examples
    --------
    >>> similarity([[[1, 2], [3, 4]]], [[[1, 4], [9, 16]]]).tolist()
    [1.0]
    """
    results = []
    for one, other in zip(np.asarray(maps), np.asarray(others), strict=True):
        constant = np.ptp(one) == 0 or np.ptp(other) == 0
        results.append(0.0 if constant else stats.spearmanr(one.ravel(), other.ravel()).statistic)
    return np.asarray(results, float)
