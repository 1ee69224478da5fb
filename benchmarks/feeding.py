"""How fast pictures of ImageNet's usual size are decoded: what a GPU waits for, or does not.

JPEG files of 500×375 pixels, cut from scikit-learn's two photographs, are read, decoded and brought
to 256×256 as in a training that streams, and nothing is trained. The processor time of a picture
times the images/s of a GPU (``gpu.py``) is the number of cores that keep it busy.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from common import figure
from PIL import Image
from sklearn.datasets import load_sample_images

from helpers.datasets.batches import Batches
from helpers.datasets.folder import ImageFolder

FILES, BATCH, EPOCHS, SIZE, QUALITY = 1024, 128, 5, (500, 375), 97


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = _write(Path(folder))
        kilobytes = np.mean([path.stat().st_size for path in paths]) / 1000
        rates, costs = zip(*_epochs(paths), strict=True)
    print(f"{FILES} files of {kilobytes:.0f} kB on average (ImageNet's training pictures: 108)")
    text = f"decoding JPEG files of {SIZE[0]}×{SIZE[1]} to 256×256, streamed"
    figure(text, f"{np.median(rates):.0f} pictures/s")
    figure(f"{text}, processor time", f"{1000 * np.median(costs):.1f} ms a picture")


def _write(folder: Path) -> list[Path]:
    """Write pieces of the two photographs, each at a place and of a size of its own."""
    rng = np.random.default_rng(0)
    photographs = [Image.fromarray(pixels) for pixels in load_sample_images().images]
    paths = [folder / f"{number:04d}.jpg" for number in range(FILES)]
    for number, path in enumerate(paths):
        whole = photographs[number % 2]
        side = rng.uniform(0.5, 1)
        width, height = round(side * whole.width), round(side * whole.height)
        left, top = rng.integers(0, (whole.width - width + 1, whole.height - height + 1))
        piece = whole.crop((left, top, left + width, top + height))
        piece.resize(SIZE, Image.Resampling.BICUBIC).save(path, quality=QUALITY)
    return paths


def _epochs(paths: list[Path]):
    """Yield pictures a second and processor seconds a picture of each epoch but the first."""
    rows = {"path": list(map(str, paths)), "label": np.arange(FILES) % 2, "split": "train"}
    data = ImageFolder("photographs", ("one", "other"), ("one", "other"), pd.DataFrame(rows))
    batches = Batches(data, BATCH, seed=0, shuffle=True, budget=0)
    for epoch in range(EPOCHS + 1):
        wall, processor = time.perf_counter(), time.process_time()
        for _ in batches.epoch(epoch):
            pass
        if epoch:
            yield (
                FILES / (time.perf_counter() - wall),
                (time.process_time() - processor) / FILES,
            )


if __name__ == "__main__":
    main()
