"""Everything that has a lifetime, opened and closed in order. Two gateways can live in one process."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog
from aiohttp.abc import AbstractResolver

from overdoor.config import Settings, bind_url
from overdoor.domain.catalog import Catalog
from overdoor.domain.retention import retention_of
from overdoor.engine.contract import Again, Done, Engine
from overdoor.errors import StartRefused
from overdoor.media.processes import MediaProcesses
from overdoor.net.fetch import Fetcher
from overdoor.net.guard import NetworkPolicy
from overdoor.providers.contract import Provider
from overdoor.providers.registry import Providers
from overdoor.providers.sandbox.provider import Sandbox
from overdoor.services.accounts import Accounts, NewKey
from overdoor.services.advance import Advance
from overdoor.services.assets import Assets
from overdoor.services.callbacks import Callbacks
from overdoor.services.cancel import Cancel
from overdoor.services.deliver import Deliver, Sending
from overdoor.services.endings import Endings
from overdoor.services.erasure import Erasure
from overdoor.services.generate import Generate
from overdoor.services.handover import Handover
from overdoor.services.history import History
from overdoor.services.input_files import InputFiles
from overdoor.services.inputs import Inputs
from overdoor.services.leases import Leases
from overdoor.services.limits import Limits
from overdoor.services.links import Lifetimes, Links
from overdoor.services.names import Names
from overdoor.services.operations import Operations
from overdoor.services.provider_callbacks import ProviderCallbacks
from overdoor.services.purge import Purge
from overdoor.services.results import Results
from overdoor.services.sweep import Sweep
from overdoor.services.upkeep import Upkeep
from overdoor.services.uploads import Uploads
from overdoor.services.waiting import Waiting
from overdoor.storage.asset_files import AssetFiles
from overdoor.storage.counters import Counters, MemoryCounters
from overdoor.storage.db import Database
from overdoor.storage.opening import open_database
from overdoor.storage.presence import Presence
from overdoor.storage.secret_key import read_secret
from overdoor.storage.signing import CallbackTokens, LinkSigner, ReceiverSecrets
from overdoor.units import utc_now

Carries = Literal["all", "own", "none"]

_log = structlog.get_logger("overdoor")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a gateway takes from the world; tests put their own in.

    resolver, tls: how host names become addresses for foreign fetches, and whose certificates are believed.
    providers: further providers by name, beside the sandbox.
    carries: which tasks this process runs: those of everybody, only those that it accepts itself (the command line
        beside a server), or none (a web node beside workers).
    makes_first_key: make a key on a new data folder; somebody must be shown it.
    counters: where requests are counted; by the settings where it is None.
    """

    now: Callable[[], datetime] = utc_now
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | None = None
    providers: Mapping[str, Provider] = field(default_factory=dict[str, Provider])
    counters: Counters | None = None
    carries: Carries = "all"
    makes_first_key: bool = True


@dataclass(frozen=True, slots=True)
class Gateway:
    """The running product: what a door needs, and nothing else."""

    settings: Settings
    catalog: Catalog
    database: Database
    engine: Engine
    providers: Providers
    accounts: Accounts
    generate: Generate
    advance: Advance  # what the engine hands ids of tasks to
    history: History
    callbacks: Callbacks
    cancel: Cancel
    erasure: Erasure
    provider_callbacks: ProviderCallbacks
    sweep: Sweep
    assets: Assets
    limits: Limits
    links: Links
    names: Names
    uploads: Uploads
    waiting: Waiting
    worker: str  # the name of this process in leases
    carries: Carries
    is_carrying: Callable[[], bool]  # False when this process should run tasks and does not
    first_key: NewKey | None  # made by this very start, to be shown once


@asynccontextmanager
async def open_gateway(settings: Settings, surroundings: Surroundings | None = None) -> AsyncGenerator[Gateway, None]:
    """Open everything, carry ids until the block ends, and close everything in the opposite order.

    Raises:
        CatalogError, ConfigError, MigrationError: the start is refused; the message says what to do.
    """
    around = surroundings or Surroundings()
    catalog = Catalog.load(settings.catalog)
    secret = read_secret(settings)
    policy = NetworkPolicy(allowed_private=settings.allowed_private_networks, own_port=settings.port)

    async with AsyncExitStack() as stack:
        database = await open_database(settings)
        stack.push_async_callback(database.close)
        presence = Presence(settings.data / "workers")
        stack.callback(presence.close)
        scratch = _own_scratch(settings.data / "scratch", presence)
        fetcher = Fetcher(policy, around.resolver, tls=around.tls)
        stack.push_async_callback(fetcher.close)
        processes = MediaProcesses(settings.image_workers, settings.video_workers)
        stack.push_async_callback(processes.aclose)
        providers = Providers(_built_in(processes, scratch) | dict(around.providers))
        stack.push_async_callback(providers.close)
        accounts = Accounts(database, settings=settings, pepper=secret, now=around.now)
        stack.push_async_callback(accounts.close)
        await accounts.ensure_owner()
        first_key = await accounts.first_key() if around.makes_first_key else None

        counters = _counters(settings) if around.counters is None else around.counters
        stack.push_async_callback(counters.close)
        engine = _engine(settings, database, carries=around.carries)
        files = AssetFiles(settings.data / "assets")
        links = Links(
            LinkSigner(secret),
            default_base_url=bind_url(settings),
            asset_origin=settings.asset_origin,
            lifetimes=_lifetimes(settings),
            now=around.now,
        )
        waiting = Waiting(database)
        retention = retention_of(settings)
        inputs = Inputs(files=files, policy=policy, retention=retention, now=around.now)
        results = Results(
            files=files, processes=processes, fetcher=fetcher, scratch=scratch, retention=retention, now=around.now
        )
        generate = Generate(
            database=database,
            engine=engine,
            catalog=catalog,
            providers=providers,
            inputs=inputs,
            waiting=waiting,
            now=around.now,
        )
        endings = Endings(
            database=database,
            engine=engine,
            catalog=catalog,
            providers=providers,
            results=results,
            now=around.now,
        )
        _report_unknown_caps(providers, settings)
        leases = Leases(
            database=database,
            owner=presence.owner,
            presence=presence if settings.database_url is None else None,  # workers of a fleet are on other machines
            caps={cap.provider: cap.most for cap in settings.provider_caps},
            now=around.now,
        )
        provider_callbacks = ProviderCallbacks(
            database=database,
            engine=engine,
            providers=providers,
            tokens=CallbackTokens(secret),
            public_url=settings.public_url,
        )
        handover = Handover(
            database=database,
            catalog=catalog,
            inputs=InputFiles(database=database, files=files, processes=processes, fetcher=fetcher, scratch=scratch),
            leases=leases,
            endings=endings,
            provider_callbacks=provider_callbacks,
            reconcile_s=settings.reconcile_s,
            now=around.now,
        )
        advance = Advance(
            database=database, providers=providers, leases=leases, handover=handover, endings=endings, now=around.now
        )
        cancel = Cancel(database=database, engine=engine, providers=providers, endings=endings, waiting=waiting)
        deliver = Deliver(
            database=database,
            # connections of its own: a receiver that hangs takes none from inputs and results
            fetcher=await stack.enter_async_context(Fetcher(policy, around.resolver, tls=around.tls)),
            links=links,
            secrets=ReceiverSecrets(secret),
            sending=Sending(settings.callback_retries_s, settings.callback_timeout_s),
            now=around.now,
        )
        assets = Assets(database=database, files=files, now=around.now)

        purge = Purge(database=database, files=files, now=around.now, keep_prompts=settings.keep_prompts_days)
        sweep = Sweep(database=database, engine=engine, every_s=settings.sweep_every_s)
        carrying: asyncio.Task[None] | None = None
        if around.carries != "none":
            carrying = asyncio.create_task(
                _carry(engine, advance, deliver, sweep if around.carries == "all" else None), name="engine"
            )
            carrying.add_done_callback(_report_end)
            stack.push_async_callback(_stop, engine, advance, carrying)
        if around.carries != "own":
            _begin(stack, upkeep=Upkeep(database=database, now=around.now).run(), purge=purge.run())
        yield Gateway(
            settings=settings,
            catalog=catalog,
            database=database,
            engine=engine,
            providers=providers,
            accounts=accounts,
            generate=generate,
            advance=advance,
            history=History(database),
            callbacks=Callbacks(
                database=database, engine=engine, policy=policy, secrets=ReceiverSecrets(secret), now=around.now
            ),
            cancel=cancel,
            erasure=Erasure(database=database, purge=purge, now=around.now),
            provider_callbacks=provider_callbacks,
            sweep=sweep,
            assets=assets,
            limits=Limits(counters),
            links=links,
            names=Names(database=database, now=around.now),
            uploads=Uploads(
                database=database,
                files=files,
                processes=processes,
                scratch=scratch,
                longest_s=settings.upload_timeout_s,
                retention=retention,
                now=around.now,
            ),
            waiting=waiting,
            worker=presence.owner,
            carries=around.carries,
            is_carrying=lambda: carrying is not None and not carrying.done(),
            first_key=first_key,
        )


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncGenerator[Accounts, None]:
    """Only accounts, keys and credits, for commands that work on the data folder without carrying tasks.

    Raises:
        MigrationError
    """
    async with AsyncExitStack() as stack:
        database = await open_database(settings)
        stack.push_async_callback(database.close)
        accounts = Accounts(database, settings=settings, pepper=read_secret(settings), now=utc_now)
        stack.push_async_callback(accounts.close)
        await accounts.ensure_owner()
        yield accounts


@asynccontextmanager
async def open_operations(settings: Settings) -> AsyncGenerator[Operations, None]:
    """Only the operator's view of tasks.

    Raises:
        MigrationError
    """
    database = await open_database(settings)
    try:
        yield Operations(database, now=utc_now)
    finally:
        await database.close()


def _own_scratch(folder: Path, presence: Presence) -> Path:
    """A folder for this process's unfinished files; those of processes that are gone are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if presence.is_gone(left.name):
            shutil.rmtree(left, ignore_errors=True)
    own = folder / presence.owner
    own.mkdir()
    return own


def _built_in(processes: MediaProcesses, scratch: Path) -> dict[str, Provider]:
    return {
        "sandbox": Sandbox(name="sandbox", processes=processes, scratch=scratch, label=True),
        "local": Sandbox(name="local", processes=processes, scratch=scratch, label=False),
    }


def _lifetimes(settings: Settings) -> Lifetimes:
    days = settings.chat_link_days.days
    return Lifetimes(short=timedelta(hours=settings.link_hours), long=None if days is None else timedelta(days=days))


def _report_unknown_caps(providers: Providers, settings: Settings) -> None:
    """A cap of a provider that this server does not have is kept for the day that it has one; the operator is told."""
    for unknown in sorted({cap.provider for cap in settings.provider_caps} - providers.names):
        _log.warning("provider_caps names no provider of this server", unknown=unknown, known=sorted(providers.names))


def _counters(settings: Settings) -> Counters:
    if settings.counters_url is None:
        return MemoryCounters()
    try:
        from overdoor.storage.redis_counters import RedisCounters  # noqa: PLC0415 - an extra: its driver may be missing
    except ModuleNotFoundError as error:
        raise StartRefused("`counters_url` needs the extra `redis`: install overdoor[redis].") from error
    return RedisCounters(settings.counters_url)


def _engine(settings: Settings, database: Database, *, carries: Carries) -> Engine:
    if settings.database_url is None:
        from overdoor.engine.embedded import EmbeddedEngine  # noqa: PLC0415 - the driver that is not used is not imported

        return EmbeddedEngine(database, own_only=carries == "own", puts_only=carries == "none")
    from overdoor.engine.fleet import FleetEngine  # noqa: PLC0415 - an extra: Procrastinate may be missing

    return FleetEngine(database, settings.database_url, own_only=carries == "own")


async def _carry(engine: Engine, advance: Advance, deliver: Deliver, sweep: Sweep | None) -> None:
    """Deliver ids, sweep, and renew leases until the engine is stopped."""

    async def handle(item_id: str) -> Done | Again:
        return await (deliver if item_id.startswith("cb_") else advance).carry_on(item_id)

    chores = [asyncio.create_task(advance.beat(), name="heartbeat")]
    if sweep is not None:
        chores.append(asyncio.create_task(sweep.run(), name="sweep"))
    for chore in chores:
        chore.add_done_callback(_report_end)
    try:
        await engine.run(handle)
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


async def _stop(engine: Engine, advance: Advance, carrying: "asyncio.Task[None]") -> None:
    await engine.stop()
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)
    await advance.let_go_of_all()


def _begin(stack: AsyncExitStack, **chores: Coroutine[None, None, None]) -> None:
    """Let chores run until the stack is closed."""
    for name, chore in chores.items():
        stack.push_async_callback(_cancel, asyncio.create_task(chore, name=name))


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _report_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background work ended", name=task.get_name(), exc_info=error)
