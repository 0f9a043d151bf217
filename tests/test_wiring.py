"""What opens and closes: unfinished files, and the first key."""

from pathlib import Path

from overdoor.config import Settings
from overdoor.storage.presence import Presence
from overdoor.wiring import Surroundings, open_gateway


async def test_files_of_a_process_that_is_gone_are_swept_and_those_of_a_living_one_stay(
    settings: Settings, surroundings: Surroundings
) -> None:
    """A kill in the middle of a clip leaves its unfinished file; the next start removes it."""
    living = Presence(settings.data / "workers")
    left, kept = _unfinished(settings.data, "worker_gone"), _unfinished(settings.data, living.owner)

    async with open_gateway(settings, surroundings):
        seen = (left.exists(), kept.exists())

    living.close()
    assert seen == (False, True)


async def test_a_key_is_shown_by_the_first_start_only_and_never_where_nobody_looks(settings: Settings) -> None:
    """Promise: README.md, "the first start prints a test key"."""
    shown: list[bool] = []
    for makes_first_key in (False, True, True):
        async with open_gateway(settings, Surroundings(makes_first_key=makes_first_key)) as gateway:
            await gateway.accounts.caller_of_owner("test")
            shown.append(gateway.first_key is not None)

    assert shown == [False, True, False]


def _unfinished(data: Path, owner: str) -> Path:
    path = data / "scratch" / owner / "clip"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    return path
