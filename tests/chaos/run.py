"""`python -m tests.chaos.run [--tasks N] [--database sqlite|postgresql|both] [--seed N]`: break everything, then count.

Prints one table for each database; the exit code is 1 when a target was missed. See docs/chaos.md.
"""

import argparse
import asyncio
import contextlib
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from overdoor.domain.webhook import shown_secret
from overdoor.storage.secret_key import read_secret
from overdoor.storage.signing import ReceiverSecrets
from overdoor.units import MicroDollars
from overdoor.wiring import open_accounts
from tests.chaos import scenes
from tests.chaos.books import Books
from tests.chaos.fleet import Node, Place
from tests.chaos.judge import Evidence, judge, table
from tests.chaos.load import Clients
from tests.chaos.receivers import Receivers
from tests.chaos.trouble import Trouble, sample_on
from tests.chaos.upstream import StormyUpstream
from tests.support.postgresql import DURABLE, Cluster, running_cluster
from tests.support.settings import hermetic_settings

_WEBS, _WORKERS = 2, 2
_KEYS = 4  # in each mode, so that no key's own limits are what is measured
_MONEY = 1_000_000_000
_GRACE_S = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for."""

    tasks: int
    clients: int
    seed: int
    most_s: float


async def storm(run: Run, folder: Path, cluster: Cluster | None) -> Evidence:
    """Scenes, then a storm, then the count."""
    chance = random.Random(run.seed)
    database_url = None if cluster is None else cluster.create("chaos")
    money: dict[str, object] = {"test_grant": _MONEY, "live_daily_budget": _MONEY}
    settings = hermetic_settings(folder / "data", database_url=database_url, **money)
    settings.data.mkdir()
    async with open_accounts(settings) as accounts:
        live = [(await accounts.create_key(f"live {n}", mode="live")).secret for n in range(_KEYS)]
        test = [(await accounts.create_key(f"test {n}", mode="test")).secret for n in range(_KEYS)]
        await accounts.grant("test", MicroDollars(_MONEY))
        account_id = (await accounts.caller_of_owner("test")).account_id
    secret = shown_secret(ReceiverSecrets(read_secret(settings)).derive(account_id, 1))
    environ = {
        "OVERDOOR_DEFAULT_TIER": "enterprise",
        "OVERDOOR_IMAGE_WORKERS": "1",
        "OVERDOOR_RECONCILE_S": "20",
        "OVERDOOR_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "OVERDOOR_CALLBACK_RETRIES_S": "0.5,1,2",
        "OVERDOOR_CALLBACK_TIMEOUT_S": "2",
    } | ({} if database_url is None else {"OVERDOOR_DATABASE_URL": database_url})
    began = time.monotonic()
    async with (
        StormyUpstream(folder / "journal", chance) as upstream,
        Receivers(secret=secret, chance=chance) as receivers,
    ):
        place = Place(settings.data, upstream.url, environ)
        webs = [Node(f"web-{n}", "web", place) for n in range(_WEBS)]
        workers = [Node(f"worker-{n}", "worker", place) for n in range(_WORKERS)]
        nodes = [*webs, *workers]
        books = Books(settings.data, database_url)
        clients = Clients(webs, live_keys=live, test_keys=test, chance=chance, receivers=receivers)
        trouble = Trouble(nodes, cluster, chance)
        try:
            await asyncio.gather(*(node.start() for node in nodes))
            sampling = asyncio.create_task(sample_on(books))
            stage = scenes.Stage(webs, workers, clients, upstream, books)
            dead = await scenes.dead_worker(stage)
            frozen = await scenes.frozen_worker(stage)
            rolling = await scenes.rolling_upgrade(stage)

            upstream.calm, upstream.work_s = False, (0.2, 2.0)
            clients.seen.accepted_at, clients.seen.longest_silence_s = None, 0.0
            storm_began = time.monotonic()
            breaking = asyncio.create_task(trouble.storm())
            await clients.storm(run.tasks, clients=run.clients, most_s=run.most_s)
            storm_s = time.monotonic() - storm_began
            trouble.calm()
            await breaking
            await _until_all_ended(books)
            sampling.cancel()
            return Evidence(
                database="SQLite" if database_url is None else "PostgreSQL",
                tasks=clients.seen.begun,
                seed=run.seed,
                storm_s=storm_s,
                whole_s=time.monotonic() - began,
                seen=clients.seen,
                done=trouble.done,
                samples=books.samples,
                final=await asyncio.to_thread(books.final),
                journal=upstream.witnessed(),
                dropped_after=upstream.dropped_after,
                dead=dead,
                frozen=frozen,
                rolling=rolling,
                received=receivers.journal,
            )
        finally:
            await clients.close()
            for node in nodes:
                with contextlib.suppress(AssertionError, ProcessLookupError):
                    await node.kill()


async def _until_all_ended(books: Books) -> None:
    deadline = time.monotonic() + _GRACE_S
    while time.monotonic() < deadline and await asyncio.to_thread(books.unfinished):
        await asyncio.sleep(0.5)


@contextlib.contextmanager
def _database(kind: str) -> Generator[Cluster | None]:
    if kind == "sqlite":
        yield None
        return
    with running_cluster(DURABLE) as cluster:
        yield cluster


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Break everything, then count.")
    parser.add_argument("--tasks", type=int, default=200, help="requests in the storm (200)")
    parser.add_argument("--clients", type=int, default=24, help="who send them, each one after the other (24)")
    parser.add_argument("--most-s", type=float, default=3600.0, help="begin no request after this time (3600)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=None, help="the same troubles again; timing stays the machine's")
    parser.add_argument("--keep", type=Path, default=None, help="folder for logs, journal and data, which then stay")
    given = parser.parse_args()
    run = Run(given.tasks, given.clients, secrets.randbelow(10**6) if given.seed is None else given.seed, given.most_s)
    missed = 0
    for kind in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
        with tempfile.TemporaryDirectory(prefix="overdoor-chaos-") as temporary, _database(kind) as cluster:
            folder = Path(temporary) if given.keep is None else given.keep / kind
            folder.mkdir(parents=True, exist_ok=True)
            rows = judge(asyncio.run(storm(run, folder, cluster)))
        print(table(rows), flush=True)
        missed += sum(not row.met for row in rows.rows)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
