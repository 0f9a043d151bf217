"""Inside: a photo studio, a living room, and a plain backdrop for portraits."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import NAMED, WHITE, Colour, Paint, dark, from_hue, light, mix, shift
from overdoor.providers.sandbox.pen import Ambience, Pen
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.subjects import plants
from overdoor.providers.sandbox.subjects.look import Look

_BACKDROPS: tuple[tuple[Colour, Colour], ...] = (
    ((244, 214, 196), (226, 160, 136)),
    ((206, 220, 226), (140, 168, 184)),
    ((232, 224, 208), (196, 176, 148)),
    ((212, 224, 206), (146, 174, 146)),
    ((226, 214, 232), (170, 148, 190)),
    ((250, 222, 170), (232, 170, 92)),
)

_SOFTBOX = Ambience((255, 250, 244), 0.1)
_LAMPLIGHT = Ambience((236, 206, 190), 0.4)


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
    return Stage(height * 0.84, unit * 54, height * 0.36, ambience=_SOFTBOX)


def _backdrop(scene: Scene) -> tuple[Colour, Colour]:
    asked = scene.brief.tints.get("background") or scene.brief.tints.get("studio")
    near_colour, far_colour = _BACKDROPS[scene.rng.randrange(len(_BACKDROPS))]
    free = [colour for colour in scene.brief.colours if colour not in scene.brief.tints.values()]
    if asked or free:
        base = asked or free[0]
        near_colour, far_colour = light(base, 0.3), dark(base, 0.16)
    if scene.palette.dark or (scene.brief.styles & {"cinematic", "neon"} and not asked):
        near_colour, far_colour = mix(shift(far_colour, value=0.42), (30, 32, 56), 0.55), (14, 14, 26)
    if asked == NAMED["white"]:
        near_colour, far_colour = (255, 255, 255), (224, 226, 230)
    return near_colour, far_colour


def _plinth(scene: Scene, near_colour: Colour, far_colour: Colour) -> Stage:
    canvas, unit, width, height = scene.canvas, scene.unit, scene.width, scene.height
    x, top, bottom = width * 0.5, height * 0.8, height * 0.93
    half = min(unit * 36, width * 0.4)
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
    return Stage(top + unit * 0.8, unit * 52, height * 0.34, ambience=_SOFTBOX)


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
        return Stage(height * 1.02, min(height * 0.92, width * 1.0), height * 0.4, soft_shadow=False, ambience=_SOFTBOX)
    canvas.haze(height * 0.72, height, dark(base, 0.4), start=0.0, end=0.4)
    return Stage(height * 0.86, unit * 60, height * 0.4, ambience=_SOFTBOX)


def room(scene: Scene) -> Stage:
    """Paint a living room: wall, window, sofa, lamp, plant and rug."""
    canvas, unit, rng, width, height = scene.canvas, scene.unit, scene.rng, scene.width, scene.height
    palette = scene.palette
    walls: list[Colour] = [(226, 206, 186), (190, 206, 200), (222, 190, 172), (204, 208, 224), (214, 208, 178)]
    wall = scene.brief.tints.get("background") or scene.brief.tints.get("room") or rng.choice(walls)
    if palette.dark:
        wall = mix(dark(wall, 0.42), (44, 40, 78), 0.42)
    floor_y = height * 0.74
    canvas.fill([paths.box(0, 0, width, floor_y)], Paint(light(wall, 0.1), dark(wall, 0.1)))
    wood = mix((176, 128, 88), wall, 0.2 if not palette.dark else 0.5)
    canvas.fill([paths.box(0, floor_y, width, height)], Paint(light(wood, 0.1), dark(wood, 0.28)))
    boards = [
        np.array([(width * 0.5 + dx * unit * 9, floor_y), (width * 0.5 + dx * unit * 26, height + 4)])
        for dx in range(-9, 10)
    ]
    canvas.stroke(boards, max(unit * 0.2, 0.7), Paint(dark(wood, 0.4), alpha=0.35))
    canvas.fill([paths.box(0, floor_y - unit * 2, width, unit * 2)], Paint(light(wall, 0.5), light(wall, 0.3)))
    left = width > height * 1.2
    window_x = width * (0.3 if left else 0.34)
    _window(scene, window_x, height * 0.1, min(unit * 46, width * 0.42), height * 0.42)
    _sofa(scene, width * (0.64 if left else 0.62), floor_y + unit * 7, min(unit * 62, width * 0.66))
    rug = scene.brief.tints.get("rug", mix(palette.accent, wall, 0.45))
    canvas.fill(
        [paths.oval(width * 0.46, height * 0.91, min(unit * 58, width * 0.5), unit * 9)],
        Paint(light(rug, 0.2), dark(rug, 0.1)),
    )
    canvas.fill(
        [paths.oval(width * 0.46, height * 0.91, min(unit * 50, width * 0.43), unit * 7.3)],
        Paint(light(rug, 0.34), rug),
    )
    _frames(scene, width * (0.7 if left else 0.76), height * 0.24)
    pen = Pen(canvas, width * 0.08, floor_y + unit * 8, unit * 0.46, ambience=palette.ambience)
    canvas.soft(width * 0.08, floor_y + unit * 8, unit * 12, unit * 2, (20, 14, 24), 0.4)
    plants.plant(pen, Look(palette, rng))
    _floor_lamp(scene, width * 0.93, floor_y + unit * 6)
    if not palette.dark:
        beam = np.array(
            [
                (window_x - unit * 6, floor_y + unit * 4),
                (window_x + unit * 18, floor_y + unit * 4),
                (window_x + unit * 40, height),
                (window_x + unit * 4, height),
            ]
        )
        canvas.fill([beam], Paint(palette.glow, alpha=0.26), blur_px=unit * 1.4)
    return Stage(height * 0.93, unit * 40, height * 0.3, ambience=_LAMPLIGHT if palette.dark else None)


def _window(scene: Scene, x: float, y: float, wide: float, tall: float) -> None:
    canvas, unit, palette = scene.canvas, scene.unit, scene.palette
    frame = palette.ambience.grade((250, 246, 240)) if palette.dark else (250, 246, 240)
    left = x - wide / 2
    glass = paths.box(left, y, wide, tall, unit)
    canvas.fill(
        [paths.box(left - unit * 1.8, y - unit * 1.8, wide + unit * 3.6, tall + unit * 3.6, unit * 1.4)],
        Paint(frame, dark(frame, 0.12)),
    )
    canvas.fill([glass], Paint(palette.sky[0], palette.sky[2]))
    with canvas.clip([glass]):
        canvas.glow(x + wide * 0.2, y + tall * 0.3, unit * 18, palette.sun, 0.7)
        if palette.dark:
            canvas.fill([paths.oval(x + wide * 0.22, y + tall * 0.26, unit * 3, unit * 3)], palette.sun)
        for index in range(3):
            colour = mix(mix(palette.far, palette.sky[2], 0.3), palette.foliage, index / 2)
            line = y + tall * (0.62 + 0.12 * index) - unit * 3 * np.sin(np.linspace(0, 6, 30) + index * 2)
            canvas.fill([paths.under(line, width=scene.width, bottom=y + tall)], Paint(light(colour, 0.1), colour))
    bars = [paths.box(x - unit * 0.6, y, unit * 1.2, tall), paths.box(left, y + tall * 0.48, wide, unit * 1.2)]
    canvas.fill(bars, frame)
    canvas.fill(
        [paths.box(left - unit * 3, y + tall + unit * 1.4, wide + unit * 6, unit * 1.8, unit * 0.6)],
        Paint(light(frame, 0.2), dark(frame, 0.16)),
    )
    cloth = mix(palette.accent, frame, 0.55)
    for side in (-1, 1):
        edge = x + side * (wide / 2 + unit * 2)
        fabric = paths.smooth("0,0! 10,0! 9,40 11,100! 0,100! 1,50") * np.array(
            [side * unit * 0.9, tall / 100 * 1.2]
        ) + np.array([edge - side * unit * 6, y - unit * 3])
        canvas.fill([fabric], Paint(light(cloth, 0.2), dark(cloth, 0.22), 0, 0.96))


def _sofa(scene: Scene, x: float, y: float, wide: float) -> None:
    usual: list[Colour] = [(76, 116, 122), (176, 96, 72), (96, 112, 84), (120, 100, 140), (204, 160, 84)]
    colour = scene.palette.ambience.grade(scene.brief.tints.get("room_sofa", scene.rng.choice(usual)))
    scene.canvas.soft(x, y + wide * 0.01, wide * 0.56, wide * 0.05, (20, 14, 24), 0.5)
    k = wide / 100
    parts = [
        (paths.box(x - 46 * k, y - 36 * k, 92 * k, 30 * k, 7 * k), Paint(light(colour, 0.12), dark(colour, 0.12))),
        (paths.box(x - 43 * k, y - 20 * k, 43 * k, 12 * k, 3.4 * k), Paint(light(colour, 0.26), colour)),
        (paths.box(x + 0.6 * k, y - 20 * k, 43 * k, 12 * k, 3.4 * k), Paint(light(colour, 0.26), colour)),
        (paths.box(x - 45 * k, y - 10 * k, 90 * k, 8 * k, 2 * k), Paint(dark(colour, 0.05), dark(colour, 0.3))),
        (paths.box(x - 52 * k, y - 26 * k, 12 * k, 24 * k, 5 * k), Paint(light(colour, 0.22), dark(colour, 0.2))),
        (paths.box(x + 40 * k, y - 26 * k, 12 * k, 24 * k, 5 * k), Paint(light(colour, 0.16), dark(colour, 0.26))),
        (paths.box(x - 47 * k, y - 2.4 * k, 3 * k, 3 * k), dark(colour, 0.7)),
        (paths.box(x + 44 * k, y - 2.4 * k, 3 * k, 3 * k), dark(colour, 0.7)),
    ]
    for outline, paint in parts:
        scene.canvas.fill([outline], paint)
    cushion = scene.palette.ambience.grade(scene.palette.accent)
    turned = paths.rotate(paths.box(-8 * k, -8 * k, 16 * k, 16 * k, 4 * k), 12) + np.array([x - 30 * k, y - 24 * k])
    scene.canvas.fill([turned], Paint(light(cushion, 0.25), dark(cushion, 0.12)))


def _frames(scene: Scene, x: float, y: float) -> None:
    unit, palette = scene.unit, scene.palette
    for dx, dy, wide, tall in ((0, 0, 15, 19), (18, 4, 12, 12)):
        left, top = x + (dx - 14) * unit, y + (dy - 8) * unit
        scene.canvas.fill(
            [paths.box(left + unit * 0.6, top + unit * 0.9, wide * unit, tall * unit)],
            Paint((20, 14, 24), alpha=0.22),
            blur_px=unit * 0.8,
        )
        scene.canvas.fill(
            [paths.box(left, top, wide * unit, tall * unit, unit * 0.4)], palette.ambience.grade((248, 244, 236))
        )
        inner = paths.box(left + unit * 1.4, top + unit * 1.4, (wide - 2.8) * unit, (tall - 2.8) * unit)
        scene.canvas.fill(
            [inner], Paint(mix(palette.sky[1], palette.accent, 0.35), mix(palette.sky[2], palette.accent, 0.2))
        )
        with scene.canvas.clip([inner]):
            scene.canvas.fill(
                [paths.oval(left + wide * unit * 0.62, top + tall * unit * 0.4, unit * 2.2, unit * 2.2)], palette.sun
            )
            scene.canvas.fill(
                [paths.oval(left + wide * unit * 0.4, top + tall * unit * 1.04, wide * unit * 0.6, tall * unit * 0.42)],
                palette.near,
            )


def _floor_lamp(scene: Scene, x: float, y: float) -> None:
    unit, canvas = scene.unit, scene.canvas
    canvas.stroke([np.array([(x, y), (x, y - unit * 46)])], unit * 0.9, (64, 54, 52))
    canvas.fill([paths.oval(x, y, unit * 5, unit * 1.2)], (54, 46, 46))
    shade = np.array(
        [
            (x - unit * 5, y - unit * 56),
            (x + unit * 5, y - unit * 56),
            (x + unit * 8.4, y - unit * 43),
            (x - unit * 8.4, y - unit * 43),
        ]
    )
    bright = scene.palette.dark or scene.brief.mood in {"sunset", "storm"}
    if bright:
        canvas.glow(x, y - unit * 48, unit * 44, (255, 190, 110), 0.7)
    canvas.fill([shade], Paint((255, 236, 196), (250, 206, 140)) if bright else Paint((250, 242, 226), (226, 208, 180)))
