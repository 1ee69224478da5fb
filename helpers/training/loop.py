"""From a recipe to a finished run folder, one epoch after the other."""

import itertools
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pandas as pd

from helpers import augment, datasets, files, locks
from helpers.datasets import checks
from helpers.datasets.batches import CROPPED, fed
from helpers.environment import accelerators
from helpers.errors import UserError, memory_told
from helpers.files import home, refuse_inside
from helpers.training import checkpoint, export, run_files, runs, stopping
from helpers.training.identity import Identity
from helpers.training.network import Network, Statistics, devices_for
from helpers.training.precision import choose
from helpers.training.progress import Progress
from helpers.training.recipe import Recipe
from helpers.training.runs import Run
from helpers.training.schedule import Rule, best_epoch, merit
from helpers.training.start import Start
from helpers.training.verdict import judged
from helpers.training.watch import Watchers, checked

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder
    from helpers.training.recipe import Resolved

#: A checkpoint of AlexNet is half a gigabyte, so it is not written after every short epoch: after
#: the first one, and then once a minute, or sooner where writing takes a twentieth of the time.
CHECKPOINT_SECONDS = 60.0
CHECKPOINT_SHARE = 20
WORTH_SAYING = 100_000_000  # bytes that a run takes on the disk
SAMPLE = 1000  # training pictures that mean and colour axes are computed from


def train(
    recipe: Recipe,
    run_dir: str | Path | None = None,
    resume: bool = True,
    *,
    verbose: bool = True,
    callbacks: Sequence = (),
    tensorboard: bool = False,
    devices: int | str | None = None,
) -> Run:
    """Train as the recipe says and return the finished run.

    Parameters
    ----------
    recipe
        The settings.
    run_dir
        Folder of the run; None: one under ``home()/runs``, named by recipe, pictures and code.
        A finished run of the same recipe and pictures is returned as it is; one of fewer epochs is
        gone on from, in a folder of its own beside it.
    resume
        Go on with the unfinished run that is there; False starts anew.
    verbose
        Print one line per epoch.
    callbacks
        Keras callbacks that look on (``watch.Watchers``). Nobody knows what they do, so such a run
        is never resumed, and never handed out as the run of its recipe.
    tensorboard
        Also write ``tensorboard/`` logs into the folder.
    devices
        How many GPUs (or logical processors) share each batch: a number or ``"all"``; None: one.

    Raises
    ------
    UserError
        When the folder holds something else, pictures are missing or have changed since the run in
        the folder was made, or the disk is too small.
    FloatingPointError
        When the loss is no longer a number.

    Examples
    --------
    >>> len(train(recipe, "runs/photos", verbose=False).history)
    1
    """
    callbacks = checked(callbacks)
    # Whatever is wrong with the folder or the pictures is found before anything is written.
    if run_dir is not None:
        refuse_inside(Path(run_dir), recipe.data, "run_dir")
        runs.check(Path(run_dir))
    target = wanted(recipe)
    if run_dir is not None and target.start is not None:
        target.start.refuse(Path(run_dir))
    folder = _folder(target.name, bool(callbacks)) if run_dir is None else Path(run_dir)
    options = (verbose, tensorboard, callbacks, devices)

    trained = []

    def work(target: Identity, folder: Path) -> None:
        trained.append(folder)
        if verbose:
            introduce(target, folder)
        carry_out(lambda: Session(target, folder, *options), folder)

    run = Run.load(settle(folder, recipe, target, resume, work, callbacks))
    if verbose and not trained:
        print(f"{run.path} holds this run, finished: nothing is trained.")
        if recipe.fold is None or recipe.fold[0] == 1:
            print("".join(f"  {line}\n" for line in run.warnings), end="", flush=True)
    return run


def introduce(target: Identity, folder: Path) -> None:
    """Say which pictures a run has and what would mislead in them, and note it in the folder.

    They are examined when the run is begun; when it goes on, the same is said again.

    Examples
    --------
    >>> introduce(wanted(Recipe(data="photos")), run.path)
    photos: 24 pictures, 2 classes...
    """
    data, fold = target.data, target.recipe.fold
    known = runs.carried(folder).get("examined") or _of_first_fold(target, folder)
    if fold is None or fold[0] == 1:
        print(datasets.describe(data, advise=fold is None), flush=True)
    if fold is not None:
        if fold[0] == 1 and data.made:
            print("train/ and val/ are put together and dealt into folds anew", flush=True)
        print(f"fold {fold[0]} of {fold[1]}: {_shares(data)}", flush=True)
    report = known or _examined(target)
    runs.note(folder, examined=report)
    if fold is None or fold[0] == 1:
        print(checks.Report.of(report), flush=True)
        print(_plan(target.recipe, len(data.subset("train"))), flush=True)
        if target.start is not None:
            print(target.start.told(data.classes), flush=True)
        if frozen := target.recipe.frozen:
            print(f"of weights that stay as they are: {', '.join(frozen)}", flush=True)


def _examined(target: Identity) -> dict:
    """Return what is found in the pictures of a run that is begun."""
    weighted, folds = target.recipe.class_weights, target.recipe.fold is not None
    report = checks.examine(target.data, weighted=weighted, folds=folds).as_dict()
    if target.start is not None:
        report["findings"] = [*report["findings"], *target.start.has_seen(target.data)]
    return report


def _plan(recipe: "Resolved", pictures: int) -> str:
    """Say how long a training may be, and what an epoch is where batches do not come out even.

    Examples
    --------
    >>> _plan(Recipe(data="photos", epochs=20, batch_size=16), 60)
    '20 epochs at most, 16 pictures an update; each epoch takes 48 of the 60, drawn anew'
    """
    size = min(recipe.batch_size, pictures)
    whole = pictures - pictures % size
    rest = f"; each epoch takes {whole} of the {pictures}, drawn anew" if whole < pictures else ""
    return f"{recipe.epochs} epochs at most, {size} pictures an update{rest}"


def _shares(data: "ImageFolder") -> str:
    sizes = (len(data.subset(part)) for part in ("train", "val", "test"))
    said = "{} pictures teach, {} steer, {} judge".format(*sizes)
    teach = data.subset("train").table["label"].value_counts()
    alone = [data.titles[label] for label, count in teach.items() if count == 1]
    if not alone:
        return said
    which = ", ".join(map(files.shown, alone))
    return f"{said}; a single picture of {which} teaches: add pictures or take more folds"


def _of_first_fold(target: Identity, folder: Path) -> dict | None:
    """Return what was found in the pictures of the first fold, which are those of every other."""
    if target.recipe.fold is None or target.recipe.fold[0] == 1:
        return None
    return runs.carried(folder.parent / "fold-1").get("examined")


def wanted(recipe: Recipe) -> Identity:
    """Return the run that a recipe leads to with its pictures as they are, and today's code."""
    start = None if recipe.start is None else Start.of(recipe.start, recipe.arch)
    recipe = recipe if start is None else start.settled(recipe)
    data = complete(runs.load_data(recipe))
    return Identity.of(recipe.resolved(len(data.subset("train"))), data, start)


def settle(
    folder: Path,
    asked: Recipe,
    target: Identity,
    resume: bool,
    work: Callable[[Identity, Path], None],
    callbacks: Sequence = (),
) -> Path:
    """Find the run that is wanted, or let ``work`` train it, and return where it lies.

    Everything is decided while the folder is locked, so that two processes never take each other's
    run for one that is out of date.

    Parameters
    ----------
    folder
        The folder that was named.
    asked, target
        The recipe as it was given, and the run it leads to.
    resume
        False trains anew, unless another process has just done so.
    work
        Called with the run and its prepared and locked folder.
    callbacks
        That look on: such a training begins anew.
    """
    with locks.locked(folder) as waited:
        resume = resume or waited
        if resume:
            _watched_by_nobody(folder, callbacks)
        more = runs.extended(folder, asked, target) if resume else None
        if more is None:
            _settle(folder, target, resume, work)
            return folder
    longer = runs.extension_folder(folder, more.recipe.epochs)
    with locks.locked(longer):
        _settle(longer, more, True, work, source=folder)
    return longer


def _settle(folder: Path, target: Identity, resume: bool, work, source: Path | None = None) -> None:
    if resume and runs.found(folder, target) is not None:
        return
    if resume and runs.nothing_saved(folder):
        # On standard error: what a chapter prints does not depend on what was there before.
        print(f"Of the run begun in {folder} nothing was saved: it starts over.", file=sys.stderr)
    runs.prepare(folder, target.recipe, resume)
    if source is not None:
        print(f"{source} is finished: going on from its last epoch in {folder}", flush=True)
        runs.continue_from(source, folder)
    work(target, folder)


def _folder(name: str, watched: bool) -> Path:
    """Return where a run belongs; one that callbacks watch has a folder that nobody looks in."""
    if not watched:
        return home() / "runs" / name
    folders = (home() / "runs" / f"{name}-watched-{i}" for i in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())


def _watched_by_nobody(folder: Path, callbacks: Sequence) -> None:
    """Refuse to go on with a run that callbacks have watched, or to let some watch an older one."""
    path = folder / "environment.json"
    names = files.read_json(path).get("callbacks") if path.exists() else None
    if names:
        raise UserError(
            f"The run in {folder} was given callbacks ({', '.join(names)}), and such a run is "
            "never resumed; train into a new folder, or anew with --restart."
        )
    if callbacks and path.exists():
        raise UserError(
            f"{folder} holds a run, and a training with callbacks always begins anew; name a new "
            "folder, or delete that run first."
        )


def carry_out(begin: Callable[[], "Session"], folder: Path) -> None:
    """Train in a prepared and locked folder; leave none behind when it cannot even begin.

    Asked to stop, it writes down what is not yet on disk, and says where the run stands.
    """
    session = None
    with stopping.heard():
        try:
            session = begin()
            session.run()
        except UserError:
            if session is None:
                runs.withdraw(folder)
            raise
        except MemoryError:
            runs.withdraw(folder)  # so that the command with a smaller batch may use it
            raise
        except stopping.ASKED as asked:
            with stopping.deferred():
                if session is not None:
                    session.leave(asked)
                    asked.said = True  # type: ignore[union-attr]
                if runs.nothing_saved(folder):
                    runs.withdraw(folder)
            raise


def load_or_train(recipe: Recipe, *, verbose: bool = False) -> Run:
    """Return the run of a recipe from ``home()/runs``, trained now if it is not there.

    Its folder is named by recipe, pictures and code: a run of other pictures or of an older version
    of the code is another one.

    Examples
    --------
    >>> len(load_or_train(recipe).history)
    1
    """
    return train(recipe, verbose=verbose)


class Session:
    """One process's work on a run; ``hosts`` changes what is shared among processes."""

    def __init__(
        self,
        wanted: Identity,
        folder: Path,
        verbose: bool,
        tensorboard: bool,
        callbacks: Sequence = (),
        devices: int | str | None = None,
    ) -> None:
        self.wanted, self.folder = wanted, folder
        self.recipe, self.data = wanted.recipe, wanted.data
        self.callbacks, self.devices = callbacks, devices
        self.pictures = self.training_batches()
        self.judged = self.validation_batches()
        self.progress = Progress(
            self.recipe.epochs,
            len(self.pictures) * self.pictures.batch_size,
            verbose,
            self.recipe.fold,
        )
        found = self.checkpoint()
        self.precision = self.choose_precision(None if found is None else found[1])
        self._say_spare_devices()
        measured = self.measure()
        self.network = self.make_network(measured)
        if self.recipe.class_weights:
            self.network.class_weights = balanced(self.data)
        self.rule = Rule.of(self.recipe)
        self.rows: list[dict] = []
        self.best: list[np.ndarray] | None = None  # weights of the best epoch so far
        self.aside: tuple | None = None  # epoch, arrays and state that are not yet on disk
        self.saved = 0  # epochs in the last checkpoint
        self.saved_at = time.monotonic()
        self.saving = 0.0  # seconds that the last checkpoint took
        self.writer = _summary_writer(folder) if tensorboard else None
        self.watchers = Watchers(
            callbacks, self.network.learner, self.recipe.epochs, len(self.pictures)
        )
        self.environment = runs.environment(
            self.data, *measured[:2], self.precision, wanted.pictures
        )
        self.environment |= runs.carried(folder)
        if wanted.start is not None:
            self.environment["start"] = wanted.start.described(self.data.classes)
        if callbacks:
            self.environment["callbacks"] = [type(one).__name__ for one in callbacks]
        self.check_disk()
        self._resume(found)
        files.write_json(folder / "environment.json", self.environment)

    def training_batches(self) -> datasets.Batches:
        """Return the batches to learn from."""
        return training_batches(self.data, self.recipe)

    def validation_batches(self) -> datasets.Batches:
        """Return the batches to judge by."""
        return validation_batches(self.data, self.recipe)

    def measure(self) -> Statistics:
        """Return mean, sigma and axes of the colours of the training pictures.

        The mean is the one that is subtracted: with a start the one that its weights know.
        """
        measured = statistics(self.data.subset("train"), self.pictures)
        start = self.wanted.start
        return measured if start is None else (np.array(start.mean), *measured[1:])

    def make_network(self, measured: Statistics) -> Network:
        """Return the network to train."""
        return Network(
            self.recipe,
            len(self.data.classes),
            measured,
            precision=self.precision,
            devices=self._devices(),
            start=self.wanted.start,
            last=self.wanted.start is not None and self.wanted.start.knows(self.data.classes),
        )

    def _devices(self) -> int:
        """Return how many devices share a batch, and say it where those are not all."""
        batch = self.pictures.batch_size
        wanted, count = devices_for(self.devices, 0), devices_for(self.devices, batch)
        if count < wanted:
            self.progress.note(
                f"{wanted} devices cannot share a batch of {batch} pictures equally, so {count} "
                f"will; a --batch-size that {wanted} divides uses all."
            )
        return count

    def choose_precision(self, state: dict | None) -> str:
        """Return the precision of the run: the one it was begun in, else what suits the device.

        ``state`` is that of the checkpoint to go on from, None to begin.
        """
        suits, said = choose(self.recipe.precision, self.recipe.initial)
        begun = suits if state is None else state.get("precision", suits)
        if begun != suits:
            said = f"The run goes on in {begun}, in which it was begun; new ones take {suits} here."
        if said:
            self.progress.note(said)
        return begun

    def _say_spare_devices(self) -> None:
        found = len(accelerators())
        if self.devices is None and found > 1 and keras.backend.backend() == "tensorflow":
            self.progress.note(f"One of {found} GPUs is used; --devices all shares each batch.")

    def checkpoint(self) -> tuple[list[np.ndarray], dict] | None:
        """Return arrays and state to go on from, None to begin."""
        return runs.last_state(self.folder)

    def check_disk(self) -> None:
        """Raise a UserError when the run will not fit on the disk."""
        needed = _enough_disk(self.folder, self.network)
        if needed < WORTH_SAYING:
            return
        # Network and export have the weights, the checkpoint momentum and mostly the last weights.
        ends = 4 * self.network.core.count_params() * (4 if self.recipe.fold is None else 1)
        self.progress.note(
            f"disk: up to {_size(needed)} in {self.folder} while it trains, up to {_size(ends)} "
            "when it is finished"
        )

    def _resume(self, found: tuple[list[np.ndarray], dict] | None) -> None:
        if found is None:
            return
        arrays, state = found
        if state["data"] != self.environment["data"]:
            raise UserError(
                f"The pictures in {self.recipe.data} have changed since the run in {self.folder} "
                "was begun; put them back or train into a new folder."
            )
        count = len(self.network.variables)
        self.network.restore(arrays[:count])
        self.rule = Rule.from_dict(state["rule"])
        self.rows = state["rows"]
        self.best = arrays[count:] or None
        self._keep_if_best()
        self.saved = len(self.rows)
        self.progress.resumed(self.saved)

    def _keep_if_best(self) -> None:
        """Put the weights aside when the epoch that has just ended is the best so far."""
        if self.recipe.keep == "best" and best_epoch(self.rows) == len(self.rows):
            self.best = self.network.core.get_weights()

    def run(self) -> None:
        """Train until the last epoch, or until the rule or a callback says stop."""
        with memory_told(self.pictures.batch_size):
            self._train()
        self.finish()

    def _train(self) -> None:
        self.watchers.train_begin()
        # A run that was killed while its end was written down has no epoch left.
        last = len(self.rows) if self.rule.stop else self.recipe.epochs
        for epoch in range(len(self.rows) + 1, last + 1):
            self._epoch(epoch)
            stopping.check()
            if self.rule.stop:
                self.progress.stopped(epoch, f"no better for {self.rule.since_best} epochs")
                break
            if self.watchers.stop:
                self.progress.stopped(epoch, "a callback asked for it")
                break
        self.watchers.train_end()

    def _epoch(self, epoch: int) -> None:
        start, rate = time.perf_counter(), self.rule.rate
        self.watchers.epoch_begin(epoch)
        logs = self.network.train_epoch(
            self.pictures,
            epoch,
            rate,
            lambda seen: self.progress.tick(epoch, seen),
            self.watchers.of_batches,
        )
        trained = time.perf_counter() - start
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The loss is no longer a number in epoch {epoch}: the learning rate {rate:g} is "
                "too high for this network; train with a tenth of it."
            )
        logs |= self.network.validate(self.judged)
        self.rule.see(1 - merit(logs)[0])
        images = len(self.pictures) * self.pictures.batch_size
        row = {"epoch": epoch, **logs, "learning_rate": rate}
        row |= {
            "seconds": round(time.perf_counter() - start, 3),
            "images_per_second": round(images / trained, 2),
        }
        self.rows.append(row)
        files.write_csv(self.folder / "history.csv", pd.DataFrame(self.rows))
        self._keep_if_best()
        self._summarise(row)
        self.secure(epoch)
        self.progress.epoch(row)  # what has been said of an epoch is not lost by Ctrl-C
        self.watchers.epoch_end(epoch, {**logs, "learning_rate": rate})

    def _is_due(self) -> bool:
        """Whether so much has been trained since the last checkpoint that the next one is worth it.

        The first epoch always is: who interrupts a run soon after it began keeps that one.
        """
        wait = min(CHECKPOINT_SECONDS, CHECKPOINT_SHARE * self.saving)
        return self.saved == 0 or time.monotonic() - self.saved_at >= wait

    def secure(self, epoch: int) -> None:
        """Write a checkpoint when one is due, or put the state aside, to be written if need be.

        Of a run that callbacks watch, which is never resumed, there is none.
        """
        if self.callbacks:
            return
        state = {
            "rule": self.rule.to_dict(),
            "rows": list(self.rows),
            "precision": self.precision,
            "data": self.wanted.pictures,
        }
        # The best weights travel with the state, unless they are the network's own.
        own = best_epoch(self.rows) == epoch
        apart = [] if self.best is None or own else self.best
        with stopping.deferred():
            self.aside = None  # two of them would not fit into every memory
            self.aside = epoch, self.network.arrays() + apart, state
        if self._is_due():
            self.save()

    def save(self) -> None:
        """Write down what was put aside, if there is anything."""
        if self.aside is None:
            return
        begun = time.monotonic()
        with stopping.deferred():
            checkpoint.save(self.folder, *self.aside)
            self.saved, self.aside = self.aside[0], None
        self.saved_at = time.monotonic()
        self.saving = self.saved_at - begun

    def leave(self, asked: BaseException) -> None:
        """Save the last whole epoch, and say where the run stands."""
        self.save()
        self.progress.interrupted(self.saved, asked)

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

        self.save()
        model = self.network.finished(self.best)
        # None of the networks of folds is the result: they are there to be judged.
        export.save(model, self.folder, run_files.EXPORT if self.recipe.fold is None else None)
        part, name = judged(self.data)
        table = evaluation.predict(model, part)
        self.environment |= {"kept": self.kept(), "judged_on": name}
        files.write_json(self.folder / "environment.json", self.environment)
        stored = evaluation.named(table, self.data.titles, absolute=True)
        files.write_csv(self.folder / "predictions.csv", stored)
        checkpoint.clear(self.folder, keep=1 if self.recipe.fold is None else 0)
        if self.saved == len(self.rows) and self.recipe.fold is None:
            checkpoint.slim(self.folder, self._in_network())
        kept = self.environment["kept"]
        self.progress.finished(self.folder, f"weights of epoch {kept['epoch']}, {kept['rule']}")

    def _in_network(self) -> list[int]:
        """Return which arrays of the last checkpoint are those of the finished network."""
        weights = {id(variable) for variable in self.network.core.weights}
        count = len(self.network.variables)
        if self.kept()["epoch"] == len(self.rows):
            return [i for i, one in enumerate(self.network.variables) if id(one) in weights]
        return list(range(count, count + len(weights)))

    def kept(self) -> dict:
        """Return which epoch's weights are the result, by which rule, and what they reached."""
        best = self.recipe.keep == "best"
        epoch = best_epoch(self.rows) if best else len(self.rows)
        row = self.rows[epoch - 1]
        values = {name: row[name] for name in row if name.startswith("val_")}
        alike = " with all classes counting alike" if "val_balanced_accuracy" in row else ""
        same = [one for one in self.rows if merit(one)[0] == merit(row)[0]]
        tied = " (of several alike the one with the lowest loss)" if len(same) > 1 else ""
        rule = f"the best by validation accuracy{alike}{tied}" if best else "the last"
        return {"epoch": epoch, "of": len(self.rows), "rule": rule} | values


def training_batches(data: "ImageFolder", recipe: "Resolved") -> datasets.Batches:
    """Return the shuffled batches of the training pictures, all of one size.

    The last pictures of an epoch's order that do not fill a batch are left out; the next epoch has
    another order. One size means one compiled step, which matters under XLA.
    """
    training = data.subset("train")
    size = min(recipe.batch_size, len(training))
    if recipe.broad:
        from helpers.digits.lessons import Lessons

        return Lessons(training, size, seed=recipe.seed)
    shape = fed(recipe.architecture.input_shape)
    return datasets.Batches(
        training, size, seed=recipe.seed, shuffle=True, drop_remainder=True, shape=shape
    )


def validation_batches(data: "ImageFolder", recipe: Recipe) -> datasets.Batches:
    """Return the batches of the validation pictures, in the table's order."""
    validation = data.subset("val")
    shape, size = fed(recipe.architecture.input_shape), min(64, len(validation))
    return datasets.Batches(validation, size, seed=0, shuffle=False, shape=shape)


def complete(data: "ImageFolder") -> "ImageFolder":
    """Return the data if there are pictures to train on and others to judge by."""
    for split, title in (("train", "training"), ("val", "validation")):
        if not len(data.subset(split)):
            raise UserError(f"{data.source} has no {title} picture; add some.")
    return data


def balanced(data: "ImageFolder") -> np.ndarray:
    """Return a weight for each class, float32 (classes,), so that all count alike in the loss.

    The mean weight of the training pictures is 1.
    """
    labels = data.subset("train").table["label"]
    counts = np.bincount(labels, minlength=len(data.classes))
    return (len(labels) / (len(counts) * np.maximum(counts, 1))).astype("float32")


def statistics(training: "ImageFolder", batches: datasets.Batches) -> Statistics:
    """Return mean, sigma and axes (``augment.colour_pca``) of up to 1000 training pictures.

    They are spread evenly over the table and come through ``batches``, which keeps them for the
    first epoch when it holds its pictures in memory.
    """
    chosen = np.unique(np.linspace(0, len(training) - 1, min(SAMPLE, len(training))).astype(int))
    images = batches.pictures(chosen.tolist())
    # Every fourth pixel of every fourth row: neighbours tell the same, and it is 16 times faster.
    step = 4 if batches.side >= CROPPED else 1
    return augment.colour_pca(image[::step, ::step] for image in images)


def _enough_disk(folder: Path, network: Network) -> int:
    """Make sure of room for the checkpoints that are kept, one being written, and the network.

    Returns
    -------
    int
        How many bytes that is.
    """
    state = 4 * (network.core.count_params() * 3)  # weights, momentum, weights of the best epoch
    needed = (checkpoint.KEPT + 1) * state + state // 2
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"{folder} has {free / 1e9:.1f} GB free and the run needs {needed / 1e9:.1f} GB for "
            "its checkpoints; free some space or choose another folder."
        )
    return needed


def _size(count: float) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> _size(932_000_000), _size(3_400_000)
    ('0.9 GB', '3 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{max(1, count / 1e6):.0f} MB"


def _summary_writer(folder: Path):
    import tensorflow as tf

    return tf.summary.create_file_writer(os.fspath(folder / "tensorboard"))
