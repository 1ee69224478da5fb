"""Run every stage of ``make test-all``, one after the other, and say how long each took.

A stage that fails does not stop the next: one run tells everything that is wrong.
"""

import os
import subprocess
import sys
import time

PYTEST = (sys.executable, "-m", "pytest", "-q")
WORKERS = ("-n2", "--dist", "loadfile", "--no-loadscope-reorder")  # as in the Makefile
#: Name of each stage, its command, and what it sets beside the environment.
STAGES = (
    ("make test", ("make", "test"), {}),
    ("thorough tests", (*PYTEST, "tests", "-m", "thorough", *WORKERS), {}),
    (
        "200 mutations of each format",
        (*PYTEST, "tests/datasets/test_fuzz.py"),
        {"ALEXNET_FUZZ": "200"},
    ),
    ("three sources", (sys.executable, "scripts/run_sources.py"), {}),
    ("recorded chapters in other settings", ("make", "settings"), {}),
    ("Colab's versions", ("make", "colab-versions"), {}),
    ("oldest versions", ("make", "floor-versions"), {}),
)


def main() -> int:
    """Run the stages and print their minutes; 1 when one has failed."""
    lines, failed = [], False
    for name, command, variables in STAGES:
        print(f"=== {name}", flush=True)
        start = time.monotonic()
        status = subprocess.run(command, env={**os.environ, **variables}, check=False).returncode
        failed |= status != 0
        said = "failed" if status else "passed"
        lines.append(f"{(time.monotonic() - start) / 60:5.1f} min  {name}: {said}")
    print("\n".join(lines), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
