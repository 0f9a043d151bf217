"""The four tools: arguments, refusals, and what is told to a model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from overdoor.domain.access import Caller
from overdoor.domain.limits import Endpoint
from overdoor.errors import RateLimitExceeded
from overdoor.mcp_server.tools import GatewayTools, Visit, refusal
from overdoor.services.accounts import LimitChange
from overdoor.wiring import Gateway
from tests.mcp_server.door import McpDoor, open_door
from tests.support.settings import hermetic_settings

FOX: Mapping[str, object] = {"model": "gpt-image-2-text-to-image", "prompt": "a fox"}
SLOW_FOX: Mapping[str, object] = {**FOX, "prompt": "a fox sandbox:delay=100s"}


async def refused(door: McpDoor, tool: str, arguments: Mapping[str, object]) -> Any:
    """The structured content of a call that must be refused."""
    result = await door.call(tool, arguments)
    assert result["isError"] is True
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


@pytest.mark.parametrize(
    ("tool", "arguments", "error"),
    [
        ("generate_image", {"model": "dall-e-9", "prompt": "a fox"}, "model is not supported"),
        ("generate_image", {"prompt": "a fox"}, "model is not supported"),
        ("generate_image", {"model": "sandbox/chat", "prompt": "a fox"}, "model is not supported"),
        ("generate_image", {"model": "gpt-image-2-text-to-image"}, "prompt is required"),
        ("generate_video", {"model": "seedance-2.0-text-to-video", "prompt": " "}, "prompt is required"),
        ("generate_image", {"model": "gpt-image-2-image-to-image", "prompt": "a fox"}, "input_urls is required"),
        ("generate_video", {"model": "seedance-2.0-image-to-video", "prompt": "a fox"}, "image_urls is required"),
        ("generate_image", {**FOX, "quality": "best"}, "invalid parameters"),
        ("generate_image", {**FOX, "input": "a fox"}, "invalid parameters"),
        ("generate_image", {**FOX, "input": {"prompt": "a cat"}}, "invalid parameters"),
        ("generate_image", {**FOX, "request_id": "r" * 256}, "invalid parameters"),
        ("generate_image", {**FOX, "callBackUrl": "http://10.0.0.1/hook"}, "invalid parameters"),
        ("list_models", {"mediaType": "audio"}, "invalid parameters"),
        ("get_generation_status", {}, "invalid parameters"),
        ("get_generation_status", {"taskId": 7}, "invalid parameters"),
        ("get_generation_status", {"taskId": "task_xxx"}, "task not found"),
    ],
)
async def test_a_refusal_is_told_in_the_published_words(
    door: McpDoor, tool: str, arguments: Mapping[str, object], error: str
) -> None:
    """Promise: seed 004, "Common errors"."""
    told = await refused(door, tool, arguments)

    assert told["error"] == error
    assert {"code", "message", "hint"} <= set(told)


@pytest.mark.parametrize(
    ("tool", "model", "other"),
    [
        ("generate_image", "seedance-2.0-text-to-video", "generate_video"),
        ("generate_video", "gpt-image-2-text-to-image", "generate_image"),
    ],
)
async def test_a_model_of_the_other_medium_is_refused_with_the_right_tool(
    door: McpDoor, tool: str, model: str, other: str
) -> None:
    """Promise: seed 004, generate_image makes images and generate_video makes videos."""
    told = await refused(door, tool, {"model": model, "prompt": "a fox"})

    assert told["error"] == "model is not supported"
    assert other in told["hint"]


async def test_too_many_active_tasks_are_refused_with_the_limit(tmp_path: Path) -> None:
    """Promise: seed 004, "API key active task limits still apply"."""
    async with open_door(hermetic_settings(tmp_path / "data", default_tier="free")) as door:
        rate = '{"activeTasks": 1, "endpoints": {"jobs.createTask": {"perSecond": 5}}}'
        await door.gateway.accounts.set_limits("agent", LimitChange(limits=rate))
        await door.call("generate_image", SLOW_FOX)

        told = await refused(door, "generate_image", SLOW_FOX)

    assert told["error"] == "too many active tasks"
    assert (told["limit"], told["tier"]) == (1, "free")


async def test_a_task_that_cannot_be_paid_is_refused_with_both_amounts(tmp_path: Path) -> None:
    """Promise: seed 004, "Creating a task checks the user's remaining credits"."""
    async with open_door(hermetic_settings(tmp_path / "data", test_grant=2)) as door:
        told = await refused(door, "generate_image", FOX)

    assert told["error"] == "insufficient credits"
    assert (told["price"], told["available"]) == (3, 2)


def test_a_rate_limit_names_when_to_come_back() -> None:
    """Promise: seed 004, "includes retryAfter, limit, tier, and windowSeconds"."""
    told = refusal(RateLimitExceeded(retry_after_s=7, limit=20, tier="free", window_s=60))

    assert told == {
        "error": "rate limit exceeded",
        "code": "rate_limit_exceeded",
        "message": "More than 20 requests in 60 s; the tier is 'free'.",
        "hint": "Wait 7 s, then send the request again.",
        "retryAfter": 7,
        "limit": 20,
        "tier": "free",
        "windowSeconds": 60,
        "limitType": "perMinute",
    }


async def uncounted(_: Endpoint) -> None:
    """A visit whose calls nobody counts."""


async def test_a_key_without_the_scope_is_refused_by_the_tool(tmp_path: Path) -> None:
    """Promise: scopes `generate` and `read` are the same at every door."""
    async with open_door(hermetic_settings(tmp_path / "data"), scopes=("read",)) as door:
        told = await refused(door, "generate_image", FOX)

    assert told["error"] == "permission denied"


async def test_a_key_that_cannot_read_is_told_where_the_result_will_be(tmp_path: Path) -> None:
    """Promise: `next` names no way that the key is refused."""
    told: list[str] = []
    async with open_door(hermetic_settings(tmp_path / "data"), scopes=("generate",)) as door:
        for more in ({}, {"callBackUrl": "https://93.184.215.14/hook"}):
            result = (await door.call("generate_image", {**FOX, **more}))["structuredContent"]
            denied = await refused(door, "get_generation_status", {"taskId": result["taskId"]})
            assert denied["error"] == "permission denied"
            told.append(result["next"])

    assert all("lacks the scope read" in each and "account:read" in each for each in told)
    assert ["comes by no callback" in each for each in told] == [True, False]
    assert "told to the callback URL" in told[1]


async def test_a_bug_is_told_with_the_request_id_only(gateway: Gateway, caller: Caller) -> None:
    """Promise: docs of errors: a bug becomes an answer that names the request, and the log has the rest."""

    def fail() -> NoReturn:
        raise RuntimeError("a secret of the inside")

    visit = Visit(
        gateway, caller, base_url="http://overdoor.test", request_id="req_1", count=uncounted, header_key=fail
    )

    result = await GatewayTools(visit).call("generate_image", FOX)

    assert result["isError"] is True
    assert (result["structuredContent"]["error"], result["structuredContent"]["requestId"]) == (
        "internal error",
        "req_1",
    )
    assert "secret" not in json.dumps(result)


async def test_both_argument_forms_make_the_same_task(door: McpDoor) -> None:
    """Promise: seed 004, "Both formats are mapped to the existing public API request structure"."""
    options = {"prompt": "a fox", "aspect_ratio": "16:9", "resolution": "2K"}
    hook = "https://example.com/hook"

    flat = await door.call("generate_image", {"model": FOX["model"], **options, "callBackUrl": hook})
    nested = await door.call("generate_image", {"model": FOX["model"], "input": options, "callbackUrl": hook})

    ids = [made["structuredContent"]["taskId"] for made in (flat, nested)]
    records = [(await door.call("get_generation_status", {"taskId": one}))["structuredContent"] for one in ids]
    assert records[0]["param"] == records[1]["param"]
    assert json.loads(records[0]["param"]) == {"model": FOX["model"], "input": options, "callBackUrl": hook}


async def test_request_id_in_the_arguments_names_the_request(door: McpDoor) -> None:
    """Promise: the description of `request_id`: the first task is answered and nothing is charged twice."""
    first = await door.call("generate_image", {**FOX, "request_id": "wish-1"})
    again = await door.call("generate_image", {**FOX, "request_id": "wish-1"})
    other = await door.call("generate_image", {**FOX, "request_id": "wish-2"})

    ids = [made["structuredContent"]["taskId"] for made in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert [made["structuredContent"].get("replayed", False) for made in (first, again, other)] == [False, True, False]


async def test_an_unknown_option_is_reported_and_not_dropped(door: McpDoor) -> None:
    """Promise: design.md, "an option silently dropped" never happens."""
    made = await door.call("generate_image", {**FOX, "ascpect_ratio": "16:9"})

    [warning] = made["structuredContent"]["warnings"]
    assert "ascpect_ratio" in warning


async def test_a_failed_task_says_why_and_gives_the_credits_back(door: McpDoor) -> None:
    """Promise: seed 004, "The task failed; check failCode and failMsg"."""
    made = await door.call("generate_image", {**FOX, "prompt": "a fox sandbox:upstream_500"})
    task_id = made["structuredContent"]["taskId"]
    await door.end_of(task_id)

    record = (await door.call("get_generation_status", {"taskId": task_id}))["structuredContent"]

    assert (record["state"], record["resultJson"], record["completeTime"]) == ("fail", None, None)
    assert record["failCode"]
    assert record["failMsg"]
    assert record["creditsCharged"] == 0


async def test_list_models_tells_inputs_with_ranges_and_prices(door: McpDoor) -> None:
    """Promise: seed 004, "For the most accurate online model list and input fields, call list_models first"."""
    models = (await door.call("list_models", {}))["structuredContent"]["models"]

    assert {model["type"] for model in models} == {"image", "video"}
    [clip] = [model for model in models if model["model"] == "seedance-2.0-text-to-video"]
    assert (clip["type"], clip["scene"], clip["requiredInput"]) == ("video", "Text to video", ["prompt"])
    assert clip["price"] == {"per": "second", "credits": {"480p": 20, "720p": 40, "1080p": 80}, "by": ["resolution"]}
    assert clip["inputs"]["duration"] | {"description": ""} == {
        "type": "integer",
        "minimum": 4,
        "maximum": 15,
        "default": 5,
        "description": "",
    }
    assert clip["inputs"]["resolution"] == {"type": "string", "enum": ["480p", "720p", "1080p"], "default": "720p"}


async def test_every_model_can_be_asked_for_with_what_list_models_says(door: McpDoor) -> None:
    """Promise: requiredInput is enough, and every default in `inputs` is taken."""
    values = {
        "prompt": "a fox",
        "input_urls": ["https://example.com/a.png"],
        "image_urls": ["https://example.com/a.png"],
    }
    models = (await door.call("list_models", {}))["structuredContent"]["models"]

    for model in models:
        needed = {name: values[name] for name in model["requiredInput"]}
        defaults = {name: rule["default"] for name, rule in model["inputs"].items() if "default" in rule}
        made = await door.call(f"generate_{model['type']}", {"model": model["model"], **needed, **defaults})
        assert made["isError"] is False, made


async def test_tools_name_the_models_that_the_key_can_use(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: the input schema holds the live catalogue; a live key is never shown what only the sandbox serves."""
    visit = Visit(
        gateway,
        live_caller,
        base_url="http://overdoor.test",
        request_id="req_1",
        count=uncounted,
        header_key=lambda: None,
    )

    tools = {str(tool["name"]): tool for tool in GatewayTools(visit).listed()}

    image = tools["generate_image"]["inputSchema"]["properties"]["model"]
    assert image["enum"] == ["image-upscale", "image-remove-background"]
    assert "enum" not in tools["generate_video"]["inputSchema"]["properties"]["model"]


async def test_no_output_schema_can_hide_an_error(door: McpDoor) -> None:
    """Promise: mcp.md section 1: the TypeScript SDK 1.x checks error results against the output schema."""
    tools = (await door.ask("tools/list"))["result"]["tools"]

    for tool in tools:
        assert "required" not in tool["outputSchema"]
        assert tool["outputSchema"]["type"] == "object"
        assert tool["annotations"]["title"] == tool["title"]
