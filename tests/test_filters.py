"""What a network has learnt: measures against hand-computed cases, neighbours against SciPy."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from helpers import filters, models
from helpers.architectures import LRN, Architecture, Conv, Dense, Flatten, Pool
from helpers.errors import UserError
from helpers.plots import filters as plots

ARCH = Architecture(
    "tiny",
    "For tests",
    (32, 32, 3),
    (
        Conv("conv1", 8, 5, stride=2),
        LRN("lrn1"),
        Pool("pool1"),
        Flatten(),
        Dense("fc6", 12),
        Dense("fc8", 3, activation=None),
    ),
    "tests",
)


@pytest.fixture(scope="module")
def model():
    scaling = keras.layers.Rescaling(1 / 64, -2.0)
    return models.build(ARCH, seed=0, initial="glorot", preprocessing=[scaling])


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), dtype="uint8")


def test_kernels_have_the_filter_first(model):
    found = filters.kernels(model)
    kernel = keras.ops.convert_to_numpy(model.get_layer("conv1").kernel)
    assert found.shape == (8, 5, 5, 3)
    assert np.array_equal(found[3], kernel[..., 3])
    with pytest.raises(UserError, match="conv1"):
        filters.kernels(model, "fc6")


def test_movement_is_the_length_of_the_change(model):
    after = models.build(ARCH, seed=0, initial="glorot", preprocessing=[keras.layers.Rescaling(1)])
    layer = after.get_layer("fc6")
    layer.kernel.assign(1.25 * keras.ops.convert_to_numpy(layer.kernel))
    table = filters.movement(model, after)
    assert list(table.index) == ["conv1", "fc6", "fc8"]
    np.testing.assert_allclose(table["moved"], [0, 0.25, 0], atol=1e-6)
    np.testing.assert_allclose(table["cosine"], 1, atol=1e-6)


def test_smoothness_is_near_one_for_a_ramp_and_near_zero_for_noise():
    ramp = np.add.outer(np.arange(11.0), np.arange(11.0))[None, ..., None]
    noise = np.random.default_rng(0).normal(size=(200, 11, 11, 3))
    assert filters.smoothness(ramp)[0] > 0.95
    assert abs(filters.smoothness(noise).mean()) < 0.02
    checkers = (-1.0) ** np.add.outer(np.arange(11), np.arange(11))[None, ..., None]
    assert filters.smoothness(checkers)[0] == pytest.approx(-1)


def test_colour_share_of_grey_of_one_colour_and_of_noise():
    grey = np.ones((1, 4, 4, 3))
    red = np.tile([1.0, 0, 0], (1, 4, 4, 1))
    noise = np.random.default_rng(0).normal(size=(300, 4, 4, 3))
    assert filters.colour_share(grey)[0] == 0
    assert filters.colour_share(red)[0] == pytest.approx(2 / 3)
    assert filters.colour_share(noise).mean() == pytest.approx(2 / 3, abs=0.01)


def test_activations_are_those_of_the_layers(model, pictures):
    found = filters.activations(model, pictures, ["pool1", "fc6", "fc8"])
    assert found["pool1"].shape[0] == found["fc6"].shape[0] == 30  # more than one batch
    np.testing.assert_allclose(found["fc8"], model.predict_on_batch(pictures), rtol=1e-4, atol=1e-5)
    by_hand = found["fc6"] @ keras.ops.convert_to_numpy(model.get_layer("fc8").kernel)
    np.testing.assert_allclose(found["fc8"], by_hand, rtol=1e-4, atol=1e-5)
    assert filters.activations(model, pictures, ["fc6"])["fc6"].shape == (30, 12)
    with pytest.raises(UserError, match="conv9"):
        filters.activations(model, pictures, ["conv9"])


def test_neighbours_are_those_of_the_full_distance_matrix():
    rng = np.random.default_rng(0)
    queries, gallery = rng.normal(size=(20, 40)) + 5, rng.normal(size=(50, 40)) + 5
    expected = np.argsort(cdist(queries, gallery), axis=1)[:, :6]
    assert np.array_equal(filters.neighbours(queries, gallery), expected)
    cosine = np.argsort(cdist(queries, gallery, "cosine"), axis=1)[:, :6]
    assert not np.array_equal(cosine, expected)  # the comparison can tell distances apart


@pytest.mark.parametrize("count", [0, 4])
def test_bad_neighbours_are_refused(count):
    with pytest.raises(UserError, match="count"):
        filters.neighbours(np.zeros((1, 2)), np.zeros((3, 2)), count)
    with pytest.raises(UserError, match="features"):
        filters.neighbours(np.zeros((1, 2)), np.zeros((3, 3)), 1)


def test_same_class_counts_neighbours():
    share = filters.same_class(np.array([[0, 1], [2, 0]]), np.array([0, 1]), np.array([0, 0, 1]))
    assert (share.correct, share.total) == (3, 4)


def test_figures_show_what_they_are_given():
    rng = np.random.default_rng(0)
    sheet = plots.tiled(rng.normal(size=(5, 4, 4, 3)), columns=3)
    assert sheet.shape == (9, 14, 3)
    assert (sheet[5:, 10:] == 1).all()  # the missing sixth stays white
    assert plots.tiled(np.zeros((1, 4, 4, 3)), 1).max() == 0.5
    figure = plots.filter_sheets({"a": rng.normal(size=(6, 3, 3, 3)), "b": np.ones((6, 3, 3, 3))})
    assert [axis.get_title() for axis in figure.axes] == ["a", "b"]
    table = pd.DataFrame({"moved": [0.5, 0.02]}, ["conv1", "fc8"])
    assert [t.get_text() for t in plots.movement(table).axes[0].texts] == ["50.0", "2.0"]
    values = np.zeros((3, 3, 4))
    values[..., 2], values[..., 1] = 5, 1
    titles = [a.get_title() for a in plots.maps(np.zeros((8, 8, 3)), {"conv1": values}, 2).axes]
    assert titles == ["picture", "", "conv1 · 2", "conv1 · 1"]
    picture = np.zeros((8, 8, 3), "uint8")
    figure = plots.neighbours([picture], [[picture, picture]], np.array([[True, False]]))
    assert [axis.get_title() for axis in figure.axes] == ["asked", "✓", "✗"]
