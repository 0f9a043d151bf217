"""What callers and the operator see of callbacks, and may do: send one again, try an address, change the secret."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from overdoor.domain.access import Caller
from overdoor.domain.callback import Attempt, Callback, CallbackState, endpoint_of
from overdoor.domain.places import NEWEST, cursor_at, place_in, place_of
from overdoor.domain.webhook import shown_secret
from overdoor.engine.contract import Engine
from overdoor.errors import CallbackNotFound, CallbackUrlDeleted, EndpointDisabled, InvalidOption
from overdoor.net.guard import NetworkPolicy, check_url
from overdoor.storage import callback_views, callbacks, receivers, tasks
from overdoor.storage.callback_views import DisabledEndpoint, Seen
from overdoor.storage.db import Database, Tx
from overdoor.storage.receivers import Signing
from overdoor.storage.signing import ReceiverSecrets
from overdoor.units import AccountId, CallbackId, new_id

PREVIOUS_SIGNS_FOR = timedelta(hours=24)  # after a rotation
EVERYBODY = Seen("everybody")
_MOST_ENDPOINTS = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Callbacks, newest first. next_cursor: None where nothing older is left."""

    callbacks: tuple[Callback, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SigningShown:
    """How an account's callbacks are signed, with the secret that receivers need."""

    signing: Signing
    secret: str


@dataclass(frozen=True, slots=True)
class SigningChange:
    """rotate: a new secret, beside which the old one signs for a day. kie_headers: None leaves them.

    keeps_previous: False ends the signing of an older secret at once, with a rotation or without.
    """

    rotate: bool = False
    keeps_previous: bool = True
    kie_headers: bool | None = None


def seen_by(caller: Caller) -> Seen:
    """What this caller sees: the callbacks of its key, or with `account:read` those of the account."""
    return Seen("account_id", caller.account_id) if caller.sees_account else Seen("key_id", caller.key_id)


def held_by(caller: Caller) -> Seen:
    """What this caller may act on: callbacks of its key, or with `manage` those of the account in the key's mode."""
    if "manage" in caller.scopes:
        return Seen("account_mode", caller.account_id, caller.mode)
    return Seen("key_id", caller.key_id)


class Callbacks:
    """Use cases around callbacks that were owed before."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        policy: NetworkPolicy,
        secrets: ReceiverSecrets,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._engine = engine
        self._policy = policy
        self._secrets = secrets
        self._now = now

    async def page(
        self, seen: Seen, *, limit: int, cursor: str | None, state: CallbackState | None, task_id: str | None
    ) -> Page:
        """The newest callbacks that fit.

        Raises:
            InvalidOption: the cursor is not one of ours.
        """
        before = NEWEST if cursor is None else place_in(cursor, of="cb")

        def work(tx: Tx) -> tuple[Callback, ...]:
            return callback_views.page(tx, seen, state=state, task_id=task_id, before=before, most=limit + 1)

        found = await self._database.read(work)
        shown = found[:limit]
        return Page(shown, cursor_at(place_of(shown[-1])) if len(found) > limit else None)

    async def find(self, callback_id: str, *, seen: Seen) -> tuple[Callback, Sequence[Attempt]]:
        """One callback with its log.

        Raises:
            CallbackNotFound
        """

        def work(tx: Tx) -> tuple[Callback, Sequence[Attempt]] | None:
            callback = callback_views.find(tx, seen, callback_id)
            return None if callback is None else (callback, callbacks.attempts_of(tx, callback))

        found = await self._database.read(work)
        if found is None:
            raise CallbackNotFound(callback_id=callback_id)
        return found

    async def replay(self, callback_id: str, *, seen: Seen) -> Callback:
        """Send a callback now, with the whole schedule before it, whatever became of it.

        Raises:
            CallbackNotFound, EndpointDisabled, CallbackUrlDeleted
        """

        def work(tx: Tx) -> Callback:
            callback = callback_views.find(tx, seen, callback_id)
            if callback is None:
                raise CallbackNotFound(callback_id=callback_id)
            task = None if callback.task_id is None else tasks.by_id(tx, callback.task_id)
            if task is not None and task.prompt_deleted_at is not None:
                raise CallbackUrlDeleted(callback_id=callback.id)
            if receivers.is_disabled(tx, callback):
                raise EndpointDisabled(endpoint=callback.endpoint)
            begun = callback_views.replay(tx, seen, callback.id)
            assert begun is not None
            self._engine.enqueue(tx, callback.id)
            return begun

        return await self._database.write(work, lane="caller")

    async def send_test(self, url: str, *, caller: Caller) -> Callback:
        """Owe a test event to this address. It is sent once.

        Raises:
            ForbiddenAddress, EndpointDisabled
        """
        check_url(url, option="url", policy=self._policy)
        callback = Callback(
            id=CallbackId(new_id("cb")),
            task_id=None,
            account_id=caller.account_id,
            key_id=caller.key_id,
            mode=caller.mode,
            url=url,
            created_at=self._now(),
        )

        def work(tx: Tx) -> None:
            if receivers.is_disabled(tx, callback):
                raise EndpointDisabled(endpoint=callback.endpoint)
            callbacks.add(tx, callback)
            self._engine.enqueue(tx, callback.id)

        await self._database.write(work, lane="caller")
        return replace(callback, next_at=callback.created_at)

    async def signing(self, account_id: AccountId) -> SigningShown:
        """How the account's callbacks are signed."""
        return self._shown(account_id, await self._database.read(lambda tx: receivers.signing_of(tx, account_id)))

    async def change_signing(self, account_id: AccountId, change: SigningChange) -> SigningShown:
        """Rotate the secret, or switch kie.ai's headers; how callbacks are signed after it."""
        now = self._now()

        def work(tx: Tx) -> Signing:
            signing = receivers.signing_of(tx, account_id)
            if change.rotate:
                signing = replace(signing, version=signing.version + 1, previous_until=now + PREVIOUS_SIGNS_FOR)
            if not change.keeps_previous:
                signing = replace(signing, previous_until=min(signing.previous_until, now))
            if change.kie_headers is not None:
                signing = replace(signing, kie_headers=change.kie_headers)
            receivers.set_signing(tx, account_id, signing)
            return signing

        return self._shown(account_id, await self._database.write(work, lane="caller"))

    async def disabled_endpoints(self, seen: Seen) -> Sequence[DisabledEndpoint]:
        """Endpoints that answered 410, the newest first."""
        return await self._database.read(lambda tx: callback_views.disabled_endpoints(tx, seen, most=_MOST_ENDPOINTS))

    async def enable(self, url: str, *, seen: Seen) -> int:
        """Send to the endpoint of this URL again; for how many keys it was disabled.

        Raises:
            InvalidOption: it is no URL.
        """
        try:
            endpoint = endpoint_of(url)
        except ValueError as error:
            raise InvalidOption(option="url", problem="is no URL") from error
        return await self._database.write(lambda tx: callback_views.enable(tx, seen, endpoint), lane="caller")

    def _shown(self, account_id: AccountId, signing: Signing) -> SigningShown:
        return SigningShown(signing, shown_secret(self._secrets.derive(account_id, signing.version)))
