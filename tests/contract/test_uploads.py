"""An upload into a server that dies."""

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.contract.conftest import Server, serving

pytestmark = pytest.mark.contract


def scratch_of(data: Path) -> list[Path]:
    """Unfinished files."""
    return [path for path in (data / "scratch").rglob("*") if path.is_file()]


async def begin(server: Server) -> asyncio.StreamWriter:
    """An upload of which two megabytes have come."""
    address = urlsplit(server.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST /api/v1/files HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {server.key}\r\n"
        "Content-Type: image/png\r\nContent-Length: 9000000\r\n\r\n"
    )
    writer.write(head.encode() + b"\x89PNG\r\n\x1a\n" + bytes(2_000_000))
    await writer.drain()
    async with asyncio.timeout(20):
        while sum(path.stat().st_size for path in scratch_of(server.data)) < 1_000_000:
            await asyncio.sleep(0.01)  # the server tells nobody how much has come
    return writer


async def test_a_server_that_is_killed_while_it_receives_leaves_nothing_once_it_runs_again(tmp_path: Path) -> None:
    """Promise: issue 4, Done when 3, "a cut upload leaves nothing"."""
    with serving(tmp_path) as server:
        writer = await begin(server)
        os.kill(server.pid, signal.SIGKILL)
    writer.close()
    assert scratch_of(server.data)

    with serving(tmp_path) as again:
        headers = {"Authorization": f"Bearer {server.key}"}
        async with (
            aiohttp.ClientSession(again.url, headers=headers) as session,
            session.get("/api/v1/files") as answer,
        ):
            listed = await answer.json()

        assert listed["data"]["items"] == []
        assert scratch_of(again.data) == []
        assert [path for path in (again.data / "assets").rglob("*") if path.is_file()] == []
