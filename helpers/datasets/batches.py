"""Batches of decoded pictures, from memory when they fit, streamed from disk when they do not.

The order is a permutation of the table's rows that depends on seed and epoch alone, so memory and
stream give the same batches, and a resumed training sees what an uninterrupted one would have seen.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from helpers.datasets.decoding import SIDE, decode
from helpers.errors import UserError

Batch = tuple[np.ndarray, np.ndarray]
BYTES_PER_PICTURE = SIDE * SIDE * 3
WORKERS = max(2, os.cpu_count() or 2)


def memory_budget() -> int:
    """Return the bytes that decoded pictures may take: a quarter of the memory that is free."""
    pages = os.sysconf("SC_AVPHYS_PAGES") if "SC_AVPHYS_PAGES" in os.sysconf_names else 2**18
    return pages * os.sysconf("SC_PAGE_SIZE") // 4


class Batches:
    """The pictures of a table, batch after batch, decoded to 256×256.

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

    Examples
    --------
    >>> for images, labels in Batches(data, 32, seed=0, shuffle=True).epoch(0):  # doctest: +SKIP
    ...     images.shape  # (32, 256, 256, 3) uint8
    """

    def __init__(
        self,
        data,
        batch_size: int,
        *,
        seed: int,
        shuffle: bool,
        budget: int | None = None,
        drop_remainder: bool = False,
    ) -> None:
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1, got {batch_size}.")
        self.paths = data.table["path"].tolist()
        self.labels = data.table["label"].to_numpy(np.int32)
        self.batch_size, self.seed, self.shuffle = batch_size, seed, shuffle
        self.drop_remainder = drop_remainder
        budget = memory_budget() if budget is None else budget
        self.in_memory = len(self.paths) * BYTES_PER_PICTURE <= budget
        self._store: dict[int, Future] = {}
        self._pool: ThreadPoolExecutor | None = None

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
        """Yield the batches of one epoch: uint8 (B, 256, 256, 3) and int32 (B,)."""
        order = self.order(number)
        starts = range(0, len(self) * self.batch_size, self.batch_size)
        parts = [order[start : start + self.batch_size] for start in starts]
        pictures = self._from_memory(order, parts) if self.in_memory else self._streamed(parts)
        for part, images in zip(parts, pictures, strict=True):
            yield images, self.labels[part]

    def _from_memory(self, order: np.ndarray, parts: list[np.ndarray]) -> Iterator[np.ndarray]:
        # The first epoch asks for everything in its own order, and training starts as soon as the
        # first batch is there; from then on the futures simply hold the pictures.
        if not self._store:
            pool = ThreadPoolExecutor(WORKERS)
            self._store = {int(row): pool.submit(decode, self.paths[row]) for row in order}
            pool.shutdown(wait=False)
        for part in parts:
            yield np.stack([self._store[int(row)].result() for row in part])

    def _streamed(self, parts: list[np.ndarray]) -> Iterator[np.ndarray]:
        # Two batches ahead, no more: memory stays flat however many pictures there are.
        with ThreadPoolExecutor(WORKERS) as pool:
            waiting: list[list[Future]] = []
            for part in parts:
                waiting.append([pool.submit(decode, self.paths[row]) for row in part])
                if len(waiting) > 2:
                    yield np.stack([future.result() for future in waiting.pop(0)])
            for futures in waiting:
                yield np.stack([future.result() for future in futures])
