"""Waiting for what other processes finish."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from overdoor.services.waiting import Waiting
from overdoor.storage.db import Database
from overdoor.units import TaskId
from tests.support.following import PATIENCE_S

_TASK = TaskId("task_a")


class SlowReads:
    """A database whose reads answer in the order of `answers`, each when the test says so."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[object] = asyncio.Queue()
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.report_change: Callable[[], None] = lambda: None

    def watch(self, listener: Callable[[], None]) -> None:
        self.report_change = listener

    async def read(self, _work: object) -> Any:
        self.begun.put_nowait(None)
        return await self.answers.get()


async def test_an_end_that_comes_while_rows_are_being_read_is_noticed() -> None:
    """Promise: waiting: what another process finished is found whenever the watcher reports a change."""
    database = SlowReads()
    waiting = Waiting(cast("Database", database))
    waiter = asyncio.create_task(waiting.until_ended(_TASK, timeout_s=None))
    await database.begun.get()
    database.answers.put_nowait(False)  # not ended when the waiter came

    database.report_change()
    await database.begun.get()
    database.report_change()  # the last change there is: the task ends after the rows were read
    database.answers.put_nowait([])
    database.answers.put_nowait([_TASK])

    await asyncio.wait_for(waiter, PATIENCE_S)
