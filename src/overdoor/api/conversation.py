"""Holding a conversation for a chat door: opening its tools, running the loop, and what both answers share."""

import asyncio
import secrets
import string
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.api.asked import Asked, Fields, invalid
from overdoor.api.kit import HttpRequest, base_url_of, gateway_of, idempotency_of, is_retry, until_gone
from overdoor.chat.events import Event, Given, Reply
from overdoor.chat.loop import ChatModel, Conversation, ServerTool, converse
from overdoor.chat.pictures import pictures_in
from overdoor.chat.upstream import WireModel, upstream_for
from overdoor.domain.access import Caller
from overdoor.services.names import Request, RequestName
from overdoor.tools.registry import server_tool
from overdoor.tools.workplace import Workplace

_ALPHANUMERIC = string.ascii_letters + string.digits
_GENERATION_ID_CHARS = 20
_QUIET_S = 5.0  # of silence, after which a stream tells that it lives

Door = Literal["chat", "responses"]


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that was held. provider: who served the chat model."""

    reply: Reply
    provider: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that can begin. provider: who serves the chat model."""

    conversation: Conversation
    model: ChatModel
    provider: str
    warnings: tuple[str, ...]

    def held(self, reply: Reply) -> Held:
        """The same at its end."""
        return Held(reply, self.provider, (*self.warnings, *reply.warnings))


async def hold(request: HttpRequest, opened: Opened) -> Held:
    """Hold the conversation to its end, or until the client leaves; tasks that were started go on all the same.

    Raises:
        OverdoorError: the model failed before anything came of it.
        ClientGone
    """
    return opened.held(await until_gone(request, converse(opened.conversation, model=opened.model)))


async def follow(opened: Opened) -> AsyncGenerator[Event | Held | None]:
    """Hold the conversation and tell what happens: None for each while of silence, and at last what it came to.

    Closing the generator ends the model's turn; tasks that were started go on.

    Raises:
        OverdoorError: the model failed before anything came of it; nothing was told then.
    """
    told: asyncio.Queue[Event | None] = asyncio.Queue()
    holding = asyncio.ensure_future(converse(opened.conversation, model=opened.model, watch=told.put_nowait))
    holding.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while True:
            try:
                async with asyncio.timeout(_QUIET_S):
                    event = await told.get()
            except TimeoutError:
                yield None
                continue
            if event is None:
                yield opened.held(holding.result())
                return
            yield event
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def begun(told: AsyncGenerator[Event | Held | None]) -> AsyncGenerator[Event | Held | None]:
    """The same, once the first of it is there: what fails before that is an ordinary answer with its status.

    Raises:
        OverdoorError
    """
    first = await anext(told)

    async def all_of_it() -> AsyncGenerator[Event | Held | None]:
        async with aclosing(told):
            yield first
            async for event in told:
                yield event

    return all_of_it()


async def open_conversation(request: HttpRequest, asked: Asked, *, body: Fields, caller: Caller, door: Door) -> Opened:
    """The conversation with its tools, ready to begin.

    body: the whole request, which a name belongs to.

    Raises:
        NoChatModel, InvalidRequest, IdempotencyMismatch
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
    model = WireModel(upstream, model=asked.model, options=asked.options, streamed=asked.streamed)
    return Opened(conversation, model, upstream.name, (*asked.warnings, *warnings))


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
