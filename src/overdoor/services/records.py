"""Task records with links: what recordInfo, the list, event streams, MCP, callbacks and the command line show."""

from dataclasses import replace

from overdoor.domain.record import ResultLinks, public_record
from overdoor.domain.retention import ends
from overdoor.domain.task import Asset, TaskView
from overdoor.services.links import Links
from overdoor.units import to_epoch_ms


def task_record(view: TaskView, links: Links, *, base_url: str | None) -> dict[str, object]:
    """The public record of a task with links that live a day, and none to what has had its time."""
    view = replace(view, assets=tuple(asset for asset in view.assets if links.can_be_read(asset)))
    urls = {(asset.role, asset.position): links.short_lived(asset, base_url=base_url) for asset in view.assets}
    return public_record(
        view,
        tuple(
            ResultLinks(
                asset=asset,
                url=urls["result", asset.position],
                preview_url=urls.get(("preview", asset.position)),
                poster_url=urls.get(("poster", asset.position)),
            )
            for asset in view.assets
            if asset.role == "result"
        ),
    )


def upload_record(asset: Asset, links: Links, *, base_url: str | None) -> dict[str, object]:
    """The public record of an upload with a link that lives a day."""
    return {
        "assetId": asset.id,
        "url": links.short_lived(asset, base_url=base_url),
        "name": asset.name,
        "mime": asset.mime,
        "sizeBytes": asset.size_bytes,
        "width": asset.width_px or None,
        "height": asset.height_px or None,
        "durationSeconds": asset.duration_s,
        "sha256": asset.sha256,
        "mode": asset.mode,
        "createTime": to_epoch_ms(asset.created_at),
        "expiresAt": to_epoch_ms(asset.expires_at) if ends(asset.expires_at) else None,
    }
