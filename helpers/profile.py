"""Quick or full: how much a notebook computes, and what it says about that first."""

import importlib
import logging
import os
import platform
from importlib import metadata

from helpers.errors import UserError

PROFILES = ("quick", "full")


def current() -> str:
    """Return ``"quick"`` or ``"full"``: ``ALEXNET_PROFILE``, else full where there is a GPU.

    Examples
    --------
    >>> os.environ["ALEXNET_PROFILE"] = "quick"
    >>> current()
    'quick'
    """
    chosen = os.environ.get("ALEXNET_PROFILE")
    if chosen is None:
        return "full" if accelerators() else "quick"
    if chosen not in PROFILES:
        raise UserError(f"ALEXNET_PROFILE must be 'quick' or 'full', got {chosen!r}.")
    return chosen


def accelerators() -> list[str]:
    """Return the names of the GPUs that the Keras backend sees; empty on a laptop without one."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return [str(d) for d in jax.devices() if d.platform != "cpu"]
    import tensorflow as tf

    return [d.name for d in tf.config.list_physical_devices("GPU")]


def exact_float32() -> None:
    """Let float32 be float32 on GPUs that would round products to TF32, 10 bits for 23.

    The chapters compare convolutions by hand, by loop and by library to some 1e-5; TF32 differs in
    the third digit. Networks are trained in half precision there, so that nothing is lost.
    """
    import keras

    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
        return
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)


def banner(cpu: str, gpu: str = "not measured") -> None:
    """Print profile, device, versions and the expected time: the first output of a chapter.

    Parameters
    ----------
    cpu, gpu
        Expected times in words, for two cores without a GPU and for a machine with one.

    Examples
    --------
    >>> banner("about 20 s")  # doctest: +SKIP
    profile: quick · device: CPU, 2 cores · expected time: about 20 s
    """
    # TensorFlow's advice on retracing and on devices is no part of a chapter's output.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    found = accelerators()
    exact_float32()  # before a chapter compares anything
    device = f"GPU {', '.join(found)}" if found else f"CPU, {os.cpu_count()} cores"
    print(f"profile: {current()} · device: {device} · expected time: {gpu if found else cpu}")
    import keras

    # Not TensorFlow's entry among the packages: it may be called tensorflow-cpu or tf-nightly.
    backend = keras.backend.backend()
    versions = {backend: importlib.import_module(backend).__version__, "keras": keras.__version__}
    versions["numpy"] = metadata.version("numpy")
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    print(f"Python {platform.python_version()}, {said}")
