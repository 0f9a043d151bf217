"""The sentences of providers/contract.py, on every provider: the sandbox, and one over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from overdoor.domain.request import GenerationRequest
from overdoor.media.processes import MediaProcesses
from overdoor.providers.contract import (
    FailureKind,
    Finished,
    InputMedia,
    Job,
    Outcome,
    Provider,
    ProviderFailure,
    Rejected,
    Running,
)
from overdoor.providers.sandbox.provider import Sandbox
from overdoor.units import TaskId, Ticket, new_id
from tests.fakes.provider import Behaviour, FakeProvider, FakeUpstream
from tests.support.pictures import png


@dataclass(frozen=True, slots=True)
class Case:
    """A provider, and how to get it into trouble.

    slow: called before a submit whose ticket shall be running at first; finish lets it end.
    slow_prompt, refused_prompt: what a job must say to take a while, or to be refused.
    failures: by kind, what prepares the next submit to fail, and the prompt to do it with.
    callback: a message that the provider sends, where it sends any.
    """

    provider: Provider
    slow_prompt: str
    refused_prompt: str
    slow: Callable[[Job], None]
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
        slow=lambda _: None,
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

    def behaving(behaviour: Behaviour) -> Callable[[], str]:
        def prompt() -> str:
            upstream.script.append(behaviour)
            return "a fox"

        return prompt

    return Case(
        provider,
        slow_prompt="a slow fox",
        refused_prompt="a refused fox",
        slow=lambda work: upstream.running.add(f"job-{work.task_id}"),
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


async def test_a_submit_gives_a_ticket_or_the_result(case: Case) -> None:
    """Promise: contract: `submit`: hand the work over."""
    answer = await case.provider.submit(job(case.slow_prompt))

    assert isinstance(answer, str | Finished)


async def test_a_ticket_runs_and_then_it_is_finished_with_bytes_that_can_be_kept(case: Case) -> None:
    """Promise: contract: `check`: how far the work is; progress lies between 0 and 1."""
    work = job(case.slow_prompt)
    ticket = await ticket_of(case, work)
    first = await case.provider.check(ticket, work)
    await case.finish(ticket)
    last = await until_ended(case, ticket, work)

    assert isinstance(first, Running)
    assert first.progress is None or 0 <= first.progress <= 1
    assert isinstance(last, Finished)
    assert len(last.assets) == 1


async def test_an_input_may_be_gone_once_submit_has_returned(case: Case, tmp_path: Path) -> None:
    """Promise: contract: `InputMedia.path` lies there until `submit` has returned."""
    path = tmp_path / "given.png"
    path.write_bytes(png())
    given = InputMedia("image", path, "image/png", path.stat().st_size, 1024, 1024)
    plain = job(case.slow_prompt)
    work = replace(plain, inputs=(given,), request=replace(plain.request, operation="image-to-image"))

    ticket = await ticket_of(case, work)
    path.unlink()
    await case.finish(ticket)

    assert isinstance(await until_ended(case, ticket, work), Finished)
    assert [found for found in tmp_path.rglob("*") if found.is_file() and "held" in str(found)] == []


async def test_a_refusal_is_an_outcome_and_no_failure(case: Case) -> None:
    """Promise: contract: refusals inside a good reply are `Rejected`."""
    work = job(case.refused_prompt)
    answer = await case.provider.submit(work)
    if isinstance(answer, str):
        answer = await until_ended(case, Ticket(answer), work)

    assert isinstance(answer, Rejected)
    assert answer.code == "content_policy"


async def test_a_ticket_that_the_provider_does_not_know_is_lost(case: Case) -> None:
    """Promise: contract: `ticket_lost` when the provider does not know the ticket (any more)."""
    with pytest.raises(ProviderFailure) as failure:
        await case.provider.check(Ticket("nobody-knows-this"), job("a fox"))

    assert failure.value.kind == "ticket_lost"


async def test_each_failure_has_its_class(case: Case) -> None:
    """Promise: contract: what went wrong on the way is a `ProviderFailure`, of a kind that tells what next."""
    for kind, prompt in case.failures.items():
        with pytest.raises(ProviderFailure) as failure:
            await case.provider.submit(job(prompt()))

        assert failure.value.kind == kind
        assert failure.value.message
        assert failure.value.retryable == (kind in ("rate_limit", "not_delivered"))


async def test_a_busy_provider_says_when_to_come_again(case: Case) -> None:
    """Promise: contract: `retry_after_s` is what the provider said."""
    with pytest.raises(ProviderFailure) as failure:
        await case.provider.submit(job(case.failures["rate_limit"]()))

    assert failure.value.retry_after_s is not None
    assert failure.value.retry_after_s > 0


async def test_work_can_be_cancelled_as_the_traits_say(case: Case) -> None:
    """Promise: contract: `cancel`: True when it will not bill the work."""
    work = job(case.slow_prompt)
    ticket = await ticket_of(case, work)

    assert await case.provider.cancel(ticket) is case.provider.traits.cancels


async def test_a_lookup_of_a_job_that_never_came_finds_nothing(case: Case) -> None:
    """Promise: contract: `lookup`: None when the provider never got it."""
    assert await case.provider.lookup(job("a fox")) is None


async def test_a_callback_is_understood_or_refused(case: Case) -> None:
    """Promise: contract: `parse_callback`: `unexpected_reply` for anything else."""
    if case.callback is not None:
        assert case.provider.parse_callback({}, case.callback) == (Ticket("job-1"), Running(0.4))
    for garbage in (b"", b"{}", b"[1]", b'{"job": "job-1", "state": "who knows"}'):
        with pytest.raises(ProviderFailure) as failure:
            case.provider.parse_callback({}, garbage)

        assert failure.value.kind == "unexpected_reply"


async def test_a_server_that_is_not_there_got_nothing() -> None:
    """Promise: contract: `not_delivered`: the request never arrived, so it may be sent again."""
    async with FakeUpstream() as gone:
        provider = FakeProvider(gone.url)

    with pytest.raises(ProviderFailure) as failure:
        await provider.submit(job("a fox"))

    assert (failure.value.kind, failure.value.retryable) == ("not_delivered", True)
    await provider.close()


def job(prompt: str) -> Job:
    model = "gpt-image-2-text-to-image"
    request = GenerationRequest(
        model,
        model,
        "image",
        "text-to-image",
        prompt,
        width_px=64,
        height_px=64,
        render_width_px=64,
        render_height_px=64,
        output_format="png",
    )
    return Job(task_id=TaskId(new_id("task")), mode="test", request=request, upstream_id="gpt-image-2")


async def ticket_of(case: Case, work: Job) -> Ticket:
    case.slow(work)
    answer = await case.provider.submit(work)
    assert isinstance(answer, str)
    return answer


async def until_ended(case: Case, ticket: Ticket, work: Job) -> Outcome:
    async with asyncio.timeout(20):
        while isinstance(outcome := await case.provider.check(ticket, work), Running):
            await asyncio.sleep(case.provider.traits.poll_after_s)  # as the corridor does
    return outcome
