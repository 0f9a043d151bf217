"""Results are ours: fetched, looked at, fitted to the asked size, stored and hashed before a task may succeed."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from anyio import to_thread

from overdoor.domain.retention import Retention
from overdoor.domain.task import Asset, MediaKind, Task
from overdoor.media.fit import fit_image
from overdoor.media.likeness import Look, Preview, look
from overdoor.media.preview import poster
from overdoor.media.probe import MediaFacts, UnreadableMedia
from overdoor.media.processes import LOOK_CPU_S, MediaProcesses, WorkerDied, foreign
from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.providers.contract import FileAsset, Finished, InlineAsset, ProviderAsset, RemoteAsset
from overdoor.storage.asset_files import AssetFiles
from overdoor.units import AssetId, new_id

_MOST_BYTES = {"image": 100 * 1024**2, "video": 1024**3}  # of one result
_FETCH_TIMEOUT_S = 600.0
_LOOKS_REMEMBERED = 256  # with previews of some 30 kB
_HASHED_AT_ONCE_BYTES = 256 * 1024  # 0.1 ms: less than the way to a thread and back
_ACCEPTED = ("image/", "video/")

_look = foreign(look, cpu_s=LOOK_CPU_S)
_fit = foreign(fit_image)
_poster = foreign(poster)


class ResultUnusable(Exception):
    """What the provider delivered cannot be kept. transient: fetching it again may help."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.message, self.transient = message, transient


@dataclass(frozen=True, slots=True)
class _Seen:
    look: Look
    sha256: str

    @property
    def facts(self) -> MediaFacts:
        return self.look.facts


@dataclass(frozen=True, slots=True)
class _Kept:
    """A stored file and what it is to the task."""

    role: Literal["result", "poster", "preview"]
    kind: MediaKind
    mime: str
    width_px: int
    height_px: int
    sha256: str
    size_bytes: int
    has_alpha: bool
    blurhash: str | None
    duration_s: float | None = None


class Results:
    """Keeps what providers deliver."""

    def __init__(
        self,
        *,
        files: AssetFiles,
        processes: MediaProcesses,
        fetcher: Fetcher,
        scratch: Path,
        retention: Retention,
        now: Callable[[], datetime],
    ) -> None:
        self._retention = retention
        self._files = files
        self._processes = processes
        self._fetcher = fetcher
        self._scratch = scratch
        self._now = now
        self._looks: OrderedDict[str, asyncio.Task[Look]] = OrderedDict()

    async def keep(self, task: Task, finished: Finished) -> tuple[Asset, ...]:
        """Store every result; the assets are on disk when this returns, their rows are the caller's to write.

        Raises:
            ResultUnusable
        """
        if not finished.assets:
            raise ResultUnusable("The provider said that it had finished and delivered nothing.")
        made: list[Asset] = []
        for position, delivered in enumerate(finished.assets):
            content = await self._content(task, delivered)
            try:
                kept = await self._keep_one(task, content)
            except (OSError, WorkerDied):  # tried again by the caller: the file is still needed
                raise
            except BaseException:
                _forget(content)
                raise
            _forget(content)
            made.extend(self._asset(task, each, position=position) for each in kept)
        return tuple(made)

    async def _content(self, task: Task, delivered: ProviderAsset) -> bytes | Path:
        match delivered:
            case InlineAsset(data, mime):
                return await self._spill(data) if mime.startswith("video/") else data
            case FileAsset(path):
                return path
            case RemoteAsset(url):
                try:
                    downloaded = await self._fetcher.download(
                        url,
                        limit_bytes=_MOST_BYTES[task.request.kind],
                        timeout_s=_FETCH_TIMEOUT_S,
                        accept=_ACCEPTED,
                        into=self._scratch,
                    )
                except FetchFailed as error:
                    raise ResultUnusable(
                        f"The result could not be fetched: {error.reason}", transient=error.transient
                    ) from error
                return downloaded.data

    async def _keep_one(self, task: Task, content: bytes | Path) -> tuple[_Kept, ...]:
        """The result, and its preview or poster where it has one."""
        try:
            seen = await self._look(content)
            if seen.facts.kind != task.request.kind:
                delivered, asked = seen.facts.mime, task.request.kind
                raise ResultUnusable(f"The provider delivered {delivered} where {asked} was asked for.")
            if seen.facts.kind == "video":
                return await self._keep_clip(content, seen)
            if _differs(task, seen.facts):
                content = await self._fitted(task, content, seen.facts)
                seen = await self._look(content)
            kept = await self._store(content, seen, role="result", blurhash=seen.look.blurhash)
            if seen.look.preview is None:
                return (kept,)
            return kept, await self._store_preview(seen.look.preview, kept)
        except UnreadableMedia as error:
            raise ResultUnusable(f"The provider delivered a file that cannot be read: {error.reason}.") from error

    async def _keep_clip(self, content: bytes | Path, seen: _Seen) -> tuple[_Kept, ...]:
        if isinstance(content, bytes):
            raise ResultUnusable("A clip must come as a file or a link.")
        still = await self._processes.video(_poster, content)
        looked = await self._look(still)
        kept = await self._store(content, seen, role="result", blurhash=looked.look.blurhash)
        return kept, await self._store(still, looked, role="poster", blurhash=looked.look.blurhash)

    async def _look(self, content: bytes | Path) -> _Seen:
        """What a file is and looks like, found once for each content, however many ask at the same time."""
        is_small = isinstance(content, bytes) and len(content) <= _HASHED_AT_ONCE_BYTES
        sha256 = _sha256(content) if is_small else await to_thread.run_sync(_sha256, content)
        looking = self._looks.get(sha256)
        if looking is None or (looking.done() and (looking.cancelled() or looking.exception() is not None)):
            looking = self._looks[sha256] = asyncio.create_task(self._looked(content))
            looking.add_done_callback(_seen_by_nobody)
            if len(self._looks) > _LOOKS_REMEMBERED:
                self._looks.popitem(last=False)
        return _Seen(await asyncio.shield(looking), sha256)

    async def _looked(self, content: bytes | Path) -> Look:
        run = self._processes.video if isinstance(content, Path) else self._processes.image
        return await run(_look, content)

    async def _fitted(self, task: Task, content: bytes | Path, facts: MediaFacts) -> bytes:
        data = content if isinstance(content, bytes) else await to_thread.run_sync(content.read_bytes)
        request = task.request
        return await self._processes.image(
            _fit,
            data,
            request.width_px or facts.width_px,
            request.height_px or facts.height_px,
            request.output_format or facts.mime.removeprefix("image/"),
            request.output_compression,
        )

    async def _store(
        self, content: bytes | Path, seen: _Seen, *, role: Literal["result", "poster"], blurhash: str | None
    ) -> _Kept:
        stored, facts = await self._files.put(content, sha256=seen.sha256), seen.facts
        return _Kept(
            role=role,
            kind=facts.kind,
            mime=facts.mime,
            width_px=facts.width_px,
            height_px=facts.height_px,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            has_alpha=facts.has_alpha,
            blurhash=blurhash,
            duration_s=facts.duration_s,
        )

    async def _store_preview(self, preview: Preview, of: _Kept) -> _Kept:
        stored = await self._files.put(preview.data)
        return replace(
            of,
            role="preview",
            mime="image/webp",
            width_px=preview.width_px,
            height_px=preview.height_px,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
        )

    async def _spill(self, data: bytes) -> Path:
        path = self._scratch / new_id("clip")
        await to_thread.run_sync(path.write_bytes, data)
        return path

    def _asset(self, task: Task, kept: _Kept, *, position: int) -> Asset:
        created_at = self._now()
        return Asset(
            id=AssetId(new_id("asset")),
            account_id=task.account_id,
            key_id=task.key_id,
            mode=task.mode,
            task_id=task.id,
            role=kept.role,
            position=position,
            kind=kept.kind,
            mime=kept.mime,
            width_px=kept.width_px,
            height_px=kept.height_px,
            duration_s=kept.duration_s,
            size_bytes=kept.size_bytes,
            sha256=kept.sha256,
            created_at=created_at,
            expires_at=self._retention.until(kept.role, created_at),
            has_alpha=kept.has_alpha,
            blurhash=kept.blurhash,
        )


def _forget(content: bytes | Path) -> None:
    if isinstance(content, Path):
        content.unlink(missing_ok=True)


def _seen_by_nobody(looking: "asyncio.Task[Look]") -> None:
    """Take note of a failure even if all who waited for it have been cancelled."""
    if not looking.cancelled():
        looking.exception()


def _differs(task: Task, facts: MediaFacts) -> bool:
    """The picture has another size or format than the caller was promised."""
    request = task.request
    if request.width_px and (facts.width_px, facts.height_px) != (request.width_px, request.height_px):
        return True
    return request.output_format is not None and facts.mime != f"image/{request.output_format}"


def _sha256(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
