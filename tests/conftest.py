"""What several test files share: the built book."""

import subprocess
import sys

import pytest
from bookfiles import ROOT


@pytest.fixture(scope="session")
def html(tmp_path_factory):
    """The book, built once from the committed outputs."""
    output = tmp_path_factory.mktemp("book")
    command = [sys.executable, ROOT / "scripts" / "build_html.py", "--output", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output / "html"
