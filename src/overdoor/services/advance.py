"""The state machine: takes a task up, does the next step, and may be run again at any point.

    queued ─► submitting ─► submitted ─► generating ─► success
                  │  (a provider that answers at once skips the ticket)   └► fail, money back

Every take-up begins with one statement on the row (attempt + 1, a lease), and every later write carries that attempt.
The intent to call a provider is written before the call; what may happen after a crash in that window is the provider's
declared `resubmit`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from overdoor.domain import pricing
from overdoor.domain.catalog import Catalog
from overdoor.domain.task import HEARTBEAT_S, LEASE_S, MOST_SUBMITS, Asset, Task, retry_after_s
from overdoor.domain.validation import sized_to_input
from overdoor.engine.contract import Again, Done, Engine
from overdoor.errors import OverdoorError
from overdoor.media.processes import WorkerDied
from overdoor.providers.contract import Finished, InputMedia, Job, Provider, ProviderFailure, Rejected, Running
from overdoor.providers.registry import Providers
from overdoor.services.inputs import Inputs, InputUnusable
from overdoor.services.results import Results, ResultUnusable
from overdoor.services.waiting import Waiting
from overdoor.storage import assets, callbacks, ledger, tasks
from overdoor.storage.callbacks import Callback
from overdoor.storage.db import Database, Tx
from overdoor.storage.presence import Presence
from overdoor.storage.tasks import Leased
from overdoor.units import CallbackId, MicroDollars, Ticket, new_id

_LOST_LEASE_AGAIN_S = 1.0
_CHECK_RETRY_S = 2.0  # after a check that got no usable answer
_MOST_ERRORS = 5  # of ours in a row, after which a task is given up
_TRIES_TO_KEEP = 3
_KEEP_AGAIN_S = 1.0
_LONGEST_TASK_S = 3 * 3600  # after which a task that still runs is given up

_log = structlog.get_logger("overdoor.tasks")


class LostLease(Exception):
    """Another worker has taken the task up; whatever this one does is void."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A take-up. intent_is_new: it marked the intent to submit; otherwise `submitting` is what a crash left behind."""

    task: Task
    intent_is_new: bool = False


class Advance:
    """Carries tasks on. `owner` names this worker in the leases."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        catalog: Catalog,
        providers: Providers,
        inputs: Inputs,
        results: Results,
        waiting: Waiting,
        owner: str,
        presence: Presence | None,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._engine = engine
        self._catalog = catalog
        self._providers = providers
        self._inputs = inputs
        self._results = results
        self._waiting = waiting
        self._owner = owner
        self._presence = presence
        self._now = now
        self._holding = 0
        self._carrying: Counter[str] = Counter()  # deliveries of each task in this process
        self._kept: dict[str, float] = {}  # since when (monotonic): tasks between two checks whose lease stays here
        self._errors: dict[str, int] = {}  # by task, while its steps raise

    async def beat(self) -> None:
        """Renew this worker's leases for as long as it runs."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self._holding or self._kept:
                await self._renew()

    async def _renew(self) -> None:
        started = time.monotonic()
        forgotten = [task_id for task_id, since in self._kept.items() if started - since > LEASE_S]

        def work(tx: Tx) -> None:
            for task_id in forgotten:  # its delivery went to another worker
                tasks.give_up(tx, task_id, self._owner)
            tasks.heartbeat(tx, self._owner)

        try:
            await self._database.write(work)
        except Exception:  # noqa: BLE001 - a worker's outermost loop: the database may be restarting
            _log.exception("heartbeat failed")
        else:
            for task_id in forgotten:
                self._kept.pop(task_id, None)
        if (took_s := time.monotonic() - started) > HEARTBEAT_S:
            _log.warning("slow heartbeat", took_s=round(took_s, 1))

    async def let_go_of_all(self) -> None:
        """Give back the leases that were kept between two checks: the server stops, and its work with it."""
        if self._kept:
            await self._database.write(lambda tx: tasks.free_leases(tx, self._owner))

    async def carry_on(self, task_id: str) -> Done | Again:
        """Do the next step of a task; the engine calls this at least once for each."""
        self._carrying[task_id] += 1
        try:
            return await self._carry_on(task_id)
        finally:
            self._carrying[task_id] -= 1
            if not self._carrying[task_id]:
                del self._carrying[task_id]

    async def _carry_on(self, task_id: str) -> Done | Again:
        is_kept = task_id in self._kept
        taken = await self._database.write(lambda tx: self._take_up(tx, task_id, is_kept=is_kept))
        self._kept.pop(task_id, None)
        match taken:
            case None:
                return Done()
            case Leased(owner, remaining_s):
                return await self._wait_for(task_id, owner, remaining_s)
            case _Attempt():
                return await self._hold_and_step(taken)

    def _take_up(self, tx: Tx, task_id: str, *, is_kept: bool) -> _Attempt | Leased | None:
        """Begin an attempt. Where nothing is to be fetched first, the intent to submit is marked at once."""
        taken = tasks.take_up(tx, task_id, self._owner, is_kept=is_kept)
        if not isinstance(taken, Task):
            return taken
        if taken.phase != "queued" or taken.request.inputs:
            return _Attempt(taken)
        tasks.mark_intent(tx, taken)
        return _Attempt(_marked(taken), intent_is_new=True)

    async def _wait_for(self, task_id: str, owner: str, remaining_s: float) -> Again:
        """Another worker has the task. If that worker is known to be gone, its leases are freed at once.

        A lease of our own under which nobody works is left from a write that failed; the heartbeat would renew it.
        """
        if owner == self._owner and self._carrying[task_id] == 1:
            await self._database.write(lambda tx: _let_go_of(tx, task_id))
            return Again(0)
        if self._presence is not None and owner and self._presence.is_gone(owner):
            freed = await self._database.write(lambda tx: tasks.free_leases(tx, owner))
            _log.info("took over from a worker that is gone", worker=owner, tasks=freed)
            return Again(0)
        return Again(remaining_s)

    async def _hold_and_step(self, attempt: _Attempt) -> Done | Again:
        task = attempt.task
        self._holding += 1
        try:
            answer = await self._step(attempt)
        except LostLease:
            return Again(_LOST_LEASE_AGAIN_S)
        except asyncio.CancelledError:  # the server stops: let the next one begin at once
            await asyncio.shield(self._database.write(lambda tx: tasks.let_go(tx, task)))
            raise
        except Exception:  # noqa: BLE001 - around one task: a bug must end in its failure, not in a task that hangs
            return await self._step_raised(task)
        else:
            self._errors.pop(task.id, None)
            return answer
        finally:
            self._holding -= 1

    async def _step_raised(self, task: Task) -> Done | Again:
        errors = self._errors[task.id] = self._errors.get(task.id, 0) + 1
        _log.exception("a step raised", task=task.id, errors=errors)
        if errors < _MOST_ERRORS:
            await self._database.write(lambda tx: tasks.let_go(tx, task))
            return Again(retry_after_s(errors))
        del self._errors[task.id]
        return await self._fail(task, "internal_error", "An error of the server stopped this task.")

    async def _step(self, attempt: _Attempt) -> Done | Again:
        task = attempt.task
        try:
            provider = self._providers.named(task.provider)
        except KeyError:
            return await self._fail(
                task, "provider_missing", f"The provider {task.provider!r} is no longer configured on this server."
            )
        try:
            if task.ticket is not None:
                return await self._check(task, provider, task.ticket)
            if attempt.intent_is_new:
                return await self._hand_over(task, provider, self._job(task))
            if task.phase == "submitting":
                return await self._after_a_crash(task, provider)
            return await self._submit(task, provider)
        except InputUnusable as error:
            return await self._fail(task, error.code, error.message)

    async def _after_a_crash(self, task: Task, provider: Provider) -> Done | Again:
        """The intent was written and no ticket: the call may have been made or not."""
        if task.submits >= MOST_SUBMITS:
            message = f"The server stopped each of the {task.submits} times that it handed the task over."
            return await self._fail(task, "internal_error", message)
        match provider.traits.resubmit:
            case "safe" | "by_key":
                return await self._submit(task, provider)
            case "lookup":
                return await self._look_up(task, provider)
            case "never":
                return await self._fail(
                    task,
                    "submit_unknown",
                    "The server stopped while it handed the task to the provider, which may or may not have taken it.",
                )

    async def _look_up(self, task: Task, provider: Provider) -> Done | Again:
        try:
            ticket = await provider.lookup(self._job(task))
        except ProviderFailure as failure:
            return await self._check_failed(task, provider, failure)
        if ticket is None:
            return await self._submit(task, provider)
        await self._keep_ticket(task, ticket)
        return await self._check(replace(task, phase="submitted", ticket=ticket), provider, ticket)

    async def _submit(self, task: Task, provider: Provider) -> Done | Again:
        job = self._with_inputs(task, await self._inputs.load(task))
        if not await self._database.write(lambda tx: tasks.mark_intent(tx, task)):
            raise LostLease
        return await self._hand_over(_marked(task), provider, job)

    async def _hand_over(self, task: Task, provider: Provider, job: Job) -> Done | Again:
        """Call the provider; the intent stands in the row."""
        try:
            answer = await provider.submit(job)
        except ProviderFailure as failure:
            return await self._submit_failed(task, provider, failure)
        match answer:
            case Finished():
                return await self._succeed(task, answer)
            case Rejected():
                return await self._fail(task, answer.code, answer.message)
            case ticket:
                await self._keep_ticket(task, ticket)
                return await self._ask_later(replace(task, phase="submitted", ticket=ticket), provider)

    async def _submit_failed(self, task: Task, provider: Provider, failure: ProviderFailure) -> Done | Again:
        resubmit = provider.traits.resubmit
        may_try_again = failure.retryable or (failure.kind == "delivered_unknown" and resubmit != "never")
        if not may_try_again or task.submits >= MOST_SUBMITS:
            return await self._fail(task, _code_of(failure), failure.message)
        again_s = max(failure.retry_after_s or 0, retry_after_s(task.submits))
        if failure.retryable:  # certainly not accepted: the next attempt is a fresh one
            task = replace(task, phase="queued")
        _log.info("submit failed, trying again", task=task.id, kind=failure.kind, again_in_s=again_s)
        return await self._put_back(task, again_s=again_s)

    async def _check(self, task: Task, provider: Provider, ticket: Ticket) -> Done | Again:
        try:
            outcome = await provider.check(ticket, self._job(task))
        except ProviderFailure as failure:
            return await self._check_failed(task, provider, failure)
        match outcome:
            case Running(progress):
                if self._is_too_old(task):
                    return await self._fail(task, "timeout", "The provider did not finish in time.")
                return await self._ask_later(replace(task, phase="generating", progress=progress), provider)
            case Finished():
                return await self._succeed(task, outcome)
            case Rejected():
                return await self._fail(task, outcome.code, outcome.message)

    async def _ask_later(self, task: Task, provider: Provider) -> Again:
        """End the attempt until the next check. Where only this process can check, nobody else may take the task up:
        it would find the ticket lost, and start the work anew.
        """
        if not provider.traits.process_local:
            return await self._put_back(task, again_s=provider.traits.poll_after_s)
        if not await self._database.write(lambda tx: tasks.note_progress(tx, task)):
            raise LostLease
        self._kept[task.id] = time.monotonic()
        return Again(provider.traits.poll_after_s)

    async def _check_failed(self, task: Task, provider: Provider, failure: ProviderFailure) -> Done | Again:
        if failure.kind == "ticket_lost" and provider.traits.resubmit == "safe" and task.submits < MOST_SUBMITS:
            return await self._put_back(replace(task, phase="queued", ticket=None), again_s=0)
        if self._is_too_old(task) or failure.kind in ("ticket_lost", "auth", "unexpected_reply"):
            return await self._fail(task, _code_of(failure), failure.message)
        return await self._put_back(task, again_s=failure.retry_after_s or _CHECK_RETRY_S)

    async def _succeed(self, task: Task, finished: Finished) -> Done | Again:
        """Store the results, then settle, end and owe the callback in one transaction."""
        try:
            kept = await self._keep(task, finished)
        except ResultUnusable as error:
            if error.transient and task.ticket is not None and not self._is_too_old(task):
                return await self._put_back(task, again_s=_CHECK_RETRY_S)
            return await self._fail(task, "result_unusable", error.message)
        charge = self._charge(task, finished)
        ended = replace(task, state="success", charged=charge, warnings=(*task.warnings, *finished.warnings))

        def work(tx: Tx) -> None:
            self._end(tx, ended)
            for asset in kept:
                assets.add(tx, asset)
            ledger.settle(tx, ended, charge)

        await self._database.write(work)
        return Done()

    async def _keep(self, task: Task, finished: Finished) -> tuple[Asset, ...]:
        """Store the results; tried again where the disk or a worker process fails, for the provider has done its part.

        Raises:
            ResultUnusable
        """
        for tries_left in reversed(range(_TRIES_TO_KEEP)):
            try:
                return await self._results.keep(task, finished)
            except (OSError, WorkerDied) as error:  # TimeoutError is an OSError
                _log.exception("a result could not be stored", task=task.id, tries_left=tries_left)
                if not tries_left:
                    message = "The provider delivered the result, but this server could not store it."
                    raise ResultUnusable(message) from error
            await asyncio.sleep(_KEEP_AGAIN_S)
        raise AssertionError("unreachable")

    async def _fail(self, task: Task, code: str, message: str) -> Done:
        """Release the held price and end the task in one transaction."""
        ended = replace(task, state="fail", charged=MicroDollars(0), fail_code=code, fail_message=message)

        def work(tx: Tx) -> None:
            self._end(tx, ended)
            ledger.release(tx, ended)

        await self._database.write(work)
        return Done()

    def _end(self, tx: Tx, ended: Task) -> None:
        if not tasks.finish(tx, ended):
            raise LostLease
        if ended.callback_url is not None:
            self._owe_callback(tx, ended, ended.callback_url)
        tx.after_commit(lambda: self._waiting.announce(ended.id))

    def _owe_callback(self, tx: Tx, ended: Task, url: str) -> None:
        callback = Callback(CallbackId(new_id("cb")), ended.id, ended.account_id, url)
        now = self._now()
        callbacks.add(tx, callback, now=now)
        delay_s = self._callback_delay_s(ended)
        self._engine.enqueue(tx, callback.id, not_before=now + timedelta(seconds=delay_s) if delay_s else None)

    def _callback_delay_s(self, task: Task) -> float:
        try:
            return self._providers.named(task.provider).preflight(task.request).callback_delay_s
        except (KeyError, OverdoorError):  # no longer configured, or no longer willing: the caller is told all the same
            return 0.0

    async def _keep_ticket(self, task: Task, ticket: Ticket) -> None:
        if not await self._database.write(lambda tx: tasks.keep_ticket(tx, task, ticket)):
            raise LostLease

    async def _put_back(self, task: Task, *, again_s: float) -> Again:
        await self._database.write(
            lambda tx: tasks.put_back(tx, task, phase=task.phase, ticket=task.ticket, progress=task.progress)
        )
        return Again(again_s)

    def _is_too_old(self, task: Task) -> bool:
        return self._now() - task.created_at > timedelta(seconds=_LONGEST_TASK_S)

    def _job(self, task: Task) -> Job:
        model, _ = self._catalog.find(task.request.model_id)
        return Job(task_id=task.id, mode=task.mode, request=task.request, upstream_id=model.upstream_id)

    def _with_inputs(self, task: Task, inputs: tuple[InputMedia, ...]) -> Job:
        """The job with its inputs, sized to the first picture where the caller left the ratio open."""
        job = replace(self._job(task), inputs=inputs)
        first = next((media for media in inputs if media.mime.startswith("image/")), None)
        if first is None:
            return job
        model, _ = self._catalog.find(task.request.model_id)
        sized = sized_to_input(model, task.request, width_px=first.width_px, height_px=first.height_px)
        return replace(job, request=sized)

    def _charge(self, task: Task, finished: Finished) -> MicroDollars:
        model, _ = self._catalog.find(task.request.model_id)
        charge = pricing.charge(model, task.request, usage=finished.usage, duration_s=finished.duration_s)
        return min(charge, task.price)  # the catalogue may have changed since the price was frozen


def _let_go_of(tx: Tx, task_id: str) -> None:
    if (task := tasks.by_id(tx, task_id)) is not None:
        tasks.let_go(tx, task)


def _marked(task: Task) -> Task:
    """The task as the row has it once the intent to submit is marked."""
    return replace(task, phase="submitting", submits=task.submits + 1)


def _code_of(failure: ProviderFailure) -> str:
    """The fail code that the caller sees."""
    match failure.kind:
        case "auth" | "quota" | "invalid_request":
            return "provider_refused"
        case "rate_limit":
            return "provider_busy"
        case "ticket_lost":
            return "provider_lost_task"
        case "timeout":
            return "timeout"
        case "upstream_error" | "not_delivered" | "unexpected_reply":
            return "provider_error"
        case "delivered_unknown":
            return "submit_unknown"
