"""Files that would be cheap to send and dear to decode are refused by a look at their skeleton. In a worker process.

Each walk touches a file's frame only: chunks, segments and blocks by their lengths, never a pixel. The decoders would
read these files, honestly and for minutes: 20,000 scans of one JPEG, two million empty chunks of a PNG.
"""

import re

from overdoor.media.failures import UnreadableMedia

PNG_MOST_CHUNKS = 50_000  # 30 MB in pieces of 8 kB are 3,800
JPEG_MOST_SCANS = 64  # encoders write about ten; each may cost a pass over all pixels
JPEG_MOST_SEGMENTS = 20_000
GIF_MOST_FRAMES = 10_000
GIF_MOST_BLOCKS = 1_000_000  # of up to 255 bytes

_PNG_HEAD_BYTES, _PNG_CHUNK_BYTES = 8, 12  # a chunk's length, name and checksum
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")  # not stuffing, filling or a restart
_JPEG_ALONE = frozenset({0x01, 0xD8})  # markers without a length
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_GIF_HEAD_BYTES = 13


def require_plain_structure(data: memoryview, mime: str) -> None:
    """The file is built as encoders build files. What is damaged passes: the decoder says so better.

    Raises:
        UnreadableMedia
    """
    match mime:
        case "image/png":
            _walk_png(data)
        case "image/jpeg":
            _walk_jpeg(data)
        case "image/gif":
            _walk_gif(data)
        case _:
            return  # WebP counts its frames in 24 bits and stops at its first one; libav has limits of its own


def _walk_png(data: memoryview) -> None:
    at, chunks = _PNG_HEAD_BYTES, 0
    while at < len(data):
        chunks += 1
        if chunks > PNG_MOST_CHUNKS:
            raise UnreadableMedia(f"it has more than {PNG_MOST_CHUNKS:,} chunks")
        at += _PNG_CHUNK_BYTES + int.from_bytes(data[at : at + 4], "big")


def _walk_jpeg(data: memoryview) -> None:
    at, segments, scans = 2, 0, 0
    while (found := _JPEG_MARKER.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _JPEG_END:
            return
        segments += 1
        scans += marker == _JPEG_SCAN
        if segments > JPEG_MOST_SEGMENTS:
            raise UnreadableMedia(f"it has more than {JPEG_MOST_SEGMENTS:,} segments")
        if scans > JPEG_MOST_SCANS:
            raise UnreadableMedia(f"it has more than {JPEG_MOST_SCANS} scans")
        if marker not in _JPEG_ALONE:
            at += max(int.from_bytes(data[at : at + 2], "big"), 2)


def _walk_gif(data: memoryview) -> None:
    at = _GIF_HEAD_BYTES + (_colours_bytes(data[10]) if len(data) > _GIF_HEAD_BYTES else 0)
    frames = blocks = 0
    while at < len(data):
        match data[at]:
            case 0x21:  # an extension: its label, then blocks
                at += 2
            case 0x2C if at + 10 < len(data):  # a frame: where it lies, its colours, a code size, then blocks
                frames += 1
                at += 11 + _colours_bytes(data[at + 9])
            case _:
                return
        if frames > GIF_MOST_FRAMES:
            raise UnreadableMedia(f"it has more than {GIF_MOST_FRAMES:,} frames")
        while at < len(data) and (length := data[at]):
            at += 1 + length
            blocks += 1
            if blocks > GIF_MOST_BLOCKS:
                raise UnreadableMedia(f"it has more than {GIF_MOST_BLOCKS:,} blocks")
        at += 1
        blocks += 1


def _colours_bytes(flags: int) -> int:
    """Of the table of colours that `flags` announces."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
