"""A picture's facts and its two likenesses, from one pass over its pixels; only in a worker process.

The blurhash follows https://github.com/woltapp/blurhash/blob/master/Algorithm.md: a cosine transform in linear light,
written with 83 digits.
"""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from overdoor.media.fit import encode, on_white, with_plain_pixels
from overdoor.media.probe import PILLOW_FORMATS, SNIFF_BYTES, MediaFacts, image_facts, pillow, probe, sniff_mime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

PREVIEW_LONG_SIDE_PX = 640
PREVIEW_NEEDED_ABOVE_BYTES = 100_000  # a file that is as quick to load needs none
_PREVIEW_QUALITY = 75
_BLUR_SIDE_PX = 32  # more pixels tell the few cosines nothing
_BLUR_COLUMNS, _BLUR_ROWS = 4, 3
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


@dataclass(frozen=True, slots=True)
class Preview:
    """A small WebP of a picture."""

    data: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a file once it was looked at.

    blurhash: of a picture. preview: of a picture whose file is larger than one.
    """

    facts: MediaFacts
    blurhash: str | None = None
    preview: Preview | None = None


def look(data_or_path: bytes | Path) -> Look:
    """Facts, and for a picture its blurhash and preview; it is decoded once.

    Raises:
        UnreadableMedia
    """
    head = data_or_path[:SNIFF_BYTES] if isinstance(data_or_path, bytes) else _head(data_or_path)
    mime = sniff_mime(head)
    if mime not in PILLOW_FORMATS:
        return Look(probe(data_or_path))
    size_bytes = len(data_or_path) if isinstance(data_or_path, bytes) else data_or_path.stat().st_size
    with (
        io.BytesIO(data_or_path) if isinstance(data_or_path, bytes) else data_or_path.open("rb") as file,
        pillow(file, mime) as image,
    ):
        facts = image_facts(image, mime)
        small = _small(image)
        preview = _preview(small) if size_bytes > PREVIEW_NEEDED_ABOVE_BYTES else None
        return Look(facts, blurhash(small), preview)


def blurhash(image: "Image.Image") -> str:
    """28 characters from which a client paints a blurred likeness before the picture has come."""
    import numpy as np  # noqa: PLC0415 - only worker processes load it
    from PIL import Image  # noqa: PLC0415

    opaque = on_white(image) if image.mode == "RGBA" else image
    tiny = opaque.resize((_BLUR_SIDE_PX, _BLUR_SIDE_PX), Image.Resampling.BOX)
    pixels = np.asarray(tiny, dtype=np.float64) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    across, down = _cosines(_BLUR_COLUMNS), _cosines(_BLUR_ROWS)
    factors = np.einsum("yxc,iy,jx->ijc", linear, down, across) / _BLUR_SIDE_PX**2
    factors[1:] *= 2
    factors[0, 1:] *= 2
    return _written(factors.reshape(-1, 3).tolist())


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFF_BYTES)


def _small(image: "Image.Image") -> "Image.Image":
    """The picture upright, in plain pixels, at most as large as a preview."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    plain = with_plain_pixels(image)
    scale = PREVIEW_LONG_SIDE_PX / max(plain.size)
    if scale < 1:
        size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
        plain = plain.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    return ImageOps.exif_transpose(plain)


def _preview(small: "Image.Image") -> Preview:
    data = encode(small, output_format="webp", quality=_PREVIEW_QUALITY)
    return Preview(data, small.width, small.height)


def _cosines(count: int) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415

    places = np.arange(_BLUR_SIDE_PX)
    return np.cos(np.pi * np.arange(count)[:, None] * places[None, :] / _BLUR_SIDE_PX)


def _written(factors: list[list[float]]) -> str:
    average, waves = factors[0], factors[1:]
    largest = max(abs(value) for wave in waves for value in wave)
    scale = max(0, min(82, math.floor(largest * 166 - 0.5)))
    steps = (scale + 1) / 166
    text = _digits((_BLUR_COLUMNS - 1) + (_BLUR_ROWS - 1) * 9, 1) + _digits(scale, 1)
    red, green, blue = (_srgb(value) for value in average)
    text += _digits(red << 16 | green << 8 | blue, 4)
    for wave in waves:
        number = 0
        for value in wave:
            share = value / steps
            root = math.copysign(math.sqrt(abs(share)), share)
            number = number * 19 + max(0, min(18, math.floor(root * 9 + 9.5)))
        text += _digits(number, 2)
    return text


def _srgb(linear: float) -> int:
    value = max(0.0, min(1.0, linear))
    return round((value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055) * 255)


def _digits(number: int, length: int) -> str:
    return "".join(_DIGITS[number // 83**place % 83] for place in reversed(range(length)))
