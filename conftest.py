"""Settings for all tests, the chapters under nbval included."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent

# As in the Makefile, for whoever calls pytest directly. MPLBACKEND is left alone: a kernel would
# inherit it and show no figures; without a screen matplotlib takes Agg by itself.
os.environ.setdefault("ALEXNET_HOME", str(ROOT / "_build" / "home"))
os.environ.setdefault("ALEXNET_PROFILE", "quick")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("PYTHONHASHSEED", "0")
# The tests compare convolutions with references: no TF32 in the libraries of newer GPUs.
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")


def pytest_collectstart(collector):
    """Leave standard error out of nbval's comparison: TensorFlow's start-up lines come and go."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "image/svg+xml")  # PNG it leaves out by itself
