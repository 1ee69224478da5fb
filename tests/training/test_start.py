"""Training from weights that have learnt: where they come from, what stays, what is refused."""

import functools
import hashlib
import http.server
import shutil
import threading
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
import tiny

from helpers import architectures, training, weights
from helpers.architectures import BatchNorm
from helpers.book import records
from helpers.errors import UserError
from helpers.training import loop, run_files
from helpers.weights import published

FEATURES = ("conv1", "conv2", "fc6")
STILL = 1e-12  # a rate at which nothing moves in single precision
#: The tiny network with a normalisation over the batch behind its first pool.
NORMALISED = replace(
    tiny.ARCH,
    name="tiny-normalised",
    layers=(*tiny.ARCH.layers[:2], BatchNorm("bn1"), *tiny.ARCH.layers[2:]),
)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Pictures of red and blue, and a finished run on them."""
    there = tmp_path_factory.mktemp("two")
    data = tiny.make_folder(there / "photos", train=16, val=8)
    return data, training.train(tiny.recipe(data, epochs=2), there / "run", verbose=False)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Pictures of three colours."""
    folder = tmp_path_factory.mktemp("three") / "photos"
    return tiny.make_folder(folder, train=18, val=9, classes=("red", "green", "blue"))


def recipe(data, start, **changes):
    return tiny.recipe(data, **{"arch": None, "start": start, "epochs": 1, **changes})


def started(data, start, folder, **changes):
    return training.train(recipe(data, start, **changes), folder, verbose=False)


def arrays(model, name):
    return model.get_layer(name).get_weights()


def assert_same(one, other, names):
    for name in names:
        for a, b in zip(arrays(one, name), arrays(other, name), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6, err_msg=name)


def differ(one, other, name):
    pairs = zip(arrays(one, name), arrays(other, name), strict=True)
    return any(a.shape != b.shape or not np.allclose(a, b) for a, b in pairs)


# Where the weights come from ---------------------------------------------------------------------


def test_other_classes_get_a_last_layer_of_their_own(two, three, tmp_path):
    first = two[1]
    run = started(three, first.path, tmp_path / "run", learning_rate=STILL)
    assert_same(run.model, first.model, FEATURES)
    assert run.model.output.shape[-1] == 3
    assert run.recipe.architecture == tiny.ARCH  # which nobody has named
    assert run.environment["start"]["from"] == run.recipe.start == str(first.path)
    assert run.environment["start"]["drawn_anew"] == ["fc7"]


def test_the_same_classes_keep_theirs(two, tmp_path):
    data, first = two
    run = started(data, first.path, tmp_path / "run", learning_rate=STILL)
    assert_same(run.model, first.model, (*FEATURES, "fc7"))
    assert run.environment["start"]["drawn_anew"] == []


def test_pixels_are_those_that_the_weights_know(two, three, tmp_path):
    first = two[1]
    run = started(three, first.path, tmp_path / "run")
    here, there = (one.model.get_layer("centre").get_config() for one in (run, first))
    np.testing.assert_allclose(here["scale"], there["scale"])
    np.testing.assert_allclose(here["offset"], there["offset"])
    np.testing.assert_allclose(
        run.environment["mean_pixel"], first.environment["mean_pixel"], atol=1e-4
    )
    with pytest.raises(UserError, match=r"scaling is 1, .* know pixels times 0\.01562; leave"):
        started(three, first.path, tmp_path / "other", scaling=1.0)
    assert not (tmp_path / "other").exists()


def test_a_file_is_a_start_too(two, three, tmp_path):
    first = two[1]
    file = shutil.copy(first.path / "model.keras", tmp_path / "net.keras")
    run = started(three, file, tmp_path / "run", arch=tiny.ARCH, learning_rate=STILL)
    assert_same(run.model, first.model, FEATURES)


def torchs(arch, seed=0):
    """Return drawn weights of a network under torchvision's names."""
    named = ((name.split("."), tensor) for name, tensor in weights.draw(arch, seed).items())
    return {f"{weights.TORCHVISION[layer]}.{kind}": tensor for (layer, kind), tensor in named}


def test_torchvisions_layout_comes_with_torchvisions_pixels(three, tmp_path):
    arch = architectures.with_classes(tiny.ARCH, 5)
    np.savez(tmp_path / "net.npz", **torchs(arch))
    run = started(
        three, tmp_path / "net.npz", tmp_path / "run", arch=tiny.ARCH, learning_rate=STILL
    )
    turned = weights.channels_last(arch, weights.draw(arch))
    for name in FEATURES:
        for found, wanted in zip(arrays(run.model, name), turned[name], strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-6)
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    centre = run.model.get_layer("centre")
    wanted = weights.torchvision_preprocessing()(pixels)
    np.testing.assert_allclose(np.array(centre(pixels)), np.array(wanted), atol=1e-5)


def test_torchvision_is_fetched_when_it_is_asked_for(three, tmp_path, monkeypatch):
    """With a network of its layout in its place: 244 MB are too many for a test."""
    arch = replace(tiny.ARCH, name="torchvision")
    (tmp_path / "served").mkdir()
    np.savez(tmp_path / "served" / "net.npz", **torchs(arch))
    body = (tmp_path / "served" / "net.npz").read_bytes()
    handler = functools.partial(Quiet, directory=tmp_path / "served")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/net.npz"
    file = published.Published(
        "net.npz", address, len(body), "sha256", hashlib.sha256(body).hexdigest()
    )
    monkeypatch.setattr(published, "WEIGHTS", file)
    monkeypatch.setitem(architectures.SPECS, "torchvision", arch)
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ALEXNET_PRETRAINED", raising=False)
    try:
        with pytest.raises(UserError, match="set ALEXNET_PRETRAINED=1"):
            started(three, "torchvision", tmp_path / "run")
        monkeypatch.setenv("ALEXNET_PRETRAINED", "1")
        run = started(three, "torchvision", tmp_path / "run", learning_rate=STILL)
    finally:
        server.shutdown()
        server.server_close()
    assert run.recipe.arch == run.recipe.start == "torchvision"
    wanted = weights.channels_last(arch, weights.draw(arch))["conv1"][0]
    np.testing.assert_allclose(arrays(run.model, "conv1")[0], wanted, atol=1e-6)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


# What stays as it is -----------------------------------------------------------------------------


def test_frozen_layers_do_not_move_and_others_do(two, three, tmp_path):
    first = two[1]
    head = started(three, first.path, tmp_path / "head", freeze="features", learning_rate=0.01)
    assert_same(head.model, first.model, FEATURES)
    part = started(three, first.path, tmp_path / "part", freeze="conv1", learning_rate=0.01)
    assert_same(part.model, first.model, ["conv1"])
    assert all(differ(part.model, first.model, name) for name in ("conv2", "fc6"))
    assert part.model.get_layer("conv1").trainable  # for whoever goes on from it


def test_drawn_layers_may_be_frozen_as_well(three, tmp_path):
    run = training.train(
        tiny.recipe(three, freeze="features", epochs=1), tmp_path / "run", verbose=False
    )
    drawn = loop.Network(run.recipe, 3, (np.zeros(3), np.ones(3), np.eye(3)), precision="float32")
    assert_same(run.model, drawn.core, FEATURES)
    assert differ(run.model, drawn.core, "fc7")


def test_frozen_averages_of_a_batch_normalisation_do_not_move(two, three, tmp_path):
    first = training.train(
        tiny.recipe(two[0], arch=NORMALISED, epochs=1), tmp_path / "first", verbose=False
    )
    frozen = started(three, first.path, tmp_path / "frozen", freeze="bn1", learning_rate=0.01)
    assert_same(frozen.model, first.model, ["conv1", "bn1"])
    free = started(three, first.path, tmp_path / "free", freeze="conv1", learning_rate=0.01)
    assert differ(free.model, first.model, "bn1")


def test_the_head_alone_learns_in_fewer_variables(two, three):
    settings = recipe(three, two[1].path, freeze="features")
    target = loop.wanted(settings)
    net = loop.Network(target.recipe, 3, (np.zeros(3), np.ones(3), np.eye(3)), start=target.start)
    assert [v.name for v in net.learner.trainable_variables] == ["kernel", "bias"]


# Which run it is ---------------------------------------------------------------------------------


def test_runs_from_other_starts_have_other_names(two, three, tmp_path):
    first = two[1]
    other = tmp_path / "other"
    shutil.copytree(first.path, other)
    recipes = [recipe(three, place) for place in (first.path, other)]
    names = [loop.wanted(one).name for one in recipes]
    assert names[0] == names[1]  # the same weights in another place
    model = keras.saving.load_model(other / "model.keras", compile=False)
    model.get_layer("conv1").set_weights([1 + array for array in arrays(model, "conv1")])
    model.save(other / "model.keras")
    names += [loop.wanted(recipes[1]).name, loop.wanted(tiny.recipe(three, epochs=1)).name]
    names += [loop.wanted(recipe(three, first.path, freeze="conv1")).name]
    assert len(set(names)) == 4


def test_a_finished_run_is_not_handed_out_for_another_start(two, three, tmp_path):
    first = two[1]
    folder = tmp_path / "run"
    started(three, first.path, folder)
    before = (folder / "model.keras").stat().st_mtime_ns
    started(three, first.path, folder)
    assert (folder / "model.keras").stat().st_mtime_ns == before
    with pytest.raises(UserError, match=r"differs in .*the start \(.* there, none now\)"):
        training.train(tiny.recipe(three, epochs=1, learning_rate=0.001), folder, verbose=False)
    other = started(two[0], first.path, tmp_path / "other")
    with pytest.raises(UserError, match=r"differs in the start \(.*run there, .*other now\)"):
        started(three, other.path, folder)


def test_an_interrupted_run_goes_on_to_the_same_weights(two, three, tmp_path, monkeypatch):
    settings = {"epochs": 3, "freeze": "conv1", "learning_rate": 0.01}
    whole = started(three, two[1].path, tmp_path / "whole", **settings)
    with monkeypatch.context() as patch:
        tiny.interrupt(patch, epoch=3)
        with pytest.raises(KeyboardInterrupt):
            started(three, two[1].path, tmp_path / "cut", **settings)
    resumed = started(three, two[1].path, tmp_path / "cut", **settings)
    for name in (*FEATURES, "fc7"):
        for a, b in zip(arrays(resumed.model, name), arrays(whole.model, name), strict=True):
            np.testing.assert_array_equal(a, b)


# The command line, and what is refused -----------------------------------------------------------


@pytest.fixture
def command(two, three, tmp_path, capsys):
    """Call ``train --from`` with its start; return exit status and what was said."""

    def call(start, *options, out="out"):
        place = tmp_path / out if isinstance(out, str) else out
        settings = ("--epochs", 1, "--batch-size", 8, "--precision", "float32", *options)
        status = tiny.call("train", "--data", three, "--out", place, "--from", start, *settings)
        said = capsys.readouterr()
        return status, said.out if status == 0 else said.err

    return call


def test_the_command_says_what_it_starts_from_and_what_stays(two, command, tmp_path):
    status, said = command(two[1].path, "--freeze", "conv2")
    assert status == 0
    assert f"starts from the weights of {two[1].path}; fc7, which answered for other" in said
    assert "weights that stay as they are: conv1, conv2\n" in said
    card = (tmp_path / "out" / "model_card.md").read_text(encoding="utf-8")
    assert f"| started from the weights of | {two[1].path} |" in card


def refused(command, sentence, start, *options, **where):
    status, said = command(start, *options, **where)
    assert status == 2
    assert sentence in said.splitlines()[-1]  # a slow machine says before what it waits for
    assert said.count("error: ") == 1


def test_a_start_that_is_not_there_is_named(command, tmp_path):
    refused(command, "none is not there; start from the folder", tmp_path / "none")
    (tmp_path / "net.h5").touch()
    refused(command, "net.h5 is no .keras, .pth, .pt, .npz file", tmp_path / "net.h5")
    (tmp_path / "empty").mkdir()
    refused(command, "holds no run (no recipe.json)", tmp_path / "empty")
    (tmp_path / "net.keras").write_bytes(b"half a network")
    refused(command, "net.keras is damaged, or no network", tmp_path / "net.keras")
    assert not (tmp_path / "out").exists()


def test_weights_of_another_network_are_refused(two, command, tmp_path, tiny_architecture):
    refused(
        command,
        "is a network 'tiny', and 'paper' is wanted: weights fit the architecture",
        *(two[1].path, "--arch", "paper"),
    )
    np.savez(tmp_path / "net.npz", **torchs(tiny.ARCH))
    refused(command, "net.npz does not fit", tmp_path / "net.npz")
    wider = architectures.changed(tiny.ARCH, fc6={"units": 12})
    np.savez(tmp_path / "wider.npz", **torchs(wider))
    refused(
        command,
        "layer fc6 (classifier.1.weight) should have shape 16×",
        *(tmp_path / "wider.npz", "--arch", "tiny"),
    )
    assert not (tmp_path / "out").exists()


def foreign(path, first):
    """Write a network of another maker, who says nothing of pixels."""
    keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]).save(path)
    return "how its pixels were scaled (it has no layer 'centre'"


def other_strides(path, first):
    """Write a network of the same weights, whose first convolution goes in other steps."""
    arch = architectures.changed(tiny.ARCH, conv1={"stride": 2}, pool1={"stride": 4})
    statistics = (np.zeros(3), np.ones(3), np.eye(3))
    settings = tiny.recipe(path, arch=arch).resolved(8)
    loop.Network(settings, 2, statistics, precision="float32").core.save(path)
    return "layer conv1 should have weights 7×7×3×8 and 8 for a map of 15×15×8 and has"


@pytest.mark.parametrize("write", [foreign, other_strides])
def test_a_file_that_does_not_fit_is_refused(write, two, command, tmp_path, tiny_architecture):
    sentence = write(tmp_path / "net.keras", two[1])
    refused(command, sentence, tmp_path / "net.keras", "--arch", "tiny")
    assert not (tmp_path / "out").exists()


def test_a_file_that_names_no_network_asks_for_one(two, command, tmp_path):
    file = shutil.copy(two[1].path / "model.keras", tmp_path / "net.keras")
    refused(command, "net.keras does not say which network it holds; name it (--arch)", file)


def test_the_start_is_not_overwritten(two, command, tmp_path):
    folder = shutil.copytree(two[1].path, tmp_path / "mine")
    kept = (folder / "model.keras").read_bytes()
    refused(command, "holds the weights that the training is to", folder, out=folder)
    refused(command, "holds the weights that", folder, "--restart", out=folder)
    assert (folder / "model.keras").read_bytes() == kept


def test_a_layer_that_is_none_cannot_be_frozen(two, command):
    refused(
        command,
        "freeze must be one of features, conv1, conv2, fc6",
        *(two[1].path, "--freeze", "fc7"),
    )
    refused(command, "--freeze must be one of", *(two[1].path, "--freeze", "x", "--arch", "paper"))


@pytest.mark.parametrize("layer", ["features", "conv1"])
def test_random_weights_are_not_frozen(three, tmp_path, capsys, layer):
    """Who forgets --from would wait for a network whose first layers never learn."""
    where = ("--data", three, "--out", tmp_path / "out")
    assert tiny.call("train", *where, "--freeze", layer) == 2
    assert "--freeze goes with --from, which names the weights" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_several_hosts_and_digits_take_no_start(two, command):
    refused(command, "--hosts goes with neither --from", two[1].path, "--hosts", "local:2")
    status = tiny.call("train", "--data", "mnist", "--out", "x", "--from", two[1].path)
    assert status == 2


def test_pictures_that_taught_the_start_and_judge_now_are_told(two, tmp_path, capsys):
    data, first = two
    folder = shutil.copytree(data, tmp_path / "photos")
    for i, path in enumerate(sorted((data / "train" / "red").iterdir())[:2]):
        shutil.copy(path, folder / "val" / "red" / f"known {i}.jpg")
    run = training.train(recipe(folder, first.path), tmp_path / "run")
    assert "has learnt from 2 of the 10 pictures that judge here" in capsys.readouterr().out
    assert any("will flatter" in line for line in run.warnings)
    quiet = training.train(recipe(data, first.path), tmp_path / "quiet")
    assert not any("will flatter" in line for line in quiet.warnings)


def test_a_recipe_alone_leaves_open_what_its_start_decides():
    one = training.Recipe(data="photos", start="runs/mine", freeze="features")
    assert (one.arch, one.scaling, one.learning_rate) == (None, None, 0.001)
    assert training.Recipe.from_dict(one.to_dict()) == one
    with pytest.raises(UserError, match="arch is that of the start"):
        _ = one.architecture
    with pytest.raises(UserError, match="freeze must be one of"):
        training.Recipe(freeze="fc8")


# The record --------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_record_goes_on_where_it_stopped(two, tmp_path, monkeypatch, capsys):
    """With the tiny network, ten pictures a class, and one of two starts."""
    transfer = records.experiment("transfer")
    photos = tiny.flat(tmp_path / "photos", {"red": 12, "blue": 12})
    starts = {"drawn": two[1].path, "flowers": tmp_path / "none"}
    small = {"NETWORK": tiny.ARCH, "SCALING": 1 / 64, "STARTS": starts, "COUNTS": (10,)}
    small |= {"CLASSES": ("blue", "red"), "CHOOSES_FROM": 4, "BATCH": 2, "UPDATES": 5}
    small |= {"RATES": dict.fromkeys(transfer.RATES, (1e-4,)), "LAYERS": ("pool1",)}
    for name, value in (small | {"VALIDATION": 1}).items():
        monkeypatch.setattr(transfer, name, value)
    monkeypatch.setattr(transfer.baselines, "FEATURES", {"mean": lambda image: image.mean((0, 1))})
    out = tmp_path / "record"
    with pytest.raises(UserError, match="transfer needs --data"):
        records.make("transfer", out=out)
    records.make("transfer", out=out, seeds=1, data=str(photos))
    first = pd.read_csv(out / "runs.csv")
    assert set(zip(first["start"], first["way"], strict=True)) == set(transfer.WAYS[:3])
    assert (first["updates"] == 5).all()
    assert first["of"].nunique() == 1
    assert first["weights"].nunique() == 2
    assert set(pd.read_csv(out / "opponents.csv")["opponent"]) == {
        *("mean", "channel means, drawn", "channel means, none")
    }
    before = {path.name: path.read_bytes() for path in out.glob("*.csv")}
    monkeypatch.setattr(transfer, "trained", lambda recipe: pytest.fail("trained again"))
    records.make("transfer", out=out, seeds=1, data=str(photos))
    assert {path.name: path.read_bytes() for path in out.glob("*.csv")} == before


def test_a_description_of_a_network_cannot_fill_the_memory(command, tmp_path):
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (run_files.DESCRIPTION + 1) + b"{}")
    assert path.stat().st_size < 100_000
    with zipfile.ZipFile(path) as archive, pytest.raises(ValueError, match="has more than"):
        run_files.described(archive)
    refused(command, "net.keras is damaged, or no network", path)
