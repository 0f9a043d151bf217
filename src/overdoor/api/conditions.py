"""What a request for a file wants of it: nothing new, a part, or all of it (RFC 9110)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from overdoor.net.http_dates import read_http_date

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # Python refuses to read a number of thousands of digits


@dataclass(frozen=True, slots=True)
class Version:
    """What a file is now."""

    etag: str
    changed_at: datetime
    size_bytes: int


def http_date(moment: datetime) -> str:
    """The moment as headers have it, to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def precondition_fails(headers: Mapping[str, str], version: Version) -> bool:
    """True when the client wants only a version that this is not."""
    if (condition := headers.get("if-match")) is not None:
        return not any(tag.strip() in (version.etag, "*") for tag in condition.split(","))
    since = read_http_date(headers.get("if-unmodified-since"))
    return since is not None and version.changed_at.replace(microsecond=0) > since


def is_known(headers: Mapping[str, str], version: Version) -> bool:
    """True when the client has this version already."""
    if (condition := headers.get("if-none-match")) is not None:
        return any(tag.strip().removeprefix("W/") in (version.etag, "*") for tag in condition.split(","))
    since = read_http_date(headers.get("if-modified-since"))
    return since is not None and version.changed_at.replace(microsecond=0) <= since


def wanted_range(headers: Mapping[str, str], version: Version) -> tuple[int, int] | None:
    """Start and end (exclusive) of the bytes that were asked for; None when there are no such bytes.

    A header that is no single byte range is ignored, as RFC 9110 allows, and so is a range of another version.
    """
    size_bytes = version.size_bytes
    everything = (0, size_bytes)
    condition = headers.get("if-range")
    if condition is not None and condition.strip() not in (version.etag, http_date(version.changed_at)):
        return everything
    matched = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if matched is None or matched[0] == "bytes=-":
        return everything
    first, last = matched[1], matched[2]
    if not first:
        suffix = min(int(last), size_bytes)
        return (size_bytes - suffix, size_bytes) if suffix else None
    start = int(first)
    end = min(int(last) + 1, size_bytes) if last else size_bytes
    if last and int(last) < start:
        return everything
    return (start, end) if start < size_bytes else None
