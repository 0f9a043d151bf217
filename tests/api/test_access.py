"""Who may do what: every operation of the OpenAPI document by every kind of caller. Design, decision 6.

A new operation fails here until it has a row: how to ask for the owner's task, and what each caller is answered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from overdoor.config import Settings
from overdoor.domain.access import hash_key, mint_key
from overdoor.domain.callback import Callback
from overdoor.storage import accounts, callbacks
from overdoor.storage.db import Tx
from overdoor.units import CallbackId, KeyId, TaskId, new_id, utc_now
from tests.api.conftest import Client
from tests.support.pictures import png
from tests.support.server import Running
from tests.support.tasks import open_account

WISH = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "a fox sandbox:instant"}}
SAID = {"messages": [{"role": "user", "content": "Good morning"}]}
OWNERS = {**WISH, "input": {"prompt": "the fox of the owner sandbox:instant"}}
MARKS = (b"the fox of the owner", b"\x89PNG")  # of an answer that shows the owner's task or its file

# owner: the key that made the task. sibling: another key of its account. overseer: one with `account:read`.
# stranger: of another account. live: of the same account, in the other mode. narrow: lacks each scope asked for.
CALLERS = ("owner", "sibling", "overseer", "stranger", "live", "narrow", "disabled", "nobody")

Row = Mapping[str, str]


def row(
    owner: str,
    *,
    sibling: str | None = None,
    overseer: str | None = None,
    stranger: str | None = None,
    live: str | None = None,
    narrow: str | None = None,
    strangers: str = "401",
) -> Row:
    """What each caller is answered; as the owner, where nothing else is said. strangers: without a good key."""
    given = (owner, sibling, overseer, stranger, live, narrow, strangers, strangers)
    return {caller: answer or owner for caller, answer in zip(CALLERS, given, strict=True)}


EVERYBODY = row("200", strangers="200")
WHOEVER_HAS_A_KEY = row("200")
SEEN_BY_OWNER_AND_OVERSEER = row("200 shown", sibling="404", stranger="404", live="404", narrow="403")

ACTED_ON_BY_ITS_MAKER = {**SEEN_BY_OWNER_AND_OVERSEER, "overseer": "404"}


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask for the owner's task.

    path, body: with `{task}`, `{link}` and `{upload}` to be filled in. file: a body that is no JSON.
    """

    path: str
    answers: Row
    body: Any = None
    file: bytes | None = None


MATRIX: Mapping[str, Asking] = {
    "jobs.createTask": Asking("/api/v1/jobs/createTask", row("200", live="422", narrow="403"), WISH),
    "jobs.estimate": Asking("/api/v1/jobs/estimate", row("200", live="422", narrow="403"), WISH),
    "jobs.list": Asking("/api/v1/jobs", row("200 shown", sibling="200", stranger="200", live="200", narrow="403")),
    "jobs.recordInfo": Asking("/api/v1/jobs/recordInfo?taskId={task}", SEEN_BY_OWNER_AND_OVERSEER),
    "jobs.events": Asking("/api/v1/jobs/events?taskId={task}", SEEN_BY_OWNER_AND_OVERSEER),
    "jobs.cancel": Asking("/api/v1/jobs/cancel", SEEN_BY_OWNER_AND_OVERSEER, {"taskId": "{task}"}),
    "callbacks.list": Asking(
        "/api/v1/callbacks", row("200 shown", sibling="200", stranger="200", live="200", narrow="403")
    ),
    "callbacks.read": Asking("/api/v1/callbacks/{callback}", SEEN_BY_OWNER_AND_OVERSEER),
    "callbacks.replay": Asking("/api/v1/callbacks/{callback}/replay", ACTED_ON_BY_ITS_MAKER),
    # the address is a private one, which every key that may ask is refused
    "callbacks.test": Asking("/api/v1/callbacks/test", row("422", narrow="403"), {"url": "https://10.0.0.1/told"}),
    "callbacks.endpoints": Asking("/api/v1/callbacks/endpoints", row("200", narrow="403")),
    "callbacks.enable": Asking(
        "/api/v1/callbacks/endpoints/enable", row("200", narrow="403"), {"url": "https://example.org/told"}
    ),
    # whoever has the secret can forge callbacks: only a key with `manage`
    "callbacks.signing": Asking("/api/v1/callbacks/signing", row("403", narrow="200")),
    "callbacks.changeSigning": Asking("/api/v1/callbacks/signing", row("403", narrow="200"), {}),
    "jobs.delete": Asking("/api/v1/jobs/delete", ACTED_ON_BY_ITS_MAKER, {"taskId": "{spare_task}"}),
    # only the token of the address, which nobody but the provider knows, is a permission
    "providers.callback": Asking(
        "/api/v1/providers/sandbox/callback/{task}/guessed", row("404", strangers="404"), {"state": "ready"}
    ),
    # no chat model serves live keys yet
    "chat.completions.create": Asking("/api/v1/chat/completions", row("200", live="404", narrow="403"), SAID),
    "responses.create": Asking("/api/v1/responses", row("200", live="404", narrow="403"), {"input": "Good morning"}),
    "v1.chat.completions.create": Asking("/v1/chat/completions", row("200", live="404", narrow="403"), SAID),
    "v1.responses.create": Asking("/v1/responses", row("200", live="404", narrow="403"), {"input": "Good morning"}),
    "images.generate": Asking(
        "/v1/images/generations", row("200", live="404", narrow="403"), {"prompt": "sandbox:instant a fox"}
    ),
    "models.list": Asking("/v1/models", row("200", narrow="403")),
    "models.read": Asking("/v1/models/openai/gpt-image-1", row("200", narrow="403")),
    "mcp.receive": Asking(
        "/api/mcp",
        row("200 shown", sibling="200", stranger="200", live="200", narrow="200"),
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "get_generation_status", "arguments": {"taskId": "{task}"}},
        },
    ),
    "files.upload": Asking("/api/v1/files", row("200", narrow="403"), file=png()),
    "files.list": Asking("/api/v1/files", row("200 shown", sibling="200", stranger="200", live="200", narrow="403")),
    "files.show": Asking("/api/v1/files/{upload}", SEEN_BY_OWNER_AND_OVERSEER),
    "files.link": Asking(
        "/api/v1/files/{upload}/link", row("200", sibling="404", stranger="404", live="404", narrow="403"), {}
    ),
    "files.delete": Asking("/api/v1/files/{spare_upload}", ACTED_ON_BY_ITS_MAKER | {"owner": "200"}),
    "mcp.describe": Asking("/api/mcp", EVERYBODY),
    "assets.read": Asking("{link}", row("200 shown", strangers="200 shown")),
    "assets.read.head": Asking("{link}", EVERYBODY),
    "service.index": Asking("/", EVERYBODY),
    "service.index.head": Asking("/", EVERYBODY),
    "service.healthz": Asking("/healthz", EVERYBODY),
    "service.healthz.head": Asking("/healthz", EVERYBODY),
    "service.readyz": Asking("/readyz", EVERYBODY),
    "service.readyz.head": Asking("/readyz", EVERYBODY),
    "service.echo": Asking("/api/v1/echo", WHOEVER_HAS_A_KEY),
    "service.openapi": Asking("/openapi.json", EVERYBODY),
}


async def key_of_another_account(server: Running, settings: Settings) -> str:
    """A test key whose account has nothing to do with the owner's."""
    pepper = bytes.fromhex((settings.data / "secret.key").read_text(encoding="ascii"))
    secret = mint_key("test")

    def work(tx: Tx) -> None:
        account_id = open_account(tx, available=10_000_000)
        [key] = accounts.keys_of(tx, account_id)
        accounts.add_key(tx, replace(key, id=KeyId(new_id("key"))), secret_hash=hash_key(secret, pepper))

    await server.gateway.database.write(work)
    return secret


async def failed_callback(client: Client, task_id: TaskId) -> CallbackId:
    """A callback of the owner's task, to an address that is never called: a private one."""
    caller = await client.gateway.accounts.authenticate(client.key)
    callback = Callback(
        id=CallbackId(new_id("cb")),
        task_id=task_id,
        account_id=caller.account_id,
        key_id=caller.key_id,
        mode=caller.mode,
        url="https://10.0.0.1/told?about=the fox of the owner",
        created_at=utc_now(),
    )

    def work(tx: Tx) -> None:
        callbacks.add(tx, callback)
        callbacks.give_up(tx, callback, error="It was never sent.")

    await client.gateway.database.write(work)
    return callback.id


@pytest.fixture
async def callers(client: Client, server: Running, settings: Settings) -> Mapping[str, Client]:
    """A client for each kind of caller; the owner is `client`."""
    keys = server.gateway.accounts
    disabled = await keys.create_key("disabled", mode="test")
    secrets = {
        "owner": client.key,
        "sibling": (await keys.create_key("sibling", mode="test")).secret,
        "overseer": (await keys.create_key("o", mode="test", scopes=("generate", "read", "account:read"))).secret,
        "stranger": await key_of_another_account(server, settings),
        "live": (await keys.create_key("live", mode="live")).secret,
        "narrow": (await keys.create_key("narrow", mode="test", scopes=("manage",))).secret,
        "disabled": disabled.secret,
        "nobody": None,
    }
    await keys.revoke_key(disabled.key.id)
    return {name: replace(client, key=secrets[name]) for name in CALLERS}


async def told(client: Client, method: str, asking: Asking, **named: str) -> str:
    """The status, and whether the owner's task or file was shown."""
    path = asking.path.format(**named)
    if asking.file is None:
        text = json.dumps(asking.body)
        for name, value in named.items():
            text = text.replace(f"{{{name}}}", value)
        body = json.loads(text)
        answer = await client.send(method.upper(), path, json=body)
    else:
        headers = {"Content-Type": "image/png"}
        answer = await client.send(method.upper(), path, data=asking.file, headers=headers)
    is_shown = any(mark in answer.raw for mark in MARKS)
    return f"{answer.status} shown" if is_shown else str(answer.status)


async def test_every_operation_answers_every_caller_as_design_6_says(
    client: Client, callers: Mapping[str, Client]
) -> None:
    """Promise: issue 3, "an access matrix generated from the document, every cell as design 6 says"."""
    document = (await client.send("GET", "/openapi.json")).body
    operations = {
        operation["operationId"]: method for place in document["paths"].values() for method, operation in place.items()
    }
    assert not operations.keys() - MATRIX.keys(), "give the new operation a row in MATRIX"
    created = await client.send("POST", "/api/v1/jobs/createTask", json=OWNERS)
    record = await client.finished(created.body["data"]["taskId"])
    kept = await client.send(
        "POST",
        "/api/v1/files?name=the%20fox%20of%20the%20owner.png",
        data=png(),
        headers={"Content-Type": "image/png"},
    )
    spare = await client.send("POST", "/api/v1/jobs/createTask", json=OWNERS)
    spare_upload = await client.send("POST", "/api/v1/files", data=png(), headers={"Content-Type": "image/png"})
    the_task = {
        "task": record["taskId"],
        "link": record["resultUrls"][0],
        "upload": kept.body["data"]["assetId"],
        "callback": await failed_callback(client, TaskId(record["taskId"])),
        "spare_task": (await client.finished(spare.body["data"]["taskId"]))["taskId"],
        "spare_upload": spare_upload.body["data"]["assetId"],
    }

    seen = {
        name: {  # the owner last, who may delete what the others ask for
            caller: await told(callers[caller], method, MATRIX[name], **the_task) for caller in reversed(CALLERS)
        }
        for name, method in operations.items()
    }

    assert seen == {name: MATRIX[name].answers for name in operations}


@pytest.mark.parametrize("caller", ["sibling", "stranger", "live"])
async def test_a_task_of_somebody_else_is_refused_in_the_words_for_one_that_does_not_exist(
    client: Client, callers: Mapping[str, Client], caller: str
) -> None:
    """Promise: design 6, "everybody else gets 404 in the same words"."""
    task_id = (await client.send("POST", "/api/v1/jobs/createTask", json=WISH)).body["data"]["taskId"]
    unknown = new_id("task")

    foreign = await callers[caller].send("GET", f"/api/v1/jobs/recordInfo?taskId={task_id}")
    missing = await callers[caller].send("GET", f"/api/v1/jobs/recordInfo?taskId={unknown}")

    assert foreign.status == missing.status == 404
    assert foreign.raw.replace(task_id.encode(), b"") == missing.raw.replace(unknown.encode(), b"")
