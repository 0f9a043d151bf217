"""Chat completions and responses in pieces. Contract: gateway.md 2.7, 3.5 and 4.5."""

import json
from collections.abc import Sequence
from typing import Any

from tests.api.conftest import Client
from tests.api.test_chat import WEATHER, asking, markdown_urls

CHAT, RESPONSES = "/api/v1/chat/completions", "/api/v1/responses"
DRAW: dict[str, Any] = {"type": "modelgates:image_generation", "parameters": {"size": "512x512"}}
OPENAI_DRAW: dict[str, Any] = {"type": "image_generation", "size": "512x512"}


async def lines_of(client: Client, path: str, body: object) -> list[str]:
    """The lines of a stream that must be good, empty ones left out."""
    answer = await client.send("POST", path, json=body)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Generation-Id"].startswith("gen-")
    return [line for line in answer.raw.decode().split("\n") if line]


def data_in(lines: Sequence[str]) -> list[dict[str, Any]]:
    """The JSON of every event; the stream ends as all clients wait for it."""
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    return [json.loads(text) for text in data[:-1]]


def told(chunks: Sequence[dict[str, Any]]) -> str:
    """Every word of a streamed completion."""
    return "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks)


async def test_words_come_in_pieces_and_say_what_the_whole_answer_says(client: Client) -> None:
    """gateway.md 3.5: the role in each chunk, the finish, then the usage with a choice."""
    whole = (await client.send("POST", CHAT, json=asking("Good morning"))).body

    chunks = data_in(await lines_of(client, CHAT, asking("Good morning", stream=True)))

    assert told(chunks) == whole["choices"][0]["message"]["content"]
    assert len(chunks) > 10
    assert {chunk["choices"][0]["delta"]["role"] for chunk in chunks} == {"assistant"}
    assert {(chunk["id"], chunk["object"], chunk["model"]) for chunk in chunks} == {
        (chunks[0]["id"], "chat.completion.chunk", "any/model")
    }
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[-2:]] == ["stop", "stop"]
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks[:-2])
    assert chunks[-1]["usage"] == whole["usage"]
    assert all("system_fingerprint" not in chunk for chunk in chunks)


async def test_comments_are_sent_while_tools_work_then_the_picture_in_both_places(client: Client) -> None:
    """gateway.md 2.7: no tool call is leaked; 3.3: images with their type."""
    lines = await lines_of(client, CHAT, asking("Draw a fox, and a picture of an owl", DRAW, stream=True))

    chunks = data_in(lines)
    assert lines[0] == ": OVERDOOR PROCESSING"
    urls = markdown_urls(told(chunks))
    [pictures] = [images for chunk in chunks if (images := chunk["choices"][0]["delta"].get("images"))]
    assert [(picture["type"], picture["image_url"]["url"]) for picture in pictures] == [
        ("image_url", url) for url in urls
    ]
    assert len(urls) == 2
    assert not any("tool_calls" in chunk["choices"][0]["delta"] for chunk in chunks)
    assert chunks[-1]["usage"]["server_tool_use_details"]["tool_calls_executed"] == 2
    assert (await client.send("GET", urls[0])).headers["Content-Type"] == "image/png"


async def test_calls_of_client_functions_come_whole_with_their_index(client: Client) -> None:
    """Promise: docs/chat.md#streaming."""
    chunks = data_in(await lines_of(client, CHAT, asking("call get_weather", WEATHER, stream=True)))

    [calls] = [calls for chunk in chunks if (calls := chunk["choices"][0]["delta"].get("tool_calls"))]
    assert [(call["index"], call["type"], call["function"]) for call in calls] == [
        (0, "function", {"name": "get_weather", "arguments": "{}"})
    ]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_what_is_wrong_from_the_beginning_is_an_ordinary_answer(client: Client) -> None:
    """gateway.md 3.5: before the first byte, plain JSON with the real status."""
    said = "hello sandbox:chat_fails"

    for path, body in ((CHAT, asking(said, stream=True)), (RESPONSES, {"input": said, "stream": True})):
        answer = await client.send("POST", path, json=body)

        assert (answer.status, answer.headers["Content-Type"]) == (502, "application/json")
        assert answer.body["error"]["code"] == 502


async def test_a_model_that_breaks_off_ends_the_stream_with_its_words_and_the_reason(client: Client) -> None:
    """gateway.md 3.5: one chunk with `error`, then `[DONE]`; 4.5: `response.failed`. The picture is charged."""
    said = "Draw a fox sandbox:chat_breaks_off"

    chunks = data_in(await lines_of(client, CHAT, asking(said, DRAW, stream=True)))
    events = data_in(await lines_of(client, RESPONSES, {"input": said, "tools": [DRAW], "stream": True}))

    assert told(chunks).startswith("Here is your picture")
    [failed] = [chunk for chunk in chunks if "error" in chunk]
    assert (failed["error"]["code"], failed["choices"][0]["finish_reason"]) == (502, "error")
    assert len(markdown_urls(told(chunks))) == 1
    assert chunks[-1]["usage"]["cost"] > 0
    assert (events[-1]["type"], events[-1]["response"]["status"]) == ("response.failed", "failed")
    assert events[-1]["response"]["output"][1]["content"][0]["text"].startswith("Here is your picture")
    assert events[-1]["response"]["usage"]["cost"] > 0


async def test_a_response_is_told_in_the_order_that_the_sdks_expect(client: Client) -> None:
    """gateway.md 4.5, the table."""
    body = {"input": "Draw a fox", "tools": [DRAW], "stream": True}

    events = data_in(await lines_of(client, RESPONSES, body))

    kinds = [event["type"] for event in events]
    assert kinds[:6] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert set(kinds[6:-4]) == {"response.output_text.delta"}
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    added, done, message = events[2], events[3], events[-2]
    assert added["item"] == {
        "type": "modelgates:image_generation", "id": done["item"]["id"], "status": "in_progress", "result": None
    }  # fmt: skip
    assert done["item"]["imageUrl"] == done["item"]["result"] != ""
    deltas = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert message["item"]["content"][0]["text"] == deltas
    assert markdown_urls(deltas) == [done["item"]["imageUrl"]]
    final = events[-1]["response"]
    assert final["output"] == [done["item"], message["item"]]
    assert (final["id"], final["output_text"]) == (events[0]["response"]["id"], deltas)
    assert (events[0]["response"]["status"], final["status"]) == ("in_progress", "completed")


async def test_a_streamed_response_ends_as_the_whole_one_is(client: Client) -> None:
    """Promise: docs/chat.md#streaming: the last event carries the body that is answered without `stream`."""
    body: dict[str, Any] = {"input": "Good morning", "metadata": {"a": "b"}}
    whole = (await client.send("POST", RESPONSES, json=body)).body

    final = data_in(await lines_of(client, RESPONSES, body | {"stream": True}))[-1]["response"]

    def lasting(response: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in response.items()
            if name not in ("id", "created_at", "completed_at", "output")
        }

    assert lasting(final) == lasting(whole)
    assert list(final) == list(whole)


async def test_openais_own_tool_tells_its_steps_and_ends_with_base64(client: Client) -> None:
    """OpenAI's Responses: image_generation_call."""
    events = data_in(await lines_of(client, RESPONSES, {"input": "Draw a fox", "tools": [OPENAI_DRAW], "stream": True}))

    steps = [event["type"].rpartition(".")[2] for event in events if "image_generation_call." in event["type"]]
    [item] = [event["item"] for event in events if event["type"] == "response.output_item.done"][:1]
    assert steps == ["in_progress", "generating", "completed"]
    assert item["type"] == "image_generation_call"
    assert item["result"].startswith("iVBOR")


async def test_a_call_of_the_client_is_an_item_with_its_arguments(client: Client) -> None:
    """gateway.md 4.5: function_call_arguments between added and done."""
    flat = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}

    events = data_in(await lines_of(client, RESPONSES, {"input": "call get_weather", "tools": [flat], "stream": True}))

    assert [event["type"].removeprefix("response.") for event in events[2:-1]] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert events[-1]["response"]["output"] == [events[-2]["item"]]
