"""Colours: names people write, and the few mixing rules the drawings need."""

import colorsys
from dataclasses import dataclass

Colour = tuple[int, int, int]  # sRGB, 0-255

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

NAMED: dict[str, Colour] = {
    "red": (214, 48, 49),
    "crimson": (176, 24, 52),
    "scarlet": (226, 52, 38),
    "maroon": (116, 24, 40),
    "burgundy": (110, 20, 48),
    "orange": (240, 132, 40),
    "tangerine": (246, 140, 52),
    "amber": (246, 176, 46),
    "yellow": (248, 208, 64),
    "gold": (222, 174, 74),
    "golden": (230, 180, 76),
    "mustard": (214, 166, 48),
    "lime": (164, 210, 62),
    "green": (64, 156, 92),
    "emerald": (20, 138, 100),
    "olive": (122, 128, 58),
    "mint": (152, 222, 190),
    "sage": (154, 174, 146),
    "teal": (22, 132, 136),
    "turquoise": (56, 196, 190),
    "cyan": (56, 200, 224),
    "aqua": (96, 210, 220),
    "blue": (46, 108, 208),
    "azure": (64, 150, 230),
    "cobalt": (32, 76, 178),
    "navy": (28, 44, 92),
    "indigo": (66, 56, 154),
    "violet": (126, 82, 200),
    "purple": (124, 66, 172),
    "lavender": (184, 168, 226),
    "lilac": (200, 170, 222),
    "magenta": (214, 48, 140),
    "fuchsia": (226, 62, 160),
    "pink": (242, 142, 176),
    "rose": (226, 108, 136),
    "coral": (248, 122, 98),
    "peach": (250, 184, 148),
    "salmon": (246, 142, 122),
    "brown": (122, 80, 52),
    "chocolate": (92, 54, 36),
    "tan": (206, 172, 130),
    "beige": (228, 212, 184),
    "cream": (248, 238, 216),
    "ivory": (250, 244, 230),
    "bronze": (164, 112, 62),
    "copper": (190, 108, 66),
    "silver": (190, 196, 204),
    "gray": (132, 138, 146),
    "grey": (132, 138, 146),
    "charcoal": (58, 62, 70),
    "black": (32, 34, 40),
    "white": (246, 246, 244),
}


@dataclass(frozen=True, slots=True)
class Paint:
    """A fill: one colour, or a straight gradient to `end` along `angle_deg` (90 = downwards)."""

    start: Colour
    end: Colour | None = None
    angle_deg: float = 90.0
    alpha: float = 1.0


def mix(first: Colour, second: Colour, amount: float) -> Colour:
    """Return `first` at 0 and `second` at 1."""
    amount = min(max(amount, 0.0), 1.0)
    red, green, blue = (round(a + (b - a) * amount) for a, b in zip(first, second, strict=True))
    return red, green, blue


def light(colour: Colour, amount: float) -> Colour:
    """Return the colour nearer to a warm white."""
    return mix(colour, (255, 250, 240), amount)


def dark(colour: Colour, amount: float) -> Colour:
    """Return the colour nearer to a cool black."""
    return mix(colour, (14, 14, 34), amount)


def lit(colour: Colour, amount: float = 0.2, *, angle_deg: float = 65.0) -> Paint:
    """Return a fill that looks lit from the upper left."""
    return Paint(light(colour, amount), dark(colour, amount), angle_deg)


def shift(colour: Colour, *, hue: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """Return the colour with its hue turned (1 = full circle) and its saturation and value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))
    red, green, blue = colorsys.hsv_to_rgb((h + hue) % 1.0, min(s * saturation, 1.0), min(v * value, 1.0))
    return round(red * 255), round(green * 255), round(blue * 255)


def from_hue(hue: float, saturation: float, value: float) -> Colour:
    """Return a colour from hue, saturation and value, each 0 to 1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def recolour(colour: Colour, hue_of: Colour, amount: float = 0.8) -> Colour:
    """Return `colour` with the hue and saturation of `hue_of`, keeping its brightness."""
    h, s, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in hue_of))
    value = luminance(colour)
    target = from_hue(h, s * 0.9, 1.0)
    scale = value / max(luminance(target), 0.05)
    if scale <= 1.0:
        toned = mix(BLACK, target, scale)
    else:
        toned = mix(target, WHITE, min((value - luminance(target)) / max(1 - luminance(target), 0.05), 1.0))
    return mix(colour, toned, amount)


def luminance(colour: Colour) -> float:
    """Return how bright the colour looks, 0 to 1."""
    red, green, blue = colour
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
