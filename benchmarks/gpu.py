"""Training speed on a GPU, JAX backend: single and half precision, share of the peak, 90 epochs.

One command on a machine with a GPU and ``pip install "jax[cuda12]"``: ``python benchmarks/gpu.py``.
Pictures are 256×256 uint8 in memory; crops, flips and colour noise are part of the measured step.
Without a GPU it says so. ``--cpu`` runs a few small steps anyway, to see that the script works.
"""

import argparse
import os
import time

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np
from common import Ready, figure, machine, ratio

#: Peak of dense matrix products in TFLOP/s from the makers' data sheets: 16-bit tensor cores, and
#: what float32 matrix products use by default (TF32 tensor cores where there are any).
PEAKS = {
    "H200": (989, 494),
    "H100": (989, 494),
    "A100": (312, 156),
    "L40": (181, 90),
    "L4": (121, 60),
    "A10": (125, 62),
    "T4": (65, 8.1),
    "V100": (125, 15.7),
}
IMAGENET, EPOCHS = 1_281_167, 90


def main() -> None:
    options = _options()
    import jax

    devices = [device for device in jax.devices() if device.platform != "cpu"]
    if not devices and not options.cpu:
        print("JAX sees no GPU on this machine, so there is nothing to measure here.")
        print(f"backend jax, devices {jax.devices()}; {machine()}")
        return
    name = devices[0].device_kind if devices else "CPU, to try the script"
    batch, steps = (options.batch, options.steps) if devices else (4, 2)
    if not devices:
        print("No GPU: a few small steps on the processor, whose figures say nothing about GPUs.")
    rates = {
        precision: _images_per_second(options.arch, precision, batch, steps)
        for precision in ("float32", _half())
    }
    _report(options.arch, name, batch, rates)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", default="paper")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=60, help="steps per measured epoch")
    parser.add_argument("--cpu", action="store_true", help="try the script without a GPU")
    return parser.parse_args()


def _half() -> str:
    """Return the half precision that a run takes on this GPU: float16 where bfloat16 is slow."""
    from helpers.training.precision import choose

    found, _ = choose("auto", "glorot")
    return "mixed_bfloat16" if found == "float32" else found


def _images_per_second(arch: str, precision: str, batch: int, steps: int) -> float:
    """Return the best of three epochs, after one that compiles."""
    from helpers.training import Recipe, network

    recipe = Recipe(arch=arch, precision=precision, batch_size=batch)
    net = network.Network(recipe, 1000, (np.full(3, 110.0), np.full(3, 30.0), np.eye(3)))
    batches = Ready(batch, steps, 1000)
    net.train_epoch(batches, 1, 1e-3)
    times = []
    for epoch in (2, 3, 4):
        start = time.perf_counter()
        net.train_epoch(batches, epoch, 1e-3)
        times.append(time.perf_counter() - start)
    return batch * steps / min(times)


def _report(arch: str, name: str, batch: int, rates: dict[str, float]) -> None:
    from helpers import shapes

    flops = 6 * shapes.totals(arch).macs  # forward once, backward twice, two FLOP each
    peaks = next((peak for key, peak in PEAKS.items() if key in name), None)
    for i, (precision, rate) in enumerate(rates.items()):
        share = "peak unknown"
        if peaks:
            share = f"{100 * rate * flops / (1e12 * peaks[1 - i]):.1f} % of the peak"
        hours = IMAGENET * EPOCHS / rate / 3600
        text = f"{arch}, {precision}, batch {batch}, {name}"
        figure(text, f"{rate:.0f} images/s, {share}, 90 epochs of ImageNet in {hours:.1f} h")
    single, half = rates.values()
    ratio(f"{arch}, half / single precision, {name}", half / single, "none")


if __name__ == "__main__":
    main()
