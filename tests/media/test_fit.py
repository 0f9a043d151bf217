"""Pictures brought to an exact size (reference/media.md)."""

import io

import pytest
from PIL import Image
from samples import bomb_png, encoded, gradient, picture

from overdoor.media.fit import fit_image
from overdoor.media.probe import UnreadableMedia, probe


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("size", [(100, 100), (33, 77), (64, 48), (640, 480)])
def test_the_result_has_exactly_the_asked_size_and_format(output_format: str, size: tuple[int, int]) -> None:
    """Promise: the asked size, to the pixel, larger or smaller."""
    fitted = probe(fit_image(encoded(gradient(64, 48), "PNG"), *size, output_format, 80))

    assert (fitted.mime, fitted.width_px, fitted.height_px) == (f"image/{output_format}", *size)


def test_what_does_not_fit_is_cut_evenly_from_both_sides() -> None:
    """Promise: cover and crop; nothing is stretched or padded."""
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste((0, 255, 0), (100, 0, 200, 100))

    fitted = opened(fit_image(encoded(wide, "PNG"), 100, 100, "png"))

    assert fitted.getcolors() == [(10_000, (0, 255, 0))]


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_alpha_is_kept(output_format: str) -> None:
    """Promise: a transparent background survives the fit."""
    half = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    half.paste((255, 0, 0, 255), (0, 0, 64, 32))

    fitted = opened(fit_image(encoded(half, "PNG"), 32, 32, output_format))

    assert fitted.mode == "RGBA"
    assert fitted.getchannel("A").getextrema() == (0, 255)


def test_jpeg_shows_transparent_parts_white() -> None:
    """Promise: jpeg has no alpha; black would surprise."""
    fitted = opened(fit_image(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)), 16, 16, "jpeg"))

    assert fitted.getpixel((8, 8)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (picture("PNG", mode="I;16", colour=32768), (128, 128, 128)),
        (picture("PNG", mode="L", colour=90), (90, 90, 90)),
        (picture("PNG", mode="1", colour=1), (255, 255, 255)),
        (picture("GIF", mode="RGB", colour=(9, 80, 200)), (9, 80, 200)),
    ],
)
def test_every_pixel_mode_becomes_plain_colour(data: bytes, colour: tuple[int, int, int]) -> None:
    """Promise: 16-bit grey is scaled, not clipped."""
    assert opened(fit_image(data, 16, 16, "png")).getpixel((8, 8)) == colour


def test_the_rotation_of_a_photo_is_applied_and_its_metadata_dropped() -> None:
    """Promise: no EXIF (place, camera) leaves with a result."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"

    fitted = opened(fit_image(picture("JPEG", size=(80, 40), exif=exif), 40, 80, "jpeg"))

    assert fitted.size == (40, 80)
    assert dict(fitted.getexif()) == {}


def test_output_compression_is_the_encoder_quality() -> None:
    """Promise: fewer bytes for less quality; png ignores it."""
    source = encoded(gradient(64, 64), "PNG")
    sizes = [len(fit_image(source, 64, 64, "webp", quality)) for quality in (10, 50, 100)]

    assert sizes == sorted(sizes)
    assert fit_image(source, 64, 64, "png", 10) == fit_image(source, 64, 64, "png", 100)


def test_a_bomb_and_a_torn_file_are_unreadable() -> None:
    """Promise: the same checks as in a probe."""
    torn = encoded(gradient(64, 48), "PNG")[:2000]
    for data in (bomb_png(30_000, 30_000), bomb_png(8_000, 8_000), torn, b"GIF89a", b""):
        with pytest.raises(UnreadableMedia):
            fit_image(data, 16, 16, "png")
