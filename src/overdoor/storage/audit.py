"""The audit reads everything that says something about money, page by page, on one snapshot.

Its memory is that of a page, whatever the ledger's size. It only reads, so a server may work beside it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from overdoor.domain import audit
from overdoor.domain.audit import BalanceClaims, Booking, Difference, Report, TaskClaims, Usage
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import AccountId, Mode, to_epoch_ms

T = TypeVar("T")

PAGE = 2_000  # rows
_USAGE_DAYS = 31  # of one balance at a time
_MOST_TOLD = 1_000  # differences; more are only counted
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)


def _count(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _amount(condition: str) -> str:
    return f"sum(CASE WHEN {condition} THEN amount ELSE 0 END)"


_AVAILABLE = "book = 'available'"
_STILL_HELD = "book = 'held'"
_KEPT = "book = 'revenue'"
_HELD = "kind = 'hold' AND book = 'held'"
_CHARGED = "kind = 'settle' AND book = 'revenue'"
_SETTLED = "kind = 'settle' AND book = 'held'"
_RELEASED = "kind = 'release' AND book = 'held'"
_REFUNDED = "kind = 'refund' AND book = 'revenue'"
_GRANTED = "kind IN ('grant', 'adjust') AND book = 'available'"

_BOOKINGS = Sql(
    "SELECT g.*, t.account_id AS task_account, t.mode AS task_mode, t.state, t.price, t.charged FROM ("
    "SELECT reference, count(*) AS entries, min(account_id) AS account_id, max(account_id) AS last_account,"
    " min(mode) AS mode, max(mode) AS last_mode, sum(amount) AS total,"
    f" {_amount(_HELD)} AS promised, {_amount(_STILL_HELD)} AS open,"
    f" {_amount(_CHARGED)} AS charge, {_amount(_KEPT)} AS kept,"
    f" {_count(_HELD)} AS holds, {_count(_SETTLED)} AS settles,"
    f" {_count(_RELEASED)} AS releases,"
    f" {_count(_REFUNDED)} AS refunds,"
    f" {_count(_GRANTED)} AS grants"
    " FROM ledger_entries WHERE reference > :after GROUP BY reference ORDER BY reference LIMIT :most"
    ") AS g LEFT JOIN tasks t ON t.id = g.reference ORDER BY g.reference"
)
_UNHELD = Sql(
    "SELECT id FROM tasks t WHERE id > :after AND NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.reference = t.id)"
    " ORDER BY id LIMIT :most"
)
_BALANCES = Sql(
    "WITH page AS (SELECT account_id, mode, available, held, metered FROM balances"
    " WHERE (account_id, mode) > (:account_id, :mode) ORDER BY account_id, mode LIMIT :most)"
    " SELECT page.account_id, page.mode, page.available, page.held, page.metered,"
    f" COALESCE({_amount(_AVAILABLE)}, 0) AS available_booked,"
    f" COALESCE({_amount(_STILL_HELD)}, 0) AS held_booked,"
    " (SELECT COALESCE(sum(price), 0) FROM tasks t WHERE t.account_id = page.account_id AND t.mode = page.mode"
    "  AND t.state = 'waiting') AS waiting"
    " FROM page LEFT JOIN ledger_entries e ON e.account_id = page.account_id AND e.mode = page.mode"
    " GROUP BY page.account_id, page.mode, page.available, page.held, page.metered"
    " ORDER BY page.account_id, page.mode"
)
_UNKNOWN = Sql(
    "SELECT DISTINCT account_id, mode FROM ledger_entries e WHERE NOT EXISTS"
    " (SELECT 1 FROM balances b WHERE b.account_id = e.account_id AND b.mode = e.mode) LIMIT :most"
)
_SUMS = Sql("SELECT mode, sum(amount) AS total FROM ledger_entries GROUP BY mode ORDER BY mode")
_TASKS = Sql("SELECT count(*) FROM tasks")
_NEXT_USAGE = Sql(
    "SELECT min(day) FROM usage_days WHERE account_id = :account_id AND mode = :mode AND day >= :from_day"
)
_NEXT_TASK = Sql(
    "SELECT min(created_at_ms) FROM tasks WHERE account_id = :account_id AND mode = :mode AND created_at_ms >= :from_ms"
)
_USAGE = Sql(
    "SELECT day, key_id, tasks, spent FROM usage_days WHERE account_id = :account_id AND mode = :mode"
    " AND day >= :from_day AND day < :until_day"
)
_SPENT = Sql(
    f"SELECT key_id, created_at_ms / {_DAY_MS} AS day, count(*) AS tasks, sum(COALESCE((SELECT -sum(e.amount)"
    " FROM ledger_entries e WHERE e.reference = t.id AND e.book = 'available'), 0)) AS spent FROM tasks t"
    " WHERE account_id = :account_id AND mode = :mode AND created_at_ms >= :from_ms AND created_at_ms < :until_ms"
    f" GROUP BY key_id, created_at_ms / {_DAY_MS}"
)


def recompute(tx: Tx) -> Report:
    """Everything recomputed from the entries and compared with every other table that tells of money."""
    found = _Findings()
    for row in tx.all(_SUMS):
        found.add(audit.mode_sum(row.mode, int(row.total)))
    entries, references = _bookings(tx, found)
    _unheld(tx, found)
    balances = _balances(tx, found)
    for row in tx.all(_UNKNOWN, most=PAGE):
        found.add([audit.unknown_balance(row.account_id, row.mode)])
    return Report(
        entries=entries,
        references=references,
        tasks=tx.scalar(_TASKS),
        balances=balances,
        differences=tuple(found.told),
        left_out=found.left_out,
    )


class _Findings:
    """The first differences, and how many came after them."""

    def __init__(self) -> None:
        self.told: list[Difference] = []
        self.left_out = 0

    def add(self, differences: Iterable[Difference]) -> None:
        for difference in differences:
            if len(self.told) < _MOST_TOLD:
                self.told.append(difference)
            else:
                self.left_out += 1


def _bookings(tx: Tx, found: _Findings) -> tuple[int, int]:
    """How many entries there are, of how many references."""
    entries = references = 0
    for row in _pages(lambda last: tx.all(_BOOKINGS, after="" if last is None else last.reference, most=PAGE)):
        entries += row.entries
        references += 1
        found.add(audit.of_booking(_booking(row)))
    return entries, references


def _unheld(tx: Tx, found: _Findings) -> None:
    for row in _pages(lambda last: tx.all(_UNHELD, after="" if last is None else last.id, most=PAGE)):
        found.add([audit.unheld_task(row.id)])


def _balances(tx: Tx, found: _Findings) -> int:
    count = 0

    def page(last: Row | None) -> Iterable[Row]:
        account_id, mode = ("", "") if last is None else (last.account_id, last.mode)
        return tx.all(_BALANCES, account_id=account_id, mode=mode, most=PAGE)

    for row in _pages(page):
        count += 1
        found.add(audit.of_balance(_claims(row)))
        _usage(tx, found, row.account_id, row.mode)
    return count


def _usage(tx: Tx, found: _Findings, account_id: AccountId, mode: Mode) -> None:
    """Compare the counted days of one balance with its tasks, some days at a time."""
    day: date | None = _EPOCH
    while (day := _next_day(tx, account_id, mode, day)) is not None:
        until = day + timedelta(days=_USAGE_DAYS)
        owner: dict[str, object] = {"account_id": account_id, "mode": mode}
        shown = {
            (row.day, row.key_id): Usage(row.tasks, row.spent)
            for row in tx.all(_USAGE, **owner, from_day=day.isoformat(), until_day=until.isoformat())
        }
        booked = {
            ((_EPOCH + timedelta(days=row.day)).isoformat(), row.key_id): Usage(row.tasks, int(row.spent))
            for row in tx.all(_SPENT, **owner, from_ms=_ms(day), until_ms=_ms(until))
        }
        nothing = Usage(0, 0)
        for counted_on, key_id in sorted(shown.keys() | booked.keys()):
            place = (counted_on, key_id)
            found.add(
                audit.of_usage(
                    account_id,
                    mode,
                    day=counted_on,
                    key_id=key_id,
                    shown=shown.get(place, nothing),
                    booked=booked.get(place, nothing),
                )
            )
        day = until


def _next_day(tx: Tx, account_id: AccountId, mode: Mode, start: date) -> date | None:
    """The first day from `start` on of which there is anything to compare."""
    counted = tx.scalar(_NEXT_USAGE, account_id=account_id, mode=mode, from_day=start.isoformat())
    created_at_ms = tx.scalar(_NEXT_TASK, account_id=account_id, mode=mode, from_ms=_ms(start))
    days = [] if counted is None else [date.fromisoformat(counted)]
    if created_at_ms is not None:
        days.append(_EPOCH + timedelta(days=created_at_ms // _DAY_MS))
    return min(days, default=None)


def _pages(read: Callable[[Row | None], Iterable[Row]]) -> Iterator[Row]:
    """Every row; `read` gives the page after a row."""
    last: Row | None = None
    while True:
        page = list(read(last))
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def _booking(row: Row) -> Booking:
    task = None
    if row.state is not None:
        task = TaskClaims(row.task_account, row.task_mode, row.state, row.price, row.charged)
    return Booking(
        reference=row.reference,
        accounts=frozenset({row.account_id, row.last_account}),
        modes=frozenset({row.mode, row.last_mode}),
        total=int(row.total),
        promised=int(row.promised),
        open=int(row.open),
        charge=int(row.charge),
        kept=int(row.kept),
        holds=row.holds,
        settles=row.settles,
        releases=row.releases,
        refunds=row.refunds,
        grants=row.grants,
        task=task,
    )


def _claims(row: Row) -> BalanceClaims:
    return BalanceClaims(
        account_id=row.account_id,
        mode=row.mode,
        metered=bool(row.metered),
        available=row.available,
        held=row.held,
        available_by_entries=int(row.available_booked),
        held_by_entries=int(row.held_booked),
        held_by_tasks=int(row.waiting),
    )


def _ms(day: date) -> int:
    return to_epoch_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
