"""The body of a response and its items: for `api/responses.py` at once, for `api/responses_stream.py` in pieces."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from overdoor.api.asked import Fields
from overdoor.api.conversation import Held, tool_use
from overdoor.chat.events import Reply, ToolCall, ToolRun
from overdoor.errors import AssetNotFound, OverdoorError
from overdoor.services.assets import Assets
from overdoor.units import in_usd, new_id

OPENAI_TOOL = "image_generation"  # without a prefix it is OpenAI's own tool, whose result is base64

# Echoed as they came, or as null: the published SDKs insist on the first five.
_ECHOED = (
    "instructions", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_output_tokens",
    "max_tool_calls", "reasoning", "user", "safety_identifier", "prompt_cache_key",
)  # fmt: skip

Status = Literal["in_progress", "completed", "incomplete", "failed"]
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same in every body of one response."""

    body: Fields
    model: str
    provider: str
    created_at: datetime
    id: str = field(default_factory=lambda: new_id("resp"))

    def begun(self) -> dict[str, Any]:
        """The response while it is being made."""
        return self._of(status="in_progress", output=(), text="")

    def ended(self, held: Held, *, output: Sequence[Item], text: str, completed_at: datetime) -> dict[str, Any]:
        """The response at its end."""
        reply = held.reply
        completed = None if reply.failure is not None else int(completed_at.timestamp())
        ending = {"usage": _usage(reply), "warnings": list(held.warnings), "incomplete_details": _incomplete(reply)}
        whole = self._of(status=_status(reply), output=output, text=text, error=reply.failure)
        return whole | {"completed_at": completed} | ending

    def failed(self, error: OverdoorError, *, output: Sequence[Item], text: str) -> dict[str, Any]:
        """The response that broke off."""
        return self._of(status="failed", output=output, text=text, error=error)

    def _of(
        self, *, status: Status, output: Sequence[Item], text: str, error: OverdoorError | None = None
    ) -> dict[str, Any]:
        body = self.body
        return {
            "id": self.id,
            "object": "response",
            "created_at": int(self.created_at.timestamp()),
            "completed_at": None,
            "status": status,
            "model": self.model,
            "output": list(output),
            "output_text": text,
            "error": None if error is None else {"code": "server_error", "message": str(error)},
            "incomplete_details": None,
            "metadata": body.get("metadata"),
            "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "previous_response_id": None,
            "store": False,
            "background": False,
            "service_tier": "default",
            "truncation": "disabled",
            "text": {"format": {"type": "text"}},
            **{name: body.get(name) for name in _ECHOED},
            "usage": None,
            "provider": self.provider,
            "warnings": [],
        }


def whole_output(reply: Reply, text: str, encoded: Mapping[str, str]) -> list[Item]:
    """Server tools in the order of their calls, then the message, then the calls that are the client's.

    encoded: see `encoded_result`, by the ids of calls.
    """
    items = [
        tool_item(run, item_id=new_id("ig"), encoded=encoded.get(run.call.id))
        for run in reply.runs
        if run.asked_type is not None
    ]
    if text or not reply.calls:
        items.append(message_item(text, item_id=new_id("msg"), complete=is_complete(reply)))
    return items + [call_item(call, item_id=new_id("fc")) for call in reply.calls]


async def encoded_result(run: ToolRun, assets: Assets) -> str | None:
    """The picture of OpenAI's own tool type in base64; None where another form is wanted, or it was lost meanwhile."""
    picture = run.result.picture
    if picture is None or run.asked_type != OPENAI_TOOL:
        return None
    try:
        chunks = [chunk async for chunk in await assets.read(picture.asset)]
    except AssetNotFound:
        return None  # the item then has no result, and the charge was given back
    return base64.b64encode(b"".join(chunks)).decode()


def tool_item_begun(asked_type: str, *, item_id: str) -> Item:
    """A server tool at work."""
    kind = "image_generation_call" if asked_type == OPENAI_TOOL else asked_type
    return {"type": kind, "id": item_id, "status": "in_progress", "result": None}


def tool_item(run: ToolRun, *, item_id: str, encoded: str | None) -> Item:
    """A server tool's answer."""
    picture, openai = run.result.picture, run.asked_type == OPENAI_TOOL
    item: Item = {
        "type": "image_generation_call" if openai else run.asked_type,
        "id": item_id,
        "prompt": run.result.asked,
    }
    if picture is None:
        unmade = {"status": "failed" if openai else "incomplete", "result": None, "error": run.result.error}
        return item | unmade
    return item | {"status": "completed", "result": encoded if openai else picture.url, "imageUrl": picture.url}


def message_item(text: str, *, item_id: str, complete: bool) -> Item:
    """What the model said."""
    return {
        "type": "message",
        "id": item_id,
        "role": "assistant",
        "status": "completed" if complete else "incomplete",
        "content": [text_part(text)],
    }


def text_part(text: str) -> dict[str, Any]:
    """The one part of a message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(call: ToolCall, *, item_id: str) -> Item:
    """A call that is the client's to run."""
    return {
        "type": "function_call",
        "id": item_id,
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }


def is_complete(reply: Reply) -> bool:
    """True when the model came to its end by itself."""
    return reply.finish in ("stop", "tool_calls")


def _status(reply: Reply) -> Status:
    match reply.finish:
        case "stop" | "tool_calls":
            return "completed"
        case "length" | "content_filter":
            return "incomplete"
        case "error":
            return "failed"


def _incomplete(reply: Reply) -> dict[str, str] | None:
    match reply.finish:
        case "length":
            return {"reason": "max_output_tokens"}
        case "content_filter":
            return {"reason": "content_filter"}
        case _:
            return None


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": in_usd(usage.cost + reply.charged),
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": in_usd(usage.cost),
            "upstream_inference_input_cost": in_usd(usage.prompt_cost),
            "upstream_inference_output_cost": in_usd(usage.completion_cost),
        },
        "server_tool_use": tool_use(reply),
        "server_tool_use_details": tool_use(reply),
    }
