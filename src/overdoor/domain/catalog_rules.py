"""What a catalogue row must mean to be usable; `catalog_rows` has already checked the types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from overdoor.domain.model import Choice, Model
from overdoor.domain.request import Kind, Operation
from overdoor.domain.sizes import FREE_RATIOS, SizeRule, parse_ratio, ratio_refusal, same_ratio, tier_size

_OPERATIONS: Mapping[Kind, frozenset[Operation]] = {
    "image": frozenset({"text-to-image", "image-to-image", "upscale", "remove-background"}),
    "video": frozenset({"text-to-video", "image-to-video"}),
    "chat": frozenset(),
}
_CHOICES = ("aspect_ratio", "resolution", "quality", "background", "output_format", "moderation", "scale")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A field of a row and what is wrong with it."""

    field: str
    problem: str


def first_mistake(model: Model, models: Mapping[str, Model]) -> Mistake | None:
    """The first thing that makes a row unusable among the others, or None."""
    checks = (_succession(model, models), _work(model), _choices(model), _numbers(model), _sizes(model), _price(model))
    return next((mistake for check in checks for mistake in check), None)


def price_keys(model: Model) -> Iterator[tuple[str, ...]]:
    """Every combination of allowed option values that needs a price of its own; `auto` quality is priced as the
    dearest of the others."""
    offered = [choice_values(model, name) for name in model.price.by]
    return product(*offered)


def choice_values(model: Model, name: str) -> tuple[str, ...]:
    """The values of a priced option, without `auto` where the row has no price for it."""
    choice: Choice | None = getattr(model, name)
    return tuple(value for value in (choice.values if choice else ()) if value != "auto")


def _succession(model: Model, models: Mapping[str, Model]) -> Iterator[Mistake]:
    if model.successor is None:
        if model.retired_on is not None:
            yield Mistake("retired_on", "needs a `successor`")
        return
    successor = models.get(model.successor)
    if successor is None:
        yield Mistake("successor", f"names no row: {model.successor!r}")
    elif successor.successor is not None:
        yield Mistake("successor", f"names a row that has a successor itself: {model.successor!r}")
    elif successor.kind != model.kind:
        yield Mistake("successor", f"is of another kind: {successor.kind}")


def _work(model: Model) -> Iterator[Mistake]:
    if not model.operations and model.kind != "chat":
        yield Mistake("operations", "must name at least one")
    for operation in model.operations:
        if operation not in _OPERATIONS[model.kind]:
            yield Mistake("operations", f"{operation!r} is not for the kind {model.kind!r}")
        if operation not in model.requires:
            yield Mistake("requires", f"has nothing for {operation!r}")
        if not operation.startswith("text-") and model.inputs is None:
            yield Mistake("inputs", f"is missing, and {operation!r} needs it")
    given = {"prompt", model.inputs.name if model.inputs else "prompt"}
    for operation, names in model.requires.items():
        if operation not in model.operations:
            yield Mistake(f"requires.{operation}", "is not one of the operations")
        for name in names:
            if name not in given:
                yield Mistake(f"requires.{operation}", f"{name!r} is neither `prompt` nor the name in `inputs`")


def _choices(model: Model) -> Iterator[Mistake]:
    for name in _CHOICES:
        choice: Choice | None = getattr(model, name)
        if choice is None:
            continue
        if len(set(choice.values)) != len(choice.values):
            yield Mistake(f"{name}.values", "has a value twice")
        if choice.default not in choice.values:
            yield Mistake(f"{name}.default", f"is not one of the values: {choice.default!r}")
    for value in model.scale.values if model.scale else ():
        if not value.isdecimal() or int(value) < 1:
            yield Mistake("scale.values", f"must be whole numbers, not {value!r}")


def _numbers(model: Model) -> Iterator[Mistake]:
    counts = {"prompt_max_chars": model.prompt_max_chars, "typical_s": model.typical_s, "deadline_s": model.deadline_s}
    for name, value in counts.items():
        if value is not None and value < 1:
            yield Mistake(name, "must be 1 or more")
    if model.output_compression is not None and not 0 <= model.output_compression <= 100:
        yield Mistake("output_compression", "must be 0 to 100")
    duration, inputs = model.duration, model.inputs
    if duration is not None and not 1 <= duration.min_s <= duration.default_s <= duration.max_s:
        yield Mistake("duration", "must hold 1 <= min_s <= default_s <= max_s")
    if duration is None and model.kind == "video":
        yield Mistake("duration", "is missing, and a clip needs it")
    if inputs is not None and not 1 <= inputs.min_images <= inputs.max_images:
        yield Mistake("inputs", "must hold 1 <= min_images <= max_images")


def _sizes(model: Model) -> Iterator[Mistake]:
    if model.kind == "chat" or set(model.operations) <= {"upscale", "remove-background"}:
        return
    for name in ("aspect_ratio", "resolution", "size" if model.kind == "image" else "frames"):
        if getattr(model, name) is None:
            yield Mistake(name, f"is missing, and every {model.kind} has a size")
            return
    ratios = model.aspect_ratio.values if model.aspect_ratio else ()
    resolutions = model.resolution.values if model.resolution else ()
    for ratio in ratios:
        if ratio not in FREE_RATIOS and parse_ratio(ratio) is None:
            yield Mistake("aspect_ratio.values", f"{ratio!r} is no ratio such as 16:9")
    if model.size is not None:
        yield from _size_rule(model.size, ratios, resolutions)
    for resolution, ratio in product(resolutions, ratios) if model.frames is not None else ():
        frame = (model.frames or {}).get(resolution, {}).get(ratio)
        field = f"frames.{resolution}.{ratio}"
        if frame is None and ratio not in FREE_RATIOS:
            yield Mistake(field, "is missing")
        if frame is not None and (frame.width_px % 2 or frame.height_px % 2):
            yield Mistake(field, f"must have even sides, not {frame}")
        if frame is not None and not same_ratio(frame.ratio, float(parse_ratio(ratio) or Fraction(1))):
            yield Mistake(field, f"{frame} is not {ratio}")


def _size_rule(rule: SizeRule, ratios: tuple[str, ...], resolutions: tuple[str, ...]) -> Iterator[Mistake]:
    if min(rule.multiple_px, rule.longest_px, rule.min_pixels, rule.max_ratio) < 1:
        yield Mistake("size", "has a number below 1")
        return
    if not rule.min_pixels <= rule.max_pixels <= rule.longest_px**2:
        yield Mistake("size", "must hold min_pixels <= max_pixels <= longest_px squared")
        return
    pixels = [tier.pixels for tier in rule.tiers]
    if pixels != sorted(set(pixels)):
        yield Mistake("size.tiers", "must grow from the first to the last")
        return
    if tuple(tier.name for tier in rule.tiers) != resolutions:
        yield Mistake("size.tiers", f"must be named like resolution.values: {', '.join(resolutions)}")
        return
    for tier, name in product(resolutions, ratios):
        ratio = parse_ratio(name)
        if ratio is None:
            continue
        size = None if ratio_refusal(rule, ratio) else tier_size(rule, tier, ratio)
        if size is None or not same_ratio(size.ratio, float(ratio)):
            yield Mistake("aspect_ratio.values", f"{name} has no legal size at {tier}")


def _price(model: Model) -> Iterator[Mistake]:
    price = model.price
    if price.per == "nothing":
        if model.kind != "chat":
            yield Mistake("price", "is missing")
        return
    if (price.per == "second") != (model.kind == "video"):
        yield Mistake("price.per", f"{price.per!r} is not for the kind {model.kind!r}")
    for name in price.by:
        if getattr(model, name) is None:
            yield Mistake("price.by", f"{name!r} is not offered by this row")
    needed = {"/".join(key) for key in price_keys(model)}
    for key in sorted(needed - set(price.amounts)):
        yield Mistake(f"price.{key}" if key else "price", "is missing, and the row offers it")
    for key in sorted(set(price.amounts) - needed):
        yield Mistake(f"price.{key}" if key else "price", "is a price for something that the row does not offer")
