"""Upscaling: Lanczos and a mild unsharp mask; honest about being no more than that."""

from PIL import Image, ImageFilter

from overdoor.providers.sandbox import encode
from overdoor.providers.sandbox.jobs import ImageJob
from overdoor.providers.sandbox.painted import Painted, covering

MAX_PX = 3840 * 3840


def upscaled(job: ImageJob) -> Painted:
    """Return the first input, larger: to the asked size, or by `job.scale`, at most MAX_PX pixels.

    Raises:
        ValueError: The job has no input.
    """
    if not job.inputs:
        raise ValueError("Upscaling needs an input picture; the job has none.")
    source = encode.opened(job.inputs[0])
    warnings: tuple[str, ...] = ()
    if job.width_px > 0 and job.height_px > 0:
        size = (job.width_px, job.height_px)
    else:
        size, warnings = _scaled_size(source.size, job.scale)
    sharp = ImageFilter.UnsharpMask(radius=1.2 * max(1.0, size[0] / source.width / 2), percent=60, threshold=2)
    return Painted(_sharpened(covering(source, size), sharp), (f"upscaled to {size[0]}x{size[1]} (lanczos)",), warnings)


def _scaled_size(size: tuple[int, int], scale: int) -> tuple[tuple[int, int], tuple[str, ...]]:
    width, height = size[0] * max(scale, 1), size[1] * max(scale, 1)
    if width * height <= MAX_PX:
        return (width, height), ()
    limit = (MAX_PX / (size[0] * size[1])) ** 0.5
    capped = (int(size[0] * limit), int(size[1] * limit))
    warning = f"{width} x {height} px is more than {MAX_PX:,} pixels; the result is {capped[0]} x {capped[1]} px."
    return capped, (warning,)


def _sharpened(image: Image.Image, sharp: ImageFilter.UnsharpMask) -> Image.Image:
    if image.mode != "RGBA":
        return image.filter(sharp)
    colour = image.convert("RGB").filter(sharp)
    colour.putalpha(image.getchannel("A"))
    return colour
