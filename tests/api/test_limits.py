"""Limits as callers meet them at every door."""

import asyncio
import json
from dataclasses import replace

import pytest

from overdoor.domain.limits import Bound
from overdoor.services.accounts import LimitChange
from overdoor.storage.counters import MemoryCounters
from overdoor.wiring import Surroundings
from tests.api.conftest import Answer, Client

CREATE = "/api/v1/jobs/createTask"
RECORD = "/api/v1/jobs/recordInfo?taskId=task_nobody"
CHAT = "/api/v1/chat/completions"
BAD = {"model": "gpt-image-2-text-to-image", "input": {}}  # refused for its content, after it was counted
SECOND = 1_000_000


class Hand:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now_us = 0

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def surroundings(surroundings: Surroundings, hand: Hand) -> Surroundings:
    return replace(surroundings, counters=MemoryCounters(hand))


async def limited(client: Client, limits: str, *, tier: str | None = None) -> Client:
    """The same client with a key of such limits."""
    made = await client.gateway.accounts.create_key("limited", mode="test", tier=tier, limits=limits)
    return replace(client, key=made.secret)


def admitted(answers: list[Answer]) -> int:
    return sum(answer.status != 429 for answer in answers)


async def test_a_burst_of_forty_is_admitted_up_to_the_limit_in_every_window(client: Client, hand: Hand) -> None:
    """Promise: issue, Done when 4: admitted within ±1 of the limit with memory counters; here exactly."""
    own = await limited(client, '{"endpoints": {"jobs.createTask": {"perSecond": 5, "perMinute": 12}}}')

    seen: list[int] = []
    for second in range(4):
        hand.now_us = second * SECOND
        seen.append(admitted(await asyncio.gather(*(own.send("POST", CREATE, json=BAD) for _ in range(40)))))
    hand.now_us = 60 * SECOND
    seen.append(admitted(await asyncio.gather(*(own.send("POST", CREATE, json=BAD) for _ in range(40)))))

    assert seen == [5, 5, 2, 0, 5]


async def test_the_refusal_tells_the_published_fields_and_the_same_wait_in_header_and_body(
    client: Client, hand: Hand
) -> None:
    """Promise: seed 004: retryAfter, limit, tier, windowSeconds; nothing is written for a refused request."""
    own = await limited(client, '{"endpoints": {"jobs.createTask": {"perSecond": 50, "perMinute": 1}}}', tier="free")
    await own.send("POST", CREATE, json=BAD)
    hand.now_us = 1_500_000

    refused = await own.send("POST", CREATE, data=b"no JSON: limits come before the body")

    assert refused.status == 429
    assert refused.body["data"] == {
        "retryAfter": 59,
        "limit": 1,
        "tier": "free",
        "windowSeconds": 60,
        "limitType": "perMinute",
    }
    assert (refused.body["code"], refused.body["error"]) == (429, "rate_limit_exceeded")
    assert refused.body["msg"].startswith("rate limit exceeded")
    assert refused.headers["Retry-After"] == "59"
    assert refused.headers["RateLimit"] == '"jobs.createTask.perMinute";r=0;t=59'
    hand.now_us = 60_500_000
    assert (await own.send("POST", CREATE, json=BAD)).status == 422


async def test_every_answer_of_a_limited_route_tells_of_the_limits_errors_too(client: Client) -> None:
    """Promise: docs/limits.md, headers."""
    own = await limited(client, '{"endpoints": {"jobs.recordInfo": {"perSecond": 3, "perMinute": 9}}}')

    absent = await own.send("GET", RECORD)
    wrong = await own.send("POST", CHAT, json={"model": "sandbox/chat"})
    stranger = await replace(own, key="sk_test_nobody").send("GET", RECORD)

    assert absent.headers["RateLimit-Policy"] == (
        '"jobs.recordInfo.perSecond";q=3;w=1, "jobs.recordInfo.perMinute";q=9;w=60'
    )
    assert (absent.status, absent.headers["RateLimit"]) == (404, '"jobs.recordInfo.perSecond";r=2;t=1')
    assert (wrong.status, wrong.headers["RateLimit"]) == (400, '"chat.perSecond";r=99;t=1')
    assert (stranger.status, "RateLimit" in stranger.headers) == (401, False)


async def test_keys_and_endpoints_are_counted_apart(client: Client) -> None:
    """Promise: docs/limits.md: per key and endpoint."""
    limits = '{"endpoints": {"jobs.createTask": {"perSecond": 1}, "jobs.recordInfo": {"perSecond": 1}}}'
    own, other = await limited(client, limits), await limited(client, limits)

    statuses = [
        (await own.send("POST", CREATE, json=BAD)).status,
        (await own.send("GET", RECORD)).status,
        (await other.send("POST", CREATE, json=BAD)).status,
        (await own.send("POST", CREATE, json=BAD)).status,
    ]

    assert statuses == [422, 404, 422, 429]


async def test_chat_refuses_in_the_dialect_of_openrouter(client: Client) -> None:
    """Promise: docs/errors.md: the same facts in every dialect."""
    own = await limited(client, '{"endpoints": {"chat": {"perSecond": 1}}}')
    await own.send("POST", CHAT, json={})

    refused = await own.send("POST", "/api/v1/responses", json={})

    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    error = refused.body["error"]
    assert error["code"] == 429
    assert error["metadata"] == {
        "retryAfter": 1,
        "limit": 1,
        "tier": "enterprise",
        "windowSeconds": 1,
        "limitType": "perSecond",
        "error_type": "rate_limit_exceeded",
        "code": "rate_limit_exceeded",
        "hint": error["metadata"]["hint"],
    }


@pytest.mark.parametrize("tool", ["generate_image", "generate_video", "get_generation_status", "list_models"])
async def test_a_tool_shares_the_limits_of_its_endpoint_and_refuses_as_a_tool(client: Client, tool: str) -> None:
    """Promise: seed 004: "the tool result returns isError: true and includes retryAfter, limit, tier, …"."""
    limits = '{"endpoints": {"jobs.createTask": {"perSecond": 1}, "jobs.recordInfo": {"perSecond": 1}}}'
    own = await limited(client, limits)
    first = await own.send("POST", CREATE, json=BAD) if tool.startswith("generate") else await own.send("GET", RECORD)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}

    answer = await own.send("POST", "/api/mcp", json=call)

    assert first.status != 429
    assert (answer.status, answer.headers["RateLimit"].partition(";")[2]) == (200, "r=0;t=1")
    result = answer.body["result"]
    assert result["isError"] is True
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    told = {name: result["structuredContent"][name] for name in ("error", "retryAfter", "limit", "windowSeconds")}
    assert told == {"error": "rate limit exceeded", "retryAfter": 1, "limit": 1, "windowSeconds": 1}


async def test_the_handshake_and_the_lists_of_mcp_are_not_counted(client: Client) -> None:
    """Promise: docs/limits.md: a client of the free tier can connect."""
    own = await limited(client, "{}", tier="free")

    for method in ("initialize", "ping", "tools/list", "tools/list", "resources/list"):
        answer = await own.send("POST", "/api/mcp", json={"jsonrpc": "2.0", "id": 1, "method": method})
        assert "result" in answer.body
    assert (await own.send("GET", RECORD)).status == 404


async def test_every_door_counts_the_unfinished_tasks_of_the_key(client: Client) -> None:
    """Promise: issue, Limits: every task a key starts, whichever door; seed 004: the published fields."""
    own = await limited(client, '{"activeTasks": 0}')
    wish = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    call |= {"params": {"name": "generate_image", "arguments": {"model": wish["model"], "prompt": "a fox"}}}
    chat = {
        "model": "sandbox/chat",
        "tools": [{"type": "modelgates:image_generation"}],
        "messages": [{"role": "user", "content": "Create an image of a fox"}],
    }

    job = await own.send("POST", CREATE, json=wish)
    tool = (await own.send("POST", "/api/mcp", json=call)).body["result"]["structuredContent"]
    drawn = await own.send("POST", CHAT, json=chat)

    published = {"retryAfter": 5, "limit": 0, "tier": "enterprise", "windowSeconds": 0, "limitType": "activeTasks"}
    assert (job.status, job.body["data"], job.headers["Retry-After"]) == (429, published, "5")
    assert {name: tool[name] for name in published} == published
    assert drawn.status == 200
    assert "unfinished tasks" in drawn.raw.decode()
    assert "images" not in drawn.body["choices"][0]["message"]


async def test_a_changed_limit_counts_at_once_and_a_key_can_go_back_to_its_account(client: Client) -> None:
    """Promise: docs/cli.md, `keys limits`."""
    accounts = client.gateway.accounts
    own = replace(client, key=(await accounts.create_key("changing", mode="test")).secret)
    before = await own.send("GET", RECORD)
    lowered = await accounts.set_limits("changing", LimitChange("free", '{"activeTasks": 3}'))
    after = await own.send("GET", RECORD)
    back = await accounts.set_limits("changing", LimitChange(limits="{}", has_tier_of_account=True))

    assert '"jobs.recordInfo.perSecond";q=500' in before.headers["RateLimit-Policy"]
    assert '"jobs.recordInfo.perSecond";q=2;' in after.headers["RateLimit-Policy"]
    assert (lowered.name, lowered.active_tasks) == ("free", 3)
    assert (back.name, back.active_tasks) == ("enterprise", 300)


async def test_quiet_keys_are_forgotten() -> None:
    """Promise: docs/limits.md: memory is bounded by the keys of the last two minutes."""
    hand = Hand()
    counters = MemoryCounters(hand)
    for number in range(1_000):
        await counters.take(f"key {number}", (Bound(1, 1), Bound(5, 60)))

    hand.now_us = 61 * SECOND
    await counters.take("the last", (Bound(1, 1),))

    assert counters.names == 1
