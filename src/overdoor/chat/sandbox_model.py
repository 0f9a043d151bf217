"""The sandbox chat model: acts on plain words, calls the tools it is offered, and says what it is. Offline, no chance.

It speaks the chat.completions format like every upstream, so the whole way through the gateway is the real one.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from overdoor.chat.pictures import pictures_in
from overdoor.chat.wishes import asks_for_an_edit, wishes_in
from overdoor.errors import ChatModelFailed

CHARS_PER_TOKEN = 4
_IMAGE_TOOL = "image_generation"
_ECHOED_CHARS = 300
_FAILS = "sandbox:chat_fails"  # magic words of the user: nothing comes
_BREAKS_OFF = "sandbox:chat_breaks_off"  # … or only the beginning of the prose
_WORDS_BEFORE_THE_END = 4
_PIECE = re.compile(r"\s*\S{1,24}\s*")  # of a streamed text: about a word

_Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    arguments: Mapping[str, object]


class SandboxModel:
    """Serves every model name of a test key. The same body always gets the same answer."""

    name = "Sandbox"

    async def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """One chat completion; see `upstream.ChatUpstream`."""
        if _FAILS in _last_words(body["messages"]).lower():
            raise ChatModelFailed(provider=self.name)
        whole = self._answer(body)
        if whole["choices"][0]["message"]["content"] and _breaks_off(body):
            raise ChatModelFailed(provider=self.name)
        return whole

    async def stream(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """The same in small pieces; see `upstream.ChatUpstream`."""
        if _FAILS in _last_words(body["messages"]).lower():
            raise ChatModelFailed(provider=self.name)
        whole = self._answer(body)
        words = 0
        for delta in _deltas(whole["choices"][0]["message"]):
            words += bool(delta.get("content"))
            if words > _WORDS_BEFORE_THE_END and _breaks_off(body):
                raise ChatModelFailed(provider=self.name)
            yield _chunk(whole, delta)
            await asyncio.sleep(0)  # whoever listens may pass it on
        yield _chunk(whole, {}, finish=whole["choices"][0]["finish_reason"]) | {"usage": whole["usage"]}

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        messages: Sequence[_Message] = body["messages"]
        functions = [tool["function"] for tool in body.get("tools", ())]
        choice = body.get("tool_choice", "auto") if functions else "none"
        results = _fresh_results(messages)
        calls = [] if choice == "none" else _calls(messages, functions, choice=choice, has_results=bool(results))
        text = "" if calls else _told(messages, results) if results else _small_talk(messages, functions, choice)
        return _completion(body, text=text, calls=calls)


def _calls(
    messages: Sequence[_Message], functions: Sequence[Mapping[str, Any]], *, choice: object, has_results: bool
) -> list[_Call]:
    """What the model does about the last words of the user."""
    text = _last_words(messages)
    if isinstance(choice, dict):
        forced = cast("Mapping[str, Any]", choice)["function"]["name"]
        functions = [function for function in functions if function["name"] == forced]
    elif has_results and choice == "auto":
        return []
    wished = [*_drawn(messages, functions, text), *_named(functions, text)]
    if wished or choice == "auto" or not functions:
        return wished
    return [_Call(functions[0]["name"], _filled_in(functions[0], text))]


def _drawn(messages: Sequence[_Message], functions: Sequence[Mapping[str, Any]], text: str) -> list[_Call]:
    """Calls of the first image tool: an edit of a picture that is there, or one call for each wish."""
    tool = next((function for function in functions if str(function["name"]).endswith(_IMAGE_TOOL)), None)
    if tool is None:
        return []
    pictures = pictures_in(messages)
    if pictures and "images" in _properties(tool) and asks_for_an_edit(text):
        meant = pictures_in([messages[_last_user(messages)]]) or pictures[-1:]
        numbers = [pictures.index(picture) + 1 for picture in meant]
        return [_Call(tool["name"], {"prompt": text.strip(), "images": numbers})]
    return [_Call(tool["name"], {"prompt": wish}) for wish in wishes_in(text)]


def _named(functions: Sequence[Mapping[str, Any]], text: str) -> list[_Call]:
    """Functions that the user names outright: "call get_weather"."""
    named = [function for function in functions if "_" in function["name"] and function["name"] in text.split()]
    return [_Call(function["name"], _filled_in(function, text)) for function in named]


def _filled_in(function: Mapping[str, Any], text: str) -> dict[str, object]:
    """Arguments for a function that must be called: the user's words wherever a text is required."""
    required = (function.get("parameters") or {}).get("required")
    names = cast("list[object]", required) if isinstance(required, list) else []
    return {name: _sample(_properties(function).get(name), text) for name in names if isinstance(name, str)}


def _sample(schema: object, text: str) -> object:
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"type": "integer" | "number"}:
            return 1
        case {"type": "boolean"}:
            return True
        case {"type": "array"}:
            return []
        case {"type": "object"}:
            return {}
        case _:
            return text


def _properties(function: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = (function.get("parameters") or {}).get("properties")
    return cast("Mapping[str, Any]", properties) if isinstance(properties, dict) else {}


def _told(messages: Sequence[_Message], results: Sequence[_Message]) -> str:
    """What came of the calls, in prose, each picture on a line of its own."""
    asked = {
        call["id"]: _prompt_of(call) for message in messages for call in message.get("tool_calls") or () if "id" in call
    }
    return "\n\n".join(_tell(_result(result), asked.get(result.get("tool_call_id"), "")) for result in results)


def _tell(result: object, asked: str) -> str:
    what = f" of {asked}" if asked else ""
    match result:
        case {"status": "ok", "imageUrl": str(url)}:
            return f"Here is your picture{what}:\n\n![Generated image]({url})"
        case {"status": "error", "error": str(error)}:
            return f"I could not make the picture{what}. The image tool said: {error}"
        case _:
            return f"The tool answered: {_shortened(result if isinstance(result, str) else json.dumps(result))}"


def _small_talk(messages: Sequence[_Message], functions: Sequence[Mapping[str, Any]], choice: object) -> str:
    text = _last_words(messages)
    said = f"You said: “{_shortened(text)}”" if text.strip() else "You said nothing that I can read."
    about = "Hello, I am Overdoor's sandbox model: I answer by fixed rules, offline and free of charge."
    can_draw = any(str(function["name"]).endswith(_IMAGE_TOOL) for function in functions)
    if wishes_in(text) and not can_draw:
        return f"{about} {said} I would draw that, but this request offers me no image tool; add one to `tools`."
    if wishes_in(text) and choice == "none":
        return f"{about} {said} I would draw that, but this request allows no tool calls."
    return f"{about} {said} Ask me to draw something, and I will call the image tool."


def _completion(body: Mapping[str, Any], *, text: str, calls: Sequence[_Call]) -> dict[str, Any]:
    spoken = [_text_of(message) + _arguments_of(message) for message in body["messages"]]
    seal = hashlib.sha256(json.dumps(spoken).encode()).hexdigest()[:20]
    wire: list[dict[str, Any]] = [
        {
            "id": f"call_{seal}{number:02d}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for number, call in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text or None} | ({"tool_calls": wire} if wire else {})
    prompt_tokens = sum(_tokens(words) for words in spoken)
    completion_tokens = _tokens(text + "".join(call["function"]["arguments"] for call in wire))
    return {
        "object": "chat.completion",
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if wire else "stop"}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def _breaks_off(body: Mapping[str, Any]) -> bool:
    return _BREAKS_OFF in _last_words(body["messages"]).lower()


def _deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A message as models stream it: words, then for each call its name, then its arguments in pieces."""
    yield {"role": "assistant", "content": ""}
    for piece in _PIECE.findall(message["content"] or ""):
        yield {"content": piece}
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = call["function"]
        yield {"tool_calls": [{**call, "index": index, "function": {"name": function["name"], "arguments": ""}}]}
        for piece in _PIECE.findall(function["arguments"]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _chunk(whole: Mapping[str, Any], delta: Mapping[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    return {
        "object": "chat.completion.chunk",
        "model": whole["model"],
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _fresh_results(messages: Sequence[_Message]) -> list[_Message]:
    """The tools' answers since the user last spoke."""
    return [message for message in messages[_last_user(messages) + 1 :] if message["role"] == "tool"]


def _last_user(messages: Sequence[_Message]) -> int:
    """Where the user last spoke; -1 when never."""
    return next((at for at in range(len(messages) - 1, -1, -1) if messages[at]["role"] == "user"), -1)


def _last_words(messages: Sequence[_Message]) -> str:
    at = _last_user(messages)
    return _text_of(messages[at]) if at >= 0 else ""


def _text_of(message: _Message) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = cast("list[Mapping[str, Any]]", content)
        return "\n".join(part["text"] for part in parts if part.get("type") == "text")
    return content or ""


def _arguments_of(message: _Message) -> str:
    return "".join(call["function"]["arguments"] for call in message.get("tool_calls") or ())


def _prompt_of(call: Mapping[str, Any]) -> str:
    arguments = _decoded(call["function"]["arguments"])
    return str(cast("Mapping[str, object]", arguments).get("prompt", "")) if isinstance(arguments, dict) else ""


def _result(message: _Message) -> object:
    return _decoded(_text_of(message))


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _tokens(text: str) -> int:
    """A simple count: four characters are a token."""
    return -(-len(text) // CHARS_PER_TOKEN)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _ECHOED_CHARS else f"{text[:_ECHOED_CHARS]}…"
