"""Results on disk: read again, verified, and paid back when they are gone."""

import asyncio
from datetime import timedelta

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.task import TaskView
from overdoor.errors import AssetGone, AssetNotFound
from overdoor.wiring import Gateway
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, submit
from tests.support.pictures import png


@pytest.fixture
async def made(gateway: Gateway, live_caller: Caller) -> TaskView:
    """A task with its picture."""
    return await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)


async def read(gateway: Gateway, asset_id: str) -> bytes:
    asset = await gateway.assets.find(asset_id)
    return b"".join([chunk async for chunk in await gateway.assets.read(asset)])


async def test_a_result_is_read_back_byte_for_byte(gateway: Gateway, made: TaskView) -> None:
    """Promise: design.md decision 9: results are ours."""
    assert await read(gateway, made.assets[0].id) == png()


@pytest.mark.parametrize("loss", ["deleted", "altered", "cut short"])
async def test_a_result_that_was_lost_is_reported_and_paid_back_once(
    gateway: Gateway, live_caller: Caller, made: TaskView, settings: Settings, loss: str
) -> None:
    """Promise: design.md `What never happens`; foundation issue: a lost result is a refund, once."""
    asset = made.assets[0]
    path = settings.data / "assets" / asset.sha256[:2] / asset.sha256[2:4] / asset.sha256
    if loss == "deleted":
        path.unlink()
    else:
        path.write_bytes(png()[:-1] + (b"!" if loss == "altered" else b""))

    answers = await asyncio.gather(*(read(gateway, asset.id) for _ in range(5)), return_exceptions=True)

    assert {type(answer) for answer in answers} == {AssetNotFound}
    task = (await gateway.generate.find(made.task.id, caller=live_caller)).task
    assert (task.state, task.fail_code, task.charged) == ("fail", "result_lost", 0)
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_result_that_vanishes_between_finding_and_reading_is_paid_back(
    gateway: Gateway, made: TaskView, settings: Settings
) -> None:
    """Promise: assets.read: the bytes are gone; noted and refunded as in `find`."""
    asset = await gateway.assets.find(made.assets[0].id)
    (settings.data / "assets" / asset.sha256[:2] / asset.sha256[2:4] / asset.sha256).unlink()

    with pytest.raises(AssetNotFound):
        await gateway.assets.read(asset)

    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_an_expired_result_is_gone_and_stays_paid(gateway: Gateway, made: TaskView, clock: Clock) -> None:
    """Promise: results live 30 days; their end is no loss."""
    clock.advance(timedelta(days=31))

    with pytest.raises(AssetGone):
        await gateway.assets.find(made.assets[0].id)

    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)
