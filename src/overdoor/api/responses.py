"""`POST /api/v1/responses` in the OpenRouter dialect, with server tools. Nothing is stored between requests."""

from typing import Any

from litestar import Response, post
from litestar.response import Stream

from overdoor.api.asked import Fields, body_in, invalid, read_asked, truth_in
from overdoor.api.conversation import Held, begun, follow, hold, new_generation_id, open_conversation
from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    caller_of,
    event_answer,
    gateway_of,
    json_answer,
    read_json,
    request_id_of,
)
from overdoor.api.responses_answer import Frame, encoded_result, whole_output
from overdoor.api.responses_input import read_input
from overdoor.api.responses_stream import response_stream
from overdoor.chat.pictures import with_pictures
from overdoor.services.assets import Assets
from overdoor.units import utc_now

_PASSED_ON = (
    "temperature", "top_p", "top_k", "top_logprobs", "frequency_penalty", "presence_penalty", "parallel_tool_calls",
    "reasoning", "user", "safety_identifier",
)  # fmt: skip


@post(["/api/v1/responses", "/v1/responses"], status_code=200)
async def create_response(request: HttpRequest) -> Response[bytes] | Stream:
    """Answer an input, at once or in pieces; pictures that the model asks for are made meanwhile."""
    caller = await caller_of(request, scope="generate", endpoint="chat")
    body = body_in(await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES))
    _refuse_state(body)
    messages, warnings = read_input(body)
    asked = read_asked(body, messages=messages, options=_options(body), warnings=warnings)
    opened = await open_conversation(request, asked, body=body, caller=caller, door="responses")
    assets = gateway_of(request).assets
    frame = Frame(body, asked.model, opened.provider, utc_now())
    headers = {"X-Generation-Id": new_generation_id(frame.created_at), "X-Provider-Name": opened.provider}
    if asked.streamed:
        lines = response_stream(
            await begun(follow(opened)),
            frame=frame,
            encode=lambda run: encoded_result(run, assets),
            request_id=request_id_of(request),
        )
        return event_answer(lines, headers=headers)
    held = await hold(request, opened)
    return json_answer(await _whole(frame, held, assets), headers=headers)


async def _whole(frame: Frame, held: Held, assets: Assets) -> dict[str, Any]:
    reply = held.reply
    text = with_pictures(reply.text, reply.pictures)
    results = [(run.call.id, await encoded_result(run, assets)) for run in reply.runs]
    encoded = {call_id: result for call_id, result in results if result is not None}
    return frame.ended(held, output=whole_output(reply, text, encoded), text=text, completed_at=utc_now())


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


routes = [create_response]
