"""Callbacks as the API and the command line show them."""

from collections.abc import Sequence
from datetime import datetime

from overdoor.domain.callback import Attempt, Callback
from overdoor.services.callbacks import SigningShown
from overdoor.storage.callback_views import DisabledEndpoint
from overdoor.units import to_epoch_ms


def callback_record(callback: Callback, log: Sequence[Attempt] | None = None) -> dict[str, object]:
    """Everything that the owner may know of a callback; with its attempts, where they were read."""
    record: dict[str, object] = {
        "callbackId": callback.id,
        "taskId": callback.task_id,
        "mode": callback.mode,
        "url": callback.url,
        "state": callback.state,
        "attempts": callback.attempts,
        "lastStatus": callback.last_status,
        "lastError": callback.last_error,
        "nextAttemptTime": _ms(callback.next_at),
        "createTime": to_epoch_ms(callback.created_at),
        "deliveredTime": _ms(callback.delivered_at),
    }
    return record if log is None else record | {"log": [_attempt(attempt) for attempt in log]}


def signing_record(shown: SigningShown) -> dict[str, object]:
    """With the secret in it."""
    return {
        "secret": shown.secret,
        "version": shown.signing.version,
        "previousSignsUntil": _ms(shown.signing.previous_until) or None,
        "kieHeaders": shown.signing.kie_headers,
    }


def endpoint_record(endpoint: DisabledEndpoint) -> dict[str, object]:
    """An endpoint that answered 410."""
    return {"url": endpoint.url, "keyId": endpoint.key_id, "disabledTime": to_epoch_ms(endpoint.disabled_at)}


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "number": attempt.number,
        "startTime": to_epoch_ms(attempt.started_at),
        "tookMs": attempt.took_ms,
        "status": attempt.status,
        "error": attempt.error,
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_ms(moment)
