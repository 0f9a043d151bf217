"""A file without its metadata: no place, camera, author, comment or hidden thumbnail, the same picture and sound.

Only in a worker process. Pictures lose whole blocks and keep their pixels bit for bit; one that asks to be turned is
turned and written anew. Clips and sounds are put into a new container without being encoded again. What follows the
end of a picture is cut off. Nothing large is held in memory.
"""

import hashlib
import io
import mmap
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overdoor.media.probe import (
    LIBAV_FORMATS,
    PILLOW_FORMATS,
    MediaFacts,
    UnreadableMedia,
    libav,
    orientation_of,
    pillow,
    probe,
)

if TYPE_CHECKING:
    from av.container import InputContainer

_COPIED_BYTES = 1024 * 1024
_UPRIGHT = 1
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_TELLS_OF_METADATA = 0x08 | 0x04  # bits of VP8X: EXIF, XMP
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_JPEG_KEPT_APPS: Mapping[int, bytes] = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_TURNED_QUALITY = 95

Part = tuple[int, int] | bytes  # from where to where in the file, or other bytes in that place


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file that was looked at. sha256, size_bytes: of the file at `target`, None where nothing had to be written."""

    facts: MediaFacts
    sha256: str | None
    size_bytes: int | None


def clean(source: Path, target: Path) -> Cleaned:
    """What the file holds; where it has metadata, `target` is the same file without. `source` stays as it is.

    Raises:
        UnreadableMedia
    """
    facts = probe(source)
    if facts.mime in LIBAV_FORMATS:
        _rewrap(source, target, facts.mime)
    elif not _strip_picture(source, target, facts.mime):
        return Cleaned(facts, None, None)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Cleaned(facts, digest.hexdigest(), file.tell())


def _strip_picture(source: Path, target: Path, mime: str) -> bool:
    """True when `target` was written."""
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if orientation_of(source, mime) != _UPRIGHT:
            turned = _turned(source, mime)
            _write(target, turned, _PARTS[mime](turned))
            return True
        parts = _merged(_PARTS[mime](data))
        if parts == [(0, len(data))]:
            return False
        _write(target, data, parts)
        return True


def _turned(source: Path, mime: str) -> bytes:
    """The picture as its metadata asks it to be shown, in its own format."""
    from PIL import ImageOps  # noqa: PLC0415 - only worker processes load the decoder
    from PIL.JpegImagePlugin import get_sampling  # noqa: PLC0415

    with source.open("rb") as file, pillow(file, mime) as image:
        image.load()
        profile = image.info.get("icc_profile")
        options: dict[str, Any] = {} if mime == "image/png" else {"quality": _TURNED_QUALITY}
        if mime == "image/jpeg" and (sampling := get_sampling(image)) >= 0:
            options["subsampling"] = sampling
        upright = ImageOps.exif_transpose(image)
        written = io.BytesIO()
        upright.save(written, PILLOW_FORMATS[mime], icc_profile=profile, **options)
        return written.getvalue()


def _write(target: Path, data: bytes | mmap.mmap, parts: Sequence[Part]) -> None:
    with target.open("xb") as file, memoryview(data) as view:
        for part in parts:
            if isinstance(part, bytes):
                file.write(part)
                continue
            for start in range(part[0], part[1], _COPIED_BYTES):
                file.write(view[start : min(start + _COPIED_BYTES, part[1])])


def _merged(parts: Sequence[Part]) -> list[Part]:
    """The same with neighbours as one."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if not isinstance(part, bytes) and isinstance(last, tuple) and last[1] == part[0]:
            merged[-1] = (last[0], part[1])
        else:
            merged.append(part)
    return merged


def _png_parts(data: bytes | mmap.mmap) -> list[Part]:
    parts: list[Part] = [(0, 8)]
    at = 8
    while at + 12 <= len(data):
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            break
        if kind in _PNG_KEPT:
            parts.append((at, end))
        if kind == b"IEND":
            return parts
        at = end
    raise UnreadableMedia("it is damaged or ends early (image/png)")


def _jpeg_parts(data: bytes | mmap.mmap) -> list[Part]:
    parts: list[Part] = [(0, 2)]
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise UnreadableMedia("it is damaged (image/jpeg)")
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            end = at + 2
        elif marker == 0xD9:
            break
        else:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                end = _end_of_scan(data, end)
        if _is_kept_segment(data, at, marker):
            parts.append((at, end))
        at = end
    return [*parts, b"\xff\xd9"] if data[at : at + 2] != b"\xff\xd9" else [*parts, (at, at + 2)]


def _is_kept_segment(data: bytes | mmap.mmap, at: int, marker: int) -> bool:
    if 0xE0 <= marker <= 0xEF:
        begins = _JPEG_KEPT_APPS.get(marker)
        return begins is not None and data[at + 4 : at + 4 + len(begins)] == begins
    return marker != 0xFE


def _end_of_scan(data: bytes | mmap.mmap, at: int) -> int:
    """Where the marker after the entropy-coded bytes stands."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        follows = data[at + 1]
        if follows not in (0x00, 0xFF) and not 0xD0 <= follows <= 0xD7:
            return at
        at += 1 if follows == 0xFF else 2
    return len(data)


def _webp_parts(data: bytes | mmap.mmap) -> list[Part]:
    chunks: list[Part] = []
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        kind = data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + size + size % 2
        if kind == b"VP8X" and data[at + 8] & _WEBP_TELLS_OF_METADATA:
            flags = data[at + 8] & ~_WEBP_TELLS_OF_METADATA
            chunks += [(at, at + 8), bytes([flags]), (at + 9, after)]
        elif kind in _WEBP_KEPT:
            chunks.append((at, min(after, len(data))))
        at = after
    size = 4 + sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in chunks)
    head: Part = (0, 12) if size == int.from_bytes(data[4:8], "little") else _riff_head(size)
    return [head, *chunks]


def _riff_head(size: int) -> bytes:
    return b"RIFF" + size.to_bytes(4, "little") + b"WEBP"


def _gif_parts(data: bytes | mmap.mmap) -> list[Part]:
    at = 13 + _colours(data[10])
    parts: list[Part] = [(0, at)]
    while at < len(data):
        match data[at]:
            case 0x21:
                end = _after_blocks(data, at + 2)
                is_loop = data[at + 1] == 0xFF and data[at + 3 : at + 14] in _GIF_LOOPS
                if data[at + 1] == 0xF9 or is_loop:
                    parts.append((at, end))
            case 0x2C:
                end = _after_blocks(data, at + 10 + _colours(data[at + 9]) + 1)
                parts.append((at, end))
            case 0x3B:
                return [*parts, (at, at + 1)]
            case _:
                break
        at = end
    return [*parts, b"\x3b"]


def _colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes | mmap.mmap, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))


def _rewrap(source: Path, target: Path, mime: str) -> None:
    """Pictures and sound in a new container of the same kind; other tracks, covers and all words stay behind."""
    import av  # noqa: PLC0415
    from av.stream import Disposition  # noqa: PLC0415

    options = {"fflags": "+bitexact"}  # no name of the writer, no time: the same bytes every time
    if mime == "audio/mpeg":
        options |= {"id3v2_version": "0", "write_id3v1": "0"}
    with source.open("rb") as file, libav(file, mime) as given:
        kept = [
            stream
            for stream in (*given.streams.video, *given.streams.audio)
            if not stream.disposition & Disposition.attached_pic
        ]
        if mime.startswith("audio/"):
            kept = list(given.streams.audio)
        with av.open(str(target), "w", format=LIBAV_FORMATS[mime], options=options) as made:
            streams = {stream.index: made.add_stream_from_template(stream) for stream in kept}
            for packet in _packets(given, kept):
                packet.stream = streams[packet.stream.index]
                made.mux(packet)


def _packets(given: "InputContainer", kept: Sequence[Any]) -> Generator[Any]:
    for packet in given.demux(*kept):
        if packet.dts is not None:
            yield packet


_PARTS: Mapping[str, Callable[[bytes | mmap.mmap], list[Part]]] = {
    "image/png": _png_parts,
    "image/jpeg": _jpeg_parts,
    "image/webp": _webp_parts,
    "image/gif": _gif_parts,
}
