"""Headless Chromium for the tests: start it, serve a built book to it, look at a page."""

import functools
import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import axe_playwright_python
import pytest
from bookfiles import ROOT
from chromium import fetch, start
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from helpers.errors import UserError

STATIC = ROOT / "book" / "_static"


@functools.cache
def fetch_once() -> None:
    """Fetch a missing Chromium; once, since where that fails it takes a while."""
    fetch()


def started(playwright: Playwright) -> Browser:
    """Start Chromium, fetched now if need be; else skip, or fail under CI."""
    try:
        return start(playwright)
    except UserError:
        fetch_once()
    try:
        return start(playwright)
    except UserError as error:
        # Nobody reads the reason for a skip in a machine's log, so there it is a failure.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium for as long as the block lasts."""
    with sync_playwright() as playwright:
        browser = started(playwright)
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


@functools.cache
def compressed(path: Path) -> bytes:
    """Return a file as a web server sends it."""
    return gzip.compress(path.read_bytes(), 6)


class Server(SimpleHTTPRequestHandler):
    """Serves files as web servers do, text compressed, and says nothing about it."""

    def do_GET(self):
        """Send one file."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js", ".svg") or not path.is_file():
            super().do_GET()
            return
        body = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine for as long as the block lasts; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# One look at a page -------------------------------------------------------------------------------

#: Adds up how far things move while a page loads, as the browser itself counts it.
WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  list.getEntries().forEach((entry) => { window.shifted += entry.value; });
}).observe({ type: "layout-shift", buffered: true });
"""
#: Waits for the formulas, and for what their typesetting moves.
SETTLED = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)));
}"""
DESK = {"width": 1200, "height": 800}
PAPER = {"width": 672, "height": 950}  # A4 between the margins of the PDF
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
#: What comes many times over is judged once: the tokens of one kind in code, the rows of a long
#: table. They are taken out of the page: axe compares each element with each that is excluded, a
#: minute and more for a long chapter. And the inside of formulas is MathJax's.
AXE = """async (only) => {
  const seen = new Set();
  document.querySelectorAll(".highlight pre span[class]").forEach((token) => {
    if (seen.has(token.className)) token.replaceWith(...token.childNodes);
    seen.add(token.className);
  });
  document.querySelectorAll("tbody tr:nth-child(n+26)").forEach((row) => row.remove());
  document.body.normalize();
  const page = { include: [["html"]], exclude: [["mjx-math"], ["mjx-assistive-mml"]] };
  const found = await axe.run(page, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap((violation) => violation.nodes.map((node) =>
    ({ rule: violation.id, target: node.target.join(" "), html: node.html.slice(0, 200) })));
}"""
#: What a phone shows: how wide the page is, how wide each picture, and which boxes scroll sideways
#: without taking the focus (pictures in what is folded have no width yet).
PHONE = """() => {
  const inside = (image) => image.clientWidth - 2 * parseFloat(getComputedStyle(image).paddingLeft);
  const sideways = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
    && box.scrollWidth > box.clientWidth && box.checkVisibility();
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  return {
    width: document.documentElement.scrollWidth,
    pictures: all(".cell_output img").filter((image) => image.checkVisibility())
      .map((image) => [decodeURI(image.currentSrc.split("/").pop()), inside(image)]),
    unreached: all("main *").filter((box) => sideways(box) && !box.hasAttribute("tabindex"))
      .map((box) => box.outerHTML.slice(0, 200)),
  };
}"""
#: What is cut off: text whose box is narrower than what it holds. The copies of formulas that are
#: read aloud, and heads of tables that are, are hidden on purpose; wide pictures have a test of
#: their own.
CUT = """() => {
  const text = "pre, table, mjx-container, .output, .pst-scrollable-table-container, h1, h2, h3, p";
  const cut = (box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 1
    && getComputedStyle(box).display !== "inline";
  // A formula is compared with what holds it: its own box may be as wide as it likes.
  const spills = (formula) => {
    const block = formula.closest("p, li, td, dd, div.math, figcaption");
    const inner = formula.querySelector("mjx-math");
    return block && inner && block.clientWidth > 0
      && inner.getBoundingClientRect().width > block.clientWidth + 2;
  };
  return Array.from(document.querySelectorAll(".bd-article :is(" + text + ")"))
    .filter((box) => box.checkVisibility())
    .filter((box) => box.matches("mjx-container") ? spills(box)
      : cut(box) && !box.querySelector("mjx-container, .wide-picture"))
    .map((box) => box.tagName + " " + (box.querySelector("mjx-math") || box).textContent
      .trim().slice(0, 80));
}"""


@dataclass
class Visit:
    """What one page did when it was opened on a desk, in some themes, and on a phone."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bytes: int = 0
    shift: float = 0.0
    paint: float = 0.0  # milliseconds until something is to be read
    phone: dict = field(default_factory=dict)
    cut: dict = field(default_factory=dict)  # text that is cut off, by where
    violations: list[dict] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, address: str, record: Visit, width: int = DESK["width"]
) -> Iterator[Page]:
    """Open a page with nothing cached and write down what it loads and what goes wrong."""
    context = browser.new_context(
        viewport=DESK | {"width": width}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    page.on("request", lambda request: record.requests.append(request.url))
    page.on("requestfailed", lambda request: record.errors.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: record.errors.append(str(error)))
    bodies = []
    page.on("response", lambda response: bodies.append(response))
    try:
        page.goto(address)
        page.evaluate(SETTLED)
        record.bytes = sum(int(body.headers.get("content-length", 0)) for body in bodies)
        record.shift = page.evaluate("window.shifted")
        paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
        record.paint = page.evaluate(paint)
        yield page
    finally:
        context.close()


def axe_source() -> str:
    """Return the script of axe-core that the Python package brings."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def judge(page: Page, axe: str, theme: str) -> list[dict]:
    """Return what axe finds in an open page, once it has changed to a theme; it is thinned out."""
    page.evaluate(axe)
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
    # The structure is the same in the dark; only colours have to be judged again.
    colours = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
    return page.evaluate(AXE, WCAG if theme == "light" else colours)


def look(browser: Browser, address: str, axe: str) -> Visit:
    """Open a page, look at it in a window as narrow as a phone, then judge it on a desk."""
    record = Visit()
    with opened(browser, address, record) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        page.evaluate(SETTLED)
        record.phone = page.evaluate(PHONE)
        record.cut["phone"] = page.evaluate(CUT)
        page.set_viewport_size(DESK)
        page.evaluate(SETTLED)
        record.cut["desk"] = page.evaluate(CUT)
        page.set_viewport_size(PAPER)
        page.emulate_media(media="print")
        record.cut["paper"] = page.evaluate(CUT)
        page.emulate_media(media="screen")
        page.set_viewport_size(DESK)
        record.violations = judge(page, axe, "light")
    return record
