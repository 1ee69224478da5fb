"""Every whole picture is read, rightly; every damaged one is named: files as people have them."""

import base64
import io
import os
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile, PngImagePlugin

from helpers import datasets
from helpers.__main__ import main
from helpers.errors import UserError

SIDE = 256


def photo(seed: int = 0, width: int = 300, height: int = 260) -> Image.Image:
    """Return something like a photograph: smooth, coloured, different in each corner."""
    rng = np.random.default_rng(seed)
    small = rng.integers(20, 236, (5, 6, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def read(folder, data: bytes, name: str = "x.jpg") -> np.ndarray:
    path = folder / name
    path.write_bytes(data)
    return datasets.decode(path).astype(int)


def far(one, other) -> float:
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).mean()


# --- Odd metadata ----------------------------------------------------------------------------


def exif_block(rng: random.Random, turn: int | None) -> bytes:
    """Return an EXIF block with the orientation among broken entries, or no block at all."""
    order = rng.choice("<>")
    entries = []
    for _ in range(rng.randrange(6)):
        tag = rng.choice([0x10E, 0x11A, 0x11B, 0x213, 0x100, 0x101, 0x8769, 0x8825, 0x9286, 0xA005])
        kind, count = rng.randrange(0, 14), rng.choice([0, 1, 2, 4, 2**31, 2**32 - 1])
        entries.append(struct.pack(f"{order}HHI", tag, kind, count) + rng.randbytes(4))
    if turn is not None:
        entries.append(struct.pack(f"{order}HHIHH", 0x112, 3, 1, turn, 0))
        rng.shuffle(entries)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    block = head + struct.pack(f"{order}H", len(entries)) + b"".join(entries)
    return (
        b"Exif\0\0" + block + rng.choice([b"", bytes(4), struct.pack(f"{order}I", 9), b"\xff" * 9])
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_jpeg_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def png_chunk(name: bytes, body: bytes, check: int | None = None) -> bytes:
    check = zlib.crc32(name + body) if check is None else check
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def with_png_chunks(data: bytes, *chunks: bytes) -> bytes:
    return data[:33] + b"".join(chunks) + data[33:]


def with_webp_chunks(data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    width, height = Image.open(io.BytesIO(data)).size
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    parts = [(b"VP8X", bytes([0b101100, 0, 0, 0]) + size)]
    body = b"".join(n + struct.pack("<I", len(b)) + b + bytes(len(b) % 2) for n, b in parts)
    body += data[12:]
    body += b"".join(n + struct.pack("<I", len(b)) + b + bytes(len(b) % 2) for n, b in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_odd_exif_never_makes_a_picture_unreadable(tmp_path, kind):
    clean = saved(photo(), kind)
    upright = {turn: read(tmp_path, saved(turned(turn), "PNG")) for turn in range(1, 9)}
    rng = random.Random(0)
    for i in range(150):
        turn = rng.choice([None, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65535])
        block = exif_block(rng, turn)
        if kind == "JPEG":
            data = with_jpeg_segments(clean, jpeg_segment(0xE1, block))
        elif kind == "PNG":
            data = with_png_chunks(clean, png_chunk(b"eXIf", block[6:]))
        else:
            data = with_webp_chunks(clean, (b"EXIF", block))
        found = read(tmp_path, data)
        wanted = upright[turn if turn in range(1, 9) else 1]
        assert far(found, wanted) < (0.01 if kind == "PNG" else 3), (i, turn, block)


def turned(turn: int) -> Image.Image:
    """Return what a viewer shows of the photo with this orientation."""
    pixels = np.asarray(photo())
    way = {1: "", 2: "h", 3: "hv", 4: "v", 5: "t", 6: "th", 7: "thv", 8: "tv"}[turn]
    for step in way:
        pixels = {"h": pixels[:, ::-1], "v": pixels[::-1], "t": pixels.swapaxes(0, 1)}[step]
    return Image.fromarray(np.ascontiguousarray(pixels))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_the_orientation_is_followed_in_every_format(tmp_path, kind, turn):
    exif = Image.Exif()
    exif[0x112] = turn
    options = {"tiffinfo": {0x112: turn}} if kind == "TIFF" else {"exif": exif, "quality": 95}
    found = read(tmp_path, saved(photo(), kind, **options), f"x.{kind.lower()}")
    assert far(found, read(tmp_path, saved(turned(turn), "PNG"))) < 4


def test_an_xmp_orientation_counts_where_exif_has_none(tmp_path):
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta tiff:Orientation="6"/>'
    data = with_jpeg_segments(saved(photo(), "JPEG", quality=95), jpeg_segment(0xE1, xmp))
    assert far(read(tmp_path, data), np.asarray(read(tmp_path, saved(turned(6), "PNG")))) < 3


def jpeg_oddities(rng: random.Random) -> list[bytes]:
    junk = rng.randbytes(rng.randrange(200))
    icc = b"ICC_PROFILE\0"
    return [
        jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + junk),
        jpeg_segment(0xE1, b"Exif\0\0" + junk),
        jpeg_segment(0xE1, junk),
        jpeg_segment(0xE2, icc + bytes([rng.randrange(256), rng.randrange(256)]) + junk),
        jpeg_segment(0xE2, icc),
        jpeg_segment(0xE2, b"MPF\0" + junk),
        jpeg_segment(0xE2, b"FPXR\0" + junk),
        jpeg_segment(
            0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0" + struct.pack(">I", 2**31) + junk
        ),
        jpeg_segment(0xED, b"Photoshop 3.0\x008BIM" + junk),
        jpeg_segment(0xFE, junk),
        jpeg_segment(0xFE, b"x" * 65000),
        jpeg_segment(0xEB, junk),
        jpeg_segment(0xE1, b""),
        jpeg_segment(0xE0, b""),
        jpeg_segment(0xE0, b"JFXX\0" + junk),
    ]


def png_oddities(rng: random.Random) -> list[bytes]:
    junk = rng.randbytes(rng.randrange(200))
    bomb = zlib.compress(bytes(5_000_000))
    return [
        png_chunk(b"tEXt", junk),
        png_chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000),
        png_chunk(b"zTXt", b"Comment\0\0" + bomb),
        png_chunk(b"zTXt", b"Comment\0\7" + junk),
        png_chunk(b"zTXt", b"Comment\0\0" + junk),
        png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0\xff\xfe" + junk),
        png_chunk(b"iTXt", junk),
        png_chunk(b"iCCP", b"profile\0\0" + bomb),
        png_chunk(b"iCCP", b"profile\0\5" + junk),
        png_chunk(b"iCCP", junk),
        png_chunk(b"pHYs", b""),
        png_chunk(b"pHYs", junk[:5]),
        png_chunk(b"gAMA", b"\0"),
        png_chunk(b"cHRM", b"\0" * 3),
        png_chunk(b"sRGB", b""),
        png_chunk(b"sRGB", b"\xff"),
        png_chunk(b"eXIf", junk),
        png_chunk(b"tIME", junk),
        png_chunk(b"acTL", b"\0"),
        png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  9\nxyz"),
        png_chunk(b"tEXt", b"Comment\0hello", check=1),
        png_chunk(b"eXIf", junk, check=5),
    ]


@pytest.mark.parametrize(
    ("kind", "oddities", "insert"),
    [("JPEG", jpeg_oddities, with_jpeg_segments), ("PNG", png_oddities, with_png_chunks)],
)
def test_no_comment_profile_or_text_stands_in_the_way(tmp_path, kind, oddities, insert):
    rng = random.Random(1)
    clean = saved(photo(), kind)
    wanted = read(tmp_path, clean)
    for number, odd in enumerate(odd for _ in range(4) for odd in oddities(rng)):
        assert (read(tmp_path, insert(clean, odd)) == wanted).all(), number
    for _ in range(30):
        several = [rng.choice(oddities(rng)) for _ in range(4)]
        assert (read(tmp_path, insert(clean, *several)) == wanted).all()


def test_many_long_texts_and_a_long_profile(tmp_path):
    texts = PngImagePlugin.PngInfo()
    for i in range(100):
        texts.add_text(f"k{i}", "y" * 900_000, zip=True)
    picture = photo()
    wanted = read(tmp_path, saved(picture, "PNG"))
    assert (read(tmp_path, saved(picture, "PNG", pnginfo=texts)) == wanted).all()
    profile = random.Random(0).randbytes(3_000_000)
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF"):
        data, plain = (saved(picture, kind, icc_profile=p, quality=90) for p in (profile, None))
        assert (read(tmp_path, data) == read(tmp_path, plain)).all(), kind


def test_odd_tags_of_tiff_and_avif(tmp_path):
    rng = random.Random(2)
    picture = photo()
    wanted = read(tmp_path, saved(picture, "PNG"))
    for _ in range(60):
        plain = bytearray(
            saved(picture, "TIFF", tiffinfo={0x10E: "a" * 4, 0x131: "b", 0x132: "c" * 20})
        )
        (at,) = struct.unpack_from("<I", plain, 4)
        (count,) = struct.unpack_from("<H", plain, at)
        for i in range(count):
            entry = at + 2 + 12 * i
            if struct.unpack_from("<H", plain, entry)[0] in (0x10E, 0x131, 0x132, 282, 283, 296):
                new = rng.choice([0x11A, 0x11B, 0x8769, 0x8649, 0x83BB, 0x02BC, 0x8773, 0x9C9B])
                kind, number = rng.randrange(0, 14), rng.choice([0, 1, 9, 2**32 - 1])
                struct.pack_into("<HHI", plain, entry, new, kind, number)
        assert (read(tmp_path, bytes(plain), "x.tif") == wanted).all()
    avif = read(tmp_path, saved(picture, "AVIF", quality=95))
    for _ in range(30):
        data = saved(picture, "AVIF", quality=95, exif=exif_block(rng, None)[6:])
        assert (read(tmp_path, data) == avif).all()


# --- Depths and colours ----------------------------------------------------------------------


def ramp(levels: int) -> np.ndarray:
    """Return grey values from 0 to 1 along x, in so many steps, 256×256."""
    steps = np.minimum(np.arange(SIDE) * levels // SIDE, levels - 1)
    return np.tile(steps / (levels - 1), (SIDE, 1))


def tiff(values: np.ndarray, bits: int, form: int, order: str = "<", white_is_zero=False) -> bytes:
    """Return an uncompressed grey TIFF written by hand."""
    return tiff_of(values[..., None], bits, int(not white_is_zero), form=form, order=order)


def tiff_of(
    pixels: np.ndarray,
    bits: int,
    photometric: int | None,
    *,
    form: int = 1,
    order: str = "<",
    planes: bool = False,
    rows: int = SIDE,
    packed: bool = False,
    big: bool = False,
    more: dict[int, list[int]] | None = None,
) -> bytes:
    """Return a TIFF of (height, width, channels), written by hand: so many rows a strip."""
    kind, channels = np.dtype(f"{order}{'?uif'[form]}{bits // 8}"), pixels.shape[2]
    parts = np.split(pixels, channels, axis=2) if planes else [pixels]
    strips = [
        part[top : top + rows].astype(kind).tobytes()
        for part in parts
        for top in range(0, len(pixels), rows)
    ]
    strips = [zlib.compress(strip) for strip in strips] if packed else strips
    sizes = [len(strip) for strip in strips]
    start = 16 if big else 8
    offsets = [start + sum(sizes[:i]) for i in range(len(sizes))]
    tags = {256: [pixels.shape[1]], 257: [len(pixels)], 258: [bits] * channels}
    tags |= {259: [8 if packed else 1], 277: [channels], 278: [rows], 284: [1 + planes]}
    tags |= {273: offsets, 279: sizes, 339: [form] * channels} | (more or {})
    tags |= {} if photometric is None else {262: [photometric]}
    at, entry, count, room = start + sum(sizes), *(("Q", "Q", 8) if big else ("I", "H", 4))
    entries, behind = b"", b""
    free = at + struct.calcsize(f"<{count}") + len(tags) * (20 if big else 12) + room
    for tag, values in sorted(tags.items()):
        letter = "I" if tag in (273, 279) else "H"
        field = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(field) > room:
            field, behind = struct.pack(f"{order}{entry}", free + len(behind)), behind + field
        head = struct.pack(f"{order}HH{entry}", tag, 4 if letter == "I" else 3, len(values))
        entries += head + field.ljust(room, b"\0")
    mark = b"II" if order == "<" else b"MM"
    first = struct.pack(f"{order}HHHQ", 43, 8, 0, at) if big else struct.pack(f"{order}HI", 42, at)
    table = struct.pack(f"{order}{count}", len(tags)) + entries + bytes(room)
    return mark + first + b"".join(strips) + table + behind


def depth_cases() -> dict[str, tuple[bytes, int]]:
    grey = ramp(256)
    full = (grey * 65535).round()
    cases = {}
    for bits in (1, 2, 4, 8):
        step = (ramp(2**bits) * (2**bits - 1)).round().astype(np.uint8)
        cases[f"{bits}bit.png"] = (png_of(step, bits), 2**bits)
    cases["16bit.png"] = (saved(Image.fromarray(full.astype(np.uint16)), "PNG"), 256)
    cases["16le.tif"] = (tiff(full, 16, 1), 256)
    cases["16be.tif"] = (tiff(full, 16, 1, ">"), 256)
    cases["white_is_zero.tif"] = (tiff(65535 - full, 16, 1, white_is_zero=True), 256)
    cases["32of8.tif"] = (tiff(grey * 255, 32, 2), 256)
    cases["32of16.tif"] = (tiff(full, 32, 2), 256)
    cases["32wide.tif"] = (tiff(grey * 2e9 - 1e9, 32, 2), 256)
    cases["signed16.tif"] = (tiff(full - 32768, 16, 2, ">"), 256)
    for name, low, high in (
        ("unit", 0, 1),
        ("bytes", 0, 255),
        ("metres", -50, 3000),
        ("tiny", 0, 1e-3),
    ):
        if name != "tiny":
            cases[f"{name}.tif"] = (tiff(low + grey * (high - low), 32, 3, "<"), 256)
            cases[f"{name}_be.tif"] = (tiff(low + grey * (high - low), 32, 3, ">"), 256)
    pgm = full.astype(">u2").tobytes()
    cases["16.pgm"] = (b"P5 256 256 65535\n" + pgm, 256)
    cases["12.pgm"] = (b"P5 256 256 4095\n" + (grey * 4095).round().astype(">u2").tobytes(), 256)
    cases["8.pgm"] = (b"P5 256 256 255\n" + (grey * 255).round().astype(np.uint8).tobytes(), 256)
    cases["plain.pgm"] = (
        b"P2 256 256 255\n"
        + b" ".join(b"%d" % v for v in (grey * 255).round().astype(int).ravel()),
        256,
    )
    cases["16.jp2"] = (saved(Image.fromarray(full.astype(np.uint16)), "JPEG2000"), 256)
    return cases


def png_of(values: np.ndarray, bits: int) -> bytes:
    """Return a grey PNG of few bits, written by hand."""
    flat = np.unpackbits(values[..., None], axis=-1)[..., -bits:].reshape(len(values), -1)
    rows = np.packbits(flat, axis=1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    body = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", zlib.compress(lines))
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("name", depth_cases())
def test_every_depth_runs_from_black_to_white(tmp_path, name):
    data, levels = depth_cases()[name]
    found = read(tmp_path, data, name)
    assert np.abs(found - (ramp(levels) * 255)[..., None]).max() <= 2


def test_what_is_no_number_does_no_harm(tmp_path):
    values = ramp(256).copy()
    values[100:120, 100:140] = [np.nan, np.inf, -np.inf, 0.5] * 10
    found = read(tmp_path, tiff(values, 32, 3), "nan.tif")
    assert found[110, 100:104, 0].tolist() == [0, 255, 0, 128]
    for odd in (np.nan, np.inf, -np.inf, 7.0, -3.0, 1e38):
        found = read(tmp_path, tiff(np.full((SIDE, SIDE), odd), 32, 3), "flat.tif")
        assert np.ptp(found) == 0


def test_a_dark_picture_of_more_bits_stays_dark(tmp_path):
    dark = np.full((SIDE, SIDE), 200.0)
    dark[0, 0] = 5000  # else it were taken for one of fewer bits
    for name, data in (
        ("a.png", saved(Image.fromarray(dark.astype(np.uint16)), "PNG")),
        ("a.pgm", b"P5 256 256 65535\n" + dark.astype(">u2").tobytes()),
        ("a.tif", tiff(dark, 16, 1, ">")),
    ):
        assert np.median(read(tmp_path, data, name)) == 1, name


def cmyk_jpeg(ink: tuple[int, ...], marked: bool, inverted: bool) -> bytes:
    """Return a CMYK JPEG; Pillow writes Adobe's marker, and 0 for full ink."""
    picture = Image.new("CMYK", (64, 64), ink)
    if not inverted:
        picture = Image.new("CMYK", (64, 64), tuple(255 - value for value in ink))
    data = saved(picture, "JPEG", quality=100)
    at = data.index(b"\xff\xeeAdobe"[:2])
    return data if marked else data[:at] + data[at + 16 :]


@pytest.mark.parametrize(
    ("ink", "colour"),
    [
        ((0, 255, 255, 0), (255, 0, 0)),
        ((255, 255, 0, 40), (0, 0, 215)),
        ((0, 0, 0, 100), (155,) * 3),
    ],
)
def test_ink_with_and_without_its_marker(tmp_path, ink, colour):
    for marked, inverted in ((True, True), (False, True), (False, False)):
        found = read(tmp_path, cmyk_jpeg(ink, marked, inverted))
        assert far(found[128, 128], colour) < 5, (marked, inverted)
    assert far(read(tmp_path, saved(Image.new("CMYK", (64, 64), ink), "TIFF"))[9, 9], colour) < 5


def test_lab(tmp_path):
    red = Image.frombytes("LAB", (64, 64), bytes([136, 80, 67]) * 4096)
    assert far(read(tmp_path, saved(red, "TIFF"), "lab.tif")[99, 99], (255, 0, 0)) < 8


def drawing(colour, opaque=(), size=200) -> Image.Image:
    """Return a cross of one colour on transparent ground."""
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[90:110], pixels[:, 90:110] = (*colour, 255), (*colour, 255)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "GIF", "TGA", "JPEG2000", "ICO"])
@pytest.mark.parametrize(
    ("colour", "ground"),
    [
        ((0, 0, 0), 255),
        ((255, 255, 255), 0),
        ((240, 245, 240), 0),
        ((200, 30, 30), 255),
        ((255, 255, 0), 255),
        ((180, 180, 180), 255),
    ],
)
def test_a_drawing_on_transparent_ground_never_vanishes(tmp_path, kind, colour, ground):
    options = {"sizes": [(200, 200)]} if kind == "ICO" else {}
    options |= {"lossless": True} if kind == "WEBP" else {}
    found = read(tmp_path, saved(drawing(colour), kind, **options), f"x.{kind.lower()}")
    assert far(found[20, 20], (ground,) * 3) < 6
    assert far(found[128, 20], colour) < 6


def test_grey_and_palette_with_alpha(tmp_path):
    for value, ground in ((0, 255), (255, 0)):
        grey = drawing((value,) * 3).convert("LA")
        few = drawing((value,) * 3).quantize(8)
        listed = Image.new("P", (200, 200), 1)
        listed.putpalette([value] * 3 + [9, 200, 9])
        listed.paste(0, (0, 90, 200, 110))
        files = [saved(grey, "PNG"), saved(few, "PNG"), saved(listed, "PNG", transparency=1)]
        files.append(saved(listed, "GIF", transparency=1))
        deep = np.full((200, 200), 65535, np.uint16)
        deep[90:110] = 257 * value + (1 if value == 0 else -1)
        clear = with_png_chunks(
            saved(Image.fromarray(deep), "PNG"), png_chunk(b"tRNS", b"\xff\xff")
        )
        files.append(clear)
        for number, data in enumerate(files):
            found = read(tmp_path, data, "x.png")
            assert far(found[20, 20], (ground,) * 3) < 3, number
            assert far(found[128, 20], (value,) * 3) < 3, number


def test_a_photograph_with_clear_corners_is_laid_on_white(tmp_path):
    picture = photo().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 60, 60))
    found = read(tmp_path, saved(picture, "PNG"), "x.png")
    assert (found[5, 5] == 255).all()
    assert far(found[100:], read(tmp_path, saved(photo(), "PNG"))[100:]) == 0


def test_of_several_frames_the_first(tmp_path):
    frames = [photo(seed) for seed in range(3)]
    wanted = read(tmp_path, saved(frames[0], "PNG"))
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF", "MPO"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        assert far(read(tmp_path, data), wanted) < 9, kind


ENDINGS = {
    "JPEG": ".jpg .JPG .jpeg .jpe .jfif", "PPM": ".ppm .pgm .pnm", "JPEG2000": ".jp2 .j2k",
    "WEBP": ".webp", "AVIF": ".avif", "TGA": ".tga", "BMP": ".bmp", "ICO": ".ico", "TIFF": ".tif",
    "GIF": ".gif", "PNG": ".png", "PCX": ".pcx", "SGI": ".sgi",
}  # fmt: skip


def test_every_ending_is_read_through_the_command(tmp_path, capsys):
    count = 0
    for kind, endings in ENDINGS.items():
        for ending in endings.split():
            for i, name in enumerate(("cat", "dog")):
                picture = photo(i).resize((64, 64)) if kind == "ICO" else photo(i)
                for k in range(2):
                    path = tmp_path / "all" / name / f"{kind}{k}{ending}"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    options = {"no_jp2": ending == ".j2k"} if kind == "JPEG2000" else {}
                    path.write_bytes(saved(picture, kind, **options))
                    count += 1
    assert main(["data", str(tmp_path / "all")]) == 0
    assert f"{count} pictures, 2 classes" in capsys.readouterr().out


# --- What Pillow reads wrongly without a word -------------------------------------------------


def channels(count: int) -> np.ndarray:
    """Return so many smooth channels that differ from each other, 0 to 1: (256, 256, count)."""
    planes = [np.asarray(photo(seed, SIDE, SIDE))[..., 0] for seed in range(count)]
    return np.stack(planes, axis=-1) / 255


RGB, INKS, ALPHA = channels(3), channels(4) * 0.6, channels(4)
ON_WHITE = RGB * ALPHA[..., 3:] + 1 - ALPHA[..., 3:]
PRINTED = (1 - INKS[..., :3]) * (1 - INKS[..., 3:])
GREY = ramp(256)[..., None]
DEEP = (GREY * 65535).round()
BELOW_AND_ABOVE = (GREY * 255).round() - 128
#: A palette as old programs wrote it, of 8 bits where 16 belong: all reds, all greens, all blues.
SHORT_PALETTE = np.stack([np.arange(256), np.arange(256)[::-1], np.arange(256) // 2])
BYTES = (GREY * 255).round()
COLOURED = SHORT_PALETTE.T[BYTES[..., 0].astype(int)] / 255
WHOLE_RANGE = (GREY * (2**32 - 1)).round()

#: Pixels, bits, photometric interpretation and options, and what they show, 0 to 1.
TIFFS = {
    "planes of 16": (RGB * 65535, 16, 2, {"planes": True}, RGB),
    "planes of 16, big-endian": (RGB * 65535, 16, 2, {"planes": True, "order": ">"}, RGB),
    "planes of 16, strips": (RGB * 65535, 16, 2, {"planes": True, "rows": 100}, RGB),
    "planes of 16, packed": (RGB * 65535, 16, 2, {"planes": True, "packed": True}, RGB),
    "planes of 16, BigTIFF": (RGB * 65535, 16, 2, {"planes": True, "big": True}, RGB),
    "planes of 8": (RGB * 255, 8, 2, {"planes": True, "rows": 100}, RGB),
    "interleaved 16": (RGB * 65535, 16, 2, {"rows": 100}, RGB),
    "planes with alpha": (ALPHA * 65535, 16, 2, {"planes": True, "more": {338: [2]}}, ON_WHITE),
    "planes of ink": (INKS * 65535, 16, 5, {"planes": True}, PRINTED),
    "packed signed": (DEEP - 32768, 16, 1, {"form": 2, "order": ">", "packed": True}, GREY),
    "packed long": (DEEP - 32768, 32, 1, {"form": 2, "order": ">", "packed": True}, GREY),
    "packed float": (GREY, 32, 1, {"form": 3, "order": ">", "packed": True}, GREY),
    "little-endian float": (GREY, 32, 1, {"form": 3, "packed": True}, GREY),
    "signed bytes": (BELOW_AND_ABOVE, 8, 1, {"form": 2}, GREY),
    "no sign": (WHOLE_RANGE, 32, 1, {}, GREY),
    "short palette": (BYTES, 8, 3, {"more": {320: SHORT_PALETTE.ravel().tolist()}}, COLOURED),
}  # fmt: skip


@pytest.mark.parametrize("name", TIFFS)
def test_tiff_is_read_as_it_was_written(tmp_path, name):
    pixels, bits, photometric, options, wanted = TIFFS[name]
    pixels = pixels if options.get("form") == 3 else pixels.round()
    found = read(tmp_path, tiff_of(pixels, bits, photometric, **options), "x.tif")
    assert np.abs(found - 255 * wanted).max() <= 3


TWO, PLANES = channels(2) * 255, "plane by plane"
UNREAD = {
    "grey with alpha": (TWO, 1, {"planes": True, "packed": True, "more": {338: [2]}}, PLANES),
    "a channel without a name": (ALPHA * 255, 2, {"planes": True, "packed": True}, PLANES),
    "Lab": (RGB * 255, 8, {"planes": True}, PLANES),
    "nothing said": (GREY * 255, None, {}, "whether 0 is black or white"),
    "colours that are floats": (RGB, 2, {"form": 3}, "it is a TIFF file, but it is damaged, or"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREAD)
def test_tiff_that_cannot_be_read_rightly_is_refused(tmp_path, name):
    pixels, photometric, options, said = UNREAD[name]
    bits = 32 if options.get("form") == 3 else 8
    data = tiff_of(pixels if bits == 32 else pixels.round(), bits, photometric, **options)
    with pytest.raises(UserError, match=rf"x\.tif cannot be read as a picture: .*{said}.*save it"):
        read(tmp_path, data, "x.tif")


def test_what_is_refused_is_skipped_by_the_command(tmp_path, capsys):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            (tmp_path / name / f"{i}.png").write_bytes(saved(photo(i), "PNG"))
    (tmp_path / "cat" / "lab.tif").write_bytes(tiff_of(RGB * 255, 8, 8, planes=True))
    assert main(["data", str(tmp_path)]) == 2
    assert "lab.tif" in capsys.readouterr().err
    assert main(["data", str(tmp_path), "--skip-unreadable"]) == 0


@pytest.mark.parametrize("turn", range(1, 9))
def test_bigtiff_names_its_orientation_too(tmp_path, turn):
    pixels = np.asarray(photo()).astype(float)
    data = tiff_of(pixels, 8, 2, big=True, rows=260, more={274: [turn]})
    assert (read(tmp_path, data, "x.tif") == read(tmp_path, saved(turned(turn), "PNG"))).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_the_transparent_grey_of_few_bits(tmp_path, bits):
    steps = (ramp(2**bits) * (2**bits - 1)).round().astype(np.uint8)
    clear = 2**bits // 2
    data = with_png_chunks(png_of(steps, bits), png_chunk(b"tRNS", struct.pack(">H", clear)))
    wanted = np.where(steps == clear, 255, ramp(2**bits) * 255)
    assert np.abs(read(tmp_path, data, "x.png")[..., 0] - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["TGA", "BMP", "PNG", "WEBP", "TIFF"])
def test_a_picture_of_which_nothing_is_visible(tmp_path, kind):
    """Many programs write TGA and BMP so; of the others every viewer shows nothing."""
    clear = photo(0, SIDE, SIDE).convert("RGBA")
    clear.putalpha(0)
    wanted = np.asarray(photo(0, SIDE, SIDE), int) if kind in ("TGA", "BMP") else 255
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    assert (read(tmp_path, bytes(saved(clear, kind, **options)), name_of(kind)) == wanted).all()


@pytest.mark.parametrize(("named", "bit"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_targa_of_16_bits(tmp_path, named, bit):
    """The sixteenth bit says opaque, if the header says that it says anything."""
    red, green, blue = np.moveaxis((RGB * 31).round().astype(int), -1, 0)
    body = (bit << 15 | red << 10 | green << 5 | blue).astype("<u2").tobytes()
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, SIDE, SIDE, 16, 0x20 | named)
    wanted = (RGB * 31).round() / 31 * 255
    assert np.abs(read(tmp_path, head + body, "x.tga") - wanted).max() <= 8


def test_what_a_gif_leaves_free_is_white(tmp_path):
    """A first frame that is smaller than the screen, as browsers show it."""
    data = bytearray(saved(Image.new("P", (64, 64), 1), "GIF"))
    assert data[6:10] == struct.pack("<HH", 64, 64)
    data[6:10] = struct.pack("<HH", 128, 128)
    at = data.index(b",", 13 + 3 * 2 ** (1 + (data[10] & 7)))
    data[at + 1 : at + 5] = struct.pack("<HH", 32, 32)
    frame = read(tmp_path, saved(Image.new("P", (64, 64), 1), "GIF"), "x.gif")[128, 128]
    found = read(tmp_path, bytes(data), "x.gif")
    assert (found[10, 10] == 255).all()
    assert (found[128, 128] == frame).all()


#: Code streams of 16×16 pixels with 16 bits a colour, which Pillow cannot write: 65535 and 60000.
ALL_WHITE = base64.b85decode(
    "|4;u>051Rl0000G0000G00000000000000G0000G000000000000R#J0S^HI4*>!HQUDA9000310R#j90smY82S9*`"
    "h>-t~015yA0000i00IA#&-^eH6aZYWhtK>l6chkluZPe4FccI3T(5_KfPnwm"
)
LIGHT_GREY = base64.b85decode(
    "|4;u>051Rl0000G0000G00000000000000G0000G000000000000R#J0S^HI4*>!HQUDA9000310R#j90smY82S9*`"
    "h>-t~015yA0001+00IA#&-^f`6aZYW`OSa;0fdBVg$yJlAT$FB2=@#aNK3;<Kmah1mw+t*0AV37|9{W?FsKv&T(9}f"
    "fB*r6gldHhBqSg-0|^NC3>ZjD!$&{>Fp!skEdT&vAus=b&-^f`6aZYW`OSa;0fdBVg$yJlAT$FB2=@#aNK3;<Kmah1"
    "mw+t*0AV37|9^mhfdAP"
)


def test_jpeg_2000_of_16_bits_is_refused_where_white_comes_out_black(tmp_path):
    assert (read(tmp_path, LIGHT_GREY, "x.j2k") == 60000 // 256).all()
    with pytest.raises(UserError, match="white would come out black; save it as PNG or TIFF"):
        read(tmp_path, ALL_WHITE, "x.j2k")


# --- Whole and damaged -----------------------------------------------------------------------

WHOLE = {
    "JPEG": {"quality": 90}, "PNG": {}, "GIF": {}, "BMP": {}, "TIFF": {}, "WEBP": {"quality": 90},
    "AVIF": {}, "JPEG2000": {}, "PPM": {}, "TGA": {},
}  # fmt: skip


def name_of(kind: str) -> str:
    return {"JPEG2000": "x.jp2"}.get(kind, f"x.{kind.lower()}")


#: What is said of damage: never the decoders' words, and what to do.
OURS = (
    "it ends in the middle; fetch or copy it again.",
    "it is damaged; fetch or copy it again.",
    "it is damaged, or of a kind that is not read here; save it anew as JPEG or PNG.",
    "it is no picture, or of an unknown format.",
    "(zeros); fetch or copy it again.",
    "pixels, but it has only",
)


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_anywhere_is_damaged(tmp_path, kind, share):
    data = saved(photo(), kind, **WHOLE[kind])
    with pytest.raises(UserError, match="cannot be read as a picture: ") as refused:
        read(tmp_path, data[: int(len(data) * share)], name_of(kind))
    assert any(words in str(refused.value) for words in OURS), refused.value


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_is_said_in_our_words(tmp_path, kind):
    rng, whole, told = np.random.default_rng(0), saved(photo(), kind, **WHOLE[kind]), []
    for _ in range(12):
        data = np.frombuffer(whole, np.uint8).copy()
        data[rng.integers(12, len(data), 20)] = rng.integers(0, 256, 20)
        try:
            read(tmp_path, data.tobytes(), name_of(kind))
        except UserError as error:
            told.append(str(error))
    assert all(any(words in one for words in OURS) for one in told), told


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.97])
@pytest.mark.parametrize(
    "rest", [b"", b"\xff\xd9", b"\xff\xd9" + bytes(99), bytes(9000), b"<html>404</html>" * 20]
)
def test_half_a_jpeg_is_damaged_though_the_decoder_fills_it_up(tmp_path, progressive, share, rest):
    for size in ((300, 260), (1600, 1300)):  # the second is reduced while decoding
        data = saved(photo(0, *size), "JPEG", quality=90, progressive=progressive)
        with pytest.raises(UserError, match="it ends in the middle; fetch"):
            read(tmp_path, data[: int(len(data) * share)] + rest)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize(
    "rest", [bytes(5000), b"\n", b"SEFT" + bytes(range(256)) * 9, b"\xff\xd8 film"]
)
def test_what_follows_the_end_is_no_damage(tmp_path, kind, rest):
    for grey in (False, True):
        picture = Image.new("RGB", (300, 260), (128, 128, 128)) if grey else photo()
        data = saved(picture, kind, **WHOLE[kind])
        assert (read(tmp_path, data + rest) == read(tmp_path, data)).all()


def test_a_preview_in_the_metadata_is_not_the_end(tmp_path):
    preview = saved(photo().resize((80, 60)), "JPEG")
    data = with_jpeg_segments(saved(photo(), "JPEG"), jpeg_segment(0xE1, b"Exif\0\0" + preview))
    read(tmp_path, data)
    with pytest.raises(UserError, match="it ends in the middle; fetch"):
        read(tmp_path, data[: len(data) * 2 // 3])


def test_the_damaged_are_named_by_the_command_before_anything_starts(tmp_path, capsys):
    for name in ("cat", "dog"):
        for i in range(10):
            path = tmp_path / "photos" / name / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(saved(photo(i), "JPEG"))
    filled = saved(photo(), "JPEG", quality=90)
    (tmp_path / "photos" / "cat" / "filled.jpg").write_bytes(
        filled[: len(filled) // 2] + b"\xff\xd9"
    )
    assert main(["data", str(tmp_path / "photos")]) == 2
    said = capsys.readouterr().err
    assert "filled.jpg" in said
    assert "ends in the middle" in said
    assert main(["data", str(tmp_path / "photos"), "--skip-unreadable"]) == 0


# --- Huge ------------------------------------------------------------------------------------


def test_a_huge_jpeg_is_reduced_while_it_is_decoded(tmp_path):
    """195 million pixels: above the limit of Pillow, below the documented one."""
    data = saved(Image.new("L", (15000, 13000), 90), "JPEG", quality=60)
    found = read(tmp_path, data)
    assert far(found[128, 128], (90, 90, 90)) < 4


@pytest.mark.parametrize("size", [(40000, 40000), (12000, 12000), (65000, 4000)])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "TGA"])
def test_headers_that_promise_too_much_are_refused_at_once(tmp_path, kind, size):
    data = bytearray(saved(photo(), kind))
    width, height = size
    if kind == "PNG":
        head = struct.pack(">II", width, height) + bytes(data[24:29])
        data[8:33] = png_chunk(b"IHDR", head)
    elif kind == "TIFF":
        (at,) = struct.unpack_from("<I", data, 4)
        for i in range(struct.unpack_from("<H", data, at)[0]):
            tag = struct.unpack_from("<H", data, at + 2 + 12 * i)[0]
            if tag in (256, 257):
                struct.pack_into("<HI", data, at + 4 + 12 * i, 4, 1)
                struct.pack_into("<I", data, at + 10 + 12 * i, size[tag - 256])
    else:
        place, form = {"GIF": (6, "<HH"), "BMP": (18, "<ii"), "TGA": (12, "<HH")}[kind]
        struct.pack_into(form, data, place, width, height)
    with pytest.raises(UserError, match="pixels"):
        read(tmp_path, bytes(data), name_of(kind))


def test_no_setting_of_pillow_is_changed():
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert Image.MAX_IMAGE_PIXELS == 1024**3 // 12


# --- HEIC ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["IMG_1.HEIC", "IMG_1.jpg", "photo.heif"])
def test_heic_without_its_reader_says_what_to_install(tmp_path, name, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UserError, match=r"it is HEIC, .*pip install pillow-heif"):
        datasets.decode(tmp_path / name)


def test_heic_with_its_reader(tmp_path):
    heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = turn
        picture = heif.from_pillow(photo())
        path = tmp_path / f"{turn}.HEIC"
        picture.save(path, quality=95, exif=exif.tobytes())
        assert far(datasets.decode(path), read(tmp_path, saved(turned(turn), "PNG"))) < 5, turn


def test_what_is_no_plain_file_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    for name, said in (
        ("pipe.jpg", "no plain file"),
        ("folder.jpg", "no file"),
        ("gone.jpg", "no such file"),
    ):
        with pytest.raises(UserError, match=said):
            datasets.decode(tmp_path / name)
