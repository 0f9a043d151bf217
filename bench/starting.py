"""What the foundation costs: the disk, a start, the writer."""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.server import OVERDOOR, serving
from bench.table import ROOT, ROUNDS, Row
from overdoor.storage.db import Sql, Tx
from overdoor.storage.sqlite import open_sqlite


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
