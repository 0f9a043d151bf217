"""A result's preview, its facts, and how a record shows them (issue 4, media)."""

from collections.abc import Mapping

from overdoor.domain.access import Caller
from overdoor.providers.contract import Finished, InlineAsset
from overdoor.services.generate import Submission
from overdoor.services.records import task_record
from overdoor.wiring import Gateway
from tests.fakes.scripted import Scripted
from tests.support.following import ended, submit
from tests.support.pictures import noise


async def test_a_picture_is_kept_with_a_preview_and_shown_with_its_facts(
    gateway: Gateway, live_caller: Caller, provider: Scripted
) -> None:
    """Promise: docs/media.md."""
    provider.checks.append(Finished((InlineAsset(noise(1024, 1024), "image/png"),)))

    view = await ended(gateway, live_caller, (await submit(gateway, live_caller)).task.id)
    record = task_record(view, gateway.links, base_url=None)

    assert [(asset.role, asset.mime, asset.width_px, asset.has_alpha) for asset in view.assets] == [
        ("result", "image/png", 1024, False),
        ("preview", "image/webp", 640, False),
    ]
    assert {asset.blurhash for asset in view.assets} != {None}
    shown = first(record)
    assert record["resultUrls"] == [shown["url"]]
    assert str(shown["previewUrl"]).partition("?")[0].endswith(f"/assets/{view.assets[1].id}.webp")
    assert {name: shown[name] for name in ("mime", "width", "height", "sizeBytes", "hasAlpha", "posterUrl")} == {
        "mime": "image/png",
        "width": 1024,
        "height": 1024,
        "sizeBytes": view.assets[0].size_bytes,
        "hasAlpha": False,
        "posterUrl": None,
    }
    assert len(str(shown["blurhash"])) == 28


async def test_the_clip_of_the_sandbox_has_the_blurhash_of_its_poster(gateway: Gateway, caller: Caller) -> None:
    """Promise: docs/media.md, of its first frame."""
    wish = Submission("seedance-2.0-text-to-video", {"prompt": "sandbox:instant a fox", "duration": 4}, "jobs")
    submitted = await gateway.generate.submit(wish, caller=caller)
    view = await ended(gateway, caller, submitted.task.id)
    shown = first(task_record(view, gateway.links, base_url=None))

    assert [asset.role for asset in view.assets] == ["result", "poster"]
    assert view.assets[0].blurhash == view.assets[1].blurhash is not None
    assert shown["posterUrl"] is not None
    assert shown["previewUrl"] is None


def first(record: Mapping[str, object]) -> dict[str, object]:
    """The facts of the first result."""
    results = record["results"]
    assert isinstance(results, list)
    return results[0]
