"""Says what takes long, and how long it will take: silence looks like a program that hangs."""

import contextlib
import os
import re
import sys
import threading
import time
from pathlib import Path

from helpers.files import shown

FIRST = 1.5  # seconds before the first line
EVERY = 5.0  # seconds between lines
DRIVE = "/content/drive"  # where Colab shows Google Drive
#: Kinds of file systems that lie on other machines, or are shown by a program of their own.
FAR = re.compile(r"nfs\d?|cifs|smb\w*|9p|afs|davfs|fuse\.(?!overlayfs|fuse-overlayfs).*")
ADVICE = "; this is a network disk: copy a zip of them to this machine first"

_advised = threading.Event()  # once in a command is enough


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
        slow = ADVICE if not _advised.is_set() and is_far(self.place) else ""
        if slow:
            _advised.set()
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


def is_far(place: str | Path) -> bool:
    """Whether a folder lies on Google Drive in Colab, or on a network disk as Linux names them.

    Examples
    --------
    >>> is_far("/content/drive/MyDrive/photos")
    True
    """
    path = os.path.realpath(place)
    kinds = {"/": "", DRIVE: "nfs"}
    with contextlib.suppress(OSError), open("/proc/mounts", encoding="utf-8") as file:
        kinds |= {line.split()[1]: line.split()[2] for line in file} | {DRIVE: "nfs"}
    above = [top for top in kinds if f"{path}/".startswith(f"{top.rstrip('/')}/")]
    return bool(FAR.fullmatch(kinds[max(above, key=len)]))
