"""The body of a chat completion: what `api/chat.py` answers at once and `api/chat_stream.py` in pieces."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from overdoor.api.conversation import Held, tool_use
from overdoor.chat.events import Reply
from overdoor.chat.pictures import with_pictures
from overdoor.errors import OverdoorError
from overdoor.units import in_usd

Tell = Callable[[OverdoorError], dict[str, Any]]  # an error as `{"error": …}`, in the dialect of the path


def completion(held: Held, *, generation_id: str, model: str, now: datetime, tell: Tell) -> dict[str, Any]:
    """The answer's body. The published SDKs insist on `system_fingerprint` and on all three token counts."""
    reply = held.reply
    choice: dict[str, Any] = {
        "index": 0,
        "logprobs": None,
        "finish_reason": reply.finish,
        "native_finish_reason": reply.finish,
        "message": _answer(reply),
    }
    if reply.failure is not None:  # the status stays 200: the pictures before it are made and paid
        choice |= tell(reply.failure)
    return {
        "id": generation_id,
        "object": "chat.completion",
        "created": int(now.timestamp()),
        "model": model,
        "provider": held.provider,
        "system_fingerprint": None,
        "service_tier": "default",
        "choices": [choice],
        "usage": usage_of(reply),
        "warnings": list(held.warnings),
    }


def images_of(reply: Reply) -> list[dict[str, Any]]:
    """The pictures as a message carries them. SDKs drop entries without the type."""
    return [{"type": "image_url", "image_url": {"url": picture.url}} for picture in reply.pictures]


def calls_of(reply: Reply) -> list[dict[str, Any]]:
    """The calls that are the client's to run."""
    return [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in reply.calls
    ]


def usage_of(reply: Reply) -> dict[str, Any]:
    """Tokens of all turns, and what they and the tools cost together."""
    usage = reply.usage
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": in_usd(usage.cost + reply.charged),
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0, "video_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0, "audio_tokens": 0},
        "cost_details": {
            "upstream_inference_cost": in_usd(usage.cost),
            "upstream_inference_prompt_cost": in_usd(usage.prompt_cost),
            "upstream_inference_completions_cost": in_usd(usage.completion_cost),
        },
        "server_tool_use": tool_use(reply),
        "server_tool_use_details": tool_use(reply),
    }


def _answer(reply: Reply) -> dict[str, Any]:
    """The assistant's message. Pictures stand in it twice: clients are known to lose either one."""
    text = with_pictures(reply.text, reply.pictures)
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if reply.calls and not text else text,
        "refusal": None,
        "reasoning": None,
    }
    if reply.pictures:
        message["images"] = images_of(reply)
    if reply.calls:
        message["tool_calls"] = calls_of(reply)
    return message
