"""Asked to stop at any moment, a training loses no epoch that it has spoken of, and says so."""

import json
import re
import signal
import subprocess
import sys

import pytest
import tiny
from tiers import sample

from helpers import files, training
from helpers.__main__ import main
from helpers.evaluation import card
from helpers.training import checkpoint, loop, network, runs

OPTIONS = "--arch tiny --batch-size 8 --precision float32 --epochs".split()
CHILD = """
import os, signal, sys, tiny
from helpers import architectures
from helpers.__main__ import main
architectures.SPECS["tiny"] = tiny.ARCH
number = int(sys.argv.pop(1))
def stop():
    os.kill(os.getpid(), number)
"""
IN_THE_FIRST_EPOCH = """
from helpers.training import network
numbers = network.Network.numbers
network.Network.numbers = lambda *args: (stop(), numbers(*args))[1]
"""
WHILE_SAVING = """
from helpers.training import checkpoint
save = checkpoint.save
checkpoint.save = lambda *args: (stop(), save(*args))[1]
"""
SIGNALS = {signal.SIGINT: (130, "Interrupted"), signal.SIGTERM: (143, "Stopped by SIGTERM")}
NOTHING = "nothing was saved yet, so the same command begins anew."


pytestmark = pytest.mark.usefixtures("tiny_architecture")


def command(data, out, epochs=3):
    return ["train", "--data", str(data), "--out", str(out), *OPTIONS, str(epochs)]


def child(number, point, arguments, home):
    code = CHILD + point + "sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(int(number)), *arguments],
        env=tiny.environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# ------------------------------------------------------------------------- real processes


@pytest.mark.parametrize(
    ("point", "number", "said", "next_one"),
    sample(
        [
            (WHILE_SAVING, signal.SIGTERM, "go on with epoch 2 of 3", "epoch 2 is next"),
            (IN_THE_FIRST_EPOCH, signal.SIGTERM, NOTHING, None),
        ]
    ),
    ids=["while saving", "in the first epoch"],
)
def test_a_killed_process_says_where_it_stands(
    folder, tmp_path, capsys, point, number, said, next_one
):
    out, err = child(number, point, command(folder, tmp_path / "run"), tmp_path).communicate()
    assert said in out
    assert "Stopped by SIGTERM; " in out
    assert "Traceback" not in out + err
    assert main(command(folder, tmp_path / "run")) == 0
    assert ("resumed" in (again := capsys.readouterr().out)) == (next_one is not None)
    assert next_one is None or next_one in again


@pytest.mark.thorough
def test_ctrl_c_right_after_a_line_keeps_its_epoch(folder, tmp_path):
    """The second epoch is not written by itself: the first was, a moment ago."""
    process = child(0, "", command(folder, tmp_path / "run", 500), tmp_path)
    lines = iter(process.stdout.readline, "")
    assert any(line.startswith("epoch   2/") for line in lines)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    epoch = int(re.search(r"Interrupted; the state after epoch (\d+) is saved\.", out)[1])
    spoken = [int(number) for number in re.findall(r"^epoch +(\d+)/", out, re.M)]
    assert epoch >= max([2, *spoken])
    assert len(checkpoint.state(tmp_path / "run")["rows"]) == epoch


# ------------------------------------------------------------------------- at every moment


def at(monkeypatch, moment, number):
    """Let the signal come once, when a function is called; ``moment`` names it."""
    owner, name, when = moment
    original, calls = getattr(owner, name), []

    def struck(*args, **options):
        calls.append(1)
        if len(calls) == when:
            signal.raise_signal(number)
        return original(*args, **options)

    monkeypatch.setattr(owner, name, struck)


#: One of each kind first: nothing is saved yet, an epoch is, all of them are.
MOMENTS = {
    "measuring": ((loop, "statistics", 1), 0),
    "second epoch": ((network.Network, "train_epoch", 2), 1),
    "writing the network": ((loop.export, "save", 1), 3),
    "loading": ((runs, "load_data", 1), 0),
    "first epoch": ((network.Network, "train_epoch", 1), 0),
    "judging epoch 1": ((network.Network, "validate", 1), 0),
    "saving epoch 1": ((checkpoint, "save", 1), 1),
    "history of epoch 3": ((files, "write_csv", 3), 2),
    "third epoch": ((network.Network, "train_epoch", 3), 2),
    "writing the card": ((card, "write_text", 1), "finished"),
}
CASES = [(moment, number) for number in SIGNALS for moment in MOMENTS]


@pytest.mark.parametrize(("moment", "number"), sample(CASES, 3))
def test_a_stopped_run_loses_nothing_it_spoke_of(
    folder, tmp_path, monkeypatch, capsys, moment, number
):
    where, saved = MOMENTS[moment]
    status, word = SIGNALS[number]
    with monkeypatch.context() as patch:
        at(patch, where, number)
        assert main(command(folder, tmp_path / "run")) == status
    said = capsys.readouterr().out
    ends = {0: NOTHING, 3: "to finish the run.", "finished": "for its report."}
    ends |= {epoch: f"to go on with epoch {epoch + 1} of 3." for epoch in (1, 2)}
    last = said.splitlines()[-1]
    assert last.startswith(f"{word}; ")
    assert last.endswith(ends[saved])
    assert (tmp_path / "run").exists() == (saved != 0)
    spoken = said.count("images/s")
    assert saved == "finished" or spoken <= saved


def test_more_epochs_that_are_stopped_are_those_spoken_of(folder, tmp_path, monkeypatch, capsys):
    """Not the finished run that they go on from: it has its report."""
    assert main(command(folder, tmp_path / "run", 1)) == 0
    with monkeypatch.context() as patch:
        at(patch, (card, "write_text", 1), signal.SIGTERM)
        assert main(command(folder, tmp_path / "run", 2)) == 143
    longer = tmp_path / "run-epochs-1-to-2"
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"the run in {longer} is finished. Repeat" in last
    assert not (longer / "model_card.md").exists()
    assert main(command(folder, tmp_path / "run", 2)) == 0
    assert (longer / "model_card.md").exists()


def test_what_nobody_listens_to_stays_unheard(folder, tmp_path, monkeypatch):
    """``nohup`` lets a process ignore SIGHUP; and after a command all is as it was."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        at(monkeypatch, (network.Network, "train_epoch", 1), signal.SIGHUP)
        assert main(command(folder, tmp_path / "run", 1)) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_script_that_is_killed_keeps_its_epoch_too(folder, tmp_path, monkeypatch, capsys):
    at(monkeypatch, (network.Network, "train_epoch", 2), signal.SIGTERM)
    with pytest.raises(SystemExit) as stopped:
        training.train(tiny.recipe(folder), tmp_path / "run", verbose=False)
    assert stopped.value.code == 143
    assert "the state after epoch 1 is saved" in capsys.readouterr().out


def test_a_run_that_was_never_saved_starts_over_and_says_so(folder, tmp_path, capsys):
    """Also with other settings: there is nothing that they would spoil."""
    (tmp_path / "run").mkdir()
    recipe = tiny.recipe(folder, epochs=9).to_dict()
    (tmp_path / "run" / "recipe.json").write_text(json.dumps(recipe))
    assert main(command(folder, tmp_path / "run", 1)) == 0
    out, err = capsys.readouterr()
    assert "nothing was saved: it starts over" in err
    assert "epoch   1/1" in out
