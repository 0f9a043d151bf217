"""How a callback is signed: Standard Webhooks 1.0, and kie.ai's headers beside it for receivers that know only those.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins, not one


def shown_secret(secret: bytes) -> str:
    """A secret as receivers' libraries take it: `whsec_…`."""
    return SECRET_PREFIX + b64encode(secret).decode()


def signed_headers(message_id: str, body: bytes, *, at: datetime, secrets: Sequence[bytes]) -> Mapping[str, str]:
    """The headers of one attempt, with a signature for each secret.

    at: the time of the attempt; receivers refuse one that is minutes old.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_hmac(secret, signed)}" for secret in secrets),
    }


def kie_headers(task_id: str, *, at: datetime, secret: bytes) -> Mapping[str, str]:
    """kie.ai's headers. They sign the task's id and the time, and not the body: the key is the text `whsec_…`."""
    timestamp = str(int(at.timestamp()))
    key = shown_secret(secret).encode()
    return {
        "X-Webhook-Timestamp": timestamp,
        "X-Webhook-Signature": _hmac(key, f"{task_id}.{timestamp}".encode()),
    }


def _hmac(key: bytes, signed: bytes) -> str:
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()
