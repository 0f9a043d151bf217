"""What callers meet when they wait as told, and when nothing can be counted."""

import asyncio
from dataclasses import replace

import aiohttp

from overdoor.config import Settings
from overdoor.domain.limits import Rate, Standing
from overdoor.services.limits import Limits
from overdoor.storage.counters import CountersDown
from overdoor.wiring import Surroundings
from tests.api.conftest import Client
from tests.support.server import running

RECORD = "/api/v1/jobs/recordInfo?taskId=task_nobody"


class Down:
    """A counter store that never answers."""

    def __init__(self) -> None:
        self.asked = 0

    async def take(self, name: str, rate: Rate) -> Standing:
        self.asked += 1
        raise CountersDown(f"{name} was not counted in {len(rate)} windows")

    async def close(self) -> None:
        pass


async def test_waiting_exactly_retry_after_succeeds_by_the_clock_on_the_wall(client: Client) -> None:
    """Promise: issue, Done when 4. The wait itself is the promise, so this test waits: a second."""
    limits = '{"endpoints": {"jobs.recordInfo": {"perSecond": 2}}}'
    made = await client.gateway.accounts.create_key("two", mode="test", limits=limits)
    own = replace(client, key=made.secret)

    answers = await asyncio.gather(*(own.send("GET", RECORD) for _ in range(10)))
    waits = [int(answer.headers["Retry-After"]) for answer in answers if answer.status == 429]
    await asyncio.sleep(waits[-1])
    again = await own.send("GET", RECORD)

    assert len(waits) == 8
    assert again.status == 404


async def test_a_server_whose_counter_store_is_down_refuses_nobody(
    settings: Settings, surroundings: Surroundings, session: aiohttp.ClientSession
) -> None:
    """Promise: docs/limits.md: admit, count, log; the policy is told, but not what is left."""
    async with running(settings, replace(surroundings, counters=Down())) as server:
        made = await server.gateway.accounts.create_key("free", mode="test", tier="free")
        own = Client(session, server.url, made.secret, server.gateway)

        answers = [await own.send("GET", RECORD) for _ in range(20)]

        assert {answer.status for answer in answers} == {404}
        assert {"RateLimit" in answer.headers for answer in answers} == {False}
        assert {"RateLimit-Policy" in answer.headers for answer in answers} == {True}
        assert server.gateway.limits.admitted_unchecked == 20


async def test_a_store_that_failed_is_left_alone_for_a_while_and_asked_again_then(client: Client) -> None:
    """Promise: docs/limits.md: a slow store does not slow down every request."""
    store, now_s = Down(), [100.0]
    limits = Limits(store, clock_s=lambda: now_s[0])
    caller = await client.gateway.accounts.authenticate(client.key)

    asked: list[int] = []
    for after_s in (0.0, 1.0, 1.0, 1.0, 4.0, 8.0, 8.0):
        now_s[0] += after_s
        for _ in range(3):
            await limits.count(caller, "jobs.recordInfo")
        asked.append(store.asked)

    assert asked == [1, 2, 2, 3, 4, 5, 6]
    assert limits.admitted_unchecked == 21
