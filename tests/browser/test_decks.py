"""Decks of slides in headless Chromium, opened from the disk."""

import pytest
import slides
from bookfiles import chapters
from browser import chromium
from tiers import sample

HEIGHT = 720
LEGIBLE = 16  # pixels of a slide's letters, where the slide is 1280 wide
#: Height of a slide, and the size of its letters.
MEASURED = """i => {
  Reveal.slide(i);
  const slide = Reveal.getCurrentSlide();
  return [slide.scrollHeight, parseFloat(getComputedStyle(slide).fontSize)];
}"""
SETTLED = "() => window.Reveal && Reveal.isReady() && window.MathJax && MathJax.startup.promise"


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """All decks, written once."""
    return slides.write_decks(tmp_path_factory.mktemp("decks") / "slides")


@pytest.mark.parametrize("path", sample(chapters().values(), keep=2))
def test_a_deck_runs_from_the_disk_and_every_slide_fits(browser, decks, path):
    page, wrong = browser.new_page(viewport={"width": 1280, "height": HEIGHT}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.goto((decks / f"{path.stem}.html").as_uri())
    page.wait_for_function(SETTLED)
    sizes = [page.evaluate(MEASURED, i) for i in range(page.evaluate("Reveal.getTotalSlides()"))]
    page.close()
    assert wrong == []
    assert len(sizes) > 3
    assert max(height for height, _ in sizes) <= HEIGHT
    assert min(letters for _, letters in sizes) >= LEGIBLE


def test_a_slide_with_too_much_text_is_set_smaller(browser, decks):
    page = browser.new_page(viewport={"width": 1280, "height": HEIGHT})
    page.goto((decks / f"{next(iter(chapters().values())).stem}.html").as_uri())
    page.wait_for_function(SETTLED)
    add = "n => document.querySelector('.recap').append(...Array(n).fill('word after word '))"
    page.evaluate(add, 150)
    last = page.evaluate("Reveal.getSlides().findIndex(s => s.className.includes('recap'))")
    height, letters = page.evaluate(MEASURED, last)
    page.close()
    assert height <= HEIGHT
    assert letters < 22
