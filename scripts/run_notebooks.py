"""Run the notebooks of the book, each alone, in an empty folder, with progress shown.

Without options their outputs go into the cache that `make book` builds its pages from; a notebook
that has not changed is not run again, and an interrupted run goes on where it stopped. With
``--in-place`` the notebooks themselves get the outputs.
"""

import argparse
import hashlib
import multiprocessing
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from importlib import metadata
from json import dumps
from pathlib import Path

import nbformat
from bookfiles import BUILD, ROOT, TIMINGS, chosen, duration, read, slug, timings, write
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from psutil import virtual_memory

from helpers import environment

CACHE = BUILD / ".jupyter_cache"
#: What outputs depend on besides the notebook; the cache itself looks at the code cells alone.
INPUTS = (
    "helpers/**/*.py",
    "requirements.lock",
    "book/*.yml",
    "book/exercises/*.yml",
    "results/**/*",
)
LONGEST_CELL = 1800  # seconds
#: What a chapter that trains takes at its peak: measured at 2.8 GiB (benchmarks/), rounded up.
BYTES_PER_CHAPTER = 4 * 2**30
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def fingerprint(root: Path = ROOT) -> str:
    """Return a hash of all that a notebook's outputs depend on besides the notebook."""
    digest = hashlib.sha256(os.environ.get("ALEXNET_PROFILE", "quick").encode())
    for path in sorted(inputs(root)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def inputs(root: Path) -> Iterator[Path]:
    """Yield the files behind ``fingerprint``; the recorded running times are no input."""
    for pattern in INPUTS:
        for path in root.glob(pattern):
            if path.is_file() and path != root / TIMINGS:
                yield path


def open_cache(folder: Path, root: Path = ROOT) -> JupyterCacheAbstract:
    """Return the cache, emptied first when it was filled with another state of the package."""
    stamp, now = folder / "made-from", fingerprint(root)
    if folder.exists() and (not stamp.exists() or stamp.read_text() != now):
        print("The helpers, data or versions have changed: every chapter is run anew.")
        shutil.rmtree(folder)
    write(stamp, now)
    return get_cache(folder)


def is_cached(cache: JupyterCacheAbstract, path: Path) -> bool:
    """Return whether the cache holds the outputs of this notebook's code."""
    try:
        cache.match_cache_notebook(read(path))
    except KeyError:
        return False
    return True


class Report:
    """Tells on the terminal which chapter runs, how many are left and how far a training is.

    ``alone`` is false where another chapter runs at the same time: then each line names its chapter
    and none is overwritten.
    """

    def __init__(self, chapters: list[Path], alone: bool = True) -> None:
        self.chapters = chapters
        self.known = timings()["seconds"]
        self.alone = alone
        self.live = alone and sys.stdout.isatty()
        self.left = len(chapters)

    def start(self, index: int) -> None:
        """Announce a chapter, with the time the rest should take where it is known."""
        left = [self.known.get(slug(path)) for path in self.chapters[index:]]
        rest = "" if None in left else f", about {duration(sum(left))} to go"
        count = len(self.chapters)
        name = self.chapters[index].stem
        print(f"[{index + 1} of {count}] {name} is running{rest}", flush=True)

    def cell(self, number: int, total: int) -> None:
        """Show the cell that runs, on a line that the next one overwrites; terminals only."""
        if self.live:
            print(f"\r    cell {number} of {total} ", end="", flush=True)

    def line(self, text: str, path: Path) -> None:
        """Print a line of a training."""
        where = "" if self.alone else f"{path.stem.partition('_')[0]}  "
        print(f"{chr(13) if self.live else ''}    {where}{text}", flush=True)

    def done(self, seconds: float, path: Path) -> None:
        """Say how long a chapter took and how many are left."""
        self.left -= 1
        self.line(f"done in {seconds:.0f} s, {self.left or 'none'} left", path)

    def failed(self, path: Path) -> None:
        """Say that a chapter failed and how many are left: it may be the last to end."""
        self.left -= 1
        self.line(f"failed, {self.left or 'none'} left", path)


def relay(path: Path, chapter: Path, report: Report, stop: threading.Event) -> None:
    """Print what trainings in the kernel write into the progress file, until ``stop``."""
    seen = 0
    while not stop.wait(1.0):
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            for text in lines[seen:]:
                report.line(text, chapter)
            seen = len(lines)


def execute(notebook: nbformat.NotebookNode, chapter: Path, report: Report) -> float:
    """Run a notebook in an empty folder, in place in memory; return the seconds it took."""
    start = time.monotonic()
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as outer:
        empty, progress = Path(outer) / "empty", Path(outer) / "progress"
        empty.mkdir()
        told = (progress, chapter, report, stop)
        watcher = threading.Thread(target=relay, args=told, daemon=True)
        watcher.start()
        total = len(notebook.cells)
        client = NotebookClient(
            notebook,
            timeout=LONGEST_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(empty)}},
            on_cell_start=lambda cell, cell_index: report.cell(cell_index + 1, total),
        )
        try:
            # The kernel's own stderr carries TensorFlow's start-up lines only; errors of cells and
            # a kernel that dies are told by nbclient.
            client.execute(
                env={**os.environ, "ALEXNET_PROGRESS": str(progress)}, stderr=subprocess.DEVNULL
            )
        finally:
            stop.set()
            watcher.join()
    return time.monotonic() - start


def normalise(notebook: nbformat.NotebookNode) -> None:
    """Remove from an executed notebook what differs from run to run or from editor to editor."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for cell in notebook.cells:
        for key in ("execution", "collapsed", "scrolled", "lines_to_next_cell"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not is_noise(output)]


def is_noise(output: nbformat.NotebookNode) -> bool:
    """Return whether an output is nothing but TensorFlow's start-up lines on stderr."""
    if output.output_type != "stream" or output.name != "stderr":
        return False
    return all(map(environment.is_noise, output.text.splitlines()))


def into_cache(chapters: list[Path], cache_folder: Path = CACHE) -> list[str]:
    """Run the chapters the cache lacks and put them into it; return what went wrong."""
    cache = open_cache(cache_folder)
    missing = [path for path in chapters if not is_cached(cache, path)]
    print(f"{len(chapters)} chapters, {len(chapters) - len(missing)} of them up to date.")

    def keep(path: Path, notebook: nbformat.NotebookNode, seconds: float) -> None:
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

    return run_all(missing, keep, at_once(len(missing)))


def in_place(chapters: list[Path]) -> list[str]:
    """Run the chapters and store the outputs in the notebooks; return what went wrong."""

    def keep(path: Path, notebook: nbformat.NotebookNode, seconds: float) -> None:
        write(path, nbformat.writes(notebook) + "\n")
        note_time(path, seconds)

    return run_all(chapters, keep, 1)  # one by one: the times are meant for the chapter alone


def note_time(path: Path, seconds: float, kind: str | None = None) -> None:
    """Record how long a chapter took, with its stored outputs or in another ``kind`` of run."""
    recorded = timings()
    times = recorded if kind is None else recorded.setdefault(kind, {"seconds": {}})
    times["machine"] = machine()
    times["seconds"][slug(path)] = round(seconds)
    write(ROOT / TIMINGS, dumps(recorded, indent=1, sort_keys=True) + "\n")


def machine() -> dict:
    """Return what the running times were taken on."""
    names = ("tensorflow", "keras", "numpy")
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: metadata.version(name) for name in names},
    }


def at_once(chapters: int) -> int:
    """Return how many chapters to run side by side.

    A chapter keeps two cores busy only while it trains; loading libraries and drawing take one. So
    two chapters at once, where there are the cores and the memory for it.
    """
    room = virtual_memory().available // BYTES_PER_CHAPTER
    return max(1, min(2, chapters, os.cpu_count() or 1, room))


def run_all(
    chapters: list[Path], keep: Callable[[Path, nbformat.NotebookNode, float], None], workers: int
) -> list[str]:
    """Run the chapters, hand each finished one to ``keep``; return the failures."""
    report, failures = Report(chapters, alone=workers == 1), []
    for path, run in _runs(chapters, report, workers):
        try:
            notebook, seconds = run()
        except RuntimeError as error:
            failures.append(f"{path.stem}: {error}")
            report.failed(path)
            continue
        keep(path, notebook, seconds)
        report.done(seconds, path)
    return failures


def _runs(chapters: list[Path], report: Report, workers: int) -> Iterator[tuple]:
    """Yield each chapter with a function that returns its result: in order, or as they end."""
    if workers == 1:
        for index, path in enumerate(chapters):
            yield path, lambda index=index: run_one(index, report)
        return
    # Started afresh, not forked: a fork would share the parent's threads and signals half-way.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        started: dict[Future, Path] = {
            pool.submit(run_one, index, report): path for index, path in enumerate(chapters)
        }
        try:
            for future in as_completed(started):
                yield started[future], future.result
        finally:  # after Ctrl-C what has not begun does not begin
            pool.shutdown(cancel_futures=True)


def run_one(index: int, report: Report) -> tuple[nbformat.NotebookNode, float]:
    """Run one chapter; return it with its outputs, and the seconds it took.

    Raises
    ------
    RuntimeError
        When a cell fails or never ends; its text says which, or for how long.
    """
    path = report.chapters[index]
    report.start(index)
    notebook = read(path)
    try:
        seconds = execute(notebook, path, report)
    except CellExecutionError as error:
        raise RuntimeError(str(error)) from None  # the original does not travel between processes
    except CellTimeoutError:  # which is no RuntimeError, and must not end the other chapters
        raise RuntimeError(f"a cell ran for more than {LONGEST_CELL} s") from None
    normalise(notebook)
    return notebook, seconds


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in-place", action="store_true", help="store outputs in the notebooks")
    parser.add_argument(
        "only", nargs="*", help="chapters to run, by the start of their file or slug"
    )
    options = parser.parse_args()
    chapters = chosen(options.only)
    if not chapters:
        print(f"No chapter of _toc.yml starts with {' or '.join(options.only)}.", file=sys.stderr)
        return 2
    try:
        failures = in_place(chapters) if options.in_place else into_cache(chapters)
    except KeyboardInterrupt:
        print("\nInterrupted; finished chapters are kept, the same command goes on from here.")
        return 130
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
