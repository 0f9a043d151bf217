"""Log lines: one pipeline, and never a key."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import ANY

import pytest
import structlog

from overdoor.log import choose_format, configure

KEY = "sk_live_0123456789abcdefABCDEF"
Written = Callable[[], str]


@pytest.fixture
def written(capfd: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """What was logged since it was last asked for."""
    handlers, lines = logging.getLogger().handlers[:], structlog.get_config()
    yield lambda: capfd.readouterr().err
    logging.getLogger().handlers[:] = handlers
    structlog.configure(**lines)


def test_a_json_line_tells_when_how_bad_who_and_what(written: Written) -> None:
    """Promise: docs/operating.md, logs."""
    configure("json", level="info")

    structlog.get_logger("overdoor.http").info("request", path="/", status=200)
    structlog.get_logger("overdoor.http").debug("not logged at this level")

    assert list(json.loads(written()).items()) == [
        ("timestamp", ANY),
        ("level", "info"),
        ("logger", "overdoor.http"),
        ("event", "request"),
        ("path", "/"),
        ("status", 200),
    ]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_key_reaches_a_line_from_a_message_a_value_or_a_traceback(written: Written, log_format: Any) -> None:
    """Promise: design.md, what never happens: a key in a log."""
    configure(log_format, level="info")
    log = structlog.get_logger("overdoor")

    log.info(f"used {KEY}", header=f"Bearer {KEY}", nested={"keys": [KEY.encode(), (KEY,)]})
    log.error("refused", exc_info=raised(ValueError(KEY)))
    logging.getLogger("aiohttp.client").error("sent %s", KEY)

    lines = written()
    assert KEY[8:] not in lines
    assert lines.count("sk_live_…") >= 6
    assert "Traceback (most recent call last)" in lines
    assert "╭" not in lines  # a rich traceback would show local variables


def test_libraries_are_heard_from_warning_on_in_the_same_form(written: Written) -> None:
    """Promise: procrastinate, aiohttp and uvicorn errors are in the same log."""
    configure("json", level="info")
    configure("json", level="info")  # twice must not double the lines

    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")

    assert json.loads(written()) == {
        "timestamp": ANY,
        "level": "warning",
        "logger": "uvicorn.error",
        "event": "Invalid HTTP request received.",
    }


@pytest.mark.parametrize(("setting", "chosen"), [("json", "json"), ("text", "text"), ("auto", "json")])
@pytest.mark.usefixtures("capfd")
def test_without_a_terminal_auto_means_json(setting: str, chosen: str) -> None:
    """Promise: the setting log_format."""
    assert choose_format(setting) == chosen


def raised(error: Exception) -> Exception:
    """The error with a traceback."""
    with suppress(type(error)):
        raise error
    return error
