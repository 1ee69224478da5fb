"""TensorFlow's ``flower_photos``: 3,670 photographs of five kinds of flower, fetched once.

Their licence is CC BY 2.0; ``LICENSE.txt``, which is unpacked with them, names the photographers.

In: fetching, unpacking, the names of the classes. Out: reading the folder (``folder``).
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from helpers import fetch, locks
from helpers.datasets import archives
from helpers.datasets.folder import ImageFolder, some, wants_all
from helpers.errors import UserError
from helpers.files import home, shown

#: Size and hash stand in the checksums of tensorflow/datasets (``tf_flowers``).
ARCHIVE = fetch.Published(
    "flower_photos.tgz",
    "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz",
    228_813_984,
    "sha256",
    "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
)
TITLES = {"roses": "rose", "sunflowers": "sunflower", "tulips": "tulip"}


def ensure(tries: int | None = None) -> Path:
    """Return the folder of the five classes, fetched and unpacked below ``home()`` the first time.

    ``ALEXNET_FLOWERS`` names the address of another such archive, which is taken as it is.

    Parameters
    ----------
    tries
        As for ``fetch.fetch``.

    Raises
    ------
    UserError
        Not reachable, not the published archive, damaged, or no room.
    """
    address = os.environ.get("ALEXNET_FLOWERS", "")
    # Of another address: a folder of its own, so that neither is taken for the other.
    mark = f"-{hashlib.sha256(address.encode()).hexdigest()[:8]}" if address else ""
    folder = home() / f"flowers{mark}"
    if not folder.is_dir():
        with locks.locked(home(), f".{folder.name}.lock", "fetches the flowers"):
            if not folder.is_dir():
                _fill(folder, address, tries)
    return archives.classes_in(folder)


def _fill(folder: Path, address: str, tries: int | None) -> None:
    archive = home() / (f"{folder.name}.tgz" if address else ARCHIVE.name)
    try:
        if address:
            part = archive.with_name(f"{archive.name}.part")
            os.replace(fetch.fetch(address, part, tries), archive)
            fetch.forget(part)
        else:
            fetch.published(ARCHIVE, archive, tries)
        archives.unpack(archive, folder)
    except UserError as error:
        if address:  # nobody has checked it: what is damaged is not kept
            archive.unlink(missing_ok=True)
        raise UserError(
            f"The flowers cannot be had ({str(error).rstrip('.')}); go online, put {ARCHIVE.name} "
            f"into {shown(home())}, or take the drawn pictures."
        ) from None
    archive.unlink()


def folders(classes: Sequence[str] | str | None, folder: Path) -> tuple[str, ...] | None:
    """Return the folders of some classes, each named by one flower or by several; None: all.

    Raises
    ------
    UserError
        Naming a class that is not there.

    Examples
    --------
    >>> import tempfile
    >>> top = Path(tempfile.mkdtemp())
    >>> for name in ("daisy", "sunflowers"):
    ...     (top / name).mkdir()
    >>> folders(["daisy", "sunflower"], top)
    ('daisy', 'sunflowers')
    """
    if classes is None or wants_all(classes):
        return None
    there = {path.name for path in folder.iterdir() if path.is_dir()}
    found = []
    for name in [classes] if isinstance(classes, str) else classes:
        spellings = (name, f"{name}s", name.removesuffix("s"))
        match = next((one for one in spellings if one in there), None)
        if match is None:
            raise UserError(f"The flowers are {some(sorted(there))}; there is no {shown(name)}.")
        found.append(match)
    return tuple(found)


def in_words(data: ImageFolder) -> ImageFolder:
    """Return the pictures with one flower for the title of each class, not the folder's plural.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"path": ["a"], "label": [0], "split": ["val"]})
    >>> in_words(ImageFolder("flowers", ("roses",), ("roses",), table)).titles
    ('rose',)
    """
    titles = tuple(TITLES.get(name, name) for name in data.classes)
    return replace(data, titles=titles)
