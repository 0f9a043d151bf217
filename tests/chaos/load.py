"""Clients as they should be: each request has a name of its own, and is sent again until somebody answers it."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.fleet import Node
from tests.chaos.receivers import Receivers

_ANSWER_WITHIN_S = 90.0  # a chat answer waits for its picture, and for a takeover in between
_ENDED_WITHIN_S = 180.0
_LOOK_EVERY_S = 0.5
_PICTURE = "gpt-image-2-text-to-image"


@dataclass(slots=True)
class Seen:
    """What the clients saw. tasks: the task that each request's name was answered with, all of them."""

    tasks: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    accepted: set[str] = field(default_factory=set[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    broken_connections: int = 0
    chats: int = 0
    chats_with_picture: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    impatient: int = 0
    begun: int = 0
    longest_silence_s: float = 0.0
    accepted_at: float | None = None

    def accept(self, name: str, task_id: str) -> None:
        """Note an answer, and how long nobody had one."""
        now = time.monotonic()
        if self.accepted_at is not None:
            self.longest_silence_s = max(self.longest_silence_s, now - self.accepted_at)
        self.accepted_at = now
        self.tasks.setdefault(name, set()).add(task_id)
        self.accepted.add(task_id)


class _Refused(Exception):
    """An answer that says that the request is at fault."""


class Clients:
    """Load on the web nodes. live_keys go to the fake provider, test_keys to the sandbox."""

    def __init__(
        self,
        webs: Sequence[Node],
        *,
        live_keys: Sequence[str],
        test_keys: Sequence[str],
        chance: random.Random,
        receivers: Receivers,
    ) -> None:
        self._webs, self._live_keys, self._test_keys, self._chance = webs, live_keys, test_keys, chance
        self._receivers = receivers
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_S))
        self.seen = Seen()

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def storm(self, tasks: int, *, clients: int, most_s: float) -> None:
        """Make this many requests, or as many as begin within `most_s`; each client waits for one before the next."""
        numbers = iter(range(tasks))
        deadline = time.monotonic() + most_s

        async def work() -> None:
            while time.monotonic() < deadline and (number := next(numbers, None)) is not None:
                self.seen.begun += 1
                with contextlib.suppress(_Refused):  # counted in `refused`
                    await self._one(f"storm-{number}", self._chance.random())

        await asyncio.gather(*(work() for _ in range(clients)))

    async def picture(self, name: str, *, prompt: str = "a fox", live: bool = True) -> tuple[str, str]:
        """Create a task that tells a receiver of its end; its id and the key that may ask for it."""
        key = self._chance.choice(self._live_keys if live else self._test_keys)
        wish = {"model": _PICTURE, "input": {"prompt": prompt}, "callBackUrl": self._receivers.any_url()}
        body = await self._ask("POST", "/api/v1/jobs/createTask", key=key, name=name, json=wish)
        task_id = body["data"]["taskId"]
        self.seen.accept(name, task_id)
        if self._chance.random() < 0.05:  # a client whose answer was lost on the way
            repeated = await self._ask("POST", "/api/v1/jobs/createTask", key=key, name=name, json=wish)
            self.seen.tasks[name].add(repeated["data"]["taskId"])
        return task_id, key

    async def ended(self, task_id: str, key: str) -> str:
        """The state of a task that has ended, or `unknown`, or `waiting` when patience was over."""
        deadline = time.monotonic() + _ENDED_WITHIN_S
        while time.monotonic() < deadline:
            path = f"/api/v1/jobs/recordInfo?taskId={task_id}"
            record = (await self._ask("GET", path, key=key))["data"]
            if record["state"] != "waiting" or record.get("phase") == "unknown":
                return str(record["state"])
            await asyncio.sleep(_LOOK_EVERY_S)
        self.seen.impatient += 1
        return "waiting"

    async def _one(self, name: str, kind: float) -> None:
        if kind < 0.12:
            await self._chat(name)
            return
        if kind < 0.24:
            prompt = self._chance.choice(["a fox sandbox:instant", "a fox sandbox:delay=2s", "a tree sandbox:delay=1s"])
            task_id, key = await self.picture(name, prompt=prompt, live=False)
        else:
            task_id, key = await self.picture(name)
        await self.ended(task_id, key)

    async def _chat(self, name: str) -> None:
        wish = {
            "model": "any/name",
            "messages": [{"role": "user", "content": "Create an image of a boat sandbox:instant"}],
            "tools": [{"type": "modelgates:image_generation"}],
        }
        self.seen.chats += 1
        path, key = "/api/v1/chat/completions", self._chance.choice(self._test_keys)
        body = await self._ask("POST", path, key=key, name=name, json=wish)
        self.seen.chats_with_picture += "/assets/" in str(body["choices"][0]["message"])

    async def _ask(self, method: str, path: str, *, key: str, name: str | None = None, json: object = None) -> Any:
        """The body of the first good answer. A broken connection, 5xx and 429 are tried again, on any node."""
        headers = {"Authorization": f"Bearer {key}"} | ({"X-Request-Id": name} if name else {})
        while True:
            web = self._chance.choice(self._webs)
            try:
                async with self._session.request(method, web.url + path, headers=headers, json=json) as response:
                    self.seen.statuses[response.status] += 1
                    if response.status == 200:
                        return await response.json()
                    text = await response.text()
                    wait_s = float(response.headers.get("Retry-After", "0.3"))
            except (aiohttp.ClientError, TimeoutError, OSError):
                self.seen.broken_connections += 1
                wait_s = 0.2
            else:
                if response.status < 500 and response.status != 429:
                    self.seen.refused[f"{response.status} {text[:200]}"] += 1
                    raise _Refused(f"{path} was refused: {response.status} {text[:300]}")
            await asyncio.sleep(min(wait_s, 5.0) * self._chance.uniform(0.7, 1.3))
