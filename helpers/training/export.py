"""The network of a finished run, written for others: Keras alone, and TensorFlow alone."""

import contextlib
import io
import logging
import sys
from pathlib import Path

import keras

from helpers import models
from helpers.files import whole_folder, write_atomic


def save(model: keras.Model, folder: Path, export: str | None) -> None:
    """Write ``model.keras`` in Keras' own layers, and the network as a SavedModel beside it.

    ``export`` is the name of its folder, None for no SavedModel.
    The second needs TensorFlow; without it, or when it fails, a line says so and the run is
    finished all the same.
    """
    write_atomic(folder / "model.keras", models.portable(model).save)
    if export is None:
        return
    try:
        with whole_folder(folder / export) as beside:
            _export(model, beside)
    except Exception as error:  # a convenience for others must not cost the run
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        print(f"No {export}/ for TensorFlow was written: {reason[0]}", file=sys.stderr)


def _export(model: keras.Model, folder: Path) -> None:
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError(f"Keras runs on {keras.backend.backend()} here.")
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it advises on matters of its own
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            archive = _archive(model)
            archive.write_out(folder, verbose=False)
    finally:
        logger.setLevel(level)


def _archive(model: keras.Model) -> keras.export.ExportArchive:
    """Return what ``model.export`` would write, less the second copy of every weight it adds."""
    archive, (pixels,) = keras.export.ExportArchive(), model.inputs
    taken = keras.InputSpec(shape=pixels.shape, dtype=pixels.dtype, name=pixels.name)
    archive.add_endpoint("serve", lambda given: model(given, training=False), [taken])
    return archive
