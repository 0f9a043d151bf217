"""Finishing: style treatments, vignette, film grain and the SANDBOX label, laid over any picture."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from overdoor.providers.sandbox import paths, seeds, text
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.colours import WHITE, Paint
from overdoor.providers.sandbox.draw import Canvas, levels
from overdoor.providers.sandbox.scene import noise

LABEL = "SANDBOX"

_LABEL_MIN_PX = 96  # a smaller picture has no room for a label that can be read
_GRAIN_PX = 256


def styled(image: Image.Image, brief: Brief) -> Image.Image:
    """Return the picture in the styles the prompt names."""
    for style, treat in _TREATMENTS:
        if style in brief.styles:
            image = treat(image)
    return image


def treatment(style: str) -> Callable[[Image.Image], Image.Image]:
    """Return the treatment of one style.

    Raises:
        KeyError: The style has none.
    """
    return dict(_TREATMENTS)[style]


def vignette(image: Image.Image, *, strength: float = 0.3) -> Image.Image:
    """Return the picture with darker corners."""
    mask = _corners().point(levels(lambda level: level * strength)).resize(image.size, Image.Resampling.BILINEAR)
    image.paste((12, 10, 24), (0, 0, *image.size), mask)
    return image


def grain(image: Image.Image, *, amount: int = 2) -> Image.Image:
    """Return the picture with fine luminance grain, at most `amount` levels up or down; it hides banding."""
    tile = _grain_tile(amount)
    full = Image.new("L", image.size)
    for y in range(0, image.height, _GRAIN_PX):
        for x in range(0, image.width, _GRAIN_PX):
            full.paste(tile, (x, y))
    return ImageChops.add(image, Image.merge("RGB", (full, full, full)), 1.0, -amount)


def label(image: Image.Image) -> Image.Image:
    """Return the picture with a small label in the lower right corner, unless it is too small to read."""
    short = min(image.size)
    if short < _LABEL_MIN_PX:
        return image
    size_px = max(8, round(short * 0.0165))
    badge = _badge(size_px)
    margin = round(size_px * 1.1)
    corner = (image.width - badge.width - margin, image.height - badge.height - margin)
    if image.mode == "RGBA":
        image.alpha_composite(badge, corner)
    else:
        image.paste(badge, corner, badge)
    return image


@lru_cache(maxsize=16)
def _badge(size_px: int) -> Image.Image:
    width, height = round(size_px * 6.1), round(size_px * 2.1)
    box = (0, 0, width, height)
    pill, words = Canvas(Image.new("RGB", box[2:])), Canvas(Image.new("RGB", box[2:]))
    pill.fill([paths.box(0, 0, width, height, height / 2)], Paint(WHITE, alpha=0.5))
    setting = text.Setting(face="display", max_px=size_px)
    lines = text.fit(LABEL, width_px=width * 0.82, height_px=size_px * 1.3, setting=setting)
    text.draw(words, lines, box, colour=WHITE, setting=setting, alpha=0.92)
    letters = words.image.getchannel(0)
    badge = Image.new("RGB", box[2:], (18, 18, 28))
    badge.paste(WHITE, box, letters)
    badge.putalpha(ImageChops.lighter(pill.image.getchannel(0), letters))
    return badge


def _mono(image: Image.Image) -> Image.Image:
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=0.6)
    return ImageOps.colorize(grey, (10, 10, 14), (250, 248, 244), mid=(116, 114, 116))


def _vintage(image: Image.Image) -> Image.Image:
    faded = ImageEnhance.Color(image).enhance(0.62)
    faded = faded.point([*_curve(34, 238), *_curve(26, 226), *_curve(40, 196)])
    return vignette(faded, strength=0.5)


def _cinematic(image: Image.Image) -> Image.Image:
    graded = ImageEnhance.Contrast(image).enhance(1.1)
    teal = graded.point([*_curve(0, 255, 1.04), *_curve(8, 248), *_curve(20, 232)])
    return vignette(teal, strength=0.5)


def _pixel(image: Image.Image) -> Image.Image:
    cells = 96
    scale = cells / min(image.size)
    small = image.resize(
        (max(8, round(image.width * scale)), max(8, round(image.height * scale))), Image.Resampling.BOX
    )
    small = ImageEnhance.Color(ImageEnhance.Contrast(small).enhance(1.12)).enhance(1.15)
    small = small.quantize(28, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def _watercolor(image: Image.Image) -> Image.Image:
    source = seeds.noise_source("watercolor", *image.size)
    short = min(image.size)
    step = max(1, short // 340)
    small = image.resize((image.width // step, image.height // step), Image.Resampling.BOX)
    flat = (
        small.filter(ImageFilter.MedianFilter(7))
        .filter(ImageFilter.GaussianBlur(1.2))
        .resize(image.size, Image.Resampling.BICUBIC)
    )
    paper = noise(source, image.size, cells=(9, 9), octaves=5)
    fine = noise(source, image.size, cells=(90, 90), octaves=2)
    wash = Image.blend(flat, Image.new("RGB", image.size, (252, 248, 240)), 0.16)
    pools = Image.composite(wash, Image.blend(wash, Image.new("RGB", image.size, (253, 250, 244)), 0.36), paper)
    edges = ImageOps.invert(
        flat.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(max(1, short / 500)))
    )
    pools = ImageChops.multiply(
        pools, Image.merge("RGB", [edges.point(levels(lambda level: 150 + level * 105 // 255))] * 3)
    )
    texture = fine.point(levels(lambda level: 232 + level * 23 // 255))
    pools = ImageChops.multiply(pools, Image.merge("RGB", [texture] * 3))
    return _paper_border(pools, source)


def _paper_border(image: Image.Image, source: np.random.Generator) -> Image.Image:
    """Leave an uneven rim of bare paper, as a brush would."""
    y, x = np.mgrid[0.0:1.0:96j, 0.0:1.0:96j]
    ratio = image.width / image.height
    rim = np.minimum(np.minimum(x, 1 - x) * max(ratio, 1), np.minimum(y, 1 - y) * max(1 / ratio, 1))
    wobble = np.asarray(noise(source, (96, 96), cells=(6, 6), octaves=4), dtype=np.float64) / 255
    level = np.clip((rim - 0.018 - wobble * 0.05) * 70, 0, 1)
    mask = Image.fromarray((level * 255).astype(np.uint8), "L").resize(image.size, Image.Resampling.BICUBIC)
    return Image.composite(image, Image.new("RGB", image.size, (252, 249, 242)), mask)


def _lineart(image: Image.Image) -> Image.Image:
    return ImageOps.colorize(_edges(image), (250, 248, 243), (34, 36, 48))


def _blueprint(image: Image.Image) -> Image.Image:
    drawn = ImageOps.colorize(_edges(image), (22, 62, 128), (226, 240, 255))
    canvas = Canvas(drawn)
    step = min(image.size) / 24
    grid = [np.array([(x, 0), (x, image.height)]) for x in np.arange(0, image.width, step)]
    grid += [np.array([(0, y), (image.width, y)]) for y in np.arange(0, image.height, step)]
    canvas.stroke(grid, max(1.0, step / 40), Paint((190, 216, 255), alpha=0.16))
    return drawn


def _edges(image: Image.Image) -> Image.Image:
    """Return an ink drawing as "L": lines bright, with a little hatching in the shadows."""
    short = min(image.size)
    grey = image.convert("L").filter(ImageFilter.GaussianBlur(max(0.6, short / 1100)))
    blurred = grey.filter(ImageFilter.GaussianBlur(max(1.2, short / 420)))
    lines = ImageChops.difference(grey, blurred).point(levels(lambda level: min(255, max(0, level - 2) * 17)))
    step = max(3, short // 150)
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    hatch = Image.fromarray((((x + y) % step) < max(1, step // 4)).astype(np.uint8) * 255, "L")
    shade = ImageOps.autocontrast(grey).point(levels(lambda level: 90 if level < 70 else 0))
    return ImageChops.lighter(lines, ImageChops.multiply(hatch, shade))


def _neon(image: Image.Image) -> Image.Image:
    bright = ImageEnhance.Color(image).enhance(1.25)
    small = bright.resize((max(1, image.width // 8), max(1, image.height // 8)), Image.Resampling.BOX)
    halo = small.point(levels(lambda level: max(0, level - 120) * 2 / 3, bands=3)).filter(
        ImageFilter.GaussianBlur(min(image.size) / 240)
    )
    return ImageChops.screen(bright, halo.resize(image.size, Image.Resampling.BICUBIC))


def _flat(image: Image.Image) -> Image.Image:
    levels = [round(round(v / 17) * 17) for v in range(256)]
    return ImageEnhance.Color(image.point(levels * 3)).enhance(1.08)


def _curve(low: int, high: int, gamma: float = 1.0) -> list[int]:
    return [round(low + (high - low) * (v / 255) ** gamma) for v in range(256)]


@lru_cache(maxsize=1)
def _corners() -> Image.Image:
    y, x = np.mgrid[-1.0:1.0:96j, -1.0:1.0:96j]
    level = np.clip((np.sqrt(x * x + y * y) - 0.62) / 0.8, 0, 1) ** 1.6
    return Image.fromarray((level * 255).astype(np.uint8), "L")


@lru_cache(maxsize=4)
def _grain_tile(amount: int) -> Image.Image:
    source = seeds.noise_source("grain", amount)
    values = source.binomial(2 * amount, 0.5, size=(_GRAIN_PX, _GRAIN_PX)).astype(np.uint8)
    return Image.fromarray(values, "L")


_TREATMENTS = (
    ("watercolor", _watercolor),
    ("lineart", _lineart),
    ("blueprint", _blueprint),
    ("neon", _neon),
    ("flat", _flat),
    ("cinematic", _cinematic),
    ("vintage", _vintage),
    ("mono", _mono),
    ("pixel", _pixel),
)
