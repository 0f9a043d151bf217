"""What providers tell by themselves: a hint about one task, believed only as far as `check` confirms it.

Its one effect on a row is the ticket of a task that has none, by compare-and-set: so the end of a submit that broke off
becomes known. The address carries a token over provider and task, so that nobody else can name tickets.
"""

from collections.abc import Mapping

import structlog

from overdoor.domain.task import Task
from overdoor.engine.contract import Engine
from overdoor.errors import InvalidRequest, TaskNotFound
from overdoor.providers.contract import ProviderFailure
from overdoor.providers.registry import Providers
from overdoor.storage import task_life
from overdoor.storage.db import Database, Tx
from overdoor.storage.signing import CallbackTokens
from overdoor.units import TaskId, Ticket

_log = structlog.get_logger("overdoor.tasks")


class ProviderCallbacks:
    """Addresses for providers' callbacks, and what comes to them. public_url: without it there are no addresses."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        providers: Providers,
        tokens: CallbackTokens,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._providers = providers
        self._tokens = tokens
        self._public_url = public_url

    def address(self, task: Task) -> str | None:
        """Where the task's provider may tell of it; None where nobody outside can reach this server."""
        if self._public_url is None:
            return None
        token = self._tokens.token(task.provider, task.id)
        return f"{self._public_url}/api/v1/providers/{task.provider}/callback/{task.id}/{token}"

    async def take(self, *, provider: str, task_id: str, token: str, headers: Mapping[str, str], body: bytes) -> None:
        """Note the ticket if the task has none, and let its next step ask the provider at once.

        Raises:
            TaskNotFound: the address is not one of ours.
            InvalidRequest: the provider's message is not understood.
        """
        if not self._tokens.matches(token, provider, task_id):
            raise TaskNotFound(task_id=task_id)
        try:
            ticket, _ = self._providers.named(provider).parse_callback(headers, body)
        except KeyError:
            raise TaskNotFound(task_id=task_id) from None
        except ProviderFailure as failure:
            raise InvalidRequest(failure.message, hint="Send what the provider's contract says.") from failure

        def work(tx: Tx) -> task_life.Binding:
            return task_life.bind_ticket(tx, TaskId(task_id), provider=provider, ticket=Ticket(ticket))

        match await self._database.write(work):
            case "bound":
                _log.info("a callback told the ticket", task=task_id, provider=provider, ticket=ticket)
            case "late":
                _log.warning("late_result", task=task_id, provider=provider, ticket=ticket)
                return
            case "other":
                _log.warning("a callback names another ticket", task=task_id, provider=provider, ticket=ticket)
                return
            case "known":
                pass
            case "ended":
                return
        await self._engine.wake(task_id)
