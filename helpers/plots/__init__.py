"""Figures, by kind; each takes computed data and returns a ``Figure``.

* ``style``: palette, width, type size, and names that fit
* ``grids``: pictures side by side, heat maps over them
* ``curves``: over epochs, thresholds and probabilities
* ``matrices``: confusion matrices
* ``comparisons``: several results with their intervals
* ``chapters``: what one chapter alone draws
"""

import importlib

# Loaded when first asked for.
_ROOMS = {
    "cam_grid": "grids",
    "caption": "grids",
    "confusion": "matrices",
    "confusions": "matrices",
    "contact_sheet": "grids",
    "gallery": "grids",
    "grouped_sheet": "grids",
    "intervals": "comparisons",
    "learning_curves": "curves",
    "overlay": "grids",
    "overlays": "grids",
    "paired_differences": "comparisons",
    "precision_recall": "curves",
    "reliability": "curves",
    "roc": "curves",
    "thresholds": "curves",
}
__all__ = sorted(_ROOMS)


def __getattr__(name: str):
    """Import a public name from its room."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
