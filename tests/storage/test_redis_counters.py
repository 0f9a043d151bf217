"""Counters that processes share."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from overdoor.domain.limits import Bound, Rate
from overdoor.storage.counters import CountersDown
from overdoor.storage.redis_counters import RedisCounters
from tests.support.redis_server import RedisServer, running_redis

pytestmark = pytest.mark.redis

RATE: Rate = (Bound(3, 1), Bound(5, 60))
_PROCESSES, _PER_SECOND, _SECONDS = 4, 50, 3.0


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
async def counters(redis: RedisServer) -> AsyncIterator[RedisCounters]:
    opened = RedisCounters(redis.url)
    yield opened
    await opened.close()


async def test_a_burst_is_admitted_up_to_the_limit_and_the_refused_are_counted_nowhere(counters: RedisCounters) -> None:
    """Promise: docs/limits.md: both windows at once, and a refused request in neither."""
    answers = await asyncio.gather(*(counters.take("burst", RATE) for _ in range(40)))

    assert [answer.is_admitted for answer in answers].count(True) == 3
    assert [window.used for window in answers[-1].windows] == [3, 3]
    last = answers[-1].tightest
    assert (last.bound.window_s, last.remaining, last.frees_in_s) == (1, 0, 1)


async def test_waiting_exactly_as_long_as_told_succeeds(counters: RedisCounters) -> None:
    """Promise: issue, Done when 4. The wait is the promise, so this test waits: a second."""
    for _ in range(3):
        assert (await counters.take("wait", RATE)).is_admitted
    refused = await counters.take("wait", RATE)

    await asyncio.sleep(refused.tightest.frees_in_s)

    assert not refused.is_admitted
    assert (await counters.take("wait", RATE)).is_admitted


async def test_the_minute_tells_its_own_wait(counters: RedisCounters) -> None:
    """Promise: docs/limits.md: whichever window refuses, its wait is told."""
    rate: Rate = (Bound(100, 1), Bound(5, 60))
    for _ in range(5):
        await counters.take("minute", rate)

    refused = await counters.take("minute", rate)

    assert not refused.is_admitted
    assert (refused.tightest.bound.window_s, refused.tightest.frees_in_s) == (60, 60)


def test_four_processes_together_are_admitted_up_to_the_limit_in_every_second(redis: RedisServer) -> None:
    """Promise: issue, Done when 4: admitted within ±1 of the limit over four processes."""
    command = [sys.executable, "-m", "tests.support.counting", redis.url, "shared", str(_PER_SECOND), str(_SECONDS)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(_PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = [json.loads(process.communicate(timeout=30)[0]) for process in processes]

    admitted = sorted(at for requests in seen for is_admitted, at, _ in requests if is_admitted)
    asked = sum(len(requests) for requests in seen)
    assert all(any(is_admitted for is_admitted, _, _ in requests) for requests in seen)
    assert asked > 4 * len(admitted)
    span_s = admitted[-1] - admitted[0]
    # places come back a second after they were taken; the clocks here are the askers', so a tenth late or early
    assert int(span_s - 0.1) * _PER_SECOND <= len(admitted) <= (int(span_s + 0.1) + 1) * _PER_SECOND


async def test_a_store_that_is_gone_or_frozen_is_down_within_two_seconds() -> None:
    """Promise: docs/limits.md: a slow store must not hang requests."""
    with running_redis() as server:
        counters = RedisCounters(server.url)
        await counters.take("frozen", RATE)

        server.freeze()
        began = time.monotonic()
        with pytest.raises(CountersDown):
            await counters.take("frozen", RATE)
        frozen_s = time.monotonic() - began
        server.thaw()
        again = await counters.take("frozen", RATE)

    with pytest.raises(CountersDown):
        await counters.take("gone", RATE)
    await counters.close()
    assert frozen_s < 2
    assert again.is_admitted
