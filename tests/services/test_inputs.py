"""What a task works on: where its bytes come from, and whose they may be."""

import base64
from dataclasses import replace

import pytest

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.errors import AssetNotFound, ForbiddenAddress, InvalidOption, OverdoorError, TaskNotFound
from overdoor.wiring import Gateway
from tests.fakes.scripted import Scripted
from tests.net.loopback import Loopback, reply
from tests.support.following import ALL_RIGHT, books, ended, stranger, submit
from tests.support.pictures import png
from tests.support.settings import hermetic_settings

_DATA_URL = "data:image/png;base64," + base64.b64encode(png(shade=10)).decode()


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
    assert [(media.role, media.data, media.mime) for media in provider.jobs[0].inputs] == [
        ("image", png(shade=7), "image/png")
    ]


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

    assert provider.jobs[0].inputs[0].data == png(shade=10)
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
    link = gateway.links.for_a_day(asset, base_url="https://elsewhere.example")
    named = {
        "task id": first.task.id,
        "asset id": f"asset:{asset.id}",
        "link under our own name": gateway.links.for_a_day(asset),
        "link under a foreign name": link,
        "link without a signature": link.partition("?")[0],
    }[spelling]

    submitted = await submit(gateway, live_caller, input_urls=[named])
    view = await ended(gateway, live_caller, submitted.task.id)

    assert view.task.state == "success"
    assert provider.jobs[-1].inputs[0].data == png()


@pytest.mark.parametrize("spelling", ["task id", "asset id", "link"])
@pytest.mark.parametrize("who", ["another account", "the same account in test mode"])
async def test_a_result_of_somebody_else_does_not_exist(
    gateway: Gateway, live_caller: Caller, caller: Caller, provider: Scripted, spelling: str, who: str
) -> None:
    """Promise: design.md decision 6: inputs must belong to the same account and mode; else 404 in the same words."""
    first = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    asset = first.assets[0]
    named = {"task id": first.task.id, "asset id": f"asset:{asset.id}", "link": gateway.links.for_a_day(asset)}[
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
