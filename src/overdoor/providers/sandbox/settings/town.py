"""Towns: a skyline from afar, and a street among neon signs."""

import numpy as np

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings import ground, water

_SIGNS: tuple[Colour, ...] = (
    (255, 62, 150),
    (52, 222, 240),
    (255, 196, 70),
    (150, 96, 255),
    (90, 255, 170),
    (255, 96, 80),
)


def city(scene: Scene) -> Stage:
    """Paint a skyline in layers, lit at night, doubled in water if there is any."""
    watery = bool({"river", "sea", "lake", "beach"} & set(scene.brief.settings)) or (
        scene.rng.random() < 0.5 and not scene.brief.subjects
    )
    base = scene.height * (0.74 if watery else 0.86)
    sun_x, _ = sky.paint(scene, horizon_y=base * 0.94, cloudy=0.5)
    palette = scene.palette
    if {"mountains", "hills"} & set(scene.brief.settings):
        ground.ranges(scene, base_y=base, count=2, sun_x=sun_x, tallest=0.42)
    for index in range(4):
        depth = index / 3
        colour = mix(mix(palette.far, palette.sky[2], 0.5), mix(palette.near, palette.far, 0.12), depth**0.9)
        _row_of_towers(scene, base_y=base, depth=depth, colour=colour)
        if index < 3:
            scene.canvas.haze(
                base - scene.height * 0.3,
                base,
                mix(palette.sky[2], palette.glow, 0.25),
                start=0.0,
                end=0.42 - 0.08 * index,
            )
    if watery:
        water.surface(scene, horizon_y=base, sun_x=sun_x, clear=0.62)
        return Stage(scene.height * 0.95, scene.unit * 34, base * 0.3, water_y=scene.height * 0.88, soft_shadow=False)
    pavement = mix(palette.near, palette.ground, 0.35)
    scene.canvas.fill(
        [paths.box(0, base, scene.width, scene.height)], Paint(light(pavement, 0.08), dark(pavement, 0.4))
    )
    trees = [paths.oval(x, base, scene.unit * 2.6, scene.unit * 3) for x in np.arange(0, scene.width, scene.unit * 7.3)]
    scene.canvas.fill(trees, Paint(mix(palette.foliage, palette.near, 0.4), dark(palette.foliage, 0.5)))
    return Stage(scene.height * 0.94, scene.unit * 38, base * 0.3)


def _row_of_towers(scene: Scene, *, base_y: float, depth: float, colour: Colour) -> None:
    rng, unit = scene.rng, scene.unit
    towers: list[Points] = []
    lit_windows: list[Points] = []
    dim_windows: list[Points] = []
    masts: list[Points] = []
    x = -unit * rng.uniform(0, 6)
    while x < scene.width:
        wide = unit * rng.uniform(5, 11) * (0.75 + 0.5 * depth)
        middle = 1 - abs((x + wide / 2) / scene.width - 0.5) * 1.1
        tall = scene.height * rng.uniform(0.14, 0.52 - 0.2 * depth) * (0.5 + 0.62 * middle)
        top = base_y - tall
        towers.append(_tower(rng.choice(["flat", "flat", "step", "slant", "spire"]), x, top, wide, base_y))
        if rng.random() < 0.25:
            masts.append(np.array([(x + wide / 2, top + 2), (x + wide / 2, top - unit * rng.uniform(3, 7))]))
        if depth > 0.2:
            _windows(scene, (x, top, wide, base_y), lit_windows, dim_windows, size=unit * (0.55 + 0.45 * depth))
        x += wide * rng.uniform(0.86, 1.12)
    top_colour = light(colour, 0.1)
    scene.canvas.stroke(masts, max(unit * 0.25, 0.8), colour) if masts else None
    scene.canvas.fill(towers, Paint(top_colour, dark(colour, 0.1)))
    scene.canvas.fill(
        dim_windows, Paint(light(colour, 0.5) if not scene.palette.dark else light(colour, 0.16), alpha=0.3)
    )
    warm = scene.palette.window
    glowing = scene.palette.dark or scene.brief.mood in {"sunset", "storm"}
    scene.canvas.fill(
        lit_windows,
        Paint(warm if glowing else light(scene.palette.sky[1], 0.4), alpha=(0.4 + 0.55 * depth) if glowing else 0.45),
    )


def _tower(form: str, x: float, top: float, wide: float, base: float) -> Points:
    match form:
        case "step":
            return np.array(
                [
                    (x, base),
                    (x, top + wide * 0.7),
                    (x + wide * 0.18, top + wide * 0.7),
                    (x + wide * 0.18, top),
                    (x + wide * 0.82, top),
                    (x + wide * 0.82, top + wide * 0.7),
                    (x + wide, top + wide * 0.7),
                    (x + wide, base),
                ]
            )
        case "slant":
            return np.array([(x, base), (x, top + wide * 0.5), (x + wide, top), (x + wide, base)])
        case "spire":
            return np.array(
                [
                    (x, base),
                    (x, top + wide * 0.8),
                    (x + wide * 0.42, top + wide * 0.3),
                    (x + wide * 0.5, top - wide * 0.7),
                    (x + wide * 0.58, top + wide * 0.3),
                    (x + wide, top + wide * 0.8),
                    (x + wide, base),
                ]
            )
        case _:
            return np.array([(x, base), (x, top), (x + wide, top), (x + wide, base)])


def _windows(
    scene: Scene, tower: tuple[float, float, float, float], on: list[Points], off: list[Points], *, size: float
) -> None:
    x, top, wide, base = tower
    rng = scene.rng
    columns, rows = max(1, int(wide * 0.8 / (size * 1.9))), max(1, int((base - top) / (size * 2.3)) - 3)
    share = 0.42 if scene.palette.dark else 0.2
    step = wide * 0.8 / columns
    for row in range(min(rows, 34)):
        for column in range(columns):
            chance = rng.random()
            if chance > 0.86:
                continue
            left, y = x + wide * 0.12 + column * step, top + wide * 0.75 + row * size * 2.3
            (on if chance < share else off).append(paths.box(left, y, min(size, step * 0.7), size * 1.25))


def street(scene: Scene) -> Stage:
    """Paint a narrow street in one-point perspective: signs on both sides, their light on wet ground."""
    palette, canvas, unit, rng = scene.palette, scene.canvas, scene.unit, scene.rng
    width, height = scene.width, scene.height
    vanish = (width * rng.choice([0.44, 0.5, 0.56]), height * 0.5)
    ground_y = height * 0.7
    sky.paint(scene, horizon_y=height * 0.6, cloudy=0.4)
    night = palette.dark or scene.brief.mood in {"storm", "sunset", None}
    canvas.glow(vanish[0], vanish[1], unit * 55, palette.glow, 0.6)
    _row_of_towers(scene, base_y=height * 0.62, depth=0.25, colour=mix(palette.far, palette.sky[2], 0.25))
    canvas.haze(height * 0.3, height * 0.64, mix(palette.glow, palette.sky[2], 0.5), start=0.0, end=0.4)
    glows: list[tuple[float, float, float, Colour]] = []
    for index in range(5):
        depth = (index + 1) / 5
        for side in (-1, 1):
            glows += _facade(scene, side=side, depth=depth, vanish=vanish, ground_y=ground_y)
    for x, y, radius, colour in glows:
        canvas.glow(x, y, radius, colour, 0.42 if night else 0.16)
    _wires(scene, vanish)
    _wet_ground(scene, vanish=vanish, ground_y=ground_y)
    return Stage(height * 0.91, unit * 44, height * 0.28, reflective=True)


def _facade(
    scene: Scene, *, side: int, depth: float, vanish: tuple[float, float], ground_y: float
) -> list[tuple[float, float, float, Colour]]:
    """Paint one house of a street side and its signs; return the lights it casts."""
    rng, unit, palette, canvas = scene.rng, scene.unit, scene.palette, scene.canvas
    reach = depth**1.7
    inner = vanish[0] + side * (unit * 5 + (scene.width * 0.5 - unit * 5) * reach * 0.86)
    outer = vanish[0] + side * (unit * 5 + scene.width * 0.62 * ((depth + 0.22) ** 1.7))
    top = vanish[1] - scene.height * (0.16 + 0.5 * depth) * rng.uniform(0.8, 1.1)
    foot = ground_y - (ground_y - vanish[1]) * (0.5 - 0.5 * depth) * 0.6 + unit * 2
    colour = mix(mix(palette.far, palette.sky[2], 0.25), dark(palette.near, 0.15), depth)
    wall = np.array(
        [(inner, top + unit * 2 * depth), (outer, top - unit * 5 * depth), (outer, scene.height), (inner, foot)]
    )
    canvas.fill([wall], Paint(light(colour, 0.12), dark(colour, 0.12)))
    lights: list[tuple[float, float, float, Colour]] = []
    step = unit * (1.6 + 2.4 * depth)
    left, right = min(inner, outer), max(inner, outer)
    panes = [
        paths.box(x, y, step * 0.5, step * 0.72)
        for y in np.arange(top + step, foot - step * 2.5, step * 1.5)
        for x in np.arange(left + step * 0.4, right - step * 0.6, step * 1.05)
        if rng.random() < 0.4
    ]
    canvas.fill(panes, Paint(mix(palette.window, palette.glow, 0.2), alpha=0.28 + 0.3 * depth))
    for _ in range(2 if depth < 0.5 else 3):
        sign = _SIGNS[rng.randrange(len(_SIGNS))] if rng.random() < 0.75 else palette.accent
        tall, wide = unit * rng.uniform(5, 13) * (0.35 + depth), unit * rng.uniform(1.6, 3.2) * (0.35 + depth)
        x = inner - side * wide * rng.uniform(-0.2, 0.8)
        y = rng.uniform(top + unit * 3, max(top + unit * 4, foot - tall - unit * 9 * depth))
        board = paths.box(x - wide / 2, y, wide, tall, wide * 0.18)
        canvas.fill([board], Paint(dark(sign, 0.72), dark(sign, 0.55)))
        canvas.stroke([np.concatenate([board, board[:1]])], max(unit * 0.22 * (0.5 + depth), 0.8), light(sign, 0.35))
        glyphs = [
            paths.box(x - wide * 0.24, y + wide * (0.4 + 0.86 * g), wide * 0.48, wide * 0.12)
            for g in range(max(1, int((tall - wide * 0.5) / (wide * 0.86))))
        ]
        glyphs += [
            paths.box(
                x - wide * 0.06 + wide * 0.2 * rng.choice([-1, 0, 1]),
                y + wide * (0.3 + 0.86 * g),
                wide * 0.12,
                wide * 0.52,
            )
            for g in range(max(1, int((tall - wide * 0.6) / (wide * 0.86))))
        ]
        canvas.fill(glyphs, light(sign, 0.6))
        lights.append((x, y + tall / 2, tall * 1.15, sign))
    awning = np.array(
        [
            (inner, foot - unit * 7 * depth),
            (outer, foot - unit * 7.4 * depth),
            (outer, foot - unit * 5 * depth),
            (inner - side * unit * 2.4 * depth, foot - unit * 5 * depth),
        ]
    )
    stripe = _SIGNS[rng.randrange(len(_SIGNS))]
    canvas.fill([awning], Paint(mix(stripe, palette.near, 0.35), mix(stripe, palette.near, 0.7)))
    shop = paths.box(
        min(inner, outer) + unit * 0.5, foot - unit * 4.6 * depth, abs(outer - inner) * 0.9, unit * 4.8 * depth
    )
    canvas.fill([shop], Paint(palette.window, mix(palette.window, palette.glow, 0.5), alpha=0.66))
    lights.append(((inner + outer) / 2, foot, unit * 14 * depth, palette.window))
    return lights


def _wires(scene: Scene, vanish: tuple[float, float]) -> None:
    lines = [
        paths.through(
            [
                (-4, scene.height * y),
                (vanish[0], scene.height * (y + 0.05)),
                (scene.width + 4, scene.height * (y - 0.03)),
            ]
        )
        for y in (0.16, 0.2, 0.29)
    ]
    scene.canvas.stroke(lines, max(scene.unit * 0.18, 0.7), Paint(dark(scene.palette.near, 0.4), alpha=0.8))


def _wet_ground(scene: Scene, *, vanish: tuple[float, float], ground_y: float) -> None:
    palette, unit = scene.palette, scene.unit
    water.surface(scene, horizon_y=ground_y, sun_x=vanish[0], clear=0.72)
    lines = [
        np.array([(vanish[0] + dx * unit * 2, ground_y), (vanish[0] + dx * unit * 26, scene.height + 4)])
        for dx in (-1.5, -0.5, 0.5, 1.5)
    ]
    scene.canvas.stroke(lines, max(unit * 0.3, 0.8), Paint(light(palette.glow, 0.3), alpha=0.12))
    kerb = [
        np.array([(vanish[0] + side * unit * 8, ground_y), (vanish[0] + side * scene.width * 0.7, scene.height * 1.02)])
        for side in (-1, 1)
    ]
    scene.canvas.stroke(kerb, unit * 0.6, Paint(mix(palette.glow, palette.near, 0.4), alpha=0.5))
