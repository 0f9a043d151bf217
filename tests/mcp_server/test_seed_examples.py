"""The eight JSON-RPC examples of the MCP contract (seed 004), sent byte for byte as its curl lines send them."""

import json
from typing import Any

from overdoor import __version__
from overdoor.mcp_server.metadata import IDENTITY
from tests.mcp_server.door import McpDoor

INITIALIZE = """{
"jsonrpc": "2.0",
"id": 1,
"method": "initialize",
"params": {
"protocolVersion": "2025-06-18",
"capabilities": {},
"clientInfo": {
"name": "example-client",
"version": "1.0.0"
}
}
}"""
LIST_TOOLS = """{
"jsonrpc": "2.0",
"id": 2,
"method": "tools/list"
}"""
LIST_MODELS = """{
"jsonrpc": "2.0",
"id": 3,
"method": "tools/call",
"params": {
"name": "list_models",
"arguments": {
"mediaType": "image"
}
}
}"""
TEXT_TO_IMAGE = """{
"jsonrpc": "2.0",
"id": 4,
"method": "tools/call",
"params": {
"name": "generate_image",
"arguments": {
"model": "gpt-image-2-text-to-image",
"prompt": "A cinematic product photo of a futuristic camera on a clean studio table",
"aspect_ratio": "1:1",
"resolution": "1024x1024",
"quality": "high",
"output_format": "png"
}
}
}"""
IMAGE_TO_IMAGE = """{
"jsonrpc": "2.0",
"id": 5,
"method": "tools/call",
"params": {
"name": "generate_image",
"arguments": {
"model": "gpt-image-2-image-to-image",
"prompt": "Turn this image into a polished editorial product shot",
"input_urls": [
"https://example.com/input.png"
],
"aspect_ratio": "1:1",
"quality": "high"
}
}
}"""
TEXT_TO_VIDEO = """{
"jsonrpc": "2.0",
"id": 6,
"method": "tools/call",
"params": {
"name": "generate_video",
"arguments": {
"model": "seedance-2.0-text-to-video",
"prompt": "A slow cinematic dolly shot through a neon city street at night",
"aspect_ratio": "16:9",
"resolution": "1080p",
"duration": "5",
"generate_audio": false
}
}
}"""
IMAGE_TO_VIDEO = """{
"jsonrpc": "2.0",
"id": 7,
"method": "tools/call",
"params": {
"name": "generate_video",
"arguments": {
"model": "seedance-2.0-image-to-video",
"prompt": "Animate the subject with a gentle camera push-in and natural lighting",
"image_urls": [
"https://example.com/reference.jpg"
],
"aspect_ratio": "16:9",
"resolution": "1080p",
"duration": "5"
}
}
}"""
QUERY = """{
"jsonrpc": "2.0",
"id": 8,
"method": "tools/call",
"params": {
"name": "get_generation_status",
"arguments": {
"taskId": "task_xxx"
}
}
}"""


def content_of(answer: Any, *, message_id: int, is_error: bool = False) -> Any:
    """The structured content of a whole and well-formed tool answer."""
    assert set(answer) == {"jsonrpc", "id", "result"}
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", message_id)
    result = answer["result"]
    assert set(result) == {"content", "structuredContent", "isError"}
    assert result["isError"] is is_error
    [block] = result["content"]
    assert block["type"] == "text"
    assert json.loads(block["text"]) == result["structuredContent"]
    assert block["text"].startswith('{\n  "')
    return result["structuredContent"]


async def test_example_1_initialize(door: McpDoor) -> None:
    """Promise: seed 004, "1. Initialize"."""
    response = await door.send(INITIALIZE)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in response.headers
    assert response.json() == {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {"listChanged": False}},
            "serverInfo": {"name": "overdoor", "title": "Overdoor", "version": __version__},
            "instructions": IDENTITY.instructions,
        },
    }


async def test_example_2_list_tools(door: McpDoor) -> None:
    """Promise: seed 004, "2. List Tools" and "The MCP server exposes 4 tools"."""
    response = await door.send(LIST_TOOLS)

    assert response.json()["id"] == 2
    names = [tool["name"] for tool in response.json()["result"]["tools"]]
    assert names == ["list_models", "generate_image", "generate_video", "get_generation_status"]


async def test_example_3_list_models(door: McpDoor) -> None:
    """Promise: seed 004, "3. List Models" and "Supported Models"."""
    response = await door.send(LIST_MODELS)

    models = content_of(response.json(), message_id=3)["models"]
    assert {model["type"] for model in models} == {"image"}
    shown = {model["model"]: (model["scene"], model["requiredInput"]) for model in models}
    assert shown["gpt-image-2-text-to-image"] == ("Text to image", ["prompt"])
    assert shown["gpt-image-2-image-to-image"] == ("Image to image", ["prompt", "input_urls"])


async def test_example_4_text_to_image_and_its_retry(door: McpDoor) -> None:
    """Promise: seed 004, "4. Text to Image" and "Idempotent Requests"."""
    first = await door.send(TEXT_TO_IMAGE, headers={"X-Request-Id": "demo-image-001"})
    again = await door.send(TEXT_TO_IMAGE, headers={"X-Request-Id": "demo-image-001"})

    content = content_of(first.json(), message_id=4)
    assert content == {
        "taskId": content["taskId"],
        "model": "gpt-image-2-text-to-image",
        "state": "waiting",
        "creditsReserved": 3,
        "warnings": [],
        "next": content["next"],
    }
    repeated = content_of(again.json(), message_id=4)
    assert (repeated["taskId"], repeated["replayed"]) == (content["taskId"], True)


async def test_example_5_image_to_image(door: McpDoor) -> None:
    """Promise: seed 004, "5. Image to Image"."""
    response = await door.send(IMAGE_TO_IMAGE)

    content = content_of(response.json(), message_id=5)
    assert (content["model"], content["state"]) == ("gpt-image-2-image-to-image", "waiting")


async def test_example_6_text_to_video(door: McpDoor) -> None:
    """Promise: seed 004, "6. Text to Video"."""
    response = await door.send(TEXT_TO_VIDEO, headers={"X-Request-Id": "demo-video-001"})

    content = content_of(response.json(), message_id=6)
    assert (content["model"], content["state"]) == ("seedance-2.0-text-to-video", "waiting")
    assert content["creditsReserved"] == 400


async def test_example_7_image_to_video(door: McpDoor) -> None:
    """Promise: seed 004, "7. Image to Video"."""
    response = await door.send(IMAGE_TO_VIDEO)

    content = content_of(response.json(), message_id=7)
    assert (content["model"], content["state"]) == ("seedance-2.0-image-to-video", "waiting")


async def test_example_8_query_of_an_unknown_task(door: McpDoor) -> None:
    """Promise: seed 004, "8. Query Task Result" and "task not found"."""
    response = await door.send(QUERY)

    assert response.status_code == 200
    assert content_of(response.json(), message_id=8, is_error=True)["error"] == "task not found"


async def test_example_8_query_of_a_finished_task(door: McpDoor) -> None:
    """Promise: seed 004, "Successful result example"."""
    made = await door.call("generate_image", {"model": "gpt-image-2-text-to-image", "prompt": "a fox"})
    task_id = made["structuredContent"]["taskId"]
    await door.end_of(task_id)

    response = await door.send(QUERY.replace("task_xxx", task_id))

    record = content_of(response.json(), message_id=8)
    [url] = json.loads(record["resultJson"])["resultUrls"]
    assert record["resultUrls"] == [url]
    assert url.startswith("http://overdoor.test/assets/asset_")
    published = ("taskId", "model", "state", "failCode", "failMsg")
    assert tuple(record[name] for name in published) == (task_id, "gpt-image-2-text-to-image", "success", None, None)
    assert record["completeTime"] - record["createTime"] == record["costTime"] >= 0
    image = await door.client.get(url)
    assert image.headers["content-type"] == "image/png"
