"""Bring the schema to the newest revision at start, one transaction for each migration.

A kill in the middle leaves the revision before or after, never between; two processes that start at once take turns
(SQLite: BEGIN IMMEDIATE; PostgreSQL: an advisory lock). Alembic is imported only where there is something to do.
"""

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool

from overdoor.errors import StartRefused

HEAD = "0006"  # the newest revision in migrations/versions; a test holds both together

_FOLDER = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_S = 30.0  # a second process waits this long for the first one's migrations
_ADVISORY_LOCK = 0x0_0E2D_0012  # any constant that nobody else in the database uses
_LOCK_TIMEOUT = "30s"
_WAL_RETRY_S = 0.01


class MigrationError(StartRefused):
    """The schema cannot be used by this program; the message says why and what to do."""


def migrate_sqlite(path: Path) -> None:
    """Bring the file to `HEAD`, making it where it does not exist. Blocks; run it in a thread.

    Raises:
        MigrationError: the schema is newer, or the file is no database or may not be written.
    """
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise MigrationError(f"The database {path} cannot be used: it may not be read and written by this user.")
    try:
        _migrate_sqlite(path)
    except (sqlite3.DatabaseError, DatabaseError) as error:
        raise MigrationError(
            f"The database {path} cannot be used: {getattr(error, 'orig', None) or error}. "
            "If it is damaged, restore it from a backup."
        ) from error


def _migrate_sqlite(path: Path) -> None:
    if sqlite_revision(path) == HEAD:
        return
    engine = create_engine(
        f"sqlite:///file:{path.absolute()}?uri=true&mode=rwc",
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",  # BEGIN and COMMIT below are ours; the driver's defaults commit DDL early
        connect_args={"timeout": _BUSY_TIMEOUT_S},
    )
    with closing(engine.connect()) as connection:
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        _enter_wal(connection)
        done = False
        while not done:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                done = _one_step(connection)
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")


async def migrate_postgresql(engine: AsyncEngine) -> None:
    """Bring the database to `HEAD`."""
    async with engine.connect() as connection:
        if await connection.run_sync(_postgresql_revision) == HEAD:
            return
    done = False
    while not done:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            done = await connection.run_sync(_one_step)


def _one_step(connection: Connection) -> bool:
    """Apply the next migration inside the caller's transaction; True when the schema is at `HEAD`."""
    from alembic.config import Config  # noqa: PLC0415 - 150 ms that a migrated database need not pay
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory(str(_FOLDER))
    revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    following = _after(current, revisions)
    if following is None:
        return True
    with EnvironmentContext(
        Config(),
        script,
        fn=lambda revision, _: script._upgrade_revs(following, revision),  # type: ignore[arg-type]
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
    return following == HEAD


def _after(current: str | None, revisions: Sequence[str]) -> str | None:
    if current is None:
        return revisions[0]
    if current not in revisions:
        raise MigrationError(
            f"The database is at revision {current}, which this version of Overdoor does not know (newest: {HEAD}). "
            "Start the newer version that wrote it, or restore a backup."
        )
    at = revisions.index(current) + 1
    return revisions[at] if at < len(revisions) else None


def _enter_wal(connection: Connection) -> None:
    """Switch to write-ahead logging; it needs the file for itself, and SQLite's busy timeout does not wait here."""
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_S)


def sqlite_revision(path: Path) -> str | None:
    """The revision of a database file; None where there is none."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_S)) as raw:
        try:
            row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
        return row[0] if row else None


def _postgresql_revision(connection: Connection) -> str | None:
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except ProgrammingError:
        return None
