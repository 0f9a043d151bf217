"""The four tools as `tools/list` describes them: names, words for models, and JSON Schemas.

No output schema has `required` at its top level: the TypeScript SDK 1.x checks error results against it, too, and would
hide our error from the model.
"""

from collections.abc import Sequence

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_STATE: Schema = {"type": "string", "enum": ["waiting", "success", "fail"]}

_ERROR: Schema = {  # what every tool may answer instead, with `isError`
    "error": {"type": "string", "description": "Set when the call was refused, such as: insufficient credits."},
    "code": _TEXT,
    "message": _TEXT,
    "hint": {"type": "string", "description": "What to do next."},
}

_PICTURE_ADDRESSES = "https URLs, data URLs, asset:<id> of an upload or result, or the taskId of an earlier picture"
_COMMON_INPUTS: Schema = {
    "callBackUrl": {"type": "string", "description": "https URL that is told once, by POST, when the task has ended."},
    "request_id": {
        "type": "string",
        "description": "Your name for this wish. Reuse the SAME value when retrying: the first task is answered again.",
    },
}
_IMAGE_INPUTS: Schema = {
    "prompt": {"type": "string", "description": "What the picture should show, or how the given pictures change."},
    "input_urls": _TEXTS | {"description": f"Pictures to work on (image-to-image, upscale): {_PICTURE_ADDRESSES}."},
    "mask_url": {
        "type": "string",
        "description": "Picture whose transparent pixels are where the first may change; same forms.",
    },
    "aspect_ratio": {"type": "string", "description": "Such as 1:1, 3:2, 16:9, 9:16."},
    "resolution": {"type": "string", "description": "Size step 1K, 2K or 4K, or exact pixels such as 1024x1024."},
    "quality": {"type": "string", "description": "auto, low, medium or high, where the model offers it."},
    "background": {"type": "string", "description": "auto, opaque or transparent, where the model offers it."},
    "output_format": {"type": "string", "description": "png, jpeg or webp."},
    "output_compression": {"type": "integer", "description": "0 to 100, for jpeg and webp."},
    "scale": {"type": "string", "description": "2 or 4, for an upscaling model."},
    "seed": {"type": "integer", "description": "For a repeatable result, where the model offers it."},
}
_VIDEO_INPUTS: Schema = {
    "prompt": {"type": "string", "description": "What happens in the clip."},
    "image_urls": _TEXTS | {"description": f"The first frame, and the last frame if wanted: {_PICTURE_ADDRESSES}."},
    "reference_image_urls": _TEXTS
    | {"description": "Pictures of people, things or styles to follow; not with frames; same forms."},
    "aspect_ratio": {"type": "string", "description": "Such as 16:9, 9:16, 1:1."},
    "resolution": {"type": "string", "description": "480p, 720p or 1080p."},
    "duration": {"type": "string", "description": "Whole seconds, such as 5."},
    "generate_audio": {"type": "boolean", "description": "With sound or without."},
    "seed": {"type": "integer", "description": "For a repeatable result, where the model offers it."},
}

_LIST_OUTPUT: Schema = {
    "models": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "model": _TEXT,
                "type": {"type": "string", "enum": ["image", "video"]},
                "scene": _TEXT,
                "title": _TEXT,
                "description": _TEXT,
                "requiredInput": _TEXTS,
                "inputs": {"type": "object", "description": "Every input with its type, range and default."},
                "price": {"type": "object", "description": "Credits per image or per second; 1 credit is 0.01 USD."},
                "typicalSeconds": _NUMBER,
            },
        },
    },
}
_TASK_OUTPUT: Schema = {
    "taskId": _TEXT,
    "model": _TEXT,
    "state": _STATE,
    "creditsReserved": _NUMBER,
    "warnings": _TEXTS,
    "replayed": {"type": "boolean", "description": "True when this request had already made the task."},
    "next": {"type": "string", "description": "What to call next."},
}
_STATUS_OUTPUT: Schema = {
    "taskId": _TEXT,
    "model": _TEXT,
    "state": _STATE,
    "resultJson": {"type": ["string", "null"], "description": 'On success, JSON text: {"resultUrls": ["https://…"]}.'},
    "resultUrls": _TEXTS | {"description": "On success, links to the results; they live 24 hours."},
    "failCode": {"type": ["string", "null"]},
    "failMsg": {"type": ["string", "null"]},
    "costTime": {"type": ["number", "null"], "description": "Milliseconds from creation to success."},
    "completeTime": {"type": ["number", "null"], "description": "Milliseconds since 1970."},
    "createTime": {"type": "number", "description": "Milliseconds since 1970."},
    "progress": {"type": ["number", "null"], "description": "0 to 1 while it is known."},
    "creditsCharged": {"type": ["number", "null"]},
    "warnings": _TEXTS,
}

_READS: Schema = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
_SPENDS: Schema = {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": True}


def tool_list(*, image_models: Sequence[str], video_models: Sequence[str]) -> list[Schema]:
    """The descriptions of all tools, always in the same order.

    image_models, video_models: the ids that the caller may name; none leaves the name free.
    """
    return [
        _tool(
            "list_models",
            title="List models",
            description="List the image and video models with their inputs, ranges and prices in credits.",
            takes={"mediaType": {"type": "string", "enum": ["image", "video"], "description": "Only these; else all."}},
            gives=_LIST_OUTPUT,
            annotations=_READS,
        ),
        _tool(
            "generate_image",
            title="Generate an image",
            description="Start making or editing a picture. Answers at once with a taskId; the credits are held, and"
            " charged only for a result. Then call get_generation_status.",
            takes=_model(image_models) | _IMAGE_INPUTS | _COMMON_INPUTS,
            required=["model"],
            gives=_TASK_OUTPUT,
            annotations=_SPENDS,
        ),
        _tool(
            "generate_video",
            title="Generate a video",
            description="Start making a video clip from words or pictures. Answers at once with a taskId; the credits"
            " are held, and charged only for a result. Then call get_generation_status; a clip may take minutes.",
            takes=_model(video_models) | _VIDEO_INPUTS | _COMMON_INPUTS,
            required=["model"],
            gives=_TASK_OUTPUT,
            annotations=_SPENDS,
        ),
        _tool(
            "get_generation_status",
            title="Get the status of a generation",
            description="Ask what became of a task: waiting, success (links to the results) or fail (the reason)."
            " Ask again every few seconds while it waits.",
            takes={"taskId": {"type": "string", "description": "As generate_image or generate_video answered it."}},
            required=["taskId"],
            gives=_STATUS_OUTPUT,
            annotations=_READS,
        ),
    ]


def _tool(
    name: str,
    *,
    title: str,
    description: str,
    takes: Schema,
    gives: Schema,
    annotations: Schema,
    required: Sequence[str] = (),
) -> Schema:
    schema: Schema = {"type": "object", "properties": takes}
    if required:
        schema["required"] = list(required)
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": schema,
        "outputSchema": {"type": "object", "properties": gives | _ERROR},
        "annotations": {"title": title} | annotations,
    }


def _model(ids: Sequence[str]) -> Schema:
    """The `model` argument. An empty `enum` would be no valid schema."""
    named: Schema = {"type": "string", "description": "Model id; list_models tells what each takes and costs."}
    return {"model": named | {"enum": list(ids)} if ids else named}
