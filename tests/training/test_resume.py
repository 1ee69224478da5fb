"""A run killed with SIGKILL at the worst moments reaches the weights of one never killed."""

import signal
import subprocess
import sys

import numpy as np
import pytest
import tiny
from tiers import sample

from helpers import training
from helpers.errors import UserError
from helpers.training import checkpoint, loop, run_files, schedule

# Each piece of code makes a child process kill itself at one moment of a run of four epochs of
# four steps, with a checkpoint after each epoch.
PRELUDE = """
import os, signal, sys, tiny
from pathlib import Path
from helpers import training
from helpers.errors import UserError
from helpers.training import checkpoint, loop, network
loop.CHECKPOINT_SECONDS = 0
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
calls = []
"""
IN_AN_EPOCH = """
numbers = network.Network.numbers
def spy(self, *args):
    calls.append(1)
    if len(calls) == 7:
        die()
    return numbers(self, *args)
network.Network.numbers = spy
"""
WRITING_A_CHECKPOINT = """
def savez(file, **arrays):
    file.write(b'half of it')
    file.flush()
    die()
checkpoint.np.savez = savez
"""
BEFORE_THE_LAST_FILE = """
from helpers import files
write_csv = files.write_csv
def spy(path, table):
    die() if path.name == 'predictions.csv' else write_csv(path, table)
files.write_csv = spy
"""
TRAIN = """
training.train(tiny.recipe(Path(sys.argv[1]), epochs=4), sys.argv[2], verbose=True)
"""


def killed(point, data, folder, home):
    """Run a child until it kills itself and return what it printed."""
    command = [sys.executable, "-c", PRELUDE + point + TRAIN, str(data), str(folder)]
    done = subprocess.run(
        command, env=tiny.environment(home), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("times", sample([1, 3]))
def test_killed_once_or_three_times_and_still_the_same_weights(
    tmp_path, monkeypatch, capsys, times
):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    data = tiny.make_folder(tmp_path / "data")
    recipe = tiny.recipe(data, epochs=4)
    whole = training.train(recipe, tmp_path / "whole", verbose=False)
    folder = tmp_path / "killed"

    assert "resumed" not in killed(IN_AN_EPOCH, data, folder, tmp_path)
    assert [p.name for p in folder.glob("checkpoint*")] == ["checkpoint-000001.npz"]
    if times == 3:
        assert "resumed after epoch 1" in killed(WRITING_A_CHECKPOINT, data, folder, tmp_path)
        assert list(folder.glob(".checkpoint*"))  # half a file lies about
        assert "resumed after epoch 1" in killed(BEFORE_THE_LAST_FILE, data, folder, tmp_path)
        assert (folder / "model.keras").exists()
        assert not run_files.is_finished(folder)

    resumed = training.train(recipe, folder)
    assert f"resumed after epoch {4 if times == 3 else 1}" in capsys.readouterr().out
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for column in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        assert whole.history[column].tolist() == pytest.approx(resumed.history[column].tolist())
    names = {path.name for path in folder.iterdir() if path.name != ".lock"}
    assert names == {*run_files.OWN_FILES, "export", "checkpoint-000004.npz"}


def interrupted_after(epochs, recipe, folder, monkeypatch):
    """Stop a run as Ctrl-C does, after some epochs."""
    with monkeypatch.context() as patch:
        tiny.interrupt(patch, epochs + 1)
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, folder, verbose=False)


def test_dropout_order_and_momentum_are_part_of_the_state(tmp_path, monkeypatch):
    """A resume that forgets any of these ends elsewhere: the comparison can fail."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    recipe = tiny.recipe(tiny.make_folder(tmp_path / "data"), epochs=3)
    whole = training.train(recipe, tmp_path / "whole", verbose=False)
    folder = tmp_path / "cut"
    interrupted_after(2, recipe, folder, monkeypatch)
    arrays, state = checkpoint.load(folder)
    moments = [i for i, array in enumerate(arrays) if array.ndim == 4][-2:]
    for i in moments:
        arrays[i] = np.zeros_like(arrays[i])  # the momentum buffers of the convolutions
    checkpoint.save(folder, 2, arrays, state)
    resumed = training.train(recipe, folder, verbose=False)
    gaps = [
        np.abs(a - b).max()
        for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True)
    ]
    assert max(gaps) > 1e-5


def test_a_resume_right_after_the_rate_fell_goes_on_as_if_never_cut(tmp_path, monkeypatch):
    """The momentum is scaled when the next epoch begins, so the old rate must be in the state."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    data = tiny.make_folder(tmp_path / "data")
    see = schedule.Plateau.see
    monkeypatch.setattr(schedule.Plateau, "see", lambda rule, error: see(rule, 1.0))
    recipe = tiny.recipe(data, epochs=4, patience=1)
    whole = training.train(recipe, tmp_path / "whole", verbose=False)
    assert whole.history["learning_rate"].tolist() == [0.01, 0.01, 0.001, 0.0001]
    interrupted_after(3, recipe, tmp_path / "cut", monkeypatch)
    resumed = training.train(recipe, tmp_path / "cut", verbose=False)
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7)


def test_ctrl_c_says_what_is_saved_and_how_to_go_on(tmp_path, monkeypatch, capsys):
    recipe = tiny.recipe(tiny.make_folder(tmp_path / "data"))
    interrupted_after(0, recipe, tmp_path / "run", monkeypatch)
    assert "nothing was saved yet, so the same command begins anew" in capsys.readouterr().out
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    interrupted_after(2, recipe, tmp_path / "run", monkeypatch)
    assert "the state after epoch 2 is saved" in capsys.readouterr().out


def test_ctrl_c_while_a_checkpoint_is_written_waits_for_it(tmp_path, monkeypatch, capsys):
    """The first epoch is saved however short it was, also when Ctrl-C comes in the middle."""
    recipe = tiny.recipe(tiny.make_folder(tmp_path / "data"))
    write = checkpoint.save

    def save(*parts):
        signal.raise_signal(signal.SIGINT)
        return write(*parts)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save)
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, tmp_path / "run", verbose=False)
    assert "the state after epoch 1 is saved" in capsys.readouterr().out
    training.train(recipe, tmp_path / "run")
    assert "resumed after epoch 1 of 3" in capsys.readouterr().out


def test_a_run_whose_pictures_changed_is_not_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    data = tiny.make_folder(tmp_path / "data")
    recipe = tiny.recipe(data)
    interrupted_after(1, recipe, tmp_path / "run", monkeypatch)
    next((data / "train" / "red").iterdir()).unlink()
    with pytest.raises(UserError, match="32 training pictures there, 31 now"):
        training.train(recipe, tmp_path / "run", verbose=False)
    fresh = training.train(recipe, tmp_path / "run", resume=False, verbose=False)
    assert len(fresh.history) == 3
