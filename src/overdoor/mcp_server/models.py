"""A model of the catalogue in the words of the MCP contract: scene, inputs with their ranges, price."""

from collections.abc import Mapping

from overdoor.domain.inputs import IMAGE_LISTS, MASK
from overdoor.domain.model import Choice, ExtraType, InputRule, Model
from overdoor.domain.request import Operation
from overdoor.domain.validation import LARGEST_SEED
from overdoor.units import in_credits

_SCENES: Mapping[Operation, str] = {
    "text-to-image": "Text to image",
    "image-to-image": "Image to image",
    "upscale": "Upscale",
    "remove-background": "Remove background",
    "text-to-video": "Text to video",
    "image-to-video": "Image to video",
}
_EXTRA_TYPES: Mapping[ExtraType, str] = {"bool": "boolean", "int": "integer", "text": "string"}

Entry = dict[str, object]


def model_entry(model: Model) -> Entry:
    """One row of `list_models`. Prices are in credits; `typicalSeconds` is how long one result usually takes."""
    return {
        "model": model.id,
        "type": model.kind,
        "scene": ", ".join(_SCENES[operation] for operation in model.operations),
        "title": model.title,
        "description": model.description,
        "requiredInput": _required(model),
        "inputs": _inputs(model),
        "price": _price(model),
        "typicalSeconds": model.typical_s,
    }


def _required(model: Model) -> list[str]:
    """What every operation of the model needs."""
    first = model.requires[model.operations[0]]
    return [name for name in first if all(name in model.requires[operation] for operation in model.operations)]


def _inputs(model: Model) -> Entry:
    """Every input that the model takes, by its argument name, in the words of JSON Schema."""
    found: Entry = {}
    if any("prompt" in names for names in model.requires.values()):
        found["prompt"] = {"type": "string", "maxLength": model.prompt_max_chars}
    if model.inputs is not None:
        found |= _given(model.inputs, is_video=model.kind == "video")
    choices = {
        "aspect_ratio": model.aspect_ratio,
        "resolution": model.resolution,
        "quality": model.quality,
        "background": model.background,
        "output_format": model.output_format,
        "moderation": model.moderation,
        "scale": model.scale,
    }
    found |= {name: _choice(offered) for name, offered in choices.items() if offered is not None}
    if (rule := model.size) is not None:
        found["size"] = {
            "type": "string",
            "description": f"WIDTHxHEIGHT in pixels instead of resolution and aspect_ratio: up to {rule.longest_px} a"
            f" side, {rule.min_pixels:,} to {rule.max_pixels:,} in all, at most {rule.max_ratio}:1.",
        }
    return found | _scalars(model)


def _scalars(model: Model) -> Entry:
    found: Entry = {}
    if model.output_compression is not None:
        compression = {"type": "integer", "minimum": 0, "maximum": 100, "default": model.output_compression}
        found["output_compression"] = compression
    if (rule := model.duration) is not None:
        duration: Entry = {"type": "integer", "minimum": rule.min_s, "maximum": rule.max_s, "default": rule.default_s}
        choosing = "; -1 lets the model choose" if rule.automatic else ""
        found["duration"] = duration | {"description": f"Whole seconds{choosing}."}
    if model.generate_audio is not None:
        found["generate_audio"] = {"type": "boolean", "default": model.generate_audio}
    if model.seed:
        found["seed"] = {"type": "integer", "minimum": 0, "maximum": LARGEST_SEED}
    return found | {name: {"type": _EXTRA_TYPES[kind]} for name, kind in model.extra.items()}


def _given(rule: InputRule, *, is_video: bool) -> Entry:
    others = " or ".join(f"`{name}`" for name in IMAGE_LISTS if name != rule.name)
    use = "Pictures: the first frame, then the last frame" if is_video else "Pictures to work on"
    pictures = _addresses(rule.max_images) | {
        "minItems": rule.min_images,
        "description": f"{use}: https URLs, data URLs, `asset:<id>` or task ids. The name may also be {others}.",
    }
    found: Entry = {rule.name: pictures}
    if rule.mask:
        found[MASK] = {
            "type": "string",
            "description": "Picture whose transparent pixels are where the first may change.",
        }
    if is_video:
        found |= {name: {"type": "string"} for name in ("first_frame_url", "last_frame_url")}
    references = {
        "reference_image_urls": rule.reference_images,
        "reference_video_urls": rule.reference_videos,
        "reference_audio_urls": rule.reference_audios,
    }
    return found | {name: _addresses(most) for name, most in references.items() if most}


def _addresses(most: int) -> Entry:
    return {"type": "array", "items": {"type": "string"}, "maxItems": most}


def _choice(offered: Choice) -> Entry:
    return {"type": "string", "enum": list(offered.values), "default": offered.default}


def _price(model: Model) -> Entry:
    """`credits` is a number, or a table by the values of the options in `by`, joined with `/`."""
    price = model.price
    if price.per == "nothing":
        return {"per": "nothing", "credits": 0}
    amounts = {key: in_credits(amount) for key, amount in price.amounts.items()}
    view: Entry = {"per": price.per, "credits": amounts if price.by else amounts[""]}
    if price.by:
        view["by"] = list(price.by)
    if price.per_input:
        view["creditsPerInput"] = in_credits(price.per_input)
    return view
