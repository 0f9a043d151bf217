"""Emblems: heart, star, gem, crown, light bulb, trophy, gift; at home in icons and logos."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look

_GOLD: Colour = (246, 190, 72)


def heart(pen: Pen, look: Look) -> None:
    """Draw a heart."""
    colour = look.own((232, 70, 90))
    outline = "50,30! 42,16 26,12 12,22 8,40 18,62 34,80 50,95! 66,80 82,62 92,40 88,22 74,12 58,16"
    pen.shape(outline, Paint(light(colour, 0.26), dark(colour, 0.22), 60))
    with pen.within(outline):
        pen.soft(30, 32, 18, 14, WHITE, 0.55)
        pen.soft(70, 84, 40, 26, dark(colour, 0.5), 0.4)


def star(pen: Pen, look: Look) -> None:
    """Draw a five-pointed star with facets."""
    colour = look.own(_GOLD)
    outline = paths.star(50, 54, 46, 20, 5)
    pen.fill([outline], Paint(light(colour, 0.3), dark(colour, 0.16), 60))
    for index in range(0, 10, 2):
        facet = np.array([(50.0, 54.0), outline[index], outline[(index + 1) % 10]])
        pen.fill([facet], Paint(dark(colour, 0.3), alpha=0.34))


def gem(pen: Pen, look: Look) -> None:
    """Draw a cut gem."""
    colour = look.own((72, 184, 220), (176, 110, 226), (70, 200, 150))
    facets = (
        ("24,20 40,20 30,42 6,42", 0.35),
        ("40,20 60,20 50,42 30,42", 0.65),
        ("40,20 60,20 70,42 50,42", 0.5),
        ("60,20 76,20 94,42 70,42", 0.15),
        ("6,42 30,42 50,94", 0.2),
        ("30,42 70,42 50,94", 0.42),
        ("70,42 94,42 50,94", -0.22),
        ("24,20 6,42 30,42", 0.5),
        ("76,20 94,42 70,42", -0.05),
    )
    for outline, tone in facets:
        shade = light(colour, tone) if tone > 0 else dark(colour, -tone)
        pen.poly(outline, Paint(light(shade, 0.1), dark(shade, 0.08)))
    pen.poly("44,22 52,22 47,40 40,40", Paint(WHITE, alpha=0.6))
    for x, y, r in ((20, 14, 7), (84, 70, 5), (12, 66, 4)):
        pen.fill([paths.star(x, y, r, r * 0.24, 4)], light(colour, 0.75))


def crown(pen: Pen, look: Look) -> None:
    """Draw a crown with jewels."""
    gold = look.own(_GOLD)
    pen.poly("10,34 28,58 50,20 72,58 90,34 82,88 18,88", Paint(light(gold, 0.36), dark(gold, 0.22), 60))
    pen.box(17, 80, 66, 13, Paint(light(gold, 0.2), dark(gold, 0.3)), 3)
    jewels: tuple[Colour, ...] = ((226, 66, 84), (76, 160, 226), (226, 66, 84))
    for x, colour in zip((32, 50, 68), jewels, strict=True):
        pen.oval(x, 86.4, 4, 4, lit(colour, 0.35))
    for x, y in ((10, 33), (50, 19), (90, 33)):
        pen.oval(x, y, 5, 5, lit(gold, 0.4))


def bulb(pen: Pen, look: Look) -> None:
    """Draw a glowing light bulb."""
    colour = look.own((255, 214, 92))
    pen.glow(50, 40, 64, colour, 0.5)
    pen.shape("50,4 32,9 21,24 21,42 30,57 38,70! 62,70! 70,57 79,42 79,24 68,9", Paint(light(colour, 0.6), colour))
    pen.line("42,68 40,46 46,52 50,44 54,52 60,46 58,68", 1.6, dark(colour, 0.3))
    pen.shape("30,30 34,18 44,12 38,24 35,36", Paint(WHITE, alpha=0.75))
    for y in (72, 79, 86):
        pen.box(38, y, 24, 5.4, lit((170, 178, 192)), 2.4)
    pen.shape("42,92! 58,92! 54,98 46,98", (90, 96, 110))


def trophy(pen: Pen, look: Look) -> None:
    """Draw a cup."""
    gold = look.own(_GOLD)
    for side in (0, 180):
        pen.strokes(
            [paths.arc(26 if side else 74, 30, 16, 15, 60 if side else -120, 300 if side else 120)],
            5,
            Paint(light(gold, 0.1), dark(gold, 0.3)),
        )
    pen.shape("24,8! 76,8! 75,32 66,52 54,60 46,60 34,52 25,32", Paint(light(gold, 0.4), dark(gold, 0.26), 0))
    pen.box(46, 58, 8, 18, Paint(light(gold, 0.2), dark(gold, 0.3), 0))
    pen.box(34, 74, 32, 8, Paint(light(gold, 0.2), dark(gold, 0.3)), 2)
    pen.box(28, 82, 44, 18, lit((92, 62, 50)), 2)
    pen.fill([paths.star(50, 32, 11, 4.8, 5)], light(gold, 0.62))


def gift(pen: Pen, look: Look) -> None:
    """Draw a wrapped box with a bow."""
    colour = look.own((226, 74, 88), (84, 150, 200))
    ribbon = light(colour, 0.72)
    pen.box(14, 46, 72, 54, Paint(light(colour, 0.1), dark(colour, 0.25)), 3)
    pen.box(9, 34, 82, 17, Paint(light(colour, 0.24), dark(colour, 0.06)), 3)
    pen.box(43, 34, 14, 66, Paint(ribbon, dark(ribbon, 0.14), 0))
    for flip in (1, -1):
        loop = (
            paths.smooth("50,34! 42,20 28,10 20,16 24,28 38,34")
            if flip > 0
            else paths.smooth("50,34! 58,20 72,10 80,16 76,28 62,34")
        )
        pen.fill([loop], Paint(light(ribbon, 0.2), dark(ribbon, 0.2)))
    pen.oval(50, 33, 5, 4.4, lit(ribbon))
