"""The image tool between a model's call and a task."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from overdoor.chat.events import ToolCall
from overdoor.chat.loop import ServerTool
from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.services.names import Request, RequestName
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.tools.registry import server_tool
from overdoor.tools.workplace import Workplace
from overdoor.wiring import Gateway, Surroundings, open_gateway

BASE_URL = "https://overdoor.test"


@pytest.fixture
def workplace(gateway: Gateway, caller: Caller) -> Workplace:
    """Where the tool works for the owner's first test key."""
    return Workplace(gateway.generate, gateway.links, caller, "chat", BASE_URL)


def tool(workplace: Workplace, **parameters: object) -> ServerTool:
    made = server_tool("modelgates:image_generation", parameters, workplace)
    assert made is not None
    return made


def call(arguments: str) -> ToolCall:
    return ToolCall("call_1", "modelgates_image_generation", arguments)


@pytest.mark.parametrize(
    ("asked_type", "name"),
    [
        ("modelgates:image_generation", "modelgates_image_generation"),
        ("openrouter:image_generation", "openrouter_image_generation"),
        ("overdoor:image_generation", "overdoor_image_generation"),
        ("image_generation", "image_generation"),
        ("acme:image_generation", None),
        ("modelgates:web_search", None),
    ],
)
def test_a_tool_is_found_by_its_type_with_any_known_prefix(
    workplace: Workplace, asked_type: str, name: str | None
) -> None:
    """Design 7; a function name holds no colon."""
    found = server_tool(asked_type, {}, workplace)

    assert (found.function.name if found else None) == name


def test_pictures_can_be_named_only_where_the_conversation_has_some(workplace: Workplace) -> None:
    """The model counts them; it never sees or repeats an address."""
    without = tool(workplace).function.definition
    with_two = tool(replace(workplace, pictures=("data:a", "data:b"))).function.definition

    assert properties(without) == ["prompt"]
    assert properties(with_two) == ["prompt", "images"]


def properties(definition: Mapping[str, Any]) -> list[str]:
    return list(definition["parameters"]["properties"])


async def test_the_result_is_the_published_one_with_a_link_that_lives_as_long_as_the_asset(
    workplace: Workplace,
) -> None:
    """Seed 000, Response."""
    result = await tool(workplace, size="512x512").run(call('{"prompt":"a fox sandbox:instant"}'), number=1)

    assert result.picture is not None
    assert result.told == {"status": "ok", "imageUrl": result.picture.url}
    assert result.picture.url.startswith(f"{BASE_URL}/assets/{result.picture.asset.id}.png?")
    assert f"exp={int(result.picture.asset.expires_at.timestamp())}" in result.picture.url
    assert (result.picture.asset.width_px, result.picture.asset.height_px) == (512, 512)
    assert result.charged > 0


@pytest.mark.parametrize(
    ("parameters", "arguments", "told"),
    [
        ({}, "not json", "The arguments are not a JSON object"),
        ({}, "[]", "The arguments are not a JSON object"),
        ({}, "{}", "The prompt is missing or empty."),
        ({}, '{"prompt":"x","images":[1]}', "The conversation has no picture 1."),
        ({"model": "no-such-model"}, '{"prompt":"x"}', "No model is called 'no-such-model'."),
        ({"model": "seedance-2.0-text-to-video"}, '{"prompt":"x"}', "makes no pictures; name an image model."),
        ({"n": 2}, '{"prompt":"x"}', "`n` must be 1"),
        ({}, '{"prompt":"x sandbox:moderation_blocked:output"}', "The result was blocked by content moderation"),
    ],
)
async def test_what_goes_wrong_is_told_in_words_and_costs_nothing(
    workplace: Workplace, parameters: dict[str, object], arguments: str, told: str
) -> None:
    """Seed 000: `{"status": "error", "error": "…"}`."""
    result = await tool(workplace, **parameters).run(call(arguments), number=1)

    assert result.told["status"] == "error"
    assert told in str(result.told["error"])
    assert (result.picture, result.charged) == (None, 0)


async def test_a_key_that_may_not_read_is_refused_before_money_moves(gateway: Gateway, workplace: Workplace) -> None:
    """The picture could be made, but not shown."""
    blind = replace(workplace, caller=replace(workplace.caller, scopes=frozenset({"generate"})))
    before = await gateway.accounts.balance("test")

    result = await tool(blind).run(call('{"prompt":"a fox"}'), number=1)

    assert "lacks the scope `read`" in str(result.told["error"])
    assert await gateway.accounts.balance("test") == before


async def test_a_call_of_a_named_request_finds_its_task_again(gateway: Gateway, workplace: Workplace) -> None:
    """One task for each number; the name of the request is the caller's."""
    key = IdempotencyKey("chat.image_generation", "x-request-id", "r-1")
    name = RequestName(gateway.names, Request(workplace.caller, key.endpoint, {}, is_retry=None), key)
    named = replace(workplace, name=name)
    fox = call('{"prompt":"a fox sandbox:instant"}')

    first = await tool(named).run(fox, number=1)
    again = await tool(named).run(fox, number=1)
    other = await tool(named).run(fox, number=2)

    tasks = [made.picture.asset.task_id for made in (first, again, other) if made.picture is not None]
    assert tasks[0] == tasks[1]
    assert len(set(tasks)) == 2


async def test_a_server_that_stops_says_that_the_picture_is_still_being_made(
    gateway: Gateway, workplace: Workplace
) -> None:
    """Everybody who waits is answered; the task is carried on after the restart."""
    gateway.waiting.release_all()

    result = await tool(workplace).run(call('{"prompt":"a fox sandbox:delay=5s"}'), number=1)

    assert "The server is being stopped; the picture is still being made as task_" in str(result.told["error"])


@pytest.fixture
async def poor_gateway(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Gateway]:
    """A gateway whose owner has no credits."""
    async with open_gateway(replace(settings, test_grant=0), surroundings) as opened:
        yield opened


async def test_missing_credits_are_told_with_the_numbers(poor_gateway: Gateway) -> None:
    """402 cannot happen after the model has begun to speak: it is told in words."""
    assert poor_gateway.first_key is not None
    caller = await poor_gateway.accounts.authenticate(poor_gateway.first_key.secret)
    place = Workplace(poor_gateway.generate, poor_gateway.links, caller, "chat", BASE_URL)

    result = await tool(place).run(call('{"prompt":"a fox"}'), number=1)

    assert "0 are available" in str(result.told["error"])
