"""What is painted when the words name no place: a paper-cut landscape or a still life of solids."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.scene import Scene, Stage, spread
from overdoor.providers.sandbox.settings.design import family, sheet


def paper_cut(scene: Scene) -> Stage:
    """Paint stacked sheets of cut paper that open like a landscape around a sun."""
    colours = family(scene)
    canvas, rng, unit, width, height = scene.canvas, scene.rng, scene.unit, scene.width, scene.height
    hue, far = colours[0], light(colours[1], 0.62)
    sheet(scene, Paint(light(far, 0.4), mix(far, hue, 0.25)))
    sun = (width * rng.choice([0.34, 0.5, 0.64]), height * 0.36)
    for radius, tone in ((34, 0.3), (26, 0.52), (18, 0.8)):
        canvas.fill([paths.oval(*sun, radius * unit, radius * unit)], Paint(mix(far, light(colours[2], 0.4), tone)))
    for index in range(7):
        depth = index / 6
        colour = mix(mix(far, colours[3], 0.4), dark(hue, 0.5), depth**1.1)
        x = np.linspace(0, 1, 120)
        amplitude = height * (0.08 + 0.05 * rng.random()) * (1.1 - 0.5 * depth)
        wave = np.sin(x * (3 + 5 * rng.random()) + rng.uniform(0, 6)) + 0.42 * np.sin(
            x * (9 + 6 * rng.random()) + rng.uniform(0, 6)
        )
        line = height * (0.44 + 0.1 * index) + amplitude * wave
        body = paths.under(line, width=width, bottom=height + unit * 4)
        canvas.fill([body + np.array([0, -unit * 0.9])], Paint((16, 14, 36), alpha=0.3), blur_px=unit * 1.3)
        canvas.fill([body], Paint(light(colour, 0.12), dark(colour, 0.08)))
        edge = np.stack([np.linspace(-2, width + 2, 120), line], axis=1)
        canvas.stroke([edge], max(unit * 0.22, 0.7), Paint(light(colour, 0.45), alpha=0.7))
    return Stage(height * 0.9, unit * 46, height * 0.36)


def shapes_still_life(scene: Scene) -> Stage:
    """Paint balls, arches, cones and steps, lit like objects on a table."""
    colours = family(scene, 6)
    canvas, rng, unit, width, height = scene.canvas, scene.rng, scene.unit, scene.width, scene.height
    wall = light(colours[0], 0.6)
    sheet(scene, Paint(light(wall, 0.2), mix(wall, colours[0], 0.3), 70))
    floor_y = height * 0.72
    canvas.fill([paths.box(0, floor_y, width, height)], Paint(light(wall, 0.3), mix(wall, dark(colours[0], 0.2), 0.3)))
    canvas.glow(width * 0.3, height * 0.2, unit * 80, (255, 246, 226), 0.4)
    arch_x = width * rng.choice([0.4, 0.6])
    for radius, colour in ((30, colours[1]), (22, colours[2]), (13.5, light(colours[0], 0.35))):
        arch = np.concatenate(
            [
                paths.arc(arch_x, height * 0.44, radius * unit, radius * unit, 180, 360),
                [(arch_x + radius * unit, height * 0.76), (arch_x - radius * unit, height * 0.76)],
            ]
        )
        canvas.fill([arch], Paint(light(colour, 0.25), dark(colour, 0.12), 20))
    things = spread(rng, 5 if width > height else 4, low=width * 0.1, high=width * 0.92, jitter=0.3)
    order = [_ball, _cone, _column, _steps, _ball]
    rng.shuffle(order)
    for index, (x, draw) in enumerate(zip(things, order, strict=False)):
        y = height * rng.uniform(0.82, 0.9)
        size = unit * rng.uniform(9, 16)
        canvas.soft(x + size * 0.7, y, size * 1.9, size * 0.34, (30, 20, 40), 0.5)
        draw(scene, x, y, size, colours[(index + 1) % len(colours)])
    return Stage(height * 0.88, unit * 46, height * 0.36)


def _ball(scene: Scene, x: float, y: float, size: float, colour: Colour) -> None:
    disc = paths.oval(x, y - size, size, size)
    scene.canvas.fill([disc], Paint(light(colour, 0.35), dark(colour, 0.35), 60))
    with scene.canvas.clip([disc]):
        scene.canvas.soft(x - size * 0.35, y - size * 1.4, size * 0.6, size * 0.5, WHITE, 0.6)
        scene.canvas.soft(x + size * 0.3, y + size * 0.1, size * 1.1, size * 0.6, dark(colour, 0.6), 0.5)


def _cone(scene: Scene, x: float, y: float, size: float, colour: Colour) -> None:
    outline = np.concatenate([[(x, y - size * 3)], paths.arc(x, y, size, size * 0.26, 0, 180)])
    scene.canvas.fill([outline], Paint(light(colour, 0.4), dark(colour, 0.35), 0))


def _column(scene: Scene, x: float, y: float, size: float, colour: Colour) -> None:
    tall = size * 2.6
    side = np.concatenate(
        [paths.arc(x, y, size * 0.8, size * 0.24, 0, 180), paths.arc(x, y - tall, size * 0.8, size * 0.24, 180, 360)]
    )
    scene.canvas.fill([side], Paint(light(colour, 0.35), dark(colour, 0.35), 0))
    scene.canvas.fill(
        [paths.oval(x, y - tall, size * 0.8, size * 0.24)], Paint(light(colour, 0.55), light(colour, 0.2))
    )


def _steps(scene: Scene, x: float, y: float, size: float, colour: Colour) -> None:
    for step in range(3):
        left, tall = x - size + step * size * 0.66, size * (1.5 - step * 0.5)
        scene.canvas.fill(
            [paths.box(left, y - tall, size * 0.68, tall)],
            Paint(light(colour, 0.3 - step * 0.1), dark(colour, 0.12 + step * 0.06)),
        )
