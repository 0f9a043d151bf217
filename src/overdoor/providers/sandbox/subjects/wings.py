"""Creatures that fly or swim: bird, owl, butterfly, penguin, fish, whale, turtle."""

import math

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.animals import INK, eye
from overdoor.providers.sandbox.subjects.look import Look


def bird(pen: Pen, look: Look) -> None:
    """Draw a small bird on a twig."""
    coat = look.own((64, 132, 204), (226, 96, 66), (86, 160, 112), (238, 176, 62))
    belly = mix((250, 236, 210), coat, 0.12)
    twig: Colour = (110, 80, 60)
    pen.line("4,88 30,90 60,87 98,92", 2.6, Paint(light(twig, 0.1), dark(twig, 0.2)))
    for outline in ("78,90! 84,80 94,76! 92,84 86,90", "16,89! 12,80 4,74! 4,83 10,89"):
        pen.shape(outline, lit((92, 156, 92)))
    pen.shape("66,66 80,80 92,90 96,97! 86,95 72,86 60,78", Paint(dark(coat, 0.1), dark(coat, 0.45)))
    body = "34,22 24,28 20,40 24,56 32,72 44,82 56,84 68,78 72,68 66,54 54,42 48,30 42,23"
    pen.shape(body, Paint(light(coat, 0.16), dark(coat, 0.2), 60))
    with pen.within(body):
        pen.shape("14,40 28,44 40,56 46,72 58,88 30,90 16,60", Paint(mix(belly, (244, 170, 110), 0.4), belly))
    pen.shape("42,46 54,48 68,60 80,78! 66,78 52,72 43,60", Paint(dark(coat, 0.08), dark(coat, 0.4)))
    for line in ("50,56 62,66 74,76", "47,62 58,70 68,76"):
        pen.line(line, 0.9, Paint(light(coat, 0.4), alpha=0.7))
    pen.poly("22,33 8,38 22,42", Paint((246, 184, 70), (222, 140, 40)))
    eye(pen, 31, 35, 2.7)
    pen.strokes([np.array([(42.0, 82.0), (42.0, 89.0)]), np.array([(49.0, 84.0), (49.0, 89.0)])], 1, (190, 120, 70))


def owl(pen: Pen, look: Look) -> None:
    """Draw an owl facing us with wide eyes, on a branch."""
    coat = look.own((140, 100, 72), (112, 108, 122), (190, 150, 110))
    face, belly = light(coat, 0.62), light(coat, 0.5)
    if look.words & {"snowy", "snow"} and look.colour is None:
        coat, face, belly = (232, 232, 238), (250, 250, 252), (244, 244, 248)
    branch: Colour = (96, 72, 58)
    pen.line("2,93 34,95 70,92 98,96", 4, Paint(light(branch, 0.1), dark(branch, 0.3)))
    body = "50,16 34,18 25,30 22,50 24,72 32,88 50,94 68,88 76,72 78,50 75,30 66,18"
    pen.shape(body, Paint(light(coat, 0.1), dark(coat, 0.3)))
    pen.shape("30,8! 28,20 34,30 46,24 40,18", lit(coat))
    pen.shape("70,8! 72,20 66,30 54,24 60,18", lit(coat))
    with pen.within(body):
        pen.oval(50, 74, 19, 26, Paint(belly, mix(belly, coat, 0.3)))
        marks = [
            paths.smooth(f"{x},{y} {x + 3},{y + 3.4}! {x + 6},{y}")
            for row, y in enumerate(range(54, 90, 6))
            for x in range(31 + (row % 2) * 4, 66, 8)
        ]
        pen.fill(marks, Paint(dark(coat, 0.12), alpha=0.75))
    pen.shape("24,42 18,60 20,78 30,88! 34,70 32,52", Paint(dark(coat, 0.12), dark(coat, 0.42)))
    pen.shape("76,42 82,60 80,78 70,88! 66,70 68,52", Paint(dark(coat, 0.12), dark(coat, 0.42)))
    for x in (38.5, 61.5):
        pen.oval(x, 36, 13, 13.4, Paint(face, mix(face, coat, 0.25)))
        pen.oval(x, 36, 8.4, 8.6, Paint((255, 214, 90), (244, 160, 40)))
        pen.oval(x, 36, 5, 5.2, INK)
        pen.oval(x - 1.8, 33.8, 1.8, 1.9, (255, 255, 255))
    pen.shape("46.6,42! 53.4,42! 52,48 50,52! 48,48", Paint((250, 190, 80), (216, 140, 44)))
    claws = [paths.oval(x, 93, 1.7, 2.8) for x in (41, 44.6, 48, 53, 56.6, 60)]
    pen.fill(claws, lit((226, 160, 70)))


def butterfly(pen: Pen, look: Look) -> None:
    """Draw a butterfly from above with patterned wings."""
    colour = look.own((244, 140, 44), (66, 132, 226), (170, 96, 214), (240, 96, 130))
    edge = dark(colour, 0.78)
    for outline, inner in (
        ("50,46 62,20 80,8 96,14 98,34 88,50 66,56", "56,44 66,26 80,16 90,20 91,34 82,44 66,50"),
        ("50,54 66,56 84,62 88,78 78,92 64,88 54,70", "56,58 68,61 79,67 81,77 75,84 66,80 59,68"),
    ):
        for mirrored in (1, -1):
            wing = paths.smooth(outline)
            heart = paths.smooth(inner)
            if mirrored < 0:
                wing, heart = wing * [-1, 1] + [100, 0], heart * [-1, 1] + [100, 0]
            pen.fill([wing], Paint(edge, dark(edge, 0.2)))
            pen.fill([heart], Paint(light(colour, 0.34), dark(colour, 0.14), 60))
    spots = [(90, 17, 1.4), (94, 25, 1.3), (93, 33, 1.2), (84, 12, 1.2), (84, 82, 1.2), (79, 88, 1.1), (85, 74, 1.1)]
    pen.fill(
        [paths.oval(x, y, r, r) for x, y, r in spots] + [paths.oval(100 - x, y, r, r) for x, y, r in spots],
        (255, 250, 240),
    )
    veins = ["54,46 68,32 82,22", "54,48 70,42 88,32", "56,58 66,68 74,80"]
    pen.strokes(
        [paths.curve(v) for v in veins] + [paths.curve(v) * [-1, 1] + [100, 0] for v in veins],
        0.7,
        Paint(edge, alpha=0.8),
    )
    pen.shape("50,30 47.4,40 47.8,60 50,80 52.2,60 52.6,40", Paint((60, 48, 50), (28, 24, 30), 0))
    pen.oval(50, 32, 3, 3.2, (48, 40, 44))
    pen.line("49,30 44,20 38,14", 0.7, edge)
    pen.line("51,30 56,20 62,14", 0.7, edge)


def penguin(pen: Pen, look: Look) -> None:
    """Draw a standing penguin."""
    coat = look.own((44, 50, 66))
    pen.shape("30,44 20,58 18,74 24,78! 30,66 34,54", Paint(coat, dark(coat, 0.3)))
    pen.shape("70,44 80,58 82,74 76,78! 70,66 66,54", Paint(coat, dark(coat, 0.3)))
    for x in (41, 59):
        pen.oval(x, 97, 8, 3, lit((244, 160, 52)))
    body = "50,6 38,9 32,20 31,34 27,52 28,76 36,93 50,97 64,93 72,76 73,52 69,34 68,20 62,9"
    pen.shape(body, Paint(light(coat, 0.14), dark(coat, 0.2)))
    with pen.within(body):
        pen.shape("50,40 38,42 33,58 35,82 50,95 65,82 67,58 62,42", Paint((252, 252, 252), (222, 228, 238)))
        pen.oval(41, 26, 8.4, 10, (250, 250, 250))
        pen.oval(59, 26, 8.4, 10, (250, 250, 250))
        pen.soft(50, 46, 18, 6, (255, 200, 90), 0.7)
    eye(pen, 43, 24, 2.2)
    eye(pen, 57, 24, 2.2)
    pen.shape("45,30 50,28 55,30 50,36!", Paint((255, 190, 70), (226, 132, 40)))


def fish(pen: Pen, look: Look) -> None:
    """Draw a bright fish with fins and scales."""
    coat = look.own((248, 134, 46), (246, 196, 62), (72, 164, 224), (232, 92, 110))
    fin = dark(coat, 0.16)
    pen.shape("72,52! 84,40 97,34! 92,52 98,70! 84,64", Paint(light(fin, 0.2), dark(fin, 0.24)))
    pen.shape("30,34! 42,20 58,20 70,32! 52,36", Paint(light(fin, 0.2), dark(fin, 0.1)))
    pen.shape("44,70! 52,84 62,82 64,70!", Paint(fin, dark(fin, 0.3)))
    body = "4,52 14,38 32,30 52,32 68,42 78,52 68,63 52,72 32,74 14,66"
    pen.shape(body, Paint(light(coat, 0.2), dark(coat, 0.22)))
    with pen.within(body):
        pen.soft(36, 78, 40, 14, light(coat, 0.7), 0.7)
        scales = [
            paths.arc(x + (row % 2) * 4, y, 4, 4.4, -80, 80)
            for row, y in enumerate(range(36, 74, 6))
            for x in range(34, 74, 8)
        ]
        pen.strokes(scales, 0.6, Paint(dark(coat, 0.3), alpha=0.45))
        if look.words & {"clownfish", "nemo"} or look.colour is None:
            for outline in (
                "24,26 30,40 29,62 24,78 30,78 36,62 37,42 31,26",
                "54,28 58,42 57,60 53,76 59,76 63,60 64,44 60,28",
            ):
                pen.shape(outline, Paint((255, 252, 246), (232, 234, 240)))
        pen.line("22,38 26,50 22,66", 0.9, Paint(dark(coat, 0.35), alpha=0.6))
    pen.shape("38,52! 48,48 54,54 50,62 42,60", Paint(light(fin, 0.26), dark(fin, 0.1)))
    pen.oval(15.4, 46.4, 4.2, 4.4, (255, 255, 255))
    eye(pen, 15, 46.6, 2.5)
    pen.line("5,55 9,57 13,56", 0.8, dark(coat, 0.5))


def whale(pen: Pen, look: Look) -> None:
    """Draw a whale with a raised tail; a dolphin or shark shape shares its lines."""
    coat = look.own((66, 110, 160), (72, 96, 138))
    if look.words & {"orca"}:
        coat = (36, 40, 54)
    belly = (232, 238, 244)
    pen.shape(
        "80,56 88,44 90,30! 84,22 74,20! 80,28 84,32! 90,26 98,16! 100,18 98,28 94,32! 96,48 90,64",
        Paint(light(coat, 0.1), dark(coat, 0.2)),
    )
    body = "4,66 6,50 18,38 36,33 56,36 74,46 86,56 92,58 88,70 74,80 52,88 28,88 12,80"
    pen.shape(body, Paint(light(coat, 0.2), dark(coat, 0.28)))
    with pen.within(body):
        pen.shape("0,70 16,72 36,74 56,72 66,76 50,96 10,96", Paint(belly, dark(belly, 0.16)))
        grooves = [
            paths.curve(f"{6 + i},{74 + i * 2.1} {24 + i},{78 + i * 1.8} {46 - i},{78 + i * 1.6}") for i in range(6)
        ]
        pen.strokes(grooves, 0.5, Paint(dark(coat, 0.1), alpha=0.45))
        pen.soft(34, 36, 34, 8, light(coat, 0.6), 0.5)
    pen.shape("36,76! 40,88 52,97 60,97! 54,86 50,76", Paint(light(coat, 0.06), dark(coat, 0.34)))
    eye(pen, 17, 62, 1.9)
    pen.line("5,69 14,72 24,70", 0.9, Paint(dark(coat, 0.5)))
    if not look.words & {"shark", "dolphin", "dolphins"}:
        pen.line("27,32 25,20 17,14", 1.3, Paint((226, 244, 250), alpha=0.85))
        pen.line("28,32 29,18 36,11", 1.3, Paint((226, 244, 250), alpha=0.85))
        pen.fill(
            [paths.oval(x, y, 1.1, 1.2) for x, y in ((15, 11), (20, 8), (38, 8), (33, 6), (27, 12))],
            Paint((236, 248, 252), alpha=0.9),
        )
    else:
        pen.shape("44,37! 54,20 62,18! 60,28 64,42!", Paint(coat, dark(coat, 0.2)))


def turtle(pen: Pen, look: Look) -> None:
    """Draw a swimming turtle from the side."""
    skin = look.own((96, 156, 104))
    shell = mix(dark(skin, 0.35), (120, 92, 50), 0.4)
    for outline in (
        "30,62! 18,76 14,92! 26,88 40,70",
        "66,64! 74,78 86,86! 84,74 76,62",
        "42,68! 44,84 56,96! 58,84 54,68",
    ):
        pen.shape(outline, Paint(light(skin, 0.1), dark(skin, 0.3)))
    pen.shape("24,54 14,46 4,48 2,56 8,62 18,62 28,64", Paint(light(skin, 0.2), dark(skin, 0.12)))
    dome = "20,62! 24,44 40,31 58,31 76,43 86,62! 60,69 40,69"
    pen.shape(dome, Paint(light(shell, 0.24), dark(shell, 0.26)))
    with pen.within(dome):
        plates = [
            paths.star(x, y, 9.6, 9.6, 3, 0) for x, y in ((40, 44), (58, 42), (48, 58), (66, 57), (30, 58), (77, 60))
        ]
        pen.fill(plates, Paint(light(shell, 0.3), shell, alpha=0.8))
    pen.line("20,62 40,69 60,69 86,62", 2.2, Paint(light(skin, 0.35), skin))
    eye(pen, 9.4, 52.6, 1.5)


def kite(pen: Pen, look: Look) -> None:
    """Draw a kite with a bowed tail."""
    colour = look.own((236, 86, 82), (72, 150, 226))
    pen.line("50,60 44,74 54,84 46,98", 0.7, dark(colour, 0.2))
    bows = [paths.oval(50 - 3 * math.cos(i), 70 + i * 8, 4, 1.6, 30 * (-1) ** i) for i in range(4)]
    pen.fill(bows, lit(light(colour, 0.4)))
    pen.poly("50,4 76,28 50,62 24,28", Paint(light(colour, 0.2), dark(colour, 0.16)))
    pen.poly("50,4 76,28 50,28", Paint(light(colour, 0.55)))
    pen.poly("50,62 24,28 50,28", Paint(light(colour, 0.55)))
    pen.strokes([np.array([(50.0, 4.0), (50.0, 62.0)]), np.array([(24.0, 28.0), (76.0, 28.0)])], 0.8, dark(colour, 0.4))
