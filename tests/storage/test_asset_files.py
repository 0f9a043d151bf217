"""Files by content, safe before `put` answers (design.md decision 9)."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from overdoor.storage import leaving
from overdoor.storage.asset_files import SPARED, AssetFiles, AssetMissing, StoredFile
from overdoor.units import utc_now

FOX = b"fox" * 300_000
FOX_SHA256 = hashlib.sha256(FOX).hexdigest()
FOX_KEY = f"{FOX_SHA256[:2]}/{FOX_SHA256[2:4]}/{FOX_SHA256}"
ABSENT_KEY = f"ab/cd/abcd{'0' * 60}"


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> AssetFiles:
    return AssetFiles(tmp_path / "assets" if request.param == "folder" else MemoryStore())


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files and folders that were fsynced, in order."""
    paths: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return paths


async def test_bytes_and_a_file_of_the_same_content_are_one_file(files: AssetFiles, tmp_path: Path) -> None:
    """Promise: content-addressed; the given file stays."""
    (tmp_path / "download").write_bytes(FOX)

    first = await files.put(FOX)
    second = await files.put(tmp_path / "download")

    assert first == second == StoredFile(sha256=FOX_SHA256, size_bytes=900_000, key=FOX_KEY)
    assert await whole(await files.open_range(FOX_KEY)) == FOX
    assert (tmp_path / "download").exists()


async def test_a_new_file_and_every_folder_up_to_the_root_are_on_disk_before_put_answers(
    tmp_path: Path, synced: list[Path]
) -> None:
    """Promise: no result is lost to a power cut after its task succeeded."""
    root = tmp_path / "data" / "assets"

    await AssetFiles(root).put(FOX)

    path = root / FOX_KEY
    assert set(synced) == {path, path.parent, path.parent.parent, root, root.parent, tmp_path}
    assert synced.index(path) < synced.index(path.parent) < synced.index(path.parent.parent)


async def test_the_same_content_again_writes_nothing_but_is_synced_once_by_each_process(
    tmp_path: Path, synced: list[Path]
) -> None:
    """Promise: cheap, and still true if the first writer died between write and sync."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    before = (tmp_path / FOX_KEY).stat()
    synced.clear()

    await files.put(FOX)
    by_the_same = list(synced)
    await AssetFiles(tmp_path).put(FOX)

    after = (tmp_path / FOX_KEY).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert by_the_same == []
    assert tmp_path / FOX_KEY in synced


async def test_a_file_that_a_power_cut_left_short_is_written_again(tmp_path: Path) -> None:
    """Promise: a rename may survive without its content."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    (tmp_path / FOX_KEY).write_bytes(b"")

    await files.put(FOX)

    assert (tmp_path / FOX_KEY).read_bytes() == FOX


async def test_many_writers_of_one_content_agree(tmp_path: Path) -> None:
    """Promise: one file, whoever wins."""
    files = AssetFiles(tmp_path)

    stored = await asyncio.gather(*(files.put(FOX) for _ in range(8)))

    assert set(stored) == {StoredFile(sha256=FOX_SHA256, size_bytes=900_000, key=FOX_KEY)}
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / FOX_KEY]


async def test_a_taken_file_is_moved_in_young_and_is_the_same_as_a_put_one(files: AssetFiles, tmp_path: Path) -> None:
    """Promise: `take`: as `put`, but on one disk the file is moved; a purge spares it as long."""
    given = tmp_path / "given"
    given.write_bytes(FOX)
    os.utime(given, (0, 0))

    taken = await files.take(given, sha256=FOX_SHA256)

    assert taken == StoredFile(FOX_SHA256, len(FOX), FOX_KEY) == await files.put(FOX)
    assert await whole(await files.open_range(FOX_KEY)) == FOX
    assert given.exists() is (files.local_path(FOX_KEY) is None)
    assert not await files.remove_untouched(FOX_KEY, since=utc_now() - SPARED)


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, 900_000), (5, 700_000), (899_999, 900_000), (7, 7), (900_000, 900_000)]
)
async def test_a_range_is_exact(files: AssetFiles, start: int, end: int) -> None:
    """Promise: `end` is excluded, as in Python."""
    await files.put(FOX)

    assert await whole(await files.open_range(FOX_KEY, start, end)) == FOX[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, 900_001), (900_001, 900_001)])
async def test_a_range_outside_the_file_is_a_mistake_of_the_caller(files: AssetFiles, start: int, end: int) -> None:
    """Promise: the door clamps with `size` first."""
    await files.put(FOX)

    with pytest.raises(ValueError, match="no range"):
        await files.open_range(FOX_KEY, start, end)


async def test_a_large_file_comes_in_chunks(files: AssetFiles) -> None:
    """Promise: memory stays flat while a video is served."""
    await files.put(FOX)

    sizes = [len(chunk) async for chunk in await files.open_range(FOX_KEY)]

    assert sum(sizes) == 900_000
    assert len(sizes) > 1 or files.local_path(FOX_KEY) is None


async def test_an_empty_file_can_be_stored(files: AssetFiles) -> None:
    """Promise: no size is special."""
    stored = await files.put(b"")

    assert await whole(await files.open_range(stored.key)) == b""
    assert await files.verify(stored.key, stored.sha256)


@pytest.mark.parametrize("key", [ABSENT_KEY, "../../etc/passwd", "/etc/passwd", "", f"ab/cd/{FOX_SHA256}", "ab/cd"])
async def test_a_missing_or_malformed_key_is_missing(files: AssetFiles, key: str) -> None:
    """Promise: AssetMissing, and no path outside the root is ever looked at."""
    await files.put(FOX)
    for attempt in (files.size(key), files.open_range(key), files.verify(key, FOX_SHA256)):
        with pytest.raises(AssetMissing):
            await attempt


async def test_verify_sees_a_changed_byte(tmp_path: Path) -> None:
    """Promise: `overdoor doctor` finds rot."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    assert await files.verify(FOX_KEY, FOX_SHA256)

    (tmp_path / FOX_KEY).write_bytes(FOX[:-1] + b"!")

    assert not await files.verify(FOX_KEY, FOX_SHA256)


async def test_a_deleted_file_is_missing_and_deleting_it_again_is_fine(files: AssetFiles) -> None:
    """Promise: a cleaner may run twice."""
    await files.put(FOX)

    await files.delete(FOX_KEY)
    await files.delete(FOX_KEY)
    await files.delete("../../etc/passwd")

    with pytest.raises(AssetMissing):
        await files.size(FOX_KEY)


async def test_an_old_file_goes_and_one_that_was_put_lately_stays(files: AssetFiles) -> None:
    """Promise: whoever puts a file has an hour to commit the row that names it."""
    await files.put(FOX)
    now = utc_now()

    assert not await files.remove_untouched(FOX_KEY, since=now - SPARED)
    assert await files.size(FOX_KEY) == len(FOX)

    assert await files.remove_untouched(FOX_KEY, since=now + timedelta(seconds=1))
    assert await files.remove_untouched(FOX_KEY, since=now)
    assert await files.remove_untouched("../../etc/passwd", since=now)
    with pytest.raises(AssetMissing):
        await files.size(FOX_KEY)


async def test_untouched_files_are_listed_by_prefix(files: AssetFiles) -> None:
    """Promise: for the scan that finds what no row names."""
    await files.put(FOX)
    later = utc_now() + timedelta(seconds=1)

    found = [
        [each async for portion in files.untouched(prefix, since=since) for each in portion]
        for prefix, since in ((FOX_KEY[:2], later), ("zz", later), (FOX_KEY[:2], later - timedelta(hours=1)))
    ]

    assert found == [[FOX_SHA256], [], []]


async def test_a_put_makes_an_old_file_young_again(tmp_path: Path) -> None:
    """Promise: a purge that has found the file unnamed does not take it from who has just put it."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    os.utime(tmp_path / FOX_KEY, (1, 1))

    await files.put(FOX)

    assert not await files.remove_untouched(FOX_KEY, since=utc_now() - SPARED)


async def test_of_a_put_and_a_removal_at_once_the_put_always_wins(tmp_path: Path) -> None:
    """Promise: whatever the order of their steps, the file that `put` has answered for is there."""
    removing, putting = AssetFiles(tmp_path), AssetFiles(tmp_path)
    path = tmp_path / FOX_KEY
    lost = 0
    for _ in range(100):
        await putting.put(FOX)
        os.utime(path, (1, 1))
        since = utc_now() - SPARED
        await asyncio.gather(removing.remove_untouched(FOX_KEY, since=since), putting.put(FOX))
        lost += not path.exists()

    assert lost == 0


async def test_a_file_that_was_touched_while_it_stepped_aside_steps_back(tmp_path: Path) -> None:
    """Promise: the one order of steps that a race seldom meets."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    path = tmp_path / FOX_KEY
    since = utc_now() - SPARED

    aside = leaving.step_aside(tmp_path, path)  # the put has touched it just before
    assert not leaving.finish(aside, path, since)
    assert path.read_bytes() == FOX

    aside = leaving.step_aside(tmp_path, path)
    os.utime(aside, (1, 1))
    await files.put(FOX)  # the put comes just after, and writes anew
    assert leaving.finish(aside, path, since)
    assert path.read_bytes() == FOX


async def test_what_a_crash_left_aside_is_brought_back(tmp_path: Path) -> None:
    """Promise: nothing is lost between the two steps of a removal."""
    files = AssetFiles(tmp_path)
    await files.put(FOX)
    leaving.step_aside(tmp_path, tmp_path / FOX_KEY)

    assert (await files.bring_back(), await files.bring_back()) == (1, 0)

    assert (tmp_path / FOX_KEY).read_bytes() == FOX


async def test_a_local_path_exists_for_a_folder_only(tmp_path: Path) -> None:
    """Promise: None for a remote store or a malformed key."""
    local, remote = AssetFiles(tmp_path), AssetFiles(MemoryStore())
    await local.put(FOX)
    await remote.put(FOX)

    assert local.local_path(FOX_KEY) == tmp_path / FOX_KEY
    assert local.local_path("../x") is None
    assert remote.local_path(FOX_KEY) is None
