"""A generation in this very process, on the data folder; a server may work beside it."""

import asyncio
import shlex

from overdoor.cli.output import tell, tell_replay
from overdoor.cli.price import price_words
from overdoor.cli.progress import Show, progress
from overdoor.cli.wish import Wish
from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.domain.task import TaskView
from overdoor.services.generate import CREATE_TASK, Submission
from overdoor.services.records import task_record
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import TaskId
from overdoor.wiring import Gateway, Surroundings, open_gateway

_LOOK_EVERY_S = 0.25


async def generate_here(settings: Settings, wish: Wish) -> tuple[dict[str, object], bytes | None]:
    """The public record of the ended task, and the result's bytes where it has one; the price was told first.

    Raises:
        OverdoorError, StartRefused
    """
    async with open_gateway(settings, Surroundings(carries="own", makes_first_key=False)) as gateway:
        caller = await gateway.accounts.caller_of_owner(wish.mode)
        key = None if wish.request_id is None else IdempotencyKey(CREATE_TASK, "x-request-id", wish.request_id)
        submission = Submission(wish.model, wish.params, "cli", idempotency=key)
        estimate = await gateway.generate.estimate(submission, caller=caller)
        tell(f"Price: {price_words(estimate.quote)}, {wish.mode} mode")
        accepted = await gateway.generate.submit(submission, caller=caller)
        task = accepted.task
        if accepted.replayed:
            tell_replay(task.id)
            await gateway.generate.carry_here(task.id)  # nobody else may be there to do it
        view = await _ended(gateway, task.id, caller=caller)
        return task_record(view, gateway.links, base_url=None), await _result(gateway, view)


async def _ended(gateway: Gateway, task_id: TaskId, *, caller: Caller) -> TaskView:
    try:
        with progress() as show:
            return await _watch(gateway, task_id, caller=caller, show=show)
    except asyncio.CancelledError:
        folder = shlex.quote(str(gateway.settings.data))
        tell(
            f"Stopped waiting: {task_id} is kept, and goes on when a server runs here (overdoor serve --data {folder})."
        )
        tell(f"Then ask its /api/v1/jobs/recordInfo?taskId={task_id} with a key that has the scope account:read.")
        raise


async def _watch(gateway: Gateway, task_id: TaskId, *, caller: Caller, show: Show) -> TaskView:
    while True:
        view = await gateway.generate.wait(task_id, caller=caller, timeout_s=_LOOK_EVERY_S)
        if view.task.state != "waiting":
            return view
        show(view.task.phase, view.task.progress)


async def _result(gateway: Gateway, view: TaskView) -> bytes | None:
    for asset in view.assets:
        if asset.role == "result":
            return b"".join([chunk async for chunk in await gateway.assets.read(asset)])
    return None
