"""When to lower the learning rate, when to stop, and which epoch was the best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.training.recipe import Resolved


class Rule:
    """What says the rate of the next epoch: ``Plateau`` or ``Fixed``, by the recipe."""

    early_stop: int | None
    best: float
    since_best: int

    if TYPE_CHECKING:  # at run time it would be the default of ``Plateau.rate``

        @property
        def rate(self) -> float:
            """The learning rate of the epoch that comes next."""

    def see(self, error: float) -> None:
        """Take note of an epoch's validation error."""
        raise NotImplementedError

    @classmethod
    def of(cls, recipe: "Resolved") -> "Rule":
        """Return the rule of a recipe at the start of a run."""
        rate, stop = recipe.learning_rate, recipe.early_stop
        if recipe.schedule == "plateau":
            return Plateau(rate, recipe.patience, recipe.drops, stop)
        return Fixed(recipe.schedule, rate, recipe.epochs, stop)

    @property
    def stop(self) -> bool:
        """Whether the run should end early."""
        return self.early_stop is not None and self.since_best >= self.early_stop

    def to_dict(self) -> dict:
        """Return the state for a checkpoint; ``best`` is None before the first epoch."""
        return {**vars(self), "best": None if self.best == math.inf else self.best}

    @classmethod
    def from_dict(cls, values: dict) -> "Rule":
        """Return the rule in the state that ``to_dict`` described."""
        kind = Fixed if "kind" in values else Plateau
        return kind(**{**values, "best": math.inf if values["best"] is None else values["best"]})


@dataclass
class Plateau(Rule):
    """Divides the rate by 10 when the validation error has stopped falling (paper section 5).

    The paper did so by hand, three times. Here: after ``patience`` epochs in a row without a new
    lowest error, at most ``drops`` times.

    Examples
    --------
    >>> from helpers.training import Recipe
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
    best: float = math.inf
    waited: int = 0  # epochs since the lowest error or the last drop
    since_best: int = 0

    def see(self, error: float) -> None:
        """Take note of an epoch's validation error; may lower ``rate``."""
        if error < self.best:
            self.best, self.waited, self.since_best = error, 0, 0
            return
        self.waited += 1
        self.since_best += 1
        if self.waited >= self.patience and self.drops > 0:
            self.rate = _tenth(self.rate)
            self.drops -= 1
            self.waited = 0


@dataclass
class Fixed(Rule):
    """A rate that depends on the epoch alone, whatever the validation error is.

    ``"cosine"`` falls along half a wave towards 0, ``"step"`` is a tenth in the last third of the
    epochs, ``"constant"`` stays. ``seen`` counts the epochs so far.

    Examples
    --------
    >>> rule, rates = Fixed("step", 0.01, epochs=3), []
    >>> for error in (0.5, 0.4, 0.3):
    ...     rates.append(rule.rate)
    ...     rule.see(error)
    >>> rates
    [0.01, 0.01, 0.001]
    """

    kind: str
    first: float
    epochs: int
    early_stop: int | None = None
    best: float = math.inf
    seen: int = 0
    since_best: int = 0

    @property
    def rate(self) -> float:
        """The learning rate of the epoch that comes next."""
        share = min(1.0, self.seen / self.epochs)
        if self.kind == "cosine":
            return self.first * (1 + math.cos(math.pi * share)) / 2
        last = self.kind == "step" and 3 * self.seen >= 2 * self.epochs
        return _tenth(self.first) if last else self.first

    def see(self, error: float) -> None:
        """Take note of an epoch's validation error."""
        self.seen += 1
        self.since_best += 1
        if error < self.best:
            self.best, self.since_best = error, 0


def _tenth(rate: float) -> float:
    """Return a tenth of a rate, not of a rounded number: 0.01 must become exactly 0.001."""
    return float(f"{rate / 10:.12g}")


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
