"""A mountain bike in three dimensions; the unit is the wheel's radius."""

from collections.abc import Sequence

import numpy as np

from helpers.datasets.drawn.scene import (
    Camera,
    Canvas,
    Colour,
    Generator,
    Point,
    any_paint,
    centred,
    clutter,
    hsv,
    new_scene,
    scenery,
    shaded,
)

REAR, FRONT = (-1.58, 1.0), (1.62, 1.0)  # axles
BRACKET = (-0.28, 0.98)  # where the cranks turn
SEAT, SADDLE = (-0.72, 2.05), (-0.90, 2.62)
HEAD_TOP, HEAD_LOW = (0.98, 2.58), (1.10, 2.22)
BAR = (1.02, 2.92)
PIVOT = (-0.42, 1.45)  # of the rear swing arm


class Bike:
    """One mountain bike, seen by ``camera``: its random choices and how to draw it."""

    corners = np.array([(x, y, z) for x in (-2.6, 2.65) for y in (0, 3.1) for z in (-0.3, 0.3)])

    def __init__(self, canvas: Canvas, rng: Generator, camera: Camera, ground: Colour) -> None:
        self.canvas, self.rng, self.camera = canvas, rng, camera
        self.frame = any_paint(rng)
        self.metal = hsv(0.6, 0.05, rng.uniform(0.2, 0.9))
        # Mostly dark tyres on light ground and light ones on dark ground, so that they show.
        dark = rng.random() < (0.85 if sum(ground) > 300 else 0.2)
        self.tyre = (
            hsv(rng.random(), 0.15, rng.uniform(0.05, 0.25))
            if dark
            else hsv(rng.uniform(0.03, 0.14), rng.uniform(0.0, 0.5), rng.uniform(0.5, 0.95))
        )
        self.rim = any_paint(rng)
        self.spokes = int(rng.integers(18, 30))
        bright = rng.uniform(0.0, 0.3) if sum(ground) > 300 else rng.uniform(0.8, 1)
        self.spoke = hsv(0.6, 0.03, bright)
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

    def band(
        self, centre: Point, radii: np.ndarray, width: float, colour: Colour, z: float = 0.0
    ) -> None:
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
            self.band(centre, knobs, 0.14, shaded(self.tyre, tint), z)
        self.band(centre, np.full(48, 0.84), 0.055, self.rim, 0.07)
        self.band(centre, np.full(30, 0.27), 0.05, self.metal, 0.1)
        self.tube([(*centre, -0.12), (*centre, 0.16)], 0.13, shaded(self.metal, 0.8))

    def drive(self) -> None:
        """Draw chain, sprockets, chainring, cranks and pedals."""
        dark = shaded(self.metal, 0.55)
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
        arm = shaded(self.frame, 0.8)
        joint = PIVOT if self.sprung else SEAT
        for side in (-0.1, 0.12):
            axle = (*REAR, side)
            self.tube([axle, (*BRACKET, side)], 0.085, arm)
            self.tube([axle, (joint[0], joint[1] + 0.35 * self.sprung, side)], 0.07, arm)
        if self.sprung:
            self.tube([(PIVOT[0] - 0.05, PIVOT[1] + 0.35), (-0.1, 1.62)], 0.11, arm)
            self.tube([(-0.1, 1.62), (0.42, 1.98)], 0.10, self.metal)
            self.tube([(-0.02, 1.68), (0.2, 1.83)], 0.17, shaded(self.rim, 0.9))

    def frame_tubes(self) -> None:
        """Draw the front triangle, seat post and saddle."""
        low = (HEAD_LOW[0] - 0.02, HEAD_LOW[1] + 0.02)
        self.tube([SEAT, SADDLE], 0.08, self.metal)
        self.tube([BRACKET, SEAT], 0.13, self.frame)
        self.tube([BRACKET, low], 0.17, self.frame)
        self.tube([SEAT, (HEAD_TOP[0], HEAD_TOP[1] - 0.1)], 0.13, shaded(self.frame, 1.15))
        self.tube([HEAD_TOP, HEAD_LOW], 0.17, shaded(self.frame, 0.85))
        seat = hsv(0.05, 0.3, self.rng.uniform(0.08, 0.5))
        x, y = SADDLE
        self.tube([(x - 0.34, y + 0.12), (x - 0.1, y + 0.06), (x + 0.42, y + 0.06)], 0.13, seat)
        self.tube([(x - 0.32, y + 0.1, -0.14), (x - 0.32, y + 0.1, 0.14)], 0.13, seat)

    def fork(self) -> None:
        """Draw the sprung fork: crown, shiny upper legs, wide lower legs."""
        crown = (HEAD_LOW[0] + 0.04, HEAD_LOW[1] - 0.08)
        middle = (crown[0] * 0.6 + FRONT[0] * 0.4, crown[1] * 0.6 + FRONT[1] * 0.4)
        for side in (-0.17, 0.17):
            self.tube([(*crown, side), (*middle, side)], 0.09, shaded(self.metal, 1.2))
            self.tube([(*middle, side), (*FRONT, side)], 0.15, shaded(self.rim, 0.75))
        self.tube([(*crown, -0.19), (*crown, 0.19)], 0.15, shaded(self.metal, 0.6))

    def cockpit(self) -> None:
        """Draw stem, handlebar, grips and brake levers."""
        dark = shaded(self.metal, 0.4)
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
        self.canvas.polygon(self.camera.project(spot), shaded(ground, 0.6))

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
        shirt, trousers, helmet = (any_paint(self.rng) for _ in range(3))
        skin = hsv(0.06, self.rng.uniform(0.25, 0.6), self.rng.uniform(0.35, 0.95))
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


def draw_bike(canvas: Canvas, rng: Generator) -> None:
    """Draw a mountain bike on the ground, often by the water, sometimes ridden."""
    camera = Camera.look(
        rng.uniform(-45, 45), rng.uniform(0, 14), rng.normal(0, 9), rng.random() < 0.5, 12.0
    )
    camera.place(Bike.corners, centred(canvas, rng), canvas.unit * rng.uniform(0.75, 1.15))
    base = float(camera.project(np.array([0, 0, 0]))[1])
    horizon = base - canvas.height * rng.uniform(0.05, 0.6)
    scene = new_scene(rng, horizon, base - canvas.height * rng.uniform(0.03, 0.35))
    scenery(canvas, rng, scene)
    bike = Bike(canvas, rng, camera, scene.ground)
    bike.shadow(scene.ground)
    bike.draw()
    if rng.random() < 0.4:
        bike.rider()
    clutter(canvas, rng, scene)
