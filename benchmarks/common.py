"""What the benchmarks share: a folder of JPEG files, clocks, and one line for the result.

Every script is run alone, from the repository's root: ``python benchmarks/NAME.py``. It prints what
it measured, then one line that starts with ``ratio`` (or ``figure``), which ``all.py`` collects.
"""

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def machine() -> str:
    """Return processor, cores and versions in one line."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        name = models[0] if models else name
    packages = ("tensorflow", "keras", "jax", "torch", "numpy")
    versions = ", ".join(f"{p} {v}" for p in packages if (v := version(p)))
    return f"{name}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def version(package: str) -> str | None:
    """Return the installed version, None where the package is missing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def seconds(function, repeats: int, warm: int = 2) -> list[float]:
    """Return the times of ``repeats`` calls, after ``warm`` calls that do not count."""
    for _ in range(warm):
        function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def cold(paths) -> None:
    """Ask the system to forget the contents of files, so that the next read comes from disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def ratio(text: str, value: float, target: str) -> None:
    """Print the line that counts."""
    print(f"ratio {value:.2f} | {text} | target {target} | {machine()}", flush=True)


def figure(text: str, value: str, target: str = "none") -> None:
    """Print a result that is no ratio."""
    print(f"figure {value} | {text} | target {target} | {machine()}", flush=True)


class Ready:
    """The same batch of random pixels so many times an epoch, from memory: the input costs nothing.

    Labels are below ``classes``.
    """

    def __init__(self, size: int, count: int, classes: int = 2) -> None:
        rng = np.random.default_rng(0)
        self.images = rng.integers(0, 256, (size, 256, 256, 3), dtype="uint8")
        self.labels = rng.integers(0, classes, size).astype("int32")
        self.count = count

    def __len__(self) -> int:
        return self.count

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of an epoch."""
        for _ in range(self.count):
            yield self.images, self.labels
