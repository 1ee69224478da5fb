"""Reads tensors from other people's files, without their software and without running anything.

A pickle is a program: loading one the usual way may call any function there is. PyTorch's ``.pth``
files are pickles plus raw numbers, so they are read here with an unpickler of our own that knows
the nine names a file of weights needs and refuses every other. NumPy files are read with
``allow_pickle=False``. What the tensors mean is the business of ``helpers.weights``.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.errors import UserError

#: PyTorch's storages that hold weights, and how their numbers lie on the disk.
STORAGES = {"FloatStorage": "f4", "DoubleStorage": "f8", "HalfStorage": "f2"}
#: Storages of counters and masks, which a state dict may hold beside its weights.
OTHER_STORAGES = {"LongStorage": "i8", "IntStorage": "i4", "ByteStorage": "u1", "BoolStorage": "u1"}
#: What the oldest PyTorch files begin with, as a pickled number.
OLD_MAGIC = 0x1950A86A20F9469CFC6C
#: A file of weights describes itself in a few kilobytes; more is no description.
LONGEST_PICKLE = 1 << 24


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
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # zip, zlib and NumPy each raise their own kinds
        why = "it holds Python objects" if "pickle" in str(error) else "it is damaged or no .npz"
        raise UserError(f"{path.name} cannot be read: {why} file; save plain arrays.") from None
    return {name: Tensor(array.shape, lambda array=array: array) for name, array in arrays.items()}


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


class _StateDictUnpickler(pickle.Unpickler):
    """Knows ordered dictionaries, tensors and their storages, and nothing else."""

    def __init__(self, file, path: Path) -> None:
        super().__init__(file)
        self._path = path

    def find_class(self, module: str, name: str):
        """Return what stands for ``module.name``; UserError for all but the known names."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
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
            raise pickle.UnpicklingError(f"a reference to {kind!r}, {view}")
        return str(key), str(number_type), int(elements)


def _unpickled(file, path: Path):
    try:
        return _StateDictUnpickler(file, path).load()
    except UserError:
        raise
    except Exception:  # a damaged pickle can raise almost anything
        raise _damaged(path) from None


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
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            pickles = [name for name in sizes if name.split("/", 1)[-1] == "data.pkl"]
            if len(pickles) != 1 or sizes[pickles[0]] > LONGEST_PICKLE:
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
        if sizes.get(name, -1) < length:
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
    state = _checked(state, path)
    lengths = {t.storage[0]: t.storage[2] * np.dtype(t.storage[1]).itemsize for t in state.values()}
    places = {}
    for key in keys if isinstance(keys, list) else []:
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
            raise UserError(f"{path.name}: {str(name)[:60]!r} is no plain tensor of weights.")
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
        try:
            data = raw(key, elements * dtype.itemsize)
            flat = np.frombuffer(data, dtype, elements)[entry.offset :]
        except (OSError, zipfile.BadZipFile, ValueError, EOFError):
            raise _damaged(path) from None
        strides = [stride * dtype.itemsize for stride in entry.strides]
        return np.lib.stride_tricks.as_strided(flat, entry.shape, strides, writeable=False)

    return Tensor(tuple(entry.shape), values)
