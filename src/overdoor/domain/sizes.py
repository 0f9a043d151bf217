"""Geometry of pictures and clips: which sizes a model can make, and the size behind a tier and a ratio. Pure.

The table behind `resolution` and `aspect_ratio` for pictures is a rule, not a list: among the legal sizes on a
16-pixel grid that the tier holds and no smaller tier does, and that fill at least half of it, the one whose ratio is
the most exact, then the largest. With the limits of gpt-image-2 that gives

    ratio   1K          2K          4K
    1:1     1024x1024   2048x2048   2880x2880
    3:2     1248x832    2496x1664   3504x2336
    4:3     1152x864    2304x1728   3264x2448
    5:4     1120x896    2240x1792   3200x2560
    16:9    1280x720    2560x1440   3840x2160
    21:9    1456x624    3024x1296   3808x1632

and the same turned for portrait. Clips have a plain table in the catalogue row instead.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm, sqrt

SMALLEST_SIDE_PX = 16
GRID_PX = 16  # sizes behind a tier; explicit sizes are free
FREE_RATIOS = ("auto", "adaptive")  # the given picture decides, or the model
SAME_RATIO = 0.01  # two ratios closer than this are one (854x480 is 16:9)

_SIZE = re.compile(r"(\d{1,5})\s*[x×*]\s*(\d{1,5})")
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*[:/]\s*(\d{1,4}(?:\.\d{1,3})?)")


_REMEMBERED = 1024  # answers of each rule: callers ask for the same few sizes


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels; its text is `WxH`."""

    width_px: int
    height_px: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width_px * self.height_px

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width_px / self.height_px

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price step of picture sizes, such as 1K: everything of up to `pixels` pixels."""

    name: str
    pixels: int


@dataclass(frozen=True, slots=True)
class SizeRule:
    """What sizes a picture model renders, and its tiers from the smallest to the largest.

    multiple_px: both edges are multiples of it. max_ratio: the longer edge over the shorter one, at most.
    """

    multiple_px: int
    longest_px: int
    min_pixels: int
    max_pixels: int
    max_ratio: int
    tiers: tuple[Tier, ...]


Frames = Mapping[str, Mapping[str, Size]]
"""Clip sizes of a video model: resolution, then aspect ratio."""


def parse_size(text: str) -> Size | None:
    """`1024x768` as a size; None if the text is something else or a side is 0."""
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None:
        return None
    size = Size(int(match[1]), int(match[2]))
    return size if size.pixels else None


@lru_cache(maxsize=_REMEMBERED)
def parse_ratio(text: str) -> Fraction | None:
    """`16:9` or `2.35:1` as width over height; None if the text is something else or a part is 0."""
    match = _RATIO.fullmatch(text.strip())
    if match is None:
        return None
    width, height = Fraction(Decimal(match[1])), Fraction(Decimal(match[2]))
    return width / height if width and height else None


def ratio_name(size: Size, known: tuple[str, ...] = ()) -> str:
    """The ratio of `size` as people write it: a known one within 0.5 %, else the reduced fraction."""
    for name in known:
        ratio = parse_ratio(name)
        if ratio is not None and _distance(size.ratio, float(ratio)) <= SAME_RATIO / 2:
            return name
    divisor = gcd(size.width_px, size.height_px)
    return f"{size.width_px // divisor}:{size.height_px // divisor}"


def same_ratio(one: float, other: float) -> bool:
    """Whether two ratios are the same for a viewer: within one percent."""
    return _distance(one, other) <= SAME_RATIO


def nearest_ratio(ratio: float, known: tuple[str, ...]) -> str | None:
    """The known ratio closest to `ratio`; None when `known` has none in numbers."""
    numbers = {name: float(value) for name in known if (value := parse_ratio(name)) is not None}
    return min(numbers, key=lambda name: _distance(numbers[name], ratio), default=None)


@lru_cache(maxsize=_REMEMBERED)
def ratio_refusal(rule: SizeRule, ratio: Fraction) -> str | None:
    """Why the model cannot make this ratio, or None."""
    if not Fraction(1, rule.max_ratio) <= ratio <= rule.max_ratio:
        return f"is narrower than 1:{rule.max_ratio} or wider than {rule.max_ratio}:1"
    return None


@lru_cache(maxsize=_REMEMBERED)
def size_refusal(rule: SizeRule, size: Size) -> str | None:
    """Why this exact size can neither be rendered nor fitted from a render, or None."""
    if min(size.width_px, size.height_px) < SMALLEST_SIDE_PX:
        return f"has a side under {SMALLEST_SIDE_PX} px"
    if max(size.width_px, size.height_px) > rule.longest_px:
        return f"has a side over {rule.longest_px:,} px"
    if size.pixels > rule.max_pixels:
        return f"has {size.pixels:,} pixels, more than {rule.max_pixels:,}"
    return ratio_refusal(rule, Fraction(size.width_px, size.height_px))


def is_legal(rule: SizeRule, size: Size) -> bool:
    """Whether the model renders exactly this size."""
    return (
        size.width_px % rule.multiple_px == 0
        and size.height_px % rule.multiple_px == 0
        and rule.min_pixels <= size.pixels
        and size_refusal(rule, size) is None
    )


@lru_cache(maxsize=1024)
@lru_cache(maxsize=_REMEMBERED)
def tier_size(rule: SizeRule, tier: str, ratio: Fraction) -> Size | None:
    """The size behind a tier and a ratio (see the module's table); None if no legal size fills the tier."""
    least, most = _bounds(rule, tier)
    grid = lcm(rule.multiple_px, GRID_PX)
    heights = range(max(grid, _down(isqrt(int(least / ratio)), grid)), isqrt(int(most / ratio)) + grid, grid)
    sizes = (Size(_near(height * ratio.numerator // ratio.denominator, grid), height) for height in heights)
    filling = (size for size in sizes if least <= size.pixels <= most)
    best_first = sorted(filling, key=lambda size: (_distance(size.ratio, float(ratio)), -size.pixels))
    return next((size for size in best_first if is_legal(rule, size)), None)


def tier_of(rule: SizeRule, size: Size) -> str:
    """The tier that pays for an explicit size: the first whose pixels hold it, else the last.

    So 1024x1024 is 1K, 2048x1152 is 2K, 3840x2160 is 4K, and every size behind a tier costs that tier.
    """
    return next((tier.name for tier in rule.tiers if size.pixels <= tier.pixels), rule.tiers[-1].name)


@lru_cache(maxsize=1024)
@lru_cache(maxsize=_REMEMBERED)
def render_size(rule: SizeRule, size: Size) -> Size:
    """The legal size nearest to `size`: itself, else one that covers it with the least change of ratio.

    Raises:
        ValueError: `size_refusal` has an objection.
    """
    if is_legal(rule, size):
        return size
    legal = [candidate for candidate in _around(rule, size) if is_legal(rule, candidate)]
    if not legal or size_refusal(rule, size):
        raise ValueError(f"no legal size is near {size}")
    return min(legal, key=lambda candidate: _unfitness(candidate, size))


def frame_of(frames: Frames, size: Size) -> tuple[str, str] | None:
    """Resolution and aspect ratio of an explicit clip size; None when the table does not have it."""
    for resolution, row in frames.items():
        for ratio, frame in row.items():
            if frame == size:
                return resolution, ratio
    return None


def _bounds(rule: SizeRule, tier: str) -> tuple[int, int]:
    """Fewest and most pixels of a size behind this tier."""
    position = next(number for number, step in enumerate(rule.tiers) if step.name == tier)
    most = min(rule.max_pixels, rule.tiers[position].pixels)
    below = rule.tiers[position - 1].pixels + 1 if position else 0
    return max(-(-most // 2), below), most


def _around(rule: SizeRule, size: Size) -> Iterator[Size]:
    """Sizes on the model's grid next to `size`, enlarged first when it has too few pixels."""
    factor = max(1.0, sqrt(rule.min_pixels / size.pixels))
    step = rule.multiple_px
    for across in range(-1, 3):
        for down in range(-1, 3):
            width_px = _down(int(size.width_px * factor), step) + across * step
            height_px = _down(int(size.height_px * factor), step) + down * step
            if width_px > 0 and height_px > 0:
                yield Size(width_px, height_px)


def _unfitness(candidate: Size, wanted: Size) -> tuple[bool, float, int]:
    covers = candidate.width_px >= wanted.width_px and candidate.height_px >= wanted.height_px
    return not covers, _distance(candidate.ratio, wanted.ratio), abs(candidate.pixels - wanted.pixels)


def _distance(one: float, other: float) -> float:
    """By how much the larger ratio exceeds the smaller; exactly 0 for equal fractions (division rounds correctly)."""
    return max(one, other) / min(one, other) - 1


def _down(length_px: int, step_px: int) -> int:
    return length_px - length_px % step_px


def _near(length_px: int, step_px: int) -> int:
    return (length_px + step_px // 2) // step_px * step_px
