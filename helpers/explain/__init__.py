"""Where a decision came from, and what a network has learnt.

* ``methods``: heat maps by five methods, reached as ``cam``
* ``scores``: whether to believe them
* ``maps``: heat maps of a run's pictures, behind the command ``explain``
* ``filters``: filters, activations, made pictures, neighbours

The functions of the first two are reached here.
"""

from helpers.lazy import hand_out

# Loaded when first asked for.
_MODULES = {
    "methods": (
        "BATCH METHODS cam check convolution_layers default_layer fitting_classes "
        "fitting_pictures gradcam_scratch maps_and_weights normalise"
    ),
    "scores": (
        "area_share covered curve_area deletion_curve energy_inside pointing_game randomised "
        "similarity"
    ),
}
__getattr__, __all__ = hand_out(__name__, _MODULES)
