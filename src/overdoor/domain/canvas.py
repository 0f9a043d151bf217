"""The size that a request means: `size`, `resolution` and `aspect_ratio` made into exact pixels and a price tier."""

from dataclasses import dataclass
from fractions import Fraction

from overdoor.domain.model import Choice, Model
from overdoor.domain.parameters import Parameters, choice, word
from overdoor.domain.sizes import (
    FREE_RATIOS,
    Frames,
    Size,
    SizeRule,
    frame_of,
    nearest_ratio,
    parse_ratio,
    parse_size,
    ratio_name,
    ratio_refusal,
    render_size,
    same_ratio,
    size_refusal,
    tier_of,
    tier_size,
)
from overdoor.errors import InvalidOption

SIZE_PARAMETERS = ("size", "resolution", "aspect_ratio", "ratio")

_NO_SIZE = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What will be drawn on. size: of the result; render: what the model is asked for, fitted to `size` afterwards."""

    size: Size = _NO_SIZE
    render: Size = _NO_SIZE
    resolution: str | None = None
    aspect_ratio: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller wrote, sorted: an explicit size and its option's name, a tier, a ratio and its option's name."""

    size: Size | None = None
    size_option: str = "size"
    tier: str | None = None
    ratio: str | None = None
    ratio_option: str = "aspect_ratio"
    warnings: tuple[str, ...] = ()


def read_canvas(model: Model, params: Parameters, *, has_inputs: bool) -> Canvas:
    """The canvas of a request.

    Raises:
        InvalidOption: a size, tier or ratio that the model cannot make.
    """
    if model.resolution is None or model.aspect_ratio is None:
        _require_no_size(model, params)
        return Canvas()
    wish = _wish(params, resolution=model.resolution, ratios=model.aspect_ratio)
    if model.size is not None:
        return _picture(model.size, wish, resolution=model.resolution, ratios=model.aspect_ratio, given=has_inputs)
    return _clip(model.frames or {}, wish, resolution=model.resolution, ratios=model.aspect_ratio, given=has_inputs)


def size_like(model: Model, *, resolution: str, given: Size) -> Size:
    """The size of this tier in the offered ratio that is nearest to a given picture's.

    Raises:
        ValueError: the row has no sizes of its own.
    """
    name = nearest_ratio(given.ratio, model.aspect_ratio.values if model.aspect_ratio else ())
    ratio = parse_ratio(name) if name else None
    if name is None or ratio is None:
        raise ValueError(f"{model.id} has no ratios")
    size = (model.frames or {})[resolution][name] if model.size is None else tier_size(model.size, resolution, ratio)
    if size is None:
        raise ValueError(f"{model.id} has no {name} at {resolution}")
    return size


def _wish(params: Parameters, *, resolution: Choice, ratios: Choice) -> _Wish:
    """Sort what was written: `size` may be a tier, and `resolution` an explicit size."""
    size, size_tier = _size_or_tier(params, "size", resolution)
    other, tier = _size_or_tier(params, "resolution", resolution)
    ratio, ratio_option, warnings = _asked_ratio(params, ratios)
    if size is None and size_tier is None:
        return _Wish(other, "resolution", tier, ratio=ratio, ratio_option=ratio_option, warnings=warnings)
    if (other is not None and other != size) or (tier is not None and size_tier not in (None, tier)):
        told = word(params, "size"), word(params, "resolution")
        warnings = (*warnings, f"`size` {told[0]} wins over `resolution` {told[1]}: they disagree.")
        tier = None
    return _Wish(size, "size", size_tier or tier, ratio=ratio, ratio_option=ratio_option, warnings=warnings)


def _size_or_tier(params: Parameters, name: str, tiers: Choice) -> tuple[Size | None, str | None]:
    asked = choice(params, name, values=tiers.values)
    if asked is None or asked.lower() == "auto":
        return None, None
    if asked in tiers.values:
        return None, asked
    size = parse_size(asked)
    if size is None:
        problem = f"{asked[:40]!r} is neither offered nor a size such as 1280x720"
        raise InvalidOption(option=name, problem=problem, allowed=tiers.values)
    return size, None


def _asked_ratio(params: Parameters, ratios: Choice) -> tuple[str | None, str, tuple[str, ...]]:
    """The ratio in the row's spelling, the option that it came from, and a warning when two disagree."""
    first, second = (_spelled(choice(params, name, values=ratios.values), ratios) for name in ("ratio", "aspect_ratio"))
    if first is None:
        return second, "aspect_ratio", ()
    if second in (None, first):
        return first, "ratio", ()
    return first, "ratio", (f"`ratio` {first} wins over `aspect_ratio` {second}: they disagree.",)


def _spelled(asked: str | None, ratios: Choice) -> str | None:
    """`auto` and `adaptive` mean the same: the one that the row offers."""
    if asked is not None and asked.lower() in FREE_RATIOS:
        return next((name for name in FREE_RATIOS if name in ratios.values), None)
    return asked


def _picture(rule: SizeRule, wish: _Wish, *, resolution: Choice, ratios: Choice, given: bool) -> Canvas:
    if wish.size is None:
        return _picture_by_tier(rule, wish, tier=wish.tier or resolution.default, ratios=ratios, given=given)
    refusal = size_refusal(rule, wish.size)
    if refusal is not None:
        raise InvalidOption(option=wish.size_option, problem=f"{wish.size} {refusal}", hint=_limits(rule))
    render = render_size(rule, wish.size)
    tier = tier_of(rule, wish.size)
    warnings = [*wish.warnings, *_overruled(wish, wish.size, tier=tier)]
    if render != wish.size:
        warnings.append(
            f"The model has no size {wish.size}; the picture is rendered at {render} and resized to {wish.size}."
        )
    name = ratio_name(wish.size, ratios.values)
    return Canvas(wish.size, render, resolution=tier, aspect_ratio=name, warnings=tuple(warnings))


def _picture_by_tier(rule: SizeRule, wish: _Wish, *, tier: str, ratios: Choice, given: bool) -> Canvas:
    name = wish.ratio or _default_ratio(ratios, given=given)
    ratio = Fraction(1) if name in FREE_RATIOS else parse_ratio(name)
    if ratio is None:
        raise InvalidOption(option=wish.ratio_option, problem=f"{name[:40]!r} is no ratio", allowed=ratios.values)
    refusal = ratio_refusal(rule, ratio)
    size = None if refusal else tier_size(rule, tier, ratio)
    if size is None:
        problem = f"{name} {refusal or f'has no size at {tier}'}"
        raise InvalidOption(option=wish.ratio_option, problem=problem, allowed=ratios.values)
    return Canvas(size, size, resolution=tier, aspect_ratio=name, warnings=wish.warnings)


def _clip(frames: Frames, wish: _Wish, *, resolution: Choice, ratios: Choice, given: bool) -> Canvas:
    if wish.size is not None:
        found = frame_of(frames, wish.size)
        if found is None:
            sizes = tuple(str(frames[tier][name]) for tier in resolution.values for name in frames[tier])
            raise InvalidOption(option=wish.size_option, problem=f"{wish.size} is not a clip size", allowed=sizes)
        warnings = (*wish.warnings, *_overruled(wish, wish.size, tier=found[0]))
        return Canvas(wish.size, wish.size, resolution=found[0], aspect_ratio=found[1], warnings=warnings)
    tier = wish.tier or resolution.default
    name = wish.ratio or _default_ratio(ratios, given=given)
    if name not in ratios.values:
        raise InvalidOption(option=wish.ratio_option, problem=f"{name[:40]!r} is not offered", allowed=ratios.values)
    size = frames[tier][_first_number(ratios) if name in FREE_RATIOS else name]
    return Canvas(size, size, resolution=tier, aspect_ratio=name, warnings=wish.warnings)


def _default_ratio(ratios: Choice, *, given: bool) -> str:
    """With a picture and no wish, the picture's own ratio where the row has a word for that."""
    free = next((name for name in FREE_RATIOS if name in ratios.values), None)
    return free if given and free else ratios.default


def _first_number(ratios: Choice) -> str:
    """The ratio that stands in for `adaptive` until the picture has been seen."""
    numbers = (ratios.default, *ratios.values)
    return next(name for name in numbers if name not in FREE_RATIOS)


def _overruled(wish: _Wish, size: Size, *, tier: str) -> list[str]:
    """Warnings for what an explicit size leaves no room for."""
    warnings: list[str] = []
    ratio = parse_ratio(wish.ratio) if wish.ratio else None
    if wish.ratio and wish.ratio not in FREE_RATIOS and (ratio is None or not same_ratio(size.ratio, float(ratio))):
        warnings.append(
            f"`{wish.size_option}` {size} wins over `{wish.ratio_option}` {wish.ratio[:40]}: they disagree."
        )
    if wish.tier is not None and wish.tier != tier:
        warnings.append(f"`size` {size} wins over `resolution` {wish.tier}: they disagree.")
    return warnings


def _require_no_size(model: Model, params: Parameters) -> None:
    for name in SIZE_PARAMETERS:
        asked = word(params, name)
        if asked is not None and asked.lower() not in FREE_RATIOS:
            problem = f"is not taken by {model.id}: the size follows from the given picture"
            raise InvalidOption(
                option=name, problem=problem, hint="Leave it out." if model.scale is None else "Use `scale`."
            )


def _limits(rule: SizeRule) -> str:
    return (
        f"Sides of 16 to {rule.longest_px} px, at most {rule.max_pixels:,} pixels, "
        f"ratios of 1:{rule.max_ratio} to {rule.max_ratio}:1."
    )
