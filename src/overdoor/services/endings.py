"""How a task ends: results, money, terminal state and callback in one transaction, or nothing of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from overdoor.domain import pricing
from overdoor.domain.callback import Callback
from overdoor.domain.catalog import Catalog
from overdoor.domain.task import Asset, Task
from overdoor.engine.contract import Done, Engine
from overdoor.errors import OverdoorError
from overdoor.media.processes import WorkerDied
from overdoor.providers.contract import Finished, ProviderFailure
from overdoor.providers.registry import Providers
from overdoor.services.lasting import write_at_last
from overdoor.services.leases import LostLease
from overdoor.services.results import Results, ResultUnusable
from overdoor.storage import assets, callbacks, ledger, tasks
from overdoor.storage.db import Database, Tx
from overdoor.units import CallbackId, MicroDollars, new_id

_TRIES_TO_KEEP = 3
_KEEP_AGAIN_S = 1.0

_log = structlog.get_logger("overdoor.tasks")


class Endings:
    """Ends tasks, each once."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        catalog: Catalog,
        providers: Providers,
        results: Results,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._engine = engine
        self._catalog = catalog
        self._providers = providers
        self._results = results
        self._now = now

    async def succeed(self, task: Task, finished: Finished) -> Done:
        """Store the results, then settle, end and owe the callback in one transaction.

        Raises:
            ResultUnusable: nothing was written.
            LostLease: the attempt is no longer ours; nothing was written.
        """
        kept = await self._keep(task, finished)
        charge = self._charge(task, finished)
        ended = replace(task, state="success", charged=charge, warnings=(*task.warnings, *finished.warnings))

        def work(tx: Tx) -> None:
            if not tasks.finish(tx, ended):
                raise LostLease
            self.tell(tx, ended)
            for asset in kept:
                assets.add(tx, asset)
            ledger.settle(tx, ended, charge)

        await write_at_last(self._database, work)
        return Done()

    async def fail(self, task: Task, code: str, message: str) -> Done:
        """Release the held price and end the task in one transaction.

        Raises:
            LostLease: the attempt is no longer ours; nothing was written.
        """
        ended = replace(task, state="fail", charged=MicroDollars(0), fail_code=code, fail_message=message)

        def work(tx: Tx) -> None:
            if not tasks.finish(tx, ended):
                raise LostLease
            self.tell(tx, ended)
            ledger.release(tx, ended)

        await self._database.write(work)
        return Done()

    def tell(self, tx: Tx, ended: Task) -> None:
        """Owe the callback of a task that ends in this transaction, and announce the end once it is durable."""
        if ended.callback_url is not None:
            self._owe_callback(tx, ended, ended.callback_url)
        tx.announce(ended.id)

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

    def _charge(self, task: Task, finished: Finished) -> MicroDollars:
        model, _ = self._catalog.find(task.request.model_id)
        charge = pricing.charge(model, task.request, usage=finished.usage, duration_s=finished.duration_s)
        return min(charge, task.price)  # the catalogue may have changed since the price was frozen

    def _owe_callback(self, tx: Tx, ended: Task, url: str) -> None:
        now = self._now()
        callback = Callback(
            id=CallbackId(new_id("cb")),
            task_id=ended.id,
            account_id=ended.account_id,
            key_id=ended.key_id,
            mode=ended.mode,
            url=url,
            created_at=now,
        )
        callbacks.add(tx, callback)
        delay_s = self._callback_delay_s(ended)
        self._engine.enqueue(tx, callback.id, not_before=now + timedelta(seconds=delay_s) if delay_s else None)

    def _callback_delay_s(self, task: Task) -> float:
        try:
            return self._providers.named(task.provider).preflight(task.request).callback_delay_s
        except (KeyError, OverdoorError):  # no longer configured, or no longer willing: the caller is told all the same
            return 0.0


def code_of(failure: ProviderFailure) -> str:
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
