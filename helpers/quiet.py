"""TensorFlow's start without the lines that it always writes, and with those that matter."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

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
    >>> load_keras()  # doctest: +SKIP
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
