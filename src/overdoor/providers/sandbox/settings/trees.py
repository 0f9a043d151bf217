"""Trees by the row: firs in groups, in ranks and one by one."""

import math

import numpy as np

from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, spread


def conifers(scene: Scene, *, base_y: float, size_px: float, count: int, colour: Colour, gap: float = 0.0) -> None:
    """Stand a row of firs on `base_y`; `gap` leaves that share of the middle open."""
    trees: list[Points] = []
    for x in spread(scene.rng, count, low=-scene.unit * 4, high=scene.width + scene.unit * 4, jitter=1.2):
        if abs(x / scene.width - 0.5) < gap / 2 * 1.2:
            continue
        trees.append(
            fir(scene, x, base_y + scene.unit * scene.rng.uniform(0, 2), size_px * scene.rng.uniform(0.72, 1.12))
        )
    scene.canvas.fill(trees, Paint(light(colour, 0.1), dark(colour, 0.1)))


def fir(scene: Scene, x: float, base_y: float, size_px: float) -> Points:
    """Return the outline of a fir with uneven tiers."""
    tiers = 6
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    half = size_px * scene.rng.uniform(0.17, 0.22)
    for tier in range(1, tiers + 1):
        y = base_y - size_px * (1 - tier / tiers * 0.94)
        reach = half * (tier / tiers) ** 0.85 * scene.rng.uniform(0.86, 1.12)
        inner = reach * 0.52
        left += [(x - reach, y), (x - inner, y - size_px * 0.012)]
        right += [(x + reach * scene.rng.uniform(0.9, 1.1), y), (x + inner, y - size_px * 0.012)]
    trunk = half * 0.12
    return np.array(
        [
            (x, base_y - size_px),
            *right[:-1],
            (x + trunk, right[-2][1]),
            (x + trunk, base_y),
            (x - trunk, base_y),
            (x - trunk, left[-2][1]),
            *reversed(left[:-1]),
        ]
    )


def tree_line(scene: Scene, *, base_y: float, size_px: float, count: float = 1.0) -> None:
    """Stand firs in loose groups along `base_y`."""
    colour = mix(scene.palette.foliage, scene.palette.near, 0.55)
    trees: list[Points] = []
    amount = int(scene.width / size_px * 4 * count)
    for x in spread(scene.rng, amount, low=0, high=scene.width, jitter=1.6):
        group = 0.5 + 0.5 * math.sin(x / scene.width * 9 + scene.rng.random())
        if scene.rng.random() < 0.35 + 0.6 * group:
            trees.append(
                fir(scene, x, base_y + scene.unit * scene.rng.uniform(-0.5, 3), size_px * scene.rng.uniform(0.5, 1.15))
            )
    scene.canvas.fill(trees, Paint(light(colour, 0.12), dark(colour, 0.2)))
