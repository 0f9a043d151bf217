"""Fixtures that repeat a room's tests on PostgreSQL; a room's conftest imports them.

`database_url` is None (SQLite) or the address of a fresh, migrated database; the second carries the marker `postgres`.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager

import pytest

from overdoor.config import Settings
from overdoor.storage.db import Database
from overdoor.storage.opening import open_database
from overdoor.units import new_id
from tests.support.postgresql import Cluster, running_cluster

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
_TEMPLATE = "overdoor_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL server for the session, with a migrated database to copy."""
    from overdoor.storage.postgresql import open_postgresql

    async def migrate(url: str) -> None:
        await (await open_postgresql(url)).close()

    with running_cluster() as running:
        asyncio.run(migrate(running.create(_TEMPLATE)))
        yield running


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a migrated database lies, for each kind in turn."""
    if request.param == "sqlite":
        yield None
        return
    with fresh_database(request.getfixturevalue("cluster")) as url:
        yield url


@contextmanager
def fresh_database(cluster: Cluster) -> Generator[str]:
    """The address of a migrated database that is dropped at the end."""
    name = new_id("test")
    yield cluster.create(name, template=_TEMPLATE)
    cluster.drop(name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """An open database, empty but for its schema."""
    opened = await open_database(settings)
    yield opened
    await opened.close()
