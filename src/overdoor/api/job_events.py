"""A task as Server-Sent Events. The id of an event says what was seen, so any server can go on after it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec

from overdoor.domain.task import TaskView

HEARTBEAT_S = 15.0

_COME_AGAIN = b"retry: 2000\n\n"
_HEARTBEAT = b": still waiting\n\n"
_STOPPING = b'event: stream.end\ndata: {"reason":"server_stopping"}\n\n'
_REVOKED = b'event: stream.end\ndata: {"reason":"key_revoked"}\n\n'
_NAMES = {"waiting": "task.progress", "success": "task.success", "fail": "task.fail"}


def event_id(view: TaskView) -> str:
    """What can be seen of the task, as a word: the same on every server, and another one after each change."""
    task = view.task
    return f"{task.state}/{task.phase}/{_shown(task.progress)}/{_shown(view.queue_position)}"


async def event_stream(
    views: AsyncGenerator[TaskView | None],
    *,
    record_of: Callable[[TaskView], dict[str, object]],
    may_go_on: Callable[[], Awaitable[bool]],
    seen: str | None,
) -> AsyncGenerator[bytes]:
    """The lines of a stream: an event for each change, a comment for each None, and an ending in every case.

    may_go_on: asked before each line; the stream ends once it says no.
    seen: the id of the last event that the client has; it is not sent again.
    """
    ended = False
    yield _COME_AGAIN
    async with aclosing(views):
        async for view in views:
            if not await may_go_on():
                yield _REVOKED
                return
            if view is None:
                yield _HEARTBEAT
            elif (now := event_id(view)) != seen:
                seen = now
                yield _event(view, now, record_of(view))
            ended = ended or (view is not None and view.task.state != "waiting")
    if not ended:
        yield _STOPPING


def _event(view: TaskView, name: str, record: dict[str, object]) -> bytes:
    kind = _NAMES[view.task.state]
    return f"id: {name}\nevent: {kind}\ndata: ".encode() + msgspec.json.encode(record) + b"\n\n"


def _shown(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"
