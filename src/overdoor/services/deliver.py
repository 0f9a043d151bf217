"""Callbacks: what the caller asked to be told, signed, and sent again until it is taken or the schedule is over."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from overdoor.domain import webhook
from overdoor.domain.callback import Attempt, Callback, meaning_of, retry_wait_s, told_of
from overdoor.domain.record import encoded_callback, encoded_test_event
from overdoor.domain.task import TaskView
from overdoor.engine.contract import Again, Done
from overdoor.net.fetch import Fetcher, FetchFailed
from overdoor.services.links import Links
from overdoor.services.places import Places
from overdoor.services.records import task_record
from overdoor.storage import assets, callbacks, receivers, tasks
from overdoor.storage.callbacks import Outcome
from overdoor.storage.db import Database, Tx
from overdoor.storage.receivers import Signing
from overdoor.storage.signing import ReceiverSecrets

_CLAIM_BEYOND_S = 10.0  # longer than the timeout of a try; after a crash in it, another process tries
_SOON_S = 1.0
_BUG = "An error in this server ended the attempt; the receiver may have got it."

_log = structlog.get_logger("overdoor.callbacks")


@dataclass(frozen=True, slots=True)
class Sending:
    """How callbacks are sent: seconds between attempts, and for each of them."""

    retries_s: Sequence[float]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A callback in hand. view: of its task; None for a test event."""

    callback: Callback
    view: TaskView | None
    signing: Signing


class Deliver:
    """Sends owed callbacks."""

    def __init__(
        self,
        *,
        database: Database,
        fetcher: Fetcher,
        links: Links,
        secrets: ReceiverSecrets,
        sending: Sending,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._links = links
        self._secrets = secrets
        self._sending = sending
        self._now = now
        self._chance = chance
        self._places = Places()

    async def carry_on(self, callback_id: str) -> Done | Again:
        """Make the next attempt of a callback, if it is due."""
        owed = await self._database.read(lambda tx: callbacks.owed(tx, callback_id))
        if owed is None:
            return Done()
        if owed.wait_s > 0:
            return Again(owed.wait_s)
        without_place_s = self._places.enter(owed.callback)
        if without_place_s > 0:
            return Again(without_place_s)
        try:
            claimed = await self._database.write(lambda tx: self._claim(tx, owed.callback))
            return await self._attempt(claimed) if isinstance(claimed, _Claimed) else claimed
        finally:
            self._places.leave(owed.callback)

    def _claim(self, tx: Tx, owed: Callback) -> _Claimed | Done | Again:
        if receivers.is_disabled(tx, owed):
            callbacks.give_up(tx, owed, error="The endpoint is disabled, because it answered 410 before.")
            return Done()
        task = None if owed.task_id is None else tasks.by_id(tx, owed.task_id)
        if task is None and owed.task_id is not None:
            callbacks.give_up(tx, owed, error="The task was deleted before its callback was delivered.")
            return Done()
        callback = callbacks.claim(tx, owed.id, for_s=self._sending.timeout_s + _CLAIM_BEYOND_S)
        if callback is None:  # another process was faster
            return Again(_SOON_S)
        results = assets.of_task(tx, task.id) if task is not None and task.state == "success" else ()
        view = None if task is None else TaskView(task, results)
        return _Claimed(callback, view, receivers.signing_of(tx, callback.account_id))

    async def _attempt(self, claimed: _Claimed) -> Done | Again:
        callback, now = claimed.callback, self._now()
        began_at = time.monotonic()
        try:
            body = self._body(claimed)
            headers = self._headers(claimed, body, at=now)
            status, error, asked_s = await self._send(callback.url, body, headers)
        except Exception:  # noqa: BLE001 - without this, a bug would send the same message again and again, and for ever
            _log.exception("a bug ended an attempt of a callback", callback=callback.id, task=callback.task_id)
            status, error, asked_s = None, _BUG, None
        took_ms = int((time.monotonic() - began_at) * 1000)
        is_busy = status is not None and meaning_of(status) == "throttled"
        self._places.learn(callback, took_s=took_ms / 1000, is_busy=is_busy)
        return await self._note(callback, Attempt(callback.attempts, now, took_ms, status, error), asked_s=asked_s)

    async def _send(
        self, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int | None, str | None, float | None]:
        """Status, sentence where it was not taken, and the seconds that the receiver asks for."""
        try:
            answer = await self._fetcher.post_json(url, body=body, headers=headers, timeout_s=self._sending.timeout_s)
        except FetchFailed as failure:
            return None, failure.reason, None
        return answer.status, told_of(answer.status), answer.retry_after_s

    async def _note(self, callback: Callback, attempt: Attempt, *, asked_s: float | None) -> Done | Again:
        meaning = "not taken" if attempt.status is None else meaning_of(attempt.status)
        wait_s = None if meaning in ("taken", "gone") else self._wait_s(callback, asked_s)
        outcome: Outcome = "delivered" if meaning == "taken" else "failed" if wait_s is None else "pending"

        def work(tx: Tx) -> bool:
            if meaning == "gone":
                receivers.disable(tx, callback)
            return callbacks.note(tx, callback, attempt, outcome=outcome, wait_s=wait_s or 0.0)

        counts = await self._database.write(work)
        if outcome != "delivered":
            facts = {"callback": callback.id, "task": callback.task_id, "attempt": attempt.number}
            _log.warning(f"callback {_WORDS[outcome]}", **facts, status=attempt.status, again_in_s=wait_s)
        if not counts:
            return Again(_SOON_S)
        return Done() if wait_s is None else Again(wait_s)

    def _wait_s(self, callback: Callback, asked_s: float | None) -> float | None:
        retries_s = () if callback.task_id is None else self._sending.retries_s  # a test event is sent once
        return retry_wait_s(retries_s, tries=callback.tries, asked_s=asked_s, chance=self._chance())

    def _body(self, claimed: _Claimed) -> bytes:
        if claimed.view is None:
            return encoded_test_event(claimed.callback.id, timestamp=claimed.callback.created_at.isoformat())
        moment = claimed.view.task.finished_at or self._now()
        record = task_record(claimed.view, self._links, base_url=None)
        return encoded_callback(record, timestamp=moment.isoformat())

    def _headers(self, claimed: _Claimed, body: bytes, *, at: datetime) -> dict[str, str]:
        callback = claimed.callback
        secrets = [
            self._secrets.derive(callback.account_id, version) for version in claimed.signing.versions(self._now())
        ]
        headers = dict(webhook.signed_headers(callback.id, body, at=at, secrets=secrets))
        if claimed.signing.kie_headers:
            headers |= webhook.kie_headers(callback.task_id or callback.id, at=at, secret=secrets[0])
        return headers


_WORDS: dict[Outcome, str] = {"pending": "not delivered", "failed": "given up"}
