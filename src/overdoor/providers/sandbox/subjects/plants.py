"""Plants: flower, tree, palm, cactus, potted plant, mushroom."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look


def flower(pen: Pen, look: Look) -> None:
    """Draw one large blossom on a stem with two leaves; tulips, roses and sunflowers when named."""
    colour = look.own((236, 92, 112), (246, 176, 62), (170, 112, 214), (250, 238, 232), (240, 120, 80))
    green: Colour = (74, 144, 82)
    pen.line("50,40 52,66 49,100", 2.4, Paint(green, dark(green, 0.3)))
    pen.shape("50,84! 36,82 26,70 22,60! 36,62 46,70", lit(green))
    pen.shape("51,92! 64,88 74,76 77,66! 64,68 54,78", lit(green))
    pen.line("49,83 38,73 28,65", 0.6, Paint(light(green, 0.4), alpha=0.7))
    if look.words & {"tulip", "tulips"}:
        _tulip(pen, colour)
    elif look.words & {"rose", "roses", "peony"}:
        _rose(pen, colour if look.colour else (206, 52, 76))
    elif look.words & {"sunflower", "sunflowers"}:
        _petals(pen, (248, 196, 50), heart=(96, 58, 32), count=20, heart_size=10)
    else:
        _petals(pen, colour, heart=(250, 204, 80), count=9, heart_size=6)


def _tulip(pen: Pen, colour: Colour) -> None:
    pen.shape("50,10! 38,20 34,36 42,48 50,50 58,48 66,36 62,20", Paint(light(colour, 0.1), dark(colour, 0.2)))
    pen.shape("34,12! 30,26 33,42 44,49 50,50 46,34 42,22", Paint(light(colour, 0.3), colour))
    pen.shape("66,12! 70,26 67,42 56,49 50,50 54,34 58,22", Paint(light(colour, 0.18), dark(colour, 0.1)))


def _rose(pen: Pen, colour: Colour) -> None:
    for radius, tone in ((25, -0.3), (21, -0.1), (16.5, 0.05), (12, -0.16), (8, 0.1), (4.4, -0.3)):
        shade = light(colour, tone) if tone > 0 else dark(colour, -tone)
        turn = radius * 41
        petals = [
            paths.oval(
                50 + radius * 0.36 * math.cos(math.radians(turn + a)),
                30 + radius * 0.36 * math.sin(math.radians(turn + a)),
                radius * 0.78,
                radius * 0.66,
                turn + a,
            )
            for a in (0, 72, 144, 216, 288)
        ]
        pen.fill(petals, Paint(light(shade, 0.14), shade))


def _petals(pen: Pen, colour: Colour, *, heart: Colour, count: int, heart_size: float) -> None:
    for ring, (reach, tone) in enumerate(((17, dark(colour, 0.12)), (14, light(colour, 0.12)))):
        petals = []
        for index in range(count):
            angle = 360 / count * (index + ring * 0.5)
            x, y = 50 + reach * math.cos(math.radians(angle)), 30 + reach * math.sin(math.radians(angle))
            petals.append(paths.oval(x, y, 12 - ring * 2, 60 / count + 1.6, angle))
        pen.fill(petals, Paint(light(tone, 0.2), tone))
        pen.soft(50, 30, 17, 17, dark(colour, 0.45), 0.4)
    pen.oval(50, 30, heart_size, heart_size, lit(heart, 0.25))
    seeds = [
        paths.oval(50 + heart_size * 0.62 * math.cos(a) * r, 30 + heart_size * 0.62 * math.sin(a) * r, 0.7, 0.7)[::6]
        for a in np.linspace(0, 6.28, 12)
        for r in (0.5, 1.0)
    ]
    pen.fill(seeds, Paint(dark(heart, 0.4), alpha=0.7))


def tree(pen: Pen, look: Look) -> None:
    """Draw a broad tree: trunk, branches and a crown of puffs, lit from the left."""
    leaf = look.own(look.palette.foliage if not look.palette.dark else (70, 130, 84))
    if look.words & {"cherry", "blossom", "sakura"} and look.colour is None:
        leaf = (246, 176, 196)
    bark: Colour = (104, 74, 56)
    pen.shape(
        "45,100! 46,84 44,68 38,56! 45,60 48,50! 51,60 60,52! 56,66 54,84 56,100!",
        Paint(light(bark, 0.14), dark(bark, 0.3), 0),
    )
    puffs = (
        (50, 24, 22),
        (30, 38, 18),
        (70, 38, 18),
        (40, 48, 15),
        (61, 48, 15),
        (50, 38, 20),
        (22, 48, 11),
        (79, 48, 11),
    )
    pen.fill([paths.oval(x, y, r, r * 0.86) for x, y, r in puffs], Paint(dark(leaf, 0.06), dark(leaf, 0.5)))
    for tone, dx, dy, share in ((light(leaf, 0.06), -2, -3, 0.8), (light(leaf, 0.26), -4, -6, 0.5)):
        pen.fill(
            [paths.oval(x + dx, y + dy, r * share, r * share * 0.8) for x, y, r in puffs],
            Paint(tone, mix(tone, leaf, 0.5), alpha=0.8),
        )
    leaves = [
        paths.oval(
            x + r * look.rng.uniform(-0.9, 0.9), y + r * look.rng.uniform(-0.8, 0.7), 1.1, 0.8, look.rng.uniform(0, 90)
        )[::6]
        for x, y, r in puffs
        for _ in range(16)
    ]
    pen.fill(leaves[::2], Paint(light(leaf, 0.5), alpha=0.5))
    pen.fill(leaves[1::2], Paint(dark(leaf, 0.4), alpha=0.4))


def palm(pen: Pen, look: Look) -> None:
    """Draw a leaning palm."""
    palm_tree(pen, leaf=look.own((52, 132, 84)))


def palm_tree(pen: Pen, *, leaf: Colour) -> None:
    """Draw a palm with leaves of that colour."""
    bark: Colour = (140, 104, 72)
    pen.shape("44,100! 49,76 55,52 60,31! 64,32! 61,54 55,78 52,100!", Paint(light(bark, 0.2), dark(bark, 0.3), 0))
    for y in range(36, 98, 6):
        x = 61.6 - (y - 32) * 0.215
        pen.line(f"{x - 3.4},{y} {x},{y + 1.2} {x + 3.2},{y}", 0.6, Paint(dark(bark, 0.4), alpha=0.6))
    back = (
        "62,31! 50,20 34,17 20,26! 36,24 50,28",
        "62,31! 74,20 90,17 102,27! 88,24 74,28",
        "62,31! 60,16 66,6 78,2! 70,12 66,22",
        "62,31! 56,18 46,8 34,6! 46,14 56,24",
    )
    front = (
        "62,31! 46,29 30,36 22,52! 36,42 50,36",
        "62,31! 78,29 94,38 100,54! 88,44 74,36",
        "62,31! 56,38 46,48 44,62! 54,50 60,40",
        "62,31! 70,38 80,48 82,62! 72,50 65,40",
    )
    for outline in back:
        pen.shape(outline, Paint(leaf, dark(leaf, 0.36)))
    for outline in front:
        pen.shape(outline, Paint(light(leaf, 0.22), dark(leaf, 0.16)))
    pen.fill([paths.oval(x, y, 2.6, 2.8) for x, y in ((59, 33), (63.6, 34.4), (66, 32))], lit((126, 84, 52)))


def cactus(pen: Pen, look: Look) -> None:
    """Draw a saguaro with two arms and a flower."""
    green = look.own((76, 148, 96))
    for outline in (
        paths.box(26, 46, 9, 26, 4.5),
        paths.box(26, 63, 22, 9, 4.5),
        paths.box(66, 34, 9, 28, 4.5),
        paths.box(54, 53, 21, 9, 4.5),
        paths.box(42, 12, 17, 88, 8.5),
    ):
        pen.fill([outline], Paint(light(green, 0.25), dark(green, 0.35), 0))
    ribs = [np.array([(x, 17.0), (x, 99.0)]) for x in (46.5, 50.5, 54.5)]
    ribs += [np.array([(x, 49.0), (x, 66.0)]) for x in (29, 32)] + [np.array([(x, 38.0), (x, 57.0)]) for x in (69, 72)]
    pen.strokes(ribs, 0.7, Paint(dark(green, 0.4), alpha=0.6))
    pen.fill(
        [
            paths.oval(50.5 + 4 * math.cos(a), 11 + 3 * math.sin(a), 3, 2.4, math.degrees(a))
            for a in np.linspace(0, 6.28, 6)
        ],
        lit((244, 110, 140)),
    )
    pen.oval(50.5, 11, 1.8, 1.6, (255, 220, 110))


def plant(pen: Pen, look: Look) -> None:
    """Draw a leafy plant in a pot."""
    green, pot = (58, 128, 84), look.own((216, 128, 92), (238, 230, 218), (96, 110, 122))
    leaves = (
        "50,68! 40,48 38,26 46,8! 54,26 55,48",
        "50,68! 32,60 18,46 14,28! 32,36 46,52",
        "50,68! 68,60 82,46 86,28! 68,36 54,52",
        "50,68! 30,68 14,62 6,50! 24,50 42,58",
        "50,68! 70,68 86,62 94,50! 76,50 58,58",
        "50,68! 42,54 28,30 26,14! 40,26 50,46",
        "50,68! 58,54 72,30 74,14! 60,26 50,46",
    )
    for index, outline in enumerate(leaves):
        tone = mix(green, (140, 190, 110), index * 0.1)
        pen.shape(outline, Paint(light(tone, 0.16), dark(tone, 0.28)))
    for line in (
        "50,66 46,40 46,14",
        "50,66 34,50 18,33",
        "50,66 66,50 82,33",
        "50,66 30,60 10,52",
        "50,66 70,60 90,52",
    ):
        pen.line(line, 0.6, Paint(light(green, 0.5), alpha=0.6))
    pen.poly("34,68 66,68 62,100 38,100", Paint(light(pot, 0.25), dark(pot, 0.3), 0))
    pen.box(31, 64, 38, 8, Paint(light(pot, 0.35), dark(pot, 0.2), 0), 1.4)


def mushroom(pen: Pen, look: Look) -> None:
    """Draw a toadstool with two small companions."""
    cap = look.own((212, 62, 54))
    for x, y, k in ((24, 100, 0.42), (79, 100, 0.34), (50, 100, 1.0)):
        stem: Colour = (246, 236, 216)
        pen.fill(
            [_moved("42,50 41,70 36,100! 64,100! 59,70 58,50", x, y, k)], Paint(light(stem, 0.2), dark(stem, 0.22), 0)
        )
        pen.fill(
            [_moved("40,56 45,62 50,60 55,62 60,56 56,52 44,52", x, y, k)], Paint(light(stem, 0.3), dark(stem, 0.1))
        )
        outline = _moved("10,52! 12,30 30,12 50,8 70,12 88,30 90,52! 70,57 50,58 30,57", x, y, k)
        pen.fill([outline], Paint(light(cap, 0.22), dark(cap, 0.28)))
        with pen.inside(outline):
            spots = (
                (50, 20, 7, 5),
                (28, 32, 6, 5),
                (72, 32, 6, 5),
                (44, 42, 5, 4),
                (62, 46, 4, 3),
                (18, 46, 4, 3.4),
                (83, 46, 4, 3.4),
            )
            pen.fill(
                [paths.oval(x + (cx - 50) * k, y + (cy - 100) * k, rx * k, ry * k) for cx, cy, rx, ry in spots],
                (255, 248, 236),
            )


def _moved(outline: str, x: float, y: float, k: float) -> paths.Points:
    return (paths.smooth(outline) - np.array([50.0, 100.0])) * k + np.array([x, y])
