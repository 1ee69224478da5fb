"""LRN in NumPy against the loop, fractions and each system's own formula."""

from fractions import Fraction

import numpy as np
import pytest

from helpers import lrn_formula as L
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


def test_the_constants_of_the_paper_need_not_be_given(activations):
    np.testing.assert_allclose(L.lrn(activations), L.lrn_loop(activations, 5, 2, 1e-4, 0.75))
    paper = {"n": 5, "k": 2.0, "alpha": 1e-4, "beta": 0.75}
    assert L.convert("paper", "paper") == paper
    assert repr(L.convert("paper", "tensorflow", n=9)["depth_radius"]) == "4"
    np.testing.assert_array_equal(L.lrn(activations), L.lrn(activations, **paper))


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
    assert np.isfinite(L.lrn_loop(a)[1]).all()
    assert np.isfinite(L.lrn_loop(a)[0, [0, 6, 7]]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: L.lrn(EXAMPLE, n=0), "n must be"),
        (lambda: L.lrn(EXAMPLE, n=2.5), "n must be"),
        (lambda: L.lrn(EXAMPLE, k=-1), "k must be"),
        (lambda: L.lrn(EXAMPLE, k="2"), "k must be"),
        (lambda: L.lrn(EXAMPLE, alpha=float("nan")), "alpha must be"),
        (lambda: L.lrn(EXAMPLE, beta=float("inf")), "beta must be"),
        (lambda: L.lrn_loop(3.0), "at least one axis"),
        (lambda: L.convert("paper", "caffe", n=4), "n must be odd for caffe"),
        (lambda: L.convert("paper", "mxnet"), "no convention 'mxnet'; choose from paper, cuda-"),
    ],
)
def test_bad_constants_are_refused(call, said):
    with pytest.raises(UserError, match=said):
        call()
