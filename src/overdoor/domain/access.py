"""Who calls, and what they may: keys, scopes, limits."""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from typing import Literal, cast

from overdoor.domain.budgets import NO_BUDGETS, Budgets
from overdoor.domain.limits import Tier
from overdoor.units import AccountId, KeyId, Mode

Scope = Literal["generate", "read", "account:read", "manage"]
SCOPES: tuple[Scope, ...] = ("generate", "read", "account:read", "manage")
DEFAULT_SCOPES: tuple[Scope, ...] = ("generate", "read")

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 32  # 190 random bits
_CHECKSUM_LENGTH = 6  # CRC-32, so that a scanner can tell a key from a look-alike offline
_KEY_PATTERN = re.compile(rf"sk_(test|live)_([0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified key: everything that a service needs to decide.

    tier: with the key's own limits in it. budgets: those of the key. account_is_bounded: the account has budgets in
    this mode, which a hold must look at.
    """

    account_id: AccountId
    key_id: KeyId
    mode: Mode
    scopes: frozenset[Scope]
    tier: Tier
    budgets: Budgets = NO_BUDGETS
    account_is_bounded: bool = True

    @property
    def sees_account(self) -> bool:
        """True for a key that reads the whole account, in both modes; others see what they created themselves."""
        return "account:read" in self.scopes


def mint_key(mode: Mode) -> str:
    """A new API key such as `sk_test_…`. It is shown once and never stored."""
    secret = "".join(secrets.choice(_BASE62) for _ in range(_SECRET_LENGTH))
    return f"sk_{mode}_{secret}{_checksum(mode, secret)}"


def key_mode(key: str) -> Mode | None:
    """The mode of a well-formed key; None for anything else, without asking any database."""
    matched = _KEY_PATTERN.fullmatch(key)
    if matched is None or not hmac.compare_digest(matched[3], _checksum(matched[1], matched[2])):
        return None
    return cast("Mode", matched[1])


def hash_key(key: str, pepper: bytes) -> str:
    """What is stored in place of a key. A key has 190 random bits, so one keyed hash is enough."""
    return hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()


def mask_key(key: str) -> str:
    """How a key is shown ever after: `sk_test_…a1b2`."""
    return f"{key[:8]}…{key[-4:]}"


def _checksum(mode: str, secret: str) -> str:
    number = zlib.crc32(f"sk_{mode}_{secret}".encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits
