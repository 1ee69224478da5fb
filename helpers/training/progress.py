"""What a person sees of a long run: one plain line per epoch, and how far the current one is."""

import contextlib
import os
import sys
import time
from pathlib import Path

from helpers.files import CODES
from helpers.training import stopping


class Progress:
    """Prints the lines of a run.

    On a terminal the share of the current epoch is shown too, on a line that the next one
    overwrites. In a notebook such a line is shown also when ``verbose`` is off, so that nobody
    waits for minutes before a silent cell; it goes to standard error, which is no part of a
    chapter's output. ``ALEXNET_PROGRESS`` may name a file that gets the lines instead, also when
    ``verbose`` is off: so `make book` can tell what a notebook's kernel is doing.
    """

    def __init__(
        self, epochs: int, images: int, verbose: bool, fold: tuple[int, int] | None = None
    ) -> None:
        self.epochs, self.images, self.verbose = epochs, images, verbose
        self.fold = f"fold {fold[0]} of {fold[1]}" if fold else ""
        self.start = f"fold {fold[0]}/{fold[1]}  " if fold else ""  # of the line of an epoch
        self.live = verbose and sys.stdout.isatty()
        self.log = os.environ.get("ALEXNET_PROGRESS")
        self.kernel = self.log is None and in_kernel()
        self.shown = 0.0
        self.times: list[float] = []

    def tick(self, epoch: int, seen: int) -> None:
        """Show how much of an epoch is done, at most once a second; not into files."""
        if (self.live or self.kernel) and time.monotonic() - self.shown >= 1:
            self.shown = time.monotonic()
            self._over(
                f"{self.start}epoch {epoch:>3}/{self.epochs}  {100 * seen // self.images:>3} % "
            )

    def epoch(self, row: dict) -> None:
        """Print the line of a finished epoch, with the time left."""
        self.times.append(row["seconds"])
        left = (self.epochs - row["epoch"]) * sum(self.times) / len(self.times)
        self._line(
            f"{self.start}epoch {row['epoch']:>3}/{self.epochs}  loss {row['loss']:.4f}  "
            f"val accuracy {row['val_accuracy']:.4f}{_balanced(row)}  "
            f"rate {row['learning_rate']:g}  "
            f"{row['images_per_second']:.0f} images/s  {_duration(left)} left"
        )

    def resumed(self, epochs: int) -> None:
        """Say that a checkpoint was found, and where the run goes on."""
        next_one = f"epoch {epochs + 1} is next"
        self._line(
            f"resumed after epoch {epochs} of {self.epochs}: "
            f"{next_one if epochs < self.epochs else 'only its end is left to write'}"
        )

    def stopped(self, epoch: int, why: str) -> None:
        """Say why the run ends early."""
        self._line(f"stopped after epoch {epoch}: {why}")

    def interrupted(self, saved: int, asked: BaseException) -> None:
        """Say what is saved and how to go on, also when nothing else is printed."""
        where = f" in {self.fold}" if self.fold else ""
        say_stopped(f"{stopping.word(asked)}{where}; {standing(saved, self.epochs)}")

    def finished(self, folder: Path, kept: str) -> None:
        """Say where the run lies and whose weights it holds."""
        self._line(f"finished: {folder} ({kept})")
        if self.kernel:
            self._over("")

    def note(self, text: str) -> None:
        """Say a sentence."""
        self._line(text)

    def _over(self, text: str) -> None:
        """Write over the line that changes."""
        file = sys.stderr if self.kernel else sys.stdout
        print(f"\r{text:<78}" if self.kernel else f"\r{text}", end="", flush=True, file=file)

    def _line(self, text: str) -> None:
        if self.kernel and not self.verbose:
            self._over(text)
        if self.live:
            text = f"\r{text:<78}"
        if self.verbose:
            print(text, flush=True)
        if self.log:
            with open(self.log, "a", encoding="utf-8", errors=CODES) as file:
                file.write(text.strip() + "\n")


def standing(saved: int, epochs: int) -> str:
    """Return where a run stands that was stopped after so many epochs, and how it goes on.

    Examples
    --------
    >>> standing(0, 20)
    'nothing was saved yet, so the same command begins anew.'
    >>> standing(3, 20)
    'the state after epoch 3 is saved. Repeat the same command to go on with epoch 4 of 20.'
    """
    if not saved:
        return "nothing was saved yet, so the same command begins anew."
    rest = f"go on with epoch {saved + 1} of {epochs}" if saved < epochs else "finish the run"
    return f"the state after epoch {saved} is saved. Repeat the same command to {rest}."


def say_stopped(text: str) -> None:
    """Print a last sentence; a terminal that has been closed does not take it."""
    with contextlib.suppress(OSError):
        print(f"\n{text}", flush=True)


def in_kernel() -> bool:
    """Whether this process is the kernel of a notebook."""
    module = sys.modules.get("IPython")
    return module is not None and hasattr(module.get_ipython(), "kernel")


def _balanced(row: dict) -> str:
    """Return the mean accuracy of the classes, where that chooses the epoch (class weights)."""
    name = "val_balanced_accuracy"
    return f" (balanced {row[name]:.4f})" if name in row else ""


def _duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> _duration(45), _duration(600), _duration(9000)
    ('45 s', '10 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
