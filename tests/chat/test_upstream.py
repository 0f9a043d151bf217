"""Steps to the chat.completions format and back, and the pictures of a conversation."""

from datetime import UTC, datetime

import pytest

from overdoor.chat.events import Answered, Forced, Function, Given, Picture, Said, TokenUsage, ToolCall, Turn
from overdoor.chat.loop import Step
from overdoor.chat.pictures import pictures_in, with_pictures
from overdoor.chat.sandbox_model import SandboxModel
from overdoor.chat.upstream import UnexpectedAnswer, from_wire, to_wire, upstream_for
from overdoor.domain.task import Asset
from overdoor.errors import NoChatModel
from overdoor.units import AccountId, AssetId, KeyId, TaskId

CALL = ToolCall("call_1", "draw", '{"prompt":"a fox"}')
WIRE_CALL = {"id": "call_1", "type": "function", "function": {"name": "draw", "arguments": '{"prompt":"a fox"}'}}
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)


def picture(url: str) -> Picture:
    asset = Asset(
        id=AssetId("asset_1"), account_id=AccountId("a"), key_id=KeyId("k"), mode="test", task_id=TaskId("task_1"),
        role="result", position=0, kind="image", mime="image/png", width_px=1, height_px=1, duration_s=None,
        size_bytes=1, sha256="0" * 64, created_at=MOMENT, expires_at=MOMENT,
    )  # fmt: skip
    return Picture(url, asset)


def test_a_step_is_written_as_a_chat_completion() -> None:
    """Given messages as they came, our own turns and results beside them."""
    given = {"role": "user", "content": "draw a fox"}
    history = (Given(given), Said(Turn(calls=(CALL,))), Answered(CALL, {"status": "ok"}))
    step = Step(history, (Function("draw", {"name": "draw", "strict": True}),), Forced("draw"))

    body = to_wire(step, model="m", options={"temperature": 0.5})

    assert body == {
        "model": "m",
        "temperature": 0.5,
        "messages": [
            given,
            {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": '{"status": "ok"}'},
        ],
        "tools": [{"type": "function", "function": {"name": "draw", "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "draw"}},
    }


def test_a_chat_completion_is_read_as_a_turn() -> None:
    """Words, calls, the reason of the end, the tokens."""
    body = {
        "choices": [{"message": {"content": None, "tool_calls": [WIRE_CALL]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }

    assert from_wire(body) == Turn("", (CALL,), "tool_calls", TokenUsage(3, 4))


def test_something_else_is_never_taken_for_an_answer() -> None:
    """An empty completion would look like a silent model."""
    with pytest.raises(UnexpectedAnswer):
        from_wire({"choices": []})


def test_the_sandbox_serves_every_name_of_a_test_key_and_none_of_a_live_key() -> None:
    """A real model is never silently replaced by the sandbox."""
    assert isinstance(upstream_for("openai/gpt-5.2", "test"), SandboxModel)
    with pytest.raises(NoChatModel):
        upstream_for("openai/gpt-5.2", "live")


def test_the_pictures_of_a_conversation_are_found_in_order_and_once() -> None:
    """In parts, in `images` and in the markdown of answers; the user's own markdown is only text."""
    messages = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:a"}}]},
        {"role": "assistant", "content": "Here:\n\n![fox](https://o.test/b.png)"},
        {"role": "assistant", "content": "", "images": [{"type": "image_url", "image_url": {"url": "data:c"}}]},
        {"role": "user", "content": "![no](https://o.test/no.png)"},
        {"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": "data:a"}]},
    ]

    assert pictures_in(messages) == ("data:a", "https://o.test/b.png", "data:c")


def test_a_picture_that_the_model_left_out_is_added_on_its_own_line() -> None:
    """Promise: seed 000, the image is in the content."""
    first, second = picture("https://o.test/1.png"), picture("https://o.test/2.png")

    text = with_pictures("See https://o.test/1.png", [first, second])

    assert text == "See https://o.test/1.png\n\n![Generated image](https://o.test/2.png)"
    assert with_pictures("", [first]) == "![Generated image](https://o.test/1.png)"
