"""Chat models behind the gateway, which all speak the OpenAI chat.completions format, and the way to and from it.

Format: https://platform.openai.com/docs/api-reference/chat.
"""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Protocol, assert_never, cast

from overdoor.chat.events import Answered, Choice, Finish, Forced, Given, Message, Said, TokenUsage, ToolCall, Turn
from overdoor.chat.loop import Step
from overdoor.chat.sandbox_model import SandboxModel
from overdoor.errors import NoChatModel
from overdoor.units import Mode

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
}


class UnexpectedAnswer(Exception):
    """An upstream answered with something that is no chat completion."""


class ChatUpstream(Protocol):
    """One upstream. name: shown as the answer's provider."""

    @property
    def name(self) -> str: ...

    async def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """One chat completion, not streamed.

        Raises:
            OverdoorError: the upstream cannot answer.
        """
        ...

    def stream(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """The same as its chunks, the usage in the last one.

        Raises:
            OverdoorError: the upstream cannot answer, or not to the end.
        """
        ...


def upstream_for(model: str, mode: Mode) -> ChatUpstream:
    """Who serves this chat model: with a test key the sandbox, whatever the name.

    Raises:
        NoChatModel: a live key; real upstreams are not connected yet, and the sandbox never stands in for one.
    """
    if mode == "live":
        raise NoChatModel(model=model)
    return SandboxModel()


class WireModel:
    """A chat model that takes its turns through an upstream."""

    def __init__(
        self, upstream: ChatUpstream, *, model: str, options: Mapping[str, object], streamed: bool = False
    ) -> None:
        """options: further fields of the body, such as `temperature`. streamed: ask for the answer in pieces."""
        self._upstream = upstream
        self._model = model
        self._options = options
        self._streamed = streamed

    async def take_turn(self, step: Step, *, say: Callable[[str], None]) -> Turn:
        """The next answer; see `loop.ChatModel`."""
        body = to_wire(step, model=self._model, options=self._options)
        if not self._streamed:
            turn = from_wire(await self._upstream.complete(body))
            say(turn.text)
            return turn
        gathered = Gathered()
        async with aclosing(self._upstream.stream(body | {"stream": True})) as chunks:
            async for chunk in chunks:
                if piece := gathered.add(chunk):
                    say(piece)
        return gathered.turn()


class Gathered:
    """The chunks of one streamed answer, put together."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._finish: str | None = None
        self._usage: Mapping[str, Any] = {}

    def add(self, chunk: Mapping[str, Any]) -> str:
        """Take one chunk; the text that it adds."""
        self._usage = chunk.get("usage") or self._usage
        match chunk.get("choices"):
            case [{"delta": {**delta}, **choice}, *_]:
                self._finish = choice.get("finish_reason") or self._finish
                for call in delta.get("tool_calls") or ():
                    self._add_call(call)
                piece = delta.get("content") or ""
                self._text.append(piece)
                return piece
            case _:
                return ""

    def turn(self) -> Turn:
        """What it all comes to.

        Raises:
            UnexpectedAnswer: the chunks ended before the answer did.
        """
        if self._finish is None:
            raise UnexpectedAnswer("the stream ended without a finish reason")
        calls = tuple(
            ToolCall(call["id"], call["name"], call["arguments"] or "{}") for _, call in sorted(self._calls.items())
        )
        return Turn("".join(self._text), calls, _FINISHES.get(self._finish, "stop"), _usage(self._usage))

    def _add_call(self, delta: Mapping[str, Any]) -> None:
        """Ids and names come whole and once, arguments in pieces."""
        call = self._calls.setdefault(int(delta.get("index") or 0), {"id": "", "name": "", "arguments": ""})
        function = cast("Mapping[str, Any]", delta.get("function") or {})
        call["id"] = call["id"] or str(delta.get("id") or "")
        call["name"] = call["name"] or str(function.get("name") or "")
        call["arguments"] += str(function.get("arguments") or "")


def to_wire(step: Step, *, model: str, options: Mapping[str, object]) -> dict[str, Any]:
    """A step as the body of a chat completion."""
    body: dict[str, Any] = {**options, "model": model, "messages": _messages(step.history)}
    if step.functions:
        body["tools"] = [{"type": "function", "function": dict(function.definition)} for function in step.functions]
        body["tool_choice"] = _choice(step.choice)
    return body


def from_wire(body: Mapping[str, Any]) -> Turn:
    """A chat completion as a turn.

    Raises:
        UnexpectedAnswer: it has no message.
    """
    match body:
        case {"choices": [{"message": {**message}, **choice}, *_]}:
            return Turn(
                text=message.get("content") or "",
                calls=tuple(_call(call) for call in message.get("tool_calls") or ()),
                finish=_FINISHES.get(choice.get("finish_reason") or "stop", "stop"),
                usage=_usage(body.get("usage") or {}),
            )
        case _:
            raise UnexpectedAnswer(f"no message among the fields {sorted(body)}")


def _messages(history: tuple[Message, ...]) -> list[dict[str, Any]]:
    return [_message(message) for message in history]


def _message(message: Message) -> dict[str, Any]:
    match message:
        case Given(given):
            return dict(given)
        case Said(turn):
            calls = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in turn.calls
            ]
            return {"role": "assistant", "content": turn.text or None} | ({"tool_calls": calls} if calls else {})
        case Answered(call, told):
            return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(told, ensure_ascii=False)}
        case _:
            assert_never(message)


def _choice(choice: Choice) -> object:
    if isinstance(choice, Forced):
        return {"type": "function", "function": {"name": choice.name}}
    return choice


def _call(call: Mapping[str, Any]) -> ToolCall:
    function = cast("Mapping[str, Any]", call["function"])
    return ToolCall(id=str(call["id"]), name=str(function["name"]), arguments=str(function.get("arguments") or "{}"))


def _usage(usage: Mapping[str, Any]) -> TokenUsage:
    """Tokens alone: only the sandbox answers yet, and it is free."""
    return TokenUsage(
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        completion_tokens=int(usage.get("completion_tokens") or 0),
    )
