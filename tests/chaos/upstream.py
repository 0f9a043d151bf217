"""The provider of the storm: some submits are dropped or refused, work takes a while, and a journal lies on disk."""

import asyncio
import random
from collections import Counter
from pathlib import Path

from aiohttp import web

from tests.fakes.provider import Behaviour, FakeUpstream

_ODDS: dict[Behaviour, float] = {"accept": 0.93, "drop after": 0.02, "drop before": 0.02, "busy": 0.02, "reject": 0.01}


class StormyUpstream(FakeUpstream):
    """See `FakeUpstream`. journal_path: one line for each submit that it accepted, with the task's id."""

    def __init__(self, journal_path: Path, chance: random.Random) -> None:
        super().__init__()
        self._journal_path, self._chance = journal_path, chance
        self.calm = False  # accepts everything
        self.work_s = (0.2, 2.0)
        self.dropped_after = 0

    def behave(self) -> Behaviour:
        if self.calm:
            return "accept"
        behaviour = self._chance.choices(list(_ODDS), list(_ODDS.values()))[0]
        self.dropped_after += behaviour == "drop after"
        return behaviour

    def accept(self, asked_id: str) -> str:
        with self._journal_path.open("a") as journal:
            journal.write(f"{asked_id}\n")
        job = super().accept(asked_id)
        self.running.add(job)
        asyncio.get_running_loop().call_later(self._chance.uniform(*self.work_s), self.running.discard, job)
        return job

    def drop(self, request: web.Request) -> None:
        if request.transport is not None:  # else the worker is dead already
            request.transport.close()

    def witnessed(self) -> Counter[str]:
        """How often each task was accepted, from the disk."""
        if not self._journal_path.exists():
            return Counter()
        return Counter(self._journal_path.read_text().split())
