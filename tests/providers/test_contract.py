"""The sentences of providers/contract.py, on every provider: the sandbox, and one over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from overdoor.domain.request import GenerationRequest
from overdoor.media.processes import MediaProcesses
from overdoor.providers.contract import FailureKind, Finished, Job, Outcome, Provider, ProviderFailure, Rejected, Running
from overdoor.providers.sandbox.provider import Sandbox
from overdoor.units import TaskId, Ticket, new_id
from tests.fakes.provider import FakeProvider, FakeUpstream


@dataclass(frozen=True, slots=True)
class Case:
    """A provider, and how to get it into trouble.

    make_slow: what a job must say to be asked for by its ticket; finish lets the slow work end.
    make_refused: what a job must say to be refused. failures: what a job must say, or None where it cannot happen.
    """

    provider: Provider
    slow_prompt: str
    refused_prompt: str
    finish: Callable[[Ticket], Awaitable[None]]
    failures: Mapping[FailureKind, Callable[[], str]] = field(default_factory=dict[FailureKind, Callable[[], str]])
    callback: bytes | None = None


@pytest.fixture(params=["sandbox", "http"])
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    """Each provider in turn."""
    if request.param == "sandbox":
        processes = MediaProcesses(1, 1)
        sandbox = Sandbox(name="sandbox", processes=processes, scratch=tmp_path, label=True)
        yield sandbox_case(sandbox)
        await sandbox.close()
        await processes.aclose()
        return
    async with FakeUpstream() as upstream:
        provider = FakeProvider(upstream.url)
        yield http_case(provider, upstream)
        await provider.close()


def sandbox_case(sandbox: Sandbox) -> Case:
    async def finish(_: Ticket) -> None:
        """It ends by itself."""

    return Case(
        sandbox,
        slow_prompt="a fox sandbox:delay=150ms",
        refused_prompt="a fox sandbox:moderation_blocked",
        finish=finish,
        failures={
            "rate_limit": lambda: "a fox sandbox:rate_limit",
            "upstream_error": lambda: "a fox sandbox:upstream_500",
            "timeout": lambda: "a fox sandbox:timeout",
        },
    )


def http_case(provider: FakeProvider, upstream: FakeUpstream) -> Case:
    async def finish(ticket: Ticket) -> None:
        upstream.running.discard(ticket)

    def behaving(*behaviour: str) -> Callable[[], str]:
        def prompt() -> str:
            upstream.script.extend(behaviour)  # type: ignore[arg-type]
            return "a fox"

        return prompt

    return Case(
        provider,
        slow_prompt="a slow fox",
        refused_prompt="a refused fox",
        finish=finish,
        failures={
            "rate_limit": behaving("busy"),
            "upstream_error": behaving("broken"),
            "auth": behaving("unauthorized"),
            "unexpected_reply": behaving("garbage"),
            "delivered_unknown": behaving("drop after"),
        },
        callback=b'{"job": "job-1", "state": "queued", "percent": 40}',
    )
