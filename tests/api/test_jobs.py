"""The jobs door, through a server that listens. Contract: the jobs API of seed 004 and docs/jobs.md."""

import asyncio
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import Answer, Client
from tests.support.server import Running

CREATE = "/api/v1/jobs/createTask"
FOX = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox in the snow", "aspect_ratio": "16:9"}}
INSTANT = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "sandbox:instant"}}


async def test_a_task_is_created_finished_and_its_picture_opens_at_the_asked_size(client: Client) -> None:
    """Seed 004: createTask answers at once, recordInfo carries `resultJson` with links."""
    created = await client.send("POST", CREATE, json=FOX)

    assert created.status == 200
    assert created.body["code"] == 200
    assert created.body["msg"] == "success"
    assert created.body["data"]["state"] == "waiting"
    task_id = created.body["data"]["taskId"]
    assert task_id.startswith("task_")

    record = await client.finished(task_id)
    assert record["state"] == "success"
    assert record["failCode"] is None
    assert record["failMsg"] is None
    assert record["completeTime"] - record["createTime"] == record["costTime"]
    assert json.loads(record["param"]) == FOX
    assert json.loads(record["resultJson"])["resultUrls"] == record["resultUrls"]
    assert record["creditsCharged"] == 3

    picture = await client.send("GET", record["resultUrls"][0])
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(picture.raw)) as image:
        assert (image.format, image.size) == ("PNG", (1280, 720))


async def test_unknown_fields_of_the_body_are_named_in_a_warning(client: Client) -> None:
    """Promise: docs/jobs.md: nothing is ignored in silence."""
    created = await client.send("POST", CREATE, json=INSTANT | {"webhook": "https://example.com", "priorty": 1})

    assert created.status == 200
    assert "Unknown fields beside `input` were ignored: priorty, webhook." in created.body["data"]["warnings"]


async def test_a_failed_task_says_why_and_costs_nothing(client: Client) -> None:
    """Design: failure releases the hold; `costTime` and `completeTime` stay null as the jobs contract has it."""
    wish = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox sandbox:moderation_blocked"}}
    created = await client.send("POST", CREATE, json=wish)

    record = await client.finished(created.body["data"]["taskId"])

    assert (record["state"], record["failCode"]) == ("fail", "content_policy")
    assert record["failMsg"]
    assert (record["resultJson"], record["costTime"], record["completeTime"]) == (None, None, None)
    assert record["creditsCharged"] == 0


async def test_the_same_request_id_answers_with_the_first_task(client: Client) -> None:
    """Seed 004, "Idempotent Requests"."""
    first = await client.send("POST", CREATE, json=INSTANT, headers={"X-Request-Id": "r-1"})
    again = await client.send("POST", CREATE, json=INSTANT, headers={"X-Request-Id": "r-1"})
    other = await client.send("POST", CREATE, json=FOX, headers={"X-Request-Id": "r-1"})
    both = await client.send("POST", CREATE, json=INSTANT, headers={"X-Request-Id": "r-1", "Idempotency-Key": "r-2"})

    assert again.body["data"]["taskId"] == first.body["data"]["taskId"]
    assert (first.body["data"]["replayed"], again.body["data"]["replayed"]) == (False, True)
    assert other.body["data"]["taskId"] == first.body["data"]["taskId"]
    assert other.body["data"]["warnings"]
    assert (both.status, both.body["error"]) == (400, "invalid_request")


async def test_the_answer_carries_our_request_id_never_the_clients(client: Client) -> None:
    """Design 7."""
    answers = [
        await client.send("POST", CREATE, json=INSTANT, headers={"X-Request-Id": "mine"}),
        await client.send("GET", "/nowhere"),
        await client.send("GET", "/healthz"),
    ]

    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(each.startswith("req_") for each in ids)
    assert len(set(ids)) == len(ids)


async def test_a_key_is_taken_from_each_of_its_three_places(client: Client) -> None:
    """Issue: `Authorization: Bearer`, `X-API-Key`; proxies that split headers send the bare key."""
    assert client.key is not None
    path = "/api/v1/jobs/recordInfo?taskId=task_none"
    nobody = replace(client, key=None)

    by_bearer = await nobody.send("GET", path, headers={"Authorization": f"bearer {client.key}"})
    by_header = await nobody.send("GET", path, headers={"X-API-Key": client.key})
    bare = await nobody.send("GET", path, headers={"Authorization": client.key})

    assert [answer.status for answer in (by_bearer, by_header, bare)] == [404, 404, 404]


def _png(width_px: int) -> str:
    return f"http://10.0.0.1/{width_px}.png"


BAD_INPUT: list[Any] = [
    pytest.param({"data": b'{"model": '}, 400, "invalid_request", id="malformed JSON"),
    pytest.param({"data": b"[]"}, 400, "invalid_request", id="no object"),
    pytest.param({"json": {"input": {"prompt": "x"}}}, 422, "model_not_supported", id="no model"),
    pytest.param({"json": {"model": 7, "input": {}}}, 422, "invalid_option", id="model of a wrong type"),
    pytest.param({"json": {**FOX, "model": "gpt-imagine-2"}}, 422, "model_not_supported", id="unknown model"),
    pytest.param({"json": {**FOX, "input": {}}}, 422, "prompt_required", id="no prompt"),
    pytest.param({"json": {**FOX, "input": {"prompt": "  "}}}, 422, "prompt_required", id="empty prompt"),
    pytest.param({"json": {**FOX, "input": {"prompt": 7}}}, 422, "invalid_option", id="prompt of a wrong type"),
    pytest.param({"json": {**FOX, "input": "x"}}, 422, "invalid_option", id="input of a wrong type"),
    pytest.param(
        {"json": {"model": "gpt-image-2-image-to-image", "input": {"prompt": "x"}}},
        422,
        "inputs_required",
        id="no input",
    ),
    pytest.param(
        {"json": {"model": "gpt-image-2-image-to-image", "input": {"prompt": "x", "input_urls": [_png(1)]}}},
        422,
        "forbidden_address",
        id="private input",
    ),
    pytest.param({"json": {**FOX, "callBackUrl": _png(1)}}, 422, "forbidden_address", id="private callback"),
    pytest.param(
        {"json": {**FOX, "input": {"prompt": "x", "resolution": "9K"}}}, 422, "invalid_option", id="value out of range"
    ),
    pytest.param(
        {"json": {"model": "seedance-2.0-text-to-video", "input": {"prompt": "x", "duration": 99}}},
        422,
        "invalid_option",
        id="number out of range",
    ),
    pytest.param(
        {"json": {**FOX, "input": {"prompt": "x sandbox:insufficient_credits"}}},
        402,
        "insufficient_credits",
        id="no credits",
    ),
    pytest.param(
        {"json": FOX, "headers": {"Authorization": "Bearer sk_test_nope"}}, 401, "authentication_failed", id="bad key"
    ),
    pytest.param({"json": FOX, "headers": {"X-Request-Id": "x" * 300}}, 400, "invalid_request", id="long request id"),
]


@pytest.mark.parametrize(("request_", "status", "code"), BAD_INPUT)
async def test_bad_input_is_refused_in_the_doors_envelope_and_costs_nothing(
    server: Running, client: Client, request_: dict[str, Any], status: int, code: str
) -> None:
    """Issue, "Bad input is refused with a clear error and costs nothing"."""
    before = await server.gateway.accounts.balance("test")

    answer = await client.send("POST", CREATE, **request_)

    assert (answer.status, answer.body["code"], answer.body["error"]) == (status, status, code)
    assert answer.body["msg"]
    assert answer.body["hint"]
    assert await server.gateway.accounts.balance("test") == before


async def test_an_unknown_model_is_answered_with_the_closest_names(client: Client) -> None:
    """Issue: "unknown model (with the closest names)"."""
    answer = await client.send("POST", CREATE, json={**FOX, "model": "gpt-image-2-text-to-imag"})

    assert "gpt-image-2-text-to-image" in answer.body["data"]["closest"]


async def test_a_body_of_200_mb_is_refused_before_it_is_read(client: Client) -> None:
    """Issue: body limits per route. Only the announced length is needed for the refusal."""
    url = client.url.removeprefix("http://")
    host, port = url.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {CREATE} HTTP/1.1\r\nHost: {url}\r\nX-API-Key: {client.key}\r\nContent-Length: 200000000\r\n\r\n"
    writer.write(head.encode())

    status_line = await reader.readline()

    assert status_line.split()[1] == b"413"
    writer.close()
    await writer.wait_closed()


async def test_a_body_without_a_length_is_counted_while_it_comes(client: Client) -> None:
    """The same limit for chunked bodies: 64 MB for JSON that may hold data URLs."""

    async def endless() -> Any:
        for _ in range(70):
            yield b" " * 1024 * 1024

    async with client.session.post(
        client.url + CREATE, data=endless(), headers={"X-API-Key": client.key or ""}
    ) as response:
        assert response.status == 413


async def test_a_wrong_method_and_an_unknown_path_answer_in_the_dialect_of_their_door(client: Client) -> None:
    """Issue: each in the dialect of its door, the framework's own errors too."""
    wrong = await client.send("DELETE", CREATE)
    unknown = await client.send("GET", "/api/v1/jobs/nothing")
    elsewhere = await client.send("GET", "/api/v1/nothing")

    assert (wrong.status, wrong.body["code"], wrong.body["error"]) == (405, 405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]
    assert (unknown.status, unknown.body["code"], unknown.body["error"]) == (404, 404, "not_found")
    assert (elsewhere.status, elsewhere.body["error"]["code"]) == (404, 404)


async def test_a_disabled_key_is_refused_in_the_same_words_as_an_unknown_one(server: Running, client: Client) -> None:
    """Seed 004, error table: one answer for missing, malformed, unknown and disabled."""
    made = await server.gateway.accounts.create_key("doomed", mode="test")
    doomed = replace(client, key=made.secret)
    assert (await doomed.send("POST", CREATE, json=INSTANT)).status == 200

    await server.gateway.accounts.revoke_key("doomed")
    disabled = await doomed.send("POST", CREATE, json=INSTANT)
    unknown = await replace(client, key="sk_test_x").send("POST", CREATE, json=INSTANT)
    missing = await replace(client, key=None).send("POST", CREATE, json=INSTANT)

    assert [answer.status for answer in (disabled, unknown, missing)] == [401, 401, 401]
    assert disabled.body == unknown.body == missing.body
    assert disabled.headers["WWW-Authenticate"].startswith("Bearer")


async def test_another_keys_task_is_not_found(server: Running, client: Client) -> None:
    """Design 6: a key sees the tasks that it created; everybody else gets 404 in the same words."""
    created = await client.send("POST", CREATE, json=INSTANT)
    task_id = created.body["data"]["taskId"]
    other = replace(client, key=(await server.gateway.accounts.create_key("other", mode="test")).secret)
    auditor = replace(
        client,
        key=(await server.gateway.accounts.create_key("auditor", mode="live", scopes=("read", "account:read"))).secret,
    )

    path = f"/api/v1/jobs/recordInfo?taskId={task_id}"
    hidden = await other.send("GET", path)
    absent = await other.send("GET", "/api/v1/jobs/recordInfo?taskId=task_none")
    seen = await auditor.send("GET", path)
    refused = await auditor.send("POST", CREATE, json=INSTANT)

    assert (hidden.status, hidden.body["error"]) == (404, "task_not_found")
    assert (absent.status, absent.body["error"]) == (404, "task_not_found")
    assert seen.body["data"]["mode"] == "test"
    assert (refused.status, refused.body["error"]) == (403, "permission_denied")


async def test_a_live_key_never_gets_the_sandbox(server: Running, client: Client) -> None:
    """Design 6: a live key never falls back to the sandbox and may not name it."""
    live = replace(client, key=(await server.gateway.accounts.create_key("live", mode="live")).secret)

    real = await live.send("POST", CREATE, json=FOX)
    sandbox = await live.send("POST", CREATE, json={"model": "sandbox/image-1", "input": {"prompt": "x"}})

    assert (real.status, real.body["error"]) == (422, "model_not_supported")
    assert (sandbox.status, sandbox.body["error"]) == (422, "model_not_supported")


async def test_too_many_unfinished_tasks_are_refused_with_what_to_do(server: Running, client: Client) -> None:
    """Seed 004, error table: "too many active tasks"."""
    made = await server.gateway.accounts.create_key("small", mode="test", limits='{"activeTasks": 2}')
    small = replace(client, key=made.secret)
    slow = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "x sandbox:delay=60s"}}

    answers = [await small.send("POST", CREATE, json=slow) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    refused: Answer = answers[-1]
    assert refused.body["msg"].startswith("too many active tasks")
    assert refused.body["data"]["limit"] == 2
    assert int(refused.headers["Retry-After"]) > 0


async def test_a_waiting_task_is_canceled_and_the_record_says_so(client: Client) -> None:
    """Promise: docs/jobs.md, Cancel."""
    slow = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox sandbox:delay=60"}}
    task_id = (await client.send("POST", CREATE, json=slow)).body["data"]["taskId"]

    answers = [await client.send("POST", "/api/v1/jobs/cancel", json={"taskId": task_id}) for _ in range(2)]

    for answer in answers:
        record = answer.body["data"]
        assert (answer.status, record["state"], record["failCode"]) == (200, "fail", "canceled")
        assert (record["cancel"], record["creditsCharged"]) == ("canceled", 0)
        assert "given back" in record["cancelMessage"]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"taskId": "task_nobody"}, 404, "task_not_found"),
        ({"taskId": "task_\x00"}, 404, "task_not_found"),
        ({"taskId": 7}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ([], 400, "invalid_request"),
    ],
)
async def test_a_cancel_that_names_no_task_of_the_key_is_refused(
    client: Client, body: object, status: int, error: str
) -> None:
    answer = await client.send("POST", "/api/v1/jobs/cancel", json=body)

    assert (answer.status, answer.body["error"]) == (status, error)
