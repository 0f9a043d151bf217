"""What the sandbox renderer is asked for and what it answers; every value can be pickled."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ImageTask = Literal["text-to-image", "image-to-image", "upscale", "remove-background"]
Background = Literal["auto", "opaque", "transparent"]
OutputFormat = Literal["png", "jpeg", "webp"]
Picture = bytes | Path  # encoded; a path keeps large ones out of the pipe to the worker process


@dataclass(frozen=True, slots=True)
class ImageJob:
    """One picture to make; the same job always gives the same bytes.

    width_px, height_px: exact output size, 16 to 3840. For "upscale" and "remove-background" 0, 0
        means "derive it from the input" (input * scale, and the input's own size).
    index: The n-th picture of one request differs from its siblings by this number alone.
    output_compression: 0-100, the encoder's quality for jpeg and webp; png ignores it.
    quality: "low", "medium", "high" or "auto"; changes detail, never the size.
    scale: Upscale factor, used by "upscale" only.
    inputs: Encoded pictures (png, jpeg, webp, gif), size-checked by the caller.
    mask: PNG; edits apply where its alpha is 0.
    label: Draw the small "SANDBOX" label in a corner.
    """

    prompt: str
    task: ImageTask
    width_px: int
    height_px: int
    seed: int
    index: int = 0
    background: Background = "auto"
    output_format: OutputFormat = "png"
    output_compression: int = 100
    quality: str = "auto"
    scale: int = 2
    inputs: tuple[Picture, ...] = ()
    mask: Picture | None = None
    label: bool = True


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """An encoded picture. `applied` names the edits that really happened, in order."""

    data: bytes
    mime: str
    width_px: int
    height_px: int
    applied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One clip to make: exactly duration_s * fps frames of width_px x height_px, both even."""

    prompt: str
    width_px: int
    height_px: int
    duration_s: int
    fps: int = 24
    audio: bool = False
    seed: int = 0
    first_frame: Picture | None = None
    last_frame: Picture | None = None
    label: bool = True


@dataclass(frozen=True, slots=True)
class RenderedVideo:
    """Facts about the MP4 that was written; `poster` is a JPEG, at most 1280 px on its long side."""

    width_px: int
    height_px: int
    duration_s: float
    fps: int
    has_audio: bool
    poster: bytes
    warnings: tuple[str, ...] = ()
