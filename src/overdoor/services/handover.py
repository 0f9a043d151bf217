"""Handing a task to its provider: once, unless a second time is certain to cost nothing.

The intent to call stands in the row before the call. What may happen after a crash in that window, or when the call
broke off, is the provider's declared `resubmit`; where nobody can know, the task waits in phase `unknown`, with its
price held, for the provider's callback, a look-up, or the end of the reconciliation.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from overdoor.domain.catalog import Catalog
from overdoor.domain.task import MOST_SUBMITS, Task, retry_after_s
from overdoor.domain.validation import sized_to_input
from overdoor.engine.contract import Again, Done
from overdoor.providers.contract import Finished, InputMedia, Job, Provider, ProviderFailure, Rejected
from overdoor.services.endings import Endings, code_of
from overdoor.services.input_files import InputFiles
from overdoor.services.lasting import write_at_last
from overdoor.services.leases import Attempt, Leases, LostLease, marked
from overdoor.services.provider_callbacks import ProviderCallbacks
from overdoor.storage import task_life, tasks
from overdoor.storage.db import Database

_NOT_TAKEN = "Canceled before the provider had taken it."
_LOOKUP_RETRY_S = 2.0  # after a look-up that got no usable answer

_log = structlog.get_logger("overdoor.tasks")


class Handover:
    """Hands tasks over. reconcile_s: how long a task may stay `unknown`, within its own deadline."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        inputs: InputFiles,
        leases: Leases,
        endings: Endings,
        provider_callbacks: ProviderCallbacks,
        reconcile_s: float,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._inputs = inputs
        self._leases = leases
        self._endings = endings
        self._provider_callbacks = provider_callbacks
        self._reconcile = timedelta(seconds=reconcile_s)
        self._now = now

    def job(self, task: Task) -> Job:
        """The task as its provider is told of it, without its inputs."""
        model, _ = self._catalog.find(task.request.model_id)
        return Job(
            task_id=task.id,
            mode=task.mode,
            request=task.request,
            upstream_id=model.upstream_id,
            callback_url=self._provider_callbacks.address(task),
        )

    async def go_on(self, attempt: Attempt, provider: Provider) -> Finished | Done | Again:
        """The next step of a task that has no ticket; Finished where the provider answered with the result at once.

        Raises:
            LostLease, InputUnusable
        """
        task = attempt.task
        if attempt.intent_is_new:
            return await self._call(task, provider, self.job(task))
        match task.phase:
            case "unknown":
                return await self._reconcile_now(task, provider)
            case "submitting" | "storing":
                return await self._after_a_crash(task, provider)
            case _:
                if task.cancel is not None:  # asked while the provider was called, which then did not take it
                    return await self._endings.fail(task, "canceled", _NOT_TAKEN)
                if task.is_overdue(self._now()):
                    message = "The task's deadline came before the provider could be asked."
                    return await self._endings.fail(task, "timeout", message)
                return await self._submit(task, provider)

    async def _submit(self, task: Task, provider: Provider) -> Finished | Done | Again:
        async with self._inputs.opened(task) as inputs:
            job = self._with_inputs(task, inputs)
            if not await self._database.write(lambda tx: tasks.mark_intent(tx, task)):
                raise LostLease
            return await self._call(marked(task), provider, job)

    async def _call(self, task: Task, provider: Provider, job: Job) -> Finished | Done | Again:
        """Call the provider; the intent stands in the row."""
        try:
            answer = await provider.submit(job)
        except ProviderFailure as failure:
            return await self._submit_failed(task, provider, failure)
        match answer:
            case Finished():
                return answer
            case Rejected():
                return await self._endings.fail(task, answer.code, answer.message)
            case ticket:
                if not await write_at_last(self._database, lambda tx: tasks.keep_ticket(tx, task, ticket)):
                    raise LostLease
                return await self._leases.ask_later(replace(task, phase="submitted", ticket=ticket), provider.traits)

    async def _submit_failed(self, task: Task, provider: Provider, failure: ProviderFailure) -> Done | Again:
        again_s = max(failure.retry_after_s or 0, retry_after_s(task.submits))
        match failure.kind, provider.traits.resubmit:
            case "delivered_unknown", "never":
                return await self._wait_unknown(task)
            case "delivered_unknown", "lookup":
                return await self._wait_unknown(task, again_s=again_s)
            case "delivered_unknown", _:
                may_try_again = True
            case _:
                may_try_again = failure.retryable
        if not may_try_again or task.submits >= MOST_SUBMITS:
            return await self._endings.fail(task, code_of(failure), failure.message)
        if failure.retryable:  # certainly not accepted: the next attempt is a fresh one
            task = replace(task, phase="queued")
        _log.info("submit failed, trying again", task=task.id, kind=failure.kind, again_in_s=again_s)
        return await self._leases.put_back(task, again_s=again_s)

    async def _after_a_crash(self, task: Task, provider: Provider) -> Finished | Done | Again:
        """The intent was written and no ticket: the call may have been made or not."""
        resubmit = provider.traits.resubmit
        if resubmit == "never":
            return await self._wait_unknown(task)
        if task.submits >= MOST_SUBMITS:
            message = f"The server stopped each of the {task.submits} times that it handed the task over."
            return await self._endings.fail(task, "internal_error", message)
        if resubmit == "lookup":
            return await self._look_up(task, provider)
        if task.is_overdue(self._now()):
            _log.warning("possible_provider_charge", task=task.id, provider=task.provider)
            return await self._endings.fail(task, "timeout", "The task's deadline came while it was handed over.")
        return await self._submit(task, provider)

    async def _reconcile_now(self, task: Task, provider: Provider) -> Finished | Done | Again:
        """Nobody knows whether the provider has it: ask where that is possible, and give up when the time is over."""
        if self._now() >= self._unknown_until(task):
            _log.warning(
                "possible_provider_charge", task=task.id, provider=task.provider, upstream=self.job(task).upstream_id
            )
            return await self._endings.fail(
                task,
                "submit_unknown",
                "The task was handed to the provider, which never said whether it had taken it. It was not sent twice.",
            )
        if provider.traits.resubmit == "lookup":
            return await self._look_up(task, provider)
        return await self._wait_unknown(task)

    async def _look_up(self, task: Task, provider: Provider) -> Finished | Done | Again:
        try:
            ticket = await provider.lookup(self.job(task))
        except ProviderFailure as failure:
            _log.info("look-up failed, trying again", task=task.id, kind=failure.kind)
            return await self._wait_unknown(task, again_s=failure.retry_after_s or _LOOKUP_RETRY_S)
        if ticket is not None:
            return await self._leases.put_back(replace(task, phase="submitted", ticket=ticket), again_s=0)
        if task.cancel is not None:
            return await self._endings.fail(task, "canceled", _NOT_TAKEN)
        if task.submits >= MOST_SUBMITS:
            message = f"The provider could not be reached {task.submits} times."
            return await self._endings.fail(task, "provider_error", message)
        return await self._submit(task, provider)

    async def _wait_unknown(self, task: Task, *, again_s: float | None = None) -> Again:
        """Put the task back as `unknown`; a callback that has told the ticket meanwhile resolves it at once."""
        now = self._now()
        phase = await self._database.write(lambda tx: task_life.put_back_unknown(tx, task, now=now))
        if phase is None:
            raise LostLease
        if phase != "unknown":
            return Again(0)
        left_s = (self._unknown_until(task) - now).total_seconds()
        if task.unknown_since is None:
            _log.warning("submit_unknown", task=task.id, provider=task.provider, resolved_within_s=left_s)
        return Again(max(left_s if again_s is None else min(again_s, left_s), 0))

    def _unknown_until(self, task: Task) -> datetime:
        until = (task.unknown_since or self._now()) + self._reconcile
        return until if task.deadline_at is None else min(until, task.deadline_at)

    def _with_inputs(self, task: Task, inputs: tuple[InputMedia, ...]) -> Job:
        """The job with its inputs, sized to the first picture where the caller left the ratio open."""
        job = replace(self.job(task), inputs=inputs)
        first = next((media for media in inputs if media.mime.startswith("image/")), None)
        if first is None:
            return job
        model, _ = self._catalog.find(task.request.model_id)
        sized = sized_to_input(model, task.request, width_px=first.width_px, height_px=first.height_px)
        return replace(job, request=sized)
