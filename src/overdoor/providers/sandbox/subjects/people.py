"""People and machines like them: portrait, a standing person, robot, astronaut."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.animals import INK
from overdoor.providers.sandbox.subjects.look import Look

_SKINS: tuple[Colour, ...] = ((244, 206, 178), (226, 172, 134), (190, 132, 94), (142, 94, 66), (104, 68, 50))
_HAIRS: tuple[Colour, ...] = ((52, 38, 34), (96, 62, 40), (196, 142, 78), (34, 32, 40), (160, 78, 44))


def portrait(pen: Pen, look: Look) -> None:
    """Draw head and shoulders, facing us."""
    skin, hair, cloth = _person_colours(look)
    long_hair = bool(look.words & {"woman", "girl", "she", "her", "female"}) or (
        look.rng.random() < 0.5 and not look.words & {"man", "boy", "he", "male"}
    )
    if long_hair:
        pen.shape(
            "50,8 34,11 25,24 23,44 21,66 24,82 36,86 64,86 76,82 79,66 77,44 75,24 66,11",
            Paint(hair, dark(hair, 0.35)),
        )
    pen.shape("4,101! 8,88 22,80 38,76 50,75 62,76 78,80 92,88 96,101!", Paint(light(cloth, 0.14), dark(cloth, 0.24)))
    pen.shape("40,58 41,72 36,78 50,88 64,78 59,72 60,58", Paint(dark(skin, 0.1), dark(skin, 0.24)))
    pen.shape("36,77! 50,89 64,77! 68,79 50,96 32,79", Paint(light(cloth, 0.34), cloth))
    for x in (29.4, 70.6):
        pen.oval(x, 43, 3.6, 6, Paint(skin, dark(skin, 0.2)))
    face = "50,14 38,16 31,26 29.6,42 32,54 39,64 50,69 61,64 68,54 70.4,42 69,26 62,16"
    pen.shape(face, Paint(light(skin, 0.2), dark(skin, 0.06), 60))
    with pen.within(face):
        pen.soft(72, 50, 17, 32, dark(skin, 0.5), 0.4)
        pen.soft(38, 51, 7, 5, (236, 120, 110), 0.35)
        pen.soft(62, 51, 7, 5, (236, 120, 110), 0.35)
    iris = look.part("eyes", look.rng.choice([(74, 104, 60), (70, 110, 150), (90, 60, 40)]))
    for x in (41, 59):
        pen.shape(f"{x - 5},41.4! {x - 2},38.8 {x + 2},38.8 {x + 5},41.4! {x + 2},43.6 {x - 2},43.6", WHITE)
        pen.oval(x, 41, 2.5, 2.6, iris)
        pen.oval(x, 41, 1.3, 1.4, INK)
        pen.oval(x - 0.8, 40.2, 0.6, 0.6, WHITE)
        pen.line(f"{x - 5.2},41 {x - 2},38.5 {x + 2},38.5 {x + 5.2},41", 0.9, dark(hair, 0.4))
    pen.line("35.4,35.4 40,33.4 46,35", 1.7, hair)
    pen.line("54,35 60,33.4 64.6,35.4", 1.7, hair)
    pen.line("50.6,42 52.6,50 49,51.6", 0.9, Paint(dark(skin, 0.4), alpha=0.7))
    lip = mix(skin, (196, 66, 76), 0.62)
    pen.shape(
        "43.4,57.6! 47,56.4 50,57.2 53,56.4 56.6,57.6! 53,60.6 50,61.2 47,60.6", Paint(dark(lip, 0.1), light(lip, 0.12))
    )
    pen.line("43.6,57.7 50,58.3 56.4,57.7", 0.5, dark(lip, 0.5))
    if long_hair:
        pen.shape(
            "51,9 38,10 28,22 27,38 29,50! 33,38 40,27 52,20! 62,26 68,38 71,50! 73,38 72,22 62,10",
            Paint(light(hair, 0.16), hair),
        )
        pen.line("34,24 41,16 50,13", 1, Paint(light(hair, 0.45), alpha=0.5))
    else:
        pen.shape(
            "49,8 36,10 28,20 27,36! 32,31 34,25 44,22 56,25 66,23 68,32 73,36! 72,20 64,11",
            Paint(light(hair, 0.16), hair),
        )
    if look.words & {"glasses", "spectacles"}:
        for x in (41, 59):
            ring = paths.oval(x, 41.4, 6.6, 5.8)
            pen.strokes([np.concatenate([ring, ring[:1]])], 1, (40, 36, 44))
        pen.line("47.6,41 50,40 52.4,41", 0.9, (40, 36, 44))
    if look.words & {"hat", "beanie"}:
        pen.shape("27,27 30,12 42,5 58,5 70,12 73,27 50,23", lit(look.palette.accent))
        pen.box(25, 23, 50, 7, lit(dark(look.palette.accent, 0.2)), 3)
    if look.words & {"beard", "bearded"}:
        pen.shape(
            "30,46 31,58 39,68 50,73 61,68 69,58 70,46 65,55 57,55.4 50,54 43,55.4 35,55", Paint(hair, dark(hair, 0.2))
        )
        pen.shape("44,58! 50,57 56,58! 50,61", lip)


def _person_colours(look: Look) -> tuple[Colour, Colour, Colour]:
    skin = look.rng.choice(_SKINS)
    hair = look.part("hair", look.rng.choice(_HAIRS))
    if look.words & {"old", "elderly", "grandmother", "grandfather"}:
        hair = (214, 214, 218)
    cloth = look.colour or look.part("clothes", look.palette.accent)
    return skin, hair, cloth


def person(pen: Pen, look: Look) -> None:
    """Draw a standing figure seen from behind three quarters, in a coat with a small pack."""
    skin, hair, cloth = _person_colours(look)
    trousers: Colour = (58, 62, 82)
    pen.shape("43,62 41,80 40,98 47,98 49,80 50,66", Paint(trousers, dark(trousers, 0.3)))
    pen.shape("51,62 52,80 53,98 60,98 59,80 58,62", Paint(light(trousers, 0.06), dark(trousers, 0.2)))
    for x in (43, 57):
        pen.shape(f"{x - 4},96 {x + 1},95 {x + 5},99 {x + 4},100.4 {x - 4},100.4", lit((92, 62, 48)))
    pen.shape("42,31 36,40 33,54 34,62 38,62 40,52 44,42", Paint(dark(cloth, 0.1), dark(cloth, 0.35)))
    pen.shape("42,29 40,44 39,66 50,68 61,66 60,44 58,29 50,27", Paint(light(cloth, 0.16), dark(cloth, 0.26), 60))
    pen.shape("58,31 64,40 67,54 66,62 62,62 60,52 56,42", Paint(cloth, dark(cloth, 0.28)))
    pen.oval(35.8, 63, 2.2, 2.6, skin)
    pen.oval(64.2, 63, 2.2, 2.6, skin)
    if look.words & {"hiker", "traveler", "traveller", "backpack", "adventurer", "explorer"}:
        pack = (206, 140, 66)
        pen.box(42, 32, 16, 22, Paint(light(pack, 0.1), dark(pack, 0.3)), 5)
        pen.box(44.6, 43, 10.8, 8, Paint(light(pack, 0.22), dark(pack, 0.1)), 2)
        pen.box(41, 28.6, 18, 5, lit((110, 130, 110)), 2.4)
    pen.box(47.6, 22, 4.8, 8, dark(skin, 0.12), 1)
    pen.oval(50, 17, 6.6, 8, Paint(light(skin, 0.1), dark(skin, 0.1)))
    if look.words & {"woman", "girl", "she"}:
        pen.shape("50,7 43,10 42,20 42,31 50,33 58,31 58,20 57,10", Paint(light(hair, 0.12), dark(hair, 0.2)))
    else:
        pen.shape("50,7.4 44,9 42.8,17 44,22 50,23.6 56,22 57.2,17 56,9", Paint(light(hair, 0.12), dark(hair, 0.2)))
    if look.words & {"hat", "hiker", "wizard", "farmer", "cowboy", "samurai"}:
        brim = (176, 130, 84)
        pen.oval(50, 11.4, 13, 3, Paint(light(brim, 0.1), dark(brim, 0.24)))
        pen.shape(
            "43,11! 44,4 50,1.6 56,4 57,11!" if "wizard" not in look.words else "42,11! 48,-4 58,-14! 55,0 58,11!",
            lit(brim),
        )


def robot(pen: Pen, look: Look) -> None:
    """Draw a friendly robot with a screen for a face."""
    shell = look.own((232, 236, 242), (92, 178, 206), (244, 190, 74), (226, 108, 88))
    joint, screen = (74, 80, 98), (26, 32, 52)
    glow = look.part("eyes", (96, 236, 246))
    pen.line("50,16 50,5", 1.4, joint)
    pen.oval(50, 4.4, 2.8, 2.8, lit(look.palette.accent))
    pen.glow(50, 4.4, 9, look.palette.accent, 0.6)
    for x, flip in ((24, -1), (76, 1)):
        pen.strokes(
            [paths.through([(50 + flip * 20, 56), (x + flip * 2, 64), (x + flip * 3, 76)])],
            4.4,
            Paint(joint, dark(joint, 0.3)),
        )
        pen.box(x - 5 + flip * 3, 73, 10, 12, lit(shell), 4)
    for x in (41, 59):
        pen.box(x - 3, 80, 6, 14, Paint(joint, dark(joint, 0.3)), 2)
        pen.box(x - 8, 91, 16, 9, Paint(light(shell, 0.2), dark(shell, 0.26)), 4)
    pen.box(29, 50, 42, 35, Paint(light(shell, 0.3), dark(shell, 0.24), 60), 12)
    pen.box(36, 57, 28, 17, Paint(dark(shell, 0.16), dark(shell, 0.05)), 5)
    for index, tone in enumerate(((244, 96, 96), (250, 206, 90), (96, 220, 140))):
        pen.oval(43 + index * 7, 62, 2, 2, lit(tone))
    pen.box(40, 67.6, 20, 2.6, dark(shell, 0.5), 1.3)
    pen.box(44, 45, 12, 8, Paint(joint, dark(joint, 0.3)), 2)
    for x in (20.4, 75):
        pen.box(x, 26, 4.8, 12, Paint(joint, dark(joint, 0.3)), 2)
    pen.box(23, 14, 54, 34, Paint(light(shell, 0.4), dark(shell, 0.18), 60), 13)
    pen.box(29, 20, 42, 22, Paint(screen, light(screen, 0.1)), 9)
    for x in (41, 59):
        pen.glow(x, 30, 9, glow, 0.7)
        pen.shine([paths.oval(x, 29.6, 3.6, 4.2)], Paint(light(glow, 0.5), glow))
    pen.canvas.stroke([pen.place(paths.curve("45,36.4 50,38.6 55,36.4"))], 1.2 * pen.unit, glow)
    pen.shape("32,23! 44,20.8 40,27 32,32", Paint(WHITE, alpha=0.12))


def astronaut(pen: Pen, look: Look) -> None:
    """Draw an astronaut in a white suit, the sky in the visor."""
    suit = look.own((240, 242, 246))
    accent = look.palette.accent if look.colour is None else dark(look.colour, 0.4)
    seam = dark(suit, 0.28)
    pen.box(26, 30, 48, 42, Paint(dark(suit, 0.2), dark(suit, 0.45)), 8)
    for x, flip in ((41, -1), (59, 1)):
        pen.shape(
            f"{x - 9},66 {x - 10},84 {x - 9 + flip},97 {x + 9 + flip},97 {x + 10},84 {x + 9},66",
            Paint(light(suit, 0.2), dark(suit, 0.26), 30),
        )
        pen.box(x - 10, 80, 20, 4, accent, 1)
        pen.box(x - 10 + flip * 2, 93, 20, 7.4, Paint((120, 128, 142), (74, 80, 96)), 3.4)
    for flip in (-1, 1):
        arm = [(50 + flip * 19, 42), (50 + flip * 30, 52), (50 + flip * 33, 66)]
        pen.strokes([paths.through(arm)], 12.5, Paint(suit, dark(suit, 0.24)))
        pen.oval(50 + flip * 33.4, 71, 6.2, 6.2, Paint((130, 138, 152), (84, 90, 106)))
    pen.shape("34,38 29,50 30,68 40,76 60,76 70,68 71,50 66,38", Paint(light(suit, 0.3), dark(suit, 0.2), 60))
    pen.box(38, 52, 24, 15, Paint(dark(suit, 0.14), dark(suit, 0.3)), 3)
    for index, tone in enumerate(((226, 84, 76), (92, 170, 226), (246, 200, 84))):
        pen.oval(43 + index * 7, 57, 1.9, 1.9, tone)
    pen.box(42, 61.4, 16, 2.6, seam, 1.3)
    pen.oval(50, 24, 24, 23, Paint(light(suit, 0.4), dark(suit, 0.2), 60))
    visor = paths.oval(50, 25, 18.4, 15.6)
    pen.fill([visor], Paint((26, 38, 84), (10, 12, 34)))
    with pen.inside(visor):
        pen.shine([paths.oval(44, 40, 26, 12)], Paint((255, 176, 92), (214, 92, 110)))
        pen.glow(60, 20, 14, (140, 190, 255), 0.55)
        pen.shape("34,14 46,10 42,18 35,30 32,26", Paint(WHITE, alpha=0.5))
        pen.oval(58, 14, 1.2, 1.2, WHITE)
    pen.strokes([np.concatenate([visor, visor[:1]])], 1.3, accent)
    pen.box(24, 20, 4, 9, seam, 1.6)
    pen.box(72, 20, 4, 9, seam, 1.6)
