"""Things that stand about in the hard pictures: round ones, boxes, and what is both.

Each is drawn in a frame of its own (``Spot``): u to the right, v upwards from its foot, in shares
of its height. They make edges of every direction in scenes of either class, so that wheels and
stacked boxes are told only by how their parts go together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.datasets.drawn.scene import (
    Canvas,
    Colour,
    Generator,
    Point,
    any_paint,
    hsv,
    mixed,
    shaded,
)

CIRCLE = np.linspace(0, 2 * np.pi, 33)


@dataclass
class Spot:
    """Where a thing stands on the canvas, how large it is and how it is turned."""

    canvas: Canvas
    rng: Generator
    foot: tuple[float, float]  # on the canvas, in drawn pixels
    size: float  # its height, in drawn pixels
    haze: Colour  # what distance mixes into its colours
    far: float  # how much of it
    part: bool | None = None  # as in ``Canvas``: None behind the object, False in front of it

    def __post_init__(self) -> None:
        tilt, turn = self.rng.normal(0, 0.07), self.rng.uniform(0.6, 1.0)
        mirror = self.rng.choice([-1.0, 1.0])
        # Seen from a side: narrower, and its far end higher or lower.
        slant = self.rng.normal(0, 0.16)
        turned = np.array([[np.cos(tilt), np.sin(tilt)], [np.sin(tilt), -np.cos(tilt)]])
        self.axes = turned @ np.array([[turn * mirror, 0], [slant, 1]]) * self.size

    def at(self, points: Sequence) -> np.ndarray:
        """Return points (N, 2) of the thing's frame on the canvas."""
        return np.asarray(points, float) @ self.axes.T + self.foot

    def paint(self) -> Colour:
        """Return a colour of paint as it looks from afar."""
        return mixed(any_paint(self.rng), self.haze, self.far)

    def dark(self) -> Colour:
        """Return a dark grey as it looks from afar."""
        return mixed(hsv(0.6, 0.1, self.rng.uniform(0.08, 0.35)), self.haze, self.far)

    def area(self, points: Sequence, colour: Colour) -> None:
        """Fill a polygon."""
        self.canvas.polygon(self.at(points), colour, self.part)

    def bar(self, points: Sequence, width: float, colour: Colour) -> None:
        """Draw a line, ``width`` in shares of the height."""
        self.canvas.line(self.at(points), max(1.5, width * self.size), colour, self.part)

    def box(self, left: float, low: float, right: float, high: float, colour: Colour) -> None:
        """Fill an upright rectangle with a darker outline."""
        corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
        self.area(corners, colour)
        self.bar(corners, 0.004, shaded(colour, 0.6))

    def ring(
        self, centre: Point, outer: float, inner: float, colour: Colour, squash: float = 1.0
    ) -> None:
        """Fill the ring between two circles; ``squash`` flattens it."""
        unit = np.stack([np.cos(CIRCLE), np.sin(CIRCLE) * squash], axis=1)
        path = np.concatenate([unit * outer, unit[::-1] * inner]) + centre
        self.area(path, colour)

    def spokes(
        self, centre: Point, length: float, count: int, width: float, colour: Colour
    ) -> None:
        """Draw ``count`` lines from the centre outwards."""
        for angle in np.arange(count) * 2 * np.pi / count + self.rng.uniform(0, 6):
            end = np.add(centre, length * np.array([np.cos(angle), np.sin(angle)]))
            self.bar([centre, end], width, colour)


def tyre(spot: Spot) -> None:
    """Draw one to three tyres, standing or lying on each other."""
    rubber = spot.dark()
    if spot.rng.random() < 0.5:
        for level in range(3):
            spot.ring((0, 0.2 + 0.22 * level), 0.5, 0.2, shaded(rubber, 0.8 + 0.3 * level), 0.4)
        return
    for x in np.arange(spot.rng.integers(1, 4)) * 0.75:
        spot.ring((x, 0.5), 0.5, 0.28, rubber)
        spot.ring((x, 0.5), 0.36, 0.28, shaded(rubber, 1.7))


def drum(spot: Spot) -> None:
    """Draw a cable drum: two wooden discs with cable between them."""
    wood, cable = mixed(hsv(0.09, 0.45, 0.65), spot.paint(), 0.3), spot.dark()
    spot.ring((0.4, 0.52), 0.48, 0, shaded(wood, 0.7))
    spot.area([(0, 0.15), (0.4, 0.15), (0.4, 0.85), (0, 0.85)], cable)
    spot.ring((0, 0.5), 0.5, 0, wood)
    for radius in (0.46, 0.2):
        spot.ring((0, 0.5), radius, radius - 0.02, shaded(wood, 0.55))
    spot.spokes((0, 0.5), 0.46, 7, 0.012, shaded(wood, 0.55))
    spot.ring((0, 0.5), 0.07, 0, cable)


def wheel(spot: Spot, centre: Point = (0.0, 0.5), radius: float = 0.5) -> None:
    """Draw a cart's wheel: rim, spokes, hub."""
    wood, count = spot.paint(), int(spot.rng.integers(6, 15))
    spot.ring(centre, radius, radius * 0.84, wood)
    spot.ring(centre, radius, radius * 0.95, shaded(wood, 0.5))
    spot.spokes(centre, radius * 0.9, count, 0.05 * radius, shaded(wood, 0.85))
    spot.ring(centre, radius * 0.18, 0, shaded(wood, 0.7))


def cart(spot: Spot) -> None:
    """Draw a hand cart: a box on two wheels with a shaft."""
    body = spot.paint()
    spot.bar([(0.5, 0.5), (1.25, 0.75)], 0.035, shaded(body, 0.6))
    spot.area([(-0.65, 0.42), (0.6, 0.42), (0.75, 0.95), (-0.8, 0.95)], body)
    for y in (0.55, 0.68, 0.81):
        spot.bar([(-0.7, y), (0.68, y)], 0.012, shaded(body, 0.6))
    for x in (-0.4, 0.35):
        wheel(spot, (x, 0.27), 0.27)


def lorry(spot: Spot) -> None:
    """Draw a lorry with a box: cab, windows, three wheels."""
    body, cab = spot.paint(), spot.paint()
    spot.box(-0.9, 0.22, 0.5, 1.0, body)
    for x in np.linspace(-0.8, 0.4, 9):
        spot.bar([(x, 0.26), (x, 0.96)], 0.008, shaded(body, 0.75))
    spot.area([(0.54, 0.2), (1.0, 0.2), (1.0, 0.5), (0.88, 0.82), (0.54, 0.82)], cab)
    spot.area([(0.68, 0.5), (0.97, 0.5), (0.87, 0.76), (0.68, 0.76)], shaded(cab, 0.35))
    for x in (-0.65, -0.35, 0.78):
        spot.ring((x, 0.15), 0.15, 0, spot.dark())
        spot.ring((x, 0.15), 0.07, 0, mixed((170, 170, 175), spot.haze, spot.far))


def pipes(spot: Spot) -> None:
    """Draw a heap of pipes, seen from their ends."""
    colour, radius = spot.paint(), 0.17
    for level in range(3):
        for place in range(4 - level):
            centre = ((place + level / 2 - 1.5) * 2 * radius, radius * (1 + 1.74 * level))
            spot.ring(centre, radius, 0, shaded(colour, 0.3))
            tint = spot.rng.uniform(0.8, 1.2)
            spot.ring(centre, radius, radius * 0.72, shaded(colour, tint))


def tank(spot: Spot) -> None:
    """Draw a round tank of two to four courses, with a stair around it."""
    metal = mixed(spot.paint(), (215, 215, 210), 0.5)
    half, courses = spot.rng.uniform(0.35, 0.6), int(spot.rng.integers(2, 5))
    arc = np.stack([half * np.cos(CIRCLE[:17]), 0.82 + 0.16 * np.sin(CIRCLE[:17])], axis=1)
    spot.area([(-half, 0), (half, 0), *arc], metal)
    spot.area([(half * 0.4, 0), (half, 0), (half, 0.82), (half * 0.4, 0.9)], shaded(metal, 0.8))
    for level in np.arange(1, courses + 1) / courses * 0.82:
        curve = np.stack([half * np.cos(CIRCLE[16:]), level + 0.06 * np.sin(CIRCLE[16:])], axis=1)
        spot.bar(curve, 0.008, shaded(metal, 0.65))
    spot.bar([(-half, 0.05), (half * 0.7, 0.85)], 0.025, shaded(metal, 0.5))


def ferris(spot: Spot) -> None:
    """Draw a big wheel with its gondolas."""
    steel, count = spot.paint(), int(spot.rng.integers(10, 18))
    centre = (0, 0.56)
    for side in (-0.3, 0.3):
        spot.bar([(side, 0), centre], 0.022, shaded(steel, 0.8))
    for radius in (0.43, 0.36):
        spot.ring(centre, radius, radius - 0.014, steel)
    spot.spokes(centre, 0.43, count, 0.006, steel)
    for angle in np.arange(count) * 2 * np.pi / count:
        place = (0.43 * np.cos(angle), 0.54 + 0.43 * np.sin(angle))
        spot.ring(place, 0.035, 0, shaded(steel, 0.7))


def turbine(spot: Spot) -> None:
    """Draw a wind turbine."""
    white, start = mixed((235, 238, 240), spot.haze, spot.far), spot.rng.uniform(0, 6)
    spot.area([(-0.02, 0), (0.02, 0), (0.011, 0.66), (-0.011, 0.66)], white)
    for angle in start + np.arange(3) * 2.0944:
        along = np.array([np.cos(angle), np.sin(angle)])
        side = np.array([-along[1], along[0]]) * 0.022
        hub = np.array([0, 0.66])
        spot.area([hub, hub + along * 0.09 + side, hub + along * 0.36], shaded(white, 0.9))
    spot.ring((0, 0.66), 0.022, 0, shaded(white, 0.7))


def arches(spot: Spot) -> None:
    """Draw a row of round arches, as bicycles are leant against."""
    steel, half = spot.paint(), spot.rng.uniform(0.2, 0.35)
    for x in np.arange(spot.rng.integers(3, 7)) * half * 1.5 - 1:
        bow = np.stack([half * np.cos(CIRCLE[:17]), 0.65 + 0.33 * np.sin(CIRCLE[:17])], axis=1)
        bow = np.concatenate([[(half, 0)], bow, [(-half, 0)]])
        spot.bar(bow + np.array([x, 0]), 0.045, steel)


def coil(spot: Spot) -> None:
    """Draw a coil of rope."""
    rope = mixed(hsv(0.11, 0.35, 0.75), spot.paint(), 0.4)
    for level in range(5):
        for radius in (0.75, 0.6, 0.45):
            tint = 0.75 + 0.25 * ((level + round(radius * 20)) % 2)
            spot.ring((0, 0.3 + 0.1 * level), radius, radius - 0.12, shaded(rope, tint), 0.4)


def buoy(spot: Spot) -> None:
    """Draw a buoy: a ball or a cone with a ring and a lamp."""
    colour = spot.paint()
    spot.ring((0, 0.3), 0.32, 0, colour)
    spot.ring((0, 0.3), 0.32, 0.25, shaded(colour, 0.6))
    for side in (-0.18, 0.18):
        spot.bar([(side, 0.5), (0, 0.95)], 0.03, shaded(colour, 0.7))
    spot.bar([(-0.12, 0.66), (0.12, 0.66)], 0.03, shaded(colour, 0.7))
    spot.ring((0, 0.93), 0.07, 0, spot.paint())


def person(spot: Spot) -> None:
    """Draw a standing person."""
    shirt, trousers = spot.paint(), spot.paint()
    skin = mixed(hsv(0.06, 0.4, spot.rng.uniform(0.35, 0.95)), spot.haze, spot.far)
    for side in (-0.08, 0.08):
        spot.bar([(side * 1.3, 0.02), (side, 0.48)], 0.1, trousers)
        spot.bar([(side * 1.6, 0.78), (side * 2.4, 0.6), (side * 1.9, 0.45)], 0.065, shirt)
    spot.bar([(0, 0.52), (0, 0.76)], 0.2, shirt)
    spot.ring((0, 0.92), 0.075, 0, skin)


def containers(spot: Spot) -> None:
    """Draw stacked containers, seen from the side, some with their doors."""
    tiers, wide = int(spot.rng.integers(2, 5)), int(spot.rng.integers(1, 4))
    high, long = 1 / tiers, 2.0 / tiers
    for column in range(wide):
        for tier in range(tiers - int(spot.rng.integers(0, 2))):
            colour, x, y = spot.paint(), (column - wide / 2) * long, tier * high
            spot.box(x, y, x + long * 0.98, y + high * 0.97, colour)
            ribs = 4 if spot.rng.random() < 0.3 else 12
            for rib in range(1, ribs):
                place = x + long * 0.98 * rib / ribs
                tint = 1.25 if rib % 2 else 0.75
                spot.bar(
                    [(place, y + high * 0.08), (place, y + high * 0.9)], 0.006, shaded(colour, tint)
                )


def crates(spot: Spot) -> None:
    """Draw a heap of crates: planks, a frame, a brace across."""
    wood, side = mixed(hsv(0.09, 0.4, 0.7), spot.paint(), 0.35), 0.5
    for x, y in ((-0.52, 0), (0, 0), (0.52, 0), (-0.3, side), (0.26, side))[
        : spot.rng.integers(2, 6)
    ]:
        colour = shaded(wood, spot.rng.uniform(0.8, 1.15))
        spot.box(x, y, x + side, y + side * 0.98, colour)
        for plank in (0.25, 0.5, 0.75):
            spot.bar(
                [(x, y + side * plank), (x + side, y + side * plank)], 0.01, shaded(colour, 0.6)
            )
        brace = [(x + 0.03, y + 0.03), (x + side - 0.03, y + side - 0.03)]
        spot.bar(brace, 0.045, shaded(colour, 1.15))


def pallets(spot: Spot) -> None:
    """Draw a heap of pallets."""
    wood, count = mixed(hsv(0.1, 0.4, 0.75), spot.paint(), 0.3), int(spot.rng.integers(4, 9))
    for level in range(count):
        y, tint = level / count, spot.rng.uniform(0.8, 1.1)
        spot.box(-0.6, y + 0.55 / count, 0.6, y + 0.85 / count, shaded(wood, tint))
        for x in (-0.6, -0.08, 0.44):
            spot.box(x, y, x + 0.16, y + 0.55 / count, shaded(wood, 0.65 * tint))


def fence(spot: Spot) -> None:
    """Draw a fence of pales, or of bars."""
    colour, half = spot.paint(), spot.rng.uniform(0.8, 2.0)
    for y in (0.25, 0.8):
        spot.bar([(-half, y), (half, y)], 0.06, shaded(colour, 0.8))
    width = spot.rng.choice([0.03, 0.1])
    for x in np.arange(-half, half, width * 2.2):
        spot.bar([(x, 0), (x, 1)], width, shaded(colour, spot.rng.uniform(0.85, 1.1)))


def shed(spot: Spot) -> None:
    """Draw a building of several floors with its windows."""
    wall, floors, bays = spot.paint(), int(spot.rng.integers(2, 6)), int(spot.rng.integers(2, 7))
    half, glass = 0.16 * bays, shaded(spot.dark(), 1.3)
    spot.box(-half, 0, half, 0.92, wall)
    if spot.rng.random() < 0.5:
        spot.area([(-half * 1.06, 0.9), (half * 1.06, 0.9), (0, 1.15)], shaded(wall, 0.65))
    for floor in range(floors):
        for bay in range(bays):
            x, y = -half + (bay + 0.25) * 2 * half / bays, (floor + 0.3) * 0.9 / floors
            spot.area(
                [(x, y), (x + half / bays, y), (x + half / bays, y + 0.45 / floors),
                 (x, y + 0.45 / floors)], glass,
            )  # fmt: skip


def wall(spot: Spot) -> None:
    """Draw a piece of wall of large stones."""
    stone, half = spot.paint(), spot.rng.uniform(0.6, 1.6)
    spot.box(-half, 0, half, 1, stone)
    for level in range(1, 5):
        spot.bar([(-half, level / 5), (half, level / 5)], 0.015, shaded(stone, 0.65))
    for level in range(5):
        for x in np.arange(-half + 0.2 * (level % 2), half, 0.42):
            spot.bar([(x, level / 5), (x, level / 5 + 0.2)], 0.015, shaded(stone, 0.65))


def scaffold(spot: Spot) -> None:
    """Draw a scaffold: tubes, boards, braces."""
    steel, bays, floors = spot.paint(), int(spot.rng.integers(2, 5)), int(spot.rng.integers(2, 5))
    step = 1 / floors
    for x in np.arange(bays + 1) * step:
        spot.bar([(x - 0.5, 0), (x - 0.5, 1)], 0.02, steel)
    for floor in range(1, floors + 1):
        spot.bar(
            [(-0.5, floor * step), (bays * step - 0.5, floor * step)], 0.03, shaded(steel, 0.7)
        )
    for bay in range(bays):
        low = int(spot.rng.integers(floors)) * step
        spot.bar([(bay * step - 0.5, low), (bay * step + step - 0.5, low + step)], 0.015, steel)


def gantry(spot: Spot) -> None:
    """Draw a quay crane: legs, a lattice beam, stays, a cable with its hook."""
    steel = spot.paint()
    for x in (-0.2, 0.2):
        spot.bar([(x, 0), (x, 0.62)], 0.03, steel)
    spot.bar([(-0.2, 0.3), (0.2, 0.3)], 0.025, steel)
    spot.bar([(0.2, 0.62), (0.1, 1.0)], 0.025, steel)
    for y in (0.62, 0.68):
        spot.bar([(-0.75, y), (0.5, y)], 0.014, steel)
    for x in np.arange(-0.75, 0.45, 0.125):
        spot.bar([(x, 0.62), (x + 0.0625, 0.68), (x + 0.125, 0.62)], 0.008, steel)
    for x in (-0.7, -0.35, 0.45):
        spot.bar([(x, 0.68), (0.1, 1.0)], 0.01, steel)
    hook = spot.rng.uniform(-0.7, -0.3)
    spot.bar([(hook, 0.62), (hook, spot.rng.uniform(0.2, 0.5))], 0.008, spot.dark())


def skip(spot: Spot) -> None:
    """Draw an open skip full of rubble: it narrows downwards, as a hull does."""
    body = spot.paint()
    for _ in range(12):
        centre = (spot.rng.uniform(-0.9, 0.9), spot.rng.uniform(0.75, 1.0))
        spot.ring(centre, spot.rng.uniform(0.06, 0.2), 0, shaded(body, spot.rng.uniform(0.4, 1.3)))
    spot.area([(-0.85, 0), (0.85, 0), (1.2, 0.8), (-1.2, 0.8)], body)
    for x in np.linspace(-0.9, 0.9, 7):
        spot.bar([(x * 0.9, 0.03), (x * 1.15, 0.77)], 0.02, shaded(body, 0.75))


def sail(spot: Spot) -> None:
    """Draw a sailing boat: two sails, mast, small hull."""
    cloth, hull, lean = spot.paint(), spot.paint(), spot.rng.uniform(-0.1, 0.1)
    mast = (lean, 1.0)
    spot.area([(-0.3, 0.06), (0.32, 0.06), (0.22, -0.04), (-0.22, -0.04)], hull)
    spot.bar([(0, 0.05), mast], 0.014, shaded(hull, 0.5))
    spot.area([(0.03, 0.14), (0.36, 0.14), (lean + 0.02, 0.97)], cloth)
    spot.area([(-0.03, 0.12), (-0.3, 0.1), (lean - 0.02, 0.85)], shaded(cloth, 0.85))
    for level in (0.35, 0.55, 0.75):
        spot.bar([(0.02, level), (0.36 * (1.05 - level), level - 0.06)], 0.005, shaded(cloth, 0.7))


def pylon(spot: Spot) -> None:
    """Draw a lattice mast with its arms."""
    steel, levels = spot.paint(), np.linspace(0, 1, 8)
    half = 0.17 * (1 - levels) + 0.02
    for side in (-1, 1):
        spot.bar(np.stack([side * half, levels], axis=1), 0.014, steel)
        ways = np.where(np.arange(8) % 2, side, -side)
        spot.bar(np.stack([ways * half, levels], axis=1), 0.009, steel)
    for y in (0.68, 0.82):
        spot.bar([(-0.3, y), (0, y + 0.05), (0.3, y), (-0.3, y)], 0.011, steel)


def tent(spot: Spot) -> None:
    """Draw a row of tents or of gabled stalls."""
    for x in np.arange(spot.rng.integers(1, 4)) * 1.1:
        cloth = spot.paint()
        spot.area([(x - 0.6, 0), (x, 0.95), (x + 0.6, 0)], cloth)
        spot.area([(x - 0.12, 0), (x, 0.7), (x + 0.16, 0)], shaded(cloth, 0.4))
        for foot in (-0.85, 0.85):
            spot.bar([(x, 0.95), (x + foot, 0)], 0.012, shaded(cloth, 0.7))


def umbrella(spot: Spot) -> None:
    """Draw a sunshade: a round roof of coloured parts on a pole."""
    first, second = spot.paint(), spot.paint()
    spot.bar([(0, 0), (0, 0.9)], 0.025, spot.dark())
    arc = np.linspace(0, np.pi, 9)
    edge = np.stack([0.55 * np.cos(arc), 0.6 + 0.08 * np.sin(4 * arc) ** 2], axis=1)
    for part in range(8):
        spot.area([edge[part], edge[part + 1], (0, 1)], first if part % 2 else second)


#: A ship's scene has more of the lacy and round things, a bike's more of the broad boxes.
LACY = (tyre, wheel, cart, pipes, ferris, turbine, arches, coil, buoy, drum, sail, pylon, pylon)
LACY += (umbrella, tent, ferris, wheel)
BROAD = (containers, containers, crates, shed, wall, skip, tank, lorry, pallets, gantry)
BOTH = (lorry, person, sail, umbrella, fence, scaffold)
FAR = (tank, ferris, turbine, containers, shed, gantry, scaffold, pylon, sail)  # large


def mesh(canvas: Canvas, rng: Generator) -> None:
    """Draw a wire fence right before the camera: two sets of slanting wires."""
    step, colour = canvas.unit * rng.uniform(0.05, 0.1), shaded(any_paint(rng), 0.7)
    reach, slope = canvas.width + canvas.height, rng.uniform(0.8, 1.6)
    width = rng.uniform(1.5, 3.5)
    for x in np.arange(-reach, reach, step):
        for way in (-1, 1):
            ends = np.array([[x, 0], [x + way * canvas.height / slope, canvas.height]])
            canvas.line(ends, width, colour, False)


def rain(canvas: Canvas, rng: Generator) -> None:
    """Draw rain or sleet: short strokes, all one way."""
    count, lean = int(rng.integers(60, 260)), rng.uniform(-1.2, 1.2)
    length = canvas.unit * rng.uniform(0.02, 0.07)
    colour = hsv(0.6, 0.1, rng.uniform(0.6, 0.95))
    x, y = rng.uniform(0, canvas.width, count), rng.uniform(0, canvas.height, count)
    for i in range(count):
        ends = np.array([[x[i], y[i]], [x[i] + lean * length, y[i] + length]])
        canvas.line(ends, 2, colour, False)


def twigs(canvas: Canvas, rng: Generator) -> None:
    """Draw branches that hang into the picture, with leaves or without."""
    bark, leaf = hsv(0.07, 0.4, rng.uniform(0.1, 0.5)), shaded(any_paint(rng), 0.7)
    leafy = rng.random() < 0.5
    for _ in range(rng.integers(4, 12)):
        place = np.array([rng.uniform(0, canvas.width), rng.choice([0, canvas.height])])
        middle = np.array([canvas.width, canvas.height]) / 2
        way = (middle - place) / np.hypot(*(middle - place)) + rng.normal(0, 0.5, 2)
        for width in (5, 4, 3, 2):
            end = place + (way + rng.normal(0, 0.35, 2)) * canvas.unit * 0.08
            canvas.line(np.array([place, end]), width, bark, False)
            side = place + (way + rng.normal(0, 0.8, 2)) * canvas.unit * 0.07
            canvas.line(np.array([place, side]), 2, bark, False)
            if leafy:
                canvas.disc(tuple(side), canvas.unit * rng.uniform(0.006, 0.02), leaf, False)
            place = end


VEILS = (mesh, rain, twigs)


def strokes(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw waves or ruts (level), reflections or blades (upright), or what crosses (aslant)."""
    way, count = rng.integers(3), int(rng.integers(80, 240))
    angles = (rng.normal(0, 0.05, count), rng.normal(np.pi / 2, 0.3, count))
    angle = (*angles, rng.choice(rng.uniform(0.2, np.pi - 0.2, 2), count))[way]
    near = rng.random(count) ** 1.3
    x, y = rng.uniform(-0.05, 1, count) * canvas.width, start + (end - start) * near
    length = canvas.unit * (0.01 + (0.03 if way == 1 else 0.06) * near)
    tint = rng.uniform(0.7, 1.35, count)
    for i in range(count):
        tip = (x[i] + length[i] * np.cos(angle[i]), y[i] - length[i] * np.sin(angle[i]))
        stroke = [(x[i], y[i]), tip]
        canvas.pen.line(stroke, fill=shaded(colour, tint[i]), width=int(1 + 3 * near[i]))


def boards(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw boards, rows or swell that run towards a point far away."""
    point = (rng.uniform(-0.3, 1.3) * canvas.width, start - canvas.height * rng.uniform(0.02, 0.3))
    for x in np.arange(-2.0, 3.0, rng.uniform(0.06, 0.16)) * canvas.width:
        share = (start - point[1]) / (end - point[1])
        top = (point[0] + (x - point[0]) * share, start)
        canvas.pen.line([top, (x, end)], fill=shaded(colour, rng.uniform(0.7, 1.2)), width=3)


def litter(canvas: Canvas, rng: Generator, start: float, end: float, colour: Colour) -> None:
    """Draw leaves, pebbles, petals or flakes of foam: few and large, or many and small."""
    count = int(rng.integers(60, 500))
    grain, tone = canvas.unit * 0.11 / np.sqrt(count), mixed(any_paint(rng), colour, 0.6)
    near = rng.random(count) ** 1.2
    x, y = rng.uniform(0, canvas.width, count), start + (end - start) * near
    size, tint = grain * (0.3 + near) * rng.uniform(0.5, 1.3, count), rng.uniform(0.6, 1.4, count)
    for i in range(count):
        box = (x[i] - size[i], y[i] - 0.6 * size[i], x[i] + size[i], y[i] + 0.6 * size[i])
        canvas.pen.ellipse(box, fill=shaded(tone, tint[i]))


SURFACES = (strokes, strokes, boards, litter)
