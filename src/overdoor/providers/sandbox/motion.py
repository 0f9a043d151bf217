"""Camera moves: which part of a larger picture each frame shows."""

import math
from dataclasses import dataclass
from random import Random

OVERSCAN = 1.25  # the still is painted this much larger than the frame, so that moving in stays sharp

Window = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Move:
    """Zoom and centre at the start and the end; zoom 1 shows all, centres are -1 to 1 of the free room."""

    zoom: tuple[float, float]
    x: tuple[float, float] = (0.0, 0.0)
    y: tuple[float, float] = (0.0, 0.0)
    sway: float = 0.0


_MOVES: dict[str, Move] = {
    "in": Move((1.0, 1.26), y=(0.0, 0.12)),
    "out": Move((1.26, 1.0), y=(0.12, 0.0)),
    "left": Move((1.2, 1.2), x=(1.0, -1.0)),
    "right": Move((1.2, 1.2), x=(-1.0, 1.0)),
    "up": Move((1.2, 1.2), y=(1.0, -1.0)),
    "down": Move((1.2, 1.2), y=(-1.0, 1.0)),
    "orbit": Move((1.12, 1.2), x=(-1.0, 1.0), sway=0.25),
    "handheld": Move((1.1, 1.16), sway=0.6),
    "still": Move((1.02, 1.02)),
}


def move_for(name: str | None, rng: Random) -> Move:
    """Return the named move, or a gentle one of our choice."""
    if name is not None:
        return _MOVES[name]
    return rng.choice(
        [Move((1.0, 1.17), x=(-0.25, 0.25)), Move((1.0, 1.17), x=(0.25, -0.25)), Move((1.04, 1.2), y=(0.2, -0.1))]
    )


def window(move: Move, progress: float, size: tuple[int, int], *, depth: float = 1.0) -> Window:
    """Return the part of a still of `size` px that is seen at `progress` (0 to 1).

    depth: 1 for the backdrop; larger for what is nearer, which moves more.
    """
    eased = progress * progress * (3 - 2 * progress) * 0.55 + progress * 0.45
    zoom = 1 + (_between(move.zoom, eased) - 1) * depth
    width, height = size[0] / zoom, size[1] / zoom
    turn = progress * math.tau
    x = _between(move.x, eased) + move.sway * 0.5 * math.sin(turn * 1.3)
    y = _between(move.y, eased) + move.sway * 0.35 * math.sin(turn * 0.9 + 0.7)
    free_x, free_y = (size[0] - width) / 2, (size[1] - height) / 2
    left = min(max(free_x * (1 + x * min(depth, 1.0)), 0.0), size[0] - width)
    top = min(max(free_y * (1 + y * min(depth, 1.0)), 0.0), size[1] - height)
    return left, top, left + width, top + height


def _between(ends: tuple[float, float], amount: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * amount
