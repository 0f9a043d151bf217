"""The sandbox chat model, asked in the chat.completions format."""

import json
from collections.abc import Mapping
from typing import Any

from overdoor.chat.sandbox_model import SandboxModel

PROMPT_ONLY = {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
WITH_IMAGES = {**PROMPT_ONLY, "properties": {"prompt": {"type": "string"}, "images": {"type": "array"}}}
URL = "https://overdoor.test/assets/a.png"


def function(name: str, parameters: Mapping[str, Any] = PROMPT_ONLY) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


IMAGE_TOOL = function("modelgates_image_generation")
WEATHER = function(
    "get_weather",
    {
        "type": "object",
        "properties": {"place": {"type": "string"}, "unit": {"enum": ["c", "f"]}, "days": {"type": "integer"}},
        "required": ["place", "unit", "days"],
    },
)


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


async def message(*messages: Mapping[str, Any], tools: list[dict[str, Any]], choice: object = "auto") -> dict[str, Any]:
    """The model's one answer."""
    body = {"model": "any", "messages": list(messages), "tools": tools, "tool_choice": choice}
    [answered] = (await SandboxModel().complete(body))["choices"]
    assert answered["finish_reason"] == ("tool_calls" if "tool_calls" in answered["message"] else "stop")
    return answered["message"]


def called(answer: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and arguments of the calls in an answer."""
    calls = answer.get("tool_calls", [])
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]


async def test_every_wish_becomes_a_call_of_the_image_tool() -> None:
    """Promise: seed 000, "it calls the tool with a description"."""
    answer = await message(user("Create an image of a red kite, and a lighthouse"), tools=[WEATHER, IMAGE_TOOL])

    assert called(answer) == [
        ("modelgates_image_generation", {"prompt": "a red kite"}),
        ("modelgates_image_generation", {"prompt": "a lighthouse"}),
    ]


async def test_the_same_body_gets_the_same_answer_and_every_call_its_own_id() -> None:
    """Deterministic: a repeated request must make the same calls."""
    wish = user("Draw two pictures: a fox and an owl")

    first = await message(wish, tools=[IMAGE_TOOL])
    again = await message(wish, tools=[IMAGE_TOOL])

    assert first == again
    assert len({call["id"] for call in first["tool_calls"]}) == 2


async def test_no_call_is_made_when_the_request_forbids_calls() -> None:
    """tool_choice none."""
    answer = await message(user("Draw a fox"), tools=[IMAGE_TOOL], choice="none")

    assert called(answer) == []
    assert "allows no tool calls" in answer["content"]


async def test_a_required_call_is_made_even_without_a_wish() -> None:
    """tool_choice required."""
    answer = await message(user("Good morning"), tools=[IMAGE_TOOL], choice="required")

    assert called(answer) == [("modelgates_image_generation", {"prompt": "Good morning"})]


async def test_a_forced_function_is_the_one_that_is_called() -> None:
    """tool_choice in the function form; required arguments are filled in by their types."""
    forced = {"type": "function", "function": {"name": "get_weather"}}

    answer = await message(user("Draw Paris"), tools=[IMAGE_TOOL, WEATHER], choice=forced)

    assert called(answer) == [("get_weather", {"place": "Draw Paris", "unit": "c", "days": 1})]


async def test_a_function_that_the_user_names_is_called() -> None:
    """A plain way to see client functions at work."""
    answer = await message(user("Please call get_weather for Oslo"), tools=[WEATHER])

    assert [name for name, _ in called(answer)] == ["get_weather"]


async def test_results_are_told_in_prose_with_every_picture_on_its_own_line() -> None:
    """Promise: seed 000, "The model incorporates the image into its response"."""
    calls = (await message(user("Draw two pictures: a fox and an owl"), tools=[IMAGE_TOOL]))["tool_calls"]
    results = [{"status": "ok", "imageUrl": URL}, {"status": "error", "error": "Blocked by content moderation."}]
    told = [
        {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)}
        for call, result in zip(calls, results, strict=True)
    ]

    answer = await message(
        user("Draw two pictures: a fox and an owl"),
        {"role": "assistant", "content": None, "tool_calls": calls},
        *told,
        tools=[IMAGE_TOOL],
    )

    assert answer["content"].splitlines() == [
        "Here is your picture of a fox:",
        "",
        f"![Generated image]({URL})",
        "",
        "I could not make the picture of an owl. The image tool said: Blocked by content moderation.",
    ]


async def test_a_picture_of_the_conversation_is_edited_when_the_words_ask_for_a_change() -> None:
    """The pictures are counted from 1, over the whole conversation."""
    tool = function("modelgates_image_generation", WITH_IMAGES)
    earlier = {"role": "assistant", "content": f"Here:\n\n![fox]({URL})"}
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}

    last = await message(user("Draw a fox"), earlier, user("Make it blue"), tools=[tool])
    own = await message(
        user("Draw a fox"), earlier, user([{"type": "text", "text": "Edit this: rain"}, part]), tools=[tool]
    )
    first = await message(user([part]), earlier, user([{"type": "text", "text": "Make it red"}, part]), tools=[tool])

    assert called(last) == [("modelgates_image_generation", {"prompt": "Make it blue", "images": [1]})]
    assert called(first) == [("modelgates_image_generation", {"prompt": "Make it red", "images": [1]})]
    assert called(own) == [("modelgates_image_generation", {"prompt": "Edit this: rain", "images": [2]})]


async def test_other_words_are_answered_with_what_was_understood() -> None:
    """The sandbox says what it is."""
    answer = await message(user("What is the capital of France?"), tools=[IMAGE_TOOL])

    assert "sandbox model" in answer["content"]
    assert "What is the capital of France?" in answer["content"]


async def test_a_wish_without_an_image_tool_is_told_what_is_missing() -> None:
    """Nobody should wait for a picture that cannot come."""
    answer = await message(user("Draw a fox"), tools=[])

    assert "no image tool" in answer["content"]


async def test_tokens_are_counted_as_four_characters_each() -> None:
    """Simple and honest: the sandbox has no tokenizer."""
    body: dict[str, Any] = {"model": "any", "messages": [user("12345678"), user("123456789")]}

    answered = await SandboxModel().complete(body)

    said = answered["choices"][0]["message"]["content"]
    expected = {"prompt_tokens": 5, "completion_tokens": -(-len(said) // 4), "total_tokens": 5 + -(-len(said) // 4)}
    assert answered["usage"] == expected
