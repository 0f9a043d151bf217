"""`overdoor tasks` on the data folder, without a server."""

import asyncio
from pathlib import Path

from overdoor.storage import ledger
from overdoor.storage.db import Sql, Tx
from overdoor.storage.opening import open_database
from overdoor.storage.tasks import add
from overdoor.units import TaskId
from tests.cli.conftest import Command
from tests.support.settings import hermetic_settings
from tests.support.tasks import open_account, waiting_task

_UNKNOWN = Sql("UPDATE tasks SET phase = 'unknown', unknown_since_ms = created_at_ms WHERE id = :id")


async def _leave_behind(data: Path, unknown: bool) -> TaskId:
    """A waiting task of an account of its own, with its hold."""
    database = await open_database(hermetic_settings(data))

    def work(tx: Tx) -> TaskId:
        task = waiting_task(open_account(tx, available=1_000_000), price=30_000)
        ledger.hold(tx, task)
        add(tx, task)
        if unknown:
            tx.run(_UNKNOWN, id=task.id)
        return task.id

    task_id = await database.write(work)
    await database.close()
    return task_id


def leave_behind(data: Path, *, unknown: bool = False) -> TaskId:
    """The same from a test that runs commands."""
    return asyncio.run(_leave_behind(data, unknown))


def test_stuck_names_the_task_the_reason_and_what_to_do(command: Command, data: Path) -> None:
    """Promise: docs/operating.md, Stuck tasks."""
    task_id = leave_behind(data, unknown=True)

    told = command("tasks", "stuck", "--data", data)
    facts = command("tasks", "stuck", "--json", "--data", data).json

    assert (told.code, told.stderr) == (0, "")
    assert task_id in told.stdout
    assert "unknown: " in told.stdout
    assert [(one["taskId"], one["why"], one["provider"]) for one in facts] == [(task_id, "unknown", "sandbox")]
    assert facts[0]["advice"]


def test_a_task_is_listed_shown_and_canceled_with_its_money_back(command: Command, data: Path) -> None:
    """Promise: docs/cli.md: the operator sees and cancels tasks of every account."""
    task_id = leave_behind(data)

    listed = command("tasks", "list", "--state", "waiting", "--json", "--data", data).json
    canceled = command("tasks", "cancel", task_id, "--data", data)
    shown = command("tasks", "show", task_id, "--json", "--data", data).json

    assert [one["taskId"] for one in listed] == [task_id]
    assert (canceled.code, canceled.stdout) == (0, "The task is canceled; the whole price was given back.\n")
    assert (shown["state"], shown["failCode"], shown["creditsCharged"]) == ("fail", "canceled", 0)


def test_an_unknown_task_is_refused_with_its_name(command: Command, data: Path) -> None:
    """Promise: docs/cli.md: exit code 2 and a sentence."""
    leave_behind(data)

    refused = command("tasks", "show", "task_nobody", "--data", data)

    assert refused.code == 2
    assert "task_nobody" in refused.stderr
