"""Functions that wait for a writer thread, and how their callers hear of the end; the same on both databases."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from overdoor.storage.db import Lane, Tx


@dataclass(slots=True)
class Job:
    """One `work` and what became of it. after, announced: called and told on the event loop once it is durable."""

    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    lane: Lane = "background"
    after: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    announced: list[str] = field(default_factory=list[str])
    value: Any = None
    error: BaseException | None = None


def resolve(group: list[Job], listeners: Sequence[Callable[[Collection[str] | None], None]]) -> None:
    """Tell every caller of a group. Callbacks run before the caller goes on, and one that raises stops no other.

    Listeners hear once of all that the group has announced.
    """
    loop = asyncio.get_running_loop()
    announced = frozenset(task_id for job in group if job.error is None for task_id in job.announced)
    if announced:
        for listener in listeners:
            loop.call_soon(listener, announced)
    for job in group:
        if job.error is None:
            for callback in job.after:
                loop.call_soon(callback)
        if job.future.done():  # the caller has gone; the transaction stands
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
