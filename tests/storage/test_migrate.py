"""The schema: newest at each start, whole after every kill, never touched when it is too new."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from overdoor.config import Settings
from overdoor.storage import migrate
from overdoor.storage.db import Database, Sql
from overdoor.storage.migrate import HEAD, MigrationError, migrate_sqlite
from overdoor.storage.opening import open_database
from overdoor.units import new_id
from tests.support.postgresql import Cluster

_MOST_STATEMENTS = 140  # more than a start on an empty PostgreSQL needs
_REVISIONS = Sql("SELECT version_num FROM alembic_version")
_FORGE = Sql("UPDATE alembic_version SET version_num = '9999'")


def test_head_is_the_newest_revision_in_the_folder() -> None:
    """Promise: storage/migrate: a start that finds HEAD does not even import Alembic."""
    folder = Path(migrate.__file__).parent / "migrations"

    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_starts_at_once_on_one_new_file_take_turns(tmp_path: Path) -> None:
    """Promise: foundation issue: two starts at once leave one good schema."""
    path = tmp_path / "overdoor.db"
    together = threading.Barrier(4)
    errors: list[BaseException] = []

    def start() -> None:
        together.wait()
        try:
            migrate_sqlite(path)
        except BaseException as error:  # noqa: BLE001 - what the test is about
            errors.append(error)

    starts = [threading.Thread(target=start) for _ in range(4)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()

    assert errors == []
    assert migrate.sqlite_revision(path) == HEAD


@pytest.mark.postgres
async def test_starts_at_once_on_one_empty_postgresql_take_turns(cluster: Cluster) -> None:
    """Promise: foundation issue: two starts at once leave one good schema."""
    from overdoor.storage.postgresql import open_postgresql

    url = cluster.create(new_id("test"))

    opened = await asyncio.gather(*(open_postgresql(url) for _ in range(4)))

    revisions = [await database.read(lambda tx: tx.scalar(_REVISIONS)) for database in opened]
    assert revisions == [HEAD] * 4
    for database in opened:
        await database.close()


async def test_a_database_of_a_newer_version_is_refused_in_a_sentence(database: Database, settings: Settings) -> None:
    """Promise: a downgrade does not write into a schema that it does not know."""
    await database.write(lambda tx: tx.run(_FORGE))

    with pytest.raises(MigrationError, match=r"revision 9999, which this version of Overdoor does not know"):
        await open_database(settings)


def test_a_kill_after_any_statement_of_the_first_start_leaves_what_the_next_start_completes(tmp_path: Path) -> None:
    """Promise: foundation issue: kill -9 inside a migration leaves the revision before or after, never between."""
    schemas = _schemas_after_kills("sqlite", str(tmp_path))

    assert len(schemas) > 15
    assert all(schema == schemas[-1] for schema in schemas)
    assert schemas[-1][-1] == f"revision {HEAD}"


@pytest.mark.postgres
def test_a_kill_after_any_statement_of_the_first_start_on_postgresql_leaves_what_the_next_start_completes(
    cluster: Cluster,
) -> None:
    """Promise: foundation issue: the same on PostgreSQL."""
    databases = [new_id("test") for _ in range(_MOST_STATEMENTS)]

    schemas = _schemas_after_kills("postgresql", *(cluster.create(database) for database in databases))

    assert len(schemas) > 15
    assert all(schema == schemas[-1] for schema in schemas)
    assert f"revision {HEAD}" in schemas[-1]
    for database in databases:
        cluster.drop(database)


def _schemas_after_kills(*arguments: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_start", *arguments],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    return json.loads(done.stdout)
