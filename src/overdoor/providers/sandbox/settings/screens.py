"""Screens: a desktop app in its window, or a phone when the picture is tall."""

import numpy as np

from overdoor.providers.sandbox import paths, text
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.design import INK, card, family, sheet, title_of, words_at
from overdoor.providers.sandbox.settings.pages import trend

_HEAD = text.Setting(face="display", align="left")


def interface(scene: Scene) -> Stage:
    """Paint a browser window with an app in it, or a phone screen when the picture is tall."""
    colours = family(scene)
    width, height = scene.width, scene.height
    base = scene.brief.tints.get("background") or colours[0]
    sheet(scene, Paint(light(base, 0.62), light(mix(base, colours[1], 0.6), 0.4), 50))
    if height > width * 1.15:
        _phone_app(scene, colours)
    else:
        _desktop_app(scene, colours)
    return Stage(height * 0.9, 0.0, height * 0.5)


def _desktop_app(scene: Scene, colours: list[Colour]) -> None:
    unit, width, height = scene.unit, scene.width, scene.height
    night = scene.palette.dark or "dark" in scene.brief.spoken
    ground, ink = ((26, 28, 40), (236, 238, 246)) if night else (WHITE, INK)
    x, y = width * 0.07, height * 0.08
    wide, tall = width * 0.86, height * 0.84
    card(scene, (x, y, wide, tall), radius=unit * 2.2, paint=ground)
    for index, colour in enumerate(((255, 96, 88), (254, 190, 48), (42, 202, 68))):
        scene.canvas.fill([paths.oval(x + unit * (3 + index * 2.6), y + unit * 3, unit * 0.8, unit * 0.8)], colour)
    scene.canvas.fill(
        [paths.box(x + wide * 0.3, y + unit * 1.6, wide * 0.4, unit * 2.8, unit * 1.4)], mix(ground, ink, 0.07)
    )
    side = wide * 0.19
    window = paths.box(x, y, wide, tall, unit * 2.2)
    with scene.canvas.clip([window]):
        scene.canvas.fill([paths.box(x, y + unit * 6, side, tall)], mix(ground, colours[0], 0.08))
    scene.canvas.fill([paths.oval(x + unit * 4, y + unit * 11, unit * 1.9, unit * 1.9)], colours[0])
    for index in range(6):
        row = y + unit * (17 + index * 5.4)
        if row > y + tall - unit * 4:
            break
        if index == 1:
            scene.canvas.fill(
                [paths.box(x + unit * 1.6, row - unit * 1.9, side - unit * 3.2, unit * 4.4, unit)],
                mix(ground, colours[0], 0.22),
            )
        scene.canvas.fill(
            [paths.box(x + unit * 3, row - unit * 0.6, unit * 2, unit * 2, unit * 0.5)],
            mix(ground, colours[0] if index == 1 else ink, 0.7 if index == 1 else 0.3),
        )
        scene.canvas.fill(
            [paths.box(x + unit * 6.4, row - unit * 0.1, side * (0.4 + 0.07 * (index % 3)), unit, unit * 0.5)],
            mix(ground, ink, 0.5 if index == 1 else 0.24),
        )
    left, right = x + side + unit * 3, x + wide - unit * 3
    words_at(
        scene,
        title_of(scene, "Overview"),
        (left, y + unit * 8, (right - left) * 0.7, unit * 5.4),
        colour=ink,
        setting=_HEAD,
    )
    scene.canvas.fill(
        [paths.box(right - unit * 14, y + unit * 8.4, unit * 14, unit * 4.6, unit * 1.4)],
        Paint(light(colours[0], 0.1), colours[0]),
    )
    scene.canvas.fill([paths.box(right - unit * 10.6, y + unit * 10.3, unit * 7.2, unit * 0.9, unit * 0.4)], WHITE)
    top, bottom = y + unit * 17, y + tall - unit * 3
    panel = mix(ground, ink, 0.035)
    third = (right - left - unit * 4) / 3
    for index in range(3):
        px = left + index * (third + unit * 2)
        scene.canvas.fill([paths.box(px, top, third, unit * 13, unit * 1.6)], mix(panel, colours[index], 0.12))
        scene.canvas.fill(
            [paths.box(px + unit * 2, top + unit * 2.2, third * 0.3, unit, unit * 0.5)], mix(panel, ink, 0.35)
        )
        words_at(
            scene,
            f"{scene.rng.randint(18, 94)}{('%', 'k', 'ms')[index]}",
            (px + unit * 2, top + unit * 4.2, third * 0.55, unit * 6.4),
            colour=mix(colours[index], ink, 0.35),
            setting=_HEAD,
        )
        spark = paths.through(
            [
                (px + third * (0.6 + 0.06 * k), top + unit * (8 - 0.6 * k + scene.rng.uniform(-1.2, 1.2)))
                for k in range(6)
            ]
        )
        scene.canvas.stroke([spark], max(unit * 0.45, 1), colours[index])
    trend(
        scene, (left, top + unit * 15.4, (right - left) * 0.62, bottom - top - unit * 15.4), colours
    ) if not night else _dark_trend(
        scene, (left, top + unit * 15.4, (right - left) * 0.62, bottom - top - unit * 15.4), colours, panel
    )
    list_x = left + (right - left) * 0.62 + unit * 2
    scene.canvas.fill(
        [paths.box(list_x, top + unit * 15.4, right - list_x, bottom - top - unit * 15.4, unit * 1.6)], panel
    )
    row = top + unit * 19
    index = 0
    while row < bottom - unit * 3:
        scene.canvas.fill(
            [paths.oval(list_x + unit * 4, row, unit * 1.7, unit * 1.7)], mix(panel, colours[index % 5], 0.75)
        )
        scene.canvas.fill(
            [paths.box(list_x + unit * 7, row - unit * 1.3, (right - list_x) * 0.36, unit * 0.95, unit * 0.5)],
            mix(panel, ink, 0.5),
        )
        scene.canvas.fill(
            [paths.box(list_x + unit * 7, row + unit * 0.5, (right - list_x) * 0.24, unit * 0.8, unit * 0.4)],
            mix(panel, ink, 0.2),
        )
        row += unit * 6
        index += 1


def _dark_trend(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour], panel: Colour) -> None:
    x, y, wide, tall = box
    unit = scene.unit
    scene.canvas.fill([paths.box(x, y, wide, tall, unit * 1.6)], panel)
    for index in range(2):
        points = [
            (
                x + unit * 3 + (wide - unit * 6) * k / 7,
                y + tall * (0.7 - 0.06 * k - 0.1 * index + scene.rng.uniform(-0.07, 0.07)),
            )
            for k in range(8)
        ]
        line = paths.through(points)
        area = np.concatenate([line, [(x + wide - unit * 3, y + tall - unit * 2), (x + unit * 3, y + tall - unit * 2)]])
        scene.canvas.fill([area], Paint(mix(panel, colours[index], 0.5), panel, alpha=0.7))
        scene.canvas.stroke([line], max(unit * 0.5, 1), colours[index])


def _phone_app(scene: Scene, colours: list[Colour]) -> None:
    width, height = scene.width, scene.height
    tall = height * 0.9
    wide = min(tall * 0.48, width * 0.84)
    x, y = (width - wide) / 2, (height - tall) / 2
    k = wide / 100
    card(scene, (x - 2 * k, y - 2 * k, wide + 4 * k, tall + 4 * k), radius=15 * k, paint=(24, 24, 32))
    screen = paths.box(x, y, wide, tall, 13 * k)
    scene.canvas.fill([screen], (250, 250, 253))
    scene.canvas.fill([paths.box(x + 36 * k, y + 4 * k, 28 * k, 7 * k, 3.5 * k)], (24, 24, 32))
    words_at(scene, title_of(scene, "Today"), (x + 9 * k, y + 17 * k, 70 * k, 12 * k), colour=INK, setting=_HEAD)
    scene.canvas.fill([paths.oval(x + 86 * k, y + 23 * k, 6 * k, 6 * k)], Paint(light(colours[1], 0.3), colours[1], 60))
    hero = paths.box(x + 8 * k, y + 34 * k, 84 * k, 52 * k, 8 * k)
    scene.canvas.fill([hero], Paint(light(colours[0], 0.25), dark(colours[1], 0.05), 50))
    with scene.canvas.clip([hero]):
        scene.canvas.fill([paths.oval(x + 74 * k, y + 50 * k, 9 * k, 9 * k)], (255, 244, 214))
        for index in range(3):
            line = y + (66 + index * 7) * k - 5 * k * np.sin(np.linspace(0, 5, 30) + index * 2)
            scene.canvas.fill(
                [paths.under(line, width=width, bottom=y + 90 * k)],
                dark(mix(colours[0], colours[2], 0.3 * index), 0.14 * (index + 1)),
            )
    row, index = y + 95 * k, 0
    while row < y + tall - 38 * k:
        card(scene, (x + 8 * k, row, 84 * k, 20 * k), radius=6 * k)
        scene.canvas.fill(
            [paths.box(x + 12 * k, row + 4 * k, 12 * k, 12 * k, 4 * k)],
            Paint(light(colours[index % 5], 0.3), colours[index % 5]),
        )
        scene.canvas.fill(
            [paths.box(x + 29 * k, row + 5.4 * k, (34 + 8 * (index % 2)) * k, 3.4 * k, 1.7 * k)], (70, 74, 96)
        )
        scene.canvas.fill([paths.box(x + 29 * k, row + 11.6 * k, 26 * k, 2.6 * k, 1.3 * k)], (200, 204, 216))
        row += 24.4 * k
        index += 1
    bar = paths.box(x + 8 * k, y + tall - 27 * k, 84 * k, 17 * k, 8.5 * k)
    scene.canvas.fill([bar], (32, 34, 48))
    for position in range(4):
        scene.canvas.fill(
            [paths.oval(x + (19 + position * 20.6) * k, y + tall - 18.5 * k, 3.3 * k, 3.3 * k)],
            colours[0] if position == 0 else (140, 146, 166),
        )
