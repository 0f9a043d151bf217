"""The endpoint over HTTP: keys, broken bodies, versions, origins, and a plain GET."""

import pytest

from overdoor import __version__
from overdoor.mcp_server.protocol import (
    FORBIDDEN_ORIGIN,
    INVALID_REQUEST,
    PARSE_ERROR,
    UNAUTHENTICATED,
    UNSUPPORTED_VERSION,
)
from tests.mcp_server.door import McpDoor

PING = '{"jsonrpc":"2.0","id":"p","method":"ping"}'
PONG = {"jsonrpc": "2.0", "id": "p", "result": {}}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer sk_xxxxxxxxxxxxxxxxxxxx", "Basic dTpw"])
@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call"])
async def test_a_request_without_a_good_key_is_refused(door: McpDoor, authorization: str | None, method: str) -> None:
    """Promise: seed 004, "authentication failed: missing API key, invalid API key format, or disabled API key"."""
    headers = {} if authorization is None else {"Authorization": authorization}
    message = {"jsonrpc": "2.0", "id": 7, "method": method}

    response = await door.client.post("/api/mcp", json=message, headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    answer = response.json()
    assert (answer["id"], answer["error"]["code"]) == (7, UNAUTHENTICATED)
    assert answer["error"]["message"] == answer["error"]["data"]["error"] == "authentication failed"


async def test_a_disabled_key_is_refused(door: McpDoor) -> None:
    """Promise: the same row of the seed."""
    await door.gateway.accounts.revoke_key("agent")

    response = await door.send(PING)

    assert response.status_code == 401


@pytest.mark.parametrize("body", ["", "{", "x" * 100_000])
async def test_a_stranger_with_a_broken_body_is_still_only_a_stranger(door: McpDoor, body: str) -> None:
    """Promise: the key is checked before the body is read."""
    response = await door.client.post("/api/mcp", content=body)

    assert (response.status_code, response.json()["id"]) == (401, None)


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_a_bare_key_is_read(door: McpDoor, header: str) -> None:
    """Promise: mcp.md section 5, row 10: proxies split `Bearer sk_…` at the space."""
    response = await door.client.post("/api/mcp", content=PING, headers={header: door.key})

    assert response.json() == PONG


@pytest.mark.parametrize("body", ["", "{", '{"jsonrpc": "2.0", "id": 1, method: "ping"}', "\xff", "[" * 100_000])
async def test_a_body_that_is_not_json_is_a_parse_error(door: McpDoor, body: str) -> None:
    """Promise: https://www.jsonrpc.org/specification#error_object"""
    response = await door.send(body)

    assert response.status_code == 400
    assert (response.json()["id"], response.json()["error"]["code"]) == (None, PARSE_ERROR)


@pytest.mark.parametrize("body", [f"[{PING}]", '"ping"', '{"id": 1, "method": "ping"}'])
async def test_json_that_is_no_message_is_an_invalid_request(door: McpDoor, body: str) -> None:
    """Promise: the same page; batches went out of MCP with 2025-06-18."""
    response = await door.send(body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, INVALID_REQUEST)


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "text/event-stream", "application/json, text/event-stream"]
)
async def test_every_accept_header_gets_json(door: McpDoor, accept: str) -> None:
    """Promise: the seed's curl lines, which send none of their own."""
    response = await door.send(PING, headers={"Accept": accept, "Content-Type": "text/plain"})

    assert response.headers["content-type"] == "application/json"
    assert response.json() == PONG


async def test_a_body_that_is_too_large_is_refused_by_its_own_word(door: McpDoor) -> None:
    """Promise: 64 MiB is the limit of bodies that may hold data URLs."""
    response = await door.send(PING, headers={"Content-Length": str(64 * 1024 * 1024 + 1)})

    assert response.status_code == 413
    assert response.json()["jsonrpc"] == "2.0"


async def test_a_notification_is_accepted_without_a_body(door: McpDoor) -> None:
    """Promise: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server"""
    response = await door.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')

    assert (response.status_code, response.content) == (202, b"")


async def test_a_later_request_needs_no_version_and_takes_each_that_is_spoken(door: McpDoor) -> None:
    """Promise: no sessions; the seed's curl sends no version."""
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        response = await door.send(PING, headers={"MCP-Protocol-Version": version})
        assert response.json() == PONG


async def test_another_version_is_refused_with_400(door: McpDoor) -> None:
    """Promise: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#protocol-version-header"""
    response = await door.send(PING, headers={"MCP-Protocol-Version": "2030-01-01"})

    assert (response.status_code, response.json()["error"]["code"]) == (400, UNSUPPORTED_VERSION)
    assert response.json()["error"]["data"]["requested"] == "2030-01-01"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://overdoor.test", 200),
        ("https://overdoor.test:8443", 200),
        ("http://localhost:5173", 200),
        ("http://127.0.0.1", 200),
        ("http://[::1]:3000", 200),
        ("https://evil.example", 403),
        ("http://overdoor.test.evil.example", 403),
        ("http://[", 403),
        ("null", 403),
    ],
)
async def test_a_page_of_another_origin_is_refused(door: McpDoor, origin: str, status: int) -> None:
    """Promise: the same page, "Servers MUST validate the Origin header"."""
    response = await door.send(PING, headers={"Origin": origin})

    assert response.status_code == status
    if status == 403:
        assert response.json()["error"]["code"] == FORBIDDEN_ORIGIN


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml"])
async def test_a_plain_get_describes_the_endpoint(door: McpDoor, accept: str) -> None:
    """Promise: seed 004, "Check MCP metadata: curl http://localhost:3000/api/mcp"."""
    response = await door.client.get("/api/mcp", headers={"Accept": accept})

    described = response.json()
    assert response.status_code == 200
    assert (described["name"], described["version"]) == ("overdoor", __version__)
    assert described["protocolVersions"] == ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    assert (described["url"], described["transport"]) == ("http://overdoor.test/api/mcp", "streamable-http")
    names = [tool["name"] for tool in described["tools"]]
    assert names == ["list_models", "generate_image", "generate_video", "get_generation_status"]


async def test_there_is_no_stream_to_open_and_no_session_to_end(door: McpDoor) -> None:
    """Promise: the transport's page: a server without them answers 405."""
    stream = await door.client.get("/api/mcp", headers={"Accept": "text/event-stream"})
    ended = await door.client.delete("/api/mcp", headers={"Authorization": f"Bearer {door.key}"})

    assert [response.status_code for response in (stream, ended)] == [405, 405]
    assert [response.headers["allow"] for response in (stream, ended)] == ["GET, OPTIONS, POST"] * 2
    assert [response.json()["jsonrpc"] for response in (stream, ended)] == ["2.0", "2.0"]


async def test_headers_that_name_two_requests_are_refused_by_the_tool_only(door: McpDoor) -> None:
    """Promise: kit: Idempotency-Key and X-Request-Id must agree."""
    headers = {"X-Request-Id": "a", "Idempotency-Key": "b"}
    call = (
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"generate_image",'
        '"arguments":{"model":"gpt-image-2-text-to-image","prompt":"a fox"}}}'
    )

    pinged, called = await door.send(PING, headers=headers), await door.send(call, headers=headers)

    assert pinged.json() == PONG
    assert called.json()["result"]["structuredContent"]["error"] == "invalid request"


async def test_the_argument_and_the_header_name_one_request(door: McpDoor) -> None:
    """Promise: docs/idempotency.md: equal, or only one of them."""
    call = (
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"generate_image","arguments":'
        '{"model":"gpt-image-2-text-to-image","prompt":"a fox","request_id":"a"}}}'
    )

    answers = [await door.send(call, headers={"X-Request-Id": name}) for name in ("a", "a", "b")]

    first, again, differs = [answer.json()["result"]["structuredContent"] for answer in answers]
    assert again["taskId"] == first["taskId"]
    assert (differs["code"], differs["param"]) == ("invalid_option", "request_id")
