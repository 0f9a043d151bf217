"""Cancel a task: at once where nothing was handed over, else by the provider's answer. The rule: docs/jobs.md, Cancel.

A task is ended here only by compare-and-set on its row; whoever comes second, the cancel or the end, changes nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from overdoor.domain.access import Caller
from overdoor.domain.task import Task, TaskView
from overdoor.engine.contract import Engine
from overdoor.errors import PermissionDenied, TaskNotFound
from overdoor.providers.contract import Provider, ProviderFailure
from overdoor.providers.registry import Providers
from overdoor.services.endings import Endings
from overdoor.services.waiting import Waiting
from overdoor.storage import ledger, task_life, task_views, tasks
from overdoor.storage.db import Database, Tx
from overdoor.units import MicroDollars, TaskId

_LONGEST_WAIT_S = 5.0  # for the provider's answer
_LOOK_EVERY_S = 0.25

_log = structlog.get_logger("overdoor.tasks")


class Cancel:
    """Cancels tasks. wait_s: how long a caller waits for the provider's answer."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        providers: Providers,
        endings: Endings,
        waiting: Waiting,
        wait_s: float = _LONGEST_WAIT_S,
    ) -> None:
        self._database = database
        self._engine = engine
        self._providers = providers
        self._endings = endings
        self._waiting = waiting
        self._wait_s = wait_s

    async def cancel(self, task_id: str, *, caller: Caller) -> TaskView:
        """The task as the cancel left it: canceled, refused (it goes on), asked, or ended before.

        Raises:
            PermissionDenied, TaskNotFound
        """
        for scope in ("generate", "read"):  # the answer is the task's record
            if scope not in caller.scopes:
                raise PermissionDenied(scope=scope)
        if "\x00" in task_id:  # no id has it, and PostgreSQL takes no such text
            raise TaskNotFound(task_id=task_id)

        def find(tx: Tx) -> Task | None:
            task = tasks.visible(tx, task_id, caller)
            return task if task is not None and task.mode == caller.mode else None

        return await self._cancel(task_id, find)

    async def cancel_for_operator(self, task_id: str) -> TaskView:
        """The same, for whoever runs the server.

        Raises:
            TaskNotFound
        """
        return await self._cancel(task_id, lambda tx: tasks.by_id(tx, task_id))

    async def _cancel(self, task_id: str, find: Callable[[Tx], Task | None]) -> TaskView:
        def work(tx: Tx) -> Task | None:
            task = find(tx)
            if task is None:
                raise TaskNotFound(task_id=task_id)
            return None if task.state != "waiting" else self._end_or_ask(tx, task)

        changed = await self._database.write(work, lane="caller")
        if changed is not None and changed.state == "waiting" and changed.cancel == "asked":
            await self._engine.wake(changed.id)
            await self._answered(changed.id)
        elif changed is not None and changed.state != "waiting" and changed.ticket is not None:
            await self._stop_unbilled(changed)
        return await self._database.read(lambda tx: _view(tx, task_id))

    def _end_or_ask(self, tx: Tx, task: Task) -> Task:
        provider = self._provider_of(task)
        costs_nothing = provider is not None and provider.traits.resubmit == "safe"
        message = "Canceled; the whole price was given back."
        ended = replace(task, state="fail", charged=MicroDollars(0), fail_code="canceled", fail_message=message)
        if task_life.cancel(tx, ended, in_any_phase=costs_nothing):
            self._endings.tell(tx, ended)
            ledger.release(tx, ended)
            return ended
        is_at_provider = task.phase in ("submitted", "generating")
        if is_at_provider and provider is not None and not provider.traits.cancels:
            task_life.refuse_cancel(tx, task.id)
        else:
            task_life.ask_to_cancel(tx, task.id)
        return tasks.by_id(tx, task.id) or task

    def _provider_of(self, task: Task) -> Provider | None:
        try:
            return self._providers.named(task.provider)
        except KeyError:  # no longer configured: the worker that carries the task ends it
            return None

    async def _answered(self, task_id: TaskId) -> None:
        """Return when the wish was met or refused, or the time is over."""
        try:
            async with asyncio.timeout(self._wait_s):
                while True:
                    await self._waiting.until_ended(task_id, timeout_s=_LOOK_EVERY_S)
                    task = await self._database.read(lambda tx: tasks.by_id(tx, task_id))
                    if task is None or task.state != "waiting" or task.cancel != "asked":
                        return
        except TimeoutError:
            return

    async def _stop_unbilled(self, ended: Task) -> None:
        """Spare the provider the rest of its work, where it runs in this process."""
        provider = self._provider_of(ended)
        if provider is None or ended.ticket is None or not provider.traits.cancels:
            return
        try:
            await provider.cancel(ended.ticket)
        except ProviderFailure as failure:
            _log.info("cancel failed", provider=provider.name, task=ended.id, kind=failure.kind)


def _view(tx: Tx, task_id: str) -> TaskView:
    task = tasks.by_id(tx, task_id)
    if task is None:
        raise TaskNotFound(task_id=task_id)
    return task_views.view(tx, task)
