"""Which database the settings name."""

from pathlib import Path

from overdoor.config import Settings
from overdoor.errors import StartRefused
from overdoor.storage.db import Database


def database_file(settings: Settings) -> Path:
    """Where SQLite's database lies, if the settings name no other."""
    return settings.data / "overdoor.db"


async def open_database(settings: Settings) -> Database:
    """The database that the settings name, migrated to the newest schema.

    Raises:
        StartRefused: the schema is newer than this program, the file is no database or may not be written, the server
            does not answer, or its driver is not installed.
    """
    if settings.database_url is None:
        from overdoor.storage.sqlite import open_sqlite  # noqa: PLC0415 - the driver that is not used is not imported

        return await open_sqlite(database_file(settings))
    try:
        from overdoor.storage.postgresql import open_postgresql  # noqa: PLC0415 - an extra: psycopg may be missing
    except ModuleNotFoundError as error:
        raise StartRefused(
            f"`database_url` needs the module {error.name} of the extra `postgres`, which is not installed; "
            "docs/operating.md says how. Without `database_url`, SQLite in the data folder serves."
        ) from error
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415 - what the migrations raise; SQLite's path never loads it

    try:
        return await open_postgresql(settings.database_url)
    except DatabaseError as error:
        reason = " ".join(str(error.orig).split())  # on one line
        raise StartRefused(f"The database of `database_url` cannot be used: {reason}") from error
