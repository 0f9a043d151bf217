"""These tests repeat on PostgreSQL; live keys are served by a provider that follows a script."""

import pytest

from overdoor.wiring import Surroundings
from tests.fakes.scripted import Scripted
from tests.support.clock import Clock
from tests.support.databases import cluster, database, database_url

__all__ = ["cluster", "database", "database_url"]


@pytest.fixture
def provider() -> Scripted:
    """What serves live keys."""
    return Scripted()


@pytest.fixture
def surroundings(clock: Clock, provider: Scripted) -> Surroundings:
    """The world, with the scripted provider in it."""
    return Surroundings(now=clock, providers={provider.name: provider})
