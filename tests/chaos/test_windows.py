"""kill -9 in each window of a submit, with a provider that must never be asked twice and keeps a journal."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from overdoor.units import TaskId
from overdoor.wiring import Surroundings, open_gateway
from tests.fakes.provider import FakeProvider, FakeUpstream, Moment
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, in_phase
from tests.support.settings import hermetic_settings

pytestmark = pytest.mark.chaos


@pytest.fixture
def database_url() -> None:
    """SQLite only: the windows are the state machine's, not the database's."""


@pytest.mark.parametrize(
    ("moment", "accepted", "fail_code"),
    [
        ("asked to submit", 0, "submit_unknown"),
        ("accepted", 1, "submit_unknown"),
        ("asked to check", 1, None),
        ("about to deliver", 1, None),
    ],
)
async def test_a_kill_at_this_moment_never_submits_twice_and_charges_at_most_once(
    tmp_path: Path, moment: Moment, accepted: int, fail_code: str | None
) -> None:
    """Promise: design.md decision 4; jobs.md 4.8."""
    async with FakeUpstream() as upstream:
        if accepted == 0:
            upstream.script.append("drop before")
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.lone_worker", str(tmp_path), upstream.url], stdout=subprocess.PIPE
        )
        upstream.at = lambda reached: worker.kill() if reached == moment else None
        said, _ = await asyncio.to_thread(worker.communicate)
        secret, task_id = said.decode().split()
        upstream.at = lambda _: None

        clock = Clock()
        surroundings = Surroundings(now=clock, providers={"openai": FakeProvider(upstream.url)})
        async with open_gateway(hermetic_settings(tmp_path), surroundings) as successor:
            caller = await successor.accounts.authenticate(secret)
            if fail_code is not None:  # nobody can know: the hold is kept until the reconciliation ends
                await in_phase(successor, caller, TaskId(task_id), "unknown")
                assert (await books(successor))[0].open_holds == 1
                clock.advance(timedelta(minutes=15))
            view = await ended(successor, caller, TaskId(task_id))

            assert (view.task.state, view.task.fail_code) == ("fail" if fail_code else "success", fail_code)
            assert upstream.journal[task_id] == accepted
            assert await books(successor) == (ALL_RIGHT, 0 if fail_code else PICTURE_PRICE)
