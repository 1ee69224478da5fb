"""Logits of two networks in PyTorch: ``logits.npz``.

PyTorch is no dependency of this book; install it beside it for this one script. Weights and
pictures come from NumPy generators (``weights.draw``, ``weights.patches``), so that only the logits
are stored. The two networks are written down here from their authors' layer lists, on purpose not
from our specifications.
"""

import hashlib
from pathlib import Path

import numpy as np

from helpers import architectures, weights
from helpers.errors import UserError
from helpers.files import write_atomic

try:
    import torch
    from torch import nn
except ImportError as error:
    raise UserError("references needs PyTorch; install it first: pip install torch.") from error

SEED = 0


def torchvision_net() -> nn.Sequential:
    """Return the layers of torchvision's AlexNet (torchvision/models/alexnet.py)."""
    return nn.Sequential(
        *_conv(3, 64, 11, stride=4, padding=2),
        nn.MaxPool2d(3, 2),
        *_conv(64, 192, 5, padding=2),
        nn.MaxPool2d(3, 2),
        *_conv(192, 384, 3, padding=1),
        *_conv(384, 256, 3, padding=1),
        *_conv(256, 256, 3, padding=1),
        nn.MaxPool2d(3, 2),
        nn.AdaptiveAvgPool2d((6, 6)),
        nn.Flatten(),
        nn.Dropout(),
        *_dense(256 * 6 * 6, 4096),
        nn.Dropout(),
        *_dense(4096, 4096),
        nn.Linear(4096, 1000),
    )


def caffe_net() -> nn.Sequential:
    """Return the layers of Caffe's AlexNet (bvlc_alexnet/train_val.prototxt).

    Groups of 2, LRN with alpha divided by the window and k = 1, pools that round up.
    """
    return nn.Sequential(
        *_conv(3, 96, 11, stride=4),
        nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        *_conv(96, 256, 5, padding=2, groups=2),
        nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        *_conv(256, 384, 3, padding=1),
        *_conv(384, 384, 3, padding=1, groups=2),
        *_conv(384, 256, 3, padding=1, groups=2),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Flatten(),
        *_dense(256 * 6 * 6, 4096),
        nn.Dropout(),
        *_dense(4096, 4096),
        nn.Dropout(),
        nn.Linear(4096, 1000),
    )


def _conv(channels: int, filters: int, kernel: int, **options) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(channels, filters, kernel, **options), nn.ReLU()


def _dense(inputs: int, units: int) -> tuple[nn.Module, nn.Module]:
    return nn.Linear(inputs, units), nn.ReLU()


def logits(network: nn.Sequential, tensors: dict, pictures: np.ndarray) -> np.ndarray:
    """Return what ``network`` makes of ``pictures`` (N, channels, height, width): (N, 1000)."""
    weighted = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    names = [name.removesuffix(".weight") for name in tensors if name.endswith(".weight")]
    for layer, name in zip(weighted, names, strict=True):
        layer.load_state_dict(
            {kind: torch.from_numpy(tensors[f"{name}.{kind}"]) for kind in ("weight", "bias")}
        )
    with torch.no_grad():
        return network.eval()(torch.from_numpy(np.ascontiguousarray(pictures))).numpy()


def digest(tensors: dict) -> str:
    """Return sixteen digits that tell whether a generator still draws the same weights."""
    total = hashlib.sha256()
    for tensor in tensors.values():
        total.update(np.ascontiguousarray(tensor).data)
    return total.hexdigest()[:16]


def references() -> dict[str, np.ndarray]:
    """Return logits and digests of the weights of both networks."""
    found = {}
    for name, network in (("torchvision", torchvision_net()), ("caffe", caffe_net())):
        arch = architectures.get(name)
        tensors, pictures = weights.draw(arch, SEED), weights.patches(arch, seed=SEED)
        if name == "torchvision":
            mean, std = np.float32(weights.TORCHVISION_MEAN), np.float32(weights.TORCHVISION_STD)
            pictures = (pictures / 255 - mean) / std
        else:
            pictures = (pictures - np.float32(weights.CAFFE_MEAN))[..., ::-1]  # RGB to BGR
        found[name] = logits(network, tensors, pictures.transpose(0, 3, 1, 2))
        found[f"{name}_weights"] = np.array(digest(tensors))
    return found


def make(out: Path = Path(__file__).parent) -> None:
    """Write the file, and say how large the logits are."""
    found = references()
    write_atomic(out / "logits.npz", lambda temporary: np.savez_compressed(temporary, **found))
    for name in ("torchvision", "caffe"):
        print(f"{name}: {found[name].shape}, largest {np.abs(found[name]).max():.2f}")
