"""Reads tensors from other people's files, without their software and without running anything.

A pickle is a program: loading one the usual way may call any function there is. PyTorch's ``.pth``
files are pickles plus raw numbers, so they are read here with an unpickler of our own that knows
the nine names a file of weights needs and refuses every other. NumPy files are read with
``allow_pickle=False``. Nor can a file make the reader take more than four times its own size of
memory, and a few megabytes for the description: whatever says how large something is, is held
against the bytes that are there first. What the tensors mean is the business of
``helpers.weights``.
"""

import functools
import io
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.errors import UserError
from helpers.files import shown

#: PyTorch's storages that hold weights, and how their numbers lie on the disk.
STORAGES = {"FloatStorage": "f4", "DoubleStorage": "f8", "HalfStorage": "f2"}
#: Storages of counters and masks, which a state dict may hold beside its weights.
OTHER_STORAGES = {"LongStorage": "i8", "IntStorage": "i4", "ByteStorage": "u1", "BoolStorage": "u1"}
#: What the oldest PyTorch files begin with, as a pickled number.
OLD_MAGIC = 0x1950A86A20F9469CFC6C
#: A file of weights describes itself in a few kilobytes and a few thousand steps; more is no
#: description. A step of one byte may make an object of sixty.
LONGEST_PICKLE = 1 << 20
MOST_STEPS = 100_000
#: Levels of things within things; a dictionary of tensors has six.
DEEPEST = 12
#: Steps that put things into the list, dictionary or object below them.
FILLING = ("SETITEM", "SETITEMS", "APPEND", "APPENDS", "ADDITEMS", "BUILD")
#: How much larger than the file what it holds may be: an archive can be a bomb.
LARGEST_RATIO = 4


@dataclass(frozen=True)
class Tensor:
    """A tensor in a file: its shape, known at once, and a way to read its numbers."""

    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]


class _Described(NamedTuple):
    """A tensor as the pickle describes it: a window on a storage, in numbers of elements."""

    storage: tuple[str, str, int]  # key, type on the disk, elements
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(path: str | Path) -> dict[str, Tensor]:
    """Return the named tensors of a ``.pth``, ``.pt`` or ``.npz`` file.

    Raises
    ------
    UserError
        No such file, a damaged one, another format, or one that asks for anything but tensors.

    Examples
    --------
    >>> read("alexnet-owt-7be5be79.pth")["features.0.weight"].shape  # doctest: +SKIP
    (64, 3, 11, 11)
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path} does not exist or is no file; name a file of weights.")
    readers = {".pth": _read_torch, ".pt": _read_torch, ".npz": _read_npz, ".npy": _refuse_npy}
    if path.suffix not in readers:
        known = ", ".join(name for name in readers if name != ".npy")
        raise UserError(f"{path.name}: weights are read from {known} files, not {path.suffix!r}.")
    return readers[path.suffix](path)


# ---------------------------------------------------------------------------------------------
# NumPy
# ---------------------------------------------------------------------------------------------


def _read_npz(path: Path) -> dict[str, Tensor]:
    _not_larger_than_it_says(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # zip, zlib and NumPy each raise their own kinds
        why = "it holds Python objects" if "pickle" in str(error) else "it is damaged or no .npz"
        raise UserError(f"{path.name} cannot be read: {why} file; save plain arrays.") from None
    return {
        name: Tensor(array.shape, functools.partial(np.asarray, array))
        for name, array in arrays.items()
    }


def _not_larger_than_it_says(path: Path) -> None:
    """Raise a UserError when the arrays of an ``.npz`` need far more memory than it has bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            needed = [max(entry.file_size, _announced(archive, entry)) for entry in members]
    except (OSError, zipfile.BadZipFile):  # no archive: np.load says so
        return
    for member in members:
        if not member.filename.endswith(".npy"):
            raise UserError(
                f"{path.name} holds {shown(member.filename)}, which is no array; save arrays alone "
                "with numpy.savez."
            )
    size = path.stat().st_size
    if sum(needed) > LARGEST_RATIO * size:
        raise UserError(
            f"{path.name} has {size:,} bytes and unpacks to {sum(needed):,}; save the arrays "
            "with numpy.savez, which does not compress."
        )


def _announced(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return the bytes that an array claims to have in its header, which may be far from true."""
    try:
        with archive.open(entry) as file:
            if np.lib.format.read_magic(file) == (1, 0):
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            else:
                shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    except Exception:  # damaged: np.load says so, and takes no more than the member's bytes
        return 0
    return prod(shape) * dtype.itemsize


def _refuse_npy(path: Path) -> dict[str, Tensor]:
    raise UserError(
        f"{path.name} holds one array, or a pickled dictionary, which is not opened because a "
        "pickle can run programs; save the arrays by name with numpy.savez."
    )


# ---------------------------------------------------------------------------------------------
# PyTorch
# ---------------------------------------------------------------------------------------------


class _Rebuild:
    """Stands for ``torch._utils._rebuild_tensor_v2``; without attributes that could be set."""

    __slots__ = ()

    def __call__(self, storage, offset, shape, strides, *_rest) -> _Described:
        return _Described(storage, offset, shape, strides)


class _Ordered:
    """Stands for ``collections.OrderedDict``: what it is given cannot be copied again and again."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def __call__(self, pairs=()) -> OrderedDict:
        self.left -= len(pairs)
        if self.left < 0:
            raise pickle.UnpicklingError("more pairs than steps")
        return OrderedDict(pairs)


class _StateDictUnpickler(pickle.Unpickler):
    """Knows ordered dictionaries, tensors and their storages, and nothing else."""

    def __init__(self, file, path: Path) -> None:
        super().__init__(file)
        self._path = path
        self._ordered = _Ordered()

    def find_class(self, module: str, name: str):
        """Return what stands for ``module.name``; UserError for all but the known names."""
        if (module, name) == ("collections", "OrderedDict"):
            return self._ordered
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Rebuild()
        if module == "torch" and name in {**STORAGES, **OTHER_STORAGES}:
            # A text and no dtype: a pickle can do nothing to a text.
            return {**STORAGES, **OTHER_STORAGES}[name]
        raise UserError(
            f"{self._path.name} asks for {module}.{name}, which no file of weights needs; it was "
            "not opened any further, and nothing in it was run. Get the file from its source."
        )

    def persistent_load(self, pid):
        """Return (key, type, elements) of the storage that ``pid`` names."""
        kind, number_type, key, _place, elements, *view = pid
        if kind != "storage" or view not in ([], [None]):
            raise pickle.UnpicklingError("a reference to something else")  # not shown: any length
        # As they are, and no text or number made of them: of a nest of tuples, a text of gigabytes.
        if not (isinstance(key, str) and isinstance(number_type, str) and type(elements) is int):
            raise pickle.UnpicklingError("a reference to no storage")
        return key, number_type, elements


def _unpickled(file, path: Path):
    """Return the thing that the pickle at a file's place describes; the place moves behind it."""
    start = file.tell()
    head = file.read(LONGEST_PICKLE)
    try:
        length = _length(head)
        file.seek(start + length)
        return _StateDictUnpickler(io.BytesIO(head[:length]), path).load()
    except UserError:
        raise
    except Exception:  # a damaged pickle can raise almost anything
        raise _damaged(path) from None


def _length(head: bytes) -> int:
    """Return where a pickle ends, without running it.

    A place in its memory beyond the number of its steps is refused, since C reserves all places
    below; so are things within things within things, whose hash alone could take for ever.
    """
    stack: list[int | None] = []
    memory: dict[int, int | None] = {}
    for steps, (step, argument, place) in enumerate(pickletools.genops(head)):
        if steps > MOST_STEPS or ("PUT" in step.name and (argument or 0) > MOST_STEPS):
            break
        if step.name == "STOP":
            return (place or 0) + 1
        _nest(step, argument, stack, memory)
        if stack and (stack[-1] or 0) > DEEPEST:
            break
    raise pickle.UnpicklingError("no description of weights")


def _nest(step, argument, stack: list, memory: dict) -> None:
    """Follow one step of a pickle, with the depth of each thing in its place; a mark is None."""
    if "PUT" in step.name or step.name == "MEMOIZE":
        memory[len(memory) if argument is None else argument] = stack[-1]
        return
    if "GET" in step.name:
        stack.append(memory[argument])
        return
    taken = []
    if pickletools.markobject in step.stack_before:
        while (top := stack.pop()) is not None:
            taken.append(top)
    below = [kind for kind in step.stack_before if kind.name not in ("mark", "stackslice")]
    taken += [stack.pop() or 0 for _ in below]
    # What fills a container leaves it where it was, however often it is done.
    filled = taken.pop() if step.name in FILLING else 0
    if step.stack_after:
        made = None if step.name == "MARK" else max(filled, 1 + max(taken, default=-1))
        stack.extend([made] * len(step.stack_after))


def _damaged(path: Path) -> UserError:
    return UserError(f"{path.name} is damaged or cut off, or no PyTorch file; fetch it again.")


def _read_torch(path: Path) -> dict[str, Tensor]:
    if zipfile.is_zipfile(path):
        return _read_zip(path)
    with path.open("rb") as file:
        start = file.read(2)
    if start != b"\x80\x02":  # the old files begin with a pickle, the new ones are zip archives
        raise _damaged(path)
    return _read_old(path)


def _read_zip(path: Path) -> dict[str, Tensor]:
    """Read an archive: ``data.pkl`` describes the tensors, ``data/0``, ``data/1`` hold them."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            sizes = {entry.filename: entry.file_size for entry in entries}
            pickles = [name for name in sizes if name.split("/", 1)[-1] == "data.pkl"]
            # PyTorch packs nothing, and what is not packed cannot be larger than the file.
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
            if packed or len(pickles) != 1 or sizes[pickles[0]] > LONGEST_PICKLE:
                raise _damaged(path)
            described = archive.read(pickles[0])
            prefix = pickles[0].removesuffix("data.pkl")
            order = archive.read(f"{prefix}byteorder") if f"{prefix}byteorder" in sizes else b""
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, NotImplementedError):
        raise _damaged(path) from None
    state = _checked(_unpickled(io.BytesIO(described), path), path)
    endian = ">" if order == b"big" else "<"

    def raw(key: str, length: int) -> bytes:
        name = f"{prefix}data/{key}"
        if sizes.get(name) != length:
            raise _damaged(path)
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)

    return {name: _tensor(entry, endian, raw, path) for name, entry in state.items()}


def _read_old(path: Path) -> dict[str, Tensor]:
    """Read a file from before 2020: five pickles (the fourth describes the tensors), then numbers.

    Each storage is its number of elements in eight bytes, followed by the elements.
    """
    with path.open("rb") as file:
        if _unpickled(file, path) != OLD_MAGIC:
            raise _damaged(path)
        _version, _system, state, keys = (_unpickled(file, path) for _ in range(4))
        start = file.tell()
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise _damaged(path)
    state = _checked(state, path)
    lengths = {t.storage[0]: t.storage[2] * np.dtype(t.storage[1]).itemsize for t in state.values()}
    places = {}
    for key in keys:
        places[key] = start + 8
        start += 8 + lengths.get(key, 0)

    def raw(key: str, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(places.get(key, start))
            return file.read(length)

    return {name: _tensor(entry, "<", raw, path) for name, entry in state.items()}


def _checked(state: object, path: Path) -> dict[str, _Described]:
    """Return ``state`` if it is a dictionary of names to tensors that lie inside their storages."""
    if not isinstance(state, dict) or not state:
        raise UserError(f"{path.name} holds no state dict (names and tensors); save one.")
    # Through the class: an attribute that the pickle hung on the dictionary is not asked.
    entries = list(dict.items(state))
    for name, entry in entries:
        if not isinstance(name, str) or not isinstance(entry, _Described) or not _inside(entry):
            called = name[:60] if isinstance(name, str) else type(name).__name__
            raise UserError(f"{path.name}: {called!r} is no plain tensor of weights.")
    # Many tensors may be windows on one storage, and each is read by itself.
    needed = sum(t.storage[2] * np.dtype(t.storage[1]).itemsize for _, t in entries)
    if needed > LARGEST_RATIO * path.stat().st_size:
        raise _damaged(path)
    return dict(entries)


def _inside(entry: _Described) -> bool:
    try:
        _key, number_type, elements = entry.storage
        steps = list(zip(entry.shape, entry.strides, strict=True))
        numbers = [entry.offset, elements, *entry.shape, *entry.strides]
        whole = all(isinstance(number, int) and number >= 0 for number in numbers)
        last = entry.offset + sum((size - 1) * stride for size, stride in steps)
        known = number_type in {**STORAGES, **OTHER_STORAGES}.values()
    except (TypeError, ValueError):
        return False
    return whole and known and (prod(entry.shape) == 0 or last < elements)


def _tensor(entry: _Described, endian: str, raw: Callable, path: Path) -> Tensor:
    def values() -> np.ndarray:
        key, number_type, elements = entry.storage
        dtype = np.dtype(endian + number_type)
        if prod(entry.shape) > elements:  # a copy of it would be larger than the file
            raise _damaged(path)
        try:
            data = raw(key, elements * dtype.itemsize)
            flat = np.frombuffer(data, dtype, elements)[entry.offset :]
        except (OSError, zipfile.BadZipFile, ValueError, EOFError):
            raise _damaged(path) from None
        strides = [stride * dtype.itemsize for stride in entry.strides]
        return np.lib.stride_tricks.as_strided(flat, entry.shape, strides, writeable=False)

    return Tensor(tuple(entry.shape), values)
