"""LRN to the update rule: figures show their numbers; exercises tell right from wrong."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from helpers.lrn import band
from helpers.plots.chapters import (
    data_augmentation,
    dropout,
    local_response_normalisation,
    update_rule,
)

matplotlib.use("Agg")
CHAPTERS = (
    "local_response_normalisation",
    "dropout",
    "data_augmentation",
    "update_rule",
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_windows_are_cut_off_at_the_ends_and_divided_by_their_sum():
    shown = texts(local_response_normalisation.lrn_windows(range(1, 9), 2, [0, 3, 7]).axes[0])
    assert [t for t in shown if "/" in t] == [
        "1 / 14 = 0.0714",
        "4 / 90 = 0.0444",
        "8 / 149 = 0.0537",
    ]
    assert sum("²" in t for t in shown) == 3 + 5 + 3


def test_band_shows_the_matrix_row_by_row():
    matrix = band(8, 5)
    assert texts(local_response_normalisation.band(matrix).axes[0]) == [
        f"{x:.0f}" for x in matrix.ravel()
    ]


def test_deviation_has_one_line_a_system():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    lines = local_response_normalisation.lrn_deviation(np.array([1, 10]), table).axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [[1, 2], [3, 4]]
    assert len({line.get_marker() for line in lines}) == 2  # colour is not the only sign


def test_bars_of_the_towers_are_the_deviations():
    bars = (
        local_response_normalisation.tower_deviation(np.arange(46, 50), np.array([1.0, 2, 3, 4]))
        .axes[0]
        .patches
    )
    assert [bar.get_height() for bar in bars] == [1, 2, 3, 4]


def test_scopes_mark_what_was_used():
    used = np.zeros((2, 3), bool)
    used[0] = True
    assert (
        texts(local_response_normalisation.norm_scopes({"x": used, "y": used}, (0, 1)).axes[0])
        == list("×b×") + [""] * 3
    )


def test_response_draws_both_panels():
    x = np.arange(3.0)
    left, right = local_response_normalisation.lrn_response(
        x, {"a": x, "b": 2 * x}, x, {"c": 3 * x}
    ).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[0, 1, 2], [0, 2, 4]]
    assert list(right.lines[0].get_ydata()) == [0, 3, 6]


def test_masks_are_counted():
    bars = dropout.mask_outputs(np.array([1.0, 1.0, 4.0]), 2.0).axes[0].patches
    assert [bar.get_height() for bar in bars] == [2, 1]


def test_monte_carlo_shows_error_and_reference():
    line, reference = (
        dropout.monte_carlo(np.array([1, 4]), np.array([0.2, 0.1]), 0.05).axes[0].lines
    )
    assert list(line.get_ydata()) == [0.2, 0.1]
    assert set(reference.get_ydata()) == {0.05}


def test_thick_line_is_the_mean_of_the_seeds():
    tables = [pd.DataFrame({"epoch": [1, 2], "error": [a, b]}) for a, b in ((1, 2), (3, 6))]
    lines = dropout.seed_curves({"plain": tables}, "error", "error (%)").axes[0].lines
    assert list(lines[-1].get_ydata()) == [2, 4]
    assert len(lines) == 3


def test_frames_lie_where_the_windows_are():
    picture = np.zeros((256, 256, 3), "uint8")
    frame = data_augmentation.crop_windows(picture, {"last": (32, 30)}, 224).axes[0].patches[0]
    assert (frame.get_x(), frame.get_y(), frame.get_width()) == (29.5, 31.5, 224)


def test_grid_cuts_values_outside_the_range():
    pictures = np.array([np.full((2, 2, 3), v) for v in (-20.0, 100.0, 300.0, 7.0)])
    axes = data_augmentation.picture_grid(pictures, "abcd", 2).axes
    assert [int(a.images[0].get_array()[0, 0, 0]) for a in axes] == [0, 100, 255, 7]
    assert [a.get_title() for a in axes] == list("abcd")


def test_arrows_are_one_sigma_long():
    axes = data_augmentation.colour_cloud(
        np.zeros((1, 3)), np.zeros(3), np.array([1, 2, 50]), np.eye(3)
    ).axes[0]
    arrows = [text for text in axes.texts if text.get_text() == ""]
    # Axes are red (first vector) and blue (third); the green one points out of the picture.
    assert [tuple(arrow.xy) for arrow in arrows] == [(0, 50), (0, 0), (1, 0)]
    assert "first" in texts(axes)


def test_a_step_is_drawn_as_its_two_parts():
    path, kept = np.array([[2.0, 1.0], [1.0, 0.5]]), np.array([[-0.25, 0.0]])
    axes = update_rule.step_parts(path, kept).axes[0]
    arrows = [(text.xyann, text.xy) for text in axes.texts if text.get_text() == ""]
    tips = [(tuple(tail), tuple(tip)) for tail, tip in arrows]
    assert tips == [((2.0, 1.0), (1.75, 1.0)), ((1.75, 1.0), (1.0, 0.5))]
    assert np.array_equal(axes.lines[0].get_xydata(), path)
    assert texts(axes)[2:] == ["start", "after 1"]
    axes.figure.canvas.draw()


def test_the_star_marks_the_best_rate_of_each_rule():
    rates, losses = [0.01, 0.1, 1.0], {"a": np.array([3.0, 1.0, 2.0]), "b": np.array([1.0, 2, 3])}
    lines = update_rule.rates_tried(rates, losses, "two rules").axes[0].lines
    assert [line.get_xydata().tolist() for line in lines[1::2]] == [[[0.1, 1.0]], [[0.01, 1.0]]]


def test_decay_has_one_line_a_rule():
    steps = np.array([0, 10])
    axes = update_rule.decay_curves(steps, {"a": [1, 0.9], "b": [1, 0.99]}).axes[0]
    assert [text.get_text() for text in axes.get_legend().texts] == ["a", "b"]
