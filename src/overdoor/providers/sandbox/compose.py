"""Composing: the brief picks a setting, the setting says where things stand, the subjects take their places."""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageChops

from overdoor.providers.sandbox import finish, paths, seeds, sky
from overdoor.providers.sandbox.brief import Brief, Subject
from overdoor.providers.sandbox.colours import BLACK, WHITE, Paint, dark, light
from overdoor.providers.sandbox.draw import Canvas
from overdoor.providers.sandbox.palette import Palette, choose
from overdoor.providers.sandbox.pen import Ambience, Pen
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.catalogue import painter_for
from overdoor.providers.sandbox.subjects.catalogue import KINDS, Kind
from overdoor.providers.sandbox.subjects.look import Look

MIN_SIDE_PX = 256  # smaller pictures are painted at this size and scaled down
MAX_PAINTED_PX = 4_200_000  # larger ones are painted with this many pixels and scaled up


@dataclass(frozen=True, slots=True)
class Placed:
    """One subject and where it stands, in px."""

    subject: Subject
    x: float
    y: float
    size_px: float
    flipped: bool


def picture(brief: Brief, size: tuple[int, int], *, seed_text: str) -> Image.Image:
    """Return the whole picture as RGB, styled but without grain, label or text."""
    painted = _painted_size(size)
    scene = _scene(brief, painted, seed_text)
    stage = painter_for(brief)(scene)
    for placed in arrange(scene, stage):
        _shadow(scene, stage, placed)
        _draw(
            scene.canvas,
            placed,
            palette=scene.palette,
            seed_text=seed_text,
            ambience=stage.ambience or scene.palette.ambience,
            brief=brief,
        )
        _waterline(scene, stage, placed)
    if stage.front is not None:
        stage.front()
    sky.weather(scene)
    return _scaled(finish.styled(scene.canvas.image, brief), size)


def subject_alone(brief: Brief, size: tuple[int, int], *, seed_text: str) -> Image.Image:
    """Return the subjects without any scene, as RGBA with clean alpha.

    They are drawn on black and on white; the difference between both is exactly what is transparent.
    """
    painted = _painted_size(size)
    palette = choose(brief, seeds.chance("palette", seed_text))
    drawn: list[Image.Image] = []
    for ground in (BLACK, WHITE):
        canvas = Canvas(Image.new("RGB", painted, ground))
        for placed in _in_the_middle(brief, canvas):
            _draw(canvas, placed, palette=palette, seed_text=seed_text, ambience=None, brief=brief)
        drawn.append(canvas.image)
    return _scaled(matted(*drawn), size)


def _painted_size(size: tuple[int, int]) -> tuple[int, int]:
    factor = max(1.0, MIN_SIDE_PX / min(size), 480 / max(size))
    factor = min(factor, (MAX_PAINTED_PX / (size[0] * size[1])) ** 0.5)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    smaller = size[0] < image.width
    return image.resize(size, Image.Resampling.LANCZOS if smaller else Image.Resampling.BICUBIC)


def matted(on_black: Image.Image, on_white: Image.Image) -> Image.Image:
    """Return the RGBA picture that gives these two on black and on white."""
    difference = ImageChops.difference(on_white, on_black)
    box = ImageChops.invert(difference).getbbox()
    result = Image.new("RGBA", on_black.size)
    if box is None:
        return result
    see_through = np.asarray(difference.crop(box)).max(axis=2)
    alpha = 255 - see_through.astype(np.int16)
    alpha = np.where(alpha >= 250, 255, np.where(alpha <= 3, 0, alpha))
    pixels = np.dstack([np.asarray(on_black.crop(box)), alpha.astype(np.uint8)])
    partial = (alpha > 0) & (alpha < 255)
    share = alpha[partial][:, None] / 255.0
    pixels[partial, :3] = np.clip(pixels[partial, :3] / share, 0, 255).astype(np.uint8)
    pixels[alpha == 0] = 0
    result.paste(Image.fromarray(pixels, "RGBA"), box[:2])
    return result


def arrange(scene: Scene, stage: Stage) -> list[Placed]:
    """Return where each subject stands: alone near the middle, several spread, the first one largest."""
    subjects = [subject for subject in scene.brief.subjects if subject.name in KINDS and stage.size_px > 0]
    rng = seeds.chance("places", scene.brief.prompt, scene.rng.random())
    copies = [(subject, copy) for subject in subjects for copy in range(subject.count)]
    slots = _slots(len(copies), wide=scene.width > scene.height * 1.3, rng=rng)
    if stage.centre_x is not None:
        slots = [stage.centre_x / scene.width + (slot - 0.5) * (0.75 if len(copies) > 1 else 0.0) for slot in slots]
    placed: list[Placed] = []
    for (subject, copy), slot in zip(copies, slots, strict=True):
        kind = KINDS[subject.name]
        crowd = 1.0 if len(copies) == 1 else max(0.5, 0.86 - 0.06 * len(copies))
        size = stage.size_px * kind.size * crowd * (1.0 - 0.1 * copy)
        size = min(size, scene.width * 0.9 / max(kind.width, 0.3) / max(1, len(copies) * 0.75), scene.height * 0.84)
        y = (
            _standing_y(kind, stage, size)
            + size * (100 - kind.foot) / 100
            - copy * scene.unit * (1.5 if kind.place != "air" else -6)
        )
        placed.append(Placed(subject, slot * scene.width, y, size, rng.random() < 0.4))
    return sorted(placed, key=lambda item: item.y)


def _slots(count: int, *, wide: bool, rng: Random) -> list[float]:
    if count == 0:
        return []
    if count == 1:
        return [rng.choice([0.38, 0.5, 0.62]) if wide else rng.choice([0.46, 0.5, 0.54])]
    margin = {2: 0.28, 3: 0.2}.get(count, 0.14)
    if wide:
        margin += 0.06
    steps = [margin + (1 - 2 * margin) * index / (count - 1) for index in range(count)]
    centre_first = sorted(steps, key=lambda x: abs(x - 0.5)) if count > 2 else steps
    return [x + rng.uniform(-0.02, 0.02) for x in centre_first]


def _standing_y(kind: Kind, stage: Stage, size: float) -> float:
    match kind.place:
        case "air":
            return stage.air_y + size * 0.55
        case "water" | "swimming":
            return stage.water_y if stage.water_y is not None else stage.ground_y
        case "ground":
            return stage.ground_y


def _in_the_middle(brief: Brief, canvas: Canvas) -> list[Placed]:
    subjects = [subject for subject in brief.subjects if subject.name in KINDS] or [_emblem(brief)]
    copies = [subject for subject in subjects for _ in range(subject.count)][:5]
    cell = canvas.width / len(copies)
    size = min(canvas.height * 0.84, cell * 0.92 / max(KINDS[s.name].width for s in copies))
    bottom = canvas.height / 2 + size / 2
    return [Placed(subject, cell * (index + 0.5), bottom, size, flipped=False) for index, subject in enumerate(copies)]


def _emblem(brief: Brief) -> Subject:
    """A cut-out of nothing known still shows something: one of the emblems, picked by the words."""
    rng = seeds.chance("emblem", brief.prompt)
    names = [name for name in ("gem", "star", "flower", "heart", "rocket", "fox") if name in KINDS]
    return Subject(rng.choice(names), brief.colours[0] if brief.colours else None)


def _scene(brief: Brief, size: tuple[int, int], seed_text: str) -> Scene:
    palette = choose(brief, seeds.chance("palette", seed_text))
    canvas = Canvas(Image.new("RGB", size, palette.sky[1]))
    return Scene(canvas, brief, palette, seeds.chance("scene", seed_text), seeds.noise_source("scene", seed_text))


def _draw(
    canvas: Canvas, placed: Placed, *, palette: Palette, seed_text: str, ambience: Ambience | None, brief: Brief
) -> None:
    rng = seeds.chance("subject", seed_text, placed.subject.name)
    pen = Pen(canvas, placed.x, placed.y, placed.size_px / 100, flipped=placed.flipped, ambience=ambience or Ambience())
    look = Look(palette, rng, placed.subject.colour, brief.tints, brief.spoken, alone=ambience is None)
    KINDS[placed.subject.name].draw(pen, look)


def _waterline(scene: Scene, stage: Stage, placed: Placed) -> None:
    """Sink what swims at a surface into the water, with a rim of foam."""
    if KINDS[placed.subject.name].place != "swimming" or not stage.reflective:
        return
    water, size = dark(scene.palette.water, 0.25), placed.size_px
    for reach in (0.62, 0.5):
        scene.canvas.soft(placed.x, placed.y + size * 0.02, size * reach, size * 0.2, water, 0.85)
    foam = [
        paths.oval(placed.x + size * dx, placed.y - size * 0.1, size * 0.13, size * 0.018)
        for dx in (-0.3, -0.08, 0.14, 0.32)
    ]
    scene.canvas.fill(foam, Paint(light(scene.palette.sky[2], 0.5), alpha=0.6), blur_px=size * 0.008)


def _shadow(scene: Scene, stage: Stage, placed: Placed) -> None:
    kind = KINDS[placed.subject.name]
    if not stage.soft_shadow or kind.place != "ground":
        return
    reach = placed.size_px * kind.width * 0.5
    shade = (8, 8, 22)
    y = placed.y - placed.size_px * (100 - kind.foot) / 100
    scene.canvas.soft(placed.x + reach * 0.18, y, reach * 1.35, reach * 0.22, shade, 0.36)
    scene.canvas.soft(placed.x, y, reach * 1.02, reach * 0.1, shade, 0.6)
