"""The receivers of docs/callbacks.md, started as a reader would, and what they make of true and false messages."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from overdoor.domain.webhook import shown_secret, signed_headers
from overdoor.units import utc_now
from tests.support.following import PATIENCE_S

SECRET = b"k" * 32
OLD_SECRET = b"o" * 32
_PAGE = Path(__file__).parents[2] / "docs" / "callbacks.md"


@asynccontextmanager
async def receiving(language: str, *command: str, into: Path) -> AsyncGenerator["ExampleReceiver"]:
    """The example of this language, saved as a file and run with `command`."""
    code = _PAGE.read_text(encoding="utf-8").split(f"<!-- example: {language} receiver -->")[1].split("```")[1]
    path = into / f"receiver.{'py' if language == 'python' else 'cjs'}"
    path.write_text(code.split("\n", 1)[1], encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *command,
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PORT": str(port), "CALLBACK_SECRET": shown_secret(SECRET)},
    )
    try:
        await _listening(port)
        async with aiohttp.ClientSession() as session:
            yield ExampleReceiver(process, session, f"http://127.0.0.1:{port}/told")
    finally:
        process.kill()
        await process.communicate()


class ExampleReceiver:
    """A started example."""

    def __init__(self, process: asyncio.subprocess.Process, session: aiohttp.ClientSession, url: str) -> None:
        self._process, self._session, self._url = process, session, url

    async def answers_what_it_should(self) -> bool:
        """It takes a true message, once; it takes one of a rotation; it refuses what is altered, foreign or old."""
        now = utc_now()
        body = json.dumps({"type": "task.success", "data": {"taskId": "task_fox – ü"}}).encode()
        true = dict(signed_headers("cb_1", body, at=now, secrets=[SECRET]))
        rotated = dict(signed_headers("cb_2", body, at=now, secrets=[OLD_SECRET, SECRET]))
        foreign = dict(signed_headers("cb_3", body, at=now, secrets=[OLD_SECRET]))
        old = dict(signed_headers("cb_4", body, at=now.replace(year=2020), secrets=[SECRET]))
        statuses = [
            await self._told(body, headers)
            for headers in (true, true, rotated, foreign, old, {**true, "webhook-id": "cb_5"})
        ]
        lines = [await self._line() for _ in range(2)]
        altered = await self._told(body.replace(b"success", b"fail"), true)
        return (statuses, altered, lines) == (
            [204, 204, 204, 401, 401, 401],
            401,
            ["task.success task_fox – ü"] * 2,  # the second is that of the rotation
        )

    async def _told(self, body: bytes, headers: dict[str, str]) -> int:
        async with self._session.post(self._url, data=body, headers=headers) as response:
            return response.status

    async def _line(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self._process.stdout.readline()).decode().strip()


async def _listening(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)  # a foreign program: nothing of ours tells that it listens
            else:
                writer.close()
                return
