"""Where a decision came from, and what a network has learnt.

* ``methods``: heat maps by five methods, reached as ``cam``
* ``scores``: whether to believe them
* ``maps``: heat maps of a run's pictures, behind the command ``explain``
* ``filters``: filters, activations, made pictures, neighbours

The functions of the first two are reached here.
"""

import importlib

# Loaded when first asked for.
_ROOMS = {
    "BATCH": "methods",
    "METHODS": "methods",
    "area_share": "scores",
    "cam": "methods",
    "check": "methods",
    "check_one_of": "methods",
    "convolution_layers": "methods",
    "curve_area": "scores",
    "default_layer": "methods",
    "deletion_curve": "scores",
    "energy_inside": "scores",
    "fitting_classes": "methods",
    "fitting_pictures": "methods",
    "gradcam_scratch": "methods",
    "insertion_curve": "scores",
    "normalise": "methods",
    "pointing_game": "scores",
    "randomised": "scores",
    "similarity": "scores",
}
__all__ = sorted(_ROOMS)


def __getattr__(name: str):
    """Import a public name from its room."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
