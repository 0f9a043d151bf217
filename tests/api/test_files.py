"""Uploads through the door: what is kept, what is refused, and that nothing is left of what was not kept."""

import asyncio
import hashlib
import json
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest

from overdoor.config import Settings
from overdoor.storage import tasks
from tests.api.conftest import Answer, Client
from tests.support.clock import Clock
from tests.support.pictures import png
from tests.support.server import running
from tests.support.settings import hermetic_settings

PICTURE = png(width_px=64, height_px=48)
TOOL = {"type": "modelgates:image_generation"}
EDIT = "gpt-image-2-image-to-image"


def form(data: bytes, *, name: str = "cat.png", field: str = "file") -> aiohttp.FormData:
    """A form with a file in it, as a browser or curl sends it."""
    filled = aiohttp.FormData(quote_fields=False)
    filled.add_field("purpose", "vision")
    filled.add_field(field, data, filename=name, content_type="application/x-whatever")
    return filled


async def send(client: Client, data: bytes, *, name: str = "cat.png") -> Answer:
    """One upload."""
    return await client.send("POST", "/api/v1/files", data=form(data, name=name))


async def edit(client: Client, *inputs: str) -> Answer:
    """A task that works on these pictures."""
    wish = {"model": EDIT, "input": {"prompt": "sepia", "input_urls": list(inputs)}}
    return await client.send("POST", "/api/v1/jobs/createTask", json=wish)


def scratch_of(client: Client) -> list[str]:
    """Unfinished files of the server."""
    folder = client.gateway.settings.data / "scratch"
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_an_upload_is_kept_with_its_facts_and_read_back_through_its_link(client: Client) -> None:
    """Promise: docs/inputs-and-uploads.md#uploads."""
    kept = await send(client, PICTURE, name="holiday/../cat.png")

    assert kept.status == 200, kept.raw
    upload = kept.body["data"]
    assert kept.body["code"] == 200
    assert {name: upload[name] for name in ("name", "mime", "width", "height", "durationSeconds", "mode")} == {
        "name": "cat.png",
        "mime": "image/png",
        "width": 64,
        "height": 48,
        "durationSeconds": None,
        "mode": "test",
    }
    read = await client.send("GET", upload["url"])
    assert read.raw == PICTURE
    assert (upload["sizeBytes"], upload["sha256"]) == (len(PICTURE), hashlib.sha256(PICTURE).hexdigest())
    assert (await client.send("GET", f"/api/v1/files/{upload['assetId']}")).body["data"]["sha256"] == upload["sha256"]
    assert scratch_of(client) == []


async def test_the_body_may_be_the_file_itself(client: Client) -> None:
    """Promise: docs/inputs-and-uploads.md#uploads."""
    kept = await client.send(
        "POST", "/api/v1/files?name=a%2Fdog.png", data=PICTURE, headers={"Content-Type": "image/jpeg"}
    )

    assert (kept.body["data"]["name"], kept.body["data"]["mime"]) == ("dog.png", "image/png")


@pytest.mark.parametrize("spelling", ["asset:{id}", "asset://{id}", "ASSET:{id}", "{url}"])
async def test_an_upload_is_an_input_wherever_a_url_is(client: Client, spelling: str) -> None:
    """Promise: issue 4, "`asset:<id>` (also `asset://<id>`) accepted wherever an input URL is"."""
    upload = (await send(client, png(shade=40))).body["data"]

    accepted = await edit(client, spelling.format(id=upload["assetId"], url=upload["url"]))

    assert accepted.status == 200, accepted.raw
    assert (await client.finished(accepted.body["data"]["taskId"]))["state"] == "success"


async def test_an_upload_of_the_other_mode_does_not_exist_for_a_task(client: Client) -> None:
    """Promise: design 6, "inputs must belong to the same account and mode"."""
    live = await client.gateway.accounts.create_key("live", mode="live")
    there = Client(client.session, client.url, live.secret, client.gateway)
    upload = (await send(there, PICTURE)).body["data"]

    refused = await edit(client, f"asset:{upload['assetId']}")

    assert (refused.status, refused.body["error"]) == (404, "asset_not_found")


async def test_an_expired_upload_is_refused_at_the_door_with_the_time_it_ended(client: Client, clock: Clock) -> None:
    """Promise: docs/inputs-and-uploads.md: an input that is gone is told before anything is held."""
    upload = (await send(client, PICTURE)).body["data"]
    clock.advance(timedelta(days=31))

    refused = await edit(client, f"asset:{upload['assetId']}")

    assert (refused.status, refused.body["error"]) == (404, "asset_not_found")
    assert "expired at" in refused.body["msg"]
    assert (await client.send("GET", f"/api/v1/files/{upload['assetId']}")).status == 404
    assert (await client.send("GET", "/api/v1/files")).body["data"]["items"] == []


async def test_the_list_goes_from_the_newest_to_the_oldest_in_pages(client: Client, clock: Clock) -> None:
    """Promise: docs/inputs-and-uploads.md#uploads."""
    made: list[str] = []
    for _ in range(3):
        made.append((await send(client, PICTURE)).body["data"]["assetId"])
        clock.advance(timedelta(seconds=1))

    first = (await client.send("GET", "/api/v1/files?limit=2")).body["data"]
    second = (await client.send("GET", f"/api/v1/files?limit=2&cursor={first['nextCursor']}")).body["data"]

    assert [item["assetId"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["nextCursor"] is None
    assert (await client.send("GET", "/api/v1/files?cursor=nonsense")).status == 422
    assert (await client.send("GET", "/api/v1/files?limit=0")).status == 422


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 422, "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "is no picture"),
        (b"PK\x03\x04" + bytes(200), 422, "is no picture"),
        (PICTURE[:70], 422, "cannot be read"),
    ],
    ids=["empty", "svg", "zip", "cut"],
)
async def test_what_is_no_readable_file_of_a_known_kind_is_refused_and_leaves_nothing(
    client: Client, data: bytes, status: int, said: str
) -> None:
    """Promise: docs/inputs-and-uploads.md: the bytes decide, whatever name and type say."""
    refused = await send(client, data, name="harmless.png")

    assert refused.status == status, refused.raw
    assert said in refused.body["msg"]
    assert (await client.send("GET", "/api/v1/files")).body["data"]["items"] == []
    assert scratch_of(client) == []


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"{}", "application/json", "is no form and no file"),
        (b"--x\r\n", "multipart/form-data", "names no boundary"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "no file",
        ),
        (b"nonsense" * 100, "multipart/form-data; boundary=x", "cannot be read"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + PICTURE,
            "multipart/form-data; boundary=x",
            "cannot be read",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + PICTURE
            + b'\r\n--x\r\nContent-Disposition: form-data; name="b"; filename="b"\r\n\r\nc\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "more than one file",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + bytes(70_000) + b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            "too long",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="caf\xe9.png"\r\n\r\n' + PICTURE
            + b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            "header of a part is not UTF-8.",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "no file",
        ),
    ],
    ids=["json", "no boundary", "no file", "no form", "no last boundary", "two files", "long field", "latin-1 name",
         "nothing chosen"],
)  # fmt: skip
async def test_a_body_that_is_no_form_with_one_file_is_refused(
    client: Client, body: bytes, content_type: str, said: str
) -> None:
    """Promise: docs/inputs-and-uploads.md#uploads."""
    refused = await client.send("POST", "/api/v1/files", data=body, headers={"Content-Type": content_type})

    assert (refused.status, refused.body["error"]) == (400, "invalid_request")
    assert said in refused.body["msg"]
    assert scratch_of(client) == []


@pytest.mark.parametrize("kind", ["Image/PNG", "IMAGE/png; a=b", "Application/Octet-Stream"])
async def test_the_case_of_a_content_type_means_nothing(client: Client, kind: str) -> None:
    """Promise: RFC 9110, 8.3.1: media types are case-insensitive."""
    sent = await client.send("POST", "/api/v1/files?name=cat.png", data=PICTURE, headers={"Content-Type": kind})

    assert (sent.status, sent.body["data"]["mime"]) == (200, "image/png")


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0)])
async def test_file_fields_in_which_nothing_was_chosen_are_read_past(client: Client, order: tuple[int, ...]) -> None:
    """Promise: docs/inputs-and-uploads.md: a browser sends a field without a choice, too."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="b"; filename="cat.png"\r\n\r\n' + PICTURE + b"\r\n",
    ]
    body = b"".join(parts[each] for each in order) + b"--x--\r\n"

    sent = await client.send(
        "POST", "/api/v1/files", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert sent.status == 200, sent.raw
    assert (sent.body["data"]["name"], sent.body["data"]["sha256"]) == ("cat.png", hashlib.sha256(PICTURE).hexdigest())


async def half_an_upload(client: Client, announced: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the first part of a picture was sent, of `announced` bytes."""
    address = urlsplit(client.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST /api/v1/files HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {client.key}\r\n"
        f"Content-Type: image/png\r\nContent-Length: {announced}\r\n\r\n"
    )
    writer.write(head.encode() + PICTURE[:100])
    await writer.drain()
    return reader, writer


async def test_an_upload_that_is_cut_leaves_nothing(client: Client) -> None:
    """Promise: issue 4, Done when 3, "a cut upload leaves nothing"."""
    _, writer = await half_an_upload(client, 1_000_000)
    async with asyncio.timeout(10):
        while not scratch_of(client):
            await asyncio.sleep(0.01)  # the server tells nobody that it has begun

    writer.close()
    await writer.wait_closed()

    async with asyncio.timeout(10):
        while scratch_of(client):
            await asyncio.sleep(0.01)
    assert (await client.send("GET", "/api/v1/files")).body["data"]["items"] == []
    assert not (client.gateway.settings.data / "assets").exists()


async def test_an_upload_that_takes_too_long_is_ended_and_leaves_nothing(
    settings: Settings, session: aiohttp.ClientSession
) -> None:
    """Promise: docs/inputs-and-uploads.md: a slow upload is bounded in time."""
    hasty = hermetic_settings(settings.data, upload_timeout_s=1)
    async with running(hasty) as server:
        assert server.gateway.first_key is not None
        client = Client(session, server.url, server.gateway.first_key.secret, server.gateway)

        reader, writer = await half_an_upload(client, 1_000_000)
        answered = await asyncio.wait_for(reader.read(4096), 20)
        writer.close()

        assert answered.startswith(b"HTTP/1.1 408")
        assert b"upload_too_slow" in answered
        assert scratch_of(client) == []


async def test_more_bytes_than_the_tier_keeps_are_refused_before_and_after_they_were_sent(client: Client) -> None:
    """Promise: docs/limits.md: bytes of unexpired uploads."""
    small = json.dumps({"uploadBytes": len(PICTURE) + 10})
    made = await client.gateway.accounts.create_key("small", mode="test", limits=small)
    caller = Client(client.session, client.url, made.secret, client.gateway)
    first = await caller.send("POST", "/api/v1/files", data=PICTURE, headers={"Content-Type": "image/png"})

    refused = await caller.send("POST", "/api/v1/files", data=PICTURE, headers={"Content-Type": "image/png"})

    assert first.status == 200, first.raw
    assert (refused.status, refused.body["error"]) == (413, "upload_quota_exceeded")
    assert refused.body["data"] == {"keptBytes": len(PICTURE), "limitBytes": len(PICTURE) + 10, "tier": "enterprise"}
    assert len((await caller.send("GET", "/api/v1/files")).body["data"]["items"]) == 1


async def test_one_key_may_send_four_files_at_once(client: Client) -> None:
    """Promise: docs/limits.md: uploads at once."""
    writers = [(await half_an_upload(client, 1_000_000))[1] for _ in range(4)]
    async with asyncio.timeout(10):
        while len(scratch_of(client)) < 4:
            await asyncio.sleep(0.01)

    refused = await send(client, PICTURE)
    for writer in writers:
        writer.close()

    assert (refused.status, refused.body["error"], refused.headers["Retry-After"]) == (429, "too_many_uploads", "5")


async def test_the_same_bytes_again_make_a_second_asset_over_one_stored_file(client: Client) -> None:
    """Promise: docs/inputs-and-uploads.md: files are stored once, by their hash."""
    first, second = [(await send(client, PICTURE)).body["data"] for _ in range(2)]

    assert first["assetId"] != second["assetId"]
    assert len([path for path in (client.gateway.settings.data / "assets").rglob("*") if path.is_file()]) == 1


async def test_a_lost_upload_is_lost_everywhere_until_its_bytes_come_again(client: Client) -> None:
    """Promise: docs/inputs-and-uploads.md: one answer at the link, `/link`, the record, the list and as input."""
    upload = (await send(client, PICTURE)).body["data"]
    record = f"/api/v1/files/{upload['assetId']}"
    sha256 = upload["sha256"]
    (client.gateway.settings.data / "assets" / sha256[:2] / sha256[2:4] / sha256).unlink()
    opened = await client.send("GET", upload["url"])

    lost = [
        await client.send("GET", record),
        await client.send("POST", record + "/link"),
        await edit(client, f"asset:{upload['assetId']}"),
    ]

    assert [(answer.status, answer.body["error"]) for answer in lost] == [(404, "asset_not_found")] * 3
    assert all("was lost" in answer.body["msg"] for answer in lost)
    assert opened.status == 404
    said = opened.body["error"]["message"]
    assert "was lost" in said
    assert "Upload it again" in said
    assert "credits" not in said
    assert (await client.send("GET", "/api/v1/files")).body["data"]["items"] == []

    await send(client, PICTURE, name="again.png")

    found = [
        await client.send("GET", upload["url"]),
        await client.send("GET", record),
        await client.send("POST", record + "/link"),
        await edit(client, f"asset:{upload['assetId']}"),
    ]
    assert [answer.status for answer in found] == [200] * 4
    assert len((await client.send("GET", "/api/v1/files")).body["data"]["items"]) == 2


@pytest.mark.parametrize("door", ["chat", "responses", "mcp"])
async def test_an_upload_is_worked_on_through_every_door(client: Client, door: str) -> None:
    """Promise: issue 4, "accepted wherever an input URL is"; in Responses also as `file_id`."""
    asset_id = (await send(client, png(shade=60))).body["data"]["assetId"]
    match door:
        case "chat":
            picture = {"type": "image_url", "image_url": {"url": f"asset:{asset_id}"}}
            said = [{"type": "text", "text": "Turn it blue"}, picture]
            body = {"model": "any/name", "messages": [{"role": "user", "content": said}], "tools": [TOOL]}
            answer = await client.send("POST", "/api/v1/chat/completions", json=body)
        case "responses":
            said = [{"type": "input_text", "text": "Turn it blue"}, {"type": "input_image", "file_id": asset_id}]
            body = {"model": "any/name", "input": [{"role": "user", "content": said}], "tools": [TOOL]}
            answer = await client.send("POST", "/api/v1/responses", json=body)
        case _:
            arguments = {"model": EDIT, "prompt": "sepia", "input_urls": [f"asset://{asset_id}"]}
            call = {"name": "generate_image", "arguments": arguments}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            headers = {"Accept": "application/json, text/event-stream"}
            answer = await client.send("POST", "/api/mcp", json=body, headers=headers)
    assert answer.status == 200, answer.raw

    [task] = (await client.send("GET", "/api/v1/jobs")).body["data"]["items"]
    record = await client.finished(task["taskId"])

    assert record["state"] == "success"
    found = await client.gateway.database.read(lambda tx: tasks.by_id(tx, task["taskId"]))
    assert found is not None
    assert [(ref.source, ref.value) for ref in found.request.inputs] == [("asset", asset_id)]


async def test_more_than_512_mb_are_refused_before_they_are_read(client: Client) -> None:
    """Promise: issue 4, "512 MB at most"."""
    reader, writer = await half_an_upload(client, 600 * 1024 * 1024)
    answered = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    writer.close()

    assert answered.startswith(b"HTTP/1.1 413")
    assert scratch_of(client) == []
