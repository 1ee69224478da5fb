"""The one exception for input that the user can put right, and memory that ran out in words."""

import contextlib
from collections.abc import Iterator


class UserError(ValueError):
    """Bad input, told in one sentence: what was wrong, what was expected, what to do.

    The command line prints the sentence and leaves with exit status 2.

    Examples
    --------
    >>> raise UserError("--epochs must be at least 1, got 0.")
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: --epochs must be at least 1, got 0.
    """


@contextlib.contextmanager
def memory_told(batch_size: int) -> Iterator[None]:
    """Say in one sentence what to do when the memory of the device runs out.

    Parameters
    ----------
    batch_size
        Pictures in each batch of what is done inside.

    Raises
    ------
    MemoryError
        In place of what TensorFlow or JAX raises then, which fills a page.
    """
    try:
        yield
    except Exception as error:
        if not _out_of_memory(error):
            raise
        raise MemoryError(
            f"The device has no memory left for batches of {batch_size} pictures: another process "
            "may hold the GPU (nvidia-smi shows which; end it, or shut down its notebook), else "
            "take a lower --batch-size."
        ) from error


def _out_of_memory(error: Exception) -> bool:
    """Whether TensorFlow, JAX or Python ran out of memory; they have no type in common."""
    said = f"{type(error).__name__} {error}"
    words = ("ResourceExhausted", "RESOURCE_EXHAUSTED", "Out of memory", "OOM when allocating")
    return isinstance(error, MemoryError) or any(word in said for word in words)
