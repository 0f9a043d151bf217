"""Dry land: desert and canyon."""

import numpy as np

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, Stage, spread


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
