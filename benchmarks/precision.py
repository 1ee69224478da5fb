"""Training in bfloat16 against single precision: the paper's network at whole width, batch 32.

Both are trained as a run trains them, crops, flips and colour noise included, on batches that lie
ready. They take turns in one process, so that a machine that gets slower in between does not
decide the ratio; the first turn of each, which traces, does not count.
"""

import time

import numpy as np
from common import Ready, figure, ratio

from helpers.training import Recipe, network
from helpers.training.precision import processor_has_bfloat16

BATCH, BATCHES, ROUNDS = 32, 6, 5
STATISTICS = (np.full(3, 110.0), np.full(3, 30.0), np.eye(3))


def main() -> None:
    if not processor_has_bfloat16():
        print("This processor does not multiply in bfloat16; nothing is measured.")
        return
    for arch in ("paper", "one_tower"):
        networks = [of(arch, precision) for precision in ("mixed_bfloat16", "float32")]
        turns = [[rate(net) for net in networks] for _ in range(ROUNDS + 1)][1:]
        half, single = np.median(turns, axis=0)
        figure(f"{arch}, training in bfloat16 and in float32", f"{half:.1f}, {single:.1f} images/s")
        target = "≥ 1.6" if arch == "paper" else "none"
        gains = [one / other for one, other in turns]
        print(f"{arch}: {', '.join(f'{gain:.2f}' for gain in gains)}", flush=True)
        ratio(f"{arch}, training in bfloat16 / in float32", float(np.median(gains)), target)


def of(arch: str, precision: str) -> network.Network:
    """Return a network of two classes in one precision."""
    recipe = Recipe(arch=arch, epochs=1, batch_size=BATCH, precision=precision)
    return network.Network(recipe.resolved(BATCH * BATCHES), 2, STATISTICS)


def rate(net: network.Network) -> float:
    """Train for one epoch on batches that lie ready; return images/s."""
    batches = Ready(BATCH, BATCHES)
    start = time.perf_counter()
    net.train_epoch(batches, 1, 1e-6)
    return len(batches) * BATCH / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
