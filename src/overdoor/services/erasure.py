"""Deleting on request: the media and words of a task, one file, everything that an account has stored.

A key deletes what it made itself; with the scope `manage`, whatever its account has in its mode. Links end at once; the
bytes go with the next purge when nobody else's row names them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from overdoor.domain.access import Caller
from overdoor.domain.task import TaskView
from overdoor.errors import AssetInUse, AssetNotFound, PermissionDenied, TaskNotEnded, TaskNotFound
from overdoor.services.purge import Purge
from overdoor.storage import erasure, retention, task_views, tasks
from overdoor.storage.db import Database, Tx
from overdoor.storage.erasure import After
from overdoor.units import AccountId, Mode

_BATCH = 100  # rows of one transaction
_MODES: tuple[Mode, ...] = ("test", "live")

_log = structlog.get_logger("overdoor.erasure")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What of an account was deleted. tasks: whose words are gone; their rows and the ledger stay.

    left: tasks that came meanwhile, were waiting, and have their words and files yet.
    """

    assets: int
    tasks: int
    left: int


class Erasure:
    """Deletes what callers and operators ask to delete."""

    def __init__(self, *, database: Database, purge: Purge, now: Callable[[], datetime]) -> None:
        self._database = database
        self._purge = purge
        self._now = now

    async def delete_task(self, task_id: str, *, caller: Caller, prompt: bool) -> TaskView:
        """The task without its media; with `prompt`, without its words, too. Again is harmless.

        Raises:
            PermissionDenied, TaskNotFound, TaskNotEnded, AssetInUse
        """
        _require(caller)
        if "\x00" in task_id:  # no id has it, and PostgreSQL takes no such text
            raise TaskNotFound(task_id=task_id)

        def work(tx: Tx) -> TaskView:
            erasure.lock(tx, caller.account_id, caller.mode)
            state = erasure.own_task_state(tx, task_id, caller)
            if state is None:
                raise TaskNotFound(task_id=task_id)
            if state == "waiting":
                raise TaskNotEnded(task_id=task_id)
            asset_ids = erasure.assets_of_task(tx, task_id)
            _require_unused(tx, caller.account_id, asset_ids)
            erasure.remove_media(
                tx, asset_ids, task_id=task_id if state == "success" else None, now=self._now()
            )  # a failed one may have brought inputs
            if prompt:
                erasure.redact(tx, task_id)
            task = tasks.by_id(tx, task_id)
            assert task is not None
            return task_views.view(tx, task)

        view = await self._database.write(work, lane="caller")
        _log.info("media of a task deleted on request", task=task_id, key=caller.key_id, prompt=prompt)
        return view

    async def delete_asset(self, asset_id: str, *, caller: Caller) -> None:
        """The file is deleted: an upload, or one result of a task.

        Raises:
            PermissionDenied, AssetNotFound, AssetInUse
        """
        _require(caller)

        def work(tx: Tx) -> None:
            erasure.lock(tx, caller.account_id, caller.mode)
            asset = None if "\x00" in asset_id else erasure.own_asset(tx, asset_id, caller)
            if asset is None or asset.expires_at <= self._now():
                raise AssetNotFound(
                    f"No file {asset_id!r} belongs to this API key.",
                    hint="Use an asset id that the same key was given.",
                )
            _require_unused(tx, caller.account_id, [asset.id])
            of = asset.task_id if asset.role == "result" else None
            erasure.remove_media(tx, [asset.id], task_id=of, now=self._now())

        await self._database.write(work, lane="caller")
        _log.info("a file deleted on request", asset=asset_id, key=caller.key_id)

    async def forget_account(self, account_id: AccountId) -> Forgotten:
        """Everything that the account has stored is deleted: files of both modes, words of tasks, names of requests.

        Tasks that come meanwhile may be left; the answer says how many.

        Raises:
            TaskNotEnded: a task waits; nothing was changed.
        """
        waiting = await self._database.read(lambda tx: erasure.waiting_task(tx, account_id))
        if waiting is not None:
            raise TaskNotEnded(task_id=waiting)
        assets_removed = tasks_redacted = 0
        for mode in _MODES:
            assets_removed += await self._in_batches(
                "",
                lambda tx, after, mode=mode: erasure.remove_some_of_account(
                    tx, account_id, mode, after=after, now=self._now(), most=_BATCH
                ),
            )
            tasks_redacted += await self._in_batches(
                After(),
                lambda tx, after, mode=mode: erasure.redact_some_of_account(
                    tx, account_id, mode, after=after, most=_BATCH
                ),
            )
        await self._database.write(lambda tx: erasure.forget_names(tx, account_id), lane="bulk")
        await self._purge.remove_unclaimed()
        left = await self._database.read(lambda tx: erasure.tasks_with_words(tx, account_id))
        forgotten = Forgotten(assets_removed, tasks_redacted, left)
        _log.info(
            "data of an account deleted", account=account_id, assets=assets_removed, tasks=tasks_redacted, left=left
        )
        return forgotten

    async def _in_batches(self, place: P, work: Callable[[Tx, P], tuple[int, P | None]]) -> int:
        total = 0
        while True:
            changed, following = await self._database.write(lambda tx, after=place: work(tx, after), lane="bulk")
            total += changed
            if following is None:
                return total
            place = following


def _require(caller: Caller) -> None:
    for scope in ("generate", "read"):  # the answer is the task's record
        if scope not in caller.scopes:
            raise PermissionDenied(scope=scope)


def _require_unused(tx: Tx, account_id: AccountId, asset_ids: Sequence[str]) -> None:
    used = retention.users(tx, account_id)
    for asset_id in asset_ids:
        if asset_id in used:
            raise AssetInUse(asset_id=asset_id, task_id=used[asset_id])
