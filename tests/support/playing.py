"""A page with one playground alone, made of its fragment: nothing has to be built for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import playgrounds
from browser import STATIC
from playwright.sync_api import Browser, Page

#: A desk in the light with a mouse, and a phone in the dark with a finger.
DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark", "has_touch": True}
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<link rel="stylesheet" href="{static}/book.css">
<link rel="stylesheet" href="{static}/interactive.css">
<style>* {{ box-sizing: border-box }} body {{ margin: 8px }}
.bd-article {{ max-width: 688px }}</style>
<main class="bd-article"><p class="playground-question">{question}</p>{fragment}</main>{scripts}"""


def write(name: str, folder: Path, theme: str) -> Path:
    """Write the page of a playground into a folder and return it."""
    [one] = [one for one in playgrounds.load() if one.id == name]
    static = STATIC.as_uri()
    path = folder / f"{name}_{theme}.html"
    text = PAGE.format(
        theme=theme, title=one.title, question=one.question, static=static,
        fragment=playgrounds.fragment(one).read_text(encoding="utf-8"),
        scripts="".join(f'<script src="{static}/{script}"></script>' for script in one.scripts),
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def playing(browser: Browser, name: str, folder: Path, place: dict) -> Iterator[Page]:
    """Open a playground on a desk or a phone; it must fit, and nothing may go wrong in it."""
    context = browser.new_context(**place, reduced_motion="reduce")
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(write(name, folder, place["color_scheme"]).as_uri())
        yield page
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= place["viewport"]["width"]
        assert errors == []
    finally:
        context.close()
