"""What becomes of a callback: when it is tried again, and what an answer of its receiver means.

The schedule and the meaning of statuses are those of Standard Webhooks 1.0
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from overdoor.units import AccountId, CallbackId, KeyId, Mode, TaskId

CallbackState = Literal["pending", "delivered", "failed"]
Meaning = Literal["taken", "gone", "throttled", "not taken"]

LONGEST_RETRY_AFTER_S = 86_400
_JITTER = 0.1  # of each wait, to both sides: what failed together is not sent again together
_THROTTLING = frozenset({429, 502, 504})


@dataclass(frozen=True, slots=True)
class Callback:
    """A message that is owed to the address which the caller named, or was.

    task_id: None for a test event. attempts: all that were begun. tries: those of the present schedule.
    next_at: when it is sent next; None unless it is pending.
    """

    id: CallbackId
    task_id: TaskId | None
    account_id: AccountId
    key_id: KeyId
    mode: Mode
    url: str
    created_at: datetime
    state: CallbackState = "pending"
    attempts: int = 0
    tries: int = 0
    last_status: int | None = None
    last_error: str | None = None
    next_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def endpoint(self) -> str:
        """The URL without query and fragment: with the key, what a 410 disables."""
        return endpoint_of(self.url)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver. status: None where no answer came. error: None where it was taken."""

    number: int
    started_at: datetime
    took_ms: int
    status: int | None
    error: str | None


def endpoint_of(url: str) -> str:
    """The URL without query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", "", ""))


def origin_of(url: str) -> str:
    """Scheme and host of the URL: what is left of it where the words of its task were deleted."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), "", "", ""))


def retry_wait_s(
    retries_s: Sequence[float], *, tries: int, asked_s: float | None = None, chance: float
) -> float | None:
    """Seconds until the next attempt after `tries` have failed; None where the schedule is over.

    asked_s: the receiver's `Retry-After`, obeyed up to a day where it is longer than the schedule's wait.
    chance: from 0 to 1, for the jitter.
    """
    if tries > len(retries_s):
        return None
    planned_s = retries_s[tries - 1] * (1 - _JITTER + 2 * _JITTER * chance)
    return max(planned_s, min(asked_s or 0.0, LONGEST_RETRY_AFTER_S))


def meaning_of(status: int) -> Meaning:
    """What an answer means: 2xx is success, 410 the end of the endpoint, and a redirect a failure like any other."""
    if 200 <= status < 300:
        return "taken"
    if status == 410:
        return "gone"
    return "throttled" if status in _THROTTLING else "not taken"


def told_of(status: int) -> str | None:
    """The sentence for the delivery log; None where the message was taken. Nothing in it comes from the receiver."""
    match meaning_of(status):
        case "taken":
            return None
        case "gone":
            return "The receiver answered 410: it wants no more callbacks, so the endpoint is disabled."
        case "throttled":
            return f"The receiver answered {status}: it is busy."
        case "not taken" if 300 <= status < 400:
            return f"The receiver answered {status}, a redirect, which is not followed."
        case "not taken":
            return f"The receiver answered {status}."
