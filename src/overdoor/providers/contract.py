"""What a provider is: submit → ticket or finished; check; cancel; and what may be done after a crash in between.

A provider translates, it decides nothing: retries, money and storage are `services/advance`'s. Refusals inside a good
reply are `Rejected`; everything that went wrong on the way is a `ProviderFailure`. An unknown upstream state is an
error, never "still running".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from overdoor.domain.request import GenerationRequest, InputRole
from overdoor.units import Mode, TaskId, Ticket

Resubmit = Literal["safe", "by_key", "lookup", "never"]
FailureKind = Literal[
    "auth", "quota", "rate_limit", "invalid_request", "ticket_lost", "upstream_error", "timeout", "not_delivered",
    "delivered_unknown", "unexpected_reply",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traits:
    """What the corridor must know before it calls.

    resubmit: what to do when a submit was begun and its end is not known. `safe`: submit again, it costs nothing;
        `by_key`: submit again with the same `Job.task_id`, the provider knows it; `lookup`: ask `lookup` first;
        `never`: wait for its callback, and return the money when none comes in time.
    poll_after_s: seconds between two checks.
    cancels: `cancel` can stop work that was accepted.
    process_local: the work behind a ticket lives in the process that submitted it, and only that one can check it.
    """

    resubmit: Resubmit
    poll_after_s: float
    cancels: bool
    process_local: bool = False


@dataclass(frozen=True, slots=True)
class InputMedia:
    """An input that was fetched, looked at and rid of its metadata.

    path: a file that is not to be changed and lies there until `submit` has returned; whoever needs it longer links or
        copies it. Inputs may be many and large, so a provider reads one at a time, or passes the path on.
    width_px, height_px: 0 for sound.
    """

    role: InputRole
    path: Path
    mime: str
    size_bytes: int
    width_px: int = 0
    height_px: int = 0

    def read(self) -> bytes:
        """All of it, read now: call it in a thread."""
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class Job:
    """One submit. task_id is the same for every attempt of a task: it can serve as the provider's idempotency key.

    callback_url: where the provider may tell of it by itself; None where nobody outside can reach this server.
    """

    task_id: TaskId
    mode: Mode
    request: GenerationRequest
    upstream_id: str
    inputs: tuple[InputMedia, ...] = ()
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class InlineAsset:
    """A result that came with the reply."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class FileAsset:
    """A result in a temporary file of ours; whoever takes it deletes it."""

    path: Path
    mime: str


@dataclass(frozen=True, slots=True)
class RemoteAsset:
    """A result to be fetched, soon: provider links expire."""

    url: str
    mime: str


ProviderAsset = InlineAsset | FileAsset | RemoteAsset


@dataclass(frozen=True, slots=True)
class Running:
    """Accepted and not finished. progress: 0 to 1, None where the provider does not say. partials: encoded previews."""

    progress: float | None = None
    partials: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """Done. usage: what the provider counted, such as `{"output_tokens": 1756}`; duration_s: of a clip."""

    assets: tuple[ProviderAsset, ...]
    usage: Mapping[str, float] = field(default_factory=dict[str, float])
    duration_s: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will not make it. code: ours, such as `content_policy`; charged: it billed us all the same."""

    code: str
    message: str
    charged: bool = False


Outcome = Running | Finished | Rejected


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a provider says of a request before money moves. callback_delay_s: a test wish of the sandbox."""

    callback_delay_s: float = 0.0


class ProviderFailure(Exception):
    """A call did not get a usable answer.

    not_delivered: the request never arrived. delivered_unknown: it may have been accepted. Both only from `submit`.
    """

    def __init__(self, kind: FailureKind, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.message = message
        self.retry_after_s = retry_after_s

    @property
    def retryable(self) -> bool:
        """True when the same submit may be tried again because it was certainly not accepted."""
        return self.kind in ("rate_limit", "not_delivered")


class Provider(Protocol):
    """One upstream, or the sandbox."""

    @property
    def name(self) -> str: ...

    @property
    def traits(self) -> Traits: ...

    def preflight(self, request: GenerationRequest) -> Preflight:
        """Refuse a request before its price is held.

        Raises:
            OverdoorError: the caller must change the request.
        """
        ...

    async def submit(self, job: Job) -> Ticket | Finished | Rejected:
        """Hand the work over. A ticket is asked for with `check`.

        Raises:
            ProviderFailure
        """
        ...

    async def check(self, ticket: Ticket, job: Job) -> Outcome:
        """How far the work is.

        Raises:
            ProviderFailure: `ticket_lost` when the provider does not know the ticket (any more).
        """
        ...

    async def lookup(self, job: Job) -> Ticket | None:
        """The ticket of a submit whose answer was lost; None when the provider never got it.

        Raises:
            ProviderFailure
        """
        ...

    async def cancel(self, ticket: Ticket) -> bool:
        """Ask the provider to stop; True when it will not bill the work, and neither when it has stopped before.

        Raises:
            ProviderFailure: nobody knows; it is asked again.
        """
        ...

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> tuple[Ticket, Outcome]:
        """Understand a message that the provider sent by itself; it is only a hint, `check` decides.

        Raises:
            ProviderFailure: `unexpected_reply`.
        """
        ...

    async def close(self) -> None:
        """Close connections; running work may be abandoned."""
        ...
