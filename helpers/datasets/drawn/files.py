"""Whole drawn pictures with their masks, as files in ImageNet's layout.

Every picture has a random generator of its own, ``default_rng([seed, split, class, number])``,
so a picture does not depend on how many others are drawn.
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from helpers import files, validate
from helpers.datasets.drawn import hard
from helpers.datasets.drawn.bike import draw_bike
from helpers.datasets.drawn.scene import FINE, Canvas, Generator, picture_size
from helpers.datasets.drawn.ship import draw_ship
from helpers.datasets.folder import TITLES
from helpers.errors import UserError

CLASSES = tuple(sorted(TITLES))  # the index is the label
SPLITS = ("train", "val", "test")
# A file name is unique over all splits.
FIRST_NUMBER = {"train": 10001, "val": 50001, "test": 90001}
#: How many pictures ``ensure`` draws of each style, and how its folder is called.
STYLES = {"plain": ("embedded", (400, 100, 0)), "hard": ("drawn", (1600, 400, 400))}


DRAW = {"n03095699": draw_ship, "n03792782": draw_bike}


def _photograph(image: Image.Image, rng: Generator) -> Image.Image:
    """Return the picture as a poor camera would take it: blur, light, colour cast, noise."""
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    pixels = np.asarray(image, np.float32)
    gain = (rng.uniform(0.75, 1.2) * rng.normal(1, 0.05, 3)).astype(np.float32)
    haze, contrast = rng.uniform(-15, 20), rng.uniform(0.85, 1.15)
    grain = rng.standard_normal(pixels.shape[:2], dtype=np.float32)[..., None]
    pixels = (pixels * gain - 110) * contrast + 110 + haze + grain * rng.uniform(0.5, 5)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw(
    wnid: str, seed: int, split: str, number: int, style: str = "plain"
) -> tuple[Image.Image, Image.Image, int]:
    """Draw one picture.

    Parameters
    ----------
    wnid
        ``"n03792782"`` (mountain bike) or ``"n03095699"`` (container ship).
    seed, split, number
        Together with ``wnid`` they decide every random choice; ``split`` is "train", "val" or
        "test".
    style
        "plain", or "hard": smaller, turned, partly covered, with parts of the other class around.

    Returns
    -------
    tuple
        The RGB picture, its mask (mode "L", 255 inside the object) and its JPEG quality.

    Examples
    --------
    >>> picture, mask, quality = draw("n03792782", 0, "train", 0)
    >>> picture.mode, picture.size == mask.size, 50 <= quality <= 95
    ('RGB', True, True)
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), CLASSES.index(wnid), number])
    if style == "hard":
        picture, mask = hard.draw(CLASSES.index(wnid), rng, picture_size(rng))
    else:
        canvas = Canvas(*picture_size(rng))
        DRAW[wnid](canvas, rng)
        picture, mask = canvas.image.reduce(FINE), canvas.mask.reduce(FINE)
    picture = _photograph(picture, rng)
    mask = mask.point(lambda level: 255 if level >= 128 else 0)
    return picture, mask, int(rng.integers(55, 96))


def _write_one(
    folder: Path, seed: int, masks: bool, style: str, item: tuple[str, str, int]
) -> None:
    """Draw and write the picture ``item`` = (split, wnid, number), and its mask."""
    split, wnid, number = item
    picture, mask, quality = draw(wnid, seed, split, number, style)
    name = f"{wnid}_{FIRST_NUMBER[split] + number}"
    picture.save(folder / split / wnid / f"{name}.JPEG", "JPEG", quality=quality)
    if masks:
        mask.convert("1").save(folder / "masks" / split / wnid / f"{name}.png")


def _write_all(folder: Path, counts: dict[str, int], seed: int, masks: bool, style: str) -> None:
    """Write every picture below ``folder``; half of each count for each class."""
    items = []
    for split, count in counts.items():
        if not count:
            continue
        for label, wnid in enumerate(CLASSES):
            (folder / split / wnid).mkdir(parents=True)
            if masks:
                (folder / "masks" / split / wnid).mkdir(parents=True)
            items += [(split, wnid, number) for number in range((count + 1 - label) // 2)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(partial(_write_one, folder, seed, masks, style), items))


def _check(counts: dict[str, int], seed: int, style: str) -> None:
    """Refuse counts, seeds and styles that make no data set; no test part is one."""
    if style not in STYLES:
        raise UserError(f"style must be one of {', '.join(STYLES)}, got {style!r}.")
    for name, count in counts.items():
        validate.whole(name, count, least=0 if (name, count) == ("test", 0) else 2)
    validate.whole("seed", seed)


def make(
    folder: str | Path,
    train: int | None = None,
    val: int | None = None,
    seed: int = 0,
    masks: bool = True,
    *,
    test: int | None = None,
    style: str = "plain",
) -> Path:
    """Draw a data set into ``folder``, which appears whole or not at all.

    The layout is ImageNet's: ``train/n03792782/n03792782_10001.JPEG`` and so on, ``val/…``, and
    with ``masks`` the object masks ``masks/train/n03792782/n03792782_10001.png``.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty.
    train, val
        Number of pictures in each split, half of them of each class (at least 2); None: as many as
        the style has, 400 and 100 plain ones, 1,600 and 400 hard ones.
    seed
        Picks the pictures. A picture does not depend on ``train`` and ``val``.
    masks
        Whether to write the masks.
    test
        Number of pictures in a third split, 0 for none; None: as the style, 0 and 400, and none
        where ``train`` or ``val`` is given.
    style
        As in ``draw``.

    Returns
    -------
    Path
        ``folder``.

    Raises
    ------
    UserError
        If a count or the seed has no meaning, or ``folder`` is in use.

    Examples
    --------
    >>> import tempfile
    >>> folder = make(Path(tempfile.mkdtemp()) / "drawn", train=4, val=2)
    >>> len(list(folder.glob("train/*/*.JPEG"))), len(list(folder.glob("masks/val/*/*.png")))
    (4, 2)
    """
    _check({}, seed, style)
    folder, counts = Path(folder), dict(zip(SPLITS, _counts(style, train, val, test), strict=True))
    _check(counts, seed, style)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is in use; name a folder that is new or empty.")
    with files.whole_folder(folder) as beside:
        _write_all(beside, counts, seed, masks, style)
    return folder


def _counts(style: str, *asked: int | None) -> tuple[int, ...]:
    """Return how many pictures each split has, those of the style where nothing is asked."""
    usual = STYLES[style][1] if set(asked[:2]) == {None} else (*STYLES[style][1][:2], 0)
    return tuple(most if count is None else count for count, most in zip(asked, usual, strict=True))


def _key(counts: tuple[int, ...], seed: int) -> str:
    """Return a short hash of what decides the pictures: the counts, the seed, the code."""
    source = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(f"{counts} {seed} ".encode() + source).hexdigest()[:12]


def place(
    train: int | None = None,
    val: int | None = None,
    seed: int = 0,
    *,
    test: int | None = None,
    style: str = "plain",
) -> Path:
    """Return where the data set that ``ensure`` gives lies, whether it has been drawn or not.

    Examples
    --------
    >>> place(style="hard").name.startswith("drawn-")
    True
    """
    _check({}, seed, style)
    key = _key(_counts(style, train, val, test), seed)
    return files.home() / f"{STYLES[style][0]}-{key}"


def ensure(
    train: int | None = None,
    val: int | None = None,
    seed: int = 0,
    *,
    test: int | None = None,
    style: str = "plain",
) -> Path:
    """Return the folder of the drawn data set, drawing it the first time (some seconds).

    It lies below ``helpers.files.home()``. Two processes may call this at once: both draw, the
    first to finish moves its folder into place, and the other uses that one. A number left out is
    that of the style: 400 and 100 plain pictures; 1,600, 400 and 400 hard ones (a minute).

    Examples
    --------
    >>> ensure().name.startswith("embedded-")
    True
    """
    counts = _counts(style, train, val, test)
    folder = place(*counts[:2], seed, test=counts[2], style=style)
    if folder.is_dir():
        return folder
    try:
        return make(folder, *counts[:2], seed, test=counts[2], style=style)
    except (OSError, UserError):
        # Lost the race: the name is taken, and a folder of that name is always whole.
        if folder.is_dir():
            return folder
        raise


def _mask_path(path: str | Path) -> Path:
    """Return where the mask of the drawn picture ``path`` lies."""
    path = Path(path)
    wnid, split, folder = path.parent.name, path.parent.parent.name, path.parents[2]
    return folder / "masks" / split / wnid / f"{path.stem}.png"


def _open_mask(path: str | Path) -> Image.Image:
    """Return the mask of ``path`` as a picture of bytes 0 and 255."""
    found = _mask_path(path)
    if not found.is_file():
        raise UserError(f"{path} has no mask at {found}; only drawn pictures have masks.")
    return Image.open(found).convert("L")


def load_mask(path: str | Path) -> np.ndarray:
    """Return the object's mask of the drawn picture ``path``: bool (H, W), as large as it.

    A wheel counts as a whole disc; a rider, wake, shadow and what stands in front do not count.

    Raises
    ------
    UserError
        If the picture has no mask.
    """
    return np.asarray(_open_mask(path)) >= 128


def mask_square(path: str | Path, size: int = 256) -> np.ndarray:
    """Return the mask as ``datasets.decode`` shows the picture: bool (size, size).

    Shorter side to ``size``, then the central square (paper section 2).
    """
    mask = _open_mask(path)
    short = min(mask.size)
    left, top = (mask.width - short) // 2, (mask.height - short) // 2  # whole pixels, as there
    box = (left, top, left + short, top + short)
    return np.asarray(mask.resize((size, size), Image.BILINEAR, box=box)) >= 128
