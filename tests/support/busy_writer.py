"""Writes one SQLite file as fast as it can for some seconds, then reports as JSON: `busy_writer PATH SECONDS`."""

import asyncio
import json
import sys
import time
from pathlib import Path

from overdoor.storage.db import Sql, Tx
from overdoor.storage.sqlite import open_sqlite

_AT_ONCE = 8
_PUT = Sql("INSERT INTO revisions (name, number) VALUES (:name, 0)")
_COUNT = Sql("SELECT count(*) FROM revisions WHERE name LIKE :like")


async def report(path: Path, seconds: float) -> dict[str, object]:
    """How many writes were made, how long the slowest took, and what went wrong."""
    database = await open_sqlite(path)
    ends_at = time.monotonic() + seconds
    times_s: list[float] = []
    errors: list[str] = []

    async def write_on(writer: str) -> None:
        number = 0
        while (began_at := time.monotonic()) < ends_at:
            number += 1
            name = f"{writer} {number}"
            try:
                await database.write(lambda tx, name=name: tx.run(_PUT, name=name))
            except Exception as error:  # noqa: BLE001 - the report is what it is for
                errors.append(repr(error))
            times_s.append(time.monotonic() - began_at)

    me = f"{id(database)}-{time.monotonic_ns()}"
    await asyncio.gather(*(write_on(f"{me} {writer}") for writer in range(_AT_ONCE)))

    def mine(tx: Tx) -> int:
        return tx.scalar(_COUNT, like=f"{me} %")

    kept = await database.read(mine)
    await database.close()
    return {"writes": len(times_s), "kept": kept, "slowest_s": max(times_s), "errors": errors}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(report(Path(sys.argv[1]), float(sys.argv[2])))))
