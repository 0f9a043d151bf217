"""Links to our own assets: signed over path and expiry, never over the host, so any name of the server serves them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from overdoor.domain.task import Asset
from overdoor.domain.upload import clean_name
from overdoor.errors import AssetNotFound, LinkExpired
from overdoor.storage.signing import LinkSigner

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


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long links live; never longer than their asset. long: None means as long as the asset."""

    short: timedelta
    long: timedelta | None


@dataclass(frozen=True, slots=True)
class Permission:
    """What a good link permits, for `left_s` more seconds.

    download: the name under which a browser shall save the file; None: it shows it.
    """

    asset_id: str
    left_s: int
    download: str | None


class Links:
    """Makes and checks the links under which assets are read."""

    def __init__(
        self,
        signer: LinkSigner,
        *,
        default_base_url: str,
        asset_origin: str | None,
        lifetimes: Lifetimes,
        now: Callable[[], datetime],
    ) -> None:
        """asset_origin: where assets are served from; None: where everything is."""
        self._signer = signer
        self.default_base_url = default_base_url
        self._asset_origin = asset_origin
        self._lifetimes = lifetimes
        self._now = now

    def short_lived(self, asset: Asset, *, base_url: str | None = None) -> str:
        """A link that lives a day, unless the operator says otherwise; for jobs, MCP and callbacks."""
        return self._link(asset, self._end(asset, self._lifetimes.short), base_url)

    def long_lived(self, asset: Asset, *, base_url: str | None = None) -> str:
        """A link that lives as long as the asset, unless the operator says otherwise; for chat and markdown, which are
        read again later.
        """
        return self._link(asset, self._end(asset, self._lifetimes.long), base_url)

    def minted(
        self, asset: Asset, *, lives: timedelta | None, download: str | None, base_url: str | None = None
    ) -> tuple[str, datetime]:
        """A link to order, and when it ends.

        lives: how long, at most as long as the asset; None: as `short_lived`.
        download: the name to save it under; empty for the name that it has.
        """
        end = self._end(asset, self._lifetimes.short if lives is None else lives)
        name = None if download is None else _with_extension(clean_name(download or asset.name) or asset.id, asset)
        return self._link(asset, end, base_url, download=name), end.replace(microsecond=0)

    def can_be_read(self, asset: Asset) -> bool:
        """False from the moment that the asset's time is over, whether or not it is still there."""
        return asset.expires_at > self._now()

    def permission(self, path: str, query: Mapping[str, str]) -> Permission:
        """What this server has permitted to whoever has the link. The query's values are raw.

        Raises:
            AssetNotFound: the link is not one of ours, or was altered.
            LinkExpired: it was one of ours.
        """
        asset_id = asset_id_in(path)
        download = query.get("download")
        expires = query.get("exp", "")
        ends_at = self._signer.end_of(path, expires, query.get("sig", ""), download=download)
        if asset_id is None or ends_at is None:
            raise AssetNotFound("The link is not one of ours, or was altered.")
        left_s = int(ends_at.timestamp()) - int(self._now().timestamp())
        if left_s < 0:
            raise LinkExpired(ended_at=ends_at)
        return Permission(asset_id, left_s, download)

    def _end(self, asset: Asset, lives: timedelta | None) -> datetime:
        return asset.expires_at if lives is None else min(self._now() + lives, asset.expires_at)

    def _link(self, asset: Asset, ends_at: datetime, base_url: str | None, *, download: str | None = None) -> str:
        path = f"/assets/{asset.id}.{_extension(asset)}"
        origin = self._asset_origin or base_url or self.default_base_url
        return origin + self._signer.sign(path, ends_at, download=download)


def asset_id_in(url: str) -> str | None:
    """The asset that a link of ours names, whatever host it names; None for a foreign URL."""
    matched = _ASSET_PATH.fullmatch(urlsplit(url).path)
    return matched[1] if matched else None


def _extension(asset: Asset) -> str:
    return _EXTENSIONS.get(asset.mime, "bin")


def _with_extension(name: str, asset: Asset) -> str:
    """The name with the ending that tells what the file is, so that nothing else is made of it when it is opened."""
    extension = _extension(asset)
    endings = (".jpg", ".jpeg") if extension == "jpg" else (f".{extension}",)
    return name if name.lower().endswith(endings) else f"{name}.{extension}"
