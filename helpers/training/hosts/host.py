"""One of several hosts: how it talks to the others, and the part of each batch that it reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers import datasets

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder


@dataclass(frozen=True)
class Host:
    """One of the hosts, and how it talks to the others."""

    index: int
    count: int

    @property
    def first(self) -> bool:
        """Whether this is host 0, which writes the run."""
        return self.index == 0

    def gather(self, value: object) -> list:
        """Return what each host has given, in their order; plain values, ready for JSON."""
        from jax.experimental.multihost_utils import process_allgather

        mine = np.frombuffer(json.dumps(value).encode(), "uint8")
        sizes = np.ravel(process_allgather(np.array([len(mine)], "int32")))
        padded = np.zeros(sizes.max(), "uint8")
        padded[: len(mine)] = mine
        rows = np.reshape(process_allgather(padded), (self.count, -1))
        return [
            json.loads(bytes(row[:size])) for row, size in zip(rows, sizes.tolist(), strict=True)
        ]

    def hear(self, value: object) -> Any:
        """Return what host 0 has given."""
        return self.gather(value if self.first else None)[0]


class Share(datasets.Batches):
    """The part of each batch that one host reads; order and number of batches are the whole's."""

    def __init__(self, data: "ImageFolder", batch_size: int, host: Host, **options: Any) -> None:
        super().__init__(data, batch_size, shuffle=True, drop_remainder=True, **options)
        self.host = host

    def epoch(self, number: int) -> Iterator[datasets.batches.Batch]:
        """Yield this host's part of each batch: uint8 (B / hosts, side, side, channels), int32."""
        order = self.order(number)[: len(self) * self.batch_size]
        parts = order.reshape(len(self), self.host.count, -1)[:, self.host.index]
        decoded = self._decoded(parts.ravel().tolist())
        for rows in parts:
            yield self._batch(len(rows), decoded)
        self._tell()
