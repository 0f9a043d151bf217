"""Fresh water: lake, river and waterfall."""

import numpy as np

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage, spread
from overdoor.providers.sandbox.settings import ground, trees
from overdoor.providers.sandbox.settings.water import stroke, surface


def lake(scene: Scene) -> Stage:
    """Paint mountains and woods mirrored in still water."""
    horizon = scene.height * 0.56
    sun_x, _ = sky.paint(scene, horizon_y=horizon)
    ground.ranges(scene, base_y=horizon, count=3, sun_x=sun_x, tallest=0.46)
    ground.meadow(
        scene, top_y=horizon - scene.unit * 1.5, colour=mix(scene.palette.ground, scene.palette.near, 0.3), waves=2
    )
    trees.tree_line(scene, base_y=horizon + scene.unit, size_px=scene.unit * 9, count=1.2)
    surface(scene, horizon_y=horizon + scene.unit * 2, sun_x=sun_x, clear=0.72)
    bank = dark(mix(scene.palette.foliage, scene.palette.ground, 0.4), 0.4)
    line = scene.height * 0.9 + scene.unit * 4 * np.sin(np.linspace(0.2, 3.0, 50) * 1.7)
    scene.canvas.fill(
        [paths.under(line, width=scene.width, bottom=scene.height)], Paint(light(bank, 0.12), dark(bank, 0.2))
    )
    return Stage(
        scene.height * 0.95,
        scene.unit * 40,
        horizon * 0.4,
        water_y=scene.height * 0.76,
        front=lambda: ground.grass(scene, horizon),
    )


def river(scene: Scene) -> Stage:
    """Paint a river that winds from the hills to our feet."""
    horizon = scene.height * 0.52
    sun_x, _ = sky.paint(scene, horizon_y=horizon)
    palette, unit, width, height = scene.palette, scene.unit, scene.width, scene.height
    ground.ranges(scene, base_y=horizon, count=3, sun_x=sun_x, tallest=0.36)
    ground.meadow(scene, top_y=horizon, colour=palette.ground, waves=1.4)
    trees.tree_line(scene, base_y=horizon + unit * 3, size_px=unit * 8, count=0.9)
    centre = [
        (0.56, horizon + unit),
        (0.46, horizon + height * 0.06),
        (0.6, horizon + height * 0.15),
        (0.4, horizon + height * 0.29),
        (0.52, height + unit * 4),
    ]
    halves = [0.006, 0.02, 0.05, 0.12, 0.26]
    left = paths.through([((x - half) * width, y) for (x, y), half in zip(centre, halves, strict=True)])
    right = paths.through([((x + half) * width, y) for (x, y), half in zip(centre, halves, strict=True)])
    water_outline = np.concatenate([left, right[::-1]])
    ground.flowers(scene, top_y=height * 0.8, bottom_y=height, size_px=unit * 0.8) if not palette.dark else None
    scene.canvas.fill([water_outline + np.array([0, unit * 1.1])], dark(palette.ground, 0.4))
    scene.canvas.fill([water_outline], Paint(mix(palette.sky[2], palette.water, 0.2), palette.water))
    with scene.canvas.clip([water_outline]):
        strokes = [
            stroke(
                scene.rng.random() * width,
                scene.rng.uniform(horizon, height),
                unit * scene.rng.uniform(2, 8),
                unit * 0.22,
            )
            for _ in range(160)
        ]
        scene.canvas.fill(strokes, Paint(light(palette.sky[2], 0.5), alpha=0.4))
    return Stage(
        height * 0.88, unit * 42, horizon * 0.4, water_y=height * 0.86, front=lambda: ground.grass(scene, horizon)
    )


def waterfall(scene: Scene) -> Stage:
    """Paint water falling between cliffs into a pool."""
    palette, unit, width, height = scene.palette, scene.unit, scene.width, scene.height
    horizon = height * 0.34
    sky.paint(scene, horizon_y=horizon)
    ground.ranges(scene, base_y=horizon + unit * 6, count=2, sun_x=width * 0.3, tallest=0.3)
    rock = mix(mix(palette.near, palette.far, 0.28), (96, 92, 92), 0.45)
    lip, pool = height * 0.3, height * 0.74
    cx, half = width * 0.5, max(unit * 11, width * 0.09)
    scene.canvas.fill([paths.box(0, lip + unit * 2, width, pool - lip)], Paint(light(rock, 0.1), dark(rock, 0.35)))
    _rock_face(scene, top=lip, bottom=pool, colour=rock)
    ground.meadow(scene, top_y=pool, colour=palette.water, waves=1)
    fall = np.array(
        [(cx - half, lip), (cx + half, lip), (cx + half * 1.16, pool + unit * 2), (cx - half * 1.16, pool + unit * 2)]
    )
    white = mix(WHITE, palette.sky[1], 0.18 if not palette.dark else 0.5)
    scene.canvas.fill([fall], Paint(mix(white, palette.water, 0.35), white))
    with scene.canvas.clip([fall]):
        for tone, share in ((dark(palette.water, 0.1), 0.3), (WHITE, 0.65)):
            threads = [
                paths.through(
                    [
                        (x, lip - 4),
                        (x + unit * scene.rng.uniform(-1, 1), (lip + pool) / 2),
                        (x + (x - cx) * 0.16 + unit * scene.rng.uniform(-1, 1), pool + unit * 3),
                    ],
                    steps=5,
                )
                for x in spread(scene.rng, 24, low=cx - half, high=cx + half)
            ]
            scene.canvas.stroke(threads, unit * 0.42, Paint(tone, alpha=share))
    for side in (-1, 1):
        points = [(cx + side * half * 0.92, lip - unit * 3)]
        points += [
            (cx + side * (half * (0.95 + 0.12 * t) + unit * scene.rng.uniform(-1.2, 2)), lip + (pool - lip) * t / 6)
            for t in range(1, 7)
        ]
        edge = np.array(
            [
                *points,
                (cx + side * (half * 1.6), pool + unit * 3),
                (cx + side * width * 0.6, pool + unit * 4),
                (cx + side * width * 0.6, lip - unit * 8),
                (cx + side * half * 2, lip - unit * 5),
            ]
        )
        scene.canvas.fill([edge], Paint(light(rock, 0.16), dark(rock, 0.42), 70))
        with scene.canvas.clip([edge]):
            _rock_face(scene, top=lip, bottom=pool, colour=dark(rock, 0.1))
        turf = np.array(
            [
                (cx + side * half * 0.9, lip - unit * 3),
                (cx + side * half * 2, lip - unit * 5),
                (cx + side * width * 0.6, lip - unit * 8),
            ]
        )
        scene.canvas.stroke([turf], unit * 4, Paint(light(palette.foliage, 0.14), palette.foliage))
    trees.tree_line(scene, base_y=lip - unit * 1.5, size_px=unit * 8, count=0.4)
    pool_water = dark(palette.water, 0.15)
    scene.canvas.fill(
        [paths.under(np.full(8, pool + unit * 2), width=width, bottom=height)],
        Paint(light(pool_water, 0.3), dark(pool_water, 0.45)),
    )
    for ring in range(6):
        line = paths.arc(cx, pool + unit * 3, half * (1.2 + ring * 0.55), unit * (1.4 + ring * 2.2), 10, 170)
        scene.canvas.stroke([line], unit * 0.4, Paint(WHITE, alpha=0.42 - ring * 0.06))
    for dx in (-0.9, -0.4, 0.1, 0.5, 1.0):
        scene.canvas.soft(cx + half * dx, pool + unit * 1.5, unit * 12, unit * 7, WHITE, 0.5)
    stones = [
        paths.oval(
            x,
            height * scene.rng.uniform(0.88, 0.98),
            unit * scene.rng.uniform(3, 8),
            unit * scene.rng.uniform(1.8, 3.5),
        )
        for x in (width * 0.06, width * 0.16, width * 0.82, width * 0.93)
    ]
    for stone in stones:
        scene.canvas.fill([stone], Paint(light(rock, 0.2), dark(rock, 0.6)))
    return Stage(
        height * 0.93, unit * 38, horizon * 0.4, water_y=height * 0.88, front=lambda: ground.grass(scene, horizon)
    )


def _rock_face(scene: Scene, *, top: float, bottom: float, colour: Colour) -> None:
    facets: list[Points] = []
    for _ in range(46):
        x, y, size = (
            scene.rng.random() * scene.width,
            scene.rng.uniform(top, bottom),
            scene.unit * scene.rng.uniform(2, 7),
        )
        facets.append(
            np.array(
                [
                    (x, y - size),
                    (x + size * 0.5, y - size * 0.2),
                    (x + size * 0.3, y + size * 1.3),
                    (x - size * 0.4, y + size * 0.8),
                ]
            )
        )
    scene.canvas.fill(facets[::2], Paint(dark(colour, 0.5), alpha=0.3))
    scene.canvas.fill(facets[1::2], Paint(light(colour, 0.3), alpha=0.22))
