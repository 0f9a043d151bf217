"""Starts on a database and is killed (SIGKILL) after the n-th statement, for n = 1, 2, 3 …; then starts again.

`killed_start sqlite FOLDER` or `killed_start postgresql URL…` (one empty database for each n). Prints JSON: for each n
the schema that the second start left. One process forks the others, so that each costs milliseconds.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path

import psycopg
from sqlalchemy import Engine, event

from overdoor.storage.migrate import migrate_sqlite
from overdoor.storage.postgresql import open_postgresql

_MOST_STATEMENTS = 200
_POSTGRESQL_SCHEMA = """
    SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns
      WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'revision ' || version_num FROM alembic_version ORDER BY 1
"""


def main(kind: str, places: Sequence[str]) -> list[list[str]]:
    """One schema for each n, until a start needs fewer than n statements."""
    for module in ("environment", "migration"):
        import_module(f"alembic.runtime.{module}")  # once, before the forks
    schemas: list[list[str]] = []
    for number in range(1, _MOST_STATEMENTS):
        place = str(Path(places[0]) / f"{number}.db") if kind == "sqlite" else places[number - 1]
        start = _start_sqlite if kind == "sqlite" else _start_postgresql
        was_killed = _in_child(lambda start=start, place=place, number=number: _dying_after(number, start, place))
        if _in_child(lambda start=start, place=place: start(place)):
            raise RuntimeError(f"the start after the kill at statement {number} failed")
        schemas.append(_sqlite_schema(place) if kind == "sqlite" else _postgresql_schema(place))
        if not was_killed:
            return schemas
    raise RuntimeError("a start never came to its end")


def _in_child(work: Callable[[], None]) -> bool:
    """Run `work` in a child; True when it was killed.

    Raises:
        RuntimeError: it failed in another way.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - the parent must hear of anything
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise RuntimeError(f"a start ended with {status}")
    return False


def _dying_after(number: int, start: Callable[[str], None], place: str) -> None:
    left = number

    @event.listens_for(Engine, "after_cursor_execute")
    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    start(place)


def _start_sqlite(place: str) -> None:
    migrate_sqlite(Path(place))


def _start_postgresql(place: str) -> None:
    async def start() -> None:
        await (await open_postgresql(place)).close()

    asyncio.run(start())


def _sqlite_schema(place: str) -> list[str]:
    with closing(sqlite3.connect(place)) as raw:
        made = [str(row[0]) for row in raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")]
        return [*made, *(f"revision {row[0]}" for row in raw.execute("SELECT version_num FROM alembic_version"))]


def _postgresql_schema(place: str) -> list[str]:
    with psycopg.connect(place) as connection:
        return [str(row[0]) for row in connection.execute(_POSTGRESQL_SCHEMA)]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2:])))
