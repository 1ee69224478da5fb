"""What both classes of drawn pictures share: colours, canvas, camera, and the scene around.

Sky, backdrop, water, ground, clutter and light come from one generator, because a class must not be
told by its colours.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
Generator = np.random.Generator

# Width and height in pixels; ImageNet's pictures are mostly 500x375, but vary.
SIZES = ((500, 375), (500, 333), (400, 300), (375, 500), (300, 225), (333, 500), (300, 400))
FINE = 2  # drawn pixels per picture pixel, each way
DETAIL = 8  # drawn pixels per sample of the soft cloud fields


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return RGB bytes of a hue, saturation and value, each clipped to 0–1 (hue wraps)."""
    parts = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return tuple(round(255 * part) for part in parts)


def shaded(colour: Colour, factor: float) -> Colour:
    """Return ``colour`` made darker (below 1) or lighter (above 1)."""
    return tuple(min(255, max(0, int(part * factor))) for part in colour)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from ``first`` to ``second``."""
    return tuple(int(a + (b - a) * share) for a, b in zip(first, second, strict=True))


def any_paint(rng: Generator) -> Colour:
    """Return a colour of paint: any hue, from dark to light, sometimes grey or white."""
    if rng.random() < 0.25:
        return hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.15, 0.97))
    return hsv(rng.random(), rng.uniform(0.45, 0.95), rng.uniform(0.3, 0.95))


# (hue, saturation, value) of what lies below the horizon. Water and ground draw from the same
# list: blue, teal, grey, mud, grass, sand, so that the colour alone says neither.
SURFACES = (
    (0.58, 0.55, 0.55), (0.50, 0.40, 0.50), (0.60, 0.12, 0.55), (0.09, 0.40, 0.42),
    (0.27, 0.45, 0.42), (0.11, 0.35, 0.72), (0.60, 0.25, 0.30), (0.33, 0.30, 0.30),
)  # fmt: skip
SKIES = (
    (0.58, 0.45, 0.85), (0.60, 0.10, 0.85), (0.56, 0.25, 0.95), (0.07, 0.40, 0.90),
    (0.62, 0.20, 0.55), (0.60, 0.60, 0.60), (0.12, 0.15, 0.92),
)  # fmt: skip


def natural(rng: Generator, palette: Sequence[tuple[float, float, float]]) -> Colour:
    """Return one colour of ``palette``, varied a little."""
    hue, saturation, value = palette[rng.integers(len(palette))]
    return hsv(
        hue + rng.normal(0, 0.02),
        saturation * rng.uniform(0.6, 1.3),
        value * rng.uniform(0.75, 1.25),
    )


class Canvas:
    """A picture and its mask, drawn together at ``FINE`` times the size.

    ``part`` says what a shape is: ``True`` the object (into the mask), ``False`` something in
    front of it (out of the mask), ``None`` something behind it or part of the scene.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width * FINE, height * FINE
        self.unit = min(self.width, self.height)  # sizes are shares of the shorter side
        self.image = Image.new("RGB", (self.width, self.height))
        self.mask = Image.new("L", (self.width, self.height))
        self.pen = ImageDraw.Draw(self.image)
        self.mask_pen = ImageDraw.Draw(self.mask)

    def polygon(self, points: np.ndarray, colour: Colour, part: bool | None = None) -> None:
        """Fill a polygon; ``points`` is (N, 2) in drawn pixels."""
        corners = [(float(x), float(y)) for x, y in points]
        self.pen.polygon(corners, fill=colour)
        if part is not None:
            self.mask_pen.polygon(corners, fill=255 if part else 0)

    def cut(self, points: np.ndarray, part: bool) -> None:
        """Change the mask only, inside a polygon."""
        self.mask_pen.polygon([(float(x), float(y)) for x, y in points], fill=255 if part else 0)

    def line(
        self, points: np.ndarray, width: float, colour: Colour, part: bool | None = None
    ) -> None:
        """Draw a line through ``points`` (N, 2) with round ends where it is wide."""
        corners = [(float(x), float(y)) for x, y in points]
        thick = max(1, round(width))
        pens = [(self.pen, colour)]
        if part is not None:
            pens.append((self.mask_pen, 255 if part else 0))
        for pen, fill in pens:
            pen.line(corners, fill=fill, width=thick, joint="curve" if thick > 4 else None)
            if thick > 4:
                for x, y in (corners[0], corners[-1]):
                    r = thick / 2
                    pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def disc(self, centre: Point, radius: float, colour: Colour, part: bool | None = None) -> None:
        """Fill a circle."""
        x, y = centre
        box = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse(box, fill=colour)
        if part is not None:
            self.mask_pen.ellipse(box, fill=255 if part else 0)


@dataclass
class Camera:
    """Look at an object from a side: rotate, mirror, project, then place on the canvas.

    An object stands on y = 0 with x to the right, y up and z towards the viewer.
    """

    rotation: np.ndarray  # (3, 3)
    distance: float  # of the eye, in object units: small is strong perspective
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def look(
        cls, yaw: float, pitch: float, roll: float, mirrored: bool, distance: float
    ) -> "Camera":
        """Return a camera from angles in degrees."""
        a, b, c = np.radians([yaw, pitch, roll])
        about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
        about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        flip = np.diag([-1.0 if mirrored else 1.0, 1, 1])
        return cls(flip @ about_z @ about_x @ about_y, distance)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return canvas positions (…, 2) of object points (…, 3)."""
        seen = np.asarray(points, float) @ self.rotation.T
        near = self.distance / np.maximum(self.distance - seen[..., 2], 0.2 * self.distance)
        x = seen[..., 0] * near * self.scale + self.offset[0]
        y = -seen[..., 1] * near * self.scale + self.offset[1]
        return np.stack([x, y], axis=-1)

    def place(self, corners: np.ndarray, centre: Point, extent: float) -> None:
        """Move and scale so that ``corners`` (N, 3) span ``extent`` pixels around ``centre``."""
        flat = self.project(corners)
        low, high = flat.min(axis=0), flat.max(axis=0)
        self.scale = extent / (high - low).max()
        middle = (low + high) / 2 * self.scale
        self.offset = (centre[0] - middle[0], centre[1] - middle[1])


@dataclass
class Scene:
    """Where things are on the canvas, in drawn pixels from the top, and their colours."""

    horizon: float
    shore: float  # the water reaches from the horizon down to here, the ground from here on
    sky: Colour
    water: Colour
    ground: Colour


def _field(
    rng: Generator, size: tuple[int, int], top: Colour, bottom: Colour, rough: float
) -> Image.Image:
    """Return a soft vertical gradient with cloudy variation, ``size`` = (width, height)."""
    columns, rows = max(2, size[0] // DETAIL), max(2, size[1] // DETAIL)
    share = np.linspace(0, 1, rows)[:, None, None]
    values = np.array(top) * (1 - share) + np.array(bottom) * share
    values = np.repeat(values, columns, axis=1)
    for cells in (3, 9):
        noise = Image.fromarray(rng.normal(0, rough, (cells, cells)).astype(np.float32))
        values = values + np.asarray(noise.resize((columns, rows), Image.BICUBIC))[..., None]
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).resize(size, Image.BICUBIC)


def _fill(canvas: Canvas, rng: Generator, start: float, end: float, top, bottom, rough) -> None:
    """Fill the rows from ``start`` to ``end`` (clipped to the canvas) with a soft gradient."""
    first, last = (int(min(max(row, 0), canvas.height)) for row in (start, end))
    if last > first:
        field = _field(rng, (canvas.width, last - first), top, bottom, rough)
        canvas.image.paste(field, (0, first))


def _ridge(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw hills: a broken line above ``base``, filled down to it."""
    x = np.linspace(0, canvas.width, 24)
    waves = sum(np.sin(x / canvas.width * f + rng.uniform(0, 6)) / f for f in (4, 9, 19, 37))
    y = base - height * (0.55 + 1.2 * waves)
    outline = np.stack([x, np.minimum(y, base)], axis=1)
    ends = np.array([[canvas.width, base], [0, base]])
    canvas.polygon(np.concatenate([outline, ends]), colour)


def _fir(canvas: Canvas, x: float, base: float, height: float, colour: Colour) -> None:
    """Draw a conifer: three triangles."""
    for level in range(3):
        low, half = base - height * level * 0.27, height * (0.24 - 0.055 * level)
        tip = low - height * 0.46
        canvas.polygon(
            np.array([[x - half, low], [x, tip], [x + half, low]]),
            shaded(colour, 0.85 + 0.15 * level),
        )


def _leafy(canvas: Canvas, rng: Generator, x: float, base: float, height: float, colour) -> None:
    """Draw a broad-leaved tree: a trunk and a few discs."""
    canvas.line(np.array([[x, base], [x, base - height * 0.6]]), height * 0.06, (70, 52, 38))
    for _ in range(6):
        spot = (x + rng.normal(0, 0.14) * height, base - height * rng.uniform(0.5, 0.85))
        canvas.disc(spot, height * rng.uniform(0.12, 0.22), shaded(colour, rng.uniform(0.7, 1.2)))


def _forest(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw a row of trees, the far ones hazier."""
    conifers = rng.random() < 0.6
    for x in rng.uniform(0, canvas.width, 26):
        tall, tint = height * rng.uniform(0.6, 1.3), shaded(colour, rng.uniform(0.6, 1.15))
        if conifers:
            _fir(canvas, x, base + 3, tall, tint)
        else:
            _leafy(canvas, rng, x, base + 3, tall, tint)


def _town(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw houses and sheds, some with windows."""
    x = -rng.uniform(0, 0.1) * canvas.width
    while x < canvas.width:
        wide, tall = canvas.unit * rng.uniform(0.05, 0.2), height * rng.uniform(0.3, 1.2)
        wall = mixed(any_paint(rng), colour, 0.55)
        canvas.pen.rectangle((x, base - tall, x + wide, base), fill=wall)
        if rng.random() < 0.4:
            roof = [
                (x - 4, base - tall),
                (x + wide / 2, base - tall * 1.35),
                (x + wide + 4, base - tall),
            ]
            canvas.polygon(np.array(roof), shaded(wall, 0.7))
        x += wide * rng.uniform(1.0, 1.7)


def _crane(canvas: Canvas, x: float, base: float, height: float, colour: Colour) -> None:
    """Draw a quay crane: two legs, a beam and stays."""
    wide, top = height * 0.35, base - height
    beam = base - height * 0.68
    for strokes in (
        [(x, base), (x, beam)],
        [(x + wide, base), (x + wide, top)],
        [(x - wide * 1.6, beam), (x + wide * 1.5, beam)],
        [(x - wide * 1.4, beam), (x + wide, top), (x + wide * 1.4, beam)],
        [(x, base - height * 0.3), (x + wide, beam)],
    ):
        canvas.line(np.array(strokes), canvas.unit * 0.007, colour)


def _harbour(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw sheds with a few quay cranes above them."""
    _town(canvas, rng, base, height * 0.6, colour)
    for x in rng.uniform(0, canvas.width, rng.integers(1, 4)):
        _crane(canvas, x, base, height * rng.uniform(1.2, 2.2), mixed(any_paint(rng), colour, 0.3))


BACKDROPS = (_ridge, _forest, _town, _harbour)


def _backdrop(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Draw what stands at the horizon: hills, trees, houses, a harbour, or nothing."""
    haze = rng.uniform(0.1, 0.6)
    for _ in range(rng.integers(0, 3)):
        draw = BACKDROPS[rng.integers(len(BACKDROPS))]
        colour = mixed(natural(rng, SURFACES), scene.sky, haze)
        draw(canvas, rng, scene.horizon + 2, canvas.unit * rng.uniform(0.05, 0.28), colour)
        haze *= 0.6


def _ripples(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw waves: short level strokes, longer and wider the nearer they are."""
    near = rng.random(150) ** 1.4
    y = start + (end - start) * near
    x = rng.uniform(-0.05, 1, 150) * canvas.width
    length = canvas.unit * (0.01 + 0.07 * near)
    tint = rng.uniform(0.75, 1.35, 150)
    for i in range(150):
        stroke = [(x[i], y[i]), (x[i] + length[i], y[i])]
        canvas.pen.line(stroke, fill=shaded(colour, tint[i]), width=int(1 + 3 * near[i]))


def _soil(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw ground: stones, or blades of grass."""
    near = rng.random(220)
    x, y = rng.uniform(0, canvas.width, 220), start + (end - start) * near
    grain = canvas.unit * (0.003 + 0.012 * near) * rng.uniform(0.5, 1.4, 220)
    tint, lean = rng.uniform(0.65, 1.35, 220), rng.normal(0, 1, 220)
    grassy = rng.random() < 0.5
    for i in range(220):
        fill, g = shaded(colour, tint[i]), grain[i]
        if grassy:
            canvas.pen.line([(x[i], y[i]), (x[i] + g * lean[i], y[i] - 3 * g)], fill=fill, width=2)
        else:
            canvas.pen.ellipse((x[i] - g, y[i] - g * 0.6, x[i] + g, y[i] + g * 0.6), fill=fill)


def backcloth(canvas: Canvas, rng: Generator, scene: Scene) -> float:
    """Paint sky, water, ground and what stands at the horizon; return where the ground begins."""
    bottom = canvas.height
    pale = mixed(scene.sky, (255, 250, 240), rng.uniform(0.1, 0.6))
    _fill(canvas, rng, 0, scene.horizon, scene.sky, pale, rng.uniform(2, 14))
    if rng.random() < 0.2:
        spot = (rng.uniform(0, canvas.width), rng.uniform(0, max(1, scene.horizon)))
        canvas.disc(spot, canvas.unit * rng.uniform(0.02, 0.06), mixed(pale, (255, 250, 225), 0.8))
    shore = min(max(scene.shore, scene.horizon), bottom)
    far = mixed(scene.water, pale, rng.uniform(0.1, 0.5))
    _fill(canvas, rng, scene.horizon, shore, far, scene.water, 8)
    land = mixed(scene.ground, pale, 0.2)
    _fill(canvas, rng, shore, bottom, land, scene.ground, 12)
    _backdrop(canvas, rng, scene)
    return shore


def scenery(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Paint the whole picture behind the object: the backcloth, waves, stones or grass."""
    shore, bottom = backcloth(canvas, rng, scene), canvas.height
    if shore > scene.horizon + 4:
        _ripples(canvas, rng, scene.horizon, shore, scene.water)
    if bottom > shore + 4:
        _soil(canvas, rng, shore, bottom, scene.ground)


def clutter(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Draw a few things in front of the object: posts, bushes, a wire, a bird."""
    for _ in range(rng.integers(0, 3)):
        x, colour = rng.uniform(0, canvas.width), mixed(any_paint(rng), scene.ground, 0.4)
        kind = rng.integers(4)
        if kind == 0:
            top = canvas.height * rng.uniform(0.3, 0.8)
            post = np.array([[x, canvas.height + 20], [x + rng.normal(0, 12), top]])
            canvas.line(post, canvas.unit * rng.uniform(0.012, 0.035), colour, False)
        elif kind == 1:
            for _ in range(8):
                spot = (
                    x + rng.normal(0, 0.06) * canvas.unit,
                    canvas.height - rng.uniform(0, 0.08) * canvas.unit,
                )
                tint = shaded(scene.ground, rng.uniform(0.5, 1.1))
                canvas.disc(spot, canvas.unit * rng.uniform(0.02, 0.06), tint, False)
        elif kind == 2:
            y = canvas.height * rng.uniform(0.05, 0.9)
            wire = np.array([[0, y], [canvas.width, y + rng.normal(0, 0.1) * canvas.height]])
            canvas.line(wire, 2, shaded(colour, 0.5), False)
        else:
            y, wing = rng.uniform(0, 0.5) * canvas.height, canvas.unit * rng.uniform(0.01, 0.03)
            bird = np.array([[x - wing, y - wing * 0.5], [x, y], [x + wing, y - wing * 0.6]])
            canvas.line(bird, 3, shaded(colour, 0.5), False)


def picture_size(rng: Generator) -> tuple[int, int]:
    """Return width and height of a picture in pixels, varied by up to 6 %."""
    width, height = SIZES[rng.integers(len(SIZES))]
    return int(width * rng.uniform(0.94, 1.06)), int(height * rng.uniform(0.94, 1.06))


def centred(canvas: Canvas, rng: Generator) -> Point:
    """Return where the object's middle comes to lie, near the picture's middle."""
    return (
        canvas.width / 2 + rng.normal(0, 0.09) * canvas.unit,
        canvas.height / 2 + rng.normal(0, 0.09) * canvas.unit,
    )


def new_scene(rng: Generator, horizon: float, shore: float) -> Scene:
    """Return a scene with colours drawn without regard to the class."""
    water, ground = natural(rng, SURFACES), natural(rng, SURFACES)
    return Scene(horizon, shore, natural(rng, SKIES), water, ground)
