"""ImageNet: a local copy in any of its usual shapes, or two classes of it, downloaded.

Training pictures: one folder or one tar per class (wnid). Validation pictures: one folder per
class, or one flat folder with the labels in Kaggle's ``LOC_val_solution.csv``, in the development
kit (``ILSVRC2012_validation_ground_truth.txt`` and ``meta.mat``) or in a list with one wnid a line
(``imagenet_2012_validation_synset_labels.txt``).

The development kit numbers the classes in an order of its own (``ILSVRC2012_ID``), which is neither
the alphabetical one of the wnids nor that of Keras; only ``meta.mat`` tells which number is which.

The validation pictures judge: they are the test part. A tenth of the training pictures steers.

What ``download`` writes it marks, and it never replaces or deletes a folder of pictures.
"""

import contextlib
import csv
import hashlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from helpers import fetch
from helpers.datasets import unpack
from helpers.datasets.folder import TITLES, ImageFolder, absolute, finish, wants_all
from helpers.datasets.splits import name_hash
from helpers.datasets.tree import pictures_in
from helpers.errors import UserError
from helpers.files import home, writing_to
from helpers.locks import locked

STEERING = Fraction(1, 10)  # of the training pictures of each class
#: The two classes of the demo.
TWO_CLASSES = tuple(sorted(TITLES))
TRAIN_FOLDERS = ("train", "ILSVRC2012_img_train", "ILSVRC/Data/CLS-LOC/train", "Data/CLS-LOC/train")
VAL_FOLDERS = ("val", "ILSVRC2012_img_val", "ILSVRC/Data/CLS-LOC/val", "Data/CLS-LOC/val")
DEVKIT_FOLDERS = (".", "data", "devkit/data", "ILSVRC2012_devkit_t12/data")
BASE = "https://image-net.org/data/winter21_whole"
HELD_OUT = 50  # fetched pictures a class that judge, as in ImageNet's own validation set
SMALL = 5  # in a class of no more than HELD_OUT pictures, one of five
KAGGLE_LABELS = "LOC_val_solution.csv"
DEVKIT_LABELS = "ILSVRC2012_validation_ground_truth.txt"
LISTED_LABELS = "imagenet_2012_validation_synset_labels.txt"
WNID = re.compile(r"n\d{8}")
MARK = ".fetched"  # lies in each folder that datasets.download has written


def read_imagenet(
    root: Path,
    classes: Sequence[str] | str | None,
    skip_unreadable: bool,
    judge: bool = False,
) -> ImageFolder:
    """Return the pictures of some classes of the ImageNet copy under ``root``.

    Parameters
    ----------
    root
        The folder that holds ``train`` and ``val`` (or ``ILSVRC/Data/CLS-LOC``, as from Kaggle).
    classes
        Wnids; None: mountain bike and container ship; ``"all"``: every class with training
        pictures.
    skip_unreadable, judge
        As in ``datasets.load``.

    Raises
    ------
    UserError
        When a part is missing: which, and what it should look like.
    """
    root = absolute(root)
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder; give the one that holds train and val.")
    train = _first_folder(root, TRAIN_FOLDERS, "training pictures")
    val = _first_folder(root, VAL_FOLDERS, "validation pictures")
    wnids = _wanted(train, classes)
    label_of = {wnid: label for label, wnid in enumerate(wnids)}
    found = [
        (path, wnid, "train") for wnid in wnids for path in pictures_in(_train_folder(train, wnid))
    ]
    found += [(path, wnid, "test") for path, wnid in _validation(root, val) if wnid in label_of]
    rows = [(str(path), label_of[wnid], part, f"{wnid}/{path.name}") for path, wnid, part in found]
    words = _words(root)
    titles = _distinct(wnids, [TITLES.get(wnid, words.get(wnid, wnid)) for wnid in wnids])
    source = f"imagenet:{root}"
    steering = None if judge else STEERING
    return finish(source, wnids, titles, rows, skip_unreadable, root, steering=steering)


def is_fetched(folder: Path) -> bool:
    """Whether ``datasets.download`` has written the pictures in a folder."""
    return any((folder / "train").glob(f"n*/{MARK}"))


def _first_folder(root: Path, names: Sequence[str], what: str) -> Path:
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise UserError(f"{root} has no folder of {what}; looked for {', '.join(names)}.")


def _wanted(train: Path, classes: Sequence[str] | str | None) -> tuple[str, ...]:
    if classes is None:
        return TWO_CLASSES
    if wants_all(classes):
        found = {match[0] for path in train.iterdir() if (match := WNID.fullmatch(path.stem))}
        if len(found) < 2:
            raise UserError(
                f"{train} holds {len(found)} classes (folders or tars named n00000000)."
            )
        return tuple(sorted(found))
    classes = [classes] if isinstance(classes, str) else classes
    for wnid in classes:
        if not WNID.fullmatch(wnid):
            raise UserError(f"An ImageNet class is called like n03792782, got {wnid!r}.")
    if len(set(classes)) < 2:
        raise UserError("At least two different classes are needed.")
    return tuple(sorted(set(classes)))


def _train_folder(train: Path, wnid: str) -> Path:
    """Return the folder of one class, unpacking its tar into the book's own folder if need be."""
    if (train / wnid).is_dir():
        return train / wnid
    archive = train / f"{wnid}.tar"
    if not archive.is_file():
        raise UserError(f"{train} has neither a folder {wnid} nor an archive {wnid}.tar.")
    status = archive.stat()
    mark = f"{archive.resolve()} {status.st_size} {status.st_mtime_ns}"
    key = hashlib.sha256(mark.encode()).hexdigest()[:16]
    target = home() / f"imagenet-{key}" / wnid
    if not target.is_dir():
        unpack.unpack_pictures(archive, target)
    return target


def _validation(root: Path, val: Path) -> list[tuple[Path, str]]:
    """Return the validation pictures with their wnids."""
    folders = [path for path in sorted(val.iterdir()) if WNID.fullmatch(path.name)]
    if folders:
        return [(path, folder.name) for folder in folders for path in pictures_in(folder)]
    labels = _labels(root, val)
    return [(path, labels[path.stem]) for path in pictures_in(val) if path.stem in labels]


def _labels(root: Path, val: Path) -> dict[str, str]:
    """Return the name of a validation picture without its ending → wnid."""
    kaggle = [folder / KAGGLE_LABELS for folder in (root, val.parent, root / "ILSVRC", root.parent)]
    devkit = [root / name / DEVKIT_LABELS for name in DEVKIT_FOLDERS]
    listed = [folder / LISTED_LABELS for folder in (root, val.parent)]
    for read, places in ((_kaggle, kaggle), (_devkit, devkit), (_listed, listed)):
        for path in places:
            if path.is_file():
                return _read(read, path)
    raise UserError(
        f"{root}: the validation pictures lie flat in {val.name}, but their labels were not found; "
        f"add {KAGGLE_LABELS}, or {DEVKIT_LABELS} and meta.mat of the development kit, or "
        f"{LISTED_LABELS}."
    )


def _read(read: Callable[[Path], dict], path: Path) -> dict:
    try:
        return read(path)
    except UserError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise UserError(
            f"{path} does not hold the labels its name promises ({type(error).__name__}: {error}); "
            "fetch it again."
        ) from None


def _kaggle(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        # "n03792782 85 1 499 272 ": the wnid, then one box or more.
        return {row["ImageId"]: row["PredictionString"].split()[0] for row in csv.DictReader(file)}


def _devkit(path: Path) -> dict[str, str]:
    """Line i of the ground truth is the class number, from 1, of ILSVRC2012_val_0000000i."""
    meta = path.with_name("meta.mat")
    if not meta.is_file():
        raise UserError(f"{path} needs the development kit's meta.mat beside it; add that file.")
    wnid_of = _read(_synsets, meta)
    return _numbered([wnid_of[int(number)] for number in path.read_text("utf-8").split()])


def _synsets(meta: Path) -> dict[int, str]:
    """Return class number → wnid from the development kit's ``meta.mat``."""
    from scipy.io import loadmat

    try:
        synsets = loadmat(meta, squeeze_me=True)["synsets"]
    except Exception as error:  # scipy raises kinds of its own for damaged files
        raise ValueError(error) from None
    return {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in synsets}


def _listed(path: Path) -> dict[str, str]:
    return _numbered(path.read_text("utf-8").split())


def _numbered(wnids: list[str]) -> dict[str, str]:
    return {f"ILSVRC2012_val_{i:08d}": wnid for i, wnid in enumerate(wnids, start=1)}


def _words(root: Path) -> dict[str, str]:
    """Return wnid → first name of the class, from the lists that come with ImageNet."""
    names = ("LOC_synset_mapping.txt", "synset_words.txt")
    for path in (folder / name for name in names for folder in (root, root.parent)):
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            pairs = [line.split(" ", 1) for line in lines if " " in line]
            return {wnid: words.split(",")[0].strip() for wnid, words in pairs}
    return {}


def _distinct(wnids: Sequence[str], titles: Sequence[str]) -> tuple[str, ...]:
    """Return the titles, with the wnid added where two classes share one.

    ImageNet has two cranes, the bird and the machine, and two maillots.
    """
    counts = Counter(titles)
    pairs = zip(wnids, titles, strict=True)
    return tuple(f"{title} ({wnid})" if counts[title] > 1 else title for wnid, title in pairs)


def download(
    folder: str | Path,
    *,
    classes: Sequence[str] | None = None,
    accept_terms: bool = False,
    base: str | None = None,
) -> Path:
    """Fetch one archive per class and unpack it into ``folder/train`` and ``folder/val``.

    A broken download goes on where it stopped, also in a later call; a class that is already there
    is left alone. Fifty pictures a class are held out in ``val``, chosen by their names; of a class
    that has no more, a fifth. Two processes on one class: the second waits for the first.

    Parameters
    ----------
    folder
        Where to put the pictures.
    classes
        Wnids; None: mountain bike and container ship.
    accept_terms
        Must be True: the pictures may be used for non-commercial research and education only.
    base
        Address that holds ``<wnid>.tar``; None: ``ALEXNET_IMAGENET_BASE``, else ImageNet's own.

    Raises
    ------
    UserError
        Terms not accepted, pictures in the way that this function has not written, server not
        reachable, archive broken, disk too small.
    """
    if not accept_terms:
        raise UserError(
            "ImageNet's pictures may be used for non-commercial research and education only; read "
            "its terms of access and say so with --accept-imagenet-terms (accept_terms=True)."
        )
    folder = Path(folder)
    base = base or os.environ.get("ALEXNET_IMAGENET_BASE") or BASE
    wnids = TWO_CLASSES if classes is None else tuple(classes)
    for wnid in wnids:
        if not WNID.fullmatch(wnid):
            raise UserError(f"An ImageNet class is called like n03792782, got {wnid!r}.")
        _refuse_others(folder, wnid)
    with writing_to(folder, "name another with --out"):
        folder.mkdir(parents=True, exist_ok=True)
        for wnid in wnids:
            _fetch_class(f"{base.rstrip('/')}/{wnid}.tar", folder, wnid)
    return folder


def _fetch_class(address: str, folder: Path, wnid: str) -> None:
    lock = f".{wnid}.lock"
    with locked(folder, lock, f"fetches {wnid}"):
        try:
            if not (folder / "train" / wnid / MARK).exists():
                _place(fetch.fetch(address, folder / f"{wnid}.tar.part"), folder, wnid)
        finally:
            with contextlib.suppress(OSError):  # Windows keeps open files
                (folder / lock).unlink()


def _refuse_others(folder: Path, wnid: str) -> None:
    """Leave alone what somebody else has put where the pictures would go."""
    for place in (folder / "train" / wnid, folder / "val" / wnid):
        if place.exists() and not (place / MARK).exists():
            raise UserError(
                f"{place} is there already and was not written by this command, so nothing was "
                f"fetched; name a new folder with --out, or use yours as imagenet:{folder}."
            )


def _place(archive: Path, folder: Path, wnid: str) -> None:
    """Unpack, hold out, and move val and train into place; the class counts once train is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{wnid}-", dir=folder))
    try:
        _unpack(archive, beside)
        for part in ("val", "train"):
            (folder / part).mkdir(exist_ok=True)
            # Only an interrupted call has left one part, and has held out the same pictures.
            if not (folder / part / wnid / MARK).exists():
                os.rename(beside / part, folder / part / wnid)
    except UserError:
        # A damaged archive would be resumed for ever; the next call fetches it anew.
        fetch.forget(archive)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    fetch.forget(archive)


def _unpack(archive: Path, beside: Path) -> None:
    train, val = unpack.unpack_pictures(archive, beside / "train"), beside / "val"
    pictures = sorted(pictures_in(train), key=name_hash)
    held = HELD_OUT if len(pictures) > HELD_OUT else len(pictures) // SMALL
    if not held:
        raise UserError(
            f"{archive} holds {len(pictures)} picture(s), at least {SMALL} are needed; choose "
            "another class."
        )
    val.mkdir()
    for path in pictures[:held]:
        os.replace(path, val / path.name)
    for part in (train, val):
        (part / MARK).write_text("Fetched from image-net.org.\n", encoding="utf-8")
