"""Changed picture files of every format: read, or refused in one sentence, fast and small.

``ALEXNET_FUZZ=200`` makes 200 of each format; the normal number is 20.
"""

import io
import json
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import tiny
from PIL import Image
from tiers import sample

COUNT = int(os.environ.get("ALEXNET_FUZZ", "20"))
SECONDS, BYTES = 2.0, 500_000_000
KINDS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA")

#: Reads file after file, and says of each what came out, in how many seconds of work; at the end
#: the most memory that the process had.
READER = """
import json, os, sys, time
from helpers import datasets
from helpers.errors import UserError
for path in sorted(os.scandir(sys.argv[1]), key=lambda entry: entry.name):
    begin = time.process_time()
    try:
        said = str(datasets.decode(path.path).shape)
    except UserError as error:
        said = str(error)
    print(json.dumps([path.name, said, time.process_time() - begin]), flush=True)
try:
    # Not getrusage, where the process counts from which this one was forked.
    status = open("/proc/self/status").read()
    print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
except OSError:
    print(0)
"""


def samples(kind: str) -> list[bytes]:
    """Return whole files of a format, in several modes and ways of compression."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (6, 7, 3), dtype=np.uint8)
    photo = Image.fromarray(small).resize((93, 71), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x112], exif[0x10E] = 6, "a picture"
    ways = {
        "JPEG": [{"exif": exif}, {"progressive": True}, {"comment": b"x" * 99}],
        "PNG": [{"exif": exif}, {"compress_level": 0}],
        "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"tiffinfo": exif}],
        "WEBP": [{"exif": exif}, {"lossless": True}],
        "TGA": [{}, {"compression": "tga_rle"}],
        "AVIF": [{"exif": exif}],
        "JPEG2000": [{}, {"irreversible": True}],
    }.get(kind, [{}])
    modes = {"JPEG": ("RGB", "L", "CMYK"), "PPM": ("RGB", "L", "1"), "AVIF": ("RGB", "RGBA")}
    modes |= {"GIF": ("RGB", "P"), "BMP": ("RGB", "P", "1"), "WEBP": ("RGB", "RGBA")}
    found = []
    for way in ways:
        for mode in modes.get(kind, ("RGB", "L", "RGBA", "LA" if kind != "BMP" else "L")):
            if (way.get("compression") == "jpeg") and mode not in ("RGB", "L"):
                continue
            file = io.BytesIO()
            photo.convert(mode).save(file, kind, **way)
            found.append(file.getvalue())
    return found


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return a file with bytes, a stretch or its length changed, mostly near its start."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        at = rng.randrange(min(len(data), rng.choice([40, 300, 10**9])))
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at] = rng.choice([0, 1, 127, 128, 255])
            case 2:
                data[at : at + 4] = rng.choice([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
            case 3:
                data[at : at + rng.randrange(1, 60)] = rng.randbytes(rng.randrange(60))
            case 4:
                del data[at : at + rng.randrange(1, 60)]
            case 5:
                data[at:at] = data[at : at + rng.randrange(1, 200)]
        data = data or bytearray(b"x")
    return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.1 else data)


@pytest.mark.parametrize("kind", sample(KINDS, 4))
def test_changed_files_are_read_or_refused_in_one_sentence(tmp_path, kind):
    rng, whole = random.Random(kind), samples(kind)
    ending = {"JPEG": "jpg", "JPEG2000": "jp2"}.get(kind, kind.lower())
    folder = tmp_path / "changed"
    folder.mkdir()
    for i in range(COUNT):
        (folder / f"{i:05d}.{ending}").write_bytes(changed(rng.choice(whole), rng))
    done = subprocess.run(
        [sys.executable, "-c", READER, folder],
        env=tiny.environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=30 + 3 * COUNT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # The library below Pillow's TIFF reader prints what it does not like.
    assert kind == "TIFF" or not done.stderr, done.stderr[-2000:]
    *lines, memory = done.stdout.splitlines()
    assert len(lines) == COUNT
    for name, said, seconds in map(json.loads, lines):
        if said != "(256, 256, 3)":
            assert f"{name} cannot be read as a picture: " in said
            assert said.endswith(".")
            assert "\n" not in said
        assert seconds < SECONDS, (name, said)
    assert int(memory) < BYTES
