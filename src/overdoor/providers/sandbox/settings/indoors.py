"""Inside: a photo studio, and a plain backdrop for portraits."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import NAMED, WHITE, Colour, Paint, dark, from_hue, light, mix, shift
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage

_BACKDROPS: tuple[tuple[Colour, Colour], ...] = (
    ((244, 214, 196), (226, 160, 136)),
    ((206, 220, 226), (140, 168, 184)),
    ((232, 224, 208), (196, 176, 148)),
    ((212, 224, 206), (146, 174, 146)),
    ((226, 214, 232), (170, 148, 190)),
    ((250, 222, 170), (232, 170, 92)),
)

_SOFTBOX = Ambience((255, 250, 244), 0.1)


def studio(scene: Scene) -> Stage:
    """Paint a seamless backdrop with a soft key light, a plinth or a table and its reflection."""
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    near_colour, far_colour = _backdrop(scene)
    table_y = height * 0.72
    canvas.fill(
        [paths.box(0, 0, width, height)], Paint(mix(near_colour, far_colour, 0.75), mix(near_colour, far_colour, 0.35))
    )
    canvas.glow(width * 0.4, height * 0.36, unit * 88, light(near_colour, 0.6), 0.62)
    wooden = bool(scene.brief.spoken & {"wooden", "wood", "desk", "oak", "walnut"})
    marble = "marble" in scene.brief.spoken
    top: Colour = (168, 116, 76) if wooden else (236, 234, 232) if marble else mix(near_colour, far_colour, 0.3)
    top = scene.brief.tints.get("ground", top)
    if scene.palette.dark:
        top = dark(top, 0.5)
    canvas.fill([paths.box(0, table_y, width, height)], Paint(light(top, 0.22), dark(top, 0.22)))
    if wooden:
        _wood(scene, table_y, top)
    elif marble:
        _marble(scene, table_y, top)
    canvas.haze(table_y - unit * 5, table_y + unit * 5, mix(near_colour, far_colour, 0.5), start=0.0, end=0.0)
    canvas.soft(width * 0.5, table_y, width * 0.8, unit * 5, light(top, 0.5), 0.5)
    canvas.soft(width * 0.46, height * 0.86, unit * 60, unit * 14, light(top, 0.5), 0.5)
    _window_light(scene)
    if not wooden and scene.rng.random() < 0.62:
        return _plinth(scene, near_colour, far_colour)
    return Stage(height * 0.86, unit * 62, height * 0.36, centre_x=width * 0.5, ambience=_SOFTBOX)


def _backdrop(scene: Scene) -> tuple[Colour, Colour]:
    asked = scene.brief.tints.get("background") or scene.brief.tints.get("studio")
    near_colour, far_colour = _BACKDROPS[scene.rng.randrange(len(_BACKDROPS))]
    free = [colour for colour in scene.brief.colours if colour not in scene.brief.tints.values()]
    if asked or free:
        base = asked or free[0]
        near_colour, far_colour = light(base, 0.3), dark(base, 0.16)
    moody = bool(scene.brief.styles & {"cinematic", "neon"}) or "dark" in scene.brief.spoken
    if scene.palette.dark or (moody and not asked):
        near_colour, far_colour = mix(shift(far_colour, value=0.42), (30, 32, 56), 0.55), (14, 14, 26)
    if asked == NAMED["white"]:
        near_colour, far_colour = (255, 255, 255), (224, 226, 230)
    if glow := scene.brief.tints.get("light"):
        near_colour, far_colour = mix(near_colour, glow, 0.62), mix(far_colour, glow, 0.16)
    return near_colour, far_colour


def _plinth(scene: Scene, near_colour: Colour, far_colour: Colour) -> Stage:
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    x, top, bottom = width * 0.5, height * 0.8, height * 0.93
    half = min(unit * (44 if len(scene.brief.subjects) > 1 else 36), width * 0.44)
    body = mix(near_colour, far_colour, 0.35)
    canvas.soft(x + unit * 6, bottom + unit, half * 1.4, unit * 6, (20, 14, 30), 0.4)
    side = np.concatenate([paths.arc(x, bottom, half, unit * 5.4, 0, 180), [(x - half, top), (x + half, top)]])
    canvas.fill([side], Paint(light(body, 0.35), dark(body, 0.3), 0))
    canvas.fill([paths.oval(x, top, half, unit * 5.4)], Paint(light(body, 0.6), light(body, 0.25)))
    pebble = paths.oval(x - half * 1.35, height * 0.92, unit * 8, unit * 6)
    if width > height:
        canvas.soft(x - half * 1.35, height * 0.965, unit * 10, unit * 2, (20, 14, 30), 0.4)
        canvas.fill([pebble], Paint(light(body, 0.45), dark(body, 0.2), 60))
        arch = np.concatenate(
            [
                paths.arc(x + half * 1.5, height * 0.5, unit * 15, unit * 15, 180, 360),
                [(x + half * 1.5 + unit * 15, height * 0.78), (x + half * 1.5 - unit * 15, height * 0.78)],
            ]
        )
        canvas.fill([arch], Paint(light(body, 0.3), mix(body, far_colour, 0.6), alpha=0.6))
    return Stage(top + unit * 0.8, unit * 58, height * 0.34, centre_x=x, ambience=_SOFTBOX)


def _wood(scene: Scene, top_y: float, colour: Colour) -> None:
    rows = []
    y = top_y
    while y < scene.height:
        y += scene.unit * (1.4 + 6 * (y - top_y) / scene.height)
        rows.append(np.array([(-4, y), (scene.width + 4, y)]))
    scene.canvas.stroke(rows, max(scene.unit * 0.25, 0.8), Paint(dark(colour, 0.5), alpha=0.5))
    fibres = []
    for _ in range(90):
        x, y = scene.rng.random() * scene.width, scene.rng.uniform(top_y, scene.height)
        length = scene.unit * scene.rng.uniform(6, 22)
        fibres.append(
            paths.through(
                [(x, y), (x + length / 2, y + scene.unit * scene.rng.uniform(-0.4, 0.4)), (x + length, y)], steps=4
            )
        )
    scene.canvas.stroke(fibres, max(scene.unit * 0.2, 0.7), Paint(dark(colour, 0.45), alpha=0.2))


def _marble(scene: Scene, top_y: float, colour: Colour) -> None:
    veins = []
    for _ in range(9):
        x, y = scene.rng.random() * scene.width, scene.rng.uniform(top_y, scene.height)
        points = [(x, y)]
        for _ in range(5):
            x, y = x + scene.unit * scene.rng.uniform(3, 12), y + scene.unit * scene.rng.uniform(-2, 2.6)
            points.append((x, y))
        veins.append(paths.through(points, steps=5))
    scene.canvas.stroke(
        veins, max(scene.unit * 0.5, 0.8), Paint(dark(colour, 0.4), alpha=0.16), blur_px=scene.unit * 0.3
    )


def _window_light(scene: Scene) -> None:
    """Let slanted panes of light fall on the wall."""
    unit, width, height = scene.unit, scene.width, scene.height
    x0 = width * 0.06
    panes = []
    for row in range(2):
        for column in range(2):
            x, y = x0 + column * unit * 19, height * 0.1 + row * unit * 25
            panes.append(
                np.array([(x, y + unit * 5), (x + unit * 17, y), (x + unit * 17, y + unit * 22), (x, y + unit * 27)])
            )
    scene.canvas.fill(panes, Paint(WHITE, alpha=0.17 if not scene.palette.dark else 0.07), blur_px=unit * 1.1)


def backdrop(scene: Scene) -> Stage:
    """Paint soft, out-of-focus colour behind a portrait or an emblem."""
    canvas, unit, rng, width, height = scene.canvas, scene.unit, scene.rng, scene.width, scene.height
    asked = scene.brief.tints.get("background") or (
        scene.brief.colours[0] if scene.brief.colours and not scene.brief.tints else None
    )
    hue = rng.random()
    base = asked or from_hue(hue, 0.42, 0.78)
    if scene.palette.dark or scene.brief.styles & {"cinematic", "mono"}:
        base = mix(base, (20, 22, 44), 0.68)
    canvas.fill([paths.box(0, 0, width, height)], Paint(light(base, 0.3), dark(base, 0.3), 70))
    for _ in range(7):
        tone = shift(base, hue=rng.uniform(-0.09, 0.09))
        size = unit * rng.uniform(20, 44)
        canvas.soft(width * rng.random(), height * rng.random(), size, size, light(tone, rng.uniform(0.1, 0.5)), 0.55)
    bokeh = [(width * rng.random(), height * rng.uniform(0, 0.8), unit * rng.uniform(1.6, 5)) for _ in range(16)]
    for x, y, r in bokeh:
        canvas.fill(
            [paths.oval(x, y, r, r)], Paint(light(base, 0.72), alpha=rng.uniform(0.07, 0.2)), blur_px=unit * 0.3
        )
    canvas.glow(width * 0.34, height * 0.26, unit * 66, light(base, 0.6), 0.4)
    portrait = any(subject.name == "portrait" for subject in scene.brief.subjects)
    if portrait:
        return Stage(
            height * 1.02,
            min(height * 0.92, width * 1.0),
            height * 0.4,
            soft_shadow=False,
            centre_x=width * 0.5,
            ambience=_SOFTBOX,
        )
    canvas.haze(height * 0.72, height, dark(base, 0.4), start=0.0, end=0.4)
    return Stage(height * 0.86, unit * 60, height * 0.4, ambience=_SOFTBOX)
