"""Reading assets: found by a signed link, verified, and refunded when the bytes are gone."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import structlog

from overdoor.domain.access import Caller
from overdoor.domain.task import Asset
from overdoor.errors import AssetGone, AssetNotFound
from overdoor.storage import assets, ledger, tasks
from overdoor.storage.asset_files import AssetFiles, AssetMissing, key_of
from overdoor.storage.db import Database, Tx

_VERIFIED_REMEMBERED = 10_000  # hashes that were found right in the life of this process

_log = structlog.get_logger("overdoor.assets")


class Assets:
    """Use cases around stored results."""

    def __init__(self, *, database: Database, files: AssetFiles, now: Callable[[], datetime]) -> None:
        self._database = database
        self._files = files
        self._now = now
        self._verified: set[str] = set()

    async def find(self, asset_id: str) -> Asset:
        """The asset behind a link whose signature was checked; its bytes are verified once per process.

        Raises:
            AssetGone: deleted, or its time is over. Who has a signed link once had the file.
            AssetNotFound: lost; that is noted, and for a result the task's charge is given back.
        """
        asset = await self._database.read(lambda tx: assets.by_id(tx, asset_id))
        if asset is None or asset.expires_at <= self._now():
            raise AssetGone(
                "The file behind this link was deleted, or its time is over.",
                hint="Ask its owner, or generate it again.",
            )
        if asset.sha256 not in self._verified:
            await self._verify(asset)
        return asset

    async def visible(self, asset_id: str, *, caller: Caller) -> Asset:
        """A file that the caller may see: of this key and mode, or of the account with `account:read`.

        Raises:
            AssetNotFound
        """
        seen = None
        if "\x00" not in asset_id:  # PostgreSQL takes no such text
            seen = await self._database.read(lambda tx: assets.visible(tx, asset_id, caller))
        if seen is None or seen.expires_at <= self._now():
            raise AssetNotFound(
                f"No file {asset_id!r} belongs to this API key.", hint="Use an asset id that the same key was given."
            )
        if seen.lost:
            raise lost(seen)
        return seen

    async def read(self, asset: Asset, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in chunks.

        Raises:
            AssetNotFound: the bytes are gone; noted and refunded as in `find`.
        """
        try:
            return await self._files.open_range(key_of(asset.sha256), start, end)
        except AssetMissing as error:
            await self._lose(asset, "is missing")
            raise lost(asset) from error

    async def _verify(self, asset: Asset) -> None:
        try:
            intact = await self._files.verify(key_of(asset.sha256), asset.sha256)
        except AssetMissing:
            intact = False
        if not intact:
            await self._lose(asset, "is missing or has another hash")
            raise lost(asset)
        if len(self._verified) >= _VERIFIED_REMEMBERED:
            self._verified.clear()
        self._verified.add(asset.sha256)

    async def _lose(self, asset: Asset, what: str) -> None:
        self._verified.discard(asset.sha256)

        def work(tx: Tx) -> bool:
            if not assets.mark_lost(tx, asset.id) or asset.role != "result" or asset.task_id is None:
                return False
            task = tasks.by_id(tx, asset.task_id)
            if task is None or not tasks.turn_to_failure(
                tx,
                task.id,
                fail_code="result_lost",
                fail_message="The stored result was lost; the charge was given back.",
            ):
                return False
            ledger.refund(tx, task)
            return True

        refunded = await self._database.write(work)
        _log.error("a stored file " + what, asset=asset.id, task=asset.task_id, refunded=refunded)


def lost(asset: Asset) -> AssetNotFound:
    """What is told of a file whose bytes are gone: only a result was paid for."""
    match asset.role:
        case "result":
            return AssetNotFound("The file was lost; the task's credits were given back.", hint="Generate it again.")
        case "upload":
            hint = "Upload it again: with the same bytes its id and its links are good again."
            return AssetNotFound(f"The upload {asset.id} was lost.", hint=hint)
        case _:
            return AssetNotFound("The file was lost.", hint="Query the task again: its results may be there.")
