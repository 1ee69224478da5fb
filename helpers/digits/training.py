"""From a recipe to a finished run on digits.

The network carries its own scaling of the pixels, its dropout works in training only, and the
whole test part is judged by: three things that the program of article-4 leaves to its user.
"""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers import environment, evaluation, files, locks, models
from helpers.datasets.digits import Digits, load
from helpers.digits import lessons
from helpers.digits.recipe import Recipe, architecture, is_run
from helpers.errors import UserError
from helpers.files import home, write_atomic
from helpers.training import checkpoint, run_files, runs
from helpers.training.runs import Run

BATCH = 250  # pictures at a time where nothing is learnt


def network(recipe: Recipe) -> keras.Model:
    """Return the untrained network: pixels 0–255, (N, 28, 28, 1), to logits, (N, 10).

    Examples
    --------
    >>> network(Recipe()).count_params()
    24710858
    """
    scaling = keras.layers.Rescaling(1 / 255, name="scaling")
    return models.build(architecture(recipe.width), seed=recipe.seed, preprocessing=[scaling])


def train(recipe: Recipe, folder: str | Path, *, resume: bool = True, verbose: bool = True) -> Run:
    """Train as the recipe says and return the finished run.

    A finished run in the folder is returned as it is, an unfinished one is gone on with.

    Parameters
    ----------
    recipe
        The settings.
    folder
        Of the run.
    resume
        False deletes the run that is there.
    verbose
        Print one line per epoch.

    Raises
    ------
    UserError
        When the folder holds something else, or the digits cannot be had.

    Examples
    --------
    >>> train(standard_recipe(), "runs/digits")  # doctest: +SKIP
    """
    digits = load(recipe.data).first(recipe.images)
    recipe = replace(recipe, data=digits.source)  # "auto" may mean something else tomorrow
    folder = Path(folder)
    _check(folder, recipe, resume)
    with locks.locked(folder):
        if not resume:
            runs.remove(folder)
        if not run_files.is_finished(folder):
            runs.remove_leavings(folder)
            files.write_json(folder / "recipe.json", recipe.to_dict())
            _carry_out(recipe, folder, digits, verbose)
    return Run.load(folder)


def load_or_train(recipe: Recipe) -> Run:
    """Return the run of a recipe from ``home()/runs``, trained now if it is not there.

    A run made by other code is trained again.

    Examples
    --------
    >>> load_or_train(standard_recipe()).history  # doctest: +SKIP
    """
    recipe = replace(recipe, data=load(recipe.data).source)
    folder = home() / "runs" / recipe.name
    there = folder / "environment.json"
    stale = there.exists() and files.read_json(there).get("code") != code_hash()
    return train(recipe, folder, resume=not stale, verbose=False)


def code_hash() -> str:
    """Return twelve digits that change when code that decides the result of a run changes."""
    digest = hashlib.sha256(runs.code_hash().encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def load_run(folder: str | Path) -> Run:
    """Return the finished run on digits in a folder; UserError when it holds none.

    Examples
    --------
    >>> load_run("runs/digits").history  # doctest: +SKIP
    """
    run = Run.load(folder)
    if not is_run(folder):
        raise UserError(
            f"{folder} holds a run on photographs, not on digits; make one with "
            f"{environment.program()} train --data mnist --arch mnist --out RUN."
        )
    return run


def predictions(model: keras.Model, digits: Digits) -> pd.DataFrame:
    """Return the predictions table of the test part, as ``evaluation.predict`` gives it."""
    table = digits.table().subset("val").table
    parts = np.split(digits.test_images, range(BATCH, len(digits.test_images), BATCH))
    shares = np.concatenate([evaluation.probabilities(model, part) for part in parts])
    titles = [str(number) for number in range(10)]
    return evaluation.tabulate(table["path"].to_numpy(), digits.test_labels, shares, titles)


def refusals(run: Run) -> str:
    """Return how many digits of the test part a broad run would refuse, as a line."""
    pictures = load(run.environment["digits"]).test_images
    parts = np.split(pictures, range(BATCH, len(pictures), BATCH))
    refused = sum(int(lessons.shows_none(run.model, part).sum()) for part in parts)
    return f"\nrefused as no digit by predict: {refused} of {len(pictures)}"


def _check(folder: Path, recipe: Recipe, resume: bool) -> None:
    """Refuse a folder with anything but a run, to resume, of this recipe; writes nothing."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; a run needs a folder.")
    if not folder.exists() or all(path.name.startswith(".") for path in folder.iterdir()):
        return
    if not is_run(folder):
        raise UserError(
            f"{folder} is not empty and holds no run on digits; choose a new or an empty folder."
        )
    # Runs from before there were broad ones are not broad.
    there, here = {"broad": False, **files.read_json(folder / "recipe.json")}, recipe.to_dict()
    if resume and there != here:
        differing = [
            f"{name} ({there.get(name)!r} there)" for name in here if there.get(name) != here[name]
        ]
        raise UserError(
            f"{folder} holds a run of another recipe, which differs in {', '.join(differing)}; "
            "choose another folder."
        )


def _carry_out(recipe: Recipe, folder: Path, digits: Digits, verbose: bool) -> None:
    model = _compiled(recipe, lessons.count(recipe, digits))
    rows = _resumed(folder, model)
    files.write_json(folder / "environment.json", _environment(digits, model))
    for epoch in range(len(rows) + 1, recipe.epochs + 1):
        rows.append(_epoch(model, recipe, digits, epoch))
        files.write_csv(folder / "history.csv", pd.DataFrame(rows))
        if epoch < recipe.epochs:
            checkpoint.save(folder, epoch, [np.asarray(v) for v in _state(model)], {"rows": rows})
        if verbose:
            print(_line(rows[-1], recipe.epochs), flush=True)
    write_atomic(folder / "model.keras", model.save)
    files.write_csv(folder / "predictions.csv", predictions(model, digits))
    checkpoint.clear(folder)


def _compiled(recipe: Recipe, count: int) -> keras.Model:
    model = network(recipe)
    # The rate falls along a cosine to 0: with a constant one the last epoch is a matter of luck.
    steps = recipe.epochs * int(np.ceil(count / recipe.batch_size))
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    )
    optimizer.build(model.trainable_variables)
    if recipe.broad:
        right = keras.metrics.MeanMetricWrapper(lessons.right, name="accuracy")
        model.compile(optimizer, lessons.loss, metrics=[right])
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def _state(model: keras.Model) -> list:
    """Return all that training changes: weights, dropout's generators, Adam's averages."""
    layers = [variable for layer in model.layers for variable in layer.variables]
    return [*layers, *model.optimizer.variables]


def _resumed(folder: Path, model: keras.Model) -> list[dict]:
    """Put the last checkpoint into the model; return the history up to there."""
    found = checkpoint.load(folder)
    if found is None:
        return []
    arrays, state = found
    for variable, value in zip(_state(model), arrays, strict=True):
        variable.assign(value)
    return state["rows"]


def _epoch(model: keras.Model, recipe: Recipe, digits: Digits, epoch: int) -> dict:
    """Train on each picture once, in an order that depends on seed and epoch; return the row."""
    rng = np.random.default_rng([recipe.seed, epoch])
    order = rng.permutation(lessons.count(recipe, digits))
    images, labels = lessons.of_an_epoch(recipe, digits, rng)
    rate, start = float(model.optimizer.learning_rate), time.perf_counter()
    fitted = model.fit(
        images[order],
        labels[order],
        batch_size=recipe.batch_size,
        shuffle=False,
        verbose=0,
    ).history
    seconds = time.perf_counter() - start
    test = model.evaluate(
        digits.test_images, digits.test_labels, batch_size=BATCH, verbose=0, return_dict=True
    )
    return {
        "epoch": epoch,
        "loss": fitted["loss"][0],
        "accuracy": fitted["accuracy"][0],
        "val_loss": test["loss"],
        "val_accuracy": test["accuracy"],
        "learning_rate": rate,  # at the beginning of the epoch
        "seconds": round(time.perf_counter() - start, 3),
        "images_per_second": round(len(order) / seconds, 2),
    }


def _line(row: dict, epochs: int) -> str:
    return (
        f"epoch {row['epoch']}/{epochs}  loss {row['loss']:.3f}  right {row['accuracy']:.1%}  "
        f"test loss {row['val_loss']:.3f}  right {row['val_accuracy']:.1%}  "
        f"{row['images_per_second']:.0f} images/s"
    )


def _environment(digits: Digits, model: keras.Model) -> dict:
    """Return what a run folder says of machine, versions and data."""
    mean = digits.images.mean(keepdims=True).ravel()
    found = runs.environment(
        digits.table(), mean, digits.images.std(keepdims=True).ravel(), "float32", _hash(digits)
    )
    own = {"code": code_hash(), "digits": digits.source, "parameters": model.count_params()}
    return {**found, **own}


def _hash(digits: Digits) -> str:
    """Return twelve digits of all pictures and labels."""
    digest = hashlib.sha256()
    for part in (digits.images, digits.labels, digits.test_images, digits.test_labels):
        digest.update(np.ascontiguousarray(part))
    return digest.hexdigest()[:12]
