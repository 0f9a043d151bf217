"""The sea and its shores: open sea, beach, island, headland."""

import numpy as np
from numpy.typing import NDArray

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import WHITE, Paint, dark, light, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.scene import Scene, Stage, spread
from overdoor.providers.sandbox.settings import ground
from overdoor.providers.sandbox.settings.water import surface, waves
from overdoor.providers.sandbox.subjects import plants


def sea(scene: Scene) -> Stage:
    """Paint open water to the horizon, with the light's path on it."""
    horizon = scene.height * 0.56
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.6)
    if scene.brief.settings and {"mountains", "island"} & set(scene.brief.settings):
        ground.ranges(scene, base_y=horizon, count=2, sun_x=sun_x, tallest=0.2)
    surface(scene, horizon_y=horizon, sun_x=sun_x)
    waves(scene, horizon_y=horizon, bottom_y=scene.height)
    return Stage(
        scene.height * 0.82,
        scene.unit * 46,
        horizon * 0.45,
        water_y=scene.height * 0.76,
        soft_shadow=False,
        reflective=True,
    )


def beach(scene: Scene) -> Stage:
    """Paint a shore seen from the sand, with surf and a leaning palm."""
    horizon = scene.height * 0.5
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.5)
    palette, canvas, unit = scene.palette, scene.canvas, scene.unit
    if {"mountains", "hills", "island"} & set(scene.brief.settings):
        ground.ranges(scene, base_y=horizon, count=2, sun_x=sun_x, tallest=0.2)
    surface(scene, horizon_y=horizon, sun_x=sun_x)
    sand = palette.ambience.grade((236, 208, 160))
    line = _shore_line(scene, scene.height * 0.73)
    for offset, paint in (
        (-4.5, Paint(light(palette.water, 0.45), alpha=0.5)),
        (-2.2, Paint(WHITE if not palette.dark else light(palette.water, 0.5), alpha=0.75)),
        (-0.6, Paint(dark(sand, 0.22))),
        (2.6, Paint(light(sand, 0.2), dark(sand, 0.12))),
    ):
        canvas.fill([paths.under(line + offset * unit, width=scene.width, bottom=scene.height)], paint)
    stones = [
        paths.oval(
            scene.rng.random() * scene.width, scene.height * scene.rng.uniform(0.84, 0.98), unit * 0.5, unit * 0.22
        )[::6]
        for _ in range(40)
    ]
    canvas.fill(stones, Paint(dark(sand, 0.35), alpha=0.35))
    if not scene.brief.subjects or scene.brief.subjects[0].name != "palm":
        side = 0.1 if sun_x > scene.width / 2 else 0.9
        pen = Pen(
            canvas, scene.width * side, scene.height * 0.9, unit * 0.74, flipped=side > 0.5, ambience=palette.ambience
        )
        canvas.soft(scene.width * side, scene.height * 0.9, unit * 14, unit * 2, (10, 10, 24), 0.4)
        plants.palm_tree(pen, leaf=(52, 132, 84))
    return Stage(scene.height * 0.92, scene.unit * 42, horizon * 0.45, water_y=scene.height * 0.66)


def _shore_line(scene: Scene, y: float) -> NDArray[np.float64]:
    x = np.linspace(0, 1, 80)
    return y + scene.unit * (2.4 * np.sin(x * 5 + scene.rng.uniform(0, 6)) + 1.0 * np.sin(x * 13) - 5 * (x - 0.5))


def island(scene: Scene) -> Stage:
    """Paint a small island with palms, doubled in still water."""
    horizon = scene.height * 0.58
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.55)
    palette, unit = scene.palette, scene.unit
    cx = scene.width * 0.5
    rock = mix(palette.near, palette.ground, 0.55)
    hill = paths.through(
        [
            (cx - unit * 40, horizon),
            (cx - unit * 26, horizon - unit * 7),
            (cx - unit * 8, horizon - unit * 19),
            (cx + unit * 6, horizon - unit * 13),
            (cx + unit * 24, horizon - unit * 6),
            (cx + unit * 38, horizon),
        ]
    )
    scene.canvas.fill([hill], Paint(light(mix(rock, palette.foliage, 0.6), 0.15), dark(rock, 0.2)))
    for dx, size in ((-20, 0.27), (-12, 0.36), (12, 0.32), (22, 0.24)):
        pen = Pen(
            scene.canvas, cx + dx * unit, horizon - unit * 5, unit * size, flipped=dx > 0, ambience=palette.ambience
        )
        plants.palm_tree(pen, leaf=(52, 132, 84))
    sand = palette.ambience.grade((238, 212, 168))
    beach_line = paths.through(
        [
            (cx - unit * 46, horizon + 1),
            (cx - unit * 20, horizon - unit * 2),
            (cx + unit * 20, horizon - unit * 2),
            (cx + unit * 46, horizon + 1),
        ]
    )
    scene.canvas.fill([beach_line], Paint(light(sand, 0.2), sand))
    surface(scene, horizon_y=horizon, sun_x=sun_x, clear=0.62)
    return Stage(scene.height * 0.84, unit * 40, horizon * 0.4, water_y=scene.height * 0.8, soft_shadow=False)


def coast(scene: Scene) -> Stage:
    """Paint a headland above the sea for what stands at its edge."""
    horizon = scene.height * 0.6
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.6)
    surface(scene, horizon_y=horizon, sun_x=sun_x)
    waves(scene, horizon_y=horizon, bottom_y=scene.height)
    palette, unit, width, height = scene.palette, scene.unit, scene.width, scene.height
    rock = mix(mix(palette.near, palette.ground, 0.3), (104, 92, 86), 0.4)
    x0 = width * 0.14
    edge = [
        (x0, height + 4),
        (x0 + unit * 5, height * 0.92),
        (x0 + unit * 8, height * 0.84),
        (x0 + unit * 14, height * 0.78),
        (x0 + unit * 26, height * 0.745),
        (width * 0.6, height * 0.735),
        (width * 0.82, height * 0.72),
        (width + 4, height * 0.68),
        (width + 4, height + 4),
    ]
    cliff = np.array(edge)
    scene.canvas.fill([cliff], Paint(light(rock, 0.1), dark(rock, 0.5)))
    with scene.canvas.clip([cliff]):
        cracks = [
            np.array(
                [
                    (x, height * 0.75),
                    (x + unit * scene.rng.uniform(-3, 3), height * 0.86),
                    (x + unit * scene.rng.uniform(-5, 5), height),
                ]
            )
            for x in spread(scene.rng, 16, low=x0, high=width)
        ]
        scene.canvas.stroke(cracks, unit * 0.8, Paint(dark(rock, 0.6), alpha=0.3))
        turf = paths.through([(x, y - unit * 0.6) for x, y in edge[2:-1]])
        scene.canvas.stroke([turf], unit * 3.6, Paint(light(palette.foliage, 0.1), dark(palette.foliage, 0.2)))
    foam = [paths.oval(x0 + unit * dx, height * 0.985, unit * 4, unit * 1.1) for dx in (-4, 0, 4)]
    scene.canvas.fill(foam, Paint(light(palette.sky[2], 0.5), alpha=0.6), blur_px=unit)
    return Stage(height * 0.755, unit * 50, horizon * 0.45, water_y=height * 0.8)
