"""The error answers of every dialect, by status."""

from collections.abc import Mapping

from overdoor.api.errors import Dialect
from overdoor.api.openapi.operation import MAYBE_TEXT, OBJECT, TEXT, WHOLE, Schema, record, ref

DESCRIPTIONS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "The API key is missing, malformed, unknown or disabled: one answer for all four.",
    402: "The credits or a budget do not suffice. Nothing was charged.",
    403: "The key lacks a scope, or the Origin is not allowed.",
    404: "There is no such thing, or it is not this caller's: the same words for both.",
    405: "The path is not served with this method; `Allow` names those that are.",
    408: "The body did not come in time.",
    409: "The request does not fit the present state.",
    410: "The link was good: its time is over, or its file was deleted or has expired.",
    413: "The body is too large.",
    416: "The file has no such bytes.",
    422: "An option cannot be met. The message names it.",
    429: "Too many requests, or too many unfinished tasks; `Retry-After` says when to come back.",
    500: "A bug of the server; the log has its cause under the answer's `X-Request-Id`.",
    502: "The provider failed. What was not delivered is not charged.",
    503: "The server is being stopped or runs no tasks, or its database is away; `Retry-After` says when to come back.",
}

SCHEMAS: Mapping[Dialect, Schema] = {
    "jobs": record(
        {
            "code": WHOLE | {"description": "The HTTP status."},
            "msg": TEXT,
            "data": {"type": ["object", "null"], "description": "Facts for programs, such as `param` or `retryAfter`."},
            "error": TEXT | {"description": "A stable code; docs/errors.md explains each."},
            "hint": TEXT | {"description": "What to do next."},
        }
    ),
    "jsonrpc": record(
        {
            "jsonrpc": {"const": "2.0"},
            "id": {"type": ["string", "integer", "null"]},
            "error": record({"code": WHOLE, "message": TEXT, "data": OBJECT}, optional=("data",)),
        }
    ),
    "openrouter": record(
        {
            "error": record(
                {
                    "code": WHOLE | {"description": "The HTTP status."},
                    "message": TEXT,
                    "metadata": record({"error_type": TEXT, "code": TEXT, "hint": MAYBE_TEXT}),
                }
            )
        }
    ),
    "openai": record(
        {
            "error": record(
                {"message": TEXT, "type": TEXT, "param": MAYBE_TEXT, "code": TEXT | {"description": "docs/errors.md"}}
            )
        }
    ),
}

NAMES: Mapping[Dialect, str] = {
    "jobs": "JobsError",
    "jsonrpc": "JsonRpcError",
    "openrouter": "Error",
    "openai": "OpenAIError",
}

_HEADERS: Mapping[int, Mapping[str, Schema]] = {
    401: {"WWW-Authenticate": TEXT},
    405: {"Allow": TEXT},
    429: {"Retry-After": WHOLE | {"description": "Seconds."}},
    503: {"Retry-After": WHOLE | {"description": "Seconds."}},
}


def failure(status: int, dialect: Dialect) -> Schema:
    """The description of an error answer."""
    headers = {name: {"schema": schema, "required": True} for name, schema in _HEADERS.get(status, {}).items()}
    described: Schema = {
        "description": DESCRIPTIONS[status],
        "content": {"application/json": {"schema": ref(NAMES[dialect])}},
    }
    return described | {"headers": headers} if headers else described
