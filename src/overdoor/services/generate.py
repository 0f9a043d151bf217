"""The one corridor: every door submits here, and reads what became of it."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from overdoor.domain.access import Caller
from overdoor.domain.catalog import Catalog
from overdoor.domain.credits import Balance
from overdoor.domain.pricing import Quote, quote
from overdoor.domain.request import GenerationRequest, to_json
from overdoor.domain.task import Door, Task, TaskView
from overdoor.domain.validation import Accepted, build
from overdoor.engine.contract import Engine
from overdoor.errors import (
    BudgetExceeded,
    IdempotencyMismatch,
    InsufficientCredits,
    PermissionDenied,
    TaskNotFound,
    TooManyActiveTasks,
)
from overdoor.providers.contract import Provider
from overdoor.providers.registry import Providers
from overdoor.services.inputs import Inputs, bind_own, echo, keep_brought
from overdoor.services.waiting import Waiting
from overdoor.storage import idempotency, ledger, task_views, tasks
from overdoor.storage.db import Database, Tx
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import MicroDollars, TaskId, new_id

_FAIRNESS_COUNTS_TO = 100  # waiting tasks of one account; more make no difference
CREATE_TASK = "jobs.createTask"  # the endpoint that jobs, MCP and the command line share


@dataclass(frozen=True, slots=True)
class Submission:
    """A wish as a door received it.

    params: loose parameters by their wire names, see `domain.validation`.
    callback_url: told once the task has ended.
    """

    model: str
    params: Mapping[str, object]
    door: Door
    callback_url: str | None = None
    idempotency: IdempotencyKey | None = None
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Submitted:
    """An accepted wish. replayed: the task existed already and nothing was held for this request."""

    task: Task
    replayed: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a wish would cost, and the request as it was understood.

    available: free credits now; None for a metered account.
    refusal: what the balance or a budget would say to it; None when it would do.
    """

    request: GenerationRequest
    quote: Quote
    warnings: tuple[str, ...]
    available: MicroDollars | None
    refusal: InsufficientCredits | BudgetExceeded | None


@dataclass(frozen=True, slots=True)
class _Understood:
    """A wish that nothing but the balance, a limit or its inputs can refuse any more."""

    accepted: Accepted
    provider: Provider
    option: str


class Generate:
    """Accept generations, and show them."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        catalog: Catalog,
        providers: Providers,
        inputs: Inputs,
        waiting: Waiting,
        now: Callable[[], datetime],
    ) -> None:
        self.catalog = catalog
        self._database = database
        self._engine = engine
        self._providers = providers
        self._inputs = inputs
        self._waiting = waiting
        self._now = now

    async def estimate(self, submission: Submission, *, caller: Caller) -> Estimate:
        """The price of a wish, without promising anything: nothing is written or fetched.

        How many tasks the caller has unfinished does not matter here; that may change at any moment.

        Raises:
            OverdoorError: the wish would be refused, whatever the balance.
        """
        if not caller.scopes & {"generate", "read"}:
            raise PermissionDenied(scope="read")
        understood = self._understand(submission, caller)
        accepted = understood.accepted
        request = self._inputs.check(accepted.request, option=understood.option)
        priced = quote(accepted.model, request)

        def work(tx: Tx) -> tuple[Balance, InsufficientCredits | BudgetExceeded | None]:
            bind_own(tx, request, caller, option=understood.option, now=self._now())
            return ledger.refusal(tx, caller, priced.maximum, now=self._now())

        balance, refusal = await self._database.read(work)
        return Estimate(
            request=request,
            quote=priced,
            warnings=(*submission.warnings, *accepted.warnings),
            available=None if balance.metered else balance.available,
            refusal=refusal,
        )

    async def submit(self, submission: Submission, *, caller: Caller) -> Submitted:
        """Accept a generation: hold its price and enqueue it, both or neither.

        The same idempotency key from the same caller returns the first task and holds nothing.

        Raises:
            OverdoorError: any refusal; nothing was written, nothing is owed.
        """
        if "generate" not in caller.scopes:
            raise PermissionDenied(scope="generate")
        understood = self._understand(submission, caller)
        accepted = understood.accepted
        admitted = await self._inputs.admit(accepted.request, option=understood.option)
        request = admitted.request
        key = submission.idempotency
        fingerprint = "" if key is None else key.fingerprint or _fingerprint(request, submission.callback_url)
        warnings = (*submission.warnings, *accepted.warnings)
        now = self._now()
        task = Task(
            id=TaskId(new_id("task")),
            account_id=caller.account_id,
            key_id=caller.key_id,
            mode=caller.mode,
            door=submission.door,
            provider=understood.provider.name,
            request=request,
            param=_echo(submission),
            warnings=warnings,
            price=quote(accepted.model, request).maximum,
            callback_url=submission.callback_url,
            created_at=now,
            deadline_at=now + timedelta(seconds=accepted.model.longest_s),
        )

        brought = self._inputs.rows(task, admitted)

        def work(tx: Tx) -> Submitted:
            if key is not None and not idempotency.remember(
                tx, caller.key_id, key, fingerprint=fingerprint, task_id=task.id, now=task.created_at
            ):
                return _replay(tx, fingerprint, key=key, caller=caller)
            ledger.hold(  # its row lock orders the submits of one account
                tx, task, key_budgets=caller.budgets, account_is_bounded=caller.account_is_bounded
            )
            bound = task
            if request.inputs:
                owned = bind_own(tx, request, caller, option=understood.option, now=now)
                bound = replace(task, request=keep_brought(tx, owned, brought))
            active = tasks.count_active(tx, caller, most=_FAIRNESS_COUNTS_TO)
            _require_free_slot(active.of_key, caller)
            priority = -active.of_account  # a newcomer's first task goes before somebody's hundredth
            tasks.add(tx, bound, priority=priority)
            self._engine.enqueue(tx, bound.id, priority=priority)
            return Submitted(bound, replayed=False, warnings=warnings)

        return await self._database.write(work, lane="caller")

    async def find(self, task_id: str, *, caller: Caller) -> TaskView:
        """A task with its results.

        Raises:
            PermissionDenied, TaskNotFound
        """
        if "read" not in caller.scopes:
            raise PermissionDenied(scope="read")
        if "\x00" in task_id:  # no id has it, and PostgreSQL takes no such text
            raise TaskNotFound(task_id=task_id)

        def work(tx: Tx) -> TaskView:
            task = tasks.visible(tx, task_id, caller)
            if task is None:
                raise TaskNotFound(task_id=task_id)
            return task_views.view(tx, task)

        return await self._database.read(work)

    async def carry_here(self, task_id: TaskId) -> None:
        """Let this process carry the task, too; the lease on its row decides who works."""
        await self._database.write(lambda tx: self._engine.enqueue(tx, task_id))

    async def wait(self, task_id: str, *, caller: Caller, timeout_s: float | None) -> TaskView:
        """A task once it has ended, or as it is when the time is over or the server stops.

        Raises:
            PermissionDenied, TaskNotFound
        """
        with self._waiting.listening(task_id) as ear:
            view = await self.find(task_id, caller=caller)
            if view.task.state != "waiting":
                return view
            ear.start_from(view)
            ended = await ear.until_ended(timeout_s)
        return ended or await self.find(task_id, caller=caller)

    async def follow(self, task_id: str, *, caller: Caller, quiet_s: float) -> AsyncGenerator[TaskView | None]:
        """The task now and after each change, up to its end or the server's stop; None after each `quiet_s` of silence.

        Raises:
            PermissionDenied, TaskNotFound: at the first step.
        """
        with self._waiting.listening(task_id, follow_queue=True) as ear:
            view = await self.find(task_id, caller=caller)
            ear.start_from(view)
            yield view
            while view.task.state == "waiting":
                changed = await ear.next(quiet_s)
                if changed is None and self._waiting.is_stopping:
                    return
                yield changed
                view = changed or view

    def _understand(self, submission: Submission, caller: Caller) -> _Understood:
        """What `submit` and `estimate` refuse in the same words."""
        accepted = build(self.catalog, model=submission.model, params=submission.params)
        provider = self._providers.choose(accepted.model, caller.mode)
        provider.preflight(accepted.request)
        if submission.callback_url is not None:
            self._inputs.check_callback(submission.callback_url)
        inputs = accepted.model.inputs
        return _Understood(accepted, provider, option="image_urls" if inputs is None else inputs.name)


def _require_free_slot(active: int, caller: Caller) -> None:
    limit = caller.tier.active_tasks
    if active >= limit:
        raise TooManyActiveTasks(active=active, limit=limit, tier=caller.tier.name)


def _replay(tx: Tx, fingerprint: str, *, key: IdempotencyKey, caller: Caller) -> Submitted:
    earlier = idempotency.find(tx, caller.key_id, key)
    task = None if earlier is None else tasks.visible(tx, earlier.task_id, caller)
    if earlier is None or task is None:
        raise TaskNotFound(task_id=key.value)
    if earlier.fingerprint == fingerprint:
        return Submitted(task, replayed=True, warnings=task.warnings)
    if key.header == "idempotency-key":
        raise IdempotencyMismatch(task_id=task.id)
    name = key.asked or key.value
    differs = f"X-Request-Id {name!r} already made {task.id} from a different request; that task is answered."
    return Submitted(task, replayed=True, warnings=(*task.warnings, differs))


def _fingerprint(request: GenerationRequest, callback_url: str | None) -> str:
    """The same for two requests that mean the same, however they spell it."""
    canonical = msgspec.json.encode([to_json(request), callback_url], order="sorted")
    return hashlib.sha256(canonical).hexdigest()


def _echo(submission: Submission) -> str:
    request: dict[str, object] = {"model": submission.model, "input": echo(submission.params)}
    if submission.callback_url is not None:
        request["callBackUrl"] = submission.callback_url
    return msgspec.json.encode(request).decode()
