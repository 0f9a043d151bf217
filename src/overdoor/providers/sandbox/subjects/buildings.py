"""Buildings: house, cabin, castle, temple, lighthouse, windmill, tent, bridge."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look


def _windows(pen: Pen, look: Look, boxes: list[tuple[float, float, float, float]], *, radius: float = 0.6) -> None:
    """Set window panes; they glow when the scene is dark."""
    glowing = look.palette.dark or look.palette.ambience.strength > 0.5
    pen.fill([paths.box(x - 0.9, y - 0.9, w + 1.8, h + 1.8, radius + 0.6) for x, y, w, h in boxes], (250, 246, 238))
    panes = [paths.box(x, y, w, h, radius) for x, y, w, h in boxes]
    if glowing:
        for x, y, w, h in boxes:
            pen.glow(x + w / 2, y + h / 2, max(w, h) * 1.8, look.palette.window, 0.6)
        pen.shine(panes, Paint(light(look.palette.window, 0.3), look.palette.window))
    else:
        pen.fill(panes, Paint((116, 164, 196), (190, 218, 230)))
    bars = [np.array([(x + w / 2, y), (x + w / 2, y + h)]) for x, y, w, h in boxes] + [
        np.array([(x, y + h / 2), (x + w, y + h / 2)]) for x, y, w, h in boxes
    ]
    pen.strokes(bars, 0.7, (250, 246, 238))


def _smoke(pen: Pen, x: float, y: float) -> None:
    for step in range(5):
        pen.soft(x + step * 2.6, y - step * 5, 3.4 + step * 1.5, 3 + step * 1.2, (236, 236, 240), 0.5 - step * 0.07)


def house(pen: Pen, look: Look) -> None:
    """Draw a cottage with a porch door, two windows and a chimney."""
    wall = look.own((246, 236, 216), (226, 190, 160), (206, 222, 220))
    roof = look.part("roof", (186, 82, 66) if look.colour is None or look.colour[0] < 170 else (92, 88, 104))
    pen.box(66, 22, 9, 22, lit((170, 104, 84)), 0.6)
    _smoke(pen, 70, 20)
    pen.box(16, 52, 68, 48, Paint(light(wall, 0.1), dark(wall, 0.16), 0))
    pen.poly("50,30 78,56 78,100 22,100 22,56", Paint(light(wall, 0.2), dark(wall, 0.08)))
    pen.poly("8,58 50,20 92,58 86,62 50,29 14,62", Paint(dark(roof, 0.14), dark(roof, 0.3)))
    pen.poly("50,20 92,58 84,58 50,27", Paint(light(roof, 0.14), roof))
    pen.poly("50,20 8,58 16,58 50,27", Paint(light(roof, 0.28), roof))
    _windows(pen, look, [(28, 66, 11, 13), (61, 66, 11, 13), (45, 42, 10, 9)])
    pen.box(43.4, 74, 13.2, 26, lit((122, 78, 58)), 1)
    pen.oval(53.6, 88, 0.9, 0.9, (244, 206, 120))
    pen.box(38, 97.4, 24, 2.6, lit((196, 190, 184)))
    bushes = [paths.oval(x, 97, 6.4, 5.4) for x in (20, 29, 72, 81)]
    pen.fill(bushes, lit(look.palette.foliage if not look.palette.dark else (60, 110, 72)))


def cabin(pen: Pen, look: Look) -> None:
    """Draw a log cabin with light in its windows and snow on the roof in winter."""
    log = look.own((150, 98, 62), (128, 84, 58))
    roof = dark(log, 0.5)
    winter = bool(look.words & {"snow", "snowy", "winter"})
    pen.box(68, 26, 8, 24, lit((126, 118, 114)), 0.6)
    _smoke(pen, 72, 24)
    pen.box(14, 56, 72, 44, Paint(light(log, 0.1), dark(log, 0.3)))
    for y in np.arange(58, 100, 6):
        pen.box(12.4, float(y), 75.2, 5.2, Paint(light(log, 0.2), dark(log, 0.28)), 2.6)
    pen.poly("50,26 80,57 20,57", Paint(dark(log, 0.1), dark(log, 0.3)))
    pen.poly("4,60 50,18 96,60 90,65 50,29 10,65", Paint(light(roof, 0.14), dark(roof, 0.2)))
    if winter:
        pen.shape("4,59! 26,37 50,16 74,37 96,59! 92,60 74,43 50,23 26,43 8,60", Paint(WHITE, (214, 226, 242)))
    _windows(pen, look, [(23, 68, 14, 13), (63, 68, 14, 13)])
    pen.box(43, 68, 14, 32, lit(dark(log, 0.35)), 1)
    _windows(pen, look, [(46, 72, 8, 9)])
    pen.box(36, 97, 28, 3, lit(dark(log, 0.2)))


def castle(pen: Pen, look: Look) -> None:
    """Draw a castle with four towers, flags and a gate."""
    stone = look.own((196, 188, 184), (214, 196, 176))
    roof = look.part("roof", (92, 96, 158))
    flag = look.palette.accent
    towers = ((12, 42, 14, 58), (74, 42, 14, 58), (28, 28, 13, 72), (59, 28, 13, 72), (42, 14, 16, 86))
    for x, y, w, h in towers:
        pen.line(f"{x + w / 2},{y - w * 1.1} {x + w / 2},{y - w * 1.1 - 7}", 0.7, (70, 60, 66))
        pen.poly(f"{x + w / 2},{y - w * 1.1 - 7} {x + w / 2 + 7},{y - w * 1.1 - 5} {x + w / 2},{y - w * 1.1 - 3}", flag)
        pen.box(x, y, w, h, Paint(light(stone, 0.16), dark(stone, 0.32), 0))
        pen.poly(
            f"{x - 1.8},{y + 1} {x + w / 2},{y - w * 1.15} {x + w + 1.8},{y + 1}",
            Paint(light(roof, 0.26), dark(roof, 0.3), 0),
        )
        bricks = [
            paths.box(x + look.rng.uniform(1, w - 4), y + look.rng.uniform(4, h - 8), 3, 1.3, 0.3) for _ in range(7)
        ]
        pen.fill(bricks, Paint(dark(stone, 0.4), alpha=0.35))
    pen.box(20, 66, 60, 34, Paint(light(stone, 0.1), dark(stone, 0.26)))
    pen.fill([paths.box(20 + i * 7.7, 61, 4.6, 6) for i in range(8)], Paint(light(stone, 0.14), stone))
    _windows(
        pen,
        look,
        [(17, 54, 4, 7), (79, 54, 4, 7), (32.6, 40, 4, 7), (63.6, 40, 4, 7), (47.4, 28, 5, 8), (47.4, 46, 5, 8)],
        radius=2,
    )
    gate = np.concatenate([paths.arc(50, 84, 8, 9, 180, 360), [(58.0, 100.0), (42.0, 100.0)]])
    pen.fill([gate], Paint((84, 56, 44), (52, 36, 34)))
    pen.strokes([np.array([(x, 77.0), (x, 100.0)]) for x in (46, 50, 54)], 0.6, (40, 28, 28))


def temple(pen: Pen, look: Look) -> None:
    """Draw a pagoda of four curved roofs."""
    wall, roof = look.own((206, 66, 54)), (64, 72, 84)
    pen.line("50,12 50,0", 1.1, (206, 164, 84))
    for index in range(4):
        y, half = 12 + index * 21.5, 17 + index * 7.5
        body = half * 0.6
        pen.box(50 - body, y + 8, body * 2, 15, Paint(light(wall, 0.16), dark(wall, 0.28), 0))
        _windows(
            pen, look, [(50 - body * 0.72 + k * body * 0.56, y + 12, body * 0.34, 7) for k in range(3)], radius=0.4
        )
        eave = f"{50 - half},{y + 5}! {50 - half * 0.6},{y + 5} {50 - half * 0.3},{y - 1} 50,{y - 3} {50 + half * 0.3},{y - 1} {50 + half * 0.6},{y + 5} {50 + half},{y + 5}! {50 + half * 0.66},{y + 10} 50,{y + 10.6} {50 - half * 0.66},{y + 10}"  # noqa: E501
        pen.shape(eave, Paint(light(roof, 0.2), dark(roof, 0.3)))
        pen.line(
            f"{50 - half},{y + 5} {50 - half * 0.62},{y + 9} 50,{y + 10} {50 + half * 0.62},{y + 9} {50 + half},{y + 5}",  # noqa: E501
            0.8,
            (224, 180, 96),
        )
    pen.box(24, 95, 52, 5, lit((190, 184, 178)))
    pen.box(46, 84, 8, 12, (70, 44, 40))


def lighthouse(pen: Pen, look: Look) -> None:
    """Draw a striped lighthouse, its lamp lit."""
    stripe = look.own((214, 62, 56), (46, 96, 160))
    beam = look.palette.dark or look.palette.ambience.strength > 0.5
    if beam and not look.alone:
        for points in ("50,20 -500,-70 -500,90", "50,20 600,-60 600,110"):  # beyond every edge
            pen.canvas.fill(
                [pen.place(paths.polygon(points))], Paint((255, 240, 190), alpha=0.22), blur_px=2.4 * pen.unit
            )
    body = paths.polygon("41,32 59,32 65,100 35,100")
    pen.fill([body], Paint(WHITE, (196, 202, 212), 0))
    with pen.inside(body):
        for y in (32, 59, 86):
            pen.poly(f"20,{y} 80,{y} 80,{y + 13.6} 20,{y + 13.6}", Paint(light(stripe, 0.14), dark(stripe, 0.24), 0))
        pen.soft(66, 70, 9, 60, (30, 30, 60), 0.42)
    pen.box(36.6, 28, 26.8, 4.4, Paint((70, 76, 92), (40, 44, 58)), 1)
    pen.fill([paths.box(37.4 + i * 3.4, 24, 0.7, 4.4) for i in range(8)], (60, 66, 82))
    pen.shine([paths.box(43.4, 14, 13.2, 14)], Paint((255, 246, 206), (255, 206, 110)))
    pen.strokes([np.array([(x, 14.0), (x, 28.0)]) for x in (43.6, 50, 56.4)], 0.8, (60, 66, 82))
    pen.shape("41,14.6! 44,7 50,4 56,7 59,14.6!", lit(stripe))
    pen.line("50,4 50,-1", 0.9, (60, 66, 82))
    pen.glow(50, 20, 34 if beam else 16, (255, 226, 150), 0.9 if beam else 0.5)
    _windows(pen, look, [(47.6, 50, 4.8, 6), (47.6, 77, 4.8, 6)], radius=2)
    pen.box(45, 89, 10, 11, lit((92, 66, 56)), 3)


def windmill(pen: Pen, look: Look) -> None:
    """Draw a Dutch windmill."""
    wall = look.own((236, 226, 206), (176, 112, 84))
    pen.poly("38,44 62,44 69,100 31,100", Paint(light(wall, 0.14), dark(wall, 0.3), 0))
    pen.shape("36,45! 40,34 50,29 60,34 64,45!", lit((128, 76, 60)))
    _windows(pen, look, [(46.6, 56, 6.8, 8), (46.6, 72, 6.8, 8)])
    pen.box(45, 87, 10, 13, lit((104, 70, 54)), 1)
    for turn in (20, 110, 200, 290):
        blade = paths.rotate(np.array([(-1, 0), (1, 0), (1, -44), (-1, -44)]), turn) + np.array([50, 40])
        sail = paths.rotate(np.array([(1, -9), (9, -9), (9, -42), (1, -42)]), turn) + np.array([50, 40])
        pen.fill([sail], Paint((252, 246, 232), alpha=0.94))
        bars = [
            paths.rotate(np.array([(1, -9.0 - k * 6.6), (9, -9.0 - k * 6.6)]), turn) + np.array([50, 40])
            for k in range(6)
        ]
        pen.strokes(bars, 0.5, (126, 92, 66))
        pen.fill([blade], (96, 68, 52))
    pen.oval(50, 40, 2.8, 2.8, (70, 50, 42))


def tent(pen: Pen, look: Look) -> None:
    """Draw a lit tent and a small fire."""
    cloth = look.own((240, 152, 62), (96, 156, 150))
    pen.poly("40,34 6,98 74,98", Paint(light(cloth, 0.26), dark(cloth, 0.1)))
    pen.poly("40,34 58,36 92,94 74,98", Paint(dark(cloth, 0.14), dark(cloth, 0.4)))
    glow = mix((255, 226, 150), cloth, 0.2)
    pen.shine(
        [paths.polygon("40,50 26,98 54,98")],
        Paint(glow, (255, 244, 206)) if look.palette.dark else Paint(dark(cloth, 0.6), dark(cloth, 0.4)),
    )
    if look.palette.dark:
        pen.glow(42, 80, 52, (255, 190, 90), 0.55)
    pen.poly("40,50 26,98 33,98", Paint(cloth, dark(cloth, 0.2)))
    pen.line("40,34 39,29", 0.9, (90, 70, 60))
    pen.glow(92, 92, 18, (255, 150, 60), 0.8)
    pen.shape("92,80! 96,90 95,97 92,99 88,97 88,90", Paint((255, 220, 110), (246, 110, 40)))
    pen.strokes([np.array([(86.0, 99.0), (98.0, 96.5)]), np.array([(86.0, 96.5), (98.0, 99.0)])], 1.7, (92, 62, 46))


def bridge(pen: Pen, look: Look) -> None:
    """Draw a suspension bridge, wide across the frame."""
    steel = look.own((206, 76, 54), (120, 134, 150))
    left, right = (2, 98) if look.alone else (-60, 160)
    pen.fill([paths.box(left, 76, right - left, 3.6)], Paint(light(steel, 0.12), dark(steel, 0.3)))
    for x in (14, 86):
        pen.fill(
            [paths.box(x - 4.4, 22, 3, 78), paths.box(x + 1.4, 22, 3, 78)],
            Paint(light(steel, 0.22), dark(steel, 0.26), 0),
        )
        pen.fill([paths.box(x - 4.4, y, 8.8, 2.4) for y in (22, 36, 50, 64)], lit(steel))
    cables = [
        paths.through([(14, 23), (32, 56), (50, 68), (68, 56), (86, 23)]),
        *([] if look.alone else _approaches()),
    ]
    pen.strokes(cables, 1.1, lit(steel))
    hangers = []
    for cable in cables:
        for x in np.arange(-56, 158, 4.0):
            if cable[:, 0].min() < x < cable[:, 0].max():
                order = np.argsort(cable[:, 0])
                hangers.append(np.array([(x, float(np.interp(x, cable[order, 0], cable[order, 1]))), (x, 76.0)]))
    pen.strokes(hangers, 0.35, Paint(steel, alpha=0.85))
    pen.fill([paths.box(x - 7, 97, 14, 5, 1) for x in (14, 86)], lit((150, 146, 142)))


def _approaches() -> list[paths.Points]:
    """Return the cables that run on beyond the towers."""
    return [paths.through([(14, 23), (-18, 54), (-60, 75)]), paths.through([(86, 23), (118, 54), (160, 75)])]
