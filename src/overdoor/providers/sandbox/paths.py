"""Outlines: short texts of points become smooth curves and polygons, ready to be filled or stroked."""

import math
from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # [n, 2], x to the right, y down

_STEPS = 9  # straight pieces per curve segment: invisible at any size we draw


@lru_cache(maxsize=2048)
def smooth(outline: str) -> Points:
    """Return the closed curve through points such as "10,20 30,40! 50,20"; "!" marks a sharp corner."""
    return _spline(outline, closed=True)


@lru_cache(maxsize=1024)
def curve(outline: str) -> Points:
    """Return the open curve through the points; the same notation as `smooth`."""
    return _spline(outline, closed=False)


@lru_cache(maxsize=1024)
def polygon(outline: str) -> Points:
    """Return the points as they are, joined by straight lines."""
    return _parse(outline)[0]


def oval(cx: float, cy: float, rx: float, ry: float, angle_deg: float = 0.0) -> Points:
    """Return an ellipse turned clockwise by `angle_deg`."""
    turn = np.linspace(0.0, 2.0 * math.pi, 72, endpoint=False)
    points = np.stack([rx * np.cos(turn), ry * np.sin(turn)], axis=1)
    return rotate(points, angle_deg) + np.array([cx, cy])


def arc(cx: float, cy: float, rx: float, ry: float, start_deg: float, end_deg: float) -> Points:  # noqa: PLR0917 - x, y, size: how drawing reads
    """Return an open arc; 0 is to the right, 90 is down."""
    turn = np.radians(np.linspace(start_deg, end_deg, 40))
    return np.stack([cx + rx * np.cos(turn), cy + ry * np.sin(turn)], axis=1)


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> Points:
    """Return a rectangle with rounded corners."""
    radius = min(radius, width / 2, height / 2)
    if radius <= 0:
        return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=np.float64)
    corners = [
        arc(x + width - radius, y + radius, radius, radius, -90, 0),
        arc(x + width - radius, y + height - radius, radius, radius, 0, 90),
        arc(x + radius, y + height - radius, radius, radius, 90, 180),
        arc(x + radius, y + radius, radius, radius, 180, 270),
    ]
    return np.concatenate(corners)


def star(cx: float, cy: float, outer: float, inner: float, tips: int, turn_deg: float = -90.0) -> Points:  # noqa: PLR0917 - x, y, size: how drawing reads
    """Return a star with `tips` points."""
    turn = np.radians(turn_deg) + np.arange(tips * 2) * math.pi / tips
    radius = np.where(np.arange(tips * 2) % 2 == 0, outer, inner)
    return np.stack([cx + radius * np.cos(turn), cy + radius * np.sin(turn)], axis=1)


def rotate(points: Points, angle_deg: float) -> Points:
    """Return the points turned clockwise about the origin."""
    angle = math.radians(angle_deg)
    matrix = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return points @ matrix


def through(points: Sequence[tuple[float, float]] | Points, *, steps: int = _STEPS) -> Points:
    """Return an open smooth curve through points that are already numbers."""
    array = np.asarray(points, dtype=np.float64)
    before = np.concatenate([array[:1], array[:-1]])
    after = np.concatenate([array[1:], array[-1:]])
    return _hermite(array, (after - before) / 2.0, closed=False, steps=steps)


def ridge(rng: Random, *, points: int, rough: float) -> NDArray[np.float64]:
    """Return a mountain line: `points` heights, 0 to 1, sharp where `rough` is near 1, rolling near 0."""
    heights = np.zeros(points)
    phase = np.linspace(0.0, 1.0, points)
    amplitude, knots = 1.0, 4
    while knots < points:
        control = np.array([rng.random() for _ in range(knots + 1)])
        where = phase * knots
        if rough < 0.35:
            left = np.minimum(where.astype(int), knots - 1)
            ease = (1 - np.cos((where - left) * math.pi)) / 2
            layer = control[left] * (1 - ease) + control[left + 1] * ease
        else:
            layer = np.interp(where, np.arange(knots + 1), control)
        heights += layer * amplitude
        amplitude *= 0.22 + rough * 0.32
        knots *= 2
    span = float(heights.max() - heights.min()) or 1.0
    return (heights - heights.min()) / span


def under(heights: NDArray[np.float64], *, width: float, bottom: float) -> Points:
    """Return the polygon between a line of y values, spread over `width`, and `bottom`."""
    xs = np.linspace(-2.0, width + 2.0, len(heights))
    line = np.stack([xs, heights], axis=1)
    return np.concatenate([line, [[width + 2.0, bottom], [-2.0, bottom]]])


def _spline(outline: str, *, closed: bool) -> Points:
    points, sharp = _parse(outline)
    if closed:
        before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    else:
        before = np.concatenate([points[:1], points[:-1]])
        after = np.concatenate([points[1:], points[-1:]])
    tangents = (after - before) / 2.0
    tangents[sharp] = 0.0
    return _hermite(points, tangents, closed=closed, steps=_STEPS)


def _hermite(points: Points, tangents: Points, *, closed: bool, steps: int) -> Points:
    ends = np.roll(points, -1, axis=0) if closed else points[1:]
    end_tangents = np.roll(tangents, -1, axis=0) if closed else tangents[1:]
    starts, start_tangents = (points, tangents) if closed else (points[:-1], tangents[:-1])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[None, :, None]
    path = (
        (2 * t**3 - 3 * t**2 + 1) * starts[:, None]
        + (t**3 - 2 * t**2 + t) * start_tangents[:, None]
        + (3 * t**2 - 2 * t**3) * ends[:, None]
        + (t**3 - t**2) * end_tangents[:, None]
    ).reshape(-1, 2)
    return path if closed else np.concatenate([path, points[-1:]])


def _parse(outline: str) -> tuple[Points, NDArray[np.bool_]]:
    words = outline.split()
    sharp = np.array([word.endswith("!") for word in words])
    points = [tuple(map(float, word.rstrip("!").split(","))) for word in words]
    return np.array(points, dtype=np.float64), sharp
