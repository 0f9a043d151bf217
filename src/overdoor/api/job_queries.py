"""The query parameters of the jobs API, read strictly: a filter that is not understood would show the wrong tasks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from overdoor.domain.parameters import whole_number
from overdoor.domain.task import State
from overdoor.errors import InvalidOption, InvalidRequest
from overdoor.services.history import Wanted
from overdoor.units import Mode, to_epoch_ms

LONGEST_WAIT_S = 60
_MOST_ON_A_PAGE = 100
_ON_A_PAGE = 20
_STATES = ("waiting", "success", "fail")
_MODES = ("test", "live")
_FILTERS = frozenset({"limit", "cursor", "state", "model", "mode", "from", "to"})
_LATEST_MS = 10**15


def read_task_id(query: Mapping[str, str]) -> str:
    """The task that is asked for.

    Raises:
        InvalidRequest
    """
    task_id = query.get("taskId")
    if not task_id:
        raise InvalidRequest("The query parameter `taskId` is missing.", hint="Add ?taskId=task_….")
    return task_id


def read_wait(query: Mapping[str, str]) -> int:
    """How many seconds the caller wants to wait for the end; 0 unless it says so.

    Raises:
        InvalidOption
    """
    return number(query, "wait", default=0, least=0, most=LONGEST_WAIT_S)


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """The tasks that a list shall show.

    Raises:
        InvalidOption
    """
    if unknown := sorted(set(query) - _FILTERS):
        raise InvalidOption(option=unknown[0][:40], problem="is no filter of this list", allowed=sorted(_FILTERS))
    return Wanted(
        limit=number(query, "limit", default=_ON_A_PAGE, least=1, most=_MOST_ON_A_PAGE),
        cursor=query.get("cursor") or None,
        state=cast("State | None", one_of(query, "state", _STATES)),
        model=_plain(query, "model"),
        mode=cast("Mode | None", one_of(query, "mode", _MODES)),
        since_ms=_moment(query, "from") or 0,
        before_ms=_moment(query, "to"),
    )


def number(query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """A whole number of the query within its bounds.

    Raises:
        InvalidOption
    """
    value = whole_number(query, name)
    if value is None:
        if name in query:
            raise InvalidOption(option=name, problem="is empty", hint=f"Send {least} to {most}, or leave it out.")
        return default
    if not least <= value <= most:
        raise InvalidOption(option=name, problem=f"must be {least} to {most}", hint=f"Send {least} to {most}.")
    return value


def one_of(query: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    """One of the allowed words; None where nothing is asked for.

    Raises:
        InvalidOption
    """
    value = query.get(name) or None
    if value is not None and value not in allowed:
        raise InvalidOption(option=name, problem=f"cannot be {value[:40]!r}", allowed=allowed)
    return value


def _plain(query: Mapping[str, str], name: str) -> str | None:
    value = query.get(name) or None
    if value is not None and ("\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        raise InvalidOption(option=name, problem="contains a NUL or half a surrogate pair")
    return value


def _moment(query: Mapping[str, str], name: str) -> int | None:
    """Epoch milliseconds, or ISO 8601 (UTC where it names no zone)."""
    value = (query.get(name) or "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit() and len(value) <= len(str(_LATEST_MS)):
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
        return max(0, to_epoch_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)))
    except (ValueError, OverflowError) as error:
        raise InvalidOption(
            option=name,
            problem="must be a time",
            hint="Send epoch milliseconds, or ISO 8601 such as 2026-11-20T10:00Z.",
        ) from error
