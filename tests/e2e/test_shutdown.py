"""Asked to stop, the server answers who waits, and is gone within 15 s. Promise: docs/operating.md."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

OVERDOOR = str(Path(sys.executable).parent / "overdoor")
STREAMS = 100


@dataclass(frozen=True, slots=True)
class Served:
    """A server process, its port, and a key."""

    process: "subprocess.Popen[str]"
    port: int
    key: str

    def post(self, path: str, body: object) -> bytes:
        """The answer's body."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {self.key}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """`overdoor serve` on a fresh folder."""
    environment = {**os.environ, "OVERDOOR_DEFAULT_TIER": "enterprise"}
    command = [OVERDOOR, "serve", "--port", "0", "--data", str(tmp_path)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=tmp_path
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout)
        port = int(next(line for line in lines if "ready at" in line).rsplit(":", 1)[1])
        key = next(line for line in lines if "test key" in line).rsplit(" ", 1)[1].strip()
        yield Served(process, port, key)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_with_a_hundred_streams_open_the_server_answers_who_waits_and_exits_in_time(
    served: Served, tmp_path: Path
) -> None:
    """Issue: on SIGTERM /readyz says 503, waiters get the present state, exit within 15 s with 100 streams open."""
    path = await asyncio.to_thread(_large_asset, served)
    streams = [await _open_stream(served, path) for _ in range(STREAMS)]
    waiter = asyncio.create_task(asyncio.to_thread(served.post, "/api/v1/chat/completions", _slow_wish()))
    await asyncio.to_thread(_until_active, tmp_path)

    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    answer = json.loads(await waiter)
    waited_s = time.monotonic() - began
    exit_code = await asyncio.to_thread(served.process.wait, 30)
    took_s = time.monotonic() - began

    assert answer["choices"][0]["message"]["content"]
    assert waited_s < 5
    assert exit_code == 0
    assert took_s < 15
    for _, writer in streams:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def _slow_wish() -> object:
    content = "Create an image of a castle sandbox:delay=60s"
    tools = [{"type": "modelgates:image_generation"}]
    return {"model": "any/model", "messages": [{"role": "user", "content": content}], "tools": tools}


def _large_asset(served: Served) -> str:
    """The path of a picture that is larger than every buffer between the server and a reader that does not read."""
    wish = {"model": "sandbox/image-1", "input": {"prompt": "a city at night", "size": "3840x2160"}}
    task_id = json.loads(served.post("/api/v1/jobs/createTask", wish))["data"]["taskId"]
    while True:
        record = json.loads(served.get(f"/api/v1/jobs/recordInfo?taskId={task_id}&wait=30")[1])["data"]
        if record["state"] != "waiting":
            return str(record["resultUrls"][0]).split(str(served.port), 1)[1]


def _until_active(data: Path) -> None:
    """Return when the chat request's task is in the books."""
    with closing(sqlite3.connect(data / "overdoor.db")) as database:
        while not database.execute("SELECT 1 FROM tasks WHERE state = 'waiting'").fetchone():
            time.sleep(0.01)


async def _open_stream(served: Served, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A download whose reader takes the head and then nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1024)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"200"
    return reader, writer
