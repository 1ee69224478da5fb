"""Batches of decoded pictures: kept in memory when they fit, decoded anew when they do not.

The order is a permutation of the table's rows that depends on seed and epoch alone, and both ways
go through the same window of threads that decode a little ahead. So memory and stream give the same
batches, a resumed training sees what an uninterrupted one would have seen, and the first epoch
begins as soon as its first batch is decoded.

A file that cannot be read, though it looked whole before, costs its place in the batch and nothing
else: the picture before it in the order takes it, and the file is named at the end of the epoch.
Only when it is more than a few files it is an error: the disk may be gone.

On TensorFlow, Keras draws these batches through tf.data. Decoding inside tf.data instead was
measured to give the same pictures at the same cost (2.3 ms of processor time each; at batch 64, 57
against 49 MiB more memory), but would tie streaming to TensorFlow, which a machine that trains on
JAX may not have, and wrap the sentence about an unreadable file into an error of its own.
"""

import os
import sys
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.datasets.decoding import SIDE
from helpers.errors import UserError

if TYPE_CHECKING:
    from helpers.datasets.folder import ImageFolder

Batch = tuple[np.ndarray, np.ndarray]
#: From this side of a network's input on pictures are decoded to 256 pixels, and crops are cut from
#: them (paper section 4.1); a smaller network is fed whole pictures at its own side.
CROPPED = 64
BYTES_PER_PICTURE = SIDE * SIDE * 3
WORKERS = max(2, os.cpu_count() or 2)
#: Batches that are decoded ahead. Few, so that streaming takes little memory and an interrupted
#: program ends at once; enough that training never waits while decoding is the faster of the two.
AHEAD = 3
GIBIBYTE = 2**30
CGROUP = Path("/sys/fs/cgroup")
#: Limit and use in a container: first as version 2 has them, then as version 1.
CGROUP_FILES = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)
NAMED = 5  # lost files that a line names
LOST = 10  # so many files, or a tenth of all if that is more, may be lost


#: All batches there are, so that several share one budget.
ALIVE: weakref.WeakSet = weakref.WeakSet()


def memory_budget() -> int:
    """Return the bytes that decoded pictures may take: a quarter of the memory that is available.

    Examples
    --------
    >>> memory_budget() > 0
    True
    """
    return int(min(_available(), _container_limit())) // 4


def _budget_left() -> int:
    """Return what is left of the budget: training, validation and judging pictures share one."""
    holders = [batches for batches in ALIVE if batches.in_memory]
    promised = sum(len(batches.paths) * batches.bytes for batches in holders)
    # What is decoded already is missing from the available memory, and must not count twice.
    decoded = sum(len(batches._kept) * batches.bytes for batches in holders)
    return memory_budget() + decoded // 4 - promised


def _available() -> int:
    """Return the bytes that programs can have without swapping."""
    try:
        # What the kernel would give up of its file cache counts as available, not as used.
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if "MemAvailable" in line) * 1024
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2  # macOS
    except (AttributeError, ValueError, OSError):
        return 4 * GIBIBYTE  # Windows says it to nobody who asks in this way


def _container_limit() -> float:
    """Return the bytes a container (cgroup, version 2 or 1) leaves to us, 2**63 without a limit."""
    for limit, used in CGROUP_FILES:
        try:
            numbers = [int((CGROUP / name).read_text(encoding="ascii")) for name in (limit, used)]
        except (OSError, ValueError):  # no such file, or the word "max"
            continue
        return max(0, numbers[0] - numbers[1])
    return 2**63


def fed(shape: Sequence[int]) -> tuple[int, int]:
    """Return side and channels of the pictures that a network of an input shape is fed from.

    Examples
    --------
    >>> fed((224, 224, 3)), fed((28, 28, 1))
    ((256, 3), (28, 1))
    """
    side, channels = shape[0], shape[-1]
    return (side if side < CROPPED else SIDE), channels


class Batches:
    """The pictures of a table, batch after batch, decoded to 256×256, or as ``fed`` says.

    Parameters
    ----------
    data
        An ``ImageFolder``.
    batch_size
        Pictures a batch.
    seed, shuffle
        The order of epoch ``e`` is ``default_rng([seed, e]).permutation``; without ``shuffle`` it
        is the table's.
    budget
        Bytes of memory that decoded pictures may take (None: ``memory_budget()``); beyond it they
        are decoded anew in each epoch.
    drop_remainder
        Leave out the last batch when it is not full.
    shape
        Side and channels of the pictures.

    Raises
    ------
    UserError
        When ``batch_size`` is below 1; while iterating, when more than a few files cannot be read.

    Attributes
    ----------
    lost : dict of int to str
        Rows whose files could not be read so far, with a sentence about each.

    Examples
    --------
    >>> from helpers import datasets
    >>> batches = Batches(datasets.load("photos", "train"), 8, seed=0, shuffle=True)
    >>> [(images.shape, len(labels)) for images, labels in batches.epoch(0)][0]
    ((8, 256, 256, 3), 8)
    """

    def __init__(
        self,
        data: "ImageFolder",
        batch_size: int,
        *,
        seed: int,
        shuffle: bool,
        budget: int | None = None,
        drop_remainder: bool = False,
        shape: tuple[int, int] = (SIDE, 3),
    ) -> None:
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1, got {batch_size}.")
        self.paths = data.table["path"].tolist()
        self.labels = data.table["label"].to_numpy(np.int32)
        self.decode = data.decode
        self.batch_size, self.seed, self.shuffle = batch_size, seed, shuffle
        self.drop_remainder = drop_remainder
        budget = _budget_left() if budget is None else budget
        self.side, self.channels = shape
        self.bytes = self.side * self.side * self.channels  # of one picture
        self.in_memory = len(self.paths) * self.bytes <= budget
        self.lost: dict[int, str] = {}
        self._told = 0
        self._kept: dict[int, Future] = {}
        self._pool = ThreadPoolExecutor(WORKERS)
        ALIVE.add(self)

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        whole, rest = divmod(len(self.paths), self.batch_size)
        return whole + (1 if rest and not self.drop_remainder else 0)

    def order(self, number: int) -> np.ndarray:
        """Return the rows of the table in the order of epoch ``number``."""
        if not self.shuffle:
            return np.arange(len(self.paths))
        return np.random.default_rng([self.seed, number]).permutation(len(self.paths))

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of one epoch: uint8 (B, side, side, channels), int32 (B,)."""
        order = self.order(number)[: len(self) * self.batch_size]
        decoded = self._decoded(order.tolist())
        for start in range(0, len(order), self.batch_size):
            yield self._batch(len(order[start : start + self.batch_size]), decoded)
        self._tell()

    def pictures(self, rows: Iterable[int]) -> Iterator[np.ndarray]:
        """Yield the pictures of some rows of the table, one by one: uint8 (side, side, channels).

        In memory they are kept for the epochs, so that no file is decoded twice.
        """
        return (picture for _, picture in self._decoded(rows))

    def _batch(self, count: int, decoded: Iterator[tuple[int, np.ndarray]]) -> Batch:
        rows, pictures = zip(*islice(decoded, count), strict=True)
        return np.stack(pictures), self.labels[list(rows)]

    def _decoded(self, rows: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield each row with its picture; the pair before it stands in for one that is lost."""
        rows = iter(rows)
        waiting = deque((row, self._ask(row)) for row in islice(rows, AHEAD * self.batch_size))
        last, owed = None, 0
        while waiting:
            row, future = waiting.popleft()
            try:
                last = row, future.result()
            except UserError as error:
                self._lose(row, error)
            waiting.extend((row, self._ask(row)) for row in islice(rows, 1))
            owed += 1
            while last is not None and owed:  # the first readable one stands in for those before it
                yield last
                owed -= 1
        if owed:
            raise UserError(self.lost[row])

    def _lose(self, row: int, error: UserError) -> None:
        self.lost[row] = str(error)
        if len(self.lost) > max(LOST, len(self.paths) // 10):
            raise UserError(
                f"{len(self.lost)} of {len(self.paths)} pictures can no longer be read, first: "
                f"{next(iter(self.lost.values()))}"
            )

    def _tell(self) -> None:
        """Name the files that have been lost since this was last said."""
        new = list(self.lost.values())[self._told :]
        self._told = len(self.lost)
        if new:
            named = "; ".join(said.rstrip(".") for said in new[:NAMED])
            more = f"; and {len(new) - NAMED} more" if len(new) > NAMED else ""
            print(f"left out, {self._told} in all: {named}{more}", file=sys.stderr)

    def _ask(self, row: int) -> Future:
        """Return the picture that a thread is decoding, or has decoded."""
        if row in self._kept:
            return self._kept[row]
        future = self._pool.submit(self.decode, self.paths[row], self.side, self.channels)
        if self.in_memory:
            self._kept[row] = future
        return future
