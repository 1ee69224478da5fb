"""What a notebook or a command runs in: profile, devices, versions, and a quiet start.

Quick or full says how much is computed. TensorFlow's start leaves out the lines that it always
writes; whatever else it says is shown.
"""

import contextlib
import importlib
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from helpers.errors import UserError

PROFILES = ("quick", "full")


def program() -> str:
    """Return how the command line was called, or is from here: messages advise it so.

    Examples
    --------
    >>> program()
    'python -m helpers'
    """
    name = "alexnet"
    return name if Path(sys.argv[0]).stem == name else "python -m helpers"


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


def as_recorded() -> bool:
    """Whether a chapter trains as long as its stored outputs say: quick profile, epochs not capped.

    Limits of what a training reaches hold for this alone (``book.checks.check_trained``).

    Examples
    --------
    >>> os.environ["ALEXNET_PROFILE"] = "full"
    >>> as_recorded()
    False
    """
    return current() == "quick" and not os.environ.get("ALEXNET_EPOCHS")


def accelerators() -> list[str]:
    """Return the names of the GPUs that the Keras backend sees; empty on a laptop without one."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return [str(d) for d in jax.devices() if d.platform != "cpu"]
    import tensorflow as tf

    return [d.name for d in tf.config.list_physical_devices("GPU")]


def described() -> dict:
    """Return machine and versions, without any path: what stands beside a run.

    Examples
    --------
    >>> "numpy" in described()["versions"]
    True
    """
    import keras

    found = {name: _version(name) for name in ("tensorflow", "jax", "keras", "numpy", "pillow")}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "accelerators": accelerators(),
        "backend": keras.backend.backend(),
        "versions": {name: version for name, version in found.items() if version},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


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


def deterministic() -> None:
    """Let operations give the same bits each time, where ``ALEXNET_DETERMINISTIC`` is 1.

    Raises
    ------
    UserError
        When it is neither 0 nor 1, or the backend is JAX, which has a switch of its own.
    """
    wanted = os.environ.get("ALEXNET_DETERMINISTIC") or "0"
    if wanted not in ("0", "1"):
        raise UserError(f"ALEXNET_DETERMINISTIC must be 0 or 1, got {wanted!r}.")
    if wanted == "0":
        return
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError(
            "ALEXNET_DETERMINISTIC takes TensorFlow; on JAX leave it out and set "
            "XLA_FLAGS=--xla_gpu_deterministic_ops=true."
        )
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


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


#: What its C++ side says while it is loaded and where there is no GPU; a line is left out when it
#: holds all words of one entry.
NOISE = (
    ("All log messages before absl::InitializeLog()",),
    ("oneDNN custom operations are on",),
    ("optimized to use available CPU instructions",),
    ("To enable the following instructions",),
    ("Could not find cuda drivers",),
    ("TF-TRT Warning",),
    ("Unable to register cu",),
    ("computation placer already registered",),
    ("failed call to cuInit", "(303)"),  # no driver on this machine
    ("failed call to cuInit", "NO_DEVICE"),
)


def is_noise(line: str) -> bool:
    """Whether a line is one that TensorFlow writes at every start.

    Examples
    --------
    >>> is_noise("E0000 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)")
    True
    >>> is_noise("E0000 cuda_platform.cc:52] failed call to cuInit: system not yet initialized")
    False
    """
    return not line.strip() or any(all(word in line for word in words) for words in NOISE)


def load_keras() -> None:
    """Import Keras with its backend and let TensorFlow look for GPUs, without the usual lines.

    Examples
    --------
    >>> load_keras()
    >>> "keras" in sys.modules
    True
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_noise():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.list_physical_devices()  # says then, and only once, that there is no GPU


@contextlib.contextmanager
def without_noise() -> Iterator[None]:
    """Hold back what is written to the standard error of the process; pass on all but ``NOISE``.

    C++ writes to the file descriptor and knows nothing of ``sys.stderr``.

    Examples
    --------
    >>> with without_noise():
    ...     pass
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said = file.read().decode("utf-8", "replace")
            told = [line for line in said.splitlines() if not is_noise(line)]
            if told:
                print("\n".join(told), file=sys.stderr, flush=True)
