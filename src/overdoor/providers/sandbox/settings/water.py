"""Water: sea, beach, island, coast, lake, river, waterfall and the world below the surface."""

import math

import numpy as np
from PIL import Image, ImageFilter

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience, Pen
from overdoor.providers.sandbox.scene import Scene, Stage, noise, spread
from overdoor.providers.sandbox.settings import land
from overdoor.providers.sandbox.subjects import plants


def sea(scene: Scene) -> Stage:
    """Paint open water to the horizon, with the light's path on it."""
    horizon = scene.height * 0.56
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.6)
    if scene.brief.settings and {"mountains", "island"} & set(scene.brief.settings):
        land.ranges(scene, base_y=horizon, count=2, sun_x=sun_x, tallest=0.2)
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


def surface(scene: Scene, *, horizon_y: float, sun_x: float, bottom_y: float | None = None, clear: float = 0.5) -> None:
    """Lay water over everything below the horizon: a rippled mirror of what is above, tinted and glittering."""
    canvas, palette = scene.canvas, scene.palette
    top, bottom = round(horizon_y), round(bottom_y or scene.height)
    height = min(bottom, scene.height) - top
    if height < 2:
        return
    mirrored = canvas.image.crop((0, max(0, top - height), scene.width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.resize((scene.width // 4 or 1, height // 4 or 1), Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(1.2)
    )
    mirrored = _rippled(mirrored.resize((scene.width, height), Image.Resampling.BICUBIC), scene)
    canvas.image.paste(mirrored, (0, top))
    near = dark(palette.water, 0.42)
    box = paths.box(0, top, scene.width, height)
    canvas.fill([box], Paint(mix(palette.water, palette.sky[2], 0.35), near, alpha=1 - clear))
    canvas.haze(top, top + height, near, start=0.0, end=0.55)
    canvas.haze(top, top + height * 0.12, mix(palette.sky[2], palette.glow, 0.3), start=0.35, end=0.0)
    _glitter(scene, top=top, height=height, sun_x=sun_x)


def _rippled(image: Image.Image, scene: Scene) -> Image.Image:
    """Shift rows sideways, more towards the viewer."""
    pixels = np.asarray(image)
    rows = np.arange(image.height)
    depth = rows / max(image.height, 1)
    wave = np.sin(rows / (1.5 + depth * 7) * (100 / max(scene.unit * 12, 20)) + 3 * np.sin(rows / scene.unit / 3))
    shift = np.rint(wave * (0.15 + depth * 1.4) * scene.unit).astype(int)
    shifted = np.empty_like(pixels)
    for row, offset in enumerate(shift):
        shifted[row] = np.roll(pixels[row], offset, axis=0)
    return Image.fromarray(shifted, "RGB")


def _glitter(scene: Scene, *, top: float, height: float, sun_x: float) -> None:
    """Lay short bright strokes in a widening path below the sun or moon, and faint ones everywhere."""
    rng, unit, palette = scene.rng, scene.unit, scene.palette
    path: list[Points] = []
    loose: list[Points] = []
    for _ in range(210):
        depth = rng.random() ** 1.5
        y = top + height * depth
        length = unit * (0.8 + 5 * depth) * rng.uniform(0.5, 1.4)
        x = sun_x + rng.gauss(0, 1) * unit * (3 + 9 * depth)
        path.append(_stroke(x, y, length, unit * (0.12 + 0.34 * depth)))
    for _ in range(150):
        depth = rng.random() ** 1.3
        y, x = top + height * depth, rng.random() * scene.width
        loose.append(_stroke(x, y, unit * (1 + 8 * depth) * rng.uniform(0.5, 1.3), unit * (0.08 + 0.22 * depth)))
    calm = scene.brief.mood in {"storm", "mist"}
    scene.canvas.fill(loose, Paint(light(palette.sky[2], 0.3), alpha=0.2))
    scene.canvas.fill(path, Paint(mix(palette.sun, palette.glow, 0.25), alpha=0.2 if calm else 0.72))


def _stroke(x: float, y: float, length: float, thick: float) -> Points:
    return np.array([(x - length, y), (x, y - thick), (x + length, y), (x, y + thick)])


def waves(scene: Scene, *, horizon_y: float, bottom_y: float) -> None:
    """Roll a few long crests towards the viewer; higher in a storm."""
    palette, rng = scene.palette, scene.rng
    high = 2.6 if scene.brief.mood == "storm" or "waves" in scene.brief.spoken or "wave" in scene.brief.spoken else 1.0
    for index in range(4):
        depth = (index + 1) / 4
        y = horizon_y + (bottom_y - horizon_y) * depth**1.5 * 0.86
        colour = mix(palette.water, dark(palette.water, 0.45), depth)
        x = np.linspace(0, 1, 90)
        phase = rng.uniform(0, 6)
        crest = np.sin(x * (34 - 20 * depth) + phase) + 0.5 * np.sin(x * (61 - 34 * depth) + phase * 2)
        line = y + crest * scene.unit * (0.35 + 0.95 * depth) * high
        body = paths.under(line, width=scene.width, bottom=y + scene.height * 0.1 * (0.5 + depth))
        scene.canvas.fill([body], Paint(light(colour, 0.12), colour, alpha=0.34))
        foam = np.stack([np.linspace(-2, scene.width + 2, 90), line], axis=1)
        scene.canvas.stroke(
            [foam],
            max(scene.unit * 0.16 * (0.5 + depth), 0.6),
            Paint(light(palette.sky[2], 0.5), alpha=0.32 * min(high, 1.6)),
        )


def beach(scene: Scene) -> Stage:
    """Paint a shore seen from the sand, with surf and a leaning palm."""
    horizon = scene.height * 0.5
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.5)
    palette, canvas, unit = scene.palette, scene.canvas, scene.unit
    if {"mountains", "hills", "island"} & set(scene.brief.settings):
        land.ranges(scene, base_y=horizon, count=2, sun_x=sun_x, tallest=0.2)
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


def _shore_line(scene: Scene, y: float) -> "paths.NDArray[np.float64]":
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


def lake(scene: Scene) -> Stage:
    """Paint mountains and woods mirrored in still water."""
    horizon = scene.height * 0.56
    sun_x, _ = sky.paint(scene, horizon_y=horizon)
    land.ranges(scene, base_y=horizon, count=3, sun_x=sun_x, tallest=0.46)
    land.meadow(
        scene, top_y=horizon - scene.unit * 1.5, colour=mix(scene.palette.ground, scene.palette.near, 0.3), waves=2
    )
    land.tree_line(scene, base_y=horizon + scene.unit, size_px=scene.unit * 9, count=1.2)
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
        front=lambda: land.grass(scene, horizon),
    )


def river(scene: Scene) -> Stage:
    """Paint a river that winds from the hills to our feet."""
    horizon = scene.height * 0.52
    sun_x, _ = sky.paint(scene, horizon_y=horizon)
    palette, unit, width, height = scene.palette, scene.unit, scene.width, scene.height
    land.ranges(scene, base_y=horizon, count=3, sun_x=sun_x, tallest=0.36)
    land.meadow(scene, top_y=horizon, colour=palette.ground, waves=1.4)
    land.tree_line(scene, base_y=horizon + unit * 3, size_px=unit * 8, count=0.9)
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
    land.flowers(scene, top_y=height * 0.8, bottom_y=height, size_px=unit * 0.8) if not palette.dark else None
    scene.canvas.fill([water_outline + np.array([0, unit * 1.1])], dark(palette.ground, 0.4))
    scene.canvas.fill([water_outline], Paint(mix(palette.sky[2], palette.water, 0.2), palette.water))
    with scene.canvas.clip([water_outline]):
        strokes = [
            _stroke(
                scene.rng.random() * width,
                scene.rng.uniform(horizon, height),
                unit * scene.rng.uniform(2, 8),
                unit * 0.22,
            )
            for _ in range(160)
        ]
        scene.canvas.fill(strokes, Paint(light(palette.sky[2], 0.5), alpha=0.4))
    return Stage(
        height * 0.88, unit * 42, horizon * 0.4, water_y=height * 0.86, front=lambda: land.grass(scene, horizon)
    )


def waterfall(scene: Scene) -> Stage:
    """Paint water falling between cliffs into a pool."""
    palette, unit, width, height = scene.palette, scene.unit, scene.width, scene.height
    horizon = height * 0.34
    sky.paint(scene, horizon_y=horizon)
    land.ranges(scene, base_y=horizon + unit * 6, count=2, sun_x=width * 0.3, tallest=0.3)
    rock = mix(mix(palette.near, palette.far, 0.28), (96, 92, 92), 0.45)
    lip, pool = height * 0.3, height * 0.74
    cx, half = width * 0.5, max(unit * 11, width * 0.09)
    scene.canvas.fill([paths.box(0, lip + unit * 2, width, pool - lip)], Paint(light(rock, 0.1), dark(rock, 0.35)))
    _rock_face(scene, top=lip, bottom=pool, colour=rock)
    land.meadow(scene, top_y=pool, colour=palette.water, waves=1)
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
    land.tree_line(scene, base_y=lip - unit * 1.5, size_px=unit * 8, count=0.4)
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
        height * 0.93, unit * 38, horizon * 0.4, water_y=height * 0.88, front=lambda: land.grass(scene, horizon)
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


def underwater(scene: Scene) -> Stage:
    """Paint blue depth with shafts of light, weed, coral and bubbles."""
    palette, canvas, unit, rng = scene.palette, scene.canvas, scene.unit, scene.rng
    width, height = scene.width, scene.height
    water = palette.water if not palette.dark else mix(palette.water, (20, 70, 120), 0.5)
    canvas.fill(
        [paths.box(0, 0, width, height)], Paint(light(mix(water, (90, 220, 230), 0.45), 0.2), dark(water, 0.72))
    )
    for index in range(6):
        x = width * (index / 5 + rng.uniform(-0.1, 0.1)) - width * 0.1
        wide = width * rng.uniform(0.02, 0.06)
        shaft = np.array(
            [
                (x, -4),
                (x + wide, -4),
                (x + wide * 3.4 + height * 0.2, height * 0.95),
                (x + height * 0.12, height * 0.95),
            ]
        )
        canvas.fill([shaft], Paint((214, 250, 250), alpha=0.1), blur_px=unit * 2)
    canvas.glow(width * 0.45, 0, unit * 80, (190, 250, 245), 0.5)
    ripples = noise(
        scene.texture, (width, max(2, int(height * 0.16))), cells=(max(4, round(8 * width / height)), 3), octaves=3
    )
    mask = Image.new("L", (width, height))
    mask.paste(ripples.point(lambda level: max(0, level - 150)), (0, 0))
    canvas.lay(mask, Paint(WHITE, alpha=0.35))
    for index in range(3):
        depth = index / 2
        sand = mix(mix(water, (120, 190, 200), 0.25), dark(mix((190, 180, 140), water, 0.5), 0.35), depth)
        heights = paths.ridge(rng, points=60, rough=0.1 + 0.25 * (1 - depth))
        line = height * (0.8 + 0.07 * index) - height * (0.14 - 0.05 * index) * heights * (1 - 0.5 * depth)
        canvas.fill([paths.under(line, width=width, bottom=height)], Paint(light(sand, 0.1), dark(sand, 0.3)))
        _weeds(
            scene,
            base_y=height * (0.86 + 0.06 * index),
            size_px=unit * (10 + 8 * index),
            colour=mix(mix((40, 150, 110), water, 0.6), (24, 84, 70), depth),
        )
    _corals(scene, base_y=height * 0.97)
    bubbles = [(rng.random() * width, rng.random() * height, unit * rng.uniform(0.3, 1.3)) for _ in range(34)]
    canvas.fill([paths.oval(x, y, r, r) for x, y, r in bubbles], Paint(WHITE, alpha=0.16))
    canvas.fill(
        [paths.oval(x - r * 0.3, y - r * 0.3, r * 0.3, r * 0.3) for x, y, r in bubbles], Paint(WHITE, alpha=0.6)
    )
    return Stage(
        height * 0.72,
        unit * 42,
        height * 0.42,
        water_y=height * 0.66,
        ambience=Ambience((190, 226, 236), 0.4),
        soft_shadow=False,
    )


def _weeds(scene: Scene, *, base_y: float, size_px: float, colour: Colour) -> None:
    blades: list[Points] = []
    for x in spread(scene.rng, int(9 * max(1.0, scene.width / scene.height)), low=0, high=scene.width, jitter=1.6):
        if abs(x / scene.width - 0.5) < 0.2:
            continue
        tall, lean, thick = (
            size_px * scene.rng.uniform(0.6, 1.3),
            size_px * scene.rng.uniform(-0.2, 0.2),
            size_px * 0.06,
        )
        spine = [
            (x, base_y),
            (x + lean, base_y - tall * 0.35),
            (x - lean, base_y - tall * 0.7),
            (x + lean * 0.6, base_y - tall),
        ]
        left = paths.through([(px - thick * (1 - i / 3), py) for i, (px, py) in enumerate(spine)])
        right = paths.through([(px + thick * (1 - i / 3), py) for i, (px, py) in enumerate(spine)])
        blades.append(np.concatenate([left, right[::-1]]))
    scene.canvas.fill(blades, Paint(light(colour, 0.15), dark(colour, 0.2)))


def _corals(scene: Scene, *, base_y: float) -> None:
    colours: list[Colour] = [(240, 110, 110), (250, 160, 90), (200, 110, 200), scene.palette.accent]
    for index, x in enumerate((0.06, 0.16, 0.84, 0.95)):
        colour = mix(colours[index % 4], scene.palette.water, 0.28)
        branches: list[Points] = []
        root = np.array([x * scene.width, base_y + scene.unit * 3])
        for branch in range(7):
            angle = math.radians(-90 + (branch - 3) * 18)
            length = scene.unit * scene.rng.uniform(7, 13)
            tip = root + length * np.array([math.cos(angle), math.sin(angle)])
            branches.append(
                paths.through([tuple(root), tuple((root + tip) / 2 + np.array([0, -scene.unit])), tuple(tip)])
            )
        scene.canvas.stroke(branches, scene.unit * 1.5, Paint(light(colour, 0.2), dark(colour, 0.25)))
