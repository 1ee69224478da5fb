"""Keras callbacks that look on while a network is trained."""

from collections.abc import Sequence

import keras

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

    def on_train_batch_end(self, batch, logs=None):
        self.callbacks.on_train_batch_end(batch, logs)


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
