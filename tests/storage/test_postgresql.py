"""What PostgreSQL is asked for."""

import pytest

from overdoor.storage.db import Sql
from overdoor.storage.postgresql import open_postgresql
from tests.support.databases import fresh_database
from tests.support.postgresql import Cluster


@pytest.mark.postgres
async def test_a_process_that_freezes_in_a_transaction_loses_it_after_five_seconds(cluster: Cluster) -> None:
    """Promise: docs/chaos.md: a frozen process does not keep an account's row."""
    with fresh_database(cluster) as url:
        database = await open_postgresql(url)
        shown = [
            await ask(lambda tx: tx.scalar(Sql("SHOW idle_in_transaction_session_timeout")))
            for ask in (database.write, database.read)
        ]
        await database.close()

    assert shown == ["5s", "5s"]
