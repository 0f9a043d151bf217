"""Money: what each posting does to a balance, and what can never happen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from overdoor.domain.budgets import Budgets, Spent
from overdoor.domain.credits import Balance
from overdoor.domain.task import Task
from overdoor.errors import BudgetExceeded, InsufficientCredits
from overdoor.storage import ledger
from overdoor.storage.db import Conflict, Database, Sql, Tx
from overdoor.units import MicroDollars
from tests.support.tasks import NOON, open_account, waiting_task

Posting = Callable[[Tx, Task], object]

_PRICE = 300
_BOOKED = Sql("SELECT sum(amount) FROM ledger_entries WHERE kind = 'adjust' AND book = :book")
_REASON = Sql("SELECT reason FROM ledger_reasons WHERE reference = 'c-1'")
_RESOLVE = Sql(
    "INSERT INTO ledger_entries (reference, kind, book, account_id, mode, amount, created_at_ms)"
    " VALUES (:reference, :kind, 'held', :account_id, 'test', 0, 0)"
)


def settle(charge: int) -> Posting:
    return lambda tx, task: ledger.settle(tx, task, MicroDollars(charge))


def refund(charged: int) -> Posting:
    return lambda tx, task: ledger.refund(tx, replace(task, charged=MicroDollars(charged)))


@pytest.mark.parametrize(
    ("postings", "available", "held", "spent"),
    [
        ([], 1000, 0, 0),
        ([ledger.hold], 700, 300, 300),
        ([ledger.hold, settle(300)], 700, 0, 300),
        ([ledger.hold, settle(120)], 880, 0, 120),
        ([ledger.hold, settle(0)], 1000, 0, 0),
        ([ledger.hold, ledger.release], 1000, 0, 0),
        ([ledger.hold, settle(120), refund(120)], 1000, 0, 0),
    ],
    ids=["granted", "held", "settled", "settled for less", "settled for nothing", "released", "refunded"],
)
async def test_each_posting_moves_exactly_this_money(
    database: Database, postings: list[Posting], available: int, held: int, spent: int
) -> None:
    """Promise: design.md decision 5: double entry; the sum of all entries is zero."""

    def work(tx: Tx) -> tuple[Balance, ledger.Check]:
        account = open_account(tx, available=1000)
        task = waiting_task(account, price=_PRICE)
        for post in postings:
            post(tx, task)
        return ledger.balance(tx, account, "test", now=NOON), ledger.check(tx)

    balance, check = await database.write(work)

    expected = Balance(
        MicroDollars(available), MicroDollars(held), metered=False, spent=Spent(*[MicroDollars(spent)] * 4)
    )
    assert balance == expected
    assert check == ledger.Check(total=0, drifted=0, open_holds=1 if held else 0)


@pytest.mark.parametrize(
    "first", [settle(300), settle(0), ledger.release], ids=["settled", "settled for 0", "released"]
)
@pytest.mark.parametrize("second", [settle(300), ledger.release], ids=["settle", "release"])
async def test_a_hold_that_was_resolved_is_not_resolved_again(
    database: Database, first: Posting, second: Posting
) -> None:
    """Promise: design.md decision 5: a hold resolves at most once; the second try writes nothing."""

    def begin(tx: Tx) -> Task:
        task = waiting_task(open_account(tx, available=1000), price=_PRICE)
        ledger.hold(tx, task)
        first(tx, task)
        return task

    task = await database.write(begin)
    before = await database.read(lambda tx: ledger.balance(tx, task.account_id, "test", now=NOON))

    with pytest.raises(ledger.AlreadyResolved):
        await database.write(lambda tx: second(tx, task))

    assert await database.read(lambda tx: ledger.balance(tx, task.account_id, "test", now=NOON)) == before
    assert await database.read(ledger.check) == ledger.Check(total=0, drifted=0, open_holds=0)


@pytest.mark.parametrize("kind", ["settle", "release"])
async def test_the_database_itself_refuses_a_second_resolution(database: Database, kind: str) -> None:
    """Promise: jobs.md 4.5: `a pending transfer resolves at most once`, whatever a program does."""

    def begin(tx: Tx) -> Task:
        task = waiting_task(open_account(tx, available=1000), price=_PRICE)
        ledger.hold(tx, task)
        ledger.settle(tx, task, task.price)
        return task

    task = await database.write(begin)

    with pytest.raises(Conflict):
        await database.write(lambda tx: tx.run(_RESOLVE, reference=task.id, kind=kind, account_id=task.account_id))


async def test_a_charge_above_the_hold_is_a_bug_and_writes_nothing(database: Database) -> None:
    """Promise: design.md `What never happens`: charged more than quoted."""

    def begin(tx: Tx) -> Task:
        task = waiting_task(open_account(tx, available=1000), price=_PRICE)
        ledger.hold(tx, task)
        return task

    task = await database.write(begin)

    with pytest.raises(ValueError, match="not within the held 300"):
        await database.write(lambda tx: ledger.settle(tx, task, MicroDollars(301)))

    assert (await database.read(ledger.check)).open_holds == 1


async def test_a_prepaid_account_cannot_promise_more_than_it_has(database: Database) -> None:
    """Promise: jobs.md `insufficient credits`: nothing was charged."""
    account = await database.write(lambda tx: open_account(tx, available=299))

    with pytest.raises(InsufficientCredits) as refused:
        await database.write(lambda tx: ledger.hold(tx, waiting_task(account, price=_PRICE)))

    assert (refused.value.price, refused.value.available) == (300, 299)
    assert await database.read(ledger.check) == ledger.Check(total=0, drifted=0, open_holds=0)


async def test_a_metered_account_goes_below_zero_as_far_as_its_daily_budget(database: Database) -> None:
    """Promise: design.md decision 5: the owner in live mode is bounded by a budget that every refusal names."""
    account = await database.write(
        lambda tx: open_account(tx, available=0, mode="live", metered=True, daily_budget=500)
    )
    first, second = (waiting_task(account, price=price, mode="live") for price in (300, 201))
    await database.write(lambda tx: ledger.hold(tx, first))

    with pytest.raises(BudgetExceeded) as refused:
        await database.write(lambda tx: ledger.hold(tx, second))

    assert refused.value.details == {
        "price": 0.0201,
        "budget": 0.05,
        "spent": 0.03,
        "period": "daily",
        "budgetOf": "account",
        "freesAt": "2026-11-21T00:00:00+00:00",
    }
    balance = await database.read(lambda tx: ledger.balance(tx, account, "live", now=NOON))
    assert balance == Balance(
        MicroDollars(-300),
        MicroDollars(300),
        metered=True,
        budgets=Budgets(daily=MicroDollars(500)),
        spent=Spent(*[MicroDollars(300)] * 4),
    )


async def test_a_budget_begins_anew_each_day_and_a_release_relieves_the_day_it_burdened(database: Database) -> None:
    """Promise: design.md decision 5: a daily budget (UTC)."""
    account = await database.write(
        lambda tx: open_account(tx, available=0, mode="live", metered=True, daily_budget=500)
    )
    today = waiting_task(account, price=500, mode="live")
    tomorrow = waiting_task(account, price=500, mode="live", created_at=NOON + timedelta(days=1))

    def work(tx: Tx) -> tuple[int, int]:
        ledger.hold(tx, today)
        ledger.hold(tx, tomorrow)
        ledger.release(tx, today)
        return (
            ledger.balance(tx, account, "live", now=NOON).spent.daily,
            ledger.balance(tx, account, "live", now=NOON + timedelta(days=1)).spent.daily,
        )

    assert await database.write(work) == (0, 500)


async def test_a_grant_reference_works_once(database: Database) -> None:
    """Promise: a top-up that is sent twice is booked once."""
    account = await database.write(lambda tx: open_account(tx, available=0))
    await database.write(lambda tx: ledger.grant(tx, account, "test", MicroDollars(10), reference="top-up 1"))

    with pytest.raises(Conflict):
        await database.write(lambda tx: ledger.grant(tx, account, "test", MicroDollars(10), reference="top-up 1"))

    assert (await database.read(lambda tx: ledger.balance(tx, account, "test", now=NOON))).available == 10


@pytest.mark.parametrize(
    ("correct", "amount", "available", "book", "booked"),
    [
        (ledger.adjust, 25, 125, "grants", -25),
        (ledger.adjust, -100, 0, "grants", 100),
        (ledger.expire, 100, 0, "expired", 100),
    ],
    ids=["more", "less", "expired"],
)
async def test_a_correction_moves_exactly_this_money_and_keeps_its_reason(
    database: Database, correct: Callable[..., None], amount: int, available: int, book: str, booked: int
) -> None:
    """Promise: docs/money.md: double entry, by an operator's hand."""

    def work(tx: Tx) -> tuple[int, int, str, ledger.Check]:
        account = open_account(tx, available=100)
        correct(tx, account, "test", MicroDollars(amount), reference="c-1", reason="a gift")
        return (
            ledger.balance(tx, account, "test", now=NOON).available,
            int(tx.scalar(_BOOKED, book=book)),
            tx.scalar(_REASON),
            ledger.check(tx),
        )

    assert await database.write(work) == (available, booked, "a gift", ledger.Check(total=0, drifted=0, open_holds=0))


@pytest.mark.parametrize(("correct", "amount"), [(ledger.adjust, -101), (ledger.expire, 101)], ids=["less", "expired"])
@pytest.mark.parametrize("second", ["refused", "used"])
async def test_a_correction_that_takes_too_much_or_comes_twice_writes_nothing(
    database: Database, correct: Callable[..., None], amount: int, second: str
) -> None:
    """Promise: docs/money.md: prepaid credits never go below zero; a reference can be used once."""
    account = await database.write(lambda tx: open_account(tx, available=100))
    book = partial(correct, account_id=account, mode="test", reference="c-1", reason="why")
    if second == "used":
        await database.write(lambda tx: book(tx, amount=MicroDollars(1)))
    before = await database.read(lambda tx: ledger.balance(tx, account, "test", now=NOON))

    with pytest.raises(InsufficientCredits if second == "refused" else ledger.ReferenceUsed):
        await database.write(lambda tx: book(tx, amount=MicroDollars(amount)))

    assert await database.read(lambda tx: ledger.balance(tx, account, "test", now=NOON)) == before


async def test_an_entry_that_is_tampered_with_shows(database: Database) -> None:
    """Promise: docs on `overdoor doctor`: the ledger check recomputes balances from entries."""
    account = await database.write(lambda tx: open_account(tx, available=100))
    forge = Sql("UPDATE balances SET available = available + 1 WHERE account_id = :account_id")

    await database.write(lambda tx: tx.run(forge, account_id=account))

    assert await database.read(ledger.check) == ledger.Check(total=0, drifted=1, open_holds=0)
