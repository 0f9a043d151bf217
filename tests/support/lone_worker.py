"""A gateway in a process of its own that accepts one live task, says its id and key, and carries it: to be killed.

`lone_worker FOLDER PROVIDER_URL`
"""

import asyncio
import sys
from pathlib import Path

from overdoor.wiring import Surroundings, open_gateway
from tests.fakes.provider import FakeProvider
from tests.support.following import submit
from tests.support.settings import hermetic_settings


async def work(folder: Path, provider_url: str) -> None:
    """Carry the task for ever."""
    surroundings = Surroundings(providers={"openai": FakeProvider(provider_url)})
    async with open_gateway(hermetic_settings(folder), surroundings) as gateway:
        key = await gateway.accounts.create_key("live", mode="live")
        caller = await gateway.accounts.authenticate(key.secret)
        print(key.secret, flush=True)
        print((await submit(gateway, caller)).task.id, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2]))
