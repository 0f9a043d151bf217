"""Reading a chat request: the fields that both chat dialects share, with complaints that name the place in the body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from overdoor.chat.events import Choice, Forced, Function
from overdoor.chat.loop import MOST_TOOL_CALLS
from overdoor.errors import InvalidRequest

DEFAULT_MODEL = "sandbox/chat"

SEE_EXAMPLE = "Compare the body with the examples in docs/chat.md."

_NOT_SERVED = (
    "stop_server_tools_when", "image_config", "plugins", "provider", "route", "transforms", "audio", "truncation",
    "service_tier", "include", "prompt", "background",
)  # fmt: skip

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerToolAsked:
    """A tool that is no client function. place: where it stood in the body, for messages."""

    place: str
    type: str
    parameters: Fields


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request as either door read it.

    messages: in the chat.completions shape. options: further fields that go to the upstream as they are.
    """

    model: str
    messages: tuple[Fields, ...]
    functions: tuple[Function, ...]
    server_tools: tuple[ServerToolAsked, ...]
    choice: Choice
    max_tool_calls: int
    options: Fields
    streamed: bool
    warnings: tuple[str, ...]


def invalid(place: str, problem: str, *, hint: str = SEE_EXAMPLE) -> InvalidRequest:
    """A complaint that names the place in the body, such as `messages[0].content`."""
    return InvalidRequest(f"`{place}` {problem}.", hint=hint)


def body_in(decoded: object) -> Fields:
    """The body as an object.

    Raises:
        InvalidRequest: it is another JSON value.
    """
    if not isinstance(decoded, dict):
        raise InvalidRequest("The body is not a JSON object.", hint=SEE_EXAMPLE)
    return cast("Fields", decoded)


def objects_in(value: object, *, place: str) -> list[Fields]:
    """A list of JSON objects.

    Raises:
        InvalidRequest: it is none.
    """
    if not isinstance(value, list):
        raise invalid(place, "is not a list")
    items = cast("list[object]", value)
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise invalid(f"{place}[{number}]", "is not an object")
    return cast("list[Fields]", items)


def text_in(fields: Fields, name: str, *, place: str) -> str:
    """A text that must be there.

    Raises:
        InvalidRequest: it is missing or no text.
    """
    value = fields.get(name)
    if not isinstance(value, str):
        raise invalid(f"{place}.{name}", "is missing" if value is None else "is not a string")
    return value


def truth_in(fields: Fields, name: str) -> bool:
    """A truth value; missing and null count as false.

    Raises:
        InvalidRequest: it is something else.
    """
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(name, "is neither true nor false")
    return value is True


def read_asked(body: Fields, *, messages: tuple[Fields, ...], options: Fields, warnings: tuple[str, ...] = ()) -> Asked:
    """The fields that both dialects share.

    Raises:
        InvalidRequest
    """
    functions, server_tools = _tools(body.get("tools"))
    choice, allowed = _choice(body.get("tool_choice"), functions, server_tools)
    max_tool_calls, limit_warnings = _limit(body.get("max_tool_calls"))
    if allowed is not None:
        functions = tuple(function for function in functions if function.name in allowed)
        server_tools = tuple(tool for tool in server_tools if tool.type in allowed)
    return Asked(
        model=_model(body),
        messages=messages,
        functions=functions,
        server_tools=server_tools,
        choice=choice,
        max_tool_calls=max_tool_calls,
        options=options,
        streamed=truth_in(body, "stream"),
        warnings=(*warnings, *limit_warnings, *_without_effect(body)),
    )


def _model(body: Fields) -> str:
    model = body.get("model")
    if model is None and isinstance(body.get("models"), list) and body["models"]:
        model = body["models"][0]  # the first of the fallbacks; there is no second upstream to fall back to
    if model is None:
        return DEFAULT_MODEL
    if not isinstance(model, str) or not model.strip():
        raise invalid("model", "is not a name")
    return model


def _tools(value: object) -> tuple[tuple[Function, ...], tuple[ServerToolAsked, ...]]:
    functions: list[Function] = []
    server_tools: list[ServerToolAsked] = []
    for number, entry in enumerate(objects_in(value if value is not None else [], place="tools")):
        place = f"tools[{number}]"
        kind = text_in(entry, "type", place=place)
        if kind == "function":
            functions.append(_function(entry, place))
        else:
            server_tools.append(ServerToolAsked(place, kind, _parameters(entry, place)))
    return tuple(functions), tuple(server_tools)


def _function(entry: Fields, place: str) -> Function:
    """A client's function, in the nested form of chat.completions or the flat form of Responses."""
    nested = entry.get("function")
    if isinstance(nested, dict):
        definition, place = cast("Fields", nested), f"{place}.function"
    else:
        definition = {name: value for name, value in entry.items() if name != "type"}
    if not isinstance(definition.get("parameters") or {}, dict):
        raise invalid(f"{place}.parameters", "is not an object")
    return Function(text_in(definition, "name", place=place), definition)


def _parameters(entry: Fields, place: str) -> Fields:
    """A server tool's configuration, nested under `parameters`, beside `type`, or both."""
    nested = entry.get("parameters")
    if nested is not None and not isinstance(nested, dict):
        raise invalid(f"{place}.parameters", "is not an object")
    flat = {name: value for name, value in entry.items() if name not in ("type", "parameters")}
    merged = flat | cast("dict[str, Any]", nested or {})
    return {name: value for name, value in merged.items() if value is not None}


def _choice(
    value: object, functions: tuple[Function, ...], server_tools: tuple[ServerToolAsked, ...]
) -> tuple[Choice, frozenset[str] | None]:
    """How the model must choose on its first turn; with `allowed_tools`, also the only names and types to offer."""
    match value:
        case None:
            return "auto", None
        case "auto" | "none" | "required" as word:
            return cast("Choice", word), None
        case {"type": "allowed_tools", "allowed_tools": {"tools": list(allowed), **rest}}:
            return _mode(rest), _names(allowed)
        case {"type": "allowed_tools", "tools": list(allowed), **rest}:
            return _mode(rest), _names(allowed)
        case {"type": "function", "function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
            known = any(function.name == name for function in functions)
        case {"type": str(name)}:
            known = any(tool.type == name for tool in server_tools)
        case _:
            raise invalid("tool_choice", "is not understood", hint='Send "auto", "none", "required" or a tool.')
    if not known:
        raise invalid("tool_choice", f"names {name[:60]!r}, which is not among `tools`", hint="List the tool too.")
    return Forced(name.replace(":", "_")), None


def _mode(fields: Mapping[str, object]) -> Choice:
    return "required" if fields.get("mode") == "required" else "auto"


def _names(tools: list[Any]) -> frozenset[str]:
    """What `allowed_tools` lists: client functions by their names, server tools by their types."""
    names: set[str] = set()
    for tool in tools:
        match tool:
            case {"function": {"name": str(name)}} | {"name": str(name)} | {"type": str(name)}:
                names.add(name)
            case _:
                raise invalid("tool_choice", "lists something that is no tool")
    return frozenset(names)


def _limit(value: object) -> tuple[int, tuple[str, ...]]:
    if value is None:
        return MOST_TOOL_CALLS, ()
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise invalid("max_tool_calls", "is not a whole number of 1 or more", hint=f"Use 1 to {MOST_TOOL_CALLS}.")
    if value > MOST_TOOL_CALLS:
        return MOST_TOOL_CALLS, (f"`max_tool_calls` {value} was lowered to {MOST_TOOL_CALLS}.",)
    return value, ()


def _without_effect(body: Fields) -> list[str]:
    """A sentence for each known field that asks for something and changes nothing here."""
    given = [name for name in _NOT_SERVED if body.get(name)]
    warnings = [f"`{name}` is not served yet and had no effect." for name in given]
    if isinstance(body.get("n"), int) and body["n"] > 1:
        warnings.append("`n` is not served yet: there is one choice.")
    if isinstance(body.get("models"), list) and len(body["models"]) > 1:
        warnings.append("`models`: there is no fallback yet; the first one was asked.")
    if isinstance(body.get("text"), dict) and body["text"].get("format", {}).get("type", "text") != "text":
        warnings.append("`text.format` is not served yet: the answer is plain text.")
    if isinstance(body.get("modalities"), list) and "image" in body["modalities"]:
        warnings.append("`modalities` makes no picture here; add the tool `modelgates:image_generation`.")
    return warnings
