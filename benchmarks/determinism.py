"""What deterministic operations cost: images/s with them against without, in pairs of runs.

Each run is a process of its own, since they cannot be switched off again; which of a pair comes
first changes from pair to pair. All train the network of the chapters from one start, on the same
batches, with as many threads as there are cores. So all runs of a kind end with the same weights,
bit for bit, unless something in them is left to chance: how many kinds of weights came out is said
too.
"""

import hashlib
import os
import subprocess
import sys
import time

import numpy as np
from common import Ready, figure, ratio

PAIRS, BATCH, BATCHES, EPOCHS = 7, 16, 20, 3
SWITCH = "ALEXNET_DETERMINISTIC"


def main() -> None:
    runs: dict[str, list[tuple[float, str]]] = {"0": [], "1": []}
    for pair in range(PAIRS):
        for wanted in ("01", "10")[pair % 2]:
            runs[wanted].append(_run(wanted))
    for wanted, name in (("0", "operations as usual"), ("1", "deterministic operations")):
        kinds = len({digest for _, digest in runs[wanted]})
        figure(f"{PAIRS} trainings, {name}: different weights at the end", str(kinds))
    shares = [with_[0] / without[0] for without, with_ in zip(runs["0"], runs["1"], strict=True)]
    print("pairs:", ", ".join(f"{share:.2f}" for share in shares))
    ratio("images/s, deterministic operations / as usual", float(np.median(shares)), "none")


def _run(wanted: str) -> tuple[float, str]:
    """Train in a process of its own; return images/s and a hash of the weights."""
    done = subprocess.run(
        [sys.executable, __file__, "once"],
        env={**os.environ, SWITCH: wanted},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rate, digest = done.stdout.split()[-2:]
    return float(rate), digest


def once() -> None:
    """Train for a few epochs and print images/s of the last ones and a hash of the weights."""
    from helpers.training import Recipe, network

    recipe = Recipe(arch="book", epochs=EPOCHS, batch_size=BATCH, optimizer="adam")
    statistics = (np.full(3, 110.0), np.full(3, 30.0), np.eye(3))
    net = network.Network(recipe.resolved(BATCH * BATCHES), 2, statistics)
    batches = Ready(BATCH, BATCHES)
    net.train_epoch(batches, 1, 1e-4)  # traces, and is not timed
    start = time.perf_counter()
    for epoch in range(2, EPOCHS + 1):
        net.train_epoch(batches, epoch, 1e-4)
    rate = BATCH * BATCHES * (EPOCHS - 1) / (time.perf_counter() - start)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in net.arrays()))
    print(f"{rate:.2f} {digest.hexdigest()[:16]}")


if __name__ == "__main__":
    once() if sys.argv[1:] == ["once"] else main()
