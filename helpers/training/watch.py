"""Keras callbacks that look on while a network is trained."""

import time
from collections.abc import Callable, Sequence

import keras
import numpy as np

from helpers.errors import UserError


class Watchers:
    """The callbacks of one run, told of training, epochs and batches as ``fit`` would tell them.

    They watch: the learning rate is the recipe's, whatever they set. ``model.stop_training`` is
    honoured, after a batch and after an epoch. Hooks of ``evaluate`` and ``predict`` are not
    called; an epoch's logs hold what validation found.

    Parameters
    ----------
    callbacks
        ``keras.callbacks.Callback`` objects.
    model
        The model that learns.
    epochs, steps
        How many epochs, and batches in each.
    """

    def __init__(self, callbacks: Sequence, model: keras.Model, epochs: int, steps: int) -> None:
        self.model = model
        self.all = None
        if callbacks:
            self.all = keras.callbacks.CallbackList(
                list(callbacks), model=model, epochs=epochs, steps=steps, verbose=0
            )
            model.stop_training = False

    def train_begin(self) -> None:
        """Tell that the training begins, or ends: ``train_end``."""
        if self.all:
            self.all.on_train_begin()

    def train_end(self) -> None:
        """Tell that the training has ended."""
        if self.all:
            self.all.on_train_end()

    def epoch_begin(self, epoch: int) -> None:
        """Tell that an epoch begins; ours count from 1, Keras' from 0."""
        if self.all:
            self.all.on_epoch_begin(epoch - 1)

    def epoch_end(self, epoch: int, logs: dict) -> None:
        """Tell what an epoch has brought."""
        if self.all:
            self.all.on_epoch_end(epoch - 1, logs)

    @property
    def of_batches(self) -> tuple:
        """What ``fit`` is given: one callback that passes on the batches, and nothing else."""
        return (_Batches(self.all),) if self.all else ()

    @property
    def stop(self) -> bool:
        """Whether one of them has asked to end."""
        return bool(self.all) and self.model.stop_training


class _Batches(keras.callbacks.Callback):
    def __init__(self, callbacks: keras.callbacks.CallbackList) -> None:
        super().__init__()
        self.callbacks = callbacks

    def on_train_batch_begin(self, batch, logs=None):
        self.callbacks.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.callbacks.on_train_batch_end(batch, logs)


class TrainingErrors(keras.callbacks.Callback):
    """Notes the running training error of each part of an epoch: its share of wrong answers.

    They are those of the batches as they were trained on, with the weights of that moment.

    Parameters
    ----------
    parts
        How often an epoch reports.
    enough
        Asked with ``rows`` at the end of an epoch; the training ends when it says True.

    Attributes
    ----------
    rows : list of dict
        ``epoch`` (passes made at the end of a part), ``training_error`` and the ``seconds`` of the
        whole epoch.
    """

    def __init__(self, parts: int, enough: Callable[[list], bool] = lambda rows: False) -> None:
        super().__init__()
        self.parts, self.enough = parts, enough
        self.rows: list[dict] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Find the last batch of each part."""
        steps = self.params["steps"]
        if steps < self.parts:
            raise UserError(f"An epoch of {steps} batches has no {self.parts} parts; take less.")
        self.ends = [int(part[-1]) for part in np.array_split(np.arange(steps), self.parts)]

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begin to count."""
        self.epoch, self.began = epoch, time.perf_counter()
        self.right: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Count; Keras tells the mean since the epoch began, of batches that are equally large."""
        if batch in self.ends:
            self.right.append((batch + 1) * (logs or {})["accuracy"])
        if batch == self.ends[-1]:
            seconds = round(time.perf_counter() - self.began, 1)
            sizes = np.diff([-1, *self.ends])
            errors = 1 - np.diff([0, *self.right]) / sizes
            for i, error in enumerate(errors.round(5).tolist(), start=1):
                epoch = round(self.epoch + i / self.parts, 4)
                self.rows.append({"epoch": epoch, "training_error": error, "seconds": seconds})

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ask whether it is enough."""
        if self.enough(self.rows):
            self.model.stop_training = True


def checked(callbacks: Sequence) -> tuple:
    """Return the callbacks as a tuple.

    Raises
    ------
    UserError
        When one is no Keras callback.
    """
    callbacks = tuple(callbacks)
    for one in callbacks:
        if not isinstance(one, keras.callbacks.Callback):
            raise UserError(f"callbacks must be keras.callbacks.Callback objects, got {one!r}.")
    return callbacks
