"""A container ship in three dimensions; the unit is a tenth of its length."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from helpers.datasets.drawn.scene import (
    Camera,
    Canvas,
    Colour,
    Generator,
    any_paint,
    centred,
    clutter,
    hsv,
    mixed,
    new_scene,
    scenery,
    shaded,
)

STERN, BOW, BEAM = -5.0, 5.2, 0.85  # BEAM is half the width


class Ship:
    """One container ship, seen by ``camera``: its random choices and how to draw it."""

    corners = np.array([(x, y, z) for x in (STERN, BOW) for y in (0, 2.6) for z in (-BEAM, BEAM)])

    def __init__(self, canvas: Canvas, rng: Generator, camera: Camera) -> None:
        self.canvas, self.rng, self.camera = canvas, rng, camera
        self.hull = any_paint(rng)
        self.keel = hsv(
            rng.choice([0.0, 0.02, 0.35, 0.6]), rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.7)
        )
        self.house = hsv(rng.uniform(0.08, 0.15), rng.uniform(0, 0.2), rng.uniform(0.65, 1.0))
        # Light and dark by turns: stacks are told by their pattern, not by their mean colour.
        self.palette = [
            shaded(any_paint(rng), 1.3 if turn % 2 else 0.7) for turn in range(rng.integers(4, 8))
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
            self.canvas.line(np.concatenate([flat, flat[:1]]), 1, shaded(colour, 0.6), part=True)

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
                    self.face(stern, shaded(self.hull, 0.75))
                self.face(deck, mixed(self.keel, (95, 90, 85), 0.5))
            low, mark, high = (self.outline(h, side) for h in (0, 0.28, 1))
            self.face(np.concatenate([low, high[::-1]]), shaded(self.hull, tint), edge=False)
            self.face(np.concatenate([low, mark[::-1]]), shaded(self.keel, tint), edge=False)
            rail = self.camera.project(high)
            self.canvas.line(rail, 0.05 * self.camera.scale, shaded(self.hull, 1.35), part=True)

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
                self.face(quad, shaded(self.pick(), 0.72))
        top = base + tiers * self.tier
        for row in range(self.rows if self.from_above else 0):
            z = -BEAM + row * step
            quad = [
                (x, top, z),
                (x + length, top, z),
                (x + length, top, z + step),
                (x, top, z + step),
            ]
            self.face(quad, shaded(self.pick(), 1.1))
        for tier in range(tiers):
            self.side(x, length, base + tier * self.tier)

    def pick(self) -> Colour:
        """Return the colour of the next container."""
        colour = self.palette[self.rng.integers(len(self.palette))]
        return shaded(colour, self.rng.uniform(0.85, 1.15))

    def side(self, x: float, length: float, y: float) -> None:
        """Draw the long side of one container, with its corrugation."""
        colour, top = self.pick(), y + self.tier
        self.face(
            [(x, y, BEAM), (x + length, y, BEAM), (x + length, top, BEAM), (x, top, BEAM)], colour
        )
        ribs = np.linspace(x, x + length, 9)[1:-1]
        ends = np.array([[(r, y + 0.04, BEAM), (r, top - 0.04, BEAM)] for r in ribs])
        for rib, stroke in enumerate(self.camera.project(ends)):
            self.canvas.line(stroke, 1, shaded(colour, 0.7 if rib % 2 else 1.3))

    def box(
        self, x: float, length: float, low: float, high: float, half: float, colour: Colour
    ) -> None:
        """Draw a plain box on the deck: end, top and side."""
        end = x + length if self.bow_near else x
        self.face(
            [(end, low, -half), (end, low, half), (end, high, half), (end, high, -half)],
            shaded(colour, 0.75),
        )
        self.face(
            [
                (x, high, -half),
                (x + length, high, -half),
                (x + length, high, half),
                (x, high, half),
            ],
            shaded(colour, 1.1),
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

    def pane(
        self, x: float, y: float, width: float, height: float, z: float, colour: Colour
    ) -> None:
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
        white = mixed(water, (250, 252, 255), 0.8)
        for x in np.concatenate([self.rng.uniform(STERN, BOW, 40), self.rng.uniform(4, BOW, 20)]):
            spread = BEAM + 0.05 + abs(self.rng.normal(0, 0.08))
            z = spread if x < 3.6 else spread * (BOW + 0.2 - x) / 1.8 + 0.1
            spot = self.camera.project(
                np.array([(x, 0, z), (x - self.rng.uniform(0.1, 0.5), 0, z + 0.05)])
            )
            self.canvas.line(spot, 0.05 * self.camera.scale, mixed(water, white, self.rng.random()))

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


def draw_ship(canvas: Canvas, rng: Generator) -> None:
    """Draw a container ship on water, with land behind it, before it, or neither."""
    camera = Camera.look(
        rng.uniform(-55, 55), rng.uniform(2, 15), rng.normal(0, 2), rng.random() < 0.5, 18.0
    )
    camera.place(Ship.corners, centred(canvas, rng), canvas.unit * rng.uniform(0.9, 1.4))
    base = float(camera.project(np.array([0, 0, BEAM]))[1])
    horizon = base - canvas.height * rng.uniform(0.03, 0.5)
    scene = new_scene(rng, horizon, base + canvas.height * rng.uniform(0.12, 0.6))
    scenery(canvas, rng, scene)
    ship = Ship(canvas, rng, camera)
    ship.draw()
    ship.foam(scene.water)
    clutter(canvas, rng, scene)
