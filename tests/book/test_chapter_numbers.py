"""Chapters go by slug: numbers in the text are written from ``_toc.yml``, and none is typed."""

from itertools import product
from string import ascii_uppercase

import chapter_numbers
import nbformat
import pytest
import yaml
from bookfiles import (
    ROOT,
    appendices,
    by_slug,
    chapters,
    chosen,
    label,
    number,
    parts,
    read,
    slug,
    timings,
)
from chapter_numbers import numbered, typed, typed_in

from helpers.book import claims
from helpers.errors import UserError

SLUGS = list(chapters())
ALL = list(by_slug())
TYPED = f"chapter {4}"  # in two pieces, since this file too has no typed number


def test_every_number_in_the_text_is_that_of_today():
    stale = [
        str(path.relative_to(ROOT))
        for path, text in chapter_numbers.files().items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "`make pages` writes the numbers"


def test_no_number_of_a_chapter_is_typed_without_its_slug():
    assert typed() == []


def test_titles_files_and_order_of_the_contents_give_the_same_numbers():
    numbers = [number(path) for path in chapters().values()]
    assert numbers == list(range(1, len(SLUGS) + 1))
    letters = [label(path) for path in appendices().values()]
    assert letters == list(ascii_uppercase[: len(letters)])
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [page for part in toc["parts"] for page in part["chapters"] if "title" in page]
    titled = {page["file"]: page["title"].partition(" · ")[0] for page in pages}
    listed = [page for part in parts() for page in part.pages if page.startswith("notebooks/")]
    assert titled == dict(zip(listed, [*map(str, numbers), *letters], strict=True))


def test_records_times_and_exercises_name_chapters_that_are_there():
    assert {slug for claim in claims.load().values() for slug in claim.chapter} <= set(ALL)
    assert list(timings()["seconds"]) == sorted(ALL)
    assert sorted(path.stem for path in (ROOT / "book" / "exercises").iterdir()) == sorted(SLUGS)


def test_modules_of_figures_are_called_as_their_chapters():
    modules = {path.stem for path in (ROOT / "helpers/plots/chapters").glob("[!_]*.py")}
    # No module's name begins with a digit.
    assert modules - {"imagenet_2012"} <= set(ALL)


@pytest.mark.parametrize("path", by_slug().values(), ids=ALL)
def test_a_notebook_is_asked_for_by_number_letter_or_slug(path):
    assert path in chosen([path.stem.partition("_")[0]])
    assert chosen([slug(path)]) == [path]
    assert chosen([path.stem]) == [path]
    assert chosen([slug(path), "no such chapter"]) == [path]


WORDS = ("chapter", "Chapter", "chapters", "exercise", "Exercises")
BEHIND = (
    "{n}",
    "{n}'s run",
    "\n{n} has it",
    "{m} and {n}",
    "{m}, {n} and {m}",
    "{m} (sizes), {n}",
    "{m} to {n}",
    "{m} (a, b) or {n}",
    "&nbsp;{n}",
)


@pytest.mark.parametrize(("word", "behind"), list(product(WORDS, BEHIND)))
def test_a_typed_number_is_noticed_and_a_marked_one_is_not(word, behind):
    point = ".2" if word.lower().startswith("exercise") else ""
    bare, marked = f"7{point}", f"3{point}<!-- {SLUGS[2]} -->"
    wrong = f"As {word} {behind} says.".format(n=bare, m=marked)
    assert len(typed_in(wrong)) == 1
    assert typed_in(f"As {word} {behind} says, in 7 cases.".format(n=marked, m=marked)) == []


LETTERED = ("appendix {n}", "Appendix {n}, I say", "appendices {m} and {n}", "appendix&nbsp;{n}")


@pytest.mark.parametrize("text", LETTERED)
def test_a_typed_letter_is_noticed_and_a_marked_one_is_not(text):
    marked = "B<!-- late -->"
    assert len(typed_in(text.format(n="A", m=marked))) == 1
    assert (
        typed_in(text.format(n=marked, m=marked) + " of a book, the appendix a reader needs") == []
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_stale_numbers_are_written_anew(slug):
    known = {slug: "42"}
    old = 99
    text = (
        f"chapters {old}<!-- {slug} --> and exercise {old}.3<!-- {slug} -->, "
        f"[Chapter {old}](../notebooks/{old}_{slug}.ipynb#a)"
    )
    right = numbered(text, known)
    assert right == text.replace("99", "42")
    assert numbered(right, known) == right
    assert typed_in(right) == []


def test_a_chapter_that_becomes_an_appendix_is_called_so():
    text = "[chapter 9](../notebooks/09_lrn.ipynb#a), [Appendix D](D_lrn.ipynb), D<!-- lrn -->"
    right = "[chapter B](../notebooks/B_lrn.ipynb#a), [Appendix B](B_lrn.ipynb), B<!-- lrn -->"
    assert numbered(text, {"lrn": "B"}) == right


@pytest.fixture
def swapped(tmp_path):
    """Return a small book whose two chapters have just changed places, with the texts of before."""
    files = [f"notebooks/0{i}_{slug}" for i, slug in enumerate(("late", "early"), start=1)]
    toc = {"root": "book/index", "parts": [{"caption": "A", "chapters": []}]}
    toc["parts"][0]["chapters"] = [{"file": name} for name in files]
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc))
    for folder in ("notebooks", "book", "results/a"):
        (tmp_path / folder).mkdir(parents=True)
    text = "see [chapter 1](../notebooks/01_early.ipynb) and chapter 2<!-- late -->\n"
    (tmp_path / "book" / "index.md").write_text(text)
    (tmp_path / "results" / "a" / "README.md").write_text("exercise 2.1<!-- late -->\n")
    told = nbformat.v4.new_markdown_cell("### Exercise 2.1\n\nas in chapter 1<!-- early -->")
    solved = nbformat.v4.new_code_cell('check_exercise("2.1", 55)')
    solved.outputs = [nbformat.v4.new_output("stream", text="Exercise 2.1: right.\n")]
    nbformat.write(nbformat.v4.new_notebook(cells=[told, solved]), tmp_path / f"{files[0]}.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / f"{files[1]}.ipynb")
    return tmp_path


def write(root):
    for path, text in chapter_numbers.files(root).items():
        path.write_text(text, encoding="utf-8")


def test_two_chapters_that_change_places_change_every_number(swapped):
    write(swapped)
    page = (swapped / "book" / "index.md").read_text()
    assert page == "see [chapter 2](../notebooks/02_early.ipynb) and chapter 1<!-- late -->\n"
    assert (swapped / "results/a/README.md").read_text() == "exercise 1.1<!-- late -->\n"
    told, solved = read(swapped / "notebooks" / "01_late.ipynb").cells
    assert told.source == "### Exercise 1.1\n\nas in chapter 2<!-- early -->"
    assert solved.source == 'check_exercise("1.1", 55)'
    assert solved.outputs[0].text == "Exercise 1.1: right.\n"
    again = {path: path.read_text() for path in chapter_numbers.files(swapped)}
    assert chapter_numbers.files(swapped) == again


def test_a_slug_that_is_no_chapter_is_named_with_its_file(swapped):
    (swapped / "book" / "index.md").write_text("chapter 3<!-- earlier -->")
    with pytest.raises(UserError, match=r"book/index.md: There is no chapter 'earlier'.*late, ear"):
        chapter_numbers.files(swapped)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("helpers/a.py", "# as in {}\n"),
        ("book/claims.yml", "- how: measured in {}\n"),
        ("book/_static/a.js", 'const title = "{}";\n'),
        ("README.md", "{} has it\n"),
    ],
)
def test_typed_numbers_are_noticed_wherever_they_stand(swapped, name, text):
    write(swapped)
    path = swapped / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(TYPED))
    assert typed(swapped) == [f"{name}: '{TYPED}' is typed"]


@pytest.mark.parametrize("place", ["source", "output", "caption"])
def test_typed_numbers_in_code_cells_are_noticed(swapped, place):
    write(swapped)
    path = swapped / "notebooks" / "02_early.ipynb"
    said = f"as {TYPED} says"
    cell = nbformat.v4.new_code_cell(f"print({said!r})" if place == "source" else "")
    if place == "output":
        cell.outputs = [nbformat.v4.new_output("stream", text=said)]
    if place == "caption":
        cell.metadata["mystnb"] = {"figure": {"caption": said}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert typed(swapped) == [f"notebooks/02_early.ipynb: '{TYPED}' is typed"]
