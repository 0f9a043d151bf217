"""A process that counts requests as fast as it can, for tests of several: URL NAME PER_SECOND SECONDS.

Says `ready`, waits for a line, and prints one JSON list: `[admitted, when, wait_s]` of each request by the wall clock.
"""

import asyncio
import json
import sys
import time

from overdoor.domain.limits import Bound
from overdoor.storage.redis_counters import RedisCounters


async def main(url: str, name: str, per_second: int, seconds: float) -> None:
    """Ask again and again; after a refusal at once, so that every place is taken as soon as it is free."""
    counters = RedisCounters(url)
    rate = (Bound(per_second, 1), Bound(per_second * 60, 60))
    await counters.take("warm", rate)
    print("ready", flush=True)
    sys.stdin.readline()
    seen: list[tuple[bool, float, int]] = []
    until = time.time() + seconds
    while time.time() < until:
        standing = await counters.take(name, rate)
        seen.append((standing.is_admitted, time.time(), standing.tightest.frees_in_s))
    await counters.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
