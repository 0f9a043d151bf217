"""The world below the surface."""

import math

import numpy as np
from PIL import Image

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.draw import levels
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage, noise, spread


def underwater(scene: Scene) -> Stage:
    """Paint blue depth with shafts of light, weed, coral and bubbles."""
    palette, canvas, unit, rng = scene.palette, scene.canvas, scene.unit, scene.rng
    width, height = scene.width, scene.height
    water = palette.water if not palette.dark else mix(palette.water, (20, 70, 120), 0.5)
    canvas.fill(
        [paths.box(0, 0, width, height)], Paint(light(mix(water, (90, 220, 230), 0.45), 0.2), dark(water, 0.72))
    )
    for index in range(6):
        x = width * (index / 5 + rng.uniform(-0.1, 0.1)) - width * 0.1
        wide = width * rng.uniform(0.02, 0.06)
        shaft = np.array(
            [
                (x, -4),
                (x + wide, -4),
                (x + wide * 3.4 + height * 0.2, height * 0.95),
                (x + height * 0.12, height * 0.95),
            ]
        )
        canvas.fill([shaft], Paint((214, 250, 250), alpha=0.1), blur_px=unit * 2)
    canvas.glow(width * 0.45, 0, unit * 80, (190, 250, 245), 0.5)
    ripples = noise(
        scene.texture, (width, max(2, int(height * 0.16))), cells=(max(4, round(8 * width / height)), 3), octaves=3
    )
    mask = Image.new("L", (width, height))
    mask.paste(ripples.point(levels(lambda level: max(0, level - 150))), (0, 0))
    canvas.lay(mask, Paint(WHITE, alpha=0.35))
    for index in range(3):
        depth = index / 2
        sand = mix(mix(water, (120, 190, 200), 0.25), dark(mix((190, 180, 140), water, 0.5), 0.35), depth)
        heights = paths.ridge(rng, points=60, rough=0.1 + 0.25 * (1 - depth))
        line = height * (0.8 + 0.07 * index) - height * (0.14 - 0.05 * index) * heights * (1 - 0.5 * depth)
        canvas.fill([paths.under(line, width=width, bottom=height)], Paint(light(sand, 0.1), dark(sand, 0.3)))
        _weeds(
            scene,
            base_y=height * (0.86 + 0.06 * index),
            size_px=unit * (10 + 8 * index),
            colour=mix(mix((40, 150, 110), water, 0.6), (24, 84, 70), depth),
        )
    _corals(scene, base_y=height * 0.97)
    bubbles = [(rng.random() * width, rng.random() * height, unit * rng.uniform(0.3, 1.3)) for _ in range(34)]
    canvas.fill([paths.oval(x, y, r, r) for x, y, r in bubbles], Paint(WHITE, alpha=0.16))
    canvas.fill(
        [paths.oval(x - r * 0.3, y - r * 0.3, r * 0.3, r * 0.3) for x, y, r in bubbles], Paint(WHITE, alpha=0.6)
    )
    return Stage(
        height * 0.72,
        unit * 42,
        height * 0.42,
        water_y=height * 0.66,
        ambience=Ambience((190, 226, 236), 0.4),
        soft_shadow=False,
    )


def _weeds(scene: Scene, *, base_y: float, size_px: float, colour: Colour) -> None:
    blades: list[Points] = []
    for x in spread(scene.rng, int(9 * max(1.0, scene.width / scene.height)), low=0, high=scene.width, jitter=1.6):
        if abs(x / scene.width - 0.5) < 0.2:
            continue
        tall, lean, thick = (
            size_px * scene.rng.uniform(0.6, 1.3),
            size_px * scene.rng.uniform(-0.2, 0.2),
            size_px * 0.06,
        )
        spine = [
            (x, base_y),
            (x + lean, base_y - tall * 0.35),
            (x - lean, base_y - tall * 0.7),
            (x + lean * 0.6, base_y - tall),
        ]
        left = paths.through([(px - thick * (1 - i / 3), py) for i, (px, py) in enumerate(spine)])
        right = paths.through([(px + thick * (1 - i / 3), py) for i, (px, py) in enumerate(spine)])
        blades.append(np.concatenate([left, right[::-1]]))
    scene.canvas.fill(blades, Paint(light(colour, 0.15), dark(colour, 0.2)))


def _corals(scene: Scene, *, base_y: float) -> None:
    colours: list[Colour] = [(240, 110, 110), (250, 160, 90), (200, 110, 200), scene.palette.accent]
    for index, x in enumerate((0.06, 0.16, 0.84, 0.95)):
        colour = mix(colours[index % 4], scene.palette.water, 0.28)
        branches: list[Points] = []
        root = np.array([x * scene.width, base_y + scene.unit * 3])
        for branch in range(7):
            angle = math.radians(-90 + (branch - 3) * 18)
            length = scene.unit * scene.rng.uniform(7, 13)
            tip = root + length * np.array([math.cos(angle), math.sin(angle)])
            branches.append(
                paths.through([tuple(root), tuple((root + tip) / 2 + np.array([0, -scene.unit])), tuple(tip)])
            )
        scene.canvas.stroke(branches, scene.unit * 1.5, Paint(light(colour, 0.2), dark(colour, 0.25)))
