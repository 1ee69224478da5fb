"""Print the whole book into one PDF: all pages in one HTML page, printed by Chromium.

Equation, figure and section numbers, and the links between chapters, are Sphinx's, so they are the
same as in the HTML book. Folded answers are unfolded; code that only draws a figure is left out.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bookfiles import BUILD, ROOT
from build_html import jupyter_book
from chromium import start
from playwright.sync_api import Browser, Page, sync_playwright

from helpers.errors import UserError

NAME = "alexnet-book.pdf"
FOOTER = (
    '<div style="width:100%;font-size:8px;text-align:center;color:#555">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
#: What is run in the page before it is printed, and how it looks then.
PREPARE = (Path(__file__).parent / "print.js").read_text(encoding="utf-8")
STYLE = (Path(__file__).parent / "print.css").read_text(encoding="utf-8")


def one_page(workshop: Path) -> Path:
    """Build the whole book into a single HTML page; return its path.

    Raises
    ------
    subprocess.CalledProcessError
        When Sphinx cannot build it.
    """
    # The HTML book is where warnings are errors; a reference into a list of its own, say the
    # search page, may be missing here.
    builder = ("--builder", "custom", "--custom-builder", "singlehtml")
    jupyter_book(ROOT, workshop, "committed", *builder).check_returncode()
    made = workshop / "_build" / "singlehtml"
    # This builder writes its addresses as seen from the top, wherever the first page lies; those
    # of the cover's cards it does not know.
    whole = (made / "book" / "index.html").read_text(encoding="utf-8")
    whole = whole.replace('src="../_images/', 'src="_images/')
    (made / "whole.html").write_text(whole, encoding="utf-8")
    return made / "whole.html"


def print_page(page: Page, source: Path, target: Path) -> None:
    """Print an HTML file that holds the whole book.

    Raises
    ------
    RuntimeError
        When a picture or the target of a link is missing.
    """
    page.emulate_media(media="print", color_scheme="light")
    page.goto(source.as_uri())
    page.add_style_tag(content=STYLE)
    lost, missing = page.evaluate(PREPARE)
    if lost or missing:
        raise RuntimeError(f"links without a target: {lost}; pictures missing: {missing}")
    page.pdf(
        path=target,
        format="A4",
        margin={"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOTER,
        tagged=True,
        outline=True,
    )


def print_book(browser: Browser, folder: Path) -> Path:
    """Leave the PDF of the whole book in a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="print-", dir=folder) as workshop:
        source, made = one_page(Path(workshop)), Path(workshop) / NAME
        page = browser.new_page()
        page.set_default_timeout(300_000)  # ms; the whole book is typeset in one go
        print_page(page, source, made)
        return made.replace(folder / NAME)


def main() -> int:
    """Build, print, say where the PDF is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILD, help="folder to leave the PDF in")
    options = parser.parse_args()
    began = time.monotonic()
    with sync_playwright() as playwright:
        try:
            browser = start(playwright)
        except UserError as error:
            print(f"make pdf: {error}", file=sys.stderr)
            return 2
        target = print_book(browser, options.output.resolve())  # it opens no relative path
        browser.close()
    print(f"The PDF is ready ({time.monotonic() - began:.0f} s): {target.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
