"""recordInfo under load, and how soon a long poll is answered."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import get, load, post
from bench.server import Server, make_keys, serving, working
from bench.table import ROOT, ROUNDS, SECONDS, Row

POLLS = 100  # long polls at once, each for a task of its own
WISH = {
    "model": "gpt-image-2-text-to-image",
    "input": {"prompt": "sandbox:instant sandbox:delay=3s", "output_format": "jpeg", "output_compression": 80},
}


def reading_rows(name: str, database_url: str | None) -> list[Row]:
    """recordInfo of ended tasks, and long polls that the end of a task in the same process answers."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, serving(Path(folder), database_url) as server:
        keys = make_keys(Path(folder), database_url)
        ended = [asyncio.run(_answers(server, keys[:1]))[0][0]]
        path = f"/api/v1/jobs/recordInfo?taskId={ended[0]}"
        request = get(path, host="127.0.0.1", key=keys[0])
        server.wait_until_idle()
        rates: list[float] = []
        p99s: list[float] = []
        cpu_us: list[float] = []
        for _ in range(ROUNDS):
            before = server.cpu_s()
            seen = asyncio.run(load("127.0.0.1", server.port, requests=[request], connections=32, seconds=SECONDS))
            assert set(seen.statuses) == {200}, seen.statuses
            rates.append(seen.per_second)
            p99s.append(seen.percentile_ms(0.99))
            cpu_us.append((server.cpu_s() - before) / len(seen.latencies_s) * 1e6)
        wake = _wake_row(f"{name}, same process", server, keys)
    figures = f"{statistics.median(rates):,.0f} /s, p99 {statistics.median(p99s):.1f} ms"
    return [
        Row(f"recordInfo, {name}, c=32", "", f"{figures}, {statistics.median(cpu_us):,.0f} µs CPU"),
        wake,
    ]


def apart_row(name: str, database_url: str | None) -> Row:
    """Long polls at one process that the end of a task in another process answers."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, _apart(Path(folder), database_url) as server:
        keys = make_keys(Path(folder), database_url)
        return _wake_row(f"{name}, another process", server, keys)


@contextmanager
def _apart(folder: Path, database_url: str | None) -> Iterator[Server]:
    with serving(folder, database_url, "--no-tasks") as server, working(folder, database_url):
        yield server


def _wake_row(name: str, server: Server, keys: Sequence[str]) -> Row:
    delays: list[float] = []
    asyncio.run(_answers(server, keys[:4]))  # warm
    for _ in range(ROUNDS):
        delays += [delay for _, delay in asyncio.run(_answers(server, [*keys] * (POLLS // len(keys) + 1)))]
    delays.sort()
    p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    return Row(f"long poll, from the end of the task to the answer, {name}", "", f"p50 {p50:.0f} ms, p99 {p99:.0f} ms")


async def _answers(server: Server, keys: Sequence[str]) -> list[tuple[str, float]]:
    """For each key a task and a long poll: the task's id, and milliseconds from its end to the answer."""
    return await asyncio.gather(*(_answer(server, key) for key in keys))


async def _answer(server: Server, key: str) -> tuple[str, float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(post("/api/v1/jobs/createTask", host="127.0.0.1", key=key, body=json.dumps(WISH).encode()))
    task_id = (await _body(reader))[0]["taskId"]
    asked_ms = time.time() * 1000
    writer.write(get(f"/api/v1/jobs/recordInfo?taskId={task_id}&wait=60", host="127.0.0.1", key=key))
    record, answered_ms = await _body(reader)
    writer.close()
    if record["completeTime"] < asked_ms:
        raise RuntimeError("the task had ended before somebody waited for it")
    return task_id, answered_ms - record["completeTime"]


async def _body(reader: asyncio.StreamReader) -> tuple[Any, float]:
    """The `data` of an answer, and when its head came (epoch milliseconds)."""
    head = await reader.readuntil(b"\r\n\r\n")
    came_ms = time.time() * 1000
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return json.loads(await reader.readexactly(length))["data"], came_ms
