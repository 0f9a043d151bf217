"""Reading tasks for those who ask: with their results, their place in the queue, and in pages."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from overdoor.domain.places import Place, place_of
from overdoor.domain.task import State, Task, TaskView
from overdoor.storage import assets, tasks
from overdoor.storage.db import Sql, Tx, ids_text
from overdoor.units import AccountId, KeyId, Mode, TaskId, to_epoch_ms

MOST_COUNTED = 1000  # tasks before one; more make no difference to who waits
_MOST_SCANNED = 2000  # rows for one page of a filtered list, however few of them fit

_QUEUED = "state = 'waiting' AND phase = 'queued' AND lease_until_ms <= {now_ms}"
_BEFORE = Sql(
    f"SELECT count(*) FROM (SELECT 1 FROM tasks WHERE {_QUEUED} AND (priority > :priority OR (priority = :priority"
    " AND (created_at_ms, id) < (:created_at_ms, :id))) LIMIT :most) AS those_before"
)
_PRIORITY = Sql(f"SELECT priority FROM tasks WHERE id = :id AND {_QUEUED}")
_POSITIONS = Sql(
    "SELECT id, position FROM (SELECT id, row_number() OVER (ORDER BY priority DESC, created_at_ms, id) - 1 AS position"
    f" FROM tasks WHERE {_QUEUED}) AS queue WHERE id {{among_ids}}"
)
_BY_IDS = Sql(f"SELECT {tasks.COLUMNS} FROM tasks WHERE id {{among_ids}}")
_MARKS = Sql("SELECT id, state, phase, progress FROM tasks WHERE id {among_ids}")

_RANGE = (
    "FROM tasks WHERE {owner} = :owner AND mode = :mode AND created_at_ms >= :since_ms"
    " AND (created_at_ms, id) < (:before_ms, :before_id) ORDER BY created_at_ms DESC, id DESC LIMIT :scanned"
)
_MODEL = {
    "sqlite": "json_extract(request, '$.asked_model') = :model OR json_extract(request, '$.model_id') = :model",
    "postgresql": "CAST(request AS jsonb) ->> 'asked_model' = :model OR CAST(request AS jsonb) ->> 'model_id' = :model",
}


def _page_statement(owner: str, model: str) -> Sql:
    return Sql(
        f"SELECT {tasks.COLUMNS} FROM (SELECT * {_RANGE.format(owner=owner)}) AS scanned"
        " WHERE (CAST(:state AS text) IS NULL OR state = CAST(:state AS text))"
        f" AND (CAST(:model AS text) IS NULL OR {model.replace(':model', 'CAST(:model AS text)')})"
        " ORDER BY created_at_ms DESC, id DESC LIMIT :most"
    )


_PAGE = {
    (dialect, owner): _page_statement(owner, model)
    for dialect, model in _MODEL.items()
    for owner in ("key_id", "account_id")
}
_SCAN_END = {
    owner: Sql(f"SELECT created_at_ms, id {_RANGE.format(owner=owner)} OFFSET :scanned - 1")
    for owner in ("key_id", "account_id")
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What of a task can change before its end, and its end."""

    state: State
    phase: str
    progress: float | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a page shows: tasks of one key or one account in one mode, made from `since_ms` on and before `before`."""

    owner: KeyId | AccountId
    owned_by: Literal["key_id", "account_id"]
    mode: Mode
    before: Place
    since_ms: int
    state: State | None
    model: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """The newest tasks of a selection, at most its limit. resume: where to go on; None where nothing older is left."""

    tasks: tuple[Task, ...]
    resume: Place | None


def view(tx: Tx, task: Task) -> TaskView:
    """The task with what belongs to it now."""
    if task.state == "success":
        return TaskView(task, assets.of_task(tx, task.id))
    return TaskView(task, (), _position(tx, task))


def views(tx: Tx, found: Collection[Task]) -> tuple[TaskView, ...]:
    """The same for several tasks, with two statements."""
    results = assets.of_tasks(tx, [task.id for task in found if task.state == "success"])
    places = positions(tx, [task.id for task in found if task.state == "waiting" and task.phase == "queued"])
    return tuple(TaskView(task, results.get(task.id, ()), places.get(task.id)) for task in found)


def by_ids(tx: Tx, task_ids: Collection[TaskId]) -> tuple[Task, ...]:
    """These tasks, for work that no caller asked for."""
    return tuple(tasks.from_row(row) for row in tx.all(_BY_IDS, ids=ids_text(task_ids)))


def marks(tx: Tx, task_ids: Iterable[TaskId]) -> dict[TaskId, Mark]:
    """How far these tasks are, with one statement."""
    return {row.id: Mark(row.state, row.phase, row.progress) for row in tx.all(_MARKS, ids=ids_text(task_ids))}


def positions(tx: Tx, task_ids: Collection[TaskId]) -> Mapping[TaskId, int]:
    """How many tasks go before each of these; those with which somebody has begun are left out."""
    if not task_ids:
        return {}
    return {row.id: min(row.position, MOST_COUNTED) for row in tx.all(_POSITIONS, ids=ids_text(task_ids))}


def page(tx: Tx, selection: Selection) -> Found:
    """The newest tasks of the selection. It may end early, with a place to resume, where few of many rows fit."""
    filtered = selection.state is not None or selection.model is not None
    where: dict[str, object] = {
        "owner": selection.owner,
        "mode": selection.mode,
        "since_ms": selection.since_ms,
        "before_ms": selection.before.created_at_ms,
        "before_id": selection.before.id,
        "scanned": _MOST_SCANNED if filtered else selection.limit + 1,
    }
    statement = _PAGE[tx.dialect, selection.owned_by]
    rows = tx.all(statement, **where, state=selection.state, model=selection.model, most=selection.limit + 1)
    found = tuple(tasks.from_row(row) for row in rows)
    if len(found) > selection.limit:
        found = found[: selection.limit]
        return Found(found, place_of(found[-1]))
    end = tx.one(_SCAN_END[selection.owned_by], **where) if filtered else None
    return Found(found, None if end is None else Place(end.created_at_ms, end.id))


def _position(tx: Tx, task: Task) -> int | None:
    if task.state != "waiting" or task.phase != "queued":
        return None
    priority = tx.scalar(_PRIORITY, id=task.id)
    if priority is None:  # somebody has begun with it
        return None
    return tx.scalar(
        _BEFORE, priority=priority, created_at_ms=to_epoch_ms(task.created_at), id=task.id, most=MOST_COUNTED
    )
