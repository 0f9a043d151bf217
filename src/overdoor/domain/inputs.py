"""The pictures, clips and sounds that a request names: where each comes from and what it is for."""

from typing import Literal
from urllib.parse import urlsplit

from overdoor.domain.model import Model
from overdoor.domain.parameters import Parameters, texts, word
from overdoor.domain.request import InputRef, InputRole, SourceKind
from overdoor.errors import InvalidOption

IMAGE_LISTS = ("input_urls", "image_urls", "image_input", "images")
MASK = "mask_url"
FRAMES: dict[str, InputRole] = {"first_frame_url": "first_frame", "last_frame_url": "last_frame"}
REFERENCES: dict[str, InputRole] = {
    "reference_image_urls": "reference_image",
    "reference_video_urls": "reference_video",
    "reference_audio_urls": "reference_audio",
}
FIRST_AND_LAST = 2
MOST_ID_CHARS = 100
INPUT_PARAMETERS = frozenset({*IMAGE_LISTS, MASK, *FRAMES, *REFERENCES})


def read_inputs(model: Model, params: Parameters) -> tuple[tuple[InputRef, ...], tuple[str, ...]]:
    """Everything that the request gives the model to work on, and warnings.

    Raises:
        InvalidOption: an address that is none, more than the model takes, or a mix that it does not take.
    """
    given = _given(params)
    if not given:
        return (), ()
    _require_taken(model, given)
    if model.kind == "video":
        return _clip_inputs(model, given)
    return _picture_inputs(model, given), ()


def kind_of(role: InputRole) -> Literal["image", "video", "audio"]:
    """What an input of this role must hold."""
    match role:
        case "reference_video":
            return "video"
        case "reference_audio":
            return "audio"
        case _:
            return "image"


def parse_source(value: str, *, option: str) -> tuple[SourceKind, str]:
    """Where an input comes from, and its URL or id.

    Raises:
        InvalidOption: it is none of an http(s) URL, a data URL, `asset:<id>` and a task id.
    """
    scheme = value.partition(":")[0].lower()
    if scheme == "data" and "," in value:
        return "data", value
    if scheme == "asset" and 0 < len(asset := value.partition(":")[2].removeprefix("//")) <= MOST_ID_CHARS:
        return "asset", asset
    if value.startswith("task_") and len(value) <= MOST_ID_CHARS:
        return "task", value
    if scheme in ("http", "https") and _has_host(value):
        return "url", value
    raise InvalidOption(
        option=option,
        problem=f"is not an address: {value[:60]!r}",
        hint="Give an http or https URL, a data URL, `asset:<id>` (POST /api/v1/files) or the id of a finished task.",
    )


def _given(params: Parameters) -> dict[str, tuple[str, ...]]:
    """The named inputs by wire name, empty ones left out; a picture named in two lists counts once."""
    given: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for name in IMAGE_LISTS:
        fresh = tuple(value for value in texts(params, name) if value not in seen)
        seen.update(fresh)
        if fresh:
            given[name] = fresh
    for name in (MASK, *FRAMES):
        value = word(params, name)
        if value:
            given[name] = (value,)
    for name in REFERENCES:
        values = texts(params, name)
        if values:
            given[name] = values
    return given


def _require_taken(model: Model, given: dict[str, tuple[str, ...]]) -> None:
    """Refuse inputs of a sort that the model does not work on."""
    rule = model.inputs
    for name in given:
        hint = model.hints.get("inputs") if rule is None else f"Name pictures in `{rule.name}`."
        frames_or_references = name in FRAMES or name in REFERENCES
        if rule is None:
            raise InvalidOption(option=name, problem=f"is not taken by {model.id}, which works from words", hint=hint)
        if name == MASK and not rule.mask:
            raise InvalidOption(option=name, problem=f"is not taken by {model.id}", hint="Leave the mask out.")
        if model.kind != "video" and frames_or_references:
            raise InvalidOption(option=name, problem=f"is not taken by {model.id}, which makes pictures", hint=hint)


def _picture_inputs(model: Model, given: dict[str, tuple[str, ...]]) -> tuple[InputRef, ...]:
    rule = model.inputs
    if rule is None:
        return ()
    images = [_reference("image", value, name) for name in IMAGE_LISTS for value in given.get(name, ())]
    if images and not rule.min_images <= len(images) <= rule.max_images:
        allowed = f"{rule.min_images} to {rule.max_images}" if rule.max_images > 1 else "one"
        raise InvalidOption(
            option=rule.name, problem=f"names {len(images)} pictures; {model.id} takes {allowed}", hint="Name fewer."
        )
    masks = [_reference("mask", value, MASK) for value in given.get(MASK, ())]
    if masks and not images:
        raise InvalidOption(option=MASK, problem="needs a picture to mask", hint=f"Name it in `{rule.name}`.")
    return (*images, *masks)


def _clip_inputs(model: Model, given: dict[str, tuple[str, ...]]) -> tuple[tuple[InputRef, ...], tuple[str, ...]]:
    frames, warnings = _frames(model, given)
    references = _references(model, given)
    if frames and references:
        raise InvalidOption(
            option=next(name for name in REFERENCES if name in given),
            problem="cannot be combined with a first or last frame: a clip starts from frames or follows references",
            hint="Give frames (`image_urls`, `first_frame_url`, `last_frame_url`) or `reference_*_urls`, not both.",
        )
    return frames or references, warnings


def _frames(model: Model, given: dict[str, tuple[str, ...]]) -> tuple[tuple[InputRef, ...], tuple[str, ...]]:
    """First and last frame; a list of two pictures names both."""
    listed = [(name, value) for name in IMAGE_LISTS for value in given.get(name, ())]
    most = model.inputs.max_images if model.inputs else 0
    named = [*listed[:1], *((name, given[name][0]) for name in FRAMES if name in given)]
    if len(listed) > most:
        raise InvalidOption(
            option=listed[0][0],
            problem=f"names {len(listed)} pictures; {model.id} takes up to {most}, the first and the last frame",
            hint="Name pictures that are no frames in `reference_image_urls`.",
        )
    first = [entry for entry in named if entry[0] != "last_frame_url"]
    last = [*listed[1:2], *(entry for entry in named if entry[0] == "last_frame_url")]
    for entries, frame in ((first, "first"), (last, "last")):
        if len({value for _, value in entries}) > 1:
            problem = f"and `{entries[-1][0]}` both name the {frame} frame"
            raise InvalidOption(option=entries[0][0], problem=problem, hint="Name it once.")
    if last and most < FIRST_AND_LAST:
        raise InvalidOption(option=last[0][0], problem=f"is not taken by {model.id}", hint="Leave the last frame out.")
    if last and not first:
        raise InvalidOption(option="last_frame_url", problem="needs a first frame", hint="Add `first_frame_url`.")
    frames = [_reference("first_frame", value, name) for name, value in first[:1]]
    frames += [_reference("last_frame", value, name) for name, value in last[:1]]
    if len(listed) > 1:
        return tuple(frames), (f"The second picture in `{listed[1][0]}` is the last frame of the clip.",)
    return tuple(frames), ()


def _references(model: Model, given: dict[str, tuple[str, ...]]) -> tuple[InputRef, ...]:
    rule = model.inputs
    most = (rule.reference_images, rule.reference_videos, rule.reference_audios) if rule else (0, 0, 0)
    references: list[InputRef] = []
    for (name, role), limit in zip(REFERENCES.items(), most, strict=True):
        values = given.get(name, ())
        if len(values) > limit:
            raise InvalidOption(option=name, problem=f"names {len(values)}; {model.id} takes up to {limit}")
        references += [_reference(role, value, name) for value in values]
    if references and all(reference.role == "reference_audio" for reference in references):
        raise InvalidOption(
            option="reference_audio_urls",
            problem="cannot be alone",
            hint="Add a picture or a clip in `reference_image_urls` or `reference_video_urls`.",
        )
    return tuple(references)


def _reference(role: InputRole, value: str, option: str) -> InputRef:
    source, name = parse_source(value, option=option)
    return InputRef(role=role, source=source, value=name)


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
