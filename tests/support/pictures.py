"""Small true pictures, made without a codec."""

import functools
import struct
import zlib
from random import Random


@functools.cache
def png(*, width_px: int = 1024, height_px: int = 1024, shade: int = 128) -> bytes:
    """A PNG of one grey, 0 to 255."""
    row = b"\x00" + bytes([shade]) * width_px
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height_px)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


@functools.cache
def noise(width_px: int, height_px: int) -> bytes:
    """A PNG of grey noise: as large a file as its pixels allow."""
    rows = Random(7).randbytes(width_px * height_px)
    body = b"".join(b"\x00" + rows[start : start + width_px] for start in range(0, len(rows), width_px))
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(body, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
