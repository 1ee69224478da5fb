"""Three starts with the paper's initial weights (section 5), on the drawn pictures."""

from pathlib import Path

from helpers.training import Recipe
from results.record import copy, trained

RUNS = {
    "small_pixels_rate_0.01": {"scaling": 1 / 128, "learning_rate": 0.01, "epochs": 2},
    "small_pixels_rate_0.001": {"scaling": 1 / 128, "learning_rate": 0.001, "epochs": 2},
    "raw_pixels_rate_0.001": {"epochs": 6},
}


def make(out: Path = Path(__file__).parent) -> None:
    """Train those that are not there."""
    for name, settings in RUNS.items():
        if not (out / name / "history.csv").exists():
            with trained(Recipe(initial="paper", batch_size=32, **settings)) as run:
                copy(run, out / name, ("recipe.json", "environment.json", "history.csv"))
