"""Where pictures come from, and how they reach the network.

A *source* is ``"embedded"`` (drawn mountain bikes and container ships), a folder with one
sub-folder of pictures per class, or ``"imagenet:DIR"`` (a local copy of ImageNet).

In: finding files, checking them, splitting, decoding as in the paper (§2), batching.
Out: everything that is done to pixels afterwards (``augment``).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from helpers.datasets.batches import Batches
from helpers.datasets.decoding import decode
from helpers.datasets.fetch import download
from helpers.datasets.folder import ImageFolder, load_images, read_folder
from helpers.datasets.imagenet import read_imagenet
from helpers.errors import UserError

__all__ = ["Batches", "ImageFolder", "decode", "download", "load", "load_images"]


def load(
    source: str | Path = "auto",
    split: str | None = None,
    *,
    classes: Sequence[str] | str | None = None,
    skip_unreadable: bool = False,
) -> ImageFolder:
    """Return the table of pictures of a source.

    Parameters
    ----------
    source
        ``"auto"`` (``ALEXNET_DATA`` if set, else embedded), ``"embedded"``, ``"imagenet:DIR"``, or
        a folder with one sub-folder per class, with or without ``train/`` and ``val/``.
    split
        ``"train"``, ``"val"``, or None for both.
    classes
        Names of the class folders to use; None: all (of ImageNet: the two of the demo);
        ``"all"``: all.
    skip_unreadable
        Leave out files that cannot be decoded, and list them in ``skipped``. Every file is decoded
        once for this; otherwise the check is quick, and damage in the middle of a file is an error
        when its turn comes.

    Raises
    ------
    UserError
        In one sentence: what is missing or unreadable, and what to do.

    Examples
    --------
    >>> load("embedded", "train").titles  # doctest: +SKIP
    ('container ship', 'mountain bike')
    """
    source = str(source)
    if source == "auto":
        source = os.environ.get("ALEXNET_DATA") or "embedded"
    if source.startswith("imagenet:"):
        data = read_imagenet(
            Path(source.removeprefix("imagenet:")).expanduser(), classes, skip_unreadable
        )
    elif source == "imagenet-download":
        raise UserError(
            "Fetch the pictures first: python -m helpers data imagenet-download --out FOLDER "
            "--accept-imagenet-terms; then use that folder."
        )
    elif source == "embedded":
        from helpers.datasets import embedded

        data = read_folder(embedded.ensure(), source, classes, skip_unreadable)
    else:
        data = read_folder(Path(source).expanduser(), source, classes, skip_unreadable)
    return data if split is None else data.subset(split)
