"""Figures of data, evaluation and explanation: they show the numbers they are given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers import datasets, evaluation, plots
from helpers.plots.chapters import grad_cam
from helpers.plots.style import WIDTH


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    """Ten pictures, eight right: bikes 5 of 6, ships 3 of 4."""
    folder = tmp_path_factory.mktemp("pictures")
    truth, said = np.repeat([0, 1], [6, 4]), np.array([0] * 5 + [1] * 4 + [0])
    share = np.full((10, 2), 0.2)
    share[np.arange(10), said] = 0.8
    paths = [str(folder / f"{i}.png") for i in range(10)]
    for i, path in enumerate(paths):
        Image.new("RGB", (40, 30), (20 * i, 0, 0)).save(path)
    return evaluation.tabulate(np.array(paths), truth, share, ("mountain bike", "container ship"))


def words(figure):
    """All text of a figure, drawn, so that tick labels are there."""
    figure.canvas.draw()
    return "\n".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def images_of(figure):
    return [image for axis in figure.axes for image in axis.get_images()]


@pytest.fixture(scope="module")
def history():
    columns = {"loss": [0.7, 0.3], "accuracy": [0.5, 0.9]}
    columns |= {"val_loss": [0.6, 0.4], "val_accuracy": [0.6, 0.8]}
    return pd.DataFrame({"epoch": [1, 2], **columns})


def test_the_confusion_matrix_shows_counts_rates_and_intervals(predictions):
    text = words(plots.confusion(predictions, "ten pictures"))
    low, high = evaluation.wilson_interval(3, 4)
    assert f"3\n75.0 %\n({100 * low:.1f} to {100 * high:.1f})" in text
    assert "5\n83.3 %" in text
    assert "mountain\nbike" in text
    assert "ten pictures" in text


def test_dark_cells_have_light_text(predictions):
    figure = plots.confusion(predictions)
    colours = {t.get_text().split("\n")[0]: t.get_color() for t in figure.axes[0].texts}
    assert colours["5"] == "white"
    assert colours["1"] == "black"


def test_learning_curves_draw_the_history(history):
    figure = plots.learning_curves({"run": history}, chance=0.5)
    drawn = [list(line.get_ydata()) for line in figure.axes[0].lines]
    assert drawn[:2] == [[0.7, 0.3], [0.6, 0.4]]
    assert drawn[2][0] == pytest.approx(np.log(2))
    assert [line.get_linestyle() for line in figure.axes[0].lines[:2]] == ["--", "-"]
    assert {"training", "validation", "guessing", "cross-entropy"} <= set(words(figure).split("\n"))


def test_the_loss_of_guessing_is_in_the_picture_when_all_losses_are_below_it(history):
    loss = plots.learning_curves({"run": history}, chance=0.1).axes[0]
    assert loss.get_ylim()[1] > np.log(10)
    assert loss.get_ylim()[0] == 0


def test_several_runs_are_told_apart_by_marker_and_name(history):
    figure = plots.learning_curves({"one": history, "two": history})
    markers = {line.get_marker() for line in figure.axes[0].lines}
    assert len(markers) == 2
    assert {"one", "two"} <= set(words(figure).split("\n"))


def test_the_gallery_shows_each_picture_with_its_probability(predictions):
    figure = plots.gallery(evaluation.surest_wrong(predictions), columns=2)
    assert len(images_of(figure)) == 2
    text = words(figure)
    assert "✗ container ship\n80.0 %, true:\nmountain bike" in text
    assert "✗ mountain bike\n80.0 %, true:\ncontainer ship" in text
    first = images_of(figure)[0].get_array()
    path = evaluation.surest_wrong(predictions)["path"].iloc[0]
    np.testing.assert_array_equal(first, datasets.decode(path))


def test_a_gallery_of_nothing_is_an_empty_figure(predictions):
    assert images_of(plots.gallery(predictions.iloc[:0])) == []


def test_intervals_are_drawn_at_their_numbers():
    figure = plots.intervals({"a": (0.5, 0.4, 0.7), "b": (0.9, 0.8, 0.95)}, "share")
    axis = figure.axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0.4, 0.7]
    assert axis.lines[3].get_xdata()[0] == 0.9
    assert "50.0 %" in words(figure)


def test_thresholds_and_reliability_draw_their_tables(predictions):
    table = evaluation.threshold_table(predictions, 1, [0.1, 0.5, 0.9])
    figure = plots.thresholds(table, "ship")
    for drawn, name in zip(figure.axes[0].containers, ("precision", "recall"), strict=True):
        np.testing.assert_allclose(drawn.lines[0].get_ydata().astype(float), table[name])
        bars = [bar[:, 1] for bar in drawn.lines[2][0].get_segments() if bar.ndim == 2]
        np.testing.assert_allclose(bars, table[[f"{name}_low", f"{name}_high"]].dropna())
    bins = evaluation.calibration(predictions, [0.5, 0.7, 0.9, 1])
    counts = [text.get_text() for text in plots.reliability(bins).axes[0].texts]
    assert counts == [str(n) for n in bins["images"]]


def test_the_contact_sheet_shows_each_class_under_its_name(predictions):
    table = predictions[["path", "label"]].assign(split="val")
    classes = ("a", "b")
    data = datasets.ImageFolder("here", classes, ("mountain bike", "container ship"), table)
    figure = plots.contact_sheet(data, rows=1, columns=3)
    assert len(images_of(figure)) == 6
    text = words(figure)
    assert "mountain bike" in text
    assert "container ship" in text


def test_the_cam_grid_has_a_picture_and_a_map_for_each_method():
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype("uint8")
    heat = np.random.default_rng(1).random((2, 8, 8))
    mask = np.zeros((2, 8, 8), bool)
    mask[:, 2:5, 2:5] = True
    figure = plots.cam_grid(images, {"Grad-CAM": heat, "zeros": 0 * heat}, ["one", "two"], mask)
    assert len(images_of(figure)) == 2 * (1 + 2 * 2)
    text = words(figure)
    for word in ("Grad-CAM", "zeros", "one", "two", "importance"):
        assert word in text
    drawn = figure.axes[1].get_images()[1]
    np.testing.assert_allclose(drawn.get_array(), heat[0])
    assert drawn.get_cmap().name == "viridis"
    assert drawn.get_clim() == (0, 1)


def test_one_picture_for_the_command_line():
    image, heat = np.zeros((8, 8, 3), "uint8"), np.eye(8)
    figure = plots.overlays(image, {"LayerCAM": heat}, "bike 99.0 %")
    assert "bike 99.0 %" in words(figure)
    assert len(images_of(figure)) == 3


def test_scores_curves_and_small_maps_show_their_numbers():
    scores = pd.DataFrame({"mean": [0.5], "low": [0.4], "high": [0.6]}, index=["Grad-CAM"])
    figure = grad_cam.score_table(scores, 0.2, "energy")
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.4, 0.6]
    assert "uniform map" in words(figure)
    figure = grad_cam.score_table(scores, 0.2, "energy", draws=[0.1, 0.3])
    assert [0.1, 0.3] in [list(line.get_xdata()) for line in figure.axes[0].lines]
    assert "random weights" in words(figure)
    figure = grad_cam.draws(pd.DataFrame({"last layer": [0.5, -0.5]}), "correlation")
    points = np.concatenate([points.get_offsets() for points in figure.axes[0].collections[:1]])
    assert sorted(points[:, 1]) == [-0.5, 0.5]
    assert "last layer" in words(figure)
    picture = np.zeros((4, 4, 3), "uint8")
    panels = [("as drawn", picture, None), ("Grad-CAM", picture, np.eye(4))]
    figure = grad_cam.in_one_row(panels)
    assert [len(axis.get_images()) for axis in figure.axes] == [1, 2]
    assert "Grad-CAM" in words(figure)
    axis = grad_cam.by_layer(["a", "b"], {"LayerCAM": [0.5, 0.7]}, {"edges": 0.4}).axes[0]
    assert [list(line.get_ydata()) for line in axis.lines] == [[0.5, 0.7], [0.4, 0.4]]
    falls = {"Grad-CAM": np.array([[1.0, 0.5, 0.0], [1.0, 0.7, 0.2]])}
    line = grad_cam.curves(falls, "Deleted").axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), [1.0, 0.6, 0.1])
    assert "-2" in words(grad_cam.small_maps({"red": np.array([[1, -2], [3, 4]])}))


def test_no_figure_is_wider_than_a_page_and_no_text_too_small(predictions, history):
    figures = [
        plots.confusions({"a": predictions, "b": predictions}),
        plots.learning_curves({"run": history}, chance=0.5),
        plots.gallery(predictions),
        plots.intervals({"a": (0.5, 0.4, 0.7)}, "share"),
    ]
    for figure in figures:
        assert figure.get_figwidth() <= WIDTH
        sizes = [t.get_fontsize() for t in figure.findobj(matplotlib.text.Text) if t.get_text()]
        assert min(sizes) >= 9


@pytest.mark.parametrize(("low", "high"), [(0.85, 0.995), (0.8, 1), (0.93, 0.98), (0.4, 1)])
def test_labels_of_shares_stand_where_they_say(low: float, high: float) -> None:
    figure = plots.intervals({"one": ((low + high) / 2, low, high)}, "right")
    figure.canvas.draw()
    axis = figure.axes[0]
    said = [float(label.get_text().rstrip("%")) for label in axis.get_xticklabels()]
    assert np.allclose(said, 100 * axis.get_xticks())
    plt.close(figure)
