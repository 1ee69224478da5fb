"""ReLU's experiment: pictures from everywhere, interpolation, resuming, the recorded run."""

import io
import json
import pickle
import zipfile

import keras
import matplotlib
import numpy as np
import pandas as pd
import pytest
from bookfiles import chapters, read
from checks import notebook_problems
from PIL import Image

from helpers import relu_experiment as experiment
from helpers import shapes
from helpers.book.exercises import check_exercise, exercises
from helpers.errors import UserError
from helpers.files import root
from helpers.plots.chapters import relu
from helpers.relu_experiment import Pictures, Recipe, Record, Setting

matplotlib.use("Agg")
RECORD = root() / "results" / "relu_cifar10"
SMALL = Recipe(starts=("today",), seeds=2, batch_size=8, target=0.1, limit=2, parts=2)


def jpeg(colour, side=32):
    file = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(file, "JPEG")
    return file.getvalue()


FILES = {
    "train/red/0000.jpg": jpeg((200, 0, 0)),
    "train/red/0001.jpg": jpeg((180, 0, 0)),
    "train/blue/0000.jpg": jpeg((0, 0, 200)),
    "test/blue/0000.jpg": jpeg((0, 0, 100)),
}


def folder(tmp_path, files=FILES):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def zipped(path, files=FILES, prefix=""):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(prefix + name, content)
    return path


@pytest.fixture
def easy():
    """Dark and bright noise, told apart at a glance."""
    random = np.random.default_rng(0)
    labels = np.arange(40, dtype="int32") % 2
    images = random.integers(0, 60, (40, 32, 32, 3)) + 150 * labels[:, None, None, None]
    return Pictures(images.astype("uint8"), labels, ("dark", "bright"), "made")


# Pictures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "cifar10/"])
def test_a_folder_and_a_zip_give_the_same_training_pictures(tmp_path, prefix):
    from_folder = experiment.pictures(folder(tmp_path / "set"))
    from_zip = experiment.pictures(zipped(tmp_path / "set.zip", prefix=prefix))
    assert from_folder.classes == from_zip.classes == ("blue", "red")
    assert from_zip.labels.tolist() == [0, 1, 1]
    assert from_zip.images.shape == (3, 32, 32, 3)
    assert from_zip.images.dtype == np.uint8
    assert np.array_equal(from_folder.images, from_zip.images)
    assert np.abs(from_zip.images[0].mean((0, 1)) - [0, 0, 200]).max() < 3
    assert from_zip.source == "set.zip"


def test_a_variable_names_the_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_CIFAR10", str(zipped(tmp_path / "set.zip")))
    assert experiment.pictures().source == "set.zip"


def fake_cache(home):
    """Write CIFAR-10 as Keras unpacks it, with one picture value per batch."""
    inner = home / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    inner.mkdir(parents=True)
    for number, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        data = np.full((10_000, 3072), number, "uint8")
        batch = {b"data": data, b"labels": [number] * 10_000}
        (inner / name).write_bytes(pickle.dumps(batch))


def test_keras_pictures_are_used_where_they_are_there_already(tmp_path, monkeypatch):
    monkeypatch.delenv("ALEXNET_CIFAR10", raising=False)
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(experiment, "_drawn", lambda: "drawn")
    assert experiment.pictures() == "drawn"  # nothing there: nothing is fetched
    fake_cache(tmp_path)
    home = str(tmp_path / "datasets" / "cifar-10-batches-py-target")
    module = "keras.src.datasets.cifar10.get_file"
    monkeypatch.setattr(module, lambda **options: home)
    data = experiment.pictures()
    assert len(data) == 50_000
    assert len(data.classes) == 10
    assert (data.images[:, 0, 0, 0] == data.labels).all()


def test_without_a_network_keras_pictures_are_refused_in_one_sentence(monkeypatch):
    def broken():
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.datasets.cifar10, "load_data", broken)
    with pytest.raises(UserError, match="ALEXNET_CIFAR10"):
        experiment.pictures("keras")


def test_the_full_profile_asks_keras(monkeypatch):
    monkeypatch.delenv("ALEXNET_CIFAR10", raising=False)
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    monkeypatch.setattr(experiment, "_from_keras", lambda: "keras")
    assert experiment.pictures() == "keras"


def test_a_sample_keeps_picture_and_label_together(easy):
    few = easy.sample(10, seed=3)
    assert len(few) == 10
    assert ((few.images.mean((1, 2, 3)) > 100) == few.labels).all()
    assert len(easy.sample(100)) == 40


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train/a/0.jpg": b"no picture", "train/b/0.jpg": jpeg(0)}, "train/a/0.jpg cannot"),
        ({"train/a/0.jpg": jpeg(0, side=16), "train/b/0.jpg": jpeg(0)}, "16 × 16"),
        ({"train/a/0.jpg": jpeg(0)}, "two classes"),
        ({"test/a/0.jpg": jpeg(0), "test/b/0.jpg": jpeg(0)}, "train/CLASS"),
    ],
)
def test_bad_pictures(tmp_path, files, message):
    with pytest.raises(UserError, match=message):
        experiment.pictures(zipped(tmp_path / "set.zip", files))


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(UserError, match="There is no"):
        experiment.pictures(tmp_path / "nowhere")
    (tmp_path / "cut.zip").write_bytes(zipped(tmp_path / "set.zip").read_bytes()[:200])
    with pytest.raises(UserError, match="no whole zip file"):
        experiment.pictures(tmp_path / "cut.zip")


def test_scaling_takes_the_mean_picture_away_and_divides(easy):
    plain = experiment.Scaled(easy.images, unit_scale=False)(easy.images)
    assert np.abs(plain.mean(axis=0)).max() < 1e-3
    unit = experiment.Scaled(easy.images, unit_scale=True)(easy.images)
    assert unit.dtype == np.float32
    assert unit.std() == pytest.approx(1, abs=1e-3)
    assert np.allclose(unit * plain.std(), plain, atol=0.05)


# Network, training, counting --------------------------------------------------------------------


@pytest.mark.parametrize("activation", experiment.ACTIVATIONS)
def test_the_four_layers(activation):
    spec = experiment.network(activation, "2012")
    weighted = [layer for layer in spec.layers if hasattr(layer, "weight_std")]
    assert [layer.weight_std for layer in weighted] == [0.0001, 0.01, 0.01, 0.01]
    assert [layer.activation for layer in weighted] == [activation] * 3 + [None]
    assert [step.output_shape[0] for step in shapes.trace(spec)[1:6:2]] == [16, 8, 4]
    model = experiment.compiled(Setting("2012", activation, 0.01), SMALL, 10)
    assert model.get_layer("conv2").activation is getattr(keras.activations, activation)
    assert np.std(model.get_layer("conv2").kernel) == pytest.approx(0.01, rel=0.05)


def test_unknown_names():
    with pytest.raises(UserError, match="activation must be one of relu, tanh"):
        experiment.network("swish")
    with pytest.raises(UserError, match="start must be one of today, 2012"):
        experiment.network("relu", "1998")


class Fake:
    """Answers like a model: each batch's accuracy is the mean of its labels."""

    def reset_metrics(self):
        pass

    def train_on_batch(self, x, y, return_dict):
        return {"accuracy": y.mean(), "loss": float("nan") if y.min() < 0 else 0.0}


def test_the_error_of_a_part_is_the_mean_over_its_batches(easy):
    errors = experiment._one_epoch(
        Fake(), easy, lambda x: x, Setting("today", "relu", 0.1), SMALL, 0
    )
    assert len(errors) == 2
    order = np.random.default_rng([0, 0]).permutation(40)
    right = easy.labels[order].reshape(5, 8).mean(axis=1)  # five batches: three and two
    assert errors == pytest.approx([1 - right[:3].mean(), 1 - right[3:].mean()], abs=1e-5)


def test_a_network_that_has_blown_up_gets_everything_wrong():
    assert experiment._step(Fake(), None, np.array([-1])) == 1.0


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([0.40, 0.30, 0.20], 2.5),
        ([0.40, 0.25, 0.30], 2.0),
        ([0.40, 0.20, 0.30, 0.10], 1.75),  # the first crossing counts
        ([0.10, 0.05], 1.0),
        ([0.40, 0.30], None),
    ],
)
def test_epochs_to(errors, expected):
    epochs = np.arange(1.0, len(errors) + 1)
    found = experiment.epochs_to(pd.DataFrame({"epoch": epochs, "training_error": errors}))
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"seeds": 0}, "seeds must be at least 1"), ({"batch_size": 30}, "40 pictures; 2 parts")],
)
def test_recipes_that_cannot_be_followed(tmp_path, easy, changes, message):
    recipe = Recipe(**{**vars(SMALL), **changes})
    with pytest.raises(UserError, match=message):
        Record(tmp_path, easy, recipe)


# The record -------------------------------------------------------------------------------------


def same(history):
    """Return what must not depend on when a record was made."""
    return history.drop(columns="seconds").reset_index(drop=True)


class Cut(Exception):
    pass


def test_a_record_that_was_cut_off_goes_on_to_the_same_end(tmp_path, easy, monkeypatch):
    recipe = Recipe(starts=("today",), seeds=1, batch_size=8, target=0.0, limit=2, parts=2)
    whole = Record(tmp_path / "whole", easy, recipe)
    setting = Setting("today", "tanh", 0.0001)
    whole.run(setting)
    assert len(whole.history) == 4
    record = Record(tmp_path / "cut", easy, recipe)
    append = Record._append

    def append_and_die(self, rows):
        append(self, rows)
        if rows[0]["epoch"] > 1:
            raise Cut  # after the history, before the network is saved

    monkeypatch.setattr(Record, "_append", append_and_die)
    with pytest.raises(Cut):
        record.run(setting)
    monkeypatch.setattr(Record, "_append", append)
    again = Record(tmp_path / "cut", easy, recipe)
    assert len(again.history) == 4
    again.run(setting)
    errors = [h["training_error"].to_numpy() for h in (again.history, whole.history)]
    assert np.abs(errors[0] - errors[1]).max() <= 0.1  # one picture of a part, at most
    assert again.history["epoch"].tolist() == [0.5, 1.0, 1.5, 2.0]
    assert not list((tmp_path / "cut").glob("unfinished*"))


def test_a_finished_record_is_not_trained_again(tmp_path, easy, monkeypatch):
    first = Record(tmp_path, easy, SMALL).complete()
    assert set(first["activation"]) == {"relu", "tanh"}
    assert (tmp_path / "environment.json").is_file()
    monkeypatch.setattr(experiment, "_one_epoch", None)
    pd.testing.assert_frame_equal(same(Record(tmp_path, easy, SMALL).complete()), same(first))


def test_a_folder_with_something_else_is_refused(tmp_path, easy):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds no record"):
        Record(tmp_path / "other", easy, SMALL)
    Record(tmp_path / "new", easy, SMALL)
    with pytest.raises(UserError, match="differs in limit"):
        Record(tmp_path / "new", easy, Recipe(**{**vars(SMALL), "limit": 3}))
    other = Pictures(easy.images[:30], easy.labels[:30], ("a", "b"), "other")
    with pytest.raises(UserError, match="differs in classes, data, data_hash, pictures"):
        Record(tmp_path / "new", other, SMALL)


def test_a_rate_is_given_up_when_it_falls_behind(tmp_path, easy):
    record = Record(tmp_path, easy, SMALL)
    best = pd.DataFrame({"epoch": [0.5, 1.0], "training_error": [0.5, 0.30]})
    close, behind = (best.assign(training_error=[0.5, e]) for e in (0.32, 0.34))
    assert not record._done(close, best)
    assert record._done(behind, best)
    assert not record._done(behind, None)
    assert record._done(close.assign(epoch=[1.5, 2.0]), None)  # the limit


def test_the_command_refuses_bad_input(tmp_path, capsys):
    out = str(tmp_path / "out")
    assert experiment.main(["--data", str(tmp_path / "nowhere"), "--out", out]) == 2
    assert capsys.readouterr().err.startswith("error: There is no ")
    data = str(zipped(tmp_path / "set.zip"))
    assert experiment.main(["--data", data, "--seeds", "0", "--out", out]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_damaged_history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,training_error\n1,0.5\n")
    with pytest.raises(UserError, match="no column 'start'"):
        experiment.read_history(path)


# Winners, ratios, the recorded run --------------------------------------------------------------


def history(*runs):
    """Make a history of runs (activation, rate, seed, epochs to 25 %)."""
    rows = [
        ("today", activation, rate, seed, epoch, error, 1.0)
        for activation, rate, seed, reached in runs
        for epoch, error in ((reached - 1, 0.35), (reached, 0.25))
    ]
    return pd.DataFrame(rows, columns=experiment.COLUMNS)


def test_the_fastest_rate_of_seed_0_wins_and_seeds_are_compared_in_pairs():
    table = history(
        ("relu", 0.1, 0, 4.0),
        ("relu", 0.2, 0, 2.0),
        ("relu", 0.2, 1, 3.0),
        ("tanh", 0.1, 0, 8.0),
        ("tanh", 0.1, 1, 6.0),
        ("relu", 0.1, 1, 1.0),  # a rate that lost on seed 0 stays out
    )
    assert experiment.winners(table)["epochs"].tolist() == [2.0, 3.0, 8.0, 6.0]
    assert experiment.ratios(table, "today").tolist() == [4.0, 2.0]


def test_the_recorded_run_is_whole():
    recipe = json.loads((RECORD / "recipe.json").read_text(encoding="utf-8"))
    table = experiment.read_history(RECORD / "history.csv")
    assert (recipe["pictures"], len(recipe["classes"]), recipe["target"]) == (50_000, 10, 0.25)
    assert not list(RECORD.glob("unfinished*"))
    for _, run in table.groupby(experiment.COLUMNS[:4], sort=False):
        parts = np.round(run["epoch"].to_numpy() * recipe["parts"]).astype(int)
        assert parts.tolist() == list(range(1, len(run) + 1))
        assert len(run) % recipe["parts"] == 0  # whole epochs
    assert table["training_error"].between(0, 1).all()


def test_the_recorded_rates_are_the_best_of_their_neighbours():
    table = experiment.read_history(RECORD / "history.csv")
    for (start, activation), rows in experiment.winners(table).groupby(["start", "activation"]):
        rate = rows["learning_rate"].iloc[0]
        tried = table[(table["start"] == start) & (table["activation"] == activation)]
        assert {rate / 2, rate * 2} <= set(tried["learning_rate"])


def test_the_race_draws_what_it_is_given():
    table = history(("relu", 0.1, 0, 4.0), ("tanh", 0.1, 0, 8.0), ("tanh", 0.1, 1, 6.0))
    axes = relu.race({"today": table}, 0.25).axes[0]
    drawn = [list(line.get_ydata()) for line in axes.lines]
    assert drawn == [[35, 25]] * 3 + [[25, 25]]
    assert [line.get_linestyle() for line in axes.lines[:3]] == ["-", "--", "--"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ReLU", "tanh"]


def test_functions_and_products_draw_what_they_are_given():
    x = np.linspace(-1, 1, 5)
    left, right = relu.functions(x, {"relu": np.maximum(x, 0)}, {"relu": x > 0}, x[1:3]).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[0, 0, 0, 0.5, 1], [0, 0]]
    assert list(right.lines[0].get_ydata()) == [0, 0, 0, 1, 1]
    curves = {"small": {"tanh": np.array([1, 0.25])}, "large": {"relu": np.ones(2)}}
    panels = relu.vanishing(curves).axes
    assert [axes.get_title() for axes in panels] == ["small", "large"]
    assert list(panels[0].lines[0].get_xdata()) == [0, 1]
    assert list(panels[0].lines[0].get_ydata()) == [1, 0.25]


def test_the_panels_of_a_race_have_the_same_axes():
    long, short = history(("relu", 0.1, 0, 8.0)), history(("relu", 0.1, 0, 2.0))
    first, second = relu.race({"long": long, "short": short}, 0.25).axes
    assert (first.get_xlim(), first.get_ylim()) == (second.get_xlim(), second.get_ylim())
    assert first.get_xlim()[1] >= 8


def test_the_chapter_is_in_order_and_solves_its_exercises():
    path = chapters()["relu"]
    assert notebook_problems(path) == []
    code = "\n".join(c.source for c in read(path).cells if "solution" in c.metadata.get("tags", []))
    for exercise in exercises("relu"):
        assert code.count(f'assert check_exercise("{exercise["id"]}"') == 1


def test_wrong_answers_get_their_hint(capsys):
    for exercise in exercises("relu"):
        assert not check_exercise(exercise["id"], 123456)
        assert exercise["hint"] in capsys.readouterr().out
