"""Transactions: one synchronous function `work(tx) -> value`, handed to `await database.write(work)`.

No await, network or file inside `work`. On SQLite many of them share one group commit, each in its own savepoint; their
statements run on the event loop, the commit beside it. On PostgreSQL two threads run groups of the same functions.
Measured in docs/benchmarks.md; why: docs/decisions/002-transactions.md.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeVar

Dialect = Literal["sqlite", "postgresql"]
Lane = Literal["caller", "background", "bulk"]
Row = Any  # a tuple with the columns as attributes: sqlite3's by `collections.namedtuple`, PostgreSQL's by psycopg
T = TypeVar("T")

_NOW_MS = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}
_AMONG_IDS = {
    "sqlite": "IN (SELECT value FROM json_each(:ids))",
    "postgresql": "= ANY(ARRAY(SELECT json_array_elements_text(CAST(:ids AS json))))",
}


class Sql:
    """A static statement with `:name` parameters, ready for both databases.

    In the text, `{now_ms}` becomes the database's own clock in epoch milliseconds, and `{among_ids}` the condition that
    the column before it is one of the parameter `ids`, see `ids_text`.
    """

    __slots__ = ("postgresql", "row_type", "sqlite")

    def __init__(self, text: str) -> None:
        self.sqlite = _for_dialect(text, "sqlite")
        self.postgresql = _named_to_pyformat(_for_dialect(text, "postgresql"))
        self.row_type: Callable[[Iterable[Any]], Row] | None = None  # SQLite's rows, made when the columns are known


class Conflict(Exception):
    """A uniqueness or another constraint of the schema refused a write; the transaction cannot go on."""


class Tx(Protocol):
    """An open transaction, alive only inside `work`. Rows give their columns as attributes."""

    dialect: Dialect

    def run(self, statement: Sql, **values: object) -> int:
        """Execute a write; how many rows it touched.

        Raises:
            Conflict
        """
        ...

    def one(self, statement: Sql, **values: object) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, statement: Sql, **values: object) -> Sequence[Row]:
        """Every row."""
        ...

    def scalar(self, statement: Sql, **values: object) -> Any:
        """The first column of the first row, or None."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop once, and only if, this transaction is durable."""
        ...

    def announce(self, task_id: str) -> None:
        """Tell those who listen, in every process, that the task has changed, once this transaction is durable."""
        ...


class Database(Protocol):
    """The product's one database."""

    dialect: Dialect

    async def write(self, work: Callable[[Tx], T], *, lane: Lane = "background") -> T:
        """Run `work` in a transaction that is durable when this returns; its exception rolls it back and is raised.

        It may run more than once before that (a deadlock, a group that was undone), so it does nothing beside `tx`.

        lane: functions of a `caller`, who waits for the answer, go before those of the background, by 1 s at most
        (PostgreSQL). `bulk` is background work that touches many rows: it never runs on the event loop.
        """
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on one consistent snapshot; it cannot write."""
        ...

    def watch(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop, at most every 200 ms, when any process may have committed something."""
        ...

    def listen(self, listener: Callable[[Collection[str] | None], None]) -> None:
        """Call `listener` on the event loop with the tasks that a durable transaction announced, in any process.

        None: any task may have changed. What this process announces comes at once, what others announce mostly within
        200 ms, and within 2 s where notices get lost on the way.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and close every connection."""
        ...


def ids_text(ids: Iterable[str]) -> str:
    """The value of `ids` for a statement with `{among_ids}`."""
    return json.dumps(list(ids))


def _for_dialect(text: str, dialect: Dialect) -> str:
    return text.replace("{now_ms}", _NOW_MS[dialect]).replace("{among_ids}", _AMONG_IDS[dialect])


def _named_to_pyformat(text: str) -> str:
    """`:name` as psycopg writes it. The statements hold no string literals with colons or percent signs."""
    parts: list[str] = []
    rest = text
    while (at := rest.find(":")) >= 0:
        end = at + 1
        while end < len(rest) and (rest[end].isalnum() or rest[end] == "_"):
            end += 1
        parts.append(f"{rest[:at]}%({rest[at + 1 : end]})s")
        rest = rest[end:]
    return "".join(parts) + rest
