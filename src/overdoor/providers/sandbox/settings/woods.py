"""A wood in layers of depth, light between its trunks."""

import numpy as np

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage, spread
from overdoor.providers.sandbox.settings.ground import ranges
from overdoor.providers.sandbox.settings.trees import conifers


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
        blades.append(
            np.concatenate(
                [
                    paths.through(
                        [
                            (x - scene.unit * 0.8, base),
                            (x + lean * 0.3, base - height * 0.7),
                            (x + lean, base - height),
                        ],
                        steps=5,
                    ),
                    paths.through(
                        [
                            (x + lean, base - height),
                            (x + lean * 0.4 + scene.unit, base - height * 0.6),
                            (x + scene.unit, base),
                        ],
                        steps=5,
                    ),
                ]
            )
        )
    scene.canvas.fill(blades, Paint(light(colour, 0.12), colour))
