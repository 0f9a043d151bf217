"""The isometric style: everything stands on a floating block of land, or a small block town on it."""

import numpy as np

from overdoor.providers.sandbox import paths
from overdoor.providers.sandbox.colours import Colour, Paint, dark, light, mix
from overdoor.providers.sandbox.paths import Points
from overdoor.providers.sandbox.pen import Ambience
from overdoor.providers.sandbox.scene import Scene, Stage
from overdoor.providers.sandbox.settings.design import family, sheet

_SLOPE = 0.5  # of an isometric edge: half as much down as across
_TOWN = frozenset({"city", "street", "room", "studio"})


def isometric(scene: Scene) -> Stage:
    """Paint a block of land on a plain ground; without subjects, a town of cuboids stands on it."""
    colours = family(scene)
    unit, width, height = scene.unit, scene.width, scene.height
    ground = scene.brief.tints.get("background") or light(colours[0], 0.62)
    if scene.palette.dark:
        ground = mix(dark(colours[0], 0.6), scene.palette.sky[1], 0.5)
    sheet(scene, Paint(light(ground, 0.2), mix(ground, colours[1], 0.25), 60))
    cx, cy, half = width / 2, height * 0.64, unit * 43
    urban = bool(_TOWN & set(scene.brief.settings))
    top = scene.palette.ambience.grade((206, 210, 220) if urban else scene.palette.ground)
    scene.canvas.soft(cx, cy + unit * 22, half * 1.15, half * 0.42, dark(ground, 0.6), 0.5)
    _slab(scene, (cx, cy), half=half, deep=unit * 9, top=top, earth=scene.palette.ambience.grade((150, 108, 76)))
    if scene.brief.subjects and not urban:
        _trees(scene, (cx, cy), half)
        return Stage(cy + unit * 7, unit * 56, cy - unit * 34, centre_x=cx, ambience=scene.palette.ambience)
    _town(scene, (cx, cy), half, colours)
    return Stage(cy + unit * 16, unit * 24, cy - unit * 40, centre_x=cx, ambience=Ambience())


def _slab(scene: Scene, centre: tuple[float, float], *, half: float, deep: float, top: Colour, earth: Colour) -> None:
    x, y = centre
    drop = half * _SLOPE
    left = np.array([(x - half, y), (x, y + drop), (x, y + drop + deep), (x - half, y + deep)])
    right = np.array([(x + half, y), (x, y + drop), (x, y + drop + deep), (x + half, y + deep)])
    scene.canvas.fill([left], Paint(light(earth, 0.1), dark(earth, 0.2)))
    scene.canvas.fill([right], Paint(dark(earth, 0.24), dark(earth, 0.48)))
    turf = deep * 0.24
    scene.canvas.fill([np.concatenate([left[:2], left[:2][::-1] + np.array([0, turf])])], dark(top, 0.12))
    scene.canvas.fill([np.concatenate([right[:2], right[:2][::-1] + np.array([0, turf])])], dark(top, 0.34))
    scene.canvas.fill([_diamond(x, y, half)], Paint(light(top, 0.16), top, 40))


def _diamond(x: float, y: float, half: float) -> Points:
    return np.array([(x - half, y), (x, y - half * _SLOPE), (x + half, y), (x, y + half * _SLOPE)])


def _at(centre: tuple[float, float], half: float, along: float, across: float) -> tuple[float, float]:
    """Return the canvas point of a place on the slab; both coordinates run from -1 to 1."""
    return centre[0] + (along - across) * half / 2, centre[1] + (along + across) * half * _SLOPE / 2


def _cuboid(scene: Scene, x: float, y: float, *, half: float, tall: float, colour: Colour) -> None:
    drop = half * _SLOPE
    scene.canvas.fill(
        [np.array([(x - half, y), (x, y + drop), (x, y + drop - tall), (x - half, y - tall)])],
        Paint(light(colour, 0.12), colour),
    )
    scene.canvas.fill(
        [np.array([(x + half, y), (x, y + drop), (x, y + drop - tall), (x + half, y - tall)])],
        Paint(dark(colour, 0.2), dark(colour, 0.34)),
    )
    scene.canvas.fill([_diamond(x, y - tall, half)], light(colour, 0.4))


def _town(scene: Scene, centre: tuple[float, float], half: float, colours: list[Colour]) -> None:
    rng, unit = scene.rng, scene.unit
    cells = (-0.72, -0.24, 0.24, 0.72)
    spots = sorted(((a, b) for a in cells for b in cells), key=sum)
    for along, across in spots:
        x, y = _at(centre, half, along, across)
        if rng.random() < 0.2:
            _tree(scene, x, y, unit * 3.4)
            continue
        tall = unit * rng.uniform(5, 26) * (1.25 - 0.4 * (abs(along) + abs(across)) / 1.44)
        size = half * 0.17
        colour = scene.palette.ambience.grade(colours[rng.randrange(len(colours))])
        _cuboid(scene, x, y, half=size, tall=tall, colour=colour)
        _panes(scene, (x, y), size=size, tall=tall, colour=colour)


def _panes(scene: Scene, foot: tuple[float, float], *, size: float, tall: float, colour: Colour) -> None:
    x, y = foot
    rows = max(1, int(tall / (size * 0.62)))
    panes: list[Points] = []
    for row in range(rows):
        top = y - tall + size * 0.2 + row * (tall / rows)
        for column in range(2):
            left = x - size * (0.86 - 0.44 * column)
            skew = (left + size - x) * _SLOPE
            wide, high = size * 0.28, tall / rows * 0.5
            panes.append(
                np.array(
                    [
                        (left, top + skew),
                        (left + wide, top + skew + wide * _SLOPE),
                        (left + wide, top + skew + wide * _SLOPE + high),
                        (left, top + skew + high),
                    ]
                )
            )
    lit = scene.palette.window if scene.palette.dark else light(colour, 0.7)
    scene.canvas.fill(panes, Paint(lit, alpha=0.9))


def _trees(scene: Scene, centre: tuple[float, float], half: float) -> None:
    for along, across in ((-0.8, -0.5), (-0.7, 0.1), (-0.4, -0.8), (0.1, -0.82), (0.75, -0.55), (-0.6, 0.72)):
        x, y = _at(centre, half, along, across)
        _tree(scene, x, y, scene.unit * scene.rng.uniform(3.6, 5.2))


def _tree(scene: Scene, x: float, y: float, size: float) -> None:
    leaf = scene.palette.ambience.grade(scene.palette.foliage)
    scene.canvas.soft(x + size * 0.4, y, size * 1.3, size * 0.5, (16, 16, 30), 0.4)
    scene.canvas.fill([paths.box(x - size * 0.13, y - size, size * 0.26, size)], (110, 78, 58))
    scene.canvas.fill([paths.oval(x, y - size * 1.7, size, size * 1.15)], Paint(light(leaf, 0.3), dark(leaf, 0.25), 40))
