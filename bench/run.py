"""`make bench`: what the foundation costs, measured on this machine and written to docs/benchmarks.md.

Every figure is the median of several rounds. The server, the load client and the database share the machine, as they do
for a user with one small server; compare ratios and CPU per request rather than single numbers.
"""

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime

from tests.support.postgresql import DURABLE, running_cluster

from bench.callbacks import isolation_row
from bench.creating import create_rows, end_to_end_row
from bench.reading import apart_row, reading_rows
from bench.starting import fsync_row, help_row, ready_rows, writer_row
from bench.table import ROOT, ROUNDS, Row

REPORT = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    """Measure everything, print the table, write the report."""
    rows = [fsync_row(), help_row(), *ready_rows(), asyncio.run(writer_row())]
    rows += create_rows("SQLite", None, goal_per_second=1000, goal_p99_ms=40)
    rows += [end_to_end_row("SQLite", None), *reading_rows("SQLite", None), apart_row("SQLite", None)]
    rows.append(isolation_row("SQLite", None))
    with running_cluster(DURABLE) as cluster:
        url = cluster.create("overdoor")
        rows += create_rows("PostgreSQL", url, goal_per_second=500, goal_p99_ms=None)
        rows += [end_to_end_row("PostgreSQL", url), *reading_rows("PostgreSQL", url), apart_row("PostgreSQL", url)]
    text = report(rows)
    REPORT.write_text(text, encoding="utf-8")
    print(text)


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
        "`tasks from createTask to a stored picture`: tasks without a wait, accepted in the measured seconds, divided",
        "by the time until the last of them has ended.",
        "",
        "`long poll`: 112 clients wait at once, each for a task of its own; from the moment that the transaction",
        "writes as the end (its commit comes after it) to the answer's head at the client. In *another process*,",
        "`overdoor worker` runs the tasks and `overdoor serve --no-tasks` answers.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
