"""`POST /api/v1/chat/completions` in the OpenRouter dialect, with server tools."""

from functools import partial
from typing import cast

from litestar import Response, post
from litestar.response import Stream

from overdoor.api.asked import Fields, body_in, invalid, objects_in, read_asked, text_in
from overdoor.api.chat_answer import completion
from overdoor.api.chat_stream import completion_stream
from overdoor.api.conversation import begun, follow, hold, new_generation_id, open_conversation
from overdoor.api.errors import streamed_error
from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    caller_of,
    event_answer,
    json_answer,
    read_json,
    request_id_of,
)
from overdoor.units import utc_now

ROLES = ("system", "developer", "user", "assistant", "tool")

# Sampling and shape of the answer: the upstream's business.
_PASSED_ON = (
    "temperature", "top_p", "top_k", "min_p", "top_a", "frequency_penalty", "presence_penalty", "repetition_penalty",
    "seed", "stop", "logit_bias", "logprobs", "top_logprobs", "max_tokens", "max_completion_tokens", "response_format",
    "parallel_tool_calls", "reasoning", "reasoning_effort", "verbosity", "user", "prediction",
)  # fmt: skip


@post(["/api/v1/chat/completions", "/v1/chat/completions"], status_code=200)
async def create_chat_completion(request: HttpRequest) -> Response[bytes] | Stream:
    """Answer a conversation, at once or in pieces; pictures that the model asks for are made meanwhile."""
    caller = await caller_of(request, scope="generate", endpoint="chat")
    body = body_in(await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES))
    options = {name: body[name] for name in _PASSED_ON if name in body}
    asked = read_asked(body, messages=read_messages(body), options=options)
    opened = await open_conversation(request, asked, body=body, caller=caller, door="chat")
    now = utc_now()
    generation_id = new_generation_id(now)
    headers = {"X-Generation-Id": generation_id, "X-Provider-Name": opened.provider}
    tell = partial(streamed_error, request.url.path)
    if not asked.streamed:
        held = await hold(request, opened)
        content = completion(held, generation_id=generation_id, model=asked.model, now=now, tell=tell)
        return json_answer(content, headers=headers)
    frame = {"id": generation_id, "created": int(now.timestamp()), "model": asked.model, "provider": opened.provider}
    lines = completion_stream(await begun(follow(opened)), frame=frame, tell=tell, request_id=request_id_of(request))
    return event_answer(lines, headers=headers)


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


routes = [create_chat_completion]
