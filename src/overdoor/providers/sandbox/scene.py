"""What every painter of settings receives, and what it says about where subjects stand."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from overdoor.providers.sandbox.brief import Brief
from overdoor.providers.sandbox.draw import Canvas
from overdoor.providers.sandbox.palette import Palette
from overdoor.providers.sandbox.pen import Ambience


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture being painted. `unit` is a hundredth of the shorter side, in px."""

    canvas: Canvas
    brief: Brief
    palette: Palette
    rng: Random
    texture: np.random.Generator

    @property
    def width(self) -> int:
        """Width in px."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Height in px."""
        return self.canvas.height

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side, in px."""
        return min(self.width, self.height) / 100


@dataclass(frozen=True, slots=True)
class Stage:
    """Where subjects go, in px.

    ground_y: Where feet stand. size_px: Height of a middle-sized subject; 0 = none. air_y: Where flying things hang.
    water_y: Where boats float; ground_y if None. soft_shadow: Things cast a contact shadow here.
    front: Painted after the subjects: grass, mist, foreground leaves.
    centre_x: Where subjects gather; the composition decides if None.
    ambience: The light on subjects, where it is not the palette's.
    """

    ground_y: float
    size_px: float
    air_y: float
    water_y: float | None = None
    soft_shadow: bool = True
    reflective: bool = False
    front: Callable[[], None] | None = None
    centre_x: float | None = None
    ambience: Ambience | None = None


def noise(
    source: np.random.Generator, size: tuple[int, int], *, cells: tuple[int, int], octaves: int = 4
) -> Image.Image:
    """Return soft fractal noise as "L", 0-255 with its full range used; `cells` is the coarsest grid."""
    width, height = size
    small = (min(width, 256), min(height, 256))
    total = np.zeros((small[1], small[0]), dtype=np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        grid = (max(2, cells[1] << octave), max(2, cells[0] << octave))
        values = Image.fromarray(source.random(grid, dtype=np.float32), "F")
        total += np.asarray(values.resize(small, Image.Resampling.BICUBIC)) * amplitude
        amplitude *= 0.52
    low, high = float(total.min()), float(total.max())
    levels = np.rint((total - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
    return Image.fromarray(levels, "L").resize(size, Image.Resampling.BILINEAR)


def spread(rng: Random, count: int, *, low: float, high: float, jitter: float = 0.7) -> list[float]:
    """Return `count` positions from low to high, evenly spread and then shaken."""
    step = (high - low) / max(count, 1)
    return [low + step * (i + 0.5 + rng.uniform(-0.5, 0.5) * jitter) for i in range(count)]
