"""Random histories of money: whatever is tried in whatever order, the books balance."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overdoor.domain.task import Task
from overdoor.errors import BudgetExceeded, InsufficientCredits
from overdoor.storage import ledger
from overdoor.storage.db import Sql, Tx
from overdoor.storage.migrate import migrate_sqlite
from overdoor.storage.sqlite import SqliteTx, connect
from overdoor.units import AccountId, MicroDollars
from tests.support.tasks import NOON, open_account, waiting_task

_TASKS = 6
_SAVE, _UNDO, _FORGET = Sql("SAVEPOINT attempt"), Sql("ROLLBACK TO attempt"), Sql("RELEASE attempt")

Step = tuple[str, int, int]  # what, which task, how much

_steps = st.lists(
    st.tuples(
        st.sampled_from(["hold", "settle", "release", "refund", "grant"]),
        st.integers(0, _TASKS - 1),
        st.integers(0, 500),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """One migrated database; every example rolls back."""
    path: Path = tmp_path_factory.mktemp("ledger") / "overdoor.db"
    migrate_sqlite(path)
    opened = connect(path, read_only=False)
    yield opened
    opened.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps, available=st.integers(0, 1000), budget=st.none() | st.integers(0, 1000), metered=st.booleans())
def test_the_books_balance_after_any_history(
    connection: sqlite3.Connection, steps: list[Step], available: int, budget: int | None, metered: bool
) -> None:
    """Promise: design.md decision 5: each hold resolves at most once, no charge exceeds it, all entries sum to zero."""
    connection.execute("BEGIN IMMEDIATE")
    tx = SqliteTx(connection)
    try:
        account = open_account(tx, available=available, mode="live", metered=metered, daily_budget=budget)
        tasks = [waiting_task(account, price=100 * number, mode="live") for number in range(_TASKS)]

        held, charged = _play(tx, account, tasks, steps)

        balance = ledger.balance(tx, account, "live", now=NOON)
        granted = available + sum(amount for what, _, amount in steps if what == "grant")
        assert ledger.check(tx) == ledger.Check(total=0, drifted=0, open_holds=sum(price > 0 for price in held))
        assert (balance.held, balance.available) == (sum(held), granted - sum(held) - charged)
        assert balance.spent.daily == sum(held) + charged
        assert balance.available >= 0 or metered
        assert budget is None or balance.spent.daily <= budget
    finally:
        connection.execute("ROLLBACK")


def _play(tx: Tx, account: AccountId, tasks: list[Task], steps: list[Step]) -> tuple[list[int], int]:
    """What a bookkeeper with pencil and paper expects: prices still held, and the sum of charges kept."""
    state = ["new"] * _TASKS
    charges = [0] * _TASKS
    for number, (what, which, amount) in enumerate(steps):
        task = tasks[which]
        match what, state[which]:
            case "grant", _:
                ledger.grant(tx, account, "live", MicroDollars(amount), reference=f"{account} {number}")
            case "hold", "new":
                try:
                    ledger.hold(tx, task)
                except (InsufficientCredits, BudgetExceeded):
                    continue
                state[which] = "held"
            case "settle", "held":
                charges[which] = min(amount, task.price)
                ledger.settle(tx, task, MicroDollars(charges[which]))
                state[which] = "settled"
            case "release", "held":
                ledger.release(tx, task)
                state[which] = "released"
            case "refund", "settled":
                ledger.refund(tx, replace(task, charged=MicroDollars(charges[which])))
                state[which], charges[which] = "refunded", 0
            case "settle" | "release", "settled" | "released" | "refunded":
                _expect_refused(tx, task, what)
            case _:
                continue
    return [task.price if state[number] == "held" else 0 for number, task in enumerate(tasks)], sum(charges)


def _expect_refused(tx: Tx, task: Task, what: str) -> None:
    tx.run(_SAVE)
    resolve = partial(ledger.settle, charge=task.price) if what == "settle" else ledger.release
    with pytest.raises(ledger.AlreadyResolved):
        resolve(tx, task)
    tx.run(_UNDO)
    tx.run(_FORGET)
