"""The MCP endpoint over HTTP: one JSON answer for each POST; no sessions, no streams."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post, route
from litestar.enums import HttpMethod

from overdoor.api.kit import (
    JSON_WITH_DATA_URLS_BYTES,
    HttpRequest,
    authenticated,
    base_url_of,
    count,
    gateway_of,
    idempotency_of,
    json_answer,
    read_json,
    request_id_of,
)
from overdoor.errors import AuthenticationFailed, InvalidRequest, PayloadTooLarge
from overdoor.mcp_server import protocol
from overdoor.mcp_server.descriptions import tool_list
from overdoor.mcp_server.metadata import IDENTITY, PATH, metadata
from overdoor.mcp_server.protocol import ProtocolError
from overdoor.mcp_server.tools import GatewayTools, Visit
from overdoor.services.generate import CREATE_TASK

_SMALL_BODY_BYTES = 64 * 1024  # read from a stranger, only to echo the id
_METHODS = "GET, OPTIONS, POST"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_STATUS_OF = {  # a method or tool that does not exist is an ordinary answer in the handshake era
    protocol.PARSE_ERROR: 400,
    protocol.INVALID_REQUEST: 400,
    protocol.UNSUPPORTED_VERSION: 400,
    protocol.UNAUTHENTICATED: 401,
    protocol.FORBIDDEN_ORIGIN: 403,
}


@post(PATH, status_code=200)
async def receive(request: HttpRequest) -> Response[bytes]:
    """Answer one JSON-RPC message. A notification gets 202 and no body."""
    if not _is_origin_known(request):
        hint = "Browsers reach this server from its own address, or from a page on localhost."
        return _answer(
            protocol.failure(None, ProtocolError(protocol.FORBIDDEN_ORIGIN, f"The Origin is not allowed. {hint}"))
        )
    try:
        caller = await authenticated(request)
    except AuthenticationFailed as error:
        return await _to_stranger(request, error)
    try:
        message = await read_json(request, limit_bytes=JSON_WITH_DATA_URLS_BYTES)
    except InvalidRequest as error:
        return _answer(protocol.failure(None, ProtocolError(protocol.PARSE_ERROR, error.message)))
    visit = Visit(
        gateway=gateway_of(request),
        caller=caller,
        base_url=base_url_of(request),
        request_id=request_id_of(request),
        count=partial(count, request, caller),
        header_key=partial(idempotency_of, request, endpoint=CREATE_TASK),
    )
    version = request.headers.get("mcp-protocol-version")
    answer = await protocol.handle(message, version=version, identity=IDENTITY, toolbox=GatewayTools(visit))
    return Response(b"", status_code=202) if answer is None else _answer(answer)


@get(PATH)
async def describe(request: HttpRequest) -> Response[bytes]:
    """Tell a person what this endpoint is; a client that looks for a stream learns that there is none."""
    if "text/event-stream" in request.headers.get("accept", ""):
        return _not_allowed("GET with `Accept: text/event-stream`")
    tools = tool_list(image_models=(), video_models=())
    return json_answer(metadata(tools, base_url=base_url_of(request)))


@route(PATH, http_method=[HttpMethod.OPTIONS], status_code=204)
async def options() -> Response[None]:
    """Tell the methods. The framework's own answer forgets those of a second handler on the same path."""
    return Response(None, status_code=204, headers={"Allow": _METHODS})


def _answer(message: protocol.Json, *, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """A JSON-RPC message with the HTTP status that its error code goes with."""
    status = _STATUS_OF.get(message["error"]["code"], 200) if "error" in message else 200
    return json_answer(message, status=status, headers=headers)


async def _to_stranger(request: HttpRequest, error: AuthenticationFailed) -> Response[bytes]:
    """401, with the id of the message where a small body shows it."""
    try:
        message = await read_json(request, limit_bytes=_SMALL_BODY_BYTES)
    except (InvalidRequest, PayloadTooLarge):
        message = None
    details = {"error": error.summary, "code": error.code, "message": error.message, "hint": error.hint}
    refused = ProtocolError(protocol.UNAUTHENTICATED, error.summary, details=details)
    # No `resource_metadata`: it would start an OAuth dance that cannot end.
    return _answer(protocol.failure(message, refused), headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _not_allowed(what: str) -> Response[bytes]:
    error = ProtocolError(protocol.INVALID_REQUEST, f"{what} is not served: POST one JSON-RPC message at a time.")
    return json_answer(protocol.failure(None, error), status=405, headers={"Allow": _METHODS})


def _is_origin_known(request: HttpRequest) -> bool:
    """True for programs, which send no Origin, and for pages of this server or of this machine."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    own = (base_url_of(request), f"//{request.headers.get('host', '')}")
    host = _host_in(origin)
    return host is not None and host in _LOCAL_HOSTS | {_host_in(address) for address in own}


def _host_in(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


routes: list[Any] = [options, receive, describe]
