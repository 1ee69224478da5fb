"""What a network has learnt: measures against hand-computed cases, neighbours against SciPy."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from helpers import models
from helpers.architectures import LRN, Architecture, Conv, Dense, Flatten, Pool
from helpers.errors import UserError
from helpers.evaluation import Share
from helpers.explain import filters
from helpers.plots.chapters import what_the_filters_learn

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
    before = keras.ops.convert_to_numpy(model.get_layer("fc6").kernel)
    one_weight = 0.25 * np.sqrt((before**2).mean())
    np.testing.assert_allclose(table["change"], [0, one_weight, 0], rtol=1e-5)


def test_a_graft_takes_the_named_layers_and_leaves_both_networks(model):
    other = models.build(ARCH, seed=1, initial="glorot", preprocessing=[keras.layers.Rescaling(1)])
    kept = [[w.copy() for w in network.get_weights()] for network in (model, other)]
    mixed = filters.graft(model, other, ["fc6"])
    rows = filters.movement(model, mixed)["change"] > 0
    assert rows.to_dict() == {"conv1": False, "fc6": True, "fc8": False}
    assert filters.movement(other, mixed)["change"]["fc6"] == 0
    for network, weights in zip((model, other), kept, strict=True):
        assert all(map(np.array_equal, network.get_weights(), weights))
    with pytest.raises(UserError, match="fc9"):
        filters.graft(model, other, ["fc9"])


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


def test_an_ascent_over_length_finds_the_filter_as_a_loop_by_hand_does():
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(12, 2)).astype("float32")  # two filters
    inputs = keras.Input((12,))
    dense = keras.layers.Dense(2, use_bias=False)
    alone = keras.Model(inputs, dense(inputs))
    dense.set_weights([pairs])
    start = rng.normal(size=(2, 12)).astype("float32")

    def score(outputs):  # one filter for each row
        return [outputs[0, 0], outputs[1, 1]]

    def unit(x):
        return x / keras.ops.norm(x, axis=1, keepdims=True)

    expected = start.copy()
    for _ in range(30):
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        expected += 0.2 * pairs.T / np.sqrt((pairs.T**2).mean(axis=1, keepdims=True))
    found = filters.ascend(alone, score, start, unit, steps=30, step=0.2)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    for made, one in zip(found, pairs.T, strict=True):
        assert np.corrcoef(made, one)[0, 1] > 0.999


def test_pictures_that_excite_are_those_of_a_loop_by_hand(model):
    import tensorflow as tf

    channels, rng = [5, 2], np.random.default_rng(3)
    inside = keras.Model(model.inputs, model.get_layer("conv1").output)
    x = tf.constant(rng.uniform(108, 148, (2, 32, 32, 3)), "float32")
    for _ in range(4):
        down, right = rng.integers(-4, 5, 2)
        x = tf.clip_by_value(tf.roll(x, (down, right), (1, 2)), 0, 255)
        with tf.GradientTape() as tape:
            tape.watch(x)
            maps = inside(x)
            score = sum(tf.reduce_mean(maps[i, ..., c]) for i, c in enumerate(channels))
        slope = tape.gradient(score, x).numpy()
        x += 4 * slope / np.sqrt((slope**2).mean(axis=(1, 2, 3), keepdims=True))
    found = filters.exciting(model, "conv1", channels, steps=4, seed=3)
    np.testing.assert_allclose(found, np.clip(x, 0, 255), atol=0.05)
    other = filters.exciting(model, "conv1", channels, steps=4, seed=4)
    assert np.abs(found - other).max() > 10


def test_pictures_that_excite_do_so_more_than_their_start(model):
    few, many = (filters.exciting(model, "conv1", [0, 7], steps=n) for n in (1, 15))
    assert many.min() >= 0
    assert many.max() <= 255
    for row, channel in enumerate((0, 7)):
        means = [
            filters.activations(model, x, ["conv1"])["conv1"].mean((1, 2)) for x in (few, many)
        ]
        assert means[1][row, channel] > 1.5 * means[0][row, channel]


def test_a_silent_channel_leaves_numbers(model):
    mute = keras.models.clone_model(model)
    mute.get_layer("conv1").set_weights([np.zeros((5, 5, 3, 8)), np.full(8, -1.0)])
    found = filters.exciting(mute, "conv1", [0], steps=2)
    assert found.min() >= 108  # still the start, moved
    assert found.max() <= 148


@pytest.mark.parametrize("channels", [[], [-1], [8]])
def test_bad_channels_are_refused(model, channels):
    with pytest.raises(UserError, match="channels of conv1 are 0 to 7"):
        filters.exciting(model, "conv1", channels)
    with pytest.raises(UserError, match="fc6"):
        filters.exciting(model, "fc6", [0])


def test_another_backend_is_refused(model, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UserError, match="KERAS_BACKEND"):
        filters.ascend(model, lambda x: x, np.zeros((1, 32, 32, 3)), lambda x: x)


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
    sheet = what_the_filters_learn.tiled(rng.normal(size=(5, 4, 4, 3)), columns=3)
    assert sheet.shape == (9, 14, 3)
    assert (sheet[5:, 10:] == 1).all()  # the missing sixth stays white
    assert what_the_filters_learn.tiled(np.zeros((1, 4, 4, 3)), 1).max() == 0.5
    figure = what_the_filters_learn.filter_sheets(
        {"a": rng.normal(size=(6, 3, 3, 3)), "b": np.ones((6, 3, 3, 3))}
    )
    assert [axis.get_title() for axis in figure.axes] == ["a", "b"]
    table = pd.DataFrame({"moved": [0.5, 0.02]}, ["conv1", "fc8"])
    assert [t.get_text() for t in what_the_filters_learn.movement(table).axes[0].texts] == [
        "50.0",
        "2.0",
    ]
    values = np.zeros((3, 3, 4))
    values[..., 2], values[..., 1] = 5, 1
    titles = [
        a.get_title()
        for a in what_the_filters_learn.maps(np.zeros((8, 8, 3)), {"conv1": values}, 2).axes
    ]
    assert titles == ["picture", "", "conv1 · 2", "conv1 · 1"]
    picture = np.zeros((8, 8, 3), "uint8")
    figure = what_the_filters_learn.neighbours(
        [picture], [[picture, picture]], np.array([[True, False]])
    )
    assert [axis.get_title() for axis in figure.axes] == ["asked", "✓", "✗"]


def test_made_pictures_show_where_they_left_mid_grey_under_the_right_names():
    pictures = np.full((2, 20, 20, 3), 128.0)
    pictures[1, 2:6, 13:17] = 254.6  # a corner of the second alone is white
    figure = what_the_filters_learn.made({"a": pictures, "b": 0 * pictures}, ["one", "two"], side=4)
    assert [axis.get_title() for axis in figure.axes] == ["one", "two", "", ""]
    assert [axis.get_ylabel() for axis in figure.axes] == ["a", "", "b", ""]
    shown = [axis.images[0].get_array() for axis in figure.axes]
    assert [x.shape for x in shown] == [(4, 4, 3)] * 4
    assert [x.min() for x in shown] == [128, 255, 0, 0]


def test_crops_stand_in_the_row_of_their_name():
    figure = what_the_filters_learn.crops({"a": [np.zeros((3, 3, 3))], "b": [np.ones((5, 5, 3))]})
    assert [axis.get_ylabel() for axis in figure.axes] == ["a", "b"]
    assert [axis.images[0].get_array().shape for axis in figure.axes] == [(3, 3, 3), (5, 5, 3)]


def test_heads_have_a_curve_for_each_network_with_wilson_intervals():
    shares = {"trained": [Share(9, 10), Share(10, 10)], "untrained": [Share(5, 10), Share(6, 10)]}
    table = pd.DataFrame(shares, index=["pool1", "fc7"])
    (axis,) = what_the_filters_learn.heads(table, {"a ruler": 0.8}).axes
    curves = {curve.get_label(): curve for curve in axis.containers}
    assert list(curves) == ["trained", "untrained"]
    line, _, (bars,) = curves["untrained"].lines
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.6])
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [Share(5, 10).interval, Share(6, 10).interval])
    assert [text.get_text() for text in axis.texts] == ["a ruler: 80 %"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["pool1", "fc7"]
