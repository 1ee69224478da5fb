"""LRN in all its forms against the loop, TensorFlow's operator and each other."""

from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from helpers import lrn as L
from helpers.errors import UserError

EXAMPLE = np.array([[1.0, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]])


@pytest.fixture
def activations():
    return np.random.default_rng(0).normal(scale=30, size=(2, 5, 5, 16))


def test_loop_equals_fractions():
    for row in EXAMPLE.astype(int).tolist():
        got = L.lrn_loop(np.array(row), n=5, k=0, alpha=1, beta=1)
        for i, a in enumerate(row):
            total = sum(row[j] ** 2 for j in range(max(0, i - 2), min(8, i + 3)))
            assert got[i] == pytest.approx(float(Fraction(a, total)), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 9, 40])
def test_vectorised_equals_loop(activations, n):
    np.testing.assert_allclose(L.lrn(activations, n=n), L.lrn_loop(activations, n=n), rtol=1e-12)


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


@pytest.mark.parametrize("target", list(L.CONVENTIONS))
def test_conversions_are_the_same_function(activations, target):
    """Each system's own formula, written out here, with the converted constants."""
    c = L.convert("cuda-convnet", target, n=5, k=2.0, alpha=1e-3, beta=0.75)
    squares = activations**2 @ L.band(16, 5)
    denominator = {
        "paper": lambda: c["k"] + c["alpha"] * squares,
        "cuda-convnet": lambda: c["minDiv"] + c["scale"] / c["size"] * squares,
        "caffe": lambda: c["k"] + c["alpha"] / c["local_size"] * squares,
        "pytorch": lambda: c["k"] + c["alpha"] / c["size"] * squares,
        "tensorflow": lambda: c["bias"] + c["alpha"] * squares,
    }[target]()
    want = activations / (2.0 + 1e-3 / 5 * squares) ** 0.75
    np.testing.assert_allclose(activations / denominator**0.75, want, rtol=1e-12)


def test_conversion_there_and_back():
    for system in L.CONVENTIONS:
        there = L.convert("paper", system, n=5, k=2.0, alpha=1e-4)
        alpha = there.get("alpha", there.get("scale"))
        back = L.convert(system, "paper", n=5, k=2.0, alpha=alpha)
        assert back == pytest.approx({"n": 5, "k": 2.0, "alpha": 1e-4, "beta": 0.75})


def test_nan_stays_nan():
    a = EXAMPLE.copy()
    a[0, 3] = np.nan
    assert np.isnan(L.lrn_loop(a)[0, 1:6]).all()
    assert np.isnan(L.lrn(a)[0, 1:6]).all()
    layer = np.asarray(L.LocalResponseNormalization()(a.astype("float32")))
    for b in (L.lrn_loop(a), layer):
        assert np.isnan(b[0, 1:6]).all()
        assert np.isfinite(b[1]).all()
        assert np.isfinite(b[0, [0, 6, 7]]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: L.lrn(EXAMPLE, n=0), "n must be"),
        (lambda: L.lrn(EXAMPLE, n=2.5), "n must be"),
        (lambda: L.lrn(EXAMPLE, k=-1), "k must be"),
        (lambda: L.lrn(EXAMPLE, alpha=float("nan")), "alpha must be"),
        (lambda: L.lrn(EXAMPLE, beta=float("inf")), "beta must be"),
        (lambda: L.lrn_loop(3.0), "at least one axis"),
        (lambda: L.LocalResponseNormalization(alpha=-1), "alpha must be"),
        (lambda: L.convert("paper", "caffe", n=4), "n must be odd for caffe"),
        (lambda: L.convert("paper", "mxnet"), "no convention 'mxnet'"),
    ],
)
def test_bad_constants_are_refused(call, said):
    with pytest.raises(UserError, match=said):
        call()


def test_layer_refuses_channels_that_do_not_split():
    with pytest.raises(ValueError, match="9 channels do not split into 2"):
        L.LocalResponseNormalization(groups=2)(ops.ones((1, 2, 2, 9)))
