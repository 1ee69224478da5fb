"""How a network learns: the figures show the numbers that they are given, true to scale."""

import matplotlib
import numpy as np
import pytest

from helpers.plots.chapters import how_a_network_learns as figures

matplotlib.use("Agg")
TWO = np.array([1.0, 2.0])
SQUARE = np.array([[3.0, 4.0], [5.0, 6.0]])


@pytest.fixture(autouse=True)
def _closed():
    yield
    matplotlib.pyplot.close("all")


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_diagram_has_each_weight_on_its_line():
    shown = texts(figures.diagram([TWO, TWO, TWO], [SQUARE, TWO, -SQUARE, TWO], ["a", "b"]))
    assert [text for text in shown if "−" in text] == ["−3", "−4", "−5", "−6"]
    assert {"3", "4", "5", "6", "a", "b"} <= set(shown)


def test_the_diagram_has_each_slope_once():
    slopes = [TWO, -TWO, SQUARE / 10, -SQUARE / 10]
    figure = figures.diagram([TWO, TWO, TWO], [SQUARE, TWO, SQUARE, TWO], ["a", "b"], slopes)
    signed = sorted(text for text in texts(figure) if text[0] in "+−")
    sizes = ["0.300", "0.400", "0.500", "0.600", "1.000", "2.000"]
    assert signed == [sign + size for sign in "+−" for size in sizes]


def test_an_edge_goes_from_where_its_weight_says():
    """Row i, column j is the line from unit i to unit j, as in `x @ W`."""
    figure = figures.diagram([TWO, TWO, TWO], [SQUARE, TWO, SQUARE * 10, TWO], ["a", "b"])
    place = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert place["4"][1] < 1  # from the upper pixel downwards
    assert place["5"][1] > 0  # from the lower one upwards
    assert place["4"][1] > place["5"][1]
    assert place["40"][0] - place["4"][0] == pytest.approx(2)


def test_the_penalty_is_minus_the_logarithm():
    assert texts(figures.penalty([0.1, 0.9])) == ["p = 0.1, loss 2.303", "p = 0.9, loss 0.105"]


@pytest.mark.parametrize(("slope", "better"), [(2.0, "smaller"), (-2.0, "larger")])
def test_the_tangent_says_which_way_is_down(slope, better):
    w = np.linspace(-1, 3, 5)
    figure = figures.tangent(w, slope * w, 1.0, slope, "w")
    assert better in figure.axes[0].get_title()
    _, tangent, point = figure.axes[0].lines
    assert np.ptp(tangent.get_ydata()) / np.ptp(tangent.get_xdata()) == pytest.approx(2)
    assert [*point.get_xdata(), *point.get_ydata()] == [1, slope]


def test_the_plane_is_shaded_where_the_network_says_so():
    calls = []

    def upper(pairs):
        calls.append(pairs)
        return pairs[:, 1] > 0

    figure = figures.planes(np.ones((2, 2)), np.array([0, 1]), {"a": upper, "b": upper})
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    assert all(pairs.shape[1] == 2 for pairs in calls)
    assert calls[0][0] == pytest.approx([-2.6, -2.6])


def test_the_valley_is_true_to_scale_and_holds_each_walk():
    walk = np.array([[10.0, 1.0], [5.0, -0.5]])
    figure = figures.valley({"first": walk, "second": walk / 2}, 20)
    assert [axes.get_aspect() for axes in figure.axes] == [1.0, 1.0]
    assert np.stack(figure.axes[1].lines[0].get_data(), axis=1) == pytest.approx(walk / 2)


def test_curves_are_those_given():
    figure = figures.rates({0.1: [1.0, 0.5], 3: [1.0, 2.0]}, 0.7, "title")
    assert [list(line.get_ydata()) for line in figure.axes[0].lines[:2]] == [[1, 0.5], [1, 2]]
    training, validation = np.array([[3.0, 2.0, 1.0]]), np.array([[3.0, 1.5, 2.5]])
    taught, held, best = figures.parting(training, validation, "title").axes[0].lines
    assert (list(taught.get_ydata()), list(held.get_ydata())) == ([2, 1], [1.5, 2.5])
    assert taught.get_linestyle() != held.get_linestyle()  # colour is not the only sign
    assert [*best.get_xdata(), *best.get_ydata()] == [1, 1.5]


def test_pairs_are_shown_as_pictures_of_their_class():
    x, y = np.array([[1.0, 1.0], [2.0, -2.0]]), np.array([0, 1])
    *pictures, plane = figures.pixel_pairs(x, y).axes
    shown = {axes.get_title(): axes.images[0].get_array() for axes in pictures if axes.images}
    assert shown["edge"].tolist() == x[1:].tolist()
    assert [len(points.get_offsets()) for points in plane.collections] == [1, 1]
