"""Following a task from a test: submit, hurry, and look at what it cost."""

import asyncio

from overdoor.domain.access import Caller
from overdoor.domain.limits import TIERS
from overdoor.domain.task import Phase, Task, TaskView
from overdoor.services.generate import Submission, Submitted
from overdoor.storage import ledger
from overdoor.storage.db import Sql, Tx
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import KeyId, MicroDollars, Mode, TaskId, from_credits
from overdoor.wiring import Gateway
from tests.support.tasks import open_account

PICTURE_MODEL = "gpt-image-2-text-to-image"
EDIT_MODEL = "gpt-image-2-image-to-image"
PICTURE_PRICE = from_credits(3)
PATIENCE_S = 30.0

_EXPIRE = Sql("UPDATE tasks SET lease_until_ms = 0 WHERE state = 'waiting'")
_FREE = Sql("SELECT 1 FROM tasks WHERE id = :id AND lease_until_ms = 0")
_HELD = Sql("SELECT count(*) FROM ledger_entries WHERE kind = 'hold' AND book = 'held'")
_CHARGES = Sql("SELECT COALESCE(sum(amount), 0) FROM ledger_entries WHERE book = 'revenue'")
_TASKS = Sql("SELECT count(*) FROM tasks")


async def submit(
    gateway: Gateway,
    caller: Caller,
    *,
    prompt: str = "a fox",
    key: IdempotencyKey | None = None,
    callback_url: str | None = None,
    **params: object,
) -> Submitted:
    """Ask for a picture: an edit when `input_urls` are given."""
    model = EDIT_MODEL if "input_urls" in params else PICTURE_MODEL
    wish = Submission(model, {"prompt": prompt, **params}, "jobs", callback_url=callback_url, idempotency=key)
    return await gateway.generate.submit(wish, caller=caller)


async def ended(gateway: Gateway, caller: Caller, task_id: TaskId) -> TaskView:
    """The task once it has ended, with every wait of the corridor cut short."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            view = await gateway.generate.wait(task_id, caller=caller, timeout_s=0.05)
            if view.task.state != "waiting":
                return view
            await gateway.engine.wake(task_id)


async def in_phase(gateway: Gateway, caller: Caller, task_id: TaskId, phase: Phase) -> Task:
    """The task once its row has come to this phase and no worker holds it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            task = (await gateway.generate.find(task_id, caller=caller)).task
            if task.phase == phase and await gateway.database.read(lambda tx: tx.one(_FREE, id=task_id)):
                return task
            await gateway.generate.wait(task_id, caller=caller, timeout_s=0.02)


async def live_key(gateway: Gateway) -> Caller:
    """A new live key of the owner."""
    made = await gateway.accounts.create_key("live", mode="live")
    return await gateway.accounts.authenticate(made.secret)


async def expire_leases(gateway: Gateway) -> None:
    """As if ten seconds had passed without a heartbeat of any worker."""
    await gateway.database.write(lambda tx: tx.run(_EXPIRE))


async def books(gateway: Gateway) -> tuple[ledger.Check, MicroDollars]:
    """What the ledger check says, and the sum of all charges that were kept."""
    return await gateway.database.read(lambda tx: (ledger.check(tx), MicroDollars(int(tx.scalar(_CHARGES)))))


async def counts(gateway: Gateway) -> tuple[int, int]:
    """How many tasks exist, and how many holds were ever made."""
    return await gateway.database.read(lambda tx: (tx.scalar(_TASKS), tx.scalar(_HELD)))


async def stranger(gateway: Gateway, mode: Mode = "live") -> Caller:
    """A caller of another account."""

    def work(tx: Tx) -> Caller:
        account_id = open_account(tx, available=10_000_000, mode=mode)
        return Caller(account_id, KeyId(f"key_{account_id}"), mode, frozenset({"generate", "read"}), TIERS["pro"])

    return await gateway.database.write(work)


ALL_RIGHT = ledger.Check(total=0, drifted=0, open_holds=0)
