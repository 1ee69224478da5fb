"""Which precision a network is trained in: what the device is good at.

* bfloat16 on processors that multiply it (AVX512-BF16 or AMX: the paper's network was measured to
  train twice as fast) and on GPUs that do (compute capability 8 and above);
* float16 with a scaled loss on older GPUs, except from the paper's initial weights: there even
  scaled gradients of the first convolution are 80 % off, so single precision;
* single precision everywhere else.

The variable ``ALEXNET_PRECISION`` says it instead of the device, for runs that leave the choice.
Weights, loss and the finished network are float32 in each.
"""

import os
from pathlib import Path

import keras

from helpers import validate
from helpers.training.recipe import PRECISIONS

CPUINFO = Path("/proc/cpuinfo")
PROCESSOR_FLAGS = {"avx512_bf16", "amx_bf16"}
#: First GPUs that compute in bfloat16 (Ampere).
BFLOAT16_GPU = 8.0


def choose(wanted: str, initial: str) -> tuple[str, str]:
    """Return the Keras policy for a recipe on this machine, and what a user should be told.

    Parameters
    ----------
    wanted
        ``Recipe.precision``; all but ``"auto"`` is taken as it is. For ``"auto"`` the variable
        ``ALEXNET_PRECISION`` is asked first.
    initial
        ``Recipe.initial``.

    Returns
    -------
    policy, said
        Such as ``"mixed_bfloat16"``; a sentence, mostly empty.

    Raises
    ------
    UserError
        When the variable names no precision.

    Examples
    --------
    >>> choose("float32", "glorot")
    ('float32', '')
    """
    if wanted == "auto":
        wanted = os.environ.get("ALEXNET_PRECISION") or "auto"
        validate.one_of("ALEXNET_PRECISION", wanted, PRECISIONS)
    if wanted != "auto":
        return wanted, ""
    gpus = gpu_capabilities()
    if not gpus:
        return ("mixed_bfloat16" if processor_has_bfloat16() else "float32"), ""
    known = [capability for capability in gpus if capability is not None]
    if len(known) < len(gpus):  # no CUDA device: nobody knows
        return "float32", ""
    if min(known) >= BFLOAT16_GPU:
        return "mixed_bfloat16", ""
    if initial == "paper":
        return "float32", (
            "Training in float32: from the paper's initial weights the gradients are too small for "
            "this GPU's float16."
        )
    return "mixed_float16", ""


def gpu_capabilities() -> list[float | None]:
    """Return the compute capability of each GPU, None where it has no such number."""
    if keras.backend.backend() == "jax":
        import jax

        found = [device for device in jax.devices() if device.platform != "cpu"]
        return [_number(getattr(device, "compute_capability", None)) for device in found]
    import tensorflow as tf

    details = tf.config.experimental.get_device_details
    gpus = tf.config.list_physical_devices("GPU")
    return [_number(details(gpu).get("compute_capability")) for gpu in gpus]


def _number(capability) -> float | None:
    """Return (7, 5) or "7.5" as 7.5."""
    if isinstance(capability, tuple):
        capability = ".".join(map(str, capability))
    try:
        return float(capability)
    except (TypeError, ValueError):
        return None


def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16, and the backend makes use of it (TensorFlow)."""
    if keras.backend.backend() != "tensorflow":
        return False
    try:
        text = CPUINFO.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        return False
    lines = (line for line in text.splitlines() if line.startswith("flags"))
    return bool(PROCESSOR_FLAGS & set(next(lines, "").split()))
