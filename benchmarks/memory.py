"""Peak memory of training from a streamed folder: 20,000 pictures against 2,000, batch 64.

The files are hard links to the drawn JPEGs. Each size runs in a process of its own, which takes a
few training steps of the full network and then reads 20,000 pictures without training, so both have
done the same work when their peaks are compared: one epoch of the large folder, ten of the small.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import figure, ratio

BATCH, STEPS = 64, 3
SIZES = (2_000, 20_000)


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(_measure(Path(sys.argv[1]))))
        return
    found = {}
    from helpers import files

    with tempfile.TemporaryDirectory(dir=files.home()) as folder:  # links need one file system
        for size in SIZES:
            found[size] = _alone(_links(Path(folder) / str(size), size))
            print(f"{size} pictures: {json.dumps(found[size])}", flush=True)
    small, large = (found[size]["peak_gib"] for size in SIZES)
    figure(f"peak memory, streamed, batch {BATCH}, 20,000 pictures", f"{large:.2f} GiB", "< 4 GiB")
    ratio("peak memory with 20,000 pictures / with 2,000", large / small, "≤ 1.05")


def _links(folder: Path, count: int) -> Path:
    from helpers.datasets.drawn import files as drawn

    sources = sorted(drawn.ensure().glob("train/*/*"))
    for i in range(count):
        source = sources[i % len(sources)]
        split = "val" if i % (count // 100) == 0 else "train"  # 100 of them, of both classes
        target = folder / split / source.parent.name / f"{i:06d}.JPEG"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, target)
    return folder


def _alone(folder: Path) -> dict:
    done = subprocess.run(
        [sys.executable, __file__, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def _measure(folder: Path) -> dict:
    from helpers import datasets
    from helpers.training import Recipe, loop, network

    recipe = Recipe(data=str(folder), batch_size=BATCH, precision="float32")
    data = datasets.load(recipe.data)
    training = data.subset("train")
    batches = datasets.Batches(training, BATCH, seed=0, shuffle=True, budget=0, drop_remainder=True)
    net = network.Network(recipe, 2, loop.statistics(training, batches))
    net.train_epoch(_First(batches, STEPS), 1, 1e-3)
    start, seen = time.perf_counter(), 0
    for epoch in range(SIZES[-1] // len(data)):
        for images, _ in batches.epoch(2 + epoch):
            seen += len(images)
    rate = seen / (time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"peak_gib": round(peak, 3), "streamed": seen, "images_per_second": round(rate)}


class _First:
    """The first batches of an epoch."""

    def __init__(self, batches, count: int) -> None:
        self.batches, self.count = batches, count

    def __len__(self) -> int:
        return self.count

    def epoch(self, number: int):
        for _, batch in zip(range(self.count), self.batches.epoch(number), strict=False):
            yield batch


if __name__ == "__main__":
    main()
