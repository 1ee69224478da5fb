"""What several test files share: the built book, and the mark of each tier."""

import os
import signal
import subprocess
import sys

import pytest
from bookfiles import ROOT
from tiers import NEEDS, longest, order

from helpers.locks import locked


def pytest_collection_modifyitems(items):
    """Mark each test by its file, and let the longest files begin."""
    marks = {f"test_{name}": mark for mark, names in NEEDS.items() for name in names.split()}
    for item in items:
        if (mark := marks.get(item.path.stem)) is not None:
            item.add_marker(mark)
    items.sort(key=lambda item: order(item.path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a test that worked longer than its tier allows, processes that it started included."""
    before, allowed = sum(os.times()[:4]), longest(mark.name for mark in item.iter_markers())
    result = yield
    if (seconds := sum(os.times()[:4]) - before) > allowed:
        told = f"It worked for {seconds:.0f} s, and {allowed} s are allowed in its tier"
        pytest.fail(f"{told} (tests/support/tiers.py).", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """Say at the very end how many tests found no browser, and what helps."""
    yield
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    lacking = [str(x.longrepr[2]) for x in skipped if "playwright install" in str(x.longrepr)]
    if lacking:
        reason = lacking[0].removeprefix("Skipped: ")
        reporter.write_line(f"{len(lacking)} browser tests were skipped: {reason}")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c():
    """Let Ctrl-C be heard where a shell that runs the tests in the background has it ignored.

    What the tests start inherits it; users' own background jobs go on being deaf to it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of noisy pictures of two colours, in training and validation parts."""
    import tiny

    return tiny.make_folder(tmp_path_factory.mktemp("data") / "two colours")


@pytest.fixture
def tiny_architecture(monkeypatch):
    """Let the command line know the tests' tiny network by its name."""
    import tiny

    from helpers import architectures

    monkeypatch.setitem(architectures.SPECS, "tiny", tiny.ARCH)


@pytest.fixture(scope="session")
def html(tmp_path_factory):
    """The book, built from the committed outputs, once for all workers."""
    own = tmp_path_factory.getbasetemp()
    output = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "book"
    with locked(output, task="builds the book"):
        if not (output / "html").exists():
            command = [sys.executable, ROOT / "scripts" / "build_html.py", "--output", output]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return output / "html"
