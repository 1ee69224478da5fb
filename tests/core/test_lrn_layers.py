"""The layers against the loop, TensorFlow's operator and each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from helpers import lrn as L
from helpers.errors import UserError


@pytest.fixture
def activations():
    return np.random.default_rng(0).normal(scale=30, size=(2, 5, 5, 16))


def test_layer_and_gradient_equal_tensorflow():
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 7, 7, 96)), tf.float32)
    layer = L.LocalResponseNormalization(alpha=0.1)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        ours = layer(x)
        theirs = tf.nn.local_response_normalization(x, 2, 2.0, 0.1, 0.75)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    grads = [tape.gradient(y, x, output_gradients=x) for y in (ours, theirs)]
    np.testing.assert_allclose(*grads, atol=1e-5)


@pytest.mark.parametrize("n", [2, 4, 5, 40])
def test_gradient_equals_finite_differences(n):
    """An even window reaches further to the left, and its gradient further to the right."""
    rng = np.random.default_rng(1)
    x, upstream = rng.normal(size=(2, 3, 8))
    layer = L.LocalResponseNormalization(n=n, alpha=0.1, groups=2)
    a = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(a)
        b = layer(a)
    got = tape.gradient(b, a, output_gradients=tf.constant(upstream, tf.float32))

    def loss(x):
        halves = (L.lrn(half, n=n, alpha=0.1) for half in np.split(x, 2, axis=-1))
        return (np.concatenate(list(halves), axis=-1) * upstream).sum()

    want, step = np.empty_like(x), 1e-5
    for place in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = step
        want[place] = (loss(x + nudge) - loss(x - nudge)) / (2 * step)
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_half_precision_does_not_overflow():
    """300² is too large for a float16; the squares are added up in single precision."""
    x = np.full((1, 1, 1, 8), 300.0)
    got = L.LocalResponseNormalization(dtype="float16")(x.astype("float16"))
    assert got.dtype == tf.float16
    np.testing.assert_allclose(got, L.lrn(x), rtol=1e-3)


@pytest.mark.parametrize("beta", [0.5, 0.75, 1.0])
def test_layer_equals_numpy_for_other_powers(activations, beta):
    layer = L.LocalResponseNormalization(n=9, k=1.0, alpha=0.01, beta=beta)
    want = L.lrn(activations, n=9, k=1.0, alpha=0.01, beta=beta)
    np.testing.assert_allclose(layer(activations.astype("float32")), want, rtol=1e-4, atol=1e-4)


def test_towers_do_not_see_each_other(activations):
    two = L.LocalResponseNormalization(alpha=0.1, groups=2)(activations.astype("float32"))
    apart = [L.lrn(half, alpha=0.1) for half in np.split(activations, 2, axis=-1)]
    np.testing.assert_allclose(two, np.concatenate(apart, axis=-1), rtol=1e-4)
    one = L.lrn(activations, alpha=0.1)
    differ = np.abs(np.asarray(two) - one).max(axis=(0, 1, 2)) > 1e-4
    assert np.flatnonzero(differ).tolist() == [6, 7, 8, 9]


def test_spatial_normaliser_equals_a_loop():
    a = np.random.default_rng(0).normal(scale=20, size=(1, 6, 7, 2))
    want = np.empty_like(a)
    for _, y, x, c in np.ndindex(a.shape):
        part = a[0, max(0, y - 2) : y + 3, max(0, x - 2) : x + 3, c]
        want[0, y, x, c] = a[0, y, x, c] / (1 + 1e-3 / 25 * (part**2).sum()) ** 0.75
    got = L.SpatialResponseNormalization()(a.astype("float32"))
    np.testing.assert_allclose(got, want, rtol=1e-4)


def test_layer_survives_saving(tmp_path, activations):
    inputs = keras.Input(activations.shape[1:])
    model = keras.Model(inputs, L.LocalResponseNormalization(n=3, k=1.0, groups=2)(inputs))
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    x = activations.astype("float32")
    np.testing.assert_allclose(loaded(x), model(x))


def test_layer_refuses_channels_that_do_not_split():
    with pytest.raises(ValueError, match="9 channels do not split into 2"):
        L.LocalResponseNormalization(groups=2)(ops.ones((1, 2, 2, 9)))


def test_nan_stays_in_the_windows_that_hold_it():
    a = np.ones((2, 8), "float32")
    a[0, 3] = np.nan
    b = np.asarray(L.LocalResponseNormalization()(a))
    assert np.isnan(b[0]).tolist() == [False, *[True] * 5, False, False]
    assert np.isfinite(b[1]).all()


def test_layer_refuses_constants_without_meaning():
    with pytest.raises(UserError, match="alpha must be"):
        L.LocalResponseNormalization(alpha=-1)
