"""Task rows: the state machine's only durable copy, and its fence.

A take-up raises `attempt` and takes a lease; every later write carries that attempt, so a frozen worker that wakes up
writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from overdoor.domain.access import Caller
from overdoor.domain.request import from_json, to_json
from overdoor.domain.task import LEASE_S, CancelWish, Phase, Task
from overdoor.storage.db import Row, Sql, Tx
from overdoor.units import TaskId, Ticket, from_epoch_ms, to_epoch_ms

_COLUMNS = (
    "id, account_id, key_id, mode, door, provider, request, param, warnings, price, charged, state, phase, progress,"
    " attempt, submits, ticket, callback_url, fail_code, fail_message, created_at_ms, started_at_ms, finished_at_ms,"
    " deadline_at_ms, unknown_since_ms, cancel_asked_at_ms, cancel_refused_at_ms, failures,"
    " media_deleted_at_ms, prompt_deleted_at_ms"
)
COLUMNS = _COLUMNS  # what `from_row` reads
_LEASE_MS = int(LEASE_S * 1000)

_ADD = Sql(
    "INSERT INTO tasks (id, account_id, key_id, mode, door, provider, request, param, warnings, price, state, phase,"
    " attempt, submits, lease_until_ms, callback_url, created_at_ms, deadline_at_ms,"
    " priority) VALUES (:id, :account_id, :key_id, :mode, :door, :provider, :request, :param, :warnings, :price,"
    " 'waiting', 'queued', 0, 0, 0, :callback_url, :created_at_ms, :deadline_at_ms, :priority)"
)
_COUNT = Sql(
    "SELECT (SELECT count(*) FROM tasks WHERE key_id = :key_id AND state = 'waiting') AS of_key,"
    " (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE account_id = :account_id AND state = 'waiting' LIMIT :most)"
    " AS counted) AS of_account"
)
_OF_KEY = Sql(f"SELECT {_COLUMNS} FROM tasks WHERE id = :id AND key_id = :key_id AND mode = :mode")
_OF_ACCOUNT = Sql(f"SELECT {_COLUMNS} FROM tasks WHERE id = :id AND account_id = :account_id")
_BY_ID = Sql(f"SELECT {_COLUMNS} FROM tasks WHERE id = :id")
_ENDED = Sql("SELECT 1 FROM tasks WHERE id = :id AND state <> 'waiting'")
_TAKE_UP = Sql(
    "UPDATE tasks SET attempt = attempt + 1, lease_owner = :owner, lease_until_ms = {now_ms} + :lease_ms,"
    " failures = failures + CASE WHEN lease_owner IS NULL OR :is_kept = 1 THEN 0 ELSE 1 END,"  # never given back
    " started_at_ms = COALESCE(started_at_ms, {now_ms})"
    " WHERE id = :id AND state = 'waiting'"
    f" AND (lease_until_ms <= {{now_ms}} OR (:is_kept = 1 AND lease_owner = :owner)) RETURNING {_COLUMNS}"
)
_LEASE = Sql("SELECT state, lease_owner, lease_until_ms - {now_ms} AS remaining_ms FROM tasks WHERE id = :id")
_HEARTBEAT = Sql(
    "UPDATE tasks SET lease_until_ms = {now_ms} + :lease_ms WHERE lease_owner = :owner AND state = 'waiting'"
    " AND lease_until_ms > 0"
)
_FREE_OWNER = Sql(
    "UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL, failures = failures + 1"
    " WHERE lease_owner = :owner AND state = 'waiting'"
)
_GIVE_BACK_OWNER = Sql(
    "UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL WHERE lease_owner = :owner AND state = 'waiting'"
)
_MINE = " WHERE id = :id AND attempt = :attempt AND state = 'waiting'"
_INTENT = Sql("UPDATE tasks SET phase = 'submitting', unknown_since_ms = NULL, submits = submits + 1" + _MINE)
_PUT_BACK = Sql(
    "UPDATE tasks SET phase = :phase, ticket = :ticket, progress = :progress, failures = 0, lease_until_ms = 0,"
    " lease_owner = NULL" + _MINE
)
_PROGRESS = Sql("UPDATE tasks SET phase = :phase, progress = :progress, failures = 0" + _MINE)
_LET_GO = Sql("UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL" + _MINE)
_GIVE_UP = Sql(
    "UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL WHERE id = :id AND lease_owner = :owner"
    " AND state = 'waiting'"
)
_LET_GO_FAILED = Sql("UPDATE tasks SET lease_until_ms = 0, lease_owner = NULL, failures = failures + 1" + _MINE)
_STORING = Sql("UPDATE tasks SET phase = 'storing', progress = NULL" + _MINE)
_TICKET = Sql("UPDATE tasks SET phase = 'submitted', ticket = :ticket" + _MINE)
_FINISH = Sql(
    "UPDATE tasks SET state = :state, phase = 'done', progress = NULL, charged = :charged, warnings = :warnings,"
    " fail_code = :fail_code, fail_message = :fail_message, lease_until_ms = 0, lease_owner = NULL,"
    " finished_at_ms = {now_ms}" + _MINE
)
_REFUND = Sql(
    "UPDATE tasks SET state = 'fail', charged = 0, fail_code = :fail_code, fail_message = :fail_message"
    " WHERE id = :id AND state = 'success'"
)


@dataclass(frozen=True, slots=True)
class Active:
    """How many unfinished tasks a key has, and its account over all keys."""

    of_key: int
    of_account: int


@dataclass(frozen=True, slots=True)
class Leased:
    """Another worker has the task for `remaining_s` more seconds."""

    owner: str
    remaining_s: float


def add(tx: Tx, task: Task, *, priority: int = 0) -> None:
    """Insert a new task, waiting and free to be taken up. priority: as the engine was told, for its place."""
    tx.run(
        _ADD,
        id=task.id,
        account_id=task.account_id,
        key_id=task.key_id,
        mode=task.mode,
        door=task.door,
        provider=task.provider,
        request=_text(to_json(task.request)),
        param=task.param,
        warnings=_text(task.warnings),
        price=task.price,
        callback_url=task.callback_url,
        created_at_ms=to_epoch_ms(task.created_at),
        deadline_at_ms=None if task.deadline_at is None else to_epoch_ms(task.deadline_at),
        priority=priority,
    )


def count_active(tx: Tx, caller: Caller, *, most: int) -> Active:
    """Unfinished tasks, counted from the rows; the account's up to `most`."""
    [row] = tx.all(_COUNT, key_id=caller.key_id, account_id=caller.account_id, most=most)
    return Active(of_key=row.of_key, of_account=row.of_account)


def visible(tx: Tx, task_id: str, caller: Caller) -> Task | None:
    """The task if the caller may see it: created by this key in its mode, or any of the account with `account:read`."""
    if caller.sees_account:
        row = tx.one(_OF_ACCOUNT, id=task_id, account_id=caller.account_id)
    else:
        row = tx.one(_OF_KEY, id=task_id, key_id=caller.key_id, mode=caller.mode)
    return None if row is None else _task(row)


def by_id(tx: Tx, task_id: str) -> Task | None:
    """The task, for work that no caller asked for: only the engine's handlers may use this."""
    row = tx.one(_BY_ID, id=task_id)
    return None if row is None else _task(row)


def ended(tx: Tx, task_id: str) -> bool:
    """True when the task has a terminal state."""
    return tx.one(_ENDED, id=task_id) is not None


def take_up(tx: Tx, task_id: str, owner: str, *, is_kept: bool = False) -> Task | Leased | None:
    """Begin an attempt: the task with its new attempt number, who else has it, or None where there is nothing to do.

    is_kept: `owner` has kept its lease since its last attempt (`note_progress`).
    """
    row = tx.one(_TAKE_UP, id=task_id, owner=owner, lease_ms=_LEASE_MS, is_kept=int(is_kept))
    if row is not None:
        return _task(row)
    lease = tx.one(_LEASE, id=task_id)
    if lease is None or lease.state != "waiting":
        return None
    return Leased(lease.lease_owner or "", max(lease.remaining_ms, 0) / 1000)


def heartbeat(tx: Tx, owner: str) -> int:
    """Renew every lease of a worker; the number of tasks that it holds."""
    return tx.run(_HEARTBEAT, owner=owner, lease_ms=_LEASE_MS)


def free_leases(tx: Tx, owner: str) -> int:
    """Free what a worker held, because it is known to be gone: for each task a take-up that ended badly."""
    return tx.run(_FREE_OWNER, owner=owner)


def give_back_leases(tx: Tx, owner: str) -> None:
    """Free what a worker holds, because it stops in good order."""
    tx.run(_GIVE_BACK_OWNER, owner=owner)


def give_up(tx: Tx, task_id: str, owner: str) -> None:
    """Free one lease of a worker that has lost sight of the task."""
    tx.run(_GIVE_UP, id=task_id, owner=owner)


def mark_intent(tx: Tx, task: Task) -> bool:
    """Note that the provider is about to be called; False when the attempt is no longer ours."""
    return _announced(tx, task.id, tx.run(_INTENT, id=task.id, attempt=task.attempt))


def keep_ticket(tx: Tx, task: Task, ticket: Ticket) -> bool:
    """Note what the provider called the work; False when the attempt is no longer ours."""
    return tx.run(_TICKET, id=task.id, attempt=task.attempt, ticket=ticket) == 1


def put_back(tx: Tx, task: Task, *, phase: Phase, ticket: Ticket | None, progress: float | None = None) -> bool:
    """End the attempt without an end of the task: anybody may take it up again."""
    written = tx.run(_PUT_BACK, id=task.id, attempt=task.attempt, phase=phase, ticket=ticket, progress=progress)
    return _announced(tx, task.id, written)


def note_progress(tx: Tx, task: Task) -> bool:
    """Note how far the work is, and keep the lease; False when the attempt is no longer ours."""
    written = tx.run(_PROGRESS, id=task.id, attempt=task.attempt, phase=task.phase, progress=task.progress)
    return _announced(tx, task.id, written)


def let_go(tx: Tx, task: Task) -> None:
    """Give the lease back and change nothing else: the worker was interrupted, wherever it was."""
    tx.run(_LET_GO, id=task.id, attempt=task.attempt)


def let_go_failed(tx: Tx, task: Task) -> None:
    """Give the lease back, and count that this take-up ended badly."""
    tx.run(_LET_GO_FAILED, id=task.id, attempt=task.attempt)


def mark_storing(tx: Tx, task: Task) -> bool:
    """Note that the provider is done and its results are being kept; False when the attempt is no longer ours."""
    return _announced(tx, task.id, tx.run(_STORING, id=task.id, attempt=task.attempt))


def finish(tx: Tx, task: Task) -> bool:
    """Write the terminal state, charge and failure of `task` once; False when the attempt is no longer ours."""
    written = tx.run(
        _FINISH,
        id=task.id,
        attempt=task.attempt,
        state=task.state,
        charged=task.charged,
        warnings=_text(task.warnings),
        fail_code=task.fail_code,
        fail_message=task.fail_message,
    )
    return _announced(tx, task.id, written)


def turn_to_failure(tx: Tx, task_id: TaskId, *, fail_code: str, fail_message: str) -> bool:
    """Turn a success whose result was lost into a failure that costs nothing; True the first time."""
    return tx.run(_REFUND, id=task_id, fail_code=fail_code, fail_message=fail_message) == 1


def from_row(row: Row) -> Task:
    """The task in a row of `COLUMNS`."""
    return _task(row)


def _announced(tx: Tx, task_id: TaskId, written: int) -> bool:
    """True when the row was written; then whoever waits for the task hears of it."""
    if written:
        tx.announce(task_id)
    return written == 1


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _task(row: Row) -> Task:
    return Task(
        id=row.id,
        account_id=row.account_id,
        key_id=row.key_id,
        mode=row.mode,
        door=row.door,
        provider=row.provider,
        request=from_json(msgspec.json.decode(row.request)),
        param=row.param,
        warnings=tuple(msgspec.json.decode(row.warnings)),
        price=row.price,
        charged=row.charged,
        state=row.state,
        phase=row.phase,
        progress=row.progress,
        attempt=row.attempt,
        submits=row.submits,
        ticket=row.ticket,
        callback_url=row.callback_url,
        fail_code=row.fail_code,
        fail_message=row.fail_message,
        created_at=from_epoch_ms(row.created_at_ms),
        started_at=_moment(row.started_at_ms),
        finished_at=_moment(row.finished_at_ms),
        deadline_at=_moment(row.deadline_at_ms),
        unknown_since=_moment(row.unknown_since_ms),
        cancel=_cancel(row),
        failures=row.failures,
        media_deleted_at=_moment(row.media_deleted_at_ms),
        prompt_deleted_at=_moment(row.prompt_deleted_at_ms),
    )


def _moment(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else from_epoch_ms(epoch_ms)


def _cancel(row: Row) -> CancelWish | None:
    if row.cancel_refused_at_ms is not None:
        return "refused"
    return None if row.cancel_asked_at_ms is None else "asked"
