"""Things people photograph on tables: camera, bottle, mug, watch, shoe, headphones, phone, perfume."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look

_STEEL: Colour = (196, 202, 212)


def camera(pen: Pen, look: Look) -> None:
    """Draw a rangefinder camera with a large lens."""
    skin = look.own((52, 50, 56), (122, 74, 50), (60, 84, 92))
    pen.box(8, 38, 84, 62, Paint(light(_STEEL, 0.4), dark(_STEEL, 0.3)), 8)
    pen.shape("34,39! 37,30! 63,30! 66,39!", Paint(light(_STEEL, 0.5), _STEEL))
    pen.box(8, 52, 84, 36, Paint(light(skin, 0.12), dark(skin, 0.3)), 2)
    grains = [
        paths.oval(x + (row % 2) * 1.2, y, 0.35, 0.35)[::9]
        for row, y in enumerate(np.arange(54, 88, 2.2))
        for x in np.arange(10, 92, 2.6)
    ]
    pen.fill(grains, Paint(light(skin, 0.4), alpha=0.28))
    pen.box(13, 32, 13, 7, Paint(light(_STEEL, 0.3), dark(_STEEL, 0.35), 0), 1.6)
    pen.box(74, 33, 10, 6, Paint(light(_STEEL, 0.3), dark(_STEEL, 0.35), 0), 1.6)
    pen.box(43, 41, 14, 8, Paint((34, 40, 58), (70, 90, 120)), 1.6)
    pen.oval(79, 45.4, 2.5, 2.5, lit((226, 70, 64)))
    _lens(pen, 50, 70, 25)


def _lens(pen: Pen, x: float, y: float, radius: float) -> None:
    rings: tuple[tuple[float, Colour, Colour], ...] = (
        (1.0, (228, 232, 238), (96, 102, 116)),
        (0.9, (52, 54, 62), (24, 25, 31)),
        (0.76, (30, 31, 38), (66, 68, 78)),
        (0.66, (22, 24, 36), (10, 10, 16)),
        (0.52, (62, 58, 128), (14, 18, 40)),
        (0.36, (30, 96, 136), (18, 22, 58)),
        (0.2, (12, 14, 28), (6, 6, 12)),
    )
    for share, top, bottom in rings:
        pen.oval(x, y, radius * share, radius * share, Paint(top, bottom, 60))
    pen.oval(x - radius * 0.22, y - radius * 0.26, radius * 0.15, radius * 0.11, Paint(WHITE, alpha=0.9), -30)
    pen.oval(x + radius * 0.2, y + radius * 0.24, radius * 0.07, radius * 0.05, Paint((200, 190, 255), alpha=0.7))
    pen.strokes(
        [paths.arc(x, y, radius * 0.58, radius * 0.58, 200, 300)], radius * 0.03, Paint((190, 200, 255), alpha=0.55)
    )


def bottle(pen: Pen, look: Look) -> None:
    """Draw a glass bottle with a label."""
    glass = look.own((46, 92, 70), (128, 70, 42), (60, 96, 140))
    outline = "43,2! 57,2! 57,24 59,33 67,43 68,54 68,96 64,100! 36,100! 32,96 32,54 33,43 41,33 43,24"
    pen.shape(outline, Paint(light(glass, 0.26), dark(glass, 0.4), 0))
    with pen.within(outline):
        pen.soft(38, 66, 5, 42, WHITE, 0.5)
        pen.soft(66, 66, 6, 46, dark(glass, 0.7), 0.6)
        pen.soft(50, 100, 24, 9, light(glass, 0.5), 0.4)
        paper: Colour = (246, 240, 228)
        pen.box(30, 56, 40, 28, Paint(paper, dark(paper, 0.16), 0))
        pen.box(30, 58, 40, 0.9, look.palette.accent)
        pen.box(30, 81, 40, 0.9, look.palette.accent)
        pen.oval(50, 66, 4.4, 4.4, lit(look.palette.accent))
        for y, w in ((73, 22), (76, 16)):
            pen.box(50 - w / 2, y, w, 1.1, (120, 108, 96), 0.5)
    pen.box(42, 0, 16, 14, Paint(light(dark(glass, 0.2), 0.1), dark(glass, 0.6), 0), 1.6)
    pen.line("44.6,30 38,44 37,52", 1, Paint(WHITE, alpha=0.55))


def mug(pen: Pen, look: Look) -> None:
    """Draw a mug of coffee, steam rising."""
    clay = look.own((226, 112, 84), (244, 238, 228), (72, 118, 130), (240, 184, 82))
    handle = paths.arc(72, 66, 16, 17, -90, 90)
    pen.strokes([handle], 6.4, Paint(light(clay, 0.1), dark(clay, 0.3)))
    outline = "18,42! 19,70 22,88 28,98 40,100 56,100 68,98 74,88 77,70 78,42!"
    pen.shape(outline, Paint(light(clay, 0.26), dark(clay, 0.3), 0))
    with pen.within(outline):
        pen.soft(30, 70, 6, 32, WHITE, 0.42)
        pen.soft(48, 102, 36, 9, dark(clay, 0.5), 0.4)
    pen.oval(48, 42, 30, 8, Paint(light(clay, 0.5), light(clay, 0.15)))
    pen.oval(48, 42.8, 27, 6.4, Paint(dark(clay, 0.4), dark(clay, 0.2)))
    coffee: Colour = (94, 56, 34) if not look.words & {"tea", "matcha"} else (176, 120, 52)
    pen.oval(48, 44, 25, 5.2, Paint(light(coffee, 0.1), dark(coffee, 0.3)))
    if look.words & {"latte", "cappuccino", "art"}:
        pen.shape("48,47 40,44.6 38,42.6 42,41.6 48,43 54,41.6 58,42.6 56,44.6", (240, 220, 190))
    else:
        pen.strokes([paths.arc(48, 44, 22, 4, 190, 300)], 0.7, Paint((222, 178, 128), alpha=0.7))
    for x, sway in ((38, 4), (48, -4), (58, 4)):
        steam = paths.through([(x, 36), (x + sway, 26), (x - sway, 16), (x + sway * 0.6, 6)])
        pen.canvas.stroke([pen.place(steam)], 2.6 * pen.unit, Paint(WHITE, alpha=0.26), blur_px=2.6 * pen.unit)


def watch(pen: Pen, look: Look) -> None:
    """Draw a wristwatch, upright; a wall clock loses its strap."""
    strap = look.own((116, 72, 48), (44, 46, 54), (66, 92, 122))
    metal: Colour = (222, 190, 130) if look.words & {"gold", "golden", "luxury"} else _STEEL
    dial: Colour = (246, 246, 242) if look.rng.random() < 0.5 else (28, 40, 62)
    mark: Colour = (40, 42, 52) if dial[0] > 128 else (236, 236, 230)
    if "clock" not in look.words:
        pen.shape("38,2! 62,2! 66,28 66,40 34,40 34,28", Paint(light(strap, 0.14), dark(strap, 0.2), 0))
        pen.shape("34,66 66,66 66,74 62,100! 38,100! 34,74", Paint(light(strap, 0.1), dark(strap, 0.3), 0))
        stitches = [
            np.array([(x, y), (x, y + 2.0)]) for y in (*range(5, 26, 4), *range(78, 98, 4)) for x in (39.6, 60.4)
        ]
        pen.strokes(stitches, 0.6, Paint(light(strap, 0.6), alpha=0.8))
        pen.box(76, 46.5, 5, 7, Paint(light(metal, 0.3), dark(metal, 0.4)), 1.4)
    pen.oval(50, 50, 28, 28, Paint(light(metal, 0.6), dark(metal, 0.45), 60))
    pen.oval(50, 50, 25.4, 25.4, Paint(dark(metal, 0.3), light(metal, 0.4), 60))
    pen.oval(50, 50, 23, 23, Paint(light(dial, 0.06), dark(dial, 0.1), 60))
    ticks = [
        np.array([(50 + r * math.cos(a), 50 + r * math.sin(a)) for r in ((17.6, 20.6) if i % 3 == 0 else (19, 20.6))])
        for i, a in enumerate(np.linspace(0, math.tau, 12, endpoint=False))
    ]
    pen.strokes(ticks[::3], 1.5, mark)
    pen.strokes([tick for i, tick in enumerate(ticks) if i % 3], 0.8, mark)
    pen.oval(50, 60.5, 5.2, 5.2, Paint(dark(dial, 0.14), light(dial, 0.1)))
    pen.strokes([np.array([(50.0, 50.0), (41.5, 42.0)])], 1.8, mark)
    pen.strokes([np.array([(50.0, 50.0), (62.0, 36.0)])], 1.3, mark)
    pen.strokes([np.array([(47.0, 54.0), (56.0, 66.0)])], 0.5, (226, 72, 62))
    pen.oval(50, 50, 1.6, 1.6, (226, 72, 62))
    pen.shape("31,42 40,30 54,27 44,40 33,54", Paint(WHITE, alpha=0.16))


def sneaker(pen: Pen, look: Look) -> None:
    """Draw a running shoe from the side."""
    upper = look.own((236, 84, 70), (72, 120, 210), (246, 246, 244), (88, 190, 150))
    accent = look.palette.accent if look.colour is not None else mix(look.palette.accent, (250, 220, 90), 0.5)
    pen.shape("2,92 4,86 40,84 84,86 97,86 99,92 94,99 60,100 16,100 5,98", Paint(WHITE, (198, 204, 214)))
    pen.shape("3,94 20,95.5 60,95.5 98,93 94,99 60,100 16,100 5,98", Paint(mix(accent, WHITE, 0.2), accent))
    outline = "4,86! 5,70 8,56 14,48! 22,52 31,51 36,46! 46,56 58,66 74,72 90,76 97,86! 50,88"
    pen.shape(outline, Paint(light(upper, 0.22), dark(upper, 0.2)))
    with pen.within(outline):
        pen.shape("60,60 78,68 104,70 104,96 78,94 70,82", Paint(light(upper, 0.3), upper))
        pen.shape("-4,60 12,62 19,74 18,94 -4,94", Paint(dark(upper, 0.14), dark(upper, 0.3)))
        swoosh = "22,80! 40,83 58,77 72,66! 60,72 44,76 32,70!"
        pen.shape(swoosh, lit(light(accent, 0.2)))
        holes = [paths.oval(x, y, 0.5, 0.5)[::9] for x in range(76, 92, 3) for y in range(76, 84, 3)]
        pen.fill(holes, Paint(dark(upper, 0.5), alpha=0.6))
    pen.shape("13,48! 22,52 31,51 37,45! 34,41 24,46 16,44", Paint(dark(upper, 0.45), dark(upper, 0.25)))
    for x, y in ((41, 54), (47, 59), (53, 63.4), (59, 67)):
        pen.line(f"{x - 3.6},{y + 2.4} {x},{y} {x + 4},{y - 3.4}", 1.7, Paint(WHITE, (220, 226, 234)))
    pen.line("8,58 8.6,48 12,42", 2, lit(dark(upper, 0.1)))


def headphones(pen: Pen, look: Look) -> None:
    """Draw over-ear headphones standing up."""
    shell = look.own((46, 48, 58), (238, 234, 226), (222, 110, 92), (88, 124, 150))
    band = paths.arc(50, 58, 35, 49, 180, 360)
    pen.strokes([band], 7.4, Paint(dark(shell, 0.2), dark(shell, 0.4)))
    pen.strokes([paths.arc(50, 57, 35, 49, 184, 356)], 5, Paint(light(shell, 0.24), dark(shell, 0.05), 0))
    pen.strokes([paths.arc(50, 58, 31.6, 45, 215, 325)], 4, Paint(dark(shell, 0.45), dark(shell, 0.55)))
    for x, flip in ((17, 1), (83, -1)):
        pen.box(x - 2, 44, 4, 22, Paint(light(_STEEL, 0.4), dark(_STEEL, 0.3), 0), 1.6)
        pen.box(
            x + (2 if flip > 0 else -12),
            54,
            10,
            38,
            Paint(dark(shell, 0.5), dark(shell, 0.7), 0 if flip > 0 else 180),
            5,
        )
        pen.box(x - 9 if flip > 0 else x - 5, 52, 14, 42, Paint(light(shell, 0.3), dark(shell, 0.3), 60), 7)
        pen.box(x - 6.6 if flip > 0 else x - 2.4, 60, 9, 26, Paint(light(shell, 0.1), dark(shell, 0.2)), 4.4)
        pen.oval(x - 2.1 * flip, 73, 2.2, 2.2, lit(look.palette.accent))
    pen.strokes([paths.arc(50, 57, 36.6, 50.6, 205, 262)], 1, Paint(WHITE, alpha=0.5))


def phone(pen: Pen, look: Look) -> None:
    """Draw a phone, its screen showing a small landscape and tiles."""
    frame = look.own((44, 46, 56), (226, 220, 212), (110, 130, 170))
    pen.box(25, 0, 50, 100, Paint(light(frame, 0.4), dark(frame, 0.4), 0), 8)
    pen.box(27, 1.8, 46, 96.4, (14, 14, 20), 6.6)
    screen = paths.box(28.4, 3.2, 43.2, 93.6, 5.6)
    sky_top, sky_low = mix((96, 70, 190), look.palette.accent, 0.3), mix((250, 170, 130), look.palette.accent, 0.25)
    pen.shine([screen], Paint(sky_top, sky_low))
    with pen.inside(screen):
        pen.shine([paths.oval(58, 34, 8, 8)], (255, 240, 206))
        pen.shine([paths.smooth("20,64 36,44 50,58 64,46 84,66 84,104! 20,104!")], Paint((110, 70, 150), (60, 40, 104)))
        pen.shine([paths.smooth("20,76 40,64 62,76 84,66 84,104! 20,104!")], Paint((56, 40, 100), (30, 24, 66)))
        pen.shine([paths.box(32, 79, 36, 14, 4)], Paint(WHITE, alpha=0.2))
        tiles: tuple[Colour, ...] = ((255, 122, 110), (255, 204, 96), (106, 214, 170), (120, 170, 255))
        for index, colour in enumerate(tiles):
            pen.shine([paths.box(34.4 + index * 8.2, 82.4, 6.6, 6.8, 2)], lit(colour))
        pen.shine([paths.box(36, 14, 28, 4, 1.6), paths.box(43, 20, 14, 1.8, 0.9)], Paint(WHITE, alpha=0.85))
        pen.shape("26,2 46,2 28,60", Paint(WHITE, alpha=0.07))
    pen.box(44, 5, 12, 2.8, (10, 10, 14), 1.4)


def perfume(pen: Pen, look: Look) -> None:
    """Draw a square glass flacon with a heavy cap."""
    juice = look.own((240, 176, 120), (236, 150, 160), (150, 190, 214), (200, 170, 226))
    pen.box(16, 36, 68, 64, Paint(light(juice, 0.72), light(juice, 0.4), 60), 8)
    inner = paths.box(21, 42, 58, 52, 5)
    pen.fill([inner], Paint(light(juice, 0.3), dark(juice, 0.1), 60))
    with pen.inside(inner):
        pen.soft(34, 84, 28, 22, light(juice, 0.6), 0.6)
        pen.box(21, 42, 58, 9, Paint(light(juice, 0.8), light(juice, 0.5)))
        pen.line("50,50 51,70 54,92", 0.7, Paint(WHITE, alpha=0.6))
    pen.box(35, 60, 30, 20, Paint((255, 252, 246), (238, 230, 220)), 1.2)
    pen.box(40, 66, 20, 1.6, dark(juice, 0.55), 0.8)
    pen.box(43.5, 71, 13, 1.2, dark(juice, 0.35), 0.6)
    gold: Colour = (222, 186, 120)
    pen.box(41, 29, 18, 8, Paint(light(gold, 0.5), dark(gold, 0.3), 0), 1)
    pen.box(35, 6, 30, 24, Paint((62, 58, 62), (24, 22, 28), 0), 2.6)
    pen.box(38, 8, 3.4, 20, Paint(WHITE, alpha=0.32), 1.6)
    pen.box(19, 40, 3, 54, Paint(WHITE, alpha=0.75), 1.5)
    pen.line("80,44 80,92", 1.2, Paint(WHITE, alpha=0.35))
