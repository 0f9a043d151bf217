"""Transactions as `overdoor.storage.db` promises them, on both databases."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from overdoor.config import Settings
from overdoor.domain.task import LEASE_S
from overdoor.errors import InsufficientCredits
from overdoor.storage import ledger
from overdoor.storage.db import Conflict, Database, Sql, Tx
from overdoor.storage.opening import open_database
from overdoor.storage.sqlite import open_sqlite
from tests.support.tasks import open_account, waiting_task

_PUT = Sql("INSERT INTO revisions (name, number) VALUES (:name, 1)")
_NAMES = Sql("SELECT name FROM revisions WHERE name <> 'accounts' ORDER BY name")
_CHECK_AT_COMMIT = Sql("PRAGMA defer_foreign_keys=ON")
_ORPHAN_BALANCE = Sql(
    "INSERT INTO balances (account_id, mode, available, held, metered) VALUES ('no account', 'test', 0, 0, 0)"
)
_TWO_PROCESSES_S = 10 if os.environ.get("FULL") else 3
_SLOWEST_WRITE_S = 2.0


class Refused(Exception):
    """A rule of a test said no."""


def put(name: str, tx: Tx) -> str:
    tx.run(_PUT, name=name)
    return name


def put_and_refuse(name: str, tx: Tx) -> str:
    put(name, tx)
    raise Refused(name)


def names(tx: Tx) -> list[str]:
    return [row.name for row in tx.all(_NAMES)]


async def test_one_refusal_does_not_fail_the_others_of_its_group(database: Database) -> None:
    """Promise: storage/db: each function in its own savepoint; a constraint violated by one is its own trouble."""
    answers = await asyncio.gather(
        database.write(partial(put, "a")),
        database.write(partial(put_and_refuse, "b")),
        database.write(partial(put, "accounts")),
        database.write(partial(put, "c")),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [str, Refused, Conflict, str]
    assert await database.read(names) == ["a", "c"]


async def test_a_read_sees_what_was_committed_and_can_write_nothing(database: Database) -> None:
    """Promise: storage/db: `read` runs on one consistent snapshot; it cannot write."""
    await database.write(partial(put, "a"))

    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.read(partial(put, "b"))

    assert await database.read(names) == ["a"]


async def test_after_commit_is_called_once_another_connection_can_see_the_row(settings: Settings) -> None:
    """Promise: storage/db: the callback is called once, and only if, the transaction is durable."""
    here, elsewhere = await open_database(settings), await open_database(settings)
    told: list[str] = []

    def work(name: str, tx: Tx) -> None:
        put(name, tx)
        tx.after_commit(lambda: told.append(name))
        if name == "refused":
            raise Refused(name)

    with pytest.raises(Refused):
        await here.write(partial(work, "refused"))
    assert told == []
    await here.write(partial(work, "a"))

    assert told == ["a"]
    assert await elsewhere.read(names) == ["a"]
    await here.close()
    await elsewhere.close()


async def test_a_callback_that_raises_stops_no_other(database: Database) -> None:
    """Promise: every caller hears of its transaction, whatever a neighbour's callback does."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context.get("exception")))

    def work(name: str, tx: Tx) -> str:
        tx.after_commit(lambda: told(name))
        return name

    def told(name: str) -> None:
        if name == "a":
            raise Refused(name)

    answers = await asyncio.gather(*(database.write(partial(work, name)) for name in "abc"))

    assert answers == ["a", "b", "c"]
    assert [type(complaint) for complaint in complaints] == [Refused]


async def test_a_caller_that_leaves_does_not_undo_its_transaction(settings: Settings) -> None:
    """Promise: what was begun is committed; the caller may look it up by its idempotency key."""
    database = await open_database(settings)
    leaving = asyncio.ensure_future(database.write(partial(put, "a")))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    await database.close()  # finishes what was accepted

    again = await open_database(settings)
    assert await again.read(names) == ["a"]
    await again.close()


async def test_a_race_for_one_balance_never_overdraws_it(database: Database) -> None:
    """Promise: jobs.md 4.5: available >= 0, however many submits come at once."""
    account = await database.write(lambda tx: open_account(tx, available=1000))
    tasks = [waiting_task(account, price=300) for _ in range(20)]

    answers = await asyncio.gather(
        *(database.write(lambda tx, task=task: ledger.hold(tx, task)) for task in tasks), return_exceptions=True
    )

    assert sum(isinstance(answer, InsufficientCredits) for answer in answers) == 17
    assert await database.read(ledger.check) == ledger.Check(total=0, drifted=0, open_holds=3)


async def test_a_commit_that_fails_is_told_to_every_caller_of_its_group(tmp_path: Path) -> None:
    """Promise: nobody is told that a transaction is durable when it is not, and the next one works."""
    database = await open_sqlite(tmp_path / "overdoor.db")  # PostgreSQL does not group commits
    all_queued = threading.Event()
    told: list[str] = []

    def break_the_commit(tx: Tx) -> None:
        all_queued.wait()
        tx.run(_CHECK_AT_COMMIT)
        tx.run(_ORPHAN_BALANCE)

    def neighbour(tx: Tx) -> None:
        put("a", tx)
        tx.after_commit(lambda: told.append("a"))

    writes = [asyncio.ensure_future(database.write(work)) for work in (break_the_commit, neighbour)]
    await asyncio.sleep(0)
    all_queued.set()
    answers = await asyncio.gather(*writes, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Conflict, Conflict]
    assert told == []
    await database.write(partial(put, "b"))
    assert await database.read(names) == ["b"]
    await database.close()


def test_two_processes_write_one_file_and_none_waits_for_two_seconds(tmp_path: Path) -> None:
    """Promise: foundation issue: no `database is locked`, no request over 2 s, while two processes write."""
    path = tmp_path / "overdoor.db"
    command = [sys.executable, "-m", "tests.support.busy_writer", str(path), str(_TWO_PROCESSES_S)]

    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    reports = [json.loads(writer.communicate()[0]) for writer in writers]

    assert [report["errors"] for report in reports] == [[], []]
    assert max(report["slowest_s"] for report in reports) < _SLOWEST_WRITE_S
    assert min(report["writes"] for report in reports) > 100
    assert [report["kept"] for report in reports] == [report["writes"] for report in reports]


async def test_callers_who_never_pause_hold_background_work_up_for_a_moment_only(database: Database) -> None:
    """Promise: storage/db `lane`: a lease is renewed (within its 10 s) under any load of callers."""
    done = asyncio.Event()

    async def call() -> None:
        while not done.is_set():
            await database.write(names, lane="caller")

    callers = [asyncio.create_task(call()) for _ in range(128)]
    try:
        async with asyncio.timeout(LEASE_S / 2):
            assert await database.write(partial(put, "heartbeat")) == "heartbeat"
        assert not any(caller.done() for caller in callers)
    finally:
        done.set()
        await asyncio.gather(*callers)
