"""The MCP server as the official Python client sees it, and through `mcp-remote` as a stdio client does."""

import io
import json
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from PIL import Image

from tests.contract.conftest import Server

pytestmark = pytest.mark.contract

_MCP_REMOTE = Path(__file__).parents[2] / "node_modules" / "mcp-remote" / "dist" / "proxy.js"
_FINISHED_S = 60.0
_ASK_EVERY_S = 0.1
_CONNECTED_S = 60.0  # mcp-remote starts Node


@asynccontextmanager
async def connected(
    server: Server, *, mode: Literal["auto", "legacy"], key: str | None = None
) -> AsyncGenerator[Client, None]:
    """A session over HTTP."""
    headers = {"Authorization": f"Bearer {key or server.key}"}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(f"{server.url}/api/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


async def facts(client: Client, tool: str, arguments: dict[str, Any], *, is_error: bool = False) -> Mapping[str, Any]:
    """The structured content of a call, once it is known that the text says the same."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error is is_error, result
    [block] = result.content
    assert block.type == "text"
    content: Mapping[str, Any] = json.loads(block.text)
    assert content == result.structured_content
    return content


async def finished(client: Client, task_id: str) -> Mapping[str, Any]:
    """The record of a task, asked for until it has ended, as an agent does."""
    with anyio.fail_after(_FINISHED_S):
        while True:
            record = await facts(client, "get_generation_status", {"taskId": task_id})
            if record["state"] != "waiting":
                return record
            await anyio.sleep(_ASK_EVERY_S)


async def picture_at(url: str) -> tuple[str | None, tuple[int, int]]:
    """Format and size in pixels of the picture behind a link."""
    async with httpx2.AsyncClient() as http:
        response = await http.get(url)
    response.raise_for_status()
    with Image.open(io.BytesIO(response.content)) as image:
        image.load()
        return image.format, image.size


async def whole_visit(client: Client) -> None:
    """List the tools, make a picture, wait for it, fetch it, and be refused once."""
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["list_models", "generate_image", "generate_video", "get_generation_status"]
    models = (await facts(client, "list_models", {"mediaType": "image"}))["models"]
    assert "gpt-image-2-text-to-image" in [model["model"] for model in models]

    wish = {"model": "gpt-image-2-text-to-image", "prompt": "A fox in the snow", "resolution": "1024x1024"}
    made = await facts(client, "generate_image", {**wish, "output_format": "png"})
    record = await finished(client, made["taskId"])

    assert (made["state"], record["state"]) == ("waiting", "success")
    [url] = json.loads(record["resultJson"])["resultUrls"]
    assert await picture_at(url) == ("PNG", (1024, 1024))

    refused = await facts(client, "get_generation_status", {"taskId": "task_xxx"}, is_error=True)
    assert refused["error"] == "task not found"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_python_client_makes_a_picture(server: Server, mode: Literal["auto", "legacy"]) -> None:
    """Promise: seed 004, "use the URL and header above directly"; a client of both eras falls back by itself."""
    async with connected(server, mode=mode) as client:
        assert client.protocol_version == "2025-11-25"
        assert client.server_info is not None
        assert client.server_info.name == "overdoor"

        await whole_visit(client)


async def test_the_python_client_sees_why_its_key_is_refused(server: Server) -> None:
    """Promise: seed 004, "authentication failed"."""
    refused = pytest.RaisesExc(MCPError, match="authentication failed")

    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        async with connected(server, mode="legacy", key="sk_xxxxxxxxxxxxxxxxxxxx"):
            pass


@pytest.mark.parametrize("options", [(), ("--protocol", "auto")], ids=["default", "both eras"])
async def test_mcp_remote_makes_a_picture_for_a_stdio_client(
    server: Server, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Promise: seed 004, `npx mcp-remote URL --header "Authorization: Bearer sk_…"`."""
    node = shutil.which("node")
    assert node is not None, "Node is missing: run `make contract`"
    assert _MCP_REMOTE.is_file(), "mcp-remote is not installed: run `make contract`"
    header = f"Authorization: Bearer {server.key}"
    proxy = StdioServerParameters(
        command=node,
        args=[str(_MCP_REMOTE), f"{server.url}/api/mcp", "--header", header, *options],
        env={"MCP_REMOTE_CONFIG_DIR": str(tmp_path)},
    )

    with anyio.fail_after(_CONNECTED_S + _FINISHED_S):
        async with Client(proxy, mode="legacy") as client:
            await whole_visit(client)
