"""One renderer for every error, the framework's own too: the path picks the dialect."""

from collections.abc import Mapping
from typing import Any, Literal

import structlog
from litestar import Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.routes import HTTPRoute
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from overdoor.api.kit import ClientGone, HttpRequest, gone_answer, json_answer, request_id_of
from overdoor.errors import (
    AuthenticationFailed,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    ModelNotSupported,
    OverdoorError,
    PayloadTooLarge,
    PictureFailed,
    RouteNotFound,
)

Dialect = Literal["jobs", "jsonrpc", "openrouter", "openai"]

_JOBS_ENVELOPE = ("/api/v1/jobs", "/api/v1/files", "/api/v1/callbacks")
_JSON_RPC_INVALID_REQUEST = -32600
_JSON_RPC_PARSE_ERROR = -32700
_JSON_RPC_OURS = -32000

_OPENROUTER_TYPES: Mapping[int, str] = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    404: "not_found",
    405: "invalid_request",
    408: "timeout",
    409: "invalid_request",
    410: "not_found",
    413: "payload_too_large",
    422: "unprocessable",
    429: "rate_limit_exceeded",
    500: "server",
    502: "provider_unavailable",
    503: "provider_unavailable",
}

_OPENAI_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}

_log = structlog.get_logger("overdoor.http")


def render(request: HttpRequest, exception: Exception) -> Response[bytes]:
    """The answer for whatever was raised. A bug becomes a 500 that names only the request id; the log has the rest."""
    if isinstance(exception, ClientGone):
        return gone_answer()
    error = _as_ours(request, exception)
    if isinstance(error, InternalError):
        _log.error("a bug answered a request", request=request_id_of(request), exc_info=exception)
    return _answer(request.scope["path"], error, headers=_headers(request, error))


def _as_ours(request: HttpRequest, exception: Exception) -> OverdoorError:
    match exception:
        case OverdoorError():
            return exception
        case NotFoundException():
            return RouteNotFound(path=request.scope["path"])
        case MethodNotAllowedException():
            return MethodNotAllowed(method=request.method, path=request.scope["path"])
        case ValidationException() | ClientException() if exception.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            return PayloadTooLarge()
        case ValidationException() | ClientException():
            return InvalidRequest(str(exception.detail))
        case HTTPException() if exception.status_code < 500:
            return InvalidRequest(str(exception.detail))
        case _:
            return InternalError(request_id=request_id_of(request))


def _headers(request: HttpRequest, error: OverdoorError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(_methods_of(request))
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, PictureFailed):
        headers["X-Should-Retry"] = "false"  # OpenAI's SDKs obey: a retry under the same name finds the same end
    if isinstance(error, AuthenticationFailed):
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return headers


def _methods_of(request: HttpRequest) -> list[str]:
    path = request.scope["path"]
    for known in request.app.routes:
        if isinstance(known, HTTPRoute) and (
            known.path == path or known.path.partition("{")[0] == path.rpartition("/")[0] + "/"
        ):
            return sorted(known.methods)
    return []


def dialect_of(path: str) -> Dialect:
    """How errors of this path are told."""
    if path.startswith(_JOBS_ENVELOPE):
        return "jobs"
    if path.startswith("/v1/"):
        return "openai"
    return "jsonrpc" if path == "/api/mcp" else "openrouter"


def _answer(path: str, error: OverdoorError, *, headers: Mapping[str, str]) -> Response[bytes]:
    match dialect_of(path):
        case "jobs":
            return json_answer(jobs_error(error), status=error.http_status, headers=headers)
        case "jsonrpc":
            return json_answer(_json_rpc(error), status=error.http_status, headers=headers)
        case "openrouter":
            return json_answer(openrouter_error(error), status=_openrouter_status(error), headers=headers)
        case "openai":
            return json_answer(openai_error(error), status=_openai_status(error), headers=headers)


def streamed_error(path: str, error: OverdoorError) -> dict[str, Any]:
    """What a stream on this path says of an error: `{"error": …}` in its dialect."""
    return openai_error(error) if dialect_of(path) == "openai" else openrouter_error(error)


def jobs_error(error: OverdoorError) -> dict[str, Any]:
    """The jobs contract: `{code, msg, data}` where code is the HTTP status."""
    details = dict(error.details) or None
    return {
        "code": error.http_status,
        "msg": f"{error.summary}: {error.message}",
        "data": details,
        "error": error.code,
        "hint": error.hint,
    }


def _json_rpc(error: OverdoorError) -> dict[str, Any]:
    """JSON-RPC, for what fails before a message was understood; so there is no id to answer to."""
    code = _JSON_RPC_INVALID_REQUEST if error.http_status in (400, 405, 413) else _JSON_RPC_OURS - 1
    if error.http_status == 400 and "not valid JSON" in error.message:
        code = _JSON_RPC_PARSE_ERROR
    data = {"error": error.summary, "code": error.code, "message": error.message, "hint": error.hint, **error.details}
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": error.summary, "data": data}}


def _openrouter_status(error: OverdoorError) -> int:
    """OpenRouter answers 400 for an unknown model, where the jobs contract says 422."""
    return 400 if isinstance(error, ModelNotSupported) else error.http_status


def _openai_status(error: OverdoorError) -> int:
    """OpenAI answers 400 for an option that cannot be, and 404 for an unknown model."""
    if isinstance(error, ModelNotSupported):
        return 404
    return 400 if error.http_status == 422 else error.http_status


def openai_error(error: OverdoorError) -> dict[str, Any]:
    """The OpenAI dialect: `type` is one of few words, `code` one of ours, `param` the option at fault."""
    kind = _OPENAI_TYPES.get(error.http_status, "invalid_request_error" if error.http_status < 500 else "server_error")
    message, param = f"{error.message} {error.hint}", error.details.get("param")
    return {"error": {"message": message, "type": kind, "param": param, "code": error.code}}


def openrouter_error(error: OverdoorError) -> dict[str, Any]:
    """The OpenRouter dialect: `error.code` is an integer; its SDKs insist."""
    status = _openrouter_status(error)
    metadata = {"error_type": _OPENROUTER_TYPES.get(status, "unmapped"), "code": error.code, "hint": error.hint}
    return {
        "error": {"code": status, "message": f"{error.message} {error.hint}", "metadata": {**error.details, **metadata}}
    }
