"""What a practitioner trusts: best weights, a test part, enough updates, folds, a card."""

import json
import logging
import shutil
import sys
import types
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image
from tiers import sample

from helpers import datasets, evaluation, training
from helpers.__main__ import main
from helpers.architectures import Dropout, without
from helpers.errors import UserError
from helpers.evaluation import card as model_card
from helpers.training import Recipe, folds, loop, network, progress, verdict
from helpers.training import recipe as recipes

CARD = {"curves.png", "confusion.png", "model_card.md"}


pytestmark = pytest.mark.usefixtures("tiny_architecture")


def train(data, out, *options):
    """Call the command with the tiny network."""
    common = "--arch tiny --batch-size 8 --precision float32".split()
    return tiny.call("train", "--data", data, "--out", out, *common, *options)


def flat(folder, count, classes=("red", "blue")):
    """Write pictures without splits, as ``tiny.make_folder`` makes them."""
    tiny.make_folder(folder / "all", train=count, val=0, classes=classes)
    return folder / "all" / "train"


# ------------------------------------------------------------------------- the best weights

#: Validation accuracy and loss of six epochs; the third is the best: as right, and surer.
SCORES = [(0.5, 0.7), (0.9, 0.4), (0.9, 0.3), (0.8, 0.1), (0.9, 0.3), (0.6, 2.0)]


def scored(monkeypatch, cut=None):
    """Let validation find ``SCORES``; interrupt before epoch ``cut`` is judged."""
    epoch = network.Network.train_epoch
    here = []

    def noted(self, batches, number, *arguments, **options):
        here[:] = [number]
        return epoch(self, batches, number, *arguments, **options)

    def validate(self, batches):
        if here[0] == cut:
            raise KeyboardInterrupt
        return dict(zip(("val_accuracy", "val_loss"), SCORES[here[0] - 1], strict=True))

    monkeypatch.setattr(network.Network, "train_epoch", noted)
    monkeypatch.setattr(network.Network, "validate", validate)


def same(one, other):
    weights = zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    return all(np.allclose(a, b, atol=1e-6) for a, b in weights)


@pytest.fixture(scope="module")
def three(folder, tmp_path_factory):
    """The weights after three epochs of the same recipe."""
    out = tmp_path_factory.mktemp("three")
    recipe = tiny.recipe(folder, epochs=3, keep="last", patience=9)
    with pytest.MonkeyPatch.context() as patch:
        scored(patch)
        return training.train(recipe, out, verbose=False)


def test_the_weights_of_the_best_epoch_are_the_result(folder, three, tmp_path, monkeypatch, capsys):
    scored(monkeypatch)
    best = training.train(tiny.recipe(folder, epochs=6, patience=9), tmp_path / "best")
    assert same(best, three)
    assert best.environment["kept"]["epoch"] == 3
    said = capsys.readouterr().out
    assert "weights of epoch 3, the best by validation accuracy (of several alike the one" in said
    last = tiny.recipe(folder, epochs=6, patience=9, keep="last")
    last = training.train(last, tmp_path / "last", verbose=False)
    assert not same(last, three)
    assert last.environment["kept"]["epoch"] == 6


def test_early_stopping_goes_back_to_the_best_epoch(folder, three, tmp_path, monkeypatch):
    scored(monkeypatch)
    recipe = tiny.recipe(folder, epochs=6, patience=9, early_stop=2)
    run = training.train(recipe, tmp_path, verbose=False)
    assert len(run.history) == 4
    assert run.environment["kept"]["epoch"] == 3
    assert same(run, three)


@pytest.mark.parametrize(("epochs", "copies"), sample([(5, 2), (3, 1)]))
def test_a_finished_run_holds_nothing_twice(folder, three, tmp_path, monkeypatch, epochs, copies):
    """The checkpoint has the momentum, and the last weights where others are the best."""
    scored(monkeypatch)
    recipe = tiny.recipe(folder, epochs=epochs, patience=9)
    run = training.train(recipe, tmp_path / "run", verbose=False)
    weights = sum(array.nbytes for array in run.model.get_weights())
    with np.load(next(run.path.glob("checkpoint-*.npz"))) as file:
        held = sum(file[name].nbytes for name in file.files if name.startswith("array"))
    assert copies * weights <= held < (copies + 0.1) * weights
    exported = run.path / "export" / "variables"
    assert sum(path.stat().st_size for path in exported.iterdir()) < 1.1 * weights
    longer = training.train(replace(recipe, epochs=6), run.path, verbose=False)
    assert same(longer, three)
    whole = training.train(replace(recipe, epochs=6), tmp_path / "whole", verbose=False)
    assert longer.history["loss"].tolist() == whole.history["loss"].tolist()


def test_the_room_a_run_takes_is_said_first(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loop, "WORTH_SAYING", 0)
    assert train(folder, tmp_path / "run", "--epochs", 1) == 0
    said = capsys.readouterr().out
    assert 0 < said.index("disk: up to 1 MB in ") < said.index("epoch   1/1")


@pytest.mark.parametrize("cut", sample([4, 3, 5]))
def test_the_best_weights_survive_a_killed_run(folder, three, tmp_path, monkeypatch, cut):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    recipe = tiny.recipe(folder, epochs=5, patience=9)
    with monkeypatch.context() as patch:
        scored(patch, cut)
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, tmp_path, verbose=False)
    scored(monkeypatch)
    assert same(training.train(recipe, tmp_path, verbose=False), three)


# ------------------------------------------------------------------------- what judges


def test_the_test_part_judges_and_else_the_report_says_what_chose(folder, tmp_path, capsys):
    three = tmp_path / "three"
    shutil.copytree(folder, three)
    (tiny.make_folder(tmp_path / "more", train=0, val=12) / "val").rename(three / "test")
    assert train(three, tmp_path / "run", "--epochs", 1) == 0
    assert "of 12 =" in (said := capsys.readouterr().out)
    assert "steered the training, so" not in said
    run = training.Run.load(tmp_path / "run")
    assert run.environment["judged_on"] == "test"
    assert len(run.predictions) == 12
    card = (tmp_path / "run" / "model_card.md").read_text()
    assert "Accuracy on test pictures" in card
    assert "Accuracy on validation pictures, which steered the training: " in card
    vars(run)["recipe"] = replace(run.recipe, schedule="cosine", keep="last")
    card = model_card.text(run, model_card.Judgement.of(run, linear=False))
    assert "Accuracy on validation pictures, which steered nothing: " in card
    assert train(folder, tmp_path / "two", "--epochs", 1) == 0
    assert "Chosen on these pictures" in capsys.readouterr().out
    assert "Chosen on these pictures" in (tmp_path / "two" / "model_card.md").read_text()


def test_the_card_says_what_is_known(folder, tmp_path):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    assert train(folder, tmp_path / "run", "--epochs", 2, "--augment", "crop") == 0
    assert {path.name for path in (tmp_path / "run").iterdir()} > CARD
    assert plt.get_fignums() == before
    card = (tmp_path / "run" / "model_card.md").read_text()
    for text in ("| blue | 16 | 8 |", "float32", "keras", "| seed | 0 |", "of 16 =", "crop"):
        assert text in card, text
    assert "95 % interval" in card
    assert "A linear model on 8×8 thumbnails" in card
    assert "nan" not in card.lower()


# ------------------------------------------------------------------------- enough updates


@pytest.mark.parametrize(
    ("pictures", "epochs", "batch"),
    [(36, 139, 16), (60, 84, 16), (400, 20, 16), (5000, 20, 32), (1_300_000, 20, 128)],
)
def test_batch_and_epochs_follow_from_the_pictures(pictures, epochs, batch):
    found = Recipe().resolved(pictures)
    assert (found.epochs, found.batch_size) == (epochs, batch)
    assert pictures // min(batch, pictures) * epochs >= 250  # updates
    given = Recipe(epochs=2, batch_size=4, patience=3).resolved(pictures)
    assert (given.epochs, given.batch_size, given.patience) == (2, 4, 3)


def test_what_follows_is_stored_in_figures(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "SHOWN", 64)
    monkeypatch.setattr(recipes, "LEAST_EPOCHS", 1)
    options = ["--arch", "tiny", "--precision", "float32"]
    command = ["train", "--data", str(folder), "--out", str(tmp_path / "run"), *options]
    assert main(command) == 0
    stored = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (stored["epochs"], stored["batch_size"], stored["patience"]) == (2, 16, 5)
    assert main(command) == 0  # the same command finds the run


def outcome(right, wrong, classes=2):
    label = np.arange(right + wrong) % classes
    correct = np.arange(right + wrong) < right
    return pd.DataFrame({"label": label, "label_name": label.astype(str), "correct": correct})


@pytest.mark.parametrize(
    ("right", "wrong", "linear", "word"),
    [
        (50, 50, None, "guessing"),
        (7, 5, None, "guessing"),
        (95, 5, None, None),
        (95, 5, 96, "thumbnails"),
        (95, 5, 95, "thumbnails"),
        (95, 5, 94, None),
        (50, 50, 99, "guessing"),
    ],
)
def test_a_result_that_says_nothing_is_called_so(right, wrong, linear, word):
    baseline = linear and verdict.Linear(linear, right + wrong)
    said = verdict.sentences(outcome(right, wrong), baseline)
    both = word == "guessing" and linear is not None  # then both are said
    assert len(said) == (word is not None) + both
    assert word is None or word in said[0]


@pytest.mark.parametrize(
    ("recalls", "guessing"), [((0.8, 0.8), False), ((1, 0), True), ((0.5, 0.5), True)]
)
def test_with_class_weights_guessing_is_one_in_so_many_classes(recalls, guessing):
    """Of 100 pictures 90 are of one class: 80 % of each is far better than saying it always."""
    label = np.repeat([0, 1], [90, 10])
    hit = np.concatenate(
        [np.arange(n) < n * share for n, share in zip((90, 10), recalls, strict=True)]
    )
    table = pd.DataFrame({"label": label, "label_name": label.astype(str), "correct": hit})
    table["prediction"] = np.where(hit, label, 1 - label)
    said = verdict.sentences(table, None, balanced=True)
    assert bool(said) == guessing
    assert not said or "alike guessing gets 50.0 %" in said[0]
    assert verdict.sentences(table, None)  # by plain accuracy it always seems to be


def test_a_linear_model_says_what_it_gets_of_each_class_alike(tmp_path):
    rng = np.random.default_rng(0)
    for part, counts in (("train", (20, 20)), ("val", (12, 4))):
        for kind, count in enumerate(counts):
            (tmp_path / part / "ab"[kind]).mkdir(parents=True)
            for i in range(count):
                dark = kind == 0 if i % 4 else kind == 1  # a quarter looks like the other class
                pixels = rng.integers(0, 120, (40, 40, 3)) + (0 if dark else 130)
                name = tmp_path / part / "ab"[kind] / f"{rng.integers(10**9)}.png"
                Image.fromarray(pixels.astype(np.uint8)).save(name)
    found = evaluation.thumbnail_baseline(datasets.load(str(tmp_path)))
    assert found.alike == pytest.approx(0.75)


@pytest.mark.parametrize(("linear", "layout"), [(40, False), (50, False), (51, True), (90, True)])
def test_layout_is_blamed_only_where_it_tells_the_classes_apart(linear, layout):
    """A linear model that only guesses says nothing of the pictures."""
    said = verdict.sentences(outcome(35, 65), verdict.Linear(linear, 100))
    assert "thumbnails" in said[-1]
    assert ("colour and rough layout" in said[-1]) == layout


def test_the_command_line_says_when_nothing_was_learnt(tmp_path, capsys):
    """Two classes of the same noise."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 10)):
        for name in ("one", "two"):
            for i in range(count):
                path = tmp_path / "data" / part / name / f"{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                keras.utils.save_img(path, rng.integers(0, 255, (80, 80, 3)), scale=False)
    assert train(tmp_path / "data", tmp_path / "run", "--epochs", 1) == 0
    assert "no better than guessing" in capsys.readouterr().out
    assert "no better than guessing" in (tmp_path / "run" / "model_card.md").read_text()


# ------------------------------------------------------------------------- weights and pictures


def test_class_weights_let_every_class_count_alike(tmp_path):
    data = tiny.make_folder(tmp_path / "data", train=16, val=4)
    for path in sorted((data / "train" / "red").iterdir())[2:]:
        path.unlink()
    still = {"arch": without(tiny.ARCH, Dropout), "epochs": 1, "batch_size": 10, "augment": ()}
    still |= {"learning_rate": 1e-12, "keep": "last", "class_weights": True}
    run = training.train(tiny.recipe(data, **still), tmp_path / "run", verbose=False)
    from helpers import evaluation

    table = evaluation.predict(run.model, run.data.subset("train"))
    losses = -np.log(table["probability_true"])
    expected = losses.groupby(table["label_name"]).mean().mean()
    assert run.history["loss"][0] == pytest.approx(expected, abs=1e-4)
    assert abs(losses.mean() - expected) > 1e-4  # unweighted it would be another number


def unequal(folder):
    """Write a folder with few red pictures for training, and for validation, beside many blue."""
    tiny.make_folder(folder, train=16, val=16)
    for part, kept in (("train", 2), ("val", 2)):
        for path in sorted((folder / part / "red").iterdir())[kept:]:
            path.unlink()
    return folder


def test_class_weights_also_choose_the_epoch(tmp_path, capsys):
    """Ten validation pictures, two of them red: the history has what the classes reach each."""
    data = unequal(tmp_path / "data")
    assert train(data, tmp_path / "run", "--epochs", 2, "--class-weights", "--keep", "last") == 0
    run = training.Run.load(tmp_path / "run")
    table, last = run.predictions, run.history.iloc[-1]
    recalls = table.groupby("label_name")["correct"].mean()
    losses = -np.log(table["probability_true"])
    assert last["val_balanced_accuracy"] == pytest.approx(recalls.mean())
    expected = losses.groupby(table["label_name"]).mean().mean()
    assert last["val_balanced_loss"] == pytest.approx(expected, rel=1e-3)
    assert last["val_accuracy"] == pytest.approx(table["correct"].mean())
    assert "(balanced 0." in capsys.readouterr().out


@pytest.mark.parametrize("weighted", sample([True, False]))
def test_what_chooses_follows_the_weights(tmp_path, monkeypatch, capsys, weighted):
    """Plainly the first epoch is the best, with all classes alike the second."""
    names = ("val_accuracy", "val_loss", "val_balanced_accuracy", "val_balanced_loss")
    found = iter([(0.8, 0.4, 0.5, 0.9), (0.7, 0.5, 0.8, 0.5), (0.6, 0.6, 0.7, 0.6)])

    def validate(self, batches):
        values = dict(zip(names, next(found), strict=True))
        return {k: v for k, v in values.items() if weighted or "balanced" not in k}

    monkeypatch.setattr(network.Network, "validate", validate)
    options = ["--epochs", 3, *(["--class-weights"] if weighted else [])]
    assert train(unequal(tmp_path / "data"), tmp_path / "run", *options) == 0
    kept = training.Run.load(tmp_path / "run").environment["kept"]
    assert kept["epoch"] == (2 if weighted else 1)
    said = capsys.readouterr().out + (tmp_path / "run" / "model_card.md").read_text()
    assert said.count("with all classes counting alike") == (2 if weighted else 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    sample(
        [
            ("colour", ("colour",)),
            ("crop,flip", ("crop", "flip")),
            ("none", ()),
            ("flip, crop", None),
        ]
    ),
)
def test_augmentations_are_chosen_one_by_one(folder, tmp_path, text, expected):
    expected = ("crop", "flip") if expected is None else expected
    assert train(folder, tmp_path / "run", "--epochs", 1, "--augment", text) == 0
    run = training.Run.load(tmp_path / "run")
    assert run.recipe.augment == expected
    net = network.Network(run.recipe, 2, (np.zeros(3), np.ones(3), np.eye(3)))
    numbers = net.numbers(np.random.default_rng(0), 50)
    assert (len(np.unique(numbers["offsets"])) > 1) == ("crop" in expected)
    assert numbers["flipped"].any() == ("flip" in expected)
    layers = {layer.__class__.__name__ for layer in net.learner.layers}
    assert ("PCAColour" in layers) == ("colour" in expected)
    # Keras up to 3.13 refuses a network with an input that leads nowhere.
    assert ("colours" in net.learner.input) == ("colour" in expected)


@pytest.mark.thorough
def test_central_crops_only_means_without_colour_noise_too(folder, tmp_path):
    assert train(folder, tmp_path / "run", "--epochs", 1, "--no-augmentation") == 0
    assert training.Run.load(tmp_path / "run").recipe.augment == ()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--augment blur", "augment"),
        ("--augment none --no-augmentation", "--no-augmentation"),
        ("--keep first", "keep"),
        ("--folds 2", "--folds must be at least 3, got 2"),
        ("--batch-size 0", "--batch-size must be"),
        ("--colour-noise -1", "--colour-noise must be"),
        ("--folds 17", "blue has 16"),
        ("--devices 0", "--devices"),
        ("--devices 3", "there are 1"),
        ("--folds 3 --hosts local:2", "--hosts"),
        ("--devices 2 --hosts local:2", "--hosts"),
    ],
)
def test_options_without_a_meaning_are_refused(tmp_path, capsys, options, word):
    data = flat(tmp_path / "data", 32)
    assert train(data, tmp_path / "run", "--epochs", 1, *options.split()) == 2
    error = capsys.readouterr().err
    assert word in error
    # A slow machine says before what it waits for.
    assert len([line for line in error.splitlines() if not line.endswith("…")]) == 1
    assert not (tmp_path / "run" / "history.csv").exists()


def test_recipes_of_earlier_versions_are_read():
    old = {"arch": "paper", "epochs": 2, "batch_size": 32, "patience": 5}
    plain = Recipe.from_dict(old | {"augmentation": False})
    assert (plain.augment, plain.keep) == (("colour",), "last")
    assert Recipe.from_dict(old | {"augmentation": True}).augment == Recipe.augment


# ------------------------------------------------------------------------- folds


def test_every_picture_judges_once(tmp_path, monkeypatch, capsys):
    told = []
    handler = types.SimpleNamespace(level=0, handle=lambda record: told.append(record.getMessage()))
    monkeypatch.setattr(logging.getLogger("tensorflow"), "handlers", [handler])
    data = flat(tmp_path / "data", 24)
    assert train(data, tmp_path / "cv", "--folds", 3, "--epochs", 1) == 0
    said = capsys.readouterr().out
    assert "fold 3 of 3: 8 pictures teach, 8 steer, 8 judge" in said
    assert "fold 2/3  epoch   1/1  loss" in said
    assert "--folds 5" not in said
    assert not [text for text in told if "retracing" in text]
    cv = tmp_path / "cv"
    assert {path.name for path in cv.iterdir() if path.is_file()} == {"predictions.csv", *CARD}
    card = (cv / "model_card.md").read_text()
    for text in ("3 folds", "| blue | 12 |", "of 24 =", "Each fold: ", ": nothing found"):
        assert text in card, text
    assert "24 pictures, each judged by the one run" in said
    table = pd.read_csv(tmp_path / "cv" / "predictions.csv")
    files = sorted(str(path.resolve()) for path in data.rglob("*.jpg"))
    assert sorted(table["path"]) == files
    assert table.groupby("fold")["label_name"].value_counts().tolist() == [4] * 6
    for number in (1, 2, 3):
        run = training.Run.load(tmp_path / "cv" / f"fold-{number}")
        assert run.environment["judged_on"] == "test"
        # None of these networks is the result: there is nothing to go on from or to hand on.
        assert not (run.path / "export").exists()
        assert not list(run.path.glob("checkpoint*"))
        parts = run.data.table.groupby("split")["path"].agg(set)
        assert set(run.predictions["path"]) == parts["test"]
        assert {path.name for path in run.path.iterdir()} > CARD
    assert train(data, tmp_path / "cv", "--folds", 3, "--epochs", 1) == 0
    assert "images/s" not in capsys.readouterr().out  # all finished
    assert train(data, tmp_path / "cv", "--folds", 4, "--epochs", 1) == 2
    assert "holds 3 folds, and --folds 4 is asked for" in capsys.readouterr().err
    assert train(data, tmp_path / "cv", "--epochs", 1) == 2
    assert "holds the folds of a cross-validation" in capsys.readouterr().err
    assert train(data, tmp_path / "cv", "--folds", 3, "--epochs", 2) == 2
    assert "epochs (1 there, 2 now)" in capsys.readouterr().err
    (tmp_path / "cv" / "letter.txt").write_text("dear")
    assert train(data, tmp_path / "cv", "--folds", 4, "--epochs", 1) == 2
    assert "letter.txt" in capsys.readouterr().err


@pytest.mark.thorough
def test_folds_learn_from_no_test_part_that_was_made_by_hand(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "own", train=12, val=8)
    assert main(["data", str(data)]) == 0
    assert "--folds 5" in capsys.readouterr().out
    assert train(data, tmp_path / "poured", "--folds", 3, "--epochs", 1) == 0
    assert "train/ and val/ are put together and dealt into folds anew" in capsys.readouterr().out
    shutil.copytree(data / "val", data / "Test")
    assert main(["data", str(data)]) == 0
    assert "--folds 5" not in capsys.readouterr().out
    assert train(data, tmp_path / "cv", "--folds", 3, "--epochs", 1) == 2
    assert "own has a test part of its own, which --folds would learn" in capsys.readouterr().err
    assert not (tmp_path / "cv").exists()


@pytest.mark.thorough
def test_a_single_picture_that_teaches_a_class_is_named(tmp_path, capsys):
    data = flat(tmp_path, 18)
    for path in sorted((data / "red").iterdir())[3:]:
        path.unlink()
    assert train(data, tmp_path / "cv", "--folds", 3, "--epochs", 1) == 0
    assert "judge; a single picture of red teaches: add pictures or take" in capsys.readouterr().out


def test_a_class_that_was_not_judged_is_named(tmp_path, capsys):
    data = tiny.make_folder(tmp_path / "own", train=12, val=8)
    (data / "test" / "blue").mkdir(parents=True)
    for path in list((data / "val" / "blue").iterdir())[:2]:
        shutil.move(path, data / "test" / "blue" / path.name)
    assert train(data, tmp_path / "run", "--epochs", 1) == 0
    told = "No picture of red was judged: the figures say nothing of it."
    said = capsys.readouterr().out
    assert told in said
    assert "12 pictures an update" not in said
    assert "8 pictures an update; each epoch takes 8 of the 12, drawn anew" in said
    assert told in (tmp_path / "run" / "model_card.md").read_text()
    assert main(["evaluate", "--run", str(tmp_path / "run")]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(20))
def test_folds_are_stratified_and_keep_series_together(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 8))
    sizes = rng.integers(4 * count, 40, rng.integers(2, 5))
    series = [np.sort(rng.integers(0, 3 * count + 3, size)) for size in sizes]
    groups = [[np.flatnonzero(own == k).tolist() for k in np.unique(own)] for own in series]
    monkeypatch.setattr(folds.series, "found", lambda classes, place: groups)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    table = pd.DataFrame({"path": [f"{i}.jpg" for i in range(len(labels))], "label": labels})
    names = tuple("abcdef"[: len(sizes)])
    from helpers.datasets import ImageFolder

    data = ImageFolder("photos", names, names, table.assign(split="train"))
    place = np.array(folds.numbers(data, count))
    for label, own in enumerate(groups):
        rows = np.flatnonzero(labels == label)
        assert all(len(set(place[rows[group]])) == 1 for group in own)
        found = np.bincount(place[rows], minlength=count)
        assert found.max() - found.min() <= max(map(len, own))
    for number in range(1, count + 1):
        cut = folds.dealt(data, (number, count)).table["split"]
        assert set(cut) == {"train", "val", "test"}
        assert ((cut == "test") == (place == number - 1)).all()


# ------------------------------------------------------------------------- callbacks and devices


class Told(keras.callbacks.Callback):
    def __init__(self, stop_after=None):
        super().__init__()
        self.heard, self.stop_after = [], stop_after

    def on_train_begin(self, logs=None):
        self.heard.append("begin")

    def on_train_end(self, logs=None):
        self.heard.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.heard.append(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.heard.append(sorted(logs))
        if epoch == self.stop_after:
            self.model.stop_training = True

    def on_train_batch_begin(self, batch, logs=None):
        self.heard.append(f"batch {batch}")

    def on_train_batch_end(self, batch, logs=None):
        self.heard.append(f"batch {batch}: {sorted(logs)}")


def test_callbacks_watch_and_may_stop(folder, tmp_path, capsys):
    told = Told(stop_after=1)
    run = training.train(tiny.recipe(folder, epochs=5), tmp_path / "run", callbacks=[told])
    epoch = []
    for batch in range(4):
        epoch += [f"batch {batch}", f"batch {batch}: ['accuracy', 'loss']"]
    epoch.append(["accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"])
    assert told.heard == ["begin", 0, *epoch, 1, *epoch, "end"]
    assert "stopped after epoch 2: a callback" in capsys.readouterr().out
    assert run.environment["callbacks"] == ["Told"]


@pytest.mark.thorough
def test_a_watched_run_is_never_resumed_nor_handed_out(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    recipe = tiny.recipe(folder, epochs=1)
    watched = training.train(recipe, callbacks=[Told()], verbose=False)
    again = training.train(recipe, callbacks=[Told()], verbose=False)
    plain = training.load_or_train(recipe)
    assert len({watched.path, again.path, plain.path}) == 3
    assert "callbacks" not in plain.environment
    with pytest.raises(UserError, match="Told"):
        training.train(recipe, watched.path, verbose=False)
    with pytest.raises(UserError, match="always begins anew"):
        training.train(recipe, plain.path, callbacks=[Told()], verbose=False)
    with pytest.raises(UserError, match=r"keras\.callbacks\.Callback"):
        training.train(recipe, tmp_path / "run", callbacks=[print], verbose=False)


# ------------------------------------------------------------------------- progress


def kernel(monkeypatch):
    """Let this process look like a notebook's kernel."""
    shell = types.SimpleNamespace(kernel=None)
    module = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", module)


def test_a_notebook_shows_how_far_it_is_on_standard_error(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("ALEXNET_PROGRESS", raising=False)
    kernel(monkeypatch)
    recipe = tiny.recipe(folder, epochs=2)
    training.train(recipe, tmp_path / "run", verbose=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch   1/2" in err
    assert "epoch   2/2  loss" in err
    assert err.endswith(f"\r{'':<78}")  # nothing is left of it
    monkeypatch.setenv("ALEXNET_PROGRESS", str(tmp_path / "log"))
    shown = progress.Progress(2, 10, verbose=False)
    shown.tick(1, 5)
    assert capsys.readouterr() == ("", "")  # the book's own build reads the file


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = capsys.readouterr().out
    for name in "augment no-augmentation class-weights keep folds devices early-stop".split():
        assert f"--{name}" in said


# ------------------------------------------------------------------------- memory


def test_several_readers_share_one_budget_of_memory(folder, monkeypatch):
    """Training, validation and judging pictures together stay within it, in whatever order."""
    from helpers import datasets

    data = datasets.load(folder)
    whole = len(data) * 256 * 256 * 3
    monkeypatch.setattr(datasets.batches, "ALIVE", type(datasets.batches.ALIVE)())
    monkeypatch.setattr(datasets.batches, "memory_budget", lambda: int(1.5 * whole))
    readers = [datasets.Batches(data, 8, seed=0, shuffle=False) for _ in range(3)]
    assert [reader.in_memory for reader in readers] == [True, False, False]
    readers.pop(0)
    assert datasets.Batches(data, 8, seed=0, shuffle=False).in_memory


@pytest.mark.parametrize("names", [("memory.max", "memory.current"), None])
def test_a_container_s_limit_is_seen_in_both_versions(tmp_path, monkeypatch, names):
    from helpers.datasets import batches

    names = names or ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")
    for name, number in zip(names, (5000, 1000), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{number}\n")
    monkeypatch.setattr(batches, "CGROUP", tmp_path)
    assert batches.memory_budget() == 1000
