"""Vehicles: car, train, rocket, balloon, bicycle, sailboat, plane, saucer."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look

_TYRE: Colour = (34, 34, 42)


def _wheel(pen: Pen, x: float, y: float, r: float) -> None:
    pen.oval(x, y, r, r, Paint(light(_TYRE, 0.14), _TYRE))
    pen.oval(x, y, r * 0.66, r * 0.66, Paint((226, 230, 236), (120, 126, 140), 60))
    spokes = [
        np.array([(x, y), (x + r * 0.56 * math.cos(a), y + r * 0.56 * math.sin(a))])
        for a in np.linspace(0, math.tau, 8, endpoint=False)
    ]
    pen.strokes(spokes, r * 0.1, (92, 98, 112))
    pen.oval(x, y, r * 0.16, r * 0.16, (60, 64, 76))


def car(pen: Pen, look: Look) -> None:
    """Draw a rounded coupé from the side; a van or a taxi when the words say so."""
    coat = look.own((216, 58, 54), (58, 120, 176), (244, 190, 66), (92, 158, 140))
    if "taxi" in look.words and look.colour is None:
        coat = (246, 196, 52)
    glass: Colour = (130, 186, 210)
    if look.words & {"van", "camper", "bus", "truck"}:
        outline = "2,84! 2,70 5,62 12,40 20,35 84,35 93,38 97,50 98,84! 50,86"
        panes = ("12,58! 18,42 32,41 32,58!", "36,58! 36,41 60,41 60,58!", "64,58! 64,41 86,41 90,58!")
    else:
        outline = "1,82 2,72 8,67 24,63 34,51 44,46 62,46 74,51 83,63 95,67 99,74 98,84! 50,86 2,86!"
        panes = ("29,63! 37,53 46,49.6 50,49.6 50,63!", "53,63! 53,49.6 61,49.6 70,53.6 77,63!")
    pen.shape(outline, Paint(light(coat, 0.3), dark(coat, 0.26)))
    with pen.within(outline):
        pen.soft(50, 90, 60, 14, dark(coat, 0.7), 0.55)
        pen.line("2,74 30,70 70,70 98,74", 0.8, Paint(light(coat, 0.6), alpha=0.7))
    for pane in panes:
        pen.shape(pane, Paint(light(glass, 0.4), dark(glass, 0.25)))
    with pen.within(*panes):
        pen.poly("40,66 52,44 56,44 44,66", Paint(WHITE, alpha=0.4))
        pen.poly("60,66 70,44 72,44 62,66", Paint(WHITE, alpha=0.3))
    pen.line("51.5,64 51.5,82", 0.5, Paint(dark(coat, 0.5), alpha=0.7))
    pen.box(56, 68, 5, 1.3, dark(coat, 0.5), 0.6)
    for x in (21, 78):
        pen.oval(x, 85, 11.4, 11.4, dark(coat, 0.72))
        _wheel(pen, x, 88, 9.6)
    pen.oval(4.4, 73, 2.6, 2.2, Paint((255, 250, 220), (255, 224, 140)))
    pen.box(95.6, 70, 3, 4.6, (220, 50, 50), 1)
    if look.palette.dark:
        beam = pen.place(paths.polygon("4,73 -44,64 -44,92"))
        pen.canvas.fill([beam], Paint((255, 240, 190), alpha=0.24), blur_px=2 * pen.unit)
        pen.glow(4, 73, 12, (255, 240, 190), 0.9)


def train(pen: Pen, look: Look) -> None:
    """Draw a steam locomotive with a carriage, on rails."""
    coat = look.own((178, 50, 48), (46, 92, 78), (50, 74, 118))
    iron: Colour = (52, 54, 64)
    for step in range(6):
        pen.soft(21 + step * 6, 22 - step * 4.4, 5 + step * 2.2, 4.4 + step * 1.8, (240, 240, 244), 0.62 - step * 0.07)
    glow = look.palette.dark or look.palette.ambience.strength > 0.5
    pane = (
        Paint(light(look.palette.window, 0.2), look.palette.window) if glow else Paint((170, 206, 220), (120, 160, 180))
    )
    if not look.alone:
        _carriage(pen, coat, pane)
    pen.box(14, 52, 52, 28, Paint(light(iron, 0.3), dark(iron, 0.3)), 10)
    pen.fill([paths.box(x, 52, 1.8, 28) for x in (30, 46)], (222, 180, 96))
    pen.poly("17,52 25,52 27,34 15,34", lit(iron))
    pen.box(13, 31, 16, 4, lit(dark(iron, 0.2)), 1)
    pen.shape("38,52! 39,44 44,41 49,44 50,52!", lit((222, 180, 96)))
    pen.box(62, 38, 34, 46, Paint(light(coat, 0.18), dark(coat, 0.24)), 2)
    pen.box(58, 34, 42, 5.4, lit(iron), 2)
    pen.shine([paths.box(67, 44, 10, 14, 1), paths.box(81, 44, 10, 14, 1)], pane)
    pen.box(12, 79, 84, 6, lit(dark(coat, 0.1)), 1)
    pen.poly("12,80 0,97 14,97 20,84", lit(coat))
    pen.oval(12, 60, 4, 4, Paint((255, 248, 216), (255, 214, 120)))
    pen.glow(11, 60, 16 if glow else 8, (255, 232, 160), 0.8)
    for x, y, r in ((26, 91, 6.6), (41, 91, 6.6), (74, 89, 8.8), (92, 92, 5.6)):
        _wheel(pen, x, y, r)
    pen.line("26,91 41,91 74,89", 1.6, (206, 210, 218))


def _carriage(pen: Pen, coat: Colour, pane: Paint) -> None:
    """Draw the rails and a carriage behind the locomotive, beyond the frame."""
    iron: Colour = (52, 54, 64)
    pen.fill([paths.box(-90, 97.6, 280, 1.6)], (120, 120, 130))
    pen.fill([paths.box(x, 99.2, 3.4, 1.6) for x in range(-88, 186, 7)], (92, 70, 56))
    pen.box(100, 50, 56, 38, Paint(light(coat, 0.16), dark(coat, 0.26)), 2)
    pen.box(98, 47, 60, 5, lit(iron), 2)
    pen.shine([paths.box(105 + i * 12.4, 57, 8.6, 11, 1) for i in range(4)], pane)
    pen.box(100, 76, 56, 1.6, (240, 206, 130))
    pen.box(92, 84, 12, 2.6, iron)
    for x in (112, 144):
        _wheel(pen, x, 92, 5.6)


def rocket(pen: Pen, look: Look) -> None:
    """Draw a rising rocket with its flame."""
    trim = look.own((226, 70, 62), (70, 130, 210))
    pen.glow(50, 88, 40, (255, 170, 70), 0.8)
    pen.shape("42,74! 36,88 50,110 64,88 58,74!", Paint((255, 196, 80), (246, 90, 44)))
    pen.shape("45,74! 43,84 50,98 57,84 55,74!", Paint((255, 250, 220), (255, 206, 90)))
    pen.shape("37,50 22,62 19,80! 30,74 40,72", Paint(light(trim, 0.1), dark(trim, 0.3)))
    pen.shape("63,50 78,62 81,80! 70,74 60,72", Paint(trim, dark(trim, 0.42)))
    body = "50,0! 41,12 36,30 36,54 40,76! 60,76! 64,54 64,30 59,12"
    pen.shape(body, Paint(WHITE, (176, 184, 200), 0))
    with pen.within(body):
        pen.shape("30,-4 70,-4 70,20 50,23 30,20", Paint(light(trim, 0.14), dark(trim, 0.2), 0))
        pen.box(30, 68, 40, 10, Paint(trim, dark(trim, 0.3), 0))
        pen.soft(64, 44, 9, 46, (40, 46, 80), 0.42)
    pen.oval(50, 38, 8.4, 8.4, Paint((206, 212, 222), (130, 138, 156), 60))
    pen.oval(50, 38, 6.2, 6.2, Paint((140, 206, 240), (36, 74, 140), 60))
    pen.oval(47.6, 35.4, 1.8, 1.4, Paint(WHITE, alpha=0.8))
    pen.shape("47.6,52! 52.4,52! 53,84! 50,88 47,84!", Paint(light(trim, 0.2), dark(trim, 0.2), 0))


def balloon(pen: Pen, look: Look) -> None:
    """Draw a hot-air balloon in gores, with its basket."""
    coat = look.own((228, 78, 66), (246, 176, 62), (66, 136, 196))
    second = light(coat, 0.62)
    envelope = "50,2 30,6 17,20 15,38 23,54 36,66 44,73 56,73 64,66 77,54 85,38 83,20 70,6"
    pen.strokes(
        [
            np.array([(44.0, 72.0), (46.4, 87.0)]),
            np.array([(56.0, 72.0), (53.6, 87.0)]),
            np.array([(48.4, 73.0), (48.8, 87.0)]),
            np.array([(51.6, 73.0), (51.2, 87.0)]),
        ],
        0.5,
        (92, 72, 60),
    )
    pen.shape(envelope, Paint(light(coat, 0.2), dark(coat, 0.2), 20))
    with pen.within(envelope):
        pen.shape("50,0 36,14 31,36 37,58 46,76 41,76 26,58 19,36 24,14 42,0", Paint(second, mix(second, coat, 0.3)))
        pen.shape("50,0 58,14 60,36 56,58 52,76 48,76 44,58 40,36 42,14", Paint(light(second, 0.3), second))
        pen.shape(
            "54,0 70,14 78,36 70,58 56,76 60,76 80,58 90,36 84,10", Paint(mix(second, coat, 0.35), dark(coat, 0.1))
        )
        pen.soft(80, 46, 24, 40, dark(coat, 0.7), 0.42)
        pen.soft(34, 22, 14, 18, WHITE, 0.42)
    pen.box(43.4, 71, 13.2, 2.6, dark(coat, 0.4), 1)
    if look.palette.dark:
        pen.glow(50, 60, 44, (255, 190, 90), 0.5)
    basket: Colour = (176, 122, 72)
    pen.box(44.6, 87, 10.8, 10, Paint(light(basket, 0.16), dark(basket, 0.3), 0), 1.6)
    pen.box(43.8, 86, 12.4, 2.4, lit(dark(basket, 0.2)), 1)


def bicycle(pen: Pen, look: Look) -> None:
    """Draw a city bicycle."""
    coat = look.own((62, 150, 150), (216, 76, 66), (240, 180, 70))
    for x in (22, 78):
        rim = paths.oval(x, 80, 18, 18)
        pen.strokes([np.concatenate([rim, rim[:1]])], 2, (44, 44, 52))
        pen.strokes(
            [
                np.array([(x + 17 * math.cos(a), 80 + 17 * math.sin(a)), (x - 17 * math.cos(a), 80 - 17 * math.sin(a))])
                for a in np.linspace(0, math.pi, 9)
            ],
            0.25,
            Paint((200, 206, 214), alpha=0.9),
        )
        pen.oval(x, 80, 1.8, 1.8, (60, 62, 72))
    frame = ["22,80 40,56", "40,56 66,56", "40,56 50,80", "22,80 50,80", "50,80 67,58", "64,48 78,80", "38,50 40,56"]
    pen.strokes([paths.polygon(line) for line in frame], 2.2, Paint(light(coat, 0.2), dark(coat, 0.16)))
    pen.line("64,49 63,44 70,42 75,45", 1.8, (64, 60, 62))
    pen.shape("31,48 36,45.6 46,47 46,50 36,50.6", lit((104, 70, 50)))
    pen.oval(50, 80, 4, 4, lit((120, 126, 138)))
    pen.strokes([np.array([(50.0, 80.0), (54.0, 88.0)])], 1.3, (60, 62, 72))
    pen.box(52, 87.4, 5.4, 1.5, (44, 44, 52), 0.7)
    pen.shape("70,44! 86,45! 84,57 73,57", lit((196, 150, 96)))
    for x, tone in ((74, (240, 110, 120)), (79, (250, 206, 100)), (83, (190, 140, 220))):
        pen.oval(x, 42, 3.2, 3.2, lit(tone))


def sailboat(pen: Pen, look: Look) -> None:
    """Draw a sailing boat, heeling a little; its reflection lies below."""
    hull = look.own((176, 88, 62), (240, 240, 236), (46, 84, 126))
    sail: Colour = (252, 248, 238)
    if not look.alone:
        mirrored = pen.place(paths.polygon("14,96 86,96 62,122 54,150 48,122"))
        pen.canvas.fill([mirrored], Paint(mix(look.palette.water, sail, 0.42), alpha=0.34), blur_px=1.6 * pen.unit)
    pen.box(49, 6, 1.7, 76, lit((122, 84, 60)))
    pen.shape("48,9! 36,34 22,60 12,77! 30,76 48,76!", Paint(sail, mix(sail, look.palette.accent, 0.18), 20))
    pen.shape("52,4! 66,26 78,50 83,76! 66,79 52,78!", Paint(light(sail, 0.4), mix(sail, (160, 176, 196), 0.5), 10))
    pen.strokes(
        [paths.curve("52,26 60,28 67,30"), paths.curve("52,48 64,50 77,52")], 0.5, Paint((150, 160, 176), alpha=0.7)
    )
    pen.poly("50.6,4 50.6,-1 58,1.4", look.palette.accent)
    pen.shape("8,82! 40,84 94,80! 86,94 74,99 28,99 16,93", Paint(light(hull, 0.16), dark(hull, 0.3)))
    pen.line("9,84.6 40,87 92,83", 1.1, light(hull, 0.62))
    pen.shape("4,98 20,96.6 36,98.6 50,97 66,98.8 82,96.6 97,98.4 82,100.6 50,101.4 20,100.6", Paint(WHITE, alpha=0.5))


def plane(pen: Pen, look: Look) -> None:
    """Draw an airliner climbing to the left."""
    trim = look.own((52, 110, 190), (226, 80, 66))
    pen.shape("58,42! 78,18 86,16! 76,46", Paint((206, 212, 222), (150, 158, 174)))
    pen.shape("86,46! 92,22 99,20! 98,48", Paint(light(trim, 0.16), dark(trim, 0.2)))
    body = "2,56 8,48 20,45 60,44 88,44 99,47 96,53 80,58 40,62 14,62"
    pen.shape(body, Paint(WHITE, (176, 186, 204)))
    with pen.within(body):
        pen.shape("0,58 30,58 70,56 100,49 100,70 0,70", Paint(light(trim, 0.1), dark(trim, 0.2), alpha=0.92))
    pen.fill([paths.box(22 + i * 4.2, 49.4, 2, 2.6, 0.9) for i in range(15)], (70, 92, 124))
    pen.shape("8,50! 13,48 17,48.6 16,52 9,52.6", (70, 92, 124))
    pen.shape("42,56! 60,55 52,70 38,86! 34,86! 40,68", Paint((226, 230, 238), (140, 150, 170)))
    pen.box(36, 66, 12, 6, Paint((216, 222, 232), (120, 128, 148)), 3)


def saucer(pen: Pen, look: Look) -> None:
    """Draw a flying saucer and its beam."""
    metal = look.own((176, 188, 206))
    beam = pen.place(paths.polygon("38,58 62,58 92,132 8,132"))
    pen.canvas.fill([beam], Paint((170, 255, 210), alpha=0.28), blur_px=2 * pen.unit)
    pen.shape("34,46! 36,32 50,25 64,32 66,46!", Paint((196, 240, 250), (96, 160, 196)))
    pen.shape("41,44 42,35 48,31 44,40", Paint(WHITE, alpha=0.7))
    pen.oval(50, 50, 44, 11, Paint(light(metal, 0.4), dark(metal, 0.4)))
    pen.oval(50, 47, 30, 5.4, Paint(light(metal, 0.5), metal))
    for index, x in enumerate((16, 29, 43, 57, 71, 84)):
        colour: Colour = ((255, 210, 90), (120, 240, 200), (255, 120, 150))[index % 3]
        y = 55 + 2.6 * (1 - abs(x - 50) / 36)
        pen.glow(x, y, 7, colour, 0.8)
        pen.shine([paths.oval(x, y, 2, 1.6)], light(colour, 0.4))
