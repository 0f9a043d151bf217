"""Names of requests at the doors of chat, and what arrived of them."""

import re
from typing import Any

import pytest

from tests.api.conftest import Answer, Client

CHAT = "/api/v1/chat/completions"
RESPONSES = "/api/v1/responses"
TOOLS = [{"type": "modelgates:image_generation", "size": "512x512"}]
TWO = "Draw two pictures: a fox sandbox:instant and an owl"
BODIES: dict[str, Any] = {
    CHAT: {"messages": [{"role": "user", "content": TWO}], "tools": TOOLS},
    RESPONSES: {"input": TWO, "tools": TOOLS},
}
DOORS = pytest.mark.parametrize("door", [CHAT, RESPONSES], ids=["chat", "responses"])


def pictures(answer: Answer) -> list[str]:
    """The files that the answer shows, in order."""
    assert answer.status == 200, answer.body
    return list(dict.fromkeys(re.findall(r"/assets/(\w+)", answer.raw.decode())))


@DOORS
async def test_a_marked_retry_shows_the_pictures_of_the_first_try_and_equal_first_tries_make_their_own(
    client: Client, door: str
) -> None:
    """Promise: issue 3, idempotency for clients that send no name but mark a retry."""
    first = await client.send("POST", door, json=BODIES[door], headers={"X-Stainless-Retry-Count": "0"})
    retry = await client.send("POST", door, json=BODIES[door], headers={"X-Stainless-Retry-Count": "1"})
    equal = await client.send("POST", door, json=BODIES[door], headers={"X-Stainless-Retry-Count": "0"})

    assert len(pictures(first)) == 2
    assert pictures(retry) == pictures(first)
    assert set(pictures(equal)).isdisjoint(pictures(first))


@DOORS
async def test_an_idempotency_key_of_another_conversation_is_refused(client: Client, door: str) -> None:
    """Promise: issue 3, "strict: a different request → 422"; X-Request-Id answers with the first pictures instead."""
    strict, loose = {"Idempotency-Key": "i-1"}, {"X-Request-Id": "r-1"}
    other = BODIES[door] | {"max_tool_calls": 5}

    first = await client.send("POST", door, json=BODIES[door], headers=strict)
    again = await client.send("POST", door, json=BODIES[door], headers=strict)
    refused = await client.send("POST", door, json=other, headers=strict)
    told = [
        await client.send("POST", door, json=BODIES[door], headers=loose),
        await client.send("POST", door, json=other, headers=loose),
    ]

    assert pictures(first) == pictures(again)
    assert (refused.status, refused.body["error"]["metadata"]["code"]) == (422, "idempotency_key_reused")
    assert pictures(told[0]) == pictures(told[1])
    assert [b"from a different request" in answer.raw for answer in told] == [False, True]


async def test_echo_tells_what_arrived_and_never_the_key(client: Client) -> None:
    """Promise: docs/idempotency.md, behind a proxy."""
    answer = await client.send("GET", "/api/v1/echo", headers={"X-Request-Id": "a", "Idempotency-Key": "b"})

    arrived = answer.body["data"]
    assert (arrived["requestName"], arrived["namesAgree"], arrived["markedAsRetry"]) == ("b", False, None)
    assert arrived["headers"]["x-request-id"] == "a"
    assert arrived["requestId"] == answer.headers["X-Request-Id"]
    assert client.key is not None
    assert client.key.encode() not in answer.raw
