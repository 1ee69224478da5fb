"""Figures as drawings: what a notebook stores, for a phone too, and their colours in the dark."""

import base64
import io
import re
from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import seaborn as sns
import vector_figures
from bookfiles import DRAWING, PHOTOGRAPH, PICTURE, ROOT, figures
from nbclient import NotebookClient
from PIL import Image
from sklearn.datasets import load_sample_image

from helpers.plots import narrow, stored
from helpers.plots.style import WIDTH, use_style


@pytest.fixture(autouse=True)
def _styled():
    use_style()
    yield
    plt.close("all")


def panels(number, rows=1, **options):
    """Return a figure of the text's width whose panels have curves, titles and labels."""
    figure, grid = plt.subplots(rows, number, figsize=(WIDTH, 2.4 * rows), squeeze=False, **options)
    for i, axes in enumerate(grid.flat):
        axes.plot(np.arange(5), np.arange(5) ** 2, label=f"curve {i}")
        axes.set(title=f"Panel {i} says what it shows", xlabel="epoch")
    for row in grid:
        row[0].set_ylabel("loss")
    return figure


def both(figure) -> tuple[str, str]:
    return vector_figures.split(stored.svg(figure))


def height(svg: str) -> float:
    return float(re.search(r' height="([\d.]+)pt"', svg)[1]) / 72


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("rows", "number"), [(1, 1), (1, 2), (1, 3), (2, 2), (3, 1)])
def test_panels_stand_beneath_each_other_for_a_phone(rows, number, shared):
    figure = panels(number, rows, sharex=shared, sharey=shared)
    wide, small = both(figure)
    assert vector_figures.width(wide) > 6
    assert vector_figures.width(small) <= narrow.WIDTH * narrow.SLACK
    assert height(small) > (number - 0.4) * height(wide)
    assert "narrow" not in wide


def test_a_stacked_panel_has_the_numbers_and_the_name_of_its_axes():
    figure = panels(3, sharey=True)
    with narrow.narrowed(figure) as legible:
        assert legible
        for axes in figure.axes:
            assert axes.get_ylabel() == "loss"
            assert axes.yaxis.get_tick_params()["labelleft"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "", ""]


@pytest.mark.parametrize(("rows", "number"), [(1, 1), (1, 3), (2, 2)])
def test_a_figure_is_afterwards_what_it_was(rows, number):
    figure = panels(number, rows, sharey=True)
    figure.legend(loc="outside lower center", ncols=4)
    figure.axes[0].set_title("A title so long that it takes more than one line of a phone's width")
    before = stored.svg(figure)
    assert "narrow" in before
    assert stored.svg(figure) == before


def test_what_would_overlap_on_a_phone_has_no_narrow_form():
    figure, axes = plt.subplots(figsize=(WIDTH, 3))
    axes.bar([f"a long name {i}" for i in range(6)], range(6))
    assert both(figure)[1] == ""
    figure, axes = plt.subplots(figsize=(WIDTH, 3))
    axes.bar([f"{i}" for i in range(6)], range(6))
    assert both(figure)[1] != ""


def test_a_narrow_figure_needs_no_other():
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.plot([1, 2])
    assert both(figure)[1] == ""


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.imshow(np.eye(3)),
        lambda axes: axes.imshow(np.zeros((3, 3, 3))),
        lambda axes: axes.pcolormesh(np.eye(3)),
        lambda axes: axes.contourf(np.eye(3)),
        lambda axes: axes.scatter([1, 2], [1, 2], c=[0.1, 0.9]),
        lambda axes: sns.heatmap(np.eye(3), ax=axes),
        lambda axes: axes.scatter(*np.random.default_rng(0).random((2, 4_000))),
    ],
)
def test_where_colours_are_values_or_points_are_many_it_is_a_picture(draw):
    figure = panels(2)
    assert stored.svg(figure)
    draw(figure.axes[1])
    assert stored.svg(figure) is None


def test_a_notebook_stores_one_of_three():
    lines = [
        "import matplotlib.pyplot as plt\nfrom helpers import plots\nplots.use_style()",
        "plots.use_style()\nplt.plot([1, 2])\nplt.show()",
        "plt.imshow([[1, 2]])\nplt.show()",
        "from helpers.book.sentences import show_figure",
        "plt.plot([2, 1])\nshow_figure('A line falls.')",
        "from sklearn.datasets import load_sample_images\nboth = load_sample_images().images",
        "plt.imshow(both[0])\nplt.show()",
        "plt.imshow(both[1])\nshow_figure('A flower of many colours.')",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in lines])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    NotebookClient(book, resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [list(figures(cell)) for cell in book.cells[1:]]
    stored = [[kind for kind, _ in one] for one in shown]
    assert stored == [[DRAWING], [PICTURE], [], [DRAWING], [], [PHOTOGRAPH], [PHOTOGRAPH]]
    for number, text in (3, "A line falls."), (6, "A flower of many colours."):
        ((kind, output),) = shown[number]
        assert output.metadata[kind]["alt"] == output.data["text/plain"] == text


def test_a_picture_of_many_colours_is_smaller_and_looks_the_same():
    figure, axes = plt.subplots(figsize=(5, 3))
    axes.imshow(load_sample_image("china.jpg")[:400, :600])
    axes.set_title("letters stay legible")
    figure.savefig(file := io.BytesIO(), format="png", dpi=110)
    encoded = base64.b64decode(stored.jpeg(file.getvalue()))
    with Image.open(file) as png, Image.open(io.BytesIO(encoded)) as jpeg:
        assert (jpeg.size, jpeg.info["dpi"]) == (png.size, (110, 110))
        apart = np.abs(np.asarray(png.convert("RGB"), int) - np.asarray(jpeg, int))
    assert len(encoded) < len(file.getvalue()) / 2
    assert apart.mean() < 2
    assert np.percentile(apart, 99.9) < 24


@pytest.mark.parametrize("kind", ["smooth", "noise"])
def test_a_picture_that_would_not_be_half_as_large_stays_whole(kind):
    red, green = np.meshgrid(*[np.linspace(0, 255, 200).astype("uint8")] * 2)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), "uint8")
    colours = {"smooth": np.stack([red, green, red], axis=-1), "noise": noise}
    picture = Image.fromarray(colours[kind])
    picture.save(file := io.BytesIO(), "PNG")
    assert picture.getcolors(stored.MANY) is None, "its colours are many"
    assert stored.jpeg(file.getvalue()) is None


# In the dark ------------------------------------------------------------------------------------


def channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def luminance(colour: str) -> float:
    seen = channels(colour)
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Return the ratio that WCAG 2 defines."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


COLOURS = sns.color_palette("colorblind").as_hex() + [
    f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.random.default_rng(0).integers(0, 256, (200, 3))
]


@pytest.mark.parametrize("colour", COLOURS)
def test_what_can_be_seen_in_the_light_can_be_seen_in_the_dark(colour):
    seen = contrast(colour, "#ffffff")
    assert contrast(vector_figures.darkened(colour), vector_figures.PAGE) > min(3.0, 0.9 * seen)


def test_greys_are_turned_round_and_the_palette_stays_apart():
    greys = [luminance(vector_figures.darkened(f"#{3 * f'{i:02x}'}")) for i in range(0, 256, 5)]
    assert np.all(np.diff(greys) < 0)
    dark = [channels(vector_figures.darkened(colour)) for colour in COLOURS[:10]]
    assert min(np.abs(one - other).max() for one, other in combinations(dark, 2)) > 0.07


def test_white_becomes_the_ground_of_the_dark_page():
    css = (ROOT / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    dark = css.partition('html[data-theme="dark"] {')[2].partition("}")[0]
    assert f"--pst-color-background: {vector_figures.PAGE};" in dark


def test_every_colour_of_a_drawing_has_its_dark_one():
    wide, _ = both(panels(3))
    drawn = vector_figures.themed(wide)
    head, _, body = drawn.partition("</style>")
    used = set(re.findall(r"var\((--c[0-9a-f]{6})\)", drawn))
    assert len(used) > 5
    assert all(len(re.findall(f"{name}: #", head)) == 2 for name in used)
    assert not vector_figures.COLOUR.search(body)
