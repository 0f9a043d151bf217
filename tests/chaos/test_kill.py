"""kill -9 of a real server in the middle of its work."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from overdoor.storage import ledger
from overdoor.storage.db import Database, Sql
from overdoor.storage.opening import open_database
from tests.support.served import Served, alive
from tests.support.settings import hermetic_settings

pytestmark = pytest.mark.chaos

_PICTURES, _CLIPS = 16, 4
_ORPHANS_GONE_WITHIN_S = 2.0
_PATIENCE_S = 120.0

_RUNNING = Sql("SELECT count(*) FROM tasks WHERE ticket IS NOT NULL AND state = 'waiting'")
_ATTEMPTS = Sql("SELECT COALESCE(sum(attempt), 0) FROM tasks")
_CHARGED = Sql(
    "SELECT count(*) AS tasks, sum(charged) AS charged, sum(price) AS price FROM tasks WHERE state = 'success'"
)
_SETTLED = Sql("SELECT count(*) FROM ledger_entries WHERE kind = 'settle' AND book = 'revenue'")
_KEPT = Sql("SELECT count(*) FROM assets WHERE role = 'result'")


async def test_twenty_running_tasks_survive_a_kill_and_each_is_charged_once(
    tmp_path: Path, database_url: str | None
) -> None:
    """Promise: foundation issue: kill -9 in the middle; nothing survives, is lost, or is paid twice."""
    data = tmp_path / "data"
    environ = {"OVERDOOR_DEFAULT_TIER": "enterprise"} | (
        {"OVERDOOR_DATABASE_URL": database_url} if database_url else {}
    )
    first_progress_within_s = 2.0 if database_url is None else 15.0  # the fleet waits for a missed heartbeat
    server = Served.start(data, environ)
    database = await open_database(hermetic_settings(data, database_url=database_url))
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {server.key}"}) as client:
            ids = await asyncio.gather(*(_create(client, server.url, wish) for wish in _wishes()))
            await _until(database, _RUNNING, at_least=_PICTURES)

            family = server.family()
            server.kill()
            await _all_gone(family)
            attempts = await _count(database, _ATTEMPTS)

            server = Served.start(data, environ)
            ready_at = time.monotonic()
            await _until(database, _ATTEMPTS, at_least=attempts + 1)
            first_progress_s = time.monotonic() - ready_at
            records = await asyncio.gather(*(_ended(client, server.url, task_id) for task_id in ids))

        assert first_progress_s < first_progress_within_s
        assert [record["state"] for record in records] == ["success"] * (_PICTURES + _CLIPS)
        row = await database.read(lambda tx: tx.one(_CHARGED))
        assert row is not None
        assert row.tasks == _PICTURES + _CLIPS
        assert row.charged == row.price
        assert await _count(database, _SETTLED) == _PICTURES + _CLIPS
        assert await _count(database, _KEPT) == _PICTURES + _CLIPS
        assert await database.read(ledger.check) == ledger.Check(total=0, drifted=0, open_holds=0)
    finally:
        await database.close()
        server.stop()


def _wishes() -> Sequence[Mapping[str, object]]:
    picture = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a red fox sandbox:delay=3s"}}
    clip = {
        "model": "seedance-2.0-text-to-video",
        "input": {"prompt": "a boat on a lake", "duration": 4, "resolution": "480p"},
    }
    return [picture] * _PICTURES + [clip] * _CLIPS


async def _create(client: aiohttp.ClientSession, url: str, wish: Mapping[str, object]) -> str:
    async with client.post(f"{url}/api/v1/jobs/createTask", json=wish) as response:
        body = await response.json()
    assert body["code"] == 200, body
    return body["data"]["taskId"]


async def _ended(client: aiohttp.ClientSession, url: str, task_id: str) -> dict[str, Any]:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            async with client.get(f"{url}/api/v1/jobs/recordInfo", params={"taskId": task_id}) as response:
                record = (await response.json())["data"]
            if record["state"] != "waiting":
                return record
            await asyncio.sleep(0.2)  # as a client does


async def _until(database: Database, statement: Sql, *, at_least: int) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while await _count(database, statement) < at_least:
            await asyncio.sleep(0.02)


async def _count(database: Database, statement: Sql) -> int:
    return int(await database.read(lambda tx: tx.scalar(statement)))


async def _all_gone(family: frozenset[int]) -> None:
    async with asyncio.timeout(_ORPHANS_GONE_WITHIN_S):
        while alive(family):
            await asyncio.sleep(0.01)
