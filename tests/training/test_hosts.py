"""Several hosts: two real processes take the steps of one, and a lost host is told, not waited for.

Each process is a real one and talks to the others over the loopback interface.
"""

import signal
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec

import numpy as np
import pytest
import tiny
from tiers import sample

from helpers import __main__ as cli
from helpers import datasets
from helpers.errors import UserError
from helpers.training import Run
from helpers.training.hosts import cost, host, launch, worker

TIMEOUT = 40
needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

# A checkpoint after each epoch; and host 1 dies in the middle of the third.
CAREFUL = """
import os, signal
from helpers.training.hosts import host, worker
epoch = host.Share.epoch
def dying(self, number):
    from helpers.training import loop
    loop.CHECKPOINT_SECONDS = 0
    if number == 3 and self.host.index == 1 and {dies}:
        os.kill(os.getpid(), signal.SIGKILL)
    return epoch(self, number)
host.Share.epoch = dying
worker.main()
"""
ALONE = """
import sys, tiny
from helpers import training
training.train(tiny.recipe(sys.argv[1], epochs=4), sys.argv[2], verbose=False)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tiny.make_folder(tmp_path_factory.mktemp("data"))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    return tmp_path


@pytest.mark.thorough
@needs_jax
def test_two_hosts_one_of_them_killed_reach_what_one_process_reaches(data, home, monkeypatch):
    """Dropout included: its mask is drawn for the whole batch."""
    recipe, folder = tiny.recipe(data, epochs=4), home / "two"
    alone = subprocess.Popen(
        [sys.executable, "-c", ALONE, str(data), str(home / "one")],
        env=tiny.environment(home / "home", KERAS_BACKEND="jax"),
    )
    monkeypatch.setattr(launch, "WORKER", CAREFUL.format(dies=True))
    with pytest.raises(launch.HostError, match=r"ended with status -9; start the same command"):
        launch.train(recipe, folder, "local:2", timeout=TIMEOUT)
    begun = {path.name for path in folder.iterdir()}
    assert {"history.csv", "checkpoint-000002.npz"} <= begun
    assert not begun & {"model.keras", "predictions.csv"}

    monkeypatch.setattr(launch, "WORKER", CAREFUL.format(dies=False))
    two = launch.train(recipe, folder, "local:2", timeout=TIMEOUT)
    assert alone.wait(300) == 0
    one = Run.load(home / "one")
    assert list(two.history["epoch"]) == [1, 2, 3, 4]
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(two.history[column], one.history[column], rtol=1e-5)
    for mine, other in zip(two.model.get_weights(), one.model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
    columns = ["probability", "probability_true"]
    np.testing.assert_allclose(two.predictions[columns], one.predictions[columns], atol=1e-5)
    assert one.history["loss"].iloc[-1] < one.history["loss"].iloc[0]


SLEEPS = """
import os, signal
from helpers.training.hosts import host, worker
epoch = host.Share.epoch
def sleeping(self, number):
    if number == 2 and self.host.index == {index}:
        print("asleep", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    return epoch(self, number)
host.Share.epoch = sleeping
worker.main()
"""


@needs_jax
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be stopped here")
@pytest.mark.thorough
@pytest.mark.parametrize("index", [1, 0])
def test_a_host_that_sleeps_is_told_and_the_pictures_are_examined(home, monkeypatch, capfd, index):
    folder = tiny.make_folder(home / "photos", train=16, val=8)
    first = min((folder / "train" / "red").iterdir())
    (folder / "val" / "red" / "copy.jpg").write_bytes(first.read_bytes())
    monkeypatch.setattr(launch, "WORKER", SLEEPS.format(index=index))
    told, asleep, real = "", [], subprocess.Popen.poll

    def poll(self):
        nonlocal told
        told += capfd.readouterr().out
        if "asleep" in told and not asleep:
            asleep.append(time.monotonic())
        return real(self)

    monkeypatch.setattr(subprocess.Popen, "poll", poll)
    with pytest.raises(launch.HostError, match="lost another host and stopped; start the same"):
        launch.train(tiny.recipe(folder), home / "run", "local:2", timeout=20)
    assert time.monotonic() - asleep[0] < 20 + 5
    assert "1 picture is the same as one of another part" in told
    assert told.count("24 pictures, 2 classes") + told.count("25 pictures, 2 classes") == 1


@needs_jax
@pytest.mark.parametrize("index", sample([1, 0]))
def test_a_host_that_does_not_come_is_told_in_time(data, home, index):
    address, start = f"127.0.0.1:{free_port()}", time.monotonic()
    with pytest.raises(launch.HostError, match=rf"Host {index} waited 3 s at .*, and not all of"):
        launch.train(tiny.recipe(data), home / "run", f"{address},b", index, timeout=3)
    assert time.monotonic() - start < 3 + 30
    assert not (home / "run").exists()


@pytest.mark.thorough
@needs_jax
def test_hosts_that_were_started_differently_say_so(data, home):
    hosts, told = f"127.0.0.1:{free_port()},b", {}

    def start(index, **changes):
        try:
            recipe = tiny.recipe(data, **changes)
            launch.train(recipe, home / "run", hosts, index, timeout=TIMEOUT)
        except UserError as error:
            told[index] = str(error)

    other = threading.Thread(target=start, args=(1,), kwargs={"seed": 1})
    other.start()
    start(0)
    other.join()
    assert set(told) == {0, 1}
    assert all("Host 1 was started with other settings" in text for text in told.values())
    assert not (home / "run").exists()


@pytest.mark.parametrize(
    ("hosts", "index", "word"),
    [
        ("local:0", None, "local:N"),
        ("local:two", None, "local:N"),
        ("local:2", 0, "--host-index"),
        ("ada,grace", 0, "port"),
        ("ada:x,grace", 0, "port"),
        ("ada:70000,grace", 0, "port"),
        ("ada:1234", 0, "at least two"),
        ("ada:1234,", 0, "at least two"),
        ("ada:1234,gr ace", 0, "at least two"),
        ("ada:1234,grace", None, "--host-index"),
        ("ada:1234,grace", 2, "--host-index"),
        ("ada:1234,grace", -1, "--host-index"),
    ],
)
def test_hosts_that_make_no_sense_are_one_line_and_status_2(hosts, index, word, home, capsys):
    chosen = [] if index is None else ["--host-index", str(index)]
    (home / "x").mkdir()
    command = ["train", "--data", str(home / "x"), "--out", str(home / "run"), "--hosts", hosts]
    command += chosen
    assert cli.main(command) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert word in told.err
    assert not (home / "run").exists()


def test_what_does_not_go_together_is_told(home, monkeypatch, capsys):
    (home / "x").mkdir()
    command = ["train", "--data", str(home / "x"), "--out", str(home / "run")]
    assert cli.main([*command, "--host-index", "0"]) == 2
    assert cli.main([*command, "--hosts", "local:2", "--tensorboard"]) == 2
    assert cli.main([*command, "--hosts", "local:2", "--host-timeout", "0"]) == 2
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert cli.main([*command, "--hosts", "local:2"]) == 2
    told = capsys.readouterr().err.splitlines()
    words = ("--hosts", "--tensorboard", "--host-timeout", "KERAS_BACKEND")
    assert all(word in line for word, line in zip(words, told, strict=True))


def test_help_says_that_the_port_is_open(capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "--help"])
    assert "on a trusted network only" in " ".join(capsys.readouterr().out.split())


def test_without_jax_it_is_told(home, monkeypatch):
    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install jax"):
        launch.train(tiny.recipe("x"), home / "run", "local:2")


def test_plans():
    assert launch.plan("ada:1234,grace,10.0.0.3", 2) == launch.Plan("ada:1234", 3, (2,))
    assert launch.plan("[::1]:80,[fe80::2]", 0).address == "[::1]:80"
    local = launch.plan("local:3")
    assert local.here == (0, 1, 2)
    assert local.first
    assert local.address.startswith("127.0.0.1:")


def test_the_hosts_parts_make_up_the_batch(data):
    training = datasets.load(data, "train")
    whole = datasets.Batches(training, 12, seed=5, shuffle=True, drop_remainder=True)
    parts = [host.Share(training, 12, host.Host(i, 3), seed=5) for i in range(3)]
    assert [len(part) for part in parts] == [len(whole)] * 3
    for batch, *shares in zip(whole.epoch(2), *(part.epoch(2) for part in parts), strict=True):
        for value, pieces in zip(batch, zip(*shares, strict=True), strict=True):
            np.testing.assert_array_equal(value, np.concatenate(pieces))


@needs_jax
def test_a_batch_that_cannot_be_shared_is_told(data, tmp_path, monkeypatch):
    import jax

    monkeypatch.setattr(jax, "device_count", lambda: 3)
    with pytest.raises(UserError, match="A batch of 8 pictures cannot be shared equally by 3"):
        worker.look(host.Host(0, 3), tiny.recipe(data), tmp_path / "run")
    monkeypatch.setattr(jax, "device_count", lambda: 4)
    with pytest.raises(UserError, match="17 hosts need at least 17 validation pictures"):
        worker.look(host.Host(0, 17), tiny.recipe(data), tmp_path / "run")


def test_costs_by_hand():
    assert cost.images_seen(100, epochs=2) == 200
    assert cost.allreduce_bytes(10, 2) == 40  # half of 40 bytes there, the other half back
    assert cost.allreduce_bytes(10, 4) == pytest.approx(60)
    assert cost.allreduce_bytes(10, 1) == 0
    assert cost.days(86_400, 1.0) == 1.0
    plan = cost.table([1, 2], rate=50.0, parameters=1000, images=4000, epochs=1, batch=100)
    assert plan.loc[1, "days"] == pytest.approx(80 / 86400)
    assert plan.loc[2, "days"] == pytest.approx(40 / 86400)
    assert plan.loc[2, "input MB/s"] == pytest.approx(100 * cost.BYTES_A_FILE / 1e6)
    assert plan.loc[2, "sent MB a step"] == pytest.approx(0.004)
    assert plan.loc[2, "sent MB/s"] == pytest.approx(0.004 * 100 / 100)
    with pytest.raises(UserError, match="rate"):
        cost.days(10, 0)
