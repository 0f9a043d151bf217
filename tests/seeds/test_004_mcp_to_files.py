"""Seed 004 end to end: its requests, sent to a listening server and answered with real files."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import aiohttp
import av
import pytest
from PIL import Image

from overdoor.config import Settings
from overdoor.units import TaskId
from overdoor.wiring import Surroundings
from tests.mcp_server.test_seed_examples import IMAGE_TO_IMAGE, IMAGE_TO_VIDEO, TEXT_TO_IMAGE, TEXT_TO_VIDEO
from tests.support.neighbours import Neighbours, neighbours
from tests.support.server import Running, running
from tests.support.settings import hermetic_settings

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def hosts() -> AsyncIterator[Neighbours]:
    """The hosts that the seed names."""
    async with neighbours() as started:
        yield started


@pytest.fixture
async def server(settings: Settings, hosts: Neighbours) -> AsyncIterator[Running]:
    """A listening server that may fetch from this machine."""
    opened = replace(settings, allowed_private_networks=LOOPBACK)
    async with running(opened, Surroundings(resolver=hosts.resolver, tls=hosts.tls)) as started:
        yield started


async def post(server: Running, body: str | Mapping[str, Any]) -> Any:
    """The structured content of a tool call's answer, whose text block says the same."""
    assert server.gateway.first_key is not None
    headers = {"Authorization": f"Bearer {server.gateway.first_key.secret}", "Content-Type": "application/json"}
    text = body if isinstance(body, str) else json.dumps(body)
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url + "/api/mcp", data=text, headers=headers) as response,
    ):
        assert response.status == 200
        result = (await response.json())["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


async def status_of(server: Running, task_id: str) -> Any:
    """The record of a task once it has ended, asked for as the seed does."""
    await server.gateway.waiting.until_ended(TaskId(task_id), timeout_s=120)
    call = {"name": "get_generation_status", "arguments": {"taskId": task_id}}
    return await post(server, {"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": call})


async def finished(server: Running, body: str) -> tuple[Any, bytes]:
    """The record and the bytes of what a creating call made."""
    made = await post(server, body)
    assert made["state"] == "waiting"
    record = await status_of(server, made["taskId"])
    assert record["state"] == "success", record
    assert (record["taskId"], record["model"]) == (made["taskId"], made["model"])
    assert (record["failCode"], record["failMsg"]) == (None, None)
    assert record["completeTime"] - record["createTime"] == record["costTime"]
    [url] = json.loads(record["resultJson"])["resultUrls"]
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return record, await response.read()


async def test_text_to_image_makes_the_asked_picture(server: Running) -> None:
    """Seed 004, examples 4 and 8: 1:1, 1024x1024, png."""
    record, data = await finished(server, TEXT_TO_IMAGE)

    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("PNG", (1024, 1024))
    assert record["creditsCharged"] == 3


async def test_image_to_image_works_on_the_picture_behind_the_url(server: Running) -> None:
    """Seed 004, example 5: https://example.com/input.png."""
    record, data = await finished(server, IMAGE_TO_IMAGE)

    with Image.open(io.BytesIO(data)) as image:
        assert image.width == image.height
        red, _, blue = image.convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
    assert red > blue  # the orange disc of the input is still there
    assert record["creditsCharged"] == 3


@pytest.mark.parametrize(("body", "has_audio"), [(TEXT_TO_VIDEO, False), (IMAGE_TO_VIDEO, True)], ids=["text", "image"])
async def test_a_clip_has_the_asked_ratio_resolution_and_length(
    server: Running, tmp_path: Path, body: str, has_audio: bool
) -> None:
    """Seed 004, examples 6 and 7: 16:9, 1080p, "5" seconds; sound unless it is declined."""
    record, data = await finished(server, body)

    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as clip:
        video = clip.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 1920, 1080)
        assert video.duration is not None
        assert video.time_base is not None
        assert float(video.duration * video.time_base) == pytest.approx(5, abs=0.05)
        assert bool(clip.streams.audio) is has_audio
    assert record["creditsCharged"] == 400


async def test_the_callback_url_is_told_once_the_task_has_ended(server: Running, hosts: Neighbours) -> None:
    """Seed 004, "Callback URL"; the body as the foundation issue has it."""
    arguments = {
        "model": "gpt-image-2-text-to-image",
        "prompt": "A cinematic picture sandbox:instant",
        "callBackUrl": "https://your-domain.com/webhooks/aigptimage",
    }
    call = {"name": "generate_image", "arguments": arguments}
    made = await post(server, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})

    told = await hosts.received.get()

    record = await status_of(server, made["taskId"])
    assert set(told) == {"type", "timestamp", "code", "msg", "data"}
    assert (told["type"], told["code"], told["msg"]) == ("task.success", 200, "success")
    assert told["data"]["taskId"] == made["taskId"]
    assert set(told["data"]) == set(record)
    assert hosts.received.empty()


async def test_an_input_that_cannot_be_fetched_ends_in_fail_and_costs_nothing(server: Running) -> None:
    """Issue: the task resolves and fetches; an unreachable input ends in `fail`, money back."""
    made = await post(server, IMAGE_TO_IMAGE.replace("/input.png", "/nothing.png"))

    record = await status_of(server, made["taskId"])

    assert (record["state"], record["failCode"], record["creditsCharged"]) == ("fail", "input_unreachable", 0)


async def test_a_task_that_cannot_be_paid_is_refused_in_the_seeds_words(tmp_path: Path, hosts: Neighbours) -> None:
    """Seed 004, "Tool execution error example"."""
    poor = hermetic_settings(tmp_path / "poor", test_grant=2)
    async with running(poor, Surroundings(resolver=hosts.resolver, tls=hosts.tls)) as server:
        answer = await post(server, TEXT_TO_IMAGE)

    assert answer["error"] == "insufficient credits"
