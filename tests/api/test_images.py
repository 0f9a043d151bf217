"""Pictures and models as OpenAI's SDKs ask for them. Contract: docs/images.md."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import Client
from tests.support.server import Running

IMAGES = "/v1/images/generations"
FOX: dict[str, Any] = {"model": "openai/gpt-image-2.5-flare", "prompt": "a fox", "size": "1024x1024", "quality": "low"}


async def balance(client: Client) -> int:
    """Free credits of the test account, in micro-dollars."""
    return (await client.gateway.accounts.balance("test")).available


async def test_a_picture_comes_in_base64_at_the_asked_size(client: Client) -> None:
    """Promise: docs/images.md: OpenAI's fields, and what it cost."""
    before = await balance(client)

    answer = await client.send("POST", IMAGES, json=FOX | {"output_format": "webp"})

    assert answer.status == 200, answer.body
    [made] = answer.body["data"]
    with Image.open(io.BytesIO(base64.b64decode(made["b64_json"]))) as image:
        assert (image.format, image.size) == ("WEBP", (1024, 1024))
    assert {name: answer.body[name] for name in ("size", "quality", "output_format", "warnings")} == {
        "size": "1024x1024",
        "quality": "low",
        "output_format": "webp",
        "warnings": [],
    }
    assert round(answer.body["cost"] * 1_000_000) == before - await balance(client) > 0


async def test_several_pictures_come_as_links(client: Client) -> None:
    """Promise: docs/images.md, `n` and `response_format`."""
    answer = await client.send("POST", IMAGES, json=FOX | {"n": 3, "response_format": "url"})

    urls = [made["url"] for made in answer.body["data"]]
    assert len(set(urls)) == 3
    assert (await client.send("GET", urls[2])).headers["Content-Type"] == "image/png"


async def test_the_same_named_request_finds_its_pictures_and_is_charged_once(client: Client) -> None:
    """Promise: docs/images.md: a retry, by name or by the SDK's own mark, makes nothing anew."""
    named = {"X-Request-Id": "fox-1"}
    marked = {"x-stainless-retry-count": "0"}
    first = await client.send("POST", IMAGES, json=FOX | {"n": 2}, headers=named)
    third = await client.send("POST", IMAGES, json=FOX, headers=marked)
    before = await balance(client)

    second = await client.send("POST", IMAGES, json=FOX | {"n": 2}, headers=named)
    fourth = await client.send("POST", IMAGES, json=FOX, headers={"x-stainless-retry-count": "1"})

    assert second.body["data"] == first.body["data"]
    assert fourth.body["data"] == third.body["data"]
    assert await balance(client) == before


async def test_a_stream_ends_with_the_picture(client: Client) -> None:
    """OpenAI's image events: `image_generation.completed`."""
    answer = await client.send("POST", IMAGES, json=FOX | {"stream": True, "partial_images": 2})

    lines = [line for line in answer.raw.decode().split("\n") if line.startswith(("event", "data"))]
    assert [line for line in lines if line.startswith("event")] == ["event: image_generation.completed"]
    completed = json.loads(lines[1].removeprefix("data: "))
    assert (completed["type"], completed["size"]) == ("image_generation.completed", "1024x1024")
    assert base64.b64decode(completed["b64_json"]).startswith(b"\x89PNG")
    assert completed["warnings"] == ["`partial_images` had no effect: only whole pictures are sent."]
    assert lines[-1] == "data: [DONE]"


@pytest.mark.parametrize(
    ("prompt", "status", "code"),
    [("sandbox:moderation_blocked", 400, "picture_refused"), ("sandbox:upstream_500", 502, "picture_failed")],
)
async def test_a_picture_that_is_not_made_is_an_error_and_costs_nothing(
    client: Client, prompt: str, status: int, code: str
) -> None:
    """Promise: docs/errors.md; in a stream the error is its last event."""
    before = await balance(client)

    answer = await client.send("POST", IMAGES, json=FOX | {"prompt": prompt})
    streamed = await client.send("POST", IMAGES, json=FOX | {"prompt": prompt, "stream": True})

    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert f'"code":"{code}"' in streamed.raw.decode()
    assert streamed.raw.endswith(b"data: [DONE]\n\n")
    assert await balance(client) == before


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({"prompt": "x", "n": 0}, 400, "invalid_option", "n"),
        ({"prompt": "x", "n": True}, 400, "invalid_option", "n"),
        ({"prompt": "x", "response_format": "bmp"}, 400, "invalid_option", "response_format"),
        ({"prompt": "x", "response_format": "url", "stream": True}, 400, "invalid_option", "response_format"),
        ({"prompt": "x", "model": 7}, 400, "invalid_option", "model"),
        ({"prompt": "x", "size": "5x5", "model": "gpt-image-2-text-to-image"}, 400, "invalid_option", "size"),
        ({"prompt": "x", "model": "nobody/nothing"}, 404, "model_not_supported", None),
        ({"prompt": "x", "model": "seedance-2.0-text-to-video"}, 404, "model_not_supported", None),
        ({}, 400, "prompt_required", "prompt"),
    ],
)
async def test_what_cannot_be_is_refused_in_openais_form(
    client: Client, body: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    """Promise: `error` has message, type, param and a word for code."""
    answer = await client.send("POST", IMAGES, json=body)

    error = answer.body["error"]
    assert (answer.status, error["code"], error["type"]) == (status, code, "invalid_request_error")
    assert set(error) == {"message", "type", "param", "code"}
    assert param is None or error["param"] == param


async def test_every_living_model_is_listed_and_found_by_any_of_its_names(client: Client) -> None:
    """Promise: docs/images.md, `GET /v1/models`."""
    listed = (await client.send("GET", "/v1/models")).body
    one = (await client.send("GET", "/v1/models/openai/gpt-image-2.5-flare")).body
    retired = (await client.send("GET", "/v1/models/openai/gpt-image-1")).body
    missing = await client.send("GET", "/v1/models/nobody")

    assert listed["object"] == "list"
    assert [entry["id"] for entry in listed["data"]] == [model.id for model in client.gateway.catalog.models()]
    assert one in listed["data"]
    assert (one["object"], one["owned_by"], retired["id"]) == ("model", "openai", one["id"])
    assert (missing.status, missing.body["error"]["code"]) == (404, "model_not_supported")


async def test_chat_and_responses_speak_openais_errors_under_v1(client: Client) -> None:
    """Promise: docs/chat.md: the same answers, errors with a word for code; in streams, too."""
    said = [{"role": "user", "content": "hello sandbox:chat_breaks_off"}]
    whole = await client.send("POST", "/v1/chat/completions", json={"messages": [{"role": "user", "content": "hello"}]})
    refused = await client.send("POST", "/v1/responses", json={})
    broken = await client.send("POST", "/v1/chat/completions", json={"messages": said, "stream": True})

    assert whole.body["object"] == "chat.completion"
    assert (refused.status, refused.body["error"]["code"]) == (400, "invalid_request")
    assert '"code":"chat_model_failed"' in broken.raw.decode()


async def test_a_key_that_may_not_read_is_refused_before_money_moves(server: Running, client: Client) -> None:
    """Promise: docs/images.md: the answer shows a result, so the key must be allowed to see it."""
    made = await server.gateway.accounts.create_key("writer", mode="test", scopes=("generate",))
    before = await balance(client)

    refused = await replace(client, key=made.secret).send("POST", IMAGES, json=FOX)

    assert (refused.status, refused.body["error"]["code"]) == (403, "permission_denied")
    assert await balance(client) == before


async def test_a_picture_that_is_gone_is_said_to_be_gone(client: Client) -> None:
    """Promise: docs/images.md: 410 where all are gone, a warning where one is; in streams, too."""
    named = {"X-Request-Id": "fox-2"}
    first = await client.send("POST", IMAGES, json=FOX | {"n": 2, "response_format": "url"}, headers=named)
    ids = [made["url"].rpartition("/")[2].partition(".")[0] for made in first.body["data"]]

    await client.send("DELETE", f"/api/v1/files/{ids[0]}")
    one = await client.send("POST", IMAGES, json=FOX | {"n": 2, "response_format": "url"}, headers=named)
    await client.send("DELETE", f"/api/v1/files/{ids[1]}")
    none = await client.send("POST", IMAGES, json=FOX | {"n": 2, "response_format": "url"}, headers=named)
    streamed = await client.send("POST", IMAGES, json=FOX | {"n": 2, "stream": True}, headers=named)

    assert (len(one.body["data"]), one.body["cost"]) == (1, first.body["cost"] / 2)
    assert "was deleted or its time is over" in one.body["warnings"][0]
    assert (none.status, none.body["error"]["code"]) == (410, "asset_gone")
    assert '"code":"asset_gone"' in streamed.raw.decode()


async def test_more_pictures_than_the_tier_takes_at_once_are_made_in_turn(server: Running, client: Client) -> None:
    """Promise: docs/images.md: `n` is what is answered."""
    made = await server.gateway.accounts.create_key("one", mode="test", limits='{"activeTasks": 1}')

    answer = await replace(client, key=made.secret).send("POST", IMAGES, json=FOX | {"n": 3})

    assert (answer.status, len(answer.body["data"]), answer.body["warnings"]) == (200, 3, [])


async def test_a_refused_request_leaves_its_name_free_and_names_of_calls_meet_no_others(client: Client) -> None:
    """Promise: docs/idempotency.md."""
    named = {"Idempotency-Key": "fox-3"}
    refused = await client.send("POST", IMAGES, json=FOX | {"prompt": "sandbox:insufficient_credits"}, headers=named)
    made = await client.send("POST", IMAGES, json=FOX, headers=named)
    other = await client.send("POST", IMAGES, json=FOX | {"prompt": "an owl"}, headers=named)
    hashed = await client.send("POST", IMAGES, json=FOX, headers={"Idempotency-Key": "fox-4#1"})
    plain = await client.send("POST", IMAGES, json=FOX, headers={"Idempotency-Key": "fox-4"})
    warned = await client.send("POST", IMAGES, json=FOX, headers={"X-Request-Id": "fox-5"})
    warned = await client.send("POST", IMAGES, json=FOX | {"prompt": "an owl"}, headers={"X-Request-Id": "fox-5"})

    assert [answer.status for answer in (refused, made, other)] == [402, 200, 400]
    assert other.body["error"]["code"] == "idempotency_key_reused"
    assert (hashed.status, plain.status) == (200, 200)
    assert "X-Request-Id 'fox-5' already made" in warned.body["warnings"][0]


async def test_a_failure_that_a_retry_would_only_find_again_says_so(client: Client) -> None:
    """OpenAI's SDKs obey X-Should-Retry."""
    answer = await client.send("POST", IMAGES, json=FOX | {"prompt": "sandbox:upstream_500"})

    assert (answer.status, answer.headers["X-Should-Retry"]) == (502, "false")
