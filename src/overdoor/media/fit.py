"""A picture brought to an exact size and format, in a worker process."""

import io
from typing import TYPE_CHECKING

from overdoor.media.probe import load_image

if TYPE_CHECKING:
    from PIL import Image

_PILLOW_FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
_QUALITY_UNASKED = 95


def fit_image(
    data: bytes, width_px: int, height_px: int, output_format: str, output_compression: int | None = None
) -> bytes:
    """The picture at exactly width_px x height_px: scaled (Lanczos) to cover, cropped evenly, written anew.

    Alpha is kept by png and webp and laid on white by jpeg. Metadata is dropped; the rotation it asks for is applied.

    output_format: "png", "jpeg" or "webp".
    output_compression: 0-100, the encoder's quality for jpeg and webp; png ignores it.

    Raises:
        UnreadableMedia
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - only worker processes load the decoder

    image = with_plain_pixels(load_image(data))
    if image.size != (width_px, height_px):
        image = ImageOps.fit(image, (width_px, height_px), method=Image.Resampling.LANCZOS)
    return encode(image, output_format=output_format, quality=output_compression)


def with_plain_pixels(image: "Image.Image") -> "Image.Image":
    """The same picture as RGB, or RGBA where anything may be transparent; 8 bits a channel."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    if image.mode in ("RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.mode == "I;16":  # Pillow's own conversion clips at 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def encode(image: "Image.Image", *, output_format: str, quality: int | None) -> bytes:
    """The picture as a file without metadata."""
    if output_format not in _PILLOW_FORMATS:
        raise ValueError(f"{output_format!r} is no output format")
    if output_format == "jpeg" and image.mode == "RGBA":
        image = on_white(image)
    file = io.BytesIO()
    if output_format == "png":
        image.save(file, "PNG")
    else:
        image.save(file, _PILLOW_FORMATS[output_format], quality=_QUALITY_UNASKED if quality is None else quality)
    return file.getvalue()


def on_white(image: "Image.Image") -> "Image.Image":
    """An RGBA picture as RGB, its transparent parts white."""
    from PIL import Image  # noqa: PLC0415

    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
