"""Files that are cheap to send and dear to open (issue 4, done when 1). Seconds and memory are held by a real server in
tests/contract/test_bombs.py; here every kind is refused, or read without unpacking what it hides.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import bombs

from overdoor.media.probe import UnreadableMedia, probe

REFUSED: dict[Callable[[], bytes], str] = {
    bombs.png_of_huge_size: "it has more than 50 megapixels",
    bombs.png_of_the_largest_size: "it has more than 50 megapixels",
    bombs.png_with_a_profile_of_gigabytes: "it is damaged or ends early (image/png)",
    bombs.png_with_a_text_of_gigabytes: "it is damaged or ends early (image/png)",
    bombs.png_of_empty_chunks: "it has more than 50,000 chunks",
    bombs.png_of_empty_pixel_chunks: "it has more than 50,000 chunks",
    bombs.apng_that_claims_frames: "it is damaged or ends early (image/png)",
    bombs.gif_of_huge_size: "it has more than 50 megapixels",
    bombs.gif_of_a_million_frames: "it has more than 10,000 frames",
    bombs.gif_of_empty_blocks: "it has more than 1,000,000 blocks",
    bombs.gif_that_grows: "it is damaged or ends early (image/gif)",
    bombs.jpeg_of_many_scans: "it has more than 64 scans",
    bombs.jpeg_of_huge_size: "it has more than 50 megapixels",
    bombs.jpeg_of_empty_segments: "it has more than 20,000 segments",
    bombs.webp_of_huge_size: "it has more than 50 megapixels",
    bombs.mp4_nested_deeply: "it has no video track",
    bombs.mp4_of_absurd_size: "it has no video track",
    bombs.mp4_of_absurd_tables: "it is damaged or ends early (video/mp4)",
    bombs.mp4_of_empty_boxes: "it is damaged or ends early (video/mp4)",
    bombs.zip_file: "it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file",
    bombs.gzip_file: "it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file",
    bombs.svg_file: "it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file",
}


@pytest.mark.parametrize(("bomb", "reason"), REFUSED.items(), ids=lambda row: getattr(row, "__name__", ""))
def test_a_bomb_is_refused_with_its_reason(bomb: Callable[[], bytes], reason: str, tmp_path: Path) -> None:
    """Promise: before its pixels are unpacked, from bytes and from a file alike."""
    (tmp_path / "bomb").write_bytes(bomb())

    for content in (bomb(), tmp_path / "bomb"):
        with pytest.raises(UnreadableMedia) as caught:
            probe(content)
        assert caught.value.reason == reason


@pytest.mark.parametrize("hidden", [bombs.png_with_hidden_pixels, bombs.png_and_zip], ids=lambda each: each.__name__)
def test_what_lies_behind_a_small_picture_is_never_unpacked(hidden: Callable[[], bytes]) -> None:
    """Promise: two gigabytes of further pixels, or an archive behind the end, cost nothing: the picture is 64x64."""
    facts = probe(hidden())

    assert (facts.width_px, facts.height_px) == (64, 64)
