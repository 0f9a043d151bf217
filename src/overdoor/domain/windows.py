"""Moving windows over the requests of one key and endpoint: exact, because every admitted request is remembered."""

from collections import deque

from overdoor.domain.limits import MICROSECONDS, Rate, Standing, Window


class MovingWindows:
    """When the last admitted requests came, for each window; at most as many as the bounds admit."""

    __slots__ = ("_logs",)

    def __init__(self) -> None:
        self._logs: dict[int, deque[int]] = {}  # by the window's seconds; microseconds of a clock that never goes back

    def take(self, rate: Rate, *, now_us: int) -> Standing:
        """Count a request in every window, or in none when one of them is full. rate: one bound or more."""
        logs = [self._log(bound.window_s, now_us) for bound in rate]
        is_admitted = all(len(log) < bound.limit for bound, log in zip(rate, logs, strict=True))
        if is_admitted:
            for log in logs:
                log.append(now_us)
        windows = tuple(
            Window(bound, len(log), _frees_in_us(log, limit=bound.limit, window_s=bound.window_s, now_us=now_us))
            for bound, log in zip(rate, logs, strict=True)
        )
        return Standing(is_admitted, windows)

    def is_quiet(self, *, now_us: int) -> bool:
        """True when no window holds a request any more, so that forgetting them all changes nothing."""
        return not any(self._log(window_s, now_us) for window_s in self._logs)

    def _log(self, window_s: int, now_us: int) -> deque[int]:
        log = self._logs.get(window_s)
        if log is None:
            log = self._logs[window_s] = deque()
        over_us = now_us - window_s * MICROSECONDS
        while log and log[0] <= over_us:
            log.popleft()
        return log


def _frees_in_us(log: deque[int], *, limit: int, window_s: int, now_us: int) -> int:
    """Until one request more fits than now; a limit that was lowered meanwhile waits for more than the oldest."""
    if not log:
        return 0
    return log[max(0, len(log) - limit)] + window_s * MICROSECONDS - now_us
