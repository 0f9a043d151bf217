"""A response as Server-Sent Events, in the order that OpenAI's and OpenRouter's SDKs expect. Whatever fails, the stream
ends with an event that says so, and `[DONE]`.

One message holds everything that the model says; it is opened by the first word. Items are numbered as they begin.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing

import msgspec
import structlog

from overdoor.api.chat_stream import DONE
from overdoor.api.conversation import Held
from overdoor.api.responses_answer import (
    OPENAI_TOOL,
    Frame,
    Item,
    call_item,
    is_complete,
    message_item,
    text_part,
    tool_item,
    tool_item_begun,
)
from overdoor.chat.events import Event, Spoke, ToolFinished, ToolRun, ToolStarted
from overdoor.chat.pictures import left_out
from overdoor.errors import InternalError, OverdoorError
from overdoor.units import new_id, utc_now

_WAITING = b": OVERDOOR PROCESSING\n\n"

_log = structlog.get_logger("overdoor.chat")

Encode = Callable[[ToolRun], Awaitable[str | None]]


async def response_stream(
    told: AsyncGenerator[Event | Held | None], *, frame: Frame, encode: Encode, request_id: str
) -> AsyncGenerator[bytes]:
    """The lines of a stream. encode: a result in base64 where its tool type wants that, see `encoded_result`."""
    events = _Events(frame)
    for line in events.begin():
        yield line
    async with aclosing(told):
        try:
            async for event in told:
                match event:
                    case Spoke(text):
                        lines = events.say(text)
                    case ToolStarted(call, asked_type):
                        lines = events.start_tool(call.id, asked_type)
                    case ToolFinished(run):
                        lines = events.finish_tool(run, await encode(run))
                    case Held():
                        lines = iter([line async for line in _end(events, event, encode)])
                    case None:
                        lines = iter((_WAITING,))
                for line in lines:
                    yield line
        except OverdoorError as error:
            yield events.fail(error)
        except Exception:  # noqa: BLE001 - the status has been sent: the client must hear of it in the stream
            _log.exception("a bug ended a stream", request=request_id)
            yield events.fail(InternalError(request_id=request_id))
    yield DONE


async def _end(events: "_Events", held: Held, encode: Encode) -> AsyncIterator[bytes]:
    for run in held.reply.runs:
        if run.asked_type is not None and not events.has_tool(run.call.id):  # it came after the limit of calls
            for line in (*events.start_tool(run.call.id, run.asked_type), *events.finish_tool(run, await encode(run))):
                yield line
    for line in events.end(held):
        yield line


class _Events:
    """The events of one response, numbered, and the items that they have built up."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._number = 0
        self._output: list[Item] = []
        self._tools: dict[str, int] = {}  # where the item of a call stands
        self._message: int | None = None
        self._text = ""

    def has_tool(self, call_id: str) -> bool:
        return call_id in self._tools

    def begin(self) -> Iterator[bytes]:
        yield self._event("response.created", response=self._frame.begun())
        yield self._event("response.in_progress", response=self._frame.begun())

    def start_tool(self, call_id: str, asked_type: str) -> Iterator[bytes]:
        item = tool_item_begun(asked_type, item_id=new_id("ig"))
        index = self._tools[call_id] = self._add(item)
        yield self._event("response.output_item.added", output_index=index, item=item)
        if asked_type == OPENAI_TOOL:
            for step in ("in_progress", "generating"):
                yield self._event(f"response.image_generation_call.{step}", output_index=index, item_id=item["id"])

    def finish_tool(self, run: ToolRun, encoded: str | None) -> Iterator[bytes]:
        index = self._tools[run.call.id]
        item_id = self._output[index]["id"]
        item = self._output[index] = tool_item(run, item_id=item_id, encoded=encoded)
        if run.asked_type == OPENAI_TOOL and item["status"] == "completed":
            yield self._event("response.image_generation_call.completed", output_index=index, item_id=item_id)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def say(self, text: str) -> Iterator[bytes]:
        if self._message is None:
            item = message_item("", item_id=new_id("msg"), complete=True) | {"status": "in_progress", "content": []}
            self._message = self._add(item)
            yield self._event("response.output_item.added", output_index=self._message, item=item)
            yield self._part("response.content_part.added", part=text_part(""))
        self._text += text
        yield self._part("response.output_text.delta", delta=text, logprobs=[])

    def end(self, held: Held) -> Iterator[bytes]:
        reply = held.reply
        missing = left_out(reply.text, reply.pictures)
        if missing or (self._message is None and not reply.calls):
            yield from self.say(missing)
        if self._message is not None:
            yield from self._close_message(complete=is_complete(reply))
        for call in reply.calls:
            item = call_item(call, item_id=new_id("fc"))
            index = self._add(item)
            begun = item | {"status": "in_progress", "arguments": ""}
            place = {"output_index": index, "item_id": item["id"]}
            yield self._event("response.output_item.added", output_index=index, item=begun)
            yield self._event("response.function_call_arguments.delta", **place, delta=call.arguments)
            yield self._event(
                "response.function_call_arguments.done", **place, arguments=call.arguments, name=call.name
            )
            yield self._event("response.output_item.done", output_index=index, item=item)
        whole = self._frame.ended(held, output=self._output, text=self._text, completed_at=utc_now())
        yield self._event(f"response.{whole['status']}", response=whole)

    def fail(self, error: OverdoorError) -> bytes:
        return self._event("response.failed", response=self._frame.failed(error, output=self._output, text=self._text))

    def _close_message(self, *, complete: bool) -> Iterator[bytes]:
        assert self._message is not None
        item = message_item(self._text, item_id=self._output[self._message]["id"], complete=complete)
        self._output[self._message] = item
        yield self._part("response.output_text.done", text=self._text, logprobs=[])
        yield self._part("response.content_part.done", part=item["content"][0])
        yield self._event("response.output_item.done", output_index=self._message, item=item)

    def _part(self, kind: str, **fields: object) -> bytes:
        assert self._message is not None
        item_id = self._output[self._message]["id"]
        return self._event(kind, item_id=item_id, output_index=self._message, content_index=0, **fields)

    def _add(self, item: Item) -> int:
        self._output.append(item)
        return len(self._output) - 1

    def _event(self, kind: str, **fields: object) -> bytes:
        data = msgspec.json.encode({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"
