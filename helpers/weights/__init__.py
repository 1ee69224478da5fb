"""Other people's weights: read (``torch_file``), found (``published``), brought into our layout."""

import importlib

# Loaded when first asked for.
_ROOMS = {
    "CAFFE_MEAN": "layout",
    "TORCHVISION": "layout",
    "TORCHVISION_MEAN": "layout",
    "TORCHVISION_STD": "layout",
    "caffe_preprocessing": "layout",
    "channels_last": "layout",
    "check_fit": "layout",
    "copy_into": "layout",
    "draw": "layout",
    "expected_shapes": "layout",
    "from_bgr": "layout",
    "load_caffe": "layout",
    "load_torchvision": "layout",
    "patches": "layout",
    "torchvision_preprocessing": "layout",
}
__all__ = sorted(_ROOMS)


def __getattr__(name: str):
    """Import a public name from its room."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
