"""What only the fleet engine must survive."""

from collections.abc import Iterator

import psycopg
import pytest

from overdoor.config import Settings
from overdoor.engine.contract import Again
from overdoor.storage.db import Database, Tx
from tests.support.carrying import carrying, in_turn, make_engine
from tests.support.databases import fresh_database
from tests.support.postgresql import Cluster

pytestmark = pytest.mark.postgres

_CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """PostgreSQL only: SQLite has no connections to cut."""
    with fresh_database(cluster) as url:
        yield url


async def test_the_engine_goes_on_after_every_connection_was_cut(database: Database, settings: Settings) -> None:
    """Promise: contract: `Deliver until stop`, also over a restart of the database; nothing that slept is lost."""
    assert settings.database_url is not None
    engine = make_engine(database, settings)

    def put(item_id: str, tx: Tx) -> None:
        engine.enqueue(tx, item_id)

    async with carrying(engine, in_turn(Again(0.01), Again(0.5))) as deliveries:
        await database.write(lambda tx: put("before", tx))
        await deliveries.until("before")
        async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
            await connection.execute(_CUT_ALL)
        await database.write(lambda tx: put("after", tx))

        assert set(await deliveries.until("after")) <= {"before", "after"}
