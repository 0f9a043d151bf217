"""Edits: real operations on the given pictures; what is not understood is said, never faked."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from overdoor.providers.sandbox import cutout, encode, finish, instructions, lettering, paths
from overdoor.providers.sandbox.colours import NAMED, Colour, Paint, luminance
from overdoor.providers.sandbox.draw import Canvas, levels
from overdoor.providers.sandbox.instructions import Operation
from overdoor.providers.sandbox.jobs import ImageJob, Picture
from overdoor.providers.sandbox.painted import Painted, covering

NOTHING_KNOWN = "No known edit instruction was found; the image is unchanged."

_PAPER: Colour = (247, 245, 240)
_LINK_WORDS = frozenset(
    {
        "the",
        "it",
        "this",
        "image",
        "photo",
        "picture",
        "a",
        "an",
        "to",
        "into",
        "in",
        "of",
        "its",
        "colour",
        "color",
        "hue",
    }
)
_FIT_LAST = frozenset({"rotate", "crop", "remove background"})  # before these the picture keeps its own size


def edited(job: ImageJob) -> Painted:
    """Return the first input with the instructions of the prompt applied, at the asked size.

    Raises:
        ValueError: The job has no input.
    """
    if not job.inputs:
        raise ValueError("An edit needs an input picture; the job has none.")
    operations = instructions.read(job.prompt, input_count=len(job.inputs))
    first = encode.opened(job.inputs[0])
    size = (job.width_px or first.width, job.height_px or first.height)
    if operations and operations[0].name == "collage":
        start = Painted(_collage(job.inputs, size), (f"collage of {len(job.inputs)}",))
        operations = operations[1:]
    else:
        start = Painted(first)
    if not operations:
        image = _fitted(start.image, size)
        return Painted(image, start.applied, () if start.applied else (NOTHING_KNOWN,))
    result = _all_applied(start, operations, size)
    if job.mask is not None:
        result = Painted(_masked(start.image, result.image, job.mask, size), result.applied, result.warnings)
    if job.background == "transparent" and result.image.mode != "RGBA":
        cut = cutout.cut_out(result.image)
        result = Painted(cut.image, (*result.applied, *cut.applied), (*result.warnings, *cut.warnings))
    return result


def _all_applied(start: Painted, operations: tuple[Operation, ...], size: tuple[int, int]) -> Painted:
    image, applied, warnings = start.image, start.applied, start.warnings
    early = [operation for operation in operations if operation.name in _FIT_LAST]
    late = [operation for operation in operations if operation.name not in _FIT_LAST]
    for operation in early:
        image, applied, warnings = _step(Painted(image, applied, warnings), operation)
    image = _fitted(image, size)
    for operation in late:
        image, applied, warnings = _step(Painted(image, applied, warnings), operation)
    return Painted(image, applied, warnings)


def _step(before: Painted, operation: Operation) -> tuple[Image.Image, tuple[str, ...], tuple[str, ...]]:
    if operation.name == "remove background":
        cut = cutout.cut_out(before.image)
        return cut.image, (*before.applied, *cut.applied), (*before.warnings, *cut.warnings)
    image = _APPLY[operation.name](before.image, operation)
    return image, (*before.applied, _spoken(operation)), before.warnings


def _spoken(operation: Operation) -> str:
    if operation.name == "text":
        return "text overlay"
    words = " ".join(word for phrase in operation.words for word in phrase.split() if word not in _LINK_WORDS)
    number = f" {operation.amount:+g}%" if operation.name in {"brightness", "contrast", "saturation"} else ""
    if operation.name in {"blur", "blur around the centre", "rotate"}:
        number = f" {operation.amount:g}"
    return f"{operation.name}{number}{' ' + words if words else ''}"


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A turned square on a wide canvas is cover-cropped too: the size is a promise."""
    return covering(image, size)


def _masked(before: Image.Image, after: Image.Image, mask: Picture, size: tuple[int, int]) -> Image.Image:
    """Keep the edit where the mask's alpha is 0."""
    area = encode.opened(mask).convert("RGBA").getchannel("A")
    keep = covering(area, size)
    original = covering(before, size)
    if "RGBA" in {original.mode, after.mode}:
        original, after = original.convert("RGBA"), after.convert("RGBA")
    return Image.composite(original, after, keep)


def _collage(sources: Sequence[Picture], size: tuple[int, int]) -> Image.Image:
    """Lay pictures out in rows, with even gaps on paper; only one of them is decoded at a time."""
    board = Image.new("RGB", size, _PAPER)
    gap = max(1, round(min(size) * 0.018))
    rows = 1 if len(sources) <= 2 and size[0] >= size[1] else 2 if len(sources) <= 6 else 3
    per_row = -(-len(sources) // rows)
    top = gap
    for row in range(rows):
        members = sources[row * per_row : (row + 1) * per_row]
        if not members:
            continue
        height = (size[1] - gap * (rows + 1)) // rows
        width = (size[0] - gap * (len(members) + 1)) // len(members)
        for column, source in enumerate(members):
            cell = encode.flattened(covering(encode.opened(source), (max(1, width), max(1, height))))
            board.paste(cell, (gap + column * (width + gap), top))
        top += height + gap
    return board


def _on_colour(change: Callable[[Image.Image], Image.Image]) -> Callable[[Image.Image, Operation], Image.Image]:
    """Apply a change of colours and keep the alpha."""
    return lambda image, _: _keeping_alpha(image, change)


def _keeping_alpha(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    if image.mode != "RGBA":
        return change(image)
    changed = change(image.convert("RGB"))
    changed.putalpha(image.getchannel("A"))
    return changed


def _enhanced(kind: Callable[[Image.Image], ImageEnhance._Enhance], image: Image.Image, percent: float) -> Image.Image:  # pyright: ignore[reportPrivateUsage]
    return _keeping_alpha(image, lambda colour: kind(colour).enhance(max(0.0, 1 + percent / 100)))


def _blur(image: Image.Image, operation: Operation) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(abs(operation.amount) or 8, 200)))


def _centre_focus(image: Image.Image, operation: Operation) -> Image.Image:
    """Blur what is far from the middle: the honest part of "blur the background" without a segmentation model."""
    height, width = 96, 96
    y, x = np.mgrid[-1.0 : 1.0 : height * 1j, -1.0 : 1.0 : width * 1j]
    far = np.clip((np.sqrt(x * x + y * y) - 0.5) / 0.4, 0.0, 1.0)
    mask = Image.fromarray((far * 255).astype(np.uint8), "L").resize(image.size, Image.Resampling.BICUBIC)
    return Image.composite(_blur(image, operation), image, mask)


def _sharpen(image: Image.Image, operation: Operation) -> Image.Image:
    percent = int(min(operation.amount or 100, 400) * 1.5)
    return _keeping_alpha(image, lambda colour: colour.filter(ImageFilter.UnsharpMask(2, percent, 2)))


def _rotate(image: Image.Image, operation: Operation) -> Image.Image:
    backwards = any(word.startswith(("counter", "anti", "left")) for word in operation.words)
    degrees = (operation.amount if not backwards else -operation.amount) % 360
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    if degrees in turns:
        return image.transpose(turns[int(degrees)])
    turned = image.rotate(-degrees, Image.Resampling.BICUBIC, expand=False)
    return _inscribed(turned, degrees)


def _inscribed(turned: Image.Image, degrees: float) -> Image.Image:
    """Crop to the largest upright part that has no empty corners."""
    angle = abs((degrees + 45) % 90 - 45) * np.pi / 180
    sine, cosine = abs(np.sin(angle)), abs(np.cos(angle))
    width, height = turned.size
    scale = float(min(width / (width * cosine + height * sine), height / (width * sine + height * cosine)))
    dx, dy = width * (1 - scale) / 2, height * (1 - scale) / 2
    return turned.crop((round(dx), round(dy), round(width - dx), round(height - dy)))


def _crop(image: Image.Image, operation: Operation) -> Image.Image:
    ratio = min(max(operation.amount or 1.0, 0.05), 20.0)
    width, height = image.size
    size = (round(height * ratio), height) if width / height > ratio else (width, round(width / ratio))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    return image.crop((left, top, left + max(1, size[0]), top + max(1, size[1])))


def _resize(image: Image.Image, operation: Operation) -> Image.Image:
    """A resize by percent inside a fixed output size shows the picture smaller, on paper."""
    scale = min(max(operation.amount / 100, 0.05), 1.0)
    board = Image.new("RGB", image.size, _PAPER)
    small = encode.flattened(
        image.resize(
            (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
        )
    )
    board.paste(small, ((image.width - small.width) // 2, (image.height - small.height) // 2))
    return board


def _sepia(image: Image.Image) -> Image.Image:
    return ImageOps.colorize(image.convert("L"), (34, 20, 10), (255, 240, 206), mid=(158, 118, 78))


def _gray(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _temperature(image: Image.Image, *, warm: float) -> Image.Image:
    shift = 0.14 * warm
    gains = (1 + shift, 1 + shift * 0.18, 1 - shift)
    return image.point([min(255, round(v * gain)) for gain in gains for v in range(256)])


def _tint(image: Image.Image, operation: Operation) -> Image.Image:
    colour = next(NAMED[word] for word in reversed(operation.words) if word in NAMED)
    named = [NAMED[word] for phrase in operation.words[:-1] for word in phrase.split() if word in NAMED]
    return _keeping_alpha(image, lambda picture: _hued(picture, colour, source=named[0] if named else None))


def _hued(image: Image.Image, colour: Colour, *, source: Colour | None) -> Image.Image:
    """Give the picture (or only what has the hue of `source`) another hue, keeping light and shade."""
    grey = image.convert("L")
    level = luminance(colour)
    ramp = [_ramped(v / 255, colour, level) for v in range(256)]
    toned = Image.merge("RGB", [grey.point([step[channel] for step in ramp]) for channel in range(3)])
    saturation = image.convert("HSV").getchannel("S")
    if source is not None:
        mask = _like(image, source)
    elif float(np.asarray(saturation).mean()) > 40:
        mask = saturation.point(levels(lambda s: min(255, 120 + s)))
    else:
        mask = Image.new("L", image.size, 205)
    return Image.composite(toned, image, mask)


def _ramped(value: float, colour: Colour, level: float) -> Colour:
    """Dark to the colour at its own brightness, then on to white."""
    pivot = min(max(level, 0.25), 0.7)
    if value < pivot:
        share = value / pivot
        red, green, blue = (round(c * share) for c in colour)
    else:
        share = (value - pivot) / (1 - pivot)
        red, green, blue = (round(c + (255 - c) * share) for c in colour)
    return red, green, blue


def _like(image: Image.Image, source: Colour) -> Image.Image:
    hue = Image.new("RGB", (1, 1), source).convert("HSV").tobytes()
    channels = image.convert("HSV").split()
    near = channels[0].point(
        levels(lambda h: max(0, 255 - max(0, min(abs(h - hue[0]), 256 - abs(h - hue[0])) - 10) * 16))
    )
    strong = channels[1].point(levels(lambda s: min(255, max(0, s - 40) * 4)))
    return ImageChops.multiply(near, strong).filter(ImageFilter.GaussianBlur(1.2))


def _background(image: Image.Image, operation: Operation) -> Image.Image:
    colour = next(NAMED[word] for word in reversed(operation.words) if word in NAMED)
    board = Image.new("RGB", image.size, colour)
    cut = cutout.cut_out(image).image
    board.paste(cut, mask=cut.getchannel("A"))
    return board


def _border(image: Image.Image, operation: Operation) -> Image.Image:
    colour = next((NAMED[word] for word in operation.words if word in NAMED), (252, 250, 246))
    width = round(operation.amount) if operation.amount >= 1 else max(1, round(min(image.size) * 0.04))
    width = min(width, min(image.size) // 3)
    framed = Image.new(image.mode, image.size, colour if image.mode == "RGB" else (*colour, 255))
    inner = covering(image, (image.width - 2 * width, image.height - 2 * width))
    framed.paste(inner, (width, width))
    return framed


def _text(image: Image.Image, operation: Operation) -> Image.Image:
    return _keeping_alpha(image, lambda colour: lettering.headline(colour.copy(), operation.words))


def _pixelate(image: Image.Image, operation: Operation) -> Image.Image:
    cell = max(2, round(operation.amount or min(image.size) / 64))
    small = image.resize((max(1, image.width // cell), max(1, image.height // cell)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def _vignette(image: Image.Image) -> Image.Image:
    return finish.vignette(image.copy(), strength=0.7)


def _polished(image: Image.Image) -> Image.Image:
    """An editorial finish: levels, a little colour and clarity, warm light from above, soft corners, a thin mat."""
    levelled = ImageOps.autocontrast(image, cutoff=0.4, preserve_tone=True)
    rich = ImageEnhance.Color(levelled).enhance(1.14)
    clear = rich.filter(ImageFilter.UnsharpMask(max(2, min(image.size) / 60), 26, 3))
    warm = _temperature(clear, warm=0.35)
    canvas = Canvas(finish.vignette(warm, strength=0.26))
    canvas.glow(image.width * 0.32, image.height * 0.1, max(image.size) * 0.6, (255, 236, 206), 0.2)
    mat = max(1, round(min(image.size) * 0.024))
    inner = covering(canvas.image, (image.width - 2 * mat, image.height - 2 * mat))
    framed = Image.new("RGB", image.size, _PAPER)
    framed.paste(inner, (mat, mat))
    line = paths.box(mat - 0.5, mat - 0.5, inner.width + 1, inner.height + 1)
    Canvas(framed).stroke([np.concatenate([line, line[:1]])], max(1.0, mat * 0.06), Paint((60, 54, 46), alpha=0.35))
    return framed


_APPLY: dict[str, Callable[[Image.Image, Operation], Image.Image]] = {
    "grayscale": _on_colour(_gray),
    "sepia": _on_colour(_sepia),
    "vintage": _on_colour(finish.treatment("vintage")),
    "watercolor": _on_colour(finish.treatment("watercolor")),
    "line art": _on_colour(finish.treatment("lineart")),
    "blur": _blur,
    "blur around the centre": _centre_focus,
    "sharpen": _sharpen,
    "rotate": _rotate,
    "flip horizontally": lambda image, _: ImageOps.mirror(image),
    "flip vertically": lambda image, _: ImageOps.flip(image),
    "crop": _crop,
    "resize": _resize,
    "brightness": lambda image, operation: _enhanced(ImageEnhance.Brightness, image, operation.amount),
    "contrast": lambda image, operation: _enhanced(ImageEnhance.Contrast, image, operation.amount),
    "saturation": lambda image, operation: _enhanced(ImageEnhance.Color, image, operation.amount),
    "warm": _on_colour(lambda image: _temperature(image, warm=1.0)),
    "cool": _on_colour(lambda image: _temperature(image, warm=-1.0)),
    "vignette": _on_colour(_vignette),
    "invert": _on_colour(ImageOps.invert),
    "pixelate": _pixelate,
    "posterize": _on_colour(lambda image: ImageOps.posterize(ImageEnhance.Color(image).enhance(1.4), 2)),
    "background": _background,
    "border": _border,
    "tint": _tint,
    "text": _text,
    "polish": _on_colour(_polished),
}
