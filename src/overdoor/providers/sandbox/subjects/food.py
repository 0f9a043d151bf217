"""Food: cake, apple, pizza, burger, orange, donut, bowl, ice cream."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look


def _plate(pen: Pen, *, y: float = 96.0, reach: float = 46.0) -> None:
    pen.oval(50, y, reach, 5.4, Paint(WHITE, (206, 208, 216)))
    pen.oval(50, y - 0.8, reach * 0.8, 3.6, Paint((236, 238, 242), WHITE))


def cake(pen: Pen, look: Look) -> None:
    """Draw a layer cake with icing, berries and candles."""
    icing = look.own((250, 232, 226), (248, 176, 190), (110, 66, 46))
    sponge: Colour = (232, 188, 124)
    _plate(pen)
    pen.box(17, 52, 66, 42, Paint(light(sponge, 0.2), dark(sponge, 0.2), 0), 3)
    for y in (64, 77):
        pen.box(17, y, 66, 4.4, Paint(light(icing, 0.3), dark(icing, 0.1), 0))
        pen.box(17, y + 4.4, 66, 1.2, Paint((206, 70, 84), alpha=0.75))
    pen.shape(
        "15,52! 15,44 22,38 50,36 78,38 85,44 85,52! 85,60 81,63 77,58 72,58 69,68 64,68 61,58 55,57 51,64 46,63 43,57 37,57 34,70 28,70 25,58 20,58 17,62",  # noqa: E501
        Paint(light(icing, 0.35), dark(icing, 0.12)),
    )
    pen.oval(50, 40, 31, 4.6, Paint(light(icing, 0.5), light(icing, 0.1)))
    for x in (30, 43, 57, 70):
        pen.oval(x, 36.6, 5, 4, Paint(light(icing, 0.5), dark(icing, 0.08)))
        pen.oval(x, 32.6, 3.6, 3.8, lit((214, 50, 66), 0.3))
        pen.oval(x - 1.2, 31.2, 0.9, 0.7, Paint(WHITE, alpha=0.8))
    candles: tuple[Colour, ...] = ((106, 190, 226), (250, 206, 96), (226, 130, 190))
    for x, colour in zip((36.5, 50, 63.5), candles, strict=True):
        pen.box(x - 1.3, 17, 2.6, 20, lit(colour), 0.8)
        pen.glow(x, 12, 12, (255, 196, 90), 0.75)
        pen.shine([paths.smooth(f"{x},7! {x + 2.1},12 {x},16 {x - 2.1},12")], Paint((255, 244, 190), (255, 150, 50)))


def apple(pen: Pen, look: Look) -> None:
    """Draw a glossy apple with a leaf."""
    skin = look.own((206, 44, 48), (126, 178, 66))
    pen.line("50,26 51,16 55,8", 2.4, (96, 66, 44))
    pen.shape("54,18! 62,6 76,4 86,8! 80,19 67,23", lit((96, 160, 74)))
    outline = "50,27 38,21 22,24 12,38 12,58 20,80 34,97 44,99 50,97 56,99 66,97 80,80 88,58 88,38 78,24 62,21"
    pen.shape(outline, Paint(light(skin, 0.22), dark(skin, 0.36), 60))
    with pen.within(outline):
        pen.soft(34, 48, 22, 30, light(skin, 0.5), 0.6)
        pen.soft(80, 84, 30, 30, dark(skin, 0.6), 0.5)
        pen.soft(50, 25, 14, 7, dark(skin, 0.6), 0.6)
        pen.oval(29, 40, 4.4, 8, Paint(WHITE, alpha=0.7), 24)
        dots = [paths.oval(look.rng.uniform(16, 84), look.rng.uniform(30, 94), 0.4, 0.5)[::9] for _ in range(60)]
        pen.fill(dots, Paint((255, 236, 200), alpha=0.4))


def orange(pen: Pen, look: Look) -> None:
    """Draw a citrus fruit and a cut half."""
    skin = look.own((246, 150, 40))
    if look.words & {"lemon", "lemons"} and look.colour is None:
        skin = (250, 214, 70)
    pen.oval(42, 60, 38, 38, Paint(light(skin, 0.24), dark(skin, 0.26), 60))
    pen.soft(30, 44, 16, 16, WHITE, 0.5)
    pen.shape("42,24! 50,12 66,10 76,16! 66,25 52,26", lit((88, 152, 80)))
    pen.oval(74, 78, 24, 22, Paint(light(skin, 0.1), dark(skin, 0.2)))
    pen.oval(74, 77, 21.6, 19.8, (255, 244, 214))
    wedges = [
        np.array(
            [
                (74, 77),
                *[
                    (74 + 19 * math.cos(math.radians(a)), 77 + 17.2 * math.sin(math.radians(a)))
                    for a in np.linspace(s + 3, s + 42, 8)
                ],
            ]
        )
        for s in range(0, 360, 45)
    ]
    pen.fill(wedges, Paint(light(skin, 0.2), skin))


def pizza(pen: Pen, look: Look) -> None:
    """Draw a pizza from above, tilted, one slice drawn out."""
    crust: Colour = (222, 164, 92)
    pen.oval(50, 62, 48, 36, Paint((150, 106, 70), (104, 70, 48)))
    pen.oval(50, 60, 44, 32.6, Paint(light(crust, 0.2), dark(crust, 0.28)))
    pen.oval(50, 59, 38.4, 27.8, Paint((206, 70, 46), (170, 48, 36)))
    pen.oval(50, 59, 36.8, 26.4, Paint((255, 222, 130), (244, 188, 90)))
    rng = look.rng
    spots = [
        (50 + 30 * math.cos(a) * r, 59 + 21 * math.sin(a) * r)
        for a, r in (
            (0.2, 0.75),
            (1.1, 0.85),
            (2.0, 0.7),
            (2.9, 0.86),
            (3.8, 0.7),
            (4.7, 0.85),
            (5.5, 0.8),
            (0.8, 0.3),
            (3.4, 0.3),
        )
    ]
    for x, y in spots:
        pen.oval(x, y, 5.4, 3.9, Paint((214, 78, 58), (160, 42, 40)))
        pen.oval(x - 1.4, y - 1, 1.4, 0.8, Paint((244, 150, 120), alpha=0.8))
    for _ in range(9):
        x, y = 50 + rng.uniform(-26, 26), 59 + rng.uniform(-17, 17)
        pen.fill([paths.oval(x, y, 3.6, 1.5, rng.uniform(0, 180))], lit((74, 140, 66)))
    for _ in range(8):
        x, y = 50 + rng.uniform(-28, 28), 59 + rng.uniform(-18, 18)
        pen.oval(x, y, 1.5, 1.1, (42, 40, 44))
    cuts = [
        np.array([(50 - 43 * math.cos(a), 60 - 31.6 * math.sin(a)), (50 + 43 * math.cos(a), 60 + 31.6 * math.sin(a))])
        for a in (0.3, 1.35, 2.4)
    ]
    pen.strokes(cuts, 0.7, Paint((150, 92, 50), alpha=0.7))
    for x, sway in ((36, 3), (52, -3), (66, 3)):
        steam = paths.through([(x, 26), (x + sway, 16), (x - sway, 6)])
        pen.canvas.stroke([pen.place(steam)], 2.4 * pen.unit, Paint(WHITE, alpha=0.2), blur_px=2.8 * pen.unit)


def burger(pen: Pen, look: Look) -> None:
    """Draw a tall burger."""
    bun: Colour = look.own((226, 158, 84))
    _plate(pen)
    pen.box(16, 80, 68, 15, Paint(light(bun, 0.1), dark(bun, 0.24)), 7)
    pen.box(14, 68, 72, 13, Paint((124, 74, 50), (78, 44, 34)), 6)
    pen.poly("14,66 86,66 78,76 66,68 52,77 40,68 26,75", Paint((255, 206, 84), (244, 170, 56)))
    pen.box(17, 60, 66, 6.4, Paint((226, 78, 62), (186, 50, 48)), 3)
    pen.shape(
        "11,58 20,54 30,59 40,54 50,59 60,54 70,59 80,54 89,58 84,64 72,62 60,65 48,62 36,65 24,62 15,64",
        Paint((134, 196, 88), (80, 146, 66)),
    )
    dome = "14,55! 14,42 24,28 50,22 76,28 86,42 86,55! 50,57"
    pen.shape(dome, Paint(light(bun, 0.3), dark(bun, 0.16)))
    with pen.within(dome):
        pen.soft(36, 34, 20, 9, WHITE, 0.5)
    grains = [
        paths.oval(x, y, 1.5, 0.9, a)
        for x, y, a in (
            (34, 32, -20),
            (46, 27, 10),
            (58, 28, 30),
            (68, 36, 40),
            (42, 38, 0),
            (55, 37, -10),
            (28, 41, -30),
            (74, 44, 30),
        )
    ]
    pen.fill(grains, (255, 242, 210))


def donut(pen: Pen, look: Look) -> None:
    """Draw a glazed donut with sprinkles."""
    glaze = look.own((244, 140, 178), (118, 72, 52), (150, 210, 226))
    dough: Colour = (226, 170, 104)
    pen.oval(50, 62, 44, 37, Paint(light(dough, 0.12), dark(dough, 0.34)))
    pen.shape(
        "50,22 24,28 9,48 9,64 14,76 22,72 28,82 38,80 46,88 56,82 64,87 72,78 82,78 90,66 91,48 76,28",
        Paint(light(glaze, 0.28), dark(glaze, 0.12)),
    )
    pen.oval(50, 55, 14, 9.6, Paint(dark(dough, 0.5), dark(dough, 0.3)))
    pen.strokes([paths.arc(50, 55, 14, 9.6, 0, 180)], 1.6, Paint(light(dough, 0.1)))
    tones: tuple[Colour, ...] = ((255, 240, 140), (120, 220, 200), (250, 110, 100), (255, 255, 255), (150, 130, 240))
    for index in range(38):
        angle, reach = look.rng.uniform(0, math.tau), look.rng.uniform(0.5, 0.86)
        x, y = 50 + 38 * math.cos(angle) * reach, 54 + 28 * math.sin(angle) * reach
        pen.fill([paths.oval(x, y, 2, 0.8, look.rng.uniform(0, 180))], tones[index % 5])
    pen.soft(32, 38, 16, 7, WHITE, 0.5)


def bowl(pen: Pen, look: Look) -> None:
    """Draw a bowl of noodles with egg, greens and chopsticks."""
    clay = look.own((62, 78, 112), (196, 74, 62), (238, 232, 222))
    pen.oval(50, 54, 46, 13, Paint(light(clay, 0.4), light(clay, 0.1)))
    pen.oval(50, 55, 42, 11, Paint((196, 130, 66), (226, 168, 92)))
    noodles = [paths.through([(16 + i * 4.6, 57), (24 + i * 4.4, 50 + (i % 3)), (34 + i * 4.2, 56)]) for i in range(11)]
    pen.strokes(noodles, 1.3, Paint((252, 224, 150), (236, 190, 104)))
    pen.oval(36, 50, 8, 6, Paint(WHITE, (234, 232, 226)))
    pen.oval(36, 50, 4.4, 3.3, Paint((255, 196, 70), (240, 150, 40)))
    for x, y in ((58, 48), (64, 51), (60, 54)):
        pen.oval(x, y, 4, 2, lit((90, 168, 92)), 20)
    pen.shape("66,44 80,46 78,56 68,58", lit((226, 130, 110)))
    pen.strokes(
        [np.array([(60.0, 46.0), (94.0, 12.0)]), np.array([(66.0, 47.0), (98.0, 18.0)])],
        1.7,
        Paint((150, 84, 54), (96, 54, 40)),
    )
    pen.shape(
        "4,55! 8,74 22,92 36,97 64,97 78,92 92,74 96,55! 76,66 50,68 24,66",
        Paint(light(clay, 0.18), dark(clay, 0.35), 0),
    )
    pen.line("9,70 26,80 50,83 74,80 91,70", 1.6, Paint(light(clay, 0.55), alpha=0.7))
    pen.box(36, 95, 28, 5, Paint(dark(clay, 0.1), dark(clay, 0.5)), 1.6)


def icecream(pen: Pen, look: Look) -> None:
    """Draw a cone with three scoops."""
    scoop = look.own((250, 190, 200))
    cone: Colour = (226, 168, 96)
    pen.poly("34,54 66,54 50,100", Paint(light(cone, 0.16), dark(cone, 0.24), 0))
    lines = [np.array([(34 + i * 5, 54), (50 + (i - 3) * 0.6, 100 - abs(i - 3) * 5)]) for i in range(7)]
    with pen.inside(paths.polygon("34,54 66,54 50,100")):
        pen.strokes(
            [*lines, *[np.array([(30.0, 58.0 + i * 7), (70.0, 62.0 + i * 7)]) for i in range(6)]],
            0.6,
            Paint(dark(cone, 0.4), alpha=0.6),
        )
    for x, y, colour in (
        (40, 42, mix(scoop, (120, 76, 54), 0.85)),
        (60, 42, mix(scoop, (200, 236, 200), 0.85)),
        (50, 24, scoop),
    ):
        pen.oval(x, y, 16, 15, Paint(light(colour, 0.35), dark(colour, 0.16), 60))
        pen.soft(x - 5, y - 6, 7, 5, WHITE, 0.6)
    pen.shape("24,50 34,55 42,52 50,57 58,52 66,55 76,50 70,46 30,46", Paint(light(scoop, 0.2), dark(scoop, 0.06)))
    pen.oval(50, 8, 4, 4, lit((210, 44, 60), 0.3))
    pen.line("50,5 53,0 58,-1", 0.7, (96, 130, 70))
