"""Ornament: seamless patterns and abstract art."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.design import family, sheet


def pattern(scene: Scene) -> Stage:
    """Paint a seamless repeat of leaves, dots, arcs and blossoms."""
    colours = family(scene)
    rng = scene.rng
    ground = scene.brief.tints.get("background") or (
        dark(colours[0], 0.7) if scene.palette.dark else light(colours[0], 0.78)
    )
    sheet(scene, ground)
    step = scene.unit * 20
    columns, rows = max(1, round(scene.width / step)), max(1, round(scene.height / step))
    dx, dy = scene.width / columns, scene.height / rows
    geometric = (
        bool(scene.brief.spoken & {"geometric", "bauhaus", "tile", "tiles", "art", "deco"})
        or len(scene.brief.prompt) % 2 == 0
    )
    for row in range(rows + 1):
        for column in range(columns + 1):
            x, y = column * dx + (dx / 2 if row % 2 and not geometric else 0), row * dy
            colour = colours[(row * 2 + column) % len(colours)]
            if geometric:
                _tile(scene, x, y, dx, dy, colours, rng.randrange(5))
            else:
                _sprig(
                    scene, x, y, min(dx, dy) * 0.5, colour, (row + column) % 3, leaf=mix(colours[3], (70, 120, 90), 0.5)
                )
    return Stage(scene.height * 0.8, scene.unit * 40, scene.height * 0.5, soft_shadow=False)


def _tile(scene: Scene, x: float, y: float, dx: float, dy: float, colours: list[Colour], form: int) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
    canvas, rng = scene.canvas, scene.rng
    first, second, third = rng.sample(colours, 3)
    canvas.fill([paths.box(x, y, dx + 1, dy + 1)], light(first, 0.1))
    match form:
        case 0:
            canvas.fill([np.concatenate([[(x, y)], paths.arc(x, y, dx, dy, 0, 90)])], second)
            canvas.fill([np.concatenate([[(x, y)], paths.arc(x, y, dx * 0.5, dy * 0.5, 0, 90)])], third)
        case 1:
            canvas.fill([paths.oval(x + dx / 2, y + dy / 2, dx * 0.42, dy * 0.42)], second)
            canvas.fill([paths.oval(x + dx / 2, y + dy / 2, dx * 0.2, dy * 0.2)], third)
        case 2:
            canvas.fill([np.array([(x, y), (x + dx, y), (x, y + dy)])], second)
            canvas.fill([np.array([(x + dx * 0.5, y + dy), (x + dx, y + dy * 0.5), (x + dx, y + dy)])], third)
        case 3:
            canvas.fill(
                [
                    paths.arc(x + dx / 2, y, dx / 2, dy / 2, 0, 180),
                    paths.arc(x + dx / 2, y + dy, dx / 2, dy / 2, 180, 360),
                ],
                second,
            )
        case _:
            canvas.fill([paths.box(x + dx * k / 4, y, dx / 8, dy) for k in range(4)], second)


def _sprig(scene: Scene, x: float, y: float, size: float, colour: Colour, form: int, *, leaf: Colour) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
    canvas = scene.canvas
    if form == 0:
        petals = [
            paths.rotate(paths.oval(0, -size * 0.44, size * 0.24, size * 0.36), 60 * k) + np.array([x, y])
            for k in range(6)
        ]
        canvas.fill(petals, Paint(light(colour, 0.15), colour))
        canvas.fill([paths.oval(x, y, size * 0.2, size * 0.2)], light(colour, 0.7))
    elif form == 1:
        stem = paths.through([(x, y + size * 0.8), (x + size * 0.1, y), (x, y - size * 0.8)])
        canvas.stroke([stem], max(size * 0.05, 0.8), leaf)
        leaves = [
            paths.rotate(paths.smooth("0,0! 30,-26 60,0! 30,26") * size / 100, turn) + np.array([x, y + at * size])
            for turn, at in ((-35, 0.4), (215, 0.2), (-35, -0.1), (215, -0.3), (-90, -0.55))
        ]
        canvas.fill(leaves, Paint(light(leaf, 0.2), leaf))
    else:
        canvas.fill([paths.oval(x, y, size * 0.16, size * 0.16)], colour)
        ring = paths.oval(x, y, size * 0.34, size * 0.34)
        canvas.stroke([np.concatenate([ring, ring[:1]])], max(size * 0.05, 0.8), light(colour, 0.2))


def abstract(scene: Scene) -> Stage:
    """Paint overlapping ribbons and discs of light on a soft gradient."""
    colours = family(scene, 6)
    canvas, rng, unit, width, height = scene.canvas, scene.rng, scene.unit, scene.width, scene.height
    sheet(
        scene,
        Paint(mix(colours[0], (16, 16, 40), 0.35 if scene.palette.dark else 0.1), colours[1], rng.uniform(20, 160)),
    )
    for _ in range(6):
        size = unit * rng.uniform(30, 66)
        canvas.soft(width * rng.random(), height * rng.random(), size * 1.2, size, colours[rng.randrange(6)], 0.75)
    if scene.brief.spoken & {"geometric", "bauhaus", "shapes"}:
        _bauhaus(scene, colours)
    else:
        _ribbons(scene, colours)
    return Stage(height * 0.84, unit * 46, height * 0.45, soft_shadow=True, ambience=Ambience())


def _ribbons(scene: Scene, colours: list[Colour]) -> None:
    rng, width, height, unit = scene.rng, scene.width, scene.height, scene.unit
    x = np.linspace(-0.05, 1.05, 120)
    for index in range(7):
        phase, bend = rng.uniform(0, 6), rng.uniform(1.6, 3.6)
        middle = height * (0.12 + 0.13 * index) + height * 0.15 * np.sin(x * bend * 2 + phase)
        thick = height * (0.05 + 0.07 * (0.5 + 0.5 * np.sin(x * 3.3 + phase * 2)))
        upper, lower = np.stack([x * width, middle - thick], axis=1), np.stack([x * width, middle + thick], axis=1)
        ribbon = np.concatenate([upper, lower[::-1]])
        colour = colours[index % len(colours)]
        scene.canvas.fill([ribbon + np.array([0, unit * 1.4])], Paint((14, 10, 36), alpha=0.24), blur_px=unit * 2)
        scene.canvas.fill([ribbon], Paint(light(colour, 0.35), dark(colour, 0.18), 30, 0.9))
        scene.canvas.stroke([upper], max(unit * 0.25, 0.8), Paint(light(colour, 0.7), alpha=0.75))


def _bauhaus(scene: Scene, colours: list[Colour]) -> None:
    rng, width, height, unit = scene.rng, scene.width, scene.height, scene.unit
    for index in range(11):
        x, y, size = width * rng.uniform(0.08, 0.92), height * rng.uniform(0.08, 0.92), unit * rng.uniform(6, 22)
        colour = colours[index % len(colours)]
        turn = rng.choice([0, 45, 90])
        form: Points = rng.choice(
            [
                paths.oval(0, 0, size, size),
                paths.box(-size, -size * 0.5, size * 2, size),
                np.array([(-size, size), (size, size), (0, -size)]),
                paths.arc(0, 0, size, size, 180, 360),
            ]
        )
        scene.canvas.fill(
            [paths.rotate(form, turn) + np.array([x + unit, y + unit * 1.4])],
            Paint((20, 14, 30), alpha=0.22),
            blur_px=unit,
        )
        scene.canvas.fill(
            [paths.rotate(form, turn) + np.array([x, y])], Paint(light(colour, 0.14), dark(colour, 0.1), 45)
        )
    rings = [paths.oval(width * 0.5, height * 0.5, unit * r, unit * r) for r in (34, 38, 42)]
    scene.canvas.stroke(
        [np.concatenate([ring, ring[:1]]) for ring in rings], max(unit * 0.4, 1), Paint(WHITE, alpha=0.7)
    )
