"""Log lines: structlog's and the standard library's through one pipeline, to stderr, without API keys."""

import logging
import re
import sys
from collections.abc import Callable
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

LogFormat = Literal["json", "text"]

_KEY = re.compile(r"sk_(test|live)_[0-9A-Za-z]+")
_ALWAYS = ("timestamp", "level", "logger", "event")
_OTHERS_FROM = logging.WARNING  # the least important line of a library that is logged


def choose_format(setting: str) -> LogFormat:
    """`auto` made definite: text on a terminal, JSON for everything that collects lines."""
    match setting:
        case "json" | "text":
            return setting
        case _:
            return "text" if sys.stderr.isatty() else "json"


def configure(log_format: LogFormat, *, level: str) -> None:
    """Every later log line of this process has this form, goes to stderr, and holds no API key.

    level: debug, info, warning or error. Libraries are heard from warning on.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_rendering(log_format),
            redact,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _ToStructlog):
            root.removeHandler(handler)
    root.addHandler(_ToStructlog(_OTHERS_FROM))


def redact(_logger: object, _method: str, line: str | bytes | EventDict) -> str:
    """The finished line without API keys, wherever they stood: in a value, in a message, in a traceback."""
    return _KEY.sub(r"sk_\1_…", str(line))


def _rendering(log_format: LogFormat) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, _in_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    is_terminal = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=is_terminal, exception_formatter=structlog.dev.plain_traceback)]


def _in_order(_logger: object, _method: str, line: EventDict) -> EventDict:
    """What every line has comes first, for people who read them."""
    return {**{name: line[name] for name in _ALWAYS if name in line}, **line}


class _Lines:
    """Writes finished lines to what stderr is at that moment."""

    def __init__(self, name: str = "overdoor") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _ToStructlog(logging.Handler):
    """Hands the records of libraries (uvicorn, aiohttp, procrastinate, asyncio) to the same pipeline."""

    def emit(self, record: logging.LogRecord) -> None:
        log: Callable[..., Any] = structlog.get_logger(record.name).log
        log(record.levelno, record.getMessage(), **({"exc_info": record.exc_info} if record.exc_info else {}))
