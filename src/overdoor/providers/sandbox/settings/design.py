"""What designed pages share: colours that go together, sheets, cards and set words."""

import numpy as np

from overdoor.providers.sandbox import paths, text
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, from_hue, shift
from overdoor.providers.sandbox.scene import Scene

INK: Colour = (34, 36, 52)
PAPER: Colour = (250, 246, 238)


def family(scene: Scene, count: int = 5) -> list[Colour]:
    """Return colours that go together: those named in the prompt, or a harmony from the seed."""
    named = [*scene.brief.colours][:count]
    rng = scene.rng
    base = rng.random()
    step = rng.choice([0.07, 0.11, 0.38, 0.5])
    while len(named) < count:
        if named and len(scene.brief.colours) > 0:
            seed = named[len(named) % len(scene.brief.colours)]
            named.append(
                shift(
                    seed, hue=rng.uniform(-0.07, 0.07), saturation=rng.uniform(0.6, 1.0), value=rng.uniform(0.75, 1.15)
                )
            )
        else:
            index = len(named)
            named.append(
                from_hue(
                    base + step * index + rng.uniform(-0.02, 0.02), rng.uniform(0.45, 0.75), rng.uniform(0.72, 0.96)
                )
            )
    return named


def sheet(scene: Scene, paint: Paint | Colour) -> None:
    """Cover the whole canvas."""
    scene.canvas.fill([paths.box(-2, -2, scene.width + 4, scene.height + 4)], paint)


def card(scene: Scene, box: tuple[float, float, float, float], *, radius: float, paint: Paint | Colour = WHITE) -> None:
    """Lay a card with a soft shadow; box is x, y, width, height."""
    x, y, wide, tall = box
    outline = paths.box(x, y, wide, tall, radius)
    scene.canvas.fill(
        [outline + np.array([0, scene.unit * 0.7])], Paint((30, 30, 60), alpha=0.16), blur_px=scene.unit * 1.2
    )
    scene.canvas.fill([outline], paint)


def words_at(
    scene: Scene, words: str, box: tuple[float, float, float, float], *, colour: Colour, setting: text.Setting
) -> None:
    """Set words into x, y, width, height."""
    x, y, wide, tall = box
    if wide < 8 or tall < 6:
        return
    lines = text.fit(words, width_px=wide, height_px=tall, setting=setting)
    text.draw(
        scene.canvas, lines, (round(x), round(y), round(x + wide), round(y + tall)), colour=colour, setting=setting
    )


def title_of(scene: Scene, usual: str) -> str:
    """Return the first quoted text, or a heading made of the prompt's own words."""
    if scene.brief.texts:
        return scene.brief.texts[0]
    plain = [word for word in scene.brief.prompt.split() if word.isalpha() and len(word) > 3 and word not in _DULL]
    return " ".join(plain[:3]).title() or usual


_DULL = frozenset({"with", "from", "that", "this", "about", "showing", "style", "clean", "modern", "flat", "simple",
                   "infographic", "diagram", "chart", "dashboard", "design", "mockup", "mock-up", "storyboard",
                   "screen", "interface", "page", "minimal", "vector", "illustration", "poster", "into", "over",
                   "website", "panels", "colors", "colours"})  # fmt: skip
