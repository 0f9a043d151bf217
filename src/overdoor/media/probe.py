"""What a file is: by its first bytes anywhere, by opening it in a worker process only.

Decoders are imported inside functions: the server imports this module and must not pay for them.
"""

import io
import mmap
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from overdoor.media.failures import UnreadableMedia
from overdoor.media.structure import require_plain_structure

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL import Image

MediaKind = Literal["image", "video", "audio"]

SNIFF_BYTES = 64  # of a file's beginning tell what it is
IMAGE_MOST_PIXELS = 50_000_000
VIDEO_MOST_PIXELS = 3840 * 3840  # of one frame
PILLOW_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
LIBAV_FORMATS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
_VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "mpeg4", "prores", "libvpx-vp9"})
_AUDIO_CODECS = ("mp3", "pcm_")  # beginnings
_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a file holds.

    width_px, height_px: as a viewer shows it, after the rotation that the file asks for; 0 for audio.
    duration_s: None for a still picture. fps: None where there is no video.
    frames: 1 for a still picture, 0 for audio.
    """

    kind: MediaKind
    mime: str
    width_px: int
    height_px: int
    duration_s: float | None
    fps: float | None
    has_audio: bool
    has_alpha: bool
    frames: int


def sniff_mime(first_bytes: bytes) -> str | None:
    """The MIME type of a file that begins so, or None where it is no kind that we take. Pure and cheap.

    first_bytes: At least the first `SNIFF_BYTES` bytes, or all of a shorter file.
    """
    head = first_bytes[:SNIFF_BYTES]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head else None
    return _sniff_mp4(head) or _sniff_mp3(head)


def probe(data_or_path: bytes | Path) -> MediaFacts:
    """What the file holds, after its first picture or sound was really decoded. Only in a worker process.

    Raises:
        UnreadableMedia
    """
    with _opened(data_or_path) as file:
        mime = sniff_mime(file.read(SNIFF_BYTES))
        file.seek(0)
        if mime is None:
            raise UnreadableMedia("it is no PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file")
        if mime in PILLOW_FORMATS:
            return _probe_image(file, mime)
        if mime.startswith("video/"):
            return _probe_video(file, mime)
        return _probe_audio(file, mime)


def load_image(data: bytes, *, smallest_useful_px: int | None = None) -> "Image.Image":
    """The first picture of a file, decoded, turned as its metadata asks. Only in a worker process.

    smallest_useful_px: A JPEG may be decoded at a fraction of its size, with sides no shorter than this.

    Raises:
        UnreadableMedia
    """
    from PIL import ImageOps  # noqa: PLC0415

    mime = sniff_mime(data)
    if mime not in PILLOW_FORMATS:
        raise UnreadableMedia("it is no PNG, JPEG, WebP or GIF picture")
    with pillow(io.BytesIO(data), mime) as image:
        if smallest_useful_px is not None:
            image.draft("RGB", (smallest_useful_px, smallest_useful_px))
        image.load()
        return ImageOps.exif_transpose(image)


def orientation_of(path: Path, mime: str) -> int:
    """How a still picture's metadata asks it to be turned, 1 to 8; 1 is upright. Only in a worker process.

    Raises:
        UnreadableMedia
    """
    with path.open("rb") as file, pillow(file, mime) as image:
        if mime != "image/jpeg" and getattr(image, "n_frames", 1) > 1:  # an animation would lose its frames
            return 1
        asked = image.getexif().get(_EXIF_ORIENTATION)
        return asked if isinstance(asked, int) and asked in range(2, 9) else 1


@contextmanager
def open_video(data_or_path: bytes | Path) -> "Generator[tuple[InputContainer, VideoStream], None, None]":
    """A video file and its first picture track, of an acceptable codec and size.

    Decoding inside the block raises UnreadableMedia as well.

    Raises:
        UnreadableMedia
    """
    with _opened(data_or_path) as file:
        mime = sniff_mime(file.read(SNIFF_BYTES)) or ""
        file.seek(0)
        if not mime.startswith("video/"):
            raise UnreadableMedia("it is no MP4, MOV or WebM video")
        with libav(file, mime) as container:
            yield container, _video_stream(container)


def _probe_image(file: BinaryIO, mime: str) -> MediaFacts:
    with pillow(file, mime) as image:
        return image_facts(image, mime)


def image_facts(image: "Image.Image", mime: str) -> MediaFacts:
    """What an opened picture is; its first frame is decoded when this returns."""
    frames = getattr(image, "n_frames", 1) if mime != "image/jpeg" else 1
    image.load()
    width_px, height_px = image.size
    if image.getexif().get(_EXIF_ORIENTATION) in _TURNED:
        width_px, height_px = height_px, width_px
    return MediaFacts(
        kind="image",
        mime=mime,
        width_px=width_px,
        height_px=height_px,
        duration_s=None,
        fps=None,
        has_audio=False,
        has_alpha=image.has_transparency_data,
        frames=frames,
    )


def _probe_video(file: BinaryIO, mime: str) -> MediaFacts:
    with libav(file, mime) as container:
        stream = _video_stream(container)
        first = next(container.decode(stream), None)
        if first is None:
            raise UnreadableMedia("its video track has no picture")
        container.seek(0)
        frames = sum(1 for packet in container.demux(stream) if packet.size)
        if frames < stream.frames:
            raise UnreadableMedia(f"it ends after {frames} of {stream.frames} frames")
        fps = float(stream.average_rate) if stream.average_rate else None
        is_turned = first.rotation % 180 != 0
        width_px, height_px = (first.height, first.width) if is_turned else (first.width, first.height)
        return MediaFacts(
            kind="video",
            mime=mime,
            width_px=width_px,
            height_px=height_px,
            duration_s=_duration_s(container, fallback=frames / fps if fps else None),
            fps=fps,
            has_audio=bool(container.streams.audio),
            has_alpha=any(component.is_alpha for component in first.format.components),
            frames=frames,
        )


def _probe_audio(file: BinaryIO, mime: str) -> MediaFacts:
    with libav(file, mime) as container:
        if not container.streams.audio:
            raise UnreadableMedia("it has no sound")
        stream = container.streams.audio[0]
        if not _codec_name(stream).startswith(_AUDIO_CODECS):
            raise UnreadableMedia(f"its audio codec is {_codec_name(stream)}")
        if next(container.decode(stream), None) is None:
            raise UnreadableMedia("its sound track is empty")
        return MediaFacts(
            kind="audio",
            mime=mime,
            width_px=0,
            height_px=0,
            duration_s=_duration_s(container, fallback=None),
            fps=None,
            has_audio=True,
            has_alpha=False,
            frames=0,
        )


@contextmanager
def pillow(file: BinaryIO, mime: str) -> "Generator[Image.Image, None, None]":
    """Pillow, and everything it raises about a bad file as UnreadableMedia."""
    from PIL import Image  # noqa: PLC0415

    _require_plain(file, mime)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata and sizes; the size is checked below
            with Image.open(file, formats=(PILLOW_FORMATS[mime],)) as image:
                if image.width * image.height > IMAGE_MOST_PIXELS:
                    raise UnreadableMedia(_too_many_pixels(image.width, image.height))
                yield image
    except Image.DecompressionBombError as error:
        raise UnreadableMedia(f"it has more than {IMAGE_MOST_PIXELS // 1_000_000} megapixels") from error
    # Pillow's decoders raise all of these for damaged files
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as error:
        raise UnreadableMedia(f"it is damaged or ends early ({mime})") from error


def _require_plain(file: BinaryIO, mime: str) -> None:
    if isinstance(file, io.BytesIO):
        with file.getbuffer() as view:
            require_plain_structure(view, mime)
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
        require_plain_structure(view, mime)


@contextmanager
def libav(file: BinaryIO, mime: str) -> "Generator[InputContainer, None, None]":
    """libav on one file object, so that no protocol of a playlist or reference is ever followed."""
    import av  # noqa: PLC0415
    from av.error import FFmpegError  # noqa: PLC0415

    try:
        with av.open(file, mode="r", format=LIBAV_FORMATS[mime]) as container:
            yield container
    except (FFmpegError, ValueError, EOFError) as error:
        raise UnreadableMedia(f"it is damaged or ends early ({mime})") from error


def _video_stream(container: "InputContainer") -> "VideoStream":
    if not container.streams.video:
        raise UnreadableMedia("it has no video track")
    stream = container.streams.video[0]
    if _codec_name(stream) not in _VIDEO_CODECS:
        raise UnreadableMedia(f"its video codec is {_codec_name(stream)}")
    if stream.width * stream.height > VIDEO_MOST_PIXELS:
        raise UnreadableMedia(_too_many_pixels(stream.width, stream.height))
    stream.thread_count = 1  # each thread reserves address space, which is limited
    return stream


def _codec_name(stream: "VideoStream | AudioStream") -> str:
    return getattr(stream.codec_context, "name", "unknown")  # None for a damaged header, whatever the stubs say


def _duration_s(container: "InputContainer", *, fallback: float | None) -> float | None:
    return container.duration / 1_000_000 if container.duration else fallback  # libav counts microseconds


def _too_many_pixels(width_px: int, height_px: int) -> str:
    return f"it is {width_px}x{height_px} pixels, which is too large to open"


def _sniff_mp4(head: bytes) -> str | None:
    box, brand = head[4:8], head[8:12]
    if box in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"  # written before brands existed
    if box != b"ftyp" or brand in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"M4A ", b"M4B "):
        return None
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _sniff_mp3(head: bytes) -> str | None:
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    is_frame = len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2  # sync word, layer III
    return "audio/mpeg" if is_frame and head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C else None


@contextmanager
def _opened(data_or_path: bytes | Path) -> Generator[BinaryIO, None, None]:
    with io.BytesIO(data_or_path) if isinstance(data_or_path, bytes) else data_or_path.open("rb") as file:
        yield file
