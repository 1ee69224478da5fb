"""Other people's weights: read (``torch_file``), found (``published``), brought into our layout."""

from helpers.lazy import hand_out

# Loaded when first asked for.
_MODULES = {
    "layout": (
        "CAFFE_MEAN TORCHVISION TORCHVISION_MEAN TORCHVISION_STD caffe_preprocessing "
        "channels_last check_fit copy_into draw expected_shapes from_bgr "
        "load_torchvision patches torchvision_preprocessing"
    ),
}
__getattr__, __all__ = hand_out(__name__, _MODULES)
