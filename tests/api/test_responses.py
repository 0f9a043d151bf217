"""The Responses door with its image tool, through a server that listens. Contract: seed 000."""

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import Client

RESPONSES = "/api/v1/responses"
SEED = {
    "model": "{{MODEL}}",
    "input": "Generate an image of a mountain landscape",
    "tools": [{"type": "modelgates:image_generation", "parameters": {"quality": "high"}}],
}
RETIRED = "`openai/gpt-image-1` (retirement date 2026-10-23) is served by `openai/gpt-image-2.5-flare` instead."
IMAGE_TOOL = {"type": "modelgates:image_generation"}

# A body, and how the complaint names the mistake in it.
MALFORMED: list[tuple[object, str]] = [
    ("text", "The body is not a JSON object"),
    ({}, "`input` is missing or empty"),
    ({"input": []}, "`input` is missing or empty"),
    ({"input": 7}, "`input` is not a list"),
    ({"input": [7]}, "`input[0]` is not an object"),
    ({"input": [{"content": "x"}]}, "`input[0].role` is missing"),
    ({"input": [{"role": "user", "content": 7}]}, "`input[0].content` is not a list"),
    ({"input": [{"type": "function_call_output", "output": "x"}]}, "`input[0].call_id` is missing"),
    ({"input": "x", "store": True}, "`store`"),
    ({"input": "x", "previous_response_id": "resp_1"}, "`previous_response_id`"),
    ({"input": "x", "background": True}, "`background`"),
    ({"input": "x", "stream": "yes"}, "`stream` is neither true nor false"),
]


async def respond(client: Client, body: object) -> Any:
    """The body of an answer that must be good."""
    answer = await client.send("POST", RESPONSES, json=body)
    assert answer.status == 200, answer.body
    return answer.body


async def test_the_seeds_request_answers_with_a_tool_item_a_message_and_every_published_field(client: Client) -> None:
    """Seed 000, "Works with the Responses API"; gateway.md 4.2 to 4.4 for the keys that SDKs insist on."""
    answer = await client.send("POST", RESPONSES, json=SEED)

    body = answer.body
    item, message = body["output"]
    url, usage = item["imageUrl"], body["usage"]
    text = f"Here is your picture of a mountain landscape:\n\n![Generated image]({url})"
    assert answer.status == 200
    assert re.fullmatch(r"gen-\d{10}-[A-Za-z0-9]{20}", answer.headers["X-Generation-Id"])
    assert re.fullmatch(r"resp_\w+", body["id"])
    assert body == {
        "id": body["id"],
        "object": "response",
        "created_at": body["created_at"],
        "completed_at": body["completed_at"],
        "status": "completed",
        "model": "{{MODEL}}",
        "output": [
            {
                "type": "modelgates:image_generation",
                "id": item["id"],
                "status": "completed",
                "prompt": "a mountain landscape",
                "result": url,
                "imageUrl": url,
            },
            {
                "type": "message",
                "id": message["id"],
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
            },
        ],
        "output_text": text,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": None,
        "parallel_tool_calls": True,
        "temperature": None,
        "top_p": None,
        "presence_penalty": None,
        "frequency_penalty": None,
        "tool_choice": "auto",
        "tools": SEED["tools"],
        "previous_response_id": None,
        "store": False,
        "background": False,
        "service_tier": "default",
        "truncation": "disabled",
        "text": {"format": {"type": "text"}},
        "max_output_tokens": None,
        "max_tool_calls": None,
        "reasoning": None,
        "user": None,
        "safety_identifier": None,
        "prompt_cache_key": None,
        "usage": {
            "input_tokens": usage["input_tokens"],
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": usage["output_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["input_tokens"] + usage["output_tokens"],
            "cost": 0.05268,
            "is_byok": False,
            "cost_details": {
                "upstream_inference_cost": 0,
                "upstream_inference_input_cost": 0,
                "upstream_inference_output_cost": 0,
            },
            "server_tool_use": {"tool_calls_requested": 1, "tool_calls_executed": 1},
            "server_tool_use_details": {"tool_calls_requested": 1, "tool_calls_executed": 1},
        },
        "provider": "Sandbox",
        "warnings": [RETIRED],
    }
    picture = await client.send("GET", url, headers={"Authorization": ""})
    with Image.open(io.BytesIO(picture.raw)) as image:
        assert (image.format, image.size) == ("PNG", (1024, 1024))


@pytest.mark.parametrize("prefix", ["modelgates:", "openrouter:", "overdoor:"])
async def test_a_tool_is_answered_with_the_prefix_that_was_asked_for(client: Client, prefix: str) -> None:
    """Design 7: all prefixes are accepted."""
    kind = f"{prefix}image_generation"

    body = await respond(client, {"input": "Draw a fox sandbox:instant", "tools": [{"type": kind}]})

    assert [item["type"] for item in body["output"]] == [kind, "message"]


async def test_openais_own_tool_is_answered_with_base64_as_openai_does(client: Client) -> None:
    """gateway.md 4.4: `image_generation_call`, whose clients decode `result`."""
    tool = {"type": "image_generation", "size": "512x512", "output_format": "webp"}

    body = await respond(client, {"input": "Draw a fox", "tools": [tool]})

    item = body["output"][0]
    assert (item["type"], item["status"]) == ("image_generation_call", "completed")
    with Image.open(io.BytesIO(base64.b64decode(item["result"], validate=True))) as image:
        assert (image.format, image.size) == ("WEBP", (512, 512))


@pytest.mark.parametrize(
    ("kind", "item_type", "status"),
    [
        ("modelgates:image_generation", "modelgates:image_generation", "incomplete"),
        ("image_generation", "image_generation_call", "failed"),
    ],
)
async def test_a_refused_picture_is_an_item_without_a_result(
    client: Client, kind: str, item_type: str, status: str
) -> None:
    """Seed 000: the error is told; the response is completed all the same."""
    said = "Draw a fox sandbox:moderation_blocked"

    body = await respond(client, {"input": said, "tools": [{"type": kind}]})

    item, message = body["output"]
    error = "The prompt was blocked by content moderation (asked for in the prompt)."
    assert item == {
        "type": item_type,
        "id": item["id"],
        "status": status,
        "prompt": "a fox sandbox:moderation_blocked",
        "result": None,
        "error": error,
    }
    assert error in message["content"][0]["text"]
    assert (body["status"], body["usage"]["cost"]) == ("completed", 0)


async def test_client_functions_in_the_flat_form_are_called_as_items(client: Client) -> None:
    """gateway.md 4.1 and 2.5; the output of the call is answered in prose afterwards."""
    weather = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
    question = {"role": "user", "content": "call get_weather"}
    first = await respond(client, {"input": [question], "tools": [weather]})

    [call] = first["output"]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "12 degrees"}
    second = await respond(client, {"input": [question, call, output], "tools": [weather]})

    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "get_weather", "{}")
    assert second["output_text"] == "The tool answered: 12 degrees"


async def test_the_output_items_of_an_answer_can_be_sent_back_and_their_picture_edited(client: Client) -> None:
    """gateway.md 4.1: every output item type, replayed verbatim; unknown ones are left out and told."""
    question = {"role": "user", "content": [{"type": "input_text", "text": "Draw a fox"}]}
    first = await respond(client, {"input": [question], "tools": [IMAGE_TOOL]})

    history = [question, *first["output"], {"type": "reasoning", "summary": []}, {"type": "telepathy"}]
    second = await respond(
        client, {"input": [*history, {"role": "user", "content": "Make it blue"}], "tools": [IMAGE_TOOL]}
    )

    assert [item["type"] for item in second["output"]] == ["modelgates:image_generation", "message"]
    assert second["output"][0]["status"] == "completed"
    assert second["usage"]["cost"] > first["usage"]["cost"]  # the given picture is priced too
    assert "`input[4]` of type 'telepathy' is not known here and was left out." in second["warnings"]


async def test_a_malformed_body_is_refused_with_the_place_of_the_mistake(client: Client) -> None:
    """gateway.md 1.1 and 4.6: the integer code, which OpenRouter's SDK needs."""
    for body, named in MALFORMED:
        answer = await client.send("POST", RESPONSES, json=body)

        assert answer.status == 400, body
        error = answer.body["error"]
        assert (error["code"], error["metadata"]["error_type"]) == (400, "invalid_request")
        assert named in error["message"], body
