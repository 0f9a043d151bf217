"""`POST /api/v1/responses` in the OpenRouter dialect, with server tools. Nothing is stored between requests."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Response, post

from overdoor.api.asked import Fields, body_in, invalid, read_asked, truth_in
from overdoor.api.conversation import Held, hold, new_generation_id, tool_use
from overdoor.api.kit import JSON_WITH_DATA_URLS_BYTES, HttpRequest, caller_of, gateway_of, json_answer, read_json
from overdoor.api.responses_input import read_input
from overdoor.chat.events import Reply, ToolRun
from overdoor.chat.pictures import with_pictures
from overdoor.errors import AssetNotFound
from overdoor.services.assets import Assets
from overdoor.units import AssetId, in_usd, new_id, utc_now

_OPENAI_TOOL = "image_generation"  # without a prefix it is OpenAI's own tool, whose result is base64
_PASSED_ON = (
    "temperature", "top_p", "top_k", "top_logprobs", "frequency_penalty", "presence_penalty", "parallel_tool_calls",
    "reasoning", "user", "safety_identifier",
)  # fmt: skip
# Echoed as they came, or as null: the published SDKs insist on the first five.
_ECHOED = (
    "instructions", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_output_tokens",
    "max_tool_calls", "reasoning", "user", "safety_identifier", "prompt_cache_key",
)  # fmt: skip


@post("/api/v1/responses", status_code=200)
async def create_response(request: HttpRequest) -> Response[bytes]:
    """Answer an input; pictures that the model asks for are made before the answer comes."""
    caller = await caller_of(request, scope="generate", endpoint="chat")
    body = body_in(await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES))
    _refuse_state(body)
    messages, warnings = read_input(body)
    asked = read_asked(body, messages=messages, options=_options(body), warnings=warnings)
    created_at = utc_now()
    held = await hold(request, asked, body=body, caller=caller, door="responses")
    encoded = await _encoded(held.reply, gateway_of(request).assets)
    content = response(body, held, model=asked.model, encoded=encoded, created_at=created_at, completed_at=utc_now())
    headers = {"X-Generation-Id": new_generation_id(created_at), "X-Provider-Name": held.provider}
    return json_answer(content, headers=headers)


def response(
    body: Fields,
    held: Held,
    *,
    model: str,
    encoded: Mapping[AssetId, str],
    created_at: datetime,
    completed_at: datetime,
) -> dict[str, Any]:
    """The answer's body.

    encoded: pictures in base64, for the tool whose contract wants them so.
    """
    reply = held.reply
    text = with_pictures(reply.text, reply.pictures)
    failed = reply.failure is not None
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": int(created_at.timestamp()),
        "completed_at": None if failed else int(completed_at.timestamp()),
        "status": _status(reply),
        "model": model,
        "output": _output(reply, text, encoded),
        "output_text": text,
        "error": {"code": "server_error", "message": str(reply.failure)} if failed else None,
        "incomplete_details": _incomplete(reply),
        "metadata": body.get("metadata"),
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "previous_response_id": None,
        "store": False,
        "background": False,
        "service_tier": "default",
        "truncation": "disabled",
        "text": {"format": {"type": "text"}},
        **{name: body.get(name) for name in _ECHOED},
        "usage": _usage(reply),
        "provider": held.provider,
        "warnings": list(held.warnings),
    }


def _refuse_state(body: Fields) -> None:
    """Requests that rely on stored responses cannot be served."""
    if truth_in(body, "store"):
        raise invalid("store", "is true, but responses are not stored", hint="Leave it out, or send false.")
    if body.get("previous_response_id") is not None:
        hint = "Send the earlier output items in `input` instead."
        raise invalid("previous_response_id", "is given, but responses are not stored", hint=hint)
    if truth_in(body, "background"):
        raise invalid("background", "is true, but responses are not stored", hint="Leave it out and wait.")


def _options(body: Fields) -> dict[str, Any]:
    options = {name: body[name] for name in _PASSED_ON if body.get(name) is not None}
    if body.get("max_output_tokens") is not None:
        options["max_completion_tokens"] = body["max_output_tokens"]
    return options


async def _encoded(reply: Reply, assets: Assets) -> dict[AssetId, str]:
    """The pictures of OpenAI's own tool type in base64."""
    encoded: dict[AssetId, str] = {}
    for run in reply.runs:
        picture = run.result.picture
        if picture is None or run.asked_type != _OPENAI_TOOL:
            continue
        try:
            chunks = [chunk async for chunk in await assets.read(picture.asset)]
        except AssetNotFound:
            continue  # lost since it was made; the item then has no result, and the charge was given back
        encoded[picture.asset.id] = base64.b64encode(b"".join(chunks)).decode()
    return encoded


def _status(reply: Reply) -> str:
    match reply.finish:
        case "stop" | "tool_calls":
            return "completed"
        case "length" | "content_filter":
            return "incomplete"
        case "error":
            return "failed"


def _incomplete(reply: Reply) -> dict[str, str] | None:
    match reply.finish:
        case "length":
            return {"reason": "max_output_tokens"}
        case "content_filter":
            return {"reason": "content_filter"}
        case _:
            return None


def _output(reply: Reply, text: str, encoded: Mapping[AssetId, str]) -> list[dict[str, Any]]:
    """Server tools in the order of their calls, then the message, then the calls that are the client's."""
    items = [_tool_item(run, encoded) for run in reply.runs if run.asked_type is not None]
    if text or not reply.calls:
        items.append(_message_item(text, complete=reply.finish in ("stop", "tool_calls")))
    items += [
        {
            "type": "function_call",
            "id": new_id("fc"),
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
            "status": "completed",
        }
        for call in reply.calls
    ]
    return items


def _tool_item(run: ToolRun, encoded: Mapping[AssetId, str]) -> dict[str, Any]:
    picture, openai = run.result.picture, run.asked_type == _OPENAI_TOOL
    item: dict[str, Any] = {
        "type": "image_generation_call" if openai else run.asked_type,
        "id": new_id("ig"),
        "prompt": run.result.asked,
    }
    if picture is None:
        unmade = {"status": "failed" if openai else "incomplete", "result": None, "error": run.result.error}
        return item | unmade
    result = encoded.get(picture.asset.id) if openai else picture.url
    return item | {"status": "completed", "result": result, "imageUrl": picture.url}


def _message_item(text: str, *, complete: bool) -> dict[str, Any]:
    return {
        "type": "message",
        "id": new_id("msg"),
        "role": "assistant",
        "status": "completed" if complete else "incomplete",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    }


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": in_usd(usage.cost + reply.charged),
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": in_usd(usage.cost),
            "upstream_inference_input_cost": in_usd(usage.prompt_cost),
            "upstream_inference_output_cost": in_usd(usage.completion_cost),
        },
        "server_tool_use": tool_use(reply),
        "server_tool_use_details": tool_use(reply),
    }


routes = [create_response]
