"""Run every stage of ``make test-all``, one after the other, and say how long each took.

A stage that fails does not stop the next: one run tells everything that is wrong. With
``--minutes`` a stage that would not end in time is not begun, and is named: what has run is then
still judged, on a machine that is twice as slow, too.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field

PYTEST = (sys.executable, "-m", "pytest", "-q")
WORKERS = ("-n2", "--dist", "loadfile", "--no-loadscope-reorder")  # as in the Makefile


@dataclass(frozen=True)
class Stage:
    """A command, its usual minutes on two cores, and what it sets beside the environment."""

    name: str
    command: tuple[str, ...]
    minutes: float
    variables: dict[str, str] = field(default_factory=dict)


#: The short ones first: on a slow machine a long one would be begun in the place of three others.
STAGES = (
    Stage("make test", ("make", "test"), 25),
    Stage(
        "200 mutations of each format",
        (*PYTEST, "tests/datasets/test_fuzz.py"),
        0.5,
        {"ALEXNET_FUZZ": "200"},
    ),
    Stage("three sources", (sys.executable, "scripts/run_sources.py"), 5),
    Stage("recorded chapters in other settings", ("make", "settings"), 8),
    Stage("oldest versions", ("make", "floor-versions"), 5),
    Stage("thorough tests", (*PYTEST, "tests", "-m", "thorough", *WORKERS), 16),
    Stage("Colab's versions", ("make", "colab-versions"), 16),
)


def fits(stage: Stage, usual: float, taken: float, limit: float | None) -> bool:
    """Return whether a stage is likely to end within the limit.

    Parameters
    ----------
    stage
        The next one.
    usual, taken
        Minutes that the stages before it usually take, and that they have taken: their ratio is how
        slow this machine is; a fast one gets no credit.
    limit
        Minutes for all stages; None: as long as it takes.

    Examples
    --------
    >>> fits(STAGES[-1], usual=25, taken=40, limit=60)  # 16 minutes would be 26 here
    False
    """
    slowness = max(1.0, taken / usual) if usual else 1.0
    return limit is None or taken + slowness * stage.minutes <= limit


def main(arguments: list[str] | None = None) -> int:
    """Run the stages and print their minutes; 1 when one has failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, help="begin no stage that would end later")
    limit = parser.parse_args(arguments).minutes
    lines, failed, usual, taken = [], False, 0.0, 0.0
    for stage in STAGES:
        if not fits(stage, usual, taken, limit):
            lines.append(f"{'':9}  {stage.name}: NOT BEGUN, it would not end within {limit:g} min")
            continue
        print(f"=== {stage.name}", flush=True)
        status, minutes = run(stage)
        usual, taken, failed = usual + stage.minutes, taken + minutes, failed or status != 0
        lines.append(f"{minutes:5.1f} min  {stage.name}: {'failed' if status else 'passed'}")
    print("\n".join(lines), flush=True)
    return int(failed)


def run(stage: Stage) -> tuple[int, float]:
    """Run a stage; return its exit status and its minutes."""
    begun = time.monotonic()
    environment = {**os.environ, **stage.variables}
    status = subprocess.run(stage.command, env=environment, check=False).returncode
    return status, (time.monotonic() - begun) / 60


if __name__ == "__main__":
    sys.exit(main())
