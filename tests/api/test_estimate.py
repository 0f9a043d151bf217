"""The price before anything is owed. Contract: docs/jobs.md, "estimate"."""

from dataclasses import replace
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.test_jobs import BAD_INPUT, CREATE, FOX
from tests.support.following import counts
from tests.support.server import Running

ESTIMATE = "/api/v1/jobs/estimate"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
CLIP = {"model": "seedance-2.0-text-to-video", "input": {"prompt": "waves", "duration": -1}}


async def test_an_estimate_names_the_price_and_the_parameters_and_writes_nothing(
    server: Running, client: Client
) -> None:
    """Promise: docs/jobs.md#estimate."""
    before = await server.gateway.accounts.balance("test")

    answer = await client.send("POST", ESTIMATE, json=FOX)
    data = answer.body["data"]

    assert (answer.status, answer.body["code"]) == (200, 200)
    assert (data["model"], data["credits"], data["affordable"]) == ("gpt-image-2-text-to-image", 3, True)
    assert data["parameters"]["size"] == "1280x720"
    assert data["balanceAfter"] == data["creditsAvailable"] - 3
    assert await counts(server.gateway) == (0, 0)
    assert await server.gateway.accounts.balance("test") == before


async def test_an_estimate_is_what_the_task_then_holds(client: Client) -> None:
    """Promise: the same function prices everywhere; `duration: -1` is priced as the longest clip."""
    estimated = await client.send("POST", ESTIMATE, json=CLIP)
    created = await client.send("POST", CREATE, json=CLIP)

    assert estimated.body["data"]["credits"] == created.body["data"]["creditsReserved"]
    assert estimated.body["data"]["warnings"] == created.body["data"]["warnings"]
    assert estimated.body["data"]["parameters"]["duration"] == -1


@pytest.mark.parametrize(("request_", "status", "code"), BAD_INPUT)
async def test_what_would_be_refused_is_refused_in_the_same_words(
    client: Client, request_: dict[str, Any], status: int, code: str
) -> None:
    """Promise: docs/jobs.md#estimate, the same validation as createTask."""
    if "headers" in request_ and "X-Request-Id" in request_["headers"]:
        pytest.skip("an estimate has no idempotency key")
    estimated = await client.send("POST", ESTIMATE, **request_)
    created = await client.send("POST", CREATE, **request_)

    assert (estimated.status, estimated.body["error"]) == (status, code)
    assert estimated.body == created.body


async def test_a_balance_that_would_not_do_is_said_and_not_refused(server: Running, client: Client) -> None:
    """Promise: docs/jobs.md#estimate, `affordable`."""
    available = (await server.gateway.accounts.balance("test")).available
    await server.gateway.accounts.grant("test", type(available)(-available))

    data = (await client.send("POST", ESTIMATE, json=FOX)).body["data"]
    refused = await client.send("POST", CREATE, json=FOX)

    assert (data["affordable"], data["creditsAvailable"], data["balanceAfter"]) == (False, 0, None)
    assert refused.status == 402
    assert data["refusal"] == {name: refused.body[name] for name in ("error", "msg", "hint")}


async def test_a_key_that_reads_may_ask_and_one_that_manages_may_not(server: Running, client: Client) -> None:
    """Promise: docs/jobs.md#estimate: scope `read` or `generate`."""

    async def status_of(*scopes: Any) -> int:
        made = await server.gateway.accounts.create_key("-".join(scopes), mode="test", scopes=scopes)
        return (await replace(client, key=made.secret).send("POST", ESTIMATE, json=FOX)).status

    assert [await status_of("read"), await status_of("generate"), await status_of("manage")] == [200, 200, 403]


async def test_a_data_url_is_looked_at_and_not_stored(server: Running, client: Client) -> None:
    """Promise: docs/jobs.md#estimate: nothing is written."""
    wish = {"model": "gpt-image-2-image-to-image", "input": {"prompt": "brighter", "input_urls": [PIXEL]}}

    answer = await client.send("POST", ESTIMATE, json=wish)

    assert answer.body["data"]["parameters"]["inputs"] == 1
    assert [path for path in (server.gateway.settings.data / "assets").rglob("*") if path.is_file()] == []
