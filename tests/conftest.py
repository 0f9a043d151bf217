"""Fixtures for everybody: a gateway on a fresh folder, a caller, a clock; no network but this machine."""

import logging
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog

from overdoor.config import Settings
from overdoor.domain.access import Caller
from overdoor.wiring import Gateway, Surroundings, open_gateway
from tests.support.clock import Clock
from tests.support.settings import hermetic_settings


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """A test that connects anywhere else fails, by a socket that refuses."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test must not connect to {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked)
        yield


@pytest.fixture(scope="session", autouse=True)
def short_logs() -> None:
    """Log lines on standard error, where pytest shows them when a test fails; tracebacks without local variables."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


@pytest.fixture
def clock() -> Clock:
    """Real time, until the test moves it."""
    return Clock()


@pytest.fixture
def database_url() -> str | None:
    """None: SQLite in the data folder. The rooms that repeat on PostgreSQL override this."""
    return None


@pytest.fixture
def settings(tmp_path: Path, database_url: str | None) -> Settings:
    """Settings that come from nowhere but here."""
    return hermetic_settings(tmp_path / "data", database_url=database_url)


@pytest.fixture
def surroundings(clock: Clock) -> Surroundings:
    """What the gateway takes from the world; override it for further providers."""
    return Surroundings(now=clock)


@pytest.fixture
async def gateway(settings: Settings, surroundings: Surroundings) -> AsyncIterator[Gateway]:
    """A gateway that runs, on a fresh folder."""
    async with open_gateway(settings, surroundings) as opened:
        yield opened


@pytest.fixture
async def caller(gateway: Gateway) -> Caller:
    """The owner's first test key."""
    assert gateway.first_key is not None
    return await gateway.accounts.authenticate(gateway.first_key.secret)


@pytest.fixture
async def live_caller(gateway: Gateway) -> Caller:
    """A live key of the owner, whose account is metered."""
    made = await gateway.accounts.create_key("live", mode="live")
    return await gateway.accounts.authenticate(made.secret)
