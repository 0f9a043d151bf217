"""Small pictures, clips and sounds, made on the spot."""

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

_RATE_HZ = 48000


def picture(
    image_format: str, *, size: tuple[int, int] = (64, 48), mode: str = "RGB", colour: object = None, **options: object
) -> bytes:
    """A picture of one colour."""
    image = Image.new(mode, size, colour if colour is not None else 0)  # pyright: ignore[reportArgumentType]
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def gradient(width_px: int, height_px: int) -> Image.Image:
    """Noise over a slope: hard to compress, and every place differs."""
    noise = np.random.default_rng(7).integers(0, 255, (height_px, width_px, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def bomb_png(width_px: int, height_px: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def clip(
    container_format: str, codec: str, *, frames: int = 12, fps: int = 24, sound_codec: str | None = None
) -> bytes:
    """A clip of 64x48 pixels, optionally with a tone. An mp4 has its index first, as the web likes it."""
    options = {"movflags": "faststart"} if container_format == "mp4" else {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip"  # "faststart" reads the file again, so it needs a name
        with av.open(path, "w", format=container_format, options=options) as container:
            stream = cast(VideoStream, container.add_stream(codec, rate=fps))
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            audio = _audio_stream(container, sound_codec) if sound_codec else None
            for index in range(frames):
                pixels = np.full((48, 64, 3), index * 20 % 256, dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode(None))
            if audio is not None:
                _mux_tone(container, audio, duration_s=frames / fps)
        return path.read_bytes()


def sound(container_format: str, codec: str, *, duration_s: float = 0.5) -> bytes:
    """A tone."""
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        _mux_tone(container, _audio_stream(container, codec), duration_s=duration_s)
    return file.getvalue()


def _audio_stream(container: OutputContainer, codec: str) -> AudioStream:
    return cast(AudioStream, container.add_stream(codec, rate=_RATE_HZ, layout="mono"))


def _mux_tone(container: OutputContainer, stream: AudioStream, *, duration_s: float) -> None:
    for start in range(0, int(duration_s * _RATE_HZ), 960):
        wave = (np.sin(np.arange(start, start + 960) / 20) * 8000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _RATE_HZ, start, Fraction(1, _RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
