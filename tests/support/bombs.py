"""Files that are cheap to send and dear to open."""

import functools
import gzip
import io
import struct
import zipfile
import zlib

from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_GIF_COLOURS = b"\x00\x00\x00\xff\xff\xff"
_GIF_FRAME = (
    b"\x21\xf9\x04\x00\x00\x00\x00\x00," + struct.pack("<4H", 0, 0, 64, 64) + b"\x80" + _GIF_COLOURS + b"\2\2\x44\1\0"
)
_FTYP = b"\0\0\0\x1cftypisom\0\0\2\0isomiso2mp41"


def png_of_huge_size() -> bytes:
    """50,000 x 50,000 pixels."""
    return _PNG + _ihdr(50_000, 50_000) + _chunk(b"IDAT", _zeros(1 << 20)) + _chunk(b"IEND")


def png_of_the_largest_size() -> bytes:
    """As many pixels as the format can say."""
    return _PNG + _ihdr(2**31 - 1, 2**31 - 1) + _chunk(b"IEND")


def png_with_hidden_pixels() -> bytes:
    """64 x 64 pixels, and data for two gigabytes of them."""
    return _PNG + _ihdr(64, 64) + _chunk(b"IDAT", _gigabytes()) + _chunk(b"IEND")


def png_and_zip() -> bytes:
    """A picture and an archive in one file."""
    return _PNG + _ihdr(64, 64) + _pixels() + _chunk(b"IEND") + zip_file()


def png_with_a_profile_of_gigabytes() -> bytes:
    """A colour profile that unpacks to two gigabytes."""
    return _PNG + _ihdr(64, 64) + _chunk(b"iCCP", b"x\0\0" + _gigabytes()) + _pixels() + _chunk(b"IEND")


def png_with_a_text_of_gigabytes() -> bytes:
    """A comment that unpacks to two gigabytes."""
    return _PNG + _ihdr(64, 64) + _chunk(b"zTXt", b"x\0\0" + _gigabytes()) + _pixels() + _chunk(b"IEND")


def png_of_empty_chunks() -> bytes:
    """Two million chunks without content."""
    return _PNG + _ihdr(64, 64) + _chunk(b"prVt") * 2_000_000 + _pixels() + _chunk(b"IEND")


def png_of_empty_pixel_chunks() -> bytes:
    """Two million chunks of no pixels."""
    return _PNG + _ihdr(64, 64) + _chunk(b"IDAT") * 2_000_000 + _pixels() + _chunk(b"IEND")


def apng_that_claims_frames() -> bytes:
    """An animation of two billion frames."""
    control = _chunk(b"acTL", struct.pack("!2I", 2**31 - 1, 0))
    frame = _chunk(b"fcTL", struct.pack("!5I2H2B", 0, 64, 64, 0, 0, 1, 1, 0, 0))
    return _PNG + _ihdr(64, 64) + control + frame * 1000 + _pixels() + _chunk(b"IEND")


def gif_of_huge_size() -> bytes:
    """65,535 x 65,535 pixels."""
    return _gif(65_535, 65_535, b",\0\0\0\0" + struct.pack("<2H", 65_535, 65_535) + b"\0\2\2\x44\1\0")


def gif_of_a_million_frames() -> bytes:
    """Each of a few bytes."""
    return _gif(64, 64, _GIF_FRAME * 900_000)


def gif_of_empty_blocks() -> bytes:
    """Millions of comments of one byte."""
    return _gif(64, 64, b"\x21\xfe\x01a\0" * 5_000_000 + _GIF_FRAME)


def gif_that_grows() -> bytes:
    """A second frame that lies far outside of the first."""
    return _gif(64, 64, _GIF_FRAME + b"," + struct.pack("<4H", 60_000, 60_000, 5000, 5000) + b"\0\2\2\x44\1\0")


def jpeg_of_many_scans() -> bytes:
    """49 megapixels, 5,000 times over: every scan is a pass over all of them."""
    whole = _jpeg(7000, 7000, progressive=True)
    last = whole.rfind(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 5000 + whole[-2:]


def jpeg_of_huge_size() -> bytes:
    """65,500 x 65,500 pixels in its head."""
    return _jpeg(16, 16).replace(struct.pack("!2H", 16, 16), struct.pack("!2H", 65_500, 65_500), 1)


def jpeg_of_empty_segments() -> bytes:
    """Millions of segments without content."""
    whole = _jpeg(16, 16)
    return whole[:2] + b"\xff\xe1\0\2" * 5_000_000 + whole[2:]


def webp_of_huge_size() -> bytes:
    """A canvas as large as the format can say."""
    side = (2**24 - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + side + side


def mp4_nested_deeply() -> bytes:
    """100,000 boxes, each inside the one before."""
    sizes = range(800_000, 0, -8)
    return _FTYP + b"".join(struct.pack("!I", size) + (b"trak" if size < 800_000 else b"moov") for size in sizes)


def mp4_of_absurd_size() -> bytes:
    """A box of 2^63 bytes."""
    return _FTYP + struct.pack("!I4sQ", 1, b"moov", 2**63 - 1)


def mp4_of_absurd_tables() -> bytes:
    """Tables of four billion samples."""
    most = 2**32 - 1
    tables = _box(b"stsz", struct.pack("!3I", 0, 0, most)) + _box(b"stts", struct.pack("!2I", 0, most))
    tables += _box(b"stco", struct.pack("!2I", 0, most)) + _box(b"stsc", struct.pack("!2I", 0, most))
    handler = _box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    track = _box(b"trak", _box(b"mdia", handler + _box(b"minf", _box(b"stbl", tables))))
    return _FTYP + _box(b"moov", _box(b"mvhd", struct.pack("!5I", 0, 0, 0, 1000, 1000) + bytes(80)) + track)


def mp4_of_empty_boxes() -> bytes:
    """Millions of boxes without content."""
    return _FTYP + _box(b"free", b"") * 1_000_000


def zip_file() -> bytes:
    """An archive that unpacks to 100 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.png", bytes(100_000_000))
    return file.getvalue()


def gzip_file() -> bytes:
    """100 MB of zeros."""
    return gzip.compress(bytes(100_000_000))


def svg_file() -> bytes:
    """A billion laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]><svg>&l9;</svg>'.encode()


def _chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))


def _ihdr(width_px: int, height_px: int) -> bytes:
    return _chunk(b"IHDR", struct.pack("!2I5B", width_px, height_px, 8, 2, 0, 0, 0))


def _pixels() -> bytes:
    return _chunk(b"IDAT", zlib.compress(bytes(64 * (64 * 3 + 1))))


def _gif(width_px: int, height_px: int, blocks: bytes) -> bytes:
    return b"GIF89a" + struct.pack("<2H3B", width_px, height_px, 0x80, 0, 0) + _GIF_COLOURS + blocks + b";"


def _jpeg(width_px: int, height_px: int, *, progressive: bool = False) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width_px, height_px)).save(file, "JPEG", progressive=progressive, quality=10)
    return file.getvalue()


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack("!I", 8 + len(content)) + name + content


@functools.cache
def _gigabytes() -> bytes:
    return _zeros(2 << 30)


@functools.cache
def _zeros(size_bytes: int) -> bytes:
    """So many zeros, packed; a zlib stream made once from one block that is repeated."""
    packer = zlib.compressobj(1)
    piece = bytes(1 << 20)
    return b"".join([*(packer.compress(piece) for _ in range(size_bytes >> 20)), packer.flush()])
