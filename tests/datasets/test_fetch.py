"""The download, from a server on this machine that breaks connections on purpose."""

import hashlib
import http.server
import io
import os
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from tiny import call

from helpers import datasets
from helpers import fetch as module
from helpers.datasets import flowers
from helpers.errors import UserError

BIKE, SHIP = "n03792782", "n03095699"


def archive(count, name="a"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for i in range(count):
            body = io.BytesIO()
            Image.new("RGB", (20, 20), (i % 256, 50, 90)).save(body, "JPEG")
            info = tarfile.TarInfo(f"{name}_{i}.JPEG")
            info.size = len(body.getvalue())
            tar.addfile(info, io.BytesIO(body.getvalue()))
    return file.getvalue()


class Server(http.server.ThreadingHTTPServer):
    """Serves ``files``; the first ``cuts`` answers stop half-way; ``asked`` lists the ranges."""

    def __init__(self, files, cuts=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.cuts, self.asked = files, cuts, []
        self.tag, self.length, self.conditions, self.refusal = None, str, [], 404
        self.base = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.files.get(self.path.strip("/"))
        if body is None:
            self.send_error(self.server.refusal)
            return
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        condition = self.headers.get("If-Range")
        self.server.conditions.append(condition)
        if condition not in (None, self.server.tag):
            wanted = None  # another file now: all of it
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        if self.server.length is not None:
            self.send_header("Content-Length", self.server.length(len(body) - start))
        if self.server.tag:
            self.send_header("ETag", self.server.tag)
        self.end_headers()
        part = body[start:]
        if self.server.cuts:
            self.server.cuts -= 1
            part = part[: len(part) // 2]
        self.wfile.write(part)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(files, cuts=0):
        server = Server(files, cuts)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home; nothing chooses a source, and a broken connection is tried again at once."""
    for name in ("ALEXNET_DATA", "ALEXNET_FLOWERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(module, "PAUSE", 0)
    return tmp_path / "home"


FILES = {f"{BIKE}.tar": archive(70, "bike"), f"{SHIP}.tar": archive(60, "ship")}


def test_two_classes_arrive_with_fifty_held_out_each(serve, tmp_path):
    folder = datasets.download(tmp_path / "x", accept_terms=True, base=serve(FILES).base)
    data = datasets.load(folder)
    counts = data.table.groupby(["label", "split"]).size().to_dict()
    parts = {"train": (9, 18), "val": (1, 2), "test": (50, 50)}
    assert counts == {(i, part): both[i] for part, both in parts.items() for i in (0, 1)}
    assert sorted(p.name for p in folder.iterdir()) == ["train", "val"]


def test_a_broken_download_goes_on_where_it_stopped(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0)
    server = serve(FILES, cuts=2)
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    assert server.asked[0] is None
    assert server.asked[1].startswith("bytes=")
    assert len(datasets.load(tmp_path)) == 130


def test_many_cuts_do_no_harm_as_long_as_bytes_arrive(serve, tmp_path, monkeypatch):
    """Eight connections broken half-way, where five failures without a new byte end it."""
    monkeypatch.setattr(module, "PAUSE", 0)
    server = serve(FILES, cuts=8)
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    assert len(datasets.load(tmp_path)) == 130


def test_progress_is_shown_on_a_terminal_only(serve, tmp_path, monkeypatch, capsys):
    base = serve(FILES).base
    datasets.download(tmp_path / "quiet", accept_terms=True, base=base)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True)
    datasets.download(tmp_path / "shown", accept_terms=True, base=base)
    assert "100 %\n" in capsys.readouterr().err


def test_what_has_arrived_is_kept_for_the_next_call(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0)
    server = serve(FILES, cuts=10**6)
    monkeypatch.setattr(module, "TRIES", 1)
    with pytest.raises(UserError, match="what has arrived is kept"):
        datasets.download(tmp_path, accept_terms=True, base=server.base)
    kept = next(tmp_path.glob("*.part")).stat().st_size
    assert kept > 0
    server.cuts = 0
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    assert f"bytes={kept}-" in server.asked
    assert not list(tmp_path.glob("*.part"))


def test_a_second_call_fetches_nothing(serve, tmp_path):
    server = serve(FILES)
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    asked = len(server.asked)
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    assert len(server.asked) == asked


def test_the_terms_must_be_accepted(tmp_path):
    with pytest.raises(UserError, match="--accept-imagenet-terms"):
        datasets.download(tmp_path / "x", base="http://127.0.0.1:9")
    assert not (tmp_path / "x").exists()


def test_a_port_that_is_gone(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0)
    server = serve({})
    server.shutdown()
    server.server_close()
    with pytest.raises(
        UserError, match=r"after 5 tries .*; check the connection and repeat the command\.$"
    ):
        datasets.download(tmp_path, accept_terms=True, base=server.base)


def test_a_class_the_server_does_not_have(serve, tmp_path):
    with pytest.raises(UserError, match="answered 404"):
        datasets.download(tmp_path, accept_terms=True, base=serve({}).base)


def test_a_damaged_archive_is_not_resumed_for_ever(serve, tmp_path):
    bad = dict(FILES)
    bad[f"{SHIP}.tar"] = b"<html>sorry</html>" * 100
    with pytest.raises(UserError, match="not a whole tar archive"):
        datasets.download(tmp_path, accept_terms=True, base=serve(bad).base)
    assert not list(tmp_path.glob("*.part"))
    datasets.download(tmp_path, accept_terms=True, base=serve(FILES).base)
    assert len(datasets.load(tmp_path)) == 130


def test_a_full_disk_is_noticed_before_fetching(serve, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="GB of disk"):
        datasets.download(tmp_path, accept_terms=True, base=serve(FILES).base)


def test_the_base_address_is_a_setting(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_IMAGENET_BASE", serve(FILES).base + "/")
    datasets.download(tmp_path, accept_terms=True)
    assert (tmp_path / "train" / BIKE).is_dir()


def test_only_wnids_are_fetched(tmp_path):
    with pytest.raises(UserError, match="called like n03792782"):
        datasets.download(
            tmp_path, classes=["../etc"], accept_terms=True, base="http://127.0.0.1:9"
        )


def test_a_file_that_has_changed_on_the_server_is_fetched_anew(serve, tmp_path, monkeypatch):
    """Half of the old one and half of the new one would be no archive, or worse, one."""
    monkeypatch.setattr(module, "PAUSE", 0)
    monkeypatch.setattr(module, "TRIES", 1)
    old = {name: archive(75, "old") for name in FILES}
    server = serve(old, cuts=10**6)
    server.tag = '"one"'
    part = tmp_path / f"{SHIP}.tar.part"
    with pytest.raises(UserError, match="what has arrived is kept"):
        datasets.download(tmp_path, classes=[SHIP], accept_terms=True, base=server.base)
    assert part.exists()
    server.files, server.tag, server.cuts = FILES, '"two"', 0
    datasets.download(tmp_path, classes=[SHIP], accept_terms=True, base=server.base)
    assert '"one"' in server.conditions
    names = {path.name for path in tmp_path.rglob("*.JPEG")}
    assert len(names) == 60
    assert all(name.startswith("ship") for name in names)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("length", [None, lambda count: "x", lambda count: "-3"])
def test_a_length_that_is_missing_or_garbage(serve, tmp_path, length, monkeypatch, capsys):
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True)
    server = serve(FILES)
    server.length = length
    datasets.download(tmp_path, accept_terms=True, base=server.base)
    assert len(datasets.load(tmp_path)) == 130
    assert "%" not in capsys.readouterr().err


@pytest.mark.parametrize("count", [12, 50])
def test_of_a_small_class_a_fifth_is_held_out(serve, tmp_path, count):
    files = {name: archive(count, name) for name in FILES}
    datasets.download(tmp_path, accept_terms=True, base=serve(files).base)
    for wnid in (BIKE, SHIP):
        assert len(list((tmp_path / "val" / wnid).glob("*.JPEG"))) == count // 5
        assert len(list((tmp_path / "train" / wnid).glob("*.JPEG"))) == count - count // 5
    files[f"{SHIP}.tar"] = archive(3)
    with pytest.raises(UserError, match=r"holds 3 picture\(s\), at least 5 are needed"):
        datasets.download(tmp_path / "few", accept_terms=True, base=serve(files).base)


def test_two_processes_do_not_mix_their_bytes(serve, tmp_path, capsys):
    """Here two threads: the lock belongs to the open file, not to the process."""
    server = serve(FILES)
    fetch = lambda: datasets.download(tmp_path, accept_terms=True, base=server.base)  # noqa: E731
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(fetch) for _ in range(3)]:
            done.result()
    assert len(server.asked) == 2
    assert len(datasets.load(tmp_path)) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train", "val"]


def test_an_interrupted_move_goes_on(serve, tmp_path, monkeypatch):
    """Killed between the two parts: nothing is deleted, and the next call completes it."""
    real, calls = os.rename, []

    def once(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "rename", once)
    with pytest.raises(KeyboardInterrupt):
        datasets.download(tmp_path, accept_terms=True, base=serve(FILES).base)
    monkeypatch.setattr(os, "rename", real)
    datasets.download(tmp_path, accept_terms=True, base=serve(FILES).base)
    assert len(datasets.load(tmp_path)) == 130


# ---------------------------------------------------------------------------------------------
# Flowers
# ---------------------------------------------------------------------------------------------

KINDS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


def bouquet():
    """Return an archive as TensorFlow's: a folder a kind, and who took the pictures."""
    rng = np.random.default_rng(0)
    bodies = {"flower_photos/LICENSE.txt": b"daisy/0.jpg by A. Photographer\n"}
    for kind in KINDS:
        for i in range(11):
            body = io.BytesIO()
            pixels = rng.integers(0, 255, (6, 6, 3), "uint8")
            Image.fromarray(pixels).resize((90, 90)).save(body, "JPEG")
            bodies[f"flower_photos/{kind}/{i}.jpg"] = body.getvalue()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, body in bodies.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return file.getvalue()


BOUQUET = bouquet()


@pytest.fixture
def published(serve, home, monkeypatch):
    """A server whose archive is taken for the published one."""
    server = serve({"flower_photos.tgz": BOUQUET})
    digest = hashlib.sha256(BOUQUET).hexdigest()
    told = ("flower_photos.tgz", f"{server.base}/flower_photos.tgz", len(BOUQUET), "sha256", digest)
    monkeypatch.setattr(flowers, "ARCHIVE", module.Published(*told))
    return server


def test_the_archive_that_is_fetched_is_tensorflows():
    assert flowers.ARCHIVE.size == 228_813_984
    assert flowers.ARCHIVE.digest.startswith("4c54ace7")
    assert len(flowers.ARCHIVE.digest) == 64


def test_flowers_are_fetched_once_with_their_photographers(published, home):
    data = datasets.load("flowers")
    assert (data.source, data.classes) == ("flowers", KINDS)
    assert data.titles == ("daisy", "dandelion", "rose", "sunflower", "tulip")
    assert data.counts().to_numpy().tolist() == [[7, 2, 2]] * 5
    assert "Photographer" in (home / "flowers/flower_photos/LICENSE.txt").read_text()
    assert not list(home.rglob("*.tgz*"))
    published.files.clear()
    assert len(datasets.load("flowers", "test")) == 10
    assert len(published.asked) == 1


@pytest.mark.parametrize("named", [("daisy", "sunflower"), ("sunflowers", "daisy")])
def test_two_of_the_five_in_either_spelling(published, named):
    assert datasets.load("flowers", classes=named).classes == ("daisy", "sunflowers")
    judged = datasets.load("flowers", classes=("sunflowers", "daisy"), judge="only")
    assert judged.titles == ("sunflower", "daisy")
    with pytest.raises(UserError, match=r"daisy, dandelion, .*there is no lily"):
        datasets.load("flowers", classes=("daisy", "lily"))


def test_another_archive_of_that_name_is_refused(published, home):
    published.files["flower_photos.tgz"] = BOUQUET + b"more"
    with pytest.raises(UserError, match=r"flowers cannot be had .*not the published file"):
        datasets.load("flowers")
    assert not list(home.glob("*flower*[!k]"))


def test_half_of_the_flowers_is_kept_and_gone_on_from(published, home, monkeypatch):
    monkeypatch.setattr(module, "TRIES", 1)
    published.cuts = 10**6
    with pytest.raises(UserError, match="what has arrived is kept"):
        datasets.load("flowers")
    published.cuts = 0
    assert len(datasets.load("flowers")) == 55
    assert published.asked[-1].startswith("bytes=")


def test_another_address_is_taken_as_it_is_but_not_when_it_is_damaged(
    published, serve, home, monkeypatch
):
    other = serve({"mirror.tgz": BOUQUET[: len(BOUQUET) // 2]})
    monkeypatch.setenv("ALEXNET_FLOWERS", f"{other.base}/mirror.tgz")
    with pytest.raises(UserError, match="not a whole tar file"):
        datasets.load("flowers")
    assert not list(home.glob("*.tgz*"))
    other.files["mirror.tgz"] = BOUQUET
    assert len(datasets.load("flowers")) == 55
    assert published.asked == []
    monkeypatch.delenv("ALEXNET_FLOWERS")
    datasets.load("flowers")
    assert len(published.asked) == 1


def test_the_command_line_says_what_is_in_them(published, capsys):
    assert call("data", "flowers", "--classes", "tulip,rose") == 0
    assert "flowers: 22 pictures, 2 classes" in capsys.readouterr().out


def test_refused_flowers_are_one_line(published, capsys):
    published.files.clear()
    published.refusal = 403
    assert call("data", "flowers") == 2
    said = capsys.readouterr().err
    assert "answered 403 Forbidden" in said
    assert "take the drawn pictures" in said
    assert said.count("\n") == 1


def test_without_internet_flowers_are_one_line(published, capsys):
    published.shutdown()
    published.server_close()
    assert call("data", "flowers") == 2
    said = capsys.readouterr().err
    assert "could not be fetched after 5 tries" in said
    assert said.count("\n") == 1


def test_what_chapters_take_follows_variable_profile_and_internet(published, monkeypatch):
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    assert datasets.chosen() == "drawn"
    assert published.asked == []
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    files, published.files = published.files, {}
    assert datasets.chosen() == "drawn"
    published.files = files
    assert datasets.chosen() == "flowers"
    monkeypatch.setenv("ALEXNET_DATA", "photos")
    assert datasets.chosen() == "photos"
