"""The audit: clean books are clean, and each kind of damage is found and named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from overdoor.domain.task import Task
from overdoor.storage import audit, ledger, tasks
from overdoor.storage.db import Database, Sql, Tx
from overdoor.units import AccountId, MicroDollars
from tests.support.tasks import NOON, open_account, waiting_task

_END = Sql("UPDATE tasks SET state = :state, charged = :charged WHERE id = :id")


def accept(tx: Tx, account_id: AccountId, *, price: int = 300, days: int = 0) -> Task:
    """A task with its hold, as the corridor makes them."""
    task = waiting_task(account_id, price=price, created_at=NOON + timedelta(days=days))
    ledger.hold(tx, task)
    tasks.add(tx, task)
    return task


def succeed(tx: Tx, task: Task, charge: int) -> Task:
    """A success that cost `charge`."""
    ledger.settle(tx, task, MicroDollars(charge))
    tx.run(_END, id=task.id, state="success", charged=charge)
    return replace(task, state="success", charged=MicroDollars(charge))


def fail(tx: Tx, task: Task) -> None:
    """A failure that cost nothing."""
    ledger.release(tx, task)
    tx.run(_END, id=task.id, state="fail", charged=0)


def lose(tx: Tx, task: Task) -> None:
    """A success whose result was lost."""
    ledger.refund(tx, task)
    tx.run(_END, id=task.id, state="fail", charged=0)


def busy_books(tx: Tx) -> Task:
    """Two accounts with every kind of movement, over some months; the last task, which still waits."""
    waiting: list[Task] = []
    for _ in range(2):
        account = open_account(tx, available=10_000)
        succeed(tx, accept(tx, account), 300)
        succeed(tx, accept(tx, account, days=1), 120)
        fail(tx, accept(tx, account, days=40))
        lose(tx, succeed(tx, accept(tx, account, days=90), 200))
        ledger.adjust(tx, account, "test", MicroDollars(-50), reference=f"a {account}", reason="r")
        ledger.expire(tx, account, "test", MicroDollars(50), reference=f"e {account}", reason="r")
        waiting.append(accept(tx, account, days=90))
    return waiting[-1]


async def test_books_of_every_kind_of_movement_are_clean(database: Database) -> None:
    """Promise: docs/money.md#the-audit."""
    await database.write(busy_books)

    report = await database.read(audit.recompute)

    assert report.differences == ()
    assert (report.tasks, report.balances, report.references) == (10, 2, 16)


_DAMAGE: dict[str, tuple[str, set[str]]] = {
    "a balance that was raised": (
        "UPDATE balances SET available = available + 1 WHERE account_id = :account",
        {"balance"},
    ),
    "a hold that the balance forgot": ("UPDATE balances SET held = 0 WHERE account_id = :account", {"balance"}),
    "an entry that was changed": (
        "UPDATE ledger_entries SET amount = amount - 1 WHERE reference = :id AND book = 'held'",
        {"sum", "hold", "balance", "open_holds"},
    ),
    "an end without its money": (
        "UPDATE tasks SET state = 'success', charged = price WHERE id = :id",
        {"resolution", "charge", "open_holds"},
    ),
    "money without its end": (
        "INSERT INTO ledger_entries (reference, kind, book, account_id, mode, amount, created_at_ms) VALUES"
        " (:id, 'release', 'held', :account, 'test', -300, 0), (:id, 'release', 'available', :account, 'test', 300, 0)",
        {"resolution", "balance", "open_holds", "usage"},
    ),
    "a task that vanished": ("DELETE FROM tasks WHERE id = :id", {"no_task", "open_holds", "usage"}),
    "a hold that vanished": (
        "DELETE FROM ledger_entries WHERE reference = :id",
        {"hold", "balance", "open_holds", "usage"},
    ),
    "a price that was changed": ("UPDATE tasks SET price = 299 WHERE id = :id", {"hold", "open_holds"}),
    "a task of the other mode": ("UPDATE tasks SET mode = 'live' WHERE id = :id", {"owner", "open_holds", "usage"}),
    "a day that was counted wrongly": (
        "UPDATE usage_days SET spent = spent - 1 WHERE account_id = :account",
        {"usage"},
    ),
    "a balance that vanished": ("DELETE FROM balances WHERE account_id = :account", {"no_balance"}),
}


@pytest.mark.parametrize(("damage", "rules"), _DAMAGE.values(), ids=_DAMAGE.keys())
async def test_damage_is_found_and_named(database: Database, damage: str, rules: set[str]) -> None:
    """Promise: docs/money.md#the-audit: each difference names its task or account."""
    task = await database.write(busy_books)
    await database.write(lambda tx: tx.run(Sql(damage), **_used(damage, id=task.id, account=task.account_id)))

    report = await database.read(audit.recompute)

    assert {difference.rule for difference in report.differences} == rules
    for difference in report.differences:
        assert (
            task.id in difference.subject or task.account_id in difference.subject or "all test" in difference.subject
        )


async def test_a_ledger_of_several_pages_is_read_to_its_end(
    database: Database,
) -> None:
    """Promise: docs/money.md#the-audit: page by page."""
    count = 2 * audit.PAGE + 1

    def fill(tx: Tx) -> Task:
        account = open_account(tx, available=10_000_000)
        return [accept(tx, account, price=1, days=number % 100) for number in range(count)][-1]

    await database.write(fill)

    report = await database.read(audit.recompute)

    assert (report.differences, report.tasks, report.references) == ((), count, count + 1)


def _used(text: str, **values: object) -> dict[str, object]:
    """Those of the values that the statement names."""
    return {name: value for name, value in values.items() if f":{name}" in text}
