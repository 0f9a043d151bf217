"""Tasks as the operator sees them: of all accounts, with what callers are not shown."""

from collections.abc import Sequence

from overdoor.domain.task import State, Task
from overdoor.storage import tasks
from overdoor.storage.db import Sql, Tx

_NEWEST = Sql(f"SELECT {tasks.COLUMNS} FROM tasks ORDER BY created_at_ms DESC, id DESC LIMIT :most")
_NEWEST_IN = Sql(
    f"SELECT {tasks.COLUMNS} FROM tasks WHERE state = :state ORDER BY created_at_ms DESC, id DESC LIMIT :most"
)
_STUCK = Sql(
    f"SELECT {tasks.COLUMNS} FROM tasks WHERE state = 'waiting' AND (phase = 'unknown' OR failures > 0"
    " OR deadline_at_ms <= :now_ms OR created_at_ms <= :long_ago_ms) ORDER BY created_at_ms, id LIMIT :most"
)


def newest(tx: Tx, *, state: State | None, most: int) -> Sequence[Task]:
    """The newest tasks first."""
    rows = tx.all(_NEWEST, most=most) if state is None else tx.all(_NEWEST_IN, state=state, most=most)
    return [tasks.from_row(row) for row in rows]


def stuck(tx: Tx, *, now_ms: int, long_ago_ms: int, most: int) -> Sequence[Task]:
    """Waiting tasks that somebody should look at, oldest first: unknown, failing, over-due, or accepted long ago."""
    return [tasks.from_row(row) for row in tx.all(_STUCK, now_ms=now_ms, long_ago_ms=long_ago_ms, most=most)]
