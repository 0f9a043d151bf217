"""What an engine is: it carries ids, at least once, to a handler that may be run again at any point.

Durable state is in our own rows; claiming is the handler's business (the lease on the row). One suite,
tests/engine/test_contract.py, tests exactly these sentences on both drivers.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from overdoor.storage.db import Tx

DURABLE_FROM_S = 30.0  # a longer `Again` is written down; a shorter one sleeps in memory


@dataclass(frozen=True, slots=True)
class Done:
    """The id needs no further delivery."""


@dataclass(frozen=True, slots=True)
class Again:
    """Deliver the id again, after this many seconds or when it is woken."""

    after_s: float


Handler = Callable[[str], Awaitable[Done | Again]]


class Engine(Protocol):
    """A carrier of ids."""

    def enqueue(self, tx: Tx, item_id: str, *, priority: int = 0, not_before: datetime | None = None) -> None:
        """Accept the id with the caller's transaction: both or neither. Higher priorities are delivered first."""
        ...

    def carried(self, tx: Tx, item_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are enqueued or being delivered, in whichever process."""
        ...

    async def wake(self, item_id: str) -> None:
        """Cut the wait of an id short, whichever process holds it. Harmless for an id that is not waiting."""
        ...

    async def run(self, handler: Handler) -> None:
        """Deliver until `stop`; an exception of the handler is logged, counted and delivered again later."""
        ...

    async def stop(self) -> None:
        """Take no more, cancel running handlers and return when all have ended; their ids are delivered again later."""
        ...
