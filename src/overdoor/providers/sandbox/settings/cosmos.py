"""Beyond the sky: deep space, the surface of a moon, polar lights, and open air among clouds."""

import math

import numpy as np
from PIL import Image, ImageChops

from overdoor.providers.sandbox import paths, sky
from overdoor.providers.sandbox.colours import BLACK, WHITE, Colour, Paint, dark, from_hue, light, mix
from overdoor.providers.sandbox.draw import levels
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage, noise, spread
from overdoor.providers.sandbox.settings import ground, trees, water

_STARLIGHT = Ambience((226, 232, 255), 0.25)


def space(scene: Scene) -> Stage:
    """Paint a nebula, stars and a large planet with company."""
    _deep(scene)
    rng, unit = scene.rng, scene.unit
    side = rng.choice([0.24, 0.76])
    if "orbit" in scene.brief.spoken or not scene.brief.subjects:
        planet(
            scene,
            scene.width * 0.5,
            scene.height * 0.54,
            unit * 27,
            ringed=bool(scene.brief.celestial & {"rings"}) or rng.random() < 0.5,
        )
        planet(scene, scene.width * (1 - side * 0.55), scene.height * 0.2, unit * 6, ringed=False)
        planet(scene, scene.width * side * 0.6, scene.height * 0.78, unit * 3.4, ringed=False)
    else:
        planet(scene, scene.width * side, scene.height * 0.86, unit * 44, ringed=False)
        planet(scene, scene.width * (1 - side), scene.height * 0.22, unit * 9, ringed=True)
    return Stage(scene.height * 0.72, unit * 46, scene.height * 0.46, soft_shadow=False, ambience=_STARLIGHT)


def _deep(scene: Scene) -> None:
    rng, tints = scene.rng, scene.brief.tints
    base = tints.get("space") or tints.get("background") or (rng.choice([(10, 12, 34), (16, 8, 36), (6, 18, 34)]))
    base = mix(base, BLACK, 0.45)
    scene.canvas.fill([paths.box(0, 0, scene.width, scene.height)], Paint(base, mix(base, (20, 14, 44), 0.5), 60))
    hues = [scene.brief.colours[0] if scene.brief.colours else from_hue(rng.random(), 0.7, 0.9)]
    hues += [mix(hues[0], (90, 60, 220), 0.7), mix(hues[0], (240, 90, 150), 0.6)]
    band = _band(scene)
    for index, colour in enumerate(hues):
        field = noise(scene.texture, band.size, cells=(3 + index, 3 + index), octaves=5)
        floor, strength = 96 + 14 * index, 0.62 - 0.1 * index
        field = ImageChops.multiply(field.point(levels(lambda level, floor=floor: (level - floor) * 2)), band)
        mask = field.point(levels(lambda level, strength=strength: level * strength))
        box = (0, 0, scene.width, scene.height)
        scene.canvas.add_light(mask.resize(box[2:], Image.Resampling.BICUBIC), box, colour)
    sky.stars(scene, scene.height * 1.04, amount=1.2)


def _band(scene: Scene) -> Image.Image:
    """Return a small "L" picture of a diagonal band, bright along its middle."""
    angle = scene.rng.uniform(-0.7, 0.7)
    y, x = np.mgrid[-0.5:0.5:256j, -0.5:0.5:256j]
    distance = y * math.cos(angle) + x * math.sin(angle)
    return Image.fromarray((np.exp(-((distance / 0.26) ** 2)) * 235 + 20).astype(np.uint8), "L")


def planet(scene: Scene, x: float, y: float, radius: float, *, ringed: bool) -> None:
    """Paint a banded planet, lit from the upper left, with an atmosphere."""
    rng, canvas = scene.rng, scene.canvas
    colour = scene.brief.tints.get("space") or rng.choice(
        [(214, 130, 84), (92, 150, 214), (196, 96, 116), (126, 176, 140), (226, 186, 120), (138, 104, 196)]
    )
    canvas.glow(x - radius * 0.1, y - radius * 0.1, radius * 1.5, light(colour, 0.3), 0.5)
    disc = paths.oval(x, y, radius, radius)
    ring = [(1.45, 0.2, 0.75), (1.7, 0.13, 0.5), (1.9, 0.05, 0.6)]
    if ringed:
        _rings(scene, (x, y, radius), ring, colour, start=180, end=360)
    canvas.fill([disc], Paint(light(colour, 0.35), dark(colour, 0.2), 60))
    with canvas.clip([disc]):
        for _ in range(9):
            band_y, thick = y + radius * rng.uniform(-0.95, 0.95), radius * rng.uniform(0.04, 0.16)
            tone = light(colour, 0.4) if rng.random() < 0.5 else dark(colour, 0.3)
            line = paths.through(
                [
                    (x - radius, band_y + radius * 0.1),
                    (x, band_y + radius * 0.2 * rng.uniform(0.6, 1.3)),
                    (x + radius, band_y - radius * 0.05),
                ]
            )
            canvas.stroke([line], thick, Paint(tone, alpha=0.3))
        for _ in range(7):
            canvas.soft(
                x + radius * rng.uniform(-0.8, 0.8),
                y + radius * rng.uniform(-0.8, 0.8),
                radius * 0.3,
                radius * 0.08,
                light(colour, 0.5),
                0.4,
            )
        shadow = np.concatenate(
            [
                paths.arc(x, y, radius * 1.02, radius * 1.02, -58, 148),
                paths.arc(x, y, radius * 0.62, radius * 0.95, 148, -58),
            ]
        )
        canvas.fill([shadow], Paint((6, 6, 20), alpha=0.66), blur_px=radius * 0.12)
        canvas.glow(x - radius * 0.42, y - radius * 0.48, radius * 0.9, (255, 246, 226), 0.4)
    if ringed:
        _rings(scene, (x, y, radius), ring, colour, start=0, end=180)


def _rings(
    scene: Scene,
    body: tuple[float, float, float],
    ring: list[tuple[float, float, float]],
    colour: Colour,
    *,
    start: float,
    end: float,
) -> None:
    x, y, radius = body
    for size, thick, alpha in ring:
        line = paths.arc(0, 0, radius * size, radius * size * 0.24, start, end)
        turned = paths.rotate(line, -16) + np.array([x, y])
        scene.canvas.stroke(
            [turned], radius * thick, Paint(light(colour, 0.5), mix(colour, (120, 100, 110), 0.3), 0, alpha)
        )


def moonscape(scene: Scene) -> Stage:
    """Paint grey plains with craters under a black sky and a blue planet."""
    _deep(scene)
    canvas, unit, rng = scene.canvas, scene.unit, scene.rng
    _earth(scene, scene.width * rng.choice([0.24, 0.76]), scene.height * 0.26, unit * 13)
    ground: Colour = scene.brief.tints.get("moonscape") or (150, 152, 164)
    for index in range(3):
        depth = index / 2
        colour = mix(mix(ground, (40, 44, 70), 0.55), ground, depth)
        heights = paths.ridge(rng, points=70, rough=0.5 - 0.4 * depth)
        line = scene.height * (0.66 + 0.06 * index) - scene.height * (0.09 - 0.035 * index) * heights
        canvas.fill(
            [paths.under(line, width=scene.width, bottom=scene.height)], Paint(light(colour, 0.2), dark(colour, 0.45))
        )
    for _ in range(15):
        y = scene.height * rng.uniform(0.8, 0.99)
        size = unit * rng.uniform(1.5, 6) * (y / scene.height) ** 3
        x = rng.random() * scene.width
        canvas.fill([paths.oval(x, y, size, size * 0.3)], Paint(dark(ground, 0.55), dark(ground, 0.2)))
        canvas.stroke(
            [paths.arc(x, y, size, size * 0.3, 10, 170)], max(unit * 0.25, 0.8), Paint(light(ground, 0.5), alpha=0.7)
        )
    return Stage(scene.height * 0.9, unit * 50, scene.height * 0.36, ambience=_STARLIGHT)


def _earth(scene: Scene, x: float, y: float, radius: float) -> None:
    canvas, rng = scene.canvas, scene.rng
    canvas.glow(x, y, radius * 2, (90, 160, 255), 0.55)
    disc = paths.oval(x, y, radius, radius)
    canvas.fill([disc], Paint((96, 176, 240), (18, 62, 140), 60))
    with canvas.clip([disc]):
        for _ in range(5):
            cx, cy = x + radius * rng.uniform(-0.7, 0.7), y + radius * rng.uniform(-0.7, 0.7)
            points = [
                (
                    cx + radius * 0.34 * rng.uniform(0.5, 1.2) * math.cos(a),
                    cy + radius * 0.26 * rng.uniform(0.5, 1.2) * math.sin(a),
                )
                for a in np.linspace(0, math.tau, 9)
            ]
            canvas.fill([paths.through(points)], Paint((110, 176, 110), (60, 124, 90)))
        for _ in range(9):
            canvas.soft(
                x + radius * rng.uniform(-0.9, 0.9),
                y + radius * rng.uniform(-0.9, 0.9),
                radius * 0.4,
                radius * 0.08,
                WHITE,
                0.75,
            )
        shadow = np.concatenate(
            [
                paths.arc(x, y, radius * 1.02, radius * 1.02, -58, 148),
                paths.arc(x, y, radius * 0.62, radius * 0.95, 148, -58),
            ]
        )
        canvas.fill([shadow], Paint((4, 6, 24), alpha=0.75), blur_px=radius * 0.12)


def aurora(scene: Scene) -> Stage:
    """Paint polar lights over mountains, snow or a lake."""
    horizon = scene.height * 0.68
    sun_x, _ = sky.paint(scene, horizon_y=horizon, cloudy=0.0)
    if "aurora" not in scene.brief.celestial and "aurora" not in scene.brief.settings:
        sky.aurora(scene, horizon)
    ground.ranges(scene, base_y=horizon, count=2, sun_x=sun_x, tallest=0.26)
    trees.tree_line(scene, base_y=horizon + scene.unit, size_px=scene.unit * 10, count=1.3)
    water.surface(scene, horizon_y=horizon + scene.unit * 2, sun_x=sun_x, clear=0.78)
    snow = mix((206, 222, 240), scene.palette.sky[1], 0.55)
    line = scene.height * 0.91 + scene.unit * 3 * np.sin(np.linspace(0.4, 3.4, 40) * 1.6)
    scene.canvas.fill(
        [paths.under(line, width=scene.width, bottom=scene.height)], Paint(light(snow, 0.15), dark(snow, 0.35))
    )
    return Stage(scene.height * 0.955, scene.unit * 38, horizon * 0.4, water_y=scene.height * 0.85)


def open_sky(scene: Scene) -> Stage:
    """Paint towers of cloud from above, near and far."""
    height = scene.height
    sky.paint(scene, horizon_y=height * 0.86, cloudy=0.25)
    for index in range(4):
        depth = index / 3
        cloud_bank(scene, base_y=height * (0.7 + 0.12 * index), size_px=scene.unit * (7 + 6 * depth), depth=depth)
    return Stage(
        height * 0.72,
        scene.unit * 46,
        height * 0.42,
        soft_shadow=False,
        front=lambda: cloud_bank(scene, base_y=height * 1.08, size_px=scene.unit * 14, depth=1.0),
    )


def cloud_bank(scene: Scene, *, base_y: float, size_px: float, depth: float) -> None:
    """Pile round puffs along a line; lit above, shaded below."""
    rng, palette = scene.rng, scene.palette
    bright = mix(palette.cloud, palette.glow, 0.18)
    shade = mix(mix(palette.cloud, palette.sky[1], 0.5), palette.sky[2], 0.4 * (1 - depth))
    puffs: list[Points] = []
    count = int(scene.width / size_px * 1.5)
    swell = rng.uniform(0, 6)
    for x in spread(rng, count, low=-size_px, high=scene.width + size_px, jitter=1.2):
        lift = 0.5 + 0.5 * math.sin(x / scene.width * 7 + swell)
        radius = size_px * rng.uniform(0.6, 1.25) * (0.6 + 0.6 * lift)
        puffs.append(paths.oval(x, base_y - lift * size_px * 1.5, radius, radius * 0.86))
    skirt = paths.box(0, base_y - size_px * 0.3, scene.width, size_px * 3)
    scene.canvas.fill([*puffs, skirt], Paint(mix(bright, palette.sky[1], 0.3 * (1 - depth)), shade, alpha=0.94))
    tops = [puff + np.array([-size_px * 0.1, -size_px * 0.12]) for puff in puffs[::2]]
    with scene.canvas.clip([*puffs, skirt]):
        for top in tops:
            cx, cy = top.mean(axis=0)
            scene.canvas.soft(float(cx), float(cy), size_px * 0.9, size_px * 0.7, light(bright, 0.5), 0.5)
