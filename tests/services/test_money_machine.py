"""Random lives of money: tasks and credits through the real services, with workers that freeze and die in between.

CI plays a short version; `FULL=1` plays 2,000 examples of 50 steps (docs/money.md has the figure).
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from overdoor.domain.access import Caller
from overdoor.domain.budgets import PERIODS, Budgets, Period
from overdoor.domain.task import State
from overdoor.engine.contract import Again, Done
from overdoor.errors import AssetNotFound, BudgetExceeded, InsufficientCredits, InvalidOption, TooManyActiveTasks
from overdoor.providers.contract import Outcome, ProviderFailure, Rejected, Running
from overdoor.services.accounts import NewKey
from overdoor.services.generate import CREATE_TASK, Submission
from overdoor.storage import assets, audit, ledger, tasks
from overdoor.storage.db import Sql, Tx
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import KeyId, MicroDollars, Mode, TaskId, Ticket, from_credits, utc_now
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.fakes.scripted import PICTURE, Frozen, Scripted
from tests.support.settings import hermetic_settings

_FULL = bool(os.environ.get("FULL"))
_EXAMPLES, _STEPS = (2_000, 50) if _FULL else (12, 30)
_MOST_ACTIVE = 6
_LIMITS = '{"activeTasks": 6}'
_PRICES = {"1K": from_credits(3), "2K": from_credits(5)}
_PATIENCE_S = 30.0
_HANGS_UP_S = 0.05

Named = tuple[int, str, TaskId]  # which key, the request's name, its task

_WIPED = ("assets", "callbacks", "tasks", "idempotency", "ledger_entries", "ledger_reasons", "usage_days", "queue")
_WIPE = tuple(Sql(f"DELETE FROM {table}") for table in _WIPED)
_EMPTY = Sql("UPDATE balances SET available = 0, held = 0")
_EXPIRE = Sql("UPDATE tasks SET lease_until_ms = 0 WHERE id = :id AND state = 'waiting'")


@dataclass
class World:
    """Two workers on one SQLite folder, driven step by step by one event loop; the owner with four keys."""

    runner: asyncio.Runner
    workers: tuple[Gateway, Gateway]
    providers: tuple[Scripted, Scripted]
    keys: tuple[NewKey, ...]


@dataclass
class Frozenly:
    """A worker that hangs in the middle of a provider's call, and what it answers when it wakes up."""

    task_id: TaskId
    answer: Frozen
    step: "asyncio.Task[Done | Again]"


@dataclass
class Purse:
    """What a bookkeeper with pencil and paper knows about the money of one mode."""

    given: int = 0
    budgets: Budgets = field(default_factory=Budgets)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The gateways, opened once: each example wipes their rows."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        providers = (Scripted(name="openai", resubmit="by_key"), Scripted(name="sandbox", resubmit="by_key"))
        around = Surroundings(carries="none", providers={provider.name: provider for provider in providers})
        own = hermetic_settings(folder, database_url=None)

        async def open_both() -> World:
            first, second = [await stack.enter_async_context(open_gateway(own, around)) for _ in range(2)]
            keys = [
                await first.accounts.create_key(f"{mode} {number}", mode=mode, limits=_LIMITS)
                for mode in ("test", "live")
                for number in range(2)
            ]
            return World(runner, (first, second), providers, tuple(keys))

        yield runner.run(open_both())
        runner.run(stack.aclose())
    shutil.rmtree(folder)


class MoneyMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order: the books balance, and every end is paid or given back exactly once."""

    accepted = Bundle[TaskId]("accepted")
    named = Bundle[Named]("named")
    frozen = Bundle[Frozenly]("frozen")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._names = 0
        self._purses: dict[Mode, Purse] = {"test": Purse(), "live": Purse()}
        self._key_budgets = {key.key.id: Budgets() for key in world.keys}
        self._seen: dict[TaskId, State] = {}
        self._asleep: list[Frozenly] = []

    @initialize()
    def begin(self) -> None:
        """An owner without money, tasks or budgets; live money is metered, test money prepaid."""

        def wipe(tx: Tx) -> None:
            for statement in (*_WIPE, _EMPTY):
                tx.run(statement)

        async def clean() -> None:
            worker = self._world.workers[0]
            await worker.database.write(wipe)
            nothing: dict[Period, MicroDollars | None] = dict.fromkeys(PERIODS)
            for key in self._world.keys:
                await self._set_key_budgets(key.key.id, nothing)
            for mode in self._purses:
                await worker.accounts.set_account_budgets(mode, nothing)

        for provider in self._world.providers:
            provider.submits.clear()
            provider.checks.clear()
        self._world.runner.run(clean())

    @rule(mode=st.sampled_from(["test", "live"]), amount=st.integers(1, 20))
    def grant(self, mode: Mode, amount: int) -> None:
        """More money."""
        self._world.runner.run(self._world.workers[0].accounts.grant(mode, from_credits(amount)))
        self._purses[mode].given += from_credits(amount)

    @rule(mode=st.sampled_from(["test", "live"]), amount=st.integers(-10, 10).filter(bool), expires=st.booleans())
    def correct(self, mode: Mode, amount: int, expires: bool) -> None:
        """An operator's hand; refused where it would take what is not there."""
        accounts = self._world.workers[0].accounts
        moved = from_credits(-abs(amount) if expires else amount)
        available = self._available(mode)
        fits = available + moved >= 0 or (mode == "live" and not expires)
        booking = (
            accounts.expire(mode, MicroDollars(-moved), reason="r")
            if expires
            else accounts.adjust(mode, moved, reason="r")
        )
        with contextlib.nullcontext() if fits else pytest.raises(InvalidOption):
            self._world.runner.run(booking)
            self._purses[mode].given += moved

    @rule(
        which=st.integers(0, 3),
        period=st.sampled_from(PERIODS),
        size=st.none() | st.integers(0, 30),
        of_account=st.booleans(),
    )
    def budget(self, which: int, period: Period, size: int | None, of_account: bool) -> None:
        """A bound of a key or of the account's money."""
        changes: dict[Period, MicroDollars | None] = {period: None if size is None else from_credits(size)}
        key = self._world.keys[which].key
        if of_account:
            purse = self._purses[key.mode]
            purse.budgets = purse.budgets.changed(changes)
            self._world.runner.run(self._world.workers[0].accounts.set_account_budgets(key.mode, changes))
        else:
            self._key_budgets[key.id] = self._key_budgets[key.id].changed(changes)
            self._world.runner.run(self._set_key_budgets(key.id, changes))

    @rule(target=accepted, which=st.integers(0, 3), resolution=st.sampled_from(["1K", "2K"]))
    def submit(self, which: int, resolution: str) -> TaskId | MultipleResults[TaskId]:
        """A wish is accepted exactly when the bookkeeper would accept it."""
        task_id = self._submit(which, resolution, name=None)
        return multiple() if task_id is None else task_id

    @rule(target=named, which=st.integers(0, 3))
    def submit_by_name(self, which: int) -> Named | MultipleResults[Named]:
        """The same under an idempotency key. A refused request stores nothing."""
        self._names += 1
        name = f"r-{self._names}"
        task_id = self._submit(which, "1K", name=name)
        return multiple() if task_id is None else (which, name, task_id)

    @rule(request=named)
    def submit_again(self, request: Named) -> None:
        """A duplicate is the first task, and holds nothing."""
        which, name, first = request
        assert self._world.runner.run(self._wish(which, "1K", name)) == (first, True)

    @rule(task_id=accepted, worker=st.integers(0, 1), answer=st.sampled_from(["well", "running", "no", "lost", "away"]))
    def step(self, task_id: TaskId, worker: int, answer: str) -> None:
        """A worker takes the task up, and the provider answers."""
        self._answer(task_id, answer)
        self._world.runner.run(self._carry_on(task_id, worker))

    @rule(request=named, worker=st.integers(0, 1))
    def finish(self, request: Named, worker: int) -> None:
        """All steps of a task that goes well."""
        for _ in range(3):
            self._answer(request[2], "well")
            self._world.runner.run(self._carry_on(request[2], worker))

    @rule(target=frozen, task_id=accepted, worker=st.integers(0, 1), answer=st.sampled_from(["well", "no"]))
    def freeze(self, task_id: TaskId, worker: int, answer: str) -> Frozenly:
        """A worker hangs in the middle of a call. If nobody wakes it up, it was killed there."""
        outcome: Ticket | Outcome = PICTURE if answer == "well" else Rejected("content_policy", "No.")
        hanging = Frozen(outcome)
        for provider in self._world.providers:
            provider.submits.appendleft(hanging)
            provider.checks.appendleft(hanging)

        async def until_reached() -> "asyncio.Task[Done | Again]":
            step = asyncio.create_task(self._world.workers[worker].advance.carry_on(task_id))
            reached = asyncio.create_task(hanging.reached.wait())
            await asyncio.wait([step, reached], return_when=asyncio.FIRST_COMPLETED, timeout=_PATIENCE_S)
            reached.cancel()
            return step

        asleep = Frozenly(task_id, hanging, self._world.runner.run(until_reached()))
        for provider in self._world.providers:
            for script in (provider.submits, provider.checks):
                if hanging in script:
                    script.remove(hanging)
        self._asleep.append(asleep)
        return asleep

    @rule(asleep=frozen)
    def lease_is_over(self, asleep: Frozenly) -> None:
        """Ten seconds without a heartbeat: another worker may take the task up."""
        self._world.runner.run(self._world.workers[0].database.write(lambda tx: tx.run(_EXPIRE, id=asleep.task_id)))

    @rule(asleep=consumes(frozen))
    def wake_up(self, asleep: Frozenly) -> None:
        """A frozen worker goes on where it was; if it was overtaken, it does no harm."""
        self._wake(asleep)

    @rule(task_id=accepted)
    def cancel(self, task_id: TaskId) -> None:
        """At once where nothing was handed over; else the wish is noted, and the caller does not wait for its end."""

        async def ask() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HANGS_UP_S):
                    await self._world.workers[0].cancel.cancel_for_operator(task_id)

        self._world.runner.run(ask())

    @rule(task_id=accepted)
    def lose_result(self, task_id: TaskId) -> None:
        """A stored file is gone: its reader hears so, and its charge is given back, once."""
        worker = self._world.workers[0]
        kept = self._world.runner.run(worker.database.read(lambda tx: assets.of_task(tx, task_id)))
        if not kept:
            return
        for path in (worker.settings.data / "assets").rglob(f"*{kept[0].sha256}*"):
            path.unlink()
        with pytest.raises(AssetNotFound):
            self._world.runner.run(worker.assets.read(kept[0]))

    @invariant()
    def the_books_balance(self) -> None:
        """Everything that the audit knows, and the bookkeeper's own sums."""

        def look(tx: Tx) -> tuple[audit.Report, dict[Mode, ledger.Balance], list[tasks.Task | None]]:
            owner = self._world.keys[0].key.account_id
            return (
                audit.recompute(tx),
                {mode: ledger.balance(tx, owner, mode, now=utc_now()) for mode in self._purses},
                [tasks.by_id(tx, task_id) for task_id in self._seen],
            )

        report, balances, found = self._world.runner.run(self._world.workers[0].database.read(look))
        assert report.differences == ()
        known = [task for task in found if task is not None]
        assert len(known) == len(self._seen)  # none is lost
        for task in known:
            assert (self._seen[task.id], task.state) in _MAY_BECOME
            self._seen[task.id] = task.state
        for mode, balance in balances.items():
            held = sum(task.price for task in known if task.mode == mode and task.state == "waiting")
            charged = sum(task.charged or 0 for task in known if task.mode == mode)
            assert (balance.held, balance.available) == (held, self._purses[mode].given - held - charged)
            assert balance.available >= 0 or balance.metered

    def teardown(self) -> None:
        """Nobody stays asleep."""
        for asleep in self._asleep:
            self._wake(asleep)

    def _submit(self, which: int, resolution: str, name: str | None) -> TaskId | None:
        key = self._world.keys[which].key
        expected = self._refusal(key.id, key.mode, _PRICES[resolution])
        if expected is not None:
            with pytest.raises(expected):
                self._world.runner.run(self._wish(which, resolution, name))
            return None
        task_id, replayed = self._world.runner.run(self._wish(which, resolution, name))
        assert not replayed
        self._seen[task_id] = "waiting"
        return task_id

    async def _wish(self, which: int, resolution: str, name: str | None) -> tuple[TaskId, bool]:
        worker = self._world.workers[0]
        caller: Caller = await worker.accounts.authenticate(self._world.keys[which].secret)
        request_name = None if name is None else IdempotencyKey(CREATE_TASK, "x-request-id", name)
        params = {"prompt": "a fox", "resolution": resolution}
        wish = Submission("gpt-image-2-text-to-image", params, "jobs", idempotency=request_name)
        submitted = await worker.generate.submit(wish, caller=caller)
        return submitted.task.id, submitted.replayed

    def _refusal(self, key_id: KeyId, mode: Mode, price: int) -> type[Exception] | None:
        """What a bookkeeper would say to this wish."""
        rows = self._rows()
        spent = sum(_cost(task) for task in rows if task.mode == mode)
        by_key = sum(_cost(task) for task in rows if task.key_id == key_id)
        if mode == "test" and price > self._purses[mode].given - spent:
            return InsufficientCredits
        for budgets, used in ((self._key_budgets[key_id], by_key), (self._purses[mode].budgets, spent)):
            if any(size is not None and used + price > size for size in budgets.by_period().values()):
                return BudgetExceeded
        active = sum(task.state == "waiting" and task.key_id == key_id for task in rows)
        return TooManyActiveTasks if active >= _MOST_ACTIVE else None

    def _rows(self) -> list[tasks.Task]:
        read = self._world.workers[0].database.read(lambda tx: [tasks.by_id(tx, task_id) for task_id in self._seen])
        return [task for task in self._world.runner.run(read) if task is not None]

    def _available(self, mode: Mode) -> int:
        return self._purses[mode].given - sum(_cost(task) for task in self._rows() if task.mode == mode)

    def _answer(self, task_id: TaskId, answer: str) -> None:
        failure = ProviderFailure("rate_limit", "Later.", retry_after_s=0.01)
        for provider in self._world.providers:
            provider.submits.clear()
            provider.checks.clear()
            match answer:
                case "well":
                    provider.checks.append(PICTURE)
                case "running":
                    provider.checks.append(Running(0.5))
                case "no":
                    provider.submits.append(Rejected("content_policy", "No."))
                    provider.checks.append(Rejected("content_policy", "No."))
                case "lost":
                    provider.submits.append(Ticket(f"again {task_id}"))
                    provider.checks.append(ProviderFailure("ticket_lost", "What ticket?"))
                case _:
                    provider.submits.append(failure)
                    provider.checks.append(failure)

    async def _carry_on(self, task_id: TaskId, worker: int) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            await self._world.workers[worker].advance.carry_on(task_id)

    def _wake(self, asleep: Frozenly) -> None:
        asleep.answer.thaw()
        self._world.runner.run(asyncio.wait_for(asleep.step, _PATIENCE_S))

    async def _set_key_budgets(self, key_id: KeyId, changes: dict[Period, MicroDollars | None]) -> None:
        await self._world.workers[0].accounts.set_key_budgets(key_id, changes)


_MAY_BECOME = {
    ("waiting", "waiting"),
    ("waiting", "success"),
    ("waiting", "fail"),
    ("success", "success"),
    ("success", "fail"),  # its result was lost
    ("fail", "fail"),
}


def _cost(task: tasks.Task) -> int:
    return task.price if task.state == "waiting" else task.charged or 0


def test_no_life_of_money_breaks_the_books(world: World) -> None:
    """Promise: issue 3, done-when 3: a state machine over ledger and tasks, no broken invariant."""

    class Lives(MoneyMachine):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=_EXAMPLES,
            stateful_step_count=_STEPS,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
