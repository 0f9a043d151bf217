"""Things of a home: lamp, laptop, books, speaker, vase, chair, guitar, umbrella."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look

_STEEL: Colour = (196, 202, 212)


def lamp(pen: Pen, look: Look) -> None:
    """Draw a lit table lamp; a lantern when the words say so."""
    shade = look.own((250, 222, 170), (226, 110, 84), (84, 132, 128))
    if look.words & {"lantern", "lanterns"}:
        pen.glow(50, 58, 70, (255, 190, 96), 0.6)
        pen.strokes([paths.arc(50, 18, 13, 13, 180, 360)], 2, (64, 54, 52))
        pen.shape("36,28! 50,16 64,28!", lit((70, 60, 58)))
        pen.box(30, 26, 40, 6, lit((82, 70, 66)), 2)
        pen.shine([paths.box(33, 32, 34, 56, 4)], Paint((255, 226, 150), (246, 150, 62)))
        pen.glow(50, 62, 20, (255, 250, 220), 0.9)
        pen.strokes([np.array([(x, 32.0), (x, 88.0)]) for x in (34, 50, 66)], 1.5, (70, 60, 58))
        pen.box(28, 86, 44, 14, lit((82, 70, 66)), 4)
        return
    pen.glow(50, 40, 78, (255, 200, 120), 0.55)
    pen.shape(
        "42,92 44,78 47.6,66 47.6,44 52.4,44 52.4,66 56,78 58,92 50,95", Paint(light(_STEEL, 0.2), dark(_STEEL, 0.4), 0)
    )
    pen.oval(50, 96, 19, 4.4, Paint(light(_STEEL, 0.2), dark(_STEEL, 0.45)))
    pen.shine([paths.polygon("36,6 64,6 82,50 18,50")], Paint(light(shade, 0.3), mix(shade, (255, 220, 150), 0.5)))
    pen.glow(50, 44, 30, (255, 248, 220), 0.7)
    pen.shine([paths.box(18, 48.6, 64, 1.8)], mix(shade, (190, 120, 60), 0.4))
    pen.line("60,51 60,62", 0.5, (120, 100, 80))
    pen.oval(60, 63, 1.2, 1.2, (120, 100, 80))


def laptop(pen: Pen, look: Look) -> None:
    """Draw an open laptop."""
    metal = look.own(_STEEL, (70, 74, 86))
    pen.box(14, 24, 72, 56, Paint(light(metal, 0.2), dark(metal, 0.3)), 3)
    screen = paths.box(17, 27, 66, 48, 1.4)
    pen.shine([screen], Paint((40, 48, 84), (86, 70, 150), 60))
    with pen.inside(screen):
        pen.shine([paths.smooth("10,74 30,52 46,64 64,48 92,70 92,90! 10,90!")], Paint((244, 130, 120), (150, 70, 140)))
        pen.shine([paths.oval(66, 42, 7, 7)], (255, 222, 160))
        pen.shape("17,27 46,27 22,75 17,75", Paint(WHITE, alpha=0.07))
    pen.poly("14,80 86,80 97,96 3,96", Paint(light(metal, 0.3), dark(metal, 0.1)))
    keys = [
        paths.polygon(
            f"{20 + c * 5 - r * 1.2 * (1 - c / 6)},{82.4 + r * 2.5} {23.8 + c * 5 - r * 1.2 * (1 - c / 6)},{82.4 + r * 2.5} {23.8 + c * 5 - r * 1.2 * (1 - c / 6)},{84.2 + r * 2.5} {20 + c * 5 - r * 1.2 * (1 - c / 6)},{84.2 + r * 2.5}"  # noqa: E501
        )
        for r in range(3)
        for c in range(12)
    ]
    pen.fill(keys, dark(metal, 0.62))
    pen.poly("40,90.6 60,90.6 61.4,95 38.6,95", Paint(dark(metal, 0.1), light(metal, 0.1)))
    pen.box(3, 95.6, 94, 3.6, Paint(light(metal, 0.4), dark(metal, 0.4)), 1.6)


def book(pen: Pen, look: Look) -> None:
    """Draw a small stack of books, one open against it."""
    colours: tuple[Colour, ...] = (
        look.own((196, 74, 66), (58, 104, 140)),
        (236, 188, 92),
        (74, 124, 110),
        (110, 84, 140),
    )
    x, y = 12.0, 100.0
    for index, colour in enumerate(colours):
        wide, tall, shift = 72 - index * 4, 14 - index, (0, 5, 1, 7)[index]
        pen.box(x + shift, y - tall, wide, tall, lit(colour, 0.14), 2)
        pen.box(x + shift + 5, y - tall + 1.8, wide - 4.4, tall - 3.6, Paint((250, 244, 230), (222, 212, 190)), 1)
        pen.strokes(
            [
                np.array([(x + shift + 6, y - tall + 3.4 + i * 2.2), (x + shift + wide, y - tall + 3.4 + i * 2.2)])
                for i in range(int((tall - 5) / 2.2))
            ],
            0.3,
            Paint((160, 146, 120), alpha=0.6),
        )
        pen.box(x + shift, y - tall, 7, tall, lit(colour, 0.24), 2)
        y -= tall
    cover = colours[2]
    pen.poly(f"34,{y} 48,{y - 34} 92,{y - 30} 82,{y}", Paint(light(cover, 0.16), dark(cover, 0.26)))
    pen.poly(f"42,{y - 8} 51,{y - 29} 84,{y - 26} 77,{y - 7}", Paint(light(cover, 0.4), alpha=0.35))


def speaker(pen: Pen, look: Look) -> None:
    """Draw a loudspeaker with two cones."""
    box = look.own((54, 56, 66), (236, 228, 214), (150, 92, 58))
    pen.box(22, 4, 56, 96, Paint(light(box, 0.16), dark(box, 0.35), 0), 7)
    for y, r in ((30, 12), (68, 20)):
        pen.oval(50, y, r + 2.4, r + 2.4, Paint(light(_STEEL, 0.2), dark(_STEEL, 0.4), 60))
        pen.oval(50, y, r, r, Paint((34, 35, 42), (66, 68, 78), 60))
        pen.oval(50, y, r * 0.7, r * 0.7, Paint((52, 54, 62), (26, 27, 33), 60))
        pen.oval(50, y, r * 0.3, r * 0.3, Paint(light(look.palette.accent, 0.2), dark(look.palette.accent, 0.2), 60))


def vase(pen: Pen, look: Look) -> None:
    """Draw a vase with three stems."""
    clay = look.own((222, 150, 116), (108, 140, 150), (240, 232, 218))
    for line, colour, x, y in (
        ("50,52 44,30 34,14", (232, 120, 110), 34, 13),
        ("50,52 52,28 52,8", (246, 196, 100), 52, 8),
        ("50,52 58,32 70,20", (214, 150, 200), 70, 19),
    ):
        pen.line(line, 1.2, (92, 132, 88))
        pen.fill(
            [
                paths.oval(x + 4 * math.cos(a), y + 4 * math.sin(a), 4, 3, math.degrees(a))
                for a in np.linspace(0, 5.3, 6)
            ],
            lit(colour),
        )
        pen.oval(x, y, 2.6, 2.6, (250, 224, 150))
    pen.shape(
        "42,48! 43,56 32,68 29,82 36,98 50,100 64,98 71,82 68,68 57,56 58,48!",
        Paint(light(clay, 0.3), dark(clay, 0.3), 0),
    )
    pen.oval(50, 48, 8, 2.2, Paint(dark(clay, 0.5), dark(clay, 0.3)))
    pen.soft(40, 78, 4, 16, WHITE, 0.5)


def chair(pen: Pen, look: Look) -> None:
    """Draw a lounge chair."""
    cloth = look.own((222, 132, 76), (84, 122, 124), (172, 88, 96))
    wood: Colour = (140, 94, 62)
    for outline in ("24,78 18,100! 22,100! 30,80", "76,78 82,100! 78,100! 70,80"):
        pen.shape(outline, lit(wood))
    pen.shape("26,20 32,12 50,9 68,12 74,20 77,60 70,68 30,68 23,60", Paint(light(cloth, 0.24), dark(cloth, 0.15)))
    pen.strokes(
        [paths.curve(f"{x},13 {x + (50 - x) * 0.06},36 {x},62") for x in (38, 50, 62)],
        0.6,
        Paint(dark(cloth, 0.4), alpha=0.5),
    )
    pen.shape(
        "18,58 24,56 30,64 70,64 76,56 82,58 84,76 76,84 24,84 16,76", Paint(dark(cloth, 0.04), dark(cloth, 0.35))
    )
    pen.box(25, 60, 50, 15, Paint(light(cloth, 0.34), cloth), 6)


def guitar(pen: Pen, look: Look) -> None:
    """Draw an acoustic guitar, upright."""
    wood = look.own((206, 138, 72), (150, 70, 44))
    pen.box(47, 8, 6, 56, Paint((92, 62, 46), (62, 42, 34), 0), 1)
    pen.box(45, 0, 10, 12, lit((110, 74, 54)), 2)
    body = "50,46 38,46 32,54 35,63 29,74 31,90 42,99 50,100 58,99 69,90 71,74 65,63 68,54 62,46"
    pen.shape(body, Paint(light(wood, 0.3), dark(wood, 0.3), 60))
    pen.oval(50, 68, 8, 8, Paint((40, 26, 22), (70, 46, 36)))
    pen.box(42, 85, 16, 3, (70, 46, 34), 1)
    pen.strokes(
        [np.array([(x, 6.0), (x, 86.0)]) for x in (48, 49.3, 50.7, 52)], 0.25, Paint((250, 240, 220), alpha=0.9)
    )


def umbrella(pen: Pen, look: Look) -> None:
    """Draw an open umbrella."""
    cloth = look.own((226, 66, 66), (72, 128, 200))
    pen.line("50,34 50,88 53,96 59,95 60,90", 1.8, (96, 70, 56))
    pen.shape(
        "4,46! 12,24 30,10 50,6 70,10 88,24 96,46! 82,40 73,46! 62,40 50,46! 38,40 27,46! 18,40",
        Paint(light(cloth, 0.24), dark(cloth, 0.2)),
    )
    pen.strokes(
        [paths.curve("50,6 34,22 27,45"), paths.curve("50,6 66,22 73,45"), paths.curve("50,6 50,26 50,45")],
        0.6,
        Paint(dark(cloth, 0.4), alpha=0.6),
    )
    pen.line("50,6 50,1", 1.2, (96, 70, 56))
