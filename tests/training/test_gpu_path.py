"""What a GPU machine does, walked on a processor: devices, operations that repeat, the benchmark.

Two logical processors stand for two GPUs.
"""

import os
import subprocess
import sys

import pandas as pd
import pytest
import tiny

from helpers import environment
from helpers.errors import UserError
from helpers.training import Run

#: Two devices, and a network without dropout, which each device would draw for itself.
TWO_DEVICES = """
import sys, pytest, tiny, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from helpers import architectures
from helpers.architectures import Dropout, without
from helpers.training import loop
architectures.SPECS["tiny"] = without(tiny.ARCH, Dropout)
loop.CHECKPOINT_SECONDS = 0
data, out = sys.argv[1:]

def train(name, *options):
    settings = ["--arch", "tiny", "--epochs", 3, "--batch-size", 8, *options]
    return tiny.call("train", "--data", data, *settings, "--out", f"{out}/{name}")
"""


def on_two_devices(code, data, out, *options):
    """Run code after ``TWO_DEVICES`` in a process of its own."""
    code = f"import sys; sys.argv = ['', {str(data)!r}, {str(out)!r}]\n{TWO_DEVICES}{code}"
    done = tiny.python(code, out / "home")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def losses(folder):
    return Run.load(folder).history[["loss", "val_loss"]]


def test_two_devices_by_command_line_learn_what_one_learns(folder, tmp_path):
    """Begun on two and gone on with on one device too: the checkpoint belongs to neither."""
    on_two_devices(
        "single = '--precision', 'float32'\n"
        "assert train('one', *single) == 0\n"
        "assert train('two', *single, '--devices', 2) == 0\n"
        "with pytest.MonkeyPatch.context() as pressed:\n"
        "    tiny.interrupt(pressed, 2)\n"
        "    assert train('moved', *single, '--devices', 2) == 130\n"
        "assert train('moved', *single) == 0\n"
        "assert tiny.call('evaluate', '--run', f'{out}/two') == 0\n",
        folder,
        tmp_path,
    )
    one = losses(tmp_path / "one")
    for name in ("two", "moved"):
        pd.testing.assert_frame_equal(losses(tmp_path / name), one, atol=1e-5, rtol=0)


@pytest.mark.thorough
def test_two_devices_share_batches_in_half_precision(folder, tmp_path):
    precisions = ("float32", "mixed_bfloat16", "mixed_float16")
    on_two_devices(
        f"for name in {precisions}:\n"
        "    assert train(name, '--precision', name, '--devices', 2) == 0\n",
        folder,
        tmp_path,
    )
    single, *halves = (losses(tmp_path / name) for name in precisions)
    for half in halves:
        pd.testing.assert_frame_equal(half, single, atol=0.02, rtol=0)


# ------------------------------------------------------------------------- the same bits again

HASH = """
import hashlib, sys, tiny
from tensorflow.python.framework import config
from helpers import training
recipe = tiny.recipe(sys.argv[1], epochs=2, precision="auto")
run = training.train(recipe, sys.argv[2], verbose=False)
print(config.is_op_determinism_enabled(), end=" ")
print(hashlib.sha256(b"".join(array.tobytes() for array in run.model.get_weights())).hexdigest())
"""


@pytest.mark.thorough
@pytest.mark.thorough
def test_deterministic_operations_give_the_same_weights_twice(folder, tmp_path):
    said = []
    for number in "12":
        code = f"import sys; sys.argv = ['', {str(folder)!r}, {str(tmp_path / number)!r}]\n{HASH}"
        done = tiny.python(code, tmp_path, ALEXNET_DETERMINISTIC="1", TF_NUM_INTRAOP_THREADS="2")
        assert done.returncode == 0, done.stderr[-3000:]
        said.append(done.stdout.split())
    assert said[0][0] == "True"
    assert said[0] == said[1]


def test_the_switch_for_deterministic_operations_is_on_or_off(monkeypatch):
    monkeypatch.setenv("ALEXNET_DETERMINISTIC", "yes")
    with pytest.raises(UserError, match="ALEXNET_DETERMINISTIC must be 0 or 1, got 'yes'"):
        environment.deterministic()


@pytest.mark.thorough
def test_on_jax_the_switch_says_what_to_set_instead(tmp_path):
    code = "from helpers import environment; environment.deterministic()"
    done = tiny.python(code, tmp_path, ALEXNET_DETERMINISTIC="1", KERAS_BACKEND="jax")
    assert "xla_gpu_deterministic_ops" in done.stderr.splitlines()[-1]


# ------------------------------------------------------------------------- the benchmark


def benchmark(*options):
    command = [sys.executable, tiny.ROOT / "benchmarks" / "gpu.py", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ})
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_without_a_gpu_its_benchmark_measures_nothing():
    first, *_ = benchmark()
    assert first == "JAX sees no GPU on this machine, so there is nothing to measure here."


@pytest.mark.thorough
def test_the_benchmark_of_gpus_runs_to_its_end_on_a_processor_and_says_so():
    warning, single, half, ratio = benchmark("--cpu", "--arch", "book")
    assert warning.startswith("No GPU: ")
    for line, precision in ((single, "float32"), (half, "mixed_bfloat16")):
        assert line.startswith("figure ")
        assert "peak unknown" in line
        assert f"book, {precision}, batch 4, CPU, to try the script" in line
    assert ratio.startswith("ratio ")
    assert "CPU, to try the script" in ratio
