"""Small pictures of large files."""

from pathlib import Path

import pytest
from PIL import Image
from samples import clip, encoded, gradient, picture

from overdoor.media.preview import poster, preview
from overdoor.media.probe import UnreadableMedia, probe


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_preview_keeps_both_bounds_even_for_noise(image_format: str) -> None:
    """Promise: 48,000 bytes at most, so that base64 fits into an MCP answer."""
    small = preview(encoded(gradient(1200, 900), image_format), 512, 48_000)

    facts = probe(small)
    assert (facts.mime, len(small) <= 48_000, max(facts.width_px, facts.height_px) <= 512) == ("image/webp", True, True)
    assert facts.width_px / facts.height_px == pytest.approx(4 / 3, abs=0.05)


def test_a_small_picture_is_not_enlarged_and_keeps_its_alpha() -> None:
    """Promise: as the docstring says."""
    facts = probe(preview(picture("PNG", mode="RGBA")))

    assert (facts.width_px, facts.height_px, facts.has_alpha) == (64, 48, True)


def test_a_tight_limit_shrinks_the_sides() -> None:
    """Promise: the limit of bytes wins over the length of the side."""
    assert len(preview(encoded(gradient(400, 400), "PNG"), 512, 3_000)) <= 3_000


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx")])
def test_a_poster_is_the_first_frame(container: str, codec: str, tmp_path: Path) -> None:
    """Promise: a video shows something before it plays."""
    path = tmp_path / "clip"
    path.write_bytes(clip(container, codec))

    facts = probe(poster(path))

    assert (facts.mime, facts.width_px, facts.height_px) == ("image/webp", 64, 48)


def test_what_is_no_picture_or_video_is_unreadable(tmp_path: Path) -> None:
    """Promise: UnreadableMedia is the only complaint about a file."""
    path = tmp_path / "clip"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(99))
    for data in (b"", b"<html>", b"\xff\xd8\xff" + bytes(50), encoded(Image.new("L", (9, 9)), "PNG")[:40]):
        with pytest.raises(UnreadableMedia):
            preview(data)
    with pytest.raises(UnreadableMedia):
        poster(path)
