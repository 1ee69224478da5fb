"""What holds for all tests, the chapters under nbval included."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")  # no windows


def pytest_collectstart(collector):
    """Leave standard error out of nbval's comparison: TensorFlow's start-up lines come and go."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
