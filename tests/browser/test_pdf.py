"""The PDF of the book: whole, with bookmarks, and every link in it leads somewhere."""

import subprocess
import sys

import browser
import build_pdf
import pytest
from bookfiles import DRAWING, ROOT, figures, notebooks, read
from pypdf import PdfReader


@pytest.fixture(scope="session")
def pdf(tmp_path_factory):
    with browser.chromium():
        pass  # skipped here where there is none
    output = tmp_path_factory.mktemp("pdf")
    command = [sys.executable, ROOT / "scripts" / "build_pdf.py", "--output", output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in output.iterdir()] == [build_pdf.NAME]
    return PdfReader(output / build_pdf.NAME)


def bookmarks(outline):
    for entry in outline:
        if isinstance(entry, list):
            yield from bookmarks(entry)
        else:
            yield entry.title


@pytest.mark.thorough
def test_every_chapter_is_in_it_and_in_the_bookmarks(pdf):
    titles = [read(path).cells[0].source.splitlines()[0].strip("# ") for path in notebooks()]
    assert set(titles) <= set(bookmarks(pdf.outline))
    assert len(pdf.pages) > 5 * len(titles)


@pytest.mark.thorough
def test_links_stay_inside_or_lead_to_the_web(pdf):
    links = [
        link.get_object()
        for page in pdf.pages
        for link in page.get("/Annots") or []
        if link.get_object()["/Subtype"] == "/Link"
    ]
    outside = [link["/A"]["/URI"] for link in links if "/A" in link]
    assert len(links) - len(outside) > 200
    assert all(address.startswith("https://") for address in outside)


@pytest.mark.thorough
def test_solutions_equations_and_figures_are_there(pdf):
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "check_exercise(" in text
    assert "Fig. 1" in text
    pictures = {
        reference.idnum
        for page in pdf.pages
        for reference in page["/Resources"].get("/XObject", {}).values()
        if reference.get_object()["/Subtype"] == "/Image"
    }
    drawn = sum(
        kind != DRAWING
        for path in notebooks()
        for cell in read(path).cells
        for kind, _ in figures(cell)
    )
    assert len(pictures) >= drawn > 20


@pytest.mark.parametrize(
    ("body", "word"),
    [('<a href="#nowhere">x</a>', "nowhere"), ('<img src="lost.png" alt="x">', "lost.png")],
)
def test_a_lost_link_or_picture_is_noticed(body, word, tmp_path):
    page_file = tmp_path / "page.html"
    page_file.write_text(
        "<script>window.MathJax = {startup: {promise: Promise.resolve()}};</script>" + body
    )
    with browser.chromium() as running, pytest.raises(RuntimeError, match=word):
        build_pdf.print_page(running.new_page(), page_file, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()
