"""The bytes of assets, each once, under the name of their hash; on disk before `put` answers.

`put` leaves a file alone that is there already, and a purge may be about to remove just that one. So `put` makes what
it finds young again, and only files that were not touched for `SPARED` are removed: whoever puts a file has that long
to commit the row that names it.

`obstore` brings local folders and S3-compatible stores behind one interface. Its local store renames a new file into
place without an fsync, so that is done here, for the file and for every folder up to the root.
"""

import errno
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
from anyio import to_thread
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from overdoor.storage import leaving
from overdoor.storage.leaving import fsync

SPARED = timedelta(hours=1)  # how long a file that was put stays, whoever names it
_TOUCHED_AFTER_S = 300.0  # younger files are left as they are: a write less for each put
_CHUNK_BYTES = 256 * 1024
_DURABLE_REMEMBERED = 10_000
_LISTED_AT_ONCE = 500
_KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}")


class AssetMissing(Exception):
    """No file has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no file is stored under {key!r}")
        self.key = key


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely stored. key: where, as in `ab/cd/abcd…`."""

    sha256: str
    size_bytes: int
    key: str


class AssetFiles:
    """Files by content. The same content put twice is one file, so a `delete` concerns all who put it."""

    def __init__(self, root: Path | ObjectStore) -> None:
        """root: A folder, made by the first `put`, or any store of obstore."""
        self._folder = root.absolute() if isinstance(root, Path) else None
        self._opened_store = None if isinstance(root, Path) else root
        self._durable: set[str] = set()  # keys that this process has synced itself

    async def put(self, data: bytes | Path, *, sha256: str | None = None) -> StoredFile:
        """The content is stored and survives a power cut. Cheap where it was stored before.

        data: The bytes, or a file, which is copied and stays. sha256: its hash, where the caller knows it.

        Raises:
            OSError: the store does not take it.
        """
        if sha256 is not None and isinstance(data, bytes):
            size_bytes = len(data)
        else:
            sha256, size_bytes = await to_thread.run_sync(_hashed, data, sha256)
        stored = StoredFile(sha256=sha256, size_bytes=size_bytes, key=key_of(sha256))
        store = await self._store()
        if not await self._keeps_alive(stored.key, size_bytes):
            try:
                await obstore.put_async(store, stored.key, data)
            except BaseError as error:
                raise OSError(f"a file could not be stored: {error}") from error
            self._durable.discard(stored.key)
        if self._folder is not None and stored.key not in self._durable:
            await to_thread.run_sync(_make_durable, self._folder, stored.key)
            if len(self._durable) >= _DURABLE_REMEMBERED:
                self._durable.clear()
            self._durable.add(stored.key)
        return stored

    async def take(self, path: Path, *, sha256: str) -> StoredFile:
        """The file is stored as by `put`, and may be gone from `path`: on one disk it is moved, not copied.

        sha256: its hash.

        Raises:
            OSError: the store does not take it.
        """
        if self._folder is None:
            return await self.put(path, sha256=sha256)
        await self._store()
        stored = StoredFile(sha256, path.stat().st_size, key_of(sha256))  # noqa: ASYNC240 - one stat
        try:
            await to_thread.run_sync(_move_in, path, self._folder, stored.key)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return await self.put(path, sha256=sha256)
        return stored

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end` (None: the end of the file), in chunks.

        The file is found before this returns: `async for chunk in await files.open_range(key, 0, 100)`.

        Raises:
            AssetMissing
            ValueError: not 0 <= start <= end <= size.
        """
        size_bytes = await self.size(key)
        end = size_bytes if end is None else end
        if not 0 <= start <= end <= size_bytes:
            raise ValueError(f"no range {start}-{end} in {size_bytes} bytes")
        if start == end:  # obstore refuses an empty range
            return _nothing()
        try:
            found = await obstore.get_async(await self._store(), key, options={"range": (start, end)})
        except FileNotFoundError as error:
            raise AssetMissing(key) from error
        return _chunks(found)

    async def size(self, key: str) -> int:
        """The file's size in bytes.

        Raises:
            AssetMissing
        """
        size_bytes = await self._size_or_none(key)
        if size_bytes is None:
            raise AssetMissing(key)
        return size_bytes

    async def verify(self, key: str, sha256: str) -> bool:
        """True when the stored bytes still have this hash.

        Raises:
            AssetMissing
        """
        digest = hashlib.sha256()
        async for chunk in await self.open_range(key):
            await to_thread.run_sync(digest.update, chunk)
        return digest.hexdigest() == sha256

    async def remove_untouched(self, key: str, *, since: datetime) -> bool:
        """True when no file has this key; False when it was put after that moment, and therefore stays.

        In a folder, a `put` at the same time either makes the file young before it goes, or writes it anew. In a remote
        store the same holds but for one round trip between look and removal.
        """
        if _KEY.fullmatch(key) is None:
            return True
        if self._folder is not None:
            return await to_thread.run_sync(leaving.remove_untouched, self._folder, self._folder / key, since)
        try:
            if (await obstore.head_async(await self._store(), key))["last_modified"] > since:
                return False
        except FileNotFoundError:
            return True
        await self.delete(key)
        return True

    async def bring_back(self) -> int:
        """Put files back into their place whose removal a crash has interrupted; how many."""
        return 0 if self._folder is None else await to_thread.run_sync(leaving.bring_back, self._folder)

    async def untouched(self, prefix: str, *, since: datetime) -> AsyncIterator[Sequence[str]]:
        """Hashes of the files under a prefix such as `ab` that were not put after that moment, in portions."""
        async for portion in obstore.list(await self._store(), prefix=prefix, chunk_size=_LISTED_AT_ONCE):
            named = [(_KEY.fullmatch(each["path"]), each["last_modified"]) for each in portion]
            yield [matched[0][6:] for matched, touched_at in named if matched is not None and touched_at <= since]

    async def delete(self, key: str) -> None:
        """No file has this key, whether or not one had it before."""
        if _KEY.fullmatch(key) is None:
            return
        try:
            await obstore.delete_async(await self._store(), key)
        except FileNotFoundError:
            return

    def local_path(self, key: str) -> Path | None:
        """Where the file lies (or would lie) on this machine; None for a remote store or a malformed key."""
        if self._folder is None or _KEY.fullmatch(key) is None:
            return None
        return self._folder / key

    async def _keeps_alive(self, key: str, size_bytes: int) -> bool:
        """True when the whole file is there, and young: a cut of power may have left it empty, a purge may want it."""
        if self._folder is None:
            try:
                found = await obstore.head_async(await self._store(), key)
            except FileNotFoundError:
                return False
            young = datetime.now(UTC) - found["last_modified"] < timedelta(seconds=_TOUCHED_AFTER_S)
            return young and found["size"] == size_bytes
        path = self._folder / key
        try:
            status = path.stat()
            if status.st_size == size_bytes and time.time() - status.st_mtime > _TOUCHED_AFTER_S:
                os.utime(path)
        except FileNotFoundError:
            return False
        return status.st_size == size_bytes

    async def _size_or_none(self, key: str) -> int | None:
        if _KEY.fullmatch(key) is None:
            return None
        try:
            if self._folder is not None:
                return (self._folder / key).stat().st_size
            return (await obstore.head_async(await self._store(), key))["size"]
        except FileNotFoundError:
            return None

    async def _store(self) -> ObjectStore:
        if self._opened_store is None:
            assert self._folder is not None
            self._opened_store = await to_thread.run_sync(_open_folder, self._folder)
        return self._opened_store


def key_of(sha256: str) -> str:
    """Where the content with this hash lies."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _open_folder(folder: Path) -> LocalStore:
    """The store; the folder exists, and so does its entry in its parent, even after a power cut."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    store = LocalStore(prefix=folder, mkdir=True)
    for path in missing:
        fsync(path.parent)
    return store


def _hashed(data: bytes | Path, known: str | None) -> tuple[str, int]:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest(), len(data)
    if known is not None:
        return known, data.stat().st_size
    with data.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


def _move_in(path: Path, folder: Path, key: str) -> None:
    """The file has its place and survives a power cut; one that was there before had the same content."""
    os.utime(path)  # young before it has its place: a purge may be looking there
    fsync(path)
    target = folder / key
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    for each in (target.parent, target.parent.parent, folder):
        fsync(each)


def _make_durable(folder: Path, key: str) -> None:
    """The file, then the folders that name it, from the inside out."""
    path = folder / key
    for each in (path, path.parent, path.parent.parent, folder):
        fsync(each)


async def _chunks(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    async for chunk in found.stream(min_chunk_size=_CHUNK_BYTES):
        yield bytes(chunk)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
