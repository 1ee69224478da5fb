"""Convolution: figures show the numbers that they get, in their places and on their scales."""

import matplotlib
import numpy as np
import pytest

from helpers.plots.chapters import convolution

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_the_frames_lie_on_the_window_the_kernel_and_the_answer():
    patch, kernel = np.arange(20).reshape(4, 5), -np.ones((3, 3))
    figure = convolution.window_by_hand(patch, kernel, np.ones((2, 3)), at=(1, 2))
    picture, weights, _ = figure.axes
    frames = [axes.patches[-1] for axes in figure.axes]
    assert [frame.get_xy() for frame in frames] == [(1.5, 0.5), (-0.5, -0.5), (1.5, 0.5)]
    assert [frame.get_width() for frame in frames] == [3, 3, 1]
    assert [text.get_text() for text in picture.texts] == [str(i) for i in range(20)]
    assert {text.get_text() for text in weights.texts} == {"−1"}


def test_pictures_are_grey_and_maps_on_one_scale_around_zero():
    maps = np.linspace(-2, 1, 100).reshape(10, 10)
    panels = {"picture": np.zeros((5, 5), "uint8"), "small": maps, "large": 100 * maps}
    axes = convolution.pictures_and_maps(panels).axes
    picture, small, large = (axis.images[0] for axis in axes[:3])
    assert (picture.cmap.name, picture.get_clim()) == ("gray", (0, 255))
    assert small.get_clim() == large.get_clim()
    low, high = large.get_clim()
    assert -low == high == pytest.approx(200, rel=0.02)


def test_a_weight_of_zero_is_grey_and_each_map_has_its_own_scale():
    kernels = np.zeros((2, 3, 3, 3))
    kernels[0, 0, 0], kernels[1, 0, 0] = (4, -4, 0), (0, 0, 8)
    maps = np.stack([np.ones((4, 4)), 50 * np.ones((4, 4))])
    axes = convolution.kernels_and_maps(kernels, maps, ["a", "b"]).axes
    drawn = axes[0].images[0].get_array()
    assert drawn[0, 0].tolist() == [1, 0, 0.5]
    assert (drawn[1:] == 0.5).all()
    assert [axis.images[0].get_clim() for axis in axes[2:4]] == [(-1, 1), (-50, 50)]


def test_one_answer_reads_more_of_each_layer_below():
    axes = convolution.receptive_field(layers=3, size=3).axes[0]
    filled = [cell for cell in axes.patches if cell.get_facecolor()[:3] != (1, 1, 1)]
    rows = [round(cell.get_y() + 0.25) for cell in filled]
    assert [rows.count(row) for row in range(4)] == [7, 5, 3, 1]
    texts = [text.get_text() for text in axes.texts[1::2]]
    assert texts == ["7 pixels", "5 answers", "3 answers", "1 answer"]
