"""Where requests are counted: in the memory of this process, or in a store that several processes share."""

import time
from collections.abc import Callable
from typing import Protocol

from overdoor.domain.limits import MICROSECONDS, Rate, Standing
from overdoor.domain.windows import MovingWindows

_FORGET_EVERY_US = 60 * MICROSECONDS


class CountersDown(Exception):
    """The store did not answer in time, or not at all."""


class Counters(Protocol):
    """Moving windows by name."""

    async def take(self, name: str, rate: Rate) -> Standing:
        """Count a request in every window of `name`, or in none when one is full.

        Raises:
            CountersDown
        """
        ...

    async def close(self) -> None:
        """Let go of the store."""
        ...


class MemoryCounters:
    """Counters of one process. A name that is quiet for a minute or two is forgotten."""

    def __init__(self, clock_us: Callable[[], int] = lambda: time.monotonic_ns() // 1_000) -> None:
        self._clock_us = clock_us
        self._windows: dict[str, MovingWindows] = {}
        self._forgot_at_us = clock_us()

    @property
    def names(self) -> int:
        """How many names are remembered."""
        return len(self._windows)

    async def take(self, name: str, rate: Rate) -> Standing:
        """See `Counters`; this one is never down."""
        now_us = self._clock_us()
        if now_us - self._forgot_at_us >= _FORGET_EVERY_US:
            self._forget(now_us)
        windows = self._windows.get(name)
        if windows is None:
            windows = self._windows[name] = MovingWindows()
        return windows.take(rate, now_us=now_us)

    async def close(self) -> None:
        """See `Counters`."""

    def _forget(self, now_us: int) -> None:
        self._forgot_at_us = now_us
        for name in [name for name, windows in self._windows.items() if windows.is_quiet(now_us=now_us)]:
            del self._windows[name]
