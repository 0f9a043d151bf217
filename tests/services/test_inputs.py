"""What a task works on: where its bytes come from, and whose they may be."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PIL import Image

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.errors import AssetNotFound, ForbiddenAddress, InvalidOption, OverdoorError, TaskNotFound
from overdoor.services.uploads import Incoming
from overdoor.storage.db import Sql
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.wiring import Gateway
from tests.fakes.scripted import Scripted
from tests.media.samples import encoded, gradient, sound
from tests.net.loopback import Loopback, reply
from tests.support.following import ALL_RIGHT, books, ended, stranger, submit
from tests.support.pictures import png
from tests.support.settings import hermetic_settings

PLACE = b"48.8584N 2.2945E"
_INPUT_ROWS = Sql("SELECT * FROM assets WHERE task_id = :task_id AND role = 'input' ORDER BY position")
_COUNT_INPUTS = Sql("SELECT count(*) FROM assets WHERE role = 'input'")
_DATA_URL = "data:image/png;base64," + base64.b64encode(png(shade=10)).decode()


def jpeg_with_a_place() -> bytes:
    """A picture of a camera that was held upright."""
    words = Image.Exif()
    words[0x0112] = 6
    words.get_ifd(0x8825)[0x001B] = PLACE
    return encoded(gradient(64, 48), "JPEG", exif=words.tobytes())


async def _in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 100_000):
        yield data[start : start + 100_000]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Inputs may come from this machine."""
    return hermetic_settings(settings.data, database_url=settings.database_url, allowed_private_networks="127.0.0.0/8")


async def test_a_foreign_picture_is_fetched_and_handed_to_the_provider(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: design.md decision 9: inputs go to an upstream as bytes."""
    async with Loopback(reply(png(shade=7), headers="Content-Type: image/png")) as host:
        submitted = await submit(gateway, live_caller, input_urls=[f"{host.url}/a.png"])
        view = await ended(gateway, live_caller, submitted.task.id)

    assert view.task.state == "success"
    assert [(media.role, media.mime) for media in provider.jobs[0].inputs] == [("image", "image/png")]
    assert provider.read == [png(shade=7)]


async def test_a_picture_that_cannot_be_fetched_fails_the_task_and_the_money_comes_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: jobs.md 4.6: `input_unreachable`; nothing goes upstream."""
    async with Loopback(reply(b"", status=404)) as host:
        submitted = await submit(gateway, live_caller, input_urls=[f"{host.url}/a.png"])
        view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == ("fail", "input_unreachable")
    assert provider.jobs == []
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_picture_that_cannot_be_read_fails_the_task_and_the_money_comes_back(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: jobs.md 4.6: foreign bytes are decoded before a provider is called."""
    async with Loopback(reply(png()[:60], headers="Content-Type: image/png")) as host:
        submitted = await submit(gateway, live_caller, input_urls=[f"{host.url}/a.png"])
        view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == ("fail", "input_unreadable")
    assert provider.jobs == []
    assert await books(gateway) == (ALL_RIGHT, 0)


async def test_a_data_url_is_stored_and_handed_to_the_provider_and_is_not_kept_in_the_row(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: inputs: data URLs become stored files; the echo of the request is cut short."""
    submitted = await submit(gateway, live_caller, input_urls=[_DATA_URL])
    await ended(gateway, live_caller, submitted.task.id)

    assert provider.read == [png(shade=10)]
    assert len(submitted.task.param) < 400


@pytest.mark.parametrize(
    "spelling",
    [
        "task id",
        "asset id",
        "link under our own name",
        "link under a foreign name",
        "link without a signature",
    ],
)
async def test_a_result_of_the_same_account_is_read_from_storage(
    gateway: Gateway, live_caller: Caller, provider: Scripted, spelling: str
) -> None:
    """Promise: design.md decision 9: links are never over the host, and our own results are never fetched."""
    first = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    asset = first.assets[0]
    link = gateway.links.short_lived(asset, base_url="https://elsewhere.example")
    named = {
        "task id": first.task.id,
        "asset id": f"asset:{asset.id}",
        "link under our own name": gateway.links.short_lived(asset),
        "link under a foreign name": link,
        "link without a signature": link.partition("?")[0],
    }[spelling]

    submitted = await submit(gateway, live_caller, input_urls=[named])
    view = await ended(gateway, live_caller, submitted.task.id)

    assert view.task.state == "success"
    assert provider.read == [png()]


@pytest.mark.parametrize("spelling", ["task id", "asset id", "link"])
@pytest.mark.parametrize("who", ["another account", "the same account in test mode"])
async def test_a_result_of_somebody_else_does_not_exist(
    gateway: Gateway, live_caller: Caller, caller: Caller, provider: Scripted, spelling: str, who: str
) -> None:
    """Promise: design.md decision 6: inputs must belong to the same account and mode; else 404 in the same words."""
    first = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    asset = first.assets[0]
    named = {"task id": first.task.id, "asset id": f"asset:{asset.id}", "link": gateway.links.short_lived(asset)}[
        spelling
    ]
    other = await stranger(gateway) if who == "another account" else caller

    with pytest.raises(OverdoorError) as refused:
        await submit(gateway, other, input_urls=[named])

    assert type(refused.value) is (TaskNotFound if spelling == "task id" else AssetNotFound)
    assert refused.value.http_status == 404
    assert len(provider.jobs) == 1


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("data:image/png;base64,%%%", InvalidOption),
        ("data:image/png;base64", InvalidOption),
        ("data:image/png," + "%89" * 30_000, InvalidOption),
        ("data:text/plain;base64," + base64.b64encode(b"no picture").decode(), InvalidOption),
        ("http://10.0.0.1/a.png", ForbiddenAddress),
        ("https://169.254.169.254/latest/meta-data", ForbiddenAddress),
        ("file:///etc/passwd", OverdoorError),
        ("/etc/passwd", OverdoorError),
        ("task_00000000000000000000000000", TaskNotFound),
        ("asset:asset_00000000000000000000000000", AssetNotFound),
    ],
)
async def test_an_input_that_can_never_be_read_is_refused_before_money_moves(
    gateway: Gateway, live_caller: Caller, provider: Scripted, value: str, error: type[OverdoorError]
) -> None:
    """Promise: jobs.md 4.6: syntax and literal addresses are checked at the door."""
    with pytest.raises(error):
        await submit(gateway, live_caller, input_urls=[value])

    assert await books(gateway) == (replace(ALL_RIGHT), 0)
    assert provider.jobs == []


async def test_a_data_url_gets_a_row_of_its_own_so_that_it_can_be_purged(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: docs/inputs-and-uploads.md: what comes inside a request is kept as `input` for `keep_inputs_days`."""
    submitted = await submit(gateway, live_caller, input_urls=[_DATA_URL, _DATA_URL.replace("image/png", "image/x")])
    view = await ended(gateway, live_caller, submitted.task.id)

    rows = await gateway.database.read(lambda tx: tx.all(_INPUT_ROWS, task_id=submitted.task.id))
    given = submitted.task.request.inputs
    assert [(row.id, row.kind, row.mime, row.size_bytes, row.account_id, row.key_id, row.mode) for row in rows] == [
        (ref.value, "image", "image/png", len(png(shade=10)), live_caller.account_id, live_caller.key_id, "live")
        for ref in given
    ]
    assert [ref.source for ref in given] == ["asset", "asset"]
    assert rows[0].expires_at_ms - rows[0].created_at_ms == 7 * 24 * 3600 * 1000
    assert [asset.role for asset in view.assets] == ["result"]


async def test_a_refused_or_repeated_request_leaves_no_second_row(gateway: Gateway, live_caller: Caller) -> None:
    """Promise: the row of an input is written in the transaction of its task, or not at all."""
    key = IdempotencyKey("jobs.createTask", "x-request-id", "once")
    for _ in range(2):
        await submit(gateway, live_caller, input_urls=[_DATA_URL], key=key)
    with pytest.raises(AssetNotFound):
        await submit(gateway, live_caller, input_urls=[_DATA_URL, "asset:asset_00000000000000000000000000"])

    assert await gateway.database.read(lambda tx: tx.scalar(_COUNT_INPUTS)) == 1


@pytest.mark.parametrize("form", ["url", "data", "upload"])
async def test_an_input_reaches_its_provider_without_the_place_where_it_was_taken(
    gateway: Gateway, live_caller: Caller, provider: Scripted, form: str
) -> None:
    """Promise: issue 4, "metadata stripped from inputs"."""
    picture = jpeg_with_a_place()
    async with Loopback(reply(picture, headers="Content-Type: image/jpeg")) as host:
        match form:
            case "url":
                named = f"{host.url}/a.jpg"
            case "data":
                named = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
            case _:
                kept = await gateway.uploads.keep(Incoming("a.jpg", _in_pieces(picture)), caller=live_caller)
                named = f"asset:{kept.id}"
        submitted = await submit(gateway, live_caller, input_urls=[named])
        await ended(gateway, live_caller, submitted.task.id)

    assert PLACE in picture
    assert PLACE not in provider.read[0]
    assert (provider.jobs[0].inputs[0].width_px, provider.jobs[0].inputs[0].height_px) == (48, 64)  # turned
    folder = gateway.settings.data / "scratch" / gateway.worker
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_an_asset_of_another_kind_or_too_large_is_refused_at_the_door(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/inputs-and-uploads.md: what a row tells is not left to the task."""
    tone = await gateway.uploads.keep(Incoming(None, _in_pieces(sound("wav", "pcm_s16le"))), caller=live_caller)
    noise = encoded(gradient(3400, 3400), "PNG", compress_level=0)
    large = await gateway.uploads.keep(Incoming(None, _in_pieces(noise)), caller=live_caller)

    for kept, said in ((tone, "holds audio, not image"), (large, "a picture may have 31,457,280")):
        with pytest.raises(InvalidOption, match=said):
            await submit(gateway, live_caller, input_urls=[f"asset:{kept.id}"])
    assert provider.jobs == []


async def test_sixteen_inputs_are_opened_one_after_the_other_and_closed_together(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: issue 4, Done when 3, in small; the large one is in tests/contract/test_memory.py."""
    pictures = [png(shade=shade) for shade in range(16)]
    named = ["data:image/png;base64," + base64.b64encode(each).decode() for each in pictures]

    submitted = await submit(gateway, live_caller, input_urls=named)
    await ended(gateway, live_caller, submitted.task.id)

    assert provider.read == pictures


async def test_a_stored_input_whose_bytes_are_gone_fails_the_task_with_its_money_back(
    gateway: Gateway, live_caller: Caller, settings: Settings
) -> None:
    """Promise: inputs: a missing file is told as `input_unreachable`."""
    first = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    sha256 = first.assets[0].sha256
    (settings.data / "assets" / sha256[:2] / sha256[2:4] / sha256).unlink()

    submitted = await submit(gateway, live_caller, input_urls=[first.task.id])
    view = await ended(gateway, live_caller, submitted.task.id)

    assert (view.task.state, view.task.fail_code) == ("fail", "input_unreachable")
