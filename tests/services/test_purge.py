"""Files whose time is over go, with everything that is nobody's; what a waiting task works on stays.

Promise: docs/links-and-retention.md, "Retention"; issue 4, done when 4.
"""

import asyncio
import base64
import os
from datetime import timedelta
from pathlib import Path

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.task import Asset, TaskView
from overdoor.errors import AssetNotFound
from overdoor.providers.contract import Finished, InlineAsset, Running
from overdoor.services.purge import Purge
from overdoor.storage.asset_files import AssetFiles
from overdoor.storage.db import Sql
from overdoor.wiring import Gateway
from tests.fakes.scripted import Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, submit
from tests.support.pictures import png

_COUNT = Sql("SELECT count(*) FROM assets")
_EXPIRE = Sql("UPDATE assets SET expires_at_ms = 1")
MONTH = timedelta(days=30)


@pytest.fixture
def files(settings: Settings) -> AssetFiles:
    return AssetFiles(settings.data / "assets")


@pytest.fixture
def purge(gateway: Gateway, files: AssetFiles, clock: Clock) -> Purge:
    return Purge(database=gateway.database, files=files, now=clock)


@pytest.fixture
async def made(gateway: Gateway, live_caller: Caller) -> TaskView:
    """A task with its picture."""
    return await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)


def stored(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.data / "assets").rglob("*") if path.is_file())


def path_of(settings: Settings, asset: Asset) -> Path:
    return settings.data / "assets" / asset.sha256[:2] / asset.sha256[2:4] / asset.sha256


async def rows(gateway: Gateway) -> int:
    return await gateway.database.read(lambda tx: tx.scalar(_COUNT))


async def test_a_result_goes_when_its_time_is_over_and_its_task_and_its_charge_stay(
    gateway: Gateway, live_caller: Caller, made: TaskView, purge: Purge, clock: Clock, settings: Settings
) -> None:
    """Promise: rows first, then the files that nobody names any more."""
    clock.advance(MONTH - timedelta(minutes=1))
    before = await purge.purge()
    assert (before.rows, before.files, len(stored(settings))) == (0, 0, 1)

    clock.advance(timedelta(hours=2))
    after = await purge.purge()

    assert (after.rows, after.files, stored(settings), await rows(gateway)) == (1, 1, [], 0)
    task = (await gateway.generate.find(made.task.id, caller=live_caller)).task
    assert (task.state, task.charged) == ("success", PICTURE_PRICE)
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_more_rows_than_fit_into_one_transaction_all_go(
    gateway: Gateway, live_caller: Caller, made: TaskView, purge: Purge
) -> None:
    """Promise: batches go on until nothing is left."""
    copy = Sql(
        "INSERT INTO assets (id, account_id, key_id, mode, role, position, kind, mime, width_px, height_px, size_bytes,"
        " sha256, created_at_ms, expires_at_ms) SELECT :id, account_id, key_id, mode, 'upload', 0, kind, mime,"
        " width_px, height_px, size_bytes, sha256, created_at_ms, :expires_at_ms FROM assets WHERE id = :of"
    )
    for number in range(350):
        values = {"id": f"asset_{number}", "of": made.assets[0].id, "expires_at_ms": number % 3}  # many ends are equal
        await gateway.database.write(lambda tx, values=values: tx.run(copy, **values))

    purged = await purge.purge()

    assert (purged.rows, purged.files, await rows(gateway)) == (350, 0, 1)


async def test_a_file_that_another_row_names_stays_until_the_last_of_them_is_gone(
    gateway: Gateway, live_caller: Caller, made: TaskView, purge: Purge, clock: Clock, settings: Settings
) -> None:
    """Promise: files are stored by content and shared."""
    clock.advance(timedelta(days=10))
    second = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    assert second.assets[0].sha256 == made.assets[0].sha256

    clock.advance(timedelta(days=25))
    first_pass = await purge.purge()
    assert (first_pass.rows, first_pass.files, len(stored(settings))) == (1, 0, 1)

    clock.advance(timedelta(days=10))
    second_pass = await purge.purge()

    assert (second_pass.rows, second_pass.files, stored(settings)) == (1, 1, [])


@pytest.mark.parametrize("named", ["asset", "task"])
async def test_what_a_waiting_task_works_on_stays_however_old_it_is(
    gateway: Gateway,
    live_caller: Caller,
    made: TaskView,
    purge: Purge,
    provider: Scripted,
    clock: Clock,
    settings: Settings,
    named: str,
) -> None:
    """Promise: issue 4, "nothing referenced by a running task is lost"."""
    provider.checks.append(frozen := Frozen(Running(0.5)))
    source = f"asset:{made.assets[0].id}" if named == "asset" else made.task.id
    edit = await submit(gateway, live_caller, input_urls=[source])
    await frozen.reached.wait()
    clock.advance(timedelta(days=400))

    during = await purge.purge()
    assert (during.rows, during.files, path_of(settings, made.assets[0]).exists()) == (0, 0, True)

    frozen.thaw()
    await ended(gateway, live_caller, edit.task.id)
    after = await purge.purge()

    assert after.rows >= 1
    assert await rows(gateway) <= 1  # the edit's own result is as old as the clock says


async def test_an_input_that_came_inside_the_request_stays_while_its_task_waits_and_goes_after_it(
    gateway: Gateway, live_caller: Caller, purge: Purge, provider: Scripted, clock: Clock, settings: Settings
) -> None:
    """Promise: a data URL has a file and nothing else that would keep it."""
    provider.checks.append(frozen := Frozen(Running(0.5)))
    picture = png(shade=33)
    data_url = "data:image/png;base64," + base64.b64encode(picture).decode()
    edit = await submit(gateway, live_caller, input_urls=[data_url])
    await frozen.reached.wait()
    clock.advance(timedelta(days=8))

    await purge.find_strays()
    await purge.purge()
    assert [path.read_bytes() for path in stored(settings)] == [picture]

    frozen.thaw()
    await ended(gateway, live_caller, edit.task.id)
    await purge.find_strays()
    await purge.purge()

    assert picture not in [path.read_bytes() for path in stored(settings)]


async def test_a_file_whose_time_is_over_is_no_input_any_more(
    gateway: Gateway, live_caller: Caller, made: TaskView
) -> None:
    """Promise: so that what a pass has found unused cannot be used meanwhile."""
    await gateway.database.write(lambda tx: tx.run(_EXPIRE))

    with pytest.raises(AssetNotFound):
        await submit(gateway, live_caller, input_urls=[f"asset:{made.assets[0].id}"])


async def test_a_result_that_is_stored_again_while_its_file_is_purged_is_there_afterwards(
    gateway: Gateway, live_caller: Caller, made: TaskView, purge: Purge, settings: Settings, files: AssetFiles
) -> None:
    """Promise: the race of a `put` that finds the file and a purge that removes it: the put wins."""
    path = path_of(settings, made.assets[0])
    await gateway.database.write(lambda tx: tx.run(_EXPIRE))
    os.utime(path, (1, 1))  # an old file, so that nothing but the put protects it

    await purge.remove_expired()
    await files.put(png())  # a second task has its result, and not yet its row
    removed = await purge.remove_unclaimed()

    assert (removed, path.read_bytes()) == (0, png())


async def test_a_crash_between_row_and_file_is_made_good_by_the_next_process(
    gateway: Gateway, made: TaskView, purge: Purge, clock: Clock, settings: Settings, files: AssetFiles
) -> None:
    """Promise: what is to be looked at is durable."""
    clock.advance(MONTH + timedelta(hours=2))
    await purge.remove_expired()
    assert len(stored(settings)) == 1

    next_process = Purge(database=gateway.database, files=files, now=clock)
    purged = await next_process.purge()

    assert (purged.files, stored(settings)) == (1, [])


async def test_a_file_without_any_row_is_found_by_the_scan_and_a_foreign_file_is_let_alone(
    gateway: Gateway, made: TaskView, purge: Purge, clock: Clock, settings: Settings, files: AssetFiles
) -> None:
    """Promise: a crash between `put` and its row does not fill the disk for ever."""
    await files.put(b"left by a crash")
    foreign = settings.data / "assets" / "notes.txt"
    foreign.write_text("of the operator")
    young = await purge.find_strays()
    clock.advance(timedelta(hours=2))

    found = await purge.find_strays()
    removed = await purge.remove_unclaimed()

    assert (young, found, removed) == (0, 1, 1)
    assert stored(settings) == sorted([foreign, path_of(settings, made.assets[0])])


async def test_every_prefix_is_scanned_in_turn(
    gateway: Gateway, purge: Purge, clock: Clock, settings: Settings, files: AssetFiles
) -> None:
    """Promise: a round scans a small part; all rounds of a day together scan everything."""
    await asyncio.gather(*(files.put(bytes([number])) for number in range(20)))
    clock.advance(timedelta(hours=2))

    strays = [(await purge.purge()).strays for _ in range(128)]
    await purge.purge()

    assert (sum(strays), max(strays) < 20, stored(settings)) == (20, True, [])


@pytest.fixture
def own_results(provider: Scripted) -> None:
    """Each task gets a picture of its own."""
    provider.checks.extend(Finished((InlineAsset(png(shade=40 + number), "image/png"),)) for number in range(4))


async def test_two_processes_that_purge_at_once_remove_everything_once(
    gateway: Gateway, live_caller: Caller, own_results: None, clock: Clock, settings: Settings, files: AssetFiles
) -> None:
    """Promise: every process may purge."""
    for _ in range(4):
        await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    clock.advance(MONTH + timedelta(hours=2))
    purges = [Purge(database=gateway.database, files=AssetFiles(settings.data / "assets"), now=clock) for _ in range(3)]

    purged = await asyncio.gather(*(each.purge() for each in purges))

    assert (sum(each.rows for each in purged), stored(settings), await rows(gateway)) == (4, [], 0)
