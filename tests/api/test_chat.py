"""The chat door with its image tool, through a server that listens. Contract: seed 000."""

import asyncio
import base64
import io
import re
from typing import Any

import pytest
from PIL import Image

from overdoor.storage.db import Sql
from overdoor.units import in_usd
from tests.api.conftest import Answer, Client

CHAT = "/api/v1/chat/completions"
QUICK_START = {
    "model": "{{MODEL}}",
    "messages": [{"role": "user", "content": "Create an image of a futuristic city at sunset"}],
    "tools": [{"type": "modelgates:image_generation"}],
}
ALL_PARAMETERS = {
    "model": "openai/gpt-image-1",
    "quality": "high",
    "aspect_ratio": "16:9",
    "size": "1024x1024",
    "background": "transparent",
    "output_format": "png",
    "output_compression": 80,
    "moderation": "low",
}
RETIRED = "`openai/gpt-image-1` (retirement date 2026-10-23) is served by `openai/gpt-image-2.5-flare` instead."
WEATHER = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}, "required": []}},
}


def asking(said: object, *tools: object, **more: object) -> dict[str, Any]:
    """A request with one message of the user."""
    return {"model": "any/model", "messages": [{"role": "user", "content": said}], "tools": list(tools), **more}


def markdown_urls(text: str) -> list[str]:
    """The addresses of all pictures that stand on a line of their own."""
    return re.findall(r"^!\[[^\]]*\]\((\S+)\)$", text, flags=re.MULTILINE)


# A body, and how the complaint names the mistake in it.
MALFORMED: list[tuple[object, str]] = [
    ([], "The body is not a JSON object"),
    ({"model": "m"}, "`messages` is missing"),
    ({"messages": []}, "`messages` is empty"),
    ({"messages": "hello"}, "`messages` is not a list"),
    ({"messages": ["hello"]}, "`messages[0]` is not an object"),
    ({"messages": [{"content": "x"}]}, "`messages[0].role` is missing"),
    ({"messages": [{"role": "wizard", "content": "x"}]}, "`messages[0].role` is 'wizard'"),
    ({"messages": [{"role": "user"}]}, "`messages[0].content` is missing"),
    ({"messages": [{"role": "user", "content": 7}]}, "`messages[0].content` is neither"),
    (asking([{"type": "text"}]), "`messages[0].content[0].text` is missing"),
    (asking([{"type": "image_url", "image_url": {}}]), "`messages[0].content[0].image_url.url` is missing"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "`messages[0].tool_call_id` is missing"),
    (asking("x", {"no": "type"}), "`tools[0].type` is missing"),
    (asking("x", {"type": "image_generation", "parameters": 1}), "`tools[0].parameters` is not an object"),
    (asking("x", {"type": "image_generation", "model": 1}), "`model` is not a string"),
    (asking("x", {"type": "image_generation"}, {"type": "image_generation"}), "`tools[1]`"),
    (asking("x", tool_choice="perhaps"), "`tool_choice` is not understood"),
    (asking("x", tool_choice={"type": "modelgates:image_generation"}), "not among `tools`"),
    (asking("x", max_tool_calls=0), "`max_tool_calls`"),
    (asking("x", model=""), "`model` is not a name"),
    (asking("x", stream="yes"), "`stream` is neither true nor false"),
]


async def chat(client: Client, body: object, **headers: str) -> Any:
    """The body of an answer that must be good."""
    answer = await client.send("POST", CHAT, json=body, headers=headers)
    assert answer.status == 200, answer.body
    return answer.body


async def opened(client: Client, url: str) -> Image.Image:
    """The picture behind a link; the link itself is the permission."""
    picture = await client.send("GET", url, headers={"Authorization": ""})
    assert picture.status == 200
    image = Image.open(io.BytesIO(picture.raw))
    image.load()
    return image


async def test_the_quick_start_answers_with_the_picture_in_the_content_and_every_published_field(
    client: Client,
) -> None:
    """Seed 000, Quick Start; gateway.md 3.3 for the keys that SDKs insist on."""
    answer = await client.send("POST", CHAT, json=QUICK_START)

    body = answer.body
    [choice] = body["choices"]
    content = choice["message"]["content"]
    [url] = markdown_urls(content)
    usage = body["usage"]
    assert answer.status == 200
    assert re.fullmatch(r"gen-\d{10}-[A-Za-z0-9]{20}", body["id"])
    assert body == {
        "id": answer.headers["X-Generation-Id"],
        "object": "chat.completion",
        "created": int(body["id"].split("-")[1]),
        "model": "{{MODEL}}",
        "provider": "Sandbox",
        "system_fingerprint": None,
        "service_tier": "default",
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": f"Here is your picture of a futuristic city at sunset:\n\n![Generated image]({url})",
                    "refusal": None,
                    "reasoning": None,
                    "images": [{"type": "image_url", "image_url": {"url": url}}],
                },
            }
        ],
        "usage": {
            "prompt_tokens": usage["prompt_tokens"],
            "completion_tokens": usage["completion_tokens"],
            "total_tokens": usage["prompt_tokens"] + usage["completion_tokens"],
            "cost": 0.05268,
            "is_byok": False,
            "prompt_tokens_details": {
                "cached_tokens": 0,
                "cache_write_tokens": 0,
                "audio_tokens": 0,
                "video_tokens": 0,
            },
            "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0, "audio_tokens": 0},
            "cost_details": {
                "upstream_inference_cost": 0,
                "upstream_inference_prompt_cost": 0,
                "upstream_inference_completions_cost": 0,
            },
            "server_tool_use": {"tool_calls_requested": 1, "tool_calls_executed": 1},
            "server_tool_use_details": {"tool_calls_requested": 1, "tool_calls_executed": 1},
        },
        "warnings": [RETIRED],
    }
    assert (await opened(client, url)).size == (1024, 1024)


async def test_the_cost_is_what_the_balance_lost(client: Client) -> None:
    """Seed 000, Pricing: the image is paid in addition to the tokens, which are free in the sandbox."""
    before = await client.gateway.accounts.balance("test")

    body = await chat(client, QUICK_START)

    after = await client.gateway.accounts.balance("test")
    assert body["usage"]["cost"] == in_usd(before.available - after.available)


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
async def test_all_eight_parameters_reach_the_picture_and_what_has_no_effect_is_told(
    client: Client, *, nested: bool
) -> None:
    """Seed 000, Configuration: `parameters`, or the same beside `type` as the AI SDK sends them."""
    options: dict[str, Any] = {"parameters": ALL_PARAMETERS} if nested else ALL_PARAMETERS
    tool = {"type": "openrouter:image_generation", **options}

    body = await chat(client, asking("Create an image of a paper boat", tool))

    assert body["warnings"] == [
        RETIRED,
        "`size` 1024x1024 wins over `aspect_ratio` 16:9: they disagree.",
        "`output_compression` has no effect with png: it is for jpeg and webp.",
    ]
    [url] = markdown_urls(body["choices"][0]["message"]["content"])
    image = await opened(client, url)
    assert (image.format, image.size, image.mode) == ("PNG", (1024, 1024), "RGBA")
    assert image.getchannel("A").getextrema() == (0, 255)


async def test_two_pictures_can_be_made_in_one_request(client: Client) -> None:
    """Seed 000: "It may generate multiple images in a single request if needed"."""
    said = "Draw a picture of a red fox sandbox:instant, and a picture of a lighthouse"

    body = await chat(client, asking(said, {"type": "overdoor:image_generation"}))

    message = body["choices"][0]["message"]
    urls = markdown_urls(message["content"])
    assert len(set(urls)) == 2
    assert [image["image_url"]["url"] for image in message["images"]] == urls
    assert body["usage"]["server_tool_use"] == {"tool_calls_requested": 2, "tool_calls_executed": 2}
    assert body["usage"]["cost"] == pytest.approx(2 * 0.05268)


async def test_a_refused_picture_is_told_in_words_and_costs_nothing(client: Client) -> None:
    """Seed 000: "If generation fails, the response includes an error"; the request itself succeeds."""
    said = "Create an image of a fox sandbox:moderation_blocked"

    body = await chat(client, asking(said, {"type": "image_generation"}))

    message = body["choices"][0]["message"]
    assert "blocked by content moderation" in message["content"]
    assert "images" not in message
    assert body["usage"]["cost"] == 0
    assert body["choices"][0]["finish_reason"] == "stop"


async def test_an_option_that_the_image_model_does_not_have_is_told_in_words(client: Client) -> None:
    """The tool's options are the image model's business; the model is told, the request goes on."""
    tool = {"type": "modelgates:image_generation", "parameters": {"quality": "breathtaking"}}

    body = await chat(client, asking("Draw a fox", tool))

    assert "`quality` 'breathtaking' is not offered" in body["choices"][0]["message"]["content"]


async def test_a_picture_of_the_conversation_is_edited(client: Client) -> None:
    """Given as a data URL, then as our own link in the answer that the client sends back."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    data_url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    tool = {"type": "modelgates:image_generation"}
    first = asking(
        [{"type": "text", "text": "Turn the wall blue"}, {"type": "image_url", "image_url": {"url": data_url}}], tool
    )

    edited = await chat(client, first)
    answer = edited["choices"][0]["message"]
    again = await chat(
        client, {**first, "messages": [*first["messages"], answer, {"role": "user", "content": "Make it green"}]}
    )

    [edited_url], [again_url] = (
        markdown_urls(answer["content"]),
        markdown_urls(again["choices"][0]["message"]["content"]),
    )
    assert edited_url != again_url
    operations = [await operation_behind(client, url) for url in (edited_url, again_url)]
    assert operations == ["image-to-image", "image-to-image"]


async def operation_behind(client: Client, url: str) -> str:
    """What the task behind a link did."""
    asset_id = url.rpartition("/")[2].partition(".")[0]
    asset = await client.gateway.assets.find(asset_id)
    assert client.key is not None
    assert asset.task_id is not None
    caller = await client.gateway.accounts.authenticate(client.key)
    return (await client.gateway.generate.find(asset.task_id, caller=caller)).task.request.operation


async def test_words_without_a_wish_are_answered_without_a_picture(client: Client) -> None:
    """Seed 000: "the model decides whether image generation is needed"."""
    body = await chat(client, asking("What is the capital of France?", {"type": "modelgates:image_generation"}))

    assert "sandbox model" in body["choices"][0]["message"]["content"]
    assert body["usage"]["cost"] == 0
    assert body["usage"]["server_tool_use_details"] == {"tool_calls_requested": 0, "tool_calls_executed": 0}


async def test_the_server_tool_can_be_forced_by_its_type(client: Client) -> None:
    """gateway.md 2.4: the server-tool form of `tool_choice`."""
    kind = {"type": "modelgates:image_generation"}

    body = await chat(client, asking("Good morning sandbox:instant", kind, tool_choice=kind))

    assert len(markdown_urls(body["choices"][0]["message"]["content"])) == 1


async def test_calls_of_client_functions_go_to_the_client(client: Client) -> None:
    """gateway.md 2.5: only the client's calls are shown, ours are done."""
    said = "call get_weather and draw a fox sandbox:instant"

    body = await chat(client, asking(said, {"type": "modelgates:image_generation"}, WEATHER))

    [choice] = body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert [call["function"] for call in choice["message"]["tool_calls"]] == [
        {"name": "get_weather", "arguments": "{}"}
    ]
    assert len(markdown_urls(choice["message"]["content"])) == 1


async def test_unknown_tools_and_fields_are_left_out_and_told(client: Client) -> None:
    """gateway.md 8: clients attach what they like, and must not be refused for it."""
    body = await chat(
        client,
        asking("Hello", {"type": "browser_use"}, plugins=[{"id": "web"}], some_new_field={"a": 1}, temperature=1),
    )

    assert body["warnings"] == [
        "`plugins` is not served yet and had no effect.",
        "`tools[0]` of type 'browser_use' is not known here and was left out.",
    ]


async def test_a_repeated_request_id_answers_with_the_same_pictures_and_charges_once(client: Client) -> None:
    """X-Request-Id names the request; each of its calls finds its first task."""
    body = asking("Draw two pictures: a fox sandbox:instant and an owl", {"type": "modelgates:image_generation"})

    first = await chat(client, body, **{"X-Request-Id": "r-1"})
    spent = await client.gateway.accounts.balance("test")
    again = await chat(client, body, **{"X-Request-Id": "r-1"})

    paths = [
        [url.partition("?")[0] for url in markdown_urls(answer["choices"][0]["message"]["content"])]
        for answer in (first, again)
    ]
    assert paths[0] == paths[1]
    assert again["usage"]["cost"] == first["usage"]["cost"]
    assert await client.gateway.accounts.balance("test") == spent


async def test_a_client_that_leaves_does_not_stop_its_task(client: Client) -> None:
    """A disconnect ends the conversation; what was accepted is carried to its end and paid once."""
    body = asking("Draw a fox sandbox:delay=1s", {"type": "modelgates:image_generation"})
    leaving = asyncio.create_task(client.send("POST", CHAT, json=body))

    task_id = await first_task(client)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    record = await client.finished(task_id)
    assert (record["state"], record["creditsCharged"]) == ("success", 5.268)


async def first_task(client: Client) -> str:
    """The id of the first task, as soon as there is one."""
    changed = asyncio.Event()
    client.gateway.database.watch(changed.set)
    while True:
        changed.clear()
        rows = await client.gateway.database.read(lambda tx: tx.all(Sql("SELECT id FROM tasks")))
        if rows:
            return rows[0].id
        await changed.wait()


async def test_a_malformed_body_is_refused_with_the_place_of_the_mistake(client: Client) -> None:
    """gateway.md 1.1: `error.code` is an integer; section 8: short, precise, with the path."""
    for body, named in MALFORMED:
        answer = await client.send("POST", CHAT, json=body)

        assert_refused(answer, 400, "invalid_request")
        assert named in answer.body["error"]["message"], body


async def test_no_key_and_a_live_key_without_an_upstream_are_refused(client: Client) -> None:
    """A live key is never served by the sandbox."""
    live = await client.gateway.accounts.create_key("live", mode="live")

    anonymous = await client.send("POST", CHAT, json=QUICK_START, headers={"Authorization": ""})
    without_upstream = await client.send(
        "POST", CHAT, json=QUICK_START, headers={"Authorization": f"Bearer {live.secret}"}
    )

    assert_refused(anonymous, 401, "authentication")
    assert_refused(without_upstream, 404, "not_found")


async def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    """gateway.md 1.1."""
    assert_refused(await client.send("POST", CHAT, data=b"{"), 400, "invalid_request")


def assert_refused(answer: Answer, status: int, error_type: str) -> None:
    """The error dialect of OpenRouter."""
    assert answer.status == status, answer.body
    error = answer.body["error"]
    assert (error["code"], error["metadata"]["error_type"]) == (status, error_type)
    assert isinstance(error["message"], str)
