"""Background removal for flat backgrounds: flood from the border, soften the edge, and say when it cannot work."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from overdoor.providers.sandbox import encode
from overdoor.providers.sandbox.draw import levels
from overdoor.providers.sandbox.jobs import ImageJob
from overdoor.providers.sandbox.painted import Painted, covering

FLAT_SPREAD = 26.0  # border levels (0-255) may stray this far from their median and still count as flat

_FLOOD_PX = 640  # the flood runs on a copy this long; the edge is refined at full size
_NEAR, _FAR = 16.0, 44.0  # colour distance: fully background, fully subject

Colours = NDArray[np.float32]


def without_background(job: ImageJob) -> Painted:
    """Return the first input with its flat background transparent.

    Raises:
        ValueError: The job has no input.
    """
    if not job.inputs:
        raise ValueError("Background removal needs an input picture; the job has none.")
    source = encode.opened(job.inputs[0])
    if job.width_px > 0 and job.height_px > 0:
        source = covering(source, (job.width_px, job.height_px))
    return cut_out(source)


def cut_out(source: Image.Image) -> Painted:
    """Return the picture as RGBA, its border colour removed as far as it reaches in from the edges."""
    if source.mode == "RGBA" and source.getchannel("A").getextrema()[0] == 0:
        return Painted(source, ("kept existing transparency",), ())
    colour = source.convert("RGB")
    border = _border(colour)
    ground = np.median(border, axis=0).astype(np.float32)
    spread = float(np.percentile(np.abs(border - ground).max(axis=1), 90))
    alpha = _alpha(colour, ground)
    result = _decontaminated(colour, alpha, ground)
    result.putalpha(alpha)
    warnings: tuple[str, ...] = ()
    if spread > FLAT_SPREAD:
        warnings = (
            f"The border is not one flat colour (it varies by {spread:.0f} of 255 levels), so the cut-out is rough. "
            "The sandbox removes flat backgrounds only.",
        )
    return Painted(result, ("remove background",), warnings)


def _border(image: Image.Image) -> Colours:
    small = image.resize((min(image.width, 200), min(image.height, 200)), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32)
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _alpha(image: Image.Image, ground: Colours) -> Image.Image:
    """Subject = far from the ground colour, or not reachable from the border."""
    distance = _distance(image, ground)
    scale = min(1.0, _FLOOD_PX / max(image.size))
    small_size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    similar = distance.resize(small_size, Image.Resampling.BILINEAR).point(
        levels(lambda level: 255 if level < _FAR else 0)
    )
    framed = Image.new("L", (small_size[0] + 2, small_size[1] + 2), 255)
    framed.paste(similar, (1, 1))
    ImageDraw.floodfill(framed, (0, 0), 128)
    outside = framed.crop((1, 1, small_size[0] + 1, small_size[1] + 1)).point(
        levels(lambda level: 255 if level == 128 else 0)
    )
    outside = outside.filter(ImageFilter.MaxFilter(3)).resize(image.size, Image.Resampling.BILINEAR)
    solid = distance.point(levels(lambda level: min(255.0, max(0.0, (level - _NEAR) / (_FAR - _NEAR) * 255))))
    soft = solid.filter(ImageFilter.GaussianBlur(0.7))
    return ImageChops.lighter(ImageChops.invert(outside), soft)


def _distance(image: Image.Image, ground: Colours) -> Image.Image:
    red, green, blue = (int(c) for c in ground)
    difference = ImageChops.difference(image, Image.new("RGB", image.size, (red, green, blue)))
    r, g, b = difference.split()
    return ImageChops.lighter(ImageChops.lighter(r, g), b)


def _decontaminated(image: Image.Image, alpha: Image.Image, ground: Colours) -> Image.Image:
    """Take the background's colour out of half-transparent edges."""
    share = np.asarray(alpha, dtype=np.float32)[..., None] / 255
    pixels = np.asarray(image, dtype=np.float32)
    edge = (share > 0.02) & (share < 0.98)
    clean = np.where(edge, (pixels - ground * (1 - share)) / np.maximum(share, 0.02), pixels)
    clean = np.where(share <= 0.02, 0.0, clean)
    return Image.fromarray(np.clip(clean, 0, 255).astype(np.uint8), "RGB")
