"""Signed links. Promise: docs/links-and-retention.md, "Links"."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from overdoor.api.assets import disposition
from overdoor.app import create_app
from overdoor.config import ConfigError, Settings
from overdoor.errors import StartRefused
from overdoor.units import to_epoch_ms
from tests.api.conftest import Client
from tests.support.clock import Clock
from tests.support.pictures import png
from tests.support.server import running
from tests.support.settings import hermetic_settings


@pytest.fixture
async def asset_id(client: Client) -> str:
    """An upload."""
    kept = await client.send(
        "POST", "/api/v1/files?name=f%C3%BCchse.png", data=png(), headers={"Content-Type": "image/png"}
    )
    return kept.body["data"]["assetId"]


async def link_to(client: Client, asset_id: str, **wish: object) -> dict[str, object]:
    return (await client.send("POST", f"/api/v1/files/{asset_id}/link", json=wish)).body["data"]


async def test_a_link_lives_as_long_as_is_asked_for_and_is_made_anew(
    client: Client, asset_id: str, clock: Clock
) -> None:
    """Promise: `expiresIn`; then 410, which only who had the link is told; a fresh one is one request away."""
    minute = await link_to(client, asset_id, expiresIn=60)
    week = await link_to(client, asset_id, expiresIn=7 * 24 * 3600)
    usual = await link_to(client, asset_id)

    clock.advance(timedelta(seconds=62))
    ended = await client.send("GET", str(minute["url"]))
    forged = await client.send("GET", str(minute["url"]) + "0")
    fresh = await link_to(client, asset_id, expiresIn=60)
    clock.advance(timedelta(hours=25))

    assert (ended.status, b"link ended" in ended.raw, forged.status) == (410, True, 404)
    assert fresh["url"] != minute["url"]
    assert [(await client.send("GET", str(link["url"]))).status for link in (week, usual)] == [200, 410]


async def test_no_link_outlives_its_file(client: Client, asset_id: str, clock: Clock) -> None:
    """Promise: revoked with the asset."""
    shown = (await client.send("GET", f"/api/v1/files/{asset_id}")).body["data"]
    year = await link_to(client, asset_id, expiresIn=366 * 24 * 3600)

    assert year["expiresAt"] == shown["expiresAt"] // 1000 * 1000
    clock.advance(timedelta(days=31))
    assert (await client.send("GET", str(year["url"]))).status == 410
    assert (await client.send("POST", f"/api/v1/files/{asset_id}/link")).status == 404


async def test_a_download_link_saves_the_file_under_a_name_that_fits_it(client: Client, asset_id: str) -> None:
    """Promise: RFC 6266; the ending tells what the file is."""
    own = await client.send("HEAD", str((await link_to(client, asset_id, download=True))["url"]))
    named = await client.send("HEAD", str((await link_to(client, asset_id, download="../run.exe"))["url"]))
    shown = await client.send("HEAD", str((await link_to(client, asset_id, download=False))["url"]))

    assert own.headers["Content-Disposition"] == (
        "attachment; filename=\"f_chse.png\"; filename*=UTF-8''f%C3%BCchse.png"
    )
    assert named.headers["Content-Disposition"] == 'attachment; filename="run.exe.png"'
    assert shown.headers["Content-Disposition"] == f'inline; filename="{asset_id}.png"'


def test_a_name_cannot_break_out_of_its_header() -> None:
    """Promise: quotes and everything that is not plain ASCII stand in the encoded name only."""
    assert disposition("attachment", 'a"; x=\\y%\n.png') == (
        "attachment; filename=\"a_; x=_y__.png\"; filename*=UTF-8''a%22%3B%20x%3D%5Cy%25%0A.png"
    )


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"expiresIn": 0}, 422),
        ({"expiresIn": True}, 422),
        ({"expiresIn": "60"}, 422),
        ({"expiresIn": 10**12}, 422),
        ({"download": 1}, 422),
        ({"forever": True}, 422),
        ([], 400),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(client: Client, asset_id: str, wish: object, status: int) -> None:
    """Promise: nothing is dropped in silence."""
    assert (await client.send("POST", f"/api/v1/files/{asset_id}/link", json=wish)).status == status


async def test_a_browser_keeps_a_file_no_longer_than_its_link_is_good(client: Client, asset_id: str) -> None:
    """Promise: `private`, and at most a day; shared caches keep nothing."""
    minute = await client.send("HEAD", str((await link_to(client, asset_id, expiresIn=60))["url"]))
    month = await client.send("HEAD", str((await link_to(client, asset_id, expiresIn=30 * 24 * 3600))["url"]))

    assert minute.headers["Cache-Control"] in ("private, max-age=60, immutable", "private, max-age=59, immutable")
    assert month.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert "Set-Cookie" not in month.headers


async def test_conditions_are_those_of_rfc_9110(client: Client, asset_id: str) -> None:
    """Promise: lists of tags, dates, preconditions; several ranges at once are answered with the whole file."""
    url = str((await link_to(client, asset_id))["url"])
    whole = await client.send("GET", url)
    etag, changed = whole.headers["ETag"], whole.headers["Last-Modified"]
    long_ago = "Thu, 01 Jan 2015 00:00:00 GMT"

    async def status(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await client.send("GET", url, headers=sent)).status

    assert {
        "known": await status(If_None_Match=f'"other", W/{etag}'),
        "since then": await status(If_Modified_Since=changed),
        "since long ago": await status(If_Modified_Since=long_ago),
        "a tag counts more than a date": await status(If_None_Match='"other"', If_Modified_Since=changed),
        "no date": await status(If_Modified_Since="yesterday"),
        "this version": await status(If_Match=f'"other", {etag}'),
        "another version": await status(If_Match='"other"'),
        "unmodified since long ago": await status(If_Unmodified_Since=long_ago),
        "rest of this date": await status(Range="bytes=5-", If_Range=changed),
        "rest of another date": await status(Range="bytes=5-", If_Range=long_ago),
        "a weak tag permits no part": await status(Range="bytes=5-", If_Range=f"W/{etag}"),
        "several ranges": await status(Range="bytes=0-1,4-5"),
    } == {
        "known": 304,
        "since then": 304,
        "since long ago": 200,
        "a tag counts more than a date": 200,
        "no date": 200,
        "this version": 200,
        "another version": 412,
        "unmodified since long ago": 412,
        "rest of this date": 206,
        "rest of another date": 200,
        "a weak tag permits no part": 200,
        "several ranges": 200,
    }


@pytest.mark.parametrize("wish", [("If-Match", '"other"', 412), ("Range", "bytes=99999999-", 416)])
async def test_a_refusal_is_not_kept_in_place_of_the_file(
    client: Client, asset_id: str, wish: tuple[str, str, int]
) -> None:
    """Promise: docs/links-and-retention.md: what may be cached is the file, and nothing else."""
    name, value, status = wish
    url = str((await link_to(client, asset_id))["url"])

    refused = await client.send("GET", url, headers={name: value})

    assert (refused.status, refused.headers["Cache-Control"]) == (status, "no-store")


async def test_lifetimes_are_settings(settings: Settings, clock: Clock) -> None:
    """Promise: `link_hours`."""
    async with running(replace(settings, link_hours=2)) as server, aiohttp.ClientSession() as session:
        assert server.gateway.first_key is not None
        client = Client(session, server.url, server.gateway.first_key.secret, server.gateway)
        kept = await client.send("POST", "/api/v1/files", data=png(), headers={"Content-Type": "image/png"})
        link = await link_to(client, kept.body["data"]["assetId"])

    assert 0 <= to_epoch_ms(clock()) + 2 * 3_600_000 - int(str(link["expiresAt"])) < 60_000


MAIN, FILES = "main.example", "files.example"


@pytest.fixture
async def apart(settings: Settings) -> AsyncIterator[Client]:
    """A server whose files have a host of their own."""
    own_host = replace(settings, public_url=f"https://{MAIN}", asset_origin=f"https://{FILES}")
    async with running(own_host) as server, aiohttp.ClientSession() as session:
        assert server.gateway.first_key is not None
        yield Client(session, server.url, server.gateway.first_key.secret, server.gateway)


async def test_files_have_a_host_of_their_own_on_which_there_is_nothing_else(apart: Client) -> None:
    """Promise: links name it; the main host sends old links there; it has no API."""
    kept = await apart.send("POST", "/api/v1/files", data=png(), headers={"Content-Type": "image/png"})
    url = str(kept.body["data"]["url"])
    path = url.removeprefix(f"https://{FILES}")
    assert path.startswith("/assets/")

    read = await apart.send("GET", path, headers={"Host": FILES})
    async with apart.session.get(apart.url + path, headers={"Host": MAIN}, allow_redirects=False) as sent_on:
        told = (sent_on.status, sent_on.headers["Location"])
    on_files = [
        (await apart.send("GET", each, headers={"Host": FILES})).status for each in ("/", "/api/v1/jobs", "/healthz")
    ]
    elsewhere = await apart.send("GET", path)
    async with apart.session.get(
        URL(f"{apart.url}/{path}", encoded=True), headers={"Host": MAIN}, allow_redirects=False
    ) as folded:
        assert (folded.status, folded.headers["Location"]) == (308, f"https://{FILES}/{path}")
    for spelling in (f"{FILES}.", f"{FILES}:443", f"{FILES}.:0443", FILES.upper(), f"{FILES}:443."):
        assert (await apart.send("GET", "/api/v1/echo", headers={"Host": spelling})).status in (400, 404), spelling

    assert (read.status, read.raw == png()) == (200, True)
    assert told == (308, url)
    assert on_files == [404, 404, 200]
    assert elsewhere.status == 200  # a proxy that changes the Host header is no loop


def test_a_host_of_its_own_must_be_another_one(settings: Settings, tmp_path: Path) -> None:
    """Promise: docs/settings.md, `asset_origin`."""
    for wrong in (
        replace(settings, asset_origin="https://files.example"),
        replace(settings, asset_origin="https://one.example", public_url="https://one.example/"),
    ):
        with pytest.raises(StartRefused, match="another host"):
            create_app(wrong)
    with pytest.raises(ConfigError, match="without a path"):
        hermetic_settings(tmp_path, asset_origin="https://files.example/pictures")
