"""The protocol alone: messages in, messages out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from overdoor.mcp_server.protocol import (
    HANDSHAKE_VERSIONS,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    UNSUPPORTED_VERSION,
    Identity,
    Json,
    ProtocolError,
    handle,
    tool_result,
)

SHOP = Identity("shop", "Shop", "1.2", "Ask.")


class Echo:
    """One tool, which answers with its arguments."""

    def listed(self) -> Sequence[Json]:
        return [{"name": "echo", "inputSchema": {"type": "object"}}]

    async def call(self, name: str, arguments: Mapping[str, object]) -> Json:
        if name != "echo":
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: {name}")
        return tool_result(arguments, is_error=False)


async def answer(message: object, *, version: str | None = None) -> Any:
    return await handle(message, version=version, identity=SHOP, toolbox=Echo())


def request(method: str, params: object = None) -> Json:
    return {"jsonrpc": "2.0", "id": "a", "method": method} | ({} if params is None else {"params": params})


@pytest.mark.parametrize("version", HANDSHAKE_VERSIONS)
async def test_initialize_agrees_to_every_version_of_the_handshake_era(version: str) -> None:
    """Promise: https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation"""
    asked = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}

    answered = await answer(request("initialize", asked))

    assert answered == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": {
            "protocolVersion": version,
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "shop", "title": "Shop", "version": "1.2"},
            "instructions": "Ask.",
        },
    }


@pytest.mark.parametrize("version", ["2026-07-28", "1.0", None, 7])
async def test_initialize_with_another_version_is_answered_with_our_newest(version: object) -> None:
    """Promise: the same page; the client may then leave."""
    answered = await answer(request("initialize", {"protocolVersion": version}))

    assert answered["result"]["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("ping", {}),
        ("tools/list", {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}),
        ("resources/list", {"resources": []}),
        ("resources/templates/list", {"resourceTemplates": []}),
        ("prompts/list", {"prompts": []}),
    ],
)
async def test_plain_methods_answer_without_params(method: str, result: Json) -> None:
    """Promise: shared reference mcp.md section 1, and the seed's `tools/list` without params."""
    assert await answer(request(method)) == {"jsonrpc": "2.0", "id": "a", "result": result}


async def test_a_tool_is_called_with_its_arguments() -> None:
    """Promise: `tools/call`; text and structure say the same."""
    answered = await answer(request("tools/call", {"name": "echo", "arguments": {"word": "Füchse"}}))

    assert answered["result"] == {
        "content": [{"type": "text", "text": '{\n  "word": "Füchse"\n}'}],
        "structuredContent": {"word": "Füchse"},
        "isError": False,
    }


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
        {"jsonrpc": "2.0", "id": 4, "result": {}},
        {"jsonrpc": "2.0", "id": 4, "error": {"code": -1, "message": "no"}},
    ],
)
async def test_notifications_and_responses_get_no_answer(message: object) -> None:
    """Promise: https://www.jsonrpc.org/specification#notification"""
    assert await answer(message) is None


@pytest.mark.parametrize(
    ("message", "message_id", "code"),
    [
        ([request("ping")], None, INVALID_REQUEST),
        ("ping", None, INVALID_REQUEST),
        (None, None, INVALID_REQUEST),
        ({"id": 3, "method": "ping"}, 3, INVALID_REQUEST),
        ({"jsonrpc": "1.0", "id": 3, "method": "ping"}, 3, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 3}, 3, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 3, "method": 5}, 3, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, None, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, None, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, None, INVALID_REQUEST),
        (request("ping", ["x"]), "a", INVALID_PARAMS),
        (request("tools/call"), "a", INVALID_PARAMS),
        (request("tools/call", {"name": "echo", "arguments": "x"}), "a", INVALID_PARAMS),
        (request("tools/call", {"name": "paint"}), "a", INVALID_PARAMS),
        (request("tools/destroy"), "a", METHOD_NOT_FOUND),
        (request("server/discover"), "a", METHOD_NOT_FOUND),
    ],
)
async def test_what_cannot_be_answered_gets_a_json_rpc_error(message: object, message_id: object, code: int) -> None:
    """Promise: the seed's "JSON-RPC protocol errors, such as unknown methods or invalid request format"."""
    answered = await answer(message)

    assert (answered["id"], answered["error"]["code"]) == (message_id, code)


@pytest.mark.parametrize("message", [request("tools/list"), {"jsonrpc": "2.0", "method": "notifications/initialized"}])
async def test_a_version_that_is_not_spoken_is_refused_with_those_that_are(message: Json) -> None:
    """Promise: MCP 2026-07-28, UnsupportedProtocolVersionError."""
    answered = await answer(message, version="2026-07-28")

    assert answered["error"]["code"] == UNSUPPORTED_VERSION
    assert answered["error"]["data"] == {"supported": list(HANDSHAKE_VERSIONS), "requested": "2026-07-28"}


async def test_a_client_of_two_eras_that_probes_learns_to_shake_hands() -> None:
    """Promise: the same revision, "Backward Compatibility": another error than its own means the older era."""
    probed = await answer(request("server/discover"), version="2026-07-28")
    begun = await answer(request("initialize", {"protocolVersion": "2025-11-25"}), version="2026-07-28")

    assert probed["error"]["code"] == METHOD_NOT_FOUND
    assert begun["result"]["protocolVersion"] == "2025-11-25"
