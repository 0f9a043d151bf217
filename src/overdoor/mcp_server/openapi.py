"""The MCP endpoint, described; handlers in `mcp_server/http.py`. The tools describe themselves in `tools/list`."""

from overdoor.api.openapi.failures import NAMES, failure
from overdoor.api.openapi.operation import (
    OBJECT,
    TEXT,
    TEXTS,
    Content,
    Operation,
    Schema,
    header,
    json_content,
    record,
    ref,
)
from overdoor.mcp_server.metadata import PATH
from overdoor.mcp_server.protocol import HANDSHAKE_VERSIONS

_ID: Schema = {"type": ["string", "integer"]}
_REFUSED = failure(405, "jsonrpc")["content"]["application/json"]["schema"]

SCHEMAS: dict[str, Schema] = {
    "JsonRpcRequest": {
        "type": "object",
        "required": ["jsonrpc", "method"],
        "properties": {
            "jsonrpc": {"const": "2.0"},
            "id": _ID | {"description": "Left out: a notification."},
            "method": TEXT,
            "params": OBJECT,
        },
        "examples": [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}],
    },
    "JsonRpcResult": record({"jsonrpc": {"const": "2.0"}, "id": _ID, "result": OBJECT}),
}

OPERATIONS = (
    Operation(
        id="mcp.receive",
        method="post",
        path=PATH,
        tag="mcp",
        summary="One JSON-RPC message.",
        description="Batches are refused. A refusal by a tool is a result with `isError`; the status is 200.",
        parameters=(
            header(
                "MCP-Protocol-Version", {"enum": list(HANDSHAKE_VERSIONS)}, "The revision that the client agreed on."
            ),
            header("Origin", TEXT, "Browsers send it; only pages of this server and of this machine are served."),
        ),
        body=ref("JsonRpcRequest"),
        answers={
            200: json_content("The answer.", {"anyOf": [ref("JsonRpcResult"), ref(NAMES["jsonrpc"])]}),
            202: Content("A notification was received."),
        },
        errors=(403,),
    ),
    Operation(
        id="mcp.describe",
        method="get",
        path=PATH,
        tag="mcp",
        summary="What this endpoint is, for a person.",
        access="anyone",
        answers={
            200: json_content(
                "The server and its tools.",
                record({"name": TEXT, "version": TEXT, "url": TEXT, "protocolVersions": TEXTS, "tools": {}}),
            ),
            405: json_content("There is no stream to open.", _REFUSED, headers={"Allow": TEXT}),
        },
    ),
)
