"""What a training on N devices takes, from one device's measured speed: an estimate, on paper.

N devices count as N times as fast as one: no host waits for gradients or pictures. So the days are
a hopeful estimate; the bytes say what network and disks must carry for it to come true.
"""

from collections.abc import Sequence

import pandas as pd

from helpers.errors import UserError

IMAGES = 1_281_167  # ILSVRC-2012's training pictures
EPOCHS = 90  # paper section 5: "roughly 90 cycles"
BATCH = 128
#: Mean size of a training file: the 1,281,167 files come as one archive of 147,897,477,120 bytes.
BYTES_A_FILE = 147_897_477_120 / IMAGES


def images_seen(images: int = IMAGES, epochs: int = EPOCHS) -> int:
    """Return how many pictures pass through the network in all.

    Examples
    --------
    >>> images_seen()
    115305030
    """
    return images * epochs


def days(images: int, rate: float) -> float:
    """Return the days that ``images`` pictures take at ``rate`` pictures per second.

    Raises
    ------
    UserError
        When the rate is not above 0.

    Examples
    --------
    >>> round(days(images_seen(), 250), 1)
    5.3
    """
    if not rate > 0:
        raise UserError(f"rate must be a number of pictures per second above 0, got {rate}.")
    return images / rate / 86_400


def allreduce_bytes(parameters: int, devices: int) -> float:
    """Return the bytes that each device sends, and receives, for one step's gradients.

    A ring all-reduce sends every gradient, four bytes each, 2 (N - 1) / N times.

    Examples
    --------
    >>> allreduce_bytes(60_965_224, 2)
    243860896.0
    """
    return 2 * (devices - 1) / devices * 4 * parameters


def table(
    devices: Sequence[int],
    rate: float,
    parameters: int,
    *,
    images: int = IMAGES,
    epochs: int = EPOCHS,
    batch: int = BATCH,
) -> pd.DataFrame:
    """Return what N devices take when each computes ``rate`` pictures per second.

    Parameters
    ----------
    devices
        Numbers of devices, one row each.
    rate
        Measured pictures per second of one device.
    parameters
        Of the network; each is a gradient of four bytes.
    images, epochs, batch
        Training pictures, passes through them, and pictures per step over all devices.

    Returns
    -------
    pandas.DataFrame
        Index devices; ``images/s``, ``days``, ``input MB/s`` (JPEG files, over all devices),
        ``sent MB a step`` and ``sent MB/s`` (by each device).

    Examples
    --------
    >>> table([1, 8], 1000.0, 60_965_224)["days"].round(2).tolist()
    [1.33, 0.17]
    """
    rows = []
    for count in devices:
        speed, sent = count * rate, allreduce_bytes(parameters, count) / 1e6
        taken = days(images_seen(images, epochs), speed)
        rows.append((count, speed, taken, speed * BYTES_A_FILE / 1e6, sent, sent * speed / batch))
    columns = ["devices", "images/s", "days", "input MB/s", "sent MB a step", "sent MB/s"]
    return pd.DataFrame(rows, columns=columns).set_index("devices")
