"""Requests are counted here before anything else is done for them; what is refused costs nothing.

A counter store that does not answer refuses nobody: the request is admitted, counted as unchecked, and logged.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from overdoor.domain.access import Caller
from overdoor.domain.limits import Endpoint, headers, refusal
from overdoor.errors import RateLimitExceeded
from overdoor.storage.counters import Counters, CountersDown

_LEFT_ALONE_S = (1.0, 2.0, 4.0, 8.0)  # not asked after a failure, the next, …, so that a slow store slows down few
_LOG_EVERY_S = 10.0

_log = structlog.get_logger("overdoor.limits")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a request at its limits. headers: for its answer, whatever that will be."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    refusal: RateLimitExceeded | None = None


class Limits:
    """The windows of every key."""

    def __init__(self, counters: Counters, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.admitted_unchecked = 0  # requests since the start that no counter saw
        self._counters = counters
        self._clock_s = clock_s
        self._failures = 0  # in a row
        self._ask_again_at_s = -1.0
        self._logged_at_s: float | None = None

    async def count(self, caller: Caller, endpoint: Endpoint) -> Verdict:
        """Count one request of the key at the endpoint, unless a window is full."""
        rate = caller.tier.rates.get(endpoint)
        if not rate:
            return Verdict()
        if self._clock_s() < self._ask_again_at_s:
            self._admit_unchecked("left alone for a moment after it failed")
            return Verdict(headers(endpoint, rate, None))
        try:
            standing = await self._counters.take(f"{caller.key_id}:{endpoint}", rate)
        except CountersDown as error:
            self._leave_alone()
            self._admit_unchecked(str(error))
            return Verdict(headers(endpoint, rate, None))
        self._failures = 0
        told = headers(endpoint, rate, standing)
        return Verdict(told, None if standing.is_admitted else refusal(standing, caller.tier))

    def _leave_alone(self) -> None:
        now_s = self._clock_s()
        if now_s < self._ask_again_at_s:
            return  # of several requests that failed together, one counts
        self._ask_again_at_s = now_s + _LEFT_ALONE_S[min(self._failures, len(_LEFT_ALONE_S) - 1)]
        self._failures += 1

    def _admit_unchecked(self, problem: str) -> None:
        self.admitted_unchecked += 1
        now_s = self._clock_s()
        if self._logged_at_s is None or now_s - self._logged_at_s >= _LOG_EVERY_S:
            self._logged_at_s = now_s
            _log.error(
                "the counter store does not answer; requests are admitted unchecked",
                problem=problem,
                admitted_unchecked=self.admitted_unchecked,
            )
