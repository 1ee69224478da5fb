"""Decks of slides in headless Chromium, opened from the disk."""

import pytest
import slides
from bookfiles import chapters
from browser import chromium
from tiers import sample

HEIGHT = 720
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
    high = "i => { Reveal.slide(i); return Reveal.getCurrentSlide().scrollHeight; }"
    heights = [page.evaluate(high, i) for i in range(page.evaluate("Reveal.getTotalSlides()"))]
    page.close()
    assert wrong == []
    assert len(heights) > 3
    assert max(heights) <= HEIGHT
