"""The files of ``evaluate --out``: table, figures and model card."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers import evaluation
from helpers.errors import UserError
from helpers.evaluation.answers import names_of
from helpers.evaluation.judging import Judged
from helpers.evaluation.outputs import refuse_foreign, refuse_run_files, save_figure
from helpers.training.crossed import Crossed

if TYPE_CHECKING:
    from helpers.training.runs import Run


def result_files(out: Path, run: "Run | Crossed") -> tuple[Path, Path | None]:
    """Return where ``evaluate --out`` writes its table, and its figures if it names a folder.

    Raises
    ------
    UserError
        When something is there that was not written here, or the run itself is.
    """
    folder = None if out.suffix.lower() == ".csv" and not out.is_dir() else out
    table = out if folder is None else out / "predictions.csv"
    for path in [table, *(folder / name for name in FIGURES if folder)]:
        refuse_run_files(path, run)
        refuse_foreign(path)
    return table, folder


FIGURES = ("curves.png", "confusion.png", "model_card.md", "roc.png", "precision_recall.png")


def write_results(run: "Run | Crossed", judged: Judged, folder: Path) -> list[Path]:
    """Write a model card and figures about judged pictures into a folder; return the files.

    Learning curves, confusion matrix and card (``training.card``; folds that judge others' pictures
    have the matrix alone), then ROC and precision-recall curves where two classes occur.
    """
    from helpers import plots
    from helpers.evaluation import card
    from helpers.plots.style import use_style

    table = judged.predictions
    if isinstance(run, Crossed) and "fold" not in table:
        files = [card.draw_confusion(folder, table, judged.pictures)]
    elif isinstance(run, Crossed):
        judgement = card.Judgement.pooled(list(map(card.Judgement.of, run.runs)), table)
        files = card.write_folds(run.runs, folder, judgement)
    else:
        files = card.write(run, folder, card.Judgement.told(judged, names_of(run)))
    use_style()
    for name in ("roc", "precision_recall") if _has_curves(table) else ():
        files.append(folder / f"{name}.png")
        save_figure(getattr(plots, name)(table, title=judged.pictures), files[-1])
    return files


def _has_curves(predictions: pd.DataFrame) -> bool:
    try:
        evaluation.one_vs_rest(predictions)
    except UserError:  # one class only, or a table without the probabilities
        return False
    return True
