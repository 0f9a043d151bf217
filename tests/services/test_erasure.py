"""Deleting on request. Promise: docs/links-and-retention.md, "Deleting on request"."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from overdoor.config import KeepFor, Settings
from overdoor.domain.access import Caller
from overdoor.domain.callback import Attempt, Callback
from overdoor.domain.task import TaskView
from overdoor.errors import (
    AssetGone,
    AssetInUse,
    AssetNotFound,
    CallbackUrlDeleted,
    PermissionDenied,
    TaskNotEnded,
    TaskNotFound,
)
from overdoor.providers.contract import Running
from overdoor.services.callbacks import EVERYBODY
from overdoor.services.erasure import Erasure
from overdoor.services.generate import CREATE_TASK
from overdoor.services.purge import Purge
from overdoor.services.records import task_record
from overdoor.storage import callbacks, tasks
from overdoor.storage.asset_files import AssetFiles
from overdoor.storage.db import Database, Dialect, Lane, Sql, Tx
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import CallbackId, new_id, utc_now
from overdoor.wiring import Gateway
from tests.fakes.scripted import Frozen, Scripted
from tests.support.clock import Clock
from tests.support.following import ALL_RIGHT, PICTURE_PRICE, books, ended, live_key, stranger, submit

_ASSETS = Sql("SELECT count(*) FROM assets")
_NAMES = Sql("SELECT count(*) FROM idempotency")
T = TypeVar("T")
SECRET_WORDS = "the fox that nobody may know"


@pytest.fixture
async def made(gateway: Gateway, live_caller: Caller) -> TaskView:
    """A task with its picture."""
    name = IdempotencyKey(CREATE_TASK, "x-request-id", "the fox")
    accepted = await submit(gateway, live_caller, prompt=SECRET_WORDS, key=name)
    return await ended(gateway, live_caller, accepted.task.id)


async def waiting(gateway: Gateway, caller: Caller, provider: Scripted, **params: object) -> tuple[str, Frozen]:
    """A task that the provider has and does not finish until it is thawed."""
    provider.checks.append(frozen := Frozen(Running(0.5)))
    accepted = await submit(gateway, caller, **params)  # pyright: ignore[reportArgumentType] - further options
    await frozen.reached.wait()
    return accepted.task.id, frozen


async def count(gateway: Gateway, statement: Sql) -> int:
    return await gateway.database.read(lambda tx: tx.scalar(statement))


def record_of(gateway: Gateway, view: TaskView) -> dict[str, object]:
    return task_record(view, gateway.links, base_url=None)


async def test_a_deleted_task_keeps_its_charge_and_says_that_its_media_are_gone(
    gateway: Gateway, live_caller: Caller, made: TaskView
) -> None:
    """Promise: recordInfo hands out no dead links and says why there are none."""
    view = await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=False)
    again = await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=False)

    record = record_of(gateway, view)
    told = {name: record[name] for name in ("state", "media", "resultUrls", "resultJson", "expiresAt")}
    assert told == {
        "state": "success",
        "media": "deleted",
        "resultUrls": [],
        "resultJson": '{"resultUrls":[]}',
        "expiresAt": None,
    }
    assert "deleted on request" in str(record["warnings"])
    assert SECRET_WORDS in str(record["param"])
    assert record_of(gateway, again) == record
    with pytest.raises(AssetGone):
        await gateway.assets.find(made.assets[0].id)
    assert await books(gateway) == (ALL_RIGHT, PICTURE_PRICE)


async def test_media_whose_time_is_over_are_not_linked_even_before_the_purge(
    gateway: Gateway, live_caller: Caller, made: TaskView, clock: Clock
) -> None:
    """Promise: `media` is `expired` from the moment on."""
    clock.advance(timedelta(days=30, seconds=1))

    record = record_of(gateway, await gateway.generate.find(made.task.id, caller=live_caller))

    assert (record["media"], record["resultUrls"], record["expiresAt"]) == ("expired", [], None)
    assert "no longer kept" in str(record["warnings"])


async def test_the_words_of_a_task_go_with_it_when_that_is_asked_for(
    gateway: Gateway, live_caller: Caller, made: TaskView
) -> None:
    """Promise: prompt, parameters, inputs and addresses; model, size, price and times stay."""
    await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=True)

    task = await gateway.database.read(lambda tx: tasks.by_id(tx, made.task.id))
    assert task is not None
    assert SECRET_WORDS not in repr(task)
    assert task.request == replace(made.task.request, prompt="")
    assert (task.param, task.price, task.prompt_deleted_at is None) == ("{}", made.task.price, False)


@pytest.mark.parametrize("is_over", [True, False], ids=["delivered before", "owed yet"])
async def test_the_address_of_a_callback_goes_with_the_words(
    gateway: Gateway, live_caller: Caller, made: TaskView, is_over: bool
) -> None:
    """Promise: scheme and host stay, once it is over; nothing is sent to what is left."""
    owed = Callback(
        id=CallbackId(new_id("cb")),
        task_id=made.task.id,
        account_id=live_caller.account_id,
        key_id=live_caller.key_id,
        mode=live_caller.mode,
        url="https://Receiver.example/of/the/fox?secret=1",
        created_at=utc_now(),
    )
    taken = Attempt(0, utc_now(), 1, 200, None)
    await gateway.database.write(lambda tx: callbacks.add(tx, owed))

    async def deliver() -> None:
        await gateway.database.write(lambda tx: callbacks.note(tx, owed, taken, outcome="delivered"))

    async def url() -> str:
        return (await gateway.callbacks.find(owed.id, seen=EVERYBODY))[0].url

    if is_over:
        await deliver()
    await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=True)
    assert await url() == ("https://receiver.example" if is_over else owed.url)
    if not is_over:
        await deliver()

    assert await url() == "https://receiver.example"
    with pytest.raises(CallbackUrlDeleted):
        await gateway.callbacks.replay(owed.id, seen=EVERYBODY)


async def test_the_same_request_again_still_answers_the_task_whose_words_are_deleted(
    gateway: Gateway, live_caller: Caller, made: TaskView
) -> None:
    """Promise: a deletion does not let a retry generate, and charge, anew."""
    await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=True)

    name = IdempotencyKey(CREATE_TASK, "x-request-id", "the fox")
    again = await submit(gateway, live_caller, prompt=SECRET_WORDS, key=name)

    assert (again.replayed, again.task.id) == (True, made.task.id)


async def test_a_waiting_task_is_not_deleted(gateway: Gateway, live_caller: Caller, provider: Scripted) -> None:
    """Promise: the refusal says what to do first."""
    task_id, frozen = await waiting(gateway, live_caller, provider)

    with pytest.raises(TaskNotEnded, match="cancel it"):
        await gateway.erasure.delete_task(task_id, caller=live_caller, prompt=True)

    frozen.thaw()


async def test_what_a_waiting_task_works_on_is_not_deleted(
    gateway: Gateway, live_caller: Caller, made: TaskView, provider: Scripted
) -> None:
    """Promise: issue 4, "nothing referenced by a running task is lost", also not on request."""
    asset_id = made.assets[0].id
    task_id, frozen = await waiting(gateway, live_caller, provider, input_urls=[f"asset:{asset_id}"])

    for deletion in (
        gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=False),
        gateway.erasure.delete_asset(asset_id, caller=live_caller),
    ):
        with pytest.raises(AssetInUse, match=task_id):
            await deletion

    frozen.thaw()
    await ended(gateway, live_caller, (await gateway.generate.find(task_id, caller=live_caller)).task.id)
    await gateway.erasure.delete_asset(asset_id, caller=live_caller)


async def test_a_deleted_file_is_no_input_any_more(gateway: Gateway, live_caller: Caller, made: TaskView) -> None:
    """Promise: deleted means deleted."""
    await gateway.erasure.delete_asset(made.assets[0].id, caller=live_caller)

    with pytest.raises(AssetNotFound):
        await submit(gateway, live_caller, input_urls=[f"asset:{made.assets[0].id}"])
    record = record_of(gateway, await gateway.generate.find(made.task.id, caller=live_caller))
    assert record["media"] == "deleted"


async def test_only_the_key_that_made_it_or_one_that_manages_the_account_deletes(
    gateway: Gateway, live_caller: Caller, made: TaskView
) -> None:
    """Promise: to read the account is not to delete in it; everybody else is answered as if there were nothing."""
    sibling = await live_key(gateway)
    overseer = replace(sibling, scopes=frozenset({"generate", "read", "account:read"}))
    manager = replace(sibling, scopes=frozenset({"generate", "read", "manage"}))
    in_test_mode = replace(manager, mode="test")
    asset_id = made.assets[0].id

    for caller in (sibling, overseer, in_test_mode, await stranger(gateway)):
        with pytest.raises(TaskNotFound):
            await gateway.erasure.delete_task(made.task.id, caller=caller, prompt=True)
        with pytest.raises(AssetNotFound):
            await gateway.erasure.delete_asset(asset_id, caller=caller)
    with pytest.raises(PermissionDenied):
        await gateway.erasure.delete_asset(asset_id, caller=replace(live_caller, scopes=frozenset({"read"})))

    await gateway.erasure.delete_asset(asset_id, caller=manager)
    await gateway.erasure.delete_task(made.task.id, caller=manager, prompt=True)


async def test_an_account_is_forgotten_but_for_its_books(
    gateway: Gateway, live_caller: Caller, caller: Caller, made: TaskView, provider: Scripted, clock: Clock
) -> None:
    """Promise: media, prompts, uploads and names of requests of both modes go; the ledger stays."""
    foreign = await stranger(gateway)
    theirs = await ended(gateway, foreign, (await submit(gateway, foreign)).task.id)
    test_task = await ended(gateway, caller, (await submit(gateway, caller, prompt=SECRET_WORDS)).task.id)
    money = await books(gateway)
    clock.advance(timedelta(hours=2))

    forgotten = await gateway.erasure.forget_account(live_caller.account_id)

    assert (forgotten.assets, forgotten.tasks) == (3, 2)  # two pictures, and the preview of the large one
    assert forgotten.left == 0
    assert await count(gateway, _ASSETS) == 1
    assert await count(gateway, _NAMES) == 0
    for task_id, owner in ((made.task.id, live_caller), (test_task.task.id, caller)):
        view = await gateway.generate.find(task_id, caller=owner)
        assert SECRET_WORDS not in repr(view)
        assert record_of(gateway, view)["media"] == "deleted"
    assert (await gateway.generate.find(theirs.task.id, caller=foreign)).assets == theirs.assets
    assert await books(gateway) == money


async def test_an_account_with_a_waiting_task_is_not_forgotten(
    gateway: Gateway, live_caller: Caller, made: TaskView, provider: Scripted
) -> None:
    """Promise: nothing is changed then."""
    _, frozen = await waiting(gateway, live_caller, provider)

    with pytest.raises(TaskNotEnded):
        await gateway.erasure.forget_account(live_caller.account_id)

    assert await count(gateway, _ASSETS) == 1
    frozen.thaw()


class Meanwhile:
    """A database on which something happens after the first write."""

    def __init__(self, database: Database, happens: Callable[[], Awaitable[object]]) -> None:
        self._database = database
        self.dialect: Dialect = database.dialect
        self._happens: Callable[[], Awaitable[object]] | None = happens
        self.read, self.watch, self.listen, self.close = database.read, database.watch, database.listen, database.close

    async def write(self, work: Callable[[Tx], T], *, lane: Lane = "background") -> T:
        """The same write."""
        result = await self._database.write(work, lane=lane)
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()
        return result


async def test_a_task_that_comes_while_its_account_is_forgotten_is_told(
    gateway: Gateway, live_caller: Caller, made: TaskView, provider: Scripted, settings: Settings, clock: Clock
) -> None:
    """Promise: nobody believes that everything is gone while a prompt is left."""
    frozen: list[Frozen] = []

    async def one_more() -> None:
        frozen.append((await waiting(gateway, live_caller, provider, prompt="another fox"))[1])

    database = Meanwhile(gateway.database, one_more)
    purge = Purge(database=gateway.database, files=AssetFiles(settings.data / "assets"), now=clock)

    forgotten = await Erasure(database=database, purge=purge, now=clock).forget_account(live_caller.account_id)

    assert (forgotten.tasks, forgotten.left) == (1, 1)
    frozen[0].thaw()


async def test_the_bytes_of_a_deleted_file_go_with_the_purge_unless_another_row_names_them(
    gateway: Gateway, live_caller: Caller, made: TaskView, settings: Settings, clock: Clock
) -> None:
    """Promise: files are shared by content."""
    second = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    purge = Purge(database=gateway.database, files=AssetFiles(settings.data / "assets"), now=clock)
    clock.advance(timedelta(hours=2))

    def on_disk() -> list[Path]:
        return [path for path in (settings.data / "assets").rglob("*") if path.is_file()]

    await gateway.erasure.delete_task(made.task.id, caller=live_caller, prompt=False)
    await purge.remove_unclaimed()
    assert len(on_disk()) == 1

    await gateway.erasure.delete_task(second.task.id, caller=live_caller, prompt=False)
    await purge.remove_unclaimed()
    assert on_disk() == []


async def test_prompts_of_ended_tasks_go_when_their_time_is_over(
    gateway: Gateway, live_caller: Caller, made: TaskView, provider: Scripted, settings: Settings, clock: Clock
) -> None:
    """Promise: `keep_prompts_days`; the media stay as long as they were promised."""
    _, frozen = await waiting(gateway, live_caller, provider, prompt="a second fox")
    purge = Purge(
        database=gateway.database,
        files=AssetFiles(settings.data / "assets"),
        now=clock,
        keep_prompts=KeepFor(5),
    )

    early = await purge.forget_prompts()
    clock.advance(timedelta(days=5, minutes=1))
    late, later = await purge.forget_prompts(), await purge.forget_prompts()

    assert (early, late, later) == (0, 1, 0)
    record = record_of(gateway, await gateway.generate.find(made.task.id, caller=live_caller))
    assert (json.loads(str(record["param"])), record["media"]) == ({}, "available")
    frozen.thaw()
