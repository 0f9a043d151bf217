"""Places in lists that are shown from the newest to the oldest, and the cursors by which clients name them."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from overdoor.errors import InvalidOption
from overdoor.units import to_epoch_ms

_CURSOR = re.compile(r"(\d{1,16})\.(?:([a-z]+)_[0-9a-z]{1,60})?")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a list, newest first: what comes after it is older. id: decides between two of the same moment."""

    created_at_ms: int
    id: str


class Listed(Protocol):
    """What stands in such a list."""

    @property
    def id(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...


NEWEST = Place(2**62, "")  # before everything


def place_of(listed: Listed) -> Place:
    """Where it stands."""
    return Place(to_epoch_ms(listed.created_at), listed.id)


def cursor_at(place: Place) -> str:
    """What the client is given; opaque to it."""
    return base64.urlsafe_b64encode(f"{place.created_at_ms}.{place.id}".encode()).decode().rstrip("=")


def place_in(cursor: str, *, of: str) -> Place:
    """The place that a cursor names. of: how ids of that list begin, such as `task`.

    Raises:
        InvalidOption: it is not one of ours, or one of another list.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        text = ""
    matched = _CURSOR.fullmatch(text)
    if matched is None or matched[2] not in (of, None):
        raise InvalidOption(
            option="cursor", problem="is not one that this server gave out", hint="Send `nextCursor` as it came."
        )
    moment, _, item_id = text.partition(".")
    return Place(int(moment), item_id)
