"""Ground to stand on: mountain ranges, meadows, grass, flowers and hedges, shared by the settings."""

import math

import numpy as np
from numpy.typing import NDArray

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, spread


def ranges(scene: Scene, *, base_y: float, count: int, sun_x: float, tallest: float = 0.5) -> None:
    """Paint mountain ranges from far to near, standing on `base_y`; mist fills the valleys."""
    palette, canvas = scene.palette, scene.canvas
    far = mix(palette.far, palette.sky[2], 0.45)
    for index in range(count):
        depth = index / max(count - 1, 1)
        colour = mix(far, mix(palette.far, palette.near, 0.75), depth**1.2)
        points = max(48, int(scene.width / scene.unit * 1.6))
        heights = paths.ridge(scene.rng, points=points, rough=0.72 - 0.1 * depth)
        reach = scene.height * (tallest - 0.12 * index) * (1.0 if index else 0.92)
        line = base_y - reach * (0.22 + 0.78 * heights) + scene.height * 0.05 * index
        body = paths.under(line, width=scene.width, bottom=base_y + scene.height * 0.2)
        canvas.fill([body], Paint(light(colour, 0.06), mix(colour, palette.sky[2], 0.28 * (1 - depth * 0.6))))
        if index < 2:
            _faces(scene, line, body, colour=colour, sun_x=sun_x, snow=index < 2 and reach > scene.height * 0.3)
        if index < count - 1:
            canvas.haze(
                base_y - reach * 0.5,
                base_y + scene.height * 0.1,
                mix(palette.sky[2], palette.glow, 0.2),
                start=0,
                end=0.55,
            )


def _faces(scene: Scene, line: NDArray[np.float64], body: Points, *, colour: Colour, sun_x: float, snow: bool) -> None:
    """Give a range shadowed flanks away from the sun, and snow on its peaks."""
    xs = np.linspace(-2.0, scene.width + 2.0, len(line))
    peaks = [i for i in range(3, len(line) - 3) if line[i] == line[i - 3 : i + 4].min()]
    shadows: list[Points] = []
    caps: list[Points] = []
    mean = float(np.mean(line))
    for peak in peaks:
        x, y = float(xs[peak]), float(line[peak])
        away = 1.0 if x > sun_x else -1.0
        drop = (mean - y) * 1.5 + scene.height * 0.06
        if drop < scene.unit * 4:
            continue
        shadows.append(_flank(scene, x, y, away=away, drop=drop))
        if snow and y < mean - scene.unit:
            caps.append(_cap(scene, x, y, drop=drop * 0.42))
    with scene.canvas.clip([body]):
        if caps:
            white = mix((250, 250, 255), scene.palette.sky[2], 0.2 if not scene.palette.dark else 0.5)
            scene.canvas.fill(caps, Paint(white, mix(white, colour, 0.3)))
        if shadows:
            scene.canvas.fill(shadows, Paint(dark(colour, 0.55), alpha=0.24))


def _flank(scene: Scene, x: float, y: float, *, away: float, drop: float) -> Points:
    rng = scene.rng
    inner = [(x, y - 2)]
    steps = 5
    for step in range(1, steps + 1):
        inner.append((x + away * drop * rng.uniform(-0.12, 0.2) * step / 2, y + drop * step / steps))
    return np.array(
        [
            *inner,
            (x + away * drop * 0.55, y + drop * 0.78),
            (x + away * drop * 0.8, y + drop * 0.9),
            (x + away * drop * 1.5, y + drop * 0.5),
            (x + away * drop * 0.9, y - 2),
        ]
    )


def _cap(scene: Scene, x: float, y: float, *, drop: float) -> Points:
    rng = scene.rng
    reach = drop * 1.25
    teeth: list[tuple[float, float]] = []
    for step in range(9):
        across = -1 + step / 4
        depth = drop * (0.62 if step % 2 else 1.0) * (1 - abs(across) * 0.35) * rng.uniform(0.8, 1.15)
        teeth.append((x + across * reach, y + depth))
    return np.array([(x - reach, y - drop), (x + reach, y - drop), *reversed(teeth)])


def meadow(scene: Scene, *, top_y: float, colour: Colour, waves: float) -> None:
    """Fill the ground below a gently waving line."""
    x = np.linspace(0, math.tau * waves, 60)
    line = top_y + scene.unit * 1.6 * np.sin(x + scene.rng.uniform(0, 6)) + scene.unit * 0.6 * np.sin(2.3 * x)
    scene.canvas.fill(
        [paths.under(line, width=scene.width, bottom=scene.height)], Paint(light(colour, 0.14), dark(colour, 0.28))
    )


def grass(scene: Scene, _top_y: float) -> None:
    """Fringe the bottom edge with grass, taller towards the corners."""
    colour = dark(mix(scene.palette.foliage, scene.palette.ground, 0.4), 0.35)
    if scene.brief.mood == "snow" or "snowfall" in scene.brief.celestial:
        return
    blades: list[Points] = []
    for x in spread(scene.rng, int(scene.width / scene.unit * 1.1), low=-2, high=scene.width + 2, jitter=1.5):
        edge = abs(x / scene.width - 0.5) * 2
        height = scene.unit * scene.rng.uniform(1.5, 5) * (0.35 + edge)
        lean = scene.unit * scene.rng.uniform(-1.5, 1.5)
        base = scene.height + 2
        blades.append(
            np.array(
                [
                    (x - scene.unit * 0.3, base),
                    (x + lean * 0.4 - scene.unit * 0.1, base - height * 0.6),
                    (x + lean, base - height),
                    (x + lean * 0.4 + scene.unit * 0.2, base - height * 0.6),
                    (x + scene.unit * 0.3, base),
                ]
            )
        )
    scene.canvas.fill(blades, Paint(light(colour, 0.18), colour))


def flowers(scene: Scene, *, top_y: float, bottom_y: float, size_px: float) -> None:
    """Sprinkle blossoms of four colours between two heights."""
    accent = scene.brief.tints.get("flower") or scene.brief.tints.get("garden") or scene.palette.accent
    colours: list[Colour] = [
        accent,
        (255, 246, 236),
        mix(accent, (255, 206, 90), 0.6),
        mix(accent, (170, 110, 220), 0.55),
    ]
    for colour in colours:
        shade = scene.palette.ambience.grade(colour)
        dots = [
            paths.oval(
                scene.rng.random() * scene.width,
                scene.rng.uniform(top_y, bottom_y),
                size_px * scene.rng.uniform(0.6, 1.1),
                size_px * 0.7,
            )[::6]
            for _ in range(int(scene.width / scene.unit * 0.3))
        ]
        scene.canvas.fill(dots, Paint(light(shade, 0.25), shade, alpha=0.92))


def hedges(scene: Scene, line: NDArray[np.float64], *, size_px: float, colour: Colour) -> None:
    """Set round bushes in clumps along a line of y values."""
    crowns: list[Points] = []
    for _ in range(scene.rng.randint(2, 4)):
        start, clump = scene.rng.random() * 0.95, scene.rng.randint(2, 7)
        for step in range(clump):
            x = start * scene.width + step * size_px * 1.2
            y = float(np.interp(x, np.linspace(0, scene.width, len(line)), line))
            size = size_px * scene.rng.uniform(0.7, 1.25)
            crowns.append(paths.oval(x, y - size * 0.55, size * 0.72, size))
    scene.canvas.fill(crowns, Paint(light(colour, 0.12), dark(colour, 0.3)))
