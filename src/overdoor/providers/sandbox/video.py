"""Renders one clip: a still, larger than the frame, seen through a moving window, with drifting light and sound."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

from overdoor.providers.sandbox import brief, compose, encode, finish, lettering, seeds, sound
from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.draw import Canvas
from overdoor.providers.sandbox.jobs import RenderedVideo, VideoJob
from overdoor.providers.sandbox.motion import OVERSCAN, Move, move_for, window
from overdoor.providers.sandbox.painted import covering

POSTER_LONG_SIDE_PX = 1280
X264_THREADS = 2

_STILL_MAX_PX = 3_400_000  # 1080p with overscan; larger frames enlarge the still a little more
_MOTES = 14
_CROSSFADE_SHARE = 0.45  # of the clip, around its middle


def render_video(job: VideoJob, *, output_path: str, progress_path: str | None = None) -> RenderedVideo:
    """Write an H.264 MP4 (yuv420p, faststart) with exactly duration_s * fps frames, and AAC sound if asked.

    Args:
        job: What to show.
        output_path: The file to write; it must not be a stream, faststart rewrites it.
        progress_path: Where the share done is kept as text such as "0.42", overwritten in place.

    Raises:
        ValueError: The size is odd or empty, or the clip has no frames.
    """
    _require_possible(job)
    wanted = brief.read(job.prompt)
    shots = _shots(job, wanted)
    frames = job.duration_s * job.fps
    poster: bytes | None = None
    with (
        _progress(progress_path) as report,
        av.open(output_path, "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        picture_stream = _video_stream(container, job)
        sound_stream = _audio_stream(container) if job.audio else None
        samples = sound.pad(wanted, duration_s=job.duration_s, seed=job.seed) if job.audio else iter(())
        for index in range(frames):
            image = shots.frame(index, frames)
            if poster is None:
                poster = _poster(image)
            _write_picture(container, picture_stream, image, at=Fraction(index, job.fps))
            if sound_stream is not None and index % job.fps == 0:
                _write_sound(container, sound_stream, next(samples), second=index // job.fps)
            report((index + 1) / frames)
        container.mux(picture_stream.encode(None))
        if sound_stream is not None:
            container.mux(sound_stream.encode(None))
    assert poster is not None
    return RenderedVideo(job.width_px, job.height_px, frames / job.fps, job.fps, job.audio, poster, shots.warnings)


@dataclass(frozen=True, slots=True)
class _Shots:
    """The stills and how they move; two stills crossfade."""

    size: tuple[int, int]
    still: Image.Image
    last: Image.Image | None
    move: Move
    motes: np.ndarray[tuple[int, int], np.dtype[np.float64]] | None
    label: bool
    warnings: tuple[str, ...]

    def frame(self, index: int, count: int) -> Image.Image:
        """Return one frame as RGB."""
        progress = index / max(count - 1, 1)
        image = self._seen(self.still, progress)
        if self.last is not None:
            share = min(max((progress - 0.5) / _CROSSFADE_SHARE + 0.5, 0.0), 1.0)
            if share > 0:
                end = self._seen(self.last, 1 - progress)
                image = end if share >= 1 else Image.blend(image, end, share * share * (3 - 2 * share))
        if self.motes is not None:
            _drift(image, self.motes, progress * count)
        return finish.label(image) if self.label else image

    def _seen(self, still: Image.Image, progress: float) -> Image.Image:
        box = window(self.move, progress, still.size)
        return still.resize(self.size, Image.Resampling.BILINEAR, box=box)


def _require_possible(job: VideoJob) -> None:
    if job.width_px < 16 or job.height_px < 16 or job.width_px % 2 or job.height_px % 2:
        raise ValueError(f"A clip needs an even size of at least 16 px; got {job.width_px} x {job.height_px} px.")
    if job.duration_s < 1 or job.fps < 1:
        raise ValueError(f"A clip needs at least one second and one frame; got {job.duration_s} s at {job.fps} fps.")


def _shots(job: VideoJob, wanted: Brief) -> _Shots:
    size = (job.width_px, job.height_px)
    scale = min(OVERSCAN, max(1.0, (_STILL_MAX_PX / (size[0] * size[1])) ** 0.5))
    large = (round(size[0] * scale), round(size[1] * scale))
    rng = seeds.chance("motion", job.prompt, job.seed)
    move = move_for(wanted.motion, rng)
    if job.first_frame is not None:
        still = covering(encode.flattened(encode.opened(job.first_frame)), large)
    else:
        still = compose.picture(wanted, large, seed_text=f"{job.prompt}|{job.seed}|0")
        still = finish.vignette(lettering.on_picture(still, wanted), strength=0.2)
    last = None if job.last_frame is None else covering(encode.flattened(encode.opened(job.last_frame)), large)
    motes = (
        None
        if job.first_frame is not None or wanted.styles & {"flat", "pixel", "lineart", "blueprint"}
        else _seeded_motes(job)
    )
    return _Shots(
        size, still, last, move, motes, job.label, lettering.warnings_for(wanted) if job.first_frame is None else ()
    )


def _seeded_motes(job: VideoJob) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return drifting specks of light: x, y, size, speed x, speed y, phase, all as shares of the frame."""
    source = seeds.noise_source("motes", job.prompt, job.seed)
    low = np.array([0, 0.1, 0.006, -0.0008, -0.0012, 0])
    high = np.array([1, 1.0, 0.022, 0.0010, -0.0002, 6.28])
    return low + source.random((_MOTES, 6)) * (high - low)


def _drift(image: Image.Image, motes: np.ndarray[tuple[int, int], np.dtype[np.float64]], step: float) -> None:
    canvas = Canvas(image)
    short = min(image.size)
    for x, y, size, speed_x, speed_y, phase in motes:
        px = (x + speed_x * step) % 1.06 - 0.03
        py = (y + speed_y * step) % 1.06 - 0.03
        glow = 0.34 + 0.26 * np.sin(step * 0.08 + phase)
        canvas.glow(px * image.width, py * image.height, size * short, (255, 244, 220), float(glow))


def _video_stream(container: OutputContainer, job: VideoJob) -> VideoStream:
    stream = container.add_stream(
        "libx264", rate=job.fps, options={"preset": "veryfast", "crf": "23", "threads": str(X264_THREADS)}
    )
    stream.width, stream.height, stream.pix_fmt = job.width_px, job.height_px, "yuv420p"
    stream.codec_context.time_base = Fraction(1, job.fps)
    stream.codec_context.thread_count = X264_THREADS
    return stream


def _audio_stream(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=sound.SAMPLE_RATE_HZ, layout="stereo")
    stream.bit_rate = 128_000
    return stream


def _write_picture(container: OutputContainer, stream: VideoStream, image: Image.Image, *, at: Fraction) -> None:
    """at: seconds; not counted in `stream.time_base`, which the container changes once its header is written."""
    frame = av.VideoFrame.from_image(image)
    frame.pts, frame.time_base = at.numerator, Fraction(1, at.denominator)
    container.mux(stream.encode(frame))


def _write_sound(container: OutputContainer, stream: AudioStream, samples: sound.Samples, *, second: int) -> None:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
    frame.sample_rate = sound.SAMPLE_RATE_HZ
    frame.pts, frame.time_base = second * sound.SAMPLE_RATE_HZ, Fraction(1, sound.SAMPLE_RATE_HZ)
    container.mux(stream.encode(frame))


def _poster(image: Image.Image) -> bytes:
    poster = image.copy()
    poster.thumbnail((POSTER_LONG_SIDE_PX, POSTER_LONG_SIDE_PX), Image.Resampling.LANCZOS)
    return encode.encoded(poster, "jpeg", compression=86)


@contextmanager
def _progress(path: str | None) -> Generator[Callable[[float], object]]:
    if path is None:
        yield lambda share: None
        return
    file = os.open(Path(path), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        yield lambda share: _overwrite(file, share)
    finally:
        os.close(file)


def _overwrite(file: int, share: float) -> None:
    os.pwrite(file, f"{share:.2f}".encode(), 0)
