"""Build the pages of the book, warnings as errors, and move them into place when they are whole."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bookfiles import BUILD, ROOT

#: The command line of Jupyter Book, which cannot be run with -m.
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


def jupyter_book(
    root: Path, workshop: Path, outputs: str, *options: str
) -> subprocess.CompletedProcess:
    """Let Jupyter Book build every page of ``root`` anew into ``workshop/_build``."""
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(root), "--all", "--quiet"]
    command += [*options, "--path-output", str(workshop)]
    environment = {**os.environ, "ALEXNET_BOOK_OUTPUTS": outputs, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def build(output: Path, outputs: str, root: Path = ROOT) -> int:
    """Build ``root`` into ``output/html``; return the exit status.

    Every page is read anew each time: an incremental build would not repeat the warnings of
    pages that have not changed, so a second run would pass where the first one failed.
    """
    output.mkdir(parents=True, exist_ok=True)
    # A folder of its own for each call: two builds at once don't take each other's files away.
    with tempfile.TemporaryDirectory(prefix="workshop-", dir=output) as workshop:
        ended = jupyter_book(root, Path(workshop), outputs, "-W", "-n", "--keep-going")
        if ended.returncode:
            return ended.returncode
        pages = output / "html"
        shutil.rmtree(pages, ignore_errors=True)
        (Path(workshop) / "_build" / "html").rename(pages)
    return 0


def main() -> int:
    """Read the command line, build, say where the book is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outputs", choices=("committed", "fresh"), default="committed")
    parser.add_argument("--output", type=Path, default=BUILD, help="folder to leave html/ in")
    parser.add_argument("--source", type=Path, default=ROOT, help="checkout to build")
    options = parser.parse_args()
    start = time.monotonic()
    status = build(options.output.resolve(), options.outputs, options.source.resolve())
    if status:
        print("The book was not built; the lines above say why.", file=sys.stderr)
        return 1
    page = options.output.resolve() / "html" / "index.html"
    print(f"The book is ready ({time.monotonic() - start:.0f} s): {page.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
