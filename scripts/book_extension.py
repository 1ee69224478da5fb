"""Sphinx side of the book: where outputs come from, and a page that asks no other host."""

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

CACHE = Path(__file__).resolve().parent.parent / "_build" / ".jupyter_cache"
FOOTER = (
    'Code: <a href="{url}/blob/{branch}/LICENSE">BSD 3-Clause</a>. '
    'Text and figures: <a href="{url}/blob/{branch}/LICENSE-TEXT">CC BY 4.0</a>. '
    "Version {version}."
)


def configure(app: Sphinx, config: Config) -> None:
    """Take the outputs from the notebooks, or from the cache that `make book` has filled."""
    if os.environ.get("ALEXNET_BOOK_OUTPUTS") == "fresh":
        config.nb_execution_mode = "cache"
        config.nb_execution_cache_path = str(CACHE)
    options = config.html_theme_options
    options["logo"] = {"text": config.html_title, "alt_text": ""}
    # The search field stands in the side bar; the theme would draw a second one above the page.
    options["navbar_persistent"] = []
    options["extra_footer"] = FOOTER.format(
        url=options["repository_url"], branch=options["repository_branch"], version=version()
    )
    options["show_toc_level"] = 2
    options["use_source_button"] = False


def version() -> str:
    """Return the version of the package, from pyproject.toml: there is no second place for it."""
    text = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("version"))
    return line.split('"')[1]


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    # Jupyter Book sets it for sphinx_comments, which is left out.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", configure, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
