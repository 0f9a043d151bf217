"""Land: mountains, hills, forest, desert, canyon, meadow, road and snow."""

import math

import numpy as np

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage, spread


def mountains(scene: Scene) -> Stage:
    """Paint ranges fading into the distance, snow on the highest, trees in front."""
    horizon = scene.height * 0.66
    sun = sky.paint(scene, horizon_y=horizon)
    ranges(scene, base_y=horizon, count=4, sun_x=sun[0])
    if "volcano" in scene.brief.celestial:
        _volcano(scene, horizon)
    ground = scene.height * 0.8
    meadow(scene, top_y=scene.height * 0.74, colour=scene.palette.ground, waves=1.5)
    tree_line(scene, base_y=scene.height * 0.8, size_px=scene.unit * 13, count=0.8)
    meadow(scene, top_y=scene.height * 0.85, colour=dark(scene.palette.ground, 0.3), waves=2)
    return Stage(scene.height * 0.93, scene.unit * 44, horizon * 0.4, front=lambda: grass(scene, ground))


def ranges(scene: Scene, *, base_y: float, count: int, sun_x: float, tallest: float = 0.5) -> None:
    """Paint mountain ranges from far to near, standing on `base_y`; mist fills the valleys."""
    palette, canvas = scene.palette, scene.canvas
    far = mix(palette.far, palette.sky[2], 0.45)
    for index in range(count):
        depth = index / max(count - 1, 1)
        colour = mix(far, mix(palette.far, palette.near, 0.75), depth**1.2)
        points = max(48, int(scene.width / scene.unit * 1.6))
        heights = paths.ridge(scene.rng, points=points, rough=0.72 - 0.1 * depth)
        reach = scene.height * (tallest - 0.12 * index) * (1.0 if index else 0.92)
        line = base_y - reach * (0.22 + 0.78 * heights) + scene.height * 0.05 * index
        body = paths.under(line, width=scene.width, bottom=base_y + scene.height * 0.2)
        canvas.fill([body], Paint(light(colour, 0.06), mix(colour, palette.sky[2], 0.28 * (1 - depth * 0.6))))
        if index < 2:
            _faces(scene, line, body, colour=colour, sun_x=sun_x, snow=index < 2 and reach > scene.height * 0.3)
        if index < count - 1:
            canvas.haze(
                base_y - reach * 0.5,
                base_y + scene.height * 0.1,
                mix(palette.sky[2], palette.glow, 0.2),
                start=0,
                end=0.55,
            )


def _faces(
    scene: Scene, line: "paths.NDArray[np.float64]", body: Points, *, colour: Colour, sun_x: float, snow: bool
) -> None:
    """Give a range shadowed flanks away from the sun, and snow on its peaks."""
    xs = np.linspace(-2.0, scene.width + 2.0, len(line))
    peaks = [i for i in range(3, len(line) - 3) if line[i] == line[i - 3 : i + 4].min()]
    shadows: list[Points] = []
    caps: list[Points] = []
    mean = float(np.mean(line))
    for peak in peaks:
        x, y = float(xs[peak]), float(line[peak])
        away = 1.0 if x > sun_x else -1.0
        drop = (mean - y) * 1.5 + scene.height * 0.06
        if drop < scene.unit * 4:
            continue
        shadows.append(_flank(scene, x, y, away=away, drop=drop))
        if snow and y < mean - scene.unit:
            caps.append(_cap(scene, x, y, drop=drop * 0.42))
    with scene.canvas.clip([body]):
        if caps:
            white = mix((250, 250, 255), scene.palette.sky[2], 0.2 if not scene.palette.dark else 0.5)
            scene.canvas.fill(caps, Paint(white, mix(white, colour, 0.3)))
        if shadows:
            scene.canvas.fill(shadows, Paint(dark(colour, 0.55), alpha=0.34))


def _flank(scene: Scene, x: float, y: float, *, away: float, drop: float) -> Points:
    rng = scene.rng
    inner = [(x, y - 2)]
    steps = 5
    for step in range(1, steps + 1):
        inner.append((x + away * drop * rng.uniform(-0.12, 0.2) * step / 2, y + drop * step / steps))
    return np.array([*inner, (x + away * drop * 1.6, y + drop), (x + away * drop * 0.9, y - 2)])


def _cap(scene: Scene, x: float, y: float, *, drop: float) -> Points:
    rng = scene.rng
    reach = drop * 1.25
    teeth: list[tuple[float, float]] = []
    for step in range(9):
        across = -1 + step / 4
        depth = drop * (0.62 if step % 2 else 1.0) * (1 - abs(across) * 0.35) * rng.uniform(0.8, 1.15)
        teeth.append((x + across * reach, y + depth))
    return np.array([(x - reach, y - drop), (x + reach, y - drop), *reversed(teeth)])


def _volcano(scene: Scene, base_y: float) -> None:
    cx, top, reach = scene.width * 0.52, scene.height * 0.24, min(scene.width * 0.4, scene.unit * 62)
    cone = paths.through([(cx - reach, base_y), (cx - reach * 0.4, base_y * 0.72 + top * 0.28), (cx - reach * 0.12, top),
                          (cx + reach * 0.12, top), (cx + reach * 0.4, base_y * 0.72 + top * 0.28), (cx + reach, base_y)])  # fmt: skip
    colour = mix(scene.palette.near, scene.palette.far, 0.4)
    scene.canvas.glow(cx, top, scene.unit * 34, (255, 120, 50), 0.8)
    for step in range(5):
        scene.canvas.soft(
            cx + step * scene.unit * 3,
            top - step * scene.unit * 5,
            scene.unit * (7 + step * 3),
            scene.unit * (6 + step * 2),
            mix(scene.palette.cloud, (60, 50, 56), 0.6),
            0.6,
        )
    scene.canvas.fill([cone], Paint(light(colour, 0.1), dark(colour, 0.25), 20))
    with scene.canvas.clip([cone]):
        for dx in (-0.06, 0.01, 0.07):
            lava = paths.through(
                [
                    (cx + dx * reach, top - 4),
                    (cx + dx * 1.7 * reach, top + scene.unit * 9),
                    (cx + dx * 2.4 * reach, top + scene.unit * 20),
                ]
            )
            scene.canvas.stroke([lava], scene.unit * 1.6, Paint((255, 210, 90), (240, 70, 30)))


def hills(scene: Scene) -> Stage:
    """Paint rolling hills with fields, hedges and single trees."""
    palette, rng = scene.palette, scene.rng
    horizon = scene.height * 0.6
    sky.paint(scene, horizon_y=horizon)
    if "mountains" in scene.brief.settings:
        ranges(scene, base_y=horizon + scene.height * 0.02, count=2, sun_x=scene.width * 0.3, tallest=0.34)
    count = 5
    for index in range(count):
        depth = index / (count - 1)
        colour = mix(mix(palette.far, palette.ground, 0.45), palette.ground, depth)
        colour = mix(colour, palette.sky[2], 0.42 * (1 - depth))
        colour = dark(colour, 0.22 * depth)
        heights = paths.ridge(rng, points=80, rough=0.05)
        top = horizon - scene.height * 0.06 + scene.height * 0.095 * index
        line = top - scene.height * (0.1 - 0.012 * index) * (heights - 0.5)
        body = paths.under(line, width=scene.width, bottom=scene.height)
        scene.canvas.fill([body], Paint(light(colour, 0.2), dark(colour, 0.12)))
        _furrows(scene, body, line, colour=colour, strength=0.12 + 0.1 * depth) if index in {1, 2, 3} else None
        if 0 < index < count - 1:
            _hedges(
                scene,
                line,
                size_px=scene.unit * (1.4 + 1.6 * index),
                colour=mix(palette.foliage, colour, 0.5 * (1 - depth)),
            )
        scene.canvas.haze(top, top + scene.height * 0.12, palette.sky[2], start=0.0, end=0.13 * (1 - depth))
    return Stage(scene.height * 0.9, scene.unit * 46, horizon * 0.42, front=lambda: grass(scene, horizon))


def _furrows(scene: Scene, body: Points, line: "paths.NDArray[np.float64]", *, colour: Colour, strength: float) -> None:
    """Comb a field with curved rows."""
    lean = scene.rng.uniform(-0.6, 0.6)
    top = float(line.min())
    x0 = scene.width * scene.rng.uniform(-0.1, 0.7)
    rows: list[Points] = []
    for row in range(14):
        x = x0 + row * scene.unit * 2.2
        rows.append(
            paths.through(
                [
                    (x, top),
                    (x + scene.unit * (6 * lean + row * 0.8), top + scene.unit * 9),
                    (x + scene.unit * (16 * lean + row * 2.4), top + scene.unit * 24),
                ],
                steps=6,
            )
        )
    with scene.canvas.clip([body]):
        scene.canvas.stroke(rows, scene.unit * 0.7, Paint(dark(colour, 0.5), alpha=strength))


def _hedges(scene: Scene, line: "paths.NDArray[np.float64]", *, size_px: float, colour: Colour) -> None:
    crowns: list[Points] = []
    for _ in range(scene.rng.randint(2, 4)):
        start, clump = scene.rng.random() * 0.95, scene.rng.randint(2, 7)
        for step in range(clump):
            x = start * scene.width + step * size_px * 1.2
            y = float(np.interp(x, np.linspace(0, scene.width, len(line)), line))
            size = size_px * scene.rng.uniform(0.7, 1.25)
            crowns.append(paths.oval(x, y - size * 0.55, size * 0.72, size))
    scene.canvas.fill(crowns, Paint(light(colour, 0.12), dark(colour, 0.3)))


def forest(scene: Scene) -> Stage:
    """Paint a wood in layers of depth, with light between the trunks."""
    palette, canvas, rng = scene.palette, scene.canvas, scene.rng
    horizon = scene.height * 0.7
    _, sun_y = sky.paint(scene, horizon_y=horizon, cloudy=0.1)
    if "mountains" in scene.brief.settings:
        ranges(scene, base_y=horizon, count=2, sun_x=scene.width * 0.3, tallest=0.5)
    mist = mix(palette.sky[2], palette.glow, 0.25)
    leaf = palette.foliage
    for index in range(4):
        depth = index / 3
        colour = mix(mix(leaf, mist, 0.62), dark(leaf, 0.55), depth)
        base = scene.height * (0.66 + 0.05 * index)
        size = scene.height * (0.3 + 0.13 * index) if scene.width > scene.height else scene.unit * (34 + 13 * index)
        conifers(
            scene,
            base_y=base,
            size_px=size,
            count=int((17 - 4 * index) * max(1.0, scene.width / scene.height)),
            colour=colour,
            gap=0.3 * (index >= 2),
        )
        ground = paths.under(
            base - scene.unit * 2 * paths.ridge(rng, points=40, rough=0.2), width=scene.width, bottom=scene.height
        )
        canvas.fill([ground], Paint(light(colour, 0.05), dark(colour, 0.1)))
        if index < 3:
            canvas.haze(base - size * 0.6, base + scene.unit * 6, mist, start=0.0, end=0.5 - 0.12 * index)
    floor = mix(palette.ground, dark(leaf, 0.3), 0.45)
    clearing = scene.height * 0.79
    canvas.fill(
        [
            paths.under(
                clearing - scene.unit * 3 * paths.ridge(rng, points=40, rough=0.1),
                width=scene.width,
                bottom=scene.height,
            )
        ],
        Paint(light(floor, 0.12), dark(floor, 0.32)),
    )
    _light_shafts(scene, sun_y)
    canvas.soft(scene.width * 0.5, scene.height * 0.86, scene.width * 0.42, scene.unit * 12, light(floor, 0.4), 0.55)
    return Stage(scene.height * 0.9, scene.unit * 46, scene.height * 0.3, front=lambda: _ferns(scene))


def conifers(scene: Scene, *, base_y: float, size_px: float, count: int, colour: Colour, gap: float = 0.0) -> None:
    """Stand a row of firs on `base_y`; `gap` leaves that share of the middle open."""
    trees: list[Points] = []
    for x in spread(scene.rng, count, low=-scene.unit * 4, high=scene.width + scene.unit * 4, jitter=1.2):
        if abs(x / scene.width - 0.5) < gap / 2 * 1.2:
            continue
        trees.append(
            fir(scene, x, base_y + scene.unit * scene.rng.uniform(0, 2), size_px * scene.rng.uniform(0.72, 1.12))
        )
    scene.canvas.fill(trees, Paint(light(colour, 0.1), dark(colour, 0.1)))


def fir(scene: Scene, x: float, base_y: float, size_px: float) -> Points:
    """Return the outline of a fir with uneven tiers."""
    tiers = 6
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    half = size_px * scene.rng.uniform(0.17, 0.22)
    for tier in range(1, tiers + 1):
        y = base_y - size_px * (1 - tier / tiers * 0.94)
        reach = half * (tier / tiers) ** 0.85 * scene.rng.uniform(0.86, 1.12)
        inner = reach * 0.52
        left += [(x - reach, y), (x - inner, y - size_px * 0.012)]
        right += [(x + reach * scene.rng.uniform(0.9, 1.1), y), (x + inner, y - size_px * 0.012)]
    trunk = half * 0.12
    return np.array(
        [
            (x, base_y - size_px),
            *right[:-1],
            (x + trunk, right[-2][1]),
            (x + trunk, base_y),
            (x - trunk, base_y),
            (x - trunk, left[-2][1]),
            *reversed(left[:-1]),
        ]
    )


def tree_line(scene: Scene, *, base_y: float, size_px: float, count: float = 1.0) -> None:
    """Stand firs in loose groups along `base_y`."""
    colour = mix(scene.palette.foliage, scene.palette.near, 0.55)
    trees: list[Points] = []
    amount = int(scene.width / size_px * 4 * count)
    for x in spread(scene.rng, amount, low=0, high=scene.width, jitter=1.6):
        group = 0.5 + 0.5 * math.sin(x / scene.width * 9 + scene.rng.random())
        if scene.rng.random() < 0.35 + 0.6 * group:
            trees.append(
                fir(scene, x, base_y + scene.unit * scene.rng.uniform(-0.5, 3), size_px * scene.rng.uniform(0.5, 1.15))
            )
    scene.canvas.fill(trees, Paint(light(colour, 0.12), dark(colour, 0.2)))


def _light_shafts(scene: Scene, sun_y: float) -> None:
    x0 = scene.width * 0.24
    for index in range(4):
        x = x0 + index * scene.width * 0.13
        width = scene.width * scene.rng.uniform(0.03, 0.07)
        shaft = np.array(
            [
                (x, 0),
                (x + width, 0),
                (x + width * 2.4 + scene.height * 0.3, scene.height * 0.92),
                (x + scene.height * 0.24, scene.height * 0.92),
            ]
        )
        scene.canvas.fill(
            [shaft], Paint(scene.palette.glow, alpha=0.1 if not scene.palette.dark else 0.06), blur_px=scene.unit * 1.6
        )
    scene.canvas.glow(scene.width * 0.4, max(sun_y, scene.height * 0.2), scene.unit * 60, scene.palette.glow, 0.3)


def _ferns(scene: Scene) -> None:
    colour = dark(scene.palette.foliage, 0.62)
    blades: list[Points] = []
    for x in spread(scene.rng, int(scene.width / scene.unit / 2.6), low=-2, high=scene.width, jitter=1.5):
        edge = abs(x / scene.width - 0.5) * 2
        height = scene.unit * scene.rng.uniform(3, 8) * (0.3 + edge**2)
        lean = scene.unit * scene.rng.uniform(-5, 5)
        base = scene.height + scene.unit
        blades.append(np.concatenate([paths.through([(x - scene.unit * 0.8, base), (x + lean * 0.3, base - height * 0.7), (x + lean, base - height)], steps=5),
                                      paths.through([(x + lean, base - height), (x + lean * 0.4 + scene.unit, base - height * 0.6), (x + scene.unit, base)], steps=5)]))  # fmt: skip
    scene.canvas.fill(blades, Paint(light(colour, 0.12), colour))


def grass(scene: Scene, _top_y: float) -> None:
    """Fringe the bottom edge with grass, taller towards the corners."""
    colour = dark(mix(scene.palette.foliage, scene.palette.ground, 0.4), 0.35)
    if scene.brief.mood == "snow" or "snowfall" in scene.brief.celestial:
        return
    blades: list[Points] = []
    for x in spread(scene.rng, int(scene.width / scene.unit * 1.1), low=-2, high=scene.width + 2, jitter=1.5):
        edge = abs(x / scene.width - 0.5) * 2
        height = scene.unit * scene.rng.uniform(1.5, 5) * (0.35 + edge)
        lean = scene.unit * scene.rng.uniform(-1.5, 1.5)
        base = scene.height + 2
        blades.append(
            np.array(
                [
                    (x - scene.unit * 0.3, base),
                    (x + lean * 0.4 - scene.unit * 0.1, base - height * 0.6),
                    (x + lean, base - height),
                    (x + lean * 0.4 + scene.unit * 0.2, base - height * 0.6),
                    (x + scene.unit * 0.3, base),
                ]
            )
        )
    scene.canvas.fill(blades, Paint(light(colour, 0.18), colour))


def meadow(scene: Scene, *, top_y: float, colour: Colour, waves: float) -> None:
    """Fill the ground below a gently waving line."""
    x = np.linspace(0, math.tau * waves, 60)
    line = top_y + scene.unit * 1.6 * np.sin(x + scene.rng.uniform(0, 6)) + scene.unit * 0.6 * np.sin(2.3 * x)
    scene.canvas.fill(
        [paths.under(line, width=scene.width, bottom=scene.height)], Paint(light(colour, 0.14), dark(colour, 0.28))
    )


def desert(scene: Scene) -> Stage:
    """Paint dunes, each with a lit side, a crest and a shadow side."""
    palette, rng = scene.palette, scene.rng
    horizon = scene.height * 0.56
    sky.paint(scene, horizon_y=horizon, cloudy=0.18)
    sand = scene.brief.tints.get("desert") or mix((230, 168, 96), palette.glow, 0.2)
    if scene.palette.dark:
        sand = mix(sand, palette.sky[1], 0.72)
    elif scene.brief.mood in {"sunset", "dawn"} or "mars" in scene.brief.spoken:
        sand = mix(sand, palette.ground, 0.5)
    _buttes(scene, horizon, mix(mix(sand, (150, 70, 50), 0.5), palette.sky[2], 0.35))
    for index in range(5):
        depth = index / 4
        colour = mix(mix(sand, palette.sky[2], 0.4), dark(sand, 0.1), depth)
        crest_x = scene.width * rng.uniform(0.15, 0.85)
        top = horizon - scene.height * 0.02 + scene.height * 0.085 * index
        rise = scene.height * (0.05 + 0.03 * index)
        _dune(scene, crest=(crest_x, top - rise), foot_y=top + rise * 0.6, colour=colour)
    return Stage(scene.height * 0.9, scene.unit * 44, horizon * 0.42)


def _dune(scene: Scene, *, crest: tuple[float, float], foot_y: float, colour: Colour) -> None:
    x, y = crest
    width, height = scene.width, scene.height
    sway = scene.unit * 14
    line = paths.through(
        [
            (-10, foot_y),
            (x * 0.5, (y + foot_y) / 2 + scene.unit),
            (x, y),
            (x + (width - x) * 0.5, (y + foot_y) / 2 + scene.unit * 2),
            (width + 10, foot_y),
        ]
    )
    body = np.concatenate([line, [(width + 10, height), (-10, height)]])
    scene.canvas.fill([body], Paint(light(colour, 0.24), mix(colour, dark(colour, 0.3), 0.5)))
    fall = paths.through(
        [
            (x, y),
            (x - sway * 0.3, y + (foot_y - y) * 0.6),
            (x + sway * 0.6, foot_y + scene.unit * 8),
            (x - sway * 0.2, height + 10),
        ]
    )
    lee = np.concatenate([line[line[:, 0] >= x], [(width + 10, height)], fall[::-1]])
    with scene.canvas.clip([body]):
        scene.canvas.fill([lee], Paint(dark(colour, 0.42), mix(colour, dark(colour, 0.3), 0.4), alpha=0.62))
        ripples = [
            paths.through(
                [
                    (x - scene.unit * (4 + r * 5), y + scene.unit * (2 + r * 2.4)),
                    (x - scene.unit * (16 + r * 6), y + scene.unit * (6 + r * 2.8)),
                    (x - scene.unit * (34 + r * 8), y + scene.unit * (8 + r * 3.4)),
                ],
                steps=6,
            )
            for r in range(9)
        ]
        scene.canvas.stroke(ripples, scene.unit * 0.3, Paint(dark(colour, 0.5), alpha=0.13))


def _buttes(scene: Scene, base_y: float, colour: Colour) -> None:
    rocks: list[Points] = []
    for x in spread(scene.rng, 3, low=0, high=scene.width):
        half, rise = scene.unit * scene.rng.uniform(5, 12), scene.unit * scene.rng.uniform(6, 15)
        rocks.append(
            np.array(
                [
                    (x - half * 1.6, base_y + scene.unit * 3),
                    (x - half, base_y - rise * 0.3),
                    (x - half * 0.8, base_y - rise),
                    (x + half * 0.8, base_y - rise * 0.95),
                    (x + half, base_y - rise * 0.3),
                    (x + half * 1.7, base_y + scene.unit * 3),
                ]
            )
        )
    scene.canvas.fill(rocks, Paint(light(colour, 0.1), mix(colour, scene.palette.sky[2], 0.4)))


def canyon(scene: Scene) -> Stage:
    """Paint banded walls on both sides of a river of light."""
    palette, rng, canvas = scene.palette, scene.rng, scene.canvas
    horizon = scene.height * 0.52
    sky.paint(scene, horizon_y=horizon, cloudy=0.35)
    rock = scene.brief.tints.get("canyon") or mix(
        (196, 96, 58), palette.ambience.tint, palette.ambience.strength * 0.35
    )
    if palette.dark:
        rock = mix(rock, palette.sky[1], 0.7)
    ranges_colour = mix(rock, palette.sky[2], 0.6)
    _buttes(scene, horizon + scene.unit * 2, ranges_colour)
    canvas.fill(
        [paths.box(0, horizon, scene.width, scene.height)], Paint(mix(rock, palette.sky[2], 0.45), dark(rock, 0.3))
    )
    river_bed = np.array(
        [
            (scene.width * 0.49, horizon + scene.unit * 2),
            (scene.width * 0.53, horizon + scene.unit * 2),
            (scene.width * 0.6, scene.height * 0.75),
            (scene.width * 0.7, scene.height),
            (scene.width * 0.34, scene.height),
            (scene.width * 0.46, scene.height * 0.75),
        ]
    )
    for index in range(4):
        depth = index / 3
        colour = mix(mix(rock, palette.sky[2], 0.45), dark(rock, 0.25), depth)
        inner = 0.4 - 0.1 * index
        for side in (-1, 1):
            top = horizon - scene.height * (0.04 + 0.09 * index) * rng.uniform(0.8, 1.2)
            foot = scene.height * (0.66 + 0.13 * index)
            edge = scene.width * (0.5 + side * (0.5 - inner))
            out = scene.width * (0.5 + side * 0.6)
            jag = [
                (edge + side * scene.unit * rng.uniform(-2, 3) - side * t * scene.unit * 9, top + (foot - top) * t)
                for t in (0, 0.12, 0.3, 0.34, 0.58, 0.62, 0.85, 1.0)
            ]
            wall = np.array([(out, top - scene.unit * 5), *jag, (out, foot + scene.height * 0.3)])
            canvas.fill([wall], Paint(light(colour, 0.2), dark(colour, 0.25)))
            _strata(scene, wall, colour)
    canvas.haze(horizon, scene.height * 0.8, mix(palette.sky[2], palette.glow, 0.4), start=0.3, end=0)
    canvas.fill(
        [river_bed], Paint(light(palette.water, 0.35), palette.water, alpha=0.9)
    ) if rng.random() < 0.7 else None
    return Stage(scene.height * 0.92, scene.unit * 40, horizon * 0.4)


def _strata(scene: Scene, wall: Points, colour: Colour) -> None:
    with scene.canvas.clip([wall]):
        y = float(wall[:, 1].min())
        bottom = min(float(wall[:, 1].max()), scene.height)
        bands: list[Points] = []
        while y < bottom:
            thick = scene.unit * scene.rng.uniform(0.7, 2.6)
            x = np.linspace(0, scene.width, 24)
            wave = scene.unit * 0.7 * np.sin(x / scene.unit / 9 + y)
            upper = np.stack([x, y + wave], axis=1)
            bands.append(np.concatenate([upper, upper[::-1] + np.array([0, thick])]))
            y += thick * scene.rng.uniform(1.8, 3.4)
        scene.canvas.fill(bands, Paint(dark(colour, 0.4), alpha=0.26))


def garden(scene: Scene) -> Stage:
    """Paint a meadow of flowers under an open sky."""
    palette = scene.palette
    horizon = scene.height * 0.52
    sky.paint(scene, horizon_y=horizon)
    if "mountains" in scene.brief.settings:
        ranges(scene, base_y=horizon + scene.unit * 2, count=3, sun_x=scene.width * 0.4, tallest=0.36)
    for index in range(3):
        _hedges(
            scene,
            np.full(10, horizon + scene.unit * 2 * index),
            size_px=scene.unit * (5 + 3 * index),
            colour=mix(palette.foliage, palette.sky[2], 0.4 - 0.14 * index),
        )
    for index in range(4):
        meadow(
            scene,
            top_y=horizon + scene.height * (0.02 + 0.11 * index),
            colour=dark(palette.ground, 0.08 * index),
            waves=1 + index * 0.5,
        )
        flowers(
            scene,
            top_y=horizon + scene.height * (0.05 + 0.11 * index),
            bottom_y=horizon + scene.height * (0.16 + 0.12 * index),
            size_px=scene.unit * (0.45 + 0.42 * index),
        )
    return Stage(scene.height * 0.9, scene.unit * 46, horizon * 0.5, front=lambda: grass(scene, horizon))


def flowers(scene: Scene, *, top_y: float, bottom_y: float, size_px: float) -> None:
    """Sprinkle blossoms of four colours between two heights."""
    accent = scene.brief.tints.get("flower") or scene.brief.tints.get("garden") or scene.palette.accent
    colours: list[Colour] = [
        accent,
        (255, 246, 236),
        mix(accent, (255, 206, 90), 0.6),
        mix(accent, (170, 110, 220), 0.55),
    ]
    for colour in colours:
        shade = scene.palette.ambience.grade(colour)
        dots = [
            paths.oval(
                scene.rng.random() * scene.width,
                scene.rng.uniform(top_y, bottom_y),
                size_px * scene.rng.uniform(0.6, 1.1),
                size_px * 0.7,
            )[::6]
            for _ in range(int(scene.width / scene.unit * 0.3))
        ]
        scene.canvas.fill(dots, Paint(light(shade, 0.25), shade, alpha=0.92))


def road(scene: Scene) -> Stage:
    """Paint an open road that narrows to the horizon."""
    palette, canvas = scene.palette, scene.canvas
    horizon = scene.height * 0.58
    sky.paint(scene, horizon_y=horizon)
    ranges(scene, base_y=horizon + scene.unit, count=3, sun_x=scene.width * 0.3, tallest=0.3)
    ground = palette.ground
    canvas.fill(
        [paths.box(0, horizon, scene.width, scene.height)], Paint(mix(ground, palette.sky[2], 0.4), dark(ground, 0.25))
    )
    tree_line(scene, base_y=horizon + scene.unit, size_px=scene.unit * 5, count=0.5)
    asphalt = mix((74, 76, 88), palette.near, 0.35)
    lane = np.array(
        [
            (-scene.unit, scene.height * 0.74),
            (scene.width + scene.unit, scene.height * 0.74),
            (scene.width + scene.unit, scene.height * 0.95),
            (-scene.unit, scene.height * 0.95),
        ]
    )
    canvas.fill([lane], Paint(light(asphalt, 0.1), dark(asphalt, 0.15)))
    canvas.fill([paths.box(0, scene.height * 0.735, scene.width, scene.unit * 0.9)], light(asphalt, 0.35))
    dash = [
        paths.box(x, scene.height * 0.9, scene.unit * 11, scene.unit * 1.1)
        for x in np.arange(scene.unit * -3, scene.width, scene.unit * 22)
    ]
    canvas.fill(dash, Paint(palette.ambience.grade((240, 224, 190)), alpha=0.85))
    canvas.fill([paths.box(0, scene.height * 0.95, scene.width, scene.height * 0.06)], dark(ground, 0.4))
    return Stage(scene.height * 0.86, scene.unit * 40, horizon * 0.4)


def snowfield(scene: Scene) -> Stage:
    """Paint ice and snow drifts before pale mountains."""
    palette = scene.palette
    horizon = scene.height * 0.6
    sun = sky.paint(scene, horizon_y=horizon, cloudy=0.3)
    ranges(scene, base_y=horizon, count=3, sun_x=sun[0], tallest=0.34)
    snow = mix((238, 244, 252), palette.sky[1], 0.3 if not palette.dark else 0.62)
    for index in range(4):
        meadow(
            scene,
            top_y=scene.height * (0.6 + 0.1 * index),
            colour=mix(mix(snow, palette.sky[2], 0.4), snow, index / 3),
            waves=1 + index * 0.4,
        )
    return Stage(scene.height * 0.9, scene.unit * 44, horizon * 0.4)
