"""What large uploads and inputs cost a real server in memory. The numbers are in docs/inputs-and-uploads.md."""

import asyncio
import io
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from PIL import Image

from tests.contract.conftest import Server, serving

pytestmark = pytest.mark.contract

MOST_BYTES = 512 * 1024 * 1024
ALLOWED_BYTES = 50 * 1024 * 1024  # more than the server held before
_MIB = 1024 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, so that nobody else's work is in its memory."""
    with serving(tmp_path, OVERDOOR_DEFAULT_TIER="enterprise") as started:
        yield started


@pytest.fixture
async def session(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """Connections with the owner's key."""
    timeout = aiohttp.ClientTimeout(total=240)
    headers = {"Authorization": f"Bearer {server.key}"}
    async with aiohttp.ClientSession(server.url, headers=headers, timeout=timeout) as opened:
        yield opened


def forget_peak(pid: int) -> int:
    """The server's memory now, in bytes, from which its peak is counted anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return memory_of(pid, "VmRSS")


def memory_of(pid: int, what: str) -> int:
    """A line of the process's status, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    [found] = [line for line in lines if line.startswith(f"{what}:")]
    return int(found.split()[1]) * 1024


def peak_of_workers(pid: int) -> int:
    """The most memory that any of the server's worker processes ever held, in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return max((memory_of(int(child), "VmHWM") for child in children), default=0)


def wav(path: Path, size_bytes: int) -> Path:
    """A sound of noise, exactly so long."""
    samples = size_bytes - 44
    form = struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16)
    head = b"RIFF" + struct.pack("<I", size_bytes - 8) + b"WAVEfmt " + form + b"data" + struct.pack("<I", samples)
    noise = np.random.default_rng(1).bytes(8 * _MIB)
    with path.open("wb") as file:
        file.write(head)
        while samples > 0:
            samples -= file.write(noise[: min(samples, len(noise))])
    return path


def picture(number: int) -> bytes:
    """A PNG of noise of nearly 30 MB."""
    pixels = np.random.default_rng(number).integers(0, 255, (3190, 3270, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=0)
    return out.getvalue()


async def upload(session: aiohttp.ClientSession, content: Any, name: str) -> dict[str, Any]:
    """The kept file."""
    form = aiohttp.FormData()
    form.add_field("file", content, filename=name)
    async with session.post("/api/v1/files", data=form) as answer:
        body = await answer.json()
        assert answer.status == 200, body
        return body["data"]


async def test_an_upload_of_512_mb_costs_less_than_50_mb(
    server: Server, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Promise: issue 4, Done when 3, "uploads of 512 MB with under 50 MB of memory"."""
    large = wav(tmp_path / "large.wav", MOST_BYTES)
    with wav(tmp_path / "small.wav", _MIB).open("rb") as file:
        await upload(session, file, "small.wav")  # what is imported once is not counted
    before = forget_peak(server.pid)

    with large.open("rb") as file:
        kept = await upload(session, file, "large.wav")

    more = memory_of(server.pid, "VmHWM") - before
    print(f"upload of 512 MB: {more / _MIB:.1f} MB more; worker {peak_of_workers(server.pid) / _MIB:.0f} MB in all")
    assert (kept["sizeBytes"], kept["mime"]) == (MOST_BYTES, "audio/wav")
    assert more < ALLOWED_BYTES
    assert [path for path in (server.data / "scratch").rglob("*") if path.is_file()] == []


async def test_four_uploads_of_512_mb_at_once_cost_less_than_50_mb_together(
    server: Server, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Promise: issue 4, Done when 3: the memory does not grow with what arrives."""
    large = wav(tmp_path / "large.wav", MOST_BYTES)
    before = forget_peak(server.pid)

    with large.open("rb") as one, large.open("rb") as two, large.open("rb") as three, large.open("rb") as four:
        kept = await asyncio.gather(*(upload(session, file, "large.wav") for file in (one, two, three, four)))

    more = memory_of(server.pid, "VmHWM") - before
    print(f"four uploads of 512 MB at once: {more / _MIB:.1f} MB more")
    assert more < ALLOWED_BYTES
    assert len({each["sha256"] for each in kept}) == 1


async def test_sixteen_pictures_of_30_mb_are_inputs_of_one_task_for_less_than_50_mb(
    server: Server, session: aiohttp.ClientSession
) -> None:
    """Promise: issue 4, Done when 3, "sixteen 30 MB images as inputs of one task"."""
    named = [
        f"asset:{(await upload(session, io.BytesIO(picture(number)), 'a.png'))['assetId']}" for number in range(16)
    ]
    before = forget_peak(server.pid)
    wish = {"model": "gpt-image-2-image-to-image", "input": {"prompt": "make a collage", "input_urls": named}}

    async with session.post("/api/v1/jobs/createTask", json=wish) as answer:
        accepted = await answer.json()
    assert accepted["code"] == 200, accepted
    record: dict[str, Any] = {"state": "waiting"}
    while record["state"] == "waiting":
        query = {"taskId": accepted["data"]["taskId"], "wait": "60"}
        async with session.get("/api/v1/jobs/recordInfo", params=query) as answer:
            record = (await answer.json())["data"]

    more = memory_of(server.pid, "VmHWM") - before
    worker = peak_of_workers(server.pid) / _MIB
    print(f"sixteen inputs of 30 MB: {more / _MIB:.1f} MB more; worker {worker:.0f} MB in all; {record['costTime']} ms")
    assert record["state"] == "success", record
    assert more < ALLOWED_BYTES
