"""What lies in a folder of pictures: which files are pictures, and which folders are classes.

A folder is looked through once, sub-folders and all. Nothing is left out without a note: other
files, empty folders, runs, and what the system keeps there for itself.
"""

import functools
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from helpers.datasets.waiting import Waiting
from helpers.errors import UserError
from helpers.files import utf8

#: Formats that Pillow knows and that hold no photographs: vectors, films, tables of measurements.
NO_PHOTOGRAPHS = frozenset("BUFR EPS FITS FLI GRIB HDF5 IPTC MPEG WMF".split())
#: Read by Pillow under another name (MPO), or with pillow-heif; listed so that such a file is
#: reported when it cannot be read, and not silently left out.
ALSO = frozenset((".mpo", ".heic", ".heif"))
#: An ending of another kind of file; what looks otherwise ("1.jpg_large") is looked into.
OTHER_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,7}")
#: Of downloads that browsers have not finished; Safari makes a folder of such a name.
UNFINISHED = frozenset(".crdownload .part .partial .download .opdownload .tmp".split())
#: What cameras write before they make a picture of it; each maker has a format of its own.
RAW = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mos .mrw .nef .nrw .orf .pef .raf .raw "
    ".rw2 .rwl .sr2 .srf .srw .x3f".split()
)
#: Scans that are read by no picture program.
PAGES = frozenset((".pdf",))
#: Drawings as text, which Pillow does not read either.
DRAWINGS = frozenset((".svg", ".svgz"))
#: Stands where a picture has stayed in the cloud.
IN_THE_CLOUD = frozenset((".icloud",))
#: Folders that systems and tools keep for themselves, in small letters; so is all with a dot.
SYSTEM_FOLDERS = frozenset(
    "__macosx/@eadir/@tmp/@recycle/#recycle/#snapshot/$recycle.bin/recycler/lost+found/found.000/"
    "system volume information/__pycache__".split("/")
)
SYSTEM_FILES = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "icon\r"))
#: What the folders of the parts are called.
PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
NAMED = 5  # names in a note

Parts = dict[str, dict[str, list["Node"]]]  # part → class → its folders


@functools.cache
def endings() -> frozenset[str]:
    """Return the endings that count as pictures, in small letters: all that Pillow reads."""
    Image.init()
    known = Image.registered_extensions().items()
    return ALSO | {end for end, kind in known if kind in _formats()}


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(kind for kind in Image.OPEN if kind not in NO_PHOTOGRAPHS)


@dataclass
class Node:
    """A folder: what is in it, what is below it, and what was left out."""

    path: Path
    pictures: list[Path] = field(default_factory=list)  # directly inside
    others: Counter = field(default_factory=Counter)  # ending → files that are no pictures
    folders: list["Node"] = field(default_factory=list)
    system: list[str] = field(default_factory=list)  # names of hidden things and system folders
    run: bool = False  # holds a training run

    @property
    def name(self) -> str:
        """The folder's name, in the one spelling that the book uses."""
        return readable(self.path.name)

    def below(self) -> Iterator["Node"]:
        """Yield this folder and all folders below it, but those of training runs."""
        yield self
        for node in self.folders:
            if not node.run:
                yield from node.below()

    def all_pictures(self) -> list[Path]:
        """Return the pictures in this folder and below it."""
        return [path for node in self.below() for path in node.pictures]

    def filled(self) -> list["Node"]:
        """Return the folders directly inside that hold pictures, at whatever depth."""
        return [node for node in self.folders if not node.run and node.has_pictures()]

    def has_pictures(self) -> bool:
        """Whether there is a picture in it or below."""
        return any(node.pictures for node in self.below())


def readable(name: str) -> str:
    r"""Return a name as Unicode writes it (NFC), bytes that are no UTF-8 as \xe9.

    macOS may write é as e and an accent: the same name in other bytes.

    Examples
    --------
    >>> readable("e\u0301") == "\xe9"
    True
    """
    return unicodedata.normalize("NFC", utf8(name))


# ---------------------------------------------------------------------------------------------
# Looking
# ---------------------------------------------------------------------------------------------


def scan(folder: Path) -> Node:
    """Look through a folder and all below it.

    Raises
    ------
    UserError
        When there is no such folder, or a place in it cannot be read.
    """
    if not os.path.exists(folder):
        raise UserError(f"{folder}: there is no such folder; give a folder with one per class.")
    if not os.path.isdir(folder):
        raise UserError(f"{folder} is a file; give a folder with one sub-folder per class.")
    with Waiting("looking through", 0, folder) as waiting:
        # A link back up would bring in what was not named, and all of this folder once more.
        above = frozenset(map(_identity, folder.resolve().parents))
        return _scan(folder, above, waiting)


def pictures_in(folder: Path) -> list[Path]:
    """Return the picture files directly in ``folder``, sorted by name, hidden ones left out."""
    node = Node(folder)
    for entry in _entries(folder):
        if not _is_folder(entry):
            _take(node, entry)
    return node.pictures


def _entries(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise _unread(folder, error) from None


def _unread(folder: str | Path, error: OSError) -> UserError:
    return UserError(
        f"{folder} cannot be read: {error.strerror or error}; check that it is there and may "
        "be read, or copy the pictures to this machine."
    )


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether it is a folder or a link to one; of what cannot be told, a link or a picture is none.

    A link to itself, to a name that is too long, or to a drive that does not answer raises here;
    what looks like a picture is named when it is decoded.
    """
    try:
        return entry.is_dir()
    except OSError as error:
        if entry.is_symlink() or Path(entry.name).suffix.lower() in endings():
            return False
        raise _unread(entry.path, error) from None


def _scan(folder: Path, above: frozenset, waiting: Waiting) -> Node:
    node = Node(folder)
    here = above | {_identity(folder)}
    for entry in _entries(folder):
        waiting.step()
        if not _is_folder(entry):
            _take(node, entry)
        elif entry.name.startswith(".") or entry.name.casefold() in SYSTEM_FOLDERS:
            node.system.append(readable(entry.name))
        elif _is_unfinished_folder(entry.name):
            node.others[".download"] += 1
        elif _identity(Path(entry.path)) in here:
            node.system.append(f"{readable(entry.name)}, a link back up")
        else:
            node.folders.append(_scan(Path(entry.path), here, waiting))
    return node


def _is_unfinished_folder(name: str) -> bool:
    """Whether a folder is one in which Safari keeps a picture that it has not fetched whole."""
    path = Path(name.lower())
    return path.suffix == ".download" and Path(path.stem).suffix in endings()


def _identity(folder: Path) -> tuple[int, int]:
    try:
        status = folder.stat()
    except OSError as error:
        raise _unread(folder, error) from None
    return status.st_dev, status.st_ino


def _take(node: Node, entry: os.DirEntry) -> None:
    """Put one file where it belongs."""
    name, ending = entry.name, Path(entry.name).suffix.lower()
    if name == "recipe.json":
        node.run = True
    if name.startswith("._") or name.casefold() in SYSTEM_FILES:
        return
    if name.startswith("."):
        if ending in IN_THE_CLOUD:
            node.others[ending] += 1
        elif ending in endings():
            node.system.append(readable(name))
    elif ending in UNFINISHED:
        node.others[ending] += 1
    elif ending in endings() or (not OTHER_ENDING.fullmatch(ending) and _opens(entry.path)):
        node.pictures.append(Path(entry.path))
    elif entry.is_symlink() and not os.path.exists(entry.path):
        node.system.append(f"{readable(name)}, a link that leads nowhere")
    else:
        node.others[ending] += 1


def _opens(path: str) -> bool:
    """Whether the first bytes of a file are those of a picture."""
    try:
        with Image.open(path, formats=_formats()):
            return True
    except Exception:  # Pillow's plug-ins raise many kinds for what is none
        return False


# ---------------------------------------------------------------------------------------------
# Understanding
# ---------------------------------------------------------------------------------------------


def part_of(name: str) -> str | None:
    """Return which part a folder's name means: "train", "val", "test" or None.

    Examples
    --------
    >>> part_of("Valid"), part_of("training_set"), part_of("trainer")
    ('val', 'train', None)
    """
    words = {PARTS[word] for word in re.split(r"[\W_]+", name.casefold()) if word in PARTS}
    return words.pop() if len(words) == 1 else None


def understand(root: Node, known: Sequence[str] = ()) -> tuple[Parts, list[str]]:
    """Return where the classes lie, and a note on each thing that is left out.

    Parameters
    ----------
    root
        What ``scan`` has found.
    known
        Names of classes: a folder of such a name is never looked through for other classes.

    Returns
    -------
    dict
        Part ("train", "val", "test", or "all" where there are none) → class → its folders. Several
        folders where names differ only in how they are written.
    list of str
        Notes.
    """
    notes: list[str] = []
    root = _unwrapped(root, known, notes)
    parts = _split_folders(root, known, notes) or _split_inside(root)
    if not parts:
        parts = {"all": _classes([root])}
    notes += _beside(root, parts)
    return parts, notes


def _unwrapped(root: Node, known: Sequence[str], notes: list[str]) -> Node:
    """Go down where one folder holds all the others."""
    inside = root.filled()
    if len(inside) != 1 or root.pictures or inside[0].name in known:
        return root
    if known and part_of(inside[0].name):  # of pictures to judge the only part is still a part
        return root
    if len(inside[0].filled()) < 2 or not _holds_classes(inside[0]):
        return root
    notes.append(f"what is read is {inside[0].name}/, the one folder of {root.name}/ with pictures")
    notes.extend(_left_out([root]))
    return _unwrapped(inside[0], known, notes)


def _holds_classes(node: Node) -> bool:
    """Whether a folder is one of folders: pictures of its own, if any, are few."""
    loose, deeper = len(node.pictures), sum(len(sub.all_pictures()) for sub in node.filled())
    return deeper > 0 and 10 * loose <= deeper


def _split_folders(root: Node, known: Sequence[str], notes: list[str]) -> Parts:
    """Return the parts that lie in folders of their own; none when these are classes."""
    found: dict[str, list[Node]] = {}
    for node in root.filled():
        part = part_of(node.name)
        if part and node.name not in known and _holds_classes(node):
            found.setdefault(part, []).append(node)
    if not found or ("train" not in found and not known and len(found) < len(root.filled())):
        return {}
    others = [node for node in root.filled() if not part_of(node.name)]
    if set(found) == {"train"} and len(others) > 1:
        names = ", ".join(node.name for node in others[:NAMED])
        raise UserError(
            f"{root.path}: train/ holds folders and lies beside {names}; if it is a class, put its "
            "pictures right into it; if it is the training part, name that folder or move the "
            "others away."
        )
    notes += _joined(found)
    return {part: _classes([_unwrapped(n, known, notes) for n in found[part]]) for part in found}


def _joined(found: dict[str, list[Node]]) -> list[str]:
    """Return a note on each part that lies in several folders."""
    notes = []
    for part, nodes in found.items():
        if len(nodes) > 1:
            names = " and ".join(f"{node.name}/" for node in nodes)
            anew = ", and all of it is cut into parts anew" if set(found) == {"train"} else ""
            notes.append(f"{names} are read together, as the part {part}{anew}")
    return notes


def _split_inside(root: Node) -> Parts:
    """Return the parts where each class is split in its own folder: ``cat/train``, ``cat/val``."""
    parts: Parts = {}
    for node in root.filled():
        names = {part_of(sub.name) for sub in node.filled()}
        if node.pictures or None in names or "train" not in names or len(names) < 2:
            return {}
        for sub in node.filled():
            parts.setdefault(str(part_of(sub.name)), {}).setdefault(node.name, []).append(sub)
    return parts


def _classes(roots: Sequence[Node]) -> dict[str, list[Node]]:
    classes: dict[str, list[Node]] = {}
    for root in roots:
        for node in root.folders:
            if not node.run:
                classes.setdefault(node.name, []).append(node)
    return classes


# ---------------------------------------------------------------------------------------------
# Saying what was left out
# ---------------------------------------------------------------------------------------------


def _beside(root: Node, parts: Parts) -> list[str]:
    """Return notes on what lies beside the folders that are read."""
    read = {id(sub) for classes in parts.values() for nodes in classes.values() for sub in nodes}
    around = [node for node in root.below() if node is root or _around(node, read)]
    notes = [note for node in around for note in _siblings(node, read)]
    return [*notes, *_left_out(around)]


def _around(node: Node, read: set[int]) -> bool:
    """Whether a folder that is read lies right in this one."""
    return any(id(sub) in read for sub in node.folders)


def _siblings(node: Node, read: set[int]) -> list[str]:
    notes = []
    for sub in node.folders:
        count = _pictures(len(sub.all_pictures()))
        if sub.run:
            notes.append(f"{sub.name}/ holds a training run: no class")
        elif not sub.has_pictures():
            notes.append(f"{sub.name}/ holds no picture: no class")
        elif id(sub) not in read and not any(_around(deeper, read) for deeper in sub.below()):
            why = "in no class folders" if part_of(sub.name) else "neither train, val nor test"
            notes.append(f"{sub.name}/: {count} left out, {why}")
    return notes


def _left_out(nodes: Sequence[Node]) -> list[str]:
    """Return notes on loose pictures, other files and system folders right in some folders."""
    notes = []
    for node in nodes:
        if node.pictures:
            count = _pictures(len(node.pictures))
            notes.append(f"{node.name}/ itself has {count} in no class folder: left out")
        if node.others:
            notes.append(f"{node.name}/ itself has {other_files(node.others)}: left out")
        if node.system:
            notes.append(f"hidden or of the system, left out: {_some(node.system)}")
    return notes


def class_notes(name: str, nodes: Sequence[Node]) -> list[str]:
    """Return notes on a class: sub-folders that were read, and files that are no pictures."""
    deeper = [sub for node in nodes for sub in node.filled()]
    inside = [node for top in nodes for node in top.below()]
    others = sum((node.others for node in inside), Counter())
    system = [name for node in inside for name in node.system]
    runs = [sub for node in inside for sub in node.folders if sub.run]
    notes = []
    if len({node.path.name for node in nodes}) > 1:
        notes.append(
            f"{name}/: {len(nodes)} folders whose names differ only in how an accent is stored are "
            "read as one class"
        )
    if runs:
        notes.append(f"{name}/: training runs left out ({_some_names(runs)})")
    if deeper:
        count = _pictures(sum(len(node.all_pictures()) for node in deeper))
        notes.append(f"{name}/: {count} in sub-folders read as {name} ({_some_names(deeper)})")
    if others:
        notes.append(f"{name}/: {other_files(others)} left out")
    if system:
        notes.append(f"{name}/: hidden or of the system, left out: {_some(system)}")
    return notes


def _pictures(count: int) -> str:
    return f"{count:,} picture{'s' if count != 1 else ''}"


def other_files(others: Counter) -> str:
    """Say how many files are no pictures, and how many would be if something were done first."""
    special = [_of(others, endings) for endings, *_ in MENDABLE]
    said = []
    if rest := others - sum(special, Counter()):
        what = "file that is no picture" if rest.total() == 1 else "files that are no pictures"
        said.append(f"{rest.total():,} {what} by ending ({_kinds(rest)})")
    for found, (_, one, several, remedy) in zip(special, MENDABLE, strict=True):
        if found:
            what = one if found.total() == 1 else several
            said.append(f"{found.total():,} {what} ({_kinds(found)}; {remedy})")
    return " and ".join(said)


#: Endings of pictures that cannot be read as they are: one, several, and what to do.
MENDABLE = (
    (UNFINISHED, "unfinished download", "unfinished downloads", "fetch again"),
    (IN_THE_CLOUD, "picture still in the cloud", "pictures still in the cloud", "download first"),
    (PAGES, "PDF file", "PDF files", "save its pages as JPEG or PNG"),
    (DRAWINGS, "SVG drawing", "SVG drawings", "export as PNG"),
    (RAW, "raw file of a camera", "raw files of a camera", "export as JPEG or PNG"),
)


def _of(others: Counter, endings: frozenset[str]) -> Counter:
    return Counter({ending: count for ending, count in others.items() if ending in endings})


def in_their_place(parts: Parts) -> str:
    """Say which other files lie in folders of classes; "" where there are none."""
    nodes = [node for classes in parts.values() for found in classes.values() for node in found]
    others = sum((sub.others for node in nodes for sub in node.below()), Counter())
    return other_files(others) if others else ""


def _kinds(others: Counter) -> str:
    return _some([f"{count:,} {ending or 'without'}" for ending, count in others.most_common()])


def _some_names(nodes: Sequence[Node]) -> str:
    return _some([node.name for node in nodes])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
