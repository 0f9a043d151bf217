"""`POST /api/v1/chat/completions` in the OpenRouter dialect, with server tools."""

from datetime import datetime
from typing import Any, cast

from litestar import Response, post

from overdoor.api.asked import Fields, body_in, invalid, objects_in, read_asked, text_in
from overdoor.api.conversation import Held, hold, new_generation_id, tool_use
from overdoor.api.kit import JSON_WITH_DATA_URLS_BYTES, HttpRequest, caller_of, json_answer, read_json
from overdoor.chat.events import Reply
from overdoor.chat.pictures import with_pictures
from overdoor.errors import OverdoorError
from overdoor.units import in_usd, utc_now

ROLES = ("system", "developer", "user", "assistant", "tool")

# Sampling and shape of the answer: the upstream's business.
_PASSED_ON = (
    "temperature", "top_p", "top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty", "repetition_penalty",
    "seed", "stop", "logit_bias", "logprobs", "top_logprobs", "max_tokens", "max_completion_tokens", "response_format",
    "parallel_tool_calls", "reasoning", "reasoning_effort", "verbosity", "user", "prediction",
)  # fmt: skip


@post("/api/v1/chat/completions", status_code=200)
async def create_chat_completion(request: HttpRequest) -> Response[bytes]:
    """Answer a conversation; pictures that the model asks for are made before the answer comes."""
    caller = await caller_of(request, scope="generate", endpoint="chat")
    body = body_in(await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES))
    options = {name: body[name] for name in _PASSED_ON if name in body}
    asked = read_asked(body, messages=read_messages(body), options=options)
    held = await hold(request, asked, body=body, caller=caller, door="chat")
    now = utc_now()
    generation_id = new_generation_id(now)
    return json_answer(
        completion(held, generation_id=generation_id, model=asked.model, now=now),
        headers={"X-Generation-Id": generation_id, "X-Provider-Name": held.provider},
    )


def read_messages(body: Fields) -> tuple[Fields, ...]:
    """The conversation, checked as far as tools and models rely on it.

    Raises:
        InvalidRequest
    """
    if body.get("messages") is None:
        raise invalid("messages", "is missing", hint='Send [{"role": "user", "content": "…"}].')
    messages = objects_in(body["messages"], place="messages")
    if not messages:
        raise invalid("messages", "is empty", hint='Send [{"role": "user", "content": "…"}].')
    return tuple(_message(message, f"messages[{number}]") for number, message in enumerate(messages))


def completion(held: Held, *, generation_id: str, model: str, now: datetime) -> dict[str, Any]:
    """The answer's body. The published SDKs insist on `system_fingerprint` and on all three token counts."""
    reply = held.reply
    choice: dict[str, Any] = {
        "index": 0,
        "logprobs": None,
        "finish_reason": reply.finish,
        "native_finish_reason": reply.finish,
        "message": _answer(reply),
    }
    if reply.failure is not None:
        choice["error"] = _failure(reply.failure)
    return {
        "id": generation_id,
        "object": "chat.completion",
        "created": int(now.timestamp()),
        "model": model,
        "provider": held.provider,
        "system_fingerprint": None,
        "service_tier": "default",
        "choices": [choice],
        "usage": _usage(reply),
        "warnings": list(held.warnings),
    }


def _message(message: Fields, place: str) -> Fields:
    role = text_in(message, "role", place=place)
    if role not in ROLES:
        raise invalid(f"{place}.role", f"is {role[:40]!r}", hint=f"Use one of: {', '.join(ROLES)}.")
    if role == "tool":
        text_in(message, "tool_call_id", place=place)
    if role == "assistant":
        _check_calls(message, place)
    content = message.get("content")
    if content is None and role == "assistant":
        return message
    return {**message, "content": _content(content, f"{place}.content")}


def _content(content: object, place: str) -> object:
    if content is None:
        raise invalid(place, "is missing")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise invalid(place, "is neither a string nor a list of parts")
    parts = objects_in(cast("object", content), place=place)
    return [_part(part, f"{place}[{number}]") for number, part in enumerate(parts)]


def _part(part: Fields, place: str) -> Fields:
    match text_in(part, "type", place=place):
        case "text":
            text_in(part, "text", place=place)
        case "image_url":
            image = part.get("image_url")
            if isinstance(image, str):  # some clients leave the object out
                return {**part, "image_url": {"url": image}}
            if not isinstance(image, dict):
                raise invalid(f"{place}.image_url", "is not an object", hint='Send {"url": "https://…"}.')
            text_in(cast("Fields", image), "url", place=f"{place}.image_url")
        case _:
            pass  # sound, files and what comes next: for the model to read or not
    return part


def _check_calls(message: Fields, place: str) -> None:
    calls = message.get("tool_calls")
    if calls is None:
        return
    for number, call in enumerate(objects_in(calls, place=f"{place}.tool_calls")):
        here = f"{place}.tool_calls[{number}]"
        text_in(call, "id", place=here)
        function = call.get("function")
        if not isinstance(function, dict):
            raise invalid(f"{here}.function", "is not an object")
        text_in(cast("Fields", function), "name", place=f"{here}.function")
        text_in(cast("Fields", function), "arguments", place=f"{here}.function")


def _answer(reply: Reply) -> dict[str, Any]:
    """The assistant's message. Pictures stand in it twice: clients are known to lose either one."""
    text = with_pictures(reply.text, reply.pictures)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if reply.calls and not text else text,
        "refusal": None,
        "reasoning": None,
    }
    if reply.pictures:
        message["images"] = [{"type": "image_url", "image_url": {"url": picture.url}} for picture in reply.pictures]
    if reply.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.calls
        ]
    return message


def _failure(failure: OverdoorError) -> dict[str, Any]:
    """Why the model stopped half-way. The status stays 200: the pictures before it are made and paid."""
    return {"code": failure.http_status, "message": str(failure), "metadata": {"code": failure.code}}


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": in_usd(usage.cost + reply.charged),
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0, "video_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0, "audio_tokens": 0},
        "cost_details": {
            "upstream_inference_cost": in_usd(usage.cost),
            "upstream_inference_prompt_cost": in_usd(usage.prompt_cost),
            "upstream_inference_completions_cost": in_usd(usage.completion_cost),
        },
        "server_tool_use": tool_use(reply),
        "server_tool_use_details": tool_use(reply),
    }


routes = [create_chat_completion]
