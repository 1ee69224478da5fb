"""Pages without a digit: the limits were chosen with ``CHOSEN``, ``JUDGED`` and ``LAST`` judge.

A page is grey values, float (800, 600), paper 225 and ink 40, as in ``pages``. What the network
itself learns to refuse (``helpers.digits.no_digits``) is none of them.
"""

import functools

import matplotlib.cbook
import numpy as np
from pages import INK, PAPER
from PIL import Image, ImageDraw
from scipy import ndimage


def _page():
    image = Image.new("L", (600, 800), PAPER)
    return image, ImageDraw.Draw(image)


def _drawn(draw):
    """Make a function of pen, middle, size, width of lines and rng one of rng that gives a page."""

    @functools.wraps(draw)
    def page(rng):
        image, pen = _page()
        x, y, r = rng.uniform(250, 350), rng.uniform(320, 480), rng.uniform(110, 200)
        draw(pen, np.array([x, y]), r, int(rng.integers(8, 26)), rng)
        turned = image.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=PAPER)
        return np.asarray(turned, float)

    return page


def _line(pen, points, width, closed=False):
    points = [tuple(map(float, point)) for point in points]
    pen.line(points + points[:1] * closed, fill=INK, width=width, joint="curve")


def _off(middle, *points):
    return [middle + np.array(point) for point in points]


def _ring(pen, middle, r, width):
    x, y = middle
    pen.ellipse((x - r, y - r, x + r, y + r), outline=INK, width=width)


def _disc(pen, middle, r):
    x, y = middle
    pen.ellipse((x - r, y - r, x + r, y + r), fill=INK)


def _box(pen, middle, wide, high, fill=INK, width=1, outline=None):
    (x, y) = middle
    box = (x - wide, y - high, x + wide, y + high)
    pen.rectangle(box, fill=fill, outline=outline, width=width)


# --- what the limits are chosen with -----------------------------------------------------------


@_drawn
def spiral(pen, middle, r, width, rng):
    """Three turns and more."""
    t = np.linspace(0, 2 * np.pi * rng.uniform(3, 5), 300)
    radius = r * t / t[-1]
    around = np.column_stack([np.cos(t), rng.choice([-1, 1]) * np.sin(t)])
    points = middle + radius[:, None] * around
    _line(pen, points, max(6, width // 2))


@_drawn
def barcode(pen, middle, r, width, rng):
    """Bars side by side, some of them joined at the foot."""
    x = middle[0] - r
    while x < middle[0] + r:
        wide = rng.integers(4, 20)
        pen.rectangle((x, middle[1] - 100, x + wide, middle[1] + 100), fill=INK)
        x += wide + rng.integers(5, 18)


@_drawn
def chequers(pen, middle, r, width, rng):
    """A board of four to eight fields a side."""
    n = int(rng.integers(4, 9))
    side = 2 * r / n
    for i in range(n):
        for j in range(i % 2, n, 2):
            x, y = middle - r + side * np.array([i, j])
            pen.rectangle((x, y, x + side, y + side), fill=INK)


@_drawn
def heart(pen, middle, r, width, rng):
    """Filled."""
    t = np.linspace(0, 2 * np.pi, 100)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    pen.polygon([tuple(p) for p in middle + r / 17 * np.column_stack([x, y])], fill=INK)


@_drawn
def stick_figure(pen, middle, r, width, rng):
    """Head, trunk, arms, legs."""
    x, y = middle
    _ring(pen, (x, y - 0.7 * r), 0.3 * r, width)
    _line(pen, [(x, y - 0.4 * r), (x, y + 0.3 * r)], width)
    _line(pen, [(x - 0.5 * r, y + rng.uniform(-40, 20)), (x, y - 0.2 * r), (x + 0.5 * r, y)], width)
    _line(pen, [(x - 0.4 * r, y + r), (x, y + 0.3 * r), (x + 0.4 * r, y + r)], width)


@_drawn
def moon(pen, middle, r, width, rng):
    """A filled crescent."""
    _disc(pen, middle, r)
    x, y = middle + np.array([0.5 * r, rng.uniform(-20, 20)])
    pen.ellipse((x - 0.8 * r, y - 0.8 * r, x + 0.8 * r, y + 0.8 * r), fill=PAPER)


@_drawn
def ladder(pen, middle, r, width, rng):
    """Two uprights and four rungs and more."""
    x, y = middle
    for side in (-0.4, 0.4):
        _line(pen, [(x + side * r, y - r), (x + side * r, y + r)], width // 2)
    for rung in np.linspace(-0.8, 0.8, rng.integers(4, 8)):
        _line(pen, [(x - 0.4 * r, y + rung * r), (x + 0.4 * r, y + rung * r)], width // 2)


@_drawn
def flower(pen, middle, r, width, rng):
    """Five petals and more, in outline."""
    t = np.linspace(0, 2 * np.pi, 200)
    radius = r * (0.65 + 0.35 * np.cos(rng.integers(5, 9) * t))
    _line(pen, middle + radius[:, None] * np.column_stack([np.cos(t), np.sin(t)]), width // 2)


def marble(rng):
    """Veins across the whole page."""
    noise = ndimage.gaussian_filter(rng.normal(size=(800, 600)), rng.uniform(15, 40))
    veins = np.abs(noise / noise.std()) < rng.uniform(0.1, 0.3)
    return np.where(veins, 60.0, PAPER)


# --- what judges them --------------------------------------------------------------------------


@_drawn
def triangle(pen, middle, r, width, rng):
    """Filled, one point up."""
    corners = [(0, -r), (-rng.uniform(0.6, 1) * r, 0.8 * r), (rng.uniform(0.6, 1) * r, 0.8 * r)]
    pen.polygon([tuple(middle + c) for c in corners], fill=INK)


@_drawn
def five_points(pen, middle, r, width, rng):
    """A filled star of five points."""
    t = np.pi * np.arange(10) / 5 + rng.uniform(0, 1)
    radius = np.where(np.arange(10) % 2, 0.4, 1) * r
    points = middle + radius[:, None] * np.column_stack([np.cos(t), np.sin(t)])
    pen.polygon([tuple(p) for p in points], fill=INK)


@_drawn
def qr_blocks(pen, middle, r, width, rng):
    """Cells, black by chance, with three eyes in the corners."""
    n = int(rng.integers(15, 26))
    cells = rng.random((n, n)) < 0.5
    for i, j in ((0, 0), (0, n - 7), (n - 7, 0)):
        eye = np.zeros((7, 7), bool)
        eye[[0, 6]] = eye[:, [0, 6]] = eye[2:5, 2:5] = True
        cells[i : i + 7, j : j + 7] = eye
    side = 2 * r / n
    for i, j in np.argwhere(cells):
        x, y = middle - r + side * np.array([j, i])
        pen.rectangle((x, y, x + side, y + side), fill=INK)


@_drawn
def house(pen, middle, r, width, rng):
    """Walls, roof, door and window, in outline."""
    x, y = middle
    _box(pen, (x, y + 0.3 * r), 0.7 * r, 0.6 * r, None, width // 2, INK)
    roof = [(x - 0.9 * r, y - 0.3 * r), (x, y - r), (x + 0.9 * r, y - 0.3 * r)]
    _line(pen, roof, width // 2, True)
    _box(pen, (x + rng.uniform(-50, 50), y + 0.6 * r), 0.15 * r, 0.3 * r)


@_drawn
def smiley(pen, middle, r, width, rng):
    """A face of a ring, two eyes and a mouth."""
    x, y = middle
    _ring(pen, middle, r, width)
    for side in (-1, 1):
        _disc(pen, (x + side * 0.35 * r, y - 0.3 * r), 0.12 * r)
    box = (x - 0.5 * r, y - 0.3 * r, x + 0.5 * r, y + 0.6 * r)
    pen.arc(box, 20, 160, fill=INK, width=width)


@_drawn
def fir(pen, middle, r, width, rng):
    """A filled tree of three storeys."""
    x, y = middle
    for storey in range(3):
        top, wide = y - r + 0.45 * r * storey, (0.35 + 0.2 * storey) * r
        corners = [(x, top), (x - wide, top + 0.7 * r), (x + wide, top + 0.7 * r)]
        pen.polygon(corners, fill=INK)
    _box(pen, (x, y + 0.75 * r), 0.1 * r, 0.25 * r)


@_drawn
def arrow(pen, middle, r, width, rng):
    """A thick shaft with a broad head, to the right or to the left."""
    way = rng.choice([-1, 1])
    corners = [(-1, -0.15), (0.1, -0.15), (0.1, -0.5), (1, 0), (0.1, 0.5), (0.1, 0.15), (-1, 0.15)]
    pen.polygon([tuple(middle + r * np.array([way * a, 1.3 * b])) for a, b in corners], fill=INK)


@_drawn
def bicycle(pen, middle, r, width, rng):
    """Two wheels and a frame."""
    x, y = middle
    left, right = (x - 0.6 * r, y + 0.3 * r), (x + 0.6 * r, y + 0.3 * r)
    for wheel in (left, right):
        _ring(pen, wheel, 0.4 * r, width // 2)
    frame = [left, (x - 0.2 * r, y - 0.4 * r), (x + 0.4 * r, y - 0.4 * r), (x, y + 0.3 * r), left]
    _line(pen, frame, width // 2)
    _line(pen, [(x + 0.3 * r, y - 0.6 * r), right], width // 2)


@_drawn
def table_of_cells(pen, middle, r, width, rng):
    """Squared cells in a frame: three a side and more."""
    n = int(rng.integers(3, 6))
    for k in np.linspace(-r, r, n + 1):
        _line(pen, _off(middle, (-r, k), (r, k)), width // 3 + 3)
        _line(pen, _off(middle, (k, -r), (k, r)), width // 3 + 3)


@_drawn
def cup_stain(pen, middle, r, width, rng):
    """Three and four rings of a cup that overlap (two of them are an 8), with drops."""
    for _ in range(int(rng.integers(3, 5))):
        _ring(pen, middle + rng.normal(0, 0.5 * r, 2), 0.8 * r, width)
    for _ in range(12):
        _disc(pen, middle + rng.normal(0, r, 2), rng.uniform(3, 14))


@_drawn
def cat(pen, middle, r, width, rng):
    """A filled head with ears and eyes cut out."""
    x, y = middle
    _disc(pen, middle, 0.7 * r)
    for side in (-1, 1):
        far, close = x + side * 0.7 * r, x + side * 0.1 * r
        ear = [(far, y - r), (close, y - 0.6 * r), (far, y)]
        pen.polygon(ear, fill=INK)
        eye = (x + side * 0.28 * r, y - 0.1 * r)
        pen.ellipse((eye[0] - 12, eye[1] - 20, eye[0] + 12, eye[1] + 20), fill=PAPER)


@_drawn
def envelope(pen, middle, r, width, rng):
    """A box whose upper corners meet in the middle."""
    x, y = middle
    _box(pen, middle, r, 0.65 * r, None, width // 2, INK)
    _line(pen, [(x - r, y - 0.65 * r), (x, y + 0.1 * r), (x + r, y - 0.65 * r)], width // 2)


@_drawn
def crossed_box(pen, middle, r, width, rng):
    """A box to be ticked that is crossed."""
    _box(pen, middle, 0.8 * r, 0.8 * r, None, width // 2, INK)
    _line(pen, [middle - 0.8 * r, middle + 0.8 * r], width // 2)
    _line(pen, _off(middle, (-0.8 * r, 0.8 * r), (0.8 * r, -0.8 * r)), width // 2)


@_drawn
def fish(pen, middle, r, width, rng):
    """Body and tail, filled, with an eye."""
    x, y = middle
    pen.ellipse((x - r, y - 0.45 * r, x + 0.6 * r, y + 0.45 * r), fill=INK)
    pen.polygon([(x + 0.4 * r, y), (x + r, y - 0.5 * r), (x + r, y + 0.5 * r)], fill=INK)
    pen.ellipse((x - 0.7 * r, y - 0.2 * r, x - 0.55 * r, y - 0.05 * r), fill=PAPER)


@_drawn
def network_of_nodes(pen, middle, r, width, rng):
    """Five to eight discs, each joined to the next two."""
    n = int(rng.integers(5, 9))
    t = 2 * np.pi * np.arange(n) / n
    places = middle + r * rng.uniform(0.6, 1, (n, 1)) * np.column_stack([np.cos(t), np.sin(t)])
    for i, place in enumerate(places):
        _disc(pen, place, 0.14 * r)
        for step in (1, 2):
            _line(pen, [place, places[(i + step) % n]], max(5, width // 3))


@_drawn
def hand_shading(pen, middle, r, width, rng):
    """Slanted strokes, there and back, without lifting the pen."""
    n = int(rng.integers(12, 24))
    x = np.linspace(-r, r, n) + rng.normal(0, 6, n)
    y = np.where(np.arange(n) % 2, 0.7, -0.7) * r + rng.normal(0, 15, n)
    _line(pen, middle + np.column_stack([x + y / 3, y]), width // 2)


@_drawn
def steps(pen, middle, r, width, rng):
    """A staircase of five steps and more."""
    n = int(rng.integers(5, 9))
    k = np.repeat(np.arange(n + 1), 2)
    points = np.column_stack([k[:-1], -k[1:]]) / n * 2 - (1, -1)
    _line(pen, middle + r * points, width)


@_drawn
def bars_of_a_chart(pen, middle, r, width, rng):
    """Four to six bars on an axis."""
    n = int(rng.integers(4, 7))
    for k in range(n):
        x, high = middle[0] - r + 2 * r * k / n, rng.uniform(0.4, 2) * r
        pen.rectangle((x, middle[1] + r - high, x + 1.4 * r / n, middle[1] + r), fill=INK)
    _line(pen, _off(middle, (-1.1 * r, r), (r, r)), width // 2)


def bricks(rng):
    """A wall over the whole page."""
    image, pen = _page()
    high, wide = int(rng.integers(40, 70)), int(rng.integers(90, 150))
    for row, y in enumerate(range(0, 800, high)):
        pen.line((0, y, 600, y), fill=90, width=6)
        for x in range(-wide + (row % 2) * wide // 2, 600, wide):
            pen.line((x, y, x, y + high), fill=90, width=6)
    return np.asarray(image, float) + rng.normal(0, 4, (800, 600))


def grain_of_wood(rng):
    """Rings cut lengthwise over the whole page."""
    x = np.arange(600)
    bend = ndimage.gaussian_filter(rng.normal(size=(800, 600)), 60)
    wave = np.sin((x + 40 * bend / bend.std()) / rng.uniform(5, 14))
    return 150 + 50 * wave + rng.normal(0, 5, wave.shape)


def portrait(rng):
    """A photograph of a person, a part of it by chance."""
    return _cut(_sample("grace_hopper.jpg"), rng)


def landscape(rng):
    """A photograph of a temple, a part of it by chance."""
    return _cut(_sklearn("china.jpg"), rng)


def blossom(rng):
    """A photograph of a flower, a part of it by chance."""
    return _cut(_sklearn("flower.jpg"), rng)


@functools.cache
def _sample(name):
    with matplotlib.cbook.get_sample_data(name, asfileobj=True) as file:
        return np.asarray(Image.open(file).convert("L"), float)


@functools.cache
def _sklearn(name):
    from sklearn.datasets import load_sample_image

    return np.asarray(Image.fromarray(load_sample_image(name)).convert("L"), float)


def _cut(photograph, rng):
    share = rng.uniform(0.5, 1)
    high, wide = (int(share * side) for side in photograph.shape)
    top, left = (int(rng.uniform() * (1 - share) * side) for side in photograph.shape)
    return photograph[top : top + high, left : left + wide]


def scrawled_out(rng, page):
    """A digit's page with a scrawl over it."""
    ys, xs = np.nonzero(page < PAPER - 60)
    n = int(rng.integers(9, 15))
    x = np.linspace(xs.min() - 25, xs.max() + 25, n)
    y = np.where(np.arange(n) % 2, ys.min() - 10, ys.max() + 10) + rng.normal(0, 15, n)
    image = Image.fromarray(page.astype("uint8"))
    _line(ImageDraw.Draw(image), np.column_stack([x, y]), int(rng.integers(12, 24)))
    return np.asarray(image, float)


def crossed_out(rng, page):
    """A digit's page with a large X over it."""
    ys, xs = np.nonzero(page < PAPER - 60)
    left, right, top, foot = xs.min() - 40, xs.max() + 40, ys.min() - 30, ys.max() + 30
    image = Image.fromarray(page.astype("uint8"))
    pen, width = ImageDraw.Draw(image), int(rng.integers(12, 28))
    _line(pen, [(left, top), (right, foot)], width)
    _line(pen, [(left, foot), (right, top)], width)
    return np.asarray(image, float)


# --- what nobody looked at before all was settled -----------------------------------------------


@_drawn
def key(pen, middle, r, width, rng):
    """A ring, a long shaft, two teeth and more, lying."""
    x, y = middle
    _ring(pen, (x - 0.65 * r, y), 0.35 * r, width)
    _line(pen, [(x - 0.3 * r, y), (x + r, y)], width)
    for tooth in np.linspace(0.5, 0.95, rng.integers(2, 4)):
        _line(pen, [(x + tooth * r, y), (x + tooth * r, y + 0.35 * r)], width)


@_drawn
def umbrella(pen, middle, r, width, rng):
    """A filled half disc with a stick."""
    x, y = middle
    pen.pieslice((x - r, y - r, x + r, y + r), 180, 360, fill=INK)
    _line(pen, [(x, y), (x, y + 0.8 * r), (x + 0.2 * r, y + 0.9 * r)], width)


@_drawn
def snowflake(pen, middle, r, width, rng):
    """Six arms with side arms."""
    for t in np.pi / 3 * np.arange(6) + rng.uniform(0, 1):
        tip = r * np.array([np.cos(t), np.sin(t)])
        _line(pen, [middle, middle + tip], width // 2)
        for side in (-0.6, 0.6):
            arm = 0.3 * r * np.array([np.cos(t + side), np.sin(t + side)])
            _line(pen, [middle + 0.6 * tip, middle + 0.6 * tip + arm], width // 2)


@_drawn
def crown(pen, middle, r, width, rng):
    """Filled, of three points and more."""
    x, y = middle
    n = int(rng.integers(3, 6))
    tops = np.where(np.arange(2 * n + 1) % 2, 0.1, -0.6) * r
    points = list(zip(np.linspace(x - r, x + r, 2 * n + 1), y + tops, strict=True))
    pen.polygon([*points, (x + 0.9 * r, y + 0.6 * r), (x - 0.9 * r, y + 0.6 * r)], fill=INK)


@_drawn
def cup(pen, middle, r, width, rng):
    """Filled, with a handle and steam."""
    x, y = middle
    _box(pen, (x - 0.2 * r, y + 0.2 * r), 0.6 * r, 0.6 * r)
    _ring(pen, (x + 0.4 * r, y + 0.2 * r), 0.4 * r, width)
    for side in (-0.4, -0.1):
        _line(pen, [(x + side * r, y - 0.5 * r), (x + side * r + 15, y - r)], width // 2)


@_drawn
def sailing_boat(pen, middle, r, width, rng):
    """A filled hull under two sails."""
    x, y = middle
    hull = [(x - r, y + 0.4 * r), (x + r, y + 0.4 * r), (x + 0.6 * r, y + 0.8 * r)]
    pen.polygon([*hull, (x - 0.6 * r, y + 0.8 * r)], fill=INK)
    _line(pen, [(x, y + 0.5 * r), (x, y - r)], width // 2)
    pen.polygon([(x + 12, y - r), (x + 12, y + 0.2 * r), (x + 0.7 * r, y + 0.2 * r)], fill=INK)
    pen.polygon([(x, y - 0.8 * r), (x, y + 0.2 * r), (x - 0.5 * r, y + 0.2 * r)], fill=INK)


@_drawn
def gear(pen, middle, r, width, rng):
    """A wheel with teeth and a hole."""
    n = int(rng.integers(8, 13))
    t = np.linspace(0, 2 * np.pi, 4 * n, endpoint=False)
    radius = np.where(np.arange(4 * n) % 4 < 2, 1, 0.75) * r
    points = middle + radius[:, None] * np.column_stack([np.cos(t), np.sin(t)])
    pen.polygon([tuple(p) for p in points], fill=INK)
    x, y = middle
    pen.ellipse((x - 0.3 * r, y - 0.3 * r, x + 0.3 * r, y + 0.3 * r), fill=PAPER)


@_drawn
def cube(pen, middle, r, width, rng):
    """Twelve edges."""
    shift = r * np.array([0.4, -0.35])
    square = middle + 0.6 * r * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) - shift / 2
    _line(pen, square, width // 2, True)
    _line(pen, square + shift, width // 2, True)
    for corner in square:
        _line(pen, [corner, corner + shift], width // 2)


@_drawn
def eye(pen, middle, r, width, rng):
    """Two lids, an iris, a pupil, lashes."""
    t = np.linspace(0, np.pi, 40)
    for side in (-1, 1):
        _line(pen, middle + r * np.column_stack([np.cos(t), 0.5 * side * np.sin(t)]), width // 2)
    _ring(pen, middle, 0.4 * r, width // 2)
    _disc(pen, middle, 0.18 * r)
    for lash in np.linspace(0.6, 2.5, 7):
        start = r * np.array([np.cos(lash), -0.5 * np.sin(lash)])
        _line(pen, [middle + start, middle + 1.3 * start - (0, 20)], width // 2)


@_drawn
def anchor(pen, middle, r, width, rng):
    """Ring, shank, stock and flukes."""
    x, y = middle
    _ring(pen, (x, y - 0.85 * r), 0.15 * r, width // 2)
    _line(pen, [(x, y - 0.7 * r), (x, y + r)], width)
    _line(pen, [(x - 0.4 * r, y - 0.45 * r), (x + 0.4 * r, y - 0.45 * r)], width)
    pen.arc((x - 0.8 * r, y - 0.6 * r, x + 0.8 * r, y + r), 10, 170, fill=INK, width=width)


@_drawn
def target(pen, middle, r, width, rng):
    """Four rings and more, within one another."""
    for share in np.linspace(0.2, 1, rng.integers(4, 6)):
        _ring(pen, middle, share * r, max(6, width // 2))


@_drawn
def cake_chart(pen, middle, r, width, rng):
    """A disc cut into pieces of which some are filled."""
    cuts = np.sort(rng.uniform(0, 360, 5))
    box = (*(middle - r), *(middle + r))
    for number, (start, end) in enumerate(zip(cuts, [*cuts[1:], cuts[0] + 360], strict=True)):
        fill = INK if number % 2 else None
        pen.pieslice(box, start, end, fill=fill, outline=INK, width=width // 2)


@_drawn
def leaf(pen, middle, r, width, rng):
    """Filled, with a stalk and light veins."""
    t = np.linspace(0, np.pi, 40)
    edge = np.column_stack([np.cos(t), 0.55 * np.sin(t)])
    points = middle + r * np.concatenate([edge, edge * (-1, -1)])
    pen.polygon([tuple(p) for p in points], fill=INK)
    x, y = middle
    for vein in np.linspace(-0.5, 0.4, 4):
        pen.line((x + vein * r, y, x + (vein + 0.2) * r, y - 0.25 * r), fill=PAPER, width=7)
    _line(pen, [(x + r, y), (x + 1.3 * r, y + 0.1 * r)], width // 2)


@_drawn
def coast(pen, middle, r, width, rng):
    """A filled island with a ragged rim."""
    t = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    rough = ndimage.gaussian_filter1d(rng.normal(size=90), 2, mode="wrap")
    radius = r * (0.7 + 0.3 * rough / np.abs(rough).max())
    points = middle + radius[:, None] * np.column_stack([np.cos(t), np.sin(t)])
    pen.polygon([tuple(p) for p in points], fill=INK)


CHOSEN = (spiral, barcode, chequers, heart, stick_figure, moon, ladder, flower, marble)
JUDGED = (
    triangle, five_points, qr_blocks, house, smiley, fir, arrow, bicycle, table_of_cells,
    cup_stain, cat, envelope, crossed_box, fish, network_of_nodes, hand_shading, steps,
    bars_of_a_chart, bricks, grain_of_wood, portrait, landscape, blossom,
)  # fmt: skip
LAST = (
    key, umbrella, snowflake, crown, cup, sailing_boat, gear, cube, eye, anchor, target,
    cake_chart, leaf, coast,
)  # fmt: skip
