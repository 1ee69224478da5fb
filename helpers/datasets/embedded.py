"""The drawn pictures: mountain bikes and container ships in ImageNet's folder layout.

In: a vector drawing of each object in three dimensions, a scene around it, a camera's faults,
and the exact mask of the object. Out: training, decoding for the network (``datasets``).

Every picture has a random generator of its own, ``default_rng([seed, split, class, number])``,
so a picture does not depend on how many others are drawn. Both classes share one scene
generator (sky, backdrop, water, ground, clutter, light), because a class must not be told by its
colours: the tests hold a linear classifier on the mean colour and one on 16x16 thumbnails near
chance. What is left to learn is structure: spoked wheels and tubes against stacked boxes.

Everything is drawn at twice the size and reduced, which gives smooth edges.
"""

import colorsys
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from helpers import paths
from helpers.errors import UserError

TITLES = {"n03095699": "container ship", "n03792782": "mountain bike"}
CLASSES = tuple(TITLES)  # sorted; the index is the label
SPLITS = ("train", "val")
FIRST_NUMBER = {"train": 10001, "val": 50001}  # a file name is unique over both splits

Colour = tuple[int, int, int]
Point = tuple[float, float]
Generator = np.random.Generator

# Width and height in pixels; ImageNet's pictures are mostly 500x375, but vary.
SIZES = ((500, 375), (500, 333), (400, 300), (375, 500), (300, 225), (333, 500), (300, 400))
FINE = 2  # drawn pixels per picture pixel, each way
DETAIL = 8  # drawn pixels per sample of the soft cloud fields


# --- Colours ---------------------------------------------------------------------------------


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return RGB bytes of a hue, saturation and value, each clipped to 0–1 (hue wraps)."""
    parts = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return tuple(round(255 * part) for part in parts)


def _shade(colour: Colour, factor: float) -> Colour:
    """Return ``colour`` made darker (below 1) or lighter (above 1)."""
    return tuple(min(255, max(0, int(part * factor))) for part in colour)


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from ``first`` to ``second``."""
    return tuple(int(a + (b - a) * share) for a, b in zip(first, second, strict=True))


def _paint(rng: Generator) -> Colour:
    """Return a colour of paint: any hue, from dark to light, sometimes grey or white."""
    if rng.random() < 0.25:
        return _hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.15, 0.97))
    return _hsv(rng.random(), rng.uniform(0.45, 0.95), rng.uniform(0.3, 0.95))


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


def _natural(rng: Generator, palette: Sequence[tuple[float, float, float]]) -> Colour:
    """Return one colour of ``palette``, varied a little."""
    hue, saturation, value = palette[rng.integers(len(palette))]
    return _hsv(
        hue + rng.normal(0, 0.02),
        saturation * rng.uniform(0.6, 1.3),
        value * rng.uniform(0.75, 1.25),
    )


# --- Canvas and camera -----------------------------------------------------------------------


class Canvas:
    """A picture and its mask, drawn together at ``FINE`` times the size.

    ``part`` says what a shape is: ``True`` the object (into the mask), ``False`` something in
    front of it (out of the mask), ``None`` something behind it or part of the scene.
    """

    def __init__(self, width: int, height: int):
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
    def look(cls, yaw: float, pitch: float, roll: float, mirrored: bool, distance: float):
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


# --- Scene -----------------------------------------------------------------------------------


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
            _shade(colour, 0.85 + 0.15 * level),
        )


def _leafy(canvas: Canvas, rng: Generator, x: float, base: float, height: float, colour) -> None:
    """Draw a broad-leaved tree: a trunk and a few discs."""
    canvas.line(np.array([[x, base], [x, base - height * 0.6]]), height * 0.06, (70, 52, 38))
    for _ in range(6):
        spot = (x + rng.normal(0, 0.14) * height, base - height * rng.uniform(0.5, 0.85))
        canvas.disc(spot, height * rng.uniform(0.12, 0.22), _shade(colour, rng.uniform(0.7, 1.2)))


def _forest(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw a row of trees, the far ones hazier."""
    conifers = rng.random() < 0.6
    for x in rng.uniform(0, canvas.width, 26):
        tall, tint = height * rng.uniform(0.6, 1.3), _shade(colour, rng.uniform(0.6, 1.15))
        if conifers:
            _fir(canvas, x, base + 3, tall, tint)
        else:
            _leafy(canvas, rng, x, base + 3, tall, tint)


def _town(canvas: Canvas, rng: Generator, base: float, height: float, colour: Colour) -> None:
    """Draw houses and sheds, some with windows."""
    x = -rng.uniform(0, 0.1) * canvas.width
    while x < canvas.width:
        wide, tall = canvas.unit * rng.uniform(0.05, 0.2), height * rng.uniform(0.3, 1.2)
        wall = _mix(_paint(rng), colour, 0.55)
        canvas.pen.rectangle((x, base - tall, x + wide, base), fill=wall)
        if rng.random() < 0.4:
            roof = [
                (x - 4, base - tall),
                (x + wide / 2, base - tall * 1.35),
                (x + wide + 4, base - tall),
            ]
            canvas.polygon(np.array(roof), _shade(wall, 0.7))
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
        _crane(canvas, x, base, height * rng.uniform(1.2, 2.2), _mix(_paint(rng), colour, 0.3))


BACKDROPS = (_ridge, _forest, _town, _harbour)


def _backdrop(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Draw what stands at the horizon: hills, trees, houses, a harbour, or nothing."""
    haze = rng.uniform(0.1, 0.6)
    for _ in range(rng.integers(0, 3)):
        draw = BACKDROPS[rng.integers(len(BACKDROPS))]
        colour = _mix(_natural(rng, SURFACES), scene.sky, haze)
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
        canvas.pen.line(stroke, fill=_shade(colour, tint[i]), width=int(1 + 3 * near[i]))


def _soil(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw ground: stones, or blades of grass."""
    near = rng.random(220)
    x, y = rng.uniform(0, canvas.width, 220), start + (end - start) * near
    grain = canvas.unit * (0.003 + 0.012 * near) * rng.uniform(0.5, 1.4, 220)
    tint, lean = rng.uniform(0.65, 1.35, 220), rng.normal(0, 1, 220)
    grassy = rng.random() < 0.5
    for i in range(220):
        fill, g = _shade(colour, tint[i]), grain[i]
        if grassy:
            canvas.pen.line([(x[i], y[i]), (x[i] + g * lean[i], y[i] - 3 * g)], fill=fill, width=2)
        else:
            canvas.pen.ellipse((x[i] - g, y[i] - g * 0.6, x[i] + g, y[i] + g * 0.6), fill=fill)


def _scenery(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Paint the whole picture behind the object: sky, backdrop, water, ground."""
    bottom = canvas.height
    pale = _mix(scene.sky, (255, 250, 240), rng.uniform(0.1, 0.6))
    _fill(canvas, rng, 0, scene.horizon, scene.sky, pale, rng.uniform(2, 14))
    if rng.random() < 0.2:
        spot = (rng.uniform(0, canvas.width), rng.uniform(0, max(1, scene.horizon)))
        canvas.disc(spot, canvas.unit * rng.uniform(0.02, 0.06), _mix(pale, (255, 250, 225), 0.8))
    shore = min(max(scene.shore, scene.horizon), bottom)
    far = _mix(scene.water, pale, rng.uniform(0.1, 0.5))
    _fill(canvas, rng, scene.horizon, shore, far, scene.water, 8)
    land = _mix(scene.ground, pale, 0.2)
    _fill(canvas, rng, shore, bottom, land, scene.ground, 12)
    _backdrop(canvas, rng, scene)
    if shore > scene.horizon + 4:
        _ripples(canvas, rng, scene.horizon, shore, scene.water)
    if bottom > shore + 4:
        _soil(canvas, rng, shore, bottom, scene.ground)


def _clutter(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Draw a few things in front of the object: posts, bushes, a wire, a bird."""
    for _ in range(rng.integers(0, 3)):
        x, colour = rng.uniform(0, canvas.width), _mix(_paint(rng), scene.ground, 0.4)
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
                tint = _shade(scene.ground, rng.uniform(0.5, 1.1))
                canvas.disc(spot, canvas.unit * rng.uniform(0.02, 0.06), tint, False)
        elif kind == 2:
            y = canvas.height * rng.uniform(0.05, 0.9)
            wire = np.array([[0, y], [canvas.width, y + rng.normal(0, 0.1) * canvas.height]])
            canvas.line(wire, 2, _shade(colour, 0.5), False)
        else:
            y, wing = rng.uniform(0, 0.5) * canvas.height, canvas.unit * rng.uniform(0.01, 0.03)
            bird = np.array([[x - wing, y - wing * 0.5], [x, y], [x + wing, y - wing * 0.6]])
            canvas.line(bird, 3, _shade(colour, 0.5), False)


# --- Mountain bike (unit: the wheel's radius) ------------------------------------------------

REAR, FRONT = (-1.58, 1.0), (1.62, 1.0)  # axles
BRACKET = (-0.28, 0.98)  # where the cranks turn
SEAT, SADDLE = (-0.72, 2.05), (-0.90, 2.62)
HEAD_TOP, HEAD_LOW = (0.98, 2.58), (1.10, 2.22)
BAR = (1.02, 2.92)
PIVOT = (-0.42, 1.45)  # of the rear swing arm


class Bike:
    """One mountain bike, seen by ``camera``: its random choices and how to draw it."""

    corners = np.array([(x, y, z) for x in (-2.6, 2.65) for y in (0, 3.1) for z in (-0.3, 0.3)])

    def __init__(self, canvas: Canvas, rng: Generator, camera: Camera, ground: Colour):
        self.canvas, self.rng, self.camera = canvas, rng, camera
        self.frame = _paint(rng)
        self.metal = _hsv(0.6, 0.05, rng.uniform(0.2, 0.9))
        # Mostly dark tyres on light ground and light ones on dark ground, so that they show.
        dark = rng.random() < (0.85 if sum(ground) > 300 else 0.2)
        self.tyre = (
            _hsv(rng.random(), 0.15, rng.uniform(0.05, 0.25))
            if dark
            else _hsv(rng.uniform(0.03, 0.14), rng.uniform(0.0, 0.5), rng.uniform(0.5, 0.95))
        )
        self.rim = _paint(rng)
        self.spokes = int(rng.integers(18, 30))
        bright = rng.uniform(0.0, 0.3) if sum(ground) > 300 else rng.uniform(0.8, 1)
        self.spoke = _hsv(0.6, 0.03, bright)
        self.crank = rng.uniform(0, 2 * np.pi)
        self.sprung = rng.random() < 0.6

    def tube(self, points: Sequence[Sequence[float]], width: float, colour: Colour) -> None:
        """Draw a tube through points (x, y) or (x, y, z), ``width`` in wheel radii."""
        solid = np.array([(*p, 0.0) if len(p) == 2 else p for p in points])
        self.canvas.line(self.camera.project(solid), width * self.camera.scale, colour, part=True)

    def ring(self, centre: Point, radii: np.ndarray, width: float, z: float = 0.0) -> tuple:
        """Return the outer and inner outline of a ring, each (N, 2) on the canvas."""
        angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
        middle = np.array([*centre, z])
        outer = self.camera.project(middle + circle * radii[:, None])
        inner = self.camera.project(middle + circle * (radii.min() - width))
        return outer, inner

    def band(self, centre: Point, radii: np.ndarray, width: float, colour: Colour, z=0.0) -> None:
        """Draw a ring of ``width`` inside ``radii`` (one radius for each corner)."""
        outer, inner = self.ring(centre, radii, width, z)
        # One path out and back: the even-odd rule leaves the middle open.
        path = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
        self.canvas.polygon(path, colour, None)

    def wheel(self, centre: Point) -> None:
        """Draw a wheel: knobbly tyre, rim, spokes, hub and brake disc.

        The mask takes the whole disc, as a person who outlines a wheel would.
        """
        outline, _ = self.ring(centre, np.full(48, 1.02), 0.1)
        self.canvas.cut(outline, True)
        angle = np.arange(self.spokes) * 2 * np.pi / self.spokes + self.crank
        twist = np.where(np.arange(self.spokes) % 2, 0.9, -0.9)  # spokes leave the hub aslant
        inner = np.stack([np.cos(angle + twist), np.sin(angle + twist)], axis=1) * 0.1 + centre
        outer = np.stack([np.cos(angle), np.sin(angle)], axis=1) * 0.8 + centre
        ends = np.zeros((self.spokes, 2, 3))
        ends[:, 0, :2], ends[:, 1, :2] = inner, outer
        ends[:, 0, 2] = 0.08 * np.sign(twist)
        for stroke in self.camera.project(ends):
            self.canvas.line(stroke, 0.018 * self.camera.scale, self.spoke)
        knobs = np.where(np.arange(144) % 4 < 2, 1.03, 0.965)
        for z, tint in ((-0.09, 0.7), (0.0, 0.85), (0.09, 1.0)):
            self.band(centre, knobs, 0.14, _shade(self.tyre, tint), z)
        self.band(centre, np.full(48, 0.84), 0.055, self.rim, 0.07)
        self.band(centre, np.full(30, 0.27), 0.05, self.metal, 0.1)
        self.tube([(*centre, -0.12), (*centre, 0.16)], 0.13, _shade(self.metal, 0.8))

    def drive(self) -> None:
        """Draw chain, sprockets, chainring, cranks and pedals."""
        dark = _shade(self.metal, 0.55)
        self.band(REAR, np.full(30, 0.26), 0.14, dark, 0.12)
        for dy in (0.2, -0.2):
            self.tube(
                [(REAR[0], REAR[1] + dy, 0.13), (BRACKET[0], BRACKET[1] + dy, 0.15)], 0.025, dark
            )
        teeth = np.where(np.arange(48) % 2, 0.3, 0.26)
        self.band(BRACKET, teeth, 0.1, self.metal, 0.16)
        for side in (-1, 1):
            dx, dy = 0.46 * np.cos(self.crank) * side, 0.46 * np.sin(self.crank) * side
            foot = (BRACKET[0] + dx, BRACKET[1] + dy)
            self.tube([(*BRACKET, 0.2 * side), (*foot, 0.22 * side)], 0.085, dark)
            self.tube(
                [(foot[0] - 0.14, foot[1], 0.36 * side), (foot[0] + 0.14, foot[1], 0.36 * side)],
                0.08,
                (35, 35, 38),
            )

    def rear_end(self) -> None:
        """Draw chain stays, seat stays and, if sprung, rocker and shock absorber."""
        arm = _shade(self.frame, 0.8)
        joint = PIVOT if self.sprung else SEAT
        for side in (-0.1, 0.12):
            axle = (*REAR, side)
            self.tube([axle, (*BRACKET, side)], 0.085, arm)
            self.tube([axle, (joint[0], joint[1] + 0.35 * self.sprung, side)], 0.07, arm)
        if self.sprung:
            self.tube([(PIVOT[0] - 0.05, PIVOT[1] + 0.35), (-0.1, 1.62)], 0.11, arm)
            self.tube([(-0.1, 1.62), (0.42, 1.98)], 0.10, self.metal)
            self.tube([(-0.02, 1.68), (0.2, 1.83)], 0.17, _shade(self.rim, 0.9))

    def frame_tubes(self) -> None:
        """Draw the front triangle, seat post and saddle."""
        low = (HEAD_LOW[0] - 0.02, HEAD_LOW[1] + 0.02)
        self.tube([SEAT, SADDLE], 0.08, self.metal)
        self.tube([BRACKET, SEAT], 0.13, self.frame)
        self.tube([BRACKET, low], 0.17, self.frame)
        self.tube([SEAT, (HEAD_TOP[0], HEAD_TOP[1] - 0.1)], 0.13, _shade(self.frame, 1.15))
        self.tube([HEAD_TOP, HEAD_LOW], 0.17, _shade(self.frame, 0.85))
        seat = _hsv(0.05, 0.3, self.rng.uniform(0.08, 0.5))
        x, y = SADDLE
        self.tube([(x - 0.34, y + 0.12), (x - 0.1, y + 0.06), (x + 0.42, y + 0.06)], 0.13, seat)
        self.tube([(x - 0.32, y + 0.1, -0.14), (x - 0.32, y + 0.1, 0.14)], 0.13, seat)

    def fork(self) -> None:
        """Draw the sprung fork: crown, shiny upper legs, wide lower legs."""
        crown = (HEAD_LOW[0] + 0.04, HEAD_LOW[1] - 0.08)
        middle = (crown[0] * 0.6 + FRONT[0] * 0.4, crown[1] * 0.6 + FRONT[1] * 0.4)
        for side in (-0.17, 0.17):
            self.tube([(*crown, side), (*middle, side)], 0.09, _shade(self.metal, 1.2))
            self.tube([(*middle, side), (*FRONT, side)], 0.15, _shade(self.rim, 0.75))
        self.tube([(*crown, -0.19), (*crown, 0.19)], 0.15, _shade(self.metal, 0.6))

    def cockpit(self) -> None:
        """Draw stem, handlebar, grips and brake levers."""
        dark = _shade(self.metal, 0.4)
        self.tube([HEAD_TOP, (0.95, 2.76), (BAR[0] + 0.12, BAR[1] - 0.08)], 0.11, dark)
        bar = [(BAR[0] - 0.12, BAR[1] + 0.08, -0.95), (BAR[0] + 0.12, BAR[1] - 0.08, -0.2)]
        bar += [(BAR[0] + 0.12, BAR[1] - 0.08, 0.2), (BAR[0] - 0.12, BAR[1] + 0.08, 0.95)]
        self.tube(bar, 0.075, dark)
        for side in (-1, 1):
            x, y = BAR[0] - 0.12, BAR[1] + 0.08
            self.tube([(x, y, 0.66 * side), (x - 0.04, y, 0.98 * side)], 0.13, (30, 30, 32))
            self.tube(
                [(x + 0.1, y, 0.6 * side), (x + 0.22, y - 0.1, 0.75 * side)], 0.05, self.metal
            )

    def shadow(self, ground: Colour) -> None:
        """Draw the shadow on the ground, which is not part of the object."""
        angle = np.linspace(0, 2 * np.pi, 40)
        spot = np.stack([2.3 * np.cos(angle), 0 * angle, 0.35 * np.sin(angle)], axis=1)
        self.canvas.polygon(self.camera.project(spot), _shade(ground, 0.6))

    def draw(self) -> None:
        """Draw the bike from back to front."""
        self.wheel(REAR)
        self.wheel(FRONT)
        self.rear_end()
        self.frame_tubes()
        self.fork()
        self.drive()
        self.cockpit()

    def rider(self) -> None:
        """Draw a person on the bike: legs, body, arms, head and helmet, out of the mask."""
        shirt, trousers, helmet = (_paint(self.rng) for _ in range(3))
        skin = _hsv(0.06, self.rng.uniform(0.25, 0.6), self.rng.uniform(0.35, 0.95))
        hip, lean = (SADDLE[0] + 0.05, SADDLE[1] + 0.35), self.rng.uniform(0.55, 1.0)
        neck = (hip[0] + 1.25 * lean, hip[1] + 1.75 - 0.7 * lean)
        for side in (-1, 1):
            foot = np.array(BRACKET) + 0.46 * side * np.array(
                [np.cos(self.crank), np.sin(self.crank)]
            )
            knee = (foot + hip) / 2 + (0.55, 0.15)
            self.limb([(*hip, 0.12 * side), (*knee, 0.3 * side)], 0.36, trousers)
            self.limb([(*knee, 0.3 * side), (foot[0], foot[1] + 0.1, 0.36 * side)], 0.24, skin)
            self.limb(
                [
                    (foot[0] - 0.1, foot[1] + 0.1, 0.36 * side),
                    (foot[0] + 0.25, foot[1] + 0.08, 0.36 * side),
                ],
                0.18,
                (40, 40, 45),
            )
        self.limb([hip, neck], 0.62, shirt)
        for side in (-1, 1):
            elbow = ((neck[0] + BAR[0]) / 2 - 0.05, (neck[1] + BAR[1]) / 2 - 0.2, 0.75 * side)
            self.limb([(neck[0] - 0.05, neck[1] - 0.1, 0.28 * side), elbow], 0.25, shirt)
            self.limb([elbow, (BAR[0] - 0.1, BAR[1] + 0.1, 0.8 * side)], 0.18, skin)
        head = (neck[0] + 0.25, neck[1] + 0.42)
        self.limb([neck, head], 0.24, skin)
        self.limb([head, (head[0] + 0.06, head[1] + 0.05)], 0.5, skin)
        self.limb([(head[0] - 0.2, head[1] + 0.16), (head[0] + 0.22, head[1] + 0.2)], 0.42, helmet)

    def limb(self, points: Sequence[Sequence[float]], width: float, colour: Colour) -> None:
        """Draw a piece of the rider: it covers the bike, so it leaves the mask."""
        solid = np.array([(*p, 0.0) if len(p) == 2 else p for p in points])
        flat = self.camera.project(solid)
        self.canvas.line(flat, width * self.camera.scale, colour, part=False)


# --- Container ship (unit: a tenth of its length) --------------------------------------------

STERN, BOW, BEAM = -5.0, 5.2, 0.85  # BEAM is half the width


class Ship:
    """One container ship, seen by ``camera``: its random choices and how to draw it."""

    corners = np.array([(x, y, z) for x in (STERN, BOW) for y in (0, 2.6) for z in (-BEAM, BEAM)])

    def __init__(self, canvas: Canvas, rng: Generator, camera: Camera):
        self.canvas, self.rng, self.camera = canvas, rng, camera
        self.hull = _paint(rng)
        self.keel = _hsv(
            rng.choice([0.0, 0.02, 0.35, 0.6]), rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.7)
        )
        self.house = _hsv(rng.uniform(0.08, 0.15), rng.uniform(0, 0.2), rng.uniform(0.65, 1.0))
        # Light and dark by turns: stacks are told by their pattern, not by their mean colour.
        self.palette = [
            _shade(_paint(rng), 1.3 if turn % 2 else 0.7) for turn in range(rng.integers(4, 8))
        ]
        self.deck = rng.uniform(0.6, 0.95)
        self.tiers, self.tier = int(rng.integers(4, 7)), rng.uniform(0.29, 0.36)
        self.bays, self.rows = int(rng.integers(7, 11)), 4
        self.bridge = rng.choice([-4.1, -3.9, 1.6])
        toward = self.camera.rotation[2]
        self.bow_near, self.from_above = toward[0] > 0, toward[1] > 0

    def face(self, corners: Sequence[Sequence[float]], colour: Colour, edge: bool = True) -> None:
        """Fill a flat face, with a darker outline."""
        flat = self.camera.project(np.array(corners))
        self.canvas.polygon(flat, colour, part=True)
        if edge:
            self.canvas.line(np.concatenate([flat, flat[:1]]), 1, _shade(colour, 0.6), part=True)

    def outline(self, height: float, side: float) -> np.ndarray:
        """Return the hull's edge (N, 3) at a share of its height, from stern to bow."""
        x = np.array([STERN, -4.6, -3, 0, 2.6, 3.6, 4.3, 4.8, BOW])
        half = np.array([0.8, 0.97, 1, 1, 1, 0.85, 0.58, 0.3, 0.0]) * BEAM
        sheer = np.array([0.12, 0.08, 0.02, 0, 0.02, 0.12, 0.25, 0.36, 0.45])
        rake = np.linspace(0, 1, 9) ** 6 * 0.55 * (1 - height)  # the stem leans forward
        return np.stack([x - rake, (self.deck + sheer) * height, half * side], axis=1)

    def draw_hull(self) -> None:
        """Draw the far side, the transom, the deck, then the near side with its waterline."""
        for side, tint in ((-1, 0.7), (1, 1.0)):
            if side == 1:
                deck = np.concatenate([self.outline(0.97, 1), self.outline(0.97, -1)[::-1]])
                if not self.bow_near:
                    stern = [self.outline(h, s)[0] for h, s in ((0, 1), (0, -1), (1, -1), (1, 1))]
                    self.face(stern, _shade(self.hull, 0.75))
                self.face(deck, _mix(self.keel, (95, 90, 85), 0.5))
            low, mark, high = (self.outline(h, side) for h in (0, 0.28, 1))
            self.face(np.concatenate([low, high[::-1]]), _shade(self.hull, tint), edge=False)
            self.face(np.concatenate([low, mark[::-1]]), _shade(self.keel, tint), edge=False)
            rail = self.camera.project(high)
            self.canvas.line(rail, 0.05 * self.camera.scale, _shade(self.hull, 1.35), part=True)

    def stack(self, x: float, length: float, tiers: int) -> None:
        """Draw one bay of containers: the end that is seen, the side, the top."""
        step = 2 * BEAM / self.rows
        end = x + length if self.bow_near else x
        base = self.deck + 0.06
        for row in range(self.rows):
            for tier in range(tiers):
                y, z = base + tier * self.tier, -BEAM + row * step
                quad = [
                    (end, y, z),
                    (end, y, z + step),
                    (end, y + self.tier, z + step),
                    (end, y + self.tier, z),
                ]
                self.face(quad, _shade(self.pick(), 0.72))
        top = base + tiers * self.tier
        for row in range(self.rows if self.from_above else 0):
            z = -BEAM + row * step
            quad = [
                (x, top, z),
                (x + length, top, z),
                (x + length, top, z + step),
                (x, top, z + step),
            ]
            self.face(quad, _shade(self.pick(), 1.1))
        for tier in range(tiers):
            self.side(x, length, base + tier * self.tier)

    def pick(self) -> Colour:
        """Return the colour of the next container."""
        colour = self.palette[self.rng.integers(len(self.palette))]
        return _shade(colour, self.rng.uniform(0.85, 1.15))

    def side(self, x: float, length: float, y: float) -> None:
        """Draw the long side of one container, with its corrugation."""
        colour, top = self.pick(), y + self.tier
        self.face(
            [(x, y, BEAM), (x + length, y, BEAM), (x + length, top, BEAM), (x, top, BEAM)], colour
        )
        ribs = np.linspace(x, x + length, 9)[1:-1]
        ends = np.array([[(r, y + 0.04, BEAM), (r, top - 0.04, BEAM)] for r in ribs])
        for rib, stroke in enumerate(self.camera.project(ends)):
            self.canvas.line(stroke, 1, _shade(colour, 0.7 if rib % 2 else 1.3))

    def box(self, x: float, length: float, low: float, high: float, half: float, colour) -> None:
        """Draw a plain box on the deck: end, top and side."""
        end = x + length if self.bow_near else x
        self.face(
            [(end, low, -half), (end, low, half), (end, high, half), (end, high, -half)],
            _shade(colour, 0.75),
        )
        self.face(
            [
                (x, high, -half),
                (x + length, high, -half),
                (x + length, high, half),
                (x, high, half),
            ],
            _shade(colour, 1.1),
        )
        self.face(
            [(x, low, half), (x + length, low, half), (x + length, high, half), (x, high, half)],
            colour,
        )

    def superstructure(self, x: float) -> None:
        """Draw the house with its rows of windows, bridge wings, funnel and mast."""
        top = self.deck + self.tiers * self.tier + 0.55
        self.box(x - 0.55, 0.4, self.deck, top - 0.15, 0.3, self.keel)
        self.box(x, 0.6, self.deck, top, BEAM * 0.95, self.house)
        self.box(x + 0.08, 0.4, top, top + 0.28, BEAM * 1.05, self.house)
        glass = (40, 52, 66)
        for level in np.arange(self.deck + 0.2, top - 0.1, 0.25):
            for part in (0.08, 0.26, 0.44):
                self.pane(x + part, level, 0.1, 0.11, BEAM * 0.95, glass)
        self.pane(x + 0.1, top + 0.1, 0.36, 0.13, BEAM * 1.05, glass)
        mast = np.array([(x + 0.3, top + 0.28, 0), (x + 0.3, top + 0.95, 0)])
        self.canvas.line(self.camera.project(mast), 0.06 * self.camera.scale, self.house, part=True)

    def pane(self, x: float, y: float, width: float, height: float, z: float, colour) -> None:
        """Draw a window on the near side."""
        quad = [(x, y, z), (x + width, y, z), (x + width, y + height, z), (x, y + height, z)]
        self.face(quad, colour, edge=False)

    def crane(self, x: float) -> None:
        """Draw a deck crane: pedestal, jib and its rope."""
        top = self.deck + (self.tiers + 1.4) * self.tier
        foot, head = (x, self.deck + 0.15, 0), (x, top, 0)
        tip = (x + 1.5, top + self.rng.uniform(-0.1, 0.9), 0)
        for line, width in (
            ((foot, head), 0.2),
            ((head, tip), 0.1),
            (((x, top + 0.3, 0), tip), 0.03),
        ):
            flat = self.camera.project(np.array(line))
            self.canvas.line(flat, width * self.camera.scale, self.house, part=True)

    def foam(self, water: Colour) -> None:
        """Draw bow wave and wake, which are not part of the object."""
        white = _mix(water, (250, 252, 255), 0.8)
        for x in np.concatenate([self.rng.uniform(STERN, BOW, 40), self.rng.uniform(4, BOW, 20)]):
            spread = BEAM + 0.05 + abs(self.rng.normal(0, 0.08))
            z = spread if x < 3.6 else spread * (BOW + 0.2 - x) / 1.8 + 0.1
            spot = self.camera.project(
                np.array([(x, 0, z), (x - self.rng.uniform(0.1, 0.5), 0, z + 0.05)])
            )
            self.canvas.line(spot, 0.05 * self.camera.scale, _mix(water, white, self.rng.random()))

    def draw(self) -> None:
        """Draw the ship from the far end to the near end."""
        self.draw_hull()
        pitch = 8.4 / self.bays
        things = [(self.bridge, self.superstructure)]
        for bay in range(self.bays):
            x, tiers = -4.6 + bay * pitch, max(1, self.tiers - int(self.rng.integers(0, 3)))
            if not -0.62 - pitch * 0.9 < x - self.bridge < 0.65:
                things.append((x, partial(self.stack, length=pitch * 0.93, tiers=tiers)))
        if self.rng.random() < 0.35:
            things += [(x, self.crane) for x in (-1.6, 2.4) if abs(x - self.bridge) > 1.2]
        for x, paint in sorted(things, key=lambda thing: thing[0], reverse=not self.bow_near):
            paint(x)


# --- Whole pictures --------------------------------------------------------------------------


def _size(rng: Generator) -> tuple[int, int]:
    """Return width and height of a picture in pixels, varied by up to 6 %."""
    width, height = SIZES[rng.integers(len(SIZES))]
    return int(width * rng.uniform(0.94, 1.06)), int(height * rng.uniform(0.94, 1.06))


def _centre(canvas: Canvas, rng: Generator) -> Point:
    """Return where the object's middle comes to lie, near the picture's middle."""
    return (
        canvas.width / 2 + rng.normal(0, 0.09) * canvas.unit,
        canvas.height / 2 + rng.normal(0, 0.09) * canvas.unit,
    )


def _new_scene(rng: Generator, horizon: float, shore: float) -> Scene:
    """Return a scene with colours drawn without regard to the class."""
    water, ground = _natural(rng, SURFACES), _natural(rng, SURFACES)
    return Scene(horizon, shore, _natural(rng, SKIES), water, ground)


def _draw_ship(canvas: Canvas, rng: Generator) -> None:
    """Draw a container ship on water, with land behind it, before it, or neither."""
    camera = Camera.look(
        rng.uniform(-55, 55), rng.uniform(2, 15), rng.normal(0, 2), rng.random() < 0.5, 18.0
    )
    camera.place(Ship.corners, _centre(canvas, rng), canvas.unit * rng.uniform(0.9, 1.4))
    base = float(camera.project(np.array([0, 0, BEAM]))[1])
    horizon = base - canvas.height * rng.uniform(0.03, 0.5)
    scene = _new_scene(rng, horizon, base + canvas.height * rng.uniform(0.12, 0.6))
    _scenery(canvas, rng, scene)
    ship = Ship(canvas, rng, camera)
    ship.draw()
    ship.foam(scene.water)
    _clutter(canvas, rng, scene)


def _draw_bike(canvas: Canvas, rng: Generator) -> None:
    """Draw a mountain bike on the ground, often by the water, sometimes ridden."""
    camera = Camera.look(
        rng.uniform(-45, 45), rng.uniform(0, 14), rng.normal(0, 9), rng.random() < 0.5, 12.0
    )
    camera.place(Bike.corners, _centre(canvas, rng), canvas.unit * rng.uniform(0.75, 1.15))
    base = float(camera.project(np.array([0, 0, 0]))[1])
    horizon = base - canvas.height * rng.uniform(0.05, 0.6)
    scene = _new_scene(rng, horizon, base - canvas.height * rng.uniform(0.03, 0.35))
    _scenery(canvas, rng, scene)
    bike = Bike(canvas, rng, camera, scene.ground)
    bike.shadow(scene.ground)
    bike.draw()
    if rng.random() < 0.4:
        bike.rider()
    _clutter(canvas, rng, scene)


DRAW = {"n03095699": _draw_ship, "n03792782": _draw_bike}


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


def draw(wnid: str, seed: int, split: str, number: int) -> tuple[Image.Image, Image.Image, int]:
    """Draw one picture.

    Parameters
    ----------
    wnid
        ``"n03792782"`` (mountain bike) or ``"n03095699"`` (container ship).
    seed, split, number
        Together with ``wnid`` they decide every random choice; ``split`` is "train" or "val".

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
    canvas = Canvas(*_size(rng))
    DRAW[wnid](canvas, rng)
    picture = _photograph(canvas.image.reduce(FINE), rng)
    mask = canvas.mask.reduce(FINE).point(lambda level: 255 if level >= 128 else 0)
    return picture, mask, int(rng.integers(55, 96))


# --- Files -----------------------------------------------------------------------------------


def _write_one(folder: Path, seed: int, masks: bool, item: tuple[str, str, int]) -> None:
    """Draw and write the picture ``item`` = (split, wnid, number), and its mask."""
    split, wnid, number = item
    picture, mask, quality = draw(wnid, seed, split, number)
    name = f"{wnid}_{FIRST_NUMBER[split] + number}"
    picture.save(folder / split / wnid / f"{name}.JPEG", "JPEG", quality=quality)
    if masks:
        mask.convert("1").save(folder / "masks" / split / wnid / f"{name}.png")


def _write_all(folder: Path, counts: dict[str, int], seed: int, masks: bool) -> None:
    """Write every picture below ``folder``; half of each count for each class."""
    items = []
    for split, count in counts.items():
        for label, wnid in enumerate(CLASSES):
            (folder / split / wnid).mkdir(parents=True)
            if masks:
                (folder / "masks" / split / wnid).mkdir(parents=True)
            items += [(split, wnid, number) for number in range((count + 1 - label) // 2)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(partial(_write_one, folder, seed, masks), items))


def _check(counts: dict[str, int], seed: int) -> None:
    """Refuse counts and seeds that make no data set."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise UserError(f"{name} must be a whole number of at least 2 pictures, got {count!r}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UserError(f"seed must be a whole number of at least 0, got {seed!r}.")


def make(
    folder: str | Path, train: int = 400, val: int = 100, seed: int = 0, masks: bool = True
) -> Path:
    """Draw a data set into ``folder``, which appears whole or not at all.

    The layout is ImageNet's: ``train/n03792782/n03792782_10001.JPEG`` and so on, ``val/…``, and
    with ``masks`` the object masks ``masks/train/n03792782/n03792782_10001.png``.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty.
    train, val
        Number of pictures in each split, half of them of each class (at least 2).
    seed
        Picks the pictures. A picture does not depend on ``train`` and ``val``.
    masks
        Whether to write the masks.

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
    folder, counts = Path(folder), {"train": train, "val": val}
    _check(counts, seed)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is in use; name a folder that is new or empty.")
    with paths.whole_folder(folder) as beside:
        _write_all(beside, counts, seed, masks)
    return folder


def _key(train: int, val: int, seed: int) -> str:
    """Return a short hash of what decides the pictures: the counts, the seed and this file."""
    source = Path(__file__).read_bytes()
    return hashlib.sha256(f"{train} {val} {seed} ".encode() + source).hexdigest()[:12]


def ensure(train: int = 400, val: int = 100, seed: int = 0) -> Path:
    """Return the folder of the drawn data set, drawing it the first time (some seconds).

    It lies below ``helpers.paths.home()``. Two processes may call this at once: both draw, the
    first to finish moves its folder into place, and the other uses that one.

    Examples
    --------
    >>> ensure().name.startswith("embedded-")
    True
    """
    folder = paths.home() / f"embedded-{_key(train, val, seed)}"
    if folder.is_dir():
        return folder
    try:
        return make(folder, train, val, seed)
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
