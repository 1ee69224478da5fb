"""Headless Chromium for the tests: find or install it, start it, serve a built book to it.

The browser is Debian's package and the driver is Playwright's, which then downloads nothing.
"""

import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bookfiles import ROOT
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STATIC = ROOT / "book" / "_static"


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def install_chromium() -> str:
    """Install Debian's package where that is possible; return what went wrong, or ""."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "no Chromium here; install it: sudo apt-get install chromium"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ("apt-get -q update", "apt-get -q install -y --no-install-recommends chromium"):
        done = subprocess.run(
            command.split(), env=environment, capture_output=True, text=True, check=False
        )
    return "" if done.returncode == 0 else f"apt-get could not install chromium: {done.stderr}"


def ensure_chromium() -> str:
    """Return the path of Chromium, installed now if need be; else skip, or fail under CI."""
    reason = "" if find_chromium() else install_chromium()
    path = find_chromium()
    if path is None:
        # Nobody reads the reason for a skip in a machine's log, so there it is a failure.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium for as long as the block lasts."""
    path = ensure_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            browser.close()


def with_scripts(browser: Browser, *names: str) -> Page:
    """Return an empty page that has run the named scripts of ``book/_static``."""
    page = browser.new_page()
    for name in names:
        page.add_script_tag(content=(STATIC / name).read_text(encoding="utf-8"))
    return page


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine for as long as the block lasts; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
