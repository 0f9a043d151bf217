"""MCP as JSON-RPC 2.0, the revisions with a handshake (2024-11-05 to 2025-11-25): a message in, a message out.

Pure: no framework, no I/O of its own, no session. Every message stands alone, so any node can answer it; the version
that `initialize` agreed on is never held against a later request.
https://modelcontextprotocol.io/specification/2025-11-25
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
NEWEST_VERSION = HANDSHAKE_VERSIONS[-1]

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
UNSUPPORTED_VERSION = -32022  # as 2026-07-28 numbers it; clients that know it try another version
UNAUTHENTICATED = -32001  # -32000 to -32019 are ours
FORBIDDEN_ORIGIN = -32003

_NEGOTIATING = ("initialize", "server/discover")  # these settle the version in their bodies
_SHOWN_CHARACTERS = 100  # of a foreign name in a message of ours

Json = dict[str, Any]
MessageId = str | int


class ProtocolError(Exception):
    """A message cannot be answered with a result. code: of JSON-RPC; details: facts for programs."""

    def __init__(self, code: int, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


@dataclass(frozen=True, slots=True)
class Identity:
    """How a server introduces itself. instructions: what a model should know before its first call."""

    name: str
    title: str
    version: str
    instructions: str


class ToolBox(Protocol):
    """The tools of one server as one caller may use them."""

    def listed(self) -> Sequence[Json]:
        """The descriptions for `tools/list`, in a stable order."""
        ...

    async def call(self, name: str, arguments: Mapping[str, object]) -> Json:
        """The result of a call, see `tool_result`. A refusal is a result too.

        Raises:
            ProtocolError: there is no such tool.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Request:
    """A message that waits for an answer."""

    id: MessageId
    method: str
    params: Mapping[str, object]


async def handle(message: object, *, version: str | None, identity: Identity, toolbox: ToolBox) -> Json | None:
    """The answer to one decoded message; None for a notification or a response, which get none.

    version: what the transport says beside the message (`MCP-Protocol-Version`), None where it says nothing.
    """
    try:
        _require_version(version, message)
        request = _read(message)
        if request is None:
            return None
        return {"jsonrpc": "2.0", "id": request.id, "result": await _result(request, identity, toolbox)}
    except ProtocolError as error:
        return failure(message, error)


def failure(message: object, error: ProtocolError) -> Json:
    """The error answer to `message`, with its id where that can be read (null where it cannot)."""
    body: Json = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["data"] = dict(error.details)
    return {"jsonrpc": "2.0", "id": _id_in(message), "error": body}


def tool_result(content: Mapping[str, object], *, is_error: bool) -> Json:
    """The result of a tool call: `content` as structured content, and the same facts as text.

    Some clients show a model only the text and others only the structure, so neither says more than the other.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": dict(content), "isError": is_error}


def _require_version(version: str | None, message: object) -> None:
    if version is None or version in HANDSHAKE_VERSIONS or _method_in(message) in _NEGOTIATING:
        return
    supported = ", ".join(HANDSHAKE_VERSIONS)
    raise ProtocolError(
        UNSUPPORTED_VERSION,
        f"MCP-Protocol-Version {version[:_SHOWN_CHARACTERS]!r} is not supported; supported are {supported}.",
        details={"supported": list(HANDSHAKE_VERSIONS), "requested": version[:_SHOWN_CHARACTERS]},
    )


def _read(message: object) -> _Request | None:
    """The request in `message`; None for a notification or a response."""
    if isinstance(message, list):
        raise ProtocolError(INVALID_REQUEST, "Batches are not supported; send each message in a request of its own.")
    if not isinstance(message, dict):
        raise ProtocolError(INVALID_REQUEST, "The body is not a JSON-RPC message: it must be an object.")
    fields = cast("Json", message)
    if fields.get("jsonrpc") != "2.0":
        raise ProtocolError(INVALID_REQUEST, 'The body is not a JSON-RPC 2.0 message: `jsonrpc` must be "2.0".')
    if "method" not in fields and ("result" in fields or "error" in fields):
        return None
    method = fields.get("method")
    if not isinstance(method, str):
        raise ProtocolError(INVALID_REQUEST, "`method` must be a string.")
    if "id" not in fields:
        return None
    message_id = _id_in(fields)
    if message_id is None:
        raise ProtocolError(INVALID_REQUEST, "`id` must be a string or an integer.")
    params = fields.get("params")
    if params is not None and not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, "`params` must be an object.")
    return _Request(message_id, method, cast("dict[str, object]", params or {}))


async def _result(request: _Request, identity: Identity, toolbox: ToolBox) -> Json:
    match request.method:
        case "initialize":
            return _initialize(request.params, identity)
        case "ping":
            return {}
        case "tools/list":
            return {"tools": list(toolbox.listed())}
        case "tools/call":
            return await _call(request.params, toolbox)
        case "resources/list":
            return {"resources": []}
        case "resources/templates/list":
            return {"resourceTemplates": []}
        case "prompts/list":
            return {"prompts": []}
        case unknown:
            raise ProtocolError(METHOD_NOT_FOUND, f"Method not found: {unknown[:_SHOWN_CHARACTERS]}")


def _initialize(params: Mapping[str, object], identity: Identity) -> Json:
    """The client's version if we know it, else our newest one, which the client may refuse."""
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in HANDSHAKE_VERSIONS else NEWEST_VERSION,
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": identity.name, "title": identity.title, "version": identity.version},
        "instructions": identity.instructions,
    }


async def _call(params: Mapping[str, object], toolbox: ToolBox) -> Json:
    name, arguments = params.get("name"), params.get("arguments")
    if not isinstance(name, str):
        raise ProtocolError(INVALID_PARAMS, "`params.name` must be the name of a tool.")
    if arguments is not None and not isinstance(arguments, dict):
        raise ProtocolError(INVALID_PARAMS, "`params.arguments` must be an object.")
    return await toolbox.call(name, cast("dict[str, object]", arguments or {}))


def _method_in(message: object) -> object:
    return cast("Json", message).get("method") if isinstance(message, dict) else None


def _id_in(message: object) -> MessageId | None:
    """The id of a message of any shape, None where there is none that could be echoed."""
    found = cast("Json", message).get("id") if isinstance(message, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None
