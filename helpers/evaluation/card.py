"""What ``train`` and ``evaluate`` leave for people: two figures and a model card.

The card says what is known of a run from its own files and pictures, and nothing else: what it
was trained on, what chose the weights and what judged them, with which settings and versions, how
good it is, and beside what.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers import evaluation
from helpers.datasets import checks
from helpers.datasets.batches import fed
from helpers.errors import UserError
from helpers.evaluation import judging, outputs
from helpers.files import CODES, code, markdown, write_atomic
from helpers.training import folds, run_files, verdict

if TYPE_CHECKING:
    from helpers.training.runs import Run

CURVES, CONFUSION, CARD = run_files.ADDED
#: Above so many classes the card has no row for each.
MANY = 50
#: Settings in words, in the order of the card; the values are the recipe's.
SETTINGS = {
    "epochs": "epochs at most",
    "batch_size": "pictures per update",
    "learning_rate": "learning rate at the start",
    "optimizer": "optimizer",
    "schedule": "schedule of the rate",
    "momentum": "momentum",
    "weight_decay": "weight decay",
    "initial": "initial weights",
    "start": "started from the weights of",
    "freeze": "layers frozen, up to",
    "augment": "augmentation",
    "class_weights": "classes weighted alike",
    "equalise": "pictures brought to one size and quality",
    "early_stop": "early stop after epochs without progress",
    "keep": "weights kept",
    "seed": "seed",
}


@dataclass(frozen=True)
class Judgement:
    """Predictions, and what to know of the pictures they are about.

    Attributes
    ----------
    predictions
        As from ``evaluation.predict``.
    pictures
        Which pictures these are, in words: ``"test pictures"``.
    chosen
        Whether the same pictures chose the weights.
    baseline
        What a linear model gets on them; None: not known.
    balanced
        Whether all classes counted alike in the training, so that they do here.
    titles
        The classes in words, where it is to be said that one was not judged.
    """

    predictions: pd.DataFrame
    pictures: str
    chosen: bool = False
    baseline: verdict.Linear | None = None
    balanced: bool = False
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: "Run", *, linear: bool = True) -> "Judgement":
        """Return how a finished run was judged when it ended."""
        on = run.environment.get("judged_on", "validation")
        baseline = _linear(run) if linear else None
        alike, titles = run.recipe.class_weights, tuple(run.environment["titles"])
        return cls(run.predictions, f"{on} pictures", on == "validation", baseline, alike, titles)

    @classmethod
    def told(cls, judged: judging.Judged, titles: Sequence[str] = ()) -> "Judgement":
        """Return what ``judging.judge`` has found."""
        return cls(
            judged.predictions,
            judged.pictures,
            chosen=judged.chosen,
            balanced=judged.balanced,
            titles=tuple(titles),
        )

    @classmethod
    def pooled(cls, judgements: Sequence["Judgement"], predictions: pd.DataFrame) -> "Judgement":
        """Return that of all folds: ``predictions`` are theirs in one table."""
        known = [one.baseline for one in judgements if one.baseline is not None]
        baseline = None
        if len(known) == len(judgements):
            right, total = (sum(getattr(one, n) for one in known) for n in ("right", "total"))
            baseline = verdict.Linear(right, total)
        pictures = "pictures, each by a network that had not seen it"
        alike = all(one.balanced for one in judgements)
        return cls(predictions, pictures, False, baseline, alike)

    def sentences(self) -> list[str]:
        """Return what must be said beside the accuracy."""
        said = [verdict.CHOSEN[:1].upper() + verdict.CHOSEN[1:] + "."] if self.chosen else []
        said += verdict.unjudged(self.predictions, self.titles)
        said += verdict.alike(self.predictions, self.baseline) if self.balanced else []
        return said + verdict.sentences(self.predictions, self.baseline, balanced=self.balanced)


def write(run: "Run", folder: str | Path, judgement: Judgement) -> list[Path]:
    """Write ``curves.png``, ``confusion.png`` and ``model_card.md``, each whole or not at all.

    Parameters
    ----------
    run
        A finished ``Run``.
    folder
        Where the files go; it is made if need be.
    judgement
        The predictions that matrix and figures of the card are about.

    Returns
    -------
    list of Path
        The three files.

    Examples
    --------
    >>> [path.name for path in write(run, run.path, Judgement.of(run))]
    ['curves.png', 'confusion.png', 'model_card.md']
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    figures = _figures(run, folder, judgement)
    return [*figures, write_text(folder / CARD, text(run, judgement))]


def write_folds(done: Sequence, folder: Path, judgement: Judgement) -> list[Path]:
    """Write the same three files of a cross-validation, about all its folds.

    Parameters
    ----------
    done
        The finished run of each fold.
    folder
        The folder above them.
    judgement
        ``Judgement.pooled``.
    """
    from helpers import plots

    histories = {f"fold {i}": run.history for i, run in enumerate(done, start=1)}
    chance = 1 / len(done[0].classes)
    title = f"{len(judgement.predictions)} pictures, {len(done)} folds"
    return [
        _draw(folder / CURVES, lambda: plots.learning_curves(histories, chance=chance)),
        draw_confusion(folder, judgement.predictions, title),
        write_text(folder / CARD, folds_text(done, judgement)),
    ]


def write_text(path: Path, content: str) -> Path:
    """Write a text in UTF-8, whole or not at all."""
    return write_atomic(path, lambda beside: beside.write_text(content, "utf-8", errors=CODES))


def _figures(run, folder: Path, judgement: Judgement) -> list[Path]:
    from helpers import plots

    def curves():
        return plots.learning_curves({run.path.name: run.history}, chance=1 / len(run.classes))

    return [
        _draw(folder / CURVES, curves),
        draw_confusion(folder, judgement.predictions, judgement.pictures),
    ]


def draw_confusion(folder: Path, predictions: pd.DataFrame, title: str) -> Path:
    """Write the confusion matrix as ``confusion.png``, whole or not at all."""
    from helpers import plots

    return _draw(folder / CONFUSION, lambda: plots.confusion(predictions, title))


def _draw(path: Path, figure: Callable) -> Path:
    """Write a figure in the book's style, and leave neither figure nor style behind."""
    import matplotlib.pyplot as plt

    from helpers.plots.style import use_style

    with plt.rc_context():
        use_style()
        return outputs.save_figure(figure(), path)


def text(run: "Run", judgement: Judgement) -> str:
    """Return the card of a finished run: Markdown."""
    titles = list(run.environment["titles"])
    parts = [
        f"# Model card: {run.recipe.architecture.title}, {len(titles)} classes",
        _network(run, titles),
        "## Pictures",
        _pictures(run),
        "## How good it is",
        _results(len(run.classes), judgement, _validation(run, judgement)),
        "## How it was trained",
        _training([run]),
        "## Limits",
        _limits(run, judgement),
    ]
    return "\n\n".join(parts) + "\n"


def folds_text(done: Sequence, judgement: Judgement) -> str:
    """Return the card of a cross-validation: Markdown."""
    first, titles = done[0], list(done[0].environment["titles"])
    said = first.environment
    counts = judgement.predictions["label_name"].value_counts(sort=False)
    counts = counts.rename_axis("class").to_frame("pictures").sort_index()
    parts = [
        f"# Model card: {first.recipe.architecture.title}, {len(titles)} classes, "
        f"{len(done)} folds",
        f"{len(done)} networks were trained, each on all pictures but two folds: one of these "
        "steered its training, the other judged it. The figures say how a network does that is "
        "trained in this way; none of them is the result. For one to use, train without `--folds`, "
        "or take that of a fold (`fold-1`, …).",
        "## Pictures",
        "\n".join(
            [f"Source: {code(first.recipe.data)}", "", table(_shown(counts)), "", *_found(said)]
        ),
        "## How good it is",
        _results(
            len(titles), judgement, [f"- {_first_upper(folds.spread(judgement.predictions))}."]
        ),
        "## How it was trained",
        _training(done),
        "## Limits",
        _limits(done[0], judgement),
    ]
    return "\n\n".join(parts) + "\n"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shown(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts of the classes, or of all together where there are very many."""
    return counts if len(counts) <= MANY else counts.sum().to_frame("all").T


def _network(run, titles: Sequence[str]) -> str:
    shape = run.recipe.architecture.input_shape
    side, (brought, _) = shape[0], fed(shape)
    central = f" and its central {side}×{side} are looked at (`--views 10`: ten such crops)"
    central = "" if side == brought else central
    return (
        f"A picture is brought to {brought}×{brought} pixels{central} "
        "(the sides of a wide picture, and top and bottom of a high one, are not seen); out comes "
        f"a probability for each class: {', '.join(map(markdown, titles))}."
    )


def _pictures(run) -> str:
    lines = [f"Source: {code(run.recipe.data)}"]
    try:
        data = run.data
        counts = data.counts().rename_axis("class")
        lines += ["", table(_shown(counts))]
    except (UserError, OSError):  # the pictures are no longer where they were
        kinds = ("training", "validation", "test")
        counts = ((kind, run.environment.get(f"{kind}_images")) for kind in kinds)
        lines += ["", ", ".join(f"{count} {kind}" for kind, count in counts if count)]
    lines += ["", *_found(run.environment)]
    if run.recipe.fold:
        number, of = run.recipe.fold
        lines += ["", f"Fold {number} of {of} judges, the next one steers."]
    return "\n".join(lines)


def _found(environment: dict) -> list[str]:
    """Return what was found in the pictures before the training, and left out: a bullet each."""
    report = environment.get("examined")
    found = ["not examined for leaks and twins"]
    if report is not None:
        found = checks.Report.of(report).lines()
    lines = [line for text in found for line in text.split("\n  ")]
    return [f"- {markdown(line)}" for line in (*lines, *environment.get("left_out", ()))]


def _results(classes: int, judgement: Judgement, more: Sequence[str]) -> str:
    lines = [f"- Accuracy on {judgement.pictures}: {evaluation.accuracy(judgement.predictions)}."]
    lines += [f"- {markdown(said)}" for said in evaluation.seen_before(judgement.predictions)]
    lines += [*more, *_beside(judgement)]
    lines += [f"- {markdown(said)}" for said in judgement.sentences()]
    if classes > MANY:
        return "\n".join([*lines, "", "The figures of each class follow from `predictions.csv`."])
    figures = evaluation.per_class(judgement.predictions).rename_axis("class")
    shares = figures.drop(columns="images").map(lambda share: float(f"{share:.3f}"))  # as printed
    return "\n".join([*lines, "", table(figures[["images"]].join(shares))])


def _validation(run, judgement: Judgement) -> list[str]:
    """Return the line on the pictures that chose the weights, unless it is the one above."""
    kept = run.environment.get("kept")
    if kept is None or judgement.chosen:
        return []
    steered = "which steered the training" if run.recipe.steered else "which steered nothing"
    return [f"- Accuracy on validation pictures, {steered}: {100 * kept['val_accuracy']:.1f} %."]


def _beside(judgement: Judgement) -> list[str]:
    total = len(judgement.predictions)
    commonest = judgement.predictions["label_name"].value_counts()
    lines = [f"- Always saying {markdown(commonest.index[0])}: {commonest.iloc[0]} of {total}."]
    if judgement.baseline is not None:
        base = judgement.baseline
        lines.append(f"- A linear model on 8×8 thumbnails: {base.right} of {base.total}.")
    return lines


def _training(done: Sequence) -> str:
    environment, recipe = done[0].environment, done[0].recipe
    rows = {words: _word(getattr(recipe, name)) for name, words in SETTINGS.items()}
    taught = environment.get("training_images")
    rows["pictures per update"] = str(min(recipe.batch_size, taught or recipe.batch_size))
    rows["epochs trained"] = ", ".join(str(len(run.history)) for run in done)
    if kept := environment.get("kept"):
        epochs = ", ".join(str(run.environment["kept"]["epoch"]) for run in done)
        rows["weights kept"] = f"epoch {epochs}: {kept['rule']}"
    rows["precision"] = environment["precision"]
    rows["device"] = ", ".join(environment["accelerators"]) or environment["system"]
    versions = ", ".join(f"{name} {number}" for name, number in environment["versions"].items())
    rows["versions"] = f"Python {environment['python']}, {versions}"
    settings = pd.DataFrame({"value": rows}).rename_axis("setting")
    where = " (in the folder of each fold)" if len(done) > 1 else ""
    return f"{table(settings)}\n\nAll settings: `recipe.json`; each epoch: `history.csv`{where}."


def _word(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _limits(run, judgement: Judgement) -> str:
    lines = [
        "- It always names one of its classes, also for a picture that shows none of them.",
        "- The figures above hold for pictures like those it was judged on; of others nothing is "
        "known.",
    ]
    smallest = int(judgement.predictions["label_name"].value_counts().min())
    if smallest < 30:
        lines.append(
            f"- A class was judged on {smallest} pictures: the intervals of its figures are wide."
        )
    if "callbacks" in run.environment:
        names = ", ".join(run.environment["callbacks"])
        lines.append(f"- Callbacks looked on while it was trained ({names}).")
    return "\n".join(lines)


def table(frame: pd.DataFrame) -> str:
    r"""Return a table in Markdown; numbers are right-aligned.

    Examples
    --------
    >>> print(table(pd.DataFrame({"training": [3]}, index=["a|b"]).rename_axis("class")))
    | class | training |
    | --- | ---: |
    | a\|b | 3 |
    """
    numbers = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame]
    rules = ["---", *("---:" if number else "---" for number in numbers)]
    rows = [[frame.index.name or "", *frame.columns], rules]
    rows += [
        [index, *values] for index, values in zip(frame.index, frame.to_numpy(object), strict=True)
    ]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float) and math.isnan(value):  # precision of what was never said
        return "–"
    return markdown(value)


def _linear(run) -> verdict.Linear | None:
    try:
        return verdict.linear(run.data)
    except (UserError, OSError):
        return None
