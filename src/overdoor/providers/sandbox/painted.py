"""A picture before it is encoded, with what was done to it."""

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Painted:
    """`applied` names the operations that really happened; `warnings` what could not."""

    image: Image.Image
    applied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def covering(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture scaled and cropped around its middle to exactly that size."""
    if image.size == size:
        return image
    scale = max(size[0] / image.width, size[1] / image.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = (max(left, 0.0), max(top, 0.0), min(left + width, image.width), min(top + height, image.height))
    return image.resize(size, Image.Resampling.LANCZOS, box=box)
