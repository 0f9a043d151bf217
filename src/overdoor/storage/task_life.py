"""What happens to a task beside its steps: a cancel, an end that nobody knows. All by compare-and-set on the row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from overdoor.domain.task import Phase, Task
from overdoor.storage.db import Sql, Tx
from overdoor.units import TaskId, Ticket, to_epoch_ms

_CANCEL = Sql(
    "UPDATE tasks SET state = 'fail', phase = 'done', progress = NULL, charged = 0, fail_code = :fail_code,"
    " fail_message = :fail_message, attempt = attempt + 1, lease_until_ms = 0, lease_owner = NULL,"
    " finished_at_ms = {now_ms}, cancel_asked_at_ms = COALESCE(cancel_asked_at_ms, {now_ms})"
    " WHERE id = :id AND state = 'waiting' AND (phase = 'queued' OR :in_any_phase = 1)"
)
_ASK = Sql(
    "UPDATE tasks SET cancel_asked_at_ms = COALESCE(cancel_asked_at_ms, {now_ms}) WHERE id = :id AND state = 'waiting'"
)
_REFUSE = Sql(
    "UPDATE tasks SET cancel_asked_at_ms = COALESCE(cancel_asked_at_ms, {now_ms}), cancel_refused_at_ms = {now_ms}"
    " WHERE id = :id AND state = 'waiting' AND cancel_refused_at_ms IS NULL"
)
_IS_ASKED = Sql("SELECT 1 FROM tasks WHERE id = :id AND cancel_asked_at_ms IS NOT NULL")
_UNKNOWN = Sql(
    "UPDATE tasks SET phase = CASE WHEN ticket IS NULL THEN 'unknown' ELSE 'submitted' END,"
    " unknown_since_ms = COALESCE(unknown_since_ms, :now_ms), progress = NULL, failures = 0, lease_until_ms = 0,"
    " lease_owner = NULL WHERE id = :id AND attempt = :attempt AND state = 'waiting' RETURNING phase"
)
_BIND = Sql(
    "UPDATE tasks SET ticket = :ticket, phase = 'submitted' WHERE id = :id AND provider = :provider AND ticket IS NULL"
    " AND state = 'waiting' AND phase IN ('submitting', 'unknown')"
)
_BIND_LATE = Sql(
    "UPDATE tasks SET ticket = :ticket WHERE id = :id AND provider = :provider AND ticket IS NULL"
    " AND state = 'fail' AND fail_code = 'submit_unknown'"
)
_TICKET = Sql("SELECT state, ticket FROM tasks WHERE id = :id")
_TURN = Sql("SELECT provider, phase, deadline_at_ms FROM tasks WHERE id = :id AND state = 'waiting'")
_AT_PROVIDER = Sql(
    "SELECT count(*) FROM tasks WHERE state = 'waiting' AND provider = :provider AND id <> :id"
    " AND (phase IN ('submitting', 'submitted', 'generating', 'unknown')"
    " OR (phase = 'queued' AND lease_until_ms > {now_ms}))"
)
_LOCK_CAP = Sql("SELECT pg_advisory_xact_lock(hashtextextended(:provider, 3))")

Binding = Literal["bound", "late", "known", "other", "ended"]


def cancel(tx: Tx, ended: Task, *, in_any_phase: bool) -> bool:
    """End a task that is queued (or, where that costs nothing, in any phase); False when it is not so any more.

    Its attempt is raised, so that a worker which carries it writes nothing any more.
    """
    values = {"id": ended.id, "fail_code": ended.fail_code, "fail_message": ended.fail_message}
    return tx.run(_CANCEL, **values, in_any_phase=int(in_any_phase)) == 1


def ask_to_cancel(tx: Tx, task_id: TaskId) -> None:
    """Note the wish; the worker that carries the task acts on it at its next step."""
    tx.run(_ASK, id=task_id)


def refuse_cancel(tx: Tx, task_id: TaskId) -> None:
    """Note that the work cannot be stopped unbilled, so that nobody asks the provider again."""
    tx.run(_REFUSE, id=task_id)


def cancel_is_asked(tx: Tx, task_id: TaskId) -> bool:
    """True once a cancel was asked for, whatever came of it."""
    return tx.one(_IS_ASKED, id=task_id) is not None


def put_back_unknown(tx: Tx, task: Task, *, now: datetime) -> Phase | None:
    """End the attempt without knowing whether the provider has the task.

    The phase that the row has now: `unknown`, or `submitted` where a callback has told the ticket meanwhile; None when
    the attempt is no longer ours.
    """
    row = tx.one(_UNKNOWN, id=task.id, attempt=task.attempt, now_ms=to_epoch_ms(now))
    if row is None:
        return None
    tx.announce(task.id)
    return row.phase


def bind_ticket(tx: Tx, task_id: TaskId, *, provider: str, ticket: Ticket) -> Binding:
    """Give a task that has no ticket the one that its provider told.

    late: it had failed as `submit_unknown`; the ticket is kept for the operator. known: it had this ticket. other: it
    has a different one, or waits without having been handed over. ended: there is nothing to tell any more.
    """
    if tx.run(_BIND, id=task_id, provider=provider, ticket=ticket):
        tx.announce(task_id)
        return "bound"
    if tx.run(_BIND_LATE, id=task_id, provider=provider, ticket=ticket):
        return "late"
    row = tx.one(_TICKET, id=task_id)
    if row is None or row.state != "waiting":
        return "ended"
    return "known" if row.ticket == ticket else "other"


def must_wait(tx: Tx, task_id: str, caps: Mapping[str, int], *, now: datetime, locked: bool) -> bool:
    """True when the task is queued for a provider that has as many tasks as it may have, counted from the rows.

    locked: nobody else may take a place there before this transaction ends. An over-due task need not wait.
    """
    row = tx.one(_TURN, id=task_id)
    if row is None or row.phase != "queued" or (most := caps.get(row.provider)) is None:
        return False
    if row.deadline_at_ms is not None and row.deadline_at_ms <= to_epoch_ms(now):
        return False
    if locked and tx.dialect == "postgresql":  # SQLite has one writer at a time
        tx.one(_LOCK_CAP, provider=row.provider)
    return tx.scalar(_AT_PROVIDER, provider=row.provider, id=task_id) >= most
