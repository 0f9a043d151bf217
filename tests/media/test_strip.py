"""Files without their metadata: the same picture and sound, and nothing about who made them, where and when."""

import io
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, PngImagePlugin
from tests.media.samples import clip, encoded, gradient, sound

from overdoor.media.probe import UnreadableMedia
from overdoor.media.strip import Cleaned, clean

SECRET = b"48.8584N 2.2945E"
_TEXT = SECRET.decode()
_ORIENTATION, _GPS = 0x0112, 0x8825


def exif(*, orientation: int = 1) -> bytes:
    """A camera's words: a maker, a place, and how the picture is to be turned."""
    words = Image.Exif()
    words[0x010F] = _TEXT
    words[_ORIENTATION] = orientation
    words.get_ifd(_GPS)[0x001B] = SECRET
    return words.tobytes()


def cleaned(tmp_path: Path, data: bytes) -> tuple[Cleaned, bytes]:
    """What is known of the file, and its bytes afterwards."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    told = clean(source, target)
    assert source.read_bytes() == data
    return told, target.read_bytes() if told.sha256 is not None else data


def png_text() -> PngImagePlugin.PngInfo:
    """Words in a PNG."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", _TEXT)
    notes.add_itxt("XML:com.adobe.xmp", _TEXT, zip=False)
    return notes


WITH_WORDS: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {"pnginfo": png_text(), "exif": exif()}),
    "jpeg": ("JPEG", {"exif": exif(), "comment": _TEXT, "xmp": SECRET, "quality": 90}),
    "webp": ("WEBP", {"exif": exif(), "xmp": SECRET, "lossless": True}),
    "gif": ("GIF", {"comment": _TEXT}),
}


@pytest.mark.parametrize("kind", WITH_WORDS)
def test_a_picture_loses_its_words_and_keeps_every_pixel(tmp_path: Path, kind: str) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata: blocks are left out, nothing is encoded again."""
    image_format, options = WITH_WORDS[kind]
    image = gradient(64, 48)
    data = encoded(image, image_format, **options) + SECRET  # and something behind the end

    told, after = cleaned(tmp_path, data)

    assert SECRET in data
    assert SECRET not in after
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(after)) as now:
        assert now.convert("RGB").tobytes() == before.convert("RGB").tobytes()
        assert not now.getexif()
    assert (told.facts.width_px, told.facts.height_px, told.size_bytes) == (64, 48, len(after))


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_without_words_stays_as_it_is(tmp_path: Path, image_format: str) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata: such a file keeps its hash."""
    told, _ = cleaned(tmp_path, encoded(gradient(64, 48), image_format))

    assert told.sha256 is None


def test_the_colour_profile_stays(tmp_path: Path) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata: colours look as they did."""
    profile = b"a profile" * 100
    for image_format in ("PNG", "JPEG", "WEBP"):
        options = {"exif": exif(), "icc_profile": profile}
        (tmp_path / image_format).mkdir()
        _, after = cleaned(tmp_path / image_format, encoded(gradient(64, 48), image_format, **options))

        with Image.open(io.BytesIO(after)) as now:
            assert now.info["icc_profile"] == profile


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_asks_to_be_turned_is_turned_first(tmp_path: Path, image_format: str) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata: the orientation is applied before it is forgotten."""
    image = Image.new("RGB", (64, 48), "blue")
    image.paste("red", (0, 0, 64, 24))

    told, after = cleaned(tmp_path, encoded(image, image_format, exif=exif(orientation=6)))

    assert SECRET not in after
    with Image.open(io.BytesIO(after)) as now:
        assert now.size == (48, 64) == (told.facts.width_px, told.facts.height_px)
        pixels = now.convert("RGB")
        right, left = pixels.getpixel((44, 32)), pixels.getpixel((4, 32))
    assert isinstance(right, tuple)
    assert isinstance(left, tuple)
    assert right[0] > 200 > 60 > right[2]  # what was on top is on the right
    assert left[2] > 200 > 60 > left[0]


def test_an_animation_keeps_its_frames_and_its_loop(tmp_path: Path) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    for image_format in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        words: dict[str, Any] = {"comment": _TEXT} if image_format == "GIF" else {"exif": exif()}
        frames[0].save(out, image_format, save_all=True, append_images=frames[1:], loop=0, duration=50, **words)
        (tmp_path / image_format).mkdir()

        _, after = cleaned(tmp_path / image_format, out.getvalue())

        assert SECRET not in after
        with Image.open(io.BytesIO(after)) as now:
            assert (getattr(now, "n_frames", 1), now.info.get("loop")) == (3, 0)


def with_words(data: bytes, container_format: str) -> bytes:
    """The same clip or sound with a title and a place."""
    out = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as given, av.open(out, "w", format=container_format) as made:
        made.metadata.update({"title": _TEXT, "location": "+48.8584+002.2945/", "comment": _TEXT})
        streams = {stream.index: made.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize(
    ("container_format", "data"),
    [
        ("mp4", clip("mp4", "libx264", sound_codec="aac")),
        ("mov", clip("mov", "libx264", sound_codec="aac")),
        ("webm", clip("webm", "libvpx-vp9", sound_codec="libopus")),
        ("mp3", sound("mp3", "libmp3lame")),
        ("wav", sound("wav", "pcm_s16le")),
    ],
    ids=["mp4", "mov", "webm", "mp3", "wav"],
)
def test_a_clip_or_sound_loses_its_words_and_keeps_its_pictures_and_sound(
    tmp_path: Path, container_format: str, data: bytes
) -> None:
    """Promise: docs/inputs-and-uploads.md#metadata: a new container, nothing is encoded again."""
    spoken = with_words(data, container_format)

    told, after = cleaned(tmp_path, spoken)

    assert SECRET in spoken
    assert SECRET not in after
    assert b"48.8584" not in after
    assert packets(after) == packets(spoken)
    assert told.facts.has_audio
    (tmp_path / "again").mkdir()
    assert cleaned(tmp_path / "again", spoken)[0].sha256 == told.sha256  # the same bytes each time


def packets(data: bytes) -> list[bytes]:
    """The encoded pictures and sounds of a file."""
    with av.open(io.BytesIO(data), "r") as given:
        return [bytes(packet) for packet in given.demux() if packet.dts is not None]


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_cut_picture_is_refused_and_nothing_hangs(tmp_path: Path, image_format: str) -> None:
    """Promise: media/strip: damaged files are UnreadableMedia."""
    data = encoded(gradient(64, 48), image_format)

    for length in range(20, len(data) - 30, max(1, len(data) // 23)):
        folder = tmp_path / str(length)
        folder.mkdir()
        with pytest.raises(UnreadableMedia):
            cleaned(folder, data[:length])
