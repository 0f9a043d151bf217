"""Races that must have one outcome, many rounds each: `FULL=1` plays 100, CI a tenth."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.errors import InsufficientCredits, OverdoorError
from overdoor.services.generate import CREATE_TASK, Submitted
from overdoor.storage import audit, tasks
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import MicroDollars
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.support.following import PICTURE_PRICE, submit

pytestmark = pytest.mark.chaos

_ROUNDS = 100 if os.environ.get("FULL") else 10
_AT_ONCE = 200
_MONEY_FOR = 10
_CAP = 15
_PROCESSES = 4
_BURST = 20  # of each process; together far above the cap


@pytest.fixture
async def nodes(settings: Settings) -> AsyncIterator[tuple[Gateway, ...]]:
    """Three nodes on one database; none carries tasks, so nothing ends meanwhile."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(open_gateway(settings, Surroundings(carries="none"))) for _ in range(3)
        ]
        yield tuple(opened)


@pytest.fixture
def burst_processes(settings: Settings, nodes: tuple[Gateway, ...]) -> Iterator[list["subprocess.Popen[str]"]]:
    """Four further nodes in processes of their own, on the same database."""
    del nodes  # the schema and the owner are made before these start
    command = [sys.executable, "-m", "tests.support.bursting", str(settings.data), settings.database_url or "-"]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(_PROCESSES)
    ]
    for process in started:
        assert _answer(process) == "ready"
    yield started
    for process in started:
        process.communicate()  # its stdin ends, and so does it


async def new_key(node: Gateway, active_tasks: int) -> tuple[Caller, str]:
    """A test key that may have that many unfinished tasks."""
    made = await node.accounts.create_key("racer", mode="test", limits=json.dumps({"activeTasks": active_tasks}))
    return await node.accounts.authenticate(made.secret), made.secret


async def test_200_identical_creates_at_once_are_one_task(nodes: tuple[Gateway, ...]) -> None:
    """Promise: issue 3, done-when 2: 200 parallel identical creates → one task."""
    caller, _ = await new_key(nodes[0], _AT_ONCE * _ROUNDS)
    for number in range(_ROUNDS):
        name = IdempotencyKey(CREATE_TASK, "x-request-id", f"r-{number}")

        answers = await asyncio.gather(
            *(submit(nodes[which % len(nodes)], caller, key=name) for which in range(_AT_ONCE))
        )

        assert len({answer.task.id for answer in answers}) == 1
        assert Counter(answer.replayed for answer in answers) == {True: _AT_ONCE - 1, False: 1}
    await _books_are_clean(nodes[0], tasks_made=_ROUNDS)


async def test_200_creates_on_money_for_ten_are_ten_tasks(nodes: tuple[Gateway, ...]) -> None:
    """Promise: issue 3, done-when 2: exactly ten accepted, and 190 × 402."""
    for _ in range(_ROUNDS):
        caller, _ = await new_key(nodes[0], _AT_ONCE)
        balance = await nodes[0].accounts.balance("test")
        wanted = MicroDollars(_MONEY_FOR * PICTURE_PRICE - balance.available)
        await nodes[0].accounts.adjust("test", wanted, reason="money for ten")

        answers = await asyncio.gather(
            *(submit(nodes[which % len(nodes)], caller) for which in range(_AT_ONCE)), return_exceptions=True
        )

        assert Counter(type(answer) for answer in answers) == {
            Submitted: _MONEY_FOR,
            InsufficientCredits: _AT_ONCE - _MONEY_FOR,
        }
        assert {answer.http_status for answer in answers if isinstance(answer, OverdoorError)} == {402}
        assert (await nodes[0].accounts.balance("test")).available == 0
    await _books_are_clean(nodes[0], tasks_made=_ROUNDS * _MONEY_FOR)


async def test_bursts_from_four_processes_never_pass_the_cap(
    nodes: tuple[Gateway, ...], burst_processes: list["subprocess.Popen[str]"]
) -> None:
    """Promise: issue 3, done-when 2: bursts at the active-task cap from four processes → never over."""
    for _ in range(_ROUNDS):
        caller, secret = await new_key(nodes[0], _CAP)
        for process in burst_processes:
            assert process.stdin is not None
            process.stdin.write(f"{secret} {_BURST}\n")
            process.stdin.flush()

        lines = await asyncio.gather(*(asyncio.to_thread(_answer, process) for process in burst_processes))

        counts = [json.loads(line) for line in lines]
        active = await nodes[0].database.read(lambda tx, caller=caller: tasks.count_active(tx, caller, most=1))
        assert sum(count["accepted"] for count in counts) == active.of_key == _CAP
        assert sum(count["refused"] for count in counts) == _PROCESSES * _BURST - _CAP
    await _books_are_clean(nodes[0], tasks_made=_ROUNDS * _CAP)


async def _books_are_clean(node: Gateway, *, tasks_made: int) -> None:
    report = await node.database.read(audit.recompute)
    assert (report.differences, report.tasks) == ((), tasks_made)


def _answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
