"""Uploads on both databases: who sees them, how many bytes fit, and what several at once may not do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.task import Asset
from overdoor.errors import AssetNotFound, TooManyUploads, UploadQuotaExceeded
from overdoor.services.uploads import MOST_AT_ONCE_OF_KEY, Incoming
from overdoor.wiring import Gateway
from tests.support.clock import Clock
from tests.support.following import stranger
from tests.support.pictures import png

PICTURE = png(width_px=64, height_px=48)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    """A file as it comes."""
    yield data


async def keep(gateway: Gateway, caller: Caller, data: bytes = PICTURE) -> Asset:
    """One upload."""
    async with gateway.uploads.place(caller, announced_bytes=len(data)):
        return await gateway.uploads.keep(Incoming("cat.png", pieces(data)), caller=caller)


async def test_of_uploads_that_end_together_only_those_that_fit_are_kept(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: docs/limits.md: bytes are counted in the transaction that adds an upload."""
    tight = replace(live_caller, tier=replace(live_caller.tier, upload_bytes=2 * len(PICTURE) + 1))

    ended = await asyncio.gather(*(keep(gateway, tight) for _ in range(4)), return_exceptions=True)

    kept = [each for each in ended if isinstance(each, Asset)]
    assert len(kept) == 2
    assert sum(isinstance(each, UploadQuotaExceeded) for each in ended) == 2
    page = await gateway.uploads.page(caller=tight, limit=10, cursor=None)
    assert {each.id for each in page.uploads} == {each.id for each in kept}


async def test_room_comes_back_when_uploads_expire(gateway: Gateway, live_caller: Caller, clock: Clock) -> None:
    """Promise: docs/limits.md: unexpired uploads count."""
    tight = replace(live_caller, tier=replace(live_caller.tier, upload_bytes=len(PICTURE)))
    await keep(gateway, tight)
    with pytest.raises(UploadQuotaExceeded):
        await keep(gateway, tight)

    clock.advance(timedelta(days=31))

    assert (await keep(gateway, tight)).role == "upload"


async def test_the_same_bytes_bring_back_lost_uploads_of_every_account_and_nothing_else(
    gateway: Gateway, live_caller: Caller, settings: Settings
) -> None:
    """Promise: docs/inputs-and-uploads.md: once somebody uploads the same bytes again."""
    other = await stranger(gateway)
    mine, theirs = await keep(gateway, live_caller), await keep(gateway, other)
    elsewhere = await keep(gateway, live_caller, png(width_px=32, height_px=32))
    for each in (mine, theirs, elsewhere):
        (settings.data / "assets" / each.sha256[:2] / each.sha256[2:4] / each.sha256).unlink(missing_ok=True)
        with pytest.raises(AssetNotFound, match="was lost"):
            await gateway.assets.find(each.id)

    again = await keep(gateway, live_caller)

    assert (await gateway.uploads.find(mine.id, caller=live_caller)).id == mine.id
    assert (await gateway.assets.visible(theirs.id, caller=other)).id == theirs.id
    page = await gateway.uploads.page(caller=live_caller, limit=10, cursor=None)
    assert {each.id for each in page.uploads} == {mine.id, again.id}
    with pytest.raises(AssetNotFound, match="was lost"):
        await gateway.uploads.find(elsewhere.id, caller=live_caller)


async def test_a_key_sees_its_own_uploads_and_an_account_reader_all_of_the_account(
    gateway: Gateway, live_caller: Caller, caller: Caller
) -> None:
    """Promise: design 6: who sees what."""
    live, test = await keep(gateway, live_caller), await keep(gateway, caller)
    overseer = replace(caller, key_id=live_caller.key_id, scopes=frozenset({"read", "account:read"}))
    other = await stranger(gateway)

    def ids(found: tuple[Asset, ...]) -> set[str]:
        return {each.id for each in found}

    uploads = gateway.uploads
    assert ids((await uploads.page(caller=live_caller, limit=9, cursor=None)).uploads) == {live.id}
    assert ids((await uploads.page(caller=overseer, limit=9, cursor=None)).uploads) == {live.id, test.id}
    assert (await uploads.page(caller=other, limit=9, cursor=None)).uploads == ()
    assert (await uploads.find(live.id, caller=overseer)).id == live.id
    for unseen, sees_not in ((test, live_caller), (live, caller), (live, other)):
        with pytest.raises(AssetNotFound):
            await uploads.find(unseen.id, caller=sees_not)


async def test_pages_meet_without_gap_or_overlap_when_many_came_in_one_millisecond(
    gateway: Gateway, live_caller: Caller
) -> None:
    """Promise: docs/inputs-and-uploads.md: keyset pages."""
    made = [(await keep(gateway, live_caller)).id for _ in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = await gateway.uploads.page(caller=live_caller, limit=2, cursor=cursor)
        seen += [each.id for each in page.uploads]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(seen) == sorted(made)


async def test_places_of_a_key_are_bounded_and_given_back(
    gateway: Gateway, live_caller: Caller, caller: Caller
) -> None:
    """Promise: docs/limits.md: four uploads of a key may arrive at once."""
    inside, leave = asyncio.Event(), asyncio.Event()
    arrived = 0

    async def hold() -> None:
        nonlocal arrived
        async with gateway.uploads.place(live_caller, announced_bytes=0):
            arrived += 1
            if arrived == MOST_AT_ONCE_OF_KEY:
                inside.set()
            await leave.wait()

    holding = [asyncio.create_task(hold()) for _ in range(MOST_AT_ONCE_OF_KEY)]
    await inside.wait()
    with pytest.raises(TooManyUploads):
        await keep(gateway, live_caller)
    assert (await keep(gateway, caller)).mode == "test"  # of another key
    leave.set()
    await asyncio.gather(*holding)

    assert (await keep(gateway, live_caller)).mode == "live"
