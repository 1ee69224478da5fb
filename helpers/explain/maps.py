"""Heat maps of a run's pictures, file by file: behind ``Run.explain`` and ``explain``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.errors import UserError
from helpers.evaluation.answers import Answer, among, answers, warn_of
from helpers.evaluation.inputs import Named, find
from helpers.evaluation.outputs import place_of, save_figure
from helpers.files import shorten, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from helpers.training.runs import Run


@dataclass(frozen=True)
class Maps:
    """A picture, the class that is asked about and each method's map of it, (H, W), 0 to 1.

    ``shares`` is the network's answer, (classes,); ``asked``: whether the class was named.
    """

    path: Path
    pixels: np.ndarray
    label: int
    maps: dict[str, np.ndarray]
    shares: np.ndarray
    asked: bool

    @property
    def empty(self) -> list[str]:
        """Methods that found nothing that speaks for the class."""
        return [method for method, values in self.maps.items() if not values.any()]


def heat_maps(
    run: "Run",
    files: Sequence[Path],
    methods: Sequence[str],
    layer: str | None = None,
    label: int | None = None,
) -> Iterator[Maps | Answer]:
    """Yield the maps of each file, in order, batch by batch; an ``Answer`` where it has none.

    Parameters
    ----------
    run
        Finished ``Run`` on photographs.
    files
        Picture files.
    methods, layer
        As for ``explain.cam``.
    label
        The class that is asked about; None: the predicted one.
    """
    from helpers import explain

    explain.check(run.model, methods, layer)
    batch: list[Answer] = []
    for number, answer in enumerate(answers(run, files), start=1):
        batch.append(answer)
        if len(batch) == explain.BATCH or number == len(files):
            yield from _mapped(run, batch, methods, layer, label)
            batch = []


def _mapped(run, batch: list[Answer], methods, layer, label) -> Iterator[Maps | Answer]:
    from helpers import explain

    good = [answer for answer in batch if not answer.error]
    asked = [int(answer.shares.argmax()) if label is None else label for answer in good]
    found: dict[str, np.ndarray] = {}
    if good:
        pixels = np.stack([answer.pixels for answer in good])
        found = {m: explain.cam(run.model, pixels, asked, method=m, layer=layer) for m in methods}

    def maps(place: int) -> Maps:
        each = {method: values[place] for method, values in found.items()}
        one, named = good[place], label is not None
        return Maps(one.path, one.pixels, asked[place], each, one.shares, named)

    return among(batch, map(maps, range(len(good))))


def mapped(found: Maps, titles: Sequence[str], most: int | None = None) -> list[str]:
    """Return which class the maps are about, and its probability; if asked for, also the answer's.

    ``most``: letters of a name.
    """

    def said(label: int) -> str:
        return f"{shorten(shown(titles[label]), most)} {100 * found.shares[label]:.1f} %"

    if not found.asked:
        return [said(found.label)]
    return [f"asked: {said(found.label)}", f"answer: {said(int(found.shares.argmax()))}"]


def map_title(found: Maps, titles: Sequence[str]) -> str:
    """Return what stands over the maps of one picture, empty ones named."""
    lines = [shorten(shown(found.path.name), 34), *mapped(found, titles, 24)]
    return "\n".join([*lines, *(["empty map: nothing speaks for it"] if found.empty else [])])


def empty_note(found: Maps, title: str) -> str:
    """Return the sentence on maps that say nothing, of a picture that has some."""
    several = f" ({', '.join(found.empty)})" if len(found.maps) > 1 else ""
    title, path = shown(title), shown(found.path)
    return f"note: nothing speaks for {title} in {path}: the map is empty{several}"


def explain_figure(run: "Run", paths: Named, methods: Sequence[str] = ("gradcam",)) -> "Figure":
    """Return a figure of pictures and their heat maps; behind ``Run.explain``.

    Parameters
    ----------
    run
        Finished ``Run`` on photographs.
    paths
        A file, a folder, several of them, or rows of a table; a row of the figure each.
    methods
        One or several of ``explain.METHODS``; a column each.

    Raises
    ------
    UserError
        When there is no picture that can be read, or the run is one on digits.
    """
    from helpers import plots

    if run.recipe.of_digits:
        raise UserError(f"{run.path} is a run on digits; heat maps need one on photographs.")
    methods = [methods] if isinstance(methods, str) else list(methods)
    files = find(paths).files
    found = list(heat_maps(run, files, methods))
    good = [item for item in found if isinstance(item, Maps)]
    warn_of([item for item in found if isinstance(item, Answer)], len(files))
    titles = [map_title(item, run.environment["titles"]) for item in good]
    maps = {method: np.stack([item.maps[method] for item in good]) for method in methods}
    return plots.cam_grid(np.stack([item.pixels for item in good]), maps, titles)


def draw_maps(found: Maps, titles: Sequence[str], target: Path) -> None:
    """Draw the maps of one picture into a PNG file and close the figure."""
    from helpers import plots
    from helpers.plots.style import use_style

    use_style()
    figure = plots.overlays(found.pixels, found.maps, map_title(found, titles))
    save_figure(figure, target, place_of(found.path))
