"""A task: one accepted generation, from the moment its price is held to its terminal state.

Public states are `waiting`, `success` and `fail`; `phase` tells more while it waits. The row in the database is the
only copy that counts; this is what a take-up read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overdoor.domain.request import GenerationRequest
from overdoor.domain.retention import AssetRole
from overdoor.units import AccountId, AssetId, KeyId, MicroDollars, Mode, TaskId, Ticket

State = Literal["waiting", "success", "fail"]
Phase = Literal["queued", "submitting", "submitted", "generating", "storing", "unknown", "done"]
MediaKind = Literal["image", "video", "audio"]
CancelWish = Literal["asked", "refused"]
Door = Literal["jobs", "mcp", "chat", "responses", "images", "cli"]

LEASE_S = 10.0  # after which another worker may take the task up
HEARTBEAT_S = 3.0  # at most a third of the lease
MOST_SUBMITS = 5  # tries to hand a task to a provider that refuses for a while
MOST_FAILURES = 5  # take-ups in a row that raised, or whose worker died or froze
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 60.0
_MOST_DOUBLINGS = 6  # more would pass the longest anyway, and no float holds 2 ** 1024


@dataclass(frozen=True, slots=True)
class Task:
    """One row of `tasks`.

    param: the request as it came, as JSON, for the answer's `param`.
    price: the maximum that was held; charged: what was settled, None until then.
    progress: 0 to 1 while it is known.
    attempt: counts take-ups; every write of a worker carries it, so that only the newest one counts.
    submits: how often it was handed to the provider.
    deadline_at: after which it is given up. unknown_since: since when nobody knows whether the provider has it.
    cancel: what became of a wish to cancel it. failures: take-ups in a row that ended badly.
    media_deleted_at, prompt_deleted_at: when results, and words, were deleted on request.
    """

    id: TaskId
    account_id: AccountId
    key_id: KeyId
    mode: Mode
    door: Door
    provider: str
    request: GenerationRequest
    param: str
    warnings: tuple[str, ...]
    price: MicroDollars
    callback_url: str | None
    created_at: datetime
    state: State = "waiting"
    phase: Phase = "queued"
    progress: float | None = None
    attempt: int = 0
    submits: int = 0
    ticket: Ticket | None = None
    charged: MicroDollars | None = None
    fail_code: str | None = None
    fail_message: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deadline_at: datetime | None = None
    unknown_since: datetime | None = None
    cancel: CancelWish | None = None
    failures: int = 0
    media_deleted_at: datetime | None = None
    prompt_deleted_at: datetime | None = None

    @property
    def is_poisoned(self) -> bool:
        """True when carrying it has failed so often that it must stop."""
        return self.failures >= MOST_FAILURES

    def is_overdue(self, now: datetime) -> bool:
        """True when its deadline has come."""
        return self.deadline_at is not None and now >= self.deadline_at


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored file: what it is, and under which hash the bytes lie.

    task_id: the task that made it or brought it; None for an upload. role: `result`, `poster` and `preview` were made
    by a task, `input` came inside a request, `upload` by itself.
    width_px, height_px: 0 for sound, and for an `input`, which nobody has looked at yet.
    expires_at: when it may be deleted. lost: a read found the bytes missing or changed. name: as its sender called it.
    has_alpha: it may be transparent in places. blurhash: a blurred likeness in 28 characters. Both None where unknown.
    """

    id: AssetId
    account_id: AccountId
    key_id: KeyId
    mode: Mode
    task_id: TaskId | None
    role: AssetRole
    position: int
    kind: MediaKind
    mime: str
    width_px: int
    height_px: int
    duration_s: float | None
    size_bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime
    lost: bool = False
    name: str | None = None
    has_alpha: bool | None = None
    blurhash: str | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its stored results, as one snapshot.

    queue_position: while nobody has begun with it, how many others go before it; None otherwise.
    """

    task: Task
    assets: tuple[Asset, ...]
    queue_position: int | None = None


def retry_after_s(submits: int) -> float:
    """Seconds before the next try to submit, after `submits` tries: 1, 2, 4 … 60."""
    doublings = min(max(submits - 1, 0), _MOST_DOUBLINGS)
    return min(_FIRST_RETRY_S * 2**doublings, _LONGEST_RETRY_S)
