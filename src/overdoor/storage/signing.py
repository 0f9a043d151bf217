"""What the server's one secret signs or becomes: links of our own, tokens of providers, secrets of receivers.

Links are signed over path and expiry, never over the host, so that any name of the server serves them.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

_LABEL = b"overdoor link v1"  # one secret may sign other things as well
_DOWNLOAD_LABEL = b"overdoor link v1 download"
_CALLBACK_LABEL = b"overdoor provider callback v1"
_RECEIVER_LABEL = b"overdoor callback secret v1"
_SIGNATURE_BYTES = 24  # 192 bits: 32 characters without padding
_SECRET_MIN_BYTES = 16


class LinkSigner:
    """Makes and checks signed links. Any process with the same secret agrees."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < _SECRET_MIN_BYTES:
            raise ValueError(f"the secret has {len(secret)} bytes; at least {_SECRET_MIN_BYTES} are needed")
        self._secret = secret

    def sign(self, path: str, expires_at: datetime, *, download: str | None = None) -> str:
        """`path?exp=…&sig=…`, good up to and including `expires_at`, to the second.

        path: The URL's path, exactly as it will be requested: no query, no host.
        download: The name under which the file shall be saved; it is in the query, and signed.
        """
        if not path.startswith("/") or "?" in path or "#" in path:
            raise ValueError(f"{path!r} is not a bare path")
        if expires_at.tzinfo is None:
            raise ValueError("expires_at has no timezone")
        exp = str(int(expires_at.timestamp()))
        named = "" if download is None else f"&download={quote(download, safe='')}"
        return f"{path}?exp={exp}{named}&sig={self._signature(path, exp, download)}"

    def end_of(self, path: str, exp: str, sig: str, *, download: str | None = None) -> datetime | None:
        """When the link ends, whether that is over or not; None unless this secret signed exactly this.

        exp, sig and download are the raw query values; anything is safe to pass.
        """
        if not (exp.isascii() and exp.isdecimal() and len(exp) <= 12):
            return None
        signature = self._signature(path, exp, download)
        if not hmac.compare_digest(signature.encode(), sig.encode("utf-8", "surrogatepass")):
            return None
        return datetime.fromtimestamp(int(exp), UTC)

    def _signature(self, path: str, exp: str, download: str | None) -> str:
        signed = [_LABEL, exp.encode(), path.encode("utf-8", "surrogatepass")]
        if download is not None:
            signed = [_DOWNLOAD_LABEL, *signed[1:], download.encode("utf-8", "surrogatepass")]
        digest = hmac.new(self._secret, b"\n".join(signed), sha256).digest()[:_SIGNATURE_BYTES]
        return urlsafe_b64encode(digest).decode()


class CallbackTokens:
    """Permission for one provider to tell of one task. Any process with the same secret agrees."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, provider: str, task_id: str) -> str:
        """The token of this pair, 32 characters that are safe in a path."""
        text = b"\n".join(
            (_CALLBACK_LABEL, provider.encode("utf-8", "surrogatepass"), task_id.encode("utf-8", "surrogatepass"))
        )
        return urlsafe_b64encode(hmac.new(self._secret, text, sha256).digest()[:_SIGNATURE_BYTES]).decode()

    def matches(self, token: str, provider: str, task_id: str) -> bool:
        """True when this secret made the token for exactly this pair; anything is safe to pass."""
        return hmac.compare_digest(self.token(provider, task_id).encode(), token.encode("utf-8", "surrogatepass"))


class ReceiverSecrets:
    """The secrets with which callbacks to an account's receivers are signed; nothing of them is stored."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def derive(self, account_id: str, version: int) -> bytes:
        """The 32 bytes of this account and version. Any process with the same server secret agrees."""
        text = b"\n".join((_RECEIVER_LABEL, account_id.encode("utf-8", "surrogatepass"), str(version).encode()))
        return hmac.new(self._secret, text, sha256).digest()
