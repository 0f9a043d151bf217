"""Facts, preview and blurhash of a result, from one pass (issue 4: made once and stored)."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from samples import clip, encoded, gradient, picture

from overdoor.media.likeness import Look, blurhash, look
from overdoor.media.probe import UnreadableMedia, probe

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def sunset() -> Image.Image:
    """Orange above, dark blue below, and grain as of a film: a large file."""
    image = Image.new("RGB", (1000, 800), (240, 140, 40))
    image.paste((20, 30, 90), (0, 400, 1000, 800))
    return Image.blend(image, gradient(1000, 800), 0.2)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_looked_at_once_for_facts_preview_and_blurhash(image_format: str, tmp_path: Path) -> None:
    """Promise: docs/media.md: a WebP of 640 pixels at most; the same from bytes and from a file."""
    data = encoded(sunset(), image_format)
    (tmp_path / "picture").write_bytes(data)

    seen = look(data)

    assert look(tmp_path / "picture") == seen
    assert seen.facts == probe(data)
    assert seen.preview is not None
    assert (seen.preview.width_px, seen.preview.height_px) == (640, 512)
    facts = probe(seen.preview.data)
    assert (facts.mime, facts.width_px, facts.height_px) == ("image/webp", 640, 512)
    assert len(seen.preview.data) < len(data)


def test_a_small_picture_is_its_own_preview() -> None:
    """Promise: docs/media.md: no second file where the first is as quick to load."""
    assert look(picture("PNG", size=(2000, 2000))).preview is None
    assert look(encoded(gradient(400, 400), "PNG")).preview is not None


def test_a_preview_stands_upright_and_keeps_its_transparency() -> None:
    """Promise: as a viewer shows the picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = look(encoded(sunset(), "JPEG", exif=exif)).preview
    veiled = sunset()
    veiled.putalpha(Image.linear_gradient("L").resize(veiled.size))
    clear = look(encoded(veiled, "PNG"))

    assert turned is not None
    assert (turned.width_px, turned.height_px) == (512, 640)
    assert clear.preview is not None
    assert clear.facts.has_alpha
    assert Image.open(io.BytesIO(clear.preview.data)).mode == "RGBA"


@pytest.mark.parametrize("mode", ["L", "P", "LA", "I;16", "1", "CMYK"])
def test_every_usual_mode_has_a_blurhash(mode: str) -> None:
    """Promise: whatever a provider delivers."""
    seen = look(picture("JPEG" if mode == "CMYK" else "PNG", size=(800, 700), mode=mode))

    assert len(seen.blurhash or "") == 28


def test_a_clip_has_facts_only() -> None:
    """Promise: its poster is a picture of its own, and is looked at as one."""
    data = clip("mp4", "libx264")

    assert look(data) == Look(probe(data))


def test_what_is_no_picture_is_unreadable() -> None:
    """Promise: the same refusals as in `probe`."""
    with pytest.raises(UnreadableMedia):
        look(b"<html>")


def test_a_blurhash_paints_the_picture_again() -> None:
    """Promise: the published algorithm; this decoder is written after its other half."""
    painted = decoded(blurhash(sunset()), side_px=16)

    original = np.asarray(sunset().resize((16, 16), Image.Resampling.BOX), dtype=np.float64)
    assert np.abs(painted - original).mean() < 35
    assert painted[2:5].mean() > 2 * painted[11:14].mean()


def test_a_transparent_picture_is_blurred_on_white() -> None:
    """Promise: a cut-out does not become black."""
    assert decoded(blurhash(Image.new("RGBA", (64, 64))), side_px=4).min() > 250


def decoded(text: str, *, side_px: int) -> NDArray[np.float64]:
    """https://github.com/woltapp/blurhash/blob/master/Algorithm.md, the way back."""

    def number(start: int, end: int) -> int:
        value = 0
        for character in text[start:end]:
            value = value * 83 + DIGITS.index(character)
        return value

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    def wave(value: int) -> list[float]:
        shares = [(value // 361 - 9) / 9, (value // 19 % 19 - 9) / 9, (value % 19 - 9) / 9]
        return [math.copysign(share * share, share) * (number(1, 2) + 1) / 166 for share in shares]

    columns, rows = number(0, 1) % 9 + 1, number(0, 1) // 9 + 1
    average = number(2, 6)
    factors = [[linear(average >> 16), linear(average >> 8 & 255), linear(average & 255)]]
    factors += [wave(number(start, start + 2)) for start in range(6, len(text), 2)]
    assert len(factors) == columns * rows
    places = np.arange(side_px)
    pixels = np.zeros((side_px, side_px, 3))
    for index, factor in enumerate(factors):
        down = np.cos(np.pi * (index // columns) * places / side_px)
        across = np.cos(np.pi * (index % columns) * places / side_px)
        pixels += down[:, None, None] * across[None, :, None] * np.asarray(factor)
    pixels = pixels.clip(0, 1)
    return np.where(pixels <= 0.0031308, pixels * 12.92, 1.055 * pixels ** (1 / 2.4) - 0.055) * 255
