"""Land: mountains, hills, meadow, road and snow."""

import numpy as np
from numpy.typing import NDArray

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.ground import flowers, grass, hedges, meadow, ranges
from overdoor.providers.sandbox.settings.trees import tree_line


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


def _volcano(scene: Scene, base_y: float) -> None:
    cx, top, reach = scene.width * 0.52, scene.height * 0.24, min(scene.width * 0.4, scene.unit * 62)
    cone = paths.through(
        [
            (cx - reach, base_y),
            (cx - reach * 0.4, base_y * 0.72 + top * 0.28),
            (cx - reach * 0.12, top),
            (cx + reach * 0.12, top),
            (cx + reach * 0.4, base_y * 0.72 + top * 0.28),
            (cx + reach, base_y),
        ]
    )
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
            hedges(
                scene,
                line,
                size_px=scene.unit * (1.4 + 1.6 * index),
                colour=mix(palette.foliage, colour, 0.5 * (1 - depth)),
            )
        scene.canvas.haze(top, top + scene.height * 0.12, palette.sky[2], start=0.0, end=0.13 * (1 - depth))
    return Stage(scene.height * 0.9, scene.unit * 46, horizon * 0.42, front=lambda: grass(scene, horizon))


def _furrows(scene: Scene, body: Points, line: NDArray[np.float64], *, colour: Colour, strength: float) -> None:
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


def garden(scene: Scene) -> Stage:
    """Paint a meadow of flowers under an open sky."""
    palette = scene.palette
    horizon = scene.height * 0.52
    sky.paint(scene, horizon_y=horizon)
    if "mountains" in scene.brief.settings:
        ranges(scene, base_y=horizon + scene.unit * 2, count=3, sun_x=scene.width * 0.4, tallest=0.36)
    for index in range(3):
        hedges(
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
