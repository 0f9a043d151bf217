"""What the database itself says: read past the product, on a connection of its own for each look."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

_PATIENCE_S = 10

_SUM = "SELECT COALESCE(sum(amount), 0) FROM ledger_entries"
_OVERDRAWN = "SELECT count(*) FROM balances WHERE held < 0 OR (metered = 0 AND available < 0)"
_DRIFTED = (
    "SELECT count(*) FROM balances b WHERE b.available + b.held <> (SELECT COALESCE(sum(amount), 0)"
    " FROM ledger_entries e WHERE e.account_id = b.account_id AND e.mode = b.mode AND e.book IN ('available', 'held'))"
)
_TASKS = "SELECT id, state, phase, attempt, price, charged, fail_code FROM tasks"
_HOLDS = (
    "SELECT reference, sum(CASE WHEN kind = 'hold' THEN 1 ELSE 0 END),"
    " sum(CASE WHEN kind IN ('settle', 'release') THEN 1 ELSE 0 END), sum(amount)"
    " FROM ledger_entries WHERE book = 'held' GROUP BY reference"
)
_REVENUE = "SELECT reference, sum(amount) FROM ledger_entries WHERE book = 'revenue' GROUP BY reference"
_CHAT_TASKS = "SELECT count(*) FROM tasks WHERE door = 'chat'"
_CALLBACKS = (
    "SELECT t.id, c.id, c.state FROM tasks t LEFT JOIN callbacks c ON c.task_id = t.id"
    " WHERE t.callback_url IS NOT NULL AND t.state <> 'waiting'"
)
_STATES = "SELECT id, state, phase, attempt FROM tasks"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of `tasks`."""

    id: str
    state: str
    phase: str
    attempt: int
    price: int
    charged: int | None
    fail_code: str | None

    @property
    def is_unknown(self) -> bool:
        """Nobody can say whether the provider took it: given up with the money back, or still waiting for news."""
        return self.phase == "unknown" or self.fail_code == "submit_unknown"


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """The callback of a task that has ended. id, state: None where it has no row."""

    id: str | None
    state: str | None


@dataclass(slots=True)
class Samples:
    """What was seen while everything broke."""

    taken: int = 0
    not_zero: int = 0
    overdrawn: int = 0
    drifted: int = 0
    unreachable: int = 0


@dataclass(frozen=True, slots=True)
class Final:
    """The books at the end."""

    tasks: dict[str, TaskRow]
    twice_resolved: list[str] = field(default_factory=list[str])
    wrongly_charged: list[str] = field(default_factory=list[str])
    open_holds: list[str] = field(default_factory=list[str])
    chat_tasks: int = 0
    callbacks: dict[str, "CallbackRow"] = field(default_factory=dict[str, "CallbackRow"])


class Books:
    """The database of a run: PostgreSQL by its address, or SQLite in the folder."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self._folder, self._url = folder, database_url
        self.samples = Samples()

    def sample(self) -> None:
        """Look once; everything in one snapshot."""
        try:
            [(total,)], [(overdrawn,)], [(drifted,)] = self._all(_SUM, _OVERDRAWN, _DRIFTED)
        except (psycopg.OperationalError, sqlite3.OperationalError):
            self.samples.unreachable += 1
            return
        self.samples.taken += 1
        self.samples.not_zero += total != 0
        self.samples.overdrawn += overdrawn > 0
        self.samples.drifted += drifted > 0

    def attempts(self) -> dict[str, int]:
        """Take-ups of every unfinished task."""
        [rows] = self._all(_STATES)
        return {row[0]: row[3] for row in rows if row[1] == "waiting"}

    def unfinished(self) -> int:
        """How many tasks wait, those of unknown fate too, and how many callbacks are to be sent."""
        rows, owed = self._all(_STATES, _CALLBACKS)
        return sum(1 for row in rows if row[1] == "waiting") + sum(1 for row in owed if row[2] == "pending")

    def final(self) -> Final:
        """Judge every task and every hold."""
        tasks, holds, revenue, [(chat_tasks,)], owed = self._all(_TASKS, _HOLDS, _REVENUE, _CHAT_TASKS, _CALLBACKS)
        by_id = {row[0]: TaskRow(*row) for row in tasks}
        charged = {reference: int(amount) for reference, amount in revenue}
        resolved = {reference: (int(made), int(ended)) for reference, made, ended, _ in holds}
        return Final(
            by_id,
            twice_resolved=[reference for reference, (made, ended) in resolved.items() if made != 1 or ended > 1],
            wrongly_charged=[task.id for task in by_id.values() if charged.get(task.id, 0) != (task.charged or 0)],
            open_holds=[
                reference
                for reference, _, _, amount in holds
                if int(amount) != 0 and (reference not in by_id or by_id[reference].state != "waiting")
            ],
            chat_tasks=chat_tasks,
            callbacks={task_id: CallbackRow(callback_id, state) for task_id, callback_id, state in owed},
        )

    def _all(self, *statements: str) -> list[list[Any]]:
        if self._url is None:
            path = (self._folder / "overdoor.db").as_uri() + "?mode=ro"
            with closing(sqlite3.connect(path, uri=True, timeout=_PATIENCE_S, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                return [connection.execute(statement).fetchall() for statement in statements]
        with psycopg.connect(self._url, connect_timeout=_PATIENCE_S) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return [connection.execute(statement.encode()).fetchall() for statement in statements]


def more_than_once(counted: Counter[str]) -> list[str]:
    """What was counted twice or more."""
    return [name for name, times in counted.items() if times > 1]
