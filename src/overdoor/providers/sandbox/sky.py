"""Skies: gradients, sun and moon, stars, clouds, aurora, and the weather that falls from them."""

import math

import numpy as np
from PIL import Image, ImageChops

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import WHITE, Colour, Paint, mix
from overdoor.providers.sandbox.draw import levels, widened
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.scene import Scene, noise


def paint(scene: Scene, *, horizon_y: float, cloudy: float = 0.5) -> tuple[float, float]:
    """Fill the canvas with sky down to the horizon; return where the sun or moon stands."""
    _three_stops(scene, horizon_y)
    light = _light_position(scene, horizon_y)
    palette, celestial = scene.palette, scene.brief.celestial
    if palette.dark or "stars" in celestial:
        stars(scene, horizon_y, amount=1.0 if palette.dark else 0.4)
    if "aurora" in celestial or "aurora" in scene.brief.settings:
        aurora(scene, horizon_y)
    _sun_or_moon(scene, *light)
    if cloudy > 0 and "minimal" not in scene.brief.styles:
        clouds(scene, horizon_y, amount=cloudy)
    if "rainbow" in celestial:
        _rainbow(scene, horizon_y)
    if "lightning" in celestial:
        _lightning(scene, horizon_y)
    if "fireworks" in celestial:
        _fireworks(scene, horizon_y)
    if "flock" in celestial:
        flock(scene, horizon_y)
    if "meteor" in celestial:
        _meteor(scene, horizon_y)
    if scene.brief.celestial & {"planet", "rings"} and "space" not in scene.brief.settings:
        scene.canvas.soft(scene.width * 0.8, horizon_y * 0.3, scene.unit * 16, scene.unit * 16, palette.cloud, 0.5)
    return light


def weather(scene: Scene) -> None:
    """Let rain, snow or fireflies fall over the finished picture."""
    celestial = scene.brief.celestial
    if "rain" in celestial:
        _rain(scene)
    if "snowfall" in celestial or (scene.brief.mood == "snow" and "snow" in scene.brief.spoken):
        _snowfall(scene)
    if "fireflies" in celestial:
        _fireflies(scene)


def stars(scene: Scene, bottom_y: float, *, amount: float = 1.0) -> None:
    """Scatter stars above `bottom_y`, denser towards the top."""
    rng, unit = scene.rng, scene.unit
    area = scene.width * bottom_y / unit**2
    count = int(min(area * 0.016 * amount, 420))
    for radius, share, alpha in ((0.11, 0.72, 0.6), (0.19, 0.22, 0.85), (0.3, 0.06, 1.0)):
        dots = []
        for _ in range(int(count * share)):
            x, y = rng.random() * scene.width, rng.random() ** 1.5 * bottom_y * 0.96
            size = max(radius * unit, 0.6)
            dots.append(paths.star(x, y, size * 1.25, size * 0.8, 4))
        scene.canvas.fill(dots, Paint((250, 248, 255), alpha=alpha))
    for _ in range(max(2, count // 60)):
        x, y = rng.random() * scene.width, rng.random() * bottom_y * 0.7
        scene.canvas.glow(x, y, unit * rng.uniform(1.2, 2.6), (226, 232, 255), 0.9)


def aurora(scene: Scene, horizon_y: float) -> None:
    """Hang two or three curtains of light."""
    rng = scene.rng
    curtains = [(90, 255, 170), (70, 220, 220), (180, 110, 255)]
    width, height = 160, 100
    x = np.arange(width) / width
    y = np.arange(height)[:, None] / height
    for index, colour in enumerate(curtains):
        a, b, c = (rng.uniform(0, 6.28) for _ in range(3))
        base = 0.62 - 0.13 * index + 0.13 * np.sin(x * 5.2 + a) + 0.05 * np.sin(x * 13 + b)
        rays = 0.62 + 0.38 * np.sin(x * 70 + 6 * np.sin(x * 9 + c)) * np.sin(x * 31 + a)
        above = base - y
        curtain = np.where(above > 0, np.exp(-above * (3.6 + 1.2 * index)), np.exp(above * 26)) * rays
        curtain *= (0.55 + 0.45 * np.sin(x * 3.4 + b)) * (0.85 - 0.18 * index)
        mask = Image.fromarray(np.clip(curtain * 225, 0, 255).astype(np.uint8), "L")
        box = (0, 0, scene.width, max(2, int(horizon_y)))
        scene.canvas.add_light(mask.resize((box[2], box[3]), Image.Resampling.BICUBIC), box, colour)


def clouds(scene: Scene, horizon_y: float, *, amount: float) -> None:
    """Lay cloud banks: wide and soft near the horizon, loose above."""
    height = max(2, int(horizon_y))
    ratio = max(1, round(2.4 * scene.width / height))
    field = noise(scene.texture, (256, 192), cells=(max(2, ratio), 5), octaves=4)
    floor = 255 * (0.72 - 0.42 * amount)
    mask = field.point(levels(lambda level: min((level - floor) * 2.1, 215.0)))
    fade = Image.linear_gradient("L").resize(mask.size).point(levels(lambda level: 110 + level * 145 / 255))
    faded = ImageChops.multiply(mask, fade).resize((scene.width, height), Image.Resampling.BILINEAR)
    full = Image.new("L", (scene.width, scene.height))
    full.paste(faded, (0, 0))
    palette = scene.palette
    shade = mix(palette.cloud, palette.sky[0], 0.45)
    strength = 0.78 if not palette.dark else 0.5
    scene.canvas.lay(full, Paint(palette.cloud, mix(palette.cloud, palette.sky[2], 0.3), alpha=strength * 0.8))
    if scene.brief.mood == "storm":
        offset = Image.new("L", full.size)
        offset.paste(full, (0, int(scene.unit * -3)))
        scene.canvas.lay(offset, Paint(shade, alpha=0.5))


def flock(scene: Scene, horizon_y: float) -> None:
    """Draw a few far birds as two strokes each."""
    rng, unit = scene.rng, scene.unit
    cx, cy = scene.width * rng.uniform(0.25, 0.7), horizon_y * rng.uniform(0.3, 0.5)
    wings = []
    for index in range(7):
        x, y = cx + (index - 3) * unit * 4.2 + rng.uniform(-1, 1) * unit, cy + abs(index - 3) * unit * 1.7
        size = unit * rng.uniform(1.1, 1.7)
        wings.append(
            paths.through(
                [
                    (x - size, y - size * 0.5),
                    (x - size * 0.4, y - size * 0.55),
                    (x, y),
                    (x + size * 0.4, y - size * 0.6),
                    (x + size, y - size * 0.4),
                ]
            )
        )
    scene.canvas.stroke(wings, max(unit * 0.28, 0.8), mix(scene.palette.near, scene.palette.far, 0.2))


def _three_stops(scene: Scene, horizon_y: float) -> None:
    top, middle, low = (np.array(colour, dtype=np.float64) for colour in scene.palette.sky)
    rows = 128
    t = np.clip(np.arange(rows) / rows * scene.height / max(horizon_y, 1.0), 0.0, 1.0)[:, None]
    upper = top + (middle - top) * np.clip(t / 0.62, 0, 1) ** 1.15
    pixels = np.where(t < 0.62, upper, middle + (low - middle) * np.clip((t - 0.62) / 0.38, 0, 1))
    column = Image.fromarray(np.rint(pixels).astype(np.uint8)[:, None, :], "RGB")
    tall = column.resize((1, scene.height), Image.Resampling.BICUBIC)
    scene.canvas.image.paste(widened(tall, scene.width), (0, 0))


def _light_position(scene: Scene, horizon_y: float) -> tuple[float, float]:
    x = scene.width * scene.rng.choice([0.26, 0.32, 0.5, 0.66, 0.72])
    y = horizon_y * (1 - scene.palette.sun_height) + scene.unit * scene.rng.uniform(-3, 3)
    return x, max(y, scene.unit * 12)


def _sun_or_moon(scene: Scene, x: float, y: float) -> None:
    palette, canvas, unit = scene.palette, scene.canvas, scene.unit
    celestial = scene.brief.celestial
    if palette.dark and not (celestial & {"sun"}):
        if "neon" in scene.brief.styles and scene.brief.mood == "neon":
            canvas.glow(x, y, unit * 60, palette.glow, 0.55)
            return
        moon(scene, x, y, unit * (8.5 if "moon" in celestial else 5.2))
        return
    if scene.brief.mood in {"storm", "mist"}:
        canvas.glow(x, y, unit * 60, palette.glow, 0.35)
        return
    low = palette.sun_height < 0.3
    canvas.glow(x, y, unit * (95 if low else 62), palette.glow, 0.72 if low else 0.4)
    canvas.glow(x, y, unit * 26, palette.sun, 0.6)
    radius = unit * (7.4 if low else 4.6)
    canvas.fill(
        [paths.oval(x, y, radius, radius)], Paint(palette.sun, mix(palette.sun, palette.glow, 0.45 if low else 0.1))
    )


def moon(scene: Scene, x: float, y: float, radius: float) -> None:
    """Draw a moon with its seas and a halo."""
    palette, canvas = scene.palette, scene.canvas
    colour = scene.brief.tints.get("moon", palette.sun)
    canvas.glow(x, y, radius * 7, palette.glow, 0.38)
    canvas.glow(x, y, radius * 2.4, palette.glow, 0.5)
    disc = paths.oval(x, y, radius, radius)
    canvas.fill([disc], Paint(colour, mix(colour, palette.sky[1], 0.22), 50))
    with canvas.clip([disc]):
        for dx, dy, size in ((-0.35, -0.2, 0.34), (0.3, 0.1, 0.42), (-0.1, 0.5, 0.26), (0.42, -0.5, 0.2)):
            canvas.soft(
                x + dx * radius,
                y + dy * radius,
                size * radius,
                size * radius * 0.9,
                mix(colour, palette.sky[1], 0.5),
                0.7,
            )


def _rainbow(scene: Scene, horizon_y: float) -> None:
    radius = min(scene.width * 0.52, horizon_y * 1.05)
    bands = ((230, 70, 70), (244, 150, 60), (250, 220, 90), (90, 190, 110), (80, 140, 230), (130, 90, 200))
    for index, colour in enumerate(bands):
        line = paths.arc(
            scene.width * 0.52,
            horizon_y * 1.06,
            radius - index * scene.unit * 1.7,
            radius - index * scene.unit * 1.7,
            180,
            360,
        )
        scene.canvas.stroke([line], scene.unit * 1.9, Paint(colour, alpha=0.42), blur_px=scene.unit * 0.6)


def _lightning(scene: Scene, horizon_y: float) -> None:
    rng, unit = scene.rng, scene.unit
    x, y = scene.width * rng.uniform(0.3, 0.7), horizon_y * 0.12
    bolt: list[tuple[float, float]] = [(x, y)]
    branches: list[Points] = []
    while y < horizon_y * 0.92:
        x, y = x + rng.uniform(-5, 5) * unit, y + rng.uniform(3, 7) * unit
        bolt.append((x, y))
        if rng.random() < 0.35:
            side = rng.choice([-1, 1])
            branches.append(
                np.array([(x, y), (x + side * 5 * unit, y + 5 * unit), (x + side * 8 * unit, y + 12 * unit)])
            )
    main = np.array(bolt)
    scene.canvas.glow(bolt[len(bolt) // 2][0], horizon_y * 0.5, unit * 60, (180, 190, 255), 0.55)
    scene.canvas.stroke([main, *branches], unit * 1.6, Paint((190, 200, 255), alpha=0.6), blur_px=unit * 1.2)
    scene.canvas.stroke([main], max(unit * 0.55, 1), WHITE)
    scene.canvas.stroke(branches, max(unit * 0.25, 0.8), Paint(WHITE, alpha=0.8)) if branches else None


def _fireworks(scene: Scene, horizon_y: float) -> None:
    rng, unit = scene.rng, scene.unit
    colours: list[Colour] = [(255, 196, 90), (255, 96, 130), (110, 210, 255), (190, 140, 255)]
    for index in range(5):
        x, y = scene.width * rng.uniform(0.12, 0.88), horizon_y * rng.uniform(0.14, 0.6)
        radius, colour = unit * rng.uniform(9, 19), colours[index % 4]
        scene.canvas.glow(x, y, radius * 1.6, colour, 0.5)
        rays = []
        for ray in range(26):
            angle, reach = ray * math.tau / 26, radius * rng.uniform(0.75, 1.05)
            rays.append(
                np.array(
                    [
                        (x + math.cos(angle) * reach * s, y + math.sin(angle) * reach * s + unit * 2.2 * s * s)
                        for s in (0.3, 0.65, 1.0)
                    ]
                )
            )
        scene.canvas.stroke(rays, max(unit * 0.24, 0.8), Paint(mix(colour, WHITE, 0.35), alpha=0.9))


def _meteor(scene: Scene, horizon_y: float) -> None:
    for _ in range(3):
        x, y = scene.width * scene.rng.uniform(0.2, 0.9), horizon_y * scene.rng.uniform(0.08, 0.45)
        length = scene.unit * scene.rng.uniform(10, 22)
        tail = np.array([(x, y), (x + length, y - length * 0.5), (x + length, y - length * 0.5 + 0.6)])
        scene.canvas.fill([tail], Paint(WHITE, scene.palette.sky[0], 0, 0.85))
        scene.canvas.glow(x, y, scene.unit * 2, WHITE, 1.0)


def _rain(scene: Scene) -> None:
    rng, unit = scene.rng, scene.unit
    lines = []
    for _ in range(260):
        x, y, size = rng.random() * scene.width * 1.1, rng.random() * scene.height, unit * rng.uniform(2, 5)
        lines.append(np.array([(x, y), (x - size * 0.22, y + size)]))
    scene.canvas.stroke(lines, max(unit * 0.13, 0.7), Paint((220, 232, 244), alpha=0.32))


def _snowfall(scene: Scene) -> None:
    rng, unit = scene.rng, scene.unit
    for count, radius, alpha in ((190, 0.22, 0.75), (90, 0.4, 0.8)):
        flakes = [
            paths.oval(rng.random() * scene.width, rng.random() * scene.height, radius * unit, radius * unit)[::6]
            for _ in range(count)
        ]
        scene.canvas.fill(flakes, Paint(WHITE, alpha=alpha))
    for _ in range(22):
        size = unit * rng.uniform(0.9, 2.0)
        scene.canvas.soft(rng.random() * scene.width, rng.random() * scene.height, size, size, WHITE, 0.7)


def _fireflies(scene: Scene) -> None:
    for _ in range(26):
        x, y = scene.rng.random() * scene.width, scene.height * scene.rng.uniform(0.35, 0.95)
        scene.canvas.glow(x, y, scene.unit * scene.rng.uniform(1.2, 3), (255, 226, 110), 0.95)
