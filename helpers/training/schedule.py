"""When to lower the learning rate, when to stop, and which epoch was the best."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from helpers.training.recipe import Recipe


@dataclass
class Plateau:
    """Divides the rate by 10 when the validation error has stopped falling (paper section 5).

    The paper did so by hand, three times. Here: after ``patience`` epochs in a row without a new
    lowest error, at most ``drops`` times.

    Examples
    --------
    >>> rule = Plateau.of(Recipe(learning_rate=0.01, patience=2))
    >>> for error in (0.5, 0.4, 0.4, 0.4):
    ...     rule.see(error)
    >>> rule.rate
    0.001
    """

    rate: float
    patience: int
    drops: int
    early_stop: int | None
    best: float = float("inf")
    waited: int = 0  # epochs since the lowest error or the last drop
    since_best: int = 0

    @classmethod
    def of(cls, recipe: Recipe) -> "Plateau":
        """Return the rule at the start of a run."""
        return cls(recipe.learning_rate, recipe.patience, recipe.drops, recipe.early_stop)

    def see(self, error: float) -> None:
        """Take note of an epoch's validation error; may lower ``rate``."""
        if error < self.best:
            self.best, self.waited, self.since_best = error, 0, 0
            return
        self.waited += 1
        self.since_best += 1
        if self.waited >= self.patience and self.drops > 0:
            # Not rate / 10 of a rounded number: 0.01 must become exactly 0.001.
            self.rate = float(f"{self.rate / 10:.12g}")
            self.drops -= 1
            self.waited = 0

    @property
    def stop(self) -> bool:
        """Whether the run should end early."""
        return self.early_stop is not None and self.since_best >= self.early_stop

    def to_dict(self) -> dict:
        """Return the state for a checkpoint; ``best`` is None before the first epoch."""
        return {**asdict(self), "best": None if self.best == float("inf") else self.best}

    @classmethod
    def from_dict(cls, values: dict) -> "Plateau":
        """Return the rule in the state that ``to_dict`` described."""
        best = values["best"]
        return cls(**{**values, "best": float("inf") if best is None else best})


def merit(row: dict) -> tuple[float, float]:
    """Return what an epoch is judged by, larger is better: its accuracy, then its loss negated.

    Where the classes count alike (``class_weights``) these are the means over the classes.

    Examples
    --------
    >>> merit({"val_accuracy": 0.9, "val_loss": 0.3})
    (0.9, -0.3)
    >>> plain = {"val_accuracy": 0.9, "val_loss": 0.3}
    >>> merit(plain | {"val_balanced_accuracy": 0.5, "val_balanced_loss": 0.7})
    (0.5, -0.7)
    """
    kind = "val_balanced_" if "val_balanced_accuracy" in row else "val_"
    loss = row[f"{kind}loss"]
    return row[f"{kind}accuracy"], -loss if math.isfinite(loss) else -math.inf


def best_epoch(rows: Sequence[dict]) -> int:
    """Return the epoch, counted from 1, with the highest validation accuracy.

    Among equals the one with the lowest validation loss, and then the first (``merit``).

    Parameters
    ----------
    rows
        One an epoch, with ``val_accuracy`` and ``val_loss``.

    Examples
    --------
    >>> accuracies, losses = (0.5, 0.9, 0.9, 0.8), (0.7, 0.4, 0.3, 0.2)
    >>> rows = [{"val_accuracy": a, "val_loss": b} for a, b in zip(accuracies, losses)]
    >>> best_epoch(rows)
    3
    """
    return 1 + max(range(len(rows)), key=lambda i: merit(rows[i]))
