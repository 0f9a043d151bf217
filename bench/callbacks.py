"""How much a receiver that hangs delays the callbacks of others. `python -m bench.callbacks` prints the row alone."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp
from aiohttp import web

from bench.server import Server, make_key, serving
from bench.table import ROOT, Row

_PAIRS = 3
_TASKS_PER_SECOND = 20  # half of them for the receiver that hangs
_SECONDS = 15
_PATIENCE_S = 30.0


class _Receivers:
    """One that answers at once, one that answers or hangs. delays_ms: from a task's end to its message at the first."""

    def __init__(self) -> None:
        self.delays_ms: list[float] = []
        self.hangs = False

    async def start(self) -> str:
        """The address of both."""
        app = web.Application()
        app.add_routes([web.post("/fine", self._fine), web.post("/other", self._other)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Hang up on everybody."""
        await self._runner.cleanup()

    async def _fine(self, request: web.Request) -> web.Response:
        came_ms = time.time() * 1000
        told = json.loads(await request.read())
        self.delays_ms.append(came_ms - told["data"]["completeTime"])
        return web.Response()

    async def _other(self, request: web.Request) -> web.Response:
        await request.read()
        if self.hangs:
            await asyncio.sleep(3600)
        return web.Response()


def isolation_row(name: str, database_url: str | None) -> Row:
    """The same traffic to two receivers, in pairs: the second answers, the second hangs. Each time a new server."""
    calm: list[tuple[float, float]] = []
    hung: list[tuple[float, float]] = []
    for number in range(_PAIRS):
        sides = [(calm, False), (hung, True)]
        for seen, hangs in sides if number % 2 == 0 else reversed(sides):
            seen.append(_measured(database_url, hangs=hangs))
    (calm50, calm95), (hung50, hung95) = _medians(calm), _medians(hung)
    return Row(
        f"callbacks, {name}: end of the task to its arrival while half of the traffic hangs, beside all answering",
        "p95 below +10 %",
        f"p50 {hung50:.0f} and {calm50:.0f} ms, p95 {hung95:.0f} and {calm95:.0f} ms ({hung95 / calm95 - 1:+.0%})",
    )


def _measured(database_url: str | None, *, hangs: bool) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        Path(folder, "overdoor.toml").write_text('allowed_private_networks = ["127.0.0.0/8"]\n', encoding="utf-8")
        with serving(Path(folder), database_url) as server:
            return asyncio.run(_round(server, make_key(Path(folder), database_url, "bench"), hangs=hangs))


def _medians(seen: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(p50 for p50, _ in seen), statistics.median(p95 for _, p95 in seen)


async def _round(server: Server, key: str, *, hangs: bool) -> tuple[float, float]:
    """p50 and p95 of the delays at the receiver that answers, without the first two seconds."""
    receivers = _Receivers()
    receivers.hangs = hangs
    origin = await receivers.start()
    count = _TASKS_PER_SECOND * _SECONDS
    began = time.monotonic()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session, asyncio.TaskGroup() as creating:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / _TASKS_PER_SECOND - time.monotonic()))
            creating.create_task(_create(session, key, f"{origin}/{'fine' if number % 2 else 'other'}"))
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while len(receivers.delays_ms) < count // 2:
                await asyncio.sleep(0.05)
    await receivers.stop()
    assert len(receivers.delays_ms) == count // 2, f"{len(receivers.delays_ms)} of {count // 2} callbacks came"
    delays = sorted(receivers.delays_ms[2 * _TASKS_PER_SECOND :])
    return delays[len(delays) // 2], delays[int(len(delays) * 0.95)]


async def _create(session: aiohttp.ClientSession, key: str, url: str) -> None:
    wish = {"prompt": "sandbox:instant", "output_format": "jpeg", "output_compression": 80}
    body = {"model": "gpt-image-2-text-to-image", "input": wish, "callBackUrl": url}
    async with session.post("/api/v1/jobs/createTask", json=body, headers={"X-API-Key": key}) as response:
        assert response.status == 200, await response.text()


if __name__ == "__main__":
    print(isolation_row("SQLite", None))
