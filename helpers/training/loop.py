"""From a recipe to a finished run folder, one epoch after the other."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import augment
from helpers.errors import UserError
from helpers.paths import home, write_atomic
from helpers.training import checkpoint, runs
from helpers.training.network import Network
from helpers.training.progress import Progress
from helpers.training.recipe import Recipe
from helpers.training.runs import Run
from helpers.training.schedule import Plateau

#: A checkpoint of AlexNet is half a gigabyte, so it is not written after every short epoch.
CHECKPOINT_SECONDS = 60.0
SAMPLE = 1000  # training pictures that mean and colour axes are computed from


def train(
    recipe: Recipe,
    run_dir: str | Path | None = None,
    resume: bool = True,
    *,
    verbose: bool = True,
    tensorboard: bool = False,
) -> Run:
    """Train as the recipe says and return the finished run.

    Parameters
    ----------
    recipe
        The settings.
    run_dir
        Folder of the run; None: named by the recipe's hash, under ``home()/runs``.
    resume
        Go on with the unfinished run that is there (a finished one is returned as it is);
        False starts anew.
    verbose
        Print one line per epoch.
    tensorboard
        Also write ``tensorboard/`` logs into the folder.

    Raises
    ------
    UserError
        When the folder holds something else, data are missing, or the disk is too small.
    FloatingPointError
        When the loss is no longer a number.

    Examples
    --------
    >>> train(Recipe(data="photos", epochs=20), "runs/photos")  # doctest: +SKIP
    """
    folder = home() / "runs" / recipe.name if run_dir is None else Path(run_dir)
    # Whatever is wrong with the folder or the pictures is found before anything is written.
    runs.check(folder, recipe, resume)
    if resume and runs.is_finished(folder):
        return Run.load(folder)
    data = complete(runs.load_data(recipe))
    with runs.locked(folder):
        runs.prepare(folder, recipe, resume)
        if not runs.is_finished(folder):  # another process may have been at it meanwhile
            carry_out(lambda: Session(recipe, folder, data, verbose, tensorboard), folder)
        return Run.load(folder)


def carry_out(begin: Callable[[], "Session"], folder: Path) -> None:
    """Train in a prepared and locked folder; leave none behind when it cannot even begin."""
    try:
        session = begin()
    except UserError:
        runs.withdraw(folder)
        raise
    try:
        session.run()
    except KeyboardInterrupt:
        session.progress.interrupted(session.saved)
        raise


def load_or_train(recipe: Recipe, *, verbose: bool = False) -> Run:
    """Return the run of a recipe from ``home()/runs``, trained now if it is not there.

    A run made by an older version of the code that decides its result is trained again.

    Examples
    --------
    >>> load_or_train(quick_recipe()).history  # doctest: +SKIP
    """
    folder = home() / "runs" / recipe.name
    with runs.locked(folder):
        stale = _stale(folder)
    if stale:
        print("The code has changed since this recipe was trained: training again.")
    return train(recipe, folder, resume=not stale, verbose=verbose)


def _stale(folder: Path) -> bool:
    if not (folder / "environment.json").exists():
        return False
    return runs.read_json(folder / "environment.json").get("code") != runs.code_hash()


class Session:
    """One process's work on a run; ``distributed`` changes what is shared among processes."""

    def __init__(self, recipe: Recipe, folder: Path, data, verbose: bool, tensorboard: bool):
        self.recipe, self.folder, self.data = recipe, folder, data
        self.pictures = self.training_batches()
        self.judged = self.validation_batches()
        measured = self.measure()
        self.network = self.make_network(measured)
        self.rule = Plateau.of(recipe)
        self.rows: list[dict] = []
        self.saved = 0  # epochs in the last checkpoint
        self.saved_at = time.monotonic()
        self.writer = _summary_writer(folder) if tensorboard else None
        self.progress = Progress(
            recipe.epochs, len(self.pictures) * self.pictures.batch_size, verbose
        )
        environment = runs.environment(self.data, *measured[:2], self.network.precision)
        self.check_disk()
        self._resume(environment)
        runs.write_json(folder / "environment.json", environment)

    def training_batches(self):
        """Return the batches to learn from."""
        return training_batches(self.data, self.recipe)

    def validation_batches(self):
        """Return the batches to judge by."""
        return validation_batches(self.data)

    def measure(self) -> tuple:
        """Return mean, sigma and axes of the colours of the training pictures."""
        return statistics(self.data.subset("train"), self.pictures)

    def make_network(self, measured: tuple) -> Network:
        """Return the network to train."""
        return Network(self.recipe, len(self.data.classes), measured)

    def checkpoint(self) -> tuple[list[np.ndarray], dict] | None:
        """Return arrays and state to go on from, None to begin."""
        return checkpoint.load(self.folder)

    def check_disk(self) -> None:
        """Raise a UserError when the run will not fit on the disk."""
        _enough_disk(self.folder, self.network)

    def _resume(self, environment: dict) -> None:
        found = self.checkpoint()
        if found is None:
            return
        arrays, state = found
        if state["data"] != environment["data"]:
            raise UserError(
                f"The pictures in {self.recipe.data} have changed since the run in {self.folder} "
                "was begun; put them back or train into a new folder."
            )
        self.network.restore(arrays)
        self.rule = Plateau.from_dict(state["rule"])
        self.rows = state["rows"]
        self.saved = len(self.rows)
        self.progress.resumed(self.saved)

    def run(self) -> None:
        """Train until the last epoch, or until the rule says stop."""
        for epoch in range(len(self.rows) + 1, self.recipe.epochs + 1):
            self._epoch(epoch)
            if self.rule.stop:
                self.progress.stopped(epoch, self.rule.since_best)
                break
            if time.monotonic() - self.saved_at >= CHECKPOINT_SECONDS:
                self.save(epoch)
        self.finish()

    def _epoch(self, epoch: int) -> None:
        start, rate = time.perf_counter(), self.rule.rate
        logs = self.network.train_epoch(
            self.pictures, epoch, rate, lambda seen: self.progress.tick(epoch, seen)
        )
        trained = time.perf_counter() - start
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The loss is no longer a number in epoch {epoch}: the learning rate {rate:g} is "
                "too high for this network; train with a tenth of it."
            )
        logs |= self.network.validate(self.judged)
        self.rule.see(1 - logs["val_accuracy"])
        images = len(self.pictures) * self.pictures.batch_size
        row = {"epoch": epoch, **logs, "learning_rate": rate}
        row |= {
            "seconds": round(time.perf_counter() - start, 3),
            "images_per_second": round(images / trained, 2),
        }
        self.rows.append(row)
        runs.write_csv(self.folder / "history.csv", pd.DataFrame(self.rows))
        self._summarise(row)
        self.progress.epoch(row)

    def save(self, epoch: int) -> None:
        """Write a checkpoint."""
        state = {
            "rule": self.rule.to_dict(),
            "rows": self.rows,
            "data": runs.data_hash(self.data),
        }
        checkpoint.save(self.folder, epoch, self.network.arrays(), state)
        self.saved, self.saved_at = epoch, time.monotonic()

    def _summarise(self, row: dict) -> None:
        if self.writer is None:
            return
        import tensorflow as tf

        with self.writer.as_default(step=row["epoch"]):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
                tf.summary.scalar(name, row[name])
        self.writer.flush()

    def finish(self) -> None:
        """Write what is kept of a run that has come to its end."""
        from helpers import evaluation

        model = self.network.finished()
        write_atomic(self.folder / "model.keras", model.save)
        table = evaluation.predict(model, self.data.subset("val"))
        runs.write_csv(self.folder / "predictions.csv", table)
        checkpoint.clear(self.folder)
        self.progress.finished(self.folder)


def training_batches(data, recipe: Recipe):
    """Return the shuffled batches of the training pictures, all of one size.

    The last pictures of an epoch's order that do not fill a batch are left out; the next epoch has
    another order. One size means one compiled step, which matters under XLA.
    """
    from helpers import datasets

    training = data.subset("train")
    size = min(recipe.batch_size, len(training))
    return datasets.Batches(training, size, seed=recipe.seed, shuffle=True, drop_remainder=True)


def validation_batches(data):
    """Return the batches of the validation pictures, in the table's order."""
    from helpers import datasets

    validation = data.subset("val")
    return datasets.Batches(validation, min(64, len(validation)), seed=0, shuffle=False)


def complete(data):
    """Return the data if there are pictures to train on and others to judge by."""
    for split, title in (("train", "training"), ("val", "validation")):
        if not len(data.subset(split)):
            raise UserError(f"{data.source} has no {title} picture; add some.")
    return data


def statistics(training, batches) -> tuple:
    """Return mean, sigma and axes (``augment.colour_pca``) of up to 1000 training pictures.

    They are spread evenly over the table and come through ``batches``, which keeps them for the
    first epoch when it holds its pictures in memory.
    """
    chosen = np.unique(np.linspace(0, len(training) - 1, min(SAMPLE, len(training))).astype(int))
    images = batches.pictures(chosen.tolist())
    # Every fourth pixel of every fourth row: neighbours tell the same, and it is 16 times faster.
    return augment.colour_pca(image[::4, ::4] for image in images)


def _enough_disk(folder: Path, network: Network) -> None:
    """Room for the checkpoints that are kept, one being written, and the network."""
    state = 4 * (network.core.count_params() * 2)
    needed = (checkpoint.KEPT + 1) * state + state // 2
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"{folder} has {free / 1e9:.1f} GB free and the run needs {needed / 1e9:.1f} GB for "
            "its checkpoints; free some space or choose another folder."
        )


def _summary_writer(folder: Path):
    import tensorflow as tf

    return tf.summary.create_file_writer(os.fspath(folder / "tensorboard"))
