"""Small pictures of large files, in a worker process: for chat answers, galleries and video posters."""

from pathlib import Path
from typing import TYPE_CHECKING

from overdoor.media.fit import encode, with_plain_pixels
from overdoor.media.probe import UnreadableMedia, load_image, open_video

if TYPE_CHECKING:
    from PIL import Image

_QUALITIES = (82, 70, 55, 40, 25)
_SHRINK = 0.75  # of the side length, when no quality is small enough
_SHORTEST_SIDE_PX = 16


def preview(data: bytes, long_side_px: int = 512, limit_bytes: int = 48_000) -> bytes:
    """The picture as WebP, at most `long_side_px` long and `limit_bytes` large; never enlarged. Alpha is kept.

    Raises:
        UnreadableMedia
    """
    image = with_plain_pixels(load_image(data, smallest_useful_px=long_side_px))
    return _within(image, long_side_px=long_side_px, limit_bytes=limit_bytes)


def poster(path: Path, long_side_px: int = 512, limit_bytes: int = 48_000) -> bytes:
    """The first frame of a video as WebP, bounded as in `preview`.

    Raises:
        UnreadableMedia
    """
    with open_video(path) as (container, stream):
        frame = next(container.decode(stream), None)
        if frame is None:
            raise UnreadableMedia("its video track has no picture")
        image = frame.to_image()
        if frame.rotation % 360:
            image = image.rotate(frame.rotation, expand=True)
    return _within(image, long_side_px=long_side_px, limit_bytes=limit_bytes)


def _within(image: "Image.Image", *, long_side_px: int, limit_bytes: int) -> bytes:
    """The best WebP that keeps both bounds: first quality goes, then size."""
    side_px = long_side_px
    while side_px >= _SHORTEST_SIDE_PX:
        image.thumbnail((side_px, side_px))
        for quality in _QUALITIES:
            small = encode(image, output_format="webp", quality=quality)
            if len(small) <= limit_bytes:
                return small
        side_px = int(max(image.size) * _SHRINK)
    raise ValueError(f"no preview fits into {limit_bytes} bytes")
