"""Which precision a run takes and keeps; float16 with a scaled loss; one GPU for two processes."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import tiny
from test_resume import IN_AN_EPOCH, PRELUDE, interrupted_after
from tiers import sample

from helpers import architectures, environment, training
from helpers.__main__ import main
from helpers.book.records import experiment
from helpers.errors import UserError
from helpers.training import loop, network, precision

HALVES = ("mixed_float16", "mixed_bfloat16")
STATISTICS = (np.full(3, 120.0), np.ones(3), np.eye(3))


class Pictures:
    """One batch of noise, as ``Batches`` gives it."""

    batch_size = 4

    def __len__(self):
        return 1

    def epoch(self, number):
        rng = np.random.default_rng(number)
        yield rng.integers(0, 256, (4, 256, 256, 3), dtype="uint8"), np.arange(4, dtype="int32")


def narrow(layer):
    """Return a layer with an eighth of its channels."""
    if hasattr(layer, "filters"):
        return replace(layer, filters=layer.filters // 8)
    return replace(layer, units=layer.units // 8) if layer.name in ("fc6", "fc7") else layer


def step(scale, monkeypatch):
    """Return conv1 of the paper's network, narrowed, before and after a step from its own start."""
    monkeypatch.setattr(network, "LOSS_SCALE", scale)
    paper = architectures.get("paper")
    arch = replace(paper, layers=tuple(map(narrow, paper.layers)))
    settings = {"initial": "paper", "weight_decay": 0.0, "precision": "mixed_float16"}
    net = network.Network(training.Recipe(arch=arch, **settings), 1000, STATISTICS)
    conv1 = net.core.get_layer("conv1")
    before = np.array(conv1.get_weights()[0])
    net.train_epoch(Pictures(), 1, 1.0)
    return before, np.array(conv1.get_weights()[0])


def test_conv1_gets_a_gradient_in_float16_from_the_paper_s_start(monkeypatch):
    before, after = step(2.0**15, monkeypatch)
    assert (before == after).mean() < 0.05
    before, after = step(1.0, monkeypatch)  # the comparison can fail: without a scale most is lost
    assert (before == after).mean() > 0.5


def test_a_step_that_overflows_is_left_out(monkeypatch):
    before, after = step(2.0**60, monkeypatch)
    np.testing.assert_array_equal(before, after)


@pytest.mark.thorough
@pytest.mark.parametrize("half", HALVES)
def test_half_precision_killed_and_resumed_is_as_if_never_cut(half, folder, tmp_path):
    """Also where the rate falls after each epoch, so that the momentum is scaled with it."""
    recipe = tiny.recipe(folder, epochs=4, precision=half, patience=1, keep="last")
    whole = training.train(recipe, tmp_path / "whole", verbose=False)
    code = (
        f"{PRELUDE}{IN_AN_EPOCH}\nrecipe = tiny.recipe(Path(sys.argv[1]), epochs=4,\n"
        f"    precision={half!r}, patience=1, keep='last')\n"
        "training.train(recipe, sys.argv[2], verbose=False)"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "cut")]
    done = subprocess.run(command, env=tiny.environment(tmp_path), capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert list((tmp_path / "cut").glob("checkpoint-*"))
    resumed = training.train(recipe, tmp_path / "cut", verbose=False)
    assert whole.history["learning_rate"].nunique() > 1
    assert whole.environment["precision"] == resumed.environment["precision"] == half
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(("begun", "later"), sample([(7.5, 8.0), (8.0, 7.5), (None, 7.5)]))
def test_a_run_goes_on_in_the_precision_it_was_begun_in(
    folder, tmp_path, monkeypatch, capsys, begun, later
):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(precision, "gpu_capabilities", lambda: [begun])
    first = precision.choose("auto", "glorot")[0]
    recipe = tiny.recipe(folder, epochs=2, precision="auto")
    interrupted_after(1, recipe, tmp_path / "run", monkeypatch)
    monkeypatch.setattr(precision, "gpu_capabilities", lambda: [later])
    run = training.train(recipe, tmp_path / "run")
    assert run.environment["precision"] == first
    assert f"goes on in {first}, in which it was begun" in capsys.readouterr().out
    assert len(run.history) == 2


@pytest.mark.parametrize(
    ("gpus", "flags", "initial", "expected"),
    [
        ([], "fpu avx2", "glorot", "float32"),
        ([], "fpu avx512f avx512_bf16", "glorot", "mixed_bfloat16"),
        ([], "amx_bf16 avx2", "paper", "mixed_bfloat16"),
        ([7.5], "avx512_bf16", "glorot", "mixed_float16"),
        ([7.5], "", "spec", "mixed_float16"),
        ([7.5], "", "paper", "float32"),
        ([8.0], "", "paper", "mixed_bfloat16"),
        ([9.0, 7.0], "", "glorot", "mixed_float16"),
        ([None], "", "glorot", "float32"),
    ],
)
def test_the_precision_follows_the_device(tmp_path, monkeypatch, gpus, flags, initial, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: spectre\n")
    monkeypatch.setattr(precision, "CPUINFO", cpuinfo)
    monkeypatch.setattr(precision, "gpu_capabilities", lambda: gpus)
    chosen, said = precision.choose("auto", initial)
    assert chosen == expected
    assert bool(said) == (gpus == [7.5] and initial == "paper")
    monkeypatch.setattr(precision, "CPUINFO", tmp_path / "none")
    assert precision.choose("mixed_float16", initial) == ("mixed_float16", "")


def test_a_variable_says_the_precision_where_a_recipe_leaves_it_open(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_PRECISION", "mixed_bfloat16")
    run = training.train(tiny.recipe(folder, precision="auto"), tmp_path / "run", verbose=False)
    assert run.environment["precision"] == "mixed_bfloat16"
    assert precision.choose("float32", "glorot") == ("float32", "")
    monkeypatch.setenv("ALEXNET_PRECISION", "half")
    with pytest.raises(UserError, match=r"ALEXNET_PRECISION must be one of auto, .*'half'"):
        training.train(tiny.recipe(folder, precision="auto"), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_recorded_chapters_keep_single_precision():
    recipe = experiment("ablations").recipe("whole", 0)
    assert (recipe.precision, recipe.keep) == ("float32", "last")


def test_processes_share_a_gpu():
    names = "TF_FORCE_GPU_ALLOW_GROWTH", "XLA_PYTHON_CLIENT_PREALLOCATE"
    code = f"import helpers, os; print([os.environ[name] for name in {names}])"
    plain = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=plain | {"PYTHONPATH": str(tiny.ROOT)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "['true', 'false']", done.stderr


@pytest.mark.parametrize(
    "words", sample(["OOM when allocating tensor", "RESOURCE_EXHAUSTED: Out of mem"])
)
def test_memory_that_runs_out_is_told_in_a_sentence(folder, tmp_path, monkeypatch, capsys, words):
    def full(*arguments, **options):
        raise RuntimeError(f"{words}\nHint: …")

    monkeypatch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
    monkeypatch.setattr(network.Network, "train_epoch", full)
    options = "--arch tiny --epochs 1 --batch-size 8 --precision float32".split()
    assert main(["train", "--data", str(folder), "--out", str(tmp_path / "run"), *options]) == 1
    said = capsys.readouterr().err
    assert "another process may hold the GPU" in said
    assert "batches of 8" in said
    assert "--batch-size" in said
    assert not (tmp_path / "run" / "recipe.json").exists()  # a smaller batch may have the folder


def test_chapters_compare_in_float32_and_not_in_tf32(capsys):
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(True)
    environment.banner("no time")
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == "0"  # the tests themselves
