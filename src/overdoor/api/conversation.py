"""Holding a conversation for a chat door: opening its tools, running the loop, and what both answers share."""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.api.asked import Asked, Fields, invalid
from overdoor.api.kit import HttpRequest, base_url_of, gateway_of, idempotency_of, is_retry, until_gone
from overdoor.chat.events import Given, Reply
from overdoor.chat.loop import Conversation, ServerTool, converse
from overdoor.chat.pictures import pictures_in
from overdoor.chat.upstream import WireModel, upstream_for
from overdoor.domain.access import Caller
from overdoor.services.names import Request, RequestName
from overdoor.tools.registry import server_tool
from overdoor.tools.workplace import Workplace

_ALPHANUMERIC = string.ascii_letters + string.digits
_GENERATION_ID_CHARS = 20

Door = Literal["chat", "responses"]


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that was held. provider: who served the chat model."""

    reply: Reply
    provider: str
    warnings: tuple[str, ...]


async def hold(request: HttpRequest, asked: Asked, *, body: Fields, caller: Caller, door: Door) -> Held:
    """Hold the conversation to its end, or until the client leaves; tasks that were started go on all the same.

    body: the whole request, which a name belongs to.

    Raises:
        NoChatModel, InvalidRequest, IdempotencyMismatch, ClientGone
    """
    gateway = gateway_of(request)
    upstream = upstream_for(asked.model, caller.mode)
    endpoint = f"{door}.image_generation"
    asked_for = Request(caller, endpoint, body, is_retry(request))
    name = RequestName(gateway.names, asked_for, idempotency_of(request, endpoint=endpoint))
    workplace = Workplace(
        generate=gateway.generate,
        links=gateway.links,
        caller=caller,
        door=door,
        base_url=base_url_of(request),
        name=name,
        pictures=pictures_in(asked.messages),
    )
    server_tools, warnings = _opened(asked, workplace)
    await name.claim()
    conversation = Conversation(
        history=tuple(Given(message) for message in asked.messages),
        server_tools=server_tools,
        client_functions=asked.functions,
        choice=asked.choice,
        max_tool_calls=asked.max_tool_calls,
    )
    model = WireModel(upstream, model=asked.model, options=asked.options)
    reply = await until_gone(request, converse(conversation, model=model))
    return Held(reply, upstream.name, (*asked.warnings, *warnings, *reply.warnings))


def new_generation_id(now: datetime) -> str:
    """An id such as `gen-1790000000-…`, for an answer and its header."""
    tail = "".join(secrets.choice(_ALPHANUMERIC) for _ in range(_GENERATION_ID_CHARS))
    return f"gen-{int(now.timestamp())}-{tail}"


def tool_use(reply: Reply) -> dict[str, int]:
    """The counts of server tools. Their docs and their wire name them differently, so both names carry this."""
    return {"tool_calls_requested": len(reply.runs), "tool_calls_executed": reply.executed}


def _opened(asked: Asked, workplace: Workplace) -> tuple[tuple[ServerTool, ...], tuple[str, ...]]:
    """The server tools that are known here, and a warning for each of the others: clients attach what they like."""
    tools: dict[str, ServerTool] = {}
    warnings: list[str] = []
    taken = {function.name for function in asked.functions}
    for entry in asked.server_tools:
        tool = server_tool(entry.type, entry.parameters, workplace)
        if tool is None:
            warnings.append(f"`{entry.place}` of type {entry.type[:60]!r} is not known here and was left out.")
            continue
        name = tool.function.name
        if name in taken:
            raise invalid(
                entry.place, f"has the name `{name}`, which another tool has too", hint="List each tool once."
            )
        taken.add(name)
        tools[name] = tool
    return tuple(tools.values()), tuple(warnings)
