# ruff: noqa: E501 - one mood per row group
"""A palette is the light and the colours of one picture: chosen by mood, bent by named colours, style and seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.colours import Colour, luminance, mix, recolour, shift
from overdoor.providers.sandbox.pen import Ambience


@dataclass(frozen=True, slots=True)
class Palette:
    """sky: top, middle, horizon. far and near: the ends of aerial perspective. dark: it is night or nearly."""

    sky: tuple[Colour, Colour, Colour]
    sun: Colour
    glow: Colour
    cloud: Colour
    far: Colour
    near: Colour
    ground: Colour
    foliage: Colour
    water: Colour
    accent: Colour
    window: Colour
    ambience: Ambience
    dark: bool = False
    sun_height: float = 0.62  # 0 at the horizon, 1 at the top


def choose(brief: Brief, rng: Random) -> Palette:
    """Return the palette of this brief; the seed picks among variants and turns hues a little."""
    variants = _MOODS[_mood_of(brief)]
    palette = variants[rng.randrange(len(variants))]
    palette = _turned(palette, rng.uniform(-0.018, 0.018))
    if "autumn" in brief.spoken or brief.mood == "autumn":
        palette = replace(palette, foliage=(206, 112, 44), ground=mix(palette.ground, (150, 104, 52), 0.6))
    if "snowfall" in brief.celestial and brief.mood != "snow":
        snow = mix((236, 242, 250), palette.sky[1], 0.25 if not palette.dark else 0.5)
        palette = replace(palette, ground=snow, foliage=mix(palette.foliage, snow, 0.35))
    if "mars" in brief.spoken:
        palette = replace(_MOODS["sunset"][0], ground=(176, 84, 52), near=(96, 40, 34), far=(222, 150, 116))
    palette = _styled(palette, brief)
    return _obeying(palette, brief)


def _mood_of(brief: Brief) -> str:
    """Polar lights need a night, whatever else is said; autumn light is golden."""
    if "aurora" in brief.celestial:
        return "night"
    if brief.mood == "autumn":
        return "golden"
    return brief.mood or "day"


def _turned(palette: Palette, hue: float) -> Palette:
    top, middle, low = (shift(colour, hue=hue) for colour in palette.sky)
    return replace(
        palette,
        sky=(top, middle, low),
        far=shift(palette.far, hue=hue),
        near=shift(palette.near, hue=hue),
        foliage=shift(palette.foliage, hue=hue * 1.5),
        accent=shift(palette.accent, hue=hue * 6),
    )


def _styled(palette: Palette, brief: Brief) -> Palette:
    if "pastel" in brief.styles:
        return _mapped(palette, lambda colour: mix(shift(colour, saturation=0.75), (255, 246, 244), 0.45))
    if "cinematic" in brief.styles and not palette.dark:
        return _mapped(palette, lambda colour: shift(colour, saturation=1.08, value=0.88))
    if "minimal" in brief.styles:
        return _mapped(palette, lambda colour: mix(shift(colour, saturation=0.8), (250, 246, 240), 0.18))
    return palette


def _mapped(palette: Palette, change: Callable[[Colour], Colour]) -> Palette:
    top, middle, low = (change(colour) for colour in palette.sky)
    return replace(
        palette,
        sky=(top, middle, low),
        sun=change(palette.sun),
        cloud=change(palette.cloud),
        far=change(palette.far),
        near=change(palette.near),
        ground=change(palette.ground),
        foliage=change(palette.foliage),
        water=change(palette.water),
        accent=change(palette.accent),
    )


def _obeying(palette: Palette, brief: Brief) -> Palette:
    tints = brief.tints
    if sky := tints.get("sky") or tints.get("background"):
        top, middle, low = palette.sky
        palette = replace(palette, sky=(recolour(top, sky, 0.9), recolour(middle, sky, 0.85), recolour(low, sky, 0.5)))
        if brief.mood is None and luminance(sky) < 0.22:
            palette = replace(palette, sky=(sky, mix(sky, (255, 255, 255), 0.08), mix(sky, (255, 255, 255), 0.2)))
    for name in ("mountains", "hills", "canyon", "city"):
        if name in tints:
            palette = replace(palette, far=recolour(palette.far, tints[name]), near=recolour(palette.near, tints[name]),
                              ground=recolour(palette.ground, tints[name]), foliage=recolour(palette.foliage, tints[name]))  # fmt: skip
    for name in ("ground", "desert", "garden", "forest"):
        if name in tints:
            palette = replace(palette, ground=recolour(palette.ground, tints[name]), foliage=recolour(palette.foliage, tints[name]))  # fmt: skip
    for name in ("sea", "lake", "river", "underwater", "beach"):
        if name in tints:
            palette = replace(palette, water=recolour(palette.water, tints[name], 0.9))
    if "sun" in tints or "light" in tints:
        glow = tints.get("light") or tints["sun"]
        palette = replace(palette, glow=mix(palette.glow, glow, 0.8), sun=mix(palette.sun, tints.get("sun", glow), 0.7))
    if "cloud" in tints:
        palette = replace(palette, cloud=tints["cloud"])
    free = [colour for colour in brief.colours if colour not in tints.values()]
    if free:
        palette = replace(palette, accent=free[0])
        if not tints:
            hue = free[0]
            palette = _mapped(palette, lambda colour: recolour(colour, hue, 0.38))
            palette = replace(palette, accent=free[0])
    return palette


def _palette(sky: tuple[Colour, Colour, Colour], **rest: Colour | Ambience | bool | float) -> Palette:
    base = Palette(
        sky=sky, sun=(255, 246, 214), glow=(255, 226, 170), cloud=(255, 255, 255), far=(150, 184, 214),
        near=(38, 84, 86), ground=(112, 156, 84), foliage=(62, 124, 74), water=(52, 132, 176), accent=(236, 96, 72),
        window=(255, 214, 130), ambience=Ambience(),
    )  # fmt: skip
    return replace(base, **rest)  # pyright: ignore[reportArgumentType]


_DAY = (
    _palette(((58, 134, 206), (134, 194, 232), (226, 240, 240))),
    _palette(((66, 150, 204), (150, 210, 226), (250, 240, 214)), far=(158, 192, 206), near=(46, 92, 78)),
    _palette(((84, 142, 218), (164, 200, 240), (244, 236, 228)), ground=(132, 168, 88), accent=(244, 148, 66)),
)
_SUNSET = (
    _palette(((58, 50, 110), (216, 92, 104), (255, 190, 112)), sun=(255, 240, 190), glow=(255, 160, 90),
             cloud=(250, 142, 120), far=(196, 110, 124), near=(44, 26, 62), ground=(104, 60, 78), foliage=(66, 46, 70),
             water=(112, 66, 120), ambience=Ambience((255, 190, 160), 0.55), sun_height=0.14, window=(255, 208, 120)),
    _palette(((32, 58, 112), (206, 110, 142), (255, 206, 140)), sun=(255, 244, 206), glow=(255, 176, 110),
             cloud=(255, 168, 146), far=(150, 112, 152), near=(30, 32, 66), ground=(84, 68, 92), foliage=(48, 54, 78),
             water=(86, 84, 142), ambience=Ambience((250, 190, 176), 0.55), sun_height=0.12, window=(255, 208, 120)),
    _palette(((122, 44, 84), (236, 104, 70), (255, 208, 110)), sun=(255, 246, 200), glow=(255, 150, 70),
             cloud=(255, 160, 104), far=(206, 106, 82), near=(58, 22, 44), ground=(122, 62, 56), foliage=(78, 44, 50),
             water=(136, 66, 84), ambience=Ambience((255, 186, 140), 0.55), sun_height=0.16, window=(255, 208, 120)),
)  # fmt: skip
_DAWN = (
    _palette(((120, 146, 206), (238, 184, 196), (255, 232, 200)), sun=(255, 248, 222), glow=(255, 206, 170),
             cloud=(255, 220, 214), far=(178, 166, 200), near=(64, 72, 112), ground=(134, 140, 124),
             foliage=(82, 108, 104), water=(140, 152, 196), ambience=Ambience((255, 224, 214), 0.45), sun_height=0.2),
    _palette(((96, 160, 196), (246, 206, 184), (255, 240, 206)), sun=(255, 250, 226), glow=(255, 214, 160),
             cloud=(255, 230, 210), far=(164, 184, 196), near=(52, 84, 100), ground=(144, 152, 112),
             foliage=(84, 120, 96), water=(130, 176, 190), ambience=Ambience((255, 230, 210), 0.4), sun_height=0.22),
)  # fmt: skip
_GOLDEN = (
    _palette(((110, 150, 190), (246, 204, 140), (255, 234, 180)), sun=(255, 248, 214), glow=(255, 200, 110),
             cloud=(255, 226, 176), far=(204, 172, 132), near=(86, 68, 50), ground=(190, 146, 74), foliage=(122, 112, 52),
             water=(150, 146, 122), ambience=Ambience((255, 222, 172), 0.5), sun_height=0.26),
)  # fmt: skip
_NIGHT = (
    _palette(((8, 12, 34), (20, 34, 76), (52, 74, 122)), sun=(242, 240, 224), glow=(150, 176, 230), cloud=(70, 88, 136),
             far=(54, 74, 122), near=(8, 14, 34), ground=(26, 38, 62), foliage=(18, 36, 50), water=(20, 38, 78),
             ambience=Ambience((104, 124, 186), 0.72), dark=True, sun_height=0.68, accent=(255, 176, 84)),
    _palette(((12, 10, 38), (38, 30, 84), (92, 72, 132)), sun=(248, 240, 222), glow=(176, 160, 236), cloud=(88, 76, 136),
             far=(78, 66, 128), near=(14, 12, 36), ground=(36, 34, 66), foliage=(26, 32, 58), water=(34, 36, 88),
             ambience=Ambience((122, 116, 190), 0.72), dark=True, sun_height=0.66, accent=(255, 150, 110)),
    _palette(((4, 18, 36), (10, 48, 76), (46, 102, 120)), sun=(240, 244, 230), glow=(140, 206, 220), cloud=(56, 104, 124),
             far=(42, 92, 112), near=(4, 18, 30), ground=(18, 48, 58), foliage=(12, 42, 46), water=(12, 54, 82),
             ambience=Ambience((96, 140, 176), 0.72), dark=True, sun_height=0.68, accent=(255, 190, 96)),
)  # fmt: skip
_TWILIGHT = (
    _palette(((18, 30, 76), (70, 84, 150), (214, 158, 170)), sun=(250, 236, 226), glow=(214, 170, 206), cloud=(132, 120, 170),
             far=(106, 104, 158), near=(18, 22, 52), ground=(48, 54, 88), foliage=(34, 46, 72), water=(54, 72, 130),
             ambience=Ambience((160, 156, 210), 0.6), dark=True, sun_height=0.5, accent=(255, 172, 100)),
)  # fmt: skip
_STORM = (
    _palette(((38, 46, 58), (84, 98, 112), (150, 160, 160)), sun=(220, 226, 226), glow=(190, 204, 214), cloud=(66, 74, 86),
             far=(112, 126, 134), near=(28, 36, 44), ground=(70, 84, 76), foliage=(42, 62, 58), water=(56, 78, 92),
             ambience=Ambience((176, 192, 206), 0.55), sun_height=0.6, accent=(240, 176, 72)),
    _palette(((30, 40, 62), (66, 88, 110), (168, 170, 150)), sun=(226, 226, 210), glow=(206, 204, 180), cloud=(58, 68, 88),
             far=(102, 120, 128), near=(22, 32, 46), ground=(66, 80, 70), foliage=(36, 58, 56), water=(48, 76, 98),
             ambience=Ambience((176, 192, 206), 0.55), sun_height=0.6, accent=(240, 176, 72)),
)  # fmt: skip
_SNOW = (
    _palette(((134, 168, 204), (194, 214, 232), (240, 240, 240)), sun=(255, 250, 236), glow=(255, 240, 220),
             cloud=(250, 252, 255), far=(186, 204, 224), near=(70, 98, 128), ground=(238, 243, 250), foliage=(92, 126, 134),
             water=(140, 176, 206), ambience=Ambience((226, 236, 255), 0.4), sun_height=0.36),
    _palette(((162, 176, 210), (226, 214, 226), (255, 238, 226)), sun=(255, 250, 236), glow=(255, 226, 206),
             cloud=(255, 246, 246), far=(200, 200, 222), near=(86, 96, 136), ground=(244, 240, 248), foliage=(96, 118, 138),
             water=(160, 176, 210), ambience=Ambience((236, 230, 250), 0.4), sun_height=0.3),
)  # fmt: skip
_MIST = (
    _palette(((150, 170, 180), (192, 206, 208), (230, 232, 226)), sun=(255, 252, 240), glow=(255, 246, 226),
             cloud=(238, 242, 242), far=(190, 204, 206), near=(58, 82, 86), ground=(136, 152, 132), foliage=(84, 112, 100),
             water=(140, 164, 172), ambience=Ambience((224, 230, 230), 0.5), sun_height=0.4),
)  # fmt: skip
_NEON = (
    _palette(((14, 6, 40), (70, 18, 110), (238, 62, 150)), sun=(255, 210, 120), glow=(255, 70, 170), cloud=(110, 40, 140),
             far=(96, 40, 140), near=(14, 8, 38), ground=(30, 16, 62), foliage=(24, 30, 74), water=(40, 26, 100),
             ambience=Ambience((186, 120, 220), 0.6), dark=True, sun_height=0.2, accent=(40, 226, 240), window=(90, 240, 255)),
    _palette(((6, 10, 36), (22, 40, 104), (60, 180, 210)), sun=(255, 120, 190), glow=(70, 210, 255), cloud=(34, 60, 130),
             far=(36, 66, 136), near=(8, 12, 36), ground=(16, 26, 62), foliage=(14, 44, 74), water=(16, 50, 110),
             ambience=Ambience((130, 150, 230), 0.6), dark=True, sun_height=0.24, accent=(255, 62, 160), window=(255, 110, 200)),
)  # fmt: skip

_MOODS: dict[str, tuple[Palette, ...]] = {
    "day": _DAY,
    "sunset": _SUNSET,
    "dawn": _DAWN,
    "golden": _GOLDEN,
    "night": _NIGHT,
    "twilight": _TWILIGHT,
    "storm": _STORM,
    "snow": _SNOW,
    "mist": _MIST,
    "neon": _NEON,
}
