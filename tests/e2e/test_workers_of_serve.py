"""`overdoor serve --workers`: one address, several processes, one limit. Promise: docs/operating.md, docs/limits.md."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.support.postgresql import running_cluster
from tests.support.redis_server import running_redis
from tests.support.served import Served, alive

OVERDOOR = str(Path(sys.executable).parent / "overdoor")
RECORD = "/api/v1/jobs/recordInfo?taskId=task_nobody"
WORKERS, LIMIT, SECONDS = 4, 50, 3.0


@dataclass(frozen=True, slots=True)
class Crew:
    """Four processes on one port. pid: of their parent."""

    served: Served
    environ: dict[str, str]
    data: Path

    def workers(self) -> set[int]:
        """The processes that serve now."""
        pid = self.served.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()))

    def key(self, limits: str) -> str:
        """A new key, made as an operator makes it."""
        command = [OVERDOOR, "keys", "create", "e2e", "--limits", limits, "--json", "--data", str(self.data)]
        environ = {"PATH": "/usr/bin:/bin", **self.environ}
        return json.loads(subprocess.run(command, env=environ, check=True, capture_output=True).stdout)["key"]


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    with running_cluster() as postgresql, running_redis() as redis:
        environ = {
            "OVERDOOR_DATABASE_URL": postgresql.create("overdoor"),
            "OVERDOOR_COUNTERS_URL": redis.url,
            "OVERDOOR_WORKERS": str(WORKERS),
        }
        served = Served.start(tmp_path / "data", environ)
        yield Crew(served, environ, tmp_path / "data")
        if alive(frozenset({served.pid})):
            served.kill()


@pytest.mark.redis
async def test_four_processes_admit_one_limit_and_waiting_as_told_succeeds(crew: Crew) -> None:
    """Promise: issue, Done when 4: admitted within ±1 of the limit over four processes on Redis."""
    minute = {"endpoints": {"jobs.recordInfo": {"perSecond": 10_000, "perMinute": LIMIT}}}
    second = {"endpoints": {"jobs.recordInfo": {"perSecond": 5, "perMinute": 10_000}}}
    keys = [await asyncio.to_thread(crew.key, json.dumps(limits)) for limits in (minute, second)]
    statuses: list[int] = []

    connector = aiohttp.TCPConnector(force_close=True)  # each request may reach another process
    async with aiohttp.ClientSession(connector=connector) as client:

        async def ask(key: str) -> tuple[int, str | None]:
            headers = {"Authorization": f"Bearer {key}"}
            async with client.get(crew.served.url + RECORD, headers=headers) as response:
                return response.status, response.headers.get("Retry-After")

        async def hammer(until: float) -> None:
            while time.monotonic() < until:
                statuses.append((await ask(keys[0]))[0])

        until = time.monotonic() + SECONDS
        await asyncio.gather(*(hammer(until) for _ in range(16)))
        waits = [wait for _, wait in await asyncio.gather(*(ask(keys[1]) for _ in range(40))) if wait is not None]
        await asyncio.sleep(int(waits[-1]))
        again, _ = await ask(keys[1])

    assert len(statuses) > 2 * LIMIT
    assert abs(statuses.count(404) - LIMIT) <= 1
    assert statuses.count(404) + statuses.count(429) == len(statuses)
    assert set(waits) == {"1"}
    assert again == 404


@pytest.mark.redis
async def test_a_worker_that_dies_is_replaced_and_none_outlives_the_parent(crew: Crew) -> None:
    """Promise: docs/operating.md, several processes on one port."""
    first = crew.workers()
    os.kill(min(first), signal.SIGKILL)
    async with asyncio.timeout(30), aiohttp.ClientSession() as client:
        while len(crew.workers() - {min(first)}) < WORKERS:
            async with client.get(crew.served.url + "/healthz") as response:
                assert response.status == 200

    family = crew.served.family()
    crew.served.kill()
    async with asyncio.timeout(10):
        while alive(family):
            await asyncio.sleep(0.02)  # as the kernel tells nobody

    assert len(first) == WORKERS
    assert len(family) > WORKERS


@pytest.mark.redis
async def test_the_crew_stops_in_order(crew: Crew) -> None:
    """Promise: docs/operating.md: SIGTERM to the parent stops all of them, and that is no failure."""
    family = crew.served.family()

    assert await asyncio.to_thread(crew.served.stop) == 0
    assert alive(family) == frozenset()
