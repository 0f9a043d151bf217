"""Takes ids from a queue, says so, and never comes to an end: `doomed_worker FOLDER [DATABASE_URL]`. To be killed."""

import asyncio
import sys
from pathlib import Path

from overdoor.engine.contract import Again, Done
from overdoor.storage.opening import open_database
from tests.support.carrying import make_engine
from tests.support.settings import hermetic_settings


async def work(folder: Path, database_url: str | None) -> None:
    """Deliver for ever."""
    settings = hermetic_settings(folder, database_url=database_url)
    engine = make_engine(await open_database(settings), settings)

    async def hang(item_id: str) -> Done | Again:
        print(item_id, flush=True)
        await asyncio.Event().wait()
        return Done()

    await engine.run(hang)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
