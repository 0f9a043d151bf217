"""Functions that wait for a writer thread, and how their callers hear of the end; the same on both databases."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from overdoor.storage.db import Tx


@dataclass(slots=True)
class Job:
    """One `work` and what became of it. after: to be called on the event loop once it is durable."""

    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    after: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    value: Any = None
    error: BaseException | None = None


def resolve(group: list[Job]) -> None:
    """Tell every caller of a group. Callbacks run before the caller goes on, and one that raises stops no other."""
    loop = asyncio.get_running_loop()
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
