"""A canvas that fills anti-aliased outlines with gradients, light and shadow, clipped where asked."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from overdoor.providers.sandbox.colours import Colour, Paint
from overdoor.providers.sandbox.paths import Points

_SUPERSAMPLED_PX = 5_200_000  # above this many pixels a shape is drawn without 2x supersampling
_FINE_PX = 60_000  # below this many, with 4x

Box = tuple[int, int, int, int]


class Canvas:
    """An RGB picture in the making; coordinates are pixels, floats welcome."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self._clip: tuple[Box, Image.Image] | None = None

    @property
    def width(self) -> int:
        """Width in px."""
        return self.image.width

    @property
    def height(self) -> int:
        """Height in px."""
        return self.image.height

    def fill(self, outlines: Sequence[Points], paint: Paint | Colour, *, blur_px: float = 0.0) -> None:
        """Fill closed outlines with one paint; overlapping outlines unite."""
        if not outlines:
            return
        box = self._bounds(outlines, margin_px=blur_px * 2.5 + 1)
        if box is None:
            return
        mask = _polygons(outlines, box)
        if blur_px >= 0.5:
            mask = _blurred(mask, blur_px)
        self._lay(mask, box, _as_paint(paint))

    def stroke(self, lines: Sequence[Points], width_px: float, paint: Paint | Colour, *, blur_px: float = 0.0) -> None:
        """Draw open lines with round ends."""
        box = self._bounds(lines, margin_px=width_px + blur_px * 2.5 + 1)
        if box is None:
            return
        mask = _lines(lines, box, width_px)
        if blur_px >= 0.5:
            mask = _blurred(mask, blur_px)
        self._lay(mask, box, _as_paint(paint))

    def soft(self, cx: float, cy: float, rx: float, ry: float, paint: Colour, alpha: float) -> None:  # noqa: PLR0917 - x, y, size: how drawing reads
        """Lay a soft-edged ellipse: a shadow, a cheek, a patch of mist."""
        box = self._visible(cx - rx, cy - ry, cx + rx, cy + ry)
        if box is None:
            return
        self._lay(_falloff(box, (cx, cy, rx, ry), strength=alpha), box, Paint(paint))

    def glow(self, cx: float, cy: float, radius_px: float, colour: Colour, alpha: float) -> None:
        """Add light around a point; it never darkens."""
        box = self._visible(cx - radius_px, cy - radius_px, cx + radius_px, cy + radius_px)
        if box is None:
            return
        self.add_light(_falloff(box, (cx, cy, radius_px, radius_px), strength=alpha), box, colour)

    def add_light(self, mask: Image.Image, box: Box, colour: Colour) -> None:
        """Screen `colour` onto the box, as strongly as the "L" mask says."""
        if self._clip is not None:
            mask = self._clipped(mask, box)
        bands = self.image.crop(box).split()
        for band, level in zip(bands, colour, strict=True):  # pasting white through mask * colour is the screen formula
            band.paste(255, (0, 0, *band.size), mask if level == 255 else mask.point(_scaled(level)))
        self.image.paste(Image.merge("RGB", bands), box[:2])

    def lay(self, mask: Image.Image, paint: Paint | Colour) -> None:
        """Lay a paint through a mask of the whole canvas."""
        self._lay(mask, (0, 0, self.width, self.height), _as_paint(paint))

    def haze(self, top: float, bottom: float, colour: Colour, *, start: float, end: float) -> None:
        """Lay mist over a band; its alpha runs from `start` at the top to `end` at the bottom."""
        box = self._visible(0, top, self.width, bottom)
        if box is None:
            return
        span = max(bottom - top, 1.0)
        alphas = [start + (end - start) * min(max((y - top) / span, 0.0), 1.0) for y in range(box[1], box[3])]
        mask = Image.frombytes("L", (1, len(alphas)), bytes(round(a * 255) for a in alphas))
        self._lay(widened(mask, box[2] - box[0]), box, Paint(colour))

    @contextmanager
    def clip(self, outlines: Sequence[Points]) -> Generator[None]:
        """Keep everything drawn inside the `with` block within the outlines."""
        box = self._bounds(outlines, margin_px=1)
        outer = self._clip
        if box is None:
            box = (0, 0, 1, 1)
            mask = Image.new("L", (1, 1))
        else:
            mask = _polygons(outlines, box)
        if outer is not None:
            mask = self._clipped(mask, box)
        self._clip = (box, mask)
        try:
            yield
        finally:
            self._clip = outer

    def _lay(self, mask: Image.Image, box: Box, paint: Paint) -> None:
        if paint.alpha < 1.0:
            mask = mask.point(levels(lambda level: level * paint.alpha))
        if self._clip is not None:
            mask = self._clipped(mask, box)
        if paint.end is None:
            self.image.paste(paint.start, box, mask)
        else:
            self.image.paste(gradient((box[2] - box[0], box[3] - box[1]), paint), box, mask)

    def _clipped(self, mask: Image.Image, box: Box) -> Image.Image:
        assert self._clip is not None
        clip_box, clip_mask = self._clip
        offset = (box[0] - clip_box[0], box[1] - clip_box[1])
        window = clip_mask.crop((*offset, offset[0] + mask.width, offset[1] + mask.height))
        return ImageChops.multiply(mask, window)

    def _bounds(self, outlines: Sequence[Points], *, margin_px: float) -> Box | None:
        low = np.min([outline.min(axis=0) for outline in outlines], axis=0) - margin_px
        high = np.max([outline.max(axis=0) for outline in outlines], axis=0) + margin_px
        return self._visible(float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def _visible(self, left: float, top: float, right: float, bottom: float) -> Box | None:
        if self._clip is not None:
            box = self._clip[0]
            left, top = max(left, box[0]), max(top, box[1])
            right, bottom = min(right, box[2]), min(bottom, box[3])
        x0, y0 = max(int(left), 0), max(int(top), 0)
        x1, y1 = min(int(right) + 1, self.width), min(int(bottom) + 1, self.height)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def levels(rule: Callable[[int], float], *, bands: int = 1) -> list[int]:
    """Return the lookup table of a rule from level to level, clamped to 0-255, for `Image.point`."""
    return [min(255, max(0, round(rule(level)))) for level in range(256)] * bands


def gradient(size: tuple[int, int], paint: Paint) -> Image.Image:
    """Return a picture that runs from `paint.start` to `paint.end`."""
    end = paint.end or paint.start
    vertical = abs(paint.angle_deg - 90.0) < 1.0
    columns, rows = (1, 96) if vertical else (24, 24)
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns - 0.5, (np.arange(rows) + 0.5) / rows - 0.5)
    angle = np.radians(paint.angle_deg)
    along = x * np.cos(angle) + y * np.sin(angle)
    reach = (abs(np.cos(angle)) + abs(np.sin(angle))) / 2
    amount = np.clip(along / (2 * reach) + 0.5, 0.0, 1.0)[..., None] if not vertical else (y + 0.5)[..., None]
    pixels = np.array(paint.start) * (1 - amount) + np.array(end) * amount
    small = Image.fromarray(np.rint(pixels).astype(np.uint8), "RGB")
    if vertical:
        return widened(small.resize((1, size[1]), Image.Resampling.BILINEAR), size[0])
    return small.resize(size, Image.Resampling.BILINEAR)


def widened(column: Image.Image, width_px: int) -> Image.Image:
    """Return a picture one pixel wide, repeated to the right; much cheaper than scaling both ways."""
    return column.resize((width_px, column.height), Image.Resampling.NEAREST)


def _as_paint(paint: Paint | Colour) -> Paint:
    return paint if isinstance(paint, Paint) else Paint(paint)


def _samples(box: Box) -> int:
    area = (box[2] - box[0]) * (box[3] - box[1])
    if area < _FINE_PX:
        return 4
    return 2 if area <= _SUPERSAMPLED_PX else 1


def _polygons(outlines: Sequence[Points], box: Box) -> Image.Image:
    samples = _samples(box)
    mask = Image.new("L", ((box[2] - box[0]) * samples, (box[3] - box[1]) * samples))
    pen = ImageDraw.Draw(mask)
    origin = np.array(box[:2])
    for outline in outlines:
        points = (outline - origin) * samples - 0.5
        pen.polygon(points.ravel().tolist(), fill=255)
    return _reduced(mask, samples)


def _lines(lines: Sequence[Points], box: Box, width_px: float) -> Image.Image:
    samples = _samples(box)
    mask = Image.new("L", ((box[2] - box[0]) * samples, (box[3] - box[1]) * samples))
    pen = ImageDraw.Draw(mask)
    origin = np.array(box[:2])
    width = max(1, round(width_px * samples))
    radius = width / 2 - 0.5
    for line in lines:
        points = (line - origin) * samples - 0.5
        pen.line(points.ravel().tolist(), fill=255, width=width, joint="curve" if width > 2 else None)
        if radius >= 1:
            for x, y in (points[0], points[-1]):
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    faint = min(width_px * samples, 1.0)
    mask = _reduced(mask, samples)
    return mask if faint >= 1.0 else mask.point(levels(lambda level: level * faint))


def _reduced(mask: Image.Image, samples: int) -> Image.Image:
    return mask.reduce(samples) if samples > 1 else mask


def _blurred(mask: Image.Image, blur_px: float) -> Image.Image:
    shrink = max(1, int(blur_px / 3))
    if shrink == 1:
        return mask.filter(ImageFilter.GaussianBlur(blur_px))
    small = mask.resize((max(1, mask.width // shrink), max(1, mask.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(blur_px / shrink)).resize(mask.size, Image.Resampling.BICUBIC)


@lru_cache(maxsize=256)
def _scaled(level: int) -> list[int]:
    return [value * level // 255 for value in range(256)]


@lru_cache(maxsize=64)
def _disc(strength: float) -> Image.Image:
    y, x = np.mgrid[-1.0:1.0:129j, -1.0:1.0:129j]
    distance = np.clip(np.sqrt(x * x + y * y), 0.0, 1.0)
    level = (1 - distance) ** 2 * (1 + 2 * distance)  # smoothstep: flat in the middle and at the rim
    return Image.fromarray(np.rint(level * 255 * min(max(strength, 0.0), 1.0)).astype(np.uint8), "L")


def _falloff(box: Box, ellipse: tuple[float, float, float, float], *, strength: float) -> Image.Image:
    cx, cy, rx, ry = ellipse
    disc = _disc(round(strength, 3))
    scale_x, scale_y = disc.width / (2 * rx), disc.height / (2 * ry)
    source = (
        max((box[0] - cx + rx) * scale_x, 0.0),
        max((box[1] - cy + ry) * scale_y, 0.0),
        min((box[2] - cx + rx) * scale_x, float(disc.width)),
        min((box[3] - cy + ry) * scale_y, float(disc.height)),
    )
    size = (box[2] - box[0], box[3] - box[1])
    if source[2] <= source[0] or source[3] <= source[1]:
        return Image.new("L", size)
    return disc.resize(size, Image.Resampling.BILINEAR, box=source)
