"""The sentences of engine/contract.py, on both drivers."""

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from overdoor.config import Settings
from overdoor.engine.contract import Again, Done, Engine
from overdoor.storage.db import Database, Tx
from overdoor.storage.opening import open_database
from overdoor.units import utc_now
from tests.support.carrying import PATIENCE_S, carrying, in_turn, make_engine

_LONG = Again(3600)
_SHORT = Again(25)  # longer than any test waits


@pytest.fixture
def engine(database: Database, settings: Settings) -> Engine:
    """An engine that does not run yet."""
    return make_engine(database, settings)


async def enqueue(database: Database, engine: Engine, *ids: str) -> None:
    def work(tx: Tx) -> None:
        for item_id in ids:
            engine.enqueue(tx, item_id)

    await database.write(work)


async def test_an_id_is_accepted_with_the_transaction_or_not_at_all(database: Database, engine: Engine) -> None:
    """Promise: contract: `both or neither`."""

    def refuse(tx: Tx) -> None:
        engine.enqueue(tx, "refused", priority=9)
        raise LookupError("a rule said no")

    async with carrying(engine) as deliveries:
        with pytest.raises(LookupError):
            await database.write(refuse)
        await enqueue(database, engine, "accepted")

        assert await deliveries.next() == "accepted"


async def test_higher_priorities_are_delivered_first_and_equal_ones_in_order(
    database: Database, engine: Engine
) -> None:
    """Promise: contract: `Higher priorities are delivered first`."""

    def work(tx: Tx) -> None:
        for item_id, priority in (("low", -5), ("first", 0), ("second", 0), ("high", 7)):
            engine.enqueue(tx, item_id, priority=priority)

    await database.write(work)
    async with carrying(engine) as deliveries:
        assert await deliveries.until("low") == ["high", "first", "second", "low"]


async def test_an_id_is_not_delivered_before_its_time(database: Database, engine: Engine) -> None:
    """Promise: contract: `not_before`."""
    moment = utc_now() + timedelta(seconds=0.4)

    def work(tx: Tx) -> None:
        engine.enqueue(tx, "later", priority=9, not_before=moment)
        engine.enqueue(tx, "now")

    await database.write(work)
    async with carrying(engine) as deliveries:
        assert await deliveries.until("later") == ["now", "later"]
        assert utc_now() >= moment - timedelta(milliseconds=5)


async def test_what_another_process_puts_is_delivered_here(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: engine.md: any process on the data folder may run tasks."""
    elsewhere = await open_database(settings)

    async with carrying(engine) as deliveries:
        await enqueue(database, engine, "here")
        assert await deliveries.next() == "here"
        await enqueue(elsewhere, make_engine(elsewhere, settings), "from elsewhere")

        assert await deliveries.next() == "from elsewhere"
    await elsewhere.close()


@pytest.mark.parametrize("answer", [_SHORT, _LONG], ids=["asleep in memory", "written down"])
@pytest.mark.parametrize("waker", ["here", "elsewhere"])
async def test_a_wake_cuts_a_wait_short(
    database: Database, engine: Engine, settings: Settings, answer: Again, waker: str
) -> None:
    """Promise: contract: `Cut the wait of an id short, whichever process holds it`."""
    other = await open_database(settings)
    waking = engine if waker == "here" else make_engine(other, settings)

    async with carrying(engine, in_turn(answer)) as deliveries:
        await enqueue(database, engine, "a")
        await deliveries.until("a")
        await waking.wake("a")

        assert await deliveries.next() == "a"
    await other.close()


@pytest.mark.parametrize("answer", [_SHORT, _LONG], ids=["asleep in memory", "written down"])
async def test_a_wake_during_a_delivery_is_not_lost(
    database: Database, engine: Engine, settings: Settings, answer: Again
) -> None:
    """Promise: contract: a wait that begins after the wake does not sleep through it."""
    woken = asyncio.Event()
    delivered: asyncio.Queue[str] = asyncio.Queue()
    elsewhere = await open_database(settings)

    async def wait_for_the_wake(item_id: str) -> Done | Again:
        delivered.put_nowait(item_id)
        if woken.is_set():
            return Done()
        await make_engine(elsewhere, settings).wake(item_id)
        woken.set()
        return answer

    running = asyncio.create_task(engine.run(wait_for_the_wake))
    await enqueue(database, engine, "a")

    async with asyncio.timeout(PATIENCE_S):
        assert [await delivered.get(), await delivered.get()] == ["a", "a"]
    await engine.stop()
    await running
    await elsewhere.close()


async def test_a_wake_of_an_unknown_id_is_harmless(database: Database, engine: Engine) -> None:
    """Promise: contract: `Harmless for an id that is not waiting`."""
    await engine.wake("nobody")
    async with carrying(engine) as deliveries:
        await engine.wake("nobody")
        await enqueue(database, engine, "a")

        assert await deliveries.next() == "a"


async def test_a_long_wait_survives_a_new_engine(database: Database, engine: Engine, settings: Settings) -> None:
    """Promise: contract: a longer `Again` is written down."""
    async with carrying(engine, in_turn(_LONG)) as deliveries:
        await enqueue(database, engine, "a", "b")
        await deliveries.until("b")

    successor = make_engine(database, settings)
    async with carrying(successor) as deliveries:
        await enqueue(database, successor, "marker")
        assert await deliveries.until("marker") == ["marker"]  # nobody woke it: an hour has not passed
        await successor.wake("a")

        assert await deliveries.next() == "a"


async def test_a_handler_that_raises_gets_the_id_again(database: Database, engine: Engine) -> None:
    """Promise: contract: `an exception of the handler is logged, counted and delivered again later`."""
    async with carrying(engine, in_turn(ValueError("a bug"))) as deliveries:
        await enqueue(database, engine, "a")

        assert [await deliveries.next(), await deliveries.next()] == ["a", "a"]


async def test_what_is_done_is_not_delivered_to_the_next_engine(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: contract: `Done`: the id needs no further delivery."""
    async with carrying(engine) as deliveries:
        await enqueue(database, engine, "a")
        await deliveries.until("a")

    successor = make_engine(database, settings)
    async with carrying(successor) as deliveries:
        await enqueue(database, successor, "marker")

        assert await deliveries.until("marker") == ["marker"]


async def test_stop_cancels_handlers_and_their_ids_go_to_the_next_engine(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: contract: `stop`: cancel running handlers (their ids are delivered again later)."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(_: str) -> Done | Again:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return Done()

    running = asyncio.create_task(engine.run(hang))
    await enqueue(database, engine, "a")
    async with asyncio.timeout(PATIENCE_S):
        await begun.wait()
        await engine.stop()
        await running

    assert cancelled.is_set()
    async with carrying(make_engine(database, settings)) as deliveries:
        assert await deliveries.next() == "a"


async def test_an_id_that_sleeps_when_the_engine_stops_goes_to_the_next_engine(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: contract: delivered at least once, also to an engine that begins after a short `Again`."""
    async with carrying(engine, in_turn(_SHORT)) as deliveries:
        await enqueue(database, engine, "a")
        await deliveries.until("a")

    async with carrying(make_engine(database, settings)) as deliveries:
        assert await deliveries.next() == "a"


async def test_an_id_of_a_killed_worker_is_delivered_elsewhere(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: engine.md: `deliver it again when the worker that had it is gone`."""
    place = [str(settings.data), *([settings.database_url] if settings.database_url else [])]
    worker = subprocess.Popen([sys.executable, "-m", "tests.support.doomed_worker", *place], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    await enqueue(database, engine, "a")
    assert await asyncio.to_thread(worker.stdout.readline) == b"a\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate()

    async with carrying(engine) as deliveries:
        assert await deliveries.next() == "a"


async def test_an_engine_of_its_own_delivers_only_what_it_enqueued(
    database: Database, engine: Engine, settings: Settings
) -> None:
    """Promise: engine.md: a command-line run only runs the tasks that it created."""
    own = make_engine(database, settings, own_only=True)
    await enqueue(database, engine, "of somebody else")

    async with carrying(own, in_turn(Again(0.01), _SHORT)) as deliveries:
        await enqueue(database, engine, "of somebody else too")
        await enqueue(database, own, "own")
        first, second = await deliveries.next(), await deliveries.next()
        await own.wake("own")

        assert [first, second, await deliveries.next()] == ["own", "own", "own"]


async def test_an_id_that_is_put_twice_is_harmless(database: Database, engine: Engine) -> None:
    """Promise: contract: handlers may be run again at any point; the transaction of the second put stands."""
    async with carrying(engine) as deliveries:
        await enqueue(database, engine, "a", "a", "b")
        await enqueue(database, engine, "a")
        await enqueue(database, engine, "last")

        assert set(await deliveries.until("last")) >= {"a", "b"}


async def test_an_id_that_is_put_again_while_it_is_delivered_is_delivered_once_more(
    database: Database, engine: Engine
) -> None:
    """Promise: contract: at least once after each accepted put."""
    delivered: asyncio.Queue[str] = asyncio.Queue()
    go_on = asyncio.Event()

    async def wait(item_id: str) -> Done | Again:
        delivered.put_nowait(item_id)
        await go_on.wait()
        return Done()

    running = asyncio.create_task(engine.run(wait))
    await enqueue(database, engine, "a")
    async with asyncio.timeout(PATIENCE_S):
        assert await delivered.get() == "a"
        await enqueue(database, engine, "a")
        go_on.set()

        assert await delivered.get() == "a"
    await engine.stop()
    await running
