"""The inputs of a task as files on this disk, fetched through the guard, looked at and rid of their metadata.

One at a time: however many and large they are, the server holds none of them in memory.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from overdoor.domain.request import InputRef
from overdoor.domain.task import Task
from overdoor.media.probe import SNIFF_BYTES, UnreadableMedia, sniff_mime
from overdoor.media.processes import CLEAN_CPU_S, MediaProcesses, foreign
from overdoor.media.strip import Cleaned, clean
from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.providers.contract import InputMedia
from overdoor.storage import assets
from overdoor.storage.asset_files import AssetFiles, AssetMissing, key_of
from overdoor.storage.db import Database
from overdoor.units import new_id

MOST_BYTES = 30 * 1024 * 1024  # of one input that is a picture, or comes from elsewhere
_FETCH_TIMEOUT_S = 30.0
_CLEAN_TIMEOUT_S = 120.0
_ACCEPTED = ("image/", "video/", "audio/")

_clean = foreign(clean, cpu_s=CLEAN_CPU_S)


class InputUnusable(Exception):
    """An input cannot be had or read; the task fails and its credits come back. code: the task's fail code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class InputFiles:
    """Opens the inputs of tasks."""

    def __init__(
        self, *, database: Database, files: AssetFiles, processes: MediaProcesses, fetcher: Fetcher, scratch: Path
    ) -> None:
        self._database = database
        self._files = files
        self._processes = processes
        self._fetcher = fetcher
        self._scratch = scratch

    @asynccontextmanager
    async def opened(self, task: Task) -> AsyncGenerator[tuple[InputMedia, ...], None]:
        """Every input of the task as a file that lies there until the block ends.

        Raises:
            InputUnusable
        """
        if not task.request.inputs:
            yield ()
            return
        folder = self._scratch / new_id("inputs")
        folder.mkdir()
        try:
            yield tuple([await self._open(ref, folder) for ref in task.request.inputs])
        finally:
            await asyncio.shield(
                asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            )  # up to 480 MB take a while

    async def _open(self, ref: InputRef, folder: Path) -> InputMedia:
        source, target = await self._file(ref, folder), folder / new_id("clean")
        try:
            cleaned = await self._cleaned(source, target)
        except UnreadableMedia as error:
            raise InputUnusable(
                "input_unreadable", f"The input {ref.source} cannot be read: {error.reason}."
            ) from error
        except TimeoutError as error:
            raise InputUnusable("input_unreadable", f"The input {ref.source} took too long to decode.") from error
        path = source if cleaned.sha256 is None else target
        if path is not source and source.is_relative_to(folder):
            source.unlink()
        facts = cleaned.facts
        return InputMedia(ref.role, path, facts.mime, path.stat().st_size, facts.width_px, facts.height_px)

    async def _cleaned(self, source: Path, target: Path) -> Cleaned:
        with source.open("rb") as file:
            mime = sniff_mime(file.read(SNIFF_BYTES)) or ""
        run = self._processes.video if mime.startswith(("video/", "audio/")) else self._processes.image
        return await run(_clean, source, target, timeout_s=_CLEAN_TIMEOUT_S)

    async def _file(self, ref: InputRef, folder: Path) -> Path:
        match ref.source:
            case "url":
                try:
                    downloaded = await self._fetcher.download(
                        ref.value, limit_bytes=MOST_BYTES, timeout_s=_FETCH_TIMEOUT_S, accept=_ACCEPTED, into=folder
                    )
                except FetchFailed as error:
                    raise InputUnusable(
                        "input_unreachable", f"An input could not be fetched: {error.reason}"
                    ) from error
                assert isinstance(downloaded.data, Path)
                return downloaded.data
            case "file":
                return await self._stored(ref.value, folder)
            case "asset":
                asset = await self._database.read(lambda tx: assets.by_id(tx, ref.value))
                if asset is None:
                    raise InputUnusable("input_unreachable", f"The asset {ref.value} no longer exists.")
                return await self._stored(asset.sha256, folder)
            case "data" | "task":
                raise AssertionError(f"an admitted input has no source {ref.source}")

    async def _stored(self, sha256: str, folder: Path) -> Path:
        """Where the stored file lies; one of a remote store is copied."""
        key = key_of(sha256)
        try:
            await self._files.size(key)
            path = self._files.local_path(key)
            return path if path is not None else await _copied(await self._files.open_range(key), folder / sha256)
        except AssetMissing as error:
            raise InputUnusable("input_unreachable", "A stored input is missing.") from error


async def _copied(chunks: AsyncIterator[bytes], path: Path) -> Path:
    with path.open("wb") as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
    return path
