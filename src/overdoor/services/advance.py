"""The state machine: takes a task up, does the next step, and may be run again at any point.

    queued ─► submitting ─► submitted ─► generating ─► storing ─► success
                  │  │  (a provider that answers at once skips the ticket)   └► fail, money back
                  │  └► unknown: nobody knows whether the provider has it (see handover)
                  └► queued again, where it certainly has not

Taking up is services/leases, handing over services/handover, ending services/endings.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from overdoor.domain.task import MOST_FAILURES, MOST_SUBMITS, Task, retry_after_s
from overdoor.engine.contract import Again, Done
from overdoor.errors import DatabaseAway
from overdoor.providers.contract import Finished, Provider, ProviderFailure, Rejected, RemoteAsset, Running
from overdoor.providers.registry import Providers
from overdoor.services.endings import Endings, code_of
from overdoor.services.handover import Handover
from overdoor.services.input_files import InputUnusable
from overdoor.services.leases import Attempt, Leases, LostLease
from overdoor.services.results import ResultUnusable
from overdoor.storage import task_life, tasks
from overdoor.storage.db import Database
from overdoor.units import Ticket

_LOST_LEASE_AGAIN_S = 1.0
_CHECK_RETRY_S = 2.0  # after a check that got no usable answer

_log = structlog.get_logger("overdoor.tasks")


class Advance:
    """Carries tasks on."""

    def __init__(
        self,
        *,
        database: Database,
        providers: Providers,
        leases: Leases,
        handover: Handover,
        endings: Endings,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._providers = providers
        self._leases = leases
        self._handover = handover
        self._endings = endings
        self._now = now

    async def beat(self) -> None:
        """Renew this worker's leases for as long as it runs."""
        await self._leases.beat()

    async def let_go_of_all(self) -> None:
        """Give back the leases that were kept between two checks: the server stops, and its work with it."""
        await self._leases.let_go_of_all()

    async def carry_on(self, task_id: str) -> Done | Again:
        """Do the next step of a task; the engine calls this at least once for each."""
        with self._leases.carrying(task_id):
            taken = await self._leases.take_up(task_id)
            if not isinstance(taken, Attempt):
                return taken
            with self._leases.holding():
                return await self._carefully(taken)

    async def _carefully(self, attempt: Attempt) -> Done | Again:
        task = attempt.task
        try:
            return await self._step(attempt)
        except LostLease:
            return Again(_LOST_LEASE_AGAIN_S)
        except asyncio.CancelledError:  # the server stops: let the next one begin at once
            await asyncio.shield(self._database.write(lambda tx: tasks.let_go(tx, task)))
            raise
        except DatabaseAway:  # not the task's fault: the engine delivers it again
            raise
        except Exception:  # noqa: BLE001 - around one task: a bug must end in its failure, not in a task that hangs
            failures = task.failures + 1
            _log.exception("a step raised", task=task.id, failures=failures)
            await self._database.write(lambda tx: tasks.let_go_failed(tx, task))
            return Again(0 if failures == MOST_FAILURES else retry_after_s(failures))  # 0: the next take-up ends it

    async def _step(self, attempt: Attempt) -> Done | Again:
        task = attempt.task
        try:
            provider = self._providers.named(task.provider)
        except KeyError:
            return await self._endings.fail(
                task, "provider_missing", f"The provider {task.provider!r} is no longer configured on this server."
            )
        if task.is_poisoned:
            message = f"The server failed {task.failures} times in a row while it carried this task."
            return await self._give_up(task, provider, "internal_error", message)
        if task.ticket is not None:
            return await self._follow(task, provider, task.ticket)
        try:
            answer = await self._handover.go_on(attempt, provider)
        except InputUnusable as error:
            return await self._endings.fail(task, error.code, error.message)
        return await self._succeed(task, answer) if isinstance(answer, Finished) else answer

    async def _follow(self, task: Task, provider: Provider, ticket: Ticket) -> Done | Again:
        """Stop the work if its caller asked for that and the provider does it unbilled; else see how far it is."""
        if task.cancel == "asked" and (unbilled := await _stop(provider, ticket)) is not None:
            if unbilled:
                return await self._endings.fail(task, "canceled", "Canceled; the provider stopped the work unbilled.")
            await self._database.write(lambda tx: task_life.refuse_cancel(tx, task.id))
            task = replace(task, cancel="refused")
        return await self._check(task, provider, ticket)

    async def _check(self, task: Task, provider: Provider, ticket: Ticket) -> Done | Again:
        try:
            outcome = await provider.check(ticket, self._handover.job(task))
        except ProviderFailure as failure:
            return await self._check_failed(task, provider, failure)
        match outcome:
            case Running(progress):
                if task.is_overdue(self._now()):
                    return await self._give_up(task, provider, "timeout", "The provider did not finish in time.")
                return await self._leases.ask_later(
                    replace(task, phase="generating", progress=progress), provider.traits
                )
            case Finished():
                return await self._succeed(task, outcome)
            case Rejected():
                return await self._rejected(task, outcome)

    async def _check_failed(self, task: Task, provider: Provider, failure: ProviderFailure) -> Done | Again:
        if failure.kind == "ticket_lost" and provider.traits.resubmit == "safe" and task.submits < MOST_SUBMITS:
            return await self._leases.put_back(replace(task, phase="queued", ticket=None), again_s=0)
        if failure.kind in ("ticket_lost", "auth", "unexpected_reply"):
            return await self._endings.fail(task, code_of(failure), failure.message)
        if task.is_overdue(self._now()):
            message = f"The provider did not finish in time; its last answer: {failure.message}"
            return await self._give_up(task, provider, "timeout", message)
        return await self._leases.put_back(task, again_s=failure.retry_after_s or _CHECK_RETRY_S)

    async def _rejected(self, task: Task, rejected: Rejected) -> Done:
        """The provider gave the work up; if the caller had asked for just that, the task counts as canceled."""
        if await self._database.read(lambda tx: task_life.cancel_is_asked(tx, task.id)):
            return await self._endings.fail(task, "canceled", "Canceled; the provider stopped the work.")
        return await self._endings.fail(task, rejected.code, rejected.message)

    async def _succeed(self, task: Task, finished: Finished) -> Done | Again:
        """Keep the results and end the task, or fail it where they cannot be kept."""
        if _takes_a_while(task, finished) and not await self._database.write(lambda tx: tasks.mark_storing(tx, task)):
            raise LostLease
        try:
            return await self._endings.succeed(task, finished)
        except ResultUnusable as error:
            if error.transient and task.ticket is not None and not task.is_overdue(self._now()):
                return await self._leases.put_back(task, again_s=_CHECK_RETRY_S)
            return await self._endings.fail(task, "result_unusable", error.message)

    async def _give_up(self, task: Task, provider: Provider, code: str, message: str) -> Done:
        """Fail the task with its money back, and try to stop what the provider may still do for it."""
        unbilled = None if task.ticket is None else await _stop(provider, task.ticket)
        if not unbilled and provider.traits.resubmit != "safe" and task.phase != "queued":
            _log.warning("possible_provider_charge", task=task.id, provider=task.provider, ticket=task.ticket)
        return await self._endings.fail(task, code, message)


async def _stop(provider: Provider, ticket: Ticket) -> bool | None:
    """Whether the provider stopped the work unbilled; None when it could not be asked."""
    if not provider.traits.cancels:
        return False
    try:
        return await provider.cancel(ticket)
    except ProviderFailure as failure:
        _log.info("cancel failed", provider=provider.name, ticket=ticket, kind=failure.kind)
    except Exception:  # noqa: BLE001 - a bug of an adapter must not keep the end of its task, and the money, back
        _log.exception("cancel raised", provider=provider.name, ticket=ticket)
    return None


def _takes_a_while(task: Task, finished: Finished) -> bool:
    """True for what is fetched first, and for clips: worth a statement, so that a watcher sees the phase."""
    return task.request.kind == "video" or any(isinstance(asset, RemoteAsset) for asset in finished.assets)
