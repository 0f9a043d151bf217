"""The list of tasks: pages from the newest to the oldest, which inserts do not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from overdoor.domain.access import Caller
from overdoor.domain.places import NEWEST, Place, cursor_at, place_in, place_of
from overdoor.domain.task import State, Task, TaskView
from overdoor.errors import PermissionDenied
from overdoor.storage import task_views
from overdoor.storage.db import Database, Tx
from overdoor.storage.task_views import Found, Selection
from overdoor.units import Mode

_MODES: tuple[Mode, ...] = ("test", "live")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks a caller wants to see.

    cursor: where the page before this one ended. mode: None means every mode that the caller sees.
    since_ms, before_ms: creation times, the first included, the second not.
    """

    limit: int
    cursor: str | None = None
    state: State | None = None
    model: str | None = None
    mode: Mode | None = None
    since_ms: int = 0
    before_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks, newest first. next_cursor: None where nothing older is left; a page before that may be short or empty."""

    views: tuple[TaskView, ...]
    next_cursor: str | None


class History:
    """Shows callers what they asked for before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: Wanted, *, caller: Caller) -> Page:
        """The newest tasks that fit: the key's own, or with `account:read` the account's.

        Raises:
            PermissionDenied: no scope to read, or the other mode without `account:read`.
            InvalidOption: the cursor is not one of ours.
        """
        if "read" not in caller.scopes:
            raise PermissionDenied(scope="read")
        selections = _selections(wanted, caller)

        def work(tx: Tx) -> Page:
            found, resume = merged([task_views.page(tx, each) for each in selections], limit=wanted.limit)
            return Page(task_views.views(tx, found), None if resume is None else cursor_at(resume))

        return await self._database.read(work)


def merged(parts: Sequence[Found], *, limit: int) -> tuple[tuple[Task, ...], Place | None]:
    """Several lists as one of at most `limit` tasks. Where one of them stopped early, nothing older is shown yet."""
    horizon = max((part.resume for part in parts if part.resume is not None), default=None)
    together = sorted((task for part in parts for task in part.tasks), key=place_of, reverse=True)
    shown = tuple(task for task in together if horizon is None or place_of(task) >= horizon)
    if len(shown) > limit:
        return shown[:limit], place_of(shown[limit - 1])
    return shown, horizon


def _selections(wanted: Wanted, caller: Caller) -> list[Selection]:
    if not caller.sees_account and wanted.mode not in (None, caller.mode):
        raise PermissionDenied(scope="account:read")
    before = NEWEST if wanted.before_ms is None else Place(wanted.before_ms, "")
    if wanted.cursor is not None:
        before = min(before, place_in(wanted.cursor, of="task"))
    owned_by: Literal["key_id", "account_id"] = "account_id" if caller.sees_account else "key_id"
    seen = _MODES if caller.sees_account else (caller.mode,)
    return [
        Selection(
            owner=caller.account_id if caller.sees_account else caller.key_id,
            owned_by=owned_by,
            mode=mode,
            before=before,
            since_ms=wanted.since_ms,
            state=wanted.state,
            model=wanted.model,
            limit=wanted.limit,
        )
        for mode in seen
        if wanted.mode in (None, mode)
    ]
