"""Chat completions and Responses, described; handlers in `api/chat.py` and `api/responses.py`.

Only what is checked here is typed: further fields are the chat model's business.
"""

from collections.abc import Mapping

from overdoor.api.openapi.operation import (
    MAYBE_TEXT,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE,
    Content,
    Operation,
    Schema,
    listed,
    record,
    ref,
)

_PART: Schema = {
    "anyOf": [
        record({"type": {"const": "text"}, "text": TEXT}),
        record({"type": {"const": "image_url"}, "image_url": {"anyOf": [TEXT, record({"url": TEXT})]}}),
        record({"type": {"type": "string", "not": {"enum": ["text", "image_url"]}}}),  # for the model to read or not
    ]
}
_CONTENT: Schema = {"anyOf": [TEXT, listed(_PART)]}
_EARLIER_CALL = record({"id": TEXT, "function": record({"name": TEXT, "arguments": TEXT})})
_TOOL_CALL = record({**_EARLIER_CALL["properties"], "type": {"const": "function"}})
_MESSAGE: Schema = {
    "anyOf": [
        record({"role": {"enum": ["system", "developer", "user"]}, "content": _CONTENT}),
        record(
            {
                "role": {"const": "assistant"},
                "content": {"anyOf": [_CONTENT, {"type": "null"}]},
                "tool_calls": {"type": ["array", "null"], "items": _EARLIER_CALL},
            },
            optional=("content", "tool_calls"),
        ),
        record({"role": {"const": "tool"}, "tool_call_id": TEXT, "content": _CONTENT}),
    ]
}
_TOOL: Schema = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": TEXT},
    "description": "`modelgates:image_generation` with its `parameters`, or a `function` of the client's.",
}
_ITEM: Schema = {
    "anyOf": [
        record(
            {
                "type": {"enum": ["message", None, ""]},
                "role": {"enum": ["system", "developer", "user", "assistant"]},
                "content": TEXT,
            },
            optional=("type",),
        ),
        record({"type": {"const": "function_call"}, "call_id": TEXT, "name": TEXT, "arguments": TEXT}),
        record({"type": {"const": "function_call_output"}, "call_id": TEXT, "output": TEXT}),
        record({"type": {"type": "string", "not": {"enum": ["message", "", "function_call", "function_call_output"]}}}),
    ]
}
_SHARED: Mapping[str, Schema] = {
    "model": {"type": ["string", "null"], "pattern": r"\S", "description": "Left out: the sandbox chat model."},
    "tools": {"type": ["array", "null"], "items": _TOOL},
    "tool_choice": {
        "anyOf": [{"enum": ["auto", "none", "required", None]}, record({"type": TEXT})],
        "description": "An object names a tool of `tools`.",
    },
    "max_tool_calls": {"type": ["integer", "null"], "minimum": 1},
    "stream": {"type": ["boolean", "null"], "description": "True: Server-Sent Events, `[DONE]` last."},
}

_USAGE_COST: Mapping[str, Schema] = {
    "total_tokens": WHOLE,
    "cost": NUMBER | {"description": "USD, with the pictures."},
    "is_byok": TRUTH,
    "cost_details": OBJECT,
    "server_tool_use": OBJECT,
    "server_tool_use_details": OBJECT,
}

SCHEMAS: Mapping[str, Schema] = {
    "ChatRequest": {
        "type": "object",
        "required": ["messages"],
        "properties": {"messages": listed(_MESSAGE, minItems=1), **_SHARED},
        "examples": [{"messages": [{"role": "user", "content": "Good morning"}]}],
    },
    "ChatCompletion": record(
        {
            "id": TEXT,
            "object": {"const": "chat.completion"},
            "created": WHOLE | {"description": "Epoch seconds."},
            "model": TEXT,
            "provider": TEXT,
            "system_fingerprint": MAYBE_TEXT,
            "service_tier": TEXT,
            "choices": listed(
                record(
                    {
                        "index": WHOLE,
                        "logprobs": {"type": "null"},
                        "finish_reason": TEXT,
                        "native_finish_reason": TEXT,
                        "message": record(
                            {
                                "role": {"const": "assistant"},
                                "content": MAYBE_TEXT,
                                "refusal": MAYBE_TEXT,
                                "reasoning": MAYBE_TEXT,
                                "images": listed(
                                    record({"type": {"const": "image_url"}, "image_url": record({"url": TEXT})})
                                ),
                                "tool_calls": listed(_TOOL_CALL),
                            },
                            optional=("images", "tool_calls"),
                        ),
                        "error": OBJECT | {"description": "Why the model stopped half-way."},
                    },
                    optional=("error",),
                )
            ),
            "usage": record(
                {
                    "prompt_tokens": WHOLE,
                    "completion_tokens": WHOLE,
                    "prompt_tokens_details": OBJECT,
                    "completion_tokens_details": OBJECT,
                    **_USAGE_COST,
                }
            ),
            "warnings": TEXTS,
        }
    ),
    "ResponseRequest": {
        "type": "object",
        "required": ["input"],
        "properties": {
            "input": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    listed(_ITEM, minItems=1),
                ],
                "description": "A text, or items: messages, calls, their outputs, pictures of earlier answers.",
            },
            "instructions": MAYBE_TEXT,
            "store": {"enum": [False, None], "description": "Responses are not stored."},
            "background": {"enum": [False, None]},
            "previous_response_id": {"type": "null"},
            **_SHARED,
        },
        "examples": [{"input": "Good morning"}],
    },
    "Response": record(
        {
            "id": TEXT,
            "object": {"const": "response"},
            "created_at": WHOLE | {"description": "Epoch seconds."},
            "completed_at": {"type": ["integer", "null"]},
            "status": {"enum": ["completed", "incomplete", "failed"]},
            "model": TEXT,
            "output": listed(
                record({"type": TEXT, "id": TEXT, "status": TEXT}),
                description="One item for each picture, then the message, then calls of the client's functions.",
            ),
            "output_text": TEXT,
            "error": {"type": ["object", "null"]},
            "incomplete_details": {"type": ["object", "null"]},
            "usage": record(
                {
                    "input_tokens": WHOLE,
                    "input_tokens_details": OBJECT,
                    "output_tokens": WHOLE,
                    "output_tokens_details": OBJECT,
                    **_USAGE_COST,
                }
            ),
            "provider": TEXT,
            "warnings": TEXTS,
        }
    ),
}

_HEADERS: dict[str, Schema] = {"X-Generation-Id": TEXT, "X-Provider-Name": TEXT}

_EVENT: Schema = record({"data": TEXT, "event": TEXT}, optional=("event",))  # each event of the stream


def _answer(whole: Schema) -> Content:
    return Content("The answer.", {"application/json": whole, "text/event-stream": _EVENT}, headers=_HEADERS)


OPERATIONS = (
    Operation(
        id="chat.completions.create",
        method="post",
        path="/api/v1/chat/completions",
        tag="chat",
        summary="Answer a conversation.",
        description="Pictures that the model asks for are made before the answer ends.",
        scope="generate",
        body=ref("ChatRequest"),
        named=True,
        answers={200: _answer(ref("ChatCompletion"))},
        errors=(402, 404),
    ),
    Operation(
        id="responses.create",
        method="post",
        path="/api/v1/responses",
        tag="chat",
        summary="Answer an input.",
        description="The same in the shape of the Responses API. Nothing is stored between requests.",
        scope="generate",
        body=ref("ResponseRequest"),
        named=True,
        answers={200: _answer(ref("Response"))},
        errors=(402, 404),
    ),
)
