"""What a foreign file is (reference/jobs.md 4.6, media.md)."""

import io
from pathlib import Path

import pytest
from PIL import Image
from samples import bomb_png, clip, encoded, gradient, picture, sound

from overdoor.media.probe import MediaFacts, UnreadableMedia, probe, sniff_mime


def still(mime: str, *, has_alpha: bool = False, frames: int = 1) -> MediaFacts:
    return MediaFacts("image", mime, 64, 48, None, None, False, has_alpha, frames)


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (picture("PNG"), still("image/png")),
        (picture("PNG", mode="RGBA"), still("image/png", has_alpha=True)),
        (picture("PNG", mode="LA"), still("image/png", has_alpha=True)),
        (picture("PNG", mode="I;16"), still("image/png")),
        (picture("PNG", mode="P", transparency=0), still("image/png", has_alpha=True)),
        (picture("JPEG"), still("image/jpeg")),
        (picture("JPEG", mode="CMYK"), still("image/jpeg")),
        (picture("WEBP"), still("image/webp")),
        (picture("WEBP", mode="RGBA", lossless=True), still("image/webp", has_alpha=True)),
        (picture("GIF", mode="P"), still("image/gif")),
    ],
)
def test_a_picture_is_described(data: bytes, facts: MediaFacts) -> None:
    """Promise: PNG, JPEG, WebP and GIF in every usual mode."""
    assert probe(data) == facts


def test_the_frames_of_an_animation_are_counted() -> None:
    """Promise: an animated GIF is a picture with frames."""
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    animated = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert probe(animated).frames == 3


def test_a_turned_photo_has_the_size_that_a_viewer_shows() -> None:
    """Promise: MediaFacts "after the rotation that the file asks for"."""
    exif = Image.Exif()
    exif[0x0112] = 6

    facts = probe(picture("JPEG", exif=exif))

    assert (facts.width_px, facts.height_px) == (48, 64)


@pytest.mark.parametrize(
    ("container", "codec", "sound_codec", "mime"),
    [
        ("mp4", "libx264", None, "video/mp4"),
        ("mp4", "libx264", "aac", "video/mp4"),
        ("mov", "mpeg4", None, "video/quicktime"),
        ("webm", "libvpx", None, "video/webm"),
        ("webm", "libvpx-vp9", "libopus", "video/webm"),
    ],
)
def test_a_clip_is_described(container: str, codec: str, sound_codec: str | None, mime: str, tmp_path: Path) -> None:
    """Promise: MP4, MOV and WebM, from bytes and from a file."""
    data = clip(container, codec, sound_codec=sound_codec)
    (tmp_path / "clip").write_bytes(data)

    facts = probe(data)

    assert probe(tmp_path / "clip") == facts
    assert facts.duration_s == pytest.approx(0.5, abs=0.05)
    assert facts == MediaFacts("video", mime, 64, 48, facts.duration_s, 24.0, sound_codec is not None, False, 12)


@pytest.mark.parametrize(
    ("container", "codec", "mime"), [("mp3", "libmp3lame", "audio/mpeg"), ("wav", "pcm_s16le", "audio/wav")]
)
def test_a_sound_is_described(container: str, codec: str, mime: str) -> None:
    """Promise: MP3 and WAV."""
    facts = probe(sound(container, codec))

    assert facts.duration_s == pytest.approx(0.5, abs=0.08)
    assert facts == MediaFacts("audio", mime, 0, 0, facts.duration_s, None, True, False, 0)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (picture("GIF", mode="P"), "image/gif"),
        (b"\xff\xfb\x90\x64" + bytes(60), "audio/mpeg"),
        (b"ID3\x04" + bytes(60), "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypavif", None),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\x1a\x45\xdf\xa3\x00\x42\x82\x88matroska", None),
        (b"<svg xmlns=", None),
        (b"<html>", None),
        (b"%PDF-1.7", None),
        (b"%!PS-Adobe EPSF", None),
        (b"#EXTM3U\nfile:///etc/passwd", None),
        (b"SIMPLE  =                    T", None),
        (b"\xff\xff\xff\xff", None),
        (b"\xff\xf1\x50\x80", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_kind(data: bytes, mime: str | None) -> None:
    """Promise: an allow-list; playlists, documents and vector files are nothing to us."""
    assert sniff_mime(data[:64]) == mime


@pytest.mark.parametrize(
    "whole",
    [
        encoded(gradient(64, 48), "PNG"),
        encoded(gradient(64, 48), "JPEG"),
        encoded(gradient(64, 48), "WEBP"),
        encoded(gradient(64, 48), "GIF"),
        clip("mp4", "libx264"),
        clip("mov", "mpeg4"),
        clip("webm", "libvpx")[:300],
        sound("mp3", "libmp3lame")[:80],
        sound("wav", "pcm_s16le")[:80],
    ],
    ids=["png", "jpeg", "webp", "gif", "mp4", "mov", "webm", "mp3", "wav"],
)
@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_file_that_ends_early_is_unreadable(whole: bytes, share: float) -> None:
    """Promise: a damaged input or result is found before money is settled."""
    with pytest.raises(UnreadableMedia):
        probe(whole[: int(len(whole) * share)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file"),
        (b"<html>", "it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "it is damaged or ends early (image/png)"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(100), "it is damaged or ends early (video/mp4)"),
        (bomb_png(30_000, 30_000), "it has more than 50 megapixels"),
        (bomb_png(8_000, 8_000), "it is 8000x8000 pixels, which is too large to open"),
        (clip("mp4", "mpeg2video"), "its video codec is mpeg2video"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    """Promise: bombs are refused by their header, before any pixel is unpacked."""
    with pytest.raises(UnreadableMedia) as caught:
        probe(data)

    assert caught.value.reason == reason


def test_a_picture_of_many_megapixels_below_the_limit_passes() -> None:
    """Promise: 50 megapixels, not Pillow's default."""
    file = io.BytesIO()
    Image.new("1", (7000, 7000)).save(file, "PNG")

    assert probe(file.getvalue()).width_px == 7000
