"""Dates in HTTP headers, as foreign programs write them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def read_http_date(value: str | None) -> datetime | None:
    """The moment, in UTC where no zone is named; None for what is no date, or none that a calendar has."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
