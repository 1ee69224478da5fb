"""Says what takes long, and how long it will take: silence looks like a program that hangs."""

import sys
import threading
import time
from pathlib import Path

from helpers.files import shown

FIRST = 1.5  # seconds before the first line
EVERY = 5.0  # seconds between lines
SLOW = 100  # files a second, below which the place is the reason
ADVICE = "; on Google Drive or a network disk, copy a zip of them to this machine first"


class Waiting:
    """Tells on stderr how far a long work over many files has come; quick work says nothing.

    A thread of its own tells, so that it also speaks when one file alone takes minutes.

    Parameters
    ----------
    doing
        What is done, as the line begins: "checking".
    total
        Number of files; 0 when nobody knows it yet.
    place
        Where they lie.

    Examples
    --------
    >>> with Waiting("checking", 2, "photos") as waiting:
    ...     waiting.step()
    """

    def __init__(self, doing: str, total: int, place: str | Path) -> None:
        self.doing, self.total, self.place, self.done = doing, total, place, 0
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> "Waiting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def step(self, count: int = 1) -> None:
        """Count files that are done."""
        self.done += count

    def _tell(self) -> None:
        if self._over.wait(FIRST):
            return
        many = f"{self.total:,} files in " if self.total else ""
        slow = ADVICE if self._rate() < SLOW else ""
        print(f"{self.doing} {many}{shown(self.place)} …{slow}", file=sys.stderr, flush=True)
        while not self._over.wait(EVERY):
            print(f"  {self._far()}", file=sys.stderr, flush=True)

    def _rate(self) -> float:
        return self.done / (time.monotonic() - self._begun)

    def _far(self) -> str:
        if not self.total:
            return f"{self.done:,} files so far"
        if not self.done:
            return f"0 of {self.total:,}"
        seconds = (self.total - self.done) / self._rate()
        left = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        return f"{self.done:,} of {self.total:,}, about {left} left"
