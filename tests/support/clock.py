"""A clock that follows real time until a test moves it."""

from datetime import datetime, timedelta

from overdoor.units import utc_now


class Clock:
    """`clock()` is now, plus what the test has added. Database clocks (leases) are not moved by it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Time is `by` later from now on."""
        self._ahead += by
