"""Deleting through the doors. Promise: docs/links-and-retention.md, "Deleting on request"."""

from tests.api.conftest import Client
from tests.support.pictures import png

WISH = {"model": "sandbox/image-1", "input": {"prompt": "sandbox:instant", "size": "256x256"}}


async def test_a_deleted_task_answers_its_record_and_its_links_are_gone(client: Client) -> None:
    """Promise: 410 for who has a good link; the record says why there are none any more."""
    created = await client.send("POST", "/api/v1/jobs/createTask", json=WISH)
    record = await client.finished(created.body["data"]["taskId"])
    body = {"taskId": record["taskId"], "prompt": True}

    deleted = await client.send("POST", "/api/v1/jobs/delete", json=body)
    link = await client.send("GET", record["resultUrls"][0])

    assert (deleted.status, deleted.body["data"]["media"], deleted.body["data"]["param"]) == (200, "deleted", "{}")
    assert (link.status, b"was deleted" in link.raw) == (410, True)


async def test_bodies_that_name_no_task_are_refused(client: Client) -> None:
    """Promise: docs/errors.md."""
    answers = [
        await client.send("POST", "/api/v1/jobs/delete", json=body)
        for body in ([], {}, {"taskId": 1}, {"taskId": "task_x", "prompt": "yes"}, {"taskId": "task_\x00"})
    ]

    assert [answer.status for answer in answers] == [400, 400, 400, 422, 404]


async def test_an_upload_is_deleted_once(client: Client) -> None:
    """Promise: DELETE /api/v1/files/{id}."""
    kept = await client.send("POST", "/api/v1/files", data=png(), headers={"Content-Type": "image/png"})
    asset_id, url = kept.body["data"]["assetId"], kept.body["data"]["url"]

    answers = [await client.send("DELETE", f"/api/v1/files/{asset_id}") for _ in range(2)]
    after = [await client.send("GET", f"/api/v1/files/{asset_id}"), await client.send("GET", url)]

    assert [answer.status for answer in (*answers, *after)] == [200, 404, 404, 410]
    assert answers[0].body["data"] == {"assetId": asset_id, "deleted": True}
