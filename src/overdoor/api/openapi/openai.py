"""The paths of OpenAI's SDKs, described; handlers in `api/chat.py`, `responses.py`, `images.py` and `models.py`."""

from collections.abc import Mapping
from dataclasses import replace

from overdoor.api.openapi import chat
from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    NUMBER,
    TEXT,
    TEXTS,
    WHOLE,
    Content,
    Operation,
    Schema,
    json_content,
    listed,
    record,
    ref,
)

_MODEL = record(
    {
        "id": TEXT,
        "object": {"const": "model"},
        "created": WHOLE,
        "owned_by": TEXT,
        "name": TEXT,
        "description": TEXT,
        "output_modalities": listed({"enum": ["image", "video", "chat"]}),
    }
)
_EVENT: Schema = record({"event": TEXT, "data": TEXT}, optional=("event",))  # each event of the stream

SCHEMAS: Mapping[str, Schema] = {
    "ImagesRequest": {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "model": MAYBE_TEXT | {"description": "An image model; left out, the one of the image tool."},
            "prompt": {"type": "string", "pattern": r"\S"},
            "n": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": 10,
                "description": "Each is a task.",
            },
            "response_format": {"enum": ["b64_json", "url", None]},
            "stream": {"type": ["boolean", "null"]},
        },
        "description": "Further fields are the model's options: `size`, `quality`, `background`, `output_format` …",
        "examples": [{"prompt": "a fox in the snow", "size": "1024x1024"}],
    },
    "Images": record(
        {
            "created": WHOLE | {"description": "Epoch seconds."},
            "data": listed(record({"b64_json": TEXT, "url": TEXT}, optional=("b64_json", "url"))),
            "size": TEXT,
            "output_format": TEXT,
            "quality": TEXT,
            "background": TEXT,
            "cost": NUMBER | {"description": "USD."},
            "warnings": TEXTS,
        },
        optional=("quality", "background"),
    ),
    "Model": _MODEL,
}

_BY_ID = {operation.id: operation for operation in chat.OPERATIONS}
OPERATIONS = (
    replace(
        _BY_ID["chat.completions.create"], id="v1.chat.completions.create", path="/v1/chat/completions", tag="openai"
    ),
    replace(_BY_ID["responses.create"], id="v1.responses.create", path="/v1/responses", tag="openai"),
    Operation(
        id="images.generate",
        method="post",
        path="/v1/images/generations",
        tag="openai",
        summary="Make pictures and wait for them.",
        description="Each picture is a task; one that the client does not wait for goes on and is charged once.",
        scope="generate",
        body=ref("ImagesRequest"),
        named=True,
        answers={
            200: Content("The pictures.", {"application/json": ref("Images"), "text/event-stream": _EVENT}),
        },
        errors=(400, 402, 404, 502),
    ),
    Operation(
        id="models.list",
        method="get",
        path="/v1/models",
        tag="openai",
        summary="Every model that can be named.",
        scope="read",
        answers={200: json_content("The models.", record({"object": {"const": "list"}, "data": listed(ref("Model"))}))},
    ),
    Operation(
        id="models.read",
        method="get",
        path="/v1/models/{name}",
        tag="openai",
        summary="One model.",
        description="Names with a slash are asked for as they are.",
        scope="read",
        parameters=({"name": "name", "in": "path", "required": True, "schema": TEXT},),
        answers={200: json_content("The model.", ref("Model"))},
        errors=(404,),
    ),
)
