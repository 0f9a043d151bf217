"""What other processes announce, heard by one connection that listens (PostgreSQL).

A pooler in between may swallow notices, and a broken connection misses some: a slow poll, and a look after every new
connection, find what was not heard.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable

import psycopg
import structlog

POLL_S = 2.0
_CHANNEL = "overdoor_tasks"
_RECONNECT_S = 1.0
_CONNECT_TIMEOUT_S = 10
_IDS_IN_ONE = 150  # a notice has fewer than 8,000 bytes

Listener = Callable[[Collection[str] | None], None]

_log = structlog.get_logger("overdoor.storage")


def notify_text(task_ids: Iterable[str]) -> str:
    """The statements that announce these tasks with the transaction; empty where there are none.

    Written as text, so that they travel together with COMMIT.
    """
    known = list(dict.fromkeys(task_ids))
    if not all(each.isascii() and each.replace("_", "").isalnum() for each in known):
        raise ValueError("an id of a task has letters, digits and underscores only")
    parts = (known[at : at + _IDS_IN_ONE] for at in range(0, len(known), _IDS_IN_ONE))
    return "".join(f"NOTIFY {_CHANNEL}, '{','.join(part)}'; " for part in parts)


async def hear(url: str, tell: Listener, *, is_own: Callable[[int], bool]) -> None:
    """Tell of everything that other processes announce, until cancelled.

    is_own: whether the connection with this backend's number is this process's; what it announces is known already.
    """
    polling = asyncio.create_task(_poll(tell))
    try:
        while True:
            try:
                await _listen(url, tell, is_own)
            except psycopg.Error:
                _log.warning("listening for changed tasks was interrupted")
            await asyncio.sleep(_RECONNECT_S)
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


async def _listen(url: str, tell: Listener, is_own: Callable[[int], bool]) -> None:
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:
        await connection.execute(f"LISTEN {_CHANNEL}")
        tell(None)  # what was announced before this moment was not heard
        async for notice in connection.notifies():
            if not is_own(notice.pid):
                tell(frozenset(notice.payload.split(",")))


async def _poll(tell: Listener) -> None:
    while True:
        await asyncio.sleep(POLL_S)
        tell(None)
