"""Other people's weights: the same logits as theirs, and files that do not fit are refused."""

import hashlib
import http.server
import io
import json
import os
import pickle
import struct
import threading
import zipfile
from collections import OrderedDict

import keras
import numpy as np
import pytest
import tiny
from tiers import sample

from helpers import architectures, models, weights
from helpers.architectures import Architecture, Conv, Dense, Flatten, Pool
from helpers.errors import UserError
from helpers.files import root
from helpers.weights import published, torch_file

SMALL = Architecture(
    "small",
    "a small network",
    (9, 9, 2),
    (
        Conv("conv1", 4, 3, groups=2),
        Pool("pool1"),
        Flatten(),
        Dense("fc6", 5),
        Dense("fc7", 3, activation=None),
    ),
    "this test",
)


# ---------------------------------------------------------------------------------------------
# Logits
# ---------------------------------------------------------------------------------------------


def stored(name):
    with np.load(root() / "results" / "references" / "logits.npz") as file:
        return file[name], str(file[f"{name}_weights"])


def assert_pytorchs_logits(name, load):
    """Hold the network that ``load`` makes of drawn weights to the stored logits."""
    arch = architectures.get(name)
    tensors = weights.draw(arch)
    wanted, digest = stored(name)
    total = hashlib.sha256()
    for tensor in tensors.values():
        total.update(np.ascontiguousarray(tensor).data)
    assert total.hexdigest()[:16] == digest, "the generator has changed: run `make references`"
    found = np.asarray(load(tensors)(weights.patches(arch)))
    assert wanted.std() > 0.1, "logits that are all alike would prove nothing"
    assert np.abs(wanted[0] - wanted[1]).max() > 0.1
    np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=0)


def test_a_pth_file_gives_pytorchs_logits(tmp_path):
    def load(tensors):
        theirs = {}
        for ours, tensor in tensors.items():
            layer, kind = ours.split(".")
            theirs[f"{weights.TORCHVISION[layer]}.{kind}"] = tensor
        return weights.load_torchvision(write_pth(tmp_path / "net.pth", theirs))

    assert_pytorchs_logits("torchvision", load)


def test_models_offers_it_too(tmp_path):
    with pytest.raises(UserError, match=r"none\.pth"):
        weights.load_torchvision(tmp_path / "none.pth")


def test_caffes_blobs_give_pytorchs_logits():
    def load(tensors):
        arch = architectures.get("caffe")
        model = models.build(arch, preprocessing=[weights.caffe_preprocessing()])
        weights.copy_into(model, arch, weights.from_bgr(tensors))
        return model

    assert_pytorchs_logits("caffe", load)


def test_every_tensor_lands_where_plain_loops_put_it():
    tensors = weights.draw(SMALL, seed=1)
    model = models.build(SMALL)
    weights.copy_into(model, SMALL, tensors)
    x = np.random.default_rng(0).normal(size=(9, 9, 2))
    maps = np.zeros((4, 7, 7))  # channels first, as the weights
    for f, row, column in np.ndindex(maps.shape):
        window = x[row : row + 3, column : column + 3, f // 2]
        maps[f, row, column] = (tensors["conv1.weight"][f, 0] * window).sum()
    maps = np.maximum(0, maps + tensors["conv1.bias"][:, None, None])
    pooled = [[[m[r : r + 3, c : c + 3].max() for c in (0, 2, 4)] for r in (0, 2, 4)] for m in maps]
    hidden = np.maximum(0, tensors["fc6.weight"] @ np.ravel(pooled) + tensors["fc6.bias"])
    wanted = tensors["fc7.weight"] @ hidden + tensors["fc7.bias"]
    np.testing.assert_allclose(np.asarray(model(x[None]))[0], wanted, atol=1e-5)


# ---------------------------------------------------------------------------------------------
# Reading .pth files: written here byte by byte, since PyTorch is no dependency
# ---------------------------------------------------------------------------------------------


class Storage:
    """What PyTorch's pickler writes as a persistent reference."""

    def __init__(self, key, elements, kind="FloatStorage"):
        self.key, self.elements, self.kind = key, elements, kind


class Named:
    """Pickled as the global ``module name``, like a class of a package that is not installed."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """Pickled as a call of ``function`` with ``arguments``."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


class Writer(pickle._Pickler):
    """A pickler that writes globals by name and storages by reference, with protocol 2."""

    def __init__(self, file, *view):
        super().__init__(file, protocol=2)
        self.view = view

    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            kind = Named("torch", thing.kind)
            return ("storage", kind, thing.key, "cpu", thing.elements, *self.view)
        return None

    def save(self, thing, save_persistent_id=True):
        if isinstance(thing, Named):
            self.write(f"c{thing.module}\n{thing.name}\n".encode())
        elif isinstance(thing, Call):
            self.save(thing.function)
            self.save(thing.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(thing, save_persistent_id)


def pickled(thing, *view):
    file = io.BytesIO()
    Writer(file, *view).dump(thing)
    return file.getvalue()


def described(arrays):
    """Return the state dict of named arrays and the bytes of their storages."""
    state, data = OrderedDict(), {}
    for i, (name, array) in enumerate(arrays.items()):
        contiguous = [stride // array.itemsize for stride in array.strides]
        flat = array.ravel(order="K") if 0 not in array.strides else array.ravel()[:1]
        kind = {"f4": "FloatStorage", "f2": "HalfStorage", "i8": "LongStorage"}
        storage = Storage(str(i), flat.size, kind[array.dtype.str[1:]])
        rebuild = Named("torch._utils", "_rebuild_tensor_v2")
        shape = (storage, 0, array.shape, tuple(contiguous))
        state[name] = Call(rebuild, *shape, False, OrderedDict())
        data[str(i)] = flat.tobytes()
    return state, data


def write_pth(path, arrays, state=None):
    """Write ``arrays`` as PyTorch does since version 1.6; ``state`` replaces the pickle."""
    names, data = described(arrays)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickled(names if state is None else state))
        archive.writestr("net/byteorder", "little")
        for key, raw in data.items():
            archive.writestr(f"net/data/{key}", raw)
    return path


def write_old(path, arrays):
    """Write ``arrays`` as PyTorch did before version 1.6."""
    names, data = described(arrays)
    parts = [torch_file.OLD_MAGIC, 1001, {"little_endian": True}]
    body = b"".join(pickle.dumps(part, protocol=2) for part in parts)
    body += pickled(names, None) + pickle.dumps(list(data), protocol=2)
    for raw in data.values():
        body += struct.pack("<q", len(raw) // 4) + raw
    path.write_bytes(body)
    return path


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    return {
        "a.weight": generator.normal(size=(3, 4, 2, 2)).astype("float32"),
        "a.bias": generator.normal(size=3).astype("float32"),
        "b.weight": generator.normal(size=(5, 7)).astype("float32").T,
    }


@pytest.mark.parametrize("write", [write_pth, write_old])
def test_a_state_dict_is_read(tmp_path, arrays, write):
    found = torch_file.read(write(tmp_path / "net.pth", arrays))
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].shape == array.shape
        assert np.array_equal(found[name].read(), array)


def test_half_precision_and_counters_are_read(tmp_path):
    arrays = {"a": np.float16([0.5, 2]), "n": np.array(3)}
    found = torch_file.read(write_pth(tmp_path / "net.pth", arrays))
    assert found["a"].read().tolist() == [0.5, 2]
    assert found["n"].shape == ()
    assert found["n"].read() == 3


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "mkdir"),
        ("builtins", "eval"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_tensor"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("collections", "defaultdict"),
    ],
)
def test_a_file_that_asks_for_more_is_refused(tmp_path, arrays, module, name):
    state = OrderedDict({"a": Call(Named(module, name), "x")})
    path = write_pth(tmp_path / "net.pth", arrays, state)
    with pytest.raises(UserError, match=f"net.pth asks for {module}.{name}, which no file"):
        torch_file.read(path)


@pytest.mark.parametrize("kind", ["zip", "old"])
def test_a_malicious_pickle_is_not_run(tmp_path, arrays, kind):
    trace = tmp_path / "was_here"
    evil = Call(Named("os", "system"), f"touch {trace}")
    path = tmp_path / "net.pth"
    if kind == "zip":
        write_pth(path, arrays, evil)
    else:
        path.write_bytes(pickled(evil))
    with pytest.raises(UserError, match=r"asks for os\.system"):
        torch_file.read(path)
    assert not trace.exists()
    pickle.loads(pickled(evil))  # the usual way would have run it
    assert trace.exists()


@pytest.mark.parametrize(
    "state",
    [
        [1, 2],
        {},
        OrderedDict({"a": 5}),
        OrderedDict({"a": {"b": 1}}),
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path, arrays, state):
    path = write_pth(tmp_path / "net.pth", arrays, state)
    with pytest.raises(UserError, match=r"net\.pth"):
        torch_file.read(path)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (5,), (1,)),
        (4, (1,), (1,)),
        (-1, (1,), (1,)),
        (0, (2, 2), (4, 1)),
        (0, (2,), (-1,)),
        (0, (2,), (1, 1)),
        (0, "ab", (1, 1)),
    ],
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path, offset, shape, strides):
    rebuild = Named("torch._utils", "_rebuild_tensor_v2")
    storage = Storage("0", 4)
    state = {"a": Call(rebuild, storage, offset, shape, strides, False, OrderedDict())}
    path = write_pth(tmp_path / "net.pth", {"a": np.zeros(4, "float32")}, state)
    with pytest.raises(UserError, match="'a' is no plain tensor"):
        torch_file.read(path)


@pytest.mark.parametrize("write", [write_pth, write_old])
@pytest.mark.parametrize("kept", [0, 1, 30, 200, 0.6, 0.99])
def test_a_file_that_is_cut_off_is_refused(tmp_path, arrays, write, kept):
    path = write(tmp_path / "net.pth", arrays)
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    with pytest.raises(UserError, match=r"net\.pth is damaged or cut off"):
        [tensor.read() for tensor in torch_file.read(path).values()]


def test_a_storage_that_is_too_short_or_damaged_is_refused(tmp_path, arrays):
    path = write_pth(tmp_path / "net.pth", arrays)
    whole = path.read_bytes()
    at = whole.index(arrays["a.weight"].tobytes())
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(UserError, match="damaged"):  # the checksum of the archive
        torch_file.read(path)["a.weight"].read()
    short = {name: array[:1] for name, array in arrays.items()}
    write_pth(path, short, described(arrays)[0])
    with pytest.raises(UserError, match="damaged"):
        torch_file.read(path)["a.weight"].read()


def test_numpy_files_are_read_without_pickles(tmp_path, arrays):
    np.savez(tmp_path / "net.npz", **arrays)
    found = torch_file.read(tmp_path / "net.npz")
    assert all(np.array_equal(found[name].read(), array) for name, array in arrays.items())
    trace = tmp_path / "was_here"

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(trace),)

    np.savez(tmp_path / "evil.npz", a=np.array([Evil()], object))
    with pytest.raises(UserError, match=r"evil\.npz cannot be read: it holds Python objects"):
        torch_file.read(tmp_path / "evil.npz")
    np.save(tmp_path / "evil.npy", np.array({"conv1": [Evil()]}, object))
    with pytest.raises(UserError, match=r"evil\.npy holds one array, or a pickled dictionary"):
        weights.load_torchvision(tmp_path / "evil.npy")
    assert not trace.exists()
    (tmp_path / "net.npz").write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(UserError, match="damaged"):
        torch_file.read(tmp_path / "net.npz")


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.pth", "does not exist"), ("net.h5", r"read from \.pth, \.pt, \.npz files")],
)
def test_other_files_are_named(tmp_path, name, said):
    (tmp_path / "net.h5").write_bytes(b"x")
    with pytest.raises(UserError, match=said):
        torch_file.read(tmp_path / name)


# ---------------------------------------------------------------------------------------------
# Files that do not fit
# ---------------------------------------------------------------------------------------------


def hollow(arch, names):
    """Return arrays of the right shapes that take no room: one zero, repeated by strides of 0."""
    found = {}
    for ours, shape in weights.expected_shapes(arch).items():
        layer, kind = ours.split(".")
        found[f"{names[layer]}.{kind}"] = np.broadcast_to(np.zeros(1, "float32"), shape)
    return found


def refused(tmp_path, said, **changes):
    arrays = hollow(architectures.get("torchvision"), weights.TORCHVISION)
    for name, array in changes.items():
        if array is None:
            del arrays[name]
        else:
            arrays[name] = array
    with pytest.raises(UserError, match=said):
        weights.load_torchvision(write_pth(tmp_path / "net.pth", arrays))


def test_the_first_layer_that_does_not_fit_is_named(tmp_path):
    wrong = np.zeros((96, 3, 11, 11), "float32")
    said = (
        r"net\.pth does not fit torchvision.*: layer conv1 \(features\.0\.weight\) should have "
        "shape 64×3×11×11 and has 96×3×11×11"
    )
    later = {"classifier.6.bias": np.zeros(10, "float32")}
    refused(tmp_path, said, **{"features.0.weight": wrong}, **later)
    refused(tmp_path, r"layer fc8 \(classifier\.6\.bias\) should have shape 1000 and", **later)


def test_a_missing_and_a_further_layer_are_named(tmp_path):
    said = r"layer conv3 is missing \(features\.6\.weight, expected shape 384×192×3×3\)"
    refused(tmp_path, said, **{"features.6.weight": None})
    more = {"features.14.weight": np.zeros((2, 3), "float32")}
    refused(
        tmp_path, r"it has features\.14\.weight \(shape 2×3\), which the network has not", **more
    )


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    bad = {"features.0.weight": np.ones((64, 3, 11, 11), "float32")}
    bad["features.0.bias"] = np.full(64, np.nan, "float32")
    refused(tmp_path, r"net\.pth: conv1\.bias holds values that are no finite numbers", **bad)


# ---------------------------------------------------------------------------------------------
# The published network
# ---------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    monkeypatch.delenv("ALEXNET_PRETRAINED", raising=False)
    return tmp_path / "pretrained"


def served(body, monkeypatch):
    """Serve ``body`` on this machine and return it as a published file."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/names.json"
    digest = hashlib.sha256(b"right").hexdigest()
    return server, published.Published("names.json", address, 5, "sha256", digest)


def test_nothing_is_fetched_unasked(cache, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **k: pytest.fail("asked the network"))
    with pytest.raises(UserError, match="set ALEXNET_PRETRAINED=1 to fetch 244 MB"):
        published.weights_file()
    assert not cache.exists()


def test_a_file_is_fetched_once_checked_and_kept(cache, monkeypatch):
    server, file = served(b"right", monkeypatch)
    monkeypatch.setenv("ALEXNET_PRETRAINED", "1")
    try:
        assert published.find(file).read_bytes() == b"right"
    finally:
        server.shutdown()
        server.server_close()
    assert published.find(file) == cache / "names.json"  # without the server
    (cache / "names.json").write_bytes(b"other")
    with pytest.raises(UserError, match=r"names\.json is not the published file"):
        published.find(file)


def test_the_beginning_of_a_digest_is_no_proof():
    """Eight digits can be met by trying; what is published is known whole."""
    lengths = {"sha256": 64, "md5": 32}
    for file in (published.WEIGHTS, published.NAMES):
        assert len(file.digest) == lengths[file.algorithm]
        assert file.size > 0


def test_a_wrong_file_leaves_nothing(cache, monkeypatch):
    monkeypatch.setattr("helpers.fetch.PAUSE", 0)
    server, file = served(b"wrong", monkeypatch)
    monkeypatch.setenv("ALEXNET_PRETRAINED", "1")
    with pytest.raises(UserError, match="is not the published file"):
        published.find(file)
    server.shutdown()
    server.server_close()
    with pytest.raises(UserError, match="could not be fetched"):
        published.find(file)
    assert list(cache.iterdir()) == []


def test_a_broken_download_goes_on(cache, monkeypatch):
    """The server closes after two bytes, each time; five are fetched in three pieces."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            start = int((self.headers.get("Range") or "bytes=0-")[6:].rstrip("-"))
            asked.append(start)
            self.send_response(206 if start else 200)
            self.send_header("ETag", '"one"')
            self.send_header("Content-Length", str(5 - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-4/5")
            self.end_headers()
            self.wfile.write(b"right"[start : start + 2])

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ALEXNET_PRETRAINED", "1")
    monkeypatch.setattr("helpers.fetch.PAUSE", 0)
    digest = hashlib.sha256(b"right").hexdigest()
    address = f"http://127.0.0.1:{server.server_port}/net.pth"
    try:
        file = published.Published("net.pth", address, 5, "sha256", digest)
        assert published.find(file).read_bytes() == b"right"
    finally:
        server.shutdown()
        server.server_close()
    assert asked == [0, 2, 4]
    assert [path.name for path in cache.iterdir()] == ["net.pth"]


def test_class_names_are_in_the_order_of_the_logits(cache, monkeypatch):
    cache.mkdir()
    index = {"1": ["n2", "great_white"], "0": ["n1", "tench"]}
    (cache / "names.json").write_text(json.dumps(index))
    digest = hashlib.sha256(json.dumps(index).encode()).hexdigest()
    file = published.Published("names.json", "", len(json.dumps(index)), "sha256", digest)
    monkeypatch.setattr(published, "NAMES", file)
    assert published.class_names() == ("tench", "great white")


def test_the_best_classes_of_the_centre_of_a_picture():
    pixels = keras.Input((2, 2, 3))
    model = keras.Model(pixels, keras.ops.log(pixels[:, 0, 0] / 10))
    picture = np.zeros((4, 4, 3), "uint8")
    picture[1, 1] = 3, 5, 2
    table = published.top(model, picture, ("a", "b", "c"), k=2)
    assert table["class"].tolist() == ["b", "a"]
    assert table["probability"].tolist() == pytest.approx([0.5, 0.3])
    with pytest.raises(UserError, match="2 names for 3 logits"):
        published.top(model, picture, ("a", "b"))


# ------------------------------------------------------------- files that ask for too much memory

MEMORY = """
import resource, sys, time
from helpers.weights import torch_file
from helpers.errors import UserError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.monotonic()
try:
    [tensor.read() + 0 for tensor in torch_file.read(sys.argv[1]).values()]
    said = "read"
except UserError as error:
    said = str(error)
taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(taken, time.monotonic() - start, said, sep="\\n")
"""
SPARE = 48_000_000  # bytes: the interpreter's own growth, and the largest description


def reading(path):
    """Return what reading a file took, bytes and seconds, and what was said; in a process alone."""
    done = tiny.python(MEMORY.replace("sys.argv[1]", repr(str(path))), path.parent)
    assert done.returncode == 0, done.stderr[-2000:]
    taken, seconds, said = done.stdout.splitlines()
    assert float(seconds) < 20
    return int(taken), said


def nest(depth):
    """A tuple of two of the tuple below, and so on: two bytes a level, a text of 2**depth."""
    return b"\x80\x02]q\x00" + b"h\x00h\x00\x86q\x00" * depth


def storage_named(key):
    head = b"\x80\x02}X\x01\x00\x00\x00a(X\x07\x00\x00\x00storage"
    return head + b"ctorch\nFloatStorage\n" + key + b"X\x03\x00\x00\x00cpuK\x04tQs."


OLD = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)
GREEDY = {
    "a place in memory far away": b"\x80\x02Nr" + struct.pack("<I", 1 << 26) + b".",
    "the farthest place there is": b"\x80\x02Nr" + struct.pack("<I", 0xFFFFFFFF) + b".",
    "a key that is a nest of tuples": storage_named(nest(40)[2:]),
    "a nest of tuples as a name": b"\x80\x02}" + nest(40)[2:] + b"Ns.",
    "a nest of tuples as a text": storage_named(b"(" + nest(40)[2:] + b"10h\x00"),
    "a million lists": b"\x80\x02(" + b"]" * 1_000_000 + b"l.",
    "lists for ever": b"\x80\x02(" + b"]" * 5_000_000 + b"l.",
    "a text that is not there": b"\x80\x02\x8d" + struct.pack("<Q", 1 << 34) + b"a.",
    "one list copied a thousand times": b"\x80\x02ccollections\nOrderedDict\nq\x00("
    + b"NN\x86" * 9_000
    + b"lq\x01"
    + b"0h\x00h\x01\x85R" * 1_000
    + b".",
    "a key that cannot be hashed": OLD + pickle.dumps({}, 2) + b"\x80\x02]]a.",
    "no end": b"\x80\x02]q\x00",
}


@pytest.mark.parametrize("kind", sample(["zip", "old"]))
@pytest.mark.parametrize("name", GREEDY)
def test_a_small_file_takes_little_memory(name, kind, tmp_path):
    path = tmp_path / "net.pth"
    if kind == "old":
        path.write_bytes(GREEDY[name])
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("net/data.pkl", GREEDY[name])
    taken, said = reading(path)
    assert said != "read"
    assert "net.pth" in said
    assert taken < 4 * path.stat().st_size + SPARE


def bomb(path, arrays, **changes):
    """Write a state dict whose members are packed, or other than what the pickle says."""
    names, data = described(arrays)
    with zipfile.ZipFile(path, "w", changes.get("how", zipfile.ZIP_STORED)) as archive:
        archive.writestr("net/data.pkl", pickled(changes.get("state", names)))
        for key, raw in data.items():
            archive.writestr(f"net/data/{key}", raw + bytes(changes.get("more", 0)))
    return path


def windows(count, elements, shape, strides):
    """A state dict of many tensors on one storage."""
    rebuild = Named("torch._utils", "_rebuild_tensor_v2")
    storage = Storage("0", elements)
    call = Call(rebuild, storage, 0, shape, strides, False, OrderedDict())
    return {f"t{i}": call for i in range(count)}


ZEROS = {"a.weight": np.zeros(25_000_000, "float32")}


@pytest.mark.parametrize(
    ("arrays", "changes"),
    [
        (ZEROS, {"how": zipfile.ZIP_DEFLATED}),
        ({"a": np.zeros(4, "float32")}, {"more": 50_000_000}),
        ({"a": np.zeros(9, "float32")}, {"state": windows(1, 9, (30_000, 3_000), (0, 0))}),
        ({"a": np.zeros(500_000, "float32")}, {"state": windows(99, 500_000, (500_000,), (1,))}),
    ],
    ids=["packed", "longer than it says", "one number as many", "one storage as many"],
)
def test_a_file_cannot_be_much_larger_in_memory(arrays, changes, tmp_path):
    path = bomb(tmp_path / "net.pth", arrays, **changes)
    taken, said = reading(path)
    assert said != "read"
    assert taken < 4 * path.stat().st_size + SPARE


@pytest.mark.parametrize("beside", ["note.txt", "folder/x.json", "broken.npy"])
def test_what_lies_beside_a_bomb_does_not_hide_it(tmp_path, beside):
    path = tmp_path / "net.npz"
    np.savez_compressed(path, **ZEROS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(beside, b"no array")
    taken, said = reading(path)
    assert taken < SPARE
    assert ("unpacks to" if beside.endswith(".npy") else f"holds {beside}, which is") in said


def test_arrays_of_numpy_cannot_be_a_bomb_either(tmp_path):
    np.savez_compressed(tmp_path / "net.npz", **ZEROS)
    taken, said = reading(tmp_path / "net.npz")
    assert "unpacks to 100,000" in said
    assert "numpy.savez" in said
    assert taken < SPARE
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (1 << 36,)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(tmp_path / "net.npz", "w") as archive:
        archive.writestr("a.npy", header.getvalue() + bytes(64))
    taken, said = reading(tmp_path / "net.npz")
    assert "net.npz has" in said
    assert taken < SPARE
