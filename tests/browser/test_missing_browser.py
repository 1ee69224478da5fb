"""Without Chromium: it is fetched, or what needs it says so; nothing else is installed."""

import io
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import chromium
import pytest
from bookfiles import ROOT
from tiers import sample

FILTER = "tests/browser/test_claims_filter.py"
HELP = ".venv/bin/python -m playwright install chromium"


def archive() -> bytes:
    """Return an archive as Playwright's server has them, in it a program that is no browser."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("chrome-headless-shell-linux64/chrome-headless-shell", "ffmpeg-linux"):
            file.writestr(name, "#!/bin/sh\nexit 1\n")
    return packed.getvalue()


@contextmanager
def downloads(body: bytes | None):
    """Serve one archive under all addresses, or nothing; yield the address and what was asked."""
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Let no program and no fetched browser be found; count the attempts to use apt-get."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "apt-get").write_text(f'#!/bin/sh\n: > "{tmp_path}/apt"\n')
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)
    yield tmp_path / "cache"
    assert not (tmp_path / "apt").exists()


def run(*command: object, **variables: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_is_fetched_into_the_users_cache(bare, monkeypatch):
    with downloads(archive()) as (address, asked):
        monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", address)
        chromium.fetch()
        assert any("headless" in path for path in asked)
        done = len(asked)
        chromium.fetch()  # it is there: nothing is asked for again
        assert len(asked) == done
    assert list(bare.glob("chromium_headless_shell-*/*/*"))


@pytest.mark.parametrize("ci", sample(["", "true"]))
def test_tests_without_a_browser_are_skipped_and_counted_or_fail_under_ci(bare, ci):
    tests = f"{FILTER}::test_the_kinds_can_be_picked"
    with downloads(None) as (address, asked):
        done = run("-m", "pytest", "-q", "-n1", tests, PLAYWRIGHT_DOWNLOAD_HOST=address, CI=ci)
    assert asked
    assert HELP in done.stdout
    last = done.stdout.splitlines()[-1]
    if ci:
        assert done.returncode == 1
    else:
        assert done.returncode == 0
        assert last.startswith("4 browser tests were skipped: ")
        assert HELP in last


def test_the_pdf_says_what_helps_and_asks_nobody(bare, tmp_path):
    with downloads(archive()) as (address, asked):
        script = ROOT / "scripts" / "build_pdf.py"
        done = run(script, "--output", tmp_path / "out", PLAYWRIGHT_DOWNLOAD_HOST=address)
    assert asked == []
    assert done.returncode == 2
    assert HELP in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_libraries_that_lack_are_named(bare, monkeypatch):
    class Playwright:
        chromium = property(lambda self: self)

        def launch(self, executable_path):
            raise chromium.Error("Host system is missing dependencies to run browsers.")

    with pytest.raises(chromium.UserError, match=r"lacks libraries.*install-deps chromium"):
        chromium.start(Playwright())


@pytest.mark.parametrize(
    ("there", "apt", "asked"),
    [
        ("chromium", 0, ""),
        ("google-chrome", 0, ""),
        (None, 0, "-q update\n-q install"),
        (None, 1, "-q update\n"),
    ],
)
def test_ci_installs_debians_browser_only_where_none_is_and_goes_on(tmp_path, there, apt, asked):
    programs = tmp_path / "bin"
    programs.mkdir()
    said = {
        "make": f'echo "$CI $*" >> "{tmp_path}/made"',
        "id": "echo 0",
        "apt-get": f'echo "$*" >> "{tmp_path}/apt"\nexit {apt}',
    }
    for name, body in (said | ({there: ":"} if there else {})).items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name))
    subprocess.run([ROOT / ".ci" / "run"], env={"PATH": str(programs)}, check=True)
    assert (tmp_path / "made").read_text().startswith("true test-all ")
    log = tmp_path / "apt"
    assert (log.read_text() if log.exists() else "").startswith(asked)
    assert log.exists() == bool(asked)
