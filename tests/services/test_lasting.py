"""What a provider has done is written down, also through a restart of the database."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from overdoor.errors import DatabaseAway
from overdoor.services.lasting import write_at_last
from overdoor.storage.db import Database, Tx
from overdoor.storage.postgresql import PostgresqlDatabase


class Restarting:
    """A database whose next writes find nobody; then it is back."""

    def __init__(self, failures: int) -> None:
        self.left = failures

    async def write(self, work: Callable[[Tx], str]) -> str:
        """See `overdoor.storage.db.Database`."""
        if self.left:
            self.left -= 1
            raise DatabaseAway
        return work(cast("Tx", None))


async def test_a_write_that_must_not_be_lost_waits_for_the_database() -> None:
    """Promise: docs/chaos.md: a restart of the database does not make a submit ambiguous."""
    database = Restarting(3)

    written = await write_at_last(cast("Database", database), lambda _: "kept", again_s=0)

    assert (written, database.left) == ("kept", 0)


async def test_a_server_that_is_away_is_told_as_such() -> None:
    """Promise: docs/errors.md#database_away: 503, to be sent again."""

    def look(tx: Tx) -> Any:
        raise AssertionError(tx)

    database = PostgresqlDatabase("postgresql:///nowhere?host=/no/such/folder")
    for ask in (database.read, database.write):
        with pytest.raises(DatabaseAway):
            await ask(look)
    await database.close()
