"""Callbacks: what the caller asked to be told, sent when its task has ended.

A stand-in that says so: each callback is sent once, unsigned. Retries and signatures come with their own change; the
outbox row, the engine and the body are final.
"""

from collections.abc import Callable
from datetime import datetime

import structlog

from overdoor.domain.record import encoded_callback
from overdoor.domain.task import TaskView
from overdoor.engine.contract import Again, Done
from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.services.links import Links
from overdoor.services.records import task_record
from overdoor.storage import assets, callbacks, tasks
from overdoor.storage.callbacks import Callback
from overdoor.storage.db import Database, Tx

_TIMEOUT_S = 15.0
_CLAIM_S = 25.0  # longer than one try takes; after a crash in it, another process tries

_log = structlog.get_logger("overdoor.callbacks")


class Deliver:
    """Sends owed callbacks."""

    def __init__(self, *, database: Database, fetcher: Fetcher, links: Links, now: Callable[[], datetime]) -> None:
        self._database = database
        self._fetcher = fetcher
        self._links = links
        self._now = now

    async def carry_on(self, callback_id: str) -> Done | Again:
        """Send one callback, if it is still owed."""
        owed = await self._database.write(lambda tx: _claimed(tx, callback_id))
        match owed:
            case None:
                return Done()
            case _Elsewhere():
                return Again(_CLAIM_S)
            case _:
                await self._send(*owed)
                return Done()

    async def _send(self, callback: Callback, view: TaskView) -> None:
        try:
            status = await self._fetcher.post_json(
                callback.url, body=self._body(view), headers={"X-Overdoor-Callback": callback.id}, timeout_s=_TIMEOUT_S
            )
        except FetchFailed as failure:
            await self._note_failure(callback, None, failure.reason)
        else:
            if 200 <= status < 300:
                await self._database.write(lambda tx: callbacks.mark_delivered(tx, callback.id, status=status))
            else:
                await self._note_failure(callback, status, f"The receiver answered with status {status}.")

    def _body(self, view: TaskView) -> bytes:
        record = task_record(view, self._links, base_url=None)
        moment = view.task.finished_at or self._now()
        return encoded_callback(record, timestamp=moment.isoformat())

    async def _note_failure(self, callback: Callback, status: int | None, reason: str) -> None:
        _log.warning("callback not delivered", callback=callback.id, task=callback.task_id, status=status)
        await self._database.write(lambda tx: callbacks.mark_failed(tx, callback.id, status=status, error=reason))


class _Elsewhere:
    """Another process has the callback in hand."""


def _claimed(tx: Tx, callback_id: str) -> tuple[Callback, TaskView] | _Elsewhere | None:
    callback = callbacks.claim(tx, callback_id, for_s=_CLAIM_S)
    if callback is None:
        return _Elsewhere() if callbacks.is_pending(tx, callback_id) else None
    task = tasks.by_id(tx, callback.task_id)
    if task is None:
        return None
    return callback, TaskView(task, assets.of_task(tx, task.id) if task.state == "success" else ())
