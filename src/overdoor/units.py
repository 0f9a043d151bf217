"""Numbers with units, and ids: the types that every room shares.

Money inside is integer micro-dollars only. Credits and USD exist at the doors, at render time.
"""

import io
import secrets
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, NewType

MicroDollars = NewType("MicroDollars", int)
AccountId = NewType("AccountId", str)
KeyId = NewType("KeyId", str)
TaskId = NewType("TaskId", str)
AssetId = NewType("AssetId", str)
CallbackId = NewType("CallbackId", str)
Ticket = NewType("Ticket", str)  # a provider's own id for work that it accepted

Mode = Literal["test", "live"]

MICRODOLLARS_PER_USD = 1_000_000
MICRODOLLARS_PER_CREDIT = 10_000  # 1 credit = 0.01 USD

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_ID_PAIRS = 13  # pairs of base-32 digits: 130 random bits
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)
_SHIFTS = tuple(10 * place for place in range(_ID_PAIRS))
_ID_BYTES = 17
_FETCHED_BYTES = _ID_BYTES * 256


class _Random:
    """The system's random bytes, fetched many at a time: each fetch gives the interpreter away for a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buffer = io.BytesIO()

    def read(self, size: int) -> bytes:
        """Bytes that nobody else gets."""
        with self._lock:
            taken = self._buffer.read(size)
            if len(taken) < size:
                self._buffer = io.BytesIO(secrets.token_bytes(_FETCHED_BYTES))
                taken = self._buffer.read(size)
            return taken


_RANDOM = _Random()


def new_id(prefix: str) -> str:
    """A random id such as `task_7f…`: unguessable, safe in URLs and file names."""
    number = int.from_bytes(_RANDOM.read(_ID_BYTES), "big")
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"


def from_credits(credits: Decimal | int | str) -> MicroDollars:
    """Credits to micro-dollars, exactly.

    Raises:
        ValueError: `credits` is finer than a micro-dollar.
    """
    return _exactly(Decimal(credits) * MICRODOLLARS_PER_CREDIT)


def from_usd(usd: Decimal | int | str) -> MicroDollars:
    """US dollars to micro-dollars, exactly.

    Raises:
        ValueError: `usd` is finer than a micro-dollar.
    """
    return _exactly(Decimal(usd) * MICRODOLLARS_PER_USD)


def in_credits(amount: MicroDollars | int) -> int | float:
    """Micro-dollars as credits for a page or an answer: an int where it is whole."""
    whole, rest = divmod(amount, MICRODOLLARS_PER_CREDIT)
    return whole if rest == 0 else amount / MICRODOLLARS_PER_CREDIT


def in_usd(amount: MicroDollars | int) -> float:
    """Micro-dollars as US dollars for the OpenRouter and OpenAI dialects."""
    return amount / MICRODOLLARS_PER_USD


def utc_now() -> datetime:
    """The present, timezone-aware. Passed as an argument wherever a rule needs the time."""
    return datetime.now(UTC)


def to_epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, the unit of every stored and every jobs-API time."""
    return round(moment.timestamp() * 1000)


def from_epoch_ms(epoch_ms: int) -> datetime:
    """The inverse of `to_epoch_ms`."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def _exactly(amount: Decimal) -> MicroDollars:
    whole = int(amount)
    if whole != amount:
        raise ValueError(f"{amount} micro-dollars is not a whole number")
    return MicroDollars(whole)
