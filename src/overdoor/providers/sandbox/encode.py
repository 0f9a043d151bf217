"""Bytes in and out: foreign pictures opened with care, our own written the same way every time."""

from io import BytesIO

from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from overdoor.providers.sandbox.jobs import OutputFormat, Picture

INPUT_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
SOFTWARE = "Overdoor sandbox; synthetic"
MIMES: dict[OutputFormat, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

_PNG_LEVEL = 2  # fixed: the same bytes every time, and grain does not compress better at higher ones


def opened(content: Picture) -> Image.Image:
    """Return the first frame of an encoded picture, upright, as RGB or RGBA.

    Raises:
        PIL.UnidentifiedImageError: The bytes are none of INPUT_FORMATS.
    """
    with Image.open(BytesIO(content) if isinstance(content, bytes) else content, formats=INPUT_FORMATS) as source:
        upright = ImageOps.exif_transpose(source)
        has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
        return upright.convert("RGBA" if has_alpha else "RGB")


def encoded(image: Image.Image, output_format: OutputFormat, *, compression: int = 100) -> bytes:
    """Return the picture's bytes; alpha is kept by png and webp and flattened onto white for jpeg.

    Args:
        image: RGB or RGBA.
        output_format: The container.
        compression: Quality of jpeg and webp, 0-100.
    """
    out = BytesIO()
    quality = min(max(compression, 1), 95)
    match output_format:
        case "png":
            notes = PngInfo()
            notes.add_text("Software", SOFTWARE)
            image.save(out, "PNG", compress_level=_PNG_LEVEL, pnginfo=notes)
        case "jpeg":
            flattened(image).save(out, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2, comment=SOFTWARE)
        case "webp":
            image.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def flattened(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, on white where it was transparent."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, mask=image.getchannel("A"))
    return ground
