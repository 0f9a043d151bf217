"""`make bench`: what the foundation costs, measured on this machine and written to docs/benchmarks.md.

Every figure is the median of several rounds. The server, the load client and the database share the machine, as they do
for a user with one small server; compare ratios and CPU per request rather than single numbers.
"""

import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.postgresql import DURABLE, running_cluster

from bench.load import Load, load, post
from overdoor.storage.db import Sql, Tx
from overdoor.storage.sqlite import open_sqlite

ROOT = Path(__file__).parent.parent
OVERDOOR = ROOT / ".venv" / "bin" / "overdoor"
REPORT = ROOT / "docs" / "benchmarks.md"
ROUNDS = 5 if os.environ.get("FULL") == "1" else 3
SECONDS = 6.0 if os.environ.get("FULL") == "1" else 3.0
KEYS = 16  # of the enterprise tier: 300 unfinished tasks each
LIMITS = {"endpoints": {"jobs.createTask": {"perSecond": 10_000, "perMinute": 600_000}}}  # counted, but never full
WISH = {
    "model": "gpt-image-2-text-to-image",
    "input": {"prompt": "sandbox:instant sandbox:delay=200ms", "output_format": "jpeg", "output_compression": 80},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    what: str
    goal: str
    seen: str


def main() -> None:
    """Measure everything, print the table, write the report."""
    rows = [fsync_row(), help_row(), *ready_rows(), asyncio.run(writer_row())]
    rows += create_rows("SQLite", None, goal_per_second=1000, goal_p99_ms=40)
    with running_cluster(DURABLE) as cluster:
        rows += create_rows("PostgreSQL", cluster.create("overdoor"), goal_per_second=500, goal_p99_ms=None)
    text = report(rows)
    REPORT.write_text(text, encoding="utf-8")
    print(text)


def fsync_row() -> Row:
    """How long the disk under everything takes to make 4 kB durable."""
    times: list[float] = []
    with tempfile.NamedTemporaryFile(dir=ROOT) as file:
        for _ in range(200):
            os.write(file.fileno(), b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    times.sort()
    return Row("fdatasync of 4 kB on this disk, p50 / p99", "", f"{times[100] * 1000:.2f} / {times[198] * 1000:.2f} ms")


def help_row() -> Row:
    """`overdoor --help` as a whole process."""
    seconds = median_of(lambda: run_quietly([str(OVERDOOR), "--help"]), rounds=9)
    return Row("`overdoor --help`, whole process", "under 200 ms", f"{seconds * 1000:.0f} ms")


def ready_rows() -> list[Row]:
    """From exec to the first 200 at /readyz, on a fresh folder and on a used one."""

    def start(folder: Path) -> float:
        began = time.perf_counter()
        with serving(folder, None):
            return time.perf_counter() - began

    fresh: list[float] = []
    used: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            fresh.append(start(Path(folder)))
            used.append(start(Path(folder)))
    return [
        Row("exec to ready, fresh folder (schema made)", "under 2 s", f"{statistics.median(fresh):.2f} s"),
        Row("exec to ready, used folder", "under 2 s", f"{statistics.median(used):.2f} s"),
    ]


async def writer_row() -> Row:
    """Grouped transactions of five statements by 32 callers, SQLite with synchronous=FULL."""
    insert = Sql("INSERT INTO revisions (name, number) VALUES (:name, 1)")
    update = Sql("UPDATE revisions SET number = number + 1 WHERE name = 'accounts'")
    select = Sql("SELECT number FROM revisions WHERE name = 'accounts'")

    async def once(each: int) -> float:
        with tempfile.TemporaryDirectory(dir=ROOT) as folder:
            database = await open_sqlite(Path(folder) / "bench.db")

            async def caller(number: int) -> None:
                for turn in range(each):
                    name = f"{number}.{turn}"

                    def work(tx: Tx, name: str = name) -> int:
                        tx.run(insert, name=name)
                        tx.run(update)
                        tx.scalar(select)
                        tx.run(update)
                        return int(tx.scalar(select))

                    await database.write(work)

            began = time.perf_counter()
            await asyncio.gather(*(caller(number) for number in range(32)))
            took = time.perf_counter() - began
            await database.close()
            return 32 * each / took

    rates = [await once(400) for _ in range(ROUNDS)]
    return Row("writer, transactions of five statements, c=32", "", f"{statistics.median(rates):,.0f} /s")


def create_rows(name: str, database_url: str | None, *, goal_per_second: int, goal_p99_ms: int | None) -> list[Row]:
    """createTask while the created tasks run (0.2 s each, a cached picture, stored, hashed, settled)."""
    rounds: dict[int, list[tuple[Load, float]]] = {1: [], 32: [], 64: []}
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, serving(Path(folder), database_url) as server:
        keys = [make_key(Path(folder), database_url, f"bench {number}") for number in range(KEYS)]
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


@dataclass(frozen=True, slots=True)
class Server:
    """A started `overdoor serve`."""

    port: int
    process: "subprocess.Popen[str]"

    def cpu_s(self) -> float:
        """User and system time of the server process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_idle(self) -> None:
        """Return when the server has used no CPU worth naming for half a second: its backlog is done."""
        last = self.cpu_s()
        while True:
            time.sleep(0.5)
            now = self.cpu_s()
            if now - last < 0.05:
                return
            last = now


@contextmanager
def serving(folder: Path, database_url: str | None) -> Iterator[Server]:
    """`overdoor serve` on a free port until the block ends."""
    environment = surroundings(database_url)
    process = subprocess.Popen(
        [str(OVERDOOR), "serve", "--port", "0", "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
    )
    try:
        port = ready_port(process)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(20)


def ready_port(process: "subprocess.Popen[str]") -> int:
    """The port in the line that tells of readiness."""
    assert process.stdout is not None
    for line in process.stdout:
        if "ready at http://" in line:
            return int(line.rsplit(":", 1)[1].strip().rstrip("/"))
    raise RuntimeError("the server ended before it was ready")


def make_key(folder: Path, database_url: str | None, name: str) -> str:
    """A test key made as an operator makes it."""
    made = subprocess.run(
        [str(OVERDOOR), "keys", "create", name, "--limits", json.dumps(LIMITS), "--json", "--data", str(folder)],
        check=True,
        capture_output=True,
        env=surroundings(database_url),
        cwd=folder,
    )
    return str(json.loads(made.stdout)["key"])


def surroundings(database_url: str | None) -> dict[str, str]:
    """The environment of a measured process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OVERDOOR_")}
    kept |= {
        "OVERDOOR_DEFAULT_TIER": "enterprise",
        "OVERDOOR_TEST_GRANT": "100000000",
        "OVERDOOR_LOG_LEVEL": "warning",
    }
    return kept | ({"OVERDOOR_DATABASE_URL": database_url} if database_url is not None else {})


def run_quietly(command: list[str]) -> None:
    """Run to the end; its output is not wanted."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def median_of(action: Callable[[], None], *, rounds: int) -> float:
    """Median seconds of an action, after one that is not counted."""
    action()
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def report(rows: list[Row]) -> str:
    """The page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Medians of "
        f"{ROUNDS} rounds; the server, the load client and the database share the machine.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}.",
        "",
        "| What | Goal | Seen |",
        "|---|---|---|",
        *(f"| {row.what} | {row.goal} | {row.seen} |" for row in rows),
        "",
        "`createTask with tasks running`: each accepted request holds its price, writes its task and enqueues it in",
        "one transaction; meanwhile the tasks run to their end (a wait of 0.2 s, then a cached picture is stored,",
        "hashed and settled). All requests are one account's, over 16 keys: its balance is one hot row. CPU a task is",
        "the server's whole user and system time divided by the accepted requests.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
