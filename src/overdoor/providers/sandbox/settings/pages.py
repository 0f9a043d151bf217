"""Pages with content: infographic, diagram and storyboard."""

import math

import numpy as np

from overdoor.providers.sandbox import paths, text
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.design import INK, PAPER, card, family, sheet, title_of, words_at

_HEAD = text.Setting(face="display", align="left")
_BODY = text.Setting(face="sans", align="left")
_MIDDLE = text.Setting(face="display", align="center")
_MUTED: Colour = (120, 124, 142)


def infographic(scene: Scene) -> Stage:
    """Paint a page of bars, a ring, a line and three numbers."""
    colours = family(scene)
    unit, width, height = scene.unit, scene.width, scene.height
    ground = scene.brief.tints.get("background") or light(colours[0], 0.9)
    sheet(scene, ground)
    margin, gap = unit * 6, unit * 3
    words_at(
        scene,
        title_of(scene, "At a Glance"),
        (margin, unit * 5, width - 2 * margin, unit * 9),
        colour=text.readable_on(scene.canvas.image, (0, 0, width, max(1, int(unit * 12)))),
        setting=_HEAD,
    )
    scene.canvas.fill([paths.box(margin, unit * 15.4, unit * 14, unit * 0.9, unit)], colours[1])
    top, bottom = unit * 19, height - unit * 7
    if width >= height:
        split = margin + (width - 2 * margin) * 0.58
        _bars(scene, (margin, top, split - margin - gap, (bottom - top) * 0.58), colours)
        _ring(scene, (split, top, width - margin - split, (bottom - top) * 0.58), colours)
        row = top + (bottom - top) * 0.58 + gap
        _numbers(scene, (margin, row, split - margin - gap, bottom - row), colours)
        trend(scene, (split, row, width - margin - split, bottom - row), colours)
    else:
        quarter = (bottom - top - 3 * gap) / 4
        boxes = [(margin, top + index * (quarter + gap), width - 2 * margin, quarter) for index in range(4)]
        for draw, box in zip((_bars, _numbers, trend, _ring), boxes, strict=True):
            draw(scene, box, colours)
    return Stage(unit * 16.4, unit * 13, unit * 9, soft_shadow=False, centre_x=width - unit * 15, ambience=Ambience())


def _bars(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour]) -> None:
    x, y, wide, tall = box
    unit, rng = scene.unit, scene.rng
    card(scene, box, radius=unit * 2)
    base, top = y + tall - unit * 5, y + unit * 5
    lines = [
        np.array([(x + unit * 3, base - (base - top) * k / 4), (x + wide - unit * 3, base - (base - top) * k / 4)])
        for k in range(5)
    ]
    scene.canvas.stroke(lines, max(unit * 0.14, 0.7), (228, 230, 238))
    count = 7
    step = (wide - unit * 8) / count
    for index in range(count):
        share = 0.25 + 0.62 * (index / count) + rng.uniform(-0.12, 0.14)
        colour = colours[1] if index == count - 2 else colours[0]
        bar_height = (base - top) * min(share, 1.0)
        left = x + unit * 4 + step * index + step * 0.2
        scene.canvas.fill(
            [paths.box(left, base - bar_height, step * 0.6, bar_height, min(unit, step * 0.2))],
            Paint(light(colour, 0.18), colour),
        )
        scene.canvas.fill([paths.box(left, base + unit * 1.2, step * 0.6, unit * 0.9, unit * 0.4)], (210, 213, 224))


def _ring(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour]) -> None:
    x, y, wide, tall = box
    unit = scene.unit
    card(scene, box, radius=unit * 2)
    radius = min(wide, tall) * 0.3
    cx, cy = x + wide * (0.5 if wide < tall * 1.5 else 0.28), y + tall * 0.5
    start = -90.0
    shares = (0.42, 0.27, 0.19, 0.12)
    for index, share in enumerate(shares):
        line = paths.arc(cx, cy, radius, radius, start + 3, start + 360 * share - 3)
        scene.canvas.stroke([line], radius * 0.34, colours[index])
        start += 360 * share
    words_at(
        scene, "42%", (cx - radius * 0.6, cy - radius * 0.3, radius * 1.2, radius * 0.6), colour=INK, setting=_MIDDLE
    )
    if wide >= tall * 1.5:
        for index in range(4):
            row = y + tall * (0.24 + 0.17 * index)
            scene.canvas.fill([paths.oval(x + wide * 0.58, row, unit * 1.2, unit * 1.2)], colours[index])
            scene.canvas.fill(
                [
                    paths.box(
                        x + wide * 0.58 + unit * 2.6,
                        row - unit * 0.6,
                        wide * (0.26 - 0.04 * index),
                        unit * 1.2,
                        unit * 0.6,
                    )
                ],
                (212, 215, 226),
            )


def _numbers(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour]) -> None:
    x, y, wide, tall = box
    unit, rng = scene.unit, scene.rng
    gap = unit * 2
    each = (wide - 2 * gap) / 3
    for index in range(3):
        left = x + index * (each + gap)
        colour = colours[index]
        card(scene, (left, y, each, tall), radius=unit * 2, paint=Paint(light(colour, 0.1), dark(colour, 0.06), 60))
        number = f"{rng.randint(12, 98)}{('%', 'k', '×')[index]}"
        ink = WHITE if sum(colour) < 560 else INK
        words_at(
            scene, number, (left + each * 0.1, y + tall * 0.2, each * 0.8, tall * 0.4), colour=ink, setting=_MIDDLE
        )
        scene.canvas.fill(
            [paths.box(left + each * 0.22, y + tall * 0.7, each * 0.56, unit * 1, unit * 0.5)], Paint(ink, alpha=0.55)
        )


def trend(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour]) -> None:
    """Draw a rising line on a card; box is x, y, width, height."""
    x, y, wide, tall = box
    unit, rng = scene.unit, scene.rng
    card(scene, box, radius=unit * 2)
    xs = np.linspace(x + unit * 3, x + wide - unit * 3, 7)
    ys = [y + tall * (0.78 - 0.085 * index + rng.uniform(-0.07, 0.07)) for index in range(7)]
    line = paths.through(list(zip(map(float, xs), ys, strict=True)))
    area = np.concatenate([line, [(xs[-1], y + tall - unit * 2.4), (xs[0], y + tall - unit * 2.4)]])
    scene.canvas.fill([area], Paint(light(colours[2], 0.45), WHITE, alpha=0.75))
    scene.canvas.stroke([line], max(unit * 0.6, 1), colours[2])
    scene.canvas.fill(
        [paths.oval(float(px), py, unit * 0.95, unit * 0.95) for px, py in zip(xs, ys, strict=True)], colours[2]
    )
    scene.canvas.fill([paths.oval(float(px), py, unit * 0.5, unit * 0.5) for px, py in zip(xs, ys, strict=True)], WHITE)


def diagram(scene: Scene) -> Stage:
    """Paint boxes joined by arrows; quoted texts name the boxes."""
    colours = family(scene)
    unit, width, height = scene.unit, scene.width, scene.height
    ground = scene.brief.tints.get("background") or (250, 251, 254)
    sheet(scene, ground)
    step = unit * 5
    dots = [
        paths.box(x, y, unit * 0.3, unit * 0.3)
        for x in np.arange(step, width, step)
        for y in np.arange(step, height, step)
    ]
    scene.canvas.fill(dots, (214, 218, 230))
    names = _box_names(scene)
    across = width >= height
    spots = _spots(len(names), across=across)
    size = (min(width * (0.2 if across else 0.36), unit * 42), unit * 15)
    centres = [(x * width, y * height) for x, y in spots]
    for index in range(len(names) - 1):
        _arrow(scene, centres[index], centres[index + 1], size, colour=mix(INK, ground, 0.35))
    for index, (name, (cx, cy)) in enumerate(zip(names, centres, strict=True)):
        colour = colours[index % len(colours)]
        left, top = cx - size[0] / 2, cy - size[1] / 2
        card(scene, (left, top, *size), radius=unit * 2.4, paint=light(colour, 0.84))
        outline = paths.box(left, top, *size, unit * 2.4)
        scene.canvas.stroke([np.concatenate([outline, outline[:1]])], max(unit * 0.32, 1), colour)
        scene.canvas.fill([paths.oval(left + unit * 5.4, cy, unit * 2.7, unit * 2.7)], colour)
        words_at(
            scene,
            str(index + 1),
            (left + unit * 3.2, cy - unit * 1.8, unit * 4.4, unit * 3.6),
            colour=WHITE,
            setting=_MIDDLE,
        )
        words_at(
            scene,
            name,
            (left + unit * 9.6, top + unit * 2.4, size[0] - unit * 11.4, size[1] - unit * 4.8),
            colour=INK,
            setting=text.Setting(face="display", align="left", max_px=unit * 3.8),
        )
    return Stage(height * 0.9, 0.0, height * 0.5)


def _box_names(scene: Scene) -> list[str]:
    if len(scene.brief.texts) >= 2:
        return [*scene.brief.texts]
    skip = {
        "diagram",
        "flowchart",
        "workflow",
        "arrows",
        "with",
        "from",
        "that",
        "between",
        "showing",
        "simple",
        "clean",
        "architecture",
        "schematic",
        "boxes",
        "labels",
    }
    found = [
        word.title() for word in scene.brief.prompt.split() if word.isalpha() and len(word) > 3 and word not in skip
    ]
    usual = ["Request", "Check", "Work", "Store", "Deliver"]
    return [*dict.fromkeys(found), *usual][: max(4, min(6, len(found)))]


def _spots(count: int, *, across: bool) -> list[tuple[float, float]]:
    """Place boxes in a snake of rows of three, or in one column."""
    if not across:
        return [(0.32 if index % 2 else 0.68, 0.12 + 0.76 * index / max(count - 1, 1)) for index in range(count)]
    if count <= 3:
        return [(0.18 + 0.64 * index / max(count - 1, 1), 0.5) for index in range(count)]
    columns = 2 if count == 4 else 3
    rows = -(-count // columns)
    spots: list[tuple[float, float]] = []
    for index in range(count):
        row, column = divmod(index, columns)
        step = 0.64 / (columns - 1)
        x = 0.18 + step * (column if row % 2 == 0 else columns - 1 - column)
        spots.append((x, 0.5 + (row - (rows - 1) / 2) * 0.34))
    return spots


def _arrow(
    scene: Scene, start: tuple[float, float], end: tuple[float, float], size: tuple[float, float], *, colour: Colour
) -> None:
    sx, sy = start
    ex, ey = end
    unit = scene.unit
    if abs(ex - sx) > abs(ey - sy):
        side = math.copysign(1.0, ex - sx)
        a, b = (sx + side * size[0] / 2, sy), (ex - side * (size[0] / 2 + unit * 1.2), ey)
    else:
        side = math.copysign(1.0, ey - sy)
        a, b = (sx, sy + side * size[1] / 2), (ex, ey - side * (size[1] / 2 + unit * 1.2))
    angle = math.atan2(b[1] - a[1], b[0] - a[0])
    scene.canvas.stroke([np.array([a, b])], max(unit * 0.4, 1), colour)
    head: Points = np.array(
        [
            (b[0] + unit * math.cos(angle), b[1] + unit * math.sin(angle)),
            (b[0] - unit * 1.8 * math.cos(angle - 0.5), b[1] - unit * 1.8 * math.sin(angle - 0.5)),
            (b[0] - unit * 1.8 * math.cos(angle + 0.5), b[1] - unit * 1.8 * math.sin(angle + 0.5)),
        ]
    )
    scene.canvas.fill([head], colour)


def storyboard(scene: Scene) -> Stage:
    """Paint six framed panels of one small story, with captions."""
    colours = family(scene)
    unit, width, height = scene.unit, scene.width, scene.height
    sheet(scene, PAPER)
    columns, rows = (3, 2) if width >= height else (2, 3)
    margin, gap = unit * 5, unit * 4
    wide = (width - 2 * margin - (columns - 1) * gap) / columns
    tall = (height - 2 * margin - (rows - 1) * gap) / rows
    for index in range(columns * rows):
        row, column = divmod(index, columns)
        x, y = margin + column * (wide + gap), margin + row * (tall + gap)
        frame = tall * 0.76
        outline = paths.box(x, y, wide, frame, unit * 0.8)
        scene.canvas.fill([outline], Paint(light(colours[index % 5], 0.6), light(colours[(index + 1) % 5], 0.3)))
        with scene.canvas.clip([outline]):
            _panel(scene, (x, y, wide, frame), colours, index)
        scene.canvas.stroke([np.concatenate([outline, outline[:1]])], max(unit * 0.5, 1), INK)
        caption = scene.brief.texts[index] if index < len(scene.brief.texts) else ""
        if caption:
            words_at(
                scene,
                caption,
                (x, y + frame + unit, wide, tall - frame - unit),
                colour=INK,
                setting=text.Setting(face="sans", align="left", max_px=unit * 3.2),
            )
        else:
            words_at(scene, f"{index + 1}", (x, y + frame + unit, unit * 4, unit * 3), colour=_MUTED, setting=_HEAD)
            scene.canvas.fill(
                [
                    paths.box(
                        x + unit * 5,
                        y + frame + unit * (1.4 + 2.2 * k),
                        wide * (0.7 - 0.26 * k),
                        unit * 0.8,
                        unit * 0.4,
                    )
                    for k in range(2)
                ],
                (206, 202, 196),
            )
    return Stage(height * 0.9, 0.0, height * 0.5)


def _panel(scene: Scene, box: tuple[float, float, float, float], colours: list[Colour], index: int) -> None:
    """Draw the same hero from another distance in each panel, against hills and a moving sun."""
    x, y, wide, tall = box
    scene.canvas.fill(
        [paths.oval(x + wide * (0.15 + 0.14 * index), y + tall * 0.26, tall * 0.1, tall * 0.1)], (255, 244, 214)
    )
    for layer in range(3):
        line = y + tall * (0.58 + 0.13 * layer) - tall * 0.08 * np.sin(np.linspace(0, 6, 40) + index + layer * 1.7)
        xs = np.linspace(x - 2, x + wide + 2, 40)
        body = np.concatenate([np.stack([xs, line], axis=1), [(x + wide + 2, y + tall + 2), (x - 2, y + tall + 2)]])
        scene.canvas.fill(
            [body], Paint(mix(light(colours[index % 5], 0.3), dark(colours[(index + 2) % 5], 0.45), 0.3 + 0.3 * layer))
        )
    size = tall * (0.22, 0.42, 0.7, 0.34, 0.95, 0.5)[index % 6]
    cx, foot = x + wide * (0.3, 0.62, 0.45, 0.7, 0.5, 0.36)[index % 6], y + tall * 0.94 + (size - tall * 0.42) * 0.3
    coat = dark(colours[1], 0.1)
    hero = np.concatenate(
        [
            paths.arc(cx, foot - size * 0.62, size * 0.2, size * 0.2, 180, 360),
            [(cx + size * 0.24, foot), (cx - size * 0.24, foot)],
        ]
    )
    scene.canvas.fill([hero], Paint(light(coat, 0.15), dark(coat, 0.2)))
    scene.canvas.fill([paths.oval(cx, foot - size * 0.9, size * 0.14, size * 0.15)], (240, 204, 176))
    scene.canvas.fill([paths.arc(cx, foot - size * 0.92, size * 0.155, size * 0.155, 180, 360)], (60, 44, 42))
