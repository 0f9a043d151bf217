"""A node of its own that accepts tasks in bursts and carries none.

`bursting FOLDER DATABASE_URL_OR_DASH`: for each line on stdin (a key, a number) that many wishes at once; answers with
a line of JSON, how many were accepted and how many refused by the cap.
"""

import asyncio
import json
import sys
from pathlib import Path

from overdoor.errors import TooManyActiveTasks
from overdoor.wiring import Surroundings, open_gateway
from tests.support.following import submit
from tests.support.settings import hermetic_settings


async def main(folder: Path, database_url: str | None) -> None:
    """Answer until stdin ends."""
    around = Surroundings(carries="none", makes_first_key=False)
    async with open_gateway(hermetic_settings(folder, database_url=database_url), around) as gateway:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            secret, count = line.split()
            caller = await gateway.accounts.authenticate(secret)
            answers = await asyncio.gather(
                *(submit(gateway, caller) for _ in range(int(count))), return_exceptions=True
            )
            refused = sum(isinstance(answer, TooManyActiveTasks) for answer in answers)
            accepted = sum(not isinstance(answer, BaseException) for answer in answers)
            print(json.dumps({"accepted": accepted, "refused": refused}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), None if sys.argv[2] == "-" else sys.argv[2]))
