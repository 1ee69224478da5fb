"""The predictions table keeps its rows together; what follows from it equals the libraries."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image
from sklearn import metrics

from helpers import datasets, evaluation
from helpers.errors import UserError

# ---------------------------------------------------------------------------------------------
# A folder in which the grey level of a picture says everything
# ---------------------------------------------------------------------------------------------

CLASSES = ("dark", "light")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 + 20 pictures; each has a grey level of its own, below 128 in class 0."""
    root = tmp_path_factory.mktemp("grey")
    for split, count in (("train", 20), ("val", 10)):
        for label, name in enumerate(CLASSES):
            for number in range(count):
                grey = 10 + 5 * number + 128 * label
                path = root / split / name / f"{name} {number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (260, 258), (grey, grey, grey)).save(path)
    return root


@pytest.fixture(scope="module")
def val(folder):
    return datasets.load(str(folder)).subset("val")


def grey_model(slope=0.05, classes=2, threshold=128.0, softmax=False):
    """Logit of class 1 grows with the mean grey level of the 31×31 crop."""
    inputs = keras.Input((31, 31, 3))
    x = keras.layers.Flatten()(keras.layers.GlobalAveragePooling2D()(inputs))
    activation = "softmax" if softmax else None
    outputs = keras.layers.Dense(classes, activation=activation)(x)
    model = keras.Model(inputs, outputs)
    kernel, bias = np.zeros((3, classes), "float32"), np.zeros(classes, "float32")
    kernel[:, 1], bias[1] = slope / 3, -slope * threshold
    model.layers[-1].set_weights([kernel, bias])
    return model


def grey_of(path):
    return float(np.asarray(Image.open(path))[0, 0, 0])


# ---------------------------------------------------------------------------------------------
# One pass
# ---------------------------------------------------------------------------------------------


def test_the_table_has_one_row_per_picture_in_the_order_of_the_data(val):
    table = evaluation.predict(grey_model(), val)
    each = tuple(f"probability_{label}" for label in range(len(CLASSES)))
    assert tuple(table.columns) == (*evaluation.COLUMNS, *each)
    assert table["path"].tolist() == val.table["path"].tolist()
    assert table["label"].tolist() == val.table["label"].tolist()
    assert table["correct"].all()
    assert set(table["label_name"]) == set(val.titles)


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_predictions_stay_with_their_paths_when_the_data_are_shuffled(val, batch_size):
    order = np.random.default_rng(5).permutation(len(val))
    shuffled = replace(val, table=val.table.iloc[order].reset_index(drop=True))
    model = grey_model(threshold=150.0)  # wrong for some of the light ones
    table = evaluation.predict(model, shuffled, batch_size)
    assert table["path"].tolist() == shuffled.table["path"].tolist()
    for row in table.itertuples():
        probability = 1 / (1 + np.exp(-0.05 * (grey_of(row.path) - 150)))
        assert row.prediction == (probability > 0.5)
        assert row.probability == pytest.approx(max(probability, 1 - probability), abs=1e-4)
        true = probability if row.label == 1 else 1 - probability
        assert row.probability_true == pytest.approx(true, abs=1e-4)
        assert row.correct == (row.prediction == row.label)
    assert 0 < table["correct"].sum() < len(table)


def test_a_shuffling_generator_is_noticed(val, monkeypatch):
    class Shuffling(datasets.Batches):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **{**options, "seed": 1, "shuffle": True})

    monkeypatch.setattr(datasets, "Batches", Shuffling)
    with pytest.raises(AssertionError, match="order"):
        evaluation.predict(grey_model(), val)


def test_a_network_with_softmax_gives_the_same_table(val):
    logits = evaluation.predict(grey_model(), val)
    softmax = evaluation.predict(grey_model(softmax=True), val)
    pd.testing.assert_frame_equal(logits, softmax, rtol=1e-5)


def test_the_crop_is_the_centre():
    images = np.arange(2 * 6 * 6 * 1).reshape(2, 6, 6, 1)
    np.testing.assert_array_equal(evaluation.central(images, 2), images[:, 2:4, 2:4])


def test_a_network_for_other_classes_is_refused(val):
    with pytest.raises(UserError, match=r"tells 3 classes apart and .* has 2"):
        evaluation.predict(grey_model(classes=3), val)


def test_no_picture_is_refused(val):
    empty = replace(val, table=val.table.iloc[:0])
    with pytest.raises(UserError, match="no picture"):
        evaluation.predict(grey_model(), empty)


def test_rank_counts_the_classes_in_front():
    shares = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    table = evaluation.tabulate(np.array(["a", "b"]), np.array([2, 2]), shares, "xyz")
    assert table["rank"].tolist() == [3, 1]
    assert evaluation.top_k(table, 1).correct == 1
    assert evaluation.top_k(table, 3).correct == 2


def test_the_report_of_a_class_that_is_never_called():
    table = pd.DataFrame(
        {
            "label": [0, 0, 1],
            "prediction": [0, 0, 0],
            "label_name": ["bike", "bike", "ship"],
            "prediction_name": ["bike", "bike", "bike"],
            "correct": [True, True, False],
        }
    )
    text = evaluation.report(table)
    assert "ship: precision undefined, recall 0.000 (0.000 to" in text
    assert "nan" not in text


def two_classes():
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 2, 80)
    share = np.clip(rng.normal(0.25 + 0.5 * labels, 0.25), 0.01, 0.99)
    paths = np.array([f"{i}.jpg" for i in range(80)])
    return evaluation.tabulate(paths, labels, np.stack([1 - share, share], axis=1), CLASSES), share


def test_thresholds_equal_scikit_learn():
    table, share = two_classes()
    np.testing.assert_allclose(evaluation.positive_probability(table, 1), share)
    np.testing.assert_allclose(evaluation.positive_probability(table, 0), 1 - share)
    precision, recall, thresholds = metrics.precision_recall_curve(table["label"], share)
    got = evaluation.threshold_table(table, 1, thresholds - 1e-12)  # 1 - (1 - p) rounds
    np.testing.assert_allclose(got["precision"], precision[:-1])
    np.testing.assert_allclose(got["recall"], recall[:-1])
    nothing = evaluation.threshold_table(table, 1, [1.5]).iloc[0]
    assert nothing[["precision", "precision_low", "precision_high"]].isna().all()


def test_each_share_of_a_threshold_has_its_interval():
    table, share = two_classes()
    true = table["label"].to_numpy() == 1
    for row in evaluation.threshold_table(table, 1, [0.0, 0.2, 0.5, 0.8]).itertuples():
        hits = int((true & (share >= row.threshold)).sum())
        ends = evaluation.wilson_interval(hits, row.called)
        assert (row.precision_low, row.precision_high) == ends
        assert (row.recall_low, row.recall_high) == evaluation.wilson_interval(hits, true.sum())


def test_a_threshold_needs_two_classes(three):
    with pytest.raises(UserError, match="two classes"):
        evaluation.positive_probability(three[list(evaluation.COLUMNS)], 1)


def test_calibration_counts_every_picture_once():
    table, _ = two_classes()
    bins = evaluation.calibration(table, [0.5, 0.7, 0.9, 1.0])
    assert bins["images"].sum() == 80
    first = table[table["probability"] < 0.7]
    assert bins["said"][0] == pytest.approx(first["probability"].mean())
    assert bins["right"][0] == pytest.approx(first["correct"].mean())


# ---------------------------------------------------------------------------------------------
# Linear baselines
# ---------------------------------------------------------------------------------------------


def test_thumbnails_are_block_means():
    images = np.zeros((1, 4, 4, 3), "uint8")
    images[0, :2, 2:] = 255
    images[0, 3, 0] = 255
    got = evaluation.thumbnails(images, 2).reshape(2, 2, 3)
    np.testing.assert_allclose(got[..., 0], [[0, 1], [0.25, 0]])
    with pytest.raises(UserError, match="divide 4"):
        evaluation.thumbnails(images, 3)


def test_colour_tells_dark_from_light(folder):
    baseline = evaluation.thumbnail_baseline(datasets.load(str(folder)), 1)
    assert baseline.name == "mean colour"
    assert len(baseline.folds) == 5
    assert np.mean(baseline.folds) > 0.9
    assert baseline.held_out.total == 20
    assert baseline.held_out.share > 0.9


def test_a_linear_model_learns_nothing_from_labels_without_meaning(folder):
    data = datasets.load(str(folder))
    labels = np.arange(len(data.table)) // 2 % 2  # pairs of neighbours in grey
    data = replace(data, table=data.table.assign(label=labels))
    assert np.mean(evaluation.thumbnail_baseline(data).folds) < 0.75


def test_few_pictures_make_fewer_folds_and_one_is_too_few(tmp_path):
    data = datasets.load(tiny.make_folder(tmp_path / "six", train=6, val=4))
    assert len(evaluation.thumbnail_baseline(data).folds) == 3
    data = datasets.load(tiny.make_folder(tmp_path / "two", train=2, val=4))
    with pytest.raises(UserError, match="at least 2 training pictures of each class, got 1"):
        evaluation.thumbnail_baseline(data)


# ---------------------------------------------------------------------------------------------
# In words
# ---------------------------------------------------------------------------------------------


def test_the_report_names_classes_counts_and_intervals(three):
    text = evaluation.report(three)
    assert str(evaluation.accuracy(three)) in text
    for word in ("cat", "dog", "ape", "precision", "recall"):
        assert word in text
    assert f"{int((three['label'] == 0).sum())} pictures" in text
