"""Names of chat requests, from which every tool call derives its own, so that a repeated request finds its pictures."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from overdoor.domain.access import Caller
from overdoor.errors import IdempotencyMismatch
from overdoor.storage import idempotency, recent_requests
from overdoor.storage.db import Database, Tx
from overdoor.storage.idempotency import IdempotencyKey
from overdoor.units import TaskId, new_id

RETRY_WINDOW = timedelta(minutes=15)  # longer than the 10 minutes after which the SDKs give a request up
_NO_TASK = TaskId("")  # the row of a whole conversation; its tool calls have rows of their own


@dataclass(frozen=True, slots=True)
class Request:
    """A request to be named. body: decoded. is_retry: None where the client does not say; it never will then."""

    caller: Caller
    endpoint: str
    body: object
    is_retry: bool | None


class Names:
    """Find or make the name of a request."""

    def __init__(self, *, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def claim(self, key: IdempotencyKey, request: Request) -> IdempotencyKey:
        """The client's own name, bound to the request's body; an `Idempotency-Key` is written down for it.

        Raises:
            IdempotencyMismatch: that key belongs to another body.
        """
        bound = replace(key, fingerprint=_fingerprint(request.body))
        if key.header == "idempotency-key":
            await self._database.write(lambda tx: self._claim(tx, bound, request.caller), lane="caller")
        return bound

    async def given(self, request: Request) -> IdempotencyKey:
        """Our own name: a fresh one for a first try, and for a retry that of the latest equal request.

        Two equal first tries are two requests.
        """
        fingerprint = _fingerprint(request.body)

        def work(tx: Tx) -> str:
            now = self._now()
            place = {"endpoint": request.endpoint, "body_sha256": fingerprint}
            since = now - RETRY_WINDOW
            if request.is_retry:
                earlier = recent_requests.continued(tx, request.caller.key_id, **place, since=since, now=now)
                if earlier is not None:
                    return earlier
            name = new_id("name")
            recent_requests.remember(tx, request.caller.key_id, **place, name=name, now=now)
            return name

        name = await self._database.write(work, lane="caller")
        return IdempotencyKey(f"{request.endpoint}.unnamed", "x-request-id", name, fingerprint)

    def _claim(self, tx: Tx, key: IdempotencyKey, caller: Caller) -> None:
        fingerprint = key.fingerprint or ""
        if idempotency.remember(tx, caller.key_id, key, fingerprint=fingerprint, task_id=_NO_TASK, now=self._now()):
            return
        earlier = idempotency.find(tx, caller.key_id, key)
        if earlier is not None and earlier.fingerprint != fingerprint:
            raise IdempotencyMismatch


class RequestName:
    """The name of one request, found when the first tool call asks for it; the same for every later one."""

    def __init__(self, names: Names, request: Request, key: IdempotencyKey | None) -> None:
        """key: the client's own name, if there is one."""
        self._names = names
        self._request = request
        self._key = key
        self._lock = asyncio.Lock()

    async def claim(self) -> None:
        """Bind the client's own name to the request, once nothing else can refuse it.

        Raises:
            IdempotencyMismatch
        """
        if self._key is not None:
            self._key = await self._names.claim(self._key, self._request)

    def bind(self) -> None:
        """Bind the client's own name to the body. Each call writes it down itself: a refused request leaves it free."""
        if self._key is not None:
            self._key = replace(self._key, fingerprint=_fingerprint(self._request.body))

    async def for_call(self, number: int) -> IdempotencyKey | None:
        """The name of the call with this number; None where a repeated request could not be told from a new one."""
        if self._key is None and self._request.is_retry is not None:
            async with self._lock:
                if self._key is None:
                    self._key = await self._names.given(self._request)
        key = self._key
        if key is None:
            return None
        # an endpoint of their own: no client's name of a whole request can be that of a call
        return replace(key, endpoint=f"{key.endpoint}.call", value=f"{key.value}#{number}", asked=key.value)


def _fingerprint(body: object) -> str:
    """The same for two bodies that differ in spaces and in the order of names only."""
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
