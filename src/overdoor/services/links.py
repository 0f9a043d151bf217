"""Links to our own assets: signed over path and expiry, never over the host, so any name of the server serves them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from overdoor.domain.task import Asset
from overdoor.storage.signing import LinkSigner

JOB_LINK = timedelta(hours=24)  # made anew at each read of the task
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
_ASSET_PATH = re.compile(r"/assets/(asset_[0-9a-z]{26})(?:\.[0-9a-z]{1,5})?")


class Links:
    """Makes and checks the links under which assets are read."""

    def __init__(self, signer: LinkSigner, *, default_base_url: str, now: Callable[[], datetime]) -> None:
        self._signer = signer
        self.default_base_url = default_base_url
        self._now = now

    def for_a_day(self, asset: Asset, *, base_url: str | None = None) -> str:
        """A link that lives 24 hours (or as long as the asset, if that is shorter); for jobs, MCP and callbacks."""
        return self._link(asset, min(self._now() + JOB_LINK, asset.expires_at), base_url)

    def for_its_life(self, asset: Asset, *, base_url: str | None = None) -> str:
        """A link that lives as long as the asset; for chat and markdown, which are read again later."""
        return self._link(asset, asset.expires_at, base_url)

    def can_be_read(self, asset: Asset) -> bool:
        """False from the moment that the asset's time is over, whether or not it is still there."""
        return asset.expires_at > self._now()

    def permits(self, path: str, *, expires: str, signature: str) -> bool:
        """True when this server made a link to `path` that has not expired. The values are raw query values."""
        return self._signer.verify(path, expires, signature, self._now())

    def _link(self, asset: Asset, expires_at: datetime, base_url: str | None) -> str:
        path = f"/assets/{asset.id}.{_EXTENSIONS.get(asset.mime, 'bin')}"
        return (base_url or self.default_base_url) + self._signer.sign(path, expires_at)


def asset_id_in(url: str) -> str | None:
    """The asset that a link of ours names, whatever host it names; None for a foreign URL."""
    matched = _ASSET_PATH.fullmatch(urlsplit(url).path)
    return matched[1] if matched else None
