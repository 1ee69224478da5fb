"""``training.loop.Session`` and ``training.network.Network`` as one host of several runs them.

What is overridden is what the hosts share: batches, statistics, checkpoint, validation, files.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from helpers.datasets.batches import fed
from helpers.training.hosts.host import Host, Share
from helpers.training.identity import Identity
from helpers.training.loop import Session, validation_batches
from helpers.training.network import Network, Statistics, class_means, outcomes, sums_by_class

if TYPE_CHECKING:
    from helpers.datasets import Batches
    from helpers.training.recipe import Resolved


class HostSession(Session):
    """One host's work on a run; only host 0 is given the run's own folder.

    Parameters
    ----------
    host
        Which of the hosts this is.
    wanted, folder
        As for ``Session``; of the hosts but the first, a folder that is thrown away.
    """

    def __init__(self, host: Host, wanted: Identity, folder: Path) -> None:
        self.host = host
        super().__init__(wanted, folder, verbose=host.first, tensorboard=False)

    def training_batches(self) -> Share:
        """Return this host's part of each batch."""
        training = self.data.subset("train")
        size = min(self.recipe.batch_size, len(training))
        shape = fed(self.recipe.architecture.input_shape)
        return Share(training, size, self.host, seed=self.recipe.seed, shape=shape)

    def validation_batches(self) -> "Batches":
        """Return every n-th validation picture."""
        rows = self.data.subset("val").table[self.host.index :: self.host.count]
        part = replace(self.data, table=rows.reset_index(drop=True))
        return validation_batches(part, self.recipe)

    def measure(self) -> Statistics:
        """Return what host 0 has measured: all must subtract the same mean."""
        measured = [part.tolist() for part in super().measure()] if self.host.first else None
        mean, sigma, axes = map(np.array, self.host.hear(measured))
        return mean, sigma, axes

    def make_network(self, measured: Statistics) -> Network:
        """Return the network, whose weights are the same on all hosts."""
        classes = len(self.data.classes)
        return HostNetwork(self.host, self.recipe, classes, measured, precision=self.precision)

    def choose_precision(self, state: dict | None) -> str:
        """Return the precision that host 0 has chosen: the hosts' processors may differ."""
        chosen = super().choose_precision(state) if self.host.first else None
        return self.host.hear(chosen)

    def checkpoint(self) -> tuple[list[np.ndarray], dict] | None:
        """Return what host 0 has read from its disk."""
        found = super().checkpoint() if self.host.first else None
        state = self.host.hear(None if found is None else found[1])
        if state is None:
            return None
        here = [] if found is None else found[0]
        shapes = self.host.hear([[array.shape, array.dtype.name] for array in here])
        arrays = here if self.host.first else [np.zeros(*shape) for shape in shapes]
        return [np.asarray(multihost_utils.broadcast_one_to_all(a)) for a in arrays], state

    def check_disk(self) -> None:
        """Look whether host 0, which writes, has room."""
        if self.host.first:
            super().check_disk()

    def secure(self, epoch: int) -> None:
        """Let host 0 write a checkpoint."""
        if self.host.first:
            super().secure(epoch)

    def finish(self) -> None:
        """Let host 0 judge and write the finished network; the others are done."""
        if self.host.first:
            super().finish()


class HostNetwork(Network):
    """A network whose batches are made of the hosts' parts."""

    def __init__(
        self,
        host: Host,
        recipe: "Resolved",
        classes: int,
        statistics: Statistics,
        *,
        precision: str,
    ) -> None:
        self.host = host
        super().__init__(recipe, classes, statistics, precision=precision)
        self._scores_of = jax.jit(lambda *weights_and_images: self._judged(*weights_and_images))

    def _fed(self, batches, epoch: int, tick, failures: list) -> Iterator[tuple]:
        # What is told counts the pictures of all hosts.
        return super()._fed(batches, epoch, lambda seen: tick(seen * self.host.count), failures)

    def numbers(self, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
        """Draw for the whole batch, as one process would, and take this host's part."""
        whole = super().numbers(rng, count * self.host.count)
        mine = slice(self.host.index * count, (self.host.index + 1) * count)
        return {name: numbers[mine] for name, numbers in whole.items()}

    def _judged(self, trainable, rest, images):
        return self.judge.stateless_call(trainable, rest, images, training=False)[0]

    def validate(self, batches: "Batches") -> dict[str, float]:
        """Return ``val_loss`` and ``val_accuracy`` over the pictures of all hosts.

        Each host computes on a device of its own, without the others, and tells them its sums.
        """
        weights = [
            _local(v) for v in (self.judge.trainable_variables, self.judge.non_trainable_variables)
        ]
        sums = np.zeros((3, self.classes))
        for images, labels in batches.epoch(0):
            scores = self._scores_of(*weights, images)
            losses, right = outcomes(scores, labels, self.gives_logits)
            sums += sums_by_class(losses, right, labels, self.classes)
        sums = np.sum(self.host.gather(sums.tolist()), axis=0)
        loss, right, count = sums.sum(axis=1)
        plain = {"val_loss": float(loss / count), "val_accuracy": float(right / count)}
        return plain if self.class_weights is None else plain | class_means(sums)

    def finished(self, weights: list[np.ndarray] | None = None) -> keras.Model:
        """Return the core on this host alone, in single precision."""
        weights = self.core.get_weights() if weights is None else weights
        keras.distribution.set_distribution(None)
        plain = self._core("float32")
        plain.set_weights(weights)
        return plain


def _local(variables) -> list[jax.Array]:
    """Return this host's copy of each variable."""
    return [variable.value.addressable_data(0) for variable in variables]
