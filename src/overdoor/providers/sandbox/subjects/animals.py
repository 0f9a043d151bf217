"""Animals of the land: cat, fox, dog, bear, rabbit, deer, horse."""

from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, lit, mix
from overdoor.providers.sandbox.pen import Pen
from overdoor.providers.sandbox.subjects.look import Look

INK: Colour = (30, 26, 34)


def eye(pen: Pen, x: float, y: float, size: float, colour: Colour = INK) -> None:
    """Draw a round eye with a highlight."""
    pen.oval(x, y, size, size * 1.12, colour)
    pen.oval(x - size * 0.3, y - size * 0.42, size * 0.36, size * 0.36, (255, 255, 255))


def fox(pen: Pen, look: Look) -> None:
    """Draw a sitting fox, three-quarter view, tail curled around."""
    coat = look.own((226, 112, 42), (214, 98, 40), (234, 126, 56))
    if look.words & {"arctic", "snow fox"} and look.colour is None:
        coat = (228, 232, 240)
    if "wolf" in look.words and look.colour is None:
        coat = (122, 130, 144)
    white, sock = light(coat, 0.82), dark(coat, 0.66)
    tail = "62,97 80,98 93,88 96,70 88,55 80,50! 80,60 82,72 76,82 64,86"
    pen.shape(tail, lit(coat, 0.16))
    with pen.within(tail):
        pen.shape("74,48 100,46 96,66 88,62 82,66", Paint(white, dark(white, 0.14)))
        pen.soft(78, 98, 22, 8, dark(coat, 0.5), 0.5)
    body = "40,50 33,66 30,84 32,98 46,99.5 66,99 73,92 71,74 62,56 54,48"
    pen.shape(body, Paint(light(coat, 0.12), dark(coat, 0.24), 60))
    with pen.within(body):
        pen.shape("40,46 34,62 37,80 43,88 50,76 53,58 52,46", Paint(white, mix(white, coat, 0.25)))
        pen.soft(72, 92, 18, 20, dark(coat, 0.6), 0.42)
        pen.line("60,98 54,88 57,78 66,76", 1.1, Paint(dark(coat, 0.5), alpha=0.5))
    pen.shape("36,76 35,90 34,99.5 42,99.5 43,90 43,78", Paint(coat, sock))
    pen.shape("45,76 46,90 45,99.5 53,99.5 53,90 51,78", Paint(coat, sock))
    pen.shape("24,10! 22,24 26,34 36,32 40,24", lit(coat, 0.1))
    pen.shape("62,10! 64,24 60,34 50,32 46,24", lit(coat, 0.1))
    pen.shape("26,15! 25,24 29,30 35,26", dark(coat, 0.62))
    pen.shape("60,15! 61,24 57,30 51,26", dark(coat, 0.62))
    head = "43,20 32,24 24,36 20,44 30,52 39,58 43,60 47,58 56,52 66,44 62,36 54,24"
    pen.shape(head, Paint(light(coat, 0.2), dark(coat, 0.08)))
    with pen.within(head):
        pen.shape("14,42 28,42 36,46 41,56 43,66 30,60 18,50", Paint(white, mix(white, coat, 0.12)))
        pen.shape("72,42 58,42 50,46 45,56 43,66 56,60 68,50", Paint(white, mix(white, coat, 0.12)))
        pen.soft(43, 24, 7, 16, dark(coat, 0.3), 0.35)
    eye(pen, 34.5, 40.5, 2.3)
    eye(pen, 51.5, 40.5, 2.3)
    pen.shape("40,54 43,52.6 46,54 44.6,57 43,58 41.4,57", INK)


def cat(pen: Pen, look: Look) -> None:
    """Draw a sitting cat facing us."""
    coat = look.own((232, 148, 74), (112, 116, 128), (58, 56, 68), (222, 200, 172))
    stripe, belly = dark(coat, 0.35), light(coat, 0.62)
    pen.line("66,92 82,94 92,84 90,70 84,64", 6.4, Paint(coat, dark(coat, 0.2)))
    body = "37,50 30,66 28,84 31,97 42,99.5 58,99.5 69,97 72,84 70,66 63,50"
    pen.shape(body, Paint(light(coat, 0.1), dark(coat, 0.22), 60))
    with pen.within(body):
        pen.shape("42,48 39,64 43,82 50,86 57,82 61,64 58,48", Paint(belly, mix(belly, coat, 0.4)))
        for y in (62, 70, 78, 86):
            pen.line(f"24,{y} 31,{y + 2} 35,{y + 1}", 2.2, Paint(stripe, alpha=0.55))
            pen.line(f"76,{y} 69,{y + 2} 65,{y + 1}", 2.2, Paint(stripe, alpha=0.55))
        pen.soft(72, 84, 14, 26, dark(coat, 0.6), 0.4)
    pen.shape("40,74 39,90 39,99.5 48.6,99.5 49,88 48,76", Paint(light(coat, 0.05), belly))
    pen.shape("60,74 61,90 61,99.5 51.4,99.5 51,88 52,76", Paint(light(coat, 0.05), belly))
    for x in (42, 45, 55, 58):
        pen.line(f"{x},96 {x},99", 0.5, Paint(dark(coat, 0.5), alpha=0.6))
    pen.shape("27,9! 25,22 28,34 40,28 42,22", lit(coat, 0.12))
    pen.shape("73,9! 75,22 72,34 60,28 58,22", lit(coat, 0.12))
    pen.shape("29.4,15! 29,24 32,29 38,24", (236, 158, 156))
    pen.shape("70.6,15! 71,24 68,29 62,24", (236, 158, 156))
    head = "50,20 38,21 28,29 24,40 28,50 38,57 50,59 62,57 72,50 76,40 72,29 62,21"
    pen.shape(head, Paint(light(coat, 0.18), dark(coat, 0.08)))
    with pen.within(head):
        for line in (
            "50,18 50,30",
            "44,18 45,28",
            "56,18 55,28",
            "22,40 31,42",
            "22,46 31,47",
            "78,40 69,42",
            "78,46 69,47",
        ):
            pen.line(line, 2, Paint(stripe, alpha=0.6))
        pen.oval(50, 52, 12, 8, belly)
    iris = look.part("eyes", (150, 196, 92))
    for x in (39, 61):
        pen.oval(x, 39.5, 5, 5.2, Paint(light(iris, 0.3), iris))
        pen.oval(x, 39.5, 2.1, 4.4, INK)
        pen.oval(x - 1.4, 37.4, 1.1, 1.2, (255, 255, 255))
    pen.shape("47.4,47 50,46.2 52.6,47 50,49.8", (222, 120, 124))
    pen.line("50,49.6 49.6,52 46,53.4", 0.7, INK)
    pen.line("50,49.6 50.4,52 54,53.4", 0.7, INK)
    for line in ("36,50 22,47", "36,52 22,53", "64,50 78,47", "64,52 78,53"):
        pen.line(line, 0.45, Paint((255, 255, 255), alpha=0.85))


def dog(pen: Pen, look: Look) -> None:
    """Draw a sitting dog with folded ears and its tongue out."""
    coat = look.own((214, 160, 96), (150, 98, 62), (236, 222, 200), (92, 70, 60))
    ear, belly = dark(coat, 0.38), light(coat, 0.6)
    pen.line("68,90 82,84 88,72", 6, Paint(coat, dark(coat, 0.15)))
    body = "38,48 31,66 29,86 33,98 50,99.5 68,98 72,86 69,66 62,48"
    pen.shape(body, Paint(light(coat, 0.1), dark(coat, 0.25), 60))
    with pen.within(body):
        pen.shape("42,46 38,62 43,80 50,84 57,80 62,62 58,46", Paint(belly, mix(belly, coat, 0.35)))
        pen.soft(72, 86, 14, 26, dark(coat, 0.6), 0.38)
    for outline in ("39,70 38,88 36,99.5 47.5,99.5 48.6,88 48,74", "61,70 62,88 64,99.5 52.5,99.5 51.4,88 52,74"):
        pen.shape(outline, Paint(light(coat, 0.06), light(coat, 0.3)))
    collar = look.part("collar", look.palette.accent)
    head = "50,14 38,16 31,26 31,38 36,48 44,56 50,58 56,56 64,48 69,38 69,26 62,16"
    pen.shape("36,50 50,57 64,50 65,55 50,63 35,55", lit(collar))
    pen.oval(50, 61.5, 2.6, 2.8, lit((240, 206, 104)))
    pen.shape(head, Paint(light(coat, 0.16), dark(coat, 0.06)))
    with pen.within(head):
        pen.shape("46,10 44,28 40,42 42,60 58,60 60,42 56,28 54,10", Paint(belly, light(coat, 0.3)))
    pen.shape("36,15 26,20 20,34 22,48 28,52 33,44 35,32 40,20", Paint(ear, dark(ear, 0.2)))
    pen.shape("64,15 74,20 80,34 78,48 72,52 67,44 65,32 60,20", Paint(ear, dark(ear, 0.2)))
    pen.oval(50, 46, 10, 8.4, Paint(light(belly, 0.3), belly))
    eye(pen, 41, 33.5, 2.7)
    eye(pen, 59, 33.5, 2.7)
    pen.shape("44.8,40.6 50,39.2 55.2,40.6 53,44.6 50,46 47,44.6", INK)
    pen.shape("46.4,50 50,49 53.6,50 53.2,56.6 50,58.6 46.8,56.6", Paint((236, 120, 130), (214, 90, 106)))
    pen.line("50,45 50,49 45,51.4 42,49.4", 0.8, INK)
    pen.line("50,45 50,49 55,51.4 58,49.4", 0.8, INK)


def bear(pen: Pen, look: Look) -> None:
    """Draw a bear on all fours, from the side; a panda or a polar bear when the words say so."""
    panda = bool(look.words & {"panda", "pandas"})
    usual = (236, 236, 232) if panda or "polar" in look.words else (116, 76, 52)
    coat = look.own(usual)
    limb = (42, 42, 50) if panda else dark(coat, 0.18)
    for outline in ("62,64 60,84 61,99.5 71,99.5 74,82 74,66", "30,66 32,84 31,99.5 40,99.5 43,82 44,66"):
        pen.shape(outline, Paint(dark(limb, 0.2), dark(limb, 0.42)))
    body = "30,40 22,52 22,68 30,77 48,80 68,79 82,74 88,60 84,44 72,34 54,32 40,34"
    pen.shape(body, Paint(light(coat, 0.16), dark(coat, 0.34)))
    with pen.within(body):
        pen.soft(52, 82, 44, 16, dark(coat, 0.6), 0.5)
        if panda:
            pen.shape("28,30 24,84 40,84 44,30", limb)
    for outline in ("72,62 74,84 72,99.5 84,99.5 88,80 87,58", "22,60 22,84 20,99.5 32,99.5 36,82 38,62"):
        pen.shape(outline, Paint(limb, dark(limb, 0.36)))
    pen.oval(13, 24, 5, 5.2, lit(limb))
    pen.oval(35, 22, 5, 5.2, lit(limb))
    pen.oval(13, 24.6, 2.6, 2.8, dark(limb, 0.3))
    pen.oval(35, 22.6, 2.6, 2.8, dark(limb, 0.3))
    head = "24,20 14,23 8,34 9,46 16,55 25,57 34,54 40,45 40,33 34,23"
    pen.shape(head, Paint(light(coat, 0.22), dark(coat, 0.1)))
    if panda:
        pen.oval(16.4, 36.4, 4, 5, limb, 20)
        pen.oval(31, 35.6, 4, 5, limb, -20)
    pen.oval(22.6, 46.4, 9, 7, Paint(light(coat, 0.5), light(coat, 0.3)))
    eye(pen, 16.6, 36.4, 1.7)
    eye(pen, 30.8, 35.8, 1.7)
    pen.shape("18.8,43 22.6,41.8 26.4,43 24.6,46 22.6,47 20.6,46", INK)
    pen.line("22.6,47 22.6,49.4 19.6,51", 0.7, INK)
    pen.line("22.6,49.4 25.6,51", 0.7, INK)


def rabbit(pen: Pen, look: Look) -> None:
    """Draw a sitting rabbit with long ears."""
    coat = look.own((206, 178, 150), (240, 236, 232), (150, 130, 118))
    pen.oval(73, 88, 8, 8, lit(light(coat, 0.6)))
    pen.shape("36,34 30,20 31,4 38,1 43,12 45,32", lit(coat, 0.16))
    pen.shape("64,34 70,20 69,4 62,1 57,12 55,32", lit(coat, 0.16))
    pen.shape("37,30 34,18 35,7 38,6 41,14 42,28", (238, 172, 170))
    pen.shape("63,30 66,18 65,7 62,6 59,14 58,28", (238, 172, 170))
    body = "38,58 29,72 27,88 33,98 50,99.5 67,98 73,88 71,72 62,58"
    pen.shape(body, Paint(light(coat, 0.12), dark(coat, 0.22), 60))
    with pen.within(body):
        pen.oval(50, 82, 12, 17, light(coat, 0.55))
    pen.oval(38, 97, 9, 3.6, lit(coat, 0.2))
    pen.oval(62, 97, 9, 3.6, lit(coat, 0.2))
    pen.shape("50,28 36,31 28,43 30,55 40,63 50,65 60,63 70,55 72,43 64,31", Paint(light(coat, 0.2), dark(coat, 0.06)))
    pen.oval(45, 55, 6.4, 5.2, light(coat, 0.66))
    pen.oval(55, 55, 6.4, 5.2, light(coat, 0.66))
    eye(pen, 38, 45, 2.9)
    eye(pen, 62, 45, 2.9)
    pen.shape("47.4,50.6 50,49.8 52.6,50.6 50,53.4", (222, 120, 126))
    pen.soft(34, 53, 5, 4, (238, 140, 140), 0.5)
    pen.soft(66, 53, 5, 4, (238, 140, 140), 0.5)


def deer(pen: Pen, look: Look) -> None:
    """Draw a standing stag from the side."""
    coat = look.own((166, 110, 66), (150, 96, 60))
    horn = (220, 198, 160)
    for outline in ("66,62 68,80 66,99.5 69.4,99.5 73,80 74,64", "40,64 41,82 40,99.5 43.4,99.5 46,82 47,66"):
        pen.shape(outline, Paint(dark(coat, 0.3), dark(coat, 0.55)))
    body = "34,50 32,60 38,67 52,68 68,68 79,64 82,54 76,46 62,44 48,45 40,45"
    pen.shape(body, Paint(light(coat, 0.14), dark(coat, 0.24)))
    with pen.within(body):
        pen.soft(56, 69, 34, 7, light(coat, 0.6), 0.8)
        pen.oval(82, 55, 4, 6, light(coat, 0.75))
    for outline in ("73,58 76,78 74,99.5 78,99.5 81,78 81,56", "35,58 36,80 34,99.5 38,99.5 41.4,80 42,60"):
        pen.shape(outline, Paint(coat, dark(coat, 0.5)))
    pen.shape("33,60 27,46 24,36 30,30 36,36 41,46 48,50 42,62", Paint(light(coat, 0.14), coat))
    for horn_line in (
        "30,25 34,16 34,6 30,1",
        "34,15 39,10 40,3",
        "32,20 26,15 25,8",
        "27,25 22,18 17,14 16,5",
        "21,17 15,19 10,14",
        "24,20 19,12 21,6",
    ):
        pen.line(horn_line, 1.3, Paint(horn, dark(horn, 0.3)))
    pen.shape("31,26 38,23 42,25 38,29 33,31", dark(coat, 0.12))
    pen.shape("26,24 18,34 13,40 13,44 18,45 27,41 33,35 33,27", Paint(light(coat, 0.2), dark(coat, 0.12)))
    pen.oval(14.6, 42, 2, 1.8, INK)
    eye(pen, 24.4, 32, 1.4)


def horse(pen: Pen, look: Look) -> None:
    """Draw a standing horse from the side; a unicorn when the words say so."""
    unicorn = bool(look.words & {"unicorn", "unicorns"})
    coat = look.own((246, 240, 246) if unicorn else (142, 86, 52), (240, 236, 240) if unicorn else (92, 62, 50))
    mane = (214, 130, 200) if unicorn else dark(coat, 0.6)
    pen.shape("82,44 92,50 95,66 91,82 88,70 86,58", Paint(mane, dark(mane, 0.3)))
    for outline in ("66,58 69,78 67,99.5 71,99.5 75,78 77,60", "38,60 40,80 39,99.5 43,99.5 46,80 47,62"):
        pen.shape(outline, Paint(dark(coat, 0.24), dark(coat, 0.5)))
    pen.shape(
        "34,44 32,56 38,64 54,66 70,65 82,61 87,50 82,42 68,40 52,42 42,40", Paint(light(coat, 0.16), dark(coat, 0.28))
    )
    for outline in ("74,54 79,76 77,99.5 81.4,99.5 85,76 85,52", "33,54 36,78 34,99.5 38.4,99.5 42,78 42,58"):
        pen.shape(outline, Paint(coat, dark(coat, 0.45)))
    pen.shape("33,58 27,42 25,28 30,18 38,22 42,34 50,44 44,60", Paint(light(coat, 0.16), coat))
    pen.shape("29,13 36,16 44,30 52,44 44,42 38,32 33,24", Paint(light(mane, 0.1), dark(mane, 0.2)))
    pen.shape("30,14 24,16 16,27 10,33 10,38 15,40 24,35 32,30 35,22", Paint(light(coat, 0.2), dark(coat, 0.12)))
    pen.shape("30,16 31,8! 34.6,16", coat)
    if unicorn:
        pen.poly("26.4,15 22,-2 30,13", Paint((255, 226, 150), (236, 170, 90)))
    eye(pen, 23.6, 23.4, 1.4)
    pen.oval(12.4, 35.4, 0.9, 0.8, INK)
