"""A chat completion as Server-Sent Events, in the order and the shapes of OpenRouter: comments while tools work, words,
pictures, calls for the client, the finish, the usage, `[DONE]`. Whatever fails, the stream ends well-formed.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import msgspec
import structlog

from overdoor.api.chat_answer import Tell, calls_of, images_of, usage_of
from overdoor.api.conversation import Held
from overdoor.chat.events import Event, Spoke
from overdoor.chat.pictures import left_out
from overdoor.errors import InternalError, OverdoorError

WORKING = b": OVERDOOR PROCESSING\n\n"
DONE = b"data: [DONE]\n\n"

_log = structlog.get_logger("overdoor.chat")


async def completion_stream(
    told: AsyncGenerator[Event | Held | None], *, frame: Mapping[str, object], tell: Tell, request_id: str
) -> AsyncGenerator[bytes]:
    """The lines of a stream.

    frame: what every chunk carries: id, created, model, provider.
    """
    chunks = _Chunks(frame, tell)
    async with aclosing(told):
        try:
            async for event in told:
                match event:
                    case Spoke(text):
                        yield chunks.of({"content": text})
                    case Held():
                        for line in _ending(chunks, event):
                            yield line
                    case _:
                        yield WORKING
        except OverdoorError as error:
            yield chunks.failed(error)
        except Exception:  # noqa: BLE001 - the status has been sent: the client must hear of it in the stream
            _log.exception("a bug ended a stream", request=request_id)
            yield chunks.failed(InternalError(request_id=request_id))
    yield DONE


class _Chunks:
    """Chunks of one answer. Every one of them names the role, as OpenRouter's do."""

    def __init__(self, frame: Mapping[str, object], tell: Tell) -> None:
        self._frame = {**frame, "object": "chat.completion.chunk"}
        self._tell = tell

    def of(self, delta: Mapping[str, object], *, finish: str | None = None, **more: object) -> bytes:
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": "", **delta},
            "finish_reason": finish,
            "native_finish_reason": finish,
            "logprobs": None,
        }
        return b"data: " + msgspec.json.encode({**self._frame, "choices": [choice], **more}) + b"\n\n"

    def failed(self, error: OverdoorError) -> bytes:
        return self.of({}, finish="error", **self._tell(error))


def _ending(chunks: _Chunks, held: Held) -> list[bytes]:
    """What is known at the end only. The usage comes in a chunk that repeats the finish: some clients need a choice."""
    reply = held.reply
    lines: list[bytes] = []
    if missing := left_out(reply.text, reply.pictures):
        lines.append(chunks.of({"content": missing}))
    if reply.pictures:
        lines.append(chunks.of({"images": images_of(reply)}))
    if reply.calls:
        calls = [{**call, "index": index} for index, call in enumerate(calls_of(reply))]
        lines.append(chunks.of({"tool_calls": calls}))
    lines.append(chunks.of({}, finish=reply.finish) if reply.failure is None else chunks.failed(reply.failure))
    lines.append(chunks.of({}, finish=reply.finish, usage=usage_of(reply), warnings=list(held.warnings)))
    return lines
