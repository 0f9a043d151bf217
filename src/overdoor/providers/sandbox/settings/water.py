"""A surface of water: the rippled mirror of what stands above it, glitter and waves."""

import numpy as np
from PIL import Image, ImageFilter

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene


def surface(scene: Scene, *, horizon_y: float, sun_x: float, bottom_y: float | None = None, clear: float = 0.5) -> None:
    """Lay water over everything below the horizon: a rippled mirror of what is above, tinted and glittering."""
    canvas, palette = scene.canvas, scene.palette
    top, bottom = round(horizon_y), round(bottom_y or scene.height)
    height = min(bottom, scene.height) - top
    if height < 2:
        return
    mirrored = canvas.image.crop((0, max(0, top - height), scene.width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.resize((scene.width // 4 or 1, height // 4 or 1), Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(1.2)
    )
    mirrored = _rippled(mirrored.resize((scene.width, height), Image.Resampling.BICUBIC), scene)
    canvas.image.paste(mirrored, (0, top))
    near = dark(palette.water, 0.42)
    box = paths.box(0, top, scene.width, height)
    canvas.fill([box], Paint(mix(palette.water, palette.sky[2], 0.35), near, alpha=1 - clear))
    canvas.haze(top, top + height, near, start=0.0, end=0.55)
    canvas.haze(top, top + height * 0.12, mix(palette.sky[2], palette.glow, 0.3), start=0.35, end=0.0)
    _glitter(scene, top=top, height=height, sun_x=sun_x)


def _rippled(image: Image.Image, scene: Scene) -> Image.Image:
    """Shift rows sideways, more towards the viewer."""
    pixels = np.asarray(image)
    rows = np.arange(image.height)
    depth = rows / max(image.height, 1)
    wave = np.sin(rows / (1.5 + depth * 7) * (100 / max(scene.unit * 12, 20)) + 3 * np.sin(rows / scene.unit / 3))
    shift = np.rint(wave * (0.15 + depth * 1.4) * scene.unit).astype(int)
    shifted = np.empty_like(pixels)
    for row, offset in enumerate(shift):
        shifted[row] = np.roll(pixels[row], offset, axis=0)
    return Image.fromarray(shifted, "RGB")


def _glitter(scene: Scene, *, top: float, height: float, sun_x: float) -> None:
    """Lay short bright strokes in a widening path below the sun or moon, and faint ones everywhere."""
    rng, unit, palette = scene.rng, scene.unit, scene.palette
    path: list[Points] = []
    loose: list[Points] = []
    for _ in range(210):
        depth = rng.random() ** 1.5
        y = top + height * depth
        length = unit * (0.8 + 5 * depth) * rng.uniform(0.5, 1.4)
        x = sun_x + rng.gauss(0, 1) * unit * (3 + 9 * depth)
        path.append(stroke(x, y, length, unit * (0.12 + 0.34 * depth)))
    for _ in range(150):
        depth = rng.random() ** 1.3
        y, x = top + height * depth, rng.random() * scene.width
        loose.append(stroke(x, y, unit * (1 + 8 * depth) * rng.uniform(0.5, 1.3), unit * (0.08 + 0.22 * depth)))
    calm = scene.brief.mood in {"storm", "mist"}
    scene.canvas.fill(loose, Paint(light(palette.sky[2], 0.3), alpha=0.2))
    scene.canvas.fill(path, Paint(mix(palette.sun, palette.glow, 0.25), alpha=0.2 if calm else 0.72))


def stroke(x: float, y: float, length: float, thick: float) -> Points:
    """Return a flat diamond: one glint on water."""
    return np.array([(x - length, y), (x, y - thick), (x + length, y), (x, y + thick)])


def waves(scene: Scene, *, horizon_y: float, bottom_y: float) -> None:
    """Roll a few long crests towards the viewer; higher in a storm."""
    palette, rng = scene.palette, scene.rng
    high = 2.6 if scene.brief.mood == "storm" or "waves" in scene.brief.spoken or "wave" in scene.brief.spoken else 1.0
    for index in range(4):
        depth = (index + 1) / 4
        y = horizon_y + (bottom_y - horizon_y) * depth**1.5 * 0.86
        colour = mix(palette.water, dark(palette.water, 0.45), depth)
        x = np.linspace(0, 1, 90)
        phase = rng.uniform(0, 6)
        crest = np.sin(x * (34 - 20 * depth) + phase) + 0.5 * np.sin(x * (61 - 34 * depth) + phase * 2)
        line = y + crest * scene.unit * (0.35 + 0.95 * depth) * high
        body = paths.under(line, width=scene.width, bottom=y + scene.height * 0.1 * (0.5 + depth))
        scene.canvas.fill([body], Paint(light(colour, 0.12), colour, alpha=0.34))
        foam = np.stack([np.linspace(-2, scene.width + 2, 90), line], axis=1)
        scene.canvas.stroke(
            [foam],
            max(scene.unit * 0.16 * (0.5 + depth), 0.6),
            Paint(light(palette.sky[2], 0.5), alpha=0.32 * min(high, 1.6)),
        )
