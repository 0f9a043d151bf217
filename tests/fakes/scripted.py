"""A provider in memory that does what a test tells it to."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping

from overdoor.domain.request import GenerationRequest
from overdoor.providers.contract import (
    Finished,
    InlineAsset,
    Job,
    Outcome,
    Preflight,
    ProviderFailure,
    Rejected,
    Resubmit,
    Traits,
)
from overdoor.units import TaskId, Ticket
from tests.support.pictures import png

Answer = Ticket | Outcome | Exception | Callable[[], Awaitable[Ticket | Outcome]]

PICTURE = Finished((InlineAsset(png(), "image/png"),))


class Scripted:
    """See `overdoor.providers.contract.Provider`.

    submits, checks, lookups, cancels: what is answered next; an exception is raised, a function is awaited. When a
    script is over, a submit gives a ticket, a check gives a picture, a lookup finds nothing, a cancel stops nothing.
    canceled: every ticket that was to be stopped.
    accepted: how often each task was handed over.
    jobs: every job that came. read: the inputs of the last one. asked: set by the first of them.
    """

    def __init__(self, *, name: str = "openai", resubmit: Resubmit = "never", cancels: bool = True) -> None:
        self.name = name
        self.traits = Traits(resubmit=resubmit, poll_after_s=0.01, cancels=cancels)
        self.submits: deque[Answer] = deque()
        self.checks: deque[Answer] = deque()
        self.lookups: deque[Ticket | Exception | None] = deque()
        self.cancels: deque[bool | Exception] = deque()
        self.canceled: list[Ticket] = []
        self.accepted: Counter[TaskId] = Counter()
        self.jobs: list[Job] = []
        self.read: list[bytes] = []
        self.asked = asyncio.Event()

    def preflight(self, request: GenerationRequest) -> Preflight:
        return Preflight()

    async def submit(self, job: Job) -> Ticket | Finished | Rejected:
        self.jobs.append(job)
        self.read = [media.read() for media in job.inputs]
        self.asked.set()
        self.accepted[job.task_id] += 1
        answer = await _say(self.submits.popleft()) if self.submits else Ticket(f"ticket-{job.task_id}")
        assert isinstance(answer, str | Finished | Rejected)
        return answer

    async def check(self, ticket: Ticket, job: Job) -> Outcome:
        answer = await _say(self.checks.popleft()) if self.checks else PICTURE
        assert not isinstance(answer, str)
        return answer

    async def lookup(self, job: Job) -> Ticket | None:
        found = self.lookups.popleft() if self.lookups else None
        if isinstance(found, Exception):
            raise found
        return found

    async def cancel(self, ticket: Ticket) -> bool:
        self.canceled.append(ticket)
        answer = self.cancels.popleft() if self.cancels else False
        if isinstance(answer, Exception):
            raise answer
        return answer

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Ticket, Outcome]:
        raise ProviderFailure("unexpected_reply", "The script has no callbacks.")

    async def close(self) -> None:
        return None


class Frozen:
    """An answer that does not come until the test thaws it, as from a worker that hangs in the middle of a call."""

    def __init__(self, answer: Ticket | Outcome) -> None:
        self._answer = answer
        self.reached = asyncio.Event()
        self._thawed = asyncio.Event()

    async def __call__(self) -> Ticket | Outcome:
        self.reached.set()
        await self._thawed.wait()
        return self._answer

    def thaw(self) -> None:
        """The answer comes."""
        self._thawed.set()


async def _say(answer: Answer) -> Ticket | Outcome:
    if isinstance(answer, Exception):
        raise answer
    return await answer() if callable(answer) else answer
