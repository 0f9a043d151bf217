"""Files that callers send: streamed to disk, hashed on the way, looked at in a process of its own, stored once.

What is stored has no metadata: it is handed out again, to providers and through links.

The bytes decide what a file is. Until the row is written nothing of it can be seen, and a file that is cut short,
refused or too slow leaves nothing behind.
"""

import asyncio
import hashlib
import shutil
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from overdoor.domain.access import Caller
from overdoor.domain.places import NEWEST, cursor_at, place_in, place_of
from overdoor.domain.retention import Retention
from overdoor.domain.task import Asset
from overdoor.domain.upload import MOST_BYTES, clean_name
from overdoor.errors import (
    AssetNotFound,
    InvalidOption,
    PayloadTooLarge,
    TooManyUploads,
    UploadQuotaExceeded,
    UploadTooSlow,
)
from overdoor.media.probe import SNIFF_BYTES, UnreadableMedia, sniff_mime
from overdoor.media.processes import CLEAN_CPU_S, MediaProcesses, foreign
from overdoor.media.strip import Cleaned, clean
from overdoor.services.assets import lost
from overdoor.storage import assets, uploads
from overdoor.storage.asset_files import AssetFiles
from overdoor.storage.db import Database, Tx
from overdoor.units import AssetId, KeyId, new_id

MOST_AT_ONCE = 32  # uploads that arrive at this process
MOST_AT_ONCE_OF_KEY = 4
_WRITTEN_AT_ONCE_BYTES = 1024 * 1024  # one hop to a thread for each
_CLEAN_TIMEOUT_S = 120.0
_KINDS = "Send a PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3 or WAV file."

_clean = foreign(clean, cpu_s=CLEAN_CPU_S)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way: what its sender calls it, and its bytes as they come."""

    name: str | None
    content: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Uploads, newest first. next_cursor: None where nothing older is left."""

    uploads: tuple[Asset, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Received:
    sha256: str
    size_bytes: int
    mime: str


class Uploads:
    """Use cases around files that nobody generated here."""

    def __init__(
        self,
        *,
        database: Database,
        files: AssetFiles,
        processes: MediaProcesses,
        scratch: Path,
        longest_s: int,
        retention: Retention,
        now: Callable[[], datetime],
    ) -> None:
        """longest_s: how long the bytes of one upload may take to come."""
        self._database = database
        self._files = files
        self._processes = processes
        self._scratch = scratch
        self._longest_s = longest_s
        self._retention = retention
        self._now = now
        self._arriving: Counter[KeyId] = Counter()

    @asynccontextmanager
    async def place(self, caller: Caller, *, announced_bytes: int) -> AsyncGenerator[None, None]:
        """A place among the uploads that may arrive at once, for as long as one may take.

        announced_bytes: what the sender says is coming; refused here if there is no room for it, before it comes.

        Raises:
            TooManyUploads, UploadQuotaExceeded, UploadTooSlow
        """
        if self._arriving[caller.key_id] >= MOST_AT_ONCE_OF_KEY:
            raise TooManyUploads(limit=MOST_AT_ONCE_OF_KEY, owner="key")
        if self._arriving.total() >= MOST_AT_ONCE:
            raise TooManyUploads(limit=MOST_AT_ONCE, owner="server")
        self._arriving[caller.key_id] += 1
        limit = asyncio.timeout(self._longest_s)
        try:
            await self._database.read(lambda tx: self._require_room(tx, caller, announced_bytes))
            async with limit:
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise UploadTooSlow(limit_s=self._longest_s, what="The whole upload") from error
        finally:
            self._arriving[caller.key_id] -= 1
            self._arriving += Counter()  # keys without an upload are forgotten

    async def keep(self, incoming: Incoming, *, caller: Caller) -> Asset:
        """Store a file and its row. The same bytes again make a second asset over the same stored file.

        Uploads of these bytes that were lost are there again.

        Raises:
            InvalidOption: it is no picture, clip or sound that can be read.
            PayloadTooLarge, UploadQuotaExceeded
        """
        folder = self._scratch / new_id("upload")
        folder.mkdir()
        try:
            received = await self._receive(incoming.content, folder / "sent")
            await self._database.read(lambda tx: self._require_room(tx, caller, received.size_bytes))
            cleaned = await self._cleaned(folder, received.mime)
            if cleaned.sha256 is None:
                stored = await self._files.take(folder / "sent", sha256=received.sha256)
            else:
                stored = await self._files.take(folder / "cleaned", sha256=cleaned.sha256)
        finally:
            await asyncio.shield(
                asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            )  # a gigabyte takes a while
        facts = cleaned.facts
        created_at = self._now()
        asset = Asset(
            id=AssetId(new_id("asset")),
            account_id=caller.account_id,
            key_id=caller.key_id,
            mode=caller.mode,
            task_id=None,
            role="upload",
            position=0,
            kind=facts.kind,
            mime=facts.mime,
            width_px=facts.width_px,
            height_px=facts.height_px,
            duration_s=facts.duration_s,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            created_at=created_at,
            expires_at=self._retention.until("upload", created_at),
            name=clean_name(incoming.name),
        )

        def work(tx: Tx) -> None:
            uploads.one_at_a_time(tx, caller.account_id)
            self._require_room(tx, caller, asset.size_bytes)
            assets.add(tx, asset)
            uploads.found_again(tx, asset.sha256)

        await self._database.write(work, lane="caller")
        return asset

    async def find(self, asset_id: str, *, caller: Caller) -> Asset:
        """An upload that the caller may see and that is neither expired nor lost.

        Raises:
            AssetNotFound
        """
        if "\x00" in asset_id:  # PostgreSQL takes no such text
            raise _no_such_upload(asset_id)
        found = await self._database.read(lambda tx: uploads.visible(tx, asset_id, caller, now=self._now()))
        if found is None:
            raise _no_such_upload(asset_id)
        if found.lost:
            raise lost(found)
        return found

    async def page(self, *, caller: Caller, limit: int, cursor: str | None) -> UploadPage:
        """The caller's uploads that are there: the key's own, or with `account:read` the account's.

        Raises:
            InvalidOption: the cursor is not one of ours.
        """
        before = NEWEST if cursor is None else place_in(cursor, of="asset")
        found = await self._database.read(
            lambda tx: uploads.page(tx, caller, before=before, most=limit + 1, now=self._now())
        )
        shown = found[:limit]
        return UploadPage(shown, cursor_at(place_of(shown[-1])) if len(found) > limit else None)

    async def _receive(self, content: AsyncIterator[bytes], path: Path) -> _Received:
        """Write and hash the file as it comes, and refuse it as soon as its first bytes tell what it is not."""
        digest = hashlib.sha256()
        size_bytes, mime = 0, None
        waiting = bytearray()
        with path.open("xb") as file:
            async for chunk in content:
                waiting += chunk
                size_bytes += len(chunk)
                if size_bytes > MOST_BYTES:
                    raise PayloadTooLarge(limit_bytes=MOST_BYTES, hint="Send a smaller file.")
                if mime is None and len(waiting) >= SNIFF_BYTES:
                    mime = _mime_of(waiting)
                if len(waiting) >= _WRITTEN_AT_ONCE_BYTES:
                    await asyncio.to_thread(_write, file, digest.update, waiting)
                    waiting = bytearray()
            mime = mime or _mime_of(waiting)
            await asyncio.to_thread(_write, file, digest.update, waiting)
        return _Received(digest.hexdigest(), size_bytes, mime)

    async def _cleaned(self, folder: Path, mime: str) -> Cleaned:
        run = self._processes.image if mime.startswith("image/") else self._processes.video
        try:
            return await run(_clean, folder / "sent", folder / "cleaned", timeout_s=_CLEAN_TIMEOUT_S)
        except UnreadableMedia as error:
            raise InvalidOption(option="file", problem=f"cannot be read: {error.reason}", hint=_KINDS) from error
        except TimeoutError as error:
            raise InvalidOption(
                option="file", problem="took too long to decode", hint="Send a smaller or simpler file."
            ) from error

    def _require_room(self, tx: Tx, caller: Caller, size_bytes: int) -> None:
        kept = uploads.kept_bytes(tx, caller.account_id, now=self._now())
        limit = caller.tier.upload_bytes
        if kept + size_bytes > limit:
            raise UploadQuotaExceeded(kept_bytes=kept, size_bytes=size_bytes, limit_bytes=limit, tier=caller.tier.name)


def _write(file: BinaryIO, hash_more: Callable[[bytearray], None], chunk: bytearray) -> None:
    file.write(chunk)
    hash_more(chunk)


def _mime_of(head: bytearray) -> str:
    if not head:
        raise InvalidOption(option="file", problem="is empty", hint=_KINDS)
    mime = sniff_mime(bytes(head[:SNIFF_BYTES]))
    if mime is None:
        raise InvalidOption(option="file", problem="is no picture, clip or sound that is taken", hint=_KINDS)
    return mime


def _no_such_upload(asset_id: str) -> AssetNotFound:
    return AssetNotFound(
        f"No upload {asset_id!r} belongs to this API key.", hint="Use the assetId that the same key was given."
    )
