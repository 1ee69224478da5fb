"""The hard pictures: the same scenes for both classes, full of parts of the other one.

Colours, clutter, light, place and size of the object come from the same distributions; a ship's
scene has more round things about, a bike's more boxes, so that the directions of all edges say
little. The camera is held askew, and the object is partly covered.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageFilter

from helpers.datasets.drawn import things
from helpers.datasets.drawn.bike import BAR, REAR, Bike
from helpers.datasets.drawn.scene import (
    FINE,
    Camera,
    Canvas,
    Colour,
    Generator,
    Scene,
    any_paint,
    backcloth,
    mixed,
    new_scene,
    shaded,
)
from helpers.datasets.drawn.ship import BEAM, BOW, Ship

MARGIN = 1.3  # the canvas is so much larger than the picture, for turning
ASKEW = 7.0  # degrees by which the camera is turned, standard deviation
ASIDE = (0.27, 0.2)  # how far the object is off the middle at most, in shorter sides
SIZES = (0.27, 0.66)  # of the object, in shorter sides
BEHIND, BEFORE = (2, 7), (0, 5)  # how many things: from, and below
OWN, OTHERS = 0.2, 0.65  # share of the things that suit the object, and the other class


class FineShip(Ship):
    """A container ship with what makes it look finished: rails, doors, letters, tyres."""

    def __init__(self, canvas: Canvas, rng: Generator, camera: Camera) -> None:
        super().__init__(canvas, rng, camera)
        self.lashed, self.tanks = rng.choice([0, 0.5, 1]), rng.choice([0, 0, 0.5])

    def stack(self, x: float, length: float, tiers: int) -> None:
        """Draw one bay, with rods on the doors of its containers."""
        super().stack(x, length, tiers)
        end, step = x + length if self.bow_near else x, 2 * BEAM / self.rows
        rows, levels = np.meshgrid(np.arange(self.rows), np.arange(tiers))
        low = self.deck + 0.06 + levels.ravel() * self.tier
        for share in (0.3, 0.7):
            z = -BEAM + (rows.ravel() + share) * step
            foot = np.stack([np.full(z.shape, end), low + 0.04, z], axis=1)
            head = foot + np.array([0, self.tier - 0.08, 0])
            for stroke in self.camera.project(np.stack([foot, head], axis=1)):
                self.canvas.line(stroke, 1, (60, 60, 64))
        self.lashings(x, length, tiers)

    def lashings(self, x: float, length: float, tiers: int) -> None:
        """Draw the crossed rods and tarpaulin ropes that hold a bay, and sometimes a round tank."""
        low, step, rod = self.deck + 0.06, self.tier, mixed(self.house, (90, 90, 95), 0.6)
        if self.rng.random() < self.lashed:
            for tier in range(tiers):
                y, z = low + tier * step, BEAM * 1.01
                self.stroke([(x, y, z), (x + length, y + step, z)], 0.03, rod)
                self.stroke([(x, y + step, z), (x + length, y, z)], 0.03, rod)
        if self.rng.random() < self.tanks:
            angle = np.linspace(0, 2 * np.pi, 25)
            radius = 0.5 * min(length, 1.2)
            ball = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1) * radius
            flat = self.camera.project(
                ball + np.array([x + length / 2, low + tiers * step + 0.3, 0])
            )
            self.canvas.polygon(flat, self.house, part=True)
            self.canvas.line(flat, 0.03 * self.camera.scale, rod, part=True)

    def stroke(self, points: np.ndarray | Sequence, width: float, colour: Colour) -> None:
        """Draw a line of the ship through points (N, 3)."""
        flat = self.camera.project(np.asarray(points, float))
        self.canvas.line(flat, max(1.0, width * self.camera.scale), colour, part=True)

    def plates(self) -> None:
        """Draw seams, rust, letters and draught marks on the near side."""
        side = BEAM * 1.005
        for x in np.arange(-4.4, 2.7, 0.8):
            self.stroke(
                [(x, 0.08, side), (x, self.deck * 0.97, side)], 0.012, shaded(self.hull, 0.85)
            )
        for x in self.rng.uniform(-4.5, 2.5, 7):
            low = self.deck * self.rng.uniform(0.35, 0.8)
            rust = mixed(self.hull, (120, 62, 30), self.rng.uniform(0.2, 0.7))
            self.stroke([(x, self.deck, side), (x, low, side)], 0.03, rust)
        pale = mixed(self.hull, (245, 245, 240), 0.8)
        start, size = self.rng.uniform(-3.5, -0.5), 0.22
        for letter in range(self.rng.integers(4, 9)):
            x, low, high = start + letter * size, self.deck * 0.5, self.deck * 0.72
            for a, b in ((0, 0), (0, 0.6), (0.6, 0.6)):
                if self.rng.random() < 0.75:
                    self.stroke(
                        [(x + a * size, low, side), (x + b * size, high, side)], 0.035, pale
                    )
        for mark in np.linspace(0.1, 0.8, 6) * self.deck:
            self.stroke([(-4.4, mark, side), (-4.3, mark, side)], 0.03, pale)

    def fenders(self) -> None:
        """Hang old tyres along the near side, as small ships do."""
        angle = np.linspace(0, 2 * np.pi, 17)
        for x in np.arange(-4.0, 2.6, self.rng.uniform(0.9, 1.6)):
            centre = (x, self.deck * 0.62, BEAM + 0.06)
            round_ = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
            self.stroke([(x, self.deck * 1.05, BEAM), centre], 0.02, (70, 64, 52))
            self.stroke(round_ * self.deck * 0.24 + centre, 0.1, (32, 32, 35))

    def rails(self) -> None:
        """Draw the rail along the near edge of the deck, and the foremast."""
        edge = self.outline(1.0, 1.0)
        along = np.linspace(0, 1, 34) * (len(edge) - 1)
        foot = np.stack([np.interp(along, np.arange(len(edge)), axis) for axis in edge.T], axis=1)
        for height in (0.09, 0.18):
            self.stroke(foot + np.array([0, height, 0]), 0.014, self.house)
        for x, y, z in foot:
            self.stroke([(x, y, z), (x, y + 0.18, z)], 0.014, self.house)
        x, base = 4.3, self.deck + 0.2
        self.stroke([(x, base, 0), (x, base + 1.0, 0)], 0.05, self.house)
        self.stroke([(x, base + 0.7, -0.2), (x, base + 0.7, 0.2)], 0.03, self.house)
        self.stroke([(x, base + 1.0, 0), (BOW, self.deck + 0.45, 0)], 0.014, self.house)

    def derricks(self) -> None:
        """Draw slanting booms between the stacks, with the ropes that hold them."""
        top = self.deck + self.tiers * self.tier
        for x in self.rng.uniform(-3.5, 3.5, self.rng.integers(0, 4)):
            z, head = BEAM * self.rng.uniform(-0.5, 1), top + self.rng.uniform(0.2, 0.8)
            tip = (x + self.rng.choice([-1, 1]) * self.rng.uniform(0.8, 1.8), top * 0.9, z)
            self.stroke([(x, self.deck, z), (x, head, z)], 0.1, self.house)
            self.stroke([(x, self.deck + 0.4, z), tip], 0.075, self.house)
            self.stroke([(x, head, z), tip], 0.025, (60, 60, 64))
            self.stroke([tip, (tip[0], top * 0.6, z)], 0.025, (60, 60, 64))

    def superstructure(self, x: float) -> None:
        """Draw the house, and on it a boat, radar, funnel mark and aerials."""
        super().superstructure(x)
        top, side = self.deck + self.tiers * self.tier + 0.55, BEAM * 0.98
        boat = self.deck + self.tiers * self.tier * 0.5
        self.stroke([(x - 0.35, boat, side), (x + 0.05, boat, side)], 0.2, (222, 96, 34))
        self.stroke(
            [(x - 0.4, boat + 0.03, side), (x + 0.1, boat + 0.03, side)], 0.04, (70, 40, 30)
        )
        self.stroke(
            [(x - 0.45, top - 0.35, 0.31), (x - 0.2, top - 0.35, 0.31)], 0.12, self.palette[0]
        )
        for height, half in ((0.45, 0.3), (0.65, 0.42), (0.8, 0.2)):
            self.stroke(
                [(x + 0.3, top + height, -half), (x + 0.3, top + height, half)], 0.035, self.house
            )
        for z in (-0.5, 0.55):
            self.stroke([(x + 0.2, top + 0.28, z), (x + 0.2, top + 0.85, z)], 0.015, (60, 60, 64))
        for level in np.arange(self.deck + 0.4, top, 0.25):
            self.stroke([(x, level, side), (x + 0.6, level, side)], 0.012, shaded(self.house, 0.75))

    def draw(self) -> None:
        """Draw the ship from the far end to the near end, then what hangs on its near side."""
        super().draw()
        self.plates()
        self.derricks()
        if self.rng.random() < 0.6:
            self.fenders()
        self.rails()


class LadenBike(Bike):
    """A mountain bike, often with luggage: a crate, panniers, a bag in the frame, mudguards."""

    def face(self, corners: Sequence[Sequence[float]], colour: Colour) -> None:
        """Fill a flat face with a darker outline."""
        flat = self.camera.project(np.array(corners, float))
        self.canvas.polygon(flat, colour, part=True)
        rim = max(1.0, 0.03 * self.camera.scale)
        self.canvas.line(np.concatenate([flat, flat[:1]]), rim, shaded(colour, 0.6), part=True)

    def load(self, left: float, low: float, wide: float, high: float, z: float) -> None:
        """Draw a box of luggage with its slats or straps."""
        colour, right, top = any_paint(self.rng), left + wide, low + high
        self.face([(left, low, z), (right, low, z), (right, top, z), (left, top, z)], colour)
        self.face([(left, top, -z), (right, top, -z), (right, top, z), (left, top, z)],
                  shaded(colour, 1.15))  # fmt: skip
        flat = self.rng.random() < 0.5
        for share in np.arange(1, 6) / 6:
            x, y = left + share * wide, low + share * high
            ends = [(left, y, z), (right, y, z)] if flat else [(x, low, z), (x, top, z)]
            self.tube(ends, 0.03, shaded(colour, 0.6))

    def draw(self) -> None:
        """Draw the bike from back to front, then its luggage."""
        super().draw()
        (x, y), chance = REAR, self.rng.random(4)
        if chance[0] < 0.45:
            self.load(x - 0.6, y + 1.1, 1.2, self.rng.uniform(0.4, 0.9), 0.35)
        if chance[1] < 0.35:
            self.load(x - 0.55, y - 0.2, 1.0, 1.05, 0.3)
        if chance[2] < 0.3:
            self.load(BAR[0] + 0.1, BAR[1] - 0.55, 0.75, 0.6, 0.4)
        if chance[3] < 0.3:
            self.load(-0.5, 1.45, 1.2, 0.5, 0.1)


def _place(
    canvas: Canvas, rng: Generator, camera: Camera, corners: np.ndarray, share: float
) -> float:
    """Place the object and return where its foot is; ``share`` is about its size."""
    shown = canvas.unit / MARGIN
    centre = (
        canvas.width / 2 + rng.uniform(-1, 1) * ASIDE[0] * shown,
        canvas.height / 2 + rng.uniform(-1, 1) * ASIDE[1] * shown,
    )
    camera.place(corners, centre, 1.0)
    flat = camera.project(corners)
    wide, high = flat.max(axis=0) - flat.min(axis=0)
    # The same area for a long ship and a short bike, not the same length.
    extent = shown * share * rng.uniform(*SIZES) * max(wide, high) / np.sqrt(wide * high)
    camera.scale, camera.offset = 1.0, (0.0, 0.0)
    camera.place(corners, centre, min(extent, 1.15 * shown))
    return float(camera.project(corners)[:, 1].max())


def _surroundings(canvas: Canvas, rng: Generator, scene: Scene) -> None:
    """Paint the scene; what lies on water and ground goes by chance, not by which it is."""
    shore = backcloth(canvas, rng, scene)
    for low, high, colour in (
        (scene.horizon, shore, scene.water),
        (shore, canvas.height, scene.ground),
    ):
        for _ in range(rng.integers(1, 3) if high > low + 4 else 0):
            things.SURFACES[rng.integers(len(things.SURFACES))](canvas, rng, low, high, colour)


def _kind(rng: Generator, label: int) -> Callable[[things.Spot], None]:
    """Return what to put into the scene of a ship (0) or a bike (1)."""
    broad_and_lacy = (things.BROAD, things.LACY)
    chance = rng.random()
    if chance < OWN:
        kinds = broad_and_lacy[label]
    else:
        kinds = broad_and_lacy[1 - label] if chance < OWN + OTHERS else things.BOTH
    return kinds[rng.integers(len(kinds))]


def put(
    canvas: Canvas,
    rng: Generator,
    scene: Scene,
    label: int,
    rows: tuple[float, float],
    part: bool | None,
) -> None:
    """Set things between two ``rows`` of the canvas, the far ones first.

    ``part`` is None behind the object and False before it, where things stand at the sides.
    """
    shown, deep = canvas.unit / MARGIN, canvas.height - scene.horizon
    for near in np.sort(rng.random(rng.integers(*(BEHIND if part is None else BEFORE)))):
        draw = _kind(rng, label)
        base = rows[0] + (rows[1] - rows[0]) * near
        depth = (base - scene.horizon) / max(1.0, deep)
        size = shown * (0.12 + 0.35 * depth) * rng.uniform(0.7, 1.4)
        size *= 1.7 if draw in things.FAR and part is None else 1.0
        aside = rng.uniform(-0.5, 0.5) * rng.uniform(0.3, 1)
        if part is False:
            aside = rng.choice([-1, 1]) * rng.uniform(0.22, 0.5)
        foot = (canvas.width * (0.5 + aside / MARGIN), base)
        haze, far = mixed(scene.sky, scene.ground, 0.3), float(np.clip(0.5 - depth, 0, 0.5))
        draw(things.Spot(canvas, rng, foot, size, haze, far, part))


def veil(canvas: Canvas, rng: Generator) -> None:
    """Draw what hangs or falls right before the camera, in a part of the pictures."""
    if rng.random() < 0.55:
        things.VEILS[rng.integers(len(things.VEILS))](canvas, rng)


def draw_ship(canvas: Canvas, rng: Generator) -> None:
    """Draw a ship in a harbour basin or on a river, things on the far bank and on the near one."""
    camera = Camera.look(
        rng.uniform(-60, 60), rng.uniform(2, 16), rng.normal(0, 2), rng.random() < 0.5, 18.0
    )
    camera.rotation = camera.rotation @ np.diag([rng.uniform(0.5, 0.9), 1, 1])  # long or short
    base = _place(canvas, rng, camera, FineShip.corners, 0.93)
    horizon = base - canvas.height * rng.uniform(0.05, 0.45)
    scene = new_scene(rng, horizon, base + canvas.height * rng.uniform(0.02, 0.3))
    _surroundings(canvas, rng, scene)
    put(canvas, rng, scene, 0, (horizon, horizon + 0.3 * (base - horizon)), None)
    ship = FineShip(canvas, rng, camera)
    ship.draw()
    ship.foam(scene.water)
    put(canvas, rng, scene, 0, (scene.shore, canvas.height * 0.95), False)


def draw_bike(canvas: Canvas, rng: Generator) -> None:
    """Draw a bike on a quay, a road or a meadow, things behind it and before it."""
    camera = Camera.look(
        rng.uniform(-50, 50), rng.uniform(0, 16), rng.normal(0, 5), rng.random() < 0.5, 12.0
    )
    base = _place(canvas, rng, camera, Bike.corners, 1.1)
    horizon = base - canvas.height * rng.uniform(0.05, 0.45)
    scene = new_scene(rng, horizon, base - canvas.height * rng.uniform(0.02, 0.3))
    _surroundings(canvas, rng, scene)
    put(canvas, rng, scene, 1, (horizon, base - 0.02 * canvas.height), None)
    bike = LadenBike(canvas, rng, camera, scene.ground)
    bike.spoke = mixed(bike.spoke, scene.ground, rng.uniform(0, 0.7))
    bike.shadow(scene.ground)
    bike.draw()
    if rng.random() < 0.25:
        bike.rider()
    put(canvas, rng, scene, 1, (base + 0.03 * canvas.height, canvas.height * 0.95), False)


def turned(
    canvas: Canvas, rng: Generator, size: tuple[int, int]
) -> tuple[Image.Image, Image.Image]:
    """Return picture and mask as a camera held askew sees them, cut to ``size``."""
    angle = float(np.clip(rng.normal(0, ASKEW), -12, 12))
    left, top = (canvas.width // FINE - size[0]) // 2, (canvas.height // FINE - size[1]) // 2
    box = (left, top, left + size[0], top + size[1])
    picture = canvas.image.reduce(FINE).rotate(angle, Image.BILINEAR).crop(box)
    return picture, canvas.mask.reduce(FINE).rotate(angle, Image.BILINEAR).crop(box)


def lit(picture: Image.Image, rng: Generator) -> Image.Image:
    """Return the picture in uneven light: shadows of clouds and houses, glare."""
    cells = rng.integers(2, 7, 2)
    field = 1 + rng.uniform(0, 0.3) * rng.standard_normal(cells, dtype=np.float32)
    field = np.asarray(Image.fromarray(field).resize(picture.size, Image.BICUBIC))
    light = np.clip(field, 0.3, 1.7)[..., None]
    return Image.fromarray(np.clip(np.asarray(picture) * light, 0, 255).astype(np.uint8))


def shaken(picture: Image.Image, rng: Generator) -> Image.Image:
    """Return the picture as a hand that was not still took it: blurred one way, or not."""
    if rng.random() < 0.5:
        return picture
    angle, kernel = rng.uniform(0, np.pi), np.zeros((5, 5))
    for reach in np.linspace(-2, 2, 9) * rng.uniform(0.3, 1):
        kernel[round(2 + reach * np.sin(angle)), round(2 + reach * np.cos(angle))] += 1
    return picture.filter(ImageFilter.Kernel((5, 5), kernel.ravel().tolist()))


DRAW = (draw_ship, draw_bike)


def draw(label: int, rng: Generator, size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Return picture and mask of one object: 0 a ship, 1 a bike."""
    canvas = Canvas(*(int(side * MARGIN) for side in size))
    DRAW[label](canvas, rng)
    veil(canvas, rng)
    picture, mask = turned(canvas, rng, size)
    return shaken(lit(picture, rng), rng), mask
