"""createTask under load, and whole tasks from the request to the stored picture."""

import asyncio
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from bench.load import Load, load, post
from bench.server import Server, make_keys, serving
from bench.table import ROOT, ROUNDS, SECONDS, Row

WISH = {
    "model": "gpt-image-2-text-to-image",
    "input": {"prompt": "sandbox:instant sandbox:delay=200ms", "output_format": "jpeg", "output_compression": 80},
}
AT_ONCE = {
    "model": "gpt-image-2-text-to-image",
    "input": {"prompt": "sandbox:instant", "output_format": "jpeg", "output_compression": 80},
}


def create_rows(name: str, database_url: str | None, *, goal_per_second: int, goal_p99_ms: int | None) -> list[Row]:
    """createTask while the created tasks run (0.2 s each, a cached picture, stored, hashed, settled)."""
    rounds: dict[int, list[tuple[Load, float]]] = {1: [], 32: [], 64: []}
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, serving(Path(folder), database_url) as server:
        keys = make_keys(Path(folder), database_url)
        body = json.dumps(WISH).encode()
        requests = [post("/api/v1/jobs/createTask", host="127.0.0.1", key=key, body=body) for key in keys]
        asyncio.run(load("127.0.0.1", server.port, requests=requests, connections=4, seconds=1.0))  # warm
        for _ in range(ROUNDS):
            for connections, seen in rounds.items():
                before = server.cpu_s()
                result = asyncio.run(
                    load("127.0.0.1", server.port, requests=requests, connections=connections, seconds=SECONDS)
                )
                seen.append((result, server.cpu_s() - before))
                server.wait_until_idle()
    return [create_row(name, connections, seen, goal_per_second, goal_p99_ms) for connections, seen in rounds.items()]


def create_row(
    name: str, connections: int, seen: list[tuple[Load, float]], goal_per_second: int, goal_p99_ms: int | None
) -> Row:
    """One line: accepted per second, latencies, CPU of the server for each task created and run."""
    accepted = statistics.median(result.statuses.get(200, 0) / result.seconds for result, _ in seen)
    p50 = statistics.median(result.percentile_ms(0.5) for result, _ in seen)
    p99 = statistics.median(result.percentile_ms(0.99) for result, _ in seen)
    cpu_us = statistics.median(cpu_s / max(result.statuses.get(200, 0), 1) * 1e6 for result, cpu_s in seen)
    others = sum(sum(result.statuses.values()) - result.statuses.get(200, 0) for result, _ in seen)
    goal = ""
    if connections == 32:
        goal = f"at least {goal_per_second:,}/s" + (f", p99 at most {goal_p99_ms} ms" if goal_p99_ms else "")
    return Row(
        f"createTask with tasks running, {name}, c={connections}",
        goal,
        f"{accepted:,.0f} /s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {cpu_us:,.0f} µs CPU a task, {others} refused",
    )


def end_to_end_row(name: str, database_url: str | None) -> Row:
    """Tasks from createTask to their end: those accepted, by the time until the last of them has ended."""
    rates: list[float] = []
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, serving(Path(folder), database_url) as server:
        keys = make_keys(Path(folder), database_url)
        body = json.dumps(AT_ONCE).encode()
        requests = [post("/api/v1/jobs/createTask", host="127.0.0.1", key=key, body=body) for key in keys]
        asyncio.run(load("127.0.0.1", server.port, requests=requests, connections=4, seconds=1.0))  # warm
        for _ in range(ROUNDS):
            until_none_waits(server, keys)
            began = time.perf_counter()
            seen = asyncio.run(load("127.0.0.1", server.port, requests=requests, connections=32, seconds=SECONDS))
            until_none_waits(server, keys)
            rates.append(seen.statuses.get(200, 0) / (time.perf_counter() - began))
    return Row(f"tasks from createTask to a stored picture, {name}, c=32", "", f"{statistics.median(rates):,.0f} /s")


def until_none_waits(server: Server, keys: Sequence[str]) -> None:
    """Return when every key's tasks have ended."""
    for key in keys:
        while _waiting(server, key):
            time.sleep(0.02)


def _waiting(server: Server, key: str) -> bool:
    """True while the key has an unfinished task among its newest."""
    url = f"http://127.0.0.1:{server.port}/api/v1/jobs?state=waiting&limit=1"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        return bool(json.load(answer)["data"]["items"])
