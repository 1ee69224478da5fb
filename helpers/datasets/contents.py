"""What is in the files: a hash of each, computed once and remembered.

In: paths. Out: one digest a file. A digest is remembered below ``helpers.files.home()`` together
with the file's size and times; a file of which any of these has changed is read again. The time of
the last change of any kind (ctime) cannot be set back, as that of the last writing can.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.datasets.batches import WORKERS
from helpers.errors import UserError
from helpers.files import home, write_atomic

SILENT = 2.0  # seconds of reading before a line says what takes so long
#: Nanoseconds for which a file must have been left alone to be remembered: within a tick of the
#: file system's clock a second change would leave size and times as they are.
SETTLED = 2_000_000_000

Stamp = list[int]  # size, time of writing, time of change


def digests(paths: Sequence[str]) -> list[str]:
    """Return a digest of the contents of each file, in the order of ``paths``.

    Raises
    ------
    UserError
        Naming the first file that cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> files = [Path(tempfile.mkdtemp()) / name for name in "ab"]
    >>> for file in files:
    ...     _ = file.write_bytes(b"the same")
    >>> len(set(digests([str(file) for file in files])))
    1
    """
    if not len(paths):
        return []
    whole = [os.path.abspath(path) for path in paths]
    memory = _Memory(os.path.commonpath([os.path.dirname(path) for path in whole]))
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(_announced(pool.map(memory.digest, whole), len(whole)))
    memory.keep(dict(zip(whole, found, strict=True)))
    return [digest for digest, _ in found]


def _announced(found: Iterator, count: int) -> Iterator:
    """Yield what comes, and say once how long it will take when it takes long."""
    begun, said = time.monotonic(), False
    for number, one in enumerate(found, 1):
        passed = time.monotonic() - begun
        if passed > SILENT and not said:
            said = True
            left = passed / number * (count - number)
            print(
                f"Reading {count:,} files once, to know these pictures again: about {left:.0f} s.",
                file=sys.stderr,
                flush=True,
            )
        yield one


class _Memory:
    """The digests of the files below one folder, in a file of their own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        name = hashlib.sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.path = home() / "contents" / f"{name}.json"
        self.known: dict[str, list] = {}
        with contextlib.suppress(OSError, ValueError):  # none yet, or damaged: read all again
            self.known = json.loads(self.path.read_text(encoding="ascii"))

    def digest(self, path: str) -> tuple[str, Stamp]:
        """Return the digest of a file, and size and times from before it was read."""
        try:
            stamp = _stamp(path)
            known = self.known.get(os.path.relpath(path, self.folder))
            if known is not None and known[1:] == stamp:
                return known[0], stamp
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:32], stamp
        except OSError as error:
            raise UserError(
                f"{path} cannot be read ({error.strerror}); put it back or look at its permissions."
            ) from error

    def keep(self, found: dict[str, tuple[str, Stamp]]) -> None:
        """Remember what was found; that it cannot be written down changes no result."""
        latest = time.time_ns() - SETTLED
        settled = {
            os.path.relpath(path, self.folder): [digest, *stamp]
            for path, (digest, stamp) in found.items()
            if max(stamp[1:]) < latest
        }
        if settled.items() <= self.known.items():
            return
        text = json.dumps(self.known | settled)
        with contextlib.suppress(OSError, UserError):
            write_atomic(self.path, lambda temporary: temporary.write_text(text, encoding="ascii"))


def _stamp(path: str) -> Stamp:
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]
