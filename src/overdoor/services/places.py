"""Places for attempts: a receiver that hangs fills its own and nobody else's.

Each process bounds how many attempts run at once: to an endpoint, to a host for one account, for an account, in all.
Who finds no place comes again at a turn of its own. Turns lie as far apart as the endpoint's places usually become
free, so that a thousand callbacks for a receiver that hangs cost a few looks a second, and not thousands.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from overdoor.domain.callback import Callback

MOST_OF_ENDPOINT = 8
_MOST_OF_HOST = 16
_MOST_OF_ACCOUNT = 48
_MOST = 96  # below the 100 connections of a client, so that nobody waits for one
_FIRST_GUESS_S = 0.1
_BUSY_S = 8.0  # the pace of an endpoint that says it is busy: a turn each second
_SOONEST_S = 0.05
_LATEST_S = 600.0
_LEARNING = 0.3  # the weight of the newest attempt
_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Pace:
    """usual_s: how long an attempt takes. next_turn_at: when the next one without a place may come again."""

    usual_s: float = _FIRST_GUESS_S
    next_turn_at: float = 0.0


class Places:
    """The places of one process. clock: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: Counter[str] = Counter()
        self._paces: dict[str, _Pace] = {}

    def enter(self, callback: Callback) -> float:
        """Take a place, which `leave` gives back: 0. Where there is none: the seconds until the turn to ask again."""
        bounds = _bounds(callback)
        if any(self._taken[name] >= most for name, most in bounds):
            return self._turn(callback)
        self._taken.update(name for name, _ in bounds)
        return 0.0

    def leave(self, callback: Callback) -> None:
        """Give the place back."""
        for name, _ in _bounds(callback):
            self._taken[name] -= 1
            if self._taken[name] <= 0:
                del self._taken[name]

    def learn(self, callback: Callback, *, took_s: float, is_busy: bool) -> None:
        """An attempt took so long, or the receiver said that it is busy."""
        pace = self._pace(callback)
        seen_s = max(took_s, _BUSY_S) if is_busy else took_s
        pace.usual_s += _LEARNING * (seen_s - pace.usual_s)

    def _turn(self, callback: Callback) -> float:
        pace, now = self._pace(callback), self._clock()
        turn_at = max(now + _SOONEST_S, pace.next_turn_at)
        pace.next_turn_at = min(turn_at + pace.usual_s / MOST_OF_ENDPOINT, now + _LATEST_S)
        return turn_at - now

    def _pace(self, callback: Callback) -> _Pace:
        if len(self._paces) >= _MOST_REMEMBERED:
            self._paces.clear()  # learned again within a few attempts
        return self._paces.setdefault(_endpoint(callback), _Pace())


def _bounds(callback: Callback) -> tuple[tuple[str, int], ...]:
    account = callback.account_id
    return (
        (_endpoint(callback), MOST_OF_ENDPOINT),
        (f"{account} {urlsplit(callback.url).netloc.lower()}", _MOST_OF_HOST),
        (account, _MOST_OF_ACCOUNT),
        ("", _MOST),
    )


def _endpoint(callback: Callback) -> str:
    return f"{callback.key_id} {callback.endpoint}"
