"""Loose parameters of any door made into a `GenerationRequest` that the model can really carry out.

Nothing is dropped in silence: an option that cannot be met is refused, and one that changes nothing is reported.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from overdoor.domain.canvas import SIZE_PARAMETERS, read_canvas, size_like
from overdoor.domain.catalog import Catalog
from overdoor.domain.inputs import INPUT_PARAMETERS, read_inputs
from overdoor.domain.model import Choice, ExtraType, Model
from overdoor.domain.parameters import Parameters, choice, text, truth, whole_number, word
from overdoor.domain.request import GenerationRequest, InputRef, Operation
from overdoor.domain.sizes import FREE_RATIOS, Size
from overdoor.errors import InputsRequired, InvalidOption, ModelNotSupported, PromptRequired

MOST_WARNINGS = 20
LARGEST_SEED = 2**32 - 1

_LOSSY = ("jpeg", "webp")
_WITH_ALPHA = ("png", "webp")
_SCALES = ("scale", "upscale_factor")
_READ = frozenset(
    {
        "model", "prompt", "quality", "background", "output_format", "output_compression", "moderation", "duration",
        "generate_audio", "seed", "n", *_SCALES, *SIZE_PARAMETERS, *INPUT_PARAMETERS,
    }
)  # fmt: skip
# Options of other gateways and models: told apart from spelling mistakes.
_KNOWN_ELSEWHERE = frozenset(
    {
        "nsfw_checker", "web_search", "watermark", "return_last_frame", "camera_fixed", "negative_prompt", "style",
        "input_fidelity", "complexity", "partial_images", "stream", "user", "safety_identifier", "response_format",
        "guidance_scale", "steps", "strength", "creativity", "fps", "enhance_prompt", "callback_url", "service_tier",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that the model can carry out, the model that will, and what the caller should know."""

    request: GenerationRequest
    model: Model
    warnings: tuple[str, ...]


def build(catalog: Catalog, *, model: str, params: Mapping[str, object]) -> Accepted:
    """Check `params` against the catalogue and fill in the row's defaults.

    Raises:
        ModelNotSupported, PromptRequired, InputsRequired, InvalidOption
    """
    row, found_warnings = catalog.find(model)
    if row.kind == "chat":
        raise ModelNotSupported(model=model, hint=f"{row.id} is a chat model; it makes no pictures or clips.")
    inputs, input_warnings = read_inputs(row, params)
    operation = _operation(row, has_inputs=bool(inputs))
    prompt = _prompt(row, params, operation=operation)
    _require_inputs(row, inputs, operation=operation)
    _require_one(params)
    canvas = read_canvas(row, params, has_inputs=bool(inputs))
    output_format = _format(row, params)
    compression, compression_warnings = _compression(row, params, output_format=output_format)
    moderation, moderation_warnings = _moderation(row, params, operation=operation)
    request = GenerationRequest(
        model_id=row.id,
        asked_model=model.strip(),
        kind=row.kind,
        operation=operation,
        prompt=prompt,
        inputs=inputs,
        width_px=canvas.size.width_px,
        height_px=canvas.size.height_px,
        render_width_px=canvas.render.width_px,
        render_height_px=canvas.render.height_px,
        aspect_ratio=canvas.aspect_ratio,
        resolution=canvas.resolution,
        quality=_chosen(row, row.quality, params, "quality"),
        background=_background(row, params, output_format=output_format),
        output_format=output_format,
        output_compression=compression,
        moderation=moderation,
        duration_s=_duration(row, params),
        generate_audio=_audio(row, params),
        seed=_seed(row, params),
        scale=_scale(row, params),
        extra=_extra(row, params),
    )
    warnings = (
        *found_warnings, *input_warnings, *canvas.warnings, *compression_warnings, *moderation_warnings,
        *_without_effect(row, params, operation=operation), *_unknown(row, params),
    )  # fmt: skip
    return Accepted(request=request, model=row, warnings=_bounded(warnings))


def sized_to_input(model: Model, request: GenerationRequest, *, width_px: int, height_px: int) -> GenerationRequest:
    """The request with the size that suits its first picture, when its `aspect_ratio` is `auto` or `adaptive`.

    For the moment when the picture has been seen; the tier and so the price stay. Another request comes back unchanged.
    """
    if request.aspect_ratio not in FREE_RATIOS or request.resolution is None or not request.inputs:
        return request
    size = size_like(model, resolution=request.resolution, given=Size(width_px, height_px))
    return replace(
        request,
        width_px=size.width_px,
        height_px=size.height_px,
        render_width_px=size.width_px,
        render_height_px=size.height_px,
    )


def _operation(model: Model, *, has_inputs: bool) -> Operation:
    """With something to work on, the first operation that works on it; else the first that works from words."""
    for operation in model.operations:
        if operation.startswith("text-") != has_inputs:
            return operation
    return model.operations[0]


def _prompt(model: Model, params: Parameters, *, operation: Operation) -> str:
    prompt = text(params, "prompt") or ""
    if "prompt" in model.requires[operation] and not prompt.strip():
        raise PromptRequired
    if len(prompt) > model.prompt_max_chars:
        problem = f"has {len(prompt):,} characters; {model.id} takes {model.prompt_max_chars:,}"
        raise InvalidOption(option="prompt", problem=problem, hint="Shorten it.")
    return prompt


def _require_inputs(model: Model, inputs: tuple[InputRef, ...], *, operation: Operation) -> None:
    needed = [name for name in model.requires[operation] if name != "prompt"]
    if needed and not inputs:
        raise InputsRequired(option=needed[0])


def _require_one(params: Parameters) -> None:
    if whole_number(params, "n") not in (None, 1):
        raise InvalidOption(option="n", problem="must be 1: one task makes one result", hint="Start one task for each.")


def _chosen(model: Model, offered: Choice | None, params: Parameters, name: str) -> str | None:
    """The asked value or the row's default; None for an option that the row does not have.

    Raises:
        InvalidOption: the row has the option and not this value.
    """
    asked = choice(params, name, values=offered.values if offered else ())
    if offered is None:
        return None
    if asked is None:
        return offered.default
    if asked not in offered.values:
        raise InvalidOption(
            option=name,
            problem=f"{asked[:40]!r} is not offered by {model.id}",
            allowed=offered.values,
            hint=model.hints.get(f"{name}.{asked.lower()}"),
        )
    return asked


def _format(model: Model, params: Parameters) -> str | None:
    asked = word(params, "output_format")
    if model.output_format is None and asked is not None:
        raise InvalidOption(option="output_format", problem=f"is not taken by {model.id}", hint="Leave it out.")
    return _chosen(model, model.output_format, params, "output_format")


def _background(model: Model, params: Parameters, *, output_format: str | None) -> str | None:
    background = _chosen(model, model.background, params, "background")
    if background is None and (word(params, "background") or "").lower() == "transparent":
        raise InvalidOption(
            option="background",
            problem=f"'transparent' is not offered by {model.id}",
            hint=model.hints.get("background.transparent") or "Leave it out.",
        )
    if background == "transparent" and output_format not in _WITH_ALPHA:
        allowed = tuple(
            name for name in (model.output_format.values if model.output_format else ()) if name in _WITH_ALPHA
        )
        problem = f"{output_format!r} cannot hold a transparent background"
        raise InvalidOption(option="output_format", problem=problem, allowed=allowed)
    return background


def _compression(model: Model, params: Parameters, *, output_format: str | None) -> tuple[int | None, tuple[str, ...]]:
    asked = whole_number(params, "output_compression")
    if asked is not None and not 0 <= asked <= 100:
        raise InvalidOption(option="output_compression", problem=f"is {asked}", hint="Use 0 to 100.")
    if model.output_compression is None:
        return None, ()  # reported with the other options that the row does not have
    if output_format in _LOSSY:
        return model.output_compression if asked is None else asked, ()
    if asked is None:
        return None, ()
    return None, (f"`output_compression` has no effect with {output_format}: it is for jpeg and webp.",)


def _moderation(model: Model, params: Parameters, *, operation: Operation) -> tuple[str | None, tuple[str, ...]]:
    chosen = _chosen(model, model.moderation, params, "moderation")
    if operation.startswith("text-") or "moderation" not in model.without_inputs_only:
        return chosen, ()
    if chosen in (None, "auto"):
        return None, ()
    return None, (f"`moderation` {chosen} has no effect when a picture is given and was left out.",)


def _duration(model: Model, params: Parameters) -> int | None:
    rule = model.duration
    asks_model = (params.get("duration") or "") in ("auto", "-1", "-1s")
    asked = -1 if asks_model else whole_number(params, "duration", suffix="s")
    if rule is None:
        if asked is not None:
            hint = "Leave it out, or use a video model."
            raise InvalidOption(
                option="duration", problem=f"is not taken by {model.id}, which makes pictures", hint=hint
            )
        return None
    if asked is None:
        return rule.default_s
    if rule.min_s <= asked <= rule.max_s or (asked == -1 and rule.automatic):
        return asked
    automatic = ", or -1 to let the model choose" if rule.automatic else ""
    hint = f"Use {rule.min_s} to {rule.max_s} seconds{automatic}."
    raise InvalidOption(option="duration", problem=f"{asked} is not offered by {model.id}", hint=hint)


def _audio(model: Model, params: Parameters) -> bool | None:
    asked = truth(params, "generate_audio")
    return model.generate_audio if asked is None or model.generate_audio is None else asked


def _seed(model: Model, params: Parameters) -> int | None:
    seed = whole_number(params, "seed")
    if seed is None or seed == -1:
        return None
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidOption(option="seed", problem=f"is {seed}", hint=f"Use 0 to {LARGEST_SEED}, or -1 for a new one.")
    return seed if model.seed else None


def _scale(model: Model, params: Parameters) -> int | None:
    for name in _SCALES:
        asked = whole_number(params, name, suffix="x")
        if asked is None:
            continue
        if model.scale is None:
            raise InvalidOption(option=name, problem=f"is not taken by {model.id}", hint="Use `image-upscale`.")
        if str(asked) not in model.scale.values:
            raise InvalidOption(
                option=name,
                problem=f"{asked} is not offered by {model.id}",
                allowed=[int(v) for v in model.scale.values],
            )
        return asked
    return int(model.scale.default) if model.scale else None


def _extra(model: Model, params: Parameters) -> dict[str, object]:
    values = {name: _extra_value(params, name, kind) for name, kind in model.extra.items()}
    return {name: value for name, value in values.items() if value is not None}


def _extra_value(params: Parameters, name: str, kind: ExtraType) -> object:
    match kind:
        case "bool":
            return truth(params, name)
        case "int":
            return whole_number(params, name)
        case "text":
            return word(params, name)


def _without_effect(model: Model, params: Parameters, *, operation: Operation) -> list[str]:
    """A sentence for each known option that was given and changes nothing with this model."""
    offered: dict[str, bool] = {
        "quality": model.quality is not None,
        "background": model.background is not None,
        "output_compression": model.output_compression is not None,
        "moderation": model.moderation is not None,
        "generate_audio": model.generate_audio is not None,
        "seed": model.seed,
        "prompt": operation not in ("upscale", "remove-background"),
        **{name: name in model.extra for name in _KNOWN_ELSEWHERE},
    }
    given = [name for name, value in params.items() if value not in (None, "") and not offered.get(name, True)]
    ineffective = [name for name in given if not _is_neutral(params[name])]
    return [f"`{name}` has no effect with {model.id}." for name in ineffective]


def _is_neutral(value: object) -> bool:
    """Asking for the model's own way, or for nothing, needs no answer."""
    return value is False or (isinstance(value, str) and value.strip().lower() in ("", "auto", "false"))


def _unknown(model: Model, params: Parameters) -> list[str]:
    known = _READ | _KNOWN_ELSEWHERE | set(model.extra)
    warnings: list[str] = []
    for name in params:
        if name in known:
            continue
        close = difflib.get_close_matches(name[:60], sorted(_READ | set(model.extra)), n=1, cutoff=0.8)
        meant = f" Did you mean `{close[0]}`?" if close else ""
        warnings.append(f"`{name[:60]}` is not known and was ignored.{meant}")
    return warnings


def _bounded(warnings: tuple[str, ...]) -> tuple[str, ...]:
    if len(warnings) <= MOST_WARNINGS:
        return warnings
    return (*warnings[: MOST_WARNINGS - 1], f"{len(warnings) - MOST_WARNINGS + 1} further warnings are left out.")
