"""Pictures of several classes in one folder, the class at the beginning of each name.

As in ``train/cat.0.jpg, train/dog.0.jpg``. In: seeing that, and the command that sorts them.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from helpers.files import as_named, shown

#: What comes before a number, and what is between the two.
NUMBERED = re.compile(r"(.*?[^\W\d_])[\W_]*\d[\d\W_]*")
#: What cameras and programs begin names with: no class.
CAMERAS = frozenset(
    "img dsc dscn dscf pxl mvimg vid pano gopr imag p image picture photo bild scan "
    "screenshot whatsapp signal untitled unbenannt frame".split()
)
LEAST = 2  # pictures of a class
MOST = 50  # classes
SHORT = 8  # classes that a command names


def beginnings(names: Sequence[str]) -> list[str]:
    """Return the words that the names of pictures begin with; none where these mean no classes.

    Examples
    --------
    >>> beginnings(["cat.0.jpg", "cat.1.jpg", "dog_001.jpg", "dog_002.jpg"])
    ['cat', 'dog']
    >>> beginnings(["IMG_1.jpg", "IMG_2.jpg", "DSC_1.jpg", "DSC_2.jpg"])
    []
    """
    matches = [NUMBERED.fullmatch(Path(name).stem) for name in names]
    counts = Counter(match[1] for match in matches if match)
    words = sorted(word for word, count in counts.items() if count >= LEAST)
    if not 2 <= len(words) <= MOST or 10 * sum(counts[word] for word in words) < 9 * len(names):
        return []
    return [] if any(word.split()[0].casefold() in CAMERAS for word in words) else words


def advice(folder: Path, pictures: Sequence[Path]) -> str:
    """Return what to do where the pictures in one folder are of several classes, or ""."""
    words = beginnings([path.name for path in pictures])
    if not words:
        return ""
    more = f" and {len(words) - SHORT} more" if len(words) > SHORT else ""
    return (
        f"{folder} holds {len(pictures)} pictures in one folder, whose names begin with "
        f"{', '.join(map(shown, words[:SHORT]))}{more}; if these are the classes, sort them into "
        f"one folder a class{_command(folder, words)}."
    )


def _command(folder: Path, words: Sequence[str]) -> str:
    """Return a command that sorts them, for every system's shell; "" where one would be risky."""
    named = as_named(folder)
    archive = next(filter(os.path.isfile, (Path(named), *Path(named).parents)), None)
    place = folder.as_posix() if archive is None else Path(named).as_posix()
    if len(words) > SHORT or re.search(r"[\"'$`\\!%*?\[\],]", "".join([place, *words])):
        return ""
    begin, top, end = "from pathlib import Path; ", f"Path('{place}')", ""
    if archive is not None:  # unpacked first, into a folder beside it
        new = archive.with_name(f"{archive.name.partition('.')[0]}-sorted").as_posix()
        begin += "from helpers.datasets.archives import unpack; "
        begin += f"unpack('{archive.as_posix()}', '{new}'); "
        place = (Path(new) / Path(named).relative_to(archive)).as_posix()
        top, end = f"Path('{place}')", f"; it unpacks them first: then name {place}"
    return (
        f': python -c "{begin}d = {top}; [((d / c).mkdir(exist_ok=True), '
        f"f.rename(d / c / f.name)) for c in '{','.join(words)}'.split(',') "
        f"for f in list(d.glob(c + '[-_. (0-9]*'))]\"{end}"
    )
