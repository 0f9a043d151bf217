"""Graphic design: poster, logo and icon."""

import math

import numpy as np

from overdoor.providers.sandbox import paths, text
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.draw import Box
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.design import PAPER, family, sheet


def poster(scene: Scene) -> Stage:
    """Paint a bold poster ground: rays, a disc for the subject and two bands."""
    colours = family(scene)
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    ground = scene.brief.tints.get("background") or (
        mix(colours[0], PAPER, 0.2) if not scene.palette.dark else dark(colours[0], 0.6)
    )
    sheet(scene, Paint(light(ground, 0.14), dark(ground, 0.12)))
    cx, cy = width * 0.5, height * (0.62 if height >= width else 0.66)
    reach = math.hypot(width, height)
    rays = [
        np.array(
            [
                (cx, cy),
                (cx + reach * math.cos(a), cy + reach * math.sin(a)),
                (cx + reach * math.cos(a + 0.131), cy + reach * math.sin(a + 0.131)),
            ]
        )
        for a in np.arange(0, math.tau, 0.262)
    ]
    canvas.fill(rays, Paint(light(ground, 0.35), alpha=0.32))
    disc = colours[1] if colours[1] != ground else light(colours[2], 0.3)
    for radius, tone in ((37, 0.25), (33, 0.0)):
        canvas.fill(
            [paths.oval(cx, cy, radius * unit, radius * unit)],
            Paint(light(disc, tone + 0.12), mix(disc, ground, 0.1 + tone)),
        )
    if not scene.brief.subjects:
        _emblem_shapes(scene, cx, cy, colours)
    base = height * (0.9 if height >= width else 0.97)
    canvas.fill(
        [paths.under(base + unit * 1.5 * np.sin(np.linspace(0, 7, 60)), width=width, bottom=height + 4)],
        Paint(dark(ground, 0.3), dark(ground, 0.55)),
    )
    frame = paths.box(unit * 2.4, unit * 2.4, width - unit * 4.8, height - unit * 4.8, unit)
    canvas.stroke([np.concatenate([frame, frame[:1]])], max(unit * 0.35, 1), Paint(light(ground, 0.7), alpha=0.75))
    return Stage(base + unit * 1.5, unit * 54, cy, soft_shadow=True, centre_x=width * 0.5, ambience=Ambience())


def _emblem_shapes(scene: Scene, cx: float, cy: float, colours: list[Colour]) -> None:
    unit = scene.unit
    for index in range(5):
        radius = unit * (26 - index * 5)
        half = np.concatenate([paths.arc(cx, cy, radius, radius, 180 if index % 2 else 90, 360 if index % 2 else 270)])
        scene.canvas.fill([half], Paint(light(colours[(index + 2) % 5], 0.15), dark(colours[(index + 2) % 5], 0.12)))


def logo(scene: Scene) -> Stage:
    """Paint a mark and its word on a plain ground."""
    colours = family(scene, 3)
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    ground = scene.brief.tints.get("background") or (PAPER if not scene.palette.dark else (20, 22, 34))
    sheet(scene, ground)
    word = scene.brief.texts[0] if scene.brief.texts else ""
    cy = height * (0.42 if word else 0.5)
    if not scene.brief.subjects:
        mark(scene, width * 0.5, cy, unit * 21, colours)
    if word:
        box: Box = (round(width * 0.1), round(cy + unit * 26), round(width * 0.9), round(cy + unit * 42))
        setting = text.Setting(face="serif" if scene.brief.styles & {"vintage", "watercolor"} else "display")
        lines = text.fit(word, width_px=box[2] - box[0], height_px=box[3] - box[1], setting=setting)
        colour = text.readable_on(canvas.image, box, scene.brief.tints.get("text") or dark(colours[0], 0.25))
        text.draw(canvas, lines, box, colour=colour, setting=setting)
    return Stage(cy + unit * 22, unit * 44, cy, soft_shadow=False, centre_x=width * 0.5, ambience=Ambience())


def mark(scene: Scene, cx: float, cy: float, radius: float, colours: list[Colour]) -> None:
    """Draw an abstract mark: petals, rings, a folded square or bars, as the words decide."""
    first, second = colours[0], colours[1]
    match len(scene.brief.prompt) % 4:
        case 0:
            petals = [
                paths.rotate(paths.oval(0, -radius * 0.5, radius * 0.34, radius * 0.52), 60 * k) + np.array([cx, cy])
                for k in range(6)
            ]
            for index, petal in enumerate(petals):
                scene.canvas.fill([petal], Paint(mix(first, second, index / 5), alpha=0.82))
        case 1:
            for index in range(3):
                arc = paths.arc(
                    cx, cy, radius * (1 - index * 0.3), radius * (1 - index * 0.3), -120 + 70 * index, 150 + 70 * index
                )
                scene.canvas.stroke([arc], radius * 0.17, Paint(first, second, 45))
        case 2:
            for angle, colour in ((0, first), (45, second)):
                square = paths.rotate(
                    paths.box(-radius * 0.7, -radius * 0.7, radius * 1.4, radius * 1.4, radius * 0.3), angle
                ) + np.array([cx, cy])
                scene.canvas.fill([square], Paint(light(colour, 0.1), colour, 45, 0.85))
            scene.canvas.fill([paths.oval(cx, cy, radius * 0.36, radius * 0.36)], WHITE)
        case _:
            for index, tall in enumerate((0.9, 1.5, 2.0, 1.2)):
                left = cx - radius + index * radius * 0.54
                scene.canvas.fill(
                    [paths.box(left, cy + radius - tall * radius, radius * 0.4, tall * radius, radius * 0.2)],
                    Paint(mix(first, second, index / 3), first),
                )


def icon(scene: Scene) -> Stage:
    """Paint an app icon: a rounded tile with soft depth for the subject."""
    colours = family(scene, 3)
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    base = scene.brief.tints.get("background") or colours[0]
    sheet(scene, Paint(light(base, 0.86), light(base, 0.7)))
    side, cx, cy = unit * 76, width / 2, height / 2
    tile = paths.box(cx - side / 2, cy - side / 2, side, side, side * 0.23)
    canvas.fill([tile + np.array([0, unit * 3.4])], Paint(dark(base, 0.5), alpha=0.42), blur_px=unit * 3)
    canvas.fill([tile], Paint(light(base, 0.3), dark(mix(base, colours[1], 0.35), 0.14), 60))
    with canvas.clip([tile]):
        canvas.soft(cx - side * 0.2, cy - side * 0.34, side * 0.6, side * 0.42, WHITE, 0.34)
    if not scene.brief.subjects:
        mark(scene, cx, cy, side * 0.3, [WHITE, light(base, 0.5), WHITE])
    return Stage(
        cy + side * 0.33, side * 0.62, cy + side * 0.0, soft_shadow=True, centre_x=width * 0.5, ambience=Ambience()
    )
