"""The search of the built book: twenty questions of readers, and every term of the glossary."""

import re

import pytest
import yaml
from bookfiles import ROOT, by_slug, read
from browser import Visit, chromium, opened

#: What a reader types, and the page that must come first: a chapter's slug, or a page of `book/`.
FIRST = {
    "dropout test time": "dropout",
    "227 224": "convolution_arithmetic",
    "local response normalization alpha": "local_response_normalisation",
    "grouped convolution": "two_gpus",
    "top-5": "2012_and_imagenet",
    "Grad-CAM": "grad_cam",
    "confusion matrix": "confusion_matrix_and_errors",
    "overlapping pooling": "overlapping_pooling",
    "weight decay": "update_rule",
    "own photos": "your_own_photos",
    "HEIC": "your_own_photos",
    "Colab GPU": "book/how_to_run",
    "resume": "book/how_to_run",
    "receptive field": "building_alexnet",
    "backpropagation": "how_a_network_learns",
    "batch normalization": "local_response_normalisation",
    "transfer learning": "your_own_photos",
    "cross-entropy": "how_a_network_learns",
    "ImageNet download": "book/full_imagenet",
    "errata": "book/errata",
}
RECORDS = yaml.safe_load((ROOT / "book" / "search.yml").read_text(encoding="utf-8"))
TERMS = {term: names.split() for term, names in RECORDS["terms"].items()}


def address(name: str) -> str:
    """Return a page of the book by a chapter's slug, or as it is."""
    return name if "/" in name else f"notebooks/{by_slug()[name].stem}"


@pytest.fixture(scope="module")
def searching(html):
    """The page that searches, opened from disk, with a question asked."""
    record = Visit()
    address = (html / "search.html").as_uri() + "?q=dropout+test+time"
    with chromium() as browser, opened(browser, address, record) as page:
        yield page
    assert record.errors == []
    assert not any(url.startswith("http") for url in record.requests)


@pytest.fixture(scope="module")
def found(searching):
    """The pages that each question finds, best first."""
    asked = [*FIRST, *TERMS]
    ranked = searching.evaluate("all => all.map(bookSearch)", asked)
    return dict(zip(asked, ranked, strict=True))


@pytest.mark.parametrize("query", FIRST)
def test_a_reader_finds_the_page_first(found, query):
    assert found[query][0] == address(FIRST[query])


@pytest.mark.parametrize("term", TERMS)
def test_a_term_finds_a_chapter_that_explains_it(found, term):
    assert {address(slug) for slug in TERMS[term]} & set(found[term][:3])


def test_every_term_of_the_glossary_is_asked_for():
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\S.*)\n  <span", text, re.M)) == set(TERMS)


@pytest.mark.parametrize("term", TERMS)
def test_the_chapters_named_for_a_term_have_it(term):
    """All its words, in any of the forms that a stem has, in what is read or in the code."""
    stems = [re.sub(r"(ation|ping|ing|ies|ed|s|y)$", "", word) for word in term.lower().split()]
    for name in (name for name in TERMS[term] if "/" not in name):
        text = " ".join(cell.source for cell in read(by_slug()[name]).cells).lower()
        assert [stem for stem in stems if stem not in text] == [], name


def test_words_in_other_spellings_find_the_same(searching):
    same = [["normalization", "normalisation"], ["color", "colour"], ["photo", "photographs"]]
    for pair in same:
        first, second = searching.evaluate("all => all.map(bookSearch)", pair)
        assert first[:3] == second[:3]


def test_excerpts_are_sentences_that_have_the_words(searching):
    excerpts = searching.locator("#search-results p.context").all_inner_texts()
    assert len(excerpts) >= 5
    for text in excerpts:
        assert re.search("dropout|test|time", text, re.I)
        assert not re.search(r"^(import|from) |Exercise \d+\.\d+ Exercise|Recap Exercises", text)


def test_headings_that_every_chapter_has_are_no_result(searching):
    lines = searching.locator("#search-results p.section").all_inner_texts()
    assert lines
    assert not {"Recap", "Exercises", "Next"} & set(lines)


def test_the_magnifier_leaves_the_words_free(searching):
    for width in (1200, 360):
        searching.set_viewport_size({"width": width, "height": 800})
        box = "article form.bd-search, .bd-search-container form.bd-search"
        icon = searching.locator(f":is({box}) i").first.bounding_box()
        field = searching.locator(f":is({box}) input").first
        padding = field.evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)")
        assert icon["x"] + icon["width"] <= field.bounding_box()["x"] + padding
        assert icon["x"] >= field.bounding_box()["x"]
