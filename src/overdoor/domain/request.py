"""A generation as every room understands it: our words, checked against the catalogue, with exact sizes.

Doors hand loose parameters to `domain.validation`; only a `GenerationRequest` goes further.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import msgspec

Kind = Literal["image", "video", "chat"]
Operation = Literal[
    "text-to-image", "image-to-image", "upscale", "remove-background", "text-to-video", "image-to-video"
]
InputRole = Literal[
    "image", "mask", "first_frame", "last_frame", "reference_image", "reference_video", "reference_audio"
]
SourceKind = Literal["url", "data", "file", "asset", "task"]


@dataclass(frozen=True, slots=True)
class InputRef:
    """A picture, clip or sound that the task works on, not yet fetched.

    source: `url` (http or https), `data` (a data: URL), `file` (our stored copy of one, by SHA-256), `asset` (an asset
        id of ours), `task` (the first result of a task of ours).
    value: the URL or the id.
    """

    role: InputRole
    source: SourceKind
    value: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What one task makes.

    model_id: the catalogue's id, after aliases. asked_model: the name that the caller used.
    width_px, height_px: the exact size of the result; 0 where the operation derives it from its input
        (`upscale`, `remove-background`).
    render_width_px, render_height_px: what the model is asked for; differs where the model has no such size and the
        result is fitted afterwards.
    resolution: the price tier of the model's own table, such as "1K" or "720p".
    duration_s: for video; -1 lets the model choose, and the longest clip is held.
    extra: further parameters that the catalogue row allows to pass through.
    """

    model_id: str
    asked_model: str
    kind: Kind
    operation: Operation
    prompt: str
    inputs: tuple[InputRef, ...] = ()
    width_px: int = 0
    height_px: int = 0
    render_width_px: int = 0
    render_height_px: int = 0
    aspect_ratio: str | None = None
    resolution: str | None = None
    quality: str | None = None
    background: str | None = None
    output_format: str | None = None
    output_compression: int | None = None
    moderation: str | None = None
    duration_s: int | None = None
    generate_audio: bool | None = None
    seed: int | None = None
    scale: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict[str, object])


def to_json(request: GenerationRequest) -> dict[str, object]:
    """The request as plain JSON values, options that are None left out; `from_json` gives the same request back."""
    plain = cast("dict[str, object]", msgspec.to_builtins(request))
    plain["inputs"] = list(cast("tuple[object, ...]", plain["inputs"]))
    return {name: value for name, value in plain.items() if value is not None}


def from_json(mapping: Mapping[str, Any]) -> GenerationRequest:
    """The inverse of `to_json`.

    Raises:
        msgspec.ValidationError: the mapping is no request; stored rows are ours, so this is a bug.
    """
    return msgspec.convert(dict(mapping), GenerationRequest)
