"""A living room: wall, window, sofa, lamp, plant and rug."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.pen import Ambience, Pen
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.subjects import plants
from overdoor.providers.sandbox.subjects.look import Look

_LAMPLIGHT = Ambience((236, 206, 190), 0.4)


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
