"""Figures, by kind; each takes computed data and returns a ``Figure``.

* ``style``: palette, width, type size, and names that fit
* ``stored`` and ``narrow``: what a notebook keeps of a figure, for a phone too
* ``grids``: pictures side by side, heat maps over them
* ``curves``: over epochs, thresholds and probabilities
* ``matrices``: confusion matrices
* ``comparisons``: several results with their intervals
* ``chapters``: what one chapter alone draws

``from helpers import plots`` is enough: ``plots.confusion``, ``plots.cam_grid``,
``plots.use_style``.
"""

from helpers.lazy import hand_out

# Loaded when first asked for.
_MODULES = {
    "grids": "cam_grid caption contact_sheet gallery grouped_sheet overlay overlays",
    "matrices": "confusion confusions",
    "comparisons": "intervals paired_differences",
    "curves": "learning_curves precision_recall reliability roc thresholds",
    "style": "PALETTE WIDTH percents use_style",
}
__getattr__, __all__ = hand_out(__name__, _MODULES)
